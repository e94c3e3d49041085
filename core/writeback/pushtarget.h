// What a push needs from the rest of the program: the workspaces, and the server behind each. A seam, so that pushes
// can be tried against a server that a test plays.
#pragma once

#include "core/relayfile/dataplane.h"
#include "core/workspaces/catalog.h"
#include "core/workspaces/workspacestatus.h"

#include <QCoroTask>
#include <QObject>
#include <functional>
#include <stop_token>

namespace Postroom
{

// Owned by PushService; lives in its thread. Calls to the server answer like the ones of DataPlane.
class PushTarget : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual QList<WorkspaceRecord> records() const = 0;
    virtual std::optional<WorkspaceRecord> owning(const QString &localPath) const = 0;
    virtual bool daemonRuns(const WorkspaceId &id) const = 0;
    virtual QList<OutboxRecord> outbox(const WorkspaceId &id) const = 0;
    virtual std::optional<OutboxRecord> outboxRecord(const WorkspaceId &id, const QString &commandId) const = 0;
    virtual void learnBodyLimit(const WorkspaceId &id, qint64 limit) = 0;
    virtual void setSending(const WorkspaceId &id, int open, int total) = 0;
    virtual void notePushed(const WorkspaceId &id, const QDateTime &at) = 0;

    virtual QCoro::Task<Result<BulkAnswer>> bulk(WorkspaceRecord record, QStringList scopes, QList<BulkFile> files,
        QString correlationId, std::function<void(qint64, qint64)> onUploaded, std::stop_token stop)
        = 0;
    virtual QCoro::Task<Result<Operation>> operation(
        WorkspaceRecord record, QStringList scopes, QString operationId, std::stop_token stop)
        = 0;
    virtual QCoro::Task<Result<QList<Operation>>> operations(
        WorkspaceRecord record, QStringList scopes, QString provider, int limit, std::stop_token stop)
        = 0;
    virtual QCoro::Task<Result<std::optional<RemoteFile>>> stat(
        WorkspaceRecord record, QStringList scopes, QString path, std::stop_token stop)
        = 0;
    virtual QCoro::Task<Result<QList<RemoteFile>>> folder(
        WorkspaceRecord record, QStringList scopes, QString path, std::stop_token stop)
        = 0;

    std::optional<WorkspaceRecord> record(const WorkspaceId &id) const;

Q_SIGNALS:
    void outboxChanged(const Postroom::WorkspaceId &id);
};

// Where a test may look on or end the process: `onStep` is called on the writing thread before and after each write to
// journal and outbox, `afterRead` between the last byte of a file and the second look at it.
struct PushHooks {
    std::function<void(const char *step)> onStep;
    std::function<void(const QString &path)> afterRead;
};

} // namespace Postroom
