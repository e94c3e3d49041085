// The other end of the local socket.
#pragma once

#include "app/commands.h"
#include "app/controlprotocol.h"
#include "core/base/paths.h"

#include <QCoroTask>
#include <optional>

namespace Postroom
{

enum class RaiseAnswer { NobodyThere, NoWindow, Raised };

// Runs the command in the engine that listens; nothing when nobody does. When the engine goes away in the middle the
// command has ended with ExitFailed and a sentence on `output`.
QCoro::Task<std::optional<int>> runRemotely(
    Paths paths, Invocation invocation, CommandOutput *output, std::stop_token stop);
// Blocking, at most two seconds: before there is an event loop. Asks the running window to come to the front.
RaiseAnswer raiseRunningWindow(const Paths &paths, const QString &activationToken);
// Blocking, short: tells an engine without a window that one waits for it.
void askForHandOver(const Paths &paths);

} // namespace Postroom
