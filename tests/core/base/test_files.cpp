#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <atomic>
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/files.h"

using namespace Postroom;

namespace
{

mode_t modeOf(const QString &path)
{
    struct stat info{};
    return ::lstat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mode & 07777 : 0;
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("?");
}

void put(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

class TestFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
    }

    void cleanup()
    {
        ::umask(022);
        m_folder.reset();
    }

    void writesAndReads_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("text") << QByteArray("hello\n");
        QTest::newRow("zeros") << QByteArray("a\0b", 3);
        QTest::newRow("megabyte") << QByteArray(1024 * 1024, 'x');
    }

    void writesAndReads()
    {
        QFETCH(QByteArray, content);
        const QString path = at("file");
        QVERIFY(writeFileAtomically(path, content));
        const auto back = readFile(path, content.size());
        QVERIFY(back);
        QCOMPARE(*back, content);
        QCOMPARE(entries(), QStringList{QStringLiteral("file")});
    }

    void modeDoesNotDependOnTheUmask_data()
    {
        QTest::addColumn<uint>("mask");
        QTest::newRow("0") << 0U;
        QTest::newRow("022") << 022U;
        QTest::newRow("077") << 077U;
        QTest::newRow("0777") << 0777U;
    }

    void modeDoesNotDependOnTheUmask()
    {
        QFETCH(uint, mask);
        ::umask(mask);
        QVERIFY(writeFileAtomically(at("private"), "x"));
        QVERIFY(writeFileAtomically(at("public"), "x", 0644));
        const auto lock = FileLock::tryAcquire(at("lock"));
        ::umask(022);
        QCOMPARE(modeOf(at("private")), mode_t(0600));
        QCOMPARE(modeOf(at("public")), mode_t(0644));
        QVERIFY(lock);
        QCOMPARE(modeOf(at("lock")) & 077, mode_t(0));
    }

    void replacesOpenPermissions()
    {
        put(at("file"), "old");
        QCOMPARE(::chmod(QFile::encodeName(at("file")).constData(), 0666), 0);
        QVERIFY(writeFileAtomically(at("file"), "new"));
        QCOMPARE(modeOf(at("file")), mode_t(0600));
    }

    void longNames()
    {
        const QString name(250, QLatin1Char('n'));
        QVERIFY(writeFileAtomically(m_folder->filePath(name), "x"));
        const QString wide(80, QChar(0x4e16)); // 240 bytes
        QVERIFY(writeFileAtomically(m_folder->filePath(wide), "x"));
        QVERIFY(!writeFileAtomically(m_folder->filePath(QString(300, QLatin1Char('n'))), "x"));
        QCOMPARE(entries().size(), 2);
    }

    void failedWriteLeavesNothing_data()
    {
        QTest::addColumn<QString>("target");
        QTest::newRow("no folder") << QStringLiteral("none/file");
        QTest::newRow("a folder is in the way") << QStringLiteral("folder");
        QTest::newRow("below a file") << QStringLiteral("plain/file");
    }

    void failedWriteLeavesNothing()
    {
        QFETCH(QString, target);
        QVERIFY(QDir(m_folder->path()).mkpath(QStringLiteral("folder/inside")));
        put(at("plain"), "kept");
        const auto written = writeFileAtomically(m_folder->filePath(target), "new");
        QVERIFY(!written);
        QCOMPARE(written.error().code, QStringLiteral("unwritable"));
        QVERIFY(!written.error().detail.isEmpty());
        QCOMPARE(entries(), (QStringList{QStringLiteral("folder"), QStringLiteral("plain")}));
        QCOMPARE(contentOf(at("plain")), QByteArray("kept"));
    }

    void fullDiskKeepsTheOldContent()
    {
        const QString path = at("file");
        QVERIFY(writeFileAtomically(path, "old"));
        // A limit on the size of files stands in for the disk.
        struct rlimit before{};
        QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
        const struct rlimit small{4096, before.rlim_max};
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
        const auto written = writeFileAtomically(path, QByteArray(100'000, 'n'));
        ::setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
        QVERIFY(!written);
        QCOMPARE(contentOf(path), QByteArray("old"));
        QCOMPARE(entries(), QStringList{QStringLiteral("file")});
    }

    void linkIsReplacedAndItsTargetKept()
    {
        put(at("target"), "kept");
        QVERIFY(QFile::link(at("target"), at("link")));
        QVERIFY(writeFileAtomically(at("link"), "new"));
        QCOMPARE(contentOf(at("target")), QByteArray("kept"));
        QCOMPARE(contentOf(at("link")), QByteArray("new"));
        QVERIFY(!QFileInfo(at("link")).isSymLink());
    }

    void readersNeverSeeAHalf()
    {
        const QString path = at("file");
        QVERIFY(writeFileAtomically(path, QByteArray(50'000, 'a')));
        std::atomic<bool> stop = false;
        const std::unique_ptr<QThread> writer(QThread::create([&stop, path] {
            for (int i = 0; !stop; ++i)
                (void)writeFileAtomically(path, QByteArray(i % 2 ? 50'000 : 90'000, i % 2 ? 'a' : 'b'));
        }));
        writer->start();
        for (int i = 0; i < 300; ++i) {
            const auto content = readFile(path, 100'000);
            QVERIFY(content);
            QVERIFY(content->size() == 50'000 || content->size() == 90'000);
            QCOMPARE(content->count(content->at(0)), content->size());
        }
        stop = true;
        writer->wait();
    }

    void killedWriterLeavesOldOrNew()
    {
        const QString path = at("file");
        for (int round = 0; round < 8; ++round) {
            QProcess writer;
            writer.start(QStringLiteral(FILE_WORKER), {QStringLiteral("write"), path});
            QVERIFY(writer.waitForStarted());
            for (int i = 0; i <= round; ++i)
                QVERIFY(writer.waitForReadyRead(20'000));
            ::kill(static_cast<pid_t>(writer.processId()), SIGKILL);
            QVERIFY(writer.waitForFinished());
            const auto content = readFile(path, 1'000'000);
            QVERIFY(content);
            QVERIFY(content->size() == 100'000 || content->size() == 200'000);
            QCOMPARE(content->count(content->at(0)), content->size());
            QCOMPARE(modeOf(path), mode_t(0600));
        }
    }

    void readLimit()
    {
        put(at("file"), QByteArray(1000, 'x'));
        QVERIFY(readFile(at("file"), 1000));
        const auto over = readFile(at("file"), 999);
        QVERIFY(!over);
        QCOMPARE(over.error().code, QStringLiteral("too-large"));
        QVERIFY(!readFile(at("file"), 0));
        put(at("empty"), {});
        QVERIFY(readFile(at("empty"), 0));
    }

    void readLimitOfAFileThatLiesAboutItsSize()
    {
        const QString path = QStringLiteral("/proc/self/smaps");
        const auto content = readFile(path, 100);
        QVERIFY(!content);
        QCOMPARE(content.error().code, QStringLiteral("too-large"));
        const auto all = readFile(path, 64 * 1024 * 1024);
        QVERIFY(all);
        QVERIFY(all->size() > 100);
    }

    void whatIsNoFile_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("code");
        QTest::newRow("nothing") << QStringLiteral("nothing") << QStringLiteral("not-found");
        QTest::newRow("below a file") << QStringLiteral("plain/x") << QStringLiteral("not-found");
        QTest::newRow("folder") << QStringLiteral("folder") << QStringLiteral("not-a-file");
        QTest::newRow("pipe") << QStringLiteral("pipe") << QStringLiteral("not-a-file");
        QTest::newRow("link to a pipe") << QStringLiteral("pipelink") << QStringLiteral("not-a-file");
        QTest::newRow("dangling link") << QStringLiteral("dangling") << QStringLiteral("not-found");
        QTest::newRow("link to itself") << QStringLiteral("loop") << QStringLiteral("unreadable");
        QTest::newRow("device") << QStringLiteral("device") << QStringLiteral("not-a-file");
    }

    void whatIsNoFile()
    {
        QFETCH(QString, name);
        QFETCH(QString, code);
        put(at("plain"), "x");
        QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("folder")));
        QCOMPARE(::mkfifo(QFile::encodeName(at("pipe")).constData(), 0600), 0);
        QVERIFY(QFile::link(at("pipe"), at("pipelink")));
        QVERIFY(QFile::link(at("gone"), at("dangling")));
        QVERIFY(QFile::link(at("loop"), at("loop")));
        QVERIFY(QFile::link(QStringLiteral("/dev/zero"), at("device")));
        const auto content = readFile(m_folder->filePath(name), 1000);
        QVERIFY(!content);
        QCOMPARE(content.error().code, code);
        QVERIFY(content.error().message.endsWith(QLatin1Char('.')));
    }

    void unreadableFile()
    {
        if (::geteuid() == 0)
            QSKIP("root reads everything");
        put(at("closed"), "x");
        QCOMPARE(::chmod(QFile::encodeName(at("closed")).constData(), 0), 0);
        QCOMPARE(readFile(at("closed"), 10).error().code, QStringLiteral("unreadable"));
    }

    void lockInOneProcess()
    {
        auto first = FileLock::tryAcquire(at("lock"));
        QVERIFY(first && first->isHeld());
        auto second = FileLock::tryAcquire(at("lock"));
        QVERIFY(second);
        QVERIFY(!second->isHeld());
        FileLock moved = std::move(*first);
        QVERIFY(moved.isHeld());
        QVERIFY(!first->isHeld());
        QVERIFY(!FileLock::tryAcquire(at("lock"))->isHeld());
        moved.release();
        moved.release();
        QVERIFY(FileLock::tryAcquire(at("lock"))->isHeld());
    }

    void assigningGivesTheOldOneBack()
    {
        FileLock lock = std::move(*FileLock::tryAcquire(at("one")));
        lock = std::move(*FileLock::tryAcquire(at("two")));
        QVERIFY(lock.isHeld());
        QVERIFY(FileLock::tryAcquire(at("one"))->isHeld());
        QVERIFY(!FileLock::tryAcquire(at("two"))->isHeld());
    }

    void lockAcrossProcesses_data()
    {
        QTest::addColumn<QString>("way");
        QTest::newRow("returns") << QStringLiteral("lock");
        QTest::newRow("exits at once") << QStringLiteral("crash");
        QTest::newRow("is killed") << QStringLiteral("killed");
    }

    void lockAcrossProcesses()
    {
        QFETCH(QString, way);
        QProcess holder;
        holder.start(QStringLiteral(FILE_WORKER),
            {way == QLatin1String("crash") ? QStringLiteral("crash") : QStringLiteral("lock"), at("lock")});
        QVERIFY(holder.waitForReadyRead(20'000));
        QCOMPARE(holder.readLine(), QByteArray("held\n"));
        auto mine = FileLock::tryAcquire(at("lock"));
        QVERIFY(mine);
        QVERIFY(!mine->isHeld());
        if (way == QLatin1String("killed"))
            holder.kill();
        else
            holder.closeWriteChannel();
        QVERIFY(holder.waitForFinished());
        mine = FileLock::tryAcquire(at("lock"));
        QVERIFY(mine && mine->isHeld());

        QProcess other;
        other.start(QStringLiteral(FILE_WORKER), {QStringLiteral("lock"), at("lock")});
        QVERIFY(other.waitForReadyRead(20'000));
        QCOMPARE(other.readLine(), QByteArray("taken\n"));
        other.closeWriteChannel();
        QVERIFY(other.waitForFinished());
    }

    void childProcessDoesNotInheritTheLock()
    {
        auto mine = FileLock::tryAcquire(at("lock"));
        QVERIFY(mine && mine->isHeld());
        QProcess child;
        child.start(QStringLiteral(FILE_WORKER), {QStringLiteral("lock"), at("other")});
        QVERIFY(child.waitForReadyRead(20'000));
        mine->release();
        QVERIFY(FileLock::tryAcquire(at("lock"))->isHeld());
        child.closeWriteChannel();
        QVERIFY(child.waitForFinished());
    }

    void lockThroughALinkIsRefused()
    {
        put(at("target"), "x");
        QVERIFY(QFile::link(at("target"), at("lock")));
        const auto lock = FileLock::tryAcquire(at("lock"));
        QVERIFY(!lock);
        QCOMPARE(lock.error().code, QStringLiteral("unwritable"));
    }

    void lockWhereNothingCanBe()
    {
        QVERIFY(!FileLock::tryAcquire(at("none/lock")));
        QVERIFY(!FileLock::tryAcquire(m_folder->path()));
    }

    void lockKeepsTheContent()
    {
        put(at("lock"), "{\"pid\":1}");
        QVERIFY(FileLock::tryAcquire(at("lock"))->isHeld());
        QCOMPARE(contentOf(at("lock")), QByteArray("{\"pid\":1}"));
    }

private:
    QString at(const char *name) const { return m_folder->filePath(QString::fromLatin1(name)); }
    QStringList entries() const
    {
        return QDir(m_folder->path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

} // namespace

QTEST_GUILESS_MAIN(TestFiles)
#include "test_files.moc"
