#include "core/workspaces/outboxwatch.h"

#include "core/workspaces/directorywatcher.h"
#include "core/workspaces/outboxreader.h"

#include <QFutureWatcher>
#include <QTimer>
#include <QtConcurrentRun>
#include <sys/inotify.h>

namespace Postroom
{
namespace
{

// What a worker uses; it may live a little longer than the watch.
struct Worker {
    Worker(const QString &mirror, std::shared_ptr<WatchTable> table, quint64 subscriber)
        : reader(mirror, std::move(table), subscriber)
    {
    }
    OutboxReader reader;
    std::atomic<bool> cancelled = false;
};

struct Reading {
    std::shared_ptr<const OutboxSnapshot> snapshot;
    int filesRead = 0;
};

Reading readOn(const std::shared_ptr<Worker> &worker, const OutboxChanges &changes)
{
    Reading reading;
    reading.snapshot = worker->reader.read(changes, worker->cancelled);
    reading.filesRead = worker->reader.filesRead();
    return reading;
}

} // namespace

class OutboxWatch::Private
{
public:
    Private(OutboxWatch *owner, const QString &mirror, std::shared_ptr<DirectoryWatcher> shared, Tuning times)
        : q(owner), watcher(std::move(shared)), tuning(times), snapshot(std::make_shared<OutboxSnapshot>())
    {
        subscriber
            = watcher->subscribe([this](int role, quint32 mask, const QByteArray &name) { note(role, mask, name); });
        worker = std::make_shared<Worker>(mirror, watcher->table(), subscriber);
        batch.setSingleShot(true);
        batch.setTimerType(Qt::PreciseTimer);
        batch.setInterval(tuning.batch);
        QObject::connect(&batch, &QTimer::timeout, owner, [this] { readNow(); });
        // The coarsest timer works in whole seconds.
        degradedScan.setTimerType(
            tuning.degradedScan >= std::chrono::seconds(20) ? Qt::VeryCoarseTimer : Qt::CoarseTimer);
        degradedScan.setInterval(tuning.degradedScan);
        QObject::connect(&degradedScan, &QTimer::timeout, owner, [this] {
            changes.everything = true;
            readNow();
        });
        QObject::connect(&reading, &QFutureWatcher<Reading>::finished, owner, [this] { take(); });
    }
    ~Private()
    {
        worker->cancelled = true;
        watcher->unsubscribe(subscriber);
    }

    void note(int role, quint32 mask, const QByteArray &name)
    {
        if (!isStarted)
            return;
        if (role < 0 || (mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
            changes.everything = true;
        } else {
            noteName(role, name);
        }
        if (!changes.isEmpty() && !batch.isActive() && !reading.isRunning())
            batch.start();
    }

    void noteName(int role, const QByteArray &name)
    {
        switch (role) {
        case RoleAncestor:
        case RoleMirror:
            // While a reading runs, nobody knows yet which name it will wait for.
            if (reading.isRunning() || name == snapshot->awaited)
                changes.everything = true;
            break;
        case RoleRelay:
            if (name == "outbox")
                changes.everything = true;
            else if (name == "state.json" || name == "conflicts")
                changes.publicState = true;
            if (name == "state.json" || name == "mount.pid")
                Q_EMIT q->relayTouched(name == "mount.pid");
            break;
        case RoleOutbox:
            if (name == "pending" || name == "acked" || name == "failed" || name == "attention")
                changes.everything = true;
            break;
        case RoleRecords:
            if (name.endsWith(".json") && !name.startsWith('.'))
                changes.names.insert(name.chopped(5));
            break;
        case RoleMarkers:
            if (name.endsWith(".marker"))
                changes.names.insert(name.chopped(7));
            break;
        default:
            break;
        }
    }

    void readNow()
    {
        if (reading.isRunning())
            return; // take() goes on with what has come meanwhile
        batch.stop();
        reading.setFuture(QtConcurrent::run(watcher->pool(), readOn, worker, std::exchange(changes, {})));
    }

    void take()
    {
        const Reading result = reading.result();
        filesRead = result.filesRead;
        if (!changes.isEmpty())
            batch.start();
        if (!result.snapshot)
            return;
        snapshot = result.snapshot;
        isLoaded = true;
        if (!snapshot->isDegraded)
            degradedScan.stop();
        else if (!degradedScan.isActive())
            degradedScan.start();
        Q_EMIT q->changed();
    }

    OutboxWatch *q;
    std::shared_ptr<DirectoryWatcher> watcher;
    Tuning tuning;
    quint64 subscriber = 0;
    std::shared_ptr<Worker> worker;
    OutboxChanges changes;
    QTimer batch;
    QTimer degradedScan;
    QFutureWatcher<Reading> reading;
    std::shared_ptr<const OutboxSnapshot> snapshot;
    bool isStarted = false;
    bool isLoaded = false;
    int filesRead = 0;
};

OutboxWatch::OutboxWatch(QString mirror, QObject *parent)
    : OutboxWatch(std::move(mirror), std::make_shared<DirectoryWatcher>(), parent)
{
}

OutboxWatch::OutboxWatch(QString mirror, std::shared_ptr<DirectoryWatcher> watcher, QObject *parent)
    : OutboxWatch(std::move(mirror), std::move(watcher), Tuning(), parent)
{
}

OutboxWatch::OutboxWatch(QString mirror, std::shared_ptr<DirectoryWatcher> watcher, Tuning tuning, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(this, mirror, std::move(watcher), tuning))
{
}

OutboxWatch::~OutboxWatch() = default;

void OutboxWatch::start()
{
    if (std::exchange(d->isStarted, true))
        return;
    d->changes.everything = true;
    d->readNow();
}

bool OutboxWatch::isLoaded() const
{
    return d->isLoaded;
}

bool OutboxWatch::isDegraded() const
{
    return d->snapshot->isDegraded;
}

QList<OutboxRecord> OutboxWatch::records() const
{
    return d->snapshot->records;
}

OutboxCounts OutboxWatch::counts() const
{
    return d->snapshot->counts;
}

std::optional<OutboxRecord> OutboxWatch::record(const QString &id) const
{
    const auto found = d->snapshot->index.constFind(id);
    return found == d->snapshot->index.constEnd() ? std::nullopt : std::optional(d->snapshot->records.at(*found));
}

std::optional<PublicState> OutboxWatch::publicState() const
{
    return d->snapshot->publicState;
}

OutboxSummary OutboxWatch::summary() const
{
    return d->snapshot->summary;
}

int OutboxWatch::filesRead() const
{
    return d->filesRead;
}

} // namespace Postroom
