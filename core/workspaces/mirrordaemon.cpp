// Who syncs a mirror: told by the kernel's list of locks, because a lease file outlives the process that held it.
#include "core/workspaces/mirror.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <cerrno>
#include <csignal>
#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

constexpr qint64 leaseLimit = 64 * 1024;
constexpr qint64 locksLimit = 8 * 1024 * 1024;
constexpr int mostLeases = 2000;

struct HeldLock {
    dev_t device = 0; // as makedev(3) makes it
    qint64 pid = 0;
};
using HeldLocks = QMultiHash<quint64, HeldLock>; // by inode

// Lines like "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF"; one with "->" waits for a lock and holds none.
std::optional<HeldLocks> heldLocks()
{
    const auto text = readFile(QStringLiteral("/proc/locks"), locksLimit);
    if (!text)
        return std::nullopt;
    HeldLocks held;
    const QList<QByteArray> lines = text->split('\n');
    for (const QByteArray &line : lines) {
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words.size() < 6 || words[1] != "FLOCK" || words[3] != "WRITE")
            continue;
        const QList<QByteArray> place = words[5].split(':');
        if (place.size() != 3)
            continue;
        held.insert(place[2].toULongLong(),
            {makedev(place[0].toUInt(nullptr, 16), place[1].toUInt(nullptr, 16)), words[4].toLongLong()});
    }
    return held;
}

struct Lease {
    qint64 pid = 0;
    QString localRoot;
    QDateTime startedAt;
};

Lease readLease(const QString &path)
{
    Lease lease;
    const auto json = readFile(path, leaseLimit);
    const auto object = json ? parseJsonObject(*json) : Result<QJsonObject>(QJsonObject());
    if (!object)
        return lease;
    lease.pid = integerAt(*object, QLatin1String("pid")).value_or(0);
    lease.localRoot = stringAt(*object, QLatin1String("localRoot")).value_or(QString());
    lease.startedAt = timeAt(*object, QLatin1String("startedAt")).value_or(QDateTime());
    return lease;
}

// Some file systems tell stat() another device than the kernel's list; then the holder's number has to agree.
std::optional<DaemonStatus> holderOf(const QString &path, const HeldLocks &held)
{
    struct stat info{};
    if (path.isEmpty() || ::stat(QFile::encodeName(path).constData(), &info) != 0)
        return std::nullopt;
    const auto candidates = held.values(info.st_ino);
    if (candidates.isEmpty())
        return std::nullopt;
    const Lease lease = readLease(path);
    for (const HeldLock &lock : candidates) {
        if (lock.device != info.st_dev && (lease.pid == 0 || lock.pid != lease.pid))
            continue;
        DaemonStatus status;
        status.running = true;
        // A holder outside of our process namespace shows as 0 or less.
        status.pid = lock.pid > 0 ? lock.pid : lease.pid;
        status.custody = DaemonCustody::Foreign;
        if (lease.pid == status.pid)
            status.since = lease.startedAt;
        return status;
    }
    return std::nullopt;
}

// The server may be spelled in another way than we know it, or not be known at all; every lease names its folder.
std::optional<DaemonStatus> holderForFolder(const QString &leaseFolder, const QString &mirror, const HeldLocks &held)
{
    DIR *folder = ::opendir(QFile::encodeName(leaseFolder).constData());
    if (!folder)
        return std::nullopt;
    const QString real = QFileInfo(mirror).canonicalFilePath();
    std::optional<DaemonStatus> found;
    int seen = 0;
    while (const dirent *entry = ::readdir(folder)) {
        if (++seen > mostLeases || found)
            break;
        const QByteArray name(entry->d_name);
        if (!name.endsWith(".lock") || !held.contains(entry->d_ino))
            continue;
        const QString path = leaseFolder + QLatin1Char('/') + QFile::decodeName(name);
        const QString root = readLease(path).localRoot;
        if (!root.isEmpty() && (root == real || root == mirror))
            found = holderOf(path, held);
    }
    ::closedir(folder);
    return found;
}

bool isThatProgram(qint64 pid, const QString &executable)
{
    if (pid <= 1 || pid > 0x7fffffff || (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH))
        return false;
    QString program = QFile::symLinkTarget(QStringLiteral("/proc/%1/exe").arg(pid));
    if (program.isEmpty())
        return false;
    if (program.endsWith(QLatin1String(" (deleted)"))) // updated while it runs
        program.chop(10);
    if (!executable.isEmpty())
        return program == executable || program == QFileInfo(executable).canonicalFilePath();
    return QFileInfo(program).fileName().startsWith(QLatin1String("relayfile"));
}

DaemonStatus byPidFile(const QString &mirror)
{
    const auto text = readFile(mirror + QStringLiteral("/.relay/mount.pid"), leaseLimit);
    if (!text)
        return {};
    DaemonStatus status;
    QString executable;
    QString folder;
    bool isBare = false;
    status.pid = text->trimmed().toLongLong(&isBare);
    if (!isBare) {
        const auto object = parseJsonObject(*text);
        if (!object)
            return {};
        status.pid = integerAt(*object, QLatin1String("pid")).value_or(0);
        status.since = timeAt(*object, QLatin1String("startedAt")).value_or(QDateTime());
        executable = stringAt(*object, QLatin1String("executable")).value_or(QString());
        folder = stringAt(*object, QLatin1String("localDir")).value_or(QString());
    }
    if (!folder.isEmpty() && QDir::cleanPath(folder) != QDir::cleanPath(mirror)
        && folder != QFileInfo(mirror).canonicalFilePath())
        return {};
    if (!isThatProgram(status.pid, executable))
        return {};
    status.running = true;
    status.custody = DaemonCustody::Foreign;
    return status;
}

} // namespace

DaemonStatus readDaemon(const QString &leaseFile, const QString &mirror)
{
    if (const auto held = heldLocks()) {
        if (const auto holder = holderOf(leaseFile, *held))
            return *holder;
        if (!leaseFile.isEmpty()) {
            if (const auto holder = holderForFolder(QFileInfo(leaseFile).path(), mirror, *held))
                return *holder;
            // The lease of this very mirror is there and nobody holds it: whatever the pid file says is over.
            if (QFileInfo::exists(leaseFile))
                return {};
        }
    }
    return byPidFile(mirror);
}

} // namespace Postroom
