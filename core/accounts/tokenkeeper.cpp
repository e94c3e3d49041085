#include "core/accounts/tokenkeeper.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

Failure failUnknown()
{
    return failInput(QStringLiteral("unknown-account"), tr("This account does not exist."));
}

} // namespace

TokenKeeper::TokenKeeper(KeeperParts parts, AccountId id) : m_parts(std::move(parts)), m_id(std::move(id))
{
    if (const AccountRecord *mine = record()) {
        m_state.memory = *mine;
        m_state.storage = mine->sessionOnly ? StorageState::Session : StorageState::Saved;
        const auto known = m_parts.profiles->find(mine->providerId);
        m_providerName = known ? known->name : mine->providerId;
        m_lead = known ? known->refreshLead : std::nullopt;
        m_skew = known ? known->handOutSkew : std::nullopt;
    }
}

QString TokenKeeper::file(const char *suffix) const
{
    return m_parts.locks + QLatin1Char('/') + m_id.text() + QLatin1String(suffix);
}

QString TokenKeeper::vaultKey() const
{
    const AccountRecord *mine = record();
    return mine ? vaultKeyFor(*mine) : QString();
}

HealthContext TokenKeeper::context() const
{
    HealthContext context;
    context.now = m_parts.clock->now();
    context.random = m_parts.random();
    if (m_parts.numbers)
        context.numbers = m_parts.numbers();
    context.lead = m_lead;
    context.skew = m_skew;
    if (const AccountRecord *mine = record()) {
        context.label = mine->label;
        context.ownService = mine->server.host();
        context.canRepairClient = mine->clientRegistered;
        context.onThisComputer = isLoopbackLiteral(mine->tokenEndpoint.isEmpty() ? mine->server : mine->tokenEndpoint);
    }
    return context;
}

HealthStep TokenKeeper::apply(const HealthEvent &event)
{
    return apply(event, SkipNothing);
}

HealthStep TokenKeeper::apply(const HealthEvent &event, int skip)
{
    HealthStep step = Postroom::step(m_state, event, context());
    // Thousands may ask while one refresh is under way, and most of them change nothing.
    if (step.effects.isEmpty() && step.state == m_state && !std::holds_alternative<On::Tick>(event))
        return step;
    m_state = step.state;
    if (!m_state.token)
        m_credential.reset();
    AccountRecord *mine = record();
    if (mine && !m_state.removed) {
        HealthMemory &kept = *mine;
        if (!(kept == m_state.memory)) {
            kept = m_state.memory;
            m_parts.saveRoster();
        }
    }
    if (std::holds_alternative<On::SignedIn>(event))
        m_published.reset(); // news even where everything looks as before: it is another grant
    perform(step.effects, skip);
    arm();
    publish();
    return step;
}

void TokenKeeper::perform(const QList<HealthEffect> &effects, int skip)
{
    for (const HealthEffect effect : effects) {
        switch (effect) {
        case HealthEffect::Load:
            m_loadFlight = std::make_shared<Flight>();
            m_parts.scope->spawn(runLoad(shared_from_this(), m_loadFlight));
            break;
        case HealthEffect::Refresh:
            if ((skip & SkipRefresh) == 0) {
                m_flight = std::make_shared<Flight>();
                m_parts.scope->spawn(runRefresh(shared_from_this(), m_flight));
            }
            break;
        case HealthEffect::Save:
            if ((skip & SkipSave) == 0)
                m_parts.scope->spawn(runSave(shared_from_this()));
            break;
        case HealthEffect::Rediscover:
            m_parts.scope->spawn(runRediscovery(shared_from_this()));
            break;
        case HealthEffect::DropConnections:
            m_parts.http->forgetConnections();
            break;
        case HealthEffect::RepairClient:
            m_parts.scope->spawn(runRepair(shared_from_this()));
            break;
        }
    }
}

void TokenKeeper::arm()
{
    m_alarm.reset();
    const auto due = nextWake(m_state, context());
    if (!due)
        return;
    const auto weak = weak_from_this();
    m_alarm = m_parts.clock->at(*due, [weak] {
        if (const auto self = weak.lock())
            self->apply(On::Tick{});
    });
}

AccountStatus TokenKeeper::status() const
{
    AccountStatus status;
    const AccountRecord *mine = record();
    status.id = m_id;
    if (!mine)
        return status;
    const HealthMemory &memory = m_state.memory;
    const HealthContext facts = context();
    status.providerId = mine->providerId;
    status.providerName = m_providerName;
    const QUrl host = mine->server.isEmpty() ? mine->tokenEndpoint : mine->server;
    status.host = host.host();
    status.label = mine->label;
    status.subject = mine->displayName.isEmpty() ? mine->subject : mine->displayName;
    status.enabled = memory.enabled;
    status.state = shownState(m_state);
    status.reason = shownReason(m_state);
    status.since = status.state == AccountState::StorageLocked ? m_state.readProblemAt : memory.since;
    status.scopes = m_state.token && !m_state.token->scopes.isEmpty() ? m_state.token->scopes : memory.scopes;
    status.missingScopes = missingScopes(m_state);
    status.storage = m_state.storage;
    status.lastError = memory.lastError;
    status.confirmed = memory.confirmed;
    status.expiryAssumed = memory.expiryAssumed;
    status.stepUp = memory.stepUp;
    if (memory.stepUpMaxAge > 0)
        status.stepUpMaxAge = std::chrono::seconds(memory.stepUpMaxAge);
    status.seenSubject = memory.seenSubject;
    // What ends within a day of its beginning is a session that slides, as long as nobody proves otherwise.
    constexpr qint64 shortest = 24 * 3600;
    const bool isEnd = memory.signInEndsAt.isValid() && !memory.endSlides
        && (!memory.grantedAt.isValid() || memory.grantedAt.secsTo(memory.signInEndsAt) > shortest);
    if (isEnd)
        status.signInEndsAt = memory.signInEndsAt;
    status.badge = badgeFor(m_state, facts);
    const bool covered = status.state == AccountState::StorageLocked || status.state == AccountState::Disabled;
    if (memory.nextAt.isValid() && memory.signedIn && !covered
        && (isWaitingState(memory.state) || needsSomebody(memory.state)))
        status.nextAt = memory.nextAt;
    if (m_state.token) {
        if (m_state.token->expiresAt.isValid() && isUsable(m_state, facts))
            status.usableUntil = m_state.token->expiresAt;
    } else if (memory.signedIn && !m_state.readProblem && memory.usableUntil > facts.now) {
        status.usableUntil = memory.usableUntil; // before the vault was asked: what was known last
    }
    return status;
}

void TokenKeeper::publish()
{
    if (m_state.removed || !record())
        return;
    const AccountStatus now = status();
    if (m_published && *m_published == now)
        return;
    m_published = now;
    m_parts.changed(now);
}

void TokenKeeper::retire()
{
    m_state.removed = true;
    m_alarm.reset();
}

// --- the credential at hand

TokenFacts TokenKeeper::factsOf(const Credential &credential)
{
    TokenFacts facts;
    if (!credential.accessToken.isEmpty())
        facts.accessFingerprint = credential.accessToken.fingerprint();
    if (!credential.refreshToken.isEmpty())
        facts.refreshFingerprint = credential.refreshToken.fingerprint();
    facts.obtainedAt = credential.obtainedAt;
    facts.expiresAt = credential.expiresAt;
    facts.scopes = credential.scopes;
    facts.expiryAssumed = credential.expiryAssumed;
    return facts;
}

// A server that calls its token over at once would be asked without end; such a token is used for a minute, and a
// refusal says soon enough that it is worth nothing. True where that was needed.
bool TokenKeeper::makeUsable(Credential *credential)
{
    constexpr qint64 shortest = 75;
    const bool over = credential->expiresAt.isValid() && credential->obtainedAt.isValid()
        && !credential->refreshToken.isEmpty() && credential->expiresAt <= credential->obtainedAt;
    if (over)
        credential->expiresAt = credential->obtainedAt.addSecs(shortest);
    return over;
}

AccessToken TokenKeeper::handOut() const
{
    AccessToken token;
    token.value = m_credential->accessToken;
    token.expiresAt = m_credential->expiresAt;
    token.fingerprint = m_state.token->accessFingerprint;
    token.scopes = m_credential->scopes;
    token.apiUrl = m_credential->apiUrl;
    return token;
}

bool TokenKeeper::isCurrent(quint64 epoch) const
{
    return m_state.memory.signedIn && m_state.memory.grantEpoch == epoch && record();
}

// --- handing out

QCoro::Task<Result<AccessToken>> TokenKeeper::token(std::chrono::seconds minValidity, std::stop_token stop)
{
    const auto self = shared_from_this();
    std::optional<Error> refreshError;
    for (int round = 0; round < 4; ++round) {
        if (!record())
            co_return failUnknown();
        if (refreshError) {
            // A failure may have left something that works: a short-lived answer, for one.
            if (m_credential && lasts(m_state, context().now, minValidity) && isUsable(m_state, context()))
                co_return handOut();
            co_return Failure(*refreshError);
        }
        const HealthStep step = apply(On::Demand{minValidity});
        if (step.answer == HealthAnswer::HandOut && m_credential)
            co_return handOut();
        if (step.answer == HealthAnswer::Refuse)
            co_return Failure(*step.error);
        const bool loading = step.answer == HealthAnswer::JoinLoad;
        const auto flight = loading ? m_loadFlight : m_flight;
        if (!flight)
            break;
        auto outcome = co_await Flight::join(flight, stop);
        if (stop.stop_requested())
            co_return failCancelled();
        // An answer for an older sign-in says nothing about the present one: look again.
        if (!loading && !outcome && outcome.error().kind != ErrorClass::Superseded)
            refreshError = outcome.error();
    }
    if (record() && m_credential && isUsable(m_state, context()))
        co_return handOut();
    co_return Failure(stateError(m_state, context()));
}

QCoro::Task<Result<AccessToken>> TokenKeeper::rejected(On::Rejected refusal, std::stop_token stop)
{
    const auto self = shared_from_this();
    if (!record())
        co_return failUnknown();
    const QString fingerprint = refusal.fingerprint;
    const HealthStep step = apply(refusal);
    if (step.answer == HealthAnswer::HandOut && m_credential)
        co_return handOut();
    if (step.answer == HealthAnswer::Refuse)
        co_return Failure(*step.error);
    if (step.answer == HealthAnswer::JoinLoad) {
        auto current = co_await token(std::chrono::seconds(0), stop);
        co_return current;
    }
    const auto flight = m_flight;
    Result<void> outcome;
    if (flight) {
        auto joined = co_await Flight::join(flight, stop);
        outcome = joined;
    }
    if (stop.stop_requested())
        co_return failCancelled();
    if (m_credential && m_state.token && m_state.token->accessFingerprint != fingerprint
        && isUsable(m_state, context()))
        co_return handOut();
    if (!outcome)
        co_return Failure(outcome.error());
    co_return Failure(stateError(m_state, context()));
}

QCoro::Task<Result<void>> TokenKeeper::refreshNow()
{
    const auto self = shared_from_this();
    for (int round = 0; round < 2; ++round) {
        if (!record())
            co_return failUnknown();
        const HealthStep step = apply(On::PersonRefresh{});
        if (step.answer == HealthAnswer::HandOut)
            co_return Result<void>();
        if (step.answer == HealthAnswer::Refuse)
            co_return Failure(*step.error);
        const bool loading = step.answer == HealthAnswer::JoinLoad;
        const auto flight = loading ? m_loadFlight : m_flight;
        if (!flight)
            break;
        auto outcome = co_await Flight::join(flight);
        if (!loading)
            co_return outcome;
        if (m_state.token || !record())
            continue;
        // It could not be read: the reason is in the state by now.
        const HealthStep told = apply(On::Demand{});
        if (told.answer == HealthAnswer::Refuse)
            co_return Failure(*told.error);
    }
    co_return Failure(stateError(m_state, context()));
}

} // namespace Postroom
