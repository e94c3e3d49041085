// How a refresh ended, and what follows from it.
#include "core/accounts/tokenhealth_p.h"

#include <QCoreApplication>
#include <cstdlib>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int shortLivesMost = 3;
constexpr int notFoundMost = 3;
constexpr milliseconds shortLifePause = 60s;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

milliseconds grown(milliseconds span, double random)
{
    return span + milliseconds(static_cast<qint64>(static_cast<double>(span.count()) * 0.1 * random));
}

} // namespace

// Servers tell the end of a fixed sign-in a second more or less, and that of a sliding one anew with every answer.
void HealthMachine::takeEnd(const QDateTime &end)
{
    constexpr qint64 same = 60;
    if (!end.isValid() || (m.signInEndsAt.isValid() && std::abs(m.signInEndsAt.secsTo(end)) <= same))
        return;
    m.endSlides = m.endSlides || m.signInEndsAt.isValid();
    m.signInEndsAt = end;
}

void HealthMachine::operator()(const On::Renewed &event)
{
    s.refreshing = false;
    if (!m.signedIn)
        return;
    m.generation = std::max(m.generation, event.generationBefore) + 1;
    const bool forced = s.cause == RefreshCause::Rejected || s.cause == RefreshCause::Scope;
    s.forcedFor = forced ? m.generation : 0;
    s.rejected.clear();
    takeToken(event.token);
    takeEnd(event.signInEndsAt);
    s.unsaved = true;
    want(HealthEffect::Save);
    m.shortLives = event.overAtOnce ? m.shortLives + 1 : 0;
    if (m.shortLives >= shortLivesMost) {
        Error error;
        error.origin = Origin::Token;
        error.kind = ErrorClass::Server;
        error.code = QStringLiteral("short-lived");
        error.message = tr("The sign-in server gives out tokens that are over at once.");
        trouble(error);
        m.nextAt = std::max(m.nextAt, later(shortLifePause));
        return;
    }
    clearFailures();
    settle(AccountState::Fresh, {});
    note("renewed");
}

void HealthMachine::operator()(const On::Adopted &event)
{
    if (event.endsRefresh)
        s.refreshing = false;
    m.signedIn = true;
    m.grantEpoch = std::max(m.grantEpoch, event.grantEpoch);
    m.generation = std::max(m.generation, event.generation);
    s.rejected.clear();
    s.unsaved = false;
    s.saveProblem.reset();
    s.saveAt = {};
    s.storage = m.sessionOnly ? StorageState::Session : StorageState::Saved;
    takeToken(event.token);
    clearFailures();
    settle(AccountState::Fresh, {});
    note("adopted");
    if (!s.refreshing && !usable() && !startRefresh(RefreshCause::Due))
        settle(AccountState::NeedsSignIn, QStringLiteral("expired"));
}

void HealthMachine::operator()(const On::CandidateTaken &event)
{
    ++m.generation;
    s.token = event.token;
    s.unsaved = true;
    note("candidate");
}

void HealthMachine::operator()(const On::ClientChanged &)
{
    ++m.generation;
}

void HealthMachine::operator()(const On::RefreshEnded &)
{
    s.refreshing = false;
    // Whatever it was, it is not tried in a circle.
    if (s.due.isValid() && s.due <= c.now)
        s.due = later(60s);
    if ((isWaitingState(m.state) || needsSomebody(m.state)) && m.nextAt.isValid() && m.nextAt <= c.now)
        m.nextAt = later(60s);
}

void HealthMachine::operator()(const On::Postponed &event)
{
    s.refreshing = false;
    s.postponed = true;
    s.saveProblem = event.problem;
    const bool absent = event.problem == VaultProblem::Absent || event.problem == VaultProblem::NoCollection;
    if (usable()) {
        // Until the token ends, or the keychain is unlocked.
        s.due = s.token->expiresAt.addMSecs(-handOutSkew(s, c).count());
        if (!s.due.isValid() || (event.problem != VaultProblem::Locked && !absent))
            s.due = s.due.isValid() ? std::min(s.due, later(300s)) : later(300s);
        if (isWaitingState(m.state) || (needsSomebody(m.state) && m.nextAt.isValid()))
            m.nextAt = s.due;
        return;
    }
    // Redeeming now could lose the grant with the process.
    if (!s.postponedHard)
        noteKeychain(event.problem);
    s.postponedHard = true;
    s.readProblemAt = c.now;
    s.storage = absent ? StorageState::Absent : StorageState::Locked;
    const bool unseen = event.problem != VaultProblem::Locked && !absent;
    s.vaultAt = unseen ? later(300s) : QDateTime();
}

void HealthMachine::operator()(const On::OtherPerson &event)
{
    s.refreshing = false;
    remember(event.error);
    m.seenSubject = event.subject;
    settle(AccountState::IdentityMismatch, QStringLiteral("other-person"));
    note("identity", event.error);
}

void HealthMachine::remember(const Error &error, bool counts)
{
    m.streak = m.lastError && m.lastError->error.code == error.code ? m.streak + 1 : 1;
    if (m.state == AccountState::Offline || needsSomebody(m.state)) {
        // What was before was no trouble on the way: its time does not count.
        m.firstFailureAt = {};
        m.seriesAt = {};
        m.attempts = 0;
    }
    if (!m.firstFailureAt.isValid())
        m.firstFailureAt = c.now;
    if (!m.seriesAt.isValid())
        m.seriesAt = c.now;
    if (counts)
        ++m.attempts;
    m.lastError = LastError{error, m.attempts, c.now};
}

void HealthMachine::trouble(const Error &error)
{
    if (needsSomebody(m.state)) {
        // A verdict is not lifted by somebody who could not be asked. Where it is asked about again, that comes later.
        const bool asksAgain
            = !m.confirmed || m.state == AccountState::PolicyBlocked || m.state == AccountState::ClientRejected;
        if (asksAgain)
            m.nextAt = later(c.numbers.longRetryMax);
        note("trouble", error);
        return;
    }
    const bool noWay = !s.online || error.code == QLatin1String("offline");
    const bool offline = noWay && error.kind == ErrorClass::Net && !c.onThisComputer;
    remember(error, !offline);
    if (offline) {
        // The network's coming is told. A server nearby may be reachable all the same, so that it is tried now and
        // then.
        settle(AccountState::Offline, QStringLiteral("offline"), later(c.numbers.longRetryMax));
        note("trouble", error);
        return;
    }
    if (m.streak >= notFoundMost
        && (error.code == QLatin1String("endpoint-not-found") || error.code == QLatin1String("redirected-elsewhere"))) {
        const bool moved = error.code == QLatin1String("redirected-elsewhere");
        if (moved || m.rediscovered) {
            settle(AccountState::Misconfigured, moved ? QStringLiteral("redirect") : QStringLiteral("endpoint"),
                later(grown(dailyProbe, c.random)));
            m.confirmed = false;
            note("verdict", error);
            return;
        }
        m.rediscovered = isAlive();
        want(HealthEffect::Rediscover);
    }
    if (error.code == QLatin1String("misdirected"))
        want(HealthEffect::DropConnections);
    const RetrySeries series{m.attempts, m.firstFailureAt, m.seriesAt, m.streak};
    const RetryPlan plan = planRetry(error, series, c.now, c.random, c.numbers);
    settle(plan.state, plan.reason, plan.nextAt);
    note("trouble", error);
}

// A word that no standard knows ends nothing at the first time.
void HealthMachine::doubt(const On::Failed &event)
{
    remember(event.error);
    const bool known = m.doubtedAt.isValid() && m.doubtedAt <= c.now && m.doubted == event.judged;
    if (!known || m.doubtedAt.msecsTo(c.now) < doubtPause.count()) {
        if (!known)
            m.doubtedAt = c.now;
        m.doubted = event.judged;
        settle(AccountState::Retrying, QStringLiteral("refused"), m.doubtedAt.addMSecs(doubtPause.count()));
    } else {
        settle(AccountState::NeedsSignIn, reasonForReauth(event.error.code, event.answerWasLost),
            later(grown(dailyProbe, c.random)));
        m.confirmed = false;
    }
    note("verdict", event.error);
}

void HealthMachine::operator()(const On::Failed &event)
{
    s.refreshing = false;
    if (!m.signedIn)
        return;
    const Error &error = event.error;
    if (!event.judged.isEmpty())
        m.judged = event.judged;
    if (error.isTransient()) {
        trouble(error);
        return;
    }
    if (error.kind == ErrorClass::Reauth && !event.confirmed) {
        doubt(event);
        return;
    }
    if (error.kind == ErrorClass::Scope && !m.withoutScope) {
        // RFC 6749 §6: without a scope the whole grant is meant, whatever is left of it.
        m.withoutScope = true;
        remember(error);
        note("verdict", error);
        startRefresh(s.cause);
        return;
    }
    remember(error);
    switch (error.kind) {
    case ErrorClass::Reauth:
        settle(AccountState::NeedsSignIn, reasonForReauth(error.code, event.answerWasLost));
        break;
    case ErrorClass::Client:
        settle(AccountState::ClientRejected, error.code);
        if (isAlive() && c.canRepairClient && !m.repairTried && error.code == QLatin1String("invalid_client")) {
            m.repairTried = true;
            want(HealthEffect::RepairClient);
        }
        break;
    case ErrorClass::Policy:
        settle(AccountState::PolicyBlocked, error.code, later(policyRetry));
        break;
    default:
        settle(AccountState::Misconfigured, error.code);
        break;
    }
    note("verdict", error);
}

void HealthMachine::operator()(const On::ClientRepaired &event)
{
    if (!m.signedIn || m.state != AccountState::ClientRejected)
        return;
    if (event.repaired && event.bound) {
        settle(AccountState::NeedsSignIn, QStringLiteral("client-replaced"));
        note("client-replaced");
    } else if (event.repaired) {
        note("client-renewed");
        startRefresh(RefreshCause::Due);
    } else if (event.mayHelpLater) {
        m.repairTried = false;
        m.nextAt = later(c.numbers.longRetry);
    }
}

void HealthMachine::operator()(const On::Rediscovered &event)
{
    if (!isAlive() || !isWaitingState(m.state))
        return;
    if (event.changed) {
        startRefresh(RefreshCause::Due);
        return;
    }
    const std::optional<LastError> last = m.lastError;
    settle(AccountState::Misconfigured, QStringLiteral("endpoint"), later(grown(dailyProbe, c.random)));
    m.confirmed = false;
    note("verdict", last ? std::optional(last->error) : std::nullopt);
}

} // namespace Postroom
