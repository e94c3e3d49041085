// Files that the mount daemon sends by itself: their fate is read from its outbox.
#include "core/writeback/pushservice_p.h"

#include "core/base/text.h"

#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr auto showWithin = 10'000ms;
constexpr qint64 clockSlack = 2'000; // between a file's time and the daemon's, milliseconds

bool isOver(const OutboxRecord &record)
{
    return record.state == RecordState::Attention || record.state == RecordState::Failed;
}

bool concerns(const OutboxRecord &record, const Work &work)
{
    // Receipts of pushes say their action; what the daemon itself has taken up does not.
    return record.path == work.item.remotePath && record.hash == work.hash && record.action.isEmpty();
}

} // namespace

void PushService::Private::watch(const RunPtr &run, int index, bool background)
{
    Work &work = run->works[static_cast<size_t>(index)];
    Watch watched;
    watched.ref = {run, index};
    watched.background = background;
    watched.recordId = background ? work.item.commandId : QString();
    const auto now = clock->steady();
    watched.showBy = now + showWithin;
    watched.deadline = now + run->request.timeout;
    work.item.state = ItemState::Waiting;
    touch(run, index);
    bool taken = false;
    const QList<OutboxRecord> records = target->outbox(run->record.id);
    for (const OutboxRecord &record : records) {
        if (!concerns(record, work))
            continue;
        if (isOver(record) && !background)
            watched.old.insert(record.id);
        else if (record.state == RecordState::Pending)
            taken = true;
    }
    // The daemon gave up on these very bytes before and does not try them again.
    if (!watched.old.isEmpty() && !taken) {
        work.direct = true;
        work.item.state = ItemState::Queued;
        requeue(run, {index});
        return;
    }
    watches.append(watched);
    const WorkspaceId id = run->record.id;
    QTimer::singleShot(0, this, [this, id] { lookAtOutbox(id); });
}

void PushService::Private::lookAtOutbox(const WorkspaceId &id)
{
    if (isStopping() || watches.isEmpty())
        return;
    const QList<OutboxRecord> records = target->outbox(id);
    QHash<QString, QList<OutboxRecord>> byPath;
    for (const OutboxRecord &record : records)
        byPath[record.path].append(record);
    for (qsizetype i = watches.size(); i-- > 0;) {
        Watch &watched = watches[i];
        if (watched.ref.run->record.id != id)
            continue;
        const Work &work = watched.ref.work();
        std::optional<OutboxRecord> best;
        const QList<OutboxRecord> near = byPath.value(work.item.remotePath);
        for (const OutboxRecord &record : near) {
            if (!concerns(record, work) || watched.old.contains(record.id))
                continue;
            // The same bytes as once before: that delivery is not this one.
            const bool old = record.state == RecordState::Acked && record.id != watched.recordId
                && record.firstSeenAt.isValid()
                && record.firstSeenAt.toMSecsSinceEpoch() + clockSlack < work.modifiedAt;
            if (!old && (!best || record.firstSeenAt > best->firstSeenAt))
                best = record;
        }
        // Of the delivered ones the list holds only the newest.
        if (!best && !watched.recordId.isEmpty())
            best = target->outboxRecord(id, watched.recordId);
        if (best && takeRecord(watched, *best))
            watches.removeAt(i);
    }
    armWatches();
}

bool PushService::Private::takeRecord(Watch &watched, const OutboxRecord &record)
{
    Work &work = watched.ref.work();
    Outcome outcome;
    outcome.operationId = record.operationId;
    outcome.revision = record.revision;
    outcome.dispatchStatus = record.dispatchStatus;
    const bool isNew = watched.recordId != record.id;
    const bool changed = isNew || work.item.operationId != record.operationId;
    watched.recordId = record.id;
    work.item.commandId = record.id;
    work.item.operationId = record.operationId;
    switch (record.state) {
    case RecordState::Pending:
    case RecordState::Unreadable:
        if (isNew) {
            work.stage = Stage::Watched;
            // Lost in a crash, it only means looking for the record once more.
            disk.start([journal = watched.ref.run->journal, line = TransferJournal::watched(work)] {
                (void)journal.append(line, false);
            });
        }
        if (changed)
            touch(watched.ref.run, watched.ref.index);
        return false;
    case RecordState::Acked:
        if (record.dispatchStatus == QLatin1String("superseded_by_newer_local_content")) {
            outcome.code = QStringLiteral("superseded");
            outcome.error = saying("A newer version of this file took its place before it was sent.");
        } else {
            outcome.state = ItemState::Acked;
        }
        break;
    case RecordState::Attention:
    case RecordState::Failed:
        outcome.state = record.state == RecordState::Attention ? ItemState::Attention : ItemState::Failed;
        outcome.code = record.dispatchStatus.isEmpty() ? QStringLiteral("refused") : record.dispatchStatus;
        outcome.error = record.error.isEmpty() ? saying("It was not taken, and no reason was given.")
                                               : saying("It was not taken: \"%1\".").arg(oneLine(record.error));
        break;
    }
    settle(watched.ref.run, watched.ref.index, outcome);
    return true;
}

void PushService::Private::armWatches()
{
    watchAlarm.reset();
    std::optional<std::chrono::milliseconds> next;
    for (const Watch &watched : std::as_const(watches)) {
        if (watched.background)
            continue;
        const auto due = watched.recordId.isEmpty() ? std::min(watched.showBy, watched.deadline) : watched.deadline;
        next = next ? std::min(*next, due) : due;
    }
    if (!next || isStopping())
        return;
    const auto left = std::max(0ms, *next - clock->steady());
    watchAlarm = clock->at(clock->now().addMSecs(left.count()), [this] { onWatchAlarm(); });
}

void PushService::Private::onWatchAlarm()
{
    QSet<WorkspaceId> workspaces;
    for (const Watch &watched : std::as_const(watches))
        workspaces.insert(watched.ref.run->record.id);
    // The last look before anything is decided.
    for (const WorkspaceId &id : std::as_const(workspaces))
        lookAtOutbox(id);
    const auto now = clock->steady();
    QHash<RunPtr, std::vector<int>> direct;
    for (qsizetype i = watches.size(); i-- > 0;) {
        Watch &watched = watches[i];
        if (watched.background)
            continue;
        Work &work = watched.ref.work();
        if (watched.recordId.isEmpty()) {
            if (now < std::min(watched.showBy, watched.deadline))
                continue;
            work.direct = true;
            work.item.state = ItemState::Queued;
            direct[watched.ref.run].push_back(watched.ref.index);
            touch(watched.ref.run, watched.ref.index);
            watches.removeAt(i);
            continue;
        }
        if (now < watched.deadline)
            continue;
        Outcome outcome;
        outcome.state = ItemState::Waiting;
        outcome.code = QStringLiteral("queued");
        outcome.error
            = saying("The mount has it in its outbox and goes on trying; Postroom keeps an eye on how it ends.");
        watched.background = true;
        settle(watched.ref.run, watched.ref.index, outcome);
    }
    for (auto it = direct.begin(); it != direct.end(); ++it) {
        std::sort(it->begin(), it->end());
        requeue(it.key(), *it);
    }
    armWatches();
}

} // namespace Postroom
