#include "core/accounts/observedlock.h"

#include "core/accounts/flight.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds beatEvery = 5s;

struct Protocol {
    std::chrono::milliseconds poll;
    std::chrono::milliseconds patience;
    std::chrono::milliseconds abandonedAfter;
};

Protocol protocolOf(ObservedSource source)
{
    switch (source) {
    case ObservedSource::AgentRelay:
        return {50ms, 30s, 30s};
    case ObservedSource::ClaudeCode:
        return {500ms, 10s, 60s};
    case ObservedSource::Relayfile:
        break;
    }
    return {100ms, 10s, 0s};
}

// The second is named after the folder that a link leads to.
QStringList lockDirectories(ObservedSource source, const QString &path)
{
    if (source == ObservedSource::AgentRelay)
        return {path + QStringLiteral(".lock")};
    const QString folder = QFileInfo(path).absolutePath();
    QString real = QFileInfo(folder).canonicalFilePath();
    if (real.isEmpty())
        real = folder;
    return {folder + QStringLiteral("/.oauth_refresh.lock"), real + QStringLiteral(".lock")};
}

qint64 modifiedAt(const struct stat &info)
{
    return static_cast<qint64>(info.st_mtim.tv_sec) * 1000 + info.st_mtim.tv_nsec / 1'000'000;
}

Failure failUnavailable(const QByteArray &path, int number)
{
    auto failure = failInput(QStringLiteral("lock-unavailable"),
        QCoreApplication::translate("Postroom", "%1 cannot be locked, so nothing was changed.")
            .arg(QFile::decodeName(path)));
    failure.value().detail = QString::fromLocal8Bit(std::strerror(number));
    return failure;
}

Failure failBusy(ObservedSource source)
{
    Error error;
    error.kind = ErrorClass::Infra;
    error.code = QStringLiteral("tool-busy");
    error.message
        = QCoreApplication::translate("Postroom", "%1 is renewing this sign-in right now. Nothing was changed.")
              .arg(toolName(source));
    error.next = QCoreApplication::translate("Postroom", "Try again in a minute.");
    return Failure(error);
}

} // namespace

QCoro::Task<Result<std::shared_ptr<ObservedLock>>> ObservedLock::acquire(
    ObservedSource source, QString path, Clock *clock, std::stop_token stop)
{
    const Protocol protocol = protocolOf(source);
    const std::shared_ptr<ObservedLock> lock(new ObservedLock(clock));
    const std::chrono::milliseconds until = clock->steady() + protocol.patience;
    for (;;) {
        const auto taken = source == ObservedSource::Relayfile
            ? lock->tryFlock(path)
            : lock->tryDirectories(lockDirectories(source, path), protocol.abandonedAfter);
        if (!taken)
            co_return Failure(taken.error());
        if (*taken)
            break;
        if (clock->steady() >= until)
            co_return failBusy(source);
        const bool slept = co_await sleepUnlessStopped(clock, protocol.poll, stop);
        if (!slept)
            co_return failCancelled();
    }
    if (!lock->m_directories.empty())
        lock->beatLater();
    co_return std::shared_ptr<ObservedLock>(lock);
}

ObservedLock::~ObservedLock()
{
    release();
}

Result<bool> ObservedLock::tryFlock(const QString &path)
{
    auto taken = FileLock::tryAcquire(path + QStringLiteral(".lock"));
    if (!taken)
        return Failure(taken.error());
    m_file = std::move(*taken);
    return m_file.isHeld();
}

Result<bool> ObservedLock::tryDirectories(const QStringList &paths, std::chrono::milliseconds abandonedAfter)
{
    for (const QString &path : paths) {
        auto taken = tryDirectory(QFile::encodeName(path), abandonedAfter);
        if (!taken || !*taken) {
            // All or nothing, so that two who wait for each other's half both get on.
            release();
            return taken;
        }
    }
    return true;
}

Result<bool> ObservedLock::tryDirectory(const QByteArray &path, std::chrono::milliseconds abandonedAfter)
{
    if (::mkdir(path.constData(), 0700) != 0) {
        if (errno != EEXIST)
            return failUnavailable(path, errno);
        struct stat info{};
        if (::lstat(path.constData(), &info) != 0 || !S_ISDIR(info.st_mode))
            return false;
        // One from the future is not old: who made it will judge it in the same way.
        const qint64 age = m_clock->now().toMSecsSinceEpoch() - modifiedAt(info);
        if (age < abandonedAfter.count())
            return false;
        // Only an empty one goes, and only the one that was judged.
        struct stat again{};
        if (::lstat(path.constData(), &again) != 0 || again.st_ino != info.st_ino
            || modifiedAt(again) != modifiedAt(info) || ::rmdir(path.constData()) != 0
            || ::mkdir(path.constData(), 0700) != 0)
            return false;
    }
    struct stat info{};
    if (::lstat(path.constData(), &info) != 0)
        return false;
    Directory directory;
    directory.path = path;
    directory.device = info.st_dev;
    directory.inode = info.st_ino;
    directory.touchedAt = modifiedAt(info);
    touch(&directory);
    m_directories.push_back(directory);
    return true;
}

bool ObservedLock::isOurs(const Directory &directory)
{
    struct stat info{};
    return ::lstat(directory.path.constData(), &info) == 0 && info.st_dev == directory.device
        && info.st_ino == directory.inode && modifiedAt(info) == directory.touchedAt;
}

bool ObservedLock::touch(Directory *directory) const
{
    if (!isOurs(*directory))
        return false;
    const qint64 now = m_clock->now().toMSecsSinceEpoch();
    struct timespec time{};
    time.tv_sec = static_cast<time_t>(now / 1000);
    time.tv_nsec = static_cast<long>(now % 1000) * 1'000'000;
    const std::array<struct timespec, 2> both{time, time};
    if (::utimensat(AT_FDCWD, directory->path.constData(), both.data(), AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    directory->touchedAt = now;
    return true;
}

void ObservedLock::beatLater()
{
    m_beat = m_clock->at(m_clock->now().addMSecs(beatEvery.count()), [this] {
        for (Directory &directory : m_directories)
            touch(&directory);
        beatLater();
    });
}

void ObservedLock::release()
{
    m_beat.reset();
    // In the reverse order.
    while (!m_directories.empty()) {
        if (isOurs(m_directories.back()))
            ::rmdir(m_directories.back().path.constData());
        m_directories.pop_back();
    }
    m_file.release();
}

} // namespace Postroom
