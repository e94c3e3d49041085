// The sign-ins through a browser against a scripted server, with a clock that the test moves.
#include "tests/core/oauth/signinbench.h"

#include <QCryptographicHash>

using namespace Postroom;

class TestSignInBrowser : public SignInBench
{
    Q_OBJECT
private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

    void codeFlow();
    void codeFlowFindsTheServer();
    void codeFlowDenied();
    void codeFlowOfAnotherIssuer_data();
    void codeFlowOfAnotherIssuer();
    void codeFlowWithoutACode();
    void codeFlowRefusedExchange();
    void codeFlowIdentityFromUserinfo();
    void codeFlowWithoutIdentity_data();
    void codeFlowWithoutIdentity();
    void moreTime();
    void browserLimit();
    void stopping_data();
    void stopping();
    void stoppedTooLateIsGivenBack();
    void verifiersAndStatesDiffer();
    void cloudLogin();
    void cloudLoginWithAForeignApiUrl();
    void cloudLoginIncomplete_data();
    void cloudLoginIncomplete();
    void whatIsMissing();
    void discoveryFails();
    void completing();
};

void TestSignInBrowser::codeFlow()
{
    m_profile.resource = QStringLiteral("https://api.example.com");
    m_server->then(Script::json(200, m_good));
    start(SignInMethod::Browser, {QStringLiteral("openid"), QStringLiteral("offline_access")});
    QVERIFY(waitForBrowser());
    QCOMPARE(m_progress.constFirst().phase, SignInPhase::Preparing);
    const SignInProgress waiting = last();
    QCOMPARE(waiting.id, SignInId(QStringLiteral("s1")));
    QCOMPARE(waiting.deadline, std::optional(m_clock.now().addSecs(600)));
    QCOMPARE(waiting.link.host(), QStringLiteral("auth.example.com"));
    QVERIFY(waiting.link.toEncoded().contains("tenant=a%2Bb&response_type=code"));
    const auto query = linkQuery();
    QCOMPARE(query.value(QStringLiteral("client_id")), QStringLiteral("postroom"));
    QCOMPARE(query.value(QStringLiteral("scope")), QStringLiteral("openid offline_access"));
    QCOMPARE(query.value(QStringLiteral("prompt")), QStringLiteral("consent"));
    QCOMPARE(query.value(QStringLiteral("resource")), QStringLiteral("https://api.example.com"));
    QCOMPARE(query.value(QStringLiteral("code_challenge_method")), QStringLiteral("S256"));
    QVERIFY(query.value(QStringLiteral("state")).size() >= 43);
    QVERIFY(query.value(QStringLiteral("redirect_uri")).startsWith(QStringLiteral("http://127.0.0.1:")));

    // Somebody else's guesses come first, and do not matter.
    comeBack("error=access_denied&state=guess");
    comeBack("code=evil&state=guess");
    QCOMPARE(last().phase, SignInPhase::WaitingForBrowser);
    comeBack("code=c%2B1&state=" + query.value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QVERIFY2(*m_result, *m_result ? "" : qPrintable(m_result->error().message));
    QCOMPARE((*m_result)->accessToken.reveal(), "a1");
    QCOMPARE(last().phase, SignInPhase::Done);
    QVERIFY(!last().error);
    QCOMPARE(m_server->count(), 1);
    const auto form = m_server->requests().constFirst().form();
    QCOMPARE(form.value(QStringLiteral("code")), QStringLiteral("c+1"));
    QCOMPARE(form.value(QStringLiteral("redirect_uri")), query.value(QStringLiteral("redirect_uri")));
    const QByteArray verifier = form.value(QStringLiteral("code_verifier")).toLatin1();
    QCOMPARE(verifier.size(), 64);
    const QByteArray challenge = QCryptographicHash::hash(verifier, QCryptographicHash::Sha256)
                                     .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    QCOMPARE(query.value(QStringLiteral("code_challenge")).toLatin1(), challenge);
}

void TestSignInBrowser::codeFlowFindsTheServer()
{
    const QString base = m_server->url(QString()).toString();
    m_profile.endpoints = {};
    m_profile.issuer = QUrl(base);
    m_profile.defaultScopes = {QStringLiteral("openid"), QStringLiteral("email"), QStringLiteral("offline_access")};
    m_server->then(Script::json(200,
        {{QStringLiteral("issuer"), base}, {QStringLiteral("authorization_endpoint"), base + QStringLiteral("/a")},
            {QStringLiteral("token_endpoint"), base + QStringLiteral("/t")},
            {QStringLiteral("scopes_supported"), QJsonArray{QStringLiteral("openid"), QStringLiteral("email")}},
            {QStringLiteral("authorization_response_iss_parameter_supported"), true}}));
    m_server->then(Script::json(200, m_good));
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    const auto query = linkQuery();
    QCOMPARE(query.value(QStringLiteral("scope")), QStringLiteral("openid email"));
    QVERIFY(!query.contains(QStringLiteral("prompt")));
    comeBack(
        "code=c1&iss=" + QUrl::toPercentEncoding(base) + "&state=" + query.value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
    QCOMPARE(m_server->requests()[1].target, "/t");
}

void TestSignInBrowser::codeFlowDenied()
{
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack(
        "error=access_denied&error_description=no+way&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("access_denied"));
    QVERIFY(m_result->error().kind == ErrorClass::Policy);
    QCOMPARE(m_result->error().detail, QStringLiteral("no way"));
    QCOMPARE(last().phase, SignInPhase::Failed);
    QCOMPARE(last().error->code, QStringLiteral("access_denied"));
    QCOMPARE(m_server->count(), 0);
}

void TestSignInBrowser::codeFlowOfAnotherIssuer_data()
{
    QTest::addColumn<QByteArray>("iss");
    QTest::addColumn<QByteArray>("what");
    QTest::addRow("F05 code of another") << QByteArray("&iss=https%3A%2F%2Fevil.example") << QByteArray("code=c1");
    QTest::addRow("F05 code with a longer name")
        << QByteArray("&iss=https%3A%2F%2Fauth.example.com.evil.example") << QByteArray("code=c1");
    QTest::addRow("F05 named twice") << QByteArray(
        "&iss=https%3A%2F%2Fauth.example.com&iss=https%3A%2F%2Fauth.example.com")
                                     << QByteArray("code=c1");
    QTest::addRow("F05 empty name") << QByteArray("&iss=") << QByteArray("code=c1");
    QTest::addRow("F05 error of another")
        << QByteArray("&iss=https%3A%2F%2Fevil.example") << QByteArray("error=access_denied");
}

void TestSignInBrowser::codeFlowOfAnotherIssuer()
{
    QFETCH(QByteArray, iss);
    QFETCH(QByteArray, what);
    m_profile.issuer = QUrl(QStringLiteral("https://auth.example.com"));
    m_profile.endpoints.revocation = m_profile.endpoints.userinfo = m_server->url(QStringLiteral("/x"));
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack(what + iss + "&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("issuer-mismatch"));
    QCOMPARE(m_server->count(), 0);
}

void TestSignInBrowser::codeFlowWithoutACode()
{
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack("code=&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("no-code"));
}

void TestSignInBrowser::codeFlowRefusedExchange()
{
    m_server->then(failing("invalid_grant"));
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack("code=c1&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("invalid_grant"));
    QCOMPARE(m_server->count(), 1);
}

void TestSignInBrowser::codeFlowIdentityFromUserinfo()
{
    m_profile.endpoints.userinfo = m_server->url(QStringLiteral("/userinfo"));
    m_server->then(Script::json(200, m_good));
    m_server->then(Script::json(200,
        {{QStringLiteral("sub"), QStringLiteral("u1")}, {QStringLiteral("email"), QStringLiteral("ada@acme.dev")}}));
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack("code=c1&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
    QCOMPARE((*m_result)->subject, QStringLiteral("u1"));
    QCOMPARE((*m_result)->displayName, QStringLiteral("ada@acme.dev"));
    QCOMPARE(m_server->requests()[1].header("Authorization"), "Bearer a1");
}

void TestSignInBrowser::codeFlowWithoutIdentity_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addRow("403") << 403 << QByteArray("{}");
    QTest::addRow("503 page") << 503 << QByteArray("<html>");
    QTest::addRow("200 page") << 200 << QByteArray("<html>");
    QTest::addRow("no subject") << 200 << QByteArray("{\"email\":\"a@b\"}");
    QTest::addRow("signed answer") << 200 << QByteArray("eyJhbGciOiJub25lIn0.e30.");
}

void TestSignInBrowser::codeFlowWithoutIdentity()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    m_profile.endpoints.userinfo = m_server->url(QStringLiteral("/userinfo"));
    m_server->then(Script::json(200, m_good)).then(Script::answer(status, "application/json", body));
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack("code=c1&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
    QVERIFY((*m_result)->subject.isEmpty());
    QCOMPARE(last().phase, SignInPhase::Done);
}

void TestSignInBrowser::moreTime()
{
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    const auto before = last().deadline;
    m_clock.advance(590s);
    m_flows->extend(last().id);
    QCOMPARE(last().deadline, std::optional(before->addSecs(600)));
    QCOMPARE(last().phase, SignInPhase::WaitingForBrowser);
    m_clock.advance(600s);
    QCoreApplication::processEvents();
    QVERIFY(!m_result);
    m_clock.advance(10s);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("sign-in-timeout"));
    m_flows->extend(last().id); // over is over
}

void TestSignInBrowser::browserLimit()
{
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    const QUrl redirect(linkQuery().value(QStringLiteral("redirect_uri")));
    m_clock.advance(599s);
    QCoreApplication::processEvents();
    QVERIFY(!m_result);
    m_clock.advance(1s);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("sign-in-timeout"));
    QVERIFY(m_result->error().kind == ErrorClass::Cancel);
    // Nobody listens any more.
    QCOMPARE(fetch(redirect, "/"), QByteArray());
    QCOMPARE(m_clock.armed(), 0);
}

void TestSignInBrowser::stopping_data()
{
    QTest::addColumn<int>("when");
    QTest::addRow("before it begins") << 0;
    QTest::addRow("while the server is looked for") << 1;
    QTest::addRow("while the browser is away") << 2;
    QTest::addRow("while the code is exchanged") << 3;
    QTest::addRow("while the person is asked for") << 4;
}

void TestSignInBrowser::stopping()
{
    QFETCH(int, when);
    if (when == 1) {
        m_profile.endpoints = {};
        m_profile.issuer = m_server->url(QString());
    }
    if (when == 4) {
        m_profile.endpoints.userinfo = m_server->url(QStringLiteral("/userinfo"));
        m_server->then(Script::json(200, m_good));
    }
    m_server->then(Script::hanging(), 5);
    if (when == 0)
        m_stop.request_stop();
    start(SignInMethod::Browser);
    if (when == 1) {
        QTRY_COMPARE(m_server->count(), 1);
    } else if (when >= 2) {
        QVERIFY(waitForBrowser());
        if (when > 2) {
            comeBack("code=c1&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
            QTRY_COMPARE(m_server->count(), when - 2);
        }
    }
    m_stop.request_stop();
    QVERIFY(waitForResult());
    QVERIFY(m_result->error().kind == ErrorClass::Cancel);
    QCOMPARE(last().phase, SignInPhase::Failed);
    QVERIFY(last().error->kind == ErrorClass::Cancel);
}

void TestSignInBrowser::stoppedTooLateIsGivenBack()
{
    m_profile.endpoints.userinfo = m_server->url(QStringLiteral("/userinfo"));
    m_profile.endpoints.revocation = m_server->url(QStringLiteral("/revoke"));
    m_server->then(Script::json(200, m_good)).then(Script::hanging()).then(Script::answer(200, {}, {}));
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack("code=c1&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QTRY_COMPARE(m_server->count(), 2);
    m_stop.request_stop();
    QVERIFY(waitForResult());
    QVERIFY(m_result->error().kind == ErrorClass::Cancel);
    QCOMPARE(m_server->count(), 3);
    QCOMPARE(m_server->requests()[2].target, "/revoke");
    QCOMPARE(m_server->requests()[2].form().value(QStringLiteral("token")), QStringLiteral("r1"));
}

void TestSignInBrowser::verifiersAndStatesDiffer()
{
    QSet<QString> seen;
    for (int i = 0; i < 20; ++i) {
        m_stop = std::stop_source();
        m_progress.clear();
        m_result.reset();
        start(SignInMethod::Browser);
        QVERIFY(waitForBrowser());
        seen << linkQuery().value(QStringLiteral("state")) << linkQuery().value(QStringLiteral("code_challenge"))
             << QUrl(linkQuery().value(QStringLiteral("redirect_uri"))).path();
        m_stop.request_stop();
        QVERIFY(waitForResult());
    }
    QCOMPARE(seen.size(), 60);
}

void TestSignInBrowser::cloudLogin()
{
    m_profile.kind = ProviderKind::RelayfileCloud;
    m_profile.clientId.clear();
    m_profile.endpoints = {};
    m_profile.issuer = m_server->url(QStringLiteral("/cloud"));
    m_server->then(Script::json(200,
        {{QStringLiteral("userId"), QStringLiteral("user_ada")},
            {QStringLiteral("email"), QStringLiteral("ada@acme.dev")}}));
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    const auto query = linkQuery();
    QCOMPARE(last().link.path(), QStringLiteral("/cloud/api/v1/cli/login"));
    QCOMPARE(QUrl(query.value(QStringLiteral("redirect_uri"))).path(), QStringLiteral("/callback"));
    QCOMPARE(query.size(), 2);
    comeBack("access_token=evil&refresh_token=evil&access_token_expires_at=2026-01-15T15:00:00Z&state=guess");
    comeBack("access_token=ca%2B1&refresh_token=cr1&access_token_expires_at=2026-01-15T15%3A00%3A00.000Z&refresh_token_"
             "expires_at=2026-02-15T15%3A00%3A00Z"
             "&api_url="
        + QUrl::toPercentEncoding(m_server->url(QStringLiteral("/cloud")).toString())
        + "&state=" + query.value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QVERIFY2(*m_result, *m_result ? "" : qPrintable(m_result->error().message));
    const TokenSet &tokens = **m_result;
    QCOMPARE(tokens.accessToken.reveal(), "ca+1");
    QCOMPARE(tokens.refreshToken.reveal(), "cr1");
    QCOMPARE(tokens.expiresAt, QDateTime(QDate(2026, 1, 15), QTime(15, 0), Qt::UTC));
    QVERIFY(tokens.refreshExpiresAt);
    QCOMPARE(tokens.apiUrl, m_server->url(QStringLiteral("/cloud")).toString());
    QCOMPARE(tokens.subject, QStringLiteral("user_ada"));
    QCOMPARE(tokens.displayName, QStringLiteral("ada@acme.dev"));
    QCOMPARE(m_server->requests()[0].target, "/cloud/api/v1/auth/whoami");
    QCOMPARE(m_server->requests()[0].header("Authorization"), "Bearer ca+1");
}

void TestSignInBrowser::cloudLoginWithAForeignApiUrl()
{
    m_profile.kind = ProviderKind::RelayfileCloud;
    m_profile.issuer = m_server->url(QStringLiteral("/cloud"));
    ScriptedServer evil;
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack("access_token=ca1&refresh_token=cr1&access_token_expires_at=2026-01-15T15%3A00%3A00Z&api_url="
        + QUrl::toPercentEncoding(evil.url().toString())
        + "&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
    QVERIFY((*m_result)->apiUrl.isEmpty());
    QCOMPARE(evil.connections(), 0);
    QCOMPARE(m_server->count(), 1);
}

void TestSignInBrowser::cloudLoginIncomplete_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QString>("expected");
    QTest::addRow("nothing") << QByteArray("x=1") << QStringLiteral("no-code");
    QTest::addRow("no refresh token") << QByteArray("access_token=a&access_token_expires_at=2026-01-15T15:00:00Z")
                                      << QStringLiteral("no-code");
    QTest::addRow("no access token") << QByteArray("refresh_token=r&access_token_expires_at=2026-01-15T15:00:00Z")
                                     << QStringLiteral("no-code");
    QTest::addRow("token twice") << QByteArray("access_token=a&access_token=b&refresh_token=r")
                                 << QStringLiteral("no-code");
    QTest::addRow("line break in the token")
        << QByteArray("access_token=a%0D%0Ab&refresh_token=r") << QStringLiteral("no-code");
    QTest::addRow("denied") << QByteArray("error=access_denied") << QStringLiteral("access_denied");
    QTest::addRow("strange reason") << QByteArray("error=%3Cscript%3E") << QStringLiteral("unexpected-answer");
}

void TestSignInBrowser::cloudLoginIncomplete()
{
    QFETCH(QByteArray, query);
    QFETCH(QString, expected);
    m_profile.kind = ProviderKind::RelayfileCloud;
    m_profile.issuer = m_server->url(QStringLiteral("/cloud"));
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack(query + "&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QCOMPARE(code(), expected);
    QVERIFY(!m_result->error().message.isEmpty());
    QVERIFY(!m_result->error().message.contains(QLatin1Char('<')));
}

void TestSignInBrowser::whatIsMissing()
{
    m_profile.kind = ProviderKind::RelayfileServer;
    start(SignInMethod::Browser);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("needs-token"));
    m_result.reset();
    m_profile.kind = ProviderKind::OAuth2;
    m_profile.clientId.clear();
    start(SignInMethod::Browser);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("no-client-id"));
    m_result.reset();
    m_profile.endpoints = {};
    start(SignInMethod::Browser);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("no-server"));
    m_result.reset();
    m_profile.endpoints.token = m_server->url();
    m_profile.clientId = QStringLiteral("x");
    start(SignInMethod::Browser);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("browser-not-offered"));
    QCOMPARE(m_server->count(), 0);
}

void TestSignInBrowser::discoveryFails()
{
    m_profile.endpoints = {};
    m_profile.issuer = m_server->url(QString());
    m_server->then(Script::html(503), 2);
    start(SignInMethod::Browser);
    QVERIFY(waitForResult());
    QVERIFY(m_result->error().origin == Origin::Discovery);
    QVERIFY(m_result->error().isTransient());
}

void TestSignInBrowser::completing()
{
    const QString base = m_server->url(QString()).toString();
    m_profile.issuer = QUrl(base);
    m_server->then(Script::json(200,
        {{QStringLiteral("issuer"), base}, {QStringLiteral("token_endpoint"), base + QStringLiteral("/other")},
            {QStringLiteral("userinfo_endpoint"), base + QStringLiteral("/me")}}));
    const auto completed = QCoro::waitFor(m_flows->complete(m_profile));
    QVERIFY(completed);
    QCOMPARE(completed->endpoints.userinfo, m_server->url(QStringLiteral("/me")));
    // What the profile says stays.
    QCOMPARE(completed->endpoints.token, m_server->url(QStringLiteral("/token")));
}

QTEST_GUILESS_MAIN(TestSignInBrowser)
#include "test_signin_browser.moc"
