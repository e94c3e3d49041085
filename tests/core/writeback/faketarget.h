// A server and workspaces that a test plays: files, operations and identities as the real server keeps them, and
// trouble on demand.
#pragma once

#include "core/base/clock.h"
#include "core/writeback/pushtarget.h"

#include <QHash>
#include <QMap>
#include <QSet>

namespace Postroom
{

// What the server knows and what it saw. Lives longer than the service under test, so that a second one finds it.
struct FakeServer {
    enum class Trouble {
        None,
        NotSent, // the network was gone before anything was sent
        AnswerLost, // applied, but the answer never came
        Refused, // 401: the sign-in is over
        Busy, // 503, nothing applied
        Paused // 429 with a pause of 3 s
    };
    struct File {
        QString revision;
        QString hash;
        qint64 size = 0;
    };

    QMap<QString, File> files;
    QList<Operation> operations; // newest first
    QHash<QString, QString> identities; // kind and key → operation
    QHash<QString, int> dispatched; // path → operations made for it
    int counter = 0;

    qint64 bodyLimit = 1024 * 1024;
    OperationState endState = OperationState::Succeeded; // of operations, once asked for often enough
    QString endWords;
    int pollsUntilEnd = 1;
    int pollsMissing = 0;
    bool tellsHashes = true;
    bool tellsOperations = true;
    bool tellsResults = true;
    bool mayRead = true;
    bool holdBulk = false;
    std::chrono::milliseconds bulkTakes{0}; // of real time
    QSet<QString> forbidden;
    QList<Trouble> bulkTroubles;
    QList<Trouble> operationTroubles;
    QList<Trouble> statTroubles;
    std::function<void(const char *)> onStep = [](const char *) { };

    QList<QList<BulkFile>> requests;
    QList<qint64> requestSizes;
    QList<QStringList> requestScopes;
    QList<QDateTime> pollTimes;
    QHash<QString, int> pollsOf;
    int lists = 0;
    int stats = 0;
    int folders = 0;

    // Changes by somebody else.
    void write(const QString &path, const QByteArray &content);
    void end(const QString &path, OperationState state, const QString &words = {});
    Operation *operation(const QString &id);

    // Kept in a file, for a second process.
    void save(const QString &path) const;
    void load(const QString &path);
};

class FakeTarget final : public PushTarget
{
    Q_OBJECT
public:
    FakeTarget(FakeServer *server, Clock *clock, QObject *parent = nullptr);

    QList<WorkspaceRecord> workspaces;
    bool daemon = false;
    QList<OutboxRecord> outboxRecords;
    QList<qint64> learnt;
    QList<QPair<int, int>> sendings;
    int pushedNotes = 0;

    void setOutbox(const QList<OutboxRecord> &records);

    QList<WorkspaceRecord> records() const override { return workspaces; }
    std::optional<WorkspaceRecord> owning(const QString &localPath) const override;
    bool daemonRuns(const WorkspaceId &) const override { return daemon; }
    QList<OutboxRecord> outbox(const WorkspaceId &) const override { return outboxRecords; }
    std::optional<OutboxRecord> outboxRecord(const WorkspaceId &id, const QString &commandId) const override;
    void learnBodyLimit(const WorkspaceId &id, qint64 limit) override;
    void setSending(const WorkspaceId &, int open, int total) override { sendings.append({open, total}); }
    void notePushed(const WorkspaceId &, const QDateTime &) override { ++pushedNotes; }

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
    Failure trouble(FakeServer::Trouble kind) const;
    BulkAnswer apply(const QList<BulkFile> &files);
    Operation asked(Operation &operation);

    FakeServer *m_server;
    Clock *m_clock;
};

QString sha256(const QByteArray &content);

} // namespace Postroom
