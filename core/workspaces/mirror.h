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
// `now` with what only the other schema says taken over from `before`: two writers take turns at the same file.
PublicState laterState(const PublicState &before, PublicState now);

// A larger file in the outbox is "unreadable" and never read whole.
inline constexpr qint64 outboxRecordLimit = 16 * 1024 * 1024;
// One record from the bytes of a file in outbox/<folder>/; `attention` says whether a marker lies beside it. Of the
// content only the size is kept. A pending one that says it needs attention does, unless our own push wrote it. Without
// a remote path, or with bytes that are no JSON object, it is Unreadable.
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
// <stateDir>/<mountID>/state.json; mountID is 32 hexadecimal digits of SHA-256(workspace NUL remoteRoot NUL localRoot
// NUL kind).
QString privateStatePath(
    const QString &home, const QString &relayWorkspaceId, const QString &remoteRoot, const QString &localRoot);

// The lease that a running daemon holds: cache/relayfile/mount-leases/<sha256(server NUL workspace NUL
// localRoot)>.lock.
QString leasePath(
    const QString &cacheHome, const QUrl &server, const QString &relayWorkspaceId, const QString &localRoot);
// Looks without taking the lock (Linux: /proc/locks by inode), first at this lease, then at the other ones of the same
// folder that name the mirror. Only where no lease is known does the pid file count, with a living process of that
// program. Custody comes back as Foreign; whether it is ours is for the caller to say. Blocking, a few small files.
DaemonStatus readDaemon(const QString &leaseFile, const QString &mirror);

// mountcmd_ + 32 hexadecimal digits of SHA-256(workspace NUL remotePath NUL hash NUL firstSeenAt).
QString commandId(
    const QString &relayWorkspaceId, const QString &remotePath, const QString &hash, const QString &firstSeenAt);

// The remote path of a local file below a mirror root; nothing for paths outside (symlinks followed as far as the path
// exists), below .relay or otherwise never synced, and for names with a backslash. The file need not exist.
std::optional<QString> remotePathFor(const QString &mirror, const QString &remoteRoot, const QString &localPath);
// Does this path lie in the mirror (or is it the mirror), symlinks followed?
bool holds(const QString &mirror, const QString &localPath);

} // namespace Postroom
