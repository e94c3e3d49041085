// Names that other programs compute too: they must come out the same, byte for byte.
#include "core/workspaces/mirror.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <array>
#include <filesystem>

namespace Postroom
{
namespace
{

namespace fs = std::filesystem;

QString hexOfJoined(std::initializer_list<QString> parts)
{
    QByteArrayList bytes;
    for (const QString &part : parts)
        bytes.append(part.toUtf8());
    return QString::fromLatin1(QCryptographicHash::hash(bytes.join('\0'), QCryptographicHash::Sha256).toHex());
}

QString normalisedRoot(const QString &remoteRoot)
{
    QStringList parts = remoteRoot.split(QLatin1Char('/'), Qt::SkipEmptyParts);
    return QLatin1Char('/') + parts.join(QLatin1Char('/'));
}

QString serverIdentity(const QUrl &server)
{
    QUrl url = server.adjusted(QUrl::RemoveUserInfo | QUrl::RemoveFragment);
    url.setScheme(url.scheme().toLower());
    url.setHost(url.host().toLower());
    if ((url.scheme() == QLatin1String("https") && url.port() == 443)
        || (url.scheme() == QLatin1String("http") && url.port() == 80))
        url.setPort(-1);
    QString text = url.toString(QUrl::FullyEncoded);
    while (text.endsWith(QLatin1Char('/')))
        text.chop(1);
    return text;
}

// The folder or file with all symlinks of its existing part resolved; nothing for loops and for symlinks that lead
// to nothing, because where those would end cannot be known.
std::optional<fs::path> resolved(const fs::path &path)
{
    std::error_code problem;
    fs::path real = fs::weakly_canonical(path, problem);
    // Taking back a ".." that follows something missing can lead to a symlink again, so once is not enough.
    for (int round = 0; !problem && round < 40; ++round) {
        const fs::path further = fs::weakly_canonical(real, problem);
        if (further == real)
            break;
        real = further;
    }
    if (problem || !real.is_absolute())
        return std::nullopt;
    fs::path reached;
    for (const fs::path &part : real) {
        reached /= part;
        if (fs::is_symlink(fs::symlink_status(reached, problem)))
            return std::nullopt;
    }
    return real;
}

bool isNeverSynced(const std::string &topLevel)
{
    static constexpr std::array names{".relay", ".skills", "digests", "node_modules", "_PERMISSIONS.md",
        ".relayfile-mount-state.json", ".git", ".hg", ".svn", ".bzr", "_darcs", ".jj"};
    return std::any_of(names.begin(), names.end(), [&](const char *name) { return topLevel == name; });
}

} // namespace

QString privateStatePath(
    const QString &home, const QString &relayWorkspaceId, const QString &remoteRoot, const QString &localRoot)
{
    const QString id = hexOfJoined(
        {relayWorkspaceId, normalisedRoot(remoteRoot), QDir::cleanPath(localRoot), QStringLiteral("daemon")});
    return home + QStringLiteral("/.relayfile-mount-state/") + id.left(32) + QStringLiteral("/state.json");
}

QString leasePath(
    const QString &cacheHome, const QUrl &server, const QString &relayWorkspaceId, const QString &localRoot)
{
    // The lease is for the real folder, whereas the private state is for the folder as it was named.
    const QString real = QFileInfo(localRoot).canonicalFilePath();
    const QString root = real.isEmpty() ? QDir::cleanPath(localRoot) : real;
    return cacheHome + QStringLiteral("/relayfile/mount-leases/")
        + hexOfJoined({serverIdentity(server), relayWorkspaceId, root}) + QStringLiteral(".lock");
}

QString commandId(
    const QString &relayWorkspaceId, const QString &remotePath, const QString &hash, const QString &firstSeenAt)
{
    return QStringLiteral("mountcmd_") + hexOfJoined({relayWorkspaceId, remotePath, hash, firstSeenAt}).left(32);
}

std::optional<QString> remotePathFor(const QString &mirror, const QString &remoteRoot, const QString &localPath)
{
    if (!localPath.startsWith(QLatin1Char('/')) || !mirror.startsWith(QLatin1Char('/')) || localPath.contains(QChar(0)))
        return std::nullopt;
    const auto root = resolved(QFile::encodeName(mirror).toStdString());
    const auto file = resolved(QFile::encodeName(localPath).toStdString());
    if (!root || !file)
        return std::nullopt;
    const fs::path relative = file->lexically_relative(*root);
    QStringList parts;
    for (const fs::path &part : relative) {
        const std::string name = part.string();
        if (name.empty())
            continue; // a trailing slash
        if (name == "." || name == "..")
            return std::nullopt;
        if (parts.isEmpty() && isNeverSynced(name))
            return std::nullopt;
        // Servers and clients disagree whether a backslash separates; such a name could end up as another file.
        if (name.find('\\') != std::string::npos)
            return std::nullopt;
        parts.append(QFile::decodeName(QByteArray::fromStdString(name)));
    }
    if (parts.isEmpty())
        return std::nullopt;
    const QString base = normalisedRoot(remoteRoot);
    return (base == QLatin1String("/") ? QString() : base) + QLatin1Char('/') + parts.join(QLatin1Char('/'));
}

bool holds(const QString &mirror, const QString &localPath)
{
    if (!localPath.startsWith(QLatin1Char('/')) || !mirror.startsWith(QLatin1Char('/')))
        return false;
    const auto root = resolved(QFile::encodeName(mirror).toStdString());
    const auto path = resolved(QFile::encodeName(localPath).toStdString());
    if (!root || !path)
        return false;
    const fs::path relative = path->lexically_relative(*root);
    return !relative.empty() && *relative.begin() != "..";
}

} // namespace Postroom
