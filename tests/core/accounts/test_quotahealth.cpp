// The quota vectors that need no account, by their ids, and random events in random order.
#include "core/accounts/quotahealth.h"
#include "core/base/json.h"
#include "core/oauth/profile.h"
#include "tests/support/compare.h"
#include "tests/support/fakehttp.h"

#include <QRandomGenerator>
#include <QTest>
#include <type_traits>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

// The masking bug cannot be written down: no trouble of another conversation becomes an event of this machine.
static_assert(!std::is_constructible_v<QuotaEvent, Error>);
static_assert(!std::is_constructible_v<QuotaEvent, HttpResponse>);
static_assert(!std::is_constructible_v<QuotaEvent, Result<HttpResponse>>);
static_assert(!std::is_constructible_v<QuotaAnswer, Error>);
static_assert(!std::is_constructible_v<QuotaAnswer, HttpResponse>);
static_assert(!std::is_default_constructible_v<QuotaAnswer>);

namespace
{

const QDateTime start(QDate(2025, 12, 31), QTime(23, 0), Qt::UTC);

QuotaSource source()
{
    return {QUrl(u"https://api.acme.test/usage"_s), {HttpHeader{"Accept", "application/json"}}, u"claude-usage"_s};
}

HttpResponse usage(double five = 42, double seven = 13, const QDateTime &reset = start.addSecs(9000))
{
    return FakeHttp::json(200,
        {{"five_hour"_L1, QJsonObject{{"utilization"_L1, five}, {"resets_at"_L1, reset.toSecsSinceEpoch()}}},
            {"seven_day"_L1,
                QJsonObject{{"utilization"_L1, seven}, {"resets_at"_L1, start.addDays(3).toString(Qt::ISODate)}}}});
}

HttpResponse refused(int status, const char *type)
{
    return FakeHttp::json(
        status, {{"error"_L1, QJsonObject{{"type"_L1, QLatin1String(type)}, {"message"_L1, "Not for you."_L1}}}});
}

HttpResponse paused(const QByteArray &retryAfter)
{
    return FakeHttp::json(429, {}, {HttpHeader{"Retry-After", retryAfter}});
}

QuotaHealth after(
    const QuotaHealth &health, const Result<HttpResponse> &outcome, const QDateTime &now, const QString &current = {})
{
    const auto answer = QuotaQuestion(source(), health.marker).answer(outcome);
    if (!answer)
        return health;
    return stepQuota(health, *answer, {now, 0, std::chrono::minutes(5), current});
}

qint64 wait(const QuotaHealth &health, const QDateTime &now)
{
    return health.nextAt ? now.secsTo(*health.nextAt) : -1;
}

} // namespace

Q_DECLARE_METATYPE(Postroom::QuotaState)

class TestQuotaHealth : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneAnswer_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("type"); // of the answer
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("header"); // Retry-After
        QTest::addColumn<QuotaState>("state");
        QTest::addColumn<QString>("reason");
        QTest::addColumn<int>("next");
        const QByteArray json = "application/json";
        const QByteArray good = usage().body;
        QTest::newRow("Q01") << 200 << json << good << QByteArray() << QuotaState::Fresh << u""_s << 300;
        QTest::newRow("Q02") << 403 << json << refused(403, "permission_error").body << QByteArray()
                             << QuotaState::Refused << u"policy"_s << 21600;
        QTest::newRow("Q08 refused after the renewal") << 401 << json << refused(401, "authentication_error").body
                                                       << QByteArray() << QuotaState::Refused << u"auth"_s << 21600;
        QTest::newRow("Q09") << 429 << json << QByteArray("{}") << QByteArray("2974") << QuotaState::RateLimited
                             << u""_s << 2974;
        QTest::newRow("403 that says scope")
            << 403 << json
            << QByteArray(
                   R"({"error": {"type": "permission_error", "message": "OAuth token does not meet scope requirement user:profile"}})")
            << QByteArray() << QuotaState::Refused << u"scope"_s << 21600;
        QTest::newRow("403 of a gateway") << 403 << QByteArray("text/html") << QByteArray("<html>") << QByteArray()
                                          << QuotaState::Unknown << u""_s << 60;
        QTest::newRow("401 of a gateway") << 401 << QByteArray("text/html") << QByteArray("<html>") << QByteArray()
                                          << QuotaState::Unknown << u""_s << 60;
        QTest::newRow("429 without a time")
            << 429 << json << QByteArray() << QByteArray() << QuotaState::RateLimited << u""_s << 60;
        QTest::newRow("429 for a day") << 429 << json << QByteArray() << QByteArray("86400") << QuotaState::RateLimited
                                       << u""_s << 21600;
        QTest::newRow("429 for a second")
            << 429 << json << QByteArray() << QByteArray("1") << QuotaState::RateLimited << u""_s << 60;
        QTest::newRow("429 with nonsense")
            << 429 << json << QByteArray() << QByteArray("soon") << QuotaState::RateLimited << u""_s << 60;
        QTest::newRow("503 with a time") << 503 << json << QByteArray() << QByteArray("600") << QuotaState::Unknown
                                         << u""_s << 600;
        QTest::newRow("500") << 500 << json << QByteArray() << QByteArray() << QuotaState::Unknown << u""_s << 60;
        QTest::newRow("404") << 404 << json << QByteArray() << QByteArray() << QuotaState::Unknown << u""_s << 300;
        QTest::newRow("302") << 302 << json << QByteArray() << QByteArray() << QuotaState::Unknown << u""_s << 300;
        QTest::newRow("unreadable") << 200 << json << QByteArray("[]") << QByteArray() << QuotaState::Unknown << u""_s
                                    << 300;
        QTest::newRow("a page with 200") << 200 << QByteArray("text/html") << QByteArray("<html>") << QByteArray()
                                         << QuotaState::Unknown << u""_s << 300;
        QTest::newRow("451") << 451 << json << QByteArray() << QByteArray() << QuotaState::Refused << u"policy"_s
                             << 21600;
    }
    void oneAnswer()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, header);
        QFETCH(int, next);
        QFETCH(QuotaState, state);
        HttpResponse answer = FakeHttp::text(status, type, body);
        if (!header.isEmpty())
            answer.headers.append(HttpHeader{"Retry-After", header});
        const QuotaHealth health = after({}, answer, start);
        const QuotaStatus shown = quotaStatusAt(health, start);
        QCOMPARE(shown.state, state);
        QTEST(shown.reason, "reason");
        QCOMPARE(wait(health, start), next);
        QCOMPARE(shown.nextAt, health.nextAt);
        QCOMPARE(shown.lastCode.isEmpty(), shown.state == QuotaState::Fresh);
        if (shown.state == QuotaState::Fresh) {
            QCOMPARE(shown.windows.size(), 2);
            QCOMPARE(shown.windows.first().usedPercent, 42);
        }
    }

    void series_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QList<int>>("waits");
        QTest::newRow("Q10") << 429 << QByteArray("0") << QList<int>{60, 120, 240, 480, 900, 900};
        QTest::newRow("Q12") << 500 << QByteArray() << QList<int>{60, 120, 240, 480, 900, 900};
        QTest::newRow("no answer") << 0 << QByteArray() << QList<int>{60, 120, 240, 480, 900, 900};
        QTest::newRow("moved away") << 404 << QByteArray() << QList<int>{300, 300, 300, 300};
    }
    void series()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, header);
        QFETCH(QList<int>, waits);
        QuotaHealth health;
        QDateTime now = start;
        for (int round = 0; round < 2; ++round) {
            for (qsizetype i = 0; i < waits.size(); ++i) {
                Result<HttpResponse> outcome = FakeHttp::fail(ErrorClass::Net, u"unreachable"_s, Origin::Quota);
                if (status > 0)
                    outcome = FakeHttp::json(status, {}, {HttpHeader{"Retry-After", header}});
                health = after(health, outcome, now);
                QCOMPARE(wait(health, now), waits.at(i));
                QCOMPARE(health.reason, status == 404 && i >= 2 ? u"endpoint-changed"_s : QString());
                now = *health.nextAt;
            }
            // A success ends the series.
            health = after(health, usage(), now);
            QCOMPARE(wait(health, now), 300);
            QVERIFY(health.reason.isEmpty() && health.lastCode.isEmpty());
            now = *health.nextAt;
        }
    }

    void eachTroubleCountsForItself()
    {
        QuotaHealth health = after({}, FakeHttp::json(500, {}), start);
        health = after(health, FakeHttp::json(500, {}), start);
        QCOMPARE(wait(health, start), 120);
        health = after(health, FakeHttp::json(429, {}), start);
        QCOMPARE(wait(health, start), 60);
        health = after(health, FakeHttp::json(500, {}), start);
        QCOMPARE(wait(health, start), 60);
    }

    void anAnswerForAnOlderToken()
    {
        // Q13
        const QuotaHealth before = after({}, usage(), start);
        for (HttpResponse answer : {usage(99, 99), refused(403, "permission_error"), paused("3000")}) {
            answer.tokenFingerprint = u"a1"_s;
            QuotaHealth dropped = after(before, answer, start.addSecs(300), u"a2"_s);
            QCOMPARE(*dropped.nextAt, start.addSecs(300)); // asked again at once
            dropped.nextAt = before.nextAt;
            QCOMPARE(dropped, before);
            QVERIFY(after(before, answer, start.addSecs(300), u"a1"_s) != before);
        }
        QuotaGlance glance;
        glance.tokenFingerprint = u"a1"_s;
        glance.reading.observedAt = start.addSecs(10);
        glance.reading.isDocument = false;
        glance.reading.windows = before.numbers.windows;
        glance.reading.windows[0].usedPercent = 50;
        glance.reading.windows[0].observedAt = start.addSecs(10);
        QCOMPARE(stepQuota(before, glance, {start, 0, std::chrono::seconds(300), u"a2"_s}), before);
        QVERIFY(stepQuota(before, glance, {start, 0, std::chrono::seconds(300), {}}) != before);
    }

    void anAnswerFromBeforeAReset()
    {
        // Q19
        const QuotaHealth limited = after({}, paused("3000"), start);
        const QuotaQuestion asked(source(), limited.marker);
        const QuotaHealth cleared = stepQuota(limited, QuotaReset{}, {start, 0, std::chrono::seconds(300), {}});
        QCOMPARE(quotaStatusAt(cleared, start).state, QuotaState::Unknown);
        QVERIFY(!cleared.nextAt && cleared.lastCode.isEmpty());
        const QList<Result<HttpResponse>> late{paused("3000"), refused(403, "permission_error"), usage(),
            FakeHttp::fail(ErrorClass::Net, u"unreachable"_s, Origin::Quota)};
        for (const auto &outcome : late) {
            const auto answer = asked.answer(outcome);
            QVERIFY(answer);
            QCOMPARE(stepQuota(cleared, *answer, {start, 0, std::chrono::seconds(300), {}}), cleared);
        }
        QCOMPARE(wait(after(cleared, usage(), start), start), 300);
    }

    void troubleOfOthersIsNoAnswer_data()
    {
        // Q06, and everything else that is not of the quota endpoint.
        QTest::addColumn<Origin>("origin");
        QTest::addColumn<ErrorClass>("kind");
        QTest::newRow("Q06") << Origin::Token << ErrorClass::Infra;
        QTest::newRow("Q03") << Origin::Token << ErrorClass::Infra;
        QTest::newRow("Q04") << Origin::Token << ErrorClass::Policy;
        QTest::newRow("Q05") << Origin::Token << ErrorClass::Reauth;
        QTest::newRow("keychain") << Origin::Storage << ErrorClass::Store;
        QTest::newRow("switched off") << Origin::Local << ErrorClass::Input;
        QTest::newRow("stopped") << Origin::Quota << ErrorClass::Cancel;
    }
    void troubleOfOthersIsNoAnswer()
    {
        QFETCH(Origin, origin);
        QFETCH(ErrorClass, kind);
        Error error;
        error.origin = origin;
        error.kind = kind;
        error.status = 403;
        error.code = u"http-403"_s;
        error.message = u"The usage page answered with 403."_s;
        QVERIFY(!QuotaQuestion(source(), 0).answer(Failure(error)));
        if (origin != Origin::Token)
            return;
        // The usage page refused the token, and the sign-in could not be renewed.
        HttpResponse answer = refused(401, "authentication_error");
        answer.sideNote = error;
        QVERIFY(!QuotaQuestion(source(), 0).answer(answer));
        // It says 403 by itself: the note beside it is about something else.
        answer.status = 403;
        QVERIFY(QuotaQuestion(source(), 0).answer(answer));
    }

    void usedUp()
    {
        const QuotaHealth health = after({}, usage(100, 13, start.addSecs(3600)), start);
        const QuotaStatus shown = quotaStatusAt(health, start);
        QCOMPARE(shown.state, QuotaState::Blocked);
        QCOMPARE(shown.reason, u"five_hour"_s);
        QCOMPARE(*shown.blocking()->resetsAt, start.addSecs(3600));
        QCOMPARE(wait(health, start), 3660);
        QCOMPARE(*nextQuotaReset(health, start), start.addSecs(3600));
        QCOMPARE(quotaStatusAt(health, start.addSecs(3601)).state, QuotaState::Unknown);
        // Asking goes on where the reset is far away or unknown.
        QCOMPARE(wait(after({}, usage(42, 100), start), start), 21600);
        // Trouble of the usage page does not hide what is known.
        const QuotaHealth troubled = after(health, FakeHttp::json(500, {}), start.addSecs(60));
        QCOMPARE(quotaStatusAt(troubled, start.addSecs(60)).state, QuotaState::Blocked);
        // One model's window stops that model alone.
        const QuotaHealth scoped = after({},
            FakeHttp::json(200,
                {{"five_hour"_L1, QJsonObject{{"utilization"_L1, 5}}},
                    {"seven_day_opus"_L1, QJsonObject{{"utilization"_L1, 100}}}}),
            start);
        QCOMPARE(quotaStatusAt(scoped, start).state, QuotaState::Fresh);
        QCOMPARE(wait(scoped, start), 300);
    }

    void numbersEndWithTheirWindow()
    {
        // Q23
        const QuotaHealth known = after({}, usage(42, 13, start.addSecs(600)), start);
        const QuotaHealth troubled = after(known, FakeHttp::json(503, {}), start.addSecs(300));
        const QuotaStatus before = quotaStatusAt(troubled, start.addSecs(599));
        QCOMPARE(before.state, QuotaState::Stale);
        QCOMPARE(before.windows.size(), 2);
        const QuotaStatus past = quotaStatusAt(troubled, start.addSecs(600));
        QCOMPARE(past.state, QuotaState::Unknown);
        QVERIFY(past.windows.isEmpty());
    }

    void headersFillIn()
    {
        QuotaGlance glance;
        glance.reading.observedAt = start;
        glance.reading.isDocument = false;
        QuotaWindow window;
        window.id = u"five_hour"_s;
        window.usedPercent = 100;
        window.resetsAt = start.addSecs(900);
        window.observedAt = start;
        glance.reading.windows = {window};
        const QuotaMoment moment{start, 0, std::chrono::seconds(300), {}};
        QuotaHealth health = stepQuota(after({}, refused(403, "permission_error"), start), glance, moment);
        QCOMPARE(quotaStatusAt(health, start).state, QuotaState::Blocked);
        QCOMPARE(wait(health, start), 21600); // headers do not move the time of the next question
        QCOMPARE(quotaStatusAt(health, start.addSecs(900)).state, QuotaState::Refused);
        QVERIFY(quotaStatusAt(health, start.addSecs(900)).windows.isEmpty());
    }

    void aNewGrantForgetsEverything()
    {
        const QuotaMoment moment{start, 0, std::chrono::seconds(300), {}};
        const QuotaHealth refusedOnce = after(after({}, usage(), start), refused(403, "permission_error"), start);
        const QuotaHealth fresh = stepQuota(refusedOnce, QuotaNewGrant{}, moment);
        QVERIFY(!fresh.nextAt && fresh.numbers == QuotaNumbers());
        QVERIFY(fresh.marker > refusedOnce.marker);
    }

    void survivesAFile()
    {
        QuotaHealth health = after({}, usage(), start);
        health = after(health, paused("3000"), start.addSecs(300));
        QCOMPARE(quotaHealthFromJson(toJson(health), start.addSecs(400)), health);
        health = after(after({}, usage(), start), FakeHttp::json(404, {}), start);
        QCOMPARE(quotaHealthFromJson(toJson(health), start), health);
        // The clock went back by a day: the next time is no next time any more.
        QVERIFY(!quotaHealthFromJson(toJson(health), start.addDays(-1)).nextAt);
        QVERIFY(quotaHealthFromJson(toJson(health), start.addDays(-1)).numbers.windows.isEmpty());
        QCOMPARE(quotaHealthFromJson({}, start), QuotaHealth());
        QCOMPARE(
            quotaHealthFromJson({{"phase"_L1, 7}, {"windows"_L1, "x"_L1}, {"failures"_L1, -4}}, start), QuotaHealth());
    }

    void whatTheServerSaysIsShortAndClean()
    {
        HttpResponse answer = FakeHttp::json(403,
            {{"error"_L1,
                QJsonObject{{"type"_L1, "permission_error"_L1},
                    {"message"_L1,
                        QString(u"no\nBearer abcdefghijklmnopqrstuvwxyz012345 "_s + QString(5000, u'x'))}}}});
        const QuotaHealth health = after({}, answer, start);
        QVERIFY(health.lastMessage.size() <= 200);
        QVERIFY(!health.lastMessage.contains(u'\n'));
        QVERIFY(!health.lastMessage.contains(u"abcdefghijklmnopqrstuvwxyz012345"_s));
        QCOMPARE(health.lastCode, u"permission_error"_s);
    }

    void theProfileSaysWhere()
    {
        ProviderProfile profile;
        profile.name = u"Acme"_s;
        const auto none = quotaSourceOf(profile);
        QVERIFY(none && !*none);
        profile.quota
            = ProfileQuota{QUrl(u"https://api.acme.test/usage"_s), {HttpHeader{"X-Beta", "b1"}}, u"claude-usage"_s};
        const auto good = quotaSourceOf(profile);
        QVERIFY(good && *good);
        const HttpRequest request = QuotaQuestion(**good, 0).request();
        QCOMPARE(request.origin, Origin::Quota);
        QCOMPARE(request.url, QUrl(u"https://api.acme.test/usage"_s));
        QCOMPARE(request.headers.size(), 1);
        QCOMPARE(request.headers.first().value, QByteArray("b1"));
        profile.quota->format = u"acme-usage"_s;
        const auto format = quotaSourceOf(profile);
        QVERIFY(!format && format.error().kind == ErrorClass::Config);
        QVERIFY(format.error().message.contains(u"acme-usage"_s));
        profile.quota->url = QUrl(u"http://api.acme.test/usage"_s);
        QCOMPARE(quotaSourceOf(profile).error().code, u"quota-url"_s);
    }

    void randomEventsInRandomOrder()
    {
        const quint32 seed = QRandomGenerator::system()->generate();
        qInfo() << "seed" << seed;
        QRandomGenerator random(seed);
        QuotaHealth health;
        QDateTime now = start;
        QList<std::pair<QuotaQuestion, quint64>> out; // questions that have no answer yet
        const auto outcome = [&random, &now]() -> Result<HttpResponse> {
            switch (random.bounded(10)) {
            case 0:
            case 1:
                return usage(random.bounded(130), random.bounded(130), now.addSecs(random.bounded(-600, 20000)));
            case 2:
                return refused(403, "permission_error");
            case 3:
                return refused(401, "authentication_error");
            case 4:
                return paused(QByteArray::number(random.bounded(-10, 100000)));
            case 5:
                return FakeHttp::json(500 + random.bounded(30), {});
            case 6:
                return FakeHttp::text(200 + random.bounded(300), "text/html", "<html>");
            case 7:
                return FakeHttp::fail(ErrorClass::Ambiguous, u"lost"_s, Origin::Quota);
            case 8:
                return FakeHttp::fail(ErrorClass::Infra, u"http-403"_s, Origin::Token);
            default:
                return FakeHttp::json(400 + random.bounded(60), {});
            }
        };
        for (int i = 0; i < 10'000; ++i) {
            now = now.addMSecs(random.bounded(1, 600'000));
            const QuotaHealth before = health;
            QuotaMoment moment{now, random.generateDouble(), std::chrono::seconds(300), {}};
            const int what = random.bounded(20);
            if (what < 6) {
                out.append({QuotaQuestion(source(), health.marker), health.marker});
            } else if (what == 6) {
                health = stepQuota(health, QuotaReset{}, moment);
                QVERIFY(health.marker == before.marker + 1 && !health.nextAt);
                QCOMPARE(health.numbers, before.numbers);
            } else if (what == 7) {
                health = stepQuota(health, QuotaNewGrant{}, moment);
                QVERIFY(health.numbers.windows.isEmpty());
            } else if (what == 8) {
                HttpResponse ordinary;
                ordinary.headers.append(HttpHeader{
                    "anthropic-ratelimit-unified-5h-utilization", QByteArray::number(random.bounded(120) / 100.0)});
                ordinary.headers.append(HttpHeader{"anthropic-ratelimit-unified-5h-reset",
                    QByteArray::number(now.addSecs(random.bounded(20000)).toSecsSinceEpoch())});
                const auto reading = readQuotaHeaders(u"claude-usage"_s, ordinary, now);
                QVERIFY(reading);
                health = stepQuota(health, QuotaGlance{*reading, {}}, moment);
                QVERIFY(health.phase == before.phase && health.nextAt == before.nextAt);
            } else if (!out.isEmpty()) {
                const auto [question, marker] = out.takeAt(random.bounded(out.size()));
                auto result = outcome();
                const bool stale = random.bounded(8) == 0;
                if (result && stale) {
                    result->tokenFingerprint = u"a1"_s;
                    moment.currentToken = u"a2"_s;
                }
                const auto answer = question.answer(result);
                QCOMPARE(answer.has_value(), result || result.error().origin == Origin::Quota);
                if (!answer)
                    continue;
                health = stepQuota(health, *answer, moment);
                if (marker != before.marker) {
                    QCOMPARE(health, before);
                } else if (result && stale) {
                    QVERIFY(*health.nextAt == now && health.phase == before.phase);
                    QCOMPARE(health.numbers, before.numbers);
                } else {
                    QVERIFY2(health.nextAt, "an answer sets the next time");
                    const qint64 span = now.msecsTo(*health.nextAt);
                    QVERIFY2(span >= 60'000 && span <= 6 * 3'600'000 * 1.1, qPrintable(QString::number(span)));
                    QCOMPARE(health.phase == QuotaPhase::Told, health.lastCode.isEmpty());
                }
            }
            // What is shown holds together, now and later.
            for (const QDateTime &moment2 : {now, now.addSecs(random.bounded(30000))}) {
                const QuotaStatus shown = quotaStatusAt(health, moment2);
                QCOMPARE(shown.state == QuotaState::Blocked, shown.blocking() != nullptr);
                for (const QuotaWindow &window : shown.windows) {
                    QVERIFY(!window.resetsAt || *window.resetsAt > moment2);
                    QVERIFY(window.observedAt <= now);
                }
                if (shown.state == QuotaState::Refused || shown.state == QuotaState::RateLimited)
                    QVERIFY(shown.nextAt && !shown.lastCode.isEmpty());
                if (shown.state == QuotaState::Stale)
                    QVERIFY(!shown.windows.isEmpty());
            }
            if (i % 50 == 0)
                QCOMPARE(quotaHealthFromJson(toJson(health), now), health);
            if (out.size() > 20)
                out.removeFirst();
        }
    }
};

QTEST_GUILESS_MAIN(TestQuotaHealth)
#include "test_quotahealth.moc"
