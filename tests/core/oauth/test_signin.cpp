// The interactive sign-ins against a scripted server, with a clock that the test moves.
#include "core/http/networkclient.h"
#include "core/oauth/signin.h"
#include "tests/support/fakeclock.h"
#include "tests/support/scriptedserver.h"

#include <QCryptographicHash>
#include <QTcpSocket>
#include <QTest>

using namespace Postroom;
using namespace std::chrono_literals;

class TestSignIn : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

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
    void browserLimit();
    void stopping_data();
    void stopping();
    void stoppedTooLateIsGivenBack();
    void verifiersAndStatesDiffer();
    void cloudLogin();
    void cloudLoginWithAForeignApiUrl();
    void cloudLoginIncomplete_data();
    void cloudLoginIncomplete();
    void deviceFlow();
    void deviceFlowSlowDown();
    void deviceFlowInTrouble();
    void deviceFlowPause();
    void deviceFlowNewInterval();
    void deviceFlowExpires();
    void deviceFlowEnds_data();
    void deviceFlowEnds();
    void deviceFlowStopped();
    void deviceFlowNotOffered();
    void deviceFlowBadStart_data();
    void deviceFlowBadStart();
    void cloudDeviceFlow();
    void whatIsMissing();
    void discoveryFails();
    void completing();

private:
    void start(SignInMethod method, const QStringList &scopes = {}, const Secret &clientSecret = {})
    {
        QCoro::connect(m_flows->run(
                           SignInId(QStringLiteral("s1")), m_profile, method, scopes, clientSecret,
                           [this](const SignInProgress &progress) { m_progress.append(progress); }, m_stop.get_token()),
            this, [this](Result<TokenSet> &&result) { m_result = std::move(result); });
    }
    SignInProgress last() const { return m_progress.isEmpty() ? SignInProgress() : m_progress.constLast(); }
    QHash<QString, QString> linkQuery() const
    {
        QHash<QString, QString> values;
        const auto items = QUrlQuery(last().link).queryItems(QUrl::FullyDecoded);
        for (const auto &[key, value] : items)
            values.insert(key, value);
        return values;
    }
    bool waitForBrowser()
    {
        return QTest::qWaitFor([this] { return last().phase == SignInPhase::WaitingForBrowser; });
    }
    // The browser comes back with this query and follows the redirect to the last page.
    void comeBack(const QByteArray &query)
    {
        const QUrl redirect(linkQuery().value(QStringLiteral("redirect_uri")));
        const QByteArray answer = fetch(redirect, redirect.path().toLatin1() + '?' + query);
        const qsizetype from = answer.indexOf("Location: ");
        if (from >= 0)
            fetch(
                redirect, QUrl(QString::fromLatin1(answer.mid(from + 10).split('\r').constFirst())).path().toLatin1());
    }
    static QByteArray fetch(const QUrl &server, const QByteArray &target)
    {
        QTcpSocket socket;
        QByteArray answer;
        socket.connectToHost(server.host(), static_cast<quint16>(server.port()));
        socket.write("GET " + target + " HTTP/1.1\r\nHost: " + server.authority().toLatin1() + "\r\n\r\n");
        const bool gone = QTest::qWaitFor([&] {
            answer += socket.readAll();
            return socket.state() == QAbstractSocket::UnconnectedState;
        });
        return gone ? answer + socket.readAll() : QByteArray("still open");
    }
    bool waitForResult()
    {
        return QTest::qWaitFor([this] { return m_result.has_value(); }, 10'000);
    }
    // Lets the flow get to where it waits for the clock, and the clock reach that moment.
    bool nextPoll()
    {
        if (!QTest::qWaitFor([this] { return m_clock.armed() > 0 || m_result; }) || m_result)
            return false;
        const int before = m_server->count();
        m_clock.advance(std::chrono::milliseconds(m_clock.now().msecsTo(*m_clock.nextDue())));
        return QTest::qWaitFor([&] { return m_server->count() > before || m_result; }) && m_server->count() > before;
    }
    int secondsToNextPoll()
    {
        if (!QTest::qWaitFor([this] { return m_clock.armed() > 0 || m_result; }) || !m_clock.nextDue())
            return -1;
        return static_cast<int>(m_clock.now().secsTo(*m_clock.nextDue()));
    }
    QString code() const { return m_result && !*m_result ? m_result->error().code : QString(); }
    void scriptDeviceStart(int interval = 5, int lifetime = 600)
    {
        m_server->then(Script::json(200,
            {{QStringLiteral("device_code"), QStringLiteral("dc+1")},
                {QStringLiteral("user_code"), QStringLiteral("BCDF-GHJK")},
                {QStringLiteral("verification_uri"), QStringLiteral("https://auth.example.com/device")},
                {QStringLiteral("verification_uri_complete"),
                    QStringLiteral("https://auth.example.com/device?user_code=BCDF-GHJK")},
                {QStringLiteral("expires_in"), lifetime}, {QStringLiteral("interval"), interval}}));
    }
    static Script failing(const char *error)
    {
        return Script::json(400, {{QStringLiteral("error"), QLatin1String(error)}});
    }

    FakeClock m_clock;
    std::unique_ptr<NetworkClient> m_http;
    std::unique_ptr<TokenEndpoint> m_endpoint;
    std::unique_ptr<SignInFlows> m_flows;
    std::unique_ptr<ScriptedServer> m_server;
    ProviderProfile m_profile;
    std::stop_source m_stop;
    QList<SignInProgress> m_progress;
    std::optional<Result<TokenSet>> m_result;
    const QJsonObject m_good{{QStringLiteral("access_token"), QStringLiteral("a1")},
        {QStringLiteral("refresh_token"), QStringLiteral("r1")}, {QStringLiteral("expires_in"), 3600}};
};

void TestSignIn::init()
{
    m_http = std::make_unique<NetworkClient>(&m_clock, "postroom-test/1");
    m_endpoint = std::make_unique<TokenEndpoint>(m_http.get(), &m_clock);
    m_flows = std::make_unique<SignInFlows>(m_http.get(), &m_clock, m_endpoint.get());
    m_server = std::make_unique<ScriptedServer>();
    m_profile = ProviderProfile();
    m_profile.clientId = QStringLiteral("postroom");
    m_profile.endpoints.authorization = QUrl(QStringLiteral("https://auth.example.com/authorize?tenant=a%2Bb"));
    m_profile.endpoints.token = m_server->url(QStringLiteral("/token"));
    m_profile.endpoints.deviceAuthorization = m_server->url(QStringLiteral("/device"));
    m_stop = std::stop_source();
    m_progress.clear();
    m_result.reset();
}

void TestSignIn::cleanup()
{
    if (m_progress.isEmpty() || m_result)
        return;
    m_stop.request_stop();
    QVERIFY(waitForResult());
}

void TestSignIn::codeFlow()
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

void TestSignIn::codeFlowFindsTheServer()
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

void TestSignIn::codeFlowDenied()
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

void TestSignIn::codeFlowOfAnotherIssuer_data()
{
    QTest::addColumn<QByteArray>("iss");
    QTest::addColumn<QByteArray>("what");
    QTest::addRow("code of another") << QByteArray("&iss=https%3A%2F%2Fevil.example") << QByteArray("code=c1");
    QTest::addRow("code with a longer name")
        << QByteArray("&iss=https%3A%2F%2Fauth.example.com.evil.example") << QByteArray("code=c1");
    QTest::addRow("named twice") << QByteArray("&iss=https%3A%2F%2Fauth.example.com&iss=https%3A%2F%2Fauth.example.com")
                                 << QByteArray("code=c1");
    QTest::addRow("empty name") << QByteArray("&iss=") << QByteArray("code=c1");
    QTest::addRow("error of another") << QByteArray("&iss=https%3A%2F%2Fevil.example")
                                      << QByteArray("error=access_denied");
}

void TestSignIn::codeFlowOfAnotherIssuer()
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

void TestSignIn::codeFlowWithoutACode()
{
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack("code=&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("no-code"));
}

void TestSignIn::codeFlowRefusedExchange()
{
    m_server->then(failing("invalid_grant"));
    start(SignInMethod::Browser);
    QVERIFY(waitForBrowser());
    comeBack("code=c1&state=" + linkQuery().value(QStringLiteral("state")).toLatin1());
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("invalid_grant"));
    QCOMPARE(m_server->count(), 1);
}

void TestSignIn::codeFlowIdentityFromUserinfo()
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

void TestSignIn::codeFlowWithoutIdentity_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addRow("403") << 403 << QByteArray("{}");
    QTest::addRow("503 page") << 503 << QByteArray("<html>");
    QTest::addRow("200 page") << 200 << QByteArray("<html>");
    QTest::addRow("no subject") << 200 << QByteArray("{\"email\":\"a@b\"}");
    QTest::addRow("signed answer") << 200 << QByteArray("eyJhbGciOiJub25lIn0.e30.");
}

void TestSignIn::codeFlowWithoutIdentity()
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

void TestSignIn::browserLimit()
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

void TestSignIn::stopping_data()
{
    QTest::addColumn<int>("when");
    QTest::addRow("before it begins") << 0;
    QTest::addRow("while the server is looked for") << 1;
    QTest::addRow("while the browser is away") << 2;
    QTest::addRow("while the code is exchanged") << 3;
    QTest::addRow("while the person is asked for") << 4;
}

void TestSignIn::stopping()
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

void TestSignIn::stoppedTooLateIsGivenBack()
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

void TestSignIn::verifiersAndStatesDiffer()
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

void TestSignIn::cloudLogin()
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

void TestSignIn::cloudLoginWithAForeignApiUrl()
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

void TestSignIn::cloudLoginIncomplete_data()
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

void TestSignIn::cloudLoginIncomplete()
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

void TestSignIn::deviceFlow()
{
    scriptDeviceStart();
    m_server->then(failing("authorization_pending"), 2).then(Script::json(200, m_good));
    start(SignInMethod::Device, {QStringLiteral("openid")});
    QTRY_COMPARE(last().phase, SignInPhase::WaitingForDevice);
    QCOMPARE(last().userCode, QStringLiteral("BCDF-GHJK"));
    QCOMPARE(last().verificationUri, QUrl(QStringLiteral("https://auth.example.com/device")));
    QCOMPARE(last().link, QUrl(QStringLiteral("https://auth.example.com/device?user_code=BCDF-GHJK")));
    QCOMPARE(last().deadline, std::optional(m_clock.now().addSecs(600)));
    QCOMPARE(m_server->requests()[0].form().value(QStringLiteral("scope")), QStringLiteral("openid"));
    QCOMPARE(m_server->requests()[0].form().value(QStringLiteral("client_id")), QStringLiteral("postroom"));
    // One interval first.
    QCOMPARE(secondsToNextPoll(), 5);
    QCOMPARE(m_server->count(), 1);
    m_clock.advance(4999ms);
    QCoreApplication::processEvents();
    QCOMPARE(m_server->count(), 1);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 5);
    QVERIFY(nextPoll());
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
    QCOMPARE((*m_result)->accessToken.reveal(), "a1");
    const auto form = m_server->requests()[1].form();
    QCOMPARE(form.value(QStringLiteral("grant_type")), QStringLiteral("urn:ietf:params:oauth:grant-type:device_code"));
    QCOMPARE(form.value(QStringLiteral("device_code")), QStringLiteral("dc+1"));
    QCOMPARE(last().phase, SignInPhase::Done);
}

void TestSignIn::deviceFlowSlowDown()
{
    scriptDeviceStart();
    m_server->then(failing("slow_down"), 2).then(failing("authorization_pending")).then(Script::json(200, m_good));
    start(SignInMethod::Device);
    QCOMPARE(secondsToNextPoll(), 5);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 10);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 15);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 15);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
}

void TestSignIn::deviceFlowInTrouble()
{
    scriptDeviceStart();
    m_server->then(Script::closing())
        .then(Script::html(502))
        .then(Script::html(403))
        .then(Script::resetting())
        .then(Script::html(500));
    m_server->then(failing("authorization_pending")).then(Script::json(200, m_good));
    start(SignInMethod::Device);
    for (const int pause : {5, 10, 20, 40, 60}) {
        QCOMPARE(secondsToNextPoll(), pause);
        QVERIFY(nextPoll());
        QTRY_VERIFY(last().error);
        QVERIFY(last().error->isTransient());
        QCOMPARE(last().phase, SignInPhase::WaitingForDevice);
    }
    QCOMPARE(secondsToNextPoll(), 60);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 5);
    QVERIFY(!last().error);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
}

void TestSignIn::deviceFlowPause()
{
    scriptDeviceStart();
    m_server->then(Script::answer(429, {}, {}, {"Retry-After: 90"})).then(Script::json(200, m_good));
    start(SignInMethod::Device);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 90);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
}

void TestSignIn::deviceFlowNewInterval()
{
    scriptDeviceStart();
    m_server->then(
        Script::json(200, {{QStringLiteral("error"), QStringLiteral("slow_down")}, {QStringLiteral("interval"), 12}}));
    m_server->then(Script::json(
        200, {{QStringLiteral("error"), QStringLiteral("authorization_pending")}, {QStringLiteral("interval"), 7}}));
    m_server->then(Script::json(200, m_good));
    start(SignInMethod::Device);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 12);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 7);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
}

void TestSignIn::deviceFlowExpires()
{
    scriptDeviceStart(5, 12);
    m_server->then(failing("authorization_pending"), 10);
    start(SignInMethod::Device);
    QVERIFY(nextPoll());
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 2);
    // The computer slept over it.
    m_clock.advance(9h);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("expired_token"));
    QCOMPARE(m_server->count(), 3);
}

void TestSignIn::deviceFlowEnds_data()
{
    QTest::addColumn<QString>("error");
    QTest::addColumn<QString>("kind");
    QTest::addRow("denied") << QStringLiteral("access_denied") << QStringLiteral("policy");
    QTest::addRow("expired") << QStringLiteral("expired_token") << QStringLiteral("reauth");
    QTest::addRow("unknown code") << QStringLiteral("invalid_grant") << QStringLiteral("reauth");
    QTest::addRow("client refused") << QStringLiteral("invalid_client") << QStringLiteral("client");
    QTest::addRow("grant not known") << QStringLiteral("unsupported_grant_type") << QStringLiteral("config");
    QTest::addRow("something else") << QStringLiteral("bad_moon") << QStringLiteral("reauth");
}

void TestSignIn::deviceFlowEnds()
{
    QFETCH(QString, error);
    QFETCH(QString, kind);
    scriptDeviceStart();
    m_server->then(Script::json(400, {{QStringLiteral("error"), error}}));
    start(SignInMethod::Device);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QCOMPARE(code(), error);
    QCOMPARE(toString(m_result->error().kind), kind);
    QCOMPARE(last().phase, SignInPhase::Failed);
    QCOMPARE(m_server->count(), 2);
}

void TestSignIn::deviceFlowStopped()
{
    scriptDeviceStart();
    start(SignInMethod::Device);
    QTRY_COMPARE(m_clock.armed(), 1);
    m_stop.request_stop();
    QVERIFY(waitForResult());
    QVERIFY(m_result->error().kind == ErrorClass::Cancel);
    QCOMPARE(m_clock.armed(), 0);
    QCOMPARE(m_server->count(), 1);
}

void TestSignIn::deviceFlowNotOffered()
{
    m_profile.endpoints.deviceAuthorization.clear();
    start(SignInMethod::Device);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("device-not-offered"));
    // The address is there and answers that it is not.
    m_result.reset();
    m_profile.endpoints.deviceAuthorization = m_server->url(QStringLiteral("/device"));
    start(SignInMethod::Device);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("device-not-offered"));
}

void TestSignIn::deviceFlowBadStart_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("kind");
    QTest::addRow("empty object") << 200 << QByteArray("{}") << QStringLiteral("t-ambig");
    QTest::addRow("page") << 200 << QByteArray("<html>") << QStringLiteral("t-ambig");
    QTest::addRow("page to visit over http")
        << 200 << QByteArray(R"({"device_code":"d","user_code":"U","verification_uri":"http://evil.example/"})")
        << QStringLiteral("t-ambig");
    QTest::addRow("page to visit is a script")
        << 200 << QByteArray(R"({"device_code":"d","user_code":"U","verification_uri":"javascript:x"})")
        << QStringLiteral("t-ambig");
    QTest::addRow("no user code") << 200 << QByteArray(R"({"device_code":"d","verification_uri":"https://a.example/"})")
                                  << QStringLiteral("t-ambig");
    QTest::addRow("tokens at once") << 200 << QByteArray(R"({"access_token":"a"})") << QStringLiteral("t-ambig");
    QTest::addRow("client refused") << 401 << QByteArray(R"({"error":"invalid_client"})") << QStringLiteral("client");
    QTest::addRow("scope refused") << 400 << QByteArray(R"({"error":"invalid_scope"})") << QStringLiteral("scope");
    QTest::addRow("trouble") << 503 << QByteArray() << QStringLiteral("t-srv");
}

void TestSignIn::deviceFlowBadStart()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, kind);
    m_server->then(Script::answer(status, "application/json", body));
    start(SignInMethod::Device);
    QVERIFY(waitForResult());
    QVERIFY(!*m_result);
    QCOMPARE(toString(m_result->error().kind), kind);
    QCOMPARE(m_server->count(), 1);
}

void TestSignIn::cloudDeviceFlow()
{
    m_profile.kind = ProviderKind::RelayfileCloud;
    m_profile.clientId.clear();
    m_profile.endpoints = {};
    m_profile.issuer = m_server->url(QStringLiteral("/cloud"));
    scriptDeviceStart(1);
    m_server->then(failing("authorization_pending"));
    m_server->then(Script::json(200,
        {{QStringLiteral("access_token"), QStringLiteral("ca1")},
            {QStringLiteral("refresh_token"), QStringLiteral("cr1")},
            {QStringLiteral("access_token_expires_at"), QStringLiteral("2026-01-15T15:00:00Z")}},
        {"Date: Thu, 15 Jan 2026 14:00:01 GMT"}));
    m_server->then(Script::json(200,
        {{QStringLiteral("userId"), QStringLiteral("user_ada")}, {QStringLiteral("name"), QStringLiteral("Ada")}}));
    start(SignInMethod::Device);
    QCOMPARE(secondsToNextPoll(), 1);
    QVERIFY(nextPoll());
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY2(*m_result, *m_result ? "" : qPrintable(m_result->error().message));
    QCOMPARE((*m_result)->displayName, QStringLiteral("Ada"));
    QCOMPARE(m_server->requests()[0].target, "/cloud/api/v1/auth/device/start");
    QCOMPARE(
        m_server->requests()[0].json(), QJsonObject({{QStringLiteral("client_name"), QStringLiteral("Postroom")}}));
    QCOMPARE(m_server->requests()[1].target, "/cloud/api/v1/auth/device/token");
    QCOMPARE(m_server->requests()[1].json().value(QStringLiteral("device_code")).toString(), QStringLiteral("dc+1"));
    QCOMPARE(m_server->requests()[1].json().value(QStringLiteral("grant_type")).toString(),
        QStringLiteral("urn:ietf:params:oauth:grant-type:device_code"));
}

void TestSignIn::whatIsMissing()
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

void TestSignIn::discoveryFails()
{
    m_profile.endpoints = {};
    m_profile.issuer = m_server->url(QString());
    m_server->then(Script::html(503), 2);
    start(SignInMethod::Browser);
    QVERIFY(waitForResult());
    QVERIFY(m_result->error().origin == Origin::Discovery);
    QVERIFY(m_result->error().isTransient());
}

void TestSignIn::completing()
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

QTEST_GUILESS_MAIN(TestSignIn)
#include "test_signin.moc"
