#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/oauth/profile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

// Outside of the namespace, as the macro wants it: the resources of a static library have to be asked for.
static void initProviderResources()
{
    Q_INIT_RESOURCE(providers);
}

namespace Postroom
{
namespace
{

constexpr qint64 profileFileLimit = 64 * 1024;

QList<ProviderProfile> builtInProfiles()
{
    initProviderResources();
    QList<ProviderProfile> profiles;
    // In the order in which a person should see them.
    for (const char *id : {"relayfile-cloud", "relayfile-server", "oauth2", "google", "github", "claude", "mcp"}) {
        QFile file(QStringLiteral(":/postroom/providers/%1.json").arg(QLatin1String(id)));
        if (!file.open(QIODevice::ReadOnly)) {
            qCCritical(logOAuth) << "the built-in profile" << id << "is missing";
            continue;
        }
        auto reading = readProfile(file.readAll());
        if (!reading) {
            qCCritical(logOAuth) << "the built-in profile" << id << "cannot be used:" << reading.error().detail;
            continue;
        }
        reading->profile.builtIn = true;
        profiles.append(reading->profile);
    }
    return profiles;
}

bool isBuiltIn(const QString &id)
{
    const auto profiles = builtInProfiles();
    return std::any_of(
        profiles.begin(), profiles.end(), [&id](const ProviderProfile &profile) { return profile.id == id; });
}

} // namespace

ProfileRegistry::ProfileRegistry(QString folder) : m_folder(std::move(folder)) { }

QList<ProviderProfile> ProfileRegistry::all() const
{
    QList<ProviderProfile> profiles = builtInProfiles();
    const QDir folder(m_folder);
    const QStringList names = folder.entryList({QStringLiteral("*.json")}, QDir::Files | QDir::Readable, QDir::Name);
    for (const QString &name : names) {
        const auto content = readFile(folder.filePath(name), profileFileLimit);
        if (!content) {
            qCWarning(logOAuth) << "profile" << name << "left out:" << content.error().code;
            continue;
        }
        const auto reading = readProfile(*content);
        if (!reading) {
            qCWarning(logOAuth) << "profile" << name << "left out:" << reading.error().message;
            continue;
        }
        const bool taken = std::any_of(profiles.begin(), profiles.end(),
            [&reading](const ProviderProfile &profile) { return profile.id == reading->profile.id; });
        if (!taken)
            profiles.append(reading->profile);
    }
    return profiles;
}

std::optional<ProviderProfile> ProfileRegistry::find(const QString &id) const
{
    const QList<ProviderProfile> profiles = all();
    for (const ProviderProfile &profile : profiles) {
        if (profile.id == id)
            return profile;
    }
    return std::nullopt;
}

Result<ProfileReading> ProfileRegistry::add(const QByteArray &json)
{
    auto reading = readProfile(json);
    if (!reading)
        return reading;
    const QString &id = reading->profile.id;
    if (isBuiltIn(id)) {
        return failInput(QStringLiteral("profile-built-in"),
            QCoreApplication::translate("Postroom", "“%1” is the name of a built-in profile; choose another id.")
                .arg(id));
    }
    if (const auto made = ensurePrivateDirectory(m_folder); !made)
        return Failure(made.error());
    if (const auto written = writeFileAtomically(QDir(m_folder).filePath(id + QStringLiteral(".json")), json); !written)
        return Failure(written.error());
    return reading;
}

Result<void> ProfileRegistry::remove(const QString &id)
{
    if (isBuiltIn(id))
        return failInput(QStringLiteral("profile-built-in"),
            QCoreApplication::translate("Postroom", "“%1” is built in and stays.").arg(id));
    const QDir folder(m_folder);
    // Only a name that lies in the folder itself; the file may have been put there by hand under another one.
    const QStringList names = folder.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name);
    for (const QString &name : names) {
        const auto content = readFile(folder.filePath(name), profileFileLimit);
        const auto reading = content ? readProfile(*content) : Result<ProfileReading>(tl::unexpect, content.error());
        const bool mine = reading ? reading->profile.id == id : name == id + QStringLiteral(".json");
        if (!mine)
            continue;
        if (!QFile::remove(folder.filePath(name)))
            return failInput(QStringLiteral("profile-not-removed"),
                QCoreApplication::translate("Postroom", "The profile “%1” could not be removed.").arg(id));
        return {};
    }
    return failInput(QStringLiteral("profile-not-found"),
        QCoreApplication::translate("Postroom", "There is no profile “%1”.").arg(id));
}

} // namespace Postroom
