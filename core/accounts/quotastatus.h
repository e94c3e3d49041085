// How much of its allowance an account has used: an axis of its own. Nothing here says anything about the credential.
#pragma once

#include "core/base/error.h"

#include <QDateTime>
#include <QList>
#include <QString>
#include <optional>

namespace Postroom
{

enum class QuotaState {
    Unknown, // not asked yet, or nothing that can be read
    Fresh,
    Stale, // known, but the last question went wrong
    RateLimited, // the quota endpoint itself asked for a pause
    Refused, // the quota endpoint does not tell us (`reason`: policy, auth or scope); the account stays usable
    Blocked // a window is used up
};

// One allowance over a span of time.
struct QuotaWindow {
    QString id; // the server's own key, such as five_hour or seven_day_opus
    QString model; // people's name of the model that it is limited to; empty: all
    double usedPercent = 0; // 0 to 100, may go beyond
    std::optional<QDateTime> resetsAt; // UTC; nothing while the window has not begun
    QDateTime observedAt; // UTC
    bool known = true; // false: a kind that we have no words for; shown with its id

    bool isUsedUp() const { return usedPercent >= 100; }
    friend bool operator==(const QuotaWindow &, const QuotaWindow &) = default;
};

// Usage that is paid for on top.
struct QuotaExtra {
    bool enabled = false;
    std::optional<double> used; // in units of the currency, not in cents
    std::optional<double> limit;
    QString currency; // ISO 4217, empty when unknown
    friend bool operator==(const QuotaExtra &, const QuotaExtra &) = default;
};

struct QuotaStatus {
    QuotaState state = QuotaState::Unknown;
    QString reason;
    QDateTime since;
    std::optional<QDateTime> nextAt; // of the next question, UTC
    QList<QuotaWindow> windows;
    std::optional<QuotaExtra> extra;
    QString lastCode; // of the last trouble, empty after a success
    QString lastMessage;

    friend bool operator==(const QuotaStatus &, const QuotaStatus &) = default;
};

} // namespace Postroom
