// The secret part of an account as it lies in the vault: compact JSON `{v, gen, epoch, at, rt, exp, obt, scope}`.
#pragma once

#include "core/base/secret.h"
#include "core/oauth/tokens.h"

namespace Postroom
{

struct Credential {
    quint64 generation = 0;
    quint64 grantEpoch = 0;
    Secret accessToken;
    Secret refreshToken;
    Secret clientSecret;
    QDateTime obtainedAt;
    QDateTime expiresAt; // invalid: unknown (a pasted token without an expiry)
    QStringList scopes;
    QString apiUrl;
};

Secret encodeCredential(const Credential &credential);
Result<Credential> decodeCredential(const Secret &value); // origin storage, class store, code "corrupt"

} // namespace Postroom
