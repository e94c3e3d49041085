// Who signed in, as the server tells it: OpenID id tokens and userinfo, and the cloud's whoami.
#pragma once

#include "core/oauth/profile.h"

#include <QJsonObject>
#include <optional>

namespace Postroom
{

struct Identity {
    QString subject; // the server's own stable name for the person
    QString displayName; // e-mail address, else a name; one line, for people
};

// The claims of an id token that came straight from the token endpoint over TLS, where OpenID Connect Core §3.1.3.7
// asks for no signature check. Nothing when it is not a JWT, when its issuer is not `issuer` or when it is for another
// client; an empty issuer or client cannot be compared and is not.
std::optional<Identity> readIdToken(const QString &token, const QUrl &issuer, const QString &clientId);

// From userinfo (sub, email, name…), GitHub-like user documents (id, login) and the cloud's whoami (userId).
std::optional<Identity> readIdentity(const QJsonObject &claims);

// Issuers are compared as they are written, but for a slash at the end.
bool isSameIssuer(const QString &a, const QUrl &b);

} // namespace Postroom
