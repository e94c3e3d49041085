#include "core/accounts/observedfiles.h"

#include "core/base/json.h"
#include "core/base/text.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMap>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

constexpr int mostWorkspaceFolders = 100;
constexpr int mostBundles = 300;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

QString absolute(const QProcessEnvironment &environment, const QString &name)
{
    const QString value = environment.value(name);
    return QDir::isAbsolutePath(value) ? QDir::cleanPath(value) : QString();
}

// Closes on every way out.
class Descriptor
{
public:
    explicit Descriptor(int number) : m_number(number) { }
    ~Descriptor()
    {
        if (m_number >= 0)
            ::close(m_number);
    }
    Q_DISABLE_COPY(Descriptor)
    int number() const { return m_number; }

private:
    int m_number;
};

Failure failFile(const QString &code, const QString &message, int number = 0)
{
    auto failure = failInput(code, message);
    if (number != 0)
        failure.value().detail = QString::fromLocal8Bit(std::strerror(number));
    return failure;
}

Result<std::optional<ObservedReading>> readContent(ObservedSource source, const QByteArray &content)
{
    switch (source) {
    case ObservedSource::AgentRelay:
        return readAgentRelaySession(content);
    case ObservedSource::Relayfile:
        return readRelayfileBundle(content);
    case ObservedSource::ClaudeCode:
        return readClaudeCodeCredentials(content);
    }
    return std::optional<ObservedReading>();
}

// Who it is stands in a file beside the tokens. Only for showing; unreadable is as good as missing.
QString nameBeside(ObservedSource source, const QString &path, const ObservedPlaces &places)
{
    const bool relay = source == ObservedSource::AgentRelay;
    if (!relay && source != ObservedSource::ClaudeCode)
        return {};
    const QString beside
        = relay ? QFileInfo(path).absolutePath() + QStringLiteral("/cloud-identity.json") : places.claudeConfig;
    const auto content = readPrivateFile(beside);
    const auto object = content ? parseJsonObject(content->bytes) : Result<QJsonObject>(Failure(content.error()));
    if (!object)
        return {};
    const QJsonObject person = relay ? *object : objectAt(*object, QLatin1String("oauthAccount"));
    return oneLine(firstString(person,
                       {QLatin1String("email"), QLatin1String("emailAddress"), QLatin1String("name"),
                           QLatin1String("displayName")}),
        120);
}

// All bundle files there are: in the folder of each workspace, the single one of earlier versions, and the one that the
// environment names.
QStringList bundleFiles(const ObservedPlaces &places)
{
    QStringList files;
    if (!places.relayfileFile.isEmpty())
        files.append(places.relayfileFile);
    if (places.relayfileFolder.isEmpty())
        return files;
    const QString legacy = places.relayfileFolder + QStringLiteral("/delegated-credentials.json");
    if (QFileInfo(legacy).exists() || QFileInfo(legacy).isSymLink())
        files.append(legacy);
    const QDir delegated(places.relayfileFolder + QStringLiteral("/delegated"));
    const QStringList folders = delegated.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    for (const QString &folder : folders.mid(0, mostWorkspaceFolders)) {
        const QDir inside(delegated.filePath(folder));
        const QStringList names = inside.entryList(
            {QStringLiteral("*.json")}, QDir::Files | QDir::System | QDir::NoDotAndDotDot, QDir::Name);
        for (const QString &name : names)
            files.append(inside.filePath(name));
    }
    files.removeDuplicates();
    return files.mid(0, mostBundles);
}

std::optional<ObservedCredential> lookAt(ObservedSource source, const QString &path, const ObservedPlaces &places)
{
    const auto reading = readObserved(source, path, places);
    if (reading)
        return reading->credential;
    if (reading.error().code == QLatin1String("not-found") || reading.error().code == QLatin1String("signed-out"))
        return std::nullopt;
    ObservedCredential unusable;
    unusable.source = source;
    unusable.path = path;
    unusable.problem = reading.error();
    return unusable;
}

bool reachesFurther(const ObservedCredential &a, const ObservedCredential &b)
{
    if (a.hasRefreshToken != b.hasRefreshToken)
        return a.hasRefreshToken;
    if (a.scopes.size() != b.scopes.size())
        return a.scopes.size() > b.scopes.size();
    if (a.accessExpiresAt != b.accessExpiresAt)
        return a.accessExpiresAt.value_or(QDateTime()) > b.accessExpiresAt.value_or(QDateTime());
    return a.path < b.path;
}

QString nearestExisting(QString folder, const QString &home)
{
    const auto isBelowHome
        = [&home](const QString &path) { return path == home || path.startsWith(home + QLatin1Char('/')); };
    const bool below = isBelowHome(folder);
    while (!QFileInfo(folder).isDir()) {
        const QString parent = QFileInfo(folder).absolutePath();
        if (parent == folder || (below && !isBelowHome(parent)))
            return {};
        folder = parent;
    }
    // A place elsewhere that is still to come would have us watch the whole computer's root.
    return folder == QLatin1String("/") ? QString() : folder;
}

} // namespace

QString ObservedPlaces::claudeFile() const
{
    return claudeFolder.isEmpty() ? QString() : claudeFolder + QStringLiteral("/.credentials.json");
}

QStringList ObservedPlaces::of(ObservedSource source) const
{
    QStringList places;
    switch (source) {
    case ObservedSource::AgentRelay:
        places = {agentRelayFile};
        break;
    case ObservedSource::Relayfile:
        places = {relayfileFile, relayfileFolder};
        break;
    case ObservedSource::ClaudeCode:
        places = {claudeFile()};
        break;
    }
    places.removeAll(QString());
    return places;
}

ObservedPlaces observedPlaces(const QString &home, const QProcessEnvironment &environment)
{
    ObservedPlaces places;
    if (!QDir::isAbsolutePath(home))
        return places;
    places.home = QDir::cleanPath(home);
    places.agentRelayFile = places.home + QStringLiteral("/.agentworkforce/relay/cloud-auth.json");
    places.relayfileFolder = places.home + QStringLiteral("/.relayfile");
    places.relayfileFile = absolute(environment, QStringLiteral("RELAYFILE_MOUNT_CREDS_FILE"));
    if (places.relayfileFile.isEmpty())
        places.relayfileFile = absolute(environment, QStringLiteral("RELAYFILE_DELEGATED_CREDENTIALS_FILE"));
    const QString moved = absolute(environment, QStringLiteral("CLAUDE_CONFIG_DIR"));
    places.claudeFolder = absolute(environment, QStringLiteral("CLAUDE_SECURESTORAGE_CONFIG_DIR"));
    if (places.claudeFolder.isEmpty())
        places.claudeFolder = moved.isEmpty() ? places.home + QStringLiteral("/.claude") : moved;
    places.claudeConfig = (moved.isEmpty() ? places.home : moved) + QStringLiteral("/.claude.json");
    return places;
}

Result<PrivateContent> readPrivateFile(const QString &path, qint64 limit)
{
    // O_NONBLOCK so that a pipe with the name of a file cannot hang us.
    const Descriptor file(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY));
    if (file.number() < 0) {
        const int number = errno;
        if (number == ENOENT || number == ENOTDIR)
            return failFile(QStringLiteral("not-found"), tr("%1 does not exist.").arg(path), number);
        if (number == ELOOP)
            return failFile(QStringLiteral("link"), tr("%1 is a link to another file.").arg(path));
        return failFile(QStringLiteral("unreadable"), tr("%1 cannot be read.").arg(path), number);
    }
    struct stat info{};
    if (::fstat(file.number(), &info) != 0 || !S_ISREG(info.st_mode))
        return failFile(QStringLiteral("not-a-file"), tr("%1 is not a file.").arg(path));
    if (info.st_uid != ::geteuid())
        return failFile(QStringLiteral("not-owned"), tr("%1 belongs to somebody else.").arg(path));
    if ((info.st_mode & 0077) != 0)
        return failFile(
            QStringLiteral("not-private"), tr("Other people on this computer have access to %1.").arg(path));
    if (info.st_size > limit)
        return failFile(QStringLiteral("too-large"), tr("%1 is too large.").arg(path));
    PrivateContent content;
    content.writtenAt = QDateTime::fromMSecsSinceEpoch(
        static_cast<qint64>(info.st_mtim.tv_sec) * 1000 + info.st_mtim.tv_nsec / 1'000'000, Qt::UTC);
    content.bytes.resize(static_cast<qsizetype>(info.st_size) + 1);
    qsizetype done = 0;
    for (;;) {
        // Also for a file that grows while we read.
        if (done > limit)
            return failFile(QStringLiteral("too-large"), tr("%1 is too large.").arg(path));
        if (done == content.bytes.size())
            content.bytes.resize(done + 4096);
        const ssize_t got
            = ::read(file.number(), content.bytes.data() + done, static_cast<size_t>(content.bytes.size() - done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failFile(QStringLiteral("unreadable"), tr("%1 cannot be read.").arg(path), errno);
        if (got == 0)
            break;
        done += got;
    }
    content.bytes.resize(done);
    return content;
}

Result<ObservedReading> readObserved(ObservedSource source, const QString &path, const ObservedPlaces &places)
{
    const auto content = readPrivateFile(path);
    if (!content)
        return Failure(content.error());
    auto reading = readContent(source, content->bytes);
    if (!reading)
        return Failure(reading.error());
    if (!*reading)
        return failFile(QStringLiteral("signed-out"), tr("%1 is not signed in.").arg(toolName(source)));
    ObservedReading found = **reading;
    found.credential.path = path;
    found.credential.writtenAt = content->writtenAt;
    if (found.credential.displayName.isEmpty())
        found.credential.displayName = nameBeside(source, path, places);
    return found;
}

QList<ObservedCredential> lookAround(const ObservedPlaces &places)
{
    QList<ObservedCredential> found;
    if (!places.agentRelayFile.isEmpty()) {
        if (const auto session = lookAt(ObservedSource::AgentRelay, places.agentRelayFile, places))
            found.append(*session);
    }
    if (!places.claudeFolder.isEmpty()) {
        if (const auto credentials = lookAt(ObservedSource::ClaudeCode, places.claudeFile(), places))
            found.append(*credentials);
    }
    // Each set of scopes has a bundle of its own; to a person they are one sign-in to that workspace.
    QMap<QString, ObservedCredential> furthest;
    const QStringList files = bundleFiles(places);
    for (const QString &path : files) {
        const auto bundle = lookAt(ObservedSource::Relayfile, path, places);
        if (!bundle)
            continue;
        if (bundle->problem) {
            found.append(*bundle);
            continue;
        }
        const QString key = bundle->server.toString(QUrl::FullyEncoded | QUrl::StripTrailingSlash) + QLatin1Char('\n')
            + bundle->displayName + QLatin1Char('\n') + bundle->subject;
        const auto known = furthest.find(key);
        if (known == furthest.end())
            furthest.insert(key, *bundle);
        else if (reachesFurther(*bundle, *known))
            *known = *bundle;
    }
    found.append(furthest.values());
    return found;
}

QStringList foldersToWatch(const ObservedPlaces &places)
{
    QStringList wanted;
    if (!places.agentRelayFile.isEmpty())
        wanted.append(QFileInfo(places.agentRelayFile).absolutePath());
    if (!places.claudeFolder.isEmpty())
        wanted.append(places.claudeFolder);
    if (!places.relayfileFile.isEmpty())
        wanted.append(QFileInfo(places.relayfileFile).absolutePath());
    if (!places.relayfileFolder.isEmpty()) {
        wanted.append(places.relayfileFolder);
        const QDir delegated(places.relayfileFolder + QStringLiteral("/delegated"));
        wanted.append(delegated.path());
        const QStringList folders = delegated.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
        for (const QString &folder : folders.mid(0, mostWorkspaceFolders))
            wanted.append(delegated.filePath(folder));
    }
    QStringList existing;
    for (const QString &folder : std::as_const(wanted)) {
        const QString nearest = nearestExisting(folder, places.home);
        if (!nearest.isEmpty() && !existing.contains(nearest))
            existing.append(nearest);
    }
    return existing;
}

bool isPlaceholder(const ObservedPlaces &places, const QString &folder)
{
    QStringList own{places.claudeFolder, places.relayfileFolder};
    for (const QString &file : {places.agentRelayFile, places.relayfileFile})
        own.append(file.isEmpty() ? QString() : QFileInfo(file).absolutePath());
    return !own.contains(folder)
        && (places.relayfileFolder.isEmpty() || !folder.startsWith(places.relayfileFolder + QLatin1Char('/')));
}

QStringList filesToWatch(const ObservedPlaces &places)
{
    QStringList existing;
    for (const QString &file : {places.agentRelayFile, places.claudeFile(), places.relayfileFile}) {
        if (!file.isEmpty() && QFileInfo::exists(file))
            existing.append(file);
    }
    return existing;
}

} // namespace Postroom
