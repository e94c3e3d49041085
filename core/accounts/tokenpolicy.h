// When to refresh, when to try again, and what mark an account wears. Pure functions of facts and one random number, so
// that every number of the rules can be tested on its own.
#pragma once

#include "core/accounts/accountstatus.h"

#include <chrono>
#include <optional>

namespace Postroom
{

// How long before its end a token of this lifetime is renewed: 20 % of it, between a minute and an hour; for lifetimes
// below five minutes 20 % but at least ten seconds, and never more than half of it.
std::chrono::milliseconds refreshLead(std::chrono::milliseconds lifetime, std::optional<std::chrono::seconds> wanted);

// The moment for it; `random` in [0, 1) takes up to a tenth off the lead, so that accounts do not all come at once.
QDateTime refreshDue(
    const QDateTime &obtainedAt, const QDateTime &expiresAt, std::optional<std::chrono::seconds> wanted, double random);

// The next step after trouble that passes by itself.
struct RetryPlan {
    AccountState state = AccountState::Retrying; // Retrying, Waiting, Stalled or RateLimited
    QString reason;
    QDateTime nextAt;
};

// `failures` counts this one; `firstFailureAt` began the series. Short series 10, 20, 40, 80, 120 s (±50 %, an
// ambiguous first one after 2 s), then 10 min growing by half up to an hour (±20 %), after a day hourly. A pause that
// the server asked for is kept up to six hours.
RetryPlan planRetry(
    const Error &error, int failures, const QDateTime &firstFailureAt, const QDateTime &now, double random);

constexpr std::chrono::hours policyRetry{6};
constexpr std::chrono::hours longestPause{6};

bool isWaitingState(AccountState state); // Retrying, Waiting, Stalled, RateLimited, Offline
bool needsSomebody(AccountState state); // ends by a person's or an administrator's act alone

struct BadgeFacts {
    AccountState state = AccountState::SignedOut;
    QString reason;
    bool usable = false; // an access token is at hand and works
    bool scopesMissing = false;
    bool failing = false; // the last try went wrong
    StorageState storage = StorageState::Saved;
};
Badge badgeFor(const BadgeFacts &facts);

// The reason word for a verdict of the token endpoint that ends a sign-in: expired, revoked, interaction,
// admin-session, lost-response, refused.
QString reasonForReauth(const QString &code, bool answerWasLost);

} // namespace Postroom
