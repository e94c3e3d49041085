// What follows from a state: pure functions that faces, callers and the machine itself ask.
#include "core/accounts/tokenhealth_p.h"

#include <QCoreApplication>
#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;
using std::chrono::milliseconds;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

} // namespace

QDateTime earlier(const QDateTime &a, const QDateTime &b)
{
    if (!a.isValid() || !b.isValid())
        return a.isValid() ? a : b;
    return std::min(a, b);
}

QString reasonFor(VaultProblem problem)
{
    switch (problem) {
    case VaultProblem::NotFound:
        return QStringLiteral("secret-missing");
    case VaultProblem::Corrupt:
        return QStringLiteral("secret-corrupt");
    case VaultProblem::Absent:
    case VaultProblem::NoCollection:
        return QStringLiteral("no-keychain");
    case VaultProblem::TimedOut:
        return QStringLiteral("timed-out");
    case VaultProblem::Denied:
        return QStringLiteral("denied");
    case VaultProblem::Locked:
        return QStringLiteral("locked");
    case VaultProblem::TooLarge:
    case VaultProblem::Backend:
        break;
    }
    return QStringLiteral("keychain");
}

milliseconds handOutSkew(const HealthState &state, const HealthContext &context)
{
    milliseconds wanted = context.skew.value_or(30s);
    if (state.token && state.token->obtainedAt.isValid() && state.token->expiresAt.isValid()) {
        // A token that lives for a minute would otherwise be of no use for half of it.
        const milliseconds lifetime{state.token->obtainedAt.msecsTo(state.token->expiresAt)};
        wanted = std::min(wanted, std::max<milliseconds>(lifetime / 10, 0ms));
    }
    return wanted;
}

bool lasts(const HealthState &state, const QDateTime &now, milliseconds span)
{
    if (!state.token || state.token->accessFingerprint.isEmpty())
        return false;
    if (!state.rejected.isEmpty() && state.token->accessFingerprint == state.rejected)
        return false;
    return !state.token->expiresAt.isValid() || now.msecsTo(state.token->expiresAt) > span.count();
}

bool isUsable(const HealthState &state, const HealthContext &context)
{
    return lasts(state, context.now, handOutSkew(state, context));
}

bool canRefresh(const HealthState &state)
{
    return state.token && !state.token->refreshFingerprint.isEmpty();
}

QStringList missingScopes(const HealthState &state)
{
    QStringList missing;
    const bool known = state.token && !state.token->scopes.isEmpty();
    for (const QString &scope : state.memory.scopes) {
        if (known && !state.token->scopes.contains(scope))
            missing.append(scope);
    }
    for (const QString &scope : state.memory.missingScopes) {
        if (!missing.contains(scope))
            missing.append(scope);
    }
    return missing;
}

AccountState shownState(const HealthState &state)
{
    const HealthMemory &memory = state.memory;
    if (!memory.enabled)
        return AccountState::Disabled;
    if (state.authorizing)
        return AccountState::Authorizing;
    if (!memory.signedIn)
        return needsSomebody(memory.state) ? memory.state : AccountState::SignedOut;
    if (state.loading && !state.token && !state.readProblem)
        return AccountState::Loading;
    if ((state.readProblem && !state.token) || state.postponedHard)
        return AccountState::StorageLocked;
    return state.refreshing ? AccountState::Refreshing : memory.state;
}

QString shownReason(const HealthState &state)
{
    switch (shownState(state)) {
    case AccountState::Disabled:
        return {};
    case AccountState::StorageLocked:
        return reasonFor(state.readProblem.value_or(state.saveProblem.value_or(VaultProblem::Locked)));
    case AccountState::Fresh:
        return state.unsaved && state.saveProblem ? reasonFor(*state.saveProblem) : state.memory.reason;
    default:
        return state.memory.reason;
    }
}

Badge badgeFor(const HealthState &state, const HealthContext &context)
{
    BadgeFacts facts;
    facts.state = shownState(state);
    facts.reason = shownReason(state);
    facts.usable = isUsable(state, context)
        || (!state.token && !state.readProblem && state.memory.signedIn && state.memory.usableUntil > context.now);
    facts.scopesMissing = !missingScopes(state).isEmpty();
    facts.stepUp = !state.memory.stepUp.isEmpty();
    facts.failing = state.memory.lastError.has_value();
    facts.storage = state.storage;
    return badgeFor(facts);
}

Error stateError(const HealthState &state, const HealthContext &context)
{
    const HealthMemory &memory = state.memory;
    Error error;
    if (memory.lastError)
        error = memory.lastError->error;
    if (memory.state == AccountState::NeedsSignIn || memory.state == AccountState::SignedOut) {
        if (error.kind != ErrorClass::Reauth) {
            error = Error();
            error.origin = memory.reason.startsWith(QLatin1String("secret-")) ? Origin::Storage : Origin::Local;
            error.kind = ErrorClass::Reauth;
            error.code = memory.reason.isEmpty() ? QStringLiteral("signed-out") : memory.reason;
            error.message = tr("%1 is not signed in.").arg(context.label);
        }
        error.next = tr("Sign in again.");
        error.retryAt.reset();
    } else if (!memory.lastError) {
        error.origin = Origin::Token;
        error.kind = ErrorClass::Infra;
        error.code = QStringLiteral("not-renewed");
        error.message = tr("The sign-in of %1 could not be renewed yet.").arg(context.label);
    }
    if (memory.nextAt.isValid() && memory.state != AccountState::NeedsSignIn)
        error.retryAt = memory.nextAt;
    return error;
}

std::optional<QDateTime> nextWake(const HealthState &state, const HealthContext &context)
{
    const HealthMemory &memory = state.memory;
    if (state.removed || !memory.signedIn)
        return std::nullopt;
    QDateTime wake = state.unsaved ? state.saveAt : QDateTime();
    if (!memory.enabled)
        return wake.isValid() ? std::optional(wake) : std::nullopt;
    if (!state.refreshing && !state.loading) {
        wake = earlier(wake, state.vaultAt);
        if (state.token && !state.postponedHard) {
            if (isWaitingState(memory.state) || needsSomebody(memory.state))
                wake = earlier(wake, memory.nextAt);
            else if (canRefresh(state))
                wake = earlier(wake, state.due);
            else
                wake = earlier(wake, state.token->expiresAt);
        }
    }
    // The mark changes when the access token ends.
    if (isUsable(state, context) && state.token->expiresAt.isValid())
        wake = earlier(wake, state.token->expiresAt.addMSecs(-handOutSkew(state, context).count()));
    return wake.isValid() ? std::optional(wake) : std::nullopt;
}

} // namespace Postroom
