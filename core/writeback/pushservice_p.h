// The inside of PushService, shared by the files that implement it.
#pragma once

#include "core/base/log.h"
#include "core/base/taskscope.h"
#include "core/writeback/follower.h"
#include "core/writeback/localfile.h"
#include "core/writeback/pushservice.h"
#include "core/writeback/run.h"

#include <QPointer>
#include <QThreadPool>
#include <QTimer>
#include <optional>

namespace Postroom
{

using LocalFiles = std::shared_ptr<std::vector<LocalFile>>;
using RemoteFiles = QHash<QString, std::optional<RemoteFile>>; // asked paths; a path that could not be asked is missing

// Everything but the plan, the reading and the writing happens in the service's thread.
class PushService::Private final : public QObject
{
    Q_OBJECT
public:
    Private(PushService *service, std::unique_ptr<PushTarget> pushTarget, Clock *theClock, Paths thePaths,
        PushHooks theHooks);
    ~Private() override;

    // pushservice.cpp: planning and book-keeping
    struct Planned {
        WorkspaceRecord record;
        QString remoteFolder;
        std::vector<PlannedItem> items;
    };
    QCoro::Task<Result<Planned>> planItems(PushRequest request);
    Result<WorkspaceRecord> workspaceFor(const PushRequest &request) const;
    QCoro::Task<Result<TransferId>> begin(PushRequest request, WorkspaceRecord record, std::vector<PlannedItem> items);
    RunPtr find(const TransferId &id) const;
    void touch(const RunPtr &run, int index); // to be told with the next batch of changes
    void publish();
    void publishRun(const RunPtr &run);
    void tellWorkspace(const WorkspaceId &id);
    bool isStopping() const { return scope.token().stop_requested(); }

    // ending.cpp: how items end
    void settle(const RunPtr &run, int index, Outcome outcome);
    QCoro::Task<void> drain(RunPtr run);
    void apply(const RunPtr &run, int index, const Outcome &outcome);
    void release(const Ref &owner, const Outcome &outcome);
    QCoro::Task<void> finish(RunPtr run);
    void follow(const RunPtr &run, int index, std::chrono::milliseconds patience);
    void onSettled(const WorkspaceId &workspace, const Operation &operation);
    void onWaitEnded(const WorkspaceId &workspace, const QString &operationId);
    void onLost(const WorkspaceId &workspace, const QString &operationId);
    void cancel(const RunPtr &run);
    QCoro::Task<void> noteDismissed(RunPtr run);

    // driving.cpp: batches, what the server has already, joining
    QCoro::Task<void> drive(RunPtr run);
    std::vector<int> takeBatch(Run &run) const;
    QCoro::Task<void> sendBatch(RunPtr run, std::vector<int> batch);
    bool join(const RunPtr &run, int index);
    QCoro::Task<void> loadTracked(RunPtr run);
    void requeue(const RunPtr &run, const std::vector<int> &indices); // to the front, in their order

    // asking.cpp: questions before sending and after an unclear answer
    struct Question;
    QCoro::Task<Result<RemoteFiles>> askRemote(
        RunPtr run, std::vector<int> indices, std::chrono::milliseconds patience);
    QCoro::Task<void> askNext(std::shared_ptr<Question> question);
    QCoro::Task<std::optional<Operation>> operationFor(
        RunPtr run, QString remotePath, QString revision, std::chrono::milliseconds patience);
    // Items that were perhaps sent: taken up where they arrived, ended with `otherwise` where they did not.
    QCoro::Task<void> settleUnsure(RunPtr run, std::vector<int> indices, Outcome otherwise);
    QCoro::Task<std::vector<int>> leaveOutKnown(RunPtr run, std::vector<int> indices, RemoteFiles remote);

    // sending.cpp: one request
    QCoro::Task<void> sendDirect(RunPtr run, std::vector<int> indices, LocalFiles files, QHash<int, int> fileOf);
    void prepare(
        const RunPtr &run, Work &work, const LocalFile &file, const RemoteFiles &remote, const QString &correlationId);
    QString ownRevision(const Run &run, const QString &remotePath) const;
    QCoro::Task<bool> writePrepared(RunPtr run, std::vector<int> indices, LocalFiles files, QHash<int, int> fileOf);
    QCoro::Task<void> transmit(
        RunPtr run, std::vector<int> indices, QList<BulkFile> bulk, QString correlationId, qint64 requestBytes);
    QCoro::Task<void> takeAnswer(RunPtr run, std::vector<int> indices, BulkAnswer answer);
    QCoro::Task<void> tooLarge(RunPtr run, std::vector<int> indices, qint64 requestBytes);

    // watching.cpp: what the mount daemon sends by itself
    struct Watch {
        Ref ref;
        std::chrono::milliseconds showBy{}; // steady; no record until then: sent from here
        std::chrono::milliseconds deadline{}; // steady, of the wait
        QString recordId;
        QSet<QString> old; // records that were over before this push
        bool background = false; // the wait is over, or was over before the program started
    };
    void watch(const RunPtr &run, int index, bool background);
    void lookAtOutbox(const WorkspaceId &id);
    bool takeRecord(Watch &watched, const OutboxRecord &record); // true: the watch is over
    void onWatchAlarm();
    void armWatches();

    // resuming.cpp
    QCoro::Task<void> load();
    void takeUp(const StoredTransfer &stored);

    PushService *q;
    std::unique_ptr<PushTarget> target;
    Clock *clock;
    Paths paths;
    PushHooks hooks;
    QThreadPool disk; // one thread: writes keep their order
    QThreadPool readers;
    QList<RunPtr> runs; // oldest first
    QHash<QString, Ref> flights; // workspace, path and hash → who sends it
    QHash<QString, QList<Ref>> passengers; // … → who waits for that one
    QHash<QPair<QString, QString>, QList<Ref>> byOperation;
    QHash<QPair<QString, QString>, QString> ownRevisions; // workspace and path → revision of our last delivery
    QList<Watch> watches;
    std::unique_ptr<Alarm> watchAlarm;
    QTimer publishing;
    bool isLoaded = false;
    bool isStarted = false;
    int calls = 0; // coroutines of callers that are still inside
    Bell bell; // loaded, or a call is over
    TaskScope scope; // last: goes first
    OperationFollower follower;
};

QString flightKey(const Run &run, const Work &work);
QString saying(const char *text); // translated
// RFC 3339 with nanoseconds; different for every call.
QString uniqueStamp(const QDateTime &now);

} // namespace Postroom
