#include "core/accounts/roster.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

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

QJsonObject toJson(const LastError &last)
{
    QJsonObject object;
    object.insert(QLatin1String("origin"), toString(last.error.origin));
    object.insert(QLatin1String("class"), toString(last.error.kind));
    put(object, QLatin1String("code"), last.error.code);
    put(object, QLatin1String("message"), last.error.message);
    put(object, QLatin1String("next"), last.error.next);
    if (last.error.status != 0)
        object.insert(QLatin1String("status"), last.error.status);
    put(object, QLatin1String("requestId"), last.error.requestId);
    put(object, QLatin1String("detail"), last.error.detail);
    put(object, QLatin1String("retryAt"), last.error.retryAt);
    object.insert(QLatin1String("attempt"), last.attempt);
    put(object, QLatin1String("at"), last.at);
    return object;
}

int smallIntegerAt(const QJsonObject &object, QLatin1String key)
{
    return static_cast<int>(std::clamp<qint64>(integerAt(object, key).value_or(0), 0, 1'000'000));
}

std::optional<LastError> lastErrorFrom(const QJsonObject &object)
{
    if (object.isEmpty())
        return std::nullopt;
    LastError last;
    last.error.origin = originFromString(object.value(QLatin1String("origin")).toString());
    last.error.kind = errorClassFromString(object.value(QLatin1String("class")).toString());
    last.error.code = object.value(QLatin1String("code")).toString();
    last.error.message = object.value(QLatin1String("message")).toString();
    last.error.next = object.value(QLatin1String("next")).toString();
    last.error.status = smallIntegerAt(object, QLatin1String("status"));
    last.error.requestId = object.value(QLatin1String("requestId")).toString();
    last.error.detail = object.value(QLatin1String("detail")).toString();
    last.error.retryAt = timeAt(object, QLatin1String("retryAt"));
    last.attempt = smallIntegerAt(object, QLatin1String("attempt"));
    last.at = timeAt(object, QLatin1String("at")).value_or(QDateTime());
    return last;
}

const QStringList &recordKeys()
{
    static const QStringList keys{
        QStringLiteral("id"),
        QStringLiteral("provider"),
        QStringLiteral("kind"),
        QStringLiteral("server"),
        QStringLiteral("clientId"),
        QStringLiteral("label"),
        QStringLiteral("subject"),
        QStringLiteral("displayName"),
        QStringLiteral("scopes"),
        QStringLiteral("enabled"),
        QStringLiteral("signedIn"),
        QStringLiteral("sessionOnly"),
        QStringLiteral("hasClientSecret"),
        QStringLiteral("grantEpoch"),
        QStringLiteral("generation"),
        QStringLiteral("usableUntil"),
        QStringLiteral("state"),
        QStringLiteral("reason"),
        QStringLiteral("since"),
        QStringLiteral("nextAt"),
        QStringLiteral("firstFailureAt"),
        QStringLiteral("attempts"),
        QStringLiteral("lastError"),
        QStringLiteral("tokenEndpoint"),
        QStringLiteral("revocationEndpoint"),
    };
    return keys;
}

quint64 counterAt(const QJsonObject &object, QLatin1String key)
{
    return static_cast<quint64>(std::max<qint64>(0, integerAt(object, key).value_or(0)));
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
    put(object, QLatin1String("label"), record.label);
    put(object, QLatin1String("subject"), record.subject);
    put(object, QLatin1String("displayName"), record.displayName);
    if (!record.scopes.isEmpty())
        object.insert(QLatin1String("scopes"), QJsonArray::fromStringList(record.scopes));
    object.insert(QLatin1String("enabled"), record.enabled);
    object.insert(QLatin1String("signedIn"), record.signedIn);
    if (record.sessionOnly)
        object.insert(QLatin1String("sessionOnly"), true);
    if (record.hasClientSecret)
        object.insert(QLatin1String("hasClientSecret"), true);
    object.insert(QLatin1String("grantEpoch"), static_cast<qint64>(record.grantEpoch));
    object.insert(QLatin1String("generation"), static_cast<qint64>(record.generation));
    put(object, QLatin1String("usableUntil"), record.usableUntil);
    object.insert(QLatin1String("state"), toString(record.state));
    put(object, QLatin1String("reason"), record.reason);
    put(object, QLatin1String("since"), record.since);
    put(object, QLatin1String("nextAt"), record.nextAt);
    put(object, QLatin1String("firstFailureAt"), record.firstFailureAt);
    if (record.attempts > 0)
        object.insert(QLatin1String("attempts"), record.attempts);
    if (record.lastError)
        object.insert(QLatin1String("lastError"), toJson(*record.lastError));
    put(object, QLatin1String("tokenEndpoint"), record.tokenEndpoint.toString(QUrl::FullyEncoded));
    put(object, QLatin1String("revocationEndpoint"), record.revocationEndpoint.toString(QUrl::FullyEncoded));
    return object;
}

AccountRecord accountRecordFromJson(const QJsonObject &object)
{
    AccountRecord record;
    record.id = idIn(object);
    record.providerId = object.value(QLatin1String("provider")).toString();
    record.kind = object.value(QLatin1String("kind")).toString();
    record.server = QUrl(object.value(QLatin1String("server")).toString(), QUrl::StrictMode);
    record.clientId = object.value(QLatin1String("clientId")).toString();
    record.label = object.value(QLatin1String("label")).toString();
    record.subject = object.value(QLatin1String("subject")).toString();
    record.displayName = object.value(QLatin1String("displayName")).toString();
    record.scopes = stringsAt(object, QLatin1String("scopes"));
    record.enabled = boolAt(object, QLatin1String("enabled")).value_or(true);
    record.signedIn = boolAt(object, QLatin1String("signedIn")).value_or(false);
    record.sessionOnly = boolAt(object, QLatin1String("sessionOnly")).value_or(false);
    record.hasClientSecret = boolAt(object, QLatin1String("hasClientSecret")).value_or(false);
    record.grantEpoch = counterAt(object, QLatin1String("grantEpoch"));
    record.generation = counterAt(object, QLatin1String("generation"));
    record.usableUntil = timeAt(object, QLatin1String("usableUntil")).value_or(QDateTime());
    record.state = accountStateFromString(object.value(QLatin1String("state")).toString());
    record.reason = object.value(QLatin1String("reason")).toString();
    record.since = timeAt(object, QLatin1String("since")).value_or(QDateTime());
    record.nextAt = timeAt(object, QLatin1String("nextAt")).value_or(QDateTime());
    record.firstFailureAt = timeAt(object, QLatin1String("firstFailureAt")).value_or(QDateTime());
    record.attempts = smallIntegerAt(object, QLatin1String("attempts"));
    record.lastError = lastErrorFrom(objectAt(object, QLatin1String("lastError")));
    record.tokenEndpoint = QUrl(object.value(QLatin1String("tokenEndpoint")).toString(), QUrl::StrictMode);
    record.revocationEndpoint = QUrl(object.value(QLatin1String("revocationEndpoint")).toString(), QUrl::StrictMode);
    record.unknown = object;
    for (const QString &key : recordKeys())
        record.unknown.remove(key);
    return record;
}

Roster::Roster(QString path) : m_path(std::move(path)) { }

Result<void> Roster::load()
{
    m_records.clear();
    m_known.clear();
    m_unknown = {};
    m_newer = false;
    const auto content = readFile(m_path, largestRoster);
    if (!content && content.error().code == QLatin1String("not-found"))
        return {};
    if (!content && content.error().code != QLatin1String("too-large"))
        return Failure(content.error());
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
        if (!record.id.isEmpty() && !record.providerId.isEmpty() && !m_known.contains(record.id))
            add(record);
    }
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
    if (const auto content = readFile(m_path, largestRoster)) {
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
        accounts.append(!other.isEmpty() && isAhead(other, record) ? other : toJson(record));
    }
    for (const QJsonValue &account : std::as_const(foreign))
        accounts.append(account);

    QJsonObject object = m_unknown;
    object.insert(schemaKey, schemaVersion);
    object.insert(accountsKey, accounts);
    return writeFileAtomically(m_path, toIndented(object));
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

std::optional<quint64> Roster::epochOnDisk(const AccountId &id) const
{
    const auto content = readFile(m_path, largestRoster);
    const auto object = content ? parseJsonObject(*content) : Result<QJsonObject>(Failure(content.error()));
    if (!object)
        return std::nullopt;
    const QJsonArray accounts = object->value(accountsKey).toArray();
    for (const QJsonValue &entry : accounts) {
        if (idIn(entry.toObject()) == id)
            return counterAt(entry.toObject(), QLatin1String("grantEpoch"));
    }
    return std::nullopt;
}

QString vaultKeyFor(const AccountRecord &record)
{
    return QStringLiteral("v1/%1/%2").arg(record.providerId, record.id.text());
}

} // namespace Postroom
