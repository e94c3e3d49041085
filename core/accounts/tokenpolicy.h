// When to refresh, when to try again, and what mark an account wears. Pure functions of facts and one random number, so
// that every number of the rules can be tested on its own.
#pragma once

#include "core/accounts/accountstatus.h"

#include <chrono>
#include <optional>

namespace Postroom
{

// The numbers that a person may set.
struct RetryNumbers {
    std::chrono::milliseconds initialRetry{10'000}; // of the short series; doubles with every try
    std::chrono::milliseconds maxRetry{120'000};
    int tries = 5; // of the short series, after the first failure
    std::chrono::milliseconds longRetry{600'000}; // grows by half with every try
    std::chrono::milliseconds longRetryMax{3'600'000};
    std::chrono::milliseconds stalledAfter{86'400'000};
};

// How long before its end a token of this lifetime is renewed: 20 % of it, between a minute and an hour; for lifetimes
// below five minutes 20 % but at least ten seconds, and never more than half of it.
std::chrono::milliseconds refreshLead(std::chrono::milliseconds lifetime, std::optional<std::chrono::seconds> wanted);

// The moment for it; `random` in [0, 1) takes up to a tenth off the lead, so that accounts do not all come at once.
QDateTime refreshDue(
    const QDateTime &obtainedAt, const QDateTime &expiresAt, std::optional<std::chrono::seconds> wanted, double random);

// What has gone wrong so far.
struct RetrySeries {
    int failures = 1; // counts this one
    QDateTime firstFailureAt; // of the whole trouble; a network that comes back does not move it
    QDateTime seriesAt; // of the present short series
    int streak = 1; // this one and those before it with the same code
};

// The next step after trouble that passes by itself.
struct RetryPlan {
    AccountState state = AccountState::Retrying; // Retrying, Waiting, Stalled or RateLimited
    QString reason;
    QDateTime nextAt;
};

// Short series 10, 20, 40, 80, 120 s (±50 %; an ambiguous first one after 2 s, an overloaded server's from 20 s, a web
// application firewall's only two tries), then 10 min growing by half up to an hour (±20 %), after a day hourly. A
// pause that the server asked for is kept up to six hours. TLS, proxies, portals and servers that do not know how (501,
// 505) do not come right within seconds, so that their short series is left out.
RetryPlan planRetry(const Error &error, const RetrySeries &series, const QDateTime &now, double random,
    const RetryNumbers &numbers = {});

constexpr std::chrono::hours policyRetry{6};
constexpr std::chrono::hours longestPause{6};
constexpr std::chrono::hours dailyProbe{24};

// A next time that lies further ahead than this state ever plans means that the clock was set.
bool isBelievable(AccountState state, const QDateTime &nextAt, const QDateTime &now, const RetryNumbers &numbers = {});

bool isWaitingState(AccountState state); // Retrying, Waiting, Stalled, RateLimited, Offline
bool needsSomebody(AccountState state); // ends by a person's or an administrator's act alone

struct BadgeFacts {
    AccountState state = AccountState::SignedOut;
    QString reason;
    bool usable = false; // an access token is at hand and works
    bool scopesMissing = false;
    bool stepUp = false; // a service wants a stronger sign-in
    bool failing = false; // the last try went wrong
    StorageState storage = StorageState::Saved;
};
Badge badgeFor(const BadgeFacts &facts);

// The reason word for a verdict of the token endpoint that ends a sign-in: expired, revoked, interaction,
// admin-session, lost-response, refused.
QString reasonForReauth(const QString &code, bool answerWasLost);

} // namespace Postroom
