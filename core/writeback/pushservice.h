// Pushes: plan, send in shared requests, follow each operation to its end, keep receipts, finish after a crash.
#pragma once

#include "core/relayfile/dataplane.h"
#include "core/workspaces/workspaceservice.h"
#include "core/writeback/pushtarget.h"
#include "core/writeback/transfer.h"

#include <QCoroTask>
#include <QObject>
#include <memory>

namespace Postroom
{

// How one push travels, each step on disk before the next one is taken (<state>/transfers/<id>.json):
//
//   planned ──> prepared (command id, identity, hash, ifMatch) ──> sent ──> operation known ──> final
//                    │ crash: sent again with the same identity       │ crash: the operation is asked for
//                    └ the server answers a known identity with the first operation, so the provider sees it once
class PushService final : public QObject
{
    Q_OBJECT
public:
    PushService(
        WorkspaceService *workspaces, DataPlane *dataPlane, Clock *clock, Paths paths, QObject *parent = nullptr);
    PushService(
        std::unique_ptr<PushTarget> target, Clock *clock, Paths paths, PushHooks hooks, QObject *parent = nullptr);
    ~PushService() override;

    void start(); // takes up what a crash left behind
    QCoro::Task<void> shutdown();

    // Reads the file system on a worker thread; sends nothing.
    QCoro::Task<Result<PushPlan>> plan(PushRequest request);
    // Begins the push and returns as soon as it is planned; follow it with the signals or finished().
    QCoro::Task<Result<TransferId>> push(PushRequest request);
    QCoro::Task<Result<Transfer>> finished(TransferId id);
    void cancel(const TransferId &id); // what was sent is still followed to its end
    QCoro::Task<Result<TransferId>> retry(TransferId id); // the failed items as a new transfer
    void dismiss(const TransferId &id); // a finished one leaves the list

    QList<Transfer> transfers() const;
    QList<TransferItem> items(const TransferId &id) const;

Q_SIGNALS:
    void transferChanged(const Postroom::Transfer &transfer);
    void itemsChanged(const Postroom::TransferId &id, const QList<Postroom::TransferItem> &items); // batched, 100 ms
    void transferDismissed(const Postroom::TransferId &id);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace Postroom
