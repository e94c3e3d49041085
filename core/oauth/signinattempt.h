// What the steps of one sign-in share. Private to the oauth room.
#pragma once

#include "core/oauth/discovery.h"
#include "core/oauth/signin.h"

namespace Postroom
{

struct SignInFlows::Attempt {
    ProviderProfile profile;
    QStringList scopes;
    Secret clientSecret;
    ProgressCallback callback;
    std::stop_token stop;
    QDateTime deadline;
    SignInProgress progress;
    bool issExpected = false; // RFC 9207

    void tell(SignInPhase phase)
    {
        progress.phase = phase;
        if (callback)
            callback(progress);
    }
    QStringList scopesToAsk() const { return scopes.isEmpty() ? profile.defaultScopes : scopes; }
    TokenDialect dialect() const
    {
        return profile.kind == ProviderKind::RelayfileCloud ? TokenDialect::RelayfileCloud : TokenDialect::OAuth;
    }
};

// An error of our own, of class Config unless said otherwise.
Failure failSignIn(const char *code, const QString &message, ErrorClass kind = ErrorClass::Config);
Failure failSignInTimeout();
Failure failSignInCancelled();
// 32 random bytes from the system, base64url: a state of 43 characters.
QByteArray randomState();

} // namespace Postroom
