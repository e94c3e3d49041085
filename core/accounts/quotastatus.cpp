#include "core/accounts/quotastatus.h"

namespace Postroom
{

const QuotaWindow *QuotaStatus::blocking() const
{
    const QuotaWindow *last = nullptr;
    for (const QuotaWindow &window : windows) {
        if (!window.isForAll() || !window.isUsedUp())
            continue;
        // An unknown reset counts as the latest: nobody can say that it comes earlier.
        if (!last || (last->resetsAt && (!window.resetsAt || *window.resetsAt > *last->resetsAt)))
            last = &window;
    }
    return last;
}

QString toString(QuotaState state)
{
    switch (state) {
    case QuotaState::Unknown:
        break;
    case QuotaState::Fresh:
        return QStringLiteral("fresh");
    case QuotaState::Stale:
        return QStringLiteral("stale");
    case QuotaState::RateLimited:
        return QStringLiteral("rate-limited");
    case QuotaState::Refused:
        return QStringLiteral("refused");
    case QuotaState::Blocked:
        return QStringLiteral("blocked");
    }
    return QStringLiteral("unknown");
}

} // namespace Postroom
