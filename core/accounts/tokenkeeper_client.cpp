// The part of TokenKeeper that looks after what a refresh relies on: the OAuth client, where it was registered by us
// (RFC 7591, RFC 7592), the addresses of the server, and the end of grants (RFC 7009).
#include "core/accounts/tokenkeeper.h"

#include "core/base/log.h"
#include "core/oauth/clientregistration.h"
#include "core/oauth/discovery.h"

namespace Postroom
{

std::optional<ClientRegistration> TokenKeeper::registration() const
{
    const AccountRecord *mine = record();
    if (!mine || !mine->clientRegistered || !m_credential)
        return std::nullopt;
    ClientRegistration known;
    known.clientId = mine->clientId;
    known.clientSecret = m_credential->clientSecret;
    known.secretExpiresAt = m_credential->clientSecretExpiresAt;
    known.registrationAccessToken = m_credential->registrationAccessToken;
    known.registrationClientUri = m_credential->registrationClientUri;
    known.auth = clientAuthFromString(mine->clientAuth).value_or(ClientAuth::None);
    return known;
}

void TokenKeeper::keepRegistration(const ClientRegistration &registration)
{
    apply(On::ClientChanged{});
    m_credential->generation = m_state.memory.generation;
    m_credential->clientSecret = registration.clientSecret;
    m_credential->clientSecretExpiresAt = registration.secretExpiresAt;
    m_credential->registrationAccessToken = registration.registrationAccessToken;
    m_credential->registrationClientUri = registration.registrationClientUri;
}

// A secret that ends within a day is exchanged before it is needed. True: there is one that works.
QCoro::Task<bool> TokenKeeper::renewClientSecret()
{
    const auto known = registration();
    const QDateTime now = m_parts.clock->now();
    if (!known || !known->needsRenewal(now))
        co_return true;
    if (!known->canBeManaged())
        co_return !known->isExpired(now);
    const quint64 epoch = m_state.memory.grantEpoch;
    const auto latest = std::make_shared<ClientRegistration>(*known);
    ClientRegistrar registrar(m_parts.http, m_parts.clock);
    auto renewed = co_await registrar.renew(*known, latest);
    if (!isCurrent(epoch) || !m_credential)
        co_return false;
    // Also where it failed half way: the server may have given out new secrets, and the old ones are void then.
    keepRegistration(renewed ? *renewed : *latest);
    auto saved = co_await save();
    Q_UNUSED(saved)
    if (!renewed)
        qCInfo(logAccounts) << "the client's secret of account" << m_id.text()
                            << "could not be renewed:" << renewed.error().code;
    co_return renewed.has_value() || !latest->isExpired(m_parts.clock->now());
}

// The server refused the client. With another secret the grant may go on; where the server has forgotten the client,
// its grants are gone with it, and the next sign-in registers a new one.
QCoro::Task<void> TokenKeeper::runRepair(std::shared_ptr<TokenKeeper> self)
{
    Q_UNUSED(self)
    const auto known = registration();
    const quint64 epoch = m_state.memory.grantEpoch;
    if (!known)
        co_return;
    if (!known->canBeManaged()) {
        apply(On::ClientRepaired{true, true, false});
        co_return;
    }
    const auto latest = std::make_shared<ClientRegistration>(*known);
    ClientRegistrar registrar(m_parts.http, m_parts.clock);
    auto renewed = co_await registrar.renew(*known, latest);
    if (!isCurrent(epoch) || !m_credential)
        co_return;
    if (renewed) {
        keepRegistration(*renewed);
        auto saved = co_await save();
        Q_UNUSED(saved)
        if (isCurrent(epoch))
            apply(On::ClientRepaired{true, false, false});
        co_return;
    }
    // The server may have given out new secrets before it failed, and the old ones are void then.
    keepRegistration(*latest);
    auto saved = co_await save();
    Q_UNUSED(saved)
    if (!isCurrent(epoch))
        co_return;
    const bool lost = renewed.error().kind == ErrorClass::Client || renewed.error().kind == ErrorClass::Policy;
    apply(On::ClientRepaired{lost, lost, renewed.error().isTransient()});
}

void TokenKeeper::dropRegistration()
{
    const auto known = registration();
    if (known && known->canBeManaged())
        m_parts.scope->spawn(removeRegistration(shared_from_this(), *known));
}

QCoro::Task<void> TokenKeeper::removeRegistration(std::shared_ptr<TokenKeeper> self, ClientRegistration registration)
{
    Q_UNUSED(self)
    ClientRegistrar registrar(m_parts.http, m_parts.clock);
    auto removed = co_await registrar.remove(registration);
    if (!removed)
        qCInfo(logAccounts) << "a client of account" << m_id.text() << "could not be removed:" << removed.error().code;
}

// The server no longer answers at the address that it had told: asked once where it is now. A refresh token never goes
// to another host without a new sign-in.
QCoro::Task<void> TokenKeeper::runRediscovery(std::shared_ptr<TokenKeeper> self)
{
    Q_UNUSED(self)
    const quint64 epoch = m_state.memory.grantEpoch;
    ProviderProfile asked = profileFor(*record());
    const QUrl old = asked.endpoints.token;
    asked.endpoints = {};
    auto completed = co_await m_parts.flows->complete(asked, true);
    if (!isCurrent(epoch))
        co_return;
    const QUrl found = completed ? completed->endpoints.token : QUrl();
    const bool changed = !found.isEmpty() && found != old && isSameOrigin(found, old);
    if (changed) {
        record()->tokenEndpoint = found;
        if (!completed->endpoints.revocation.isEmpty())
            record()->revocationEndpoint = completed->endpoints.revocation;
        m_parts.saveRoster();
    } else if (!completed && completed.error().isTransient()) {
        co_return; // nobody could be asked: the next try is planned already
    }
    apply(On::Rediscovered{changed});
}

void TokenKeeper::spawnRevoke(const AccountRecord &mine, const Credential &credential)
{
    // A token that a person pasted was not granted to us, and is not ours to end.
    if (mine.kind != QLatin1String("relayfile-server"))
        m_parts.scope->spawn(
            revoke(profileFor(mine), credential.refreshToken, credential.clientSecret, credential.accessToken));
}

QCoro::Task<void> TokenKeeper::revoke(
    ProviderProfile profile, Secret refreshToken, Secret clientSecret, Secret accessToken)
{
    const auto self = shared_from_this();
    auto revoked
        = co_await m_parts.endpoint->revoke(profile, dialectFor(profile), refreshToken, clientSecret, accessToken);
    if (!revoked)
        qCInfo(logAccounts) << "the grant of account" << m_id.text() << "could not be revoked:" << revoked.error().code;
}

} // namespace Postroom
