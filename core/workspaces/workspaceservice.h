// The workspaces: where they are, how their outbox stands, who syncs them.
#pragma once

#include "core/accounts/accountservice.h"
#include "core/relayfile/bundlekeeper.h"
#include "core/relayfile/cloudapi.h"
#include "core/workspaces/catalog.h"
#include "core/workspaces/outboxwatch.h"

#include <QCoroTask>
#include <QObject>
#include <memory>

namespace Postroom
{

// Owned by the composition root; one thread. Reading mirrors and looking for daemons happens on workers. Snapshots are
// recomputed from facts (workspacestate.h), and a signal goes out only when one has changed.
class WorkspaceService final : public QObject
{
    Q_OBJECT
public:
    WorkspaceService(AccountService *accounts, CloudApi *cloud, BundleKeeper *bundles, Clock *clock, Paths paths,
        QObject *parent = nullptr);
    ~WorkspaceService() override;

    Result<void> loadCatalog(); // files only; before the first paint. See Catalog::load() for the codes
    void start(); // watches, and asks the servers
    QCoro::Task<void> shutdown();

    QList<WorkspaceStatus> workspaces() const;
    std::optional<WorkspaceStatus> workspace(const WorkspaceId &id) const;
    std::optional<WorkspaceRecord> record(const WorkspaceId &id) const;
    QList<OutboxRecord> outbox(const WorkspaceId &id) const;
    std::optional<OutboxRecord> outboxRecord(const WorkspaceId &id, const QString &commandId) const;
    // The workspace whose mirror holds this local path.
    std::optional<WorkspaceRecord> owning(const QString &localPath) const;

    // Asks the account's server for its workspaces. Code "no-workspaces" for an account of another kind.
    QCoro::Task<Result<void>> refresh(AccountId account);
    Result<WorkspaceId> addMirror(QString folder);
    Result<void> forget(WorkspaceId id);
    Result<void> learnBodyLimit(WorkspaceId id, qint64 limit);

    DataPlaneKey dataPlaneKey(const WorkspaceRecord &record) const;
    // How many items of our own transfers are on their way; part of the state.
    void setSending(const WorkspaceId &id, int open, int total);
    void notePushed(const WorkspaceId &id, const QDateTime &at);

Q_SIGNALS:
    void workspaceChanged(const Postroom::WorkspaceStatus &status);
    void workspaceRemoved(const Postroom::WorkspaceId &id);
    void outboxChanged(const Postroom::WorkspaceId &id);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace Postroom
