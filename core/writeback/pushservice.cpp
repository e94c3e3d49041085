#include "core/writeback/pushservice.h"

#include "core/writeback/pushservice_p.h"
#include "core/writeback/remote.h"

#include <QCoreApplication>
#include <QDir>
#include <QScopeGuard>
#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr auto tellEvery = 100ms;
constexpr int readerThreads = 2;

} // namespace

QString saying(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

QString flightKey(const Run &run, const Work &work)
{
    return run.record.id.text() + QLatin1Char('\n') + work.item.remotePath + QLatin1Char('\n') + work.hash;
}

PushService::Private::Private(
    PushService *service, std::unique_ptr<PushTarget> pushTarget, Clock *theClock, Paths thePaths, PushHooks theHooks)
    : q(service), target(std::move(pushTarget)), clock(theClock), paths(std::move(thePaths)),
      hooks(std::move(theHooks)), follower(target.get(), theClock, &scope)
{
    if (!hooks.onStep)
        hooks.onStep = [](const char *) { };
    disk.setMaxThreadCount(1);
    readers.setMaxThreadCount(readerThreads);
    publishing.setSingleShot(true);
    publishing.setInterval(tellEvery);
    connect(&publishing, &QTimer::timeout, this, &Private::publish);
    connect(target.get(), &PushTarget::outboxChanged, this, &Private::lookAtOutbox);
    connect(&follower, &OperationFollower::settled, this, &Private::onSettled);
    connect(&follower, &OperationFollower::waitEnded, this, &Private::onWaitEnded);
    connect(&follower, &OperationFollower::lost, this, &Private::onLost);
}

PushService::Private::~Private()
{
    disk.waitForDone();
    readers.waitForDone();
}

PushService::PushService(
    std::unique_ptr<PushTarget> target, Clock *clock, Paths paths, PushHooks hooks, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(this, std::move(target), clock, std::move(paths), std::move(hooks)))
{
}

PushService::~PushService() = default;

void PushService::start()
{
    if (d->isStarted)
        return;
    d->isStarted = true;
    d->scope.spawn(d->load());
}

QCoro::Task<void> PushService::shutdown()
{
    d->scope.stop();
    d->watchAlarm.reset();
    const QList<RunPtr> runs = d->runs;
    for (const RunPtr &run : runs)
        run->bell.ring();
    d->bell.ring();
    co_await d->scope.drained();
    while (d->calls > 0)
        co_await d->bell.next();
    d->publishing.stop();
}

Result<WorkspaceRecord> PushService::Private::workspaceFor(const PushRequest &request) const
{
    if (!request.workspace.isEmpty()) {
        if (const auto record = target->record(request.workspace))
            return *record;
        return failInput(QStringLiteral("no-workspace"), saying("This workspace is not known here."));
    }
    if (const auto record = target->owning(request.paths.first()))
        return *record;
    const QList<WorkspaceRecord> all = target->records();
    if (all.size() == 1)
        return all.first();
    if (all.isEmpty())
        return failInput(QStringLiteral("no-workspace"), saying("There is no workspace yet to push to."));
    return failInput(QStringLiteral("which-workspace"), saying("These files belong to no workspace folder."),
        saying("Choose the workspace that they go to."));
}

QCoro::Task<Result<PushService::Private::Planned>> PushService::Private::planItems(PushRequest request)
{
    if (request.paths.isEmpty())
        co_return failInput(QStringLiteral("nothing-to-push"), saying("There is nothing to push."));
    const auto folder = cleanRemoteFolder(request.remoteFolder);
    if (!folder)
        co_return failInput(
            QStringLiteral("remote-folder"), saying("The folder on the server may not contain \"..\"."));
    const Result<WorkspaceRecord> record = workspaceFor(request);
    if (!record)
        co_return Failure(record.error());
    const std::function<std::vector<PlannedItem>()> work
        = [record = *record, folder = *folder, given = request.paths] { return Planner(record, folder).plan(given); };
    Planned planned;
    planned.record = *record;
    planned.remoteFolder = *folder;
    planned.items = co_await onWorker<std::vector<PlannedItem>>(&readers, work);
    co_return planned;
}

QCoro::Task<Result<PushPlan>> PushService::plan(PushRequest request)
{
    ++d->calls;
    const auto leaving = qScopeGuard([this] {
        --d->calls;
        d->bell.ring();
    });
    const Result<Private::Planned> planned = co_await d->planItems(request);
    if (!planned)
        co_return Failure(planned.error());
    PushPlan plan;
    plan.workspace = planned->record.id;
    for (const PlannedItem &entry : planned->items) {
        plan.items.append(entry.item);
        if (entry.item.state == ItemState::Refused)
            ++plan.refused;
        else
            plan.bytes += entry.item.bytes;
    }
    co_return plan;
}

QCoro::Task<Result<TransferId>> PushService::push(PushRequest request)
{
    ++d->calls;
    const auto leaving = qScopeGuard([this] {
        --d->calls;
        d->bell.ring();
    });
    const Result<Private::Planned> planned = co_await d->planItems(request);
    if (!planned)
        co_return Failure(planned.error());
    request.remoteFolder = planned->remoteFolder;
    Result<TransferId> id = co_await d->begin(request, planned->record, planned->items);
    co_return id;
}

QCoro::Task<Result<TransferId>> PushService::Private::begin(
    PushRequest request, WorkspaceRecord record, std::vector<PlannedItem> items)
{
    // What a crash left behind goes first, so that the same file is not sent twice.
    while (isStarted && !isLoaded && !isStopping())
        co_await bell.next();
    if (isStopping())
        co_return failCancelled();
    if (request.id.isEmpty() || find(request.id))
        request.id = TransferId::create();
    request.workspace = record.id;
    request.timeout = std::clamp<std::chrono::seconds>(request.timeout, 1s, 24h);

    const auto run = std::make_shared<Run>();
    run->request = request;
    run->record = record;
    run->transfer.id = request.id;
    run->transfer.workspace = record.id;
    run->transfer.startedAt = clock->now();
    run->journal = TransferJournal(TransferJournal::pathFor(paths.state, request.id));
    run->receipts = ReceiptBook(record.mirror, run->relayId());
    run->works.reserve(items.size());
    for (const PlannedItem &planned : items) {
        run->works.push_back(workOf(planned));
        if (planned.item.state == ItemState::Queued)
            run->queue.push_back(planned.item.index);
    }
    run->pending = static_cast<int>(run->queue.size());

    StoredTransfer stored;
    stored.request = request;
    stored.startedAt = run->transfer.startedAt;
    stored.works = run->works;
    const std::function<Result<void>()> write
        = [journal = run->journal, stored, folder = paths.state + QStringLiteral("/transfers"),
              onStep = hooks.onStep]() -> Result<void> {
        if (Result<void> made = ensurePrivateDirectory(folder); !made)
            return made;
        onStep("create");
        Result<void> created = journal.create(stored);
        onStep("created");
        return created;
    };
    const Result<void> written = co_await onWorker<Result<void>>(&disk, write);
    if (!written)
        co_return Failure(written.error());
    runs.append(run);
    run->recount(clock->steady());
    publishRun(run);
    tellWorkspace(record.id);
    scope.spawn(drive(run));
    co_return request.id;
}

QCoro::Task<Result<TransferId>> PushService::retry(TransferId id)
{
    ++d->calls;
    const auto leaving = qScopeGuard([this] {
        --d->calls;
        d->bell.ring();
    });
    const RunPtr old = d->find(id);
    if (!old)
        co_return failInput(QStringLiteral("no-transfer"), saying("This push is not in the list any more."));
    const auto record = d->target->record(old->transfer.workspace);
    if (!record)
        co_return failInput(QStringLiteral("no-workspace"), saying("This workspace is not known here."));
    std::vector<PlannedItem> again;
    PushRequest request = old->request;
    request.id = TransferId::create();
    request.paths.clear();
    for (const Work &work : old->works) {
        if (work.item.state != ItemState::Failed && work.item.state != ItemState::Attention)
            continue;
        PlannedItem planned;
        planned.item.index = static_cast<int>(again.size());
        planned.item.local = work.item.local;
        planned.item.remotePath = work.item.remotePath;
        planned.root = work.root;
        planned.inMirror = work.inMirror;
        request.paths.append(work.item.local);
        again.push_back(planned);
    }
    if (again.empty())
        co_return failInput(QStringLiteral("nothing-to-retry"), saying("Nothing of this push needs another try."));
    const std::function<std::vector<PlannedItem>()> review = [record = *record, folder = request.remoteFolder, again] {
        std::vector<PlannedItem> reviewed = again;
        const Planner planner(record, folder);
        for (PlannedItem &planned : reviewed)
            planner.review(planned);
        return reviewed;
    };
    const std::vector<PlannedItem> items = co_await onWorker<std::vector<PlannedItem>>(&d->readers, review);
    Result<TransferId> started = co_await d->begin(request, *record, items);
    co_return started;
}

QCoro::Task<Result<Transfer>> PushService::finished(TransferId id)
{
    ++d->calls;
    const auto leaving = qScopeGuard([this] {
        --d->calls;
        d->bell.ring();
    });
    const RunPtr run = d->find(id);
    if (!run)
        co_return failInput(QStringLiteral("no-transfer"), saying("This push is not in the list any more."));
    while (run->transfer.isRunning() && !d->isStopping())
        co_await run->bell.next();
    if (run->transfer.isRunning())
        co_return failCancelled();
    // A copy of its own: QCoro moves out of whatever lvalue is co_returned.
    Transfer transfer = run->transfer;
    co_return transfer;
}

void PushService::cancel(const TransferId &id)
{
    if (const RunPtr run = d->find(id))
        d->cancel(run);
}

void PushService::dismiss(const TransferId &id)
{
    const RunPtr run = d->find(id);
    if (!run || run->transfer.isRunning())
        return;
    run->hidden = true;
    d->scope.spawn(d->noteDismissed(run));
    Q_EMIT transferDismissed(id);
}

QList<Transfer> PushService::transfers() const
{
    QList<Transfer> list;
    for (const RunPtr &run : std::as_const(d->runs)) {
        if (!run->hidden)
            list.append(run->transfer);
    }
    return list;
}

QList<TransferItem> PushService::items(const TransferId &id) const
{
    QList<TransferItem> list;
    if (const RunPtr run = d->find(id)) {
        list.reserve(static_cast<qsizetype>(run->works.size()));
        for (const Work &work : run->works)
            list.append(work.item);
    }
    return list;
}

RunPtr PushService::Private::find(const TransferId &id) const
{
    for (const RunPtr &run : runs) {
        if (run->transfer.id == id && !run->hidden)
            return run;
    }
    return nullptr;
}

void PushService::Private::touch(const RunPtr &run, int index)
{
    run->changed.insert(index);
    if (!publishing.isActive())
        publishing.start();
}

void PushService::Private::publish()
{
    QSet<WorkspaceId> workspaces;
    const QList<RunPtr> current = runs;
    for (const RunPtr &run : current) {
        if (run->changed.isEmpty())
            continue;
        run->recount(clock->steady());
        publishRun(run);
        workspaces.insert(run->record.id);
    }
    for (const WorkspaceId &id : std::as_const(workspaces))
        tellWorkspace(id);
}

void PushService::Private::publishRun(const RunPtr &run)
{
    const QSet<int> changed = std::exchange(run->changed, {});
    if (run->newlyAcked) {
        run->newlyAcked = false;
        target->notePushed(run->record.id, clock->now());
    }
    if (run->hidden)
        return;
    QList<int> indices(changed.cbegin(), changed.cend());
    std::sort(indices.begin(), indices.end());
    QList<TransferItem> items;
    for (const int index : std::as_const(indices)) {
        if (index >= 0)
            items.append(run->works[static_cast<size_t>(index)].item);
    }
    if (!items.isEmpty())
        Q_EMIT q->itemsChanged(run->transfer.id, items);
    Q_EMIT q->transferChanged(run->transfer);
}

void PushService::Private::tellWorkspace(const WorkspaceId &id)
{
    int open = 0;
    int total = 0;
    for (const RunPtr &run : std::as_const(runs)) {
        if (run->record.id != id || !run->transfer.isRunning())
            continue;
        open += run->pending;
        total += run->transfer.total;
    }
    target->setSending(id, open, total);
}

} // namespace Postroom
