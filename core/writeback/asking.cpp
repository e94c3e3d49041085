// Questions to the server: what it has already, and what became of a request without a clear answer.
#include "core/writeback/pushservice_p.h"

#include "core/base/text.h"
#include "core/writeback/remote.h"

#include <deque>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr int questionsAtOnce = 6;
constexpr int folderFrom = 16; // as many files of one folder are worth its listing
constexpr int operationsAsked = 1000;
constexpr int notFound = 404;
constexpr auto firstDelay = 500ms;
constexpr auto longestDelay = 8'000ms;

QString parentOf(const QString &path)
{
    const qsizetype slash = path.lastIndexOf(QLatin1Char('/'));
    return slash <= 0 ? QStringLiteral("/") : path.left(slash);
}

// A token without the right to read still sends; the server then guards what is there.
bool isRefusal(const Error &error)
{
    return error.kind == ErrorClass::Scope || error.kind == ErrorClass::Policy;
}

} // namespace

struct PushService::Private::Question {
    RunPtr run;
    QStringList scopes;
    std::deque<QPair<QString, QStringList>> open; // a folder with its paths, or an empty folder with one path
    RemoteFiles known;
    std::optional<Error> error;
    std::chrono::milliseconds deadline{};
};

QCoro::Task<Result<RemoteFiles>> PushService::Private::askRemote(
    RunPtr run, std::vector<int> indices, std::chrono::milliseconds patience)
{
    const auto question = std::make_shared<Question>();
    question->run = run;
    question->deadline = clock->steady() + patience;
    QHash<QString, QStringList> byFolder;
    for (const int index : indices) {
        const Work &work = run->works[static_cast<size_t>(index)];
        question->scopes = pushScopes(work.item.remotePath);
        const QString folder = parentOf(work.item.remotePath);
        const auto listed = run->folders.constFind(folder);
        // A listing from before does not know what was sent since.
        if (listed != run->folders.constEnd() && work.stage == Stage::Planned && !work.renewed) {
            const auto file = listed->constFind(work.item.remotePath);
            question->known.insert(
                work.item.remotePath, file == listed->constEnd() ? std::nullopt : std::optional(*file));
        } else {
            byFolder[folder].append(work.item.remotePath);
        }
    }
    for (auto it = byFolder.cbegin(); it != byFolder.cend(); ++it) {
        if (it->size() >= folderFrom) {
            question->open.emplace_back(it.key(), *it);
            continue;
        }
        for (const QString &path : *it)
            question->open.emplace_back(QString(), QStringList{path});
    }
    std::vector<QCoro::Task<void>> workers;
    workers.reserve(questionsAtOnce);
    for (int i = 0; i < questionsAtOnce; ++i)
        workers.push_back(askNext(question));
    for (QCoro::Task<void> &worker : workers)
        co_await worker;
    if (question->error)
        co_return Failure(*question->error);
    co_return question->known;
}

QCoro::Task<void> PushService::Private::askNext(std::shared_ptr<Question> question)
{
    const std::stop_token stop = scope.token();
    auto delay = firstDelay;
    while (!question->open.empty() && !question->error && !isStopping()) {
        const auto [folder, asked] = question->open.front();
        question->open.pop_front();
        std::optional<Error> error;
        if (folder.isEmpty()) {
            const QString path = asked.first();
            const Result<std::optional<RemoteFile>> file
                = co_await target->stat(question->run->record, question->scopes, path, stop);
            if (file)
                question->known.insert(path, *file);
            else
                error = file.error();
        } else {
            const Result<QList<RemoteFile>> files
                = co_await target->folder(question->run->record, question->scopes, folder, stop);
            // A server may not know a folder that has no files yet.
            const bool isNew = !files && files.error().status == notFound && files.error().kind == ErrorClass::Input;
            if (files || isNew) {
                QHash<QString, RemoteFile> listing;
                const QList<RemoteFile> found = files.value_or(QList<RemoteFile>());
                for (const RemoteFile &file : found) {
                    if (!file.isFolder)
                        listing.insert(file.path, file);
                }
                for (const QString &path : asked) {
                    const auto file = listing.constFind(path);
                    question->known.insert(path, file == listing.constEnd() ? std::nullopt : std::optional(*file));
                }
                question->run->folders.insert(folder, listing);
            } else {
                error = files.error();
            }
        }
        if (!error) {
            delay = firstDelay;
            continue;
        }
        if (isRefusal(*error))
            continue;
        auto wait = delay;
        if (error->retryAt)
            wait = std::max<std::chrono::milliseconds>(
                wait, std::chrono::milliseconds(clock->now().msecsTo(*error->retryAt)));
        if (!error->isTransient() || clock->steady() + wait > question->deadline) {
            question->error = error;
            break;
        }
        question->open.emplace_back(folder, asked);
        delay = std::min<std::chrono::milliseconds>(delay * 2, longestDelay);
        co_await nap(clock, wait, stop);
    }
}

QCoro::Task<std::optional<Operation>> PushService::Private::operationFor(
    RunPtr run, QString remotePath, QString revision, std::chrono::milliseconds patience)
{
    const std::stop_token stop = scope.token();
    const QStringList scopes = pushScopes(remotePath);
    const QString provider = pushProvider(remotePath);
    const auto deadline = clock->steady() + patience;
    for (auto delay = firstDelay; !isStopping(); delay = std::min<std::chrono::milliseconds>(delay * 2, longestDelay)) {
        const Result<QList<Operation>> list
            = co_await target->operations(run->record, scopes, provider, operationsAsked, stop);
        if (list) {
            for (const Operation &operation : *list) {
                if (operation.path == remotePath && operation.revision == revision)
                    co_return operation;
            }
            co_return std::nullopt;
        }
        if (!list.error().isTransient() || clock->steady() + delay > deadline)
            co_return std::nullopt;
        co_await nap(clock, delay, stop);
    }
    co_return std::nullopt;
}

// Takes out what the server has already, byte for byte; gives back what is to be sent.
QCoro::Task<std::vector<int>> PushService::Private::leaveOutKnown(
    RunPtr run, std::vector<int> indices, RemoteFiles remote)
{
    std::vector<int> same;
    std::vector<int> rest;
    for (const int index : indices) {
        const Work &work = run->works[static_cast<size_t>(index)];
        const auto file = remote.value(work.item.remotePath);
        // One that goes out again must go out: only the server can tell which operation it is.
        const bool known = file && !file->contentHash.isEmpty() && file->contentHash == work.hash
            && work.stage != Stage::Prepared && !work.renewed;
        (known ? same : rest).push_back(index);
    }
    if (same.empty())
        co_return rest;
    const std::stop_token stop = scope.token();
    const QString anyPath = run->works[static_cast<size_t>(same.front())].item.remotePath;
    const QStringList scopes = pushScopes(anyPath);
    const QString provider = pushProvider(anyPath);
    QHash<QString, Operation> newest; // by path and revision
    auto delay = firstDelay;
    const auto deadline = clock->steady() + run->request.timeout;
    while (!isStopping()) {
        const Result<QList<Operation>> list
            = co_await target->operations(run->record, scopes, provider, operationsAsked, stop);
        if (list) {
            for (const Operation &operation : *list) {
                const QString key = operation.path + QLatin1Char('\n') + operation.revision;
                if (!newest.contains(key))
                    newest.insert(key, operation);
            }
            break;
        }
        if (!list.error().isTransient() || clock->steady() + delay > deadline)
            break;
        co_await nap(clock, delay, stop);
        delay = std::min<std::chrono::milliseconds>(delay * 2, longestDelay);
    }
    QByteArray lines;
    for (const int index : same) {
        Work &work = run->works[static_cast<size_t>(index)];
        const auto file = remote.value(work.item.remotePath);
        const auto operation = newest.constFind(work.item.remotePath + QLatin1Char('\n') + file->revision);
        work.item.revision = file->revision;
        if (operation == newest.constEnd() || operation->state == OperationState::Succeeded) {
            Outcome outcome;
            outcome.state = ItemState::Acked;
            outcome.code = QStringLiteral("already-there");
            outcome.operationId = operation == newest.constEnd() ? QString() : operation->id;
            settle(run, index, outcome);
        } else if (operation->hasFailed()) {
            // The server would answer a known identity with the operation that was refused.
            work.renewed = true;
            rest.push_back(index);
        } else {
            work.stage = Stage::Operation;
            work.item.state = ItemState::Waiting;
            work.item.operationId = operation->id;
            lines += TransferJournal::operation(work);
            touch(run, index);
            follow(run, index, run->request.timeout);
        }
    }
    if (!lines.isEmpty()) {
        const std::function<bool()> write = [journal = run->journal, lines, onStep = hooks.onStep] {
            onStep("operation");
            const bool written = journal.append(lines, true).has_value();
            onStep("operation-done");
            return written;
        };
        co_await onWorker<bool>(&disk, write);
    }
    co_return rest;
}

QCoro::Task<void> PushService::Private::settleUnsure(RunPtr run, std::vector<int> indices, Outcome otherwise)
{
    const Result<RemoteFiles> remote = co_await askRemote(run, indices, run->request.timeout);
    if (isStopping())
        co_return;
    for (const int index : indices) {
        Work &work = run->works[static_cast<size_t>(index)];
        const bool asked = remote && remote->contains(work.item.remotePath);
        if (!asked) {
            Outcome outcome;
            outcome.code = QStringLiteral("outcome-unknown");
            outcome.error = saying("The server did not say whether it arrived. Pushing it again is safe: the server "
                                   "takes the same content only once.");
            settle(run, index, outcome);
            continue;
        }
        const auto file = remote->value(work.item.remotePath);
        if (!file || file->contentHash.isEmpty() || file->contentHash != work.hash) {
            settle(run, index, otherwise);
            continue;
        }
        const QString path = work.item.remotePath;
        const QString revision = file->revision;
        const std::optional<Operation> operation = co_await operationFor(run, path, revision, run->request.timeout);
        if (isStopping())
            co_return;
        work.item.revision = revision;
        if (!operation) {
            Outcome outcome;
            outcome.state = ItemState::Acked;
            settle(run, index, outcome);
            continue;
        }
        work.stage = Stage::Operation;
        work.item.state = ItemState::Waiting;
        work.item.operationId = operation->id;
        touch(run, index);
        follow(run, index, run->request.timeout);
    }
}

} // namespace Postroom
