// Reading a mirror folder: its outbox, its state, who syncs it. Everything here belongs to other programs and is read
// tolerantly; one damaged file never hides the others.
#pragma once

#include "core/base/error.h"
#include "core/workspaces/workspacestatus.h"

#include <QByteArray>
#include <QDateTime>
#include <QHash>
#include <QList>
#include <QString>
#include <optional>

namespace Postroom
{

// Public state of a mirror, of either schema; a missing key is "unknown".
struct PublicState {
    QString workspaceId;
    QString remoteRoot = QStringLiteral("/");
    QString localRoot;
    std::optional<QDateTime> lastSuccessfulReconcileAt;
    std::optional<qint64> intervalMs;
    QString listenerStatus;
    std::optional<QDateTime> heartbeatAt;
    std::optional<qint64> pendingConflicts;
    std::optional<LastError> lastError;
    QString stallReason;
};
Result<PublicState> readPublicState(const QByteArray &json);

// One record from the bytes of a file in outbox/<folder>/; `attention` says whether a marker lies beside it.
OutboxRecord readOutboxRecord(const QString &fileName, const QString &folder, const QByteArray &json, bool attention);

// The tracked revision and hash of one path from the daemon's private state (read only).
struct TrackedFile {
    QString revision;
    QString hash;
    bool dirty = false;
};
class PrivateState
{
public:
    static Result<PrivateState> read(const QString &path);
    std::optional<TrackedFile> file(const QString &remotePath) const;

private:
    QHash<QString, TrackedFile> m_files;
};
// <stateDir>/<mountID>/state.json; mountID is 32 hexadecimal digits of SHA-256(workspace NUL remoteRoot NUL localRoot NUL kind).
QString privateStatePath(const QString &home, const QString &relayWorkspaceId, const QString &remoteRoot, const QString &localRoot);

// The lease that a running daemon holds: cache/relayfile/mount-leases/<sha256(server NUL workspace NUL localRoot)>.lock.
QString leasePath(const QString &cacheHome, const QUrl &server, const QString &relayWorkspaceId, const QString &localRoot);
// Looks without taking the lock (Linux: /proc/locks by inode). The pid file alone is only a hint.
DaemonStatus readDaemon(const QString &leaseFile, const QString &mirror);

// mountcmd_ + 32 hexadecimal digits of SHA-256(workspace NUL remotePath NUL hash NUL firstSeenAt).
QString commandId(const QString &relayWorkspaceId, const QString &remotePath, const QString &hash, const QString &firstSeenAt);

// The remote path of a local file below a mirror root; nothing for paths outside, below .relay or otherwise never synced.
std::optional<QString> remotePathFor(const QString &mirror, const QString &remoteRoot, const QString &localPath);

} // namespace Postroom
