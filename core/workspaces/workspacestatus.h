// What there is to say about a workspace: the snapshots that models, the window and postroomctl show.
#pragma once

#include "core/accounts/accountstatus.h"
#include "core/base/ids.h"

#include <QDateTime>
#include <QMetaType>
#include <QString>
#include <QUrl>
#include <optional>

namespace Postroom
{

// In the order of urgency, worst last; the worst true one is the workspace's state.
enum class WorkspaceState {
    Unknown, // looking
    Delivered,
    ForeignDaemon, // all delivered, synced by a daemon that somebody else started
    Sending, // one of our transfers runs
    Pending, // records wait and will be tried by themselves
    ReadOnly,
    AccountNotUsable,
    DaemonOff, // changes wait and nobody sends them
    Conflicts,
    Attention // a record needs a person
};

enum class DaemonCustody { None, Ours, Foreign };

struct DaemonStatus {
    bool running = false;
    qint64 pid = 0;
    DaemonCustody custody = DaemonCustody::None;
    QDateTime since;
    friend bool operator==(const DaemonStatus &, const DaemonStatus &) = default;
};

// Disjoint: `pending` is tried by itself, `attention` needs a person, `failed` are the other failed ones.
struct OutboxCounts {
    int pending = 0;
    int attention = 0;
    int failed = 0;
    int acked = 0;
    int unreadable = 0;
    QDateTime oldestPendingAt;
    friend bool operator==(const OutboxCounts &, const OutboxCounts &) = default;
};

enum class RecordState { Pending, Attention, Failed, Acked, Unreadable };

// One record of a mirror's outbox, by the daemon or by a push.
struct OutboxRecord {
    QString id; // commandId, or the file's name for an unreadable one
    QString path;
    QString action; // push update delete, empty for the daemon's own
    RecordState state = RecordState::Pending;
    qint64 size = -1; // bytes of the content, -1 when the record does not keep it
    QString hash;
    int attempts = 0;
    QDateTime firstSeenAt;
    QDateTime lastAttemptAt;
    QDateTime nextAttemptAt;
    QDateTime ackedAt;
    QString operationId;
    QString revision;
    QString dispatchStatus;
    QString error; // the provider's or server's words, one line
};

struct WorkspaceStatus {
    WorkspaceId id; // the data-plane id where it is known
    QString cloudId;
    QString name;
    QUrl server;
    AccountId account;
    QString accountLabel;
    Badge accountBadge = Badge::Good;
    QString mirror; // absolute folder, empty when there is none
    QString remoteRoot = QStringLiteral("/");
    DaemonStatus daemon;
    WorkspaceState state = WorkspaceState::Unknown;
    QDateTime since;
    std::optional<QDateTime> nextAt;
    OutboxCounts outbox;
    int conflicts = 0;
    int sending = 0; // items of our transfers still on their way
    int sendingTotal = 0;
    std::optional<QDateTime> lastSuccessAt;
    // The newest thing that needs a person.
    QString attentionPath;
    QString attentionReason;
    QString attentionProvider;
    std::optional<LastError> lastError;

    // Says the same to a person; of an error that is what happened and when.
    friend bool operator==(const WorkspaceStatus &a, const WorkspaceStatus &b);
};

QString toString(WorkspaceState state); // unknown delivered foreign-daemon sending pending read-only account …
QString toString(RecordState state); // pending attention failed acked unreadable
QString toString(DaemonCustody custody); // none ours foreign

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::WorkspaceStatus)
Q_DECLARE_METATYPE(Postroom::OutboxRecord)
