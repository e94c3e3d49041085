#include "core/workspaces/workspaceservice_p.h"

#include "core/base/log.h"
#include "core/oauth/profile.h"
#include "core/workspaces/outboxreader.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr auto daemonPoll = 30s;
// A daemon takes its pid file away a moment before it lets go of its lease.
constexpr auto secondLook = 2s;
constexpr qint64 smallestBody = 16 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

std::optional<LastError> errorOf(const WorkspaceRecord &record, const OutboxWatch *watch)
{
    if (!watch || !watch->isLoaded())
        return std::nullopt;
    if (!watch->summary().present) {
        LastError missing;
        missing.error.code = QStringLiteral("mirror-missing");
        missing.error.message = tr("The folder %1 is not there.").arg(record.mirror);
        return missing;
    }
    const auto state = watch->publicState();
    if (!state || !state->lastError)
        return std::nullopt;
    // The mount keeps its last error; a later success makes it history.
    const bool isOver = state->lastError->at.isValid() && state->lastSuccessfulReconcileAt
        && *state->lastSuccessfulReconcileAt > state->lastError->at;
    return isOver ? std::nullopt : state->lastError;
}

} // namespace

WorkspaceService::Private::Entry *WorkspaceService::Private::find(const WorkspaceId &id)
{
    const auto found = entries.find(id);
    if (found != entries.end())
        return &found->second;
    // A cloud id may have been handed out before the relay id was known.
    for (auto &[known, entry] : entries) {
        if (!id.isEmpty() && (entry.record.cloudId == id.text() || entry.record.relayId == id.text()))
            return &entry;
    }
    return nullptr;
}

// Brings the entries in line with the catalog.
void WorkspaceService::Private::sync()
{
    std::map<WorkspaceId, Entry> before;
    before.swap(entries);
    for (const WorkspaceRecord &record : catalog.records()) {
        auto old = before.find(record.id);
        if (old == before.end() && !record.cloudId.isEmpty())
            old = before.find(WorkspaceId(record.cloudId)); // its relay id has become known
        Entry entry;
        if (old != before.end()) {
            entry = std::move(old->second);
            if (old->first == record.id)
                before.erase(old);
        }
        entry.record = record;
        watchMirror(record.id, entry);
        entries.insert_or_assign(record.id, std::move(entry));
    }
    for (const auto &[id, entry] : before)
        Q_EMIT q->workspaceRemoved(id);
    updateAll();
    if (isStarted)
        armPoll();
}

void WorkspaceService::Private::watchMirror(const WorkspaceId &id, Entry &entry)
{
    if (!isStarted || isStopping)
        return;
    const QString watched = entry.watch ? entry.watch->objectName() : QString();
    if (watched == entry.record.mirror + QLatin1Char('\n') + id.text())
        return;
    entry.watch.reset();
    entry.daemonKnown = false;
    entry.daemon = {};
    if (entry.record.mirror.isEmpty())
        return;
    if (!watcher)
        watcher = std::make_shared<DirectoryWatcher>();
    // A child of the service, so that a retired one never outlives it.
    entry.watch.reset(new OutboxWatch(entry.record.mirror, watcher, q));
    entry.watch->setObjectName(entry.record.mirror + QLatin1Char('\n') + id.text());
    connect(entry.watch.get(), &OutboxWatch::changed, q, [this, id] {
        if (Entry *changed = find(id)) {
            update(*changed);
            Q_EMIT q->outboxChanged(id);
        }
    });
    connect(entry.watch.get(), &OutboxWatch::relayTouched, q, [this](bool pidFile) {
        lookAtDaemons();
        if (pidFile)
            again = clock->at(
                clock->now().addMSecs(std::chrono::milliseconds(secondLook).count()), [this] { lookAtDaemons(); });
    });
    entry.watch->start();
}

WorkspaceFacts WorkspaceService::Private::factsOf(const Entry &entry, const std::optional<AccountStatus> &account) const
{
    WorkspaceFacts facts;
    facts.hasMirror = !entry.record.mirror.isEmpty();
    if (entry.watch && entry.watch->isLoaded()) {
        const OutboxSummary summary = entry.watch->summary();
        facts.outboxLoaded = true;
        facts.mirrorPresent = summary.present;
        facts.outbox = entry.watch->counts();
        facts.pendingPushes = summary.pendingPushes;
        facts.unreadablePending = summary.unreadablePending;
        facts.nextAttemptAt = summary.nextAttemptAt;
        facts.newestAttention = summary.newestAttention;
        facts.conflicts = summary.conflicts;
    }
    facts.daemonKnown = entry.daemonKnown;
    facts.daemon = entry.daemon;
    facts.sending = entry.sending;
    if (account) {
        facts.hasAccount = true;
        facts.accountState = account->state;
        facts.accountBadge = account->badge;
        facts.accountUsable = account->isUsable(clock->now());
        facts.accountSince = account->since;
        facts.accountNextAt = account->nextAt;
        facts.readOnly = isReadOnly(account->scopes);
    }
    return facts;
}

void WorkspaceService::Private::update(Entry &entry)
{
    const auto account = entry.record.account.isEmpty() ? std::nullopt : accounts->account(entry.record.account);
    const WorkspaceFacts facts = factsOf(entry, account);
    entry.verdict = judge(facts, entry.verdict, clock->now());
    WorkspaceStatus status;
    status.id = entry.record.id;
    status.cloudId = entry.record.cloudId;
    status.name = entry.record.name;
    status.server = entry.record.server;
    status.account = entry.record.account;
    if (account) {
        status.accountLabel = account->label;
        status.accountBadge = account->badge;
    }
    status.mirror = entry.record.mirror;
    status.remoteRoot = entry.record.remoteRoot;
    status.daemon = entry.daemon;
    status.state = entry.verdict.state;
    status.since = entry.verdict.since;
    status.nextAt = entry.verdict.nextAt;
    status.outbox = facts.outbox;
    status.conflicts = facts.conflicts;
    status.sending = entry.sending;
    status.sendingTotal = entry.sendingTotal;
    QDateTime success = entry.pushedAt;
    if (entry.watch) {
        const QDateTime acked = entry.watch->summary().lastAckedAt;
        if (acked.isValid() && (!success.isValid() || acked > success))
            success = acked;
    }
    if (success.isValid())
        status.lastSuccessAt = success;
    status.attentionPath = entry.verdict.attentionPath;
    status.attentionReason = entry.verdict.attentionReason;
    status.attentionProvider = entry.verdict.attentionProvider;
    status.lastError = errorOf(entry.record, entry.watch.get());
    if (status == entry.status)
        return;
    entry.status = status;
    Q_EMIT q->workspaceChanged(status);
}

void WorkspaceService::Private::updateAll()
{
    // Listeners may come back with a command that changes the entries.
    QList<WorkspaceId> ids;
    for (const auto &[id, entry] : entries)
        ids.append(id);
    for (const WorkspaceId &id : ids) {
        const auto found = entries.find(id);
        if (found != entries.end())
            update(found->second);
    }
}

void WorkspaceService::Private::lookAtDaemons()
{
    if (!isStarted || isStopping || !watcher)
        return;
    if (!daemonLook) {
        daemonLook = std::make_unique<DaemonLook>(watcher->pool());
        connect(daemonLook.get(), &DaemonLook::seen, q, [this](const QList<DaemonSeen> &seen) { takeDaemons(seen); });
    }
    QList<DaemonQuestion> questions;
    for (const auto &[id, entry] : entries) {
        if (entry.watch)
            questions.append({id, paths.cacheHome, entry.record.server, entry.record.relayId, entry.record.mirror});
    }
    daemonLook->ask(questions);
}

void WorkspaceService::Private::takeDaemons(const QList<DaemonSeen> &seen)
{
    for (const DaemonSeen &one : seen) {
        const auto found = entries.find(one.workspace);
        if (found == entries.end() || found->second.record.mirror != one.mirror)
            continue;
        found->second.daemonKnown = true;
        found->second.daemon = one.status;
        update(found->second);
    }
}

// Nothing else tells that a daemon was killed. No mirror, no wake-up.
void WorkspaceService::Private::armPoll()
{
    const bool hasMirror
        = std::any_of(entries.begin(), entries.end(), [](const auto &entry) { return entry.second.watch != nullptr; });
    if (!hasMirror || isStopping) {
        poll.reset();
        return;
    }
    if (poll)
        return;
    lookAtDaemons();
    poll = clock->at(clock->now().addSecs(std::chrono::seconds(daemonPoll).count()), [this] {
        poll.reset();
        armPoll();
    });
}

WorkspaceService::WorkspaceService(
    AccountService *accounts, CloudApi *cloud, BundleKeeper *bundles, Clock *clock, Paths paths, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(this, accounts, cloud, bundles, clock, paths))
{
    connect(accounts, &AccountService::accountChanged, this,
        [this](const AccountStatus &account) { d->accountChanged(account); });
    connect(accounts, &AccountService::accountRemoved, this,
        [this](const AccountId &account) { d->accountRemoved(account); });
}

WorkspaceService::~WorkspaceService() = default;

Result<void> WorkspaceService::loadCatalog()
{
    const auto loaded = d->catalog.load();
    d->sync();
    return loaded;
}

void WorkspaceService::start()
{
    if (std::exchange(d->isStarted, true))
        return;
    d->sync();
    const QList<AccountStatus> known = d->accounts->accounts();
    for (const AccountStatus &account : known)
        d->accountChanged(account);
}

QCoro::Task<void> WorkspaceService::shutdown()
{
    d->isStopping = true;
    d->poll.reset();
    d->again.reset();
    for (const auto &work : std::as_const(d->work))
        work->retry.reset();
    for (auto &[id, entry] : d->entries)
        entry.watch.reset();
    d->daemonLook.reset();
    d->scope.stop();
    co_await d->scope.drained();
}

QList<WorkspaceStatus> WorkspaceService::workspaces() const
{
    QList<WorkspaceStatus> statuses;
    for (const auto &[id, entry] : d->entries)
        statuses.append(entry.status);
    return statuses;
}

std::optional<WorkspaceStatus> WorkspaceService::workspace(const WorkspaceId &id) const
{
    const auto *entry = d->find(id);
    return entry ? std::optional(entry->status) : std::nullopt;
}

std::optional<WorkspaceRecord> WorkspaceService::record(const WorkspaceId &id) const
{
    return d->catalog.find(id);
}

QList<OutboxRecord> WorkspaceService::outbox(const WorkspaceId &id) const
{
    const auto *entry = d->find(id);
    return entry && entry->watch ? entry->watch->records() : QList<OutboxRecord>();
}

std::optional<OutboxRecord> WorkspaceService::outboxRecord(const WorkspaceId &id, const QString &commandId) const
{
    const auto *entry = d->find(id);
    return entry && entry->watch ? entry->watch->record(commandId) : std::nullopt;
}

std::optional<WorkspaceRecord> WorkspaceService::owning(const QString &localPath) const
{
    std::optional<WorkspaceRecord> closest;
    for (const WorkspaceRecord &record : d->catalog.records()) {
        // Of mirrors within each other the inner one owns the file.
        if (!record.mirror.isEmpty() && holds(record.mirror, localPath)
            && (!closest || holds(closest->mirror, record.mirror)))
            closest = record;
    }
    return closest;
}

QCoro::Task<Result<void>> WorkspaceService::refresh(AccountId account)
{
    auto result = co_await d->refresh(account);
    co_return result;
}

Result<WorkspaceId> WorkspaceService::addMirror(QString folder)
{
    const auto added = d->catalog.addMirror(folder);
    if (!added)
        return Failure(added.error());
    d->sync();
    return added->id;
}

Result<void> WorkspaceService::forget(WorkspaceId id)
{
    const auto done = d->catalog.forget(id);
    if (done)
        d->sync();
    return done;
}

Result<void> WorkspaceService::learnBodyLimit(WorkspaceId id, qint64 limit)
{
    auto record = d->catalog.find(id);
    if (!record || limit < smallestBody)
        return failInput(QStringLiteral("unknown-workspace"), tr("There is no such workspace."));
    if (record->bodyLimit == limit)
        return {};
    record->bodyLimit = limit;
    const auto done = d->catalog.put(*record);
    if (auto *entry = d->find(id); done && entry)
        entry->record.bodyLimit = limit;
    return done;
}

DataPlaneKey WorkspaceService::dataPlaneKey(const WorkspaceRecord &record) const
{
    DataPlaneKey key;
    key.account = record.account;
    // The token of a relayfile-server account is used as it is, whatever a list says about a cloud.
    const auto account = d->accounts->record(record.account);
    if (!account || account->kind != toString(ProviderKind::RelayfileServer))
        key.cloudWorkspaceId = record.cloudId;
    key.relayWorkspaceId = record.relayId;
    key.server = record.server;
    return key;
}

void WorkspaceService::setSending(const WorkspaceId &id, int open, int total)
{
    auto *entry = d->find(id);
    if (!entry)
        return;
    entry->sending = std::max(0, open);
    entry->sendingTotal = entry->sending > 0 ? std::max(total, open) : 0;
    d->update(*entry);
}

void WorkspaceService::notePushed(const WorkspaceId &id, const QDateTime &at)
{
    auto *entry = d->find(id);
    if (!entry || !at.isValid() || (entry->pushedAt.isValid() && entry->pushedAt >= at))
        return;
    entry->pushedAt = at;
    d->update(*entry);
}

} // namespace Postroom
