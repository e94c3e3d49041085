// Pushes as values: what was asked for, what is refused and why, and how far each item is.
#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"

#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QString>
#include <QStringList>
#include <chrono>
#include <optional>

namespace Postroom
{

struct PushRequest {
    TransferId id = TransferId::create();
    QStringList paths; // files and folders, absolute
    WorkspaceId workspace; // empty: the one whose mirror holds the first path, or the only one
    QString remoteFolder; // for files that lie outside of the mirror; empty: "/"
    std::chrono::seconds timeout{90}; // for each operation to end
};

enum class ItemState {
    Queued,
    Sending,
    Waiting /* for the operation to end */,
    Acked,
    Failed,
    Attention /* accepted by the server, refused by the provider */,
    Refused /* never sent */,
    Cancelled
};

struct TransferItem {
    int index = 0;
    QString local;
    QString remotePath;
    ItemState state = ItemState::Queued;
    qint64 bytes = 0;
    QString operationId;
    QString revision;
    QString commandId;
    QString error; // one plain sentence with the server's or provider's own words
    QString code; // for scripts
    bool isFinal() const;
};

struct Transfer {
    TransferId id;
    WorkspaceId workspace;
    QDateTime startedAt;
    std::optional<QDateTime> finishedAt;
    bool resumed = false; // taken up again after a restart
    int total = 0;
    int acked = 0;
    int failed = 0; // Failed, Attention and Refused
    int cancelled = 0;
    qint64 bytesTotal = 0;
    qint64 bytesDone = 0;
    double bytesPerSecond = 0;
    std::optional<qint64> secondsLeft;
    bool isRunning() const { return !finishedAt; }
};

// What a push would do, before it does it.
struct PushPlan {
    WorkspaceId workspace;
    QList<TransferItem> items; // Queued or Refused
    qint64 bytes = 0;
    int refused = 0;
};

QString toString(ItemState state); // queued sending waiting acked failed attention refused cancelled
std::optional<ItemState> itemStateFromString(const QString &text);

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::Transfer)
Q_DECLARE_METATYPE(Postroom::TransferItem)
