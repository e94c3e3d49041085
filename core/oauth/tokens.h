// What a token endpoint said, as values (RFC 6749 §5).
#pragma once

#include "core/base/error.h"
#include "core/base/secret.h"

#include <QDateTime>
#include <QString>
#include <QStringList>
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
};

} // namespace Postroom
