// The outbox of one mirror, kept current with inotify: read once at start, then only what changed.
#pragma once

#include "core/workspaces/mirror.h"

#include <QObject>
#include <memory>

namespace Postroom
{

// Owned by WorkspaceService. Reading happens on a worker thread; changes arrive batched, within 200 ms. When the
// kernel's watches run out, it says so (isDegraded) and scans every 30 seconds while something waits.
class OutboxWatch final : public QObject
{
    Q_OBJECT
public:
    explicit OutboxWatch(QString mirror, QObject *parent = nullptr);
    ~OutboxWatch() override;

    void start();
    bool isLoaded() const;
    bool isDegraded() const;
    // Pending, attention, failed and unreadable ones in full, newest first; of the acked ones the newest 200.
    QList<OutboxRecord> records() const;
    OutboxCounts counts() const;
    std::optional<OutboxRecord> record(const QString &id) const;
    std::optional<PublicState> publicState() const;

Q_SIGNALS:
    void changed();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace Postroom
