// The quota vectors that need an account, by their ids, and what the service promises.
#include "core/accounts/accountchoice.h"
#include "core/accounts/quotaservice.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "tests/core/accounts/accountbench.h"
#include "tests/support/compare.h"

#include <QFile>
#include <QSignalSpy>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const QString usageKey = u"GET /usage"_s;
const QString tokenKey = QLatin1String(AccountBench::tokenKey);

QByteArray meterProfile(const char *id, const char *format)
{
    return QByteArray(R"({"id": ")") + id + R"(", "name": "Meter", "kind": "oauth2",
        "endpoints": {"authorization": "https://auth.acme.test/authorize", "token": "https://auth.acme.test/token",
            "userinfo": "https://auth.acme.test/userinfo"},
        "client": {"id": "postroom", "auth": "none"}, "scopes": {"default": ["read"], "offered": []},
        "quota": {"url": "https://api.acme.test/usage", "headers": {"X-Beta": "b1"}, "format": ")"
        + format + "\"}}";
}

HttpResponse usage(double five = 42)
{
    return FakeHttp::json(200,
        {{"five_hour"_L1, QJsonObject{{"utilization"_L1, five}, {"resets_at"_L1, "2026-01-15T17:00:00Z"_L1}}},
            {"seven_day"_L1, QJsonObject{{"utilization"_L1, 13}, {"resets_at"_L1, "2026-01-19T00:00:00Z"_L1}}}});
}

HttpResponse refusedByPolicy()
{
    return FakeHttp::json(403, {{"error"_L1, QJsonObject{{"type"_L1, "permission_error"_L1}}}});
}

HttpResponse unauthorized()
{
    return FakeHttp::json(401, {}, {HttpHeader{"WWW-Authenticate", "Bearer error=\"invalid_token\""}});
}

// A provider with a usage page, and the service that asks it.
class QuotaBench : public AccountBench
{
public:
    QuotaBench()
    {
        [[maybe_unused]] const bool added = profiles->add(meterProfile("meter", "claude-usage")).has_value()
            && profiles->add(meterProfile("strange", "acme-usage")).has_value();
        Q_ASSERT(added);
        http.serve(usageKey, [](const HttpRequest &) { return usage(); });
        makeQuota();
    }
    ~QuotaBench() { stopQuota(); }

    void makeQuota()
    {
        QuotaService::Collaborators use;
        use.clock = &clock;
        use.accounts = service.get();
        use.profiles = profiles.get();
        use.stateFolder = paths.state;
        quota = std::make_unique<QuotaService>(use);
        quota->load();
    }
    void startQuota()
    {
        quota->start();
        clock.advance(0ms);
        settle();
    }
    void stopQuota()
    {
        if (quota)
            QCoro::waitFor(quota->shutdown());
        quota.reset();
    }
    void restartAll()
    {
        stopQuota();
        restart();
        makeQuota();
        startQuota();
    }
    AccountId signInTo(const QString &provider, const QString &person = u"ada"_s)
    {
        SignInRequest request = pasted(person);
        request.providerId = provider;
        const auto id = trySignIn(request);
        if (!id)
            qWarning() << id.error().code << id.error().message;
        http.forgetRequests();
        return id.value_or(AccountId());
    }
    QuotaStatus shown(const AccountId &id) const { return quota->status(id).value_or(QuotaStatus()); }
    int calls() const { return http.count(usageKey); }
    QString file(const AccountId &id) const { return paths.state + u"/quota/"_s + id.text() + u".json"_s; }
    qint64 nextIn(const AccountId &id) const
    {
        const auto next = shown(id).nextAt;
        return next ? clock.now().secsTo(*next) : -1;
    }

    std::unique_ptr<QuotaService> quota;
};

} // namespace

Q_DECLARE_METATYPE(Postroom::AccountState)

class TestQuotaService : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void asksAndGoesOn()
    {
        // Q01
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        QSignalSpy changed(bench.quota.get(), &QuotaService::quotaChanged);
        bench.startQuota();
        QCOMPARE(bench.calls(), 1);
        const HttpRequest sent = bench.http.requests(usageKey).first();
        QCOMPARE(sent.origin, Origin::Quota);
        QCOMPARE(FakeHttp::header(sent, "X-Beta"), QByteArray("b1"));
        QVERIFY(FakeHttp::header(sent, "Authorization").startsWith("Bearer at-ada"));
        QCOMPARE(bench.shown(id).state, QuotaState::Fresh);
        QCOMPARE(bench.shown(id).windows.size(), 2);
        QCOMPARE(bench.nextIn(id), 300);
        QVERIFY(!changed.isEmpty());
        bench.advance(299s);
        QCOMPARE(bench.calls(), 1);
        bench.quota->setInterval(60s);
        bench.advance(1s);
        QCOMPARE(bench.calls(), 2);
        QCOMPARE(bench.nextIn(id), 60);
    }

    void aPolicyLeavesTheAccountAlone()
    {
        // Q02
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.http.serve(usageKey, [](const HttpRequest &) { return refusedByPolicy(); });
        const AccountStatus before = bench.status(id);
        bench.startQuota();
        QCOMPARE(bench.shown(id).state, QuotaState::Refused);
        QCOMPARE(bench.shown(id).reason, u"policy"_s);
        QCOMPARE(bench.nextIn(id), 6 * 3600);
        QCOMPARE(bench.status(id), before);
        AccountStatus now = bench.status(id);
        now.quota = bench.shown(id);
        const auto choice = chooseAccount({{now, 0, false, {}}}, {}, bench.clock.now());
        QVERIFY(choice && choice->id == id);
        bench.advance(6h - 1s);
        QCOMPARE(bench.calls(), 1);
        bench.advance(1s);
        QCOMPARE(bench.calls(), 2);
    }

    void troubleOfTheSignInStaysThere_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<AccountState>("state");
        const QByteArray json = "application/json";
        QTest::newRow("Q03") << QByteArray("text/html") << QByteArray("<html>") << AccountState::Retrying;
        QTest::newRow("Q04") << json << QByteArray(R"({"error": "access_denied"})") << AccountState::PolicyBlocked;
        QTest::newRow("Q05") << json << QByteArray(R"({"error": "invalid_grant"})") << AccountState::NeedsSignIn;
        QTest::newRow("Q06")
            << json
            << QByteArray(
                   R"({"error": "temporarily_unavailable", "error_description": "The usage page answered with 403."})")
            << AccountState::Retrying;
    }
    void troubleOfTheSignInStaysThere()
    {
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, body);
        QFETCH(AccountState, state);
        QuotaBench bench;
        // Short enough that the question comes before the renewal is due by itself.
        bench.lifetime = 400;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.startQuota();
        QCOMPARE(bench.calls(), 1);
        const QuotaStatus before = bench.shown(id);
        const auto content = readFile(bench.file(id), 65536);
        bench.http.serve(tokenKey, [type, body](const HttpRequest &) { return FakeHttp::text(403, type, body); });
        bench.advance(300s);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.calls(), 1);
        const AccountStatus status = bench.status(id);
        QCOMPARE(status.state, state);
        QVERIFY(status.lastError);
        QCOMPARE(status.lastError->error.origin, Origin::Token);
        if (state == AccountState::Retrying)
            QVERIFY2(status.nextAt && *status.nextAt > bench.clock.now(), "its back-off is armed");
        // Not a word of it on the quota axis.
        QCOMPARE(bench.shown(id), before);
        QCOMPARE(*readFile(bench.file(id), 65536), *content);
        QVERIFY(!QString::fromUtf8(*content).contains(u"at-ada"_s));
        // And the back-off survives a start.
        const auto next = status.nextAt;
        bench.restartAll();
        if (state == AccountState::Retrying)
            QCOMPARE(bench.status(id).nextAt, next);
        QCOMPARE(bench.calls(), 1);
        // Well again, the question comes by itself.
        if (state != AccountState::Retrying)
            return;
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) { return bench.token(request); });
        bench.advance(10min);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(bench.calls() > 1);
    }

    void aRefusedTokenIsRenewedOnce()
    {
        // Q07
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.http.queue(usageKey, unauthorized());
        bench.startQuota();
        QCOMPARE(bench.calls(), 2);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.shown(id).state, QuotaState::Fresh);
        QCOMPARE(bench.nextIn(id), 300);
    }

    void refusedAfterTheRenewal()
    {
        // Q08
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.http.serve(usageKey, [](const HttpRequest &) { return unauthorized(); });
        bench.startQuota();
        QCOMPARE(bench.calls(), 2);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.shown(id).state, QuotaState::Refused);
        QCOMPARE(bench.shown(id).reason, u"auth"_s);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void refusedAndTheRenewalFails()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.startQuota();
        const QuotaStatus before = bench.shown(id);
        bench.http.serve(usageKey, [](const HttpRequest &) { return unauthorized(); });
        bench.http.serve(tokenKey, [](const HttpRequest &) { return FakeHttp::json(503, {}); });
        bench.advance(300s);
        QCOMPARE(bench.calls(), 2);
        QCOMPARE(bench.shown(id), before);
        QVERIFY(bench.status(id).state == AccountState::Retrying);
    }

    void aNewTokenOvertakesTheAnswer()
    {
        // Q13
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.startQuota();
        const QuotaStatus before = bench.shown(id);
        bench.http.hold(usageKey);
        bench.http.queue(usageKey, refusedByPolicy());
        bench.advance(300s);
        QCOMPARE(bench.calls(), 2);
        const auto first = bench.run(bench.service->token(id));
        QVERIFY(first);
        const auto second = bench.run(bench.service->rejected(id, first->fingerprint));
        QVERIFY(second && second->fingerprint != first->fingerprint);
        bench.http.release(usageKey);
        bench.settle();
        QCOMPARE(bench.shown(id).state, before.state);
        QCOMPARE(bench.shown(id).windows, before.windows);
        // Asked again, with the token that is current.
        bench.advance(1s);
        QCOMPARE(bench.calls(), 3);
        QCOMPARE(FakeHttp::header(bench.http.requests(usageKey).last(), "Authorization"),
            "Bearer " + second->value.reveal());
        QCOMPARE(bench.shown(id).state, QuotaState::Fresh);
    }

    void twoAccountsAtOnce()
    {
        // Q14: the usage page refuses A, the sign-in of B has trouble.
        QuotaBench bench;
        const AccountId a = bench.signInTo(u"meter"_s, u"ada"_s);
        bench.lifetime = 400;
        const AccountId b = bench.signInTo(u"meter"_s, u"bob"_s);
        bench.startQuota();
        bench.advance(1s);
        QCOMPARE(bench.calls(), 2);
        bench.http.serve(usageKey, [](const HttpRequest &) { return refusedByPolicy(); });
        bench.http.serve(tokenKey, [](const HttpRequest &) { return FakeHttp::text(403, "text/html", "<html>"); });
        bench.advance(301s);
        QCOMPARE(bench.shown(a).state, QuotaState::Refused);
        QCOMPARE(bench.status(a).state, AccountState::Fresh);
        QCOMPARE(bench.shown(b).state, QuotaState::Fresh);
        QCOMPARE(bench.status(b).state, AccountState::Retrying);
        QVERIFY(bench.status(b).nextAt);
    }

    void aResetOvertakesTheAnswer()
    {
        // Q19
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.startQuota();
        bench.http.hold(usageKey);
        bench.http.queue(usageKey, FakeHttp::json(429, {}, {HttpHeader{"Retry-After", "3000"}}));
        bench.advance(300s);
        bench.quota->reset(id);
        bench.http.release(usageKey);
        bench.settle();
        QVERIFY(bench.shown(id).state != QuotaState::RateLimited);
        bench.advance(1s);
        QCOMPARE(bench.calls(), 3);
        QCOMPARE(bench.shown(id).state, QuotaState::Fresh);
        QCOMPARE(bench.nextIn(id), 300);
    }

    void aSecondBetweenCalls()
    {
        QuotaBench bench;
        QList<AccountId> ids;
        for (const char *person : {"ada", "bob", "cy", "dee", "eve"})
            ids.append(bench.signInTo(u"meter"_s, QLatin1String(person)));
        QList<QDateTime> times;
        bench.http.serve(usageKey, [&](const HttpRequest &) {
            times.append(bench.clock.now());
            return usage();
        });
        bench.startQuota();
        QCOMPARE(times.size(), 1);
        bench.advance(4s);
        QCOMPARE(times.size(), 5);
        bench.advance(20min);
        for (qsizetype i = 1; i < times.size(); ++i)
            QVERIFY(times.at(i - 1).msecsTo(times.at(i)) >= 1000);
        QVERIFY(times.size() >= 20);
        for (const AccountId &id : std::as_const(ids))
            QCOMPARE(bench.shown(id).state, QuotaState::Fresh);
    }

    void aHangingPageDelaysNobodyElse()
    {
        QuotaBench bench;
        const AccountId a = bench.signInTo(u"meter"_s, u"ada"_s);
        const AccountId b = bench.signInTo(u"meter"_s, u"bob"_s);
        bench.http.hold(usageKey);
        bench.startQuota();
        bench.advance(1s);
        QCOMPARE(bench.calls(), 2);
        bench.http.release(usageKey);
        bench.settle();
        QCOMPARE(bench.shown(a).state, QuotaState::Fresh);
        QCOMPARE(bench.shown(b).state, QuotaState::Fresh);
    }

    void aStartTakesItUpAgain()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.http.queue(usageKey, usage());
        bench.startQuota();
        bench.http.queue(usageKey, FakeHttp::json(429, {}, {HttpHeader{"Retry-After", "1500"}}));
        bench.advance(300s);
        QCOMPARE(bench.shown(id).state, QuotaState::RateLimited);
        const QuotaStatus before = bench.shown(id);
        bench.restartAll();
        QCOMPARE(bench.shown(id), before);
        QCOMPARE(bench.calls(), 2);
        bench.advance(1499s);
        QCOMPARE(bench.calls(), 2);
        bench.advance(1s);
        QCOMPARE(bench.calls(), 3);
        QCOMPARE(bench.shown(id).state, QuotaState::Fresh);
        const auto content = readFile(bench.file(id), 65536);
        QVERIFY(content && !content->contains("at-ada") && !content->contains("rt-ada"));
        // A file that nobody can read is no reason not to ask.
        bench.stopQuota();
        QVERIFY(writeFileAtomically(bench.file(id), "{\"schemaVersion\": 9}"));
        bench.makeQuota();
        QCOMPARE(bench.shown(id).state, QuotaState::Unknown);
        bench.startQuota();
        QCOMPARE(bench.calls(), 4);
    }

    void whoCannotAnswerIsNotAsked()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        QVERIFY(bench.run(bench.service->setEnabled(id, false)));
        bench.startQuota();
        bench.advance(1h);
        QCOMPARE(bench.calls(), 0);
        QVERIFY(bench.run(bench.service->setEnabled(id, true)));
        bench.advance(1s);
        QCOMPARE(bench.calls(), 1);
        QVERIFY(bench.run(bench.service->signOut(id)));
        bench.advance(12h);
        QCOMPARE(bench.calls(), 1);
        QVERIFY2(bench.shown(id).windows.isEmpty(), "the numbers were those of a sign-in that is over");
        const auto asked = bench.run(bench.quota->refreshNow(id));
        QVERIFY(!asked);
        QCOMPARE(asked.error().kind, ErrorClass::Reauth);
    }

    void aNewSignInIsAskedAtOnce()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.http.queue(usageKey, refusedByPolicy());
        bench.startQuota();
        QCOMPARE(bench.shown(id).state, QuotaState::Refused);
        SignInRequest again = bench.pasted();
        again.providerId = u"meter"_s;
        again.account = id;
        QVERIFY(bench.trySignIn(again));
        bench.advance(1s);
        QCOMPARE(bench.calls(), 2);
        QCOMPARE(bench.shown(id).state, QuotaState::Fresh);
    }

    void idleIsIdle()
    {
        QuotaBench bench;
        const AccountId id = bench.signIn();
        const int before = bench.clock.armed();
        bench.startQuota();
        QCOMPARE(bench.clock.armed(), before);
        QVERIFY(!bench.quota->status(id));
        QVERIFY(!QFile::exists(bench.file(id)));
        const auto asked = bench.run(bench.quota->refreshNow(id));
        QVERIFY(!asked && asked.error().code == u"no-quota"_s);
        QCOMPARE(bench.run(bench.quota->refreshNow(AccountId(u"nobody"_s))).error().code, u"unknown-account"_s);
    }

    void anUnknownFormatIsSaid()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"strange"_s);
        bench.startQuota();
        QCOMPARE(bench.calls(), 0);
        const auto asked = bench.run(bench.quota->refreshNow(id));
        QVERIFY(!asked);
        QCOMPARE(asked.error().kind, ErrorClass::Config);
        QVERIFY(asked.error().message.contains(u"acme-usage"_s));
        QCOMPARE(bench.shown(id).lastCode, u"quota-format"_s);
        QCOMPARE(bench.shown(id).state, QuotaState::Unknown);
    }

    void aPersonAsks()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        const auto first = bench.run(bench.quota->refreshNow(id));
        QVERIFY(first && first->state == QuotaState::Fresh);
        QCOMPARE(bench.calls(), 1);
        // A pause that the service asked for is kept; the person may lift it.
        bench.advance(2s);
        bench.http.queue(usageKey, FakeHttp::json(429, {}, {HttpHeader{"Retry-After", "3000"}}));
        const auto limited = bench.run(bench.quota->refreshNow(id));
        QVERIFY(limited && limited->state == QuotaState::RateLimited);
        const auto still = bench.run(bench.quota->refreshNow(id));
        QVERIFY(still && still->state == QuotaState::RateLimited);
        QCOMPARE(bench.calls(), 2);
        bench.startQuota();
        bench.advance(2s);
        bench.quota->reset(id);
        bench.advance(1s);
        QCOMPARE(bench.calls(), 3);
        QCOMPARE(bench.shown(id).state, QuotaState::Fresh);
    }

    void aPersonJoinsAQuestionThatIsOut()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.http.hold(usageKey);
        bench.startQuota();
        QCOMPARE(bench.calls(), 1);
        auto asked = bench.quota->refreshNow(id);
        bench.settle();
        bench.http.release(usageKey);
        const auto status = bench.run(std::move(asked));
        QVERIFY(status && status->state == QuotaState::Fresh);
        QCOMPARE(bench.calls(), 1);
    }

    void headersOfOrdinaryAnswers()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.startQuota();
        QSignalSpy changed(bench.quota.get(), &QuotaService::quotaChanged);
        const auto make = [](const char *host) {
            HttpRequest request;
            request.url = QUrl(u"https://%1/things"_s.arg(QLatin1String(host)));
            return request;
        };
        bench.http.serve(u"GET /things"_s, [](const HttpRequest &) {
            return FakeHttp::json(200, {},
                {HttpHeader{"anthropic-ratelimit-unified-5h-utilization", "1.0"},
                    HttpHeader{"anthropic-ratelimit-unified-5h-reset", "1768496400"}});
        });
        bench.advance(1s);
        QVERIFY(bench.run(bench.service->request(id, make("other.acme.test"))));
        QCOMPARE(bench.shown(id).state, QuotaState::Fresh);
        QVERIFY(bench.run(bench.service->request(id, make("api.acme.test"))));
        QCOMPARE(bench.shown(id).state, QuotaState::Blocked);
        QCOMPARE(changed.size(), 1);
        QVERIFY(bench.run(bench.service->request(id, make("api.acme.test"))));
        QCOMPARE(changed.size(), 1);
        QCOMPARE(bench.calls(), 1);
    }

    void aWindowThatEndsIsTold()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.http.serve(usageKey, [](const HttpRequest &) { return usage(100); });
        bench.startQuota();
        QCOMPARE(bench.shown(id).state, QuotaState::Blocked);
        bench.http.hold(usageKey);
        const qint64 left = bench.clock.now().secsTo(*bench.shown(id).blocking()->resetsAt);
        QSignalSpy changed(bench.quota.get(), &QuotaService::quotaChanged);
        bench.advance(std::chrono::seconds(left));
        QCOMPARE(bench.shown(id).state, QuotaState::Unknown);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(bench.calls(), 1);
        bench.advance(60s);
        QCOMPARE(bench.calls(), 2);
        bench.http.release(usageKey);
        bench.settle();
    }

    void anEndInTheMiddle()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.startQuota();
        const QuotaStatus before = bench.shown(id);
        bench.http.hold(usageKey);
        bench.advance(300s);
        QCOMPARE(bench.calls(), 2);
        auto asked = bench.quota->refreshNow(id);
        bench.stopQuota();
        const auto outcome = bench.run(std::move(asked));
        QVERIFY(!outcome && outcome.error().kind == ErrorClass::Cancel);
        bench.makeQuota();
        QCOMPARE(bench.shown(id), before);
    }

    void aRemovedAccountLeavesNothing()
    {
        QuotaBench bench;
        const AccountId id = bench.signInTo(u"meter"_s);
        bench.startQuota();
        QVERIFY(QFile::exists(bench.file(id)));
        bench.http.hold(usageKey);
        bench.advance(300s);
        QVERIFY(bench.run(bench.service->remove(id)));
        bench.http.release(usageKey);
        bench.settle();
        QVERIFY(!bench.quota->status(id));
        QVERIFY(!QFile::exists(bench.file(id)));
        QCOMPARE(bench.clock.armed(), 0);
    }
};

QTEST_GUILESS_MAIN(TestQuotaService)
#include "test_quotaservice.moc"
