#include "core/accounts/quotausage.h"
#include "tests/support/compare.h"
#include "tests/support/fakehttp.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>
#include <algorithm>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

namespace
{

const QString format = u"claude-usage"_s;
const QDateTime start(QDate(2025, 12, 31), QTime(23, 0), Qt::UTC);

QuotaReading read(const QByteArray &body, const QuotaNumbers &known = {}, const QDateTime &at = start)
{
    const auto reading = readQuotaDocument(format, body, at, known);
    if (!reading) {
        qWarning() << reading.error().code << reading.error().message;
        return {};
    }
    return *reading;
}

QuotaWindow windowOf(const QList<QuotaWindow> &windows, const QString &id)
{
    for (const QuotaWindow &window : windows) {
        if (window.id == id)
            return window;
    }
    return {};
}

HttpResponse headers(const QByteArray &five, const QByteArray &reset, const QByteArray &week = {})
{
    HttpResponse answer;
    answer.status = 200;
    answer.headers.append(HttpHeader{"Anthropic-RateLimit-Unified-5h-Utilization", five});
    answer.headers.append(HttpHeader{"anthropic-ratelimit-unified-5h-reset", reset});
    if (!week.isEmpty())
        answer.headers.append(HttpHeader{"anthropic-ratelimit-unified-7d-utilization", week});
    answer.headers.append(HttpHeader{"anthropic-ratelimit-unified-representative-claim", "five_hour"});
    return answer;
}

} // namespace

class TestQuotaUsage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void windows()
    {
        const auto reading = read(R"({"five_hour": {"utilization": 42, "resets_at": "2026-01-01T01:30:00.5+00:00"},
            "seven_day": {"utilization": "13", "resets_at": null}, "seven_day_opus": null,
            "seven_day_sonnet": {"utilization": 7.5, "resets_at": "2026-01-04T00:00:00Z"},
            "seven_day_omelette": {"utilization": 3}, "note": "text", "odd": {"utilization": "much"}})");
        QCOMPARE(reading.windows.size(), 4);
        const QuotaWindow five = windowOf(reading.windows, u"five_hour"_s);
        QCOMPARE(five.usedPercent, 42);
        QCOMPARE(*five.resetsAt, QDateTime(QDate(2026, 1, 1), QTime(1, 30, 0, 500), Qt::UTC));
        QCOMPARE(five.observedAt, start);
        QVERIFY(five.known && five.isForAll());
        QCOMPARE(windowOf(reading.windows, u"seven_day"_s).usedPercent, 13);
        QVERIFY(!windowOf(reading.windows, u"seven_day"_s).resetsAt);
        QCOMPARE(windowOf(reading.windows, u"seven_day_sonnet"_s).model, u"Sonnet"_s);
        QVERIFY(!windowOf(reading.windows, u"seven_day_sonnet"_s).isForAll());
        const QuotaWindow strange = windowOf(reading.windows, u"seven_day_omelette"_s);
        QVERIFY(!strange.known);
        QCOMPARE(strange.usedPercent, 3);
    }

    void resets_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QDateTime>("expected");
        const QDateTime year(QDate(2026, 1, 1), QTime(0, 0), Qt::UTC);
        QTest::newRow("Q16 null") << QByteArray("null") << QDateTime();
        QTest::newRow("Q16 ISO") << QByteArray("\"2026-01-01T00:00:00Z\"") << year;
        QTest::newRow("Q16 epoch") << QByteArray("1767225600") << year;
        QTest::newRow("epoch as text") << QByteArray("\"1767225600\"") << year;
        QTest::newRow("epoch in milliseconds") << QByteArray("1767225600000") << year;
        QTest::newRow("with an offset") << QByteArray("\"2026-01-01T02:00:00.000000+02:00\"") << year;
        QTest::newRow("zero") << QByteArray("0") << QDateTime();
        QTest::newRow("negative") << QByteArray("-5") << QDateTime();
        QTest::newRow("huge") << QByteArray("1e300") << QDateTime();
        QTest::newRow("words") << QByteArray("\"soon\"") << QDateTime();
        QTest::newRow("object") << QByteArray("{}") << QDateTime();
    }
    void resets()
    {
        QFETCH(QByteArray, value);
        QFETCH(QDateTime, expected);
        const auto reading = read(R"({"five_hour": {"utilization": 42, "resets_at": )" + value + "}}");
        QCOMPARE(reading.windows.size(), 1);
        QCOMPARE(reading.windows.first().resetsAt.value_or(QDateTime()), expected);
    }

    void limits()
    {
        // Q17: the newer shape alone, with a kind that nobody knows yet.
        const auto reading = read(R"({"limits": [
            {"kind": "session", "group": "session", "percent": 42, "resets_at": 1767225600, "is_active": true},
            {"kind": "weekly_all", "group": "weekly", "percent": 13, "resets_at": null, "is_active": false},
            {"kind": "weekly_scoped", "percent": 99, "scope": {"model": {"id": "m-1", "display_name": "Haiku"}}},
            {"kind": "weekly_scoped", "percent": 50, "scope": {"model": {"id": "m-2", "display_name": "Opus"}}},
            {"kind": "monthly", "percent": 120}, {"kind": "session"}, {"percent": 5}, 7, null]})");
        QStringList ids;
        for (const QuotaWindow &window : reading.windows)
            ids.append(window.id);
        QCOMPARE(ids,
            (QStringList{u"five_hour"_s, u"seven_day"_s, u"weekly_scoped:m-1"_s, u"seven_day_opus"_s, u"monthly"_s}));
        QVERIFY(!windowOf(reading.windows, u"seven_day"_s).active);
        QCOMPARE(windowOf(reading.windows, u"weekly_scoped:m-1"_s).model, u"Haiku"_s);
        QVERIFY(windowOf(reading.windows, u"weekly_scoped:m-1"_s).known);
        const QuotaWindow monthly = windowOf(reading.windows, u"monthly"_s);
        QVERIFY(!monthly.known && !monthly.isForAll());
        QCOMPARE(monthly.usedPercent, 120);
    }

    void bothShapes()
    {
        const auto reading = read(R"({"five_hour": {"utilization": 41.6, "resets_at": null}, "limits": [
            {"kind": "session", "percent": 42, "resets_at": 1767225600, "is_active": false}]})");
        QCOMPARE(reading.windows.size(), 1);
        QCOMPARE(reading.windows.first().usedPercent, 41.6);
        QVERIFY(reading.windows.first().resetsAt);
        QVERIFY(!reading.windows.first().active);
    }

    void extra_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<double>("used");
        QTest::addColumn<double>("limit");
        QTest::addColumn<QString>("currency");
        QTest::newRow("Q18 cents") << QByteArray(
            R"({"extra_usage": {"is_enabled": true, "monthly_limit": 5000, "used_credits": 1234, "currency": "USD"}})")
                                   << 12.34 << 50.0 << u"USD"_s;
        QTest::newRow("no cents in yen") << QByteArray(
            R"({"extra_usage": {"is_enabled": true, "used_credits": 1234, "currency": "jpy"}})")
                                         << 1234.0 << -1.0 << u"JPY"_s;
        QTest::newRow("currency unknown")
            << QByteArray(R"({"extra_usage": {"is_enabled": true, "used_credits": 50}})") << 0.5 << -1.0 << QString();
        QTest::newRow("spend with an exponent") << QByteArray(
            R"({"spend": {"severity": "warning", "limit": {"amount_minor": 12345, "currency": "EUR", "exponent": 3}}})")
                                                << -1.0 << 12.345 << u"EUR"_s;
        QTest::newRow("exponent out of range")
            << QByteArray(R"({"spend": {"limit": {"amount_minor": 12345, "currency": "EUR", "exponent": -400}}})")
            << -1.0 << 123.45 << u"EUR"_s;
        QTest::newRow("nonsense") << QByteArray(
            R"({"extra_usage": {"used_credits": "many", "monthly_limit": -1, "currency": "<b>"}})")
                                  << -1.0 << -1.0 << QString();
    }
    void extra()
    {
        QFETCH(QByteArray, body);
        const auto reading = read(body);
        QVERIFY(reading.extra);
        QTEST(reading.extra->used.value_or(-1), "used");
        QTEST(reading.extra->limit.value_or(-1), "limit");
        QTEST(reading.extra->currency, "currency");
    }

    void fractions_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<double>("witness"); // what a header said of five_hour, -1: nothing
        QTest::addColumn<double>("used");
        QTest::addColumn<bool>("certain");
        const QByteArray reset = R"("resets_at": 1767225600)";
        const auto five = [&reset](const QByteArray &number, const QByteArray &more = {}) {
            return QByteArray(R"({"five_hour": {"utilization": )" + number + ", " + reset + "}" + more + "}");
        };
        QTest::newRow("nothing to compare") << five("0.42") << -1.0 << 0.42 << false;
        QTest::newRow("a header says per cent") << five("0.42") << 0.4 << 0.42 << true;
        QTest::newRow("a header says fraction") << five("0.42") << 41.0 << 42.0 << true;
        QTest::newRow("another number is above 1")
            << five("0.42", R"(, "seven_day": {"utilization": 13})") << -1.0 << 0.42 << true;
        QTest::newRow("the list says fraction")
            << five("0.42", R"(, "limits": [{"kind": "session", "percent": 42, "resets_at": 1767225600}])") << -1.0
            << 42.0 << true;
        QTest::newRow("the list takes over")
            << five("0.42", R"(, "limits": [{"kind": "session", "percent": 37}])") << -1.0 << 37.0 << true;
        QTest::newRow("zero is zero") << five("0") << -1.0 << 0.0 << true;
        QTest::newRow("one per cent") << five("1") << -1.0 << 1.0 << true;
        QTest::newRow("all of it") << five("1") << 98.0 << 100.0 << true;
    }
    void fractions()
    {
        QFETCH(QByteArray, body);
        QFETCH(double, witness);
        QuotaNumbers known;
        if (witness >= 0) {
            QuotaWindow seen;
            seen.id = u"five_hour"_s;
            seen.usedPercent = witness;
            seen.observedAt = start.addSecs(-60);
            seen.resetsAt = QDateTime(QDate(2026, 1, 1), QTime(0, 0, 30), Qt::UTC);
            known.windows.append(seen);
        }
        const QuotaWindow five = windowOf(read(body, known).windows, u"five_hour"_s);
        QTEST(five.usedPercent, "used");
        QTEST(five.certain, "certain");
    }

    void unreadable_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("page") << QByteArray("<html>");
        QTest::newRow("list") << QByteArray("[]");
        QTest::newRow("cut") << QByteArray("{\"five_hour\": {\"utili");
        QTest::newRow("another kind of object") << QByteArray(R"({"ok": true})");
    }
    void unreadable()
    {
        QFETCH(QByteArray, body);
        const auto reading = readQuotaDocument(format, body, start);
        QVERIFY(!reading);
        QCOMPARE(reading.error().code, u"quota-unreadable"_s);
        QCOMPARE(reading.error().origin, Origin::Quota);
        QCOMPARE(reading.error().kind, ErrorClass::Infra);
    }

    void nothingHasBegun()
    {
        const auto reading = readQuotaDocument(format, R"({"five_hour": null, "seven_day": null})", start);
        QVERIFY(reading && reading->windows.isEmpty());
    }

    void anUnknownFormatIsNamed()
    {
        const auto reading = readQuotaDocument(u"acme-usage"_s, "{}", start);
        QVERIFY(!reading);
        QCOMPARE(reading.error().kind, ErrorClass::Config);
        QCOMPARE(reading.error().code, u"quota-format"_s);
        QVERIFY(reading.error().message.contains(u"acme-usage"_s));
        QVERIFY(!readQuotaHeaders(u"acme-usage"_s, headers("0.5", "1767225600"), start));
    }

    void bounded()
    {
        QJsonObject many;
        for (int i = 0; i < 5000; ++i)
            many.insert(u"w%1"_s.arg(i).repeated(100), QJsonObject{{u"utilization"_s, 1.0 * i}});
        const auto reading = read(QJsonDocument(many).toJson());
        QVERIFY(!reading.windows.isEmpty() && reading.windows.size() <= 32);
        for (const QuotaWindow &window : reading.windows)
            QVERIFY(window.id.size() <= 64);
    }

    void readsHeaders()
    {
        const auto reading = readQuotaHeaders(format, headers("0.425", "1767225600", "1.05"), start);
        QVERIFY(reading && !reading->isDocument);
        QCOMPARE(windowOf(reading->windows, u"five_hour"_s).usedPercent, 42.5);
        QCOMPARE(
            *windowOf(reading->windows, u"five_hour"_s).resetsAt, QDateTime(QDate(2026, 1, 1), QTime(0, 0), Qt::UTC));
        QCOMPARE(windowOf(reading->windows, u"seven_day"_s).usedPercent, 105);
        QVERIFY(!windowOf(reading->windows, u"seven_day"_s).resetsAt);
        QCOMPARE(reading->binding, u"five_hour"_s);
        for (const char *wrong : {"", "nan", "inf", "-0.1", "half", "1e9"})
            QVERIFY2(!readQuotaHeaders(format, headers(wrong, "soon"), start), wrong);
        QVERIFY(!readQuotaHeaders(format, HttpResponse(), start));
    }

    void theNewerObservationWins()
    {
        QuotaNumbers known = mergedQuota({}, read(R"({"five_hour": {"utilization": 40, "resets_at": 1767225600},
            "seven_day_opus": {"utilization": 7}, "extra_usage": {"is_enabled": true, "used_credits": 100}})"));
        // Headers tell about their own windows alone.
        auto glance = *readQuotaHeaders(format, headers("0.5", ""), start.addSecs(30));
        known = mergedQuota(known, glance);
        QCOMPARE(windowOf(known.windows, u"five_hour"_s).usedPercent, 50);
        QVERIFY2(windowOf(known.windows, u"five_hour"_s).resetsAt, "what the header does not tell stays");
        QCOMPARE(windowOf(known.windows, u"seven_day_opus"_s).usedPercent, 7);
        QVERIFY(known.extra);
        QCOMPARE(known.binding, u"five_hour"_s);
        // An older document brings back nothing.
        known = mergedQuota(known, read(R"({"five_hour": {"utilization": 41}})", {}, start.addSecs(20)));
        QCOMPARE(windowOf(known.windows, u"five_hour"_s).usedPercent, 50);
        QVERIFY2(!known.extra, "the newest document alone tells about extra usage");
        QVERIFY2(windowOf(known.windows, u"seven_day_opus"_s).id.isEmpty(), "and about scoped windows");
        // And a late header none either.
        glance.observedAt = start.addSecs(5);
        for (QuotaWindow &window : glance.windows)
            window.observedAt = glance.observedAt;
        QCOMPARE(mergedQuota(known, glance), known);
    }

    void theOrderOfAnswersDoesNotMatter()
    {
        const quint32 seed = QRandomGenerator::system()->generate();
        qInfo() << "seed" << seed;
        QRandomGenerator random(seed);
        const QStringList ids{u"five_hour"_s, u"seven_day"_s, u"seven_day_opus"_s, u"monthly"_s};
        for (int round = 0; round < 300; ++round) {
            QList<QuotaReading> readings;
            for (int i = 0; i < 6; ++i) {
                QuotaReading reading;
                reading.observedAt = start.addSecs(i * 10);
                reading.isDocument = random.bounded(2) == 0;
                for (const QString &id : reading.isDocument ? ids : ids.first(2)) {
                    QuotaWindow window;
                    window.id = id;
                    window.usedPercent = random.bounded(100);
                    window.resetsAt = start.addDays(1);
                    window.observedAt = reading.observedAt;
                    if (random.bounded(4) > 0)
                        reading.windows.append(window);
                }
                readings.append(reading);
            }
            QuotaNumbers inOrder;
            for (const QuotaReading &reading : std::as_const(readings))
                inOrder = mergedQuota(inOrder, reading);
            std::shuffle(readings.begin(), readings.end(), random);
            QuotaNumbers shuffled;
            for (const QuotaReading &reading : std::as_const(readings))
                shuffled = mergedQuota(shuffled, reading);
            QCOMPARE(shuffled, inOrder);
        }
    }
};

QTEST_GUILESS_MAIN(TestQuotaUsage)
#include "test_quotausage.moc"
