// Sign-ins at a server whose sign-in server has to be found, with a client id that has to be got, and the wishes that a
// sign-in may have.
#include "core/base/json.h"
#include "core/oauth/metadatacache.h"
#include "tests/core/oauth/signinbench.h"
#include "tests/support/fakehttp.h"

#include <QJsonDocument>
#include <QTemporaryDir>

using namespace Postroom;

namespace
{

const QString serverUrl = QStringLiteral("https://mcp.example.com/mcp");
const QString documentUrl = QStringLiteral("https://postroom.example/client.json");
const QString askServer = QStringLiteral("GET /mcp");
const QString askResourceMetadata = QStringLiteral("GET /.well-known/oauth-protected-resource/mcp");
const QString askRoot = QStringLiteral("GET /.well-known/oauth-protected-resource");
const QString askIssuer = QStringLiteral("GET /.well-known/oauth-authorization-server");
const QString askOpenId = QStringLiteral("GET /.well-known/openid-configuration");
const QString registering = QStringLiteral("POST /register");
const QString removing = QStringLiteral("DELETE /register/c1");
const QString exchanging = QStringLiteral("POST /token");

QHash<QString, QString> formOf(const HttpRequest &request)
{
    QHash<QString, QString> values;
    const auto items = QUrlQuery(QString::fromLatin1(request.body)).queryItems(QUrl::FullyDecoded);
    for (const auto &[key, value] : items)
        values.insert(key, value);
    return values;
}

QJsonArray list(std::initializer_list<const char *> texts)
{
    QJsonArray array;
    for (const char *text : texts)
        array.append(QLatin1String(text));
    return array;
}

} // namespace

class TestSignInMcp : public SignInBench
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void fromAddressToTokens();
    void publicClient();
    void deviceFlow();
    void withoutResourceMetadata();
    void metadataDocument();
    void metadataDocumentRefused_data();
    void metadataDocumentRefused();
    void vectors_data();
    void vectors();
    void staticClientSendsPkceAnyway();
    void issuerIsTheAuthorizationServers_data();
    void issuerIsTheAuthorizationServers();
    void whatFailsLeavesNoClient_data();
    void whatFailsLeavesNoClient();
    void completing();
    void completingFromMemory();
    void wishes();
    void wishesAndProfile_data();
    void wishesAndProfile();

private:
    // The two documents, with what a row changes in them.
    void serveDocuments(const QJsonObject &inResource = {}, const QJsonObject &inServer = {});
    void serveRegistration(const QJsonObject &changes = {});
    bool signIn(const QByteArray &callback = "code=c1");
    void run(SignInMethod method, const SignInWishes &wishes = {});

    std::unique_ptr<FakeHttp> m_fake;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<MetadataCache> m_cache;
    std::unique_ptr<TokenEndpoint> m_tokenEndpoint;
    std::unique_ptr<SignInFlows> m_mcpFlows;
};

void TestSignInMcp::init()
{
    begin();
    m_fake = std::make_unique<FakeHttp>();
    m_folder = std::make_unique<QTemporaryDir>();
    m_cache = std::make_unique<MetadataCache>(m_folder->filePath(QStringLiteral("metadata.json")), &m_clock);
    m_tokenEndpoint = std::make_unique<TokenEndpoint>(m_fake.get(), &m_clock);
    m_mcpFlows = std::make_unique<SignInFlows>(m_fake.get(), &m_clock, m_tokenEndpoint.get(), m_cache.get());
    m_profile = *ProfileRegistry(QStringLiteral(":/nowhere")).find(QStringLiteral("mcp"));
    m_profile.issuer = QUrl(serverUrl);
}

void TestSignInMcp::cleanup()
{
    end();
}

void TestSignInMcp::serveDocuments(const QJsonObject &inResource, const QJsonObject &inServer)
{
    QJsonObject resource{{QStringLiteral("resource"), serverUrl},
        {QStringLiteral("authorization_servers"), list({"https://auth.example.com"})},
        {QStringLiteral("scopes_supported"), list({"tools"})}};
    QJsonObject server{{QStringLiteral("issuer"), QStringLiteral("https://auth.example.com")},
        {QStringLiteral("authorization_endpoint"), QStringLiteral("https://auth.example.com/authorize")},
        {QStringLiteral("token_endpoint"), QStringLiteral("https://auth.example.com/token")},
        {QStringLiteral("device_authorization_endpoint"), QStringLiteral("https://auth.example.com/device")},
        {QStringLiteral("revocation_endpoint"), QStringLiteral("https://auth.example.com/revoke")},
        {QStringLiteral("registration_endpoint"), QStringLiteral("https://auth.example.com/register")},
        {QStringLiteral("scopes_supported"), list({"tools", "offline_access"})},
        {QStringLiteral("token_endpoint_auth_methods_supported"), list({"none", "client_secret_basic"})},
        {QStringLiteral("code_challenge_methods_supported"), list({"S256"})}};
    for (auto it = inResource.begin(); it != inResource.end(); ++it)
        resource.insert(it.key(), it.value());
    for (auto it = inServer.begin(); it != inServer.end(); ++it)
        server.insert(it.key(), it.value());
    m_fake->serve(askServer, [](const HttpRequest &) -> Result<HttpResponse> {
        HttpResponse response = FakeHttp::text(401, "text/plain", {});
        response.headers.append(HttpHeader{"WWW-Authenticate", "Bearer"});
        return response;
    });
    m_fake->serve(askResourceMetadata,
        [resource](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::json(200, resource); });
    m_fake->serve(
        askIssuer, [server](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::json(200, server); });
    m_fake->serve(QStringLiteral("POST /revoke"),
        [](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::json(200, {}); });
}

void TestSignInMcp::serveRegistration(const QJsonObject &changes)
{
    QJsonObject client{{QStringLiteral("client_id"), QStringLiteral("c1")},
        {QStringLiteral("client_secret"), QStringLiteral("s3cret-of-c1")},
        {QStringLiteral("client_secret_expires_at"), 0},
        {QStringLiteral("registration_access_token"), QStringLiteral("manage-c1")},
        {QStringLiteral("registration_client_uri"), QStringLiteral("https://auth.example.com/register/c1")},
        {QStringLiteral("token_endpoint_auth_method"), QStringLiteral("client_secret_basic")}};
    for (auto it = changes.begin(); it != changes.end(); ++it)
        client.insert(it.key(), it.value());
    m_fake->serve(
        registering, [client](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::json(201, client); });
    m_fake->serve(
        removing, [](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::text(204, "text/plain", {}); });
}

void TestSignInMcp::run(SignInMethod method, const SignInWishes &wishes)
{
    QCoro::connect(m_mcpFlows->run(
                       SignInId(QStringLiteral("s1")), m_profile, method, wishes, {},
                       [this](const SignInProgress &progress) { m_progress.append(progress); }, m_stop.get_token()),
        this, [this](Result<TokenSet> &&result) { m_result = std::move(result); });
}

// Starts, and lets the browser come back where there is something to open.
bool TestSignInMcp::signIn(const QByteArray &callback)
{
    m_fake->serve(
        exchanging, [this](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::json(200, m_good); });
    run(SignInMethod::Browser);
    if (!QTest::qWaitFor([this] { return last().phase == SignInPhase::WaitingForBrowser || m_result; }))
        return false;
    if (!m_result)
        comeBack(callback + "&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    return waitForResult();
}

void TestSignInMcp::fromAddressToTokens()
{
    serveDocuments();
    serveRegistration();
    QVERIFY(signIn());
    QVERIFY2(*m_result, *m_result ? "" : qPrintable(m_result->error().code));
    const TokenSet &tokens = **m_result;
    QCOMPARE(tokens.accessToken.reveal(), "a1");
    QCOMPARE(tokens.resource, serverUrl);
    QCOMPARE(tokens.authorizationServer, QUrl(QStringLiteral("https://auth.example.com")));
    QCOMPARE(tokens.tokenEndpoint, QUrl(QStringLiteral("https://auth.example.com/token")));
    QCOMPARE(tokens.revocationEndpoint, QUrl(QStringLiteral("https://auth.example.com/revoke")));
    QCOMPARE(tokens.registrationEndpoint, QUrl(QStringLiteral("https://auth.example.com/register")));
    QVERIFY(tokens.registration);
    QCOMPARE(tokens.registration->clientId, QStringLiteral("c1"));
    QCOMPARE(tokens.registration->clientSecret.reveal(), "s3cret-of-c1");
    QVERIFY(tokens.registration->canBeManaged());

    // The client was registered for the very address that the browser came back to.
    const auto registered = QJsonDocument::fromJson(m_fake->requests(registering).constFirst().body).object();
    QCOMPARE(registered.value(QStringLiteral("redirect_uris")).toArray(),
        QJsonArray{linkQuery().value(QStringLiteral("redirect_uri"))});
    QCOMPARE(registered.value(QStringLiteral("scope")).toString(), QStringLiteral("tools offline_access"));
    QCOMPARE(m_fake->count(registering), 1);
    QCOMPARE(m_fake->count(removing), 0);

    QCOMPARE(last().link.host(), QStringLiteral("auth.example.com"));
    const auto query = linkQuery();
    QCOMPARE(query.value(QStringLiteral("client_id")), QStringLiteral("c1"));
    QCOMPARE(query.value(QStringLiteral("resource")), serverUrl);
    QCOMPARE(query.value(QStringLiteral("scope")), QStringLiteral("tools offline_access"));
    QCOMPARE(query.value(QStringLiteral("code_challenge_method")), QStringLiteral("S256"));
    const HttpRequest exchanged = m_fake->requests(exchanging).constFirst();
    QCOMPARE(formOf(exchanged).value(QStringLiteral("resource")), serverUrl);
    QVERIFY(formOf(exchanged).contains(QStringLiteral("code_verifier")));
    QCOMPARE(FakeHttp::header(exchanged, "Authorization"), "Basic " + QByteArray("c1:s3cret-of-c1").toBase64());
    QCOMPARE(m_fake->unexpected(), QStringList());

    // And the refresh, as a keeper makes it from what it was told.
    ProviderProfile profile = m_profile;
    profile.clientId = tokens.registration->clientId;
    profile.clientAuth = tokens.registration->auth;
    profile.resource = tokens.resource;
    QVERIFY(QCoro::waitFor(m_tokenEndpoint->refresh(
        profile, TokenDialect::OAuth, tokens.tokenEndpoint, tokens.refreshToken, tokens.registration->clientSecret)));
    const HttpRequest refreshed = m_fake->requests(exchanging).constLast();
    QCOMPARE(formOf(refreshed).value(QStringLiteral("resource")), serverUrl);
    QCOMPARE(FakeHttp::header(refreshed, "Authorization"), FakeHttp::header(exchanged, "Authorization"));
}

void TestSignInMcp::publicClient()
{
    serveDocuments({}, {{QStringLiteral("token_endpoint_auth_methods_supported"), list({"none"})}});
    serveRegistration({{QStringLiteral("token_endpoint_auth_method"), QStringLiteral("none")},
        {QStringLiteral("client_secret"), QJsonValue()}});
    QVERIFY(signIn());
    QVERIFY(*m_result);
    QVERIFY((*m_result)->registration->clientSecret.isEmpty());
    const HttpRequest exchanged = m_fake->requests(exchanging).constFirst();
    QCOMPARE(formOf(exchanged).value(QStringLiteral("client_id")), QStringLiteral("c1"));
    QVERIFY(FakeHttp::header(exchanged, "Authorization").isEmpty());
}

void TestSignInMcp::deviceFlow()
{
    serveDocuments();
    serveRegistration();
    m_fake->queue(QStringLiteral("POST /device"),
        FakeHttp::json(200,
            {{QStringLiteral("device_code"), QStringLiteral("dc1")},
                {QStringLiteral("user_code"), QStringLiteral("U1")},
                {QStringLiteral("verification_uri"), QStringLiteral("https://auth.example.com/go")},
                {QStringLiteral("interval"), 1}}));
    m_fake->queue(exchanging, FakeHttp::json(200, m_good));
    run(SignInMethod::Device);
    QTRY_VERIFY(m_clock.armed() > 0);
    m_clock.advance(1s);
    QVERIFY(waitForResult());
    QVERIFY2(*m_result, *m_result ? "" : qPrintable(m_result->error().code));
    QCOMPARE(QJsonDocument::fromJson(m_fake->requests(registering).constFirst().body)
                 .object()
                 .value(QStringLiteral("grant_types"))
                 .toArray(),
        list({"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"}));
    QCOMPARE(formOf(m_fake->requests(QStringLiteral("POST /device")).constFirst()).value(QStringLiteral("resource")),
        serverUrl);
    QCOMPARE(formOf(m_fake->requests(exchanging).constFirst()).value(QStringLiteral("resource")), serverUrl);
}

// As it was before RFC 9728: the server is its own authorization server.
void TestSignInMcp::withoutResourceMetadata()
{
    serveDocuments({},
        {{QStringLiteral("issuer"), QStringLiteral("https://mcp.example.com")},
            {QStringLiteral("registration_endpoint"), QStringLiteral("https://mcp.example.com/register")}});
    serveRegistration();
    for (const QString &key : {askResourceMetadata, askRoot})
        m_fake->serve(
            key, [](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::text(404, "text/html", "<p>"); });
    QVERIFY(signIn());
    QVERIFY2(*m_result, *m_result ? "" : qPrintable(m_result->error().code));
    QCOMPARE((*m_result)->authorizationServer, QUrl(QStringLiteral("https://mcp.example.com")));
    QCOMPARE((*m_result)->resource, serverUrl);
}

void TestSignInMcp::metadataDocument()
{
    serveDocuments({}, {{QStringLiteral("client_id_metadata_document_supported"), true}});
    m_profile.clientMetadata = QUrl(documentUrl);
    QVERIFY(signIn());
    QVERIFY2(*m_result, *m_result ? "" : qPrintable(m_result->error().code));
    QCOMPARE(linkQuery().value(QStringLiteral("client_id")), documentUrl);
    QCOMPARE(QUrl(linkQuery().value(QStringLiteral("redirect_uri"))).path(), QStringLiteral("/callback"));
    QCOMPARE(m_fake->count(registering), 0);
    QVERIFY((*m_result)->registration->metadataDocument);
    QCOMPARE((*m_result)->registration->clientId, documentUrl);
    QCOMPARE(formOf(m_fake->requests(exchanging).constFirst()).value(QStringLiteral("client_id")), documentUrl);
}

void TestSignInMcp::metadataDocumentRefused_data()
{
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<bool>("inBrowser");
    QTest::addColumn<bool>("registers");
    QTest::addRow("unauthorized_client in the browser") << QByteArray("unauthorized_client") << true << true;
    QTest::addRow("invalid_client at the exchange") << QByteArray("invalid_client") << false << true;
    QTest::addRow("access_denied is no reason") << QByteArray("access_denied") << true << false;
    QTest::addRow("invalid_grant is no reason") << QByteArray("invalid_grant") << false << false;
}

void TestSignInMcp::metadataDocumentRefused()
{
    QFETCH(QByteArray, code);
    QFETCH(bool, inBrowser);
    QFETCH(bool, registers);
    serveDocuments({}, {{QStringLiteral("client_id_metadata_document_supported"), true}});
    serveRegistration();
    m_profile.clientMetadata = QUrl(documentUrl);
    if (!inBrowser)
        m_fake->queue(exchanging, FakeHttp::json(401, {{QStringLiteral("error"), QLatin1String(code)}}));
    m_fake->serve(
        exchanging, [this](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::json(200, m_good); });
    run(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    const QString first = linkQuery().value(QStringLiteral("state"));
    comeBack((inBrowser ? "error=" + code : QByteArray("code=c1")) + "&state=" + first.toLatin1());
    QVERIFY(QTest::qWaitFor([&] {
        return m_result
            || (last().phase == SignInPhase::WaitingForBrowser && linkQuery().value(QStringLiteral("state")) != first);
    }));
    QCOMPARE(!m_result, registers);
    if (!registers) {
        QCOMPARE(this->code(), QString::fromLatin1(code));
        QCOMPARE(m_fake->count(registering), 0);
        return;
    }
    QCOMPARE(linkQuery().value(QStringLiteral("client_id")), QStringLiteral("c1"));
    comeBack("code=c2&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
    QVERIFY(!(*m_result)->registration->metadataDocument);
    QCOMPARE(m_fake->count(registering), 1);
}

void TestSignInMcp::vectors_data()
{
    QTest::addColumn<QJsonObject>("inResource");
    QTest::addColumn<QJsonObject>("inServer");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("origin");
    QTest::addColumn<int>("registrations");
    const QJsonValue nothing;
    const auto row = [](const char *id, const QJsonObject &inResource, const QJsonObject &inServer, const char *code,
                         const char *origin, int registrations = 0) {
        QTest::addRow("%s", id) << inResource << inServer << QString::fromLatin1(code) << QString::fromLatin1(origin)
                                << registrations;
    };
    const QString evil = QStringLiteral("https://evil.example");
    const QJsonArray none = list({"none"});
    const QString methods = QStringLiteral("token_endpoint_auth_methods_supported");
    const QString challenges = QStringLiteral("code_challenge_methods_supported");
    row("F10", {{QStringLiteral("resource"), evil}}, {}, "resource-mismatch", "discovery");
    row("F11", {}, {{QStringLiteral("issuer"), evil}}, "issuer-mismatch", "discovery");
    row("F12 not advertised", {}, {{challenges, QJsonArray()}, {methods, none}}, "no-s256", "registration");
    row("F12 plain only", {}, {{challenges, list({"plain"})}, {methods, none}}, "no-s256", "registration");
    row("F12 with a secret", {}, {{challenges, QJsonArray()}}, "", "", 1);
    row("no registration", {}, {{QStringLiteral("registration_endpoint"), nothing}}, "no-registration", "registration");
    row("registration in this network", {},
        {{QStringLiteral("registration_endpoint"), QStringLiteral("https://10.0.0.1/register")}}, "insecure-url",
        "discovery");
    row("token endpoint over http", {},
        {{QStringLiteral("token_endpoint"), QStringLiteral("http://auth.example.com/token")}}, "insecure-url",
        "discovery");
}

void TestSignInMcp::vectors()
{
    QFETCH(QJsonObject, inResource);
    QFETCH(QJsonObject, inServer);
    QFETCH(QString, code);
    QFETCH(QString, origin);
    QFETCH(int, registrations);
    serveDocuments(inResource, inServer);
    serveRegistration();
    for (const QString &key : {askRoot, askOpenId})
        m_fake->serve(
            key, [](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::text(404, "text/html", "<p>"); });
    QVERIFY(signIn());
    QCOMPARE(this->code(), code);
    if (!code.isEmpty())
        QCOMPARE(toString(m_result->error().origin), origin);
    QCOMPARE(m_fake->count(registering), registrations);
}

// F12, second half.
void TestSignInMcp::staticClientSendsPkceAnyway()
{
    serveDocuments({}, {{QStringLiteral("code_challenge_methods_supported"), QJsonArray()}});
    m_profile.clientId = QStringLiteral("given-by-hand");
    QVERIFY(signIn());
    QVERIFY(*m_result);
    QCOMPARE(linkQuery().value(QStringLiteral("client_id")), QStringLiteral("given-by-hand"));
    QCOMPARE(linkQuery().value(QStringLiteral("code_challenge_method")), QStringLiteral("S256"));
    QVERIFY(formOf(m_fake->requests(exchanging).constFirst()).contains(QStringLiteral("code_verifier")));
    QVERIFY(!(*m_result)->registration);
    QCOMPARE(m_fake->count(registering), 0);
}

void TestSignInMcp::issuerIsTheAuthorizationServers_data()
{
    QTest::addColumn<QByteArray>("iss");
    QTest::addColumn<QString>("code");
    QTest::addRow("right") << QByteArray("&iss=https%3A%2F%2Fauth.example.com") << QString();
    QTest::addRow("F05") << QByteArray("&iss=https%3A%2F%2Fmcp.example.com") << QStringLiteral("issuer-mismatch");
    QTest::addRow("F05 missing") << QByteArray() << QStringLiteral("issuer-mismatch");
}

void TestSignInMcp::issuerIsTheAuthorizationServers()
{
    QFETCH(QByteArray, iss);
    QFETCH(QString, code);
    serveDocuments({}, {{QStringLiteral("authorization_response_iss_parameter_supported"), true}});
    serveRegistration();
    QVERIFY(signIn("code=c1" + iss));
    QCOMPARE(this->code(), code);
    QCOMPARE(m_fake->count(exchanging), code.isEmpty() ? 1 : 0);
}

void TestSignInMcp::whatFailsLeavesNoClient_data()
{
    QTest::addColumn<QByteArray>("callback"); // empty: stopped
    QTest::addColumn<QString>("code");
    QTest::addRow("denied") << QByteArray("error=access_denied") << QStringLiteral("access_denied");
    QTest::addRow("no code") << QByteArray("x=1") << QStringLiteral("no-code");
    QTest::addRow("stopped") << QByteArray() << QStringLiteral("cancelled");
}

void TestSignInMcp::whatFailsLeavesNoClient()
{
    QFETCH(QByteArray, callback);
    QFETCH(QString, code);
    serveDocuments();
    serveRegistration();
    run(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    if (callback.isEmpty())
        m_stop.request_stop();
    else
        comeBack(callback + "&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QCOMPARE(this->code(), code);
    QCOMPARE(m_fake->count(removing), 1);
    QCOMPARE(FakeHttp::header(m_fake->requests(removing).constFirst(), "Authorization"), "Bearer manage-c1");
}

void TestSignInMcp::completing()
{
    serveDocuments();
    const auto completed = QCoro::waitFor(m_mcpFlows->complete(m_profile));
    QVERIFY2(completed, completed ? "" : qPrintable(completed.error().code));
    // The server stays what the person gave.
    QCOMPARE(completed->issuer, QUrl(serverUrl));
    QCOMPARE(completed->authorizationServer, QUrl(QStringLiteral("https://auth.example.com")));
    QCOMPARE(completed->tokenIssuer(), completed->authorizationServer);
    QCOMPARE(completed->resource, serverUrl);
    QCOMPARE(completed->endpoints.token, QUrl(QStringLiteral("https://auth.example.com/token")));
    QCOMPARE(completed->defaultScopes, QStringList({QStringLiteral("tools"), QStringLiteral("offline_access")}));
    QVERIFY(completed->clientId.isEmpty());
    QCOMPARE(m_fake->count(registering), 0);
}

// F13
void TestSignInMcp::completingFromMemory()
{
    serveDocuments();
    QVERIFY(QCoro::waitFor(m_mcpFlows->complete(m_profile)));
    QCOMPARE(m_fake->count(askIssuer), 1);
    QVERIFY(QCoro::waitFor(m_mcpFlows->complete(m_profile)));
    QCOMPARE(m_fake->count(askIssuer), 1);
    QVERIFY(QCoro::waitFor(m_mcpFlows->complete(m_profile, true)));
    QCOMPARE(m_fake->count(askIssuer), 2);

    m_clock.jump(72h);
    for (const QString &key : {askServer, askResourceMetadata, askRoot, askIssuer, askOpenId})
        m_fake->serve(
            key, [](const HttpRequest &) -> Result<HttpResponse> { return FakeHttp::text(503, "text/html", "<p>"); });
    const auto completed = QCoro::waitFor(m_mcpFlows->complete(m_profile));
    QVERIFY2(completed, completed ? "" : qPrintable(completed.error().code));
    QCOMPARE(completed->endpoints.token, QUrl(QStringLiteral("https://auth.example.com/token")));
    // Where the remembered did not work, it is no answer.
    const auto asked = QCoro::waitFor(m_mcpFlows->complete(m_profile, true));
    QVERIFY(!asked && asked.error().isTransient());
}

void TestSignInMcp::wishes()
{
    serveDocuments();
    serveRegistration();
    SignInWishes wishes(QStringList{QStringLiteral("tools"), QStringLiteral("more tools")});
    wishes.acrValues = QStringLiteral("urn:acr:silver urn:acr:gold");
    wishes.maxAge = 300s;
    wishes.loginHint = QStringLiteral("ada+x@acme.dev");
    wishes.incremental = true;
    run(SignInMethod::Browser, wishes);
    QVERIFY(waitForBrowser());
    const auto query = linkQuery();
    QCOMPARE(query.value(QStringLiteral("scope")), QStringLiteral("tools more tools"));
    QCOMPARE(query.value(QStringLiteral("acr_values")), QStringLiteral("urn:acr:silver urn:acr:gold"));
    QCOMPARE(query.value(QStringLiteral("max_age")), QStringLiteral("300"));
    QCOMPARE(query.value(QStringLiteral("login_hint")), QStringLiteral("ada+x@acme.dev"));
    QCOMPARE(query.value(QStringLiteral("prompt")), QStringLiteral("consent"));
    // A list that the server does not know whole is not registered.
    QVERIFY(!m_fake->requests(registering).constFirst().body.contains("\"scope\""));
}

void TestSignInMcp::wishesAndProfile_data()
{
    QTest::addColumn<bool>("incremental");
    QTest::addRow("plain") << false;
    QTest::addRow("more") << true;
}

void TestSignInMcp::wishesAndProfile()
{
    QFETCH(bool, incremental);
    m_profile = *ProfileRegistry(QStringLiteral(":/nowhere")).find(QStringLiteral("google"));
    m_profile.clientId = QStringLiteral("g1");
    SignInWishes wishes;
    wishes.incremental = incremental;
    run(SignInMethod::Browser, wishes);
    QVERIFY(waitForBrowser());
    QCOMPARE(last().link.host(), QStringLiteral("accounts.google.com"));
    const auto items = QUrlQuery(last().link).queryItems();
    QSet<QString> names;
    for (const auto &[name, value] : items)
        names.insert(name);
    QCOMPARE(names.size(), items.size()); // each of them once
    QCOMPARE(linkQuery().value(QStringLiteral("access_type")), QStringLiteral("offline"));
    QCOMPARE(linkQuery().value(QStringLiteral("include_granted_scopes")), QStringLiteral("true"));
    QCOMPARE(linkQuery().value(QStringLiteral("prompt")), QStringLiteral("consent"));
    QVERIFY(!names.contains(QStringLiteral("acr_values")));
    QVERIFY(!names.contains(QStringLiteral("max_age")));
    QVERIFY(!names.contains(QStringLiteral("login_hint")));
}

QTEST_GUILESS_MAIN(TestSignInMcp)
#include "test_signin_mcp.moc"
