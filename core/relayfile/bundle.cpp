#include "core/relayfile/bundle.h"

#include "core/accounts/claims.h"
#include "core/base/json.h"
#include "core/http/httpclient.h"

#include <QCoreApplication>
#include <algorithm>

namespace Postroom
{
namespace
{

constexpr QLatin1String versionKey("v");
constexpr int bundleVersion = 1;

Failure failBundle(const QString &code, const QString &detail)
{
    Error error;
    error.origin = Origin::Resource;
    error.kind = ErrorClass::Config;
    error.code = code;
    error.message
        = QCoreApplication::translate("Postroom", "The server's answer about this workspace is not complete.");
    error.detail = detail;
    return Failure(error);
}

std::optional<QDateTime> firstTime(const QJsonObject &object, std::initializer_list<QLatin1String> keys)
{
    for (const QLatin1String key : keys) {
        if (const auto time = timeAt(object, key))
            return time;
    }
    return std::nullopt;
}

Secret firstSecret(const QJsonObject &object, std::initializer_list<QLatin1String> keys)
{
    const QString text = firstString(object, keys);
    return text.isEmpty() ? Secret() : Secret(text);
}

QUrl refreshUrlOf(const QJsonObject &object)
{
    const QString own = firstString(object, {QLatin1String("refreshUrl")});
    if (!own.isEmpty())
        return QUrl(own, QUrl::StrictMode);
    QString base = firstString(object, {QLatin1String("relayauthUrl")});
    if (base.isEmpty())
        return {};
    while (base.endsWith(QLatin1Char('/')))
        base.chop(1);
    return QUrl(base + QStringLiteral("/v1/tokens/refresh"), QUrl::StrictMode);
}

QStringList mergedScopes(const QJsonObject &object)
{
    QStringList scopes = stringsAt(object, QLatin1String("scopes"));
    const QStringList more = stringsAt(object, QLatin1String("relayfileScopes"));
    for (const QString &scope : more) {
        if (!scopes.contains(scope))
            scopes.append(scope);
    }
    return scopes;
}

// A bearer travels in a header line, so that it must be one.
bool isHeaderText(const Secret &secret)
{
    const QByteArray bytes = secret.reveal();
    return std::all_of(bytes.cbegin(), bytes.cend(), [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace

Result<DelegatedBundle> readBundle(const QJsonObject &object, const QStringList &requestedScopes)
{
    DelegatedBundle bundle;
    bundle.server
        = QUrl(firstString(object, {QLatin1String("relayfileUrl"), QLatin1String("baseUrl"), QLatin1String("server")}),
            QUrl::StrictMode);
    bundle.relayWorkspaceId
        = firstString(object, {QLatin1String("relayfileWorkspaceId"), QLatin1String("workspaceId")});
    bundle.cloudWorkspaceId = firstString(object, {QLatin1String("workspaceId")});
    bundle.accessToken
        = firstSecret(object, {QLatin1String("accessToken"), QLatin1String("token"), QLatin1String("relayfileToken")});
    bundle.refreshToken = firstSecret(object, {QLatin1String("refreshToken"), QLatin1String("relayfileRefreshToken")});
    bundle.accessExpiresAt
        = firstTime(object, {QLatin1String("accessTokenExpiresAt"), QLatin1String("relayfileTokenExpiresAt")});
    bundle.refreshExpiresAt
        = firstTime(object, {QLatin1String("refreshTokenExpiresAt"), QLatin1String("relayfileRefreshTokenExpiresAt")});
    bundle.delegationNotAfter = timeAt(object, QLatin1String("delegationNotAfter"));
    bundle.refreshUrl = refreshUrlOf(object);
    bundle.scopes = mergedScopes(object);
    if (bundle.scopes.isEmpty())
        bundle.scopes = requestedScopes;
    bundle.agentName = firstString(object, {QLatin1String("agentName")});

    if (bundle.accessToken.isEmpty() || !isHeaderText(bundle.accessToken))
        return failBundle(QStringLiteral("bundle-token"), QStringLiteral("accessToken"));
    if (bundle.relayWorkspaceId.isEmpty())
        return failBundle(QStringLiteral("bundle-workspace"), QStringLiteral("workspaceId"));
    if (!isTrustworthyUrl(bundle.server))
        return failBundle(QStringLiteral("bundle-server"), QStringLiteral("relayfileUrl"));
    // Without a trustworthy address there is no refresh; the bundle works until it ends and is minted again.
    if (!isTrustworthyUrl(bundle.refreshUrl)) {
        bundle.refreshUrl = QUrl();
        bundle.refreshToken = Secret();
    }
    return bundle;
}

Secret encodeBundle(const DelegatedBundle &bundle)
{
    QJsonObject object;
    object.insert(versionKey, bundleVersion);
    put(object, QLatin1String("relayfileUrl"), bundle.server.toString(QUrl::FullyEncoded));
    put(object, QLatin1String("relayfileWorkspaceId"), bundle.relayWorkspaceId);
    put(object, QLatin1String("workspaceId"), bundle.cloudWorkspaceId);
    put(object, QLatin1String("accessToken"), QString::fromUtf8(bundle.accessToken.reveal()));
    put(object, QLatin1String("refreshToken"), QString::fromUtf8(bundle.refreshToken.reveal()));
    put(object, QLatin1String("accessTokenExpiresAt"), bundle.accessExpiresAt);
    put(object, QLatin1String("refreshTokenExpiresAt"), bundle.refreshExpiresAt);
    put(object, QLatin1String("delegationNotAfter"), bundle.delegationNotAfter);
    put(object, QLatin1String("refreshUrl"), bundle.refreshUrl.toString(QUrl::FullyEncoded));
    put(object, QLatin1String("agentName"), bundle.agentName);
    object.insert(QLatin1String("scopes"), QJsonArray::fromStringList(bundle.scopes));
    return Secret(toCompact(object));
}

Result<DelegatedBundle> decodeBundle(const Secret &value)
{
    const auto object = parseJsonObject(value.reveal());
    if (!object)
        return failBundle(QStringLiteral("corrupt"), object.error().detail);
    if (integerAt(*object, versionKey) != bundleVersion)
        return failBundle(QStringLiteral("corrupt"), QStringLiteral("version"));
    return readBundle(*object, {});
}

QJsonObject unverifiedClaims(const Secret &token)
{
    return readClaims(token);
}

bool bundleNeedsRefresh(const DelegatedBundle &bundle, const QDateTime &now)
{
    constexpr qint64 leastLead = 5 * 60 * 1000;
    const QJsonObject claims = unverifiedClaims(bundle.accessToken);
    const auto claimed = timeClaim(claims, QLatin1String("exp"));
    const auto end = claimed ? claimed : bundle.accessExpiresAt;
    if (!end)
        return false;
    const auto issued = timeClaim(claims, QLatin1String("iat"));
    const qint64 lifetime = issued ? std::max<qint64>(0, issued->msecsTo(*end)) : 0;
    return now.msecsTo(*end) <= std::max(leastLead, lifetime / 10);
}

} // namespace Postroom
