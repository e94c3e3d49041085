// One shared request: prepared on disk, sent, its answer taken apart.
#include "core/writeback/pushservice_p.h"

#include "core/base/ids.h"
#include "core/base/text.h"
#include "core/workspaces/mirror.h"
#include "core/writeback/remote.h"

#include <QLocale>
#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr auto firstDelay = 500ms;
constexpr auto longestDelay = 8'000ms;
constexpr qint64 smallestLimit = 4096;
constexpr int payloadTooLarge = 413;

bool isConflict(const BulkProblem &problem)
{
    static const QStringList codes{QStringLiteral("conflict"), QStringLiteral("revision_conflict"),
        QStringLiteral("precondition_failed"), QStringLiteral("not_found")};
    return codes.contains(problem.code);
}

Outcome outcomeOf(const BulkProblem &problem)
{
    Outcome outcome;
    outcome.code = problem.code;
    const QString words = oneLine(problem.message.isEmpty() ? problem.code : problem.message);
    if (isConflict(problem)) {
        outcome.code = QStringLiteral("conflict");
        outcome.revision = problem.currentRevision;
        outcome.error = problem.currentRevision.isEmpty()
            ? saying("It was removed on the server in the meantime, so nothing was written.")
            : saying("It was changed on the server in the meantime, so nothing was overwritten.");
    } else if (problem.code == QLatin1String("forbidden")) {
        outcome.error = saying("This sign-in may not write there: \"%1\".").arg(words);
    } else {
        outcome.error = saying("The server did not take it: \"%1\".").arg(words);
    }
    return outcome;
}

bool isRefusedState(const QString &state)
{
    return state == QLatin1String("failed") || state == QLatin1String("dead_lettered")
        || state == QLatin1String("canceled");
}

// A request that may have reached the server although no usable answer came back.
bool mayHaveArrived(const Error &error)
{
    return error.kind == ErrorClass::Ambiguous || error.kind == ErrorClass::Server || error.kind == ErrorClass::Infra
        || error.kind == ErrorClass::Cancel;
}

} // namespace

QString uniqueStamp(const QDateTime &now)
{
    // The clock tells milliseconds; the rest only has to differ.
    const quint32 fraction = randomHex(5).toUInt(nullptr, 16) % 1'000'000;
    return now.toUTC().toString(QStringLiteral("yyyy-MM-ddTHH:mm:ss.zzz"))
        + QStringLiteral("%1Z").arg(fraction, 6, 10, QLatin1Char('0'));
}

QCoro::Task<void> PushService::Private::sendDirect(
    RunPtr run, std::vector<int> indices, LocalFiles files, QHash<int, int> fileOf)
{
    const Result<RemoteFiles> remote = co_await askRemote(run, indices, run->request.timeout);
    if (isStopping())
        co_return;
    if (!remote) {
        Outcome outcome;
        outcome.code = remote.error().code;
        outcome.error = remote.error().message;
        std::vector<int> unsure;
        for (const int index : indices) {
            if (run->works[static_cast<size_t>(index)].mayHaveArrived)
                unsure.push_back(index);
            else
                settle(run, index, outcome);
        }
        Outcome unknown;
        unknown.code = QStringLiteral("outcome-unknown");
        unknown.error = saying("The server did not say whether it arrived. Pushing it again is safe: the server takes "
                               "the same content only once.");
        for (const int index : unsure)
            settle(run, index, unknown);
        co_return;
    }
    const std::vector<int> sending = co_await leaveOutKnown(run, indices, *remote);
    if (isStopping())
        co_return;
    std::vector<int> going;
    const QString correlationId = QStringLiteral("corr_") + randomHex(32);
    for (const int index : sending) {
        Work &work = run->works[static_cast<size_t>(index)];
        if (run->cancelled && !work.mayHaveArrived) {
            Outcome outcome;
            outcome.state = ItemState::Cancelled;
            settle(run, index, outcome);
            continue;
        }
        if (work.stage != Stage::Prepared)
            prepare(run, work, files->at(static_cast<size_t>(fileOf.value(index))), *remote, correlationId);
        work.item.state = ItemState::Sending;
        touch(run, index);
        going.push_back(index);
    }
    if (going.empty())
        co_return;
    const bool written = co_await writePrepared(run, going, files, fileOf);
    if (isStopping())
        co_return;
    if (!written) {
        Outcome outcome;
        outcome.code = QStringLiteral("unwritable");
        outcome.error = saying("The list of running pushes cannot be written, so it was not sent.");
        for (const int index : going)
            settle(run, index, outcome);
        co_return;
    }
    QList<BulkFile> bulk;
    qint64 requestBytes = 0;
    for (const int index : going) {
        const Work &work = run->works[static_cast<size_t>(index)];
        BulkFile file;
        file.path = work.item.remotePath;
        file.contentType = work.contentType;
        file.content = std::move(files->at(static_cast<size_t>(fileOf.value(index))).content);
        file.ifMatch = work.ifMatch;
        file.identity = work.identity;
        bulk.append(file);
        requestBytes += files->at(static_cast<size_t>(fileOf.value(index))).requestBytes;
    }
    co_await transmit(run, going, bulk, correlationId, requestBytes);
}

QString PushService::Private::ownRevision(const Run &run, const QString &remotePath) const
{
    const QString known = ownRevisions.value({run.record.id.text(), remotePath});
    if (!known.isEmpty())
        return known;
    QDateTime newest;
    QString revision;
    const QList<OutboxRecord> records
        = run.record.mirror.isEmpty() ? QList<OutboxRecord>() : target->outbox(run.record.id);
    for (const OutboxRecord &record : records) {
        if (record.path == remotePath && record.state == RecordState::Acked && !record.revision.isEmpty()
            && (!newest.isValid() || record.ackedAt > newest)) {
            newest = record.ackedAt;
            revision = record.revision;
        }
    }
    return revision;
}

void PushService::Private::prepare(
    const RunPtr &run, Work &work, const LocalFile &file, const RemoteFiles &remote, const QString &correlationId)
{
    const QString path = work.item.remotePath;
    const std::optional<RemoteFile> there = remote.value(path);
    work.contentType = file.contentType;
    work.firstSeenAt = uniqueStamp(clock->now());
    work.item.commandId = commandId(run->relayId(), path, work.hash, work.firstSeenAt);
    work.correlationId = correlationId;
    work.item.operationId.clear();
    work.item.revision.clear();

    // What the mirror last saw; where the mirror knows nothing, what is there now; nothing there, then only a new file.
    const auto tracked = work.inMirror && run->tracked ? run->tracked->file(path) : std::nullopt;
    const QString current = there ? there->revision : QStringLiteral("0");
    const bool unknown = !tracked || tracked->revision.isEmpty();
    // Without a daemon the mirror's state does not learn about our own pushes.
    const bool ours
        = !unknown && there && there->revision != tracked->revision && there->revision == ownRevision(*run, path);
    work.ifMatch = unknown || ours ? current : tracked->revision;

    // A draft's key has no time in it: right for making something once, wrong for changing what is there, and useless
    // after the provider refused it, because the server would answer with the refused operation.
    const bool creates = isDraftPath(path) && !there && !work.renewed;
    work.identity = creates ? draftIdentity(run->relayId(), path, work.hash) : commandIdentity(work.item.commandId);
}

QCoro::Task<bool> PushService::Private::writePrepared(
    RunPtr run, std::vector<int> indices, LocalFiles files, QHash<int, int> fileOf)
{
    struct Job {
        Work work;
        QByteArray content;
        QString problem;
    };
    const auto jobs = std::make_shared<std::vector<Job>>();
    for (const int index : indices)
        jobs->push_back(
            {run->works[static_cast<size_t>(index)], files->at(static_cast<size_t>(fileOf.value(index))).content, {}});
    const std::function<bool()> write
        = [jobs, journal = run->journal, receipts = run->receipts, onStep = hooks.onStep] {
              QByteArray lines;
              std::vector<int> items;
              for (const Job &job : *jobs) {
                  items.push_back(job.work.item.index);
                  if (job.work.stage != Stage::Prepared)
                      lines += TransferJournal::prepared(job.work);
              }
              onStep("prepared");
              if (!lines.isEmpty() && !journal.append(lines, true))
                  return false;
              onStep("prepared-done");
              for (Job &job : *jobs) {
                  onStep("receipt-pending");
                  const Result<void> written = receipts.writePending(job.work, job.content);
                  if (!written)
                      job.problem = written.error().message;
                  onStep("receipt-pending-done");
                  job.content.clear();
              }
              // For whoever reads the journal; what counts is on disk already.
              return journal.append(TransferJournal::sent(items), false).has_value();
          };
    const bool written = co_await onWorker<bool>(&disk, write);
    for (const Job &job : *jobs) {
        Work &work = run->works[static_cast<size_t>(job.work.item.index)];
        work.stage = written ? Stage::Prepared : work.stage;
        work.receiptProblem = job.problem;
        work.hasReceipt = run->receipts.isActive() && job.problem.isEmpty();
    }
    co_return written;
}

QCoro::Task<void> PushService::Private::transmit(
    RunPtr run, std::vector<int> indices, QList<BulkFile> bulk, QString correlationId, qint64 requestBytes)
{
    const std::stop_token stop = scope.token();
    const QStringList scopes = pushScopes(bulk.first().path);
    qint64 rawBytes = 0;
    for (const BulkFile &file : std::as_const(bulk))
        rawBytes += file.content.size();
    const std::function<void(qint64, qint64)> onUploaded
        = [this, run, rawBytes, first = indices.front()](qint64 sent, qint64 total) {
              run->uploading = total > 0 ? static_cast<qint64>(static_cast<double>(rawBytes) * static_cast<double>(sent)
                                               / static_cast<double>(total))
                                         : 0;
              touch(run, first);
          };
    const auto deadline = clock->steady() + run->request.timeout;
    auto delay = firstDelay;
    bool arrived = false;
    for (const int index : indices)
        arrived = arrived || run->works[static_cast<size_t>(index)].mayHaveArrived;
    for (;;) {
        const Result<BulkAnswer> answer
            = co_await target->bulk(run->record, scopes, bulk, correlationId, onUploaded, stop);
        run->uploading = 0;
        if (answer) {
            co_await takeAnswer(run, indices, *answer);
            co_return;
        }
        // The journal has it; the next start sends it again as the same operation.
        if (isStopping())
            co_return;
        const Error error = answer.error();
        if (error.status == payloadTooLarge) {
            bulk.clear();
            co_await tooLarge(run, indices, requestBytes);
            co_return;
        }
        arrived = arrived || mayHaveArrived(error);
        Outcome outcome;
        outcome.code = error.code;
        outcome.error = error.message;
        for (const int index : indices)
            run->works[static_cast<size_t>(index)].mayHaveArrived = arrived;
        std::chrono::milliseconds wait = delay;
        if (error.retryAt)
            wait = std::max(wait, std::chrono::milliseconds(clock->now().msecsTo(*error.retryAt)));
        if (run->cancelled && !arrived) {
            outcome = {};
            outcome.state = ItemState::Cancelled;
        } else if (error.isTransient() && clock->steady() + wait <= deadline) {
            for (const int index : indices) {
                run->works[static_cast<size_t>(index)].item.error = error.message;
                touch(run, index);
            }
            co_await nap(clock, wait, stop);
            if (isStopping())
                co_return;
            delay = std::min<std::chrono::milliseconds>(delay * 2, longestDelay);
            if (!run->cancelled || arrived)
                continue;
            outcome = {};
            outcome.state = ItemState::Cancelled;
        }
        if (arrived) {
            co_await settleUnsure(run, indices, outcome);
            co_return;
        }
        for (const int index : indices)
            settle(run, index, outcome);
        co_return;
    }
}

QCoro::Task<void> PushService::Private::tooLarge(RunPtr run, std::vector<int> indices, qint64 requestBytes)
{
    const bool alone = indices.size() == 1;
    const qint64 limit = std::max(smallestLimit, alone ? requestBytes - 1 : requestBytes / 2);
    if (run->record.bodyLimit <= 0 || limit < run->record.bodyLimit) {
        run->record.bodyLimit = limit;
        target->learnBodyLimit(run->record.id, limit);
    }
    if (alone) {
        Outcome outcome;
        const QLocale locale;
        outcome.code = QStringLiteral("too-large");
        outcome.error = saying("It takes %1 to send; the server takes less than that at once.")
                            .arg(locale.formattedDataSize(requestBytes));
        settle(run, indices.front(), outcome);
        co_return;
    }
    // Two requests instead of one, with the same identities; none of these files was written.
    const auto half = indices.begin() + static_cast<std::ptrdiff_t>((indices.size() + 1) / 2);
    for (const int index : indices) {
        run->works[static_cast<size_t>(index)].item.state = ItemState::Queued;
        touch(run, index);
    }
    const std::vector<int> first(indices.begin(), half);
    const std::vector<int> second(half, indices.end());
    co_await sendBatch(run, first);
    if (!isStopping())
        co_await sendBatch(run, second);
}

QCoro::Task<void> PushService::Private::takeAnswer(RunPtr run, std::vector<int> indices, BulkAnswer answer)
{
    QHash<QString, BulkProblem> problems;
    QHash<QString, BulkResult> results;
    for (const BulkProblem &problem : std::as_const(answer.problems))
        problems.insert(problem.path, problem);
    for (const BulkResult &result : std::as_const(answer.results))
        results.insert(result.path, result);

    QByteArray lines;
    std::vector<int> following;
    std::vector<int> again;
    for (const int index : indices) {
        Work &work = run->works[static_cast<size_t>(index)];
        const QString path = work.item.remotePath;
        work.item.error.clear();
        if (problems.contains(path)) {
            settle(run, index, outcomeOf(problems.value(path)));
            continue;
        }
        // A server without results says with its 2xx alone that it has taken everything else.
        const BulkResult result = results.value(path);
        work.item.revision = result.revision;
        const bool refused = isRefusedState(result.writebackState);
        // An operation of an earlier push; one of our own sending would be no reason for a second.
        if (refused && !work.mayHaveArrived && !work.renewed && work.identity.kind != commandIdentity({}).kind) {
            work.renewed = true;
            again.push_back(index);
            continue;
        }
        if (result.operationId.isEmpty()) {
            Outcome outcome;
            outcome.state = refused ? ItemState::Attention : ItemState::Acked;
            outcome.dispatchStatus = result.writebackState;
            if (refused)
                outcome.code = result.writebackState;
            settle(run, index, outcome);
            continue;
        }
        work.stage = Stage::Operation;
        work.item.state = ItemState::Waiting;
        work.item.operationId = result.operationId;
        lines += TransferJournal::operation(work);
        following.push_back(index);
        touch(run, index);
    }
    if (!lines.isEmpty()) {
        const std::function<bool()> write = [journal = run->journal, lines, onStep = hooks.onStep] {
            onStep("operation");
            const bool written = journal.append(lines, true).has_value();
            onStep("operation-done");
            return written;
        };
        const bool written = co_await onWorker<bool>(&disk, write);
        if (!written)
            qCWarning(logWriteback) << "an operation could not be noted in" << run->journal.path();
    }
    for (const int index : following)
        follow(run, index, run->request.timeout);
    if (again.empty())
        co_return;
    // The first sending of these bytes was refused by the provider; a person asked for another try.
    std::vector<Work> withdrawn;
    for (const int index : again) {
        Work &work = run->works[static_cast<size_t>(index)];
        withdrawn.push_back(work);
        work.stage = Stage::Planned;
        work.item.state = ItemState::Queued;
        work.direct = true;
    }
    const std::function<bool()> clean = [receipts = run->receipts, withdrawn] {
        Outcome nothing;
        nothing.state = ItemState::Cancelled;
        for (const Work &work : withdrawn)
            receipts.writeFinal(work, nothing, {});
        return true;
    };
    co_await onWorker<bool>(&disk, clean);
    requeue(run, again);
}

} // namespace Postroom
