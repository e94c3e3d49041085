// The secret part of an account as it lies in the vault: compact JSON `{v, gen, epoch, at, rt, rt0, cs, rat, exp, obt,
// scope}`.
#pragma once

#include "core/base/secret.h"
#include "core/oauth/tokens.h"

#include <QUrl>

namespace Postroom
{

struct Credential {
    quint64 generation = 0;
    quint64 grantEpoch = 0;
    Secret accessToken;
    Secret refreshToken;
    // Another one of the same grant, kept while it is not known which of the two works: an answer without an access
    // token had brought the newer one.
    Secret olderRefreshToken;
    Secret clientSecret;
    Secret registrationAccessToken; // RFC 7592: to renew or remove the client's registration
    QUrl registrationClientUri; // the same
    QDateTime clientSecretExpiresAt; // invalid: does not end
    bool expiryAssumed = false; // the server did not say how long the access token lives
    QDateTime obtainedAt;
    QDateTime expiresAt; // invalid: unknown (a pasted token without an expiry)
    QStringList scopes;
    QString apiUrl;
};

Secret encodeCredential(const Credential &credential);
Result<Credential> decodeCredential(const Secret &value); // origin storage, class store, code "corrupt"

} // namespace Postroom
