// Who wants a token, and who refuses one.
#include "core/accounts/tokenhealth_p.h"

#include <QCoreApplication>
#include <QSet>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds soon = 5s;
constexpr qsizetype mostVain = 16;
constexpr qsizetype mostServices = 32;
constexpr int mostDoublings = 6;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

} // namespace

void HealthMachine::refuse(const Error &error)
{
    m_step.answer = HealthAnswer::Refuse;
    m_step.error = error;
}

std::optional<Error> HealthMachine::whyNoToken() const
{
    if (!m.enabled) {
        auto failure = failInput(
            QStringLiteral("account-disabled"), tr("%1 is switched off.").arg(c.label), tr("Switch it on."));
        return failure.value();
    }
    if (!m.signedIn)
        return stateError(s, c);
    if (s.readProblem && !s.token) {
        VaultError problem;
        problem.problem = *s.readProblem;
        return toError(problem);
    }
    if (!s.token && needsSomebody(m.state))
        return stateError(s, c);
    return std::nullopt;
}

Error HealthMachine::refusedError(bool forScope) const
{
    Error refused;
    refused.origin = Origin::Resource;
    refused.kind = forScope ? ErrorClass::Scope : ErrorClass::Infra;
    refused.code = forScope ? QStringLiteral("insufficient_scope") : QStringLiteral("token-rejected");
    refused.message = forScope ? tr("This sign-in does not include the right that is needed.")
                               : tr("The service did not accept the sign-in of %1.").arg(c.label);
    if (forScope)
        refused.next = tr("Grant more access.");
    return refused;
}

void HealthMachine::operator()(const On::Demand &event)
{
    if (const auto why = whyNoToken()) {
        refuse(*why);
        return;
    }
    if (!s.token) {
        wantLoad();
        m_step.answer = HealthAnswer::JoinLoad;
        return;
    }
    const milliseconds skew = handOutSkew(s, c);
    milliseconds span = std::max(event.minValidity, skew);
    if (s.token->obtainedAt.isValid() && s.token->expiresAt.isValid()) {
        // More than a fresh token has is not to be had.
        const milliseconds lifetime{s.token->obtainedAt.msecsTo(s.token->expiresAt)};
        span = std::min(span, std::max(skew, lifetime / 2));
    }
    if (lasts(s, c.now, span)) {
        m_step.answer = HealthAnswer::HandOut;
        return;
    }
    if (s.refreshing) {
        m_step.answer = HealthAnswer::JoinRefresh;
        return;
    }
    if (s.postponedHard) {
        VaultError problem;
        problem.problem = s.saveProblem.value_or(VaultProblem::Locked);
        refuse(toError(problem));
        return;
    }
    if (needsSomebody(m.state)) {
        refuseByState();
        return;
    }
    if (!canRefresh(s)) {
        if (usable()) {
            m_step.answer = HealthAnswer::HandOut;
            return;
        }
        settle(AccountState::NeedsSignIn, QStringLiteral("expired"));
        refuseByState();
        return;
    }
    // While the way is known to be closed, nobody is kept waiting: the reason and the next try are known.
    if (m.state == AccountState::Offline
        || (isWaitingState(m.state) && m.nextAt.isValid() && c.now.msecsTo(m.nextAt) > soon.count())) {
        refuseByState();
        return;
    }
    startRefresh(RefreshCause::Demand);
    m_step.answer = HealthAnswer::JoinRefresh;
}

void HealthMachine::operator()(const On::PersonRefresh &)
{
    if (!s.token && m.enabled && m.signedIn) {
        // A person may have done something about the keychain.
        s.readProblem.reset();
        wantLoad();
        m_step.answer = HealthAnswer::JoinLoad;
        return;
    }
    if (const auto why = whyNoToken()) {
        refuse(*why);
        return;
    }
    if (!canRefresh(s)) {
        if (usable() && !needsSomebody(m.state)) {
            m_step.answer = HealthAnswer::HandOut;
            return;
        }
        if (!usable())
            settle(AccountState::NeedsSignIn,
                m.reason == QLatin1String("rejected-by-service") ? m.reason : QStringLiteral("expired"));
        refuseByState();
        return;
    }
    if (!s.refreshing && isWaitingState(m.state)) {
        m.attempts = 0;
        m.seriesAt = {};
    }
    startRefresh(RefreshCause::Person);
    m_step.answer = HealthAnswer::JoinRefresh;
}

void HealthMachine::addMissing(const QStringList &scopes)
{
    for (const QString &scope : scopes) {
        if (!m.missingScopes.contains(scope) && m.missingScopes.size() < 20)
            m.missingScopes.append(scope);
    }
}

// Another token of the same grant can help only where this one was minted before the grant changed, is narrower than
// the grant, or where nobody knows.
bool HealthMachine::scopeRefreshCanHelp(const QString &key) const
{
    if (!canRefresh(s))
        return false;
    if (s.scopesTried.contains(key) || s.scopesTried.size() >= mostServices)
        return false;
    if (s.token->scopes.isEmpty() || m.scopes.isEmpty())
        return true;
    if (m.grantedAt.isValid() && s.token->obtainedAt.isValid() && s.token->obtainedAt < m.grantedAt)
        return true;
    return std::any_of(
        m.scopes.cbegin(), m.scopes.cend(), [this](const QString &scope) { return !s.token->scopes.contains(scope); });
}

void HealthMachine::rejectedForScope(const On::Rejected &event)
{
    QStringList missing = event.missing;
    missing.sort();
    const QString key = missing.join(QLatin1Char(' '));
    if (!s.refreshing && !scopeRefreshCanHelp(key)) {
        if (event.counts) {
            addMissing(event.missing);
            note("scope-missing", refusedError(true));
        }
        refuse(refusedError(true));
        return;
    }
    if (!s.refreshing) {
        const bool waits
            = m.state == AccountState::Offline || (isWaitingState(m.state) && m.nextAt.isValid() && m.nextAt > c.now);
        if (needsSomebody(m.state) || waits) {
            refuseByState();
            return;
        }
        s.scopesTried.insert(key);
        startRefresh(RefreshCause::Scope);
    }
    m_step.answer = HealthAnswer::JoinRefresh;
}

// Remembers that this token was refused although it is fresh. True: by now that ends the sign-in.
bool HealthMachine::addVain(const On::Rejected &event)
{
    if (!event.counts) {
        if (const auto forcing = s.forcings.find(event.service); forcing != s.forcings.end())
            ++forcing->inVain;
        return false;
    }
    const bool known = std::any_of(s.vain.cbegin(), s.vain.cend(), [&](const VainPair &pair) {
        return pair.service == event.service && pair.fingerprint == event.fingerprint
            && pair.at.msecsTo(c.now) < rejectedGap.count();
    });
    if (!known) {
        if (const auto forcing = s.forcings.find(event.service); forcing != s.forcings.end())
            ++forcing->inVain;
        s.vain.append({event.service, event.fingerprint, c.now});
        if (s.vain.size() > mostVain)
            s.vain.removeFirst();
    }
    QSet<QString> services;
    bool apart = false;
    for (const VainPair &pair : std::as_const(s.vain)) {
        services.insert(pair.service);
        const bool another = canRefresh(s) ? pair.fingerprint != event.fingerprint : pair.service == event.service;
        apart = apart || (another && pair.at.msecsTo(c.now) >= rejectedGap.count());
    }
    // One service may be mistaken. Only the one that a pasted token was made for is asked alone.
    const bool ownWord
        = !canRefresh(s) && (event.service.isEmpty() || event.service == c.ownService || c.ownService.isEmpty());
    if (!apart || (services.size() < 2 && !ownWord))
        return false;
    s.rejected = event.fingerprint;
    settle(AccountState::NeedsSignIn, QStringLiteral("rejected-by-service"));
    if (canRefresh(s)) {
        m.confirmed = false;
        m.nextAt = later(dailyProbe);
    }
    note("rejected", refusedError(false));
    return true;
}

void HealthMachine::rejectedStatic(const On::Rejected &event)
{
    if (addVain(event)) {
        refuseByState();
        return;
    }
    Error refused = refusedError(false);
    refused.retryAt = later(rejectedGap);
    refuse(refused);
}

void HealthMachine::operator()(const On::Rejected &event)
{
    if (!s.token || s.token->accessFingerprint != event.fingerprint) {
        // Old news: the present one is handed out.
        (*this)(On::Demand{});
        return;
    }
    if (const auto why = whyNoToken()) {
        refuse(*why);
        return;
    }
    if (event.forScope) {
        rejectedForScope(event);
        return;
    }
    if (!canRefresh(s)) {
        rejectedStatic(event);
        return;
    }
    if (s.refreshing) {
        m_step.answer = HealthAnswer::JoinRefresh;
        return;
    }
    if (needsSomebody(m.state) || m.state == AccountState::Offline
        || (isWaitingState(m.state) && m.nextAt.isValid() && m.nextAt > c.now)) {
        refuseByState();
        return;
    }
    if (s.forcedFor == m.generation && addVain(event)) {
        refuseByState();
        return;
    }
    // A service that refuses fresh tokens as well is not helped by more of them: it is served less and less often.
    const Forcing before = s.forcings.value(event.service);
    const QDateTime again = before.at.addMSecs((rejectedGap * (1 << std::min(before.inVain, mostDoublings))).count());
    if (before.at.isValid() && before.at <= c.now && again > c.now) {
        Error refused = refusedError(false);
        refused.retryAt = again;
        refuse(refused);
        return;
    }
    if (s.forcings.size() >= mostServices && !s.forcings.contains(event.service))
        s.forcings.clear();
    s.forcings.insert(event.service, {c.now, before.inVain});
    if (event.counts)
        s.rejected = event.fingerprint;
    note("rejected");
    startRefresh(RefreshCause::Rejected);
    m_step.answer = HealthAnswer::JoinRefresh;
}

void HealthMachine::operator()(const On::RejectedAgain &event)
{
    const On::Rejected &rejected = event.rejected;
    refuse(refusedError(rejected.forScope));
    if (!s.token || s.token->accessFingerprint != rejected.fingerprint || !isAlive() || !rejected.counts)
        return;
    if (rejected.forScope) {
        addMissing(rejected.missing);
        note("scope-missing", refusedError(true));
    } else if (!needsSomebody(m.state) && addVain(rejected)) {
        refuseByState();
    }
}

void HealthMachine::operator()(const On::Worked &event)
{
    if (!s.token || s.token->accessFingerprint != event.fingerprint)
        return;
    // The token is good, whoever else says something else; that service's own word is remembered for it alone.
    s.vain.clear();
    s.forcings.remove(event.service);
}

void HealthMachine::operator()(const On::StepUpWanted &event)
{
    const QString wanted = event.acrValues.isEmpty() ? QStringLiteral("stronger") : event.acrValues;
    if (m.stepUp == wanted)
        return;
    m.stepUp = wanted;
    // 0 means that none was named; "at once" is as good as a second.
    m.stepUpMaxAge = event.maxAge ? std::max(1, static_cast<int>(event.maxAge->count())) : 0;
    note("step-up");
}

} // namespace Postroom
