// Settings: what is taken, what is refused, and what a file of any shape leaves in force.
#include "core/base/settings.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include <QCoroTask>
#include <QFile>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

class TestSettings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->filePath(QStringLiteral("settings.json"));
    }

    void defaults_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<qint64>("value");
        QTest::addRow("initialRetry") << QStringLiteral("refresh.initialRetry") << qint64(10);
        QTest::addRow("maxRetry") << QStringLiteral("refresh.maxRetry") << qint64(120);
        QTest::addRow("tries") << QStringLiteral("refresh.tries") << qint64(5);
        QTest::addRow("longRetry") << QStringLiteral("refresh.longRetry") << qint64(600);
        QTest::addRow("longRetryMax") << QStringLiteral("refresh.longRetryMax") << qint64(3600);
        QTest::addRow("stalledAfter") << QStringLiteral("refresh.stalledAfter") << qint64(86'400);
        QTest::addRow("requestTimeout") << QStringLiteral("refresh.requestTimeout") << qint64(30);
        QTest::addRow("quota") << QStringLiteral("quota.interval") << qint64(300);
        QTest::addRow("keep") << QStringLiteral("activity.keep") << qint64(90 * 86'400);
    }
    void defaults()
    {
        QFETCH(QString, key);
        QFETCH(qint64, value);
        Settings settings(m_path);
        QVERIFY(settings.load());
        const auto setting = Settings::find(key);
        QVERIFY(setting);
        QCOMPARE(settings.value(*setting), value);
        QVERIFY(!settings.isChanged(*setting));
        QVERIFY(!QFile::exists(m_path));
    }

    void everyValueIsReadAsItIsWritten()
    {
        QRandomGenerator random(7);
        for (const SettingSpec &spec : Settings::all()) {
            QVERIFY(spec.least <= spec.fallback && spec.fallback <= spec.most);
            QList<qint64> values{spec.least, spec.fallback, spec.most};
            for (int i = 0; i < 30; ++i)
                values.append(spec.least + random.bounded(spec.most - spec.least + 1));
            Settings settings({});
            for (const qint64 value : values) {
                const auto done = set(settings, spec.id, Settings::textOf(spec.id, value));
                QVERIFY2(done, spec.key);
                QCOMPARE(settings.value(spec.id), value);
            }
        }
    }

    void refusals_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("text");
        for (const char *text : {"", "0", "0s", "601s", "11m", "-5", "-5s", "ten", "1.5m", "10 s", "5 m", "1w", "1e3",
                 "9999999999", "10s\n20s", "∞"})
            QTest::addRow("initialRetry %s", text) << QStringLiteral("refresh.initialRetry") << QString::fromUtf8(text);
        for (const char *text : {"0", "21", "5s", "", "five", "-1", "5.5", "99999999999999999999"})
            QTest::addRow("tries %s", text) << QStringLiteral("refresh.tries") << QString::fromUtf8(text);
    }
    void refusals()
    {
        QFETCH(QString, key);
        QFETCH(QString, text);
        Settings settings(m_path);
        QSignalSpy changes(&settings, &Settings::changed);
        const auto done = QCoro::waitFor(settings.set(key, text));
        QVERIFY(!done);
        QCOMPARE(done.error().code, QStringLiteral("bad-setting"));
        QVERIFY(done.error().kind == ErrorClass::Input);
        const SettingSpec &spec = Settings::spec(*Settings::find(key));
        for (const qint64 bound : {spec.least, spec.most})
            QVERIFY2(done.error().message.contains(QLatin1Char(' ') + Settings::textOf(spec.id, bound)),
                qPrintable(done.error().message));
        QVERIFY(done.error().message.contains(key));
        QVERIFY(!done.error().message.contains(QLatin1Char('\n')));
        QCOMPARE(settings.value(spec.id), spec.fallback);
        QCOMPARE(changes.count(), 0);
        QVERIFY(!QFile::exists(m_path));
    }

    void anUnknownKeyIsRefused()
    {
        Settings settings(m_path);
        const auto done = QCoro::waitFor(settings.set(QStringLiteral("refresh.retries"), QStringLiteral("5")));
        QVERIFY(!done);
        QCOMPARE(done.error().code, QStringLiteral("no-setting"));
        QVERIFY(done.error().next.contains(QStringLiteral("refresh.tries")));
    }

    void aChangeIsSavedBeforeItIsTold()
    {
        Settings settings(m_path);
        QVERIFY(settings.load());
        QString onDisk;
        connect(&settings, &Settings::changed, this, [this, &onDisk] { onDisk = textOnDisk("refresh.maxRetry"); });
        QSignalSpy changes(&settings, &Settings::changed);
        QVERIFY(set(settings, Setting::RefreshMaxRetry, QStringLiteral(" 5m ")));
        QCOMPARE(changes.count(), 1);
        QCOMPARE(changes.constFirst().constFirst().value<Setting>(), Setting::RefreshMaxRetry);
        QCOMPARE(onDisk, QStringLiteral("5m"));
        QCOMPARE(settings.span(Setting::RefreshMaxRetry), std::chrono::seconds(5min));
        QVERIFY(settings.isChanged(Setting::RefreshMaxRetry));
        // The same once more is no news.
        QVERIFY(set(settings, Setting::RefreshMaxRetry, QStringLiteral("300")));
        QCOMPARE(changes.count(), 1);

        Settings next(m_path);
        QVERIFY(next.load());
        QCOMPARE(next.span(Setting::RefreshMaxRetry), std::chrono::seconds(5min));
    }

    void whatIsNotKnownStays()
    {
        writeFile("{\"later.feature\":{\"a\":[1,2]},\"refresh.tries\":7,\"quota.interval\":\"2h\"}");
        Settings settings(m_path);
        QVERIFY(settings.load());
        QCOMPARE(settings.count(Setting::RefreshTries), 7);
        QCOMPARE(settings.span(Setting::QuotaInterval), std::chrono::seconds(2h));
        QVERIFY(set(settings, Setting::RefreshTries, QStringLiteral("3")));
        const QJsonObject saved = onDisk();
        QCOMPARE(
            saved.value(QStringLiteral("later.feature")).toObject().value(QStringLiteral("a")).toArray().size(), 2);
        QCOMPARE(saved.value(QStringLiteral("quota.interval")).toString(), QStringLiteral("2h"));
        QCOMPARE(saved.value(QStringLiteral("refresh.tries")).toString(), QStringLiteral("3"));
    }

    void whatSomebodyElseWroteIsTakenOver()
    {
        Settings settings(m_path);
        QVERIFY(settings.load());
        writeFile("{\"quota.interval\":\"1h\"}");
        QSignalSpy changes(&settings, &Settings::changed);
        QVERIFY(set(settings, Setting::RefreshTries, QStringLiteral("9")));
        QCOMPARE(changes.count(), 2);
        QCOMPARE(settings.span(Setting::QuotaInterval), std::chrono::seconds(1h));
        QCOMPARE(onDisk().size(), 2);
    }

    void twoChangesAtOnceAreBothKept()
    {
        Settings settings(m_path);
        int done = 0;
        for (const SettingSpec &spec : Settings::all()) {
            QCoro::connect(settings.set(spec.id, Settings::textOf(spec.id, spec.most)), this,
                [&done](Result<void> &&outcome) { done += outcome.has_value(); });
        }
        QTRY_COMPARE(done, static_cast<int>(Settings::all().size()));
        for (const SettingSpec &spec : Settings::all())
            QCOMPARE(settings.value(spec.id), spec.most);
        QCOMPARE(onDisk().size(), static_cast<int>(Settings::all().size()));
    }

    void wrongValuesInTheFileCountAsNotSet_data()
    {
        QTest::addColumn<QByteArray>("json");
        for (const char *json : {"\"\"", "\"soon\"", "0", "-1", "1e300", "null", "true", "[10]", "{}", "\"601s\""})
            QTest::addRow("%s", json) << QByteArray(json);
    }
    void wrongValuesInTheFileCountAsNotSet()
    {
        QFETCH(QByteArray, json);
        writeFile("{\"refresh.initialRetry\":" + json + ",\"refresh.tries\":2}");
        Settings settings(m_path);
        QVERIFY(settings.load());
        QCOMPARE(settings.value(Setting::RefreshInitialRetry), 10);
        QCOMPARE(settings.count(Setting::RefreshTries), 2);
    }

    void aDamagedFileIsMovedAside_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addRow("empty") << QByteArray();
        QTest::addRow("half") << QByteArray("{\"refresh.tries\":");
        QTest::addRow("array") << QByteArray("[1]");
        QTest::addRow("bytes") << QByteArray("\x00\xff\x80", 3);
    }
    void aDamagedFileIsMovedAside()
    {
        QFETCH(QByteArray, content);
        writeFile(content);
        writeFile("older", m_path + QStringLiteral(".damaged"));
        Settings settings(m_path);
        const auto loaded = settings.load();
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, QStringLiteral("damaged"));
        QVERIFY(!QFile::exists(m_path));
        const auto aside = readFile(m_path + QStringLiteral(".damaged"), 1000);
        QVERIFY(aside);
        QCOMPARE(*aside, content);
        QCOMPARE(settings.count(Setting::RefreshTries), 5);
        QVERIFY(set(settings, Setting::RefreshTries, QStringLiteral("6")));
        QCOMPARE(onDisk().size(), 1);
    }

    void aFolderThatTakesNothingLeavesTheValue()
    {
        Settings settings(m_folder->filePath(QStringLiteral("missing/settings.json")));
        QVERIFY(settings.load());
        QVERIFY(!set(settings, Setting::RefreshTries, QStringLiteral("6")));
        QCOMPARE(settings.count(Setting::RefreshTries), 5);
    }

private:
    static Result<void> set(Settings &settings, Setting setting, const QString &text)
    {
        return QCoro::waitFor(settings.set(setting, text));
    }
    void writeFile(const QByteArray &content, const QString &path = {})
    {
        QFile file(path.isEmpty() ? m_path : path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    QJsonObject onDisk() const
    {
        const auto content = readFile(m_path, 100'000);
        return content ? parseJsonObject(*content).value_or(QJsonObject()) : QJsonObject();
    }
    QString textOnDisk(const char *key) const { return onDisk().value(QLatin1String(key)).toString(); }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

} // namespace

QTEST_GUILESS_MAIN(TestSettings)
#include "test_settings.moc"
