// What the answers of a service do, each by its id: refreshes, replays, and what the caller gets.
#include "core/accounts/tokenpolicy.h"
#include "tests/core/accounts/accountbench.h"
#include "tests/support/compare.h"

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const QString thingsKey = u"GET /things"_s;
const QString tokenKey = QLatin1String(AccountBench::tokenKey);

HttpRequest get(const QString &host = u"api.acme.test"_s)
{
    HttpRequest request;
    request.url = QUrl(u"https://"_s + host + u"/things"_s);
    return request;
}

HttpResponse invalidToken()
{
    return FakeHttp::json(
        401, {{"first"_L1, true}}, {HttpHeader{"WWW-Authenticate", "Bearer error=\"invalid_token\""}});
}

HttpResponse scope(const QByteArray &missing = {})
{
    QByteArray challenge = "Bearer error=\"insufficient_scope\"";
    if (!missing.isEmpty())
        challenge += ", scope=\"" + missing + '"';
    return FakeHttp::json(403, {{"first"_L1, true}}, {HttpHeader{"WWW-Authenticate", challenge}});
}

QCoro::Task<void> ask(AccountService *service, AccountId id, HttpRequest request, QList<Result<HttpResponse>> *answers,
    std::stop_token stop)
{
    auto answer = co_await service->request(id, request, stop);
    answers->append(answer);
}

// A token that is narrower than the grant: a refresh may help.
void narrow(AccountBench &bench, const AccountId &id)
{
    bench.http.queue(tokenKey,
        FakeHttp::json(200,
            {{"access_token"_L1, "narrow"_L1}, {"token_type"_L1, "Bearer"_L1}, {"expires_in"_L1, 3600},
                {"scope"_L1, "read"_L1}}));
    QVERIFY(bench.run(bench.service->check(id)));
    bench.http.forgetRequests();
}

} // namespace

class TestRequestVectors : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneRefreshOneReplay_data()
    {
        QTest::addColumn<HttpResponse>("first");
        QTest::addColumn<bool>("narrower");
        const auto json = [](int status, const char *body) { return FakeHttp::text(status, "application/json", body); };
        QTest::newRow("R01") << invalidToken() << false;
        QTest::newRow("R02") << FakeHttp::text(401, "", "") << false;
        QTest::newRow("R09") << json(
            403, R"({"error":{"details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}],"message":"no"}})")
                             << true;
        QTest::newRow("R10") << json(403, R"({"error":{"errors":[{"reason":"insufficientPermissions"}]}})") << true;
        QTest::newRow("R11") << json(403, R"({"error":{"message":"Request had insufficient authentication scopes."}})")
                             << true;
        QTest::newRow("header") << scope("write") << true;
        QTest::newRow("GraphQL") << json(200, R"({"errors":[{"type":"INSUFFICIENT_SCOPES"}]})") << true;
    }
    void oneRefreshOneReplay()
    {
        QFETCH(HttpResponse, first);
        QFETCH(bool, narrower);
        AccountBench bench;
        const AccountId id = bench.signIn();
        if (narrower)
            narrow(bench, id);
        bench.http.queue(thingsKey, first);
        bench.http.queue(thingsKey, FakeHttp::json(200, {{"second"_L1, true}}));
        const auto answer = bench.run(bench.service->request(id, get()));
        QVERIFY(answer && answer->status == 200);
        QVERIFY(answer->body.contains("second"));
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.http.count(thingsKey), 2);
        QCOMPARE(answer->tokenFingerprint, bench.stored(id)->accessToken.fingerprint());
    }

    void noRefresh_data()
    {
        QTest::addColumn<HttpResponse>("answer");
        const auto json = [](int status, const char *body) { return FakeHttp::text(status, "application/json", body); };
        HttpResponse gateway = FakeHttp::text(401, "text/html", "<html>");
        gateway.headers.append(HttpHeader{"WWW-Authenticate", "Basic realm=\"gw\""});
        QTest::newRow("R08") << gateway;
        QTest::newRow("R14") << json(403, R"({"error":{"message":"The caller does not have permission"}})");
        QTest::newRow("R20") << scope("admin");
        QTest::newRow("R22") << json(403, R"({"error":{"errors":[{"reason":"userRateLimitExceeded"}]}})");
        QTest::newRow("R26") << FakeHttp::json(307, {}, {HttpHeader{"Location", "https://elsewhere.test/"}});
        QTest::newRow("R29") << json(500, "{}");
        QTest::newRow("429") << json(429, "{}");
        QTest::newRow("404") << json(404, "{}");
        QTest::newRow("R16") << FakeHttp::text(403, "application/json",
            "{\"error\":\"insufficient_scope\",\"x\":\"" + QByteArray(2 * 1024 * 1024, 'x') + "\"}");
    }
    void noRefresh()
    {
        QFETCH(HttpResponse, answer);
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(thingsKey, answer);
        const auto told = bench.run(bench.service->request(id, get()));
        QVERIFY(told);
        QCOMPARE(told->status, answer.status);
        QCOMPARE(told->body, answer.body);
        QCOMPARE(bench.tokenRequests(), 0);
        QCOMPARE(bench.http.count(thingsKey), 1);
        QCOMPARE(bench.http.requests().size(), 1);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        if (QByteArray(QTest::currentDataTag()) == "R20") {
            QCOMPARE(bench.status(id).missingScopes, QStringList(u"admin"_s));
            QVERIFY(told->sideNote && told->sideNote->kind == ErrorClass::Scope);
        }
    }

    void R03_anotherTokenIsThere()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto old = bench.run(bench.service->token(id));
        bench.http.serve(thingsKey, [&bench, id, old](const HttpRequest &request) -> Result<HttpResponse> {
            return FakeHttp::header(request, "Authorization") == "Bearer " + old->value.reveal()
                ? invalidToken()
                : FakeHttp::json(200, {});
        });
        // While the first answer is on its way somebody renews the token.
        bench.http.hold(thingsKey);
        QList<Result<HttpResponse>> answers;
        ask(bench.service.get(), id, get(), &answers, {});
        bench.settle();
        QVERIFY(bench.run(bench.service->check(id)));
        QCOMPARE(bench.tokenRequests(), 1);
        bench.http.release(thingsKey);
        bench.settle();
        QCOMPARE(answers.size(), 1);
        QVERIFY(answers.first() && answers.first()->status == 200);
        QCOMPARE(bench.tokenRequests(), 1);
    }

    void R04_manyRefusalsMakeOneRefresh()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto old = bench.run(bench.service->token(id));
        bench.http.serve(thingsKey, [old](const HttpRequest &request) -> Result<HttpResponse> {
            return FakeHttp::header(request, "Authorization") == "Bearer " + old->value.reveal()
                ? invalidToken()
                : FakeHttp::json(200, {});
        });
        QList<Result<HttpResponse>> answers;
        for (int i = 0; i < 10; ++i)
            ask(bench.service.get(), id, get(), &answers, {});
        bench.settle();
        bench.settle();
        QCOMPARE(answers.size(), 10);
        for (const auto &answer : answers)
            QVERIFY(answer && answer->status == 200);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.http.count(thingsKey), 20);
    }

    void R05_refusedAgain()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(thingsKey, invalidToken());
        bench.http.queue(thingsKey, FakeHttp::json(401, {{"second"_L1, true}}));
        const auto answer = bench.run(bench.service->request(id, get()));
        QVERIFY(answer->body.contains("second"));
        QVERIFY(answer->sideNote);
        QCOMPARE(bench.http.count(thingsKey), 2);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        // The next request goes out as usual, and no refresh follows it within the minute.
        bench.http.queue(thingsKey, FakeHttp::json(401, {}));
        const auto next = bench.run(bench.service->request(id, get()));
        QCOMPARE(next->status, 401);
        QCOMPARE(bench.tokenRequests(), 1);
    }

    void R06_twoServicesAgree()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(thingsKey, [](const HttpRequest &) { return Result<HttpResponse>(FakeHttp::json(401, {})); });
        const auto once = [&](const QString &host) {
            const auto answer = bench.run(bench.service->request(id, get(host)));
            return answer ? answer->status : 0;
        };
        QCOMPARE(once(u"api.acme.test"_s), 401);
        bench.advance(61s);
        QCOMPARE(once(u"api.acme.test"_s), 401);
        QCOMPARE(bench.status(id).state, AccountState::Fresh); // one service proves nothing
        bench.advance(61s);
        QCOMPARE(once(u"files.acme.test"_s), 401);
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(id).reason, u"rejected-by-service"_s);
        QVERIFY(!bench.status(id).confirmed);
        QVERIFY(bench.stored(id));
    }

    void R07_theRefreshHasTrouble()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        HttpResponse first = invalidToken();
        first.headers.append(HttpHeader{"X-Thing", "kept"});
        bench.http.queue(thingsKey, first);
        bench.http.queue(tokenKey, FakeHttp::json(503, {}));
        const auto answer = bench.run(bench.service->request(id, get()));
        QCOMPARE(answer->status, 401);
        QCOMPARE(answer->body, first.body);
        QCOMPARE(answer->header("X-Thing"), QByteArray("kept"));
        QVERIFY(answer->sideNote);
        QCOMPARE(answer->sideNote->origin, Origin::Token);
        QCOMPARE(answer->sideNote->kind, ErrorClass::Server);
        QVERIFY(answer->sideNote->retryAt);
        QCOMPARE(bench.status(id).state, AccountState::Retrying);
    }

    void R17_aBodyThatCannotBeReadTwice()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        narrow(bench, id);
        HttpRequest request = get();
        request.mayReplay = false;
        bench.http.queue(thingsKey, scope());
        const auto answer = bench.run(bench.service->request(id, request));
        QCOMPARE(answer->status, 403);
        bench.settle();
        QCOMPARE(bench.http.count(thingsKey), 1);
        QCOMPARE(bench.tokenRequests(), 1); // so that the next try works
    }

    void aFileThatHasChanged()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        HttpRequest request = get();
        int asked = 0;
        request.unchanged = [&asked] { return ++asked < 2; };
        bench.http.queue(thingsKey, invalidToken());
        const auto answer = bench.run(bench.service->request(id, request));
        QCOMPARE(answer->status, 401);
        QCOMPARE(asked, 2); // before the refresh, and again before the replay
        QCOMPARE(bench.http.count(thingsKey), 1);
        QCOMPARE(bench.tokenRequests(), 1);
    }

    void R19_theScopeIsStillMissing()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        narrow(bench, id);
        bench.http.serve(thingsKey, [](const HttpRequest &) { return Result<HttpResponse>(scope("admin")); });
        const auto answer = bench.run(bench.service->request(id, get()));
        QCOMPARE(answer->status, 403);
        QVERIFY(answer->sideNote && answer->sideNote->kind == ErrorClass::Scope);
        QCOMPARE(bench.tokenRequests(), 1);
        QVERIFY(bench.status(id).missingScopes.contains(u"admin"_s));
        QCOMPARE(bench.status(id).badge, Badge::NeedsYou);
        const auto again = bench.run(bench.service->request(id, get()));
        QCOMPARE(again->status, 403);
        QCOMPARE(bench.tokenRequests(), 1);
    }

    void R21_theRefreshIsRefused()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        narrow(bench, id);
        bench.http.queue(thingsKey, scope());
        bench.http.queue(tokenKey, FakeHttp::json(400, {{"error"_L1, "invalid_grant"_L1}}));
        const auto answer = bench.run(bench.service->request(id, get()));
        QCOMPARE(answer->status, 403);
        QVERIFY(answer->body.contains("first"));
        QVERIFY(answer->sideNote && answer->sideNote->kind == ErrorClass::Reauth);
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
    }

    void R23_aStrongerSignInIsWanted()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(thingsKey,
            FakeHttp::json(401, {},
                {HttpHeader{"WWW-Authenticate",
                    "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\", max_age=300"}}));
        const auto answer = bench.run(bench.service->request(id, get()));
        QCOMPARE(answer->status, 401);
        QCOMPARE(bench.tokenRequests(), 0);
        QCOMPARE(bench.status(id).stepUp, u"gold"_s);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.status(id).badge, Badge::NeedsYou);
        bench.restart();
        QCOMPARE(bench.status(id).stepUp, u"gold"_s);
        QCOMPARE(bench.signIn(), id);
        QVERIFY(bench.status(id).stepUp.isEmpty());
    }

    void R25_theCallerGivesUp()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto before = bench.stored(id);
        bench.http.queue(thingsKey, invalidToken());
        bench.http.hold(tokenKey);
        std::stop_source stop;
        QList<Result<HttpResponse>> answers;
        ask(bench.service.get(), id, get(), &answers, stop.get_token());
        bench.settle();
        QVERIFY(answers.isEmpty());
        stop.request_stop();
        bench.settle();
        QCOMPARE(answers.size(), 1);
        QCOMPARE(answers.first().error().kind, ErrorClass::Cancel);
        bench.http.release(tokenKey);
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(bench.stored(id)->refreshToken.fingerprint() != before->refreshToken.fingerprint());
        QCOMPARE(bench.http.count(thingsKey), 1);
    }

    void R27_aPastedToken()
    {
        AccountBench bench;
        SignInRequest request;
        request.providerId = u"relayfile-server"_s;
        request.server = QUrl(u"https://files.acme.test"_s);
        request.pastedAccessToken = Secret(QByteArray("opaque-token"));
        const auto id = bench.trySignIn(request);
        QVERIFY(id);
        bench.http.serve(thingsKey, [](const HttpRequest &) { return Result<HttpResponse>(invalidToken()); });
        const auto once = [&] { return bench.run(bench.service->request(*id, get(u"files.acme.test"_s)))->status; };
        QCOMPARE(once(), 401);
        QCOMPARE(bench.status(*id).state, AccountState::Fresh);
        bench.advance(61s);
        QCOMPARE(once(), 401);
        QCOMPARE(bench.status(*id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.tokenRequests(), 0);
    }

    void R30_theCallerWantsNoReplay()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        HttpRequest request = get();
        request.mayReplay = false;
        bench.http.queue(thingsKey, invalidToken());
        QCOMPARE(bench.run(bench.service->request(id, request))->status, 401);
        bench.settle();
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.http.count(thingsKey), 1);
    }

    void R31_oneAuthorizationAndTheSameKey()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        HttpRequest request = get();
        request.headers = {HttpHeader{"authorization", "Bearer other"}, HttpHeader{"Idempotency-Key", "key-1"}};
        bench.http.queue(thingsKey, invalidToken());
        bench.http.queue(thingsKey, FakeHttp::json(200, {}));
        QCOMPARE(bench.run(bench.service->request(id, request))->status, 200);
        for (const HttpRequest &sent : bench.http.requests(thingsKey)) {
            const auto isBearer = [](const HttpHeader &header) {
                return header.name.compare("authorization", Qt::CaseInsensitive) == 0;
            };
            QCOMPARE(std::count_if(sent.headers.cbegin(), sent.headers.cend(), isBearer), 1);
            QCOMPARE(FakeHttp::header(sent, "Idempotency-Key"), QByteArray("key-1"));
        }
    }

    void R32_theWayIsKnownToBeClosed()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, [](const HttpRequest &) {
            return Result<HttpResponse>(FakeHttp::fail(ErrorClass::Net, u"unreachable"_s));
        });
        bench.advance(57min); // it has been failing for a while, and the token still works
        QVERIFY(isWaitingState(bench.status(id).state));
        QVERIFY(bench.status(id).usableUntil);
        const int asked = bench.tokenRequests();
        bench.http.queue(thingsKey, invalidToken());
        const auto answer = bench.run(bench.service->request(id, get()));
        QCOMPARE(answer->status, 401);
        QVERIFY(answer->sideNote);
        QCOMPARE(bench.tokenRequests(), asked);
    }

    void theCallersTimeCoversAll()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        HttpRequest request = get();
        request.deadline = 30s;
        bench.http.queue(thingsKey, invalidToken());
        bench.http.hold(tokenKey);
        QList<Result<HttpResponse>> answers;
        ask(bench.service.get(), id, request, &answers, {});
        bench.settle();
        bench.advance(29500ms);
        bench.http.release(tokenKey);
        bench.settle();
        QCOMPARE(answers.size(), 1);
        QCOMPARE(answers.first()->status, 401); // half a second is no time for a replay
        QCOMPARE(bench.http.count(thingsKey), 1);
    }
};

QTEST_GUILESS_MAIN(TestRequestVectors)
#include "test_requestvectors.moc"
