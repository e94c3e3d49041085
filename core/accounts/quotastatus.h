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
    Unknown, // not asked yet, nothing that can be read, or numbers that are past their reset
    Fresh,
    Stale, // known, but the last question went wrong
    RateLimited, // the quota endpoint itself asked for a pause
    Refused, // the quota endpoint does not tell us (`reason`: policy, auth or scope); the account stays usable
    Blocked // a window is used up (`reason`: its id)
};

// One allowance over a span of time.
struct QuotaWindow {
    QString id; // the server's own key, such as five_hour or seven_day_opus
    QString model; // people's name of the model that it is limited to; empty: all
    double usedPercent = 0; // 0 to 100, may go beyond
    std::optional<QDateTime> resetsAt; // UTC; nothing while the window has not begun
    QDateTime observedAt; // UTC
    bool known = true; // false: a kind that we have no words for; shown with its id
    bool active = true; // false: the server says that it does not count at present
    bool certain = true; // false: the number may be a fraction or per cent, and nothing tells which

    bool isUsedUp() const { return usedPercent >= 100; }
    // Everything the account does counts against it, so that it can stop the account as a whole.
    bool isForAll() const { return known && active && certain && model.isEmpty(); }
    friend bool operator==(const QuotaWindow &, const QuotaWindow &) = default;
};

// Usage that is paid for on top.
struct QuotaExtra {
    bool enabled = false;
    std::optional<double> used; // in units of the currency, not in cents
    std::optional<double> limit;
    QString currency; // ISO 4217, empty when unknown
    QString severity; // the server's word for how near the limit is, empty when it has none
    friend bool operator==(const QuotaExtra &, const QuotaExtra &) = default;
};

// A snapshot of one moment: windows that are past their reset are not in it.
struct QuotaStatus {
    QuotaState state = QuotaState::Unknown;
    QString reason; // closed vocabulary: policy, auth, scope, endpoint-changed, or the id of the window that is used up
    QDateTime since;
    std::optional<QDateTime> nextAt; // of the next question, UTC
    QList<QuotaWindow> windows;
    std::optional<QuotaExtra> extra;
    QString binding; // id of the window that the server says will stop the account first; empty when it did not say
    QString lastCode; // of the last trouble, empty after a success
    QString lastMessage;

    // The window that stops the account now: of several the one that resets last. Null when none does.
    const QuotaWindow *blocking() const;
    friend bool operator==(const QuotaStatus &, const QuotaStatus &) = default;
};

QString toString(QuotaState state); // unknown fresh stale rate-limited refused blocked

} // namespace Postroom
