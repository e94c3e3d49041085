// The steps of one refresh, in their order. Whoever proves that a crash between any two of them loses nothing can be
// told of each.
#pragma once

#include <QCoroTask>
#include <functional>

namespace Postroom
{

enum class RefreshStep {
    LockTaken, // the account's lock over all processes
    Reread, // the vault was read again under the lock
    ProvedWritable, // a canary went in and out of the vault
    Marked, // the write-ahead marker is on disk
    Sent, // the request is on its way
    Answered, // and its answer is here
    Saved, // the new tokens were written
    Verified, // and read back
    MarkerCleared
};

// Awaited after each step. Empty outside of tests. Thread: the service's.
using StepHook = std::function<QCoro::Task<void>(RefreshStep)>;

} // namespace Postroom
