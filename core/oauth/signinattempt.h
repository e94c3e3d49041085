// What the steps of one sign-in share. Private to the oauth room.
#pragma once

#include "core/oauth/discovery.h"
#include "core/oauth/signin.h"

namespace Postroom
{

struct SignInFlows::Attempt {
    ProviderProfile profile;
    SignInWishes wishes;
    Secret clientSecret;
    ProgressCallback callback;
    std::stop_token stop;
    QDateTime deadline;
    SignInProgress progress;
    bool issExpected = false; // RFC 9207
    bool askAgain = false; // do not believe what is remembered
    bool documentRefused = false; // the client id metadata document
    bool overslept = false; // the computer slept while the code was waiting for somebody
    std::function<void()> extend; // while the browser is waited for: gives more time
    std::optional<ServerMetadata> metadata;
    std::optional<ClientRegistration> registration; // made or found for this sign-in

    void tell(SignInPhase phase)
    {
        progress.phase = phase;
        if (callback)
            callback(progress);
    }
    QStringList scopesToAsk() const { return wishes.scopes.isEmpty() ? profile.defaultScopes : wishes.scopes; }
    // Whether the client id may come from the server.
    bool findsClient() const
    {
        return profile.clientId.isEmpty() && (profile.kind == ProviderKind::Mcp || !profile.clientMetadata.isEmpty());
    }
    void use(const ClientRegistration &client)
    {
        registration = client;
        profile.clientId = client.clientId;
        profile.clientAuth = client.auth;
        clientSecret = client.clientSecret;
    }
    void forgetClient()
    {
        registration.reset();
        profile.clientId.clear();
        profile.clientAuth = ClientAuth::None;
        clientSecret = Secret();
    }
    // With what later refreshes need.
    TokenSet told(TokenSet tokens) const
    {
        tokens.authorizationServer = profile.tokenIssuer();
        tokens.tokenEndpoint = profile.endpoints.token;
        tokens.revocationEndpoint = profile.endpoints.revocation;
        tokens.registrationEndpoint = profile.endpoints.registration;
        tokens.resource = profile.resource;
        tokens.registration = registration;
        return tokens;
    }
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
