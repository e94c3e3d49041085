// What a sign-in has to learn before it can start: where the server's endpoints are, and as whom to ask there.
#include "core/base/log.h"
#include "core/oauth/discoveryparts.h"
#include "core/oauth/metadatacache.h"
#include "core/oauth/signinattempt.h"

#include <QCoreApplication>
#include <array>

namespace Postroom
{
namespace
{

using L = QLatin1String;

void fillEndpoints(ProviderEndpoints *own, const ProviderEndpoints &found)
{
    static constexpr std::array<QUrl ProviderEndpoints::*, 6> members{&ProviderEndpoints::authorization,
        &ProviderEndpoints::token, &ProviderEndpoints::deviceAuthorization, &ProviderEndpoints::revocation,
        &ProviderEndpoints::userinfo, &ProviderEndpoints::registration};
    for (const auto member : members) {
        if ((own->*member).isEmpty())
            own->*member = found.*member;
    }
}

QStringList onlyKnown(const QStringList &scopes, const QStringList &known)
{
    QStringList kept;
    for (const QString &scope : scopes) {
        if (known.contains(scope))
            kept.append(scope);
    }
    return kept;
}

// RFC 7636 is what protects a client without a secret.
Failure failWithoutS256(const QString &host)
{
    Failure told = failSignIn("no-s256",
        QCoreApplication::translate("Postroom", "%1 does not protect the sign-in of apps that register themselves.")
            .arg(host));
    told.value().origin = Origin::Registration;
    told.value().next = QCoreApplication::translate("Postroom", "Enter a client ID.");
    return told;
}

} // namespace

QCoro::Task<Result<ProviderProfile>> SignInFlows::complete(ProviderProfile profile, bool askAgain)
{
    auto attempt = std::make_shared<Attempt>();
    attempt->profile = std::move(profile);
    attempt->askAgain = askAgain;
    auto completed = co_await completeAttempt(attempt);
    if (!completed)
        co_return Failure(completed.error());
    co_return std::move(attempt->profile);
}

QCoro::Task<Result<ServerMetadata>> SignInFlows::describeServer(AttemptPtr attempt, QUrl issuer)
{
    // Where what is remembered did not work, nobody who could be asked is no answer either.
    auto metadata = co_await discover(m_http, m_cache, issuer, attempt->stop, attempt->askAgain);
    co_return metadata;
}

QCoro::Task<Result<void>> SignInFlows::completeAttempt(AttemptPtr attempt)
{
    ProviderProfile &profile = attempt->profile;
    ProviderEndpoints &own = profile.endpoints;
    const bool relay = profile.kind == ProviderKind::RelayfileCloud || profile.kind == ProviderKind::RelayfileServer;
    const bool enough = !own.token.isEmpty() && !own.authorization.isEmpty() && !own.deviceAuthorization.isEmpty()
        && !own.revocation.isEmpty() && !own.userinfo.isEmpty() && !attempt->findsClient();
    if (relay || enough || profile.issuer.isEmpty())
        co_return Result<void>();
    if (profile.kind == ProviderKind::Mcp) {
        auto completed = co_await completeMcp(attempt);
        co_return completed;
    }
    auto metadata = co_await describeServer(attempt, profile.issuer);
    if (!metadata) {
        // A profile that names what a sign-in needs does not depend on the document.
        if (!own.token.isEmpty() && (!own.authorization.isEmpty() || !own.deviceAuthorization.isEmpty()))
            co_return Result<void>();
        co_return Failure(metadata.error());
    }
    profile.issuer = metadata->issuer;
    attempt->metadata = *metadata;
    attempt->issExpected = metadata->issInResponse;
    fillEndpoints(&own, metadata->endpoints);
    if (!metadata->scopesSupported.isEmpty())
        profile.defaultScopes = onlyKnown(profile.defaultScopes, metadata->scopesSupported);
    co_return Result<void>();
}

// The server's address leads to its metadata, this to the authorization server's. A server without such a document is
// taken for its own authorization server, as it was usual before RFC 9728.
QCoro::Task<Result<void>> SignInFlows::completeMcp(AttemptPtr attempt)
{
    ProviderProfile &profile = attempt->profile;
    const QUrl server = profile.issuer;
    auto challenge = co_await askResource(m_http, server, attempt->stop);
    // Where nobody answers, what is remembered has to do.
    const QUrl named = challenge ? challenge->metadata : QUrl();
    auto resource = co_await discoverResource(m_http, m_cache, server, named, attempt->stop, attempt->askAgain);
    if (!resource && attempt->askAgain && resource.error().isTransient())
        co_return Failure(resource.error());
    QList<QUrl> issuers;
    QStringList scopes = challenge ? challenge->scopes : QStringList();
    QString name = canonicalResource(server);
    if (resource) {
        issuers = resource->authorizationServers;
        name = resource->resource;
        if (scopes.isEmpty())
            scopes = resource->scopesSupported;
    } else if (resource.error().code == L("no-discovery") && named.isEmpty()) {
        issuers = {originOf(server)};
    } else {
        co_return Failure(resource.error());
    }

    Result<ServerMetadata> metadata;
    for (const QUrl &issuer : std::as_const(issuers)) {
        auto described = co_await describeServer(attempt, issuer);
        metadata = std::move(described);
        if (metadata || attempt->stop.stop_requested())
            break;
    }
    if (!metadata)
        co_return Failure(metadata.error());
    attempt->metadata = *metadata;
    attempt->issExpected = metadata->issInResponse;
    profile.authorizationServer = metadata->issuer;
    if (profile.resource.isEmpty())
        profile.resource = name;
    fillEndpoints(&profile.endpoints, metadata->endpoints);
    if (profile.defaultScopes.isEmpty()) {
        // Many servers give out a refresh token only for this one.
        const QString lasting = QStringLiteral("offline_access");
        if (!scopes.isEmpty() && metadata->scopesSupported.contains(lasting) && !scopes.contains(lasting))
            scopes.append(lasting);
        profile.defaultScopes = scopes;
    }
    co_return Result<void>();
}

QCoro::Task<Result<void>> SignInFlows::obtainClient(AttemptPtr attempt, QUrl redirect)
{
    ProviderProfile &profile = attempt->profile;
    if (!attempt->findsClient())
        co_return Result<void>();
    const QString host = hostForPeople(profile.endpoints.token);
    const bool takesDocuments = attempt->metadata && attempt->metadata->clientMetadataDocuments;
    if (!attempt->documentRefused && !profile.clientMetadata.isEmpty() && takesDocuments) {
        if (!attempt->metadata->offersS256())
            co_return failWithoutS256(host);
        ClientRegistration document;
        document.clientId = profile.clientMetadata.toString(QUrl::FullyEncoded);
        document.metadataDocument = true;
        attempt->use(document);
        co_return Result<void>();
    }
    auto registered = co_await registerClient(attempt, redirect);
    co_return registered;
}

QCoro::Task<Result<void>> SignInFlows::registerClient(AttemptPtr attempt, QUrl redirect)
{
    const ProviderProfile &profile = attempt->profile;
    const QUrl endpoint = profile.endpoints.registration;
    const QString host = hostForPeople(profile.endpoints.token);
    const QUrl speaker = attempt->metadata ? attempt->metadata->issuer : profile.endpoints.token;
    if (endpoint.isEmpty() || !mayName(speaker, endpoint)) {
        Failure told = failSignIn("no-registration",
            QCoreApplication::translate("Postroom", "%1 does not accept new apps by itself.").arg(host));
        told.value().origin = Origin::Registration;
        told.value().next = QCoreApplication::translate("Postroom", "Enter a client ID.");
        co_return told;
    }
    const auto auth = preferredAuth(attempt->metadata ? attempt->metadata->tokenEndpointAuthMethods : QStringList());
    // Without a secret only PKCE ties the answer to who asked.
    if (auth.value_or(ClientAuth::None) == ClientAuth::None && !(attempt->metadata && attempt->metadata->offersS256()))
        co_return failWithoutS256(host);
    ClientWishes wishes;
    wishes.redirect = redirect;
    wishes.device = redirect.isEmpty();
    // An incomplete list would bind us, and strict servers refuse what is only known to the service behind them.
    const QStringList scopes = attempt->scopesToAsk();
    if (attempt->metadata && onlyKnown(scopes, attempt->metadata->scopesSupported) == scopes)
        wishes.scopes = scopes;
    wishes.auth = auth.value_or(ClientAuth::None);
    ClientRegistrar registrar(m_http, m_clock);
    auto client = co_await registrar.registerClient(endpoint, wishes, attempt->stop);
    if (!client)
        co_return Failure(client.error());
    attempt->use(*client);
    // What the server made of the wish counts.
    if (client->auth == ClientAuth::None && !(attempt->metadata && attempt->metadata->offersS256()))
        co_return failWithoutS256(host);
    co_return Result<void>();
}

QCoro::Task<void> SignInFlows::dropRegistration(AttemptPtr attempt)
{
    if (!attempt->registration)
        co_return;
    ClientRegistrar registrar(m_http, m_clock);
    auto removed = co_await registrar.remove(*attempt->registration);
    if (!removed)
        qCInfo(logOAuth) << "the registration for a sign-in that ended could not be removed:" << removed.error().code;
}

} // namespace Postroom
