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

constexpr std::array<milliseconds, 5> shortSeries{10s, 20s, 40s, 80s, 120s};
constexpr milliseconds shortSeriesEnd = 5min;
constexpr milliseconds longFirst = 10min;
constexpr milliseconds longMost = 60min;
constexpr milliseconds stalledAfter = 24h;
constexpr milliseconds ambiguousFirst = 2s;

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

RetryPlan planPause(const Error &error, int failures, const QDateTime &now, double random)
{
    RetryPlan plan;
    plan.state = AccountState::RateLimited;
    plan.reason = QStringLiteral("rate");
    milliseconds pause = 60s * (1 << std::clamp(failures - 1, 0, 6));
    if (error.retryAt && *error.retryAt > now)
        pause = milliseconds(now.msecsTo(*error.retryAt));
    else
        pause = std::min<milliseconds>(pause, longMost);
    pause = std::min<milliseconds>(pause, longestPause);
    // Only ever later than asked for.
    plan.nextAt = after(now, pause + spread(pause / 20, 1.0, random));
    return plan;
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
    return expiresAt.addMSecs(less - lead.count());
}

RetryPlan planRetry(
    const Error &error, int failures, const QDateTime &firstFailureAt, const QDateTime &now, double random)
{
    if (error.kind == ErrorClass::Rate)
        return planPause(error, failures, now, random);

    RetryPlan plan;
    plan.reason = error.kind == ErrorClass::NetSec ? reasonForNetSec(error.code) : toString(error.kind);
    const milliseconds failingFor{firstFailureAt.isValid() ? std::max<qint64>(0, firstFailureAt.msecsTo(now)) : 0};
    if (failingFor >= stalledAfter) {
        plan.state = AccountState::Stalled;
        plan.nextAt = after(now, spread(longMost, 0.2, random));
    } else if (error.kind == ErrorClass::Ambiguous && failures <= 1) {
        plan.nextAt = after(now, ambiguousFirst);
    } else if (error.kind != ErrorClass::NetSec && failures <= static_cast<int>(shortSeries.size())
        && failingFor < shortSeriesEnd) {
        plan.nextAt = after(now, spread(shortSeries.at(static_cast<size_t>(std::max(0, failures - 1))), 0.5, random));
    } else {
        // TLS and proxies do not come right within seconds, so that their short series is left out.
        const int done
            = error.kind == ErrorClass::NetSec ? failures - 1 : failures - 1 - static_cast<int>(shortSeries.size());
        const double grown = static_cast<double>(longFirst.count()) * std::pow(1.5, std::clamp(done, 0, 20));
        const milliseconds base{static_cast<qint64>(std::min(grown, static_cast<double>(longMost.count())))};
        plan.state = AccountState::Waiting;
        plan.nextAt = after(now, spread(base, 0.2, random));
    }
    if (error.retryAt && *error.retryAt > plan.nextAt)
        plan.nextAt = std::min(*error.retryAt, after(now, longestPause));
    return plan;
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
        if (unsaved || facts.scopesMissing)
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
