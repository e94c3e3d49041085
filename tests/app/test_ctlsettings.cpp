// postroomctl settings: what scripts get, and what is refused.
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTest>

#include "tests/app/ctlprocess.h"

using namespace Postroom;

namespace
{

const QString profile = QStringLiteral("numbers");

CtlAnswer ctl(const char *line)
{
    return runCtl(profile, QString::fromUtf8(line).split(QLatin1Char(' ')));
}

} // namespace

class TestCtlSettings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void getTellsEverythingAboutOne()
    {
        const CtlAnswer answer = ctl("settings get refresh.initialRetry --json");
        QVERIFY2(answer.code == 0, answer.err.constData());
        const QJsonObject expected{{QStringLiteral("key"), QStringLiteral("refresh.initialRetry")},
            {QStringLiteral("value"), 10}, {QStringLiteral("default"), 10}, {QStringLiteral("min"), 1},
            {QStringLiteral("max"), 600}, {QStringLiteral("unit"), QStringLiteral("s")}};
        QCOMPARE(answer.object(), expected);
        QCOMPARE(ctl("settings get refresh.initialRetry").out, QByteArray("10s\n"));
        QCOMPARE(ctl("settings get refresh.tries").out, QByteArray("5\n"));
    }

    void setChangesAndKeeps()
    {
        const CtlAnswer answer = ctl("settings set quota.interval 10m --json");
        QVERIFY2(answer.code == 0, answer.err.constData());
        QCOMPARE(answer.object().value(QStringLiteral("value")).toInt(), 600);
        QCOMPARE(answer.object().value(QStringLiteral("default")).toInt(), 300);
        QCOMPARE(ctl("settings get quota.interval").out, QByteArray("10m\n"));
    }

    void listTellsAll()
    {
        const QJsonArray all = ctl("settings list --json").array();
        QStringList keys;
        for (const QJsonValue &entry : all) {
            const QJsonObject object = entry.toObject();
            keys.append(object.value(QStringLiteral("key")).toString());
            QCOMPARE(object.size(), 6);
        }
        QCOMPARE(keys.join(QLatin1Char(' ')),
            QStringLiteral("refresh.initialRetry refresh.maxRetry refresh.tries refresh.longRetry refresh.longRetryMax "
                           "refresh.stalledAfter refresh.requestTimeout quota.interval activity.keep"));
        const QByteArray text = ctl("settings list").out;
        QCOMPARE(text.count('\n'), all.size());
        QVERIFY2(text.contains("quota.interval"), text.constData());
    }

    void wrongValuesAreRefusedWithTheRange_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("range");
        QTest::addRow("too short") << QByteArray("settings set refresh.requestTimeout 1s")
                                   << QByteArray("from 5s to 5m");
        QTest::addRow("too long") << QByteArray("settings set refresh.longRetry 48h") << QByteArray("from 1m to 1d");
        QTest::addRow("no span") << QByteArray("settings set activity.keep ever") << QByteArray("from 1d to 3650d");
        QTest::addRow("no number") << QByteArray("settings set refresh.tries 5s") << QByteArray("from 1 to 20");
    }
    void wrongValuesAreRefusedWithTheRange()
    {
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, range);
        const CtlAnswer before = ctl("settings list");
        const CtlAnswer answer = ctl(line.constData());
        QCOMPARE(answer.code, 1);
        QVERIFY(answer.out.isEmpty());
        QVERIFY2(answer.err.contains(range), answer.err.constData());
        const QJsonObject told = ctl((line + " --json").constData()).object();
        QCOMPARE(told.value(QStringLiteral("error")).toObject().value(QStringLiteral("code")).toString(),
            QStringLiteral("bad-setting"));
        QCOMPARE(ctl("settings list").out, before.out);
    }

    void unknownKeysAndWrongUsage()
    {
        QCOMPARE(ctl("settings get refresh.retries").code, 1);
        QCOMPARE(ctl("settings set refresh.retries 5").code, 1);
        QVERIFY(ctl("settings get refresh.retries").err.contains("settings list"));
        QCOMPARE(ctl("settings get").code, 2);
        QCOMPARE(ctl("settings set refresh.tries").code, 2);
        QCOMPARE(ctl("settings").code, 2);
    }

    void aDamagedFileIsTold()
    {
        const QString folder
            = qEnvironmentVariable("XDG_CONFIG_HOME") + QStringLiteral("/postroom/profiles/") + profile;
        const QString path = folder + QStringLiteral("/settings.json");
        QVERIFY2(QFile::exists(path), qPrintable(path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"refresh.tries\":");
        file.close();
        const CtlAnswer answer = ctl("settings get refresh.tries");
        QCOMPARE(answer.code, 0);
        QCOMPARE(answer.out, QByteArray("5\n"));
        QVERIFY2(answer.err.contains("settings.json.damaged"), answer.err.constData());
        QVERIFY(QFile::exists(path + QStringLiteral(".damaged")));
        QVERIFY(ctl("settings get refresh.tries").err.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestCtlSettings)
#include "test_ctlsettings.moc"
