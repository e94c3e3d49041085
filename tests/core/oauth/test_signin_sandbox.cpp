// The sign-ins against real peers: a certified OpenID provider and the cloud's routes, with a browser without a screen.
#include "core/http/networkclient.h"
#include "core/oauth/signin.h"
#include "tests/support/sandboxprocess.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Postroom;

class TestSignInSandbox : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void oidcByBrowser();
    void oidcDenied();
    void oidcByDevice();
    void oidcDeviceDenied();
    void oidcRefreshRotates();
    void oidcRevoke();
    void mcpByBrowser();
    void mcpByDevice();
    void mcpDeniedLeavesNoClient();
    void cloudByBrowser();
    void cloudDenied();
    void cloudByDevice();
    void cloudRefreshRotates();
    void delegationRefresh();
    void faults_data();
    void faults();

private:
    Result<TokenSet> signIn(
        const ProviderProfile &profile, SignInMethod method, const QStringList &options = {}, bool allow = true)
    {
        bool opened = false;
        const auto progress = [&](const SignInProgress &step) {
            m_phases.append(step.phase);
            if (opened || step.link.isEmpty())
                return;
            opened = true;
            if (method == SignInMethod::Browser)
                m_sandbox.openInBrowser(step.link, options);
            else
                m_userCode = step.userCode;
        };
        std::optional<Result<TokenSet>> result;
        QCoro::connect(m_flows.run(SignInId::create(), profile, method, {}, {}, progress, {}), this,
            [&result](Result<TokenSet> &&one) { result = std::move(one); });
        if (method == SignInMethod::Device && QTest::qWaitFor([&] { return opened || result; }, 20'000) && opened) {
            m_sandbox.post(allow ? QStringLiteral("/device/approve") : QStringLiteral("/device/deny"),
                {{QStringLiteral("userCode"), m_userCode}});
        }
        if (!QTest::qWaitFor([&] { return result.has_value(); }, 40'000))
            return failInput(QStringLiteral("test"), QStringLiteral("the sign-in did not end"));
        return *result;
    }
    Result<TokenSet> refresh(TokenDialect dialect, const ProviderProfile &profile, const Secret &token)
    {
        return QCoro::waitFor(m_endpoint.refresh(profile, dialect, {}, token, {}));
    }
    ProviderProfile oidc() const
    {
        ProviderProfile profile;
        profile.id = QStringLiteral("oidc");
        profile.issuer = m_sandbox.issuer();
        profile.clientId = QStringLiteral("postroom");
        profile.defaultScopes = QStringList{QStringLiteral("openid"), QStringLiteral("profile"),
            QStringLiteral("email"), QStringLiteral("offline_access")};
        return profile;
    }
    ProviderProfile mcp() const
    {
        ProviderProfile profile;
        profile.id = QStringLiteral("mcp");
        profile.kind = ProviderKind::Mcp;
        profile.issuer = QUrl(m_sandbox.base().toString() + QStringLiteral("/mcp"));
        return profile;
    }
    // As a keeper has it after a sign-in.
    ProviderProfile mcp(const TokenSet &tokens) const
    {
        ProviderProfile profile = mcp();
        profile.clientId = tokens.registration->clientId;
        profile.clientAuth = tokens.registration->auth;
        profile.resource = tokens.resource;
        profile.endpoints.token = tokens.tokenEndpoint;
        profile.endpoints.revocation = tokens.revocationEndpoint;
        return profile;
    }
    int statusAtTheService(const Secret &accessToken)
    {
        HttpRequest request;
        request.url = mcp().issuer;
        request.headers = {{"Authorization", "Bearer " + accessToken.reveal()}};
        const auto answer = QCoro::waitFor(m_http.send(request));
        return answer ? answer->status : 0;
    }
    // How often the sandbox was asked for exactly this.
    int asked(const QString &key)
    {
        return m_sandbox.get(QStringLiteral("/requests")).value(QStringLiteral("counts")).toObject().value(key).toInt();
    }
    ProviderProfile cloud() const
    {
        ProviderProfile profile;
        profile.id = QStringLiteral("relayfile-cloud");
        profile.kind = ProviderKind::RelayfileCloud;
        profile.issuer = m_sandbox.cloud();
        return profile;
    }

    SandboxProcess m_sandbox;
    SystemClock m_clock;
    NetworkClient m_http{&m_clock, "postroom-test/1"};
    TokenEndpoint m_endpoint{&m_http, &m_clock};
    SignInFlows m_flows{&m_http, &m_clock, &m_endpoint};
    QList<SignInPhase> m_phases;
    QString m_userCode;
};

void TestSignInSandbox::initTestCase()
{
    QVERIFY2(m_sandbox.start(), qPrintable(m_sandbox.problem()));
}

void TestSignInSandbox::init()
{
    m_phases.clear();
    m_userCode.clear();
}

void TestSignInSandbox::cleanup()
{
    m_sandbox.remove(QStringLiteral("/faults"));
}

void TestSignInSandbox::oidcByBrowser()
{
    const auto tokens = signIn(oidc(), SignInMethod::Browser);
    QVERIFY2(tokens, tokens ? "" : qPrintable(tokens.error().message + tokens.error().detail));
    QVERIFY(!tokens->accessToken.isEmpty());
    QVERIFY(!tokens->refreshToken.isEmpty());
    QVERIFY(!tokens->subject.isEmpty());
    QVERIFY(tokens->displayName.contains(QLatin1Char('@')));
    QVERIFY(!tokens->expiryAssumed);
    QVERIFY(tokens->expiresAt > m_clock.now());
    QVERIFY(tokens->scopes && tokens->scopes->contains(QStringLiteral("offline_access")));
    QCOMPARE(m_phases,
        QList({SignInPhase::Preparing, SignInPhase::WaitingForBrowser, SignInPhase::Exchanging, SignInPhase::Done}));
    QTRY_COMPARE(m_sandbox.browsersRunning(), 0);
}

void TestSignInSandbox::oidcDenied()
{
    const auto tokens = signIn(oidc(), SignInMethod::Browser, {QStringLiteral("--deny")});
    QVERIFY(!tokens);
    QCOMPARE(tokens.error().code, QStringLiteral("access_denied"));
}

void TestSignInSandbox::oidcByDevice()
{
    const auto tokens = signIn(oidc(), SignInMethod::Device);
    QVERIFY2(tokens, tokens ? "" : qPrintable(tokens.error().message + tokens.error().detail));
    QVERIFY(!tokens->refreshToken.isEmpty());
    QVERIFY(tokens->displayName.contains(QLatin1Char('@')));
}

void TestSignInSandbox::oidcDeviceDenied()
{
    const auto tokens = signIn(oidc(), SignInMethod::Device, {}, false);
    QVERIFY(!tokens);
    QCOMPARE(tokens.error().code, QStringLiteral("access_denied"));
}

void TestSignInSandbox::oidcRefreshRotates()
{
    const auto tokens = signIn(oidc(), SignInMethod::Browser);
    QVERIFY(tokens);
    const auto completed = QCoro::waitFor(m_flows.complete(oidc()));
    QVERIFY(completed);
    const auto second = refresh(TokenDialect::OAuth, *completed, tokens->refreshToken);
    QVERIFY2(second, second ? "" : qPrintable(second.error().detail));
    QVERIFY(!(second->refreshToken == tokens->refreshToken));
    QCOMPARE(second->subject, tokens->subject);
    const auto spent = refresh(TokenDialect::OAuth, *completed, tokens->refreshToken);
    QVERIFY(!spent);
    QVERIFY(spent.error().kind == ErrorClass::Reauth);
    QCOMPARE(spent.error().code, QStringLiteral("invalid_grant"));
}

void TestSignInSandbox::oidcRevoke()
{
    const auto tokens = signIn(oidc(), SignInMethod::Browser);
    QVERIFY(tokens);
    const auto completed = QCoro::waitFor(m_flows.complete(oidc()));
    QVERIFY(completed);
    const auto revoked = QCoro::waitFor(m_endpoint.revoke(*completed, TokenDialect::OAuth, tokens->refreshToken, {}));
    QVERIFY2(revoked, revoked ? "" : qPrintable(revoked.error().detail));
    QVERIFY(!refresh(TokenDialect::OAuth, *completed, tokens->refreshToken));
}

// From the address of a service to tokens for it, with nothing said but that address.
void TestSignInSandbox::mcpByBrowser()
{
    const int registrations = asked(QStringLiteral("POST /oidc/reg"));
    const auto tokens = signIn(mcp(), SignInMethod::Browser);
    QVERIFY2(tokens, tokens ? "" : qPrintable(tokens.error().message + tokens.error().detail));
    QCOMPARE(tokens->resource, mcp().issuer.toString());
    QCOMPARE(tokens->authorizationServer, m_sandbox.issuer());
    QVERIFY(!tokens->tokenEndpoint.isEmpty());
    QVERIFY(!tokens->refreshToken.isEmpty());
    QVERIFY(tokens->scopes && tokens->scopes->contains(QStringLiteral("mcp:tools")));
    QVERIFY(tokens->registration);
    QVERIFY(!tokens->registration->clientSecret.isEmpty());
    QCOMPARE(asked(QStringLiteral("POST /oidc/reg")), registrations + 1);
    QCOMPARE(statusAtTheService(tokens->accessToken), 200);
    QCOMPARE(statusAtTheService(Secret(QByteArray("of-somebody-else"))), 401);

    ClientRegistration client = *tokens->registration;
    const auto renewedTokens = QCoro::waitFor(m_endpoint.refresh(
        mcp(*tokens), TokenDialect::OAuth, tokens->tokenEndpoint, tokens->refreshToken, client.clientSecret));
    QVERIFY2(renewedTokens, renewedTokens ? "" : qPrintable(renewedTokens.error().detail));
    QVERIFY(!(renewedTokens->refreshToken == tokens->refreshToken));
    QCOMPARE(statusAtTheService(renewedTokens->accessToken), 200);

    // A token for another service is refused by the server.
    ProviderProfile elsewhere = mcp(*tokens);
    elsewhere.resource = QStringLiteral("https://elsewhere.example");
    const auto refused = QCoro::waitFor(m_endpoint.refresh(
        elsewhere, TokenDialect::OAuth, tokens->tokenEndpoint, renewedTokens->refreshToken, client.clientSecret));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, QStringLiteral("invalid_target"));

    ClientRegistrar registrar(&m_http, &m_clock);
    const auto renewed = QCoro::waitFor(registrar.renew(client));
    QVERIFY2(renewed, renewed ? "" : qPrintable(renewed.error().message + renewed.error().detail));
    QCOMPARE(renewed->clientId, client.clientId);
    client = *renewed;
    const auto revoked = QCoro::waitFor(
        m_endpoint.revoke(mcp(*tokens), TokenDialect::OAuth, renewedTokens->refreshToken, client.clientSecret));
    QVERIFY2(revoked, revoked ? "" : qPrintable(revoked.error().detail));
    const auto removed = QCoro::waitFor(registrar.remove(client));
    QVERIFY2(removed, removed ? "" : qPrintable(removed.error().detail));
    const auto gone = QCoro::waitFor(registrar.read(client));
    QVERIFY(!gone);
    QCOMPARE(gone.error().code, QStringLiteral("registration-lost"));
    // And whoever comes with it is told so.
    const auto unknown = QCoro::waitFor(m_endpoint.refresh(
        mcp(*tokens), TokenDialect::OAuth, tokens->tokenEndpoint, renewedTokens->refreshToken, client.clientSecret));
    QVERIFY(!unknown);
    QVERIFY(unknown.error().kind == ErrorClass::Client);
    QTRY_COMPARE(m_sandbox.browsersRunning(), 0);
}

void TestSignInSandbox::mcpByDevice()
{
    const auto tokens = signIn(mcp(), SignInMethod::Device);
    QVERIFY2(tokens, tokens ? "" : qPrintable(tokens.error().message + tokens.error().detail));
    QVERIFY(!tokens->refreshToken.isEmpty());
    QCOMPARE(statusAtTheService(tokens->accessToken), 200);
}

void TestSignInSandbox::mcpDeniedLeavesNoClient()
{
    const auto tokens = signIn(mcp(), SignInMethod::Browser, {QStringLiteral("--deny")});
    QVERIFY(!tokens);
    QCOMPARE(tokens.error().code, QStringLiteral("access_denied"));
    const QJsonArray requests
        = m_sandbox.get(QStringLiteral("/requests?pathPrefix=/oidc/reg/")).value(QStringLiteral("requests")).toArray();
    QVERIFY(!requests.isEmpty());
    const QJsonObject last = requests.last().toObject();
    QCOMPARE(last.value(QStringLiteral("method")).toString(), QStringLiteral("DELETE"));
    QCOMPARE(last.value(QStringLiteral("status")).toInt(), 204);
}

void TestSignInSandbox::cloudByBrowser()
{
    const auto tokens = signIn(cloud(), SignInMethod::Browser);
    QVERIFY2(tokens, tokens ? "" : qPrintable(tokens.error().message + tokens.error().detail));
    QVERIFY(!tokens->refreshToken.isEmpty());
    QVERIFY(tokens->refreshExpiresAt);
    QVERIFY(!tokens->expiryAssumed);
    QCOMPARE(tokens->apiUrl, m_sandbox.cloud().toString());
    QVERIFY(tokens->displayName.contains(QLatin1Char('@')));
    QTRY_COMPARE(m_sandbox.browsersRunning(), 0);
}

void TestSignInSandbox::cloudDenied()
{
    const auto tokens = signIn(cloud(), SignInMethod::Browser, {QStringLiteral("--deny")});
    QVERIFY(!tokens);
    QCOMPARE(tokens.error().code, QStringLiteral("access_denied"));
}

void TestSignInSandbox::cloudByDevice()
{
    const auto tokens = signIn(cloud(), SignInMethod::Device);
    QVERIFY2(tokens, tokens ? "" : qPrintable(tokens.error().message + tokens.error().detail));
    QVERIFY(!tokens->refreshToken.isEmpty());
    QVERIFY(!tokens->subject.isEmpty());
}

void TestSignInSandbox::cloudRefreshRotates()
{
    const auto tokens = signIn(cloud(), SignInMethod::Device);
    QVERIFY(tokens);
    const auto second = refresh(TokenDialect::RelayfileCloud, cloud(), tokens->refreshToken);
    QVERIFY2(second, second ? "" : qPrintable(second.error().detail));
    QVERIFY(!(second->refreshToken == tokens->refreshToken));
    QVERIFY(second->refreshExpiresAt);
    const auto spent = refresh(TokenDialect::RelayfileCloud, cloud(), tokens->refreshToken);
    QVERIFY(!spent);
    QVERIFY(spent.error().kind == ErrorClass::Reauth);
    QVERIFY(QCoro::waitFor(m_endpoint.revoke(cloud(), TokenDialect::RelayfileCloud, second->refreshToken, {})));
}

void TestSignInSandbox::delegationRefresh()
{
    const auto tokens = signIn(cloud(), SignInMethod::Device);
    QVERIFY(tokens);
    const auto send = [this, &tokens](const char *method, const QString &path, const QByteArray &body) {
        HttpRequest request;
        request.method = method;
        request.url = QUrl(m_sandbox.cloud().toString() + path);
        request.headers
            = {{"Authorization", "Bearer " + tokens->accessToken.reveal()}, {"Content-Type", "application/json"}};
        request.body = body;
        const auto answer = QCoro::waitFor(m_http.send(request));
        return answer ? QJsonDocument::fromJson(answer->body).object() : QJsonObject();
    };
    const QString workspace = send("GET", QStringLiteral("/api/v1/workspaces"), {})
                                  .value(QStringLiteral("workspaces"))
                                  .toArray()
                                  .at(0)
                                  .toObject()
                                  .value(QStringLiteral("id"))
                                  .toString();
    QVERIFY(!workspace.isEmpty());
    const QJsonObject bundle
        = send("POST", QStringLiteral("/api/v1/workspaces/%1/relayfile/delegated-token").arg(workspace),
            R"({"agentName":"postroom","scopes":["relayfile:fs:read:*"]})");
    const Secret token(bundle.value(QStringLiteral("refreshToken")).toString());
    QVERIFY2(!token.isEmpty(), QJsonDocument(bundle).toJson().constData());
    const QUrl endpoint(bundle.value(QStringLiteral("refreshUrl")).toString());
    const auto second = QCoro::waitFor(m_endpoint.refresh({}, TokenDialect::RelayAuth, endpoint, token, {}));
    QVERIFY2(second, second ? "" : qPrintable(second.error().detail));
    QVERIFY(second->refreshExpiresAt);
    m_sandbox.post(QStringLiteral("/settings"),
        {{QStringLiteral("delegatedRefreshError"), QStringLiteral("workspace_token_revoked")}});
    const auto revoked
        = QCoro::waitFor(m_endpoint.refresh({}, TokenDialect::RelayAuth, endpoint, second->refreshToken, {}));
    m_sandbox.post(QStringLiteral("/settings"), {{QStringLiteral("delegatedRefreshError"), QJsonValue()}});
    QVERIFY(!revoked);
    QCOMPARE(revoked.error().code, QStringLiteral("workspace_token_revoked"));
    QVERIFY(revoked.error().kind == ErrorClass::Reauth);
}

void TestSignInSandbox::faults_data()
{
    QTest::addColumn<QJsonObject>("fault");
    QTest::addColumn<QString>("kind");
    const auto fault = [](const QString &kind, int status = 0) {
        QJsonObject object{{QStringLiteral("kind"), kind}};
        if (status > 0)
            object.insert(QStringLiteral("status"), status);
        return object;
    };
    QTest::addRow("page instead of an answer") << fault(QStringLiteral("html"), 403) << QStringLiteral("t-infra");
    QTest::addRow("bad gateway") << fault(QStringLiteral("html"), 502) << QStringLiteral("t-srv");
    QTest::addRow("login page") << fault(QStringLiteral("html"), 200) << QStringLiteral("t-ambig");
    QTest::addRow("cut") << fault(QStringLiteral("truncate")) << QStringLiteral("t-ambig");
    QTest::addRow("reset") << fault(QStringLiteral("reset")) << QStringLiteral("t-ambig");
    QTest::addRow("too many") << fault(QStringLiteral("status"), 429) << QStringLiteral("rate");
}

void TestSignInSandbox::faults()
{
    QFETCH(QJsonObject, fault);
    QFETCH(QString, kind);
    const QJsonObject session = m_sandbox.post(QStringLiteral("/session"));
    const Secret token(session.value(QStringLiteral("refreshToken")).toString());
    QVERIFY(!token.isEmpty());
    const QString path = QStringLiteral("/cloud/api/v1/auth/token/refresh");
    fault.insert(QStringLiteral("times"), 1);
    fault.insert(QStringLiteral("match"), QJsonObject{{QStringLiteral("pathPrefix"), path}});
    m_sandbox.remove(QStringLiteral("/requests"));
    QVERIFY(!m_sandbox.post(QStringLiteral("/faults"), fault).isEmpty());
    const auto broken = refresh(TokenDialect::RelayfileCloud, cloud(), token);
    QVERIFY(!broken);
    QCOMPARE(toString(broken.error().kind), kind);
    // The token was not touched, and one more try brings the new one.
    const auto good = refresh(TokenDialect::RelayfileCloud, cloud(), token);
    QVERIFY2(good, good ? "" : qPrintable(good.error().detail));
}

QTEST_GUILESS_MAIN(TestSignInSandbox)
#include "test_signin_sandbox.moc"
