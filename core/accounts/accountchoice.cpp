#include "core/accounts/accountchoice.h"

#include <QCoreApplication>
#include <algorithm>
#include <numeric>
#include <tuple>

namespace Postroom
{
namespace
{

constexpr double leastLeftOfFiveHours = 5; // per cent
constexpr double leastLeftOfAWeek = 10;
constexpr qint64 afterReset = 60; // seconds
constexpr qint64 whenUnknown = 300;

enum class QuotaRank { Good, Unknown, Low };

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

bool isLow(const QuotaWindow &window)
{
    const double left = 100 - window.usedPercent;
    if (window.isForAll() && window.id == QLatin1String("five_hour"))
        return left <= leastLeftOfFiveHours;
    if (window.isForAll() && window.id == QLatin1String("seven_day"))
        return left <= leastLeftOfAWeek;
    return window.active && window.certain && left <= 0;
}

// Numbers past their reset are no numbers, and doubtful ones are none either.
QuotaRank rankOf(const std::optional<QuotaStatus> &quota, const QDateTime &now)
{
    if (!quota || quota->state == QuotaState::Unknown)
        return QuotaRank::Unknown;
    bool known = quota->state == QuotaState::Fresh && quota->windows.isEmpty();
    for (const QuotaWindow &window : quota->windows) {
        if (window.resetsAt && *window.resetsAt <= now) {
            if (window.isForAll())
                return QuotaRank::Unknown;
            continue;
        }
        if (isLow(window))
            return QuotaRank::Low;
        known = known || window.isForAll();
    }
    return known ? QuotaRank::Good : QuotaRank::Unknown;
}

std::optional<QDateTime> resetOf(const QuotaStatus &quota)
{
    const QuotaWindow *window = quota.blocking();
    return window ? window->resetsAt : std::nullopt;
}

bool isUsedUp(const std::optional<QuotaStatus> &quota, const QDateTime &now)
{
    if (!quota || quota->state != QuotaState::Blocked)
        return false;
    const auto reset = resetOf(*quota);
    return !reset || *reset > now;
}

bool hasScopes(const AccountStatus &account, const QStringList &wanted)
{
    for (const QString &scope : wanted) {
        if (account.missingScopes.contains(scope) || (!account.scopes.isEmpty() && !account.scopes.contains(scope)))
            return false;
    }
    return true;
}

PassedOver reasonOf(const Error &refused)
{
    switch (refused.kind) {
    case ErrorClass::Reauth:
    case ErrorClass::Client:
        return PassedOver::NeedsSignIn;
    case ErrorClass::Store:
        return PassedOver::StorageLocked;
    case ErrorClass::Policy:
        return PassedOver::PolicyBlocked;
    case ErrorClass::Scope:
        return PassedOver::ScopeMissing;
    default:
        return PassedOver::NotNow;
    }
}

// Why the sign-in of an account cannot serve; nothing when it can.
std::optional<PassedOver> signInObstacle(const AccountStatus &account, const QDateTime &now)
{
    switch (account.state) {
    case AccountState::Disabled:
        return PassedOver::Disabled;
    case AccountState::SignedOut:
    case AccountState::NeedsSignIn:
    case AccountState::ClientRejected:
    case AccountState::Misconfigured:
    case AccountState::IdentityMismatch:
        return PassedOver::NeedsSignIn;
    case AccountState::PolicyBlocked:
        return PassedOver::PolicyBlocked;
    case AccountState::Fresh:
        return std::nullopt;
    case AccountState::StorageLocked:
        if (!account.isUsable(now))
            return PassedOver::StorageLocked;
        return std::nullopt;
    default:
        if (!account.isUsable(now))
            return PassedOver::NotNow;
        return std::nullopt;
    }
}

std::optional<OtherAccount> obstacleOf(const ChoiceCandidate &candidate, const ChoiceRules &rules, const QDateTime &now)
{
    const AccountStatus &account = candidate.account;
    OtherAccount other{account.id, account.label, PassedOver::BehindInOrder, std::nullopt, false};
    if (!account.enabled) {
        other.why = PassedOver::Disabled;
        return other;
    }
    const auto signIn = signInObstacle(account, now);
    if (signIn || candidate.refused) {
        other.why = signIn ? *signIn : reasonOf(*candidate.refused);
        other.until = account.nextAt ? account.nextAt
            : candidate.refused      ? candidate.refused->retryAt
                                     : std::optional<QDateTime>();
        return other;
    }
    if (!hasScopes(account, rules.scopes)) {
        other.why = PassedOver::ScopeMissing;
        return other;
    }
    if (isUsedUp(account.quota, now)) {
        other.why = PassedOver::QuotaUsedUp;
        other.until = resetOf(*account.quota);
        return other;
    }
    if (rules.needsKnownQuota && rankOf(account.quota, now) == QuotaRank::Unknown) {
        other.why = PassedOver::QuotaUnknown;
        other.until = account.quota ? account.quota->nextAt : std::nullopt;
        return other;
    }
    return std::nullopt;
}

bool waitingHelps(PassedOver why)
{
    return why == PassedOver::NotNow || why == PassedOver::QuotaUsedUp || why == PassedOver::QuotaUnknown
        || why == PassedOver::PolicyBlocked;
}

Failure failNobody(const QList<OtherAccount> &others, const QDateTime &now)
{
    const auto any = [&others](auto condition) { return std::any_of(others.begin(), others.end(), condition); };
    const auto has
        = [&any](PassedOver why) { return any([why](const OtherAccount &other) { return other.why == why; }); };
    Error error;
    if (any([](const OtherAccount &other) { return waitingHelps(other.why); })) {
        std::optional<QDateTime> earliest;
        for (const OtherAccount &other : others) {
            if (!waitingHelps(other.why) || !other.until)
                continue;
            const QDateTime then
                = other.why == PassedOver::QuotaUsedUp ? other.until->addSecs(afterReset) : *other.until;
            if (then > now && (!earliest || then < *earliest))
                earliest = then;
        }
        error.kind = ErrorClass::Rate;
        error.origin = has(PassedOver::QuotaUsedUp) ? Origin::Quota : Origin::Local;
        error.code = QStringLiteral("no-account-now");
        error.status = 429;
        error.retryAt = earliest.value_or(now.addSecs(whenUnknown));
        error.message = tr("No account can serve now.");
        return Failure(error);
    }
    error.origin = Origin::Local;
    if (has(PassedOver::NeedsSignIn)) {
        QStringList labels;
        for (const OtherAccount &other : others) {
            if (other.why == PassedOver::NeedsSignIn)
                labels.append(other.label);
        }
        error.kind = ErrorClass::Reauth;
        error.code = QStringLiteral("needs-sign-in");
        error.status = 401;
        error.message = tr("These accounts need a sign-in: %1.").arg(labels.join(QStringLiteral(", ")));
        error.next = tr("Sign in again.");
    } else if (has(PassedOver::StorageLocked)) {
        error.kind = ErrorClass::Store;
        error.origin = Origin::Storage;
        error.code = QStringLiteral("locked");
        error.message = tr("The keychain is locked, and the sign-ins are kept there.");
        error.next = tr("Unlock it.");
    } else if (has(PassedOver::ScopeMissing)) {
        error.kind = ErrorClass::Scope;
        error.code = QStringLiteral("scope-missing");
        error.message = tr("No account has the rights that are needed.");
    } else {
        error.kind = ErrorClass::Input;
        error.code = others.isEmpty() ? QStringLiteral("no-account") : QStringLiteral("account-disabled");
        error.message = others.isEmpty() ? tr("There is no account of this kind.")
                                         : tr("All accounts of this kind are switched off.");
    }
    return Failure(error);
}

} // namespace

QList<ChoiceCandidate> candidatesOf(
    const QList<AccountStatus> &accounts, const QString &providerId, const QString &host)
{
    QList<ChoiceCandidate> candidates;
    for (const AccountStatus &account : accounts) {
        if (account.providerId != providerId || account.custody == Custody::Observed
            || (!host.isEmpty() && account.host != host))
            continue;
        ChoiceCandidate candidate;
        candidate.account = account;
        candidate.order = static_cast<int>(candidates.size());
        candidates.append(candidate);
    }
    return candidates;
}

Result<AccountChoice> chooseAccount(
    const QList<ChoiceCandidate> &candidates, const ChoiceRules &rules, const QDateTime &now)
{
    QList<qsizetype> places(candidates.size());
    std::iota(places.begin(), places.end(), 0);
    std::sort(places.begin(), places.end(), [&candidates](qsizetype a, qsizetype b) {
        const auto key
            = [&candidates](qsizetype i) { return std::tuple(candidates.at(i).order, !candidates.at(i).sticky, i); };
        return key(a) < key(b);
    });
    QList<ChoiceCandidate> sorted;
    for (const qsizetype place : std::as_const(places))
        sorted.append(candidates.at(place));
    QList<OtherAccount> others;
    qsizetype best = -1; // in `sorted`
    QList<std::optional<OtherAccount>> obstacles;
    for (qsizetype i = 0; i < sorted.size(); ++i) {
        obstacles.append(obstacleOf(sorted.at(i), rules, now));
        // Of equals the first stays: that is the person's order and then the sticky one.
        if (!obstacles.constLast()
            && (best < 0 || rankOf(sorted.at(i).account.quota, now) < rankOf(sorted.at(best).account.quota, now)))
            best = i;
    }
    for (qsizetype i = 0; i < sorted.size(); ++i) {
        if (i == best)
            continue;
        const AccountStatus &account = sorted.at(i).account;
        OtherAccount other = obstacles.at(i).value_or(
            OtherAccount{account.id, account.label, PassedOver::BehindInOrder, std::nullopt, false});
        other.cameFirst = i < best;
        if (!obstacles.at(i) && other.cameFirst) {
            other.why = rankOf(account.quota, now) == QuotaRank::Low ? PassedOver::QuotaLow : PassedOver::QuotaUnknown;
        }
        others.append(other);
    }
    if (best < 0)
        return failNobody(others, now);
    return AccountChoice{sorted.at(best).account.id, sorted.at(best).account.label, others};
}

bool mayTryAnother(const HttpRequest &request, const HttpResponse &answer)
{
    if (answer.status != 401 && answer.status != 403 && answer.status != 429)
        return false;
    return request.mayReplay && (!request.unchanged || request.unchanged());
}

QString toString(PassedOver why)
{
    switch (why) {
    case PassedOver::BehindInOrder:
        break;
    case PassedOver::Disabled:
        return QStringLiteral("disabled");
    case PassedOver::NeedsSignIn:
        return QStringLiteral("needs-sign-in");
    case PassedOver::StorageLocked:
        return QStringLiteral("keychain-locked");
    case PassedOver::NotNow:
        return QStringLiteral("not-now");
    case PassedOver::PolicyBlocked:
        return QStringLiteral("policy");
    case PassedOver::ScopeMissing:
        return QStringLiteral("scope-missing");
    case PassedOver::QuotaUsedUp:
        return QStringLiteral("quota-used-up");
    case PassedOver::QuotaUnknown:
        return QStringLiteral("quota-unknown");
    case PassedOver::QuotaLow:
        return QStringLiteral("quota-low");
    }
    return QStringLiteral("behind");
}

} // namespace Postroom
