// The part of TokenKeeper that renews tokens: the order of one refresh, over all processes.
#include "core/accounts/tokenkeeper.h"

#include "core/accounts/rotationmarker.h"
#include "core/base/log.h"
#include "core/http/hostgate.h"

#include <QCoreApplication>
#include <QFile>

namespace Postroom
{
namespace
{

constexpr std::chrono::milliseconds lockPoll{100};
constexpr std::chrono::milliseconds lockPatience{10'000};

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

Error localTrouble(const QString &code, const QString &message, const QString &detail = {})
{
    Error error;
    error.origin = Origin::Local;
    error.kind = ErrorClass::Infra;
    error.code = code;
    error.message = message;
    error.detail = detail;
    return error;
}

Error busyElsewhere()
{
    return localTrouble(QStringLiteral("busy-elsewhere"), tr("Another program is renewing this sign-in."));
}

Failure failSuperseded()
{
    Error error = localTrouble(QStringLiteral("superseded"), tr("The sign-in has changed in the meantime."));
    error.kind = ErrorClass::Superseded;
    return Failure(error);
}

bool isNewer(const Credential &stored, quint64 epoch, quint64 generation)
{
    return stored.grantEpoch > epoch || (stored.grantEpoch == epoch && stored.generation > generation);
}

} // namespace

ProviderProfile TokenKeeper::profileFor(const AccountRecord &mine) const
{
    ProviderProfile profile = m_parts.profiles->find(mine.providerId).value_or(ProviderProfile());
    if (!mine.server.isEmpty() && mine.server != profile.issuer) {
        // The endpoints of the profile belong to its own issuer.
        profile.issuer = mine.server;
        profile.endpoints = {};
    }
    if (!mine.clientId.isEmpty())
        profile.clientId = mine.clientId;
    // Where the sign-in was made counts, also when the profile has changed since: its token goes nowhere else.
    if (!mine.tokenEndpoint.isEmpty())
        profile.endpoints.token = mine.tokenEndpoint;
    if (!mine.revocationEndpoint.isEmpty())
        profile.endpoints.revocation = mine.revocationEndpoint;
    if (!mine.registrationEndpoint.isEmpty())
        profile.endpoints.registration = mine.registrationEndpoint;
    if (!mine.resource.isEmpty())
        profile.resource = mine.resource;
    if (!mine.authorizationServer.isEmpty())
        profile.authorizationServer = mine.authorizationServer;
    profile.clientAuth = clientAuthFromString(mine.clientAuth).value_or(profile.clientAuth);
    profile.defaultScopes = mine.scopes;
    return profile;
}

ProviderProfile TokenKeeper::profile() const
{
    const AccountRecord *mine = record();
    return mine ? profileFor(*mine) : ProviderProfile();
}

TokenDialect TokenKeeper::dialectFor(const ProviderProfile &profile) const
{
    if (profile.kind == ProviderKind::RelayfileServer)
        return TokenDialect::RelayAuth; // of an imported bundle
    return profile.kind == ProviderKind::RelayfileCloud ? TokenDialect::RelayfileCloud : TokenDialect::OAuth;
}

QUrl TokenKeeper::endpointFor(const ProviderProfile &profile, const AccountRecord &mine) const
{
    if (profile.kind != ProviderKind::RelayfileCloud)
        return profile.endpoints.token;
    // The cloud may tell us to use another base than the one where the sign-in began.
    QUrl base(m_credential ? m_credential->apiUrl : QString(), QUrl::StrictMode);
    if (!isTrustworthyUrl(base))
        base = mine.server.isEmpty() ? profile.issuer : mine.server;
    return below(base, QStringLiteral("api/v1/auth/token/refresh"));
}

QCoro::Task<void> TokenKeeper::passed(RefreshStep step)
{
    if (m_parts.onStep)
        co_await m_parts.onStep(step);
}

// The last event of a round, and what the callers hear.
Result<void> TokenKeeper::end(const HealthEvent &event)
{
    apply(event, SkipRefresh | SkipSave);
    if (m_state.refreshing)
        return {}; // another round follows
    const AccountState state = m_state.memory.state;
    if (m_state.postponed) {
        VaultError problem;
        problem.problem = m_state.saveProblem.value_or(VaultProblem::Locked);
        return Failure(toError(problem));
    }
    if (state == AccountState::Fresh)
        return {};
    return Failure(stateError(m_state, context()));
}

Failure TokenKeeper::superseded()
{
    apply(On::RefreshEnded{}, SkipRefresh);
    return failSuperseded();
}

QCoro::Task<void> TokenKeeper::runRefresh(std::shared_ptr<TokenKeeper> self, std::shared_ptr<Flight> flight)
{
    Q_UNUSED(self)
    Result<void> outcome;
    do {
        auto round = co_await refreshOnce();
        outcome = round;
        // While the last round was being saved, somebody may have begun a refresh of their own.
    } while (m_state.refreshing && m_flight == flight && !m_state.removed);
    flight->finish(outcome);
    // What another process did meanwhile was left aside.
    peerChanged(m_parts.roster->countersOnDisk().value(m_id));
    // A tick that came due while the refresh ran.
    arm();
}

QCoro::Task<Result<std::shared_ptr<FileLock>>> TokenKeeper::acquireLock()
{
    const std::chrono::milliseconds begin = m_parts.clock->steady();
    for (;;) {
        auto lock = FileLock::tryAcquire(file(".lock"));
        if (!lock)
            co_return Failure(
                localTrouble(QStringLiteral("lock-unwritable"), lock.error().message, lock.error().detail));
        if (lock->isHeld())
            co_return std::make_shared<FileLock>(std::move(*lock));
        if (m_parts.clock->steady() - begin >= lockPatience)
            co_return std::shared_ptr<FileLock>();
        const bool awake = co_await sleepUnlessStopped(m_parts.clock, lockPoll, m_parts.scope->token());
        if (!awake)
            co_return failCancelled();
    }
}

// Reads the vault again under the lock. True: another process has already done the work.
QCoro::Task<Result<bool>> TokenKeeper::reread(quint64 epoch)
{
    if (m_state.memory.sessionOnly || m_state.unsaved)
        co_return false;
    auto value = co_await m_parts.vault->read(vaultKey());
    if (!isCurrent(epoch))
        co_return superseded();
    if (!value) {
        const quint64 onDisk = m_parts.roster->epochOnDisk(m_id).value_or(0);
        if (value.error().problem == VaultProblem::NotFound && onDisk > epoch) {
            // Signed out by another process.
            apply(On::SignedOut{QStringLiteral("signed-out-elsewhere"), onDisk}, SkipRefresh);
            co_return superseded();
        }
        co_return false;
    }
    const auto stored = decodeCredential(*value);
    if (!stored || !m_credential || !isNewer(*stored, m_credential->grantEpoch, m_credential->generation))
        co_return false;
    m_credential = *stored;
    const HealthContext now = context();
    // A person asked for a new one; everybody else is served by what has come.
    const bool serves = m_state.cause != RefreshCause::Person && !stored->accessToken.isEmpty()
        && (!stored->expiresAt.isValid()
            || now.now.msecsTo(stored->expiresAt) > std::chrono::milliseconds(std::chrono::seconds(60)).count());
    apply(On::Adopted{factsOf(*stored), stored->grantEpoch, stored->generation, serves}, SkipRefresh);
    co_return serves;
}

QCoro::Task<Result<void>> TokenKeeper::refreshOnce()
{
    if (!m_state.memory.signedIn || !m_credential)
        co_return superseded();
    const quint64 epochBefore = m_state.memory.grantEpoch;
    auto lock = co_await acquireLock();
    if (!isCurrent(epochBefore))
        co_return superseded();
    if (!lock && lock.error().kind == ErrorClass::Cancel) {
        apply(On::RefreshEnded{}, SkipRefresh);
        co_return Failure(lock.error());
    }
    if (!lock)
        co_return end(On::Failed{lock.error(), {}, false, true});
    co_await passed(RefreshStep::LockTaken);
    // Even where the lock was not to be had: whoever holds it may have finished the work.
    auto done = co_await reread(epochBefore);
    if (!done)
        co_return Failure(done.error());
    if (*done)
        co_return Result<void>();
    if (!*lock)
        co_return end(On::Failed{busyElsewhere(), {}, false, true});
    co_await passed(RefreshStep::Reread);

    const quint64 epoch = m_state.memory.grantEpoch;
    if (!canRefresh(m_state)) {
        // What another process left cannot be renewed.
        apply(On::RefreshEnded{}, SkipRefresh);
        co_return isUsable(m_state, context()) ? Result<void>() : Failure(stateError(m_state, context()));
    }
    // Where the vault's copy is worth nothing any more, only what is in memory counts.
    if (!m_state.memory.sessionOnly && !m_state.unsaved) {
        auto problem = co_await proveWritable();
        if (!isCurrent(epoch))
            co_return superseded();
        if (problem)
            co_return end(On::Postponed{*problem});
    }
    co_await passed(RefreshStep::ProvedWritable);
    auto outcome = co_await redeem(epoch);
    co_return outcome;
}

QCoro::Task<Result<void>> TokenKeeper::redeem(quint64 epoch)
{
    ProviderProfile profile = profileFor(*record());
    const TokenDialect dialect = dialectFor(profile);
    QUrl endpoint = endpointFor(profile, *record());
    if (endpoint.isEmpty()) {
        auto completed = co_await m_parts.flows->complete(profile);
        if (!isCurrent(epoch))
            co_return superseded();
        if (!completed) {
            // What discovery says is never a verdict about the grant.
            Error error = completed.error();
            if (!error.isTransient())
                error.kind = ErrorClass::Infra;
            co_return end(On::Failed{error, {}, false, true});
        }
        profile = *completed;
        endpoint = profile.endpoints.token;
        record()->tokenEndpoint = endpoint;
        record()->revocationEndpoint = profile.endpoints.revocation;
    }

    if (m_credential->clientSecretExpiresAt.isValid()) {
        auto ready = co_await renewClientSecret();
        Q_UNUSED(ready)
        if (!isCurrent(epoch))
            co_return superseded();
    }
    HostPass pass;
    if (m_parts.gate) {
        auto let = co_await m_parts.gate->enter(HostGate::hostOf(endpoint), m_parts.scope->token());
        if (!isCurrent(epoch))
            co_return superseded();
        if (!let && let.error().kind == ErrorClass::Cancel) {
            apply(On::RefreshEnded{}, SkipRefresh);
            co_return Failure(let.error());
        }
        if (!let) {
            // Others have found out that this host has trouble: nothing was sent, and one of them goes on asking.
            Error error = let.error();
            error.origin = Origin::Token;
            co_return end(On::Failed{error, {}, false, true});
        }
        pass = std::move(*let);
    }
    if (!m_state.memory.enabled) {
        // Switched off before anything was sent.
        apply(On::RefreshEnded{}, SkipRefresh);
        co_return failCancelled();
    }
    // Whoever had the marker may have saved what it had in memory while we stood at the door.
    if (readMarker(file(".rotation")) || m_parts.gate) {
        auto done = co_await reread(epoch);
        if (!done)
            co_return Failure(done.error());
        if (*done)
            co_return Result<void>();
    }
    const Secret refreshToken = m_credential->refreshToken;
    const Secret clientSecret = m_credential->clientSecret;
    if (refreshToken.isEmpty())
        co_return superseded();
    RotationMarker marker;
    marker.generation = m_credential->generation;
    marker.grantEpoch = epoch;
    marker.fingerprint = refreshToken.fingerprint();
    marker.startedAt = m_parts.clock->now();
    const auto before = readMarker(file(".rotation"));
    const bool sameToken
        = before && (before->fingerprint == marker.fingerprint || before->spent.contains(marker.fingerprint));
    if (sameToken && before->ownerLives())
        // It has the answer in its memory and only waits for its keychain; the token that we have is spent.
        co_return end(On::Failed{busyElsewhere(), {}, false, true});
    // What the vault holds is spent as long as nothing newer was saved there; others must not take it for good.
    if (m_state.unsaved && before && before->isOurs())
        marker.spent = before->spent + QStringList(before->fingerprint);
    if (const auto noted = writeMarker(file(".rotation"), marker); !noted)
        qCWarning(logAccounts) << "no note of the rotation could be written:" << noted.error().detail;
    co_await passed(RefreshStep::Marked);

    const auto aside = std::make_shared<TokenAside>();
    RefreshOptions options(endpoint);
    if (profile.sendScope && !m_state.memory.withoutScope)
        options.scopes = m_state.memory.scopes;
    if (m_parts.requestTimeout)
        options.deadline = m_parts.requestTimeout();
    options.stop = m_parts.sending;
    auto request = m_parts.endpoint->refresh(profile, dialect, options, refreshToken, clientSecret, aside);
    co_await passed(RefreshStep::Sent);
    auto tokens = co_await request;
    pass.report(tokens ? ErrorClass::Ok : tokens.error().kind);
    co_await passed(RefreshStep::Answered);
    const quint64 onDisk = m_parts.roster->epochOnDisk(m_id).value_or(epoch);
    if (!isCurrent(epoch) || onDisk > epoch) {
        // A sign-out or a new sign-in came first; what this brought must not outlive it.
        if (tokens)
            m_parts.scope->spawn(revoke(profile, tokens->refreshToken, clientSecret, tokens->accessToken));
        co_return superseded();
    }
    if (tokens) {
        auto taken = co_await takeTokens(profile, *tokens, epoch);
        co_return taken;
    }
    // The note stays where the answer may have been lost on its way.
    const ErrorClass kind = tokens.error().kind;
    if (kind != ErrorClass::Ambiguous && kind != ErrorClass::Cancel && !sameToken && !m_state.unsaved)
        QFile::remove(file(".rotation"));
    auto verdict = co_await takeVerdict(tokens.error(), epoch, *aside, sameToken);
    co_return verdict;
}

QCoro::Task<Result<void>> TokenKeeper::takeTokens(ProviderProfile profile, TokenSet tokens, quint64 epoch)
{
    const QString expected = record()->subject;
    if (!tokens.subject.isEmpty() && !expected.isEmpty() && tokens.subject != expected) {
        Error error;
        error.origin = Origin::Token;
        error.kind = ErrorClass::Policy;
        error.code = QStringLiteral("identity-mismatch");
        error.message = tr("The sign-in server answered for another person. Nothing was changed.");
        co_return end(On::OtherPerson{tokens.displayName.isEmpty() ? tokens.subject : tokens.displayName, error});
    }
    quint64 generation = std::max(m_state.memory.generation, m_credential->generation);
    if (!m_state.memory.sessionOnly && !m_state.unsaved) {
        // Compare before the swap: whoever was faster without our lock has the newer grant or the later token.
        auto value = co_await m_parts.vault->read(vaultKey());
        if (!isCurrent(epoch))
            co_return superseded();
        const auto stored = value ? decodeCredential(*value) : Result<Credential>(Failure(Error()));
        if (stored && isNewer(*stored, m_credential->grantEpoch, m_credential->generation)) {
            const bool otherGrant = stored->grantEpoch > m_credential->grantEpoch;
            if (otherGrant || stored->obtainedAt >= tokens.obtainedAt) {
                if (otherGrant)
                    m_parts.scope->spawn(
                        revoke(profile, tokens.refreshToken, m_credential->clientSecret, tokens.accessToken));
                m_credential = *stored;
                QFile::remove(file(".rotation"));
                co_return end(On::Adopted{factsOf(*stored), stored->grantEpoch, stored->generation, true});
            }
            generation = std::max(generation, stored->generation);
        }
    }
    Credential next = *m_credential;
    next.grantEpoch = epoch;
    next.accessToken = tokens.accessToken;
    if (!tokens.refreshToken.isEmpty())
        next.refreshToken = tokens.refreshToken;
    next.olderRefreshToken = Secret();
    next.obtainedAt = tokens.obtainedAt.isValid() ? tokens.obtainedAt : m_parts.clock->now();
    next.expiresAt = tokens.expiresAt;
    next.expiryAssumed = tokens.expiryAssumed;
    if (tokens.scopes)
        next.scopes = *tokens.scopes;
    if (!tokens.apiUrl.isEmpty())
        next.apiUrl = tokens.apiUrl;
    const bool overAtOnce = makeUsable(&next);
    next.generation = generation + 1;
    m_credential = next;
    // From here on the old refresh token may be worth nothing: the new one counts even before it is saved. The flight
    // goes on until it is.
    On::Renewed renewed{factsOf(next), overAtOnce, tokens.refreshExpiresAt.value_or(QDateTime()), generation};
    auto outcome = end(renewed);
    auto saved = co_await save();
    Q_UNUSED(saved)
    if (!isCurrent(epoch))
        co_return failSuperseded();
    co_return outcome;
}

// Two refresh tokens of one grant: the one that was refused makes way for the other, once.
QCoro::Task<bool> TokenKeeper::tryOtherRefreshToken(Error error, quint64 epoch, Secret candidate)
{
    Credential next = *m_credential;
    if (candidate.isEmpty()) {
        next.refreshToken = std::exchange(next.olderRefreshToken, Secret());
    } else {
        next.olderRefreshToken = next.refreshToken;
        next.refreshToken = candidate;
    }
    next.generation = m_state.memory.generation + 1;
    m_credential = next;
    apply(On::CandidateTaken{factsOf(next)}, SkipSave | SkipRefresh);
    auto saved = co_await save();
    Q_UNUSED(saved)
    if (!isCurrent(epoch))
        co_return false;
    error.kind = ErrorClass::Ambiguous;
    auto told = end(On::Failed{error, {}, false, true});
    Q_UNUSED(told)
    co_return true;
}

QCoro::Task<Result<void>> TokenKeeper::takeVerdict(Error error, quint64 epoch, TokenAside aside, bool answerWasLost)
{
    if (error.kind == ErrorClass::Cancel || error.kind == ErrorClass::Superseded) {
        apply(On::RefreshEnded{}, SkipRefresh);
        co_return Failure(error);
    }
    const QString judged = m_credential->refreshToken.fingerprint();
    if (error.kind == ErrorClass::Reauth && !m_state.memory.sessionOnly && !m_state.unsaved) {
        // Judged was the token that we sent. Is it still the one that counts?
        auto value = co_await m_parts.vault->read(vaultKey());
        if (!isCurrent(epoch))
            co_return superseded();
        const auto stored = value ? decodeCredential(*value) : Result<Credential>(Failure(error));
        if (stored && !stored->refreshToken.isEmpty() && stored->refreshToken.fingerprint() != judged) {
            m_credential = *stored;
            co_return end(On::Adopted{factsOf(*stored), stored->grantEpoch, stored->generation, true});
        }
    }
    const bool another = !aside.candidateRefreshToken.isEmpty() && aside.candidateRefreshToken.fingerprint() != judged;
    if (error.kind == ErrorClass::Ambiguous && another) {
        // An answer without an access token brought this one along: it may be the one that works now.
        auto tried = co_await tryOtherRefreshToken(error, epoch, aside.candidateRefreshToken);
        co_return tried ? Result<void>(Failure(stateError(m_state, context()))) : superseded();
    }
    if (error.kind == ErrorClass::Reauth && !m_credential->olderRefreshToken.isEmpty()) {
        auto tried = co_await tryOtherRefreshToken(error, epoch, Secret());
        co_return tried ? Result<void>(Failure(stateError(m_state, context()))) : superseded();
    }
    co_return end(On::Failed{error, judged, answerWasLost, aside.confirmed});
}

} // namespace Postroom
