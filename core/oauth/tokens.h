// What a token endpoint said, as values (RFC 6749 §5).
#pragma once

#include "core/base/error.h"
#include "core/base/secret.h"
#include "core/oauth/clientregistration.h"

#include <QDateTime>
#include <QString>
#include <QStringList>
#include <QUrl>
#include <optional>

namespace Postroom
{

// A usable answer. Times are UTC.
struct TokenSet {
    Secret accessToken;
    Secret refreshToken; // empty: the old one stays valid
    QDateTime obtainedAt;
    QDateTime expiresAt;
    bool expiryAssumed = false; // the server did not say; an hour was assumed
    std::optional<QDateTime> refreshExpiresAt;
    std::optional<QStringList> scopes; // nothing: unchanged (RFC 6749 §5.1)
    QString subject; // who signed in, from the id token, userinfo or whoami; may be empty
    QString displayName; // e-mail or name for people
    QString apiUrl; // relayfile-cloud: the API base that the server wants us to use

    // After a sign-in alone: what later refreshes need besides the token, so that they depend on no discovery.
    QUrl authorizationServer; // the issuer that answers for the tokens; empty where it is not known
    QUrl tokenEndpoint;
    QUrl revocationEndpoint;
    QUrl registrationEndpoint;
    QString resource; // RFC 8707, as it was sent
    std::optional<ClientRegistration> registration; // the client that the refresh token is bound to, if it was made
};

} // namespace Postroom
