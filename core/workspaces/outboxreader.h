// What one outbox holds, read on a worker thread: whole once, then only the names that changed.
#pragma once

#include "core/workspaces/directorywatcher.h"
#include "core/workspaces/mirror.h"

#include <QSet>
#include <atomic>
#include <map>
#include <vector>

struct stat;

namespace Postroom
{

// Facts about an outbox beyond its counts, for the state of the workspace.
struct OutboxSummary {
    bool present = false; // the mirror folder is there
    int pendingPushes = 0; // of the pending ones, those that a push wrote and no daemon has to send
    int unreadablePending = 0; // a daemon cannot get past these
    QDateTime nextAttemptAt; // earliest of the pending ones
    QDateTime lastAckedAt; // newest
    std::optional<OutboxRecord> newestAttention; // also an unreadable pending one
    int conflicts = 0; // files set aside below .relay/conflicts
};

// Immutable once made.
struct OutboxSnapshot {
    QList<OutboxRecord> records;
    QHash<QString, qsizetype> index; // id -> place in records
    OutboxCounts counts;
    OutboxSummary summary;
    std::optional<PublicState> publicState;
    bool isDegraded = false;
    QByteArray awaited; // the folder's name that has to appear first, empty when all are there
};

// What to look at again. `names` are file names without their ending.
struct OutboxChanges {
    bool everything = false;
    bool publicState = false;
    QSet<QByteArray> names;
    bool isEmpty() const { return !everything && !publicState && names.isEmpty(); }
};

enum WatchRole { RoleAncestor, RoleMirror, RoleRelay, RoleOutbox, RoleRecords, RoleMarkers };

// Used by one thread at a time. Where one record lies in several folders, the one that will be tried counts:
// pending, then failed, then acked. Folders are read in the order in which records travel, and a known record that
// seems to be nowhere is looked for once more, so that a rename in between never loses one.
class OutboxReader
{
public:
    OutboxReader(QString mirror, std::shared_ptr<WatchTable> table, quint64 subscriber);

    // Null when nothing changed, or when `cancelled` was set meanwhile. Blocking.
    std::shared_ptr<const OutboxSnapshot> read(const OutboxChanges &changes, const std::atomic<bool> &cancelled);
    int filesRead() const { return m_filesRead; } // records opened so far

private:
    enum Folder { Pending, Failed, Acked, FolderCount };
    struct Identity {
        quint64 inode = 0;
        qint64 changed = 0; // modification time, nanoseconds
        qint64 size = -1;
        bool isSettled = false; // old enough when it was read that a later change shows in the time
    };
    struct Entry {
        Folder folder = Pending;
        Identity identity;
        bool isFlagged = false; // by what it says itself, not by a marker
        bool hasMarker = false;
        OutboxRecord record;
    };
    struct AckedEntry {
        qint64 changed = 0;
        QByteArray stem;
        Identity identity;
        std::optional<OutboxRecord> record; // read when it is shown
    };

    void watchFolders();
    bool watch(WatchRole role, const QString &folder, quint32 mask);
    void scan(const std::atomic<bool> &cancelled);
    QSet<QByteArray> list(Folder folder);
    void scanAcked(const std::atomic<bool> &cancelled);
    void resolve(const QByteArray &stem);
    bool look(const QByteArray &stem);
    bool examine(const QByteArray &stem, Folder folder, const struct stat &info);
    void updateMarker(const QByteArray &stem, Entry &entry);
    void noteAcked(const QByteArray &stem, const struct stat &info);
    void dropAcked(const QByteArray &stem);
    std::optional<OutboxRecord> readRecord(const QByteArray &stem, Folder folder, Identity &identity);
    void readState();
    int countConflicts() const;
    std::shared_ptr<const OutboxSnapshot> snapshot();

    QString m_mirror;
    QByteArray m_folders[FolderCount]; // absolute, as the file system wants them
    QByteArray m_markerFolder;
    std::shared_ptr<WatchTable> m_table;
    quint64 m_subscriber;
    std::map<QString, int> m_watches; // folder -> watch
    std::map<QString, int> m_renewed;
    QHash<QByteArray, Entry> m_entries; // pending and failed
    QSet<quint64> m_ackedNames; // hashes: a hundred thousand names would cost ten times as much
    std::vector<AckedEntry> m_newestAcked; // newest first
    bool m_ackedGap = false; // the newest ones are not all known any more
    Identity m_stateIdentity;
    std::optional<PublicState> m_publicState;
    int m_conflicts = 0;
    bool m_present = false;
    bool m_degraded = false;
    bool m_everRead = false;
    bool m_dirty = false;
    int m_filesRead = 0;
    QByteArray m_awaited;
    size_t m_seed;
};

} // namespace Postroom
