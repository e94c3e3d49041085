// A delegated bundle: a short-lived data-plane credential for one workspace and one scope set.
#pragma once

#include "core/base/error.h"
#include "core/base/secret.h"

#include <QDateTime>
#include <QJsonObject>
#include <QStringList>
#include <QUrl>
#include <optional>

namespace Postroom
{

// Several names exist for each field in what servers and files say; the first non-empty wins.
struct DelegatedBundle {
    QUrl server; // relayfileUrl | baseUrl | server
    QString relayWorkspaceId; // relayfileWorkspaceId | workspaceId
    QString cloudWorkspaceId; // workspaceId
    Secret accessToken; // accessToken | token | relayfileToken
    Secret refreshToken; // refreshToken | relayfileRefreshToken
    std::optional<QDateTime> accessExpiresAt;
    std::optional<QDateTime> refreshExpiresAt;
    std::optional<QDateTime> delegationNotAfter;
    QUrl refreshUrl; // refreshUrl, else relayauthUrl + /v1/tokens/refresh
    QStringList scopes; // scopes + relayfileScopes
    QString agentName;
};

Result<DelegatedBundle> readBundle(const QJsonObject &object, const QStringList &requestedScopes);
Secret encodeBundle(const DelegatedBundle &bundle); // for the vault
Result<DelegatedBundle> decodeBundle(const Secret &value);

// Claims of a JWT without checking its signature, behind an optional relay_xx_ prefix. Empty when it is none.
QJsonObject unverifiedClaims(const Secret &token);
// Refresh when exp - now <= max(5 min, 10 % of the lifetime), by the claims or else by accessExpiresAt.
bool bundleNeedsRefresh(const DelegatedBundle &bundle, const QDateTime &now);

} // namespace Postroom
