// Waiting for news from the desk, with an end.
#pragma once

#include "core/base/clock.h"
#include "models/desk.h"

#include <QCoroTask>
#include <stop_token>

namespace Postroom
{

// Completes at the next change of anything, at `until`, or when `stop` asks for it.
QCoro::Task<void> nextChange(Desk *desk, Clock *clock, QDateTime until, std::stop_token stop);

} // namespace Postroom
