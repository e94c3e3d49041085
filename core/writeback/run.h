// One transfer on its way: its items, its queue, how fast it goes.
#pragma once

#include "core/workspaces/mirror.h"
#include "core/writeback/receipts.h"
#include "core/writeback/transfer.h"
#include "core/writeback/transferjournal.h"
#include "core/writeback/wait.h"
#include "core/writeback/work.h"

#include <QHash>
#include <QSet>
#include <deque>
#include <memory>
#include <vector>

namespace Postroom
{

// Owned by PushService, shared with its coroutines; all in one thread. `works` never changes its size.
struct Run {
    PushRequest request;
    Transfer transfer;
    WorkspaceRecord record; // bodyLimit may become smaller on the way
    TransferJournal journal;
    ReceiptBook receipts;
    std::vector<Work> works;
    std::deque<int> queue; // not sent yet
    int pending = 0; // neither final nor open
    bool cancelled = false;
    bool hidden = false; // dismissed while operations are open
    bool newlyAcked = false;

    std::vector<std::pair<int, Outcome>> ends; // to be written down
    bool draining = false;
    QSet<int> changed; // to be told
    qint64 uploading = 0; // bytes of the batch that is going out
    std::deque<std::pair<std::chrono::milliseconds, qint64>> samples; // of the last five seconds

    std::shared_ptr<const PrivateState> tracked;
    QHash<QString, QHash<QString, RemoteFile>> folders; // what the server had in them when this transfer began
    Bell bell; // rings when something for the driver or a waiter has changed

    QString relayId() const { return record.relayId.isEmpty() ? record.id.text() : record.relayId; }
    // Counts anew and takes a sample of the speed.
    void recount(std::chrono::milliseconds steady);
};

using RunPtr = std::shared_ptr<Run>;

// One item of one transfer.
struct Ref {
    RunPtr run;
    int index = 0;
    Work &work() const { return run->works[static_cast<size_t>(index)]; }
    friend bool operator==(const Ref &, const Ref &) = default;
};

} // namespace Postroom
