// The real workspaces and the real data plane behind a push.
#pragma once

#include "core/relayfile/dataplane.h"
#include "core/workspaces/workspaceservice.h"
#include "core/writeback/pushtarget.h"

namespace Postroom
{

// Forwards; both services must outlive it.
class LiveTarget final : public PushTarget
{
    Q_OBJECT
public:
    LiveTarget(WorkspaceService *workspaces, DataPlane *dataPlane, QObject *parent = nullptr);

    QList<WorkspaceRecord> records() const override;
    std::optional<WorkspaceRecord> owning(const QString &localPath) const override;
    bool daemonRuns(const WorkspaceId &id) const override;
    QList<OutboxRecord> outbox(const WorkspaceId &id) const override;
    std::optional<OutboxRecord> outboxRecord(const WorkspaceId &id, const QString &commandId) const override;
    void learnBodyLimit(const WorkspaceId &id, qint64 limit) override;
    void setSending(const WorkspaceId &id, int open, int total) override;
    void notePushed(const WorkspaceId &id, const QDateTime &at) override;

    QCoro::Task<Result<BulkAnswer>> bulk(WorkspaceRecord record, QStringList scopes, QList<BulkFile> files,
        QString correlationId, std::function<void(qint64, qint64)> onUploaded, std::stop_token stop) override;
    QCoro::Task<Result<Operation>> operation(
        WorkspaceRecord record, QStringList scopes, QString operationId, std::stop_token stop) override;
    QCoro::Task<Result<QList<Operation>>> operations(
        WorkspaceRecord record, QStringList scopes, QString provider, int limit, std::stop_token stop) override;
    QCoro::Task<Result<std::optional<RemoteFile>>> stat(
        WorkspaceRecord record, QStringList scopes, QString path, std::stop_token stop) override;
    QCoro::Task<Result<QList<RemoteFile>>> folder(
        WorkspaceRecord record, QStringList scopes, QString path, std::stop_token stop) override;

private:
    WorkspaceService *m_workspaces;
    DataPlane *m_dataPlane;
};

} // namespace Postroom
