// Holding still what another program renews, by the lock that the program itself takes for that.
#pragma once

#include "core/accounts/observedcredential.h"
#include "core/base/clock.h"
#include "core/base/files.h"

#include <QCoroTask>
#include <chrono>
#include <memory>
#include <stop_token>
#include <sys/types.h>
#include <vector>

namespace Postroom
{

// Held from acquire() to its end. Three protocols, each that of the program whose file it is:
//
//   agent-relay   the directory <file>.lock, made by mkdir; abandoned when its mtime is 30 s old
//   relayfile     flock(2) on <file>.lock, which stays
//   Claude Code   the directories <folder>/.oauth_refresh.lock and then <real folder>.lock, made by mkdir; abandoned
//                 when their mtime is 60 s old, and the first is given back while the second is waited for
//
// A directory that we hold gets a new mtime every 5 s; one that is no longer ours is not removed. Ages are by the
// clock that is handed in.
class ObservedLock
{
public:
    // Waits for the holder for a bounded time: 30 s for agent-relay, as it does itself, 10 s for the others. Codes
    // "tool-busy" (class Infra: it passes by itself), "lock-unavailable" (class Input: it cannot be made), or Cancel.
    static QCoro::Task<Result<std::shared_ptr<ObservedLock>>> acquire(
        ObservedSource source, QString path, Clock *clock, std::stop_token stop);
    ~ObservedLock();
    Q_DISABLE_COPY(ObservedLock)

private:
    struct Directory {
        QByteArray path;
        dev_t device = 0;
        ino_t inode = 0;
        qint64 touchedAt = 0; // milliseconds since 1970
    };

    explicit ObservedLock(Clock *clock) : m_clock(clock) { }
    Result<bool> tryFlock(const QString &path);
    Result<bool> tryDirectories(const QStringList &paths, std::chrono::milliseconds abandonedAfter);
    Result<bool> tryDirectory(const QByteArray &path, std::chrono::milliseconds abandonedAfter);
    static bool isOurs(const Directory &directory);
    bool touch(Directory *directory) const;
    void beatLater();
    void release();

    Clock *m_clock;
    FileLock m_file;
    std::vector<Directory> m_directories;
    std::unique_ptr<Alarm> m_beat;
};

} // namespace Postroom
