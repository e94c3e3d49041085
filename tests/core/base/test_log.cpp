#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"

using namespace Postroom;

namespace
{

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

class TestLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->filePath(QStringLiteral("postroom.log"));
        m_before = qInstallMessageHandler(nullptr);
    }

    void cleanup()
    {
        qInstallMessageHandler(m_before);
        m_folder.reset();
    }

    void linesHaveTimeLevelAndRoom()
    {
        installLog(m_folder->path(), false);
        qCInfo(logVault) << "opened";
        qCWarning(logHttp) << "slow";
        qWarning().noquote() << QStringLiteral("plain %1");
        const QList<QByteArray> lines = contentOf(m_path).trimmed().split('\n');
        QCOMPARE(lines.size(), 3);
        static const QRegularExpression shape(
            QStringLiteral("\\A\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z I postroom\\.vault: opened\\z"));
        QVERIFY2(shape.match(QString::fromUtf8(lines.at(0)).trimmed()).hasMatch(), lines.at(0).constData());
        QVERIFY(lines.at(1).contains(" W postroom.http: slow"));
        QVERIFY(lines.at(2).contains(" W default: plain %1"));
    }

    void isPrivateWhateverWasThere()
    {
        {
            QFile file(m_path);
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        QCOMPARE(::chmod(QFile::encodeName(m_path).constData(), 0666), 0);
        installLog(m_folder->path(), false);
        qCInfo(logVault) << "x";
        struct stat info{};
        QCOMPARE(::stat(QFile::encodeName(m_path).constData(), &info), 0);
        QCOMPARE(info.st_mode & 0777, 0600U);
    }

    void secretsAreMasked()
    {
        installLog(m_folder->path(), false);
        qCWarning(logHttp) << "sent Authorization: Bearer A9f3kQ27zLw8";
        qCWarning(logHttp) << QStringLiteral("{\"refresh_token\":\"A9f3kQ27zLw8\"}");
        qCWarning(logHttp).noquote() << QStringLiteral("{\"refresh_token\":\"A9f3kQ27zLw8\"}");
        const QByteArray content = contentOf(m_path);
        QCOMPARE(content.count('\n'), 3);
        QVERIFY(!content.contains("A9f3kQ27zLw8"));
    }

    void foreignTextStaysInItsLine()
    {
        installLog(m_folder->path(), false);
        qCWarning(logHttp).noquote() << QStringLiteral(
            "first\n2026-01-15T14:00:00.000Z C postroom.vault: forged\u001b[2J\r");
        const QByteArray content = contentOf(m_path);
        for (const QByteArray &line : content.split('\n'))
            QVERIFY(!line.startsWith("2026-01-15T14:00:00.000Z C"));
        QVERIFY(!content.contains('\x1b'));
        QVERIFY(!content.contains('\r'));
    }

    void staysBelowItsSize()
    {
        installLog(m_folder->path(), false);
        const QString text(1000, QLatin1Char('x'));
        for (int i = 0; i < 5000; ++i)
            qCInfo(logApp).noquote() << i << text;
        QVERIFY(QFileInfo(m_path).size() <= 2 * 1024 * 1024 + 4096);
        QVERIFY(QFileInfo(m_path + QStringLiteral(".1")).size() <= 2 * 1024 * 1024 + 4096);
        QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files).size(), 2);
        QVERIFY(contentOf(m_path).contains("4999 "));
    }

    void linkIsNotFollowed()
    {
        QFile target(m_folder->filePath(QStringLiteral("target")));
        QVERIFY(target.open(QIODevice::WriteOnly));
        QVERIFY(QFile::link(target.fileName(), m_path));
        installLog(m_folder->path(), false);
        qCInfo(logApp) << "x";
        QCOMPARE(contentOf(target.fileName()), QByteArray());
    }

    void threadsDoNotMix()
    {
        installLog(m_folder->path(), false);
        std::vector<std::unique_ptr<QThread>> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back(QThread::create([i] {
                for (int j = 0; j < 200; ++j)
                    qCInfo(logApp).noquote() << "begin" << i << j << "end";
            }));
            threads.back()->start();
        }
        for (const auto &thread : threads)
            thread->wait();
        const QList<QByteArray> lines = contentOf(m_path).trimmed().split('\n');
        QCOMPARE(lines.size(), 800);
        for (const QByteArray &line : lines) {
            QVERIFY(line.contains(": begin "));
            QVERIFY(line.trimmed().endsWith("end"));
        }
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    QtMessageHandler m_before = nullptr;
};

} // namespace

QTEST_GUILESS_MAIN(TestLog)
#include "test_log.moc"
