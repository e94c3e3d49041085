// The part of TokenKeeper that renews tokens: one flight at a time, and what each kind of answer means.
#include "core/accounts/tokenkeeper.h"

#include "core/accounts/rotationmarker.h"
#include "core/accounts/tokenpolicy.h"
#include "core/base/log.h"

#include <QCoreApplication>
#include <QFile>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds lockPoll{100};
constexpr std::chrono::milliseconds lockPatience{10'000};
constexpr std::chrono::seconds doubtPause{60};

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

Failure failSuperseded()
{
    Error error;
    error.origin = Origin::Local;
    error.kind = ErrorClass::Superseded;
    error.code = QStringLiteral("superseded");
    error.message = tr("The sign-in has changed in the meantime.");
    return Failure(error);
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
    if (profile.endpoints.token.isEmpty())
        profile.endpoints.token = mine.tokenEndpoint;
    if (profile.endpoints.revocation.isEmpty())
        profile.endpoints.revocation = mine.revocationEndpoint;
    profile.defaultScopes = mine.scopes;
    return profile;
}

TokenDialect TokenKeeper::dialectFor(const ProviderProfile &profile) const
{
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

bool TokenKeeper::isCurrent(quint64 epoch) const
{
    const AccountRecord *mine = record();
    return mine && mine->signedIn && mine->grantEpoch == epoch;
}

void TokenKeeper::planRefresh()
{
    m_due = {};
    m_postponed = false;
    if (canRefresh() && m_credential->expiresAt.isValid())
        m_due = refreshDue(m_credential->obtainedAt, m_credential->expiresAt, m_leadWanted, m_parts.random());
}

// A server that calls its token over at once would be asked without end; such a token is used for a minute, and a
// refusal says soon enough that it is worth nothing.
void TokenKeeper::makeUsable(Credential *credential)
{
    constexpr qint64 shortest = 75;
    if (credential->expiresAt.isValid() && credential->obtainedAt.isValid() && !credential->refreshToken.isEmpty()
        && credential->expiresAt <= credential->obtainedAt)
        credential->expiresAt = credential->obtainedAt.addSecs(shortest);
}

std::shared_ptr<Flight> TokenKeeper::startRefresh(RefreshCause cause)
{
    if (m_flight)
        return m_flight;
    const auto flight = std::make_shared<Flight>();
    m_flight = flight;
    m_alarm.reset();
    m_parts.scope->spawn(runRefresh(shared_from_this(), flight, cause));
    return flight;
}

QCoro::Task<void> TokenKeeper::runRefresh(
    std::shared_ptr<TokenKeeper> self, std::shared_ptr<Flight> flight, RefreshCause cause)
{
    Q_UNUSED(self)
    m_refreshing = true;
    publish();
    auto outcome = co_await refreshOnce(cause);
    m_refreshing = false;
    m_flight.reset();
    if (outcome)
        m_forced = cause == RefreshCause::Rejected;
    else if (m_due.isValid() && m_due <= m_parts.clock->now())
        m_due = m_parts.clock->now().addSecs(60); // whatever it was, it is not tried in a circle
    arm();
    publish();
    flight->finish(outcome);
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
QCoro::Task<Result<bool>> TokenKeeper::reread(quint64 epoch, RefreshCause cause)
{
    const AccountRecord *mine = record();
    if (mine->sessionOnly || m_unsaved)
        co_return false;
    const QString key = vaultKeyFor(*mine);
    auto value = co_await m_parts.vault->read(key);
    if (!isCurrent(epoch))
        co_return failSuperseded();
    if (!value) {
        const quint64 onDisk = m_parts.roster->epochOnDisk(m_id).value_or(0);
        if (value.error().problem == VaultProblem::NotFound && onDisk > epoch) {
            // Signed out by another process.
            AccountRecord *gone = record();
            gone->grantEpoch = onDisk;
            gone->signedIn = false;
            m_credential.reset();
            clearFailures();
            settle(AccountState::SignedOut, QStringLiteral("signed-out-here"));
            co_return failSuperseded();
        }
        co_return false;
    }
    const auto stored = decodeCredential(*value);
    if (!stored || !m_credential)
        co_return false;
    const bool newer = stored->grantEpoch > m_credential->grantEpoch
        || (stored->grantEpoch == m_credential->grantEpoch && stored->generation > m_credential->generation);
    if (!newer)
        co_return false;
    AccountRecord *adopting = record();
    m_credential = *stored;
    adopting->grantEpoch = std::max(adopting->grantEpoch, stored->grantEpoch);
    adopting->generation = std::max(adopting->generation, stored->generation);
    planRefresh();
    clearFailures();
    if (!isUsable() || cause == RefreshCause::Person || (m_due.isValid() && m_due <= m_parts.clock->now()))
        co_return false;
    settle(AccountState::Fresh, {});
    co_return true;
}

Result<void> TokenKeeper::postpone(VaultState state)
{
    m_postponed = true;
    // Until the token ends, or the keychain is unlocked.
    m_due = m_credential->expiresAt.addMSecs(-skew().count());
    const AccountRecord *mine = record();
    if (isWaitingState(mine->state) || needsSomebody(mine->state))
        settle(mine->state, mine->reason, m_due);
    else
        settle(AccountState::Fresh, {});
    const bool absent = state == VaultState::Absent || state == VaultState::NoCollection;
    VaultError problem;
    problem.problem = absent ? VaultProblem::Absent : VaultProblem::Locked;
    return Failure(toError(problem));
}

QCoro::Task<Result<void>> TokenKeeper::refreshOnce(RefreshCause cause)
{
    const AccountRecord *mine = record();
    if (!mine || !mine->signedIn || !m_credential)
        co_return failSuperseded();
    const quint64 epochBefore = mine->grantEpoch;
    auto lock = co_await acquireLock();
    if (!isCurrent(epochBefore))
        co_return failSuperseded();
    if (!lock && lock.error().kind == ErrorClass::Cancel)
        co_return Failure(lock.error());
    if (!lock)
        co_return takeTrouble(lock.error());
    // Even where the lock was not to be had: whoever holds it may have finished the work.
    auto done = co_await reread(epochBefore, cause);
    if (!done)
        co_return Failure(done.error());
    if (*done)
        co_return Result<void>();
    if (!*lock)
        co_return takeTrouble(
            localTrouble(QStringLiteral("busy-elsewhere"), tr("Another program is renewing this sign-in.")));

    mine = record();
    const quint64 epoch = mine->grantEpoch;
    if (!canRefresh()) {
        if (isUsable())
            co_return Result<void>();
        settle(AccountState::NeedsSignIn, QStringLiteral("expired"));
        co_return Failure(stateError(*record()));
    }
    const bool patient = cause == RefreshCause::Due || cause == RefreshCause::Demand;
    if (!mine->sessionOnly && !m_unsaved) {
        // A rotated token that cannot be saved is lost with the process, so the old one is kept while it serves.
        auto state = co_await m_parts.vault->probe();
        if (!isCurrent(epoch))
            co_return failSuperseded();
        if (state != VaultState::Unlocked && patient && isUsable())
            co_return postpone(state);
    }
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
            co_return failSuperseded();
        if (!completed) {
            // What discovery says is never a verdict about the grant.
            Error error = completed.error();
            if (!error.isTransient())
                error.kind = ErrorClass::Infra;
            co_return takeTrouble(error);
        }
        profile = *completed;
        endpoint = profile.endpoints.token;
        record()->tokenEndpoint = endpoint;
        record()->revocationEndpoint = profile.endpoints.revocation;
    }

    const Secret refreshToken = m_credential->refreshToken;
    const Secret clientSecret = m_credential->clientSecret;
    RotationMarker marker;
    marker.generation = m_credential->generation;
    marker.grantEpoch = epoch;
    marker.fingerprint = refreshToken.fingerprint();
    marker.startedAt = m_parts.clock->now();
    const auto before = readMarker(file(".rotation"));
    const bool answerWasLost = before && before->fingerprint == marker.fingerprint;
    if (!answerWasLost) {
        if (const auto noted = writeMarker(file(".rotation"), marker); !noted)
            qCWarning(logAccounts) << "no note of the rotation could be written:" << noted.error().detail;
    }

    // The request names no scopes, so that a grant that has lost some still gives what is left (RFC 6749 §6).
    const auto aside = std::make_shared<TokenAside>();
    auto tokens = co_await m_parts.endpoint->refresh(profile, dialect, endpoint, refreshToken, clientSecret, aside);
    const quint64 onDisk = m_parts.roster->epochOnDisk(m_id).value_or(epoch);
    if (!isCurrent(epoch) || onDisk > epoch) {
        // A sign-out or a new sign-in came first; what this brought must not outlive it.
        if (tokens && !tokens->refreshToken.isEmpty())
            m_parts.scope->spawn(revoke(profile, dialect, tokens->refreshToken, clientSecret));
        co_return failSuperseded();
    }
    if (tokens) {
        auto taken = co_await takeTokens(*tokens, epoch);
        co_return taken;
    }
    if (!aside->candidateRefreshToken.isEmpty())
        m_candidate = aside->candidateRefreshToken;
    // The note stays where the answer may have been lost on its way.
    if (tokens.error().kind != ErrorClass::Ambiguous && !answerWasLost)
        QFile::remove(file(".rotation"));
    auto verdict = co_await takeVerdict(tokens.error(), epoch, marker.fingerprint, answerWasLost, aside->confirmed);
    co_return verdict;
}

QCoro::Task<Result<void>> TokenKeeper::takeTokens(TokenSet tokens, quint64 epoch)
{
    AccountRecord *mine = record();
    if (!tokens.subject.isEmpty() && !mine->subject.isEmpty() && tokens.subject != mine->subject) {
        LastError last;
        last.error.origin = Origin::Token;
        last.error.kind = ErrorClass::Policy;
        last.error.code = QStringLiteral("identity-mismatch");
        last.error.message = tr("The sign-in server answered for another person. Nothing was changed.");
        last.at = m_parts.clock->now();
        last.attempt = ++mine->attempts;
        mine->lastError = last;
        settle(AccountState::IdentityMismatch, QStringLiteral("other-person"));
        co_return Failure(last.error);
    }
    Credential next = *m_credential;
    next.generation = std::max(mine->generation, next.generation) + 1;
    next.grantEpoch = epoch;
    next.accessToken = tokens.accessToken;
    if (!tokens.refreshToken.isEmpty())
        next.refreshToken = tokens.refreshToken;
    next.obtainedAt = tokens.obtainedAt.isValid() ? tokens.obtainedAt : m_parts.clock->now();
    next.expiresAt = tokens.expiresAt;
    if (tokens.scopes)
        next.scopes = *tokens.scopes;
    if (!tokens.apiUrl.isEmpty())
        next.apiUrl = tokens.apiUrl;
    makeUsable(&next);
    m_credential = next;
    mine->generation = next.generation;
    m_rejected.clear();
    m_candidate = Secret();
    planRefresh();
    clearFailures();
    // From here on the old refresh token may be worth nothing: the new one counts even before it is saved.
    m_unsaved = true;
    auto saved = co_await save();
    Q_UNUSED(saved)
    if (!isCurrent(epoch))
        co_return failSuperseded();
    settle(AccountState::Fresh, {});
    co_return Result<void>();
}

QCoro::Task<Result<void>> TokenKeeper::takeVerdict(
    Error error, quint64 epoch, QString judged, bool answerWasLost, bool confirmed)
{
    const QDateTime now = m_parts.clock->now();
    if (error.isTransient())
        co_return takeTrouble(error);
    if (error.kind == ErrorClass::Cancel || error.kind == ErrorClass::Superseded)
        co_return Failure(error);

    if (error.kind == ErrorClass::Reauth && !record()->sessionOnly && !m_unsaved) {
        // Judged was the token that we sent. Is it still the one that counts?
        auto value = co_await m_parts.vault->read(vaultKeyFor(*record()));
        if (!isCurrent(epoch))
            co_return failSuperseded();
        const auto stored = value ? decodeCredential(*value) : Result<Credential>(Failure(error));
        if (stored && !stored->refreshToken.isEmpty() && stored->refreshToken.fingerprint() != judged) {
            m_credential = *stored;
            record()->generation = std::max(record()->generation, stored->generation);
            planRefresh();
            clearFailures();
            if (isUsable()) {
                settle(AccountState::Fresh, {});
                co_return Result<void>();
            }
            Error again = error;
            again.kind = ErrorClass::Infra;
            co_return takeTrouble(again);
        }
    }

    if (error.kind == ErrorClass::Reauth && !m_candidate.isEmpty() && m_candidate.fingerprint() != judged) {
        // An answer without an access token brought this one along: it may be the one that works now.
        m_credential->refreshToken = std::exchange(m_candidate, Secret());
        m_credential->generation = ++record()->generation;
        m_unsaved = true;
        auto saved = co_await save();
        Q_UNUSED(saved)
        if (!isCurrent(epoch))
            co_return failSuperseded();
        Error again = error;
        again.kind = ErrorClass::Ambiguous;
        co_return takeTrouble(again);
    }

    AccountRecord *mine = record();
    if (!mine->firstFailureAt.isValid())
        mine->firstFailureAt = now;
    LastError last;
    last.error = error;
    last.attempt = ++mine->attempts;
    last.at = now;
    mine->lastError = last;
    switch (error.kind) {
    case ErrorClass::Reauth:
        if (!confirmed && m_doubtedToken != judged) {
            // A word that no standard knows ends nothing at the first time.
            m_doubtedToken = judged;
            settle(AccountState::Retrying, QStringLiteral("refused"),
                now.addMSecs(std::chrono::milliseconds(doubtPause).count()));
            break;
        }
        settle(AccountState::NeedsSignIn, reasonForReauth(error.code, answerWasLost));
        break;
    case ErrorClass::Client:
        settle(AccountState::ClientRejected, error.code);
        break;
    case ErrorClass::Policy:
        settle(AccountState::PolicyBlocked, error.code, now.addMSecs(std::chrono::milliseconds(policyRetry).count()));
        break;
    default:
        settle(AccountState::Misconfigured, error.code);
        break;
    }
    error.retryAt = mine->nextAt.isValid() ? std::optional<QDateTime>(mine->nextAt) : std::nullopt;
    co_return Failure(error);
}

Result<void> TokenKeeper::takeTrouble(const Error &error)
{
    AccountRecord *mine = record();
    const QDateTime now = m_parts.clock->now();
    if (!mine->firstFailureAt.isValid())
        mine->firstFailureAt = now;
    LastError last;
    last.error = error;
    last.attempt = ++mine->attempts;
    last.at = now;
    const RetryPlan plan = planRetry(error, mine->attempts, mine->firstFailureAt, now, m_parts.random());
    last.error.retryAt = plan.nextAt;
    mine->lastError = last;
    settle(plan.state, plan.reason, plan.nextAt);
    return Failure(last.error);
}

void TokenKeeper::spawnRevoke(const AccountRecord &mine, const Secret &refreshToken, const Secret &clientSecret)
{
    const ProviderProfile profile = profileFor(mine);
    m_parts.scope->spawn(revoke(profile, dialectFor(profile), refreshToken, clientSecret));
}

QCoro::Task<void> TokenKeeper::revoke(
    ProviderProfile profile, TokenDialect dialect, Secret refreshToken, Secret clientSecret)
{
    const auto self = shared_from_this();
    auto revoked = co_await m_parts.endpoint->revoke(profile, dialect, refreshToken, clientSecret);
    if (!revoked)
        qCInfo(logAccounts) << "the grant of account" << m_id.text() << "could not be revoked:" << revoked.error().code;
}

} // namespace Postroom
