#include "core/writeback/livetarget.h"

#include "core/base/log.h"
#include "core/writeback/pushservice.h"

namespace Postroom
{

LiveTarget::LiveTarget(WorkspaceService *workspaces, DataPlane *dataPlane, QObject *parent)
    : PushTarget(parent), m_workspaces(workspaces), m_dataPlane(dataPlane)
{
    connect(workspaces, &WorkspaceService::outboxChanged, this, &PushTarget::outboxChanged);
}

QList<WorkspaceRecord> LiveTarget::records() const
{
    QList<WorkspaceRecord> records;
    const QList<WorkspaceStatus> known = m_workspaces->workspaces();
    for (const WorkspaceStatus &status : known) {
        if (const auto record = m_workspaces->record(status.id))
            records.append(*record);
    }
    return records;
}

std::optional<WorkspaceRecord> LiveTarget::owning(const QString &localPath) const
{
    return m_workspaces->owning(localPath);
}

bool LiveTarget::daemonRuns(const WorkspaceId &id) const
{
    const auto status = m_workspaces->workspace(id);
    return status && status->daemon.running;
}

QList<OutboxRecord> LiveTarget::outbox(const WorkspaceId &id) const
{
    return m_workspaces->outbox(id);
}

std::optional<OutboxRecord> LiveTarget::outboxRecord(const WorkspaceId &id, const QString &commandId) const
{
    return m_workspaces->outboxRecord(id, commandId);
}

void LiveTarget::learnBodyLimit(const WorkspaceId &id, qint64 limit)
{
    const Result<void> learnt = m_workspaces->learnBodyLimit(id, limit);
    if (!learnt)
        qCWarning(logWriteback) << "the smaller request size could not be noted:" << learnt.error().detail;
}

void LiveTarget::setSending(const WorkspaceId &id, int open, int total)
{
    m_workspaces->setSending(id, open, total);
}

void LiveTarget::notePushed(const WorkspaceId &id, const QDateTime &at)
{
    m_workspaces->notePushed(id, at);
}

QCoro::Task<Result<BulkAnswer>> LiveTarget::bulk(WorkspaceRecord record, QStringList scopes, QList<BulkFile> files,
    QString correlationId, std::function<void(qint64, qint64)> onUploaded, std::stop_token stop)
{
    const DataPlaneKey key = m_workspaces->dataPlaneKey(record);
    Result<BulkAnswer> answer = co_await m_dataPlane->bulk(key, scopes, files, correlationId, onUploaded, stop);
    co_return answer;
}

QCoro::Task<Result<Operation>> LiveTarget::operation(
    WorkspaceRecord record, QStringList scopes, QString operationId, std::stop_token stop)
{
    const DataPlaneKey key = m_workspaces->dataPlaneKey(record);
    Result<Operation> answer = co_await m_dataPlane->operation(key, scopes, operationId, stop);
    co_return answer;
}

QCoro::Task<Result<QList<Operation>>> LiveTarget::operations(
    WorkspaceRecord record, QStringList scopes, QString provider, int limit, std::stop_token stop)
{
    const DataPlaneKey key = m_workspaces->dataPlaneKey(record);
    const QString anyStatus;
    Result<QList<Operation>> answer = co_await m_dataPlane->operations(key, scopes, anyStatus, provider, limit, stop);
    co_return answer;
}

QCoro::Task<Result<std::optional<RemoteFile>>> LiveTarget::stat(
    WorkspaceRecord record, QStringList scopes, QString path, std::stop_token stop)
{
    const DataPlaneKey key = m_workspaces->dataPlaneKey(record);
    Result<std::optional<RemoteFile>> answer = co_await m_dataPlane->stat(key, scopes, path, stop);
    co_return answer;
}

QCoro::Task<Result<QList<RemoteFile>>> LiveTarget::folder(
    WorkspaceRecord record, QStringList scopes, QString path, std::stop_token stop)
{
    const DataPlaneKey key = m_workspaces->dataPlaneKey(record);
    Result<QList<RemoteFile>> answer = co_await m_dataPlane->tree(key, scopes, path, 1, stop);
    co_return answer;
}

// Here and not beside the others, so that a program with a target of its own need not link the services.
PushService::PushService(WorkspaceService *workspaces, DataPlane *dataPlane, Clock *clock, Paths paths, QObject *parent)
    : PushService(std::make_unique<LiveTarget>(workspaces, dataPlane), clock, std::move(paths), PushHooks{}, parent)
{
}

} // namespace Postroom
