// The outbox of one mirror, kept current with inotify: read once at start, then only what changed.
#pragma once

#include "core/workspaces/mirror.h"

#include <QObject>
#include <chrono>
#include <memory>

namespace Postroom
{

class DirectoryWatcher;
struct OutboxSummary;

// Owned by WorkspaceService. Reading happens on a worker thread; changes arrive batched, within 200 ms. When the
// kernel's watches run out, it says so (isDegraded) and scans every 30 seconds from start() on, until there is room.
// Folders that are not there yet are waited for; a mirror that goes away and comes back is taken up again.
class OutboxWatch final : public QObject
{
    Q_OBJECT
public:
    struct Tuning {
        std::chrono::milliseconds batch{40};
        std::chrono::milliseconds degradedScan{30'000};
    };

    // With a watcher of its own.
    explicit OutboxWatch(QString mirror, QObject *parent = nullptr);
    // Several watches share one inotify instance.
    OutboxWatch(QString mirror, std::shared_ptr<DirectoryWatcher> watcher, QObject *parent = nullptr);
    OutboxWatch(QString mirror, std::shared_ptr<DirectoryWatcher> watcher, Tuning tuning, QObject *parent = nullptr);
    ~OutboxWatch() override;

    void start();
    bool isLoaded() const;
    bool isDegraded() const;
    // Pending, attention, failed and unreadable ones in full, newest first; of the acked ones the newest 200.
    QList<OutboxRecord> records() const;
    OutboxCounts counts() const;
    std::optional<OutboxRecord> record(const QString &id) const;
    std::optional<PublicState> publicState() const;
    OutboxSummary summary() const;
    int filesRead() const; // records opened so far, up to the last change

Q_SIGNALS:
    void changed();
    // Something of the mount changed in .relay: its state or its pid file.
    void relayTouched(bool pidFile);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace Postroom
