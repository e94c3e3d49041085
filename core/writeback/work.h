// One item of a push on its way, with everything that must be the same again after a crash.
#pragma once

#include "core/relayfile/dataplane.h"
#include "core/writeback/planner.h"
#include "core/writeback/transfer.h"

#include <QString>
#include <optional>

namespace Postroom
{

// How far the journal has it; only ever goes up, except that Watched may become Prepared.
enum class Stage { Planned, Watched /* the mount daemon sends it */, Prepared, Operation, Final };

// A value. `item` is what is shown; the rest is what sending it (again) needs.
struct Work {
    TransferItem item;
    QString root;
    bool inMirror = false;

    Stage stage = Stage::Planned;
    // From Prepared on:
    QString contentType;
    QString hash;
    QString ifMatch;
    QString firstSeenAt; // RFC 3339 with nanoseconds, part of the command id
    QString correlationId;
    ContentIdentity identity;

    // Only in memory:
    bool direct = false; // the daemon did not take it up, so it is sent from here
    bool mayHaveArrived = false; // sent at least once without a clear answer
    bool renewed = false; // already sent anew after the server knew it as refused
    bool hasReceipt = false; // a pending receipt lies in the outbox
    QString receiptProblem; // why there is none although there is a mirror
    bool settling = false; // its end is being written down
    bool open = false; // the wait is over, the operation is not
    bool joined = false; // another item sends the same bytes to the same path
    qint64 modifiedAt = 0; // of the local file, milliseconds since 1970
};

Work workOf(const PlannedItem &planned);

// How an item ends, or (Waiting) how its wait ends.
struct Outcome {
    ItemState state = ItemState::Failed;
    QString code;
    QString error;
    QString operationId; // empty: as it is
    QString revision; // empty: as it is
    QString dispatchStatus; // what the receipt says
};

} // namespace Postroom
