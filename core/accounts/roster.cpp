#include "core/accounts/roster.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <sys/stat.h>

namespace Postroom
{
namespace
{

constexpr int schemaVersion = 1;
constexpr qint64 largestRoster = 4 * 1024 * 1024;
constexpr QLatin1String schemaKey("schemaVersion");
constexpr QLatin1String accountsKey("accounts");

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

quint64 counterAt(const QJsonObject &object, QLatin1String key)
{
    return static_cast<quint64>(std::max<qint64>(0, integerAt(object, key).value_or(0)));
}

QUrl urlAt(const QJsonObject &object, QLatin1String key)
{
    return QUrl(object.value(key).toString(), QUrl::StrictMode);
}

// Tells one file from another at the same path.
QByteArray identityOf(const QString &path)
{
    struct stat file{};
    if (::stat(QFile::encodeName(path).constData(), &file) != 0)
        return {};
    return QByteArray::number(static_cast<qulonglong>(file.st_ino)) + '-' + QByteArray::number(qint64(file.st_size))
        + '-' + QByteArray::number(qint64(file.st_mtim.tv_sec)) + '.'
        + QByteArray::number(qint64(file.st_mtim.tv_nsec));
}

AccountId idIn(const QJsonObject &object)
{
    return AccountId(object.value(QLatin1String("id")).toString());
}

bool isAhead(const QJsonObject &onDisk, const AccountRecord &mine)
{
    const quint64 epoch = counterAt(onDisk, QLatin1String("grantEpoch"));
    if (epoch != mine.grantEpoch)
        return epoch > mine.grantEpoch;
    return counterAt(onDisk, QLatin1String("generation")) > mine.generation;
}

} // namespace

QJsonObject toJson(const AccountRecord &record)
{
    QJsonObject object = record.unknown;
    object.insert(QLatin1String("id"), record.id.text());
    object.insert(QLatin1String("provider"), record.providerId);
    put(object, QLatin1String("kind"), record.kind);
    put(object, QLatin1String("server"), record.server.toString(QUrl::FullyEncoded));
    put(object, QLatin1String("clientId"), record.clientId);
    put(object, QLatin1String("clientAuth"), record.clientAuth);
    if (record.clientRegistered)
        object.insert(QLatin1String("clientRegistered"), true);
    put(object, QLatin1String("label"), record.label);
    put(object, QLatin1String("subject"), record.subject);
    put(object, QLatin1String("displayName"), record.displayName);
    if (record.hasClientSecret)
        object.insert(QLatin1String("hasClientSecret"), true);
    put(object, QLatin1String("tokenEndpoint"), record.tokenEndpoint.toString(QUrl::FullyEncoded));
    put(object, QLatin1String("revocationEndpoint"), record.revocationEndpoint.toString(QUrl::FullyEncoded));
    put(object, QLatin1String("registrationEndpoint"), record.registrationEndpoint.toString(QUrl::FullyEncoded));
    put(object, QLatin1String("authorizationServer"), record.authorizationServer.toString(QUrl::FullyEncoded));
    put(object, QLatin1String("resource"), record.resource);
    writeMemory(object, record);
    return object;
}

AccountRecord accountRecordFromJson(const QJsonObject &object)
{
    static const QStringList keys{QStringLiteral("id"), QStringLiteral("provider"), QStringLiteral("kind"),
        QStringLiteral("server"), QStringLiteral("clientId"), QStringLiteral("label"), QStringLiteral("subject"),
        QStringLiteral("displayName"), QStringLiteral("hasClientSecret"), QStringLiteral("tokenEndpoint"),
        QStringLiteral("revocationEndpoint"), QStringLiteral("registrationEndpoint"), QStringLiteral("resource"),
        QStringLiteral("clientAuth"), QStringLiteral("clientRegistered"), QStringLiteral("authorizationServer")};
    AccountRecord record;
    static_cast<HealthMemory &>(record) = readMemory(object);
    record.id = idIn(object);
    record.providerId = object.value(QLatin1String("provider")).toString();
    record.kind = object.value(QLatin1String("kind")).toString();
    record.server = urlAt(object, QLatin1String("server"));
    record.clientId = object.value(QLatin1String("clientId")).toString();
    record.clientAuth = object.value(QLatin1String("clientAuth")).toString();
    record.clientRegistered = boolAt(object, QLatin1String("clientRegistered")).value_or(false);
    record.authorizationServer = urlAt(object, QLatin1String("authorizationServer"));
    record.label = object.value(QLatin1String("label")).toString();
    record.subject = object.value(QLatin1String("subject")).toString();
    record.displayName = object.value(QLatin1String("displayName")).toString();
    record.hasClientSecret = boolAt(object, QLatin1String("hasClientSecret")).value_or(false);
    record.tokenEndpoint = urlAt(object, QLatin1String("tokenEndpoint"));
    record.revocationEndpoint = urlAt(object, QLatin1String("revocationEndpoint"));
    record.registrationEndpoint = urlAt(object, QLatin1String("registrationEndpoint"));
    record.resource = object.value(QLatin1String("resource")).toString();
    record.unknown = object;
    for (const QString &key : keys)
        record.unknown.remove(key);
    for (const QString &key : memoryKeys())
        record.unknown.remove(key);
    return record;
}

Roster::Roster(QString path) : m_path(std::move(path)) { }

Result<void> Roster::load()
{
    m_records.clear();
    m_known.clear();
    m_onDisk.clear();
    m_written.clear();
    m_unknown = {};
    m_newer = false;
    const auto content = readFile(m_path, largestRoster);
    if (!content && content.error().code == QLatin1String("not-found"))
        return {};
    if (!content && content.error().code != QLatin1String("too-large")) {
        m_newer = true; // what could not be read must not be overwritten
        return Failure(content.error());
    }
    const auto object = content ? parseJsonObject(*content) : Result<QJsonObject>(Failure(content.error()));
    const auto version = object ? integerAt(*object, schemaKey) : std::nullopt;
    if (version && *version > schemaVersion) {
        m_newer = true;
        return failInput(QStringLiteral("roster-newer"),
            tr("The list of accounts was written by a newer Postroom and is left as it is."), tr("Update Postroom."));
    }
    if (!object || !version || !object->value(accountsKey).isArray()) {
        const QString aside = m_path + QStringLiteral(".damaged-")
            + QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmsszzz"));
        if (!QFile::rename(m_path, aside)) {
            m_newer = true; // what could not be set aside must not be overwritten either
            return failInput(QStringLiteral("roster-unreadable"), tr("The list of accounts cannot be read."));
        }
        return failInput(QStringLiteral("roster-damaged"),
            tr("The list of accounts could not be read and was set aside as %1.").arg(QFileInfo(aside).fileName()));
    }
    m_unknown = *object;
    m_unknown.remove(schemaKey);
    m_unknown.remove(accountsKey);
    const QJsonArray accounts = object->value(accountsKey).toArray();
    for (const QJsonValue &entry : accounts) {
        const AccountRecord record = accountRecordFromJson(entry.toObject());
        if (!record.id.isEmpty() && !record.providerId.isEmpty() && !m_known.contains(record.id)) {
            m_onDisk.insert(record.id);
            add(record);
        }
    }
    m_written = identityOf(m_path);
    return {};
}

Result<void> Roster::save()
{
    if (m_newer)
        return failInput(QStringLiteral("roster-newer"),
            tr("The list of accounts was written by a newer Postroom and is left as it is."));
    const auto lock = FileLock::tryAcquire(m_path + QStringLiteral(".lock"));
    if (!lock)
        return Failure(lock.error());
    if (!lock->isHeld())
        return failInput(QStringLiteral("roster-busy"), tr("The list of accounts is in use."));

    QJsonArray accounts;
    QHash<AccountId, QJsonObject> onDisk;
    QJsonArray foreign;
    const auto content = readFile(m_path, largestRoster);
    if (!content && content.error().code != QLatin1String("not-found"))
        return Failure(content.error());
    bool kept = false; // something of another process that is newer than ours
    if (content) {
        if (const auto object = parseJsonObject(*content)) {
            if (integerAt(*object, schemaKey).value_or(0) > schemaVersion) {
                m_newer = true;
                return failInput(QStringLiteral("roster-newer"),
                    tr("The list of accounts was written by a newer Postroom and is left as it is."));
            }
            const QJsonArray entries = object->value(accountsKey).toArray();
            for (const QJsonValue &entry : entries) {
                const QJsonObject account = entry.toObject();
                if (m_known.contains(idIn(account)))
                    onDisk.insert(idIn(account), account);
                else
                    foreign.append(account);
            }
        }
    }
    for (const AccountRecord &record : std::as_const(m_records)) {
        const QJsonObject other = onDisk.value(record.id);
        if (other.isEmpty() && m_onDisk.contains(record.id) && content)
            continue; // removed by another process
        const bool theirs = !other.isEmpty() && isAhead(other, record);
        kept = kept || theirs;
        accounts.append(theirs ? other : toJson(record));
    }
    for (const QJsonValue &account : std::as_const(foreign))
        accounts.append(account);

    QJsonObject object = m_unknown;
    object.insert(schemaKey, schemaVersion);
    object.insert(accountsKey, accounts);
    const auto written = writeFileAtomically(m_path, toIndented(object));
    if (!written)
        return written;
    // Where something newer was kept, this file is still to be looked into.
    m_written = kept ? QByteArray() : identityOf(m_path);
    for (const AccountRecord &record : std::as_const(m_records)) {
        if (onDisk.contains(record.id) || !m_onDisk.contains(record.id))
            m_onDisk.insert(record.id);
    }
    return written;
}

bool Roster::isAsWritten() const
{
    return !m_written.isEmpty() && m_written == identityOf(m_path);
}

AccountRecord *Roster::find(const AccountId &id)
{
    for (AccountRecord &record : m_records) {
        if (record.id == id)
            return &record;
    }
    return nullptr;
}

const AccountRecord *Roster::find(const AccountId &id) const
{
    for (const AccountRecord &record : m_records) {
        if (record.id == id)
            return &record;
    }
    return nullptr;
}

void Roster::add(AccountRecord record)
{
    m_known.insert(record.id);
    m_records.append(std::move(record));
}

bool Roster::remove(const AccountId &id)
{
    return m_records.removeIf([&id](const AccountRecord &record) { return record.id == id; }) > 0;
}

QHash<AccountId, Roster::Counters> Roster::countersOnDisk() const
{
    const auto content = readFile(m_path, largestRoster);
    const auto object = content ? parseJsonObject(*content) : Result<QJsonObject>(Failure(content.error()));
    if (!object)
        return {};
    QHash<AccountId, Counters> counters;
    const QJsonArray accounts = object->value(accountsKey).toArray();
    for (const QJsonValue &entry : accounts) {
        const QJsonObject account = entry.toObject();
        counters.insert(idIn(account),
            {counterAt(account, QLatin1String("grantEpoch")), counterAt(account, QLatin1String("generation")),
                boolAt(account, QLatin1String("signedIn")).value_or(false)});
    }
    return counters;
}

std::optional<quint64> Roster::epochOnDisk(const AccountId &id) const
{
    const QHash<AccountId, Counters> counters = countersOnDisk();
    const auto found = counters.constFind(id);
    return found == counters.cend() ? std::nullopt : std::optional(found->grantEpoch);
}

QString vaultKeyFor(const AccountRecord &record)
{
    return QStringLiteral("v1/%1/%2").arg(record.providerId, record.id.text());
}

} // namespace Postroom
