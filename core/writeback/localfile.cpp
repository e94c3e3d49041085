#include "core/writeback/localfile.h"

#include <QCoreApplication>
#include <QLocale>
#include <QScopeGuard>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

constexpr qsizetype pieceSize = 256 * 1024;
constexpr int readings = 2;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

LocalFile refuse(const QString &code, const QString &problem)
{
    LocalFile file;
    file.code = code;
    file.problem = problem;
    return file;
}

struct Look {
    dev_t device = 0;
    ino_t inode = 0;
    qint64 size = 0;
    qint64 seconds = 0;
    qint64 nanoseconds = 0;
    friend bool operator==(const Look &, const Look &) = default;
};

Look lookAt(const struct stat &status)
{
    return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

// Empty when the file did not keep still.
std::optional<LocalFile> readOnce(const QString &path, const ReadOptions &options)
{
    const QByteArray name = path.toUtf8();
    const int descriptor = ::open(name.constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
            return refuse(QStringLiteral("not-found"), tr("It is not there any more."));
        if (errno == ENXIO || errno == EISDIR)
            return refuse(QStringLiteral("not-a-file"), tr("It is not a regular file."));
        return refuse(QStringLiteral("unreadable"), tr("It cannot be read by you."));
    }
    const auto closing = qScopeGuard([descriptor] { ::close(descriptor); });
    struct stat before{};
    if (::fstat(descriptor, &before) != 0)
        return refuse(QStringLiteral("unreadable"), tr("It cannot be read by you."));
    if (!S_ISREG(before.st_mode))
        return refuse(QStringLiteral("not-a-file"), tr("It is not a regular file."));
    const QLocale locale;
    const auto tooLarge = [&locale, &options](qint64 size) {
        return refuse(QStringLiteral("too-large"),
            tr("It is %1; the server takes at most %2 at once.")
                .arg(locale.formattedDataSize(size), locale.formattedDataSize(options.limit)));
    };
    if (options.limit >= 0 && before.st_size > options.limit)
        return tooLarge(before.st_size);

    LocalFile file;
    file.size = before.st_size;
    file.modifiedAt = qint64(before.st_mtim.tv_sec) * 1000 + before.st_mtim.tv_nsec / 1'000'000;
    if (options.keepContent)
        file.content.reserve(before.st_size);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1)
        return refuse(QStringLiteral("unreadable"), tr("Its checksum cannot be taken on this computer."));
    QByteArray piece(pieceSize, Qt::Uninitialized);
    qint64 total = 0;
    for (;;) {
        const ssize_t got = ::read(descriptor, piece.data(), static_cast<size_t>(piece.size()));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(QStringLiteral("unreadable"), tr("It could not be read to its end."));
        if (got == 0)
            break;
        total += got;
        // It grows while it is read: no more than what was announced is ever kept.
        if (total > before.st_size)
            break;
        EVP_DigestUpdate(digest.get(), piece.constData(), static_cast<size_t>(got));
        if (options.keepContent)
            file.content.append(piece.constData(), got);
    }
    if (options.afterRead)
        options.afterRead(path);
    struct stat after{};
    struct stat named{};
    const bool still = total == before.st_size && ::fstat(descriptor, &after) == 0 && lookAt(after) == lookAt(before)
        && ::stat(name.constData(), &named) == 0 && lookAt(named) == lookAt(before);
    if (!still)
        return std::nullopt;
    QByteArray hash(EVP_MAX_MD_SIZE, Qt::Uninitialized);
    unsigned length = 0;
    EVP_DigestFinal_ex(digest.get(), reinterpret_cast<unsigned char *>(hash.data()), &length);
    file.hash = QString::fromLatin1(hash.first(length).toHex());
    return file;
}

} // namespace

QString canonicalPath(const QString &path)
{
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.toUtf8().constData(), nullptr), &std::free);
    if (!real)
        return {};
    const QByteArray bytes(real.get());
    return bytes.isValidUtf8() ? QString::fromUtf8(bytes) : QString();
}

bool isWithin(const QString &path, const QString &root)
{
    if (root == QLatin1String("/"))
        return path.startsWith(root);
    return path == root || (path.startsWith(root) && path.at(root.size()) == QLatin1Char('/'));
}

LocalFile readLocalFile(const QString &path, const ReadOptions &options)
{
    if (!options.root.isEmpty()) {
        const QString canonical = canonicalPath(path);
        if (canonical.isEmpty())
            return refuse(QStringLiteral("not-found"), tr("It is not there any more."));
        if (!isWithin(canonical, options.root))
            return refuse(QStringLiteral("outside"), tr("It is a link that leads out of its folder."));
    }
    for (int i = 0; i < readings; ++i) {
        if (auto file = readOnce(path, options))
            return *file;
    }
    return refuse(QStringLiteral("changing"), tr("It is being written at the moment."));
}

} // namespace Postroom
