#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>

#include "core/base/json.h"

using namespace Postroom;

namespace
{

QJsonObject objectOf(const QByteArray &text)
{
    return QJsonDocument::fromJson(text).object();
}

QDateTime utc(int hour, int minute, int second, int milliseconds = 0)
{
    return QDateTime(QDate(2026, 1, 15), QTime(hour, minute, second, milliseconds), Qt::UTC);
}

class TestJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parsesObjectsOnly_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("code");
        QTest::newRow("empty") << QByteArray() << QStringLiteral("not-json");
        QTest::newRow("HTML") << QByteArray("<html></html>") << QStringLiteral("not-json");
        QTest::newRow("cut") << QByteArray("{\"a\": {\"b\": ") << QStringLiteral("not-json");
        QTest::newRow("two") << QByteArray("{} {}") << QStringLiteral("not-json");
        QTest::newRow("comment") << QByteArray("{/* no */}") << QStringLiteral("not-json");
        QTest::newRow("trailing comma") << QByteArray("{\"a\":1,}") << QStringLiteral("not-json");
        QTest::newRow("array") << QByteArray("[1]") << QStringLiteral("not-an-object");
        QTest::newRow("text") << QByteArray("\"text\"") << QStringLiteral("not-json");
        QTest::newRow("deep") << QByteArray(100'000, '[') << QStringLiteral("not-json");
        QTest::newRow("deep objects") << QByteArray("{\"a\":").repeated(100'000) << QStringLiteral("not-json");
        QTest::newRow("zeros") << QByteArray(16, '\0') << QStringLiteral("not-json");
    }

    void parsesObjectsOnly()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, code);
        const auto object = parseJsonObject(text);
        QVERIFY(!object);
        QCOMPARE(object.error().code, code);
        QVERIFY(code != QLatin1String("not-json") || object.error().detail.contains(QStringLiteral("at byte")));
    }

    void parsesAnObject()
    {
        const auto object = parseJsonObject(" \n{\"a\":\"\\u00e4\",\"a\":\"last\"}\n");
        QVERIFY(object);
        QCOMPARE(object->size(), 1);
        QCOMPARE(object->value(QLatin1String("a")).toString(), QStringLiteral("last"));
        QVERIFY(parseJsonObject("\xef\xbb\xbf{}"));
    }

    void accessorsAnswerForWrongTypes()
    {
        const QJsonObject object
            = objectOf(R"({"s":"x","e":"","n":1,"b":true,"z":null,"a":["p",1,null,"q",["r"]],"o":{"k":1}})");
        const auto key = [](const char *name) { return QLatin1String(name); };
        QCOMPARE(stringAt(object, key("s")), std::optional<QString>(QStringLiteral("x")));
        QCOMPARE(stringAt(object, key("e")), std::optional<QString>(QString()));
        for (const char *name : {"n", "b", "z", "a", "o", "missing"})
            QVERIFY(!stringAt(object, key(name)));
        QCOMPARE(boolAt(object, key("b")), std::optional<bool>(true));
        for (const char *name : {"s", "n", "z", "a", "o", "missing"})
            QVERIFY(!boolAt(object, key(name)));
        QCOMPARE(stringsAt(object, key("a")), (QStringList{QStringLiteral("p"), QStringLiteral("q")}));
        for (const char *name : {"s", "n", "b", "z", "o", "missing"})
            QVERIFY(stringsAt(object, key(name)).isEmpty());
        QCOMPARE(objectAt(object, key("o")).size(), 1);
        for (const char *name : {"s", "n", "b", "z", "a", "missing"})
            QVERIFY(objectAt(object, key(name)).isEmpty());
        QCOMPARE(firstString(object, {key("missing"), key("n"), key("e"), key("s")}), QStringLiteral("x"));
        QVERIFY(firstString(object, {}).isEmpty());
    }

    void integers_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<bool>("given");
        QTest::addColumn<qint64>("number");
        QTest::newRow("zero") << QByteArray("0") << true << qint64(0);
        QTest::newRow("negative") << QByteArray("-5") << true << qint64(-5);
        QTest::newRow("fraction") << QByteArray("3599.9") << true << qint64(3599);
        QTest::newRow("negative fraction") << QByteArray("-1.5") << true << qint64(-2);
        QTest::newRow("exponent") << QByteArray("1e3") << true << qint64(1000);
        QTest::newRow("text") << QByteArray("\"3600\"") << true << qint64(3600);
        QTest::newRow("largest safe") << QByteArray("9007199254740991") << true << qint64(9007199254740991);
        QTest::newRow("smallest safe") << QByteArray("-9007199254740991") << true << qint64(-9007199254740991);
        QTest::newRow("unsafe") << QByteArray("9007199254740992") << false << qint64(0);
        QTest::newRow("unsafe negative") << QByteArray("-9007199254740992") << false << qint64(0);
        QTest::newRow("huge") << QByteArray("1e300") << false << qint64(0);
        QTest::newRow("huge text") << QByteArray("\"99999999999999999999\"") << false << qint64(0);
        QTest::newRow("infinite text") << QByteArray("\"inf\"") << false << qint64(0);
        QTest::newRow("no number text") << QByteArray("\"nan\"") << false << qint64(0);
        QTest::newRow("words") << QByteArray("\"soon\"") << false << qint64(0);
        QTest::newRow("empty") << QByteArray("\"\"") << false << qint64(0);
        QTest::newRow("hexadecimal") << QByteArray("\"0x10\"") << false << qint64(0);
        QTest::newRow("true") << QByteArray("true") << false << qint64(0);
        QTest::newRow("null") << QByteArray("null") << false << qint64(0);
        QTest::newRow("array") << QByteArray("[1]") << false << qint64(0);
    }

    void integers()
    {
        QFETCH(QByteArray, value);
        QFETCH(bool, given);
        QFETCH(qint64, number);
        const auto read = integerAt(objectOf("{\"k\":" + value + "}"), QLatin1String("k"));
        QCOMPARE(read.has_value(), given);
        if (given)
            QCOMPARE(*read, number);
    }

    void times_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QDateTime>("time");
        QTest::newRow("plain") << QStringLiteral("2026-01-15T14:00:00Z") << utc(14, 0, 0);
        QTest::newRow("milliseconds") << QStringLiteral("2026-01-15T14:00:00.120Z") << utc(14, 0, 0, 120);
        QTest::newRow("one digit") << QStringLiteral("2026-01-15T14:00:00.1Z") << utc(14, 0, 0, 100);
        QTest::newRow("nanoseconds") << QStringLiteral("2026-01-15T14:00:00.123456789Z") << utc(14, 0, 0, 123);
        QTest::newRow("small letters") << QStringLiteral("2026-01-15t14:00:00z") << utc(14, 0, 0);
        QTest::newRow("space") << QStringLiteral("2026-01-15 14:00:00Z") << utc(14, 0, 0);
        QTest::newRow("east") << QStringLiteral("2026-01-15T16:30:00+02:30") << utc(14, 0, 0);
        QTest::newRow("west") << QStringLiteral("2026-01-15T09:00:00-05:00") << utc(14, 0, 0);
        QTest::newRow("minus zero") << QStringLiteral("2026-01-15T14:00:00-00:00") << utc(14, 0, 0);
        QTest::newRow("unset") << QStringLiteral("0001-01-01T00:00:00Z") << QDateTime();
        QTest::newRow("no zone") << QStringLiteral("2026-01-15T14:00:00") << QDateTime();
        QTest::newRow("date") << QStringLiteral("2026-01-15") << QDateTime();
        QTest::newRow("no such day") << QStringLiteral("2026-02-30T14:00:00Z") << QDateTime();
        QTest::newRow("no such hour") << QStringLiteral("2026-01-15T25:00:00Z") << QDateTime();
        QTest::newRow("line end") << QStringLiteral("2026-01-15T14:00:00Z\n") << QDateTime();
        QTest::newRow("more behind") << QStringLiteral("2026-01-15T14:00:00Zulu") << QDateTime();
        QTest::newRow("number") << QStringLiteral("1768485600") << QDateTime();
        QTest::newRow("empty") << QString() << QDateTime();
        QTest::newRow("other digits") << QStringLiteral("٢٠٢٦-01-15T14:00:00Z") << QDateTime();
    }

    void times()
    {
        QFETCH(QString, text);
        QFETCH(QDateTime, time);
        const auto read = parseTime(text);
        QCOMPARE(read.has_value(), time.isValid());
        if (read) {
            QCOMPARE(*read, time);
            QCOMPARE(read->timeSpec(), Qt::UTC);
        }
    }

    void timesRoundTrip()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        for (int i = 0; i < 500; ++i) {
            const qint64 milliseconds = static_cast<qint64>(random.bounded(4'000'000'000.0) * 1000);
            const QDateTime time = QDateTime::fromMSecsSinceEpoch(milliseconds, Qt::UTC);
            QCOMPARE(parseTime(formatTime(time)), std::optional<QDateTime>(time));
            QCOMPARE(parseTime(formatTime(time.toOffsetFromUtc(random.bounded(-12, 13) * 3600))),
                std::optional<QDateTime>(time));
        }
        QVERIFY(formatTime(QDateTime()).isEmpty());
    }

    void absentMeansUnknown()
    {
        QJsonObject object;
        put(object, QLatin1String("text"), QString());
        put(object, QLatin1String("time"), QDateTime());
        put(object, QLatin1String("optional"), std::optional<QDateTime>());
        put(object, QLatin1String("number"), std::optional<qint64>());
        QVERIFY(object.isEmpty());
        put(object, QLatin1String("text"), QStringLiteral("x"));
        put(object, QLatin1String("time"), utc(14, 0, 0));
        put(object, QLatin1String("number"), std::optional<qint64>(0));
        QCOMPARE(toCompact(object), QByteArray(R"({"number":0,"text":"x","time":"2026-01-15T14:00:00.000Z"})"));
        QVERIFY(toIndented(object).endsWith("}\n"));
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestJson)
#include "test_json.moc"
