#include "tests/core/relayfile/relayfilebench.h"

#include "core/base/json.h"

#include <QTest>

namespace Postroom
{
using namespace Qt::Literals::StringLiterals;

RelayfileBench::RelayfileBench()
{
    http.serve(
        QStringLiteral("POST /cloud/api/v1/auth/token/refresh"), [this](const HttpRequest &) -> Result<HttpResponse> {
            return FakeHttp::json(200,
                {{"accessToken"_L1, QStringLiteral("cloud-%1").arg(m_serial++)},
                    {"refreshToken"_L1, QStringLiteral("cloud-rt-%1").arg(m_serial++)},
                    {"accessTokenExpiresAt"_L1, formatTime(clock.now().addSecs(3600))},
                    {"apiUrl"_L1, "https://cloud.acme.test/cloud"_L1}});
        });
    http.serve(QStringLiteral("GET /cloud/api/v1/auth/whoami"), [](const HttpRequest &) -> Result<HttpResponse> {
        return FakeHttp::json(200, {{"userId"_L1, "user_ada"_L1}, {"email"_L1, "ada@acme.dev"_L1}});
    });
    http.serve(mintKey(), [this](const HttpRequest &request) { return mint(request); });
    http.serve(refreshKey(), [this](const HttpRequest &request) { return refreshDelegated(request); });
    SignInRequest request;
    request.providerId = QStringLiteral("relayfile-cloud");
    request.server = QUrl(QStringLiteral("https://cloud.acme.test/cloud"));
    request.pastedRefreshToken = Secret(QByteArray("cloud-rt-0"));
    account = trySignIn(request).value_or(AccountId());
    http.forgetRequests();
    build();
}

void RelayfileBench::build()
{
    endpoint = std::make_unique<TokenEndpoint>(&http, &clock);
    cloud = std::make_unique<CloudApi>(service.get());
    bundles = std::make_unique<BundleKeeper>(service.get(), cloud.get(), endpoint.get(), &vault, &clock);
    dataPlane = std::make_unique<DataPlane>(&http, bundles.get(), &clock);
}

void RelayfileBench::restartAll()
{
    settle();
    dataPlane.reset();
    bundles.reset();
    cloud.reset();
    restart();
    build();
}

DataPlaneKey RelayfileBench::key() const
{
    DataPlaneKey key;
    key.account = account;
    key.cloudWorkspaceId = QStringLiteral("cw_1");
    key.relayWorkspaceId = QStringLiteral("rw_1");
    return key;
}

QString RelayfileBench::newToken()
{
    const qint64 now = clock.now().toSecsSinceEpoch();
    const QByteArray payload
        = toCompact({{"iat"_L1, now}, {"exp"_L1, now + delegatedLifetime}, {"jti"_L1, m_serial++}});
    return QString::fromLatin1(
        "e30." + payload.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals) + ".c2ln");
}

Result<HttpResponse> RelayfileBench::mint(const HttpRequest &request)
{
    const auto body = parseJsonObject(request.body);
    m_liveRefresh = QStringLiteral("delegated-rt-%1").arg(m_serial++);
    return FakeHttp::json(200,
        {{"relayfileUrl"_L1, "https://file.acme.test"_L1}, {"relayauthUrl"_L1, "https://auth.acme.test/relayauth"_L1},
            {"relayfileWorkspaceId"_L1, "rw_1"_L1}, {"workspaceId"_L1, "cw_1"_L1}, {"accessToken"_L1, newToken()},
            {"refreshToken"_L1, m_liveRefresh},
            {"accessTokenExpiresAt"_L1, formatTime(clock.now().addSecs(delegatedLifetime))},
            {"delegationNotAfter"_L1, formatTime(clock.now().addDays(1))},
            {"scopes"_L1, body ? body->value("scopes"_L1) : QJsonValue(QJsonArray())}});
}

Result<HttpResponse> RelayfileBench::refreshDelegated(const HttpRequest &request)
{
    const auto body = parseJsonObject(request.body);
    if (!body || body->value("refreshToken"_L1).toString() != m_liveRefresh) {
        ++spentDelegated;
        return FakeHttp::json(
            401, {{"error"_L1, "The refresh token is spent."_L1}, {"code"_L1, "invalid_refresh_token"_L1}});
    }
    m_liveRefresh = QStringLiteral("delegated-rt-%1").arg(m_serial++);
    return FakeHttp::json(200,
        {{"accessToken"_L1, newToken()}, {"refreshToken"_L1, m_liveRefresh},
            {"accessTokenExpiresAt"_L1, formatTime(clock.now().addSecs(delegatedLifetime))}});
}

} // namespace Postroom
