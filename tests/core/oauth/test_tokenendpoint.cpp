// What goes out to token endpoints, byte by byte, and that it goes out once.
#include "core/http/networkclient.h"
#include "core/oauth/tokenendpoint.h"
#include "tests/support/fakeclock.h"
#include "tests/support/scriptedserver.h"

#include <QTest>

using namespace Postroom;

class TestTokenEndpoint : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void refreshAsAForm();
    void refreshAsJson();
    void refreshWithOptions();
    void exchangeAsJson();
    void revokingAnAccessToken();
    void refreshWithASecret_data();
    void refreshWithASecret();
    void refreshOfTheCloud();
    void refreshOfADelegation();
    void refreshWithoutAnAddress();
    void exchangeOfACode();
    void refusedCodeIsNoSignOut();
    void oneTryIsOneRequest_data();
    void oneTryIsOneRequest();
    void aRedirectGetsNothing();
    void whatWasSentIsNeverSaid();
    void theAsideIsFilled();
    void revoking();
    void revokingIsBestEffort();
    void insecureEndpointGetsNothing();

private:
    ScriptedRequest only() const { return m_server->requests().value(0); }
    Result<TokenSet> refresh(const Secret &token = Secret(QByteArray("r+1/%41=")), const Secret &clientSecret = {})
    {
        return QCoro::waitFor(m_endpoint.refresh(m_profile, TokenDialect::OAuth, {}, token, clientSecret));
    }

    FakeClock m_clock;
    NetworkClient m_http{&m_clock, "postroom-test/1"};
    TokenEndpoint m_endpoint{&m_http, &m_clock};
    std::unique_ptr<ScriptedServer> m_server;
    ProviderProfile m_profile;
    const QJsonObject m_good{{QStringLiteral("access_token"), QStringLiteral("a2")},
        {QStringLiteral("refresh_token"), QStringLiteral("r2")}, {QStringLiteral("expires_in"), 3600}};
};

void TestTokenEndpoint::init()
{
    m_server = std::make_unique<ScriptedServer>();
    m_profile = ProviderProfile();
    m_profile.clientId = QStringLiteral("post room");
    m_profile.endpoints.token = m_server->url(QStringLiteral("/token"));
    m_profile.endpoints.revocation = m_server->url(QStringLiteral("/revoke"));
}

void TestTokenEndpoint::refreshAsAForm()
{
    m_server->then(Script::json(200, m_good));
    m_profile.resource = QStringLiteral("https://api.example.com/x?y");
    const auto tokens = refresh();
    QVERIFY2(tokens, tokens ? "" : qPrintable(tokens.error().message));
    QCOMPARE(tokens->accessToken.reveal(), "a2");
    QCOMPARE(tokens->expiresAt, m_clock.now().addSecs(3600));
    QCOMPARE(only().method, "POST");
    QCOMPARE(only().target, "/token");
    QCOMPARE(only().header("Content-Type"), "application/x-www-form-urlencoded");
    QCOMPARE(only().header("Accept"), "application/json");
    QVERIFY(only().header("Authorization").isEmpty());
    QCOMPARE(only().body,
        "grant_type=refresh_token&refresh_token=r%2B1%2F%2541%3D&resource=https%3A%2F%2Fapi.example.com%2Fx%3Fy&client_"
        "id=post%20room");
}

void TestTokenEndpoint::refreshAsJson()
{
    m_server->then(Script::json(200, m_good), 2);
    m_profile.tokenFormat = TokenFormat::Json;
    QVERIFY(refresh());
    QCOMPARE(only().header("Content-Type"), "application/json");
    QVERIFY(only().header("Authorization").isEmpty());
    QCOMPARE(only().json(),
        QJsonObject({{QStringLiteral("grant_type"), QStringLiteral("refresh_token")},
            {QStringLiteral("refresh_token"), QStringLiteral("r+1/%41=")},
            {QStringLiteral("client_id"), QStringLiteral("post room")}}));
    m_profile.clientAuth = ClientAuth::Post;
    QVERIFY(refresh(Secret(QByteArray("r1")), Secret(QStringLiteral("s:+ä"))));
    QCOMPARE(m_server->requests()[1].json().value(QStringLiteral("client_secret")).toString(), QStringLiteral("s:+ä"));
}

void TestTokenEndpoint::refreshWithOptions()
{
    m_server->then(Script::json(200, m_good), 2);
    m_profile.resource = QStringLiteral("https://api.example.com");
    RefreshOptions options(m_server->url(QStringLiteral("/moved")));
    options.scopes = QStringList{QStringLiteral("a"), QStringLiteral("b+c")};
    const Secret token(QByteArray("r1"));
    QVERIFY(QCoro::waitFor(m_endpoint.refresh(m_profile, TokenDialect::OAuth, options, token, {})));
    QCOMPARE(only().target, "/moved");
    QCOMPARE(only().form().value(QStringLiteral("scope")), QStringLiteral("a b+c"));
    QCOMPARE(only().form().value(QStringLiteral("resource")), QStringLiteral("https://api.example.com"));
    options = RefreshOptions();
    options.withoutResource = true;
    QVERIFY(QCoro::waitFor(m_endpoint.refresh(m_profile, TokenDialect::OAuth, options, token, {})));
    QCOMPARE(m_server->requests()[1].target, "/token");
    QVERIFY(!m_server->requests()[1].form().contains(QStringLiteral("scope")));
    QVERIFY(!m_server->requests()[1].form().contains(QStringLiteral("resource")));
}

void TestTokenEndpoint::exchangeAsJson()
{
    m_server->then(Script::json(200, m_good));
    m_profile.tokenFormat = TokenFormat::Json;
    QVERIFY(QCoro::waitFor(m_endpoint.exchangeCode(m_profile, QStringLiteral("c/1"),
        QUrl(QStringLiteral("http://127.0.0.1:9/callback")), Secret(QByteArray("verifier")), {})));
    QCOMPARE(only().json(),
        QJsonObject({{QStringLiteral("grant_type"), QStringLiteral("authorization_code")},
            {QStringLiteral("code"), QStringLiteral("c/1")},
            {QStringLiteral("redirect_uri"), QStringLiteral("http://127.0.0.1:9/callback")},
            {QStringLiteral("code_verifier"), QStringLiteral("verifier")},
            {QStringLiteral("client_id"), QStringLiteral("post room")}}));
}

void TestTokenEndpoint::revokingAnAccessToken()
{
    m_server->then(Script::json(200, {}), 2);
    const Secret access(QByteArray("a1"));
    QVERIFY(QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::OAuth, {}, {}, access)));
    QCOMPARE(only().form().value(QStringLiteral("token")), QStringLiteral("a1"));
    QCOMPARE(only().form().value(QStringLiteral("token_type_hint")), QStringLiteral("access_token"));
    QVERIFY(QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::OAuth, Secret(QByteArray("r1")), {}, access)));
    QCOMPARE(m_server->requests()[1].form().value(QStringLiteral("token")), QStringLiteral("r1"));
    QCOMPARE(m_server->requests()[1].form().value(QStringLiteral("token_type_hint")), QStringLiteral("refresh_token"));
    QVERIFY(QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::OAuth, {}, {})));
    QCOMPARE(m_server->count(), 2);
}

void TestTokenEndpoint::refreshWithASecret_data()
{
    QTest::addColumn<int>("auth");
    QTest::addColumn<QByteArray>("authorization");
    QTest::addColumn<QString>("inBody");
    const QByteArray basic = "Basic " + QByteArray("post%20room:s%3A%2B%C3%A4").toBase64();
    QTest::addRow("none") << static_cast<int>(ClientAuth::None) << basic << QString();
    QTest::addRow("basic") << static_cast<int>(ClientAuth::Basic) << basic << QString();
    QTest::addRow("post") << static_cast<int>(ClientAuth::Post) << QByteArray() << QStringLiteral("s:+ä");
}

void TestTokenEndpoint::refreshWithASecret()
{
    QFETCH(int, auth);
    QFETCH(QByteArray, authorization);
    QFETCH(QString, inBody);
    m_profile.clientAuth = static_cast<ClientAuth>(auth);
    m_server->then(Script::json(200, m_good));
    QVERIFY(refresh(Secret(QByteArray("r1")), Secret(QStringLiteral("s:+ä"))));
    QCOMPARE(only().header("Authorization"), authorization);
    QCOMPARE(only().form().value(QStringLiteral("client_secret")), inBody);
    QCOMPARE(only().form().contains(QStringLiteral("client_id")), authorization.isEmpty());
}

void TestTokenEndpoint::refreshOfTheCloud()
{
    m_profile.kind = ProviderKind::RelayfileCloud;
    m_profile.issuer = m_server->url(QStringLiteral("/cloud/"));
    m_server->then(Script::json(200,
        {{QStringLiteral("accessToken"), QStringLiteral("a2")}, {QStringLiteral("refreshToken"), QStringLiteral("r2")},
            {QStringLiteral("apiUrl"), m_server->url(QStringLiteral("/cloud")).toString()}}));
    const auto tokens
        = QCoro::waitFor(m_endpoint.refresh(m_profile, TokenDialect::RelayfileCloud, {}, Secret(QByteArray("r1")), {}));
    QVERIFY(tokens);
    QCOMPARE(tokens->apiUrl, m_server->url(QStringLiteral("/cloud")).toString());
    QCOMPARE(only().target, "/cloud/api/v1/auth/token/refresh");
    QCOMPARE(only().body, "{\"refreshToken\":\"r1\"}");
    QCOMPARE(only().header("Content-Type"), "application/json");
    QVERIFY(only().header("Authorization").isEmpty());
}

void TestTokenEndpoint::refreshOfADelegation()
{
    m_server->then(Script::json(401, {{QStringLiteral("code"), QStringLiteral("delegation_expired")}}));
    const QUrl endpoint = m_server->url(QStringLiteral("/relayauth/v1/tokens/refresh"));
    const auto tokens = QCoro::waitFor(
        m_endpoint.refresh(m_profile, TokenDialect::RelayAuth, endpoint, Secret(QByteArray("r1")), {}));
    QVERIFY(!tokens);
    QCOMPARE(tokens.error().code, QStringLiteral("delegation_expired"));
    QCOMPARE(only().target, "/relayauth/v1/tokens/refresh");
    QCOMPARE(only().body, "{\"refreshToken\":\"r1\"}");
}

void TestTokenEndpoint::refreshWithoutAnAddress()
{
    m_profile.endpoints = {};
    QCOMPARE(refresh().error().code, QStringLiteral("no-endpoint"));
    const auto tokens
        = QCoro::waitFor(m_endpoint.refresh(m_profile, TokenDialect::RelayAuth, {}, Secret(QByteArray("r1")), {}));
    QCOMPARE(tokens.error().code, QStringLiteral("no-endpoint"));
}

void TestTokenEndpoint::exchangeOfACode()
{
    m_server->then(Script::json(200, m_good));
    const QUrl redirect(QStringLiteral("http://127.0.0.1:4711/0011/callback"));
    const auto tokens = QCoro::waitFor(
        m_endpoint.exchangeCode(m_profile, QStringLiteral("c+/=%26"), redirect, Secret(QByteArray("verifier")), {}));
    QVERIFY(tokens);
    const auto form = only().form();
    QCOMPARE(form.value(QStringLiteral("grant_type")), QStringLiteral("authorization_code"));
    QCOMPARE(form.value(QStringLiteral("code")), QStringLiteral("c+/=%26"));
    QCOMPARE(form.value(QStringLiteral("redirect_uri")), redirect.toString());
    QCOMPARE(form.value(QStringLiteral("code_verifier")), QStringLiteral("verifier"));
    QCOMPARE(form.value(QStringLiteral("client_id")), QStringLiteral("post room"));
}

void TestTokenEndpoint::refusedCodeIsNoSignOut()
{
    m_server->then(Script::json(400, {{QStringLiteral("error"), QStringLiteral("invalid_grant")}}));
    const auto tokens = QCoro::waitFor(m_endpoint.exchangeCode(
        m_profile, QStringLiteral("c1"), QUrl(QStringLiteral("http://127.0.0.1:1/")), Secret(QByteArray("v")), {}));
    QVERIFY(!tokens);
    QCOMPARE(tokens.error().code, QStringLiteral("invalid_grant"));
    QVERIFY(!tokens.error().message.contains(QStringLiteral("ended")));
}

void TestTokenEndpoint::oneTryIsOneRequest_data()
{
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QString>("kind");
    QTest::addRow("closed before the answer") << QStringLiteral("close") << QStringLiteral("t-ambig");
    QTest::addRow("reset before the answer") << QStringLiteral("reset") << QStringLiteral("t-ambig");
    QTest::addRow("closed in the answer") << QStringLiteral("cut") << QStringLiteral("t-ambig");
    QTest::addRow("closed in the answer, no length") << QStringLiteral("cut-no-length") << QStringLiteral("t-ambig");
    QTest::addRow("502") << QStringLiteral("502") << QStringLiteral("t-srv");
    QTest::addRow("invalid_grant") << QStringLiteral("grant") << QStringLiteral("reauth");
}

void TestTokenEndpoint::oneTryIsOneRequest()
{
    QFETCH(QString, fault);
    QFETCH(QString, kind);
    Script script = Script::json(400, {{QStringLiteral("error"), QStringLiteral("invalid_grant")}});
    if (fault == QStringLiteral("close"))
        script = Script::closing();
    else if (fault == QStringLiteral("reset"))
        script = Script::resetting();
    else if (fault == QStringLiteral("cut"))
        script = Script::after(Script::When::Request)
                     .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access")
                     .close();
    else if (fault == QStringLiteral("cut-no-length"))
        script = Script::after(Script::When::Request).send("HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"a2\",").close();
    else if (fault == QStringLiteral("502"))
        script = Script::html(502);
    m_server->then(script, 5);
    for (int i = 1; i <= 3; ++i) {
        const auto tokens = refresh();
        QVERIFY(!tokens);
        QCOMPARE(toString(tokens.error().kind), kind);
        QVERIFY(tokens.error().origin == Origin::Token);
        QCOMPARE(m_server->count(), i);
    }
}

void TestTokenEndpoint::aRedirectGetsNothing()
{
    ScriptedServer other;
    m_server->then(Script::redirect(307, other.url().toEncoded()));
    const auto tokens = refresh();
    QVERIFY(!tokens);
    QCOMPARE(tokens.error().code, QStringLiteral("redirected"));
    QCOMPARE(other.connections(), 0);
    QCOMPARE(m_server->count(), 1);
}

void TestTokenEndpoint::whatWasSentIsNeverSaid()
{
    const QString secret = QStringLiteral("short-rt");
    m_server->then(Script::json(400,
        {{QStringLiteral("error"), QStringLiteral("unknown_short-rt")},
            {QStringLiteral("error_description"), QStringLiteral("the token SHORT-RT is spent")}},
        {"X-Request-Id: about-short-rt"}));
    const auto tokens = refresh(Secret(secret));
    QVERIFY(!tokens);
    const Error &error = tokens.error();
    for (const QString &text : {error.message, error.detail, error.code, error.requestId, error.next})
        QVERIFY2(!text.contains(secret, Qt::CaseInsensitive), qPrintable(text));
    QVERIFY(error.detail.contains(QStringLiteral("is spent")));
}

void TestTokenEndpoint::theAsideIsFilled()
{
    m_server->then(Script::json(200, {{QStringLiteral("refresh_token"), QStringLiteral("r2")}}));
    m_server->then(Script::json(400, {{QStringLiteral("error"), QStringLiteral("strange")}}));
    const auto aside = std::make_shared<TokenAside>();
    QVERIFY(
        !QCoro::waitFor(m_endpoint.refresh(m_profile, TokenDialect::OAuth, {}, Secret(QByteArray("r1")), {}, aside)));
    QCOMPARE(aside->candidateRefreshToken.reveal(), "r2");
    QVERIFY(aside->confirmed);
    QVERIFY(
        !QCoro::waitFor(m_endpoint.refresh(m_profile, TokenDialect::OAuth, {}, Secret(QByteArray("r1")), {}, aside)));
    QVERIFY(aside->candidateRefreshToken.isEmpty());
    QVERIFY(!aside->confirmed);
}

void TestTokenEndpoint::revoking()
{
    m_server->then(Script::answer(200, {}, {})).then(Script::json(200, {}));
    QVERIFY(QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::OAuth, Secret(QByteArray("r1")), {})));
    QCOMPARE(only().target, "/revoke");
    QCOMPARE(only().body, "token=r1&token_type_hint=refresh_token&client_id=post%20room");
    m_profile.issuer = m_server->url(QStringLiteral("/cloud"));
    QVERIFY(QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::RelayfileCloud, Secret(QByteArray("r1")), {})));
    QCOMPARE(m_server->requests()[1].target, "/cloud/api/v1/auth/token/revoke");
    QCOMPARE(m_server->requests()[1].body, "{\"token\":\"r1\"}");
}

void TestTokenEndpoint::revokingIsBestEffort()
{
    m_server->then(Script::html(503)).then(Script::closing());
    auto revoked = QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::OAuth, Secret(QByteArray("r1")), {}));
    QVERIFY(!revoked);
    QCOMPARE(revoked.error().status, 503);
    revoked = QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::OAuth, Secret(QByteArray("r1")), {}));
    QVERIFY(revoked.error().kind == ErrorClass::Ambiguous);
    // Nothing to be done is done.
    QVERIFY(QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::OAuth, {}, {})));
    m_profile.endpoints.revocation.clear();
    QVERIFY(QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::OAuth, Secret(QByteArray("r1")), {})));
    QVERIFY(QCoro::waitFor(m_endpoint.revoke(m_profile, TokenDialect::RelayAuth, Secret(QByteArray("r1")), {})));
    QCOMPARE(m_server->count(), 2);
}

void TestTokenEndpoint::insecureEndpointGetsNothing()
{
    m_profile.endpoints.token = QUrl(QStringLiteral("http://auth.example.com/token"));
    const auto tokens = refresh();
    QVERIFY(!tokens);
    QVERIFY(tokens.error().kind == ErrorClass::Config);
    QCOMPARE(tokens.error().code, QStringLiteral("insecure-url"));
    QVERIFY(tokens.error().origin == Origin::Token);
}

QTEST_GUILESS_MAIN(TestTokenEndpoint)
#include "test_tokenendpoint.moc"
