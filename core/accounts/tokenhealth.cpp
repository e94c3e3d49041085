#include "core/accounts/tokenhealth_p.h"

#include <algorithm>
#include <array>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::array<milliseconds, 7> saveRetries{50ms, 50ms, 50ms, 1s, 5s, 30s, 300s};
constexpr milliseconds vaultPause = 300s;
constexpr milliseconds triggerGap = 5s;

bool isNoKeychain(VaultProblem problem)
{
    return problem == VaultProblem::Absent || problem == VaultProblem::NoCollection;
}

// Nothing tells when these have passed, so that the clock has to.
bool passesUnseen(VaultProblem problem)
{
    return problem == VaultProblem::TimedOut || problem == VaultProblem::Backend || problem == VaultProblem::Denied;
}

} // namespace

HealthStep step(HealthState state, const HealthEvent &event, const HealthContext &context)
{
    HealthMachine machine(std::move(state), context);
    std::visit(machine, event);
    return machine.take();
}

// --- the machine

HealthMachine::HealthMachine(HealthState state, const HealthContext &context)
    : m_step{std::move(state), {}, HealthAnswer::None, std::nullopt}, s(m_step.state), m(m_step.state.memory),
      c(context)
{
}

void HealthMachine::want(HealthEffect effect)
{
    // What an account that is switched off still has to do is to keep what has come.
    if (!isAlive() && effect != HealthEffect::Save)
        return;
    if (!m_step.effects.contains(effect))
        m_step.effects.append(effect);
}

void HealthMachine::wantLoad()
{
    if (s.loading || s.token || !isAlive())
        return;
    s.loading = true;
    s.vaultAt = {};
    want(HealthEffect::Load);
}

bool HealthMachine::startRefresh(RefreshCause cause)
{
    if (s.refreshing || !isAlive() || !canRefresh(s))
        return false;
    s.refreshing = true;
    s.cause = cause;
    s.postponed = false;
    s.postponedHard = false;
    s.vaultAt = {};
    want(HealthEffect::Refresh);
    return true;
}

void HealthMachine::note(const char *event, const std::optional<Error> &error)
{
    AccountEvent line;
    line.at = c.now;
    line.event = QString::fromLatin1(event);
    line.state = m.state;
    line.reason = m.reason;
    line.error = error;
    line.attempt = m.attempts;
    if (m.nextAt.isValid())
        line.nextAt = m.nextAt;
    m.history.append(line);
    while (m.history.size() > mostAccountEvents)
        m.history.removeFirst();
}

void HealthMachine::noteKeychain(VaultProblem problem)
{
    VaultError error;
    error.problem = problem;
    note("keychain", toError(error));
}

void HealthMachine::settle(AccountState state, const QString &reason, const QDateTime &nextAt)
{
    const bool stays = isWaitingState(state) && isWaitingState(m.state);
    if (isWaitingState(state) && !stays)
        m.since = m.firstFailureAt.isValid() ? m.firstFailureAt : c.now;
    else if (!stays && (m.state != state || m.reason != reason || !m.since.isValid()))
        m.since = c.now;
    m.state = state;
    m.reason = reason;
    m.nextAt = nextAt;
    m.confirmed = true;
    m.usableUntil = usable() ? s.token->expiresAt : QDateTime();
}

void HealthMachine::clearFailures()
{
    m.attempts = 0;
    m.streak = 0;
    m.firstFailureAt = {};
    m.seriesAt = {};
    m.lastError.reset();
    m.nextAt = {};
    m.judged.clear();
    m.doubted.clear();
    m.doubtedAt = {};
    m.seenSubject.clear();
    m.rediscovered = false;
    m.repairTried = false;
}

void HealthMachine::planRefresh()
{
    s.due = {};
    s.postponed = false;
    s.postponedHard = false;
    if (canRefresh(s) && s.token->expiresAt.isValid())
        s.due = refreshDue(s.token->obtainedAt, s.token->expiresAt, c.lead, c.random);
}

void HealthMachine::takeToken(const TokenFacts &token)
{
    if (s.token && s.token->scopes != token.scopes)
        s.scopesTried.clear();
    s.token = token;
    s.loading = false;
    s.readProblem.reset();
    s.vaultAt = {};
    m.expiryAssumed = token.expiryAssumed;
    if (token.obtainedAt.isValid() && (!m.obtainedAt.isValid() || token.obtainedAt > m.obtainedAt))
        m.obtainedAt = token.obtainedAt;
    m.missingScopes.removeIf([&token](const QString &scope) { return token.scopes.contains(scope); });
    planRefresh();
}

void HealthMachine::forgetToken()
{
    s.token.reset();
    s.readProblem.reset();
    s.unsaved = false;
    s.saveProblem.reset();
    s.saveAt = {};
    s.vaultAt = {};
    s.due = {};
    s.postponed = false;
    s.postponedHard = false;
    s.rejected.clear();
    s.loading = false;
    s.forcedFor = 0;
    s.forcings.clear();
    s.vain.clear();
    s.scopesTried.clear();
    s.storage = m.sessionOnly ? StorageState::Session : StorageState::Saved;
}

// Decides what the account does with the credential at hand.
void HealthMachine::resume()
{
    if (!s.token || !isAlive() || s.refreshing)
        return;
    if (s.postponed) {
        // Nobody told us meanwhile how the keychain stands.
        startRefresh(RefreshCause::Due);
        return;
    }
    if (needsSomebody(m.state) && !m.reason.startsWith(QLatin1String("secret-"))) {
        // A Tick comes where there is a next time.
        if (m.nextAt.isValid() && !isBelievable(m.state, m.nextAt, c.now, c.numbers))
            m.nextAt = c.now;
        return;
    }
    if (isWaitingState(m.state)) {
        // After a start nobody knows whether there is a network by now: one try tells.
        const bool waits = m.state == AccountState::Offline ? !s.online && m.nextAt > c.now
                                                            : isBelievable(m.state, m.nextAt, c.now, c.numbers);
        if (!waits && !startRefresh(RefreshCause::Due))
            settle(usable() ? AccountState::Fresh : AccountState::NeedsSignIn,
                usable() ? QString() : QStringLiteral("expired"));
        return;
    }
    if (!canRefresh(s) && !usable()) {
        settle(AccountState::NeedsSignIn, QStringLiteral("expired"));
        return;
    }
    if (m.state != AccountState::Fresh || !m.reason.isEmpty())
        settle(AccountState::Fresh, {});
    if (!usable())
        startRefresh(RefreshCause::Due);
}

// --- loading

void HealthMachine::operator()(const On::LoadBegan &)
{
    wantLoad();
}

void HealthMachine::operator()(const On::Loaded &event)
{
    s.loading = false;
    if (!m.signedIn || s.token)
        return; // a sign-in or sign-out in the meantime has the last word
    if (event.grantEpoch < m.grantEpoch) {
        // Left over from a grant that was signed out or replaced: the present one was never saved.
        (*this)(On::LoadFailed{VaultProblem::NotFound});
        return;
    }
    const bool newer = event.grantEpoch > m.grantEpoch || event.generation > m.generation;
    const bool aboutAnother = !m.judged.isEmpty() && m.judged != event.token.refreshFingerprint;
    m.grantEpoch = std::max(m.grantEpoch, event.grantEpoch);
    m.generation = std::max(m.generation, event.generation);
    s.storage = m.sessionOnly ? StorageState::Session : StorageState::Saved;
    if (s.readProblem)
        note("keychain");
    takeToken(event.token);
    m.usableUntil = event.token.expiresAt;
    if (newer || aboutAnother) {
        // What went wrong was about an older credential.
        clearFailures();
        settle(AccountState::Fresh, {});
    }
    resume();
}

void HealthMachine::operator()(const On::LoadFailed &event)
{
    s.loading = false;
    if (!m.signedIn || s.token)
        return;
    if (event.problem == VaultProblem::NotFound && m.sessionOnly) {
        // Signed in "until I quit", and that was the end of it.
        m.signedIn = false;
        s.readProblem.reset();
        settle(AccountState::SignedOut, QStringLiteral("session-ended"));
        return;
    }
    if (event.problem == VaultProblem::NotFound || event.problem == VaultProblem::Corrupt) {
        const bool corrupt = event.problem == VaultProblem::Corrupt;
        s.readProblem.reset();
        if (corrupt)
            s.storage = StorageState::Corrupt;
        const bool news = m.state != AccountState::NeedsSignIn;
        settle(AccountState::NeedsSignIn, reasonFor(event.problem));
        if (news)
            noteKeychain(event.problem);
        return;
    }
    if (!s.readProblem) {
        s.readProblemAt = c.now;
        noteKeychain(event.problem);
    }
    s.readProblem = event.problem;
    s.storage = isNoKeychain(event.problem) ? StorageState::Absent : StorageState::Locked;
    s.vaultAt = passesUnseen(event.problem) ? later(vaultPause) : QDateTime();
}

QDateTime HealthMachine::later(milliseconds span) const
{
    return c.now.addMSecs(span.count());
}

// --- time

void HealthMachine::operator()(const On::Tick &)
{
    // None of these lies further ahead than five minutes, unless the clock was set.
    for (QDateTime *at : {&s.saveAt, &s.vaultAt}) {
        if (at->isValid() && *at > later(vaultPause))
            *at = c.now;
    }
    const auto isDue = [this](const QDateTime &at) { return at.isValid() && at <= c.now; };
    if (m.signedIn && s.unsaved && isDue(s.saveAt)) {
        s.saveAt = {};
        want(HealthEffect::Save);
    }
    if (!isAlive())
        return;
    if (!s.token) {
        if (isDue(s.vaultAt))
            wantLoad();
        return;
    }
    if (s.refreshing)
        return;
    if (s.postponedHard) {
        if (isDue(s.vaultAt))
            startRefresh(RefreshCause::Due);
        return;
    }
    if (isWaitingState(m.state) || needsSomebody(m.state)) {
        const bool set = m.nextAt.isValid() && !isBelievable(m.state, m.nextAt, c.now, c.numbers);
        if (!isDue(m.nextAt) && !set)
            return;
        const bool verdict = m.state == AccountState::NeedsSignIn || m.state == AccountState::Misconfigured;
        if (startRefresh(verdict ? RefreshCause::Probe : RefreshCause::Due))
            return;
        // Nothing that could be renewed: the token works, or its time is over.
        if (isWaitingState(m.state) || m.state == AccountState::PolicyBlocked)
            settle(usable() ? AccountState::Fresh : AccountState::NeedsSignIn,
                usable() ? QString() : QStringLiteral("expired"));
        else
            m.nextAt = {};
        return;
    }
    if (canRefresh(s) ? isDue(s.due) : isDue(s.token->expiresAt)) {
        if (!startRefresh(RefreshCause::Due))
            settle(AccountState::NeedsSignIn, QStringLiteral("expired"));
    }
}

// Something changed that may have been the trouble.
void HealthMachine::trigger(bool network)
{
    if (!isAlive() || s.refreshing || !canRefresh(s) || !isWaitingState(m.state))
        return;
    const ErrorClass kind = m.lastError ? m.lastError->error.kind : ErrorClass::Net;
    if (m.state == AccountState::RateLimited && m.lastError && m.lastError->error.retryAt)
        return; // the server's own word
    const bool onTheWay = m.state == AccountState::Offline || kind == ErrorClass::Net || kind == ErrorClass::NetSec
        || kind == ErrorClass::Infra;
    if (!network && !onTheWay)
        return;
    const qint64 gap = s.triggeredAt.isValid() ? s.triggeredAt.msecsTo(c.now) : triggerGap.count();
    if (gap >= 0 && gap < triggerGap.count()) {
        m.nextAt = earlier(m.nextAt, s.triggeredAt.addMSecs(triggerGap.count()));
        return;
    }
    s.triggeredAt = c.now;
    m.attempts = 0; // a new series; since when there is trouble stays
    m.seriesAt = {};
    want(HealthEffect::DropConnections);
    startRefresh(RefreshCause::Due);
}

void HealthMachine::operator()(const On::NetworkChanged &event)
{
    s.online = event.online;
    if (event.online) {
        trigger(true);
        return;
    }
    const bool noRoute = m.lastError && m.lastError->error.kind == ErrorClass::Net;
    if (isAlive() && !s.refreshing && isWaitingState(m.state) && noRoute && m.state != AccountState::Offline
        && !c.onThisComputer)
        settle(AccountState::Offline, QStringLiteral("offline"), later(c.numbers.longRetryMax));
}

void HealthMachine::operator()(const On::Woke &)
{
    trigger(false);
    (*this)(On::Tick{});
}

void HealthMachine::operator()(const On::ClockJumped &)
{
    // A refresh that was planned by the old time may lie a day ahead.
    if (s.token && s.due.isValid() && s.due > c.now && s.token->obtainedAt > c.now)
        s.due = c.now;
    trigger(false);
    (*this)(On::Tick{});
}

void HealthMachine::operator()(const On::SettingsChanged &)
{
    trigger(false);
    if (m.state == AccountState::Misconfigured || m.state == AccountState::ClientRejected)
        startRefresh(RefreshCause::Person);
}

// --- the keychain

void HealthMachine::operator()(const On::Saved &)
{
    s.unsaved = false;
    if (s.saveProblem)
        note("keychain"); // it is there again
    s.saveProblem.reset();
    s.saveTries = 0;
    s.saveAt = {};
    s.storage = m.sessionOnly ? StorageState::Session : StorageState::Saved;
}

void HealthMachine::operator()(const On::SaveFailed &event)
{
    if (!s.token)
        return;
    if (!s.saveProblem)
        noteKeychain(event.problem);
    s.unsaved = true;
    s.saveProblem = event.problem;
    s.saveAt = {};
    s.storage = isNoKeychain(event.problem) ? StorageState::Absent : StorageState::Unsaved;
    if (isNoKeychain(event.problem))
        return; // its coming will be told
    const auto last = static_cast<int>(saveRetries.size()) - 1;
    s.saveAt = later(saveRetries.at(static_cast<size_t>(std::clamp(s.saveTries, 0, last))));
    ++s.saveTries;
}

void HealthMachine::operator()(const On::KeyringChanged &event)
{
    // Also of an account that is switched off: what has come is kept.
    if (event.state == VaultState::Unlocked && s.unsaved && s.token && m.signedIn) {
        s.saveTries = 0;
        s.saveAt = {};
        want(HealthEffect::Save);
        return;
    }
    if (!isAlive())
        return;
    if (event.state != VaultState::Unlocked) {
        // Another kind of "not now": asked again for the right words.
        if (!s.token && s.readProblem)
            wantLoad();
        return;
    }
    if (!s.token) {
        wantLoad();
    } else if (s.postponed) {
        // A refresh was put off because its result could not have been saved.
        s.storage = StorageState::Saved;
        s.saveProblem.reset();
        note("keychain");
        startRefresh(RefreshCause::Due);
    }
}

// --- people

void HealthMachine::operator()(const On::SignInBegan &)
{
    s.authorizing = true;
}

void HealthMachine::operator()(const On::SignInEnded &)
{
    s.authorizing = false;
}

void HealthMachine::operator()(const On::SignedIn &event)
{
    m.signedIn = true;
    m.enabled = true;
    m.sessionOnly = event.sessionOnly;
    ++m.grantEpoch; // from here on no answer of an older grant counts
    ++m.generation;
    m.scopes = event.scopes;
    m.grantedAt = c.now;
    m.signInEndsAt = event.signInEndsAt;
    m.endSlides = false;
    m.missingScopes.clear();
    m.stepUp.clear();
    m.stepUpMaxAge = 0;
    m.withoutScope = false;
    m.shortLives = 0;
    forgetToken();
    s.authorizing = false;
    s.loading = false;
    clearFailures();
    m.obtainedAt = {};
    takeToken(event.token);
    m.since = {};
    settle(AccountState::Fresh, {});
    s.unsaved = true;
    s.saveTries = 0;
    want(HealthEffect::Save);
    note("signed-in");
}

void HealthMachine::operator()(const On::SignedOut &event)
{
    m.grantEpoch = std::max(m.grantEpoch + 1, event.grantEpoch);
    m.signedIn = false;
    m.missingScopes.clear();
    m.stepUp.clear();
    m.signInEndsAt = {};
    forgetToken();
    clearFailures();
    settle(AccountState::SignedOut, event.reason);
    note("signed-out");
}

void HealthMachine::operator()(const On::Enabled &event)
{
    if (m.enabled == event.enabled)
        return;
    m.enabled = event.enabled;
    note(m.enabled ? "enabled" : "disabled");
    if (!m.enabled)
        return;
    if (s.token)
        resume();
    else
        wantLoad();
}

void HealthMachine::operator()(const On::Removed &)
{
    s.removed = true;
}

} // namespace Postroom
