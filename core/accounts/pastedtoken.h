// Who a token belongs to, asked where the sign-in itself did not say: pasted tokens.
#pragma once

#include "core/http/httpclient.h"
#include "core/oauth/profile.h"
#include "core/oauth/tokens.h"

#include <QCoroTask>

namespace Postroom
{

// Fills subject and displayName from the provider's userinfo endpoint or the cloud's whoami, as well as it can. What
// cannot be found out stays empty; this never spoils a sign-in.
QCoro::Task<TokenSet> withIdentity(HttpClient *http, ProviderProfile profile, TokenSet tokens);

// A relayfile-server token as it was pasted: expiry, scopes, workspace and agent out of its own claims. The subject is
// "<workspace>/<agent>", because the same agent of two workspaces is two accounts.
TokenSet readServerToken(const Secret &accessToken, const QDateTime &now);

} // namespace Postroom
