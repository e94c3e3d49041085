#include "core/base/paths.h"

#include <QCoreApplication>
#include <QDir>
#include <QRegularExpression>
#include <sys/stat.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

QString baseDirectory(const QProcessEnvironment &environment, const QString &variable, const QString &fallback)
{
    const QString value = environment.value(variable);
    // The specification says that relative values are to be ignored.
    return QDir::isAbsolutePath(value) ? QDir::cleanPath(value) : fallback;
}

// Makes what is missing with mode 0700, parents first.
bool makeDirectories(const QByteArray &path)
{
    struct stat info{};
    if (::stat(path.constData(), &info) == 0)
        return S_ISDIR(info.st_mode);
    const qsizetype slash = path.lastIndexOf('/');
    if (slash > 0 && !makeDirectories(path.left(slash)))
        return false;
    // Another process may make it at the same time.
    return ::mkdir(path.constData(), 0700) == 0 || (::stat(path.constData(), &info) == 0 && S_ISDIR(info.st_mode));
}

} // namespace

QString Paths::vaultNamespace() const
{
    return profile.isEmpty() ? QStringLiteral("postroom") : QStringLiteral("postroom-") + profile;
}

Result<void> ensurePrivateDirectory(const QString &path)
{
    const QByteArray name = QFile::encodeName(QDir::cleanPath(path));
    if (!makeDirectories(name)) {
        return failInput(QStringLiteral("no-directory"),
            QCoreApplication::translate("Postroom", "The folder %1 cannot be made.").arg(path));
    }
    // One that was there before may be open to others, or be theirs.
    ::chmod(name.constData(), 0700);
    struct stat info{};
    if (::stat(name.constData(), &info) != 0 || info.st_uid != ::geteuid() || (info.st_mode & 0022) != 0) {
        return failInput(QStringLiteral("not-private"),
            QCoreApplication::translate("Postroom", "Others can write to the folder %1.").arg(path));
    }
    return {};
}

Result<void> Paths::ensure() const
{
    for (const QString &path : {config, state, runtime}) {
        if (auto made = ensurePrivateDirectory(path); !made)
            return made;
    }
    return {};
}

Result<Paths> pathsForProfile(const QString &profile, const QProcessEnvironment &environment)
{
    static const QRegularExpression allowed(QStringLiteral("\\A[A-Za-z0-9_-]{0,32}\\z"));
    if (!allowed.match(profile).hasMatch()) {
        return failInput(QStringLiteral("profile-name"),
            QCoreApplication::translate("Postroom", "A profile name has up to 32 letters, digits, '-' and '_'."));
    }
    Paths paths;
    paths.profile = profile == QLatin1String("default") ? QString() : profile;
    paths.home = baseDirectory(environment, QStringLiteral("HOME"), QDir::homePath());
    paths.cacheHome
        = baseDirectory(environment, QStringLiteral("XDG_CACHE_HOME"), paths.home + QStringLiteral("/.cache"));
    const QString name
        = paths.profile.isEmpty() ? QStringLiteral("/postroom") : QStringLiteral("/postroom/profiles/") + paths.profile;
    paths.config
        = baseDirectory(environment, QStringLiteral("XDG_CONFIG_HOME"), paths.home + QStringLiteral("/.config")) + name;
    paths.state
        = baseDirectory(environment, QStringLiteral("XDG_STATE_HOME"), paths.home + QStringLiteral("/.local/state"))
        + name;
    const QString runtime = baseDirectory(environment, QStringLiteral("XDG_RUNTIME_DIR"), {});
    // Without a runtime directory (a bare ssh session) the state folder is the only private place there is.
    paths.runtime = runtime.isEmpty() ? paths.state + QStringLiteral("/run") : runtime + name;
    return paths;
}

} // namespace Postroom
