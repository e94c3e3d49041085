// Asks the server how accepted operations end.
#pragma once

#include "core/base/clock.h"
#include "core/base/taskscope.h"
#include "core/writeback/pushtarget.h"

#include <QHash>
#include <QObject>
#include <deque>
#include <map>
#include <memory>

namespace Postroom
{

//   quick (250 ms growing to 2 s) ──final──> settled
//        │ patience over: waitEnded          ^
//        v                                   │
//   slow (30 s growing to 10 min) ───────────┘   404 for an hour: lost
//
// Owned by PushService. One question per operation however many items wait for it; many open ones are asked about with
// one list. Trouble of any kind only means asking later; a pause that the server asks for holds for its workspace.
class OperationFollower final : public QObject
{
    Q_OBJECT
public:
    OperationFollower(PushTarget *target, Clock *clock, TaskScope *scope, QObject *parent = nullptr);
    ~OperationFollower() override;

    // Zero patience: slow from the start. Known ones only get more patience.
    void follow(const WorkspaceRecord &record, const QString &remotePath, const QString &operationId,
        std::chrono::milliseconds patience);
    void forget(const WorkspaceId &workspace, const QString &operationId);
    int following() const { return static_cast<int>(m_entries.size()); }

Q_SIGNALS:
    void settled(const Postroom::WorkspaceId &workspace, const Postroom::Operation &operation);
    void waitEnded(const Postroom::WorkspaceId &workspace, const QString &operationId);
    void lost(const Postroom::WorkspaceId &workspace, const QString &operationId);

private:
    struct Entry {
        WorkspaceRecord record;
        QStringList scopes;
        QString provider;
        QString operationId;
        std::chrono::milliseconds delay{};
        std::chrono::milliseconds due{}; // on the steady clock
        std::chrono::milliseconds deadline{}; // of the quick phase
        std::optional<std::chrono::milliseconds> missingSince;
        bool slow = false;
        bool busy = false; // being asked about, or next in line
        bool single = false; // the list did not have it
    };
    using Key = QPair<QString, QString>;

    void tick();
    void arm();
    void schedule(const Key &key, Entry &entry, std::chrono::milliseconds due);
    QList<Key> takeDue();
    QCoro::Task<void> ask(Key key);
    QCoro::Task<void> askAll(QList<Key> keys);
    void take(const Key &key, const Operation &operation);
    void postpone(const Key &key, const Error *error);
    void endOfPatience();
    std::chrono::milliseconds longestDelay() const;

    PushTarget *m_target;
    Clock *m_clock;
    TaskScope *m_scope;
    QHash<Key, Entry> m_entries;
    // Both ordered by time. What was overtaken stays until its time comes and is dropped then.
    std::multimap<std::chrono::milliseconds, Key> m_due;
    std::multimap<std::chrono::milliseconds, Key> m_deadlines;
    std::deque<Key> m_line; // waiting for one of the questions to be answered
    QHash<QString, std::chrono::milliseconds> m_pausedUntil; // per workspace, steady
    std::unique_ptr<Alarm> m_alarm;
    int m_asking = 0;
    bool m_ticking = false;
};

} // namespace Postroom
