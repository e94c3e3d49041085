#include "tests/core/accounts/accountbench.h"
#include "tests/support/compare.h"

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

HttpRequest post()
{
    HttpRequest request;
    request.method = "POST";
    request.url = QUrl(u"https://api.acme.test/things"_s);
    request.body = "the body";
    request.headers.append(HttpHeader{"authorization", "Bearer of somebody else"});
    request.headers.append(HttpHeader{"Idempotency-Key", "key-1"});
    return request;
}

const QString thingsKey = u"POST /things"_s;

HttpResponse unauthorized()
{
    return FakeHttp::json(
        401, {{"first"_L1, true}}, {HttpHeader{"WWW-Authenticate", "Bearer error=\"invalid_token\""}});
}

} // namespace

class TestAccountRequest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void carriesOurBearerAlone()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(thingsKey, FakeHttp::json(200, {}));
        const auto answer = bench.run(bench.service->request(id, post()));
        QVERIFY(answer && answer->status == 200);
        const HttpRequest sent = bench.http.requests(thingsKey).first();
        int bearers = 0;
        for (const HttpHeader &header : sent.headers)
            bearers += header.name.compare("authorization", Qt::CaseInsensitive) == 0 ? 1 : 0;
        QCOMPARE(bearers, 1);
        QCOMPARE(FakeHttp::header(sent, "Authorization"), "Bearer " + bench.stored(id)->accessToken.reveal());
    }

    void a401IsReplayedOnce()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(thingsKey, unauthorized());
        bench.http.queue(thingsKey, FakeHttp::json(200, {}));
        const auto answer = bench.run(bench.service->request(id, post()));
        QVERIFY(answer && answer->status == 200);
        QCOMPARE(bench.tokenRequests(), 1);
        const auto sent = bench.http.requests(thingsKey);
        QCOMPARE(sent.size(), 2);
        QCOMPARE(sent.at(1).body, sent.at(0).body);
        QCOMPARE(sent.at(1).url, sent.at(0).url);
        QCOMPARE(FakeHttp::header(sent.at(1), "Idempotency-Key"), QByteArray("key-1"));
        QVERIFY(FakeHttp::header(sent.at(1), "Authorization") != FakeHttp::header(sent.at(0), "Authorization"));
    }

    void theOriginalAnswerStays_data()
    {
        QTest::addColumn<QString>("how");
        QTest::newRow("refresh has trouble") << "trouble";
        QTest::newRow("refresh is refused") << "verdict";
        QTest::newRow("replay finds no server") << "net";
    }
    void theOriginalAnswerStays()
    {
        QFETCH(QString, how);
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(thingsKey, unauthorized());
        const QString tokenKey = QLatin1String(AccountBench::tokenKey);
        if (how == "trouble"_L1)
            bench.http.queue(tokenKey, FakeHttp::json(503, {}));
        else if (how == "verdict"_L1)
            bench.http.queue(tokenKey, FakeHttp::json(400, {{"error"_L1, "invalid_grant"_L1}}));
        else
            bench.http.queue(
                thingsKey, Result<HttpResponse>(FakeHttp::fail(ErrorClass::Net, u"unreachable"_s, Origin::Resource)));
        const auto answer = bench.run(bench.service->request(id, post()));
        QVERIFY(answer);
        QCOMPARE(answer->status, 401);
        QVERIFY(answer->body.contains("first"));
        QCOMPARE(bench.tokenRequests(), 1);
    }

    void aReplayThatIsRefusedAsWellIsTheAnswer()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(thingsKey, unauthorized());
        bench.http.queue(thingsKey, FakeHttp::json(401, {{"second"_L1, true}}));
        const auto answer = bench.run(bench.service->request(id, post()));
        QVERIFY(answer && answer->status == 401);
        QVERIFY(answer->body.contains("second"));
        QVERIFY(answer->sideNote);
        QCOMPARE(bench.http.count(thingsKey), 2);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void aReplayOfUnknownOutcomeIsNotHidden()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(thingsKey, unauthorized());
        bench.http.queue(
            thingsKey, Result<HttpResponse>(FakeHttp::fail(ErrorClass::Ambiguous, u"closed"_s, Origin::Resource)));
        const auto answer = bench.run(bench.service->request(id, post()));
        QVERIFY(!answer);
        QCOMPARE(answer.error().kind, ErrorClass::Ambiguous);
    }

    void notOurs_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("challenge");
        QTest::addColumn<QByteArray>("mediaType");
        QTest::newRow("a gateway's page") << 401 << QByteArray() << QByteArray("text/html");
        QTest::newRow("another scheme") << 401 << QByteArray("Basic realm=\"x\"") << QByteArray("application/json");
        QTest::newRow("a plain 403") << 403 << QByteArray() << QByteArray("application/json");
        QTest::newRow("500") << 500 << QByteArray("Bearer error=\"invalid_token\"") << QByteArray("application/json");
    }
    void notOurs()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, challenge);
        QFETCH(QByteArray, mediaType);
        AccountBench bench;
        const AccountId id = bench.signIn();
        HttpResponse response = FakeHttp::text(status, mediaType, "no");
        if (!challenge.isEmpty())
            response.headers.append(HttpHeader{"WWW-Authenticate", challenge});
        bench.http.queue(thingsKey, response);
        const auto answer = bench.run(bench.service->request(id, post()));
        QVERIFY(answer && answer->status == status);
        QCOMPARE(bench.tokenRequests(), 0);
        QCOMPARE(bench.http.count(thingsKey), 1);
    }

    void aMissingScopeIsTriedOncePerGeneration()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        // The token at hand is narrower than the grant.
        bench.http.queue(QLatin1String(AccountBench::tokenKey),
            FakeHttp::json(200,
                {{"access_token"_L1, "narrow"_L1}, {"token_type"_L1, "Bearer"_L1}, {"expires_in"_L1, 3600},
                    {"scope"_L1, "read"_L1}}));
        QVERIFY(bench.run(bench.service->check(id)));
        QCOMPARE(bench.status(id).missingScopes, QStringList(u"write"_s));
        QCOMPARE(bench.status(id).badge, Badge::NeedsYou);
        bench.http.forgetRequests();
        const HttpResponse no
            = FakeHttp::json(403, {}, {HttpHeader{"WWW-Authenticate", "Bearer error=\"insufficient_scope\""}});
        bench.http.serve(thingsKey, [no](const HttpRequest &request) -> Result<HttpResponse> {
            return FakeHttp::header(request, "Authorization") == "Bearer narrow" ? no : FakeHttp::json(200, {});
        });
        const auto answer = bench.run(bench.service->request(id, post()));
        QVERIFY(answer && answer->status == 200);
        QCOMPARE(bench.tokenRequests(), 1);
        QVERIFY(bench.status(id).missingScopes.isEmpty());

        // With the full grant at hand a refresh cannot help, and is not tried.
        bench.http.serve(thingsKey, [no](const HttpRequest &) { return Result<HttpResponse>(no); });
        const auto refused = bench.run(bench.service->request(id, post()));
        QVERIFY(refused && refused->status == 403);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void onlyOverATrustworthyLine()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        for (const QString &url : {u"http://api.acme.test/"_s, u"ftp://api.acme.test/"_s, u""_s, u"https:///x"_s}) {
            HttpRequest request = post();
            request.url = QUrl(url);
            const auto answer = bench.run(bench.service->request(id, request));
            QVERIFY(!answer);
            QCOMPARE(answer.error().kind, ErrorClass::Config);
        }
        QVERIFY(bench.http.requests().isEmpty());
    }

    void withoutATokenNothingIsSent()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QVERIFY(bench.run(bench.service->signOut(id)));
        bench.settle();
        const auto answer = bench.run(bench.service->request(id, post()));
        QVERIFY(!answer);
        QCOMPARE(answer.error().kind, ErrorClass::Reauth);
        QCOMPARE(bench.http.count(thingsKey), 0);
        QCOMPARE(bench.run(bench.service->request(AccountId(u"nobody"_s), post())).error().code, u"unknown-account"_s);
    }
};

QTEST_GUILESS_MAIN(TestAccountRequest)
#include "test_accountrequest.moc"
