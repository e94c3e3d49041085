#include "core/base/files.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/ids.h"

namespace Postroom
{
namespace
{

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

Failure failErrno(const QString &code, const QString &message, int number)
{
    Error error;
    error.kind = ErrorClass::Input;
    error.code = code;
    error.message = message;
    error.detail = QString::fromLocal8Bit(std::strerror(number));
    return Failure(error);
}

bool writeAll(int descriptor, const QByteArray &content)
{
    qsizetype done = 0;
    while (done < content.size()) {
        const ssize_t written
            = ::write(descriptor, content.constData() + done, static_cast<size_t>(content.size() - done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        done += written;
    }
    return true;
}

} // namespace

Result<void> writeFileAtomically(const QString &path, const QByteArray &content, unsigned mode)
{
    const QString folder = QFileInfo(path).absolutePath();
    const QByteArray target = QFile::encodeName(path);
    // Only the beginning of the name, so that a long one does not become too long.
    const QByteArray temporary = QFile::encodeName(folder + QStringLiteral("/.") + QFileInfo(path).fileName().left(40)
        + QLatin1Char('.') + randomHex(8) + QStringLiteral(".tmp"));
    const int descriptor = ::open(temporary.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (descriptor < 0) {
        const int number = errno;
        return failErrno(QStringLiteral("unwritable"), tr("%1 cannot be written.").arg(path), number);
    }
    // fchmod because the umask may have taken bits away that the caller asked for.
    const bool written = ::fchmod(descriptor, mode) == 0 && writeAll(descriptor, content) && ::fsync(descriptor) == 0;
    const int number = errno;
    ::close(descriptor);
    if (!written || ::rename(temporary.constData(), target.constData()) != 0) {
        const int reason = written ? errno : number;
        ::unlink(temporary.constData());
        return failErrno(QStringLiteral("unwritable"), tr("%1 cannot be written.").arg(path), reason);
    }
    const int directory = ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
    return {};
}

Result<QByteArray> readFile(const QString &path, qint64 limit)
{
    // O_NONBLOCK so that a pipe with the name of a file cannot hang us.
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        const int number = errno;
        const bool missing = number == ENOENT || number == ENOTDIR;
        return failErrno(missing ? QStringLiteral("not-found") : QStringLiteral("unreadable"),
            missing ? tr("%1 does not exist.").arg(path) : tr("%1 cannot be read.").arg(path), number);
    }
    struct stat info{};
    if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        ::close(descriptor);
        return failInput(QStringLiteral("not-a-file"), tr("%1 is not a file.").arg(path));
    }
    if (info.st_size > limit) {
        ::close(descriptor);
        return failInput(QStringLiteral("too-large"), tr("%1 is too large.").arg(path));
    }
    QByteArray content;
    content.resize(static_cast<qsizetype>(info.st_size) + 1);
    qsizetype done = 0;
    for (;;) {
        // Also for a file that grows while we read, or that says it is empty and is not, as in /proc.
        if (done > limit) {
            ::close(descriptor);
            return failInput(QStringLiteral("too-large"), tr("%1 is too large.").arg(path));
        }
        if (done == content.size())
            content.resize(done + 4096);
        const ssize_t got = ::read(descriptor, content.data() + done, static_cast<size_t>(content.size() - done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            const int number = errno;
            ::close(descriptor);
            return failErrno(QStringLiteral("unreadable"), tr("%1 cannot be read.").arg(path), number);
        }
        if (got == 0)
            break;
        done += got;
    }
    ::close(descriptor);
    content.resize(done);
    return content;
}

FileLock::FileLock(FileLock &&other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) { }

FileLock &FileLock::operator=(FileLock &&other) noexcept
{
    if (this != &other) {
        release();
        m_descriptor = std::exchange(other.m_descriptor, -1);
    }
    return *this;
}

FileLock::~FileLock()
{
    release();
}

Result<FileLock> FileLock::tryAcquire(const QString &path)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        const int number = errno;
        return failErrno(QStringLiteral("unwritable"), tr("%1 cannot be locked.").arg(path), number);
    }
    FileLock lock;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        const int number = errno;
        ::close(descriptor);
        if (number == EWOULDBLOCK)
            return lock;
        return failErrno(QStringLiteral("unwritable"), tr("%1 cannot be locked.").arg(path), number);
    }
    lock.m_descriptor = descriptor;
    return lock;
}

void FileLock::release()
{
    // Closing gives the lock back; the file stays, because removing it would let two holders lock two files.
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
}

} // namespace Postroom
