// What an earlier run of the program left: taken up where its journal ends.
#include "core/writeback/pushservice_p.h"

#include <QDir>
#include <QFile>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr int keptDays = 7;

using Stored = std::shared_ptr<std::vector<StoredTransfer>>;

bool hasOpen(const StoredTransfer &stored)
{
    for (const Work &work : stored.works) {
        if (!work.item.isFinal())
            return true;
    }
    return false;
}

Stored readAll(const QString &folder, const QDateTime &now)
{
    const auto all = std::make_shared<std::vector<StoredTransfer>>();
    const QDir dir(folder);
    // Halves of files that were being written when the process ended.
    const QStringList halves = dir.entryList({QStringLiteral(".*.tmp")}, QDir::Files | QDir::Hidden);
    for (const QString &name : halves)
        QFile::remove(dir.filePath(name));
    const QStringList names = dir.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name);
    for (const QString &name : names) {
        const TransferJournal journal(dir.filePath(name));
        Result<StoredTransfer> stored = journal.load();
        if (!stored || name != stored->request.id.text() + QStringLiteral(".json")) {
            qCWarning(logWriteback) << "left alone:" << journal.path() << (stored ? QString() : stored.error().message);
            continue;
        }
        const bool old = stored->finishedAt && stored->finishedAt->daysTo(now) >= keptDays;
        if ((stored->hidden || old) && stored->finishedAt && !hasOpen(*stored)) {
            journal.remove();
            continue;
        }
        all->push_back(std::move(*stored));
    }
    std::sort(all->begin(), all->end(),
        [](const StoredTransfer &a, const StoredTransfer &b) { return a.startedAt < b.startedAt; });
    return all;
}

} // namespace

QCoro::Task<void> PushService::Private::load()
{
    const std::function<Stored()> read
        = [folder = paths.state + QStringLiteral("/transfers"), now = clock->now()] { return readAll(folder, now); };
    const Stored all = co_await onWorker<Stored>(&disk, read);
    if (isStopping())
        co_return;
    for (const StoredTransfer &stored : *all) {
        if (!find(stored.request.id))
            takeUp(stored);
    }
    isLoaded = true;
    bell.ring();
}

void PushService::Private::takeUp(const StoredTransfer &stored)
{
    const auto run = std::make_shared<Run>();
    run->request = stored.request;
    run->transfer.id = stored.request.id;
    run->transfer.workspace = stored.request.workspace;
    run->transfer.startedAt = stored.startedAt;
    run->transfer.finishedAt = stored.finishedAt;
    run->transfer.resumed = !stored.finishedAt;
    run->hidden = stored.hidden;
    run->journal = TransferJournal(TransferJournal::pathFor(paths.state, stored.request.id));
    run->works = stored.works;
    const auto record = target->record(stored.request.workspace);
    run->record.id = stored.request.workspace;
    if (record)
        run->record = *record;
    run->receipts = ReceiptBook(run->record.mirror, run->relayId());
    runs.append(run);

    const bool running = !stored.finishedAt;
    Outcome homeless;
    homeless.code = QStringLiteral("no-workspace");
    homeless.error = saying("This workspace is not known here any more.");
    std::vector<int> lost;
    for (Work &work : run->works) {
        const int index = work.item.index;
        if (work.item.isFinal()) {
            if (work.item.state == ItemState::Acked && !work.item.revision.isEmpty())
                ownRevisions.insert({run->record.id.text(), work.item.remotePath}, work.item.revision);
            continue;
        }
        if (running && !work.open)
            ++run->pending;
        if (!record) {
            lost.push_back(index);
            continue;
        }
        work.hasReceipt = run->receipts.isActive() && work.stage >= Stage::Prepared && !work.item.commandId.isEmpty();
        if (!work.hash.isEmpty() && work.stage >= Stage::Watched) {
            const QString key = flightKey(*run, work);
            if (!flights.contains(key))
                flights.insert(key, {run, index});
        }
        if (!work.item.operationId.isEmpty() && work.stage != Stage::Prepared) {
            work.item.state = ItemState::Waiting;
            follow(run, index, work.open ? 0ms : std::chrono::milliseconds(run->request.timeout));
        } else if (work.open) {
            watch(run, index, true);
        } else if (running) {
            // Sent or not, nobody knows: the identity makes a second sending the same operation.
            work.mayHaveArrived = work.stage == Stage::Prepared;
            work.item.state = ItemState::Queued;
            run->queue.push_back(index);
        }
    }
    QStringList commandIds;
    for (const Work &work : run->works) {
        if (work.hasReceipt)
            commandIds.append(work.item.commandId);
    }
    if (!commandIds.isEmpty())
        disk.start([receipts = run->receipts, commandIds] { receipts.sweep(commandIds); });
    for (const int index : lost)
        settle(run, index, homeless);
    run->recount(clock->steady());
    publishRun(run);
    if (!running)
        return;
    tellWorkspace(run->record.id);
    scope.spawn(drive(run));
}

} // namespace Postroom
