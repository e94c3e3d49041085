// Client ids that a server gives out by itself (RFC 7591) and their upkeep (RFC 7592).
#pragma once

#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/http/httpclient.h"
#include "core/oauth/profile.h"

#include <QCoroTask>
#include <QJsonObject>
#include <memory>

namespace Postroom
{

// What one server knows us as. The two secrets belong into the keychain, the rest into the account's record. Refresh
// tokens are bound to it: after a new registration the old ones are of no use.
struct ClientRegistration {
    QString clientId;
    Secret clientSecret; // empty: a public client
    QDateTime secretExpiresAt; // UTC; invalid: it does not end
    Secret registrationAccessToken; // for registrationClientUri; empty where the server offers no upkeep
    QUrl registrationClientUri;
    ClientAuth auth = ClientAuth::None;
    bool metadataDocument = false; // clientId is the URL of a client id metadata document; nothing was registered

    bool canBeManaged() const { return !registrationAccessToken.isEmpty() && !registrationClientUri.isEmpty(); }
    bool isExpired(const QDateTime &now) const { return secretExpiresAt.isValid() && secretExpiresAt <= now; }
    // Within a day of its end.
    bool needsRenewal(const QDateTime &now) const
    {
        return secretExpiresAt.isValid() && now.secsTo(secretExpiresAt) < 24 * 3600;
    }
};

// What a registration asks for.
struct ClientWishes {
    QUrl redirect; // empty for the device flow
    bool device = false;
    QStringList scopes;
    ClientAuth auth = ClientAuth::None;
};

// How a client should identify itself at a server with these methods (RFC 8414 token_endpoint_auth_methods_supported;
// an empty list means Basic): Basic before post before none. Nothing where it knows none of them.
std::optional<ClientAuth> preferredAuth(const QStringList &methods);

// Every call is one request, without a second try: it would leave an orphan behind. Redirects are refused. Errors have
// origin Registration: "registration-refused" (Policy), "registration-lost" (Client: the server no longer knows it),
// "registration-moved", "registration-unusable", "redirected" (Config), "not-managed" (Input), a code of RFC 7591
// §3.2.2 (Config), or trouble of the server or the network. Stateless beyond its collaborators; the caller keeps them
// alive.
class ClientRegistrar
{
public:
    ClientRegistrar(HttpClient *http, Clock *clock);

    QCoro::Task<Result<ClientRegistration>> registerClient(
        QUrl endpoint, ClientWishes wishes, std::stop_token stop = {});
    // What the server knows now. A server may give out new secrets with the answer; the old ones are then void.
    QCoro::Task<Result<ClientRegistration>> read(ClientRegistration registration, std::stop_token stop = {});
    // Asks for another secret by writing what the server knows back to it. `latest`, where given, holds the newest
    // state even if the renewal fails half way, and has to be kept in any case.
    QCoro::Task<Result<ClientRegistration>> renew(
        ClientRegistration registration, std::shared_ptr<ClientRegistration> latest = {}, std::stop_token stop = {});
    // Best effort, 5 s. Success where it is gone already or nothing can be done.
    QCoro::Task<Result<void>> remove(ClientRegistration registration);

private:
    QCoro::Task<Result<QJsonObject>> ask(HttpRequest request, Secret sent, std::stop_token stop);

    HttpClient *m_http;
    Clock *m_clock;
};

// Pure, for tests and fuzzing. `endpoint` is who answered; `before` what was known, empty for a new one: its client id
// and the origin of its address have to stay.
Result<ClientRegistration> readRegistration(
    const QJsonObject &answer, const QUrl &endpoint, const ClientRegistration &before = {});

} // namespace Postroom
