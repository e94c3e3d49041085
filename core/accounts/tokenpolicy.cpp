#include "core/accounts/tokenpolicy.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds shortSeriesEnd = 5min;
constexpr milliseconds ambiguousFirst = 2s;
constexpr milliseconds misdirectedFirst = 1s;
constexpr milliseconds pauseFirst = 60s;
constexpr int firewallTries = 2;
constexpr int handshakeTries = 3;
constexpr int overloaded = 529;

milliseconds spread(milliseconds base, double share, double random)
{
    const double factor = 1.0 - share + 2.0 * share * std::clamp(random, 0.0, 1.0);
    return milliseconds(static_cast<qint64>(std::llround(static_cast<double>(base.count()) * factor)));
}

QDateTime after(const QDateTime &now, milliseconds span)
{
    return now.addMSecs(span.count());
}

QString reasonForNetSec(const QString &code)
{
    if (code == QLatin1String("tls-time"))
        return QStringLiteral("clock");
    if (code.contains(QLatin1String("portal")))
        return QStringLiteral("portal");
    return code.startsWith(QLatin1String("proxy")) ? QStringLiteral("proxy") : QStringLiteral("tls");
}

milliseconds shortWait(int failures, const RetryNumbers &numbers)
{
    const int doublings = std::clamp(failures - 1, 0, 20);
    return std::min<milliseconds>(numbers.initialRetry * (1 << doublings), numbers.maxRetry);
}

RetryPlan planPause(
    const Error &error, const RetrySeries &series, const QDateTime &now, double random, const RetryNumbers &numbers)
{
    RetryPlan plan;
    plan.state = AccountState::RateLimited;
    plan.reason = QStringLiteral("rate");
    milliseconds pause = pauseFirst * (1 << std::clamp(series.failures - 1, 0, 6));
    if (error.retryAt && *error.retryAt > now)
        pause = milliseconds(now.msecsTo(*error.retryAt));
    else if (error.code == QLatin1String("slow_down"))
        pause = shortWait(series.failures, numbers) + 5s; // RFC 8628 §3.5: five seconds more
    else
        pause = std::min<milliseconds>(pause, numbers.longRetryMax);
    pause = std::min<milliseconds>(pause, longestPause);
    // Only ever later than asked for.
    plan.nextAt = after(now, pause + spread(pause / 20, 1.0, random));
    return plan;
}

// A closed handshake may be a server that restarts; three in a row are no accident.
bool isSecurityTrouble(const Error &error, int streak)
{
    return error.kind == ErrorClass::NetSec || (error.code == QLatin1String("tls-closed") && streak >= handshakeTries);
}

bool hasShortSeries(const Error &error, const RetrySeries &series, milliseconds seriesFor, const RetryNumbers &numbers)
{
    if (isSecurityTrouble(error, series.streak) || error.status == 501 || error.status == 505)
        return false;
    const int tries = error.code == QLatin1String("waf") ? std::min(firewallTries, numbers.tries) : numbers.tries;
    return series.failures <= tries && seriesFor < shortSeriesEnd;
}

} // namespace

milliseconds refreshLead(milliseconds lifetime, std::optional<std::chrono::seconds> wanted)
{
    if (lifetime <= 0ms)
        return 0ms;
    milliseconds lead = lifetime / 5;
    if (wanted && *wanted > 0s)
        lead = *wanted;
    else if (lifetime < 5min)
        lead = std::max<milliseconds>(lead, 10s);
    else
        lead = std::clamp<milliseconds>(lead, 60s, 60min);
    return std::min(lead, lifetime / 2);
}

QDateTime refreshDue(
    const QDateTime &obtainedAt, const QDateTime &expiresAt, std::optional<std::chrono::seconds> wanted, double random)
{
    const milliseconds lifetime{obtainedAt.isValid() ? obtainedAt.msecsTo(expiresAt) : milliseconds(1h).count()};
    const milliseconds lead = refreshLead(lifetime, wanted);
    const auto less = static_cast<qint64>(static_cast<double>(lead.count()) * 0.1 * std::clamp(random, 0.0, 1.0));
    // Not more than once a minute, however short the lives are: whoever asks in between is served all the same.
    const QDateTime due = expiresAt.addMSecs(less - lead.count());
    return obtainedAt.isValid() ? std::max(due, obtainedAt.addMSecs(milliseconds(60s).count())) : due;
}

RetryPlan planRetry(
    const Error &error, const RetrySeries &series, const QDateTime &now, double random, const RetryNumbers &numbers)
{
    if (error.kind == ErrorClass::Rate)
        return planPause(error, series, now, random, numbers);

    const auto sinceThen = [&now](const QDateTime &then) {
        return milliseconds(then.isValid() ? std::max<qint64>(0, then.msecsTo(now)) : 0);
    };
    RetryPlan plan;
    if (isSecurityTrouble(error, series.streak))
        plan.reason = reasonForNetSec(error.code);
    else
        plan.reason = error.code == QLatin1String("waf") ? error.code : toString(error.kind);
    if (sinceThen(series.firstFailureAt) >= numbers.stalledAfter) {
        plan.state = AccountState::Stalled;
        plan.nextAt = after(now, spread(numbers.longRetryMax, 0.2, random));
    } else if (error.kind == ErrorClass::Ambiguous && series.failures <= 1) {
        plan.nextAt = after(now, ambiguousFirst);
    } else if (error.code == QLatin1String("misdirected") && series.streak <= 1) {
        plan.nextAt = after(now, misdirectedFirst); // RFC 9110 §15.5.20: once more, over another connection
    } else if (hasShortSeries(error, series, sinceThen(series.seriesAt), numbers)) {
        const milliseconds wait = shortWait(series.failures, numbers) * (error.status == overloaded ? 2 : 1);
        plan.nextAt = after(now, spread(wait, 0.5, random));
    } else {
        const bool patient = isSecurityTrouble(error, series.streak) || error.status == 501 || error.status == 505;
        const int before = patient ? 1 : numbers.tries + 1;
        const double grown = static_cast<double>(numbers.longRetry.count())
            * std::pow(1.5, std::clamp(series.failures - before, 0, 20));
        const milliseconds base{
            static_cast<qint64>(std::min(grown, static_cast<double>(numbers.longRetryMax.count())))};
        plan.state = AccountState::Waiting;
        plan.nextAt = after(now, spread(base, 0.2, random));
    }
    if (error.retryAt && *error.retryAt > plan.nextAt)
        plan.nextAt = std::min(*error.retryAt, after(now, longestPause));
    return plan;
}

bool isBelievable(AccountState state, const QDateTime &nextAt, const QDateTime &now, const RetryNumbers &numbers)
{
    if (!nextAt.isValid())
        return false;
    milliseconds most = numbers.longRetryMax + numbers.longRetryMax / 5;
    if (state == AccountState::NeedsSignIn || state == AccountState::Misconfigured)
        most = dailyProbe + dailyProbe / 10;
    else if (state != AccountState::Retrying && state != AccountState::Stalled)
        most = longestPause + longestPause / 10;
    return now.msecsTo(nextAt) <= (most + 1h).count();
}

bool isWaitingState(AccountState state)
{
    switch (state) {
    case AccountState::Retrying:
    case AccountState::Waiting:
    case AccountState::Stalled:
    case AccountState::RateLimited:
    case AccountState::Offline:
        return true;
    default:
        return false;
    }
}

bool needsSomebody(AccountState state)
{
    switch (state) {
    case AccountState::NeedsSignIn:
    case AccountState::ClientRejected:
    case AccountState::Misconfigured:
    case AccountState::PolicyBlocked:
    case AccountState::IdentityMismatch:
        return true;
    default:
        return false;
    }
}

Badge badgeFor(const BadgeFacts &facts)
{
    const bool unsaved = facts.storage == StorageState::Unsaved || facts.storage == StorageState::Locked
        || facts.storage == StorageState::Absent || facts.storage == StorageState::Corrupt;
    switch (facts.state) {
    case AccountState::SignedOut:
    case AccountState::Disabled:
    case AccountState::Offline:
        return Badge::Off;
    case AccountState::Authorizing:
    case AccountState::Loading:
        return Badge::Working;
    case AccountState::Fresh:
    case AccountState::Refreshing:
        if (unsaved || facts.scopesMissing || facts.stepUp)
            return Badge::NeedsYou;
        if (facts.usable || facts.state == AccountState::Fresh)
            return Badge::Good;
        return facts.failing ? Badge::Reconnecting : Badge::Working;
    case AccountState::Retrying:
        return facts.usable ? (unsaved ? Badge::NeedsYou : Badge::Good) : Badge::Reconnecting;
    case AccountState::Waiting:
        if (facts.reason == QLatin1String("tls") || facts.reason == QLatin1String("clock")
            || facts.reason == QLatin1String("proxy"))
            return Badge::NeedsYou;
        return facts.usable ? Badge::Working : Badge::Reconnecting;
    case AccountState::Stalled:
    case AccountState::RateLimited:
        return facts.usable ? Badge::Working : Badge::Reconnecting;
    case AccountState::PolicyBlocked:
        return Badge::NeedsAdmin;
    case AccountState::StorageLocked:
    case AccountState::NeedsSignIn:
    case AccountState::ClientRejected:
    case AccountState::Misconfigured:
    case AccountState::IdentityMismatch:
        break;
    }
    return Badge::NeedsYou;
}

QString reasonForReauth(const QString &code, bool answerWasLost)
{
    const QString lower = code.toLower();
    if (answerWasLost)
        return QStringLiteral("lost-response");
    if (lower.contains(QLatin1String("rapt")))
        return QStringLiteral("admin-session");
    if (lower.contains(QLatin1String("revoked")))
        return QStringLiteral("revoked");
    if (lower.endsWith(QLatin1String("_required")))
        return QStringLiteral("interaction");
    static const QStringList ended{QStringLiteral("invalid_grant"), QStringLiteral("expired_token"),
        QStringLiteral("needs_reauth"), QStringLiteral("delegation_expired")};
    return ended.contains(lower) ? QStringLiteral("expired") : QStringLiteral("refused");
}

} // namespace Postroom
