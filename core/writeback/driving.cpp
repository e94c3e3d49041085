// From the queue to the server, batch by batch.
#include "core/writeback/pushservice_p.h"

#include "core/writeback/remote.h"

#include <QLocale>
#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr int mostPerBatch = 200;
constexpr qint64 largestBatch = 8 * 1024 * 1024;
constexpr qint64 itemEnvelope = 1024; // names, identity and JSON around a file, at most

Outcome changedOutcome()
{
    Outcome outcome;
    outcome.code = QStringLiteral("changed");
    outcome.error = saying("It was changed or removed before it could be sent; push it again.");
    return outcome;
}

} // namespace

QCoro::Task<void> PushService::Private::drive(RunPtr run)
{
    co_await loadTracked(run);
    while (!isStopping()) {
        const std::vector<int> batch = takeBatch(*run);
        if (!batch.empty()) {
            co_await sendBatch(run, batch);
            continue;
        }
        if (run->pending == 0 && !run->draining)
            break;
        co_await run->bell.next();
    }
    if (!isStopping())
        co_await finish(run);
}

std::vector<int> PushService::Private::takeBatch(Run &run) const
{
    std::vector<int> batch;
    QStringList scopes;
    qint64 bytes = 0;
    const qint64 limit = std::min(run.record.bodyLimit > 0 ? run.record.bodyLimit : largestBatch, largestBatch);
    while (!run.queue.empty() && batch.size() < mostPerBatch) {
        const Work &work = run.works[static_cast<size_t>(run.queue.front())];
        if (work.item.isFinal() || work.settling) {
            run.queue.pop_front();
            continue;
        }
        const QStringList needed = pushScopes(work.item.remotePath);
        if (batch.empty())
            scopes = needed;
        // One request has one token.
        else if (scopes != needed || bytes + work.item.bytes + itemEnvelope > limit)
            break;
        bytes += work.item.bytes + itemEnvelope;
        batch.push_back(run.queue.front());
        run.queue.pop_front();
    }
    return batch;
}

void PushService::Private::requeue(const RunPtr &run, const std::vector<int> &indices)
{
    for (auto it = indices.rbegin(); it != indices.rend(); ++it)
        run->queue.push_front(*it);
    run->bell.ring();
}

QCoro::Task<void> PushService::Private::loadTracked(RunPtr run)
{
    if (run->record.mirror.isEmpty())
        co_return;
    const QString path = privateStatePath(paths.home, run->relayId(), run->record.remoteRoot, run->record.mirror);
    using State = std::shared_ptr<const PrivateState>;
    const std::function<State()> read = [path]() -> State {
        Result<PrivateState> state = PrivateState::read(path);
        return state ? std::make_shared<const PrivateState>(std::move(*state)) : nullptr;
    };
    run->tracked = co_await onWorker<State>(&readers, read);
}

// True when another item is sending these bytes to this path already.
bool PushService::Private::join(const RunPtr &run, int index)
{
    Work &work = run->works[static_cast<size_t>(index)];
    const Ref self{run, index};
    const QString key = flightKey(*run, work);
    const auto flight = flights.constFind(key);
    if (flight == flights.constEnd()) {
        flights.insert(key, self);
        return false;
    }
    if (*flight == self)
        return false;
    const Work &other = flight->work();
    work.joined = true;
    work.item.state = ItemState::Waiting;
    work.item.commandId = other.item.commandId;
    work.item.operationId = other.item.operationId;
    passengers[key].append(self);
    touch(run, index);
    // The other one's wait is over already; this one gets a wait of its own.
    if (other.open && !other.item.operationId.isEmpty()) {
        work.joined = false;
        passengers[key].removeOne(self);
        follow(run, index, run->request.timeout);
    } else if (other.open) {
        Outcome outcome;
        outcome.state = ItemState::Waiting;
        outcome.code = other.item.code;
        outcome.error = other.item.error;
        settle(run, index, outcome);
    }
    return true;
}

QCoro::Task<void> PushService::Private::sendBatch(RunPtr run, std::vector<int> batch)
{
    struct Job {
        QString path;
        QString remotePath;
        ReadOptions options;
    };
    const auto jobs = std::make_shared<std::vector<Job>>();
    for (const int index : batch) {
        const Work &work = run->works[static_cast<size_t>(index)];
        ReadOptions options;
        options.root = work.root;
        options.limit = run->record.bodyLimit > 0 ? run->record.bodyLimit : -1;
        options.afterRead = hooks.afterRead;
        jobs->push_back({work.item.local, work.item.remotePath, options});
    }
    const std::function<LocalFiles()> read = [jobs] {
        const auto files = std::make_shared<std::vector<LocalFile>>();
        for (const Job &job : *jobs) {
            LocalFile file = readLocalFile(job.path, job.options);
            if (file.code.isEmpty()) {
                BulkFile measured;
                measured.path = job.remotePath;
                measured.contentType = contentTypeOf(job.path, file.content);
                measured.content = file.content;
                file.contentType = measured.contentType;
                file.requestBytes = encodedSize(measured) + itemEnvelope;
            }
            files->push_back(std::move(file));
        }
        return files;
    };
    const LocalFiles files = co_await onWorker<LocalFiles>(&readers, read);
    if (isStopping())
        co_return;

    std::vector<int> changed; // after they were perhaps sent
    std::vector<int> going;
    std::vector<int> later;
    QHash<int, int> fileOf;
    bool freshlyTracked = false;
    qint64 requestBytes = itemEnvelope;
    for (size_t i = 0; i < batch.size(); ++i) {
        const int index = batch[i];
        Work &work = run->works[static_cast<size_t>(index)];
        const LocalFile &file = files->at(i);
        if (work.settling || work.item.isFinal())
            continue;
        if (run->cancelled && !work.mayHaveArrived) {
            Outcome outcome;
            outcome.state = ItemState::Cancelled;
            settle(run, index, outcome);
            continue;
        }
        const bool again = work.stage == Stage::Prepared;
        if (again && work.mayHaveArrived && (!file.code.isEmpty() || file.hash != work.hash)) {
            changed.push_back(index);
            continue;
        }
        if (again && file.code.isEmpty() && file.hash != work.hash) {
            settle(run, index, changedOutcome());
            continue;
        }
        if (!file.code.isEmpty()) {
            Outcome outcome;
            outcome.code = file.code;
            outcome.error = file.problem;
            settle(run, index, outcome);
            continue;
        }
        const qint64 needed = file.requestBytes;
        if (run->record.bodyLimit > 0 && needed > run->record.bodyLimit) {
            Outcome outcome;
            const QLocale locale;
            outcome.code = QStringLiteral("too-large");
            outcome.error = saying("It takes %1 to send; the server takes at most %2 at once.")
                                .arg(locale.formattedDataSize(needed), locale.formattedDataSize(run->record.bodyLimit));
            settle(run, index, outcome);
            continue;
        }
        if (run->record.bodyLimit > 0 && !going.empty() && requestBytes + needed > run->record.bodyLimit) {
            later.push_back(index);
            continue;
        }
        work.hash = file.hash;
        work.modifiedAt = file.modifiedAt;
        work.item.bytes = file.size;
        if (join(run, index))
            continue;
        if (work.inMirror && !again && target->daemonRuns(run->record.id)) {
            if (work.direct && !freshlyTracked) {
                freshlyTracked = true;
                co_await loadTracked(run);
            }
            const auto tracked = run->tracked ? run->tracked->file(work.item.remotePath) : std::nullopt;
            if (tracked && !tracked->dirty && tracked->hash == file.hash) {
                Outcome outcome;
                outcome.state = ItemState::Acked;
                outcome.code = QStringLiteral("already-there");
                outcome.revision = tracked->revision;
                settle(run, index, outcome);
                continue;
            }
            if (!work.direct) {
                watch(run, index, false);
                continue;
            }
        }
        requestBytes += needed;
        fileOf.insert(index, static_cast<int>(i));
        going.push_back(index);
    }
    if (!later.empty())
        requeue(run, later);
    if (!changed.empty()) {
        const Outcome otherwise = changedOutcome();
        co_await settleUnsure(run, changed, otherwise);
    }
    if (!going.empty())
        co_await sendDirect(run, going, files, fileOf);
    run->uploading = 0;
}

} // namespace Postroom
