// How items end: written to outbox and journal first, shown afterwards.
#include "core/writeback/pushservice_p.h"

#include "core/base/text.h"
#include "core/writeback/remote.h"

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

struct Ending {
    Work work;
    Outcome outcome;
};

Outcome outcomeOf(const Operation &operation)
{
    Outcome outcome;
    outcome.operationId = operation.id;
    outcome.revision = operation.revision;
    outcome.dispatchStatus = operation.status;
    if (operation.state == OperationState::Succeeded) {
        outcome.state = ItemState::Acked;
        return outcome;
    }
    outcome.state = ItemState::Attention;
    outcome.code = operation.status;
    // The provider's own words; who said them is the path's first part, and the sentence around them is made elsewhere.
    const QString words = oneLine(operation.lastError);
    if (operation.state == OperationState::Canceled && words.isEmpty())
        outcome.error = saying("the change was withdrawn on the server");
    else
        outcome.error = words;
    return outcome;
}

} // namespace

void PushService::Private::settle(const RunPtr &run, int index, Outcome outcome)
{
    Work &work = run->works[static_cast<size_t>(index)];
    if (work.settling || work.item.isFinal())
        return;
    if (outcome.operationId.isEmpty())
        outcome.operationId = work.item.operationId;
    if (outcome.revision.isEmpty())
        outcome.revision = work.item.revision;
    if (outcome.state == ItemState::Acked && outcome.error.isEmpty() && !work.receiptProblem.isEmpty()) {
        outcome.code = QStringLiteral("no-receipt");
        outcome.error = work.receiptProblem;
    }
    work.settling = true;
    run->ends.emplace_back(index, std::move(outcome));
    if (!run->draining) {
        run->draining = true;
        scope.spawn(drain(run));
    }
}

QCoro::Task<void> PushService::Private::drain(RunPtr run)
{
    while (!run->ends.empty()) {
        const auto ends = std::exchange(run->ends, {});
        const auto endings = std::make_shared<std::vector<Ending>>();
        endings->reserve(ends.size());
        for (const auto &[index, outcome] : ends)
            endings->push_back({run->works[static_cast<size_t>(index)], outcome});
        const std::function<bool()> write
            = [endings, journal = run->journal, receipts = run->receipts, at = clock->now(), onStep = hooks.onStep] {
                  QByteArray lines;
                  for (Ending &ending : *endings) {
                      if (ending.work.hasReceipt) {
                          onStep("receipt-final");
                          const Result<void> written = ending.outcome.state == ItemState::Waiting
                              ? receipts.noteOperation(ending.work, ending.outcome, at)
                              : receipts.writeFinal(ending.work, ending.outcome, at);
                          if (!written && ending.outcome.error.isEmpty()) {
                              ending.outcome.code = QStringLiteral("no-receipt");
                              ending.outcome.error = written.error().message;
                          }
                          onStep("receipt-final-done");
                      }
                      // One that rode along with the daemon's sending has to find its record again after a restart.
                      if (ending.work.joined && ending.outcome.state == ItemState::Waiting)
                          lines += TransferJournal::watched(ending.work);
                      lines += TransferJournal::ended(ending.work.item.index, ending.outcome);
                  }
                  onStep("ended");
                  const Result<void> noted = journal.append(lines, true);
                  onStep("ended-done");
                  return noted.has_value();
              };
        const bool noted = co_await onWorker<bool>(&disk, write);
        if (!noted)
            qCWarning(logWriteback) << "the end of a push could not be noted in" << run->journal.path();
        for (const Ending &ending : *endings)
            apply(run, ending.work.item.index, ending.outcome);
    }
    run->draining = false;
    run->bell.ring();
}

void PushService::Private::apply(const RunPtr &run, int index, const Outcome &outcome)
{
    Work &work = run->works[static_cast<size_t>(index)];
    const bool wasPending = !work.open;
    work.settling = false;
    work.item.state = outcome.state;
    work.item.code = outcome.code;
    work.item.error = outcome.error;
    work.item.operationId = outcome.operationId;
    work.item.revision = outcome.revision;
    work.open = outcome.state == ItemState::Waiting;
    if (work.item.isFinal())
        work.stage = Stage::Final;
    if (wasPending)
        --run->pending;
    if (outcome.state == ItemState::Acked) {
        run->newlyAcked = true;
        if (!outcome.revision.isEmpty())
            ownRevisions.insert({run->record.id.text(), work.item.remotePath}, outcome.revision);
    }
    touch(run, index);
    release({run, index}, outcome);
    if (run->hidden && !run->transfer.isRunning() && work.item.isFinal())
        scope.spawn(noteDismissed(run));
}

// Tells the items that ride along.
void PushService::Private::release(const Ref &owner, const Outcome &outcome)
{
    const QString key = flightKey(*owner.run, owner.work());
    const auto flight = flights.find(key);
    if (flight == flights.end() || !(*flight == owner))
        return;
    const QList<Ref> riding = passengers.value(key);
    const bool over = outcome.state != ItemState::Waiting;
    if (over) {
        flights.erase(flight);
        passengers.remove(key);
    }
    for (const Ref &ref : riding) {
        Work &work = ref.work();
        if (!work.joined || work.item.isFinal() || work.settling)
            continue;
        if (outcome.state != ItemState::Cancelled) {
            settle(ref.run, ref.index, outcome);
            continue;
        }
        // The other push was called off before it sent anything; this one was not.
        work.joined = false;
        work.item.state = ItemState::Queued;
        requeue(ref.run, {ref.index});
        touch(ref.run, ref.index);
    }
}

QCoro::Task<void> PushService::Private::finish(RunPtr run)
{
    const QDateTime at = clock->now();
    const std::function<bool()> write = [journal = run->journal, at, onStep = hooks.onStep] {
        onStep("finished");
        const bool written = journal.append(TransferJournal::finished(at), true).has_value();
        onStep("finished-done");
        return written;
    };
    const bool written = co_await onWorker<bool>(&disk, write);
    if (!written)
        qCWarning(logWriteback) << "the end of a push could not be noted in" << run->journal.path();
    run->transfer.finishedAt = at;
    run->folders.clear();
    run->tracked.reset();
    run->recount(clock->steady());
    tellWorkspace(run->record.id);
    publishRun(run);
    run->bell.ring();
}

void PushService::Private::follow(const RunPtr &run, int index, std::chrono::milliseconds patience)
{
    const Work &work = run->works[static_cast<size_t>(index)];
    QList<Ref> &refs = byOperation[{run->record.id.text(), work.item.operationId}];
    const Ref ref{run, index};
    if (!refs.contains(ref))
        refs.append(ref);
    follower.follow(run->record, work.item.remotePath, work.item.operationId, patience);
}

void PushService::Private::onSettled(const WorkspaceId &workspace, const Operation &operation)
{
    const QList<Ref> refs = byOperation.take({workspace.text(), operation.id});
    const Outcome outcome = outcomeOf(operation);
    for (const Ref &ref : refs)
        settle(ref.run, ref.index, outcome);
}

void PushService::Private::onWaitEnded(const WorkspaceId &workspace, const QString &operationId)
{
    const QList<Ref> refs = byOperation.value({workspace.text(), operationId});
    Outcome outcome;
    outcome.state = ItemState::Waiting;
    outcome.code = QStringLiteral("queued");
    outcome.error = saying("The server has it and works on it; Postroom keeps an eye on how it ends.");
    for (const Ref &ref : refs) {
        if (!ref.work().open)
            settle(ref.run, ref.index, outcome);
    }
}

void PushService::Private::onLost(const WorkspaceId &workspace, const QString &operationId)
{
    const QList<Ref> refs = byOperation.take({workspace.text(), operationId});
    Outcome outcome;
    outcome.state = ItemState::Failed;
    outcome.code = QStringLiteral("operation-unknown");
    outcome.error = saying("The server does not know any more what became of it.");
    for (const Ref &ref : refs)
        settle(ref.run, ref.index, outcome);
}

void PushService::Private::cancel(const RunPtr &run)
{
    if (!run->transfer.isRunning() || run->cancelled)
        return;
    run->cancelled = true;
    Outcome outcome;
    outcome.state = ItemState::Cancelled;
    // What may have been sent before a crash is still followed to its end.
    std::deque<int> kept;
    for (const int index : std::exchange(run->queue, {})) {
        if (run->works[static_cast<size_t>(index)].mayHaveArrived)
            kept.push_back(index);
        else
            settle(run, index, outcome);
    }
    run->queue = kept;
    for (qsizetype i = watches.size(); i-- > 0;) {
        if (watches.at(i).ref.run != run || watches.at(i).background)
            continue;
        const Watch watched = watches.at(i);
        // The daemon has taken it up: there is no way to hold it back.
        if (!watched.recordId.isEmpty())
            continue;
        watches.removeAt(i);
        settle(run, watched.ref.index, outcome);
    }
    for (Work &work : run->works) {
        if (work.joined && !work.item.isFinal())
            settle(run, work.item.index, outcome);
    }
    run->bell.ring();
}

QCoro::Task<void> PushService::Private::noteDismissed(RunPtr run)
{
    bool open = false;
    for (const Work &work : run->works)
        open = open || !work.item.isFinal();
    const std::function<bool()> write = [journal = run->journal, open] {
        if (open)
            return journal.append(TransferJournal::dismissed(), true).has_value();
        journal.remove();
        return true;
    };
    co_await onWorker<bool>(&disk, write);
    if (!open)
        runs.removeOne(run);
}

} // namespace Postroom
