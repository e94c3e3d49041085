#include "core/workspaces/catalog.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/workspaces/relayfilecatalog.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSet>
#include <thread>

namespace Postroom
{
namespace
{

constexpr int schemaVersion = 1;
constexpr qint64 fileLimit = 8 * 1024 * 1024;
constexpr qsizetype mostRecords = 5000;
constexpr qint64 smallestBody = 16 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

// Takes the keys we know out, so that what is left over is what we do not.
QString takeString(QJsonObject &object, QLatin1String key)
{
    return object.take(key).toString();
}

std::optional<WorkspaceRecord> recordFrom(QJsonObject entry)
{
    WorkspaceRecord record;
    record.relayId = takeString(entry, QLatin1String("relayId"));
    record.cloudId = takeString(entry, QLatin1String("cloudId"));
    record.name = oneLine(takeString(entry, QLatin1String("name")), 100);
    record.server = usableServer(takeString(entry, QLatin1String("server")));
    record.account = AccountId(takeString(entry, QLatin1String("account")));
    const QString mirror = takeString(entry, QLatin1String("mirror"));
    if (mirror.startsWith(QLatin1Char('/')))
        record.mirror = QDir::cleanPath(mirror);
    if (const QString root = takeString(entry, QLatin1String("remoteRoot")); root.startsWith(QLatin1Char('/')))
        record.remoteRoot = root;
    if (const auto limit = integerAt(entry, QLatin1String("bodyLimit")); limit && *limit >= smallestBody)
        record.bodyLimit = *limit;
    entry.remove(QLatin1String("bodyLimit"));
    entry.remove(QLatin1String("id"));
    record.id = WorkspaceId(record.relayId.isEmpty() ? record.cloudId : record.relayId);
    record.unknown = entry;
    if (record.id.isEmpty())
        return std::nullopt;
    return record;
}

QJsonObject toJson(const WorkspaceRecord &record)
{
    QJsonObject entry = record.unknown;
    put(entry, QLatin1String("id"), record.id.text());
    put(entry, QLatin1String("relayId"), record.relayId);
    put(entry, QLatin1String("cloudId"), record.cloudId);
    put(entry, QLatin1String("name"), record.name);
    put(entry, QLatin1String("server"), record.server.toString(QUrl::FullyEncoded));
    put(entry, QLatin1String("account"), record.account.text());
    put(entry, QLatin1String("mirror"), record.mirror);
    put(entry, QLatin1String("remoteRoot"), record.remoteRoot);
    entry.insert(QLatin1String("bodyLimit"), record.bodyLimit);
    return entry;
}

void takeOver(WorkspaceRecord &record, const KnownMirror &mirror)
{
    record.mirror = mirror.folder;
    record.remoteRoot = mirror.remoteRoot;
    if (record.relayId.isEmpty())
        record.relayId = mirror.relayId;
    if (record.cloudId.isEmpty())
        record.cloudId = mirror.cloudId;
    if (record.name.isEmpty())
        record.name = mirror.name;
    // What the account's server says is better than what another program's list says.
    if (record.server.isEmpty())
        record.server = mirror.server;
    record.id = WorkspaceId(record.relayId);
}

bool isSameFolder(const QString &a, const QString &b)
{
    if (a == b)
        return true;
    const QString real = QFileInfo(a).canonicalFilePath();
    return !real.isEmpty() && real == QFileInfo(b).canonicalFilePath();
}

} // namespace

Catalog::Catalog(QString ownPath, QString relayfilePath)
    : m_ownPath(std::move(ownPath)), m_relayfilePath(std::move(relayfilePath))
{
}

Result<void> Catalog::load()
{
    auto result = read();
    if (!result && result.error().code == QLatin1String("catalog-damaged")) {
        const auto lock = FileLock::tryAcquire(m_ownPath + QStringLiteral(".lock"));
        if (lock && lock->isHeld())
            setAside();
    }
    if (joinMirrors() && result) {
        // Kept, so that the next start need not look into the mirrors again. It is no harm when this does not work.
        const auto saved = update([this]() -> Result<void> {
            joinMirrors();
            return {};
        });
        if (!saved)
            qCInfo(logWorkspaces) << "workspaces not saved:" << saved.error().code;
    }
    return result;
}

Result<void> Catalog::read()
{
    m_records.clear();
    m_forgotten.clear();
    m_unknown = {};
    m_newer = false;
    m_onDisk.clear();
    const auto json = readFile(m_ownPath, fileLimit);
    if (!json && json.error().code == QLatin1String("not-found"))
        return {};
    if (!json && json.error().code != QLatin1String("too-large"))
        return Failure(json.error());
    auto object = json ? parseJsonObject(*json) : Result<QJsonObject>(Failure(json.error()));
    if (!object || !object->value(QLatin1String("workspaces")).isArray())
        return failInput(
            QStringLiteral("catalog-damaged"), tr("The list of workspaces could not be read and was set aside."));
    m_newer = integerAt(*object, QLatin1String("schemaVersion")).value_or(schemaVersion) > schemaVersion;
    QSet<WorkspaceId> seen;
    const QJsonArray entries = object->take(QLatin1String("workspaces")).toArray();
    for (const QJsonValue &entry : entries) {
        const auto record = recordFrom(entry.toObject());
        if (!record || seen.contains(record->id) || m_records.size() >= mostRecords)
            continue;
        seen.insert(record->id);
        m_records.append(*record);
    }
    m_forgotten = stringsAt(*object, QLatin1String("forgottenMirrors"));
    object->remove(QLatin1String("forgottenMirrors"));
    object->remove(QLatin1String("schemaVersion"));
    m_unknown = *object;
    m_onDisk = *json;
    return {};
}

void Catalog::setAside()
{
    const QString aside = m_ownPath + QStringLiteral(".damaged-")
        + QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMddTHHmmsszzz"));
    if (QFile::rename(m_ownPath, aside))
        qCWarning(logWorkspaces) << "set aside" << aside;
}

Result<void> Catalog::save() const
{
    QJsonArray entries;
    for (const WorkspaceRecord &record : m_records)
        entries.append(toJson(record));
    QJsonObject object = m_unknown;
    object.insert(QLatin1String("schemaVersion"), schemaVersion);
    object.insert(QLatin1String("workspaces"), entries);
    if (!m_forgotten.isEmpty())
        object.insert(QLatin1String("forgottenMirrors"), QJsonArray::fromStringList(m_forgotten));
    const QByteArray content = toIndented(object);
    // Most answers of a server bring nothing new.
    return content == m_onDisk ? Result<void>() : writeFileAtomically(m_ownPath, content);
}

Result<void> Catalog::update(const std::function<Result<void>()> &change)
{
    if (const auto folder = ensurePrivateDirectory(QFileInfo(m_ownPath).absolutePath()); !folder)
        return folder;
    FileLock lock;
    // Another process holds it for the few milliseconds of one change.
    for (int round = 0; round < 10 && !lock.isHeld(); ++round) {
        if (round > 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        auto got = FileLock::tryAcquire(m_ownPath + QStringLiteral(".lock"));
        if (!got)
            return Failure(got.error());
        lock = std::move(*got);
    }
    if (!lock.isHeld())
        return failInput(QStringLiteral("catalog-busy"), tr("Another program is changing the list of workspaces."),
            tr("Try again."));
    const auto before = m_records;
    const auto forgottenBefore = m_forgotten;
    Result<void> done = read();
    if (!done && done.error().code == QLatin1String("catalog-damaged")) {
        // Damaged since we read it: what we know goes on, and the file stays for whoever wants to look at it.
        setAside();
        m_records = before;
        m_forgotten = forgottenBefore;
        done = {};
    }
    if (done && m_newer)
        done = failInput(QStringLiteral("catalog-newer"),
            tr("The list of workspaces was written by a newer Postroom, so it is not changed."));
    if (done)
        done = change();
    if (done)
        done = save();
    if (!done) {
        m_records = before;
        m_forgotten = forgottenBefore;
    }
    return done;
}

std::optional<WorkspaceRecord> Catalog::find(const WorkspaceId &id) const
{
    for (const WorkspaceRecord &record : m_records) {
        if (record.id == id)
            return record;
    }
    for (const WorkspaceRecord &record : m_records) {
        if (!id.isEmpty() && (record.relayId == id.text() || record.cloudId == id.text()))
            return record;
    }
    return std::nullopt;
}

WorkspaceRecord *Catalog::match(const QString &relayId, const QString &cloudId)
{
    for (WorkspaceRecord &record : m_records) {
        if (!relayId.isEmpty() && record.relayId == relayId)
            return &record;
    }
    for (WorkspaceRecord &record : m_records) {
        if (!cloudId.isEmpty() && record.cloudId == cloudId && (relayId.isEmpty() || record.relayId.isEmpty()))
            return &record;
    }
    return nullptr;
}

bool Catalog::joinMirrors()
{
    const QList<ListedWorkspace> listed = readRelayfileCatalog(m_relayfilePath);
    bool learned = false;
    QSet<QString> folders;
    for (const WorkspaceRecord &record : std::as_const(m_records))
        folders.insert(record.mirror);
    for (const ListedWorkspace &workspace : listed) {
        if (workspace.folder.isEmpty() || folders.contains(workspace.folder) || m_forgotten.contains(workspace.folder))
            continue;
        folders.insert(workspace.folder);
        const auto mirror = inspectMirror(workspace.folder, listed);
        if (!mirror || (mirror->relayId != workspace.relayId && mirror->relayId != workspace.id))
            continue;
        WorkspaceRecord *record = match(mirror->relayId, mirror->cloudId);
        if (!record) {
            m_records.append(WorkspaceRecord());
            record = &m_records.last();
        } else if (!record->mirror.isEmpty() && QFileInfo(record->mirror).isDir()) {
            continue;
        }
        takeOver(*record, *mirror);
        learned = true;
    }
    return learned;
}

Result<void> Catalog::adopt(const AccountId &account, const QList<CloudWorkspace> &workspaces)
{
    return update([&]() -> Result<void> {
        QSet<WorkspaceId> present;
        for (const CloudWorkspace &workspace : workspaces) {
            if (workspace.relayId.isEmpty() && workspace.cloudId.isEmpty())
                continue;
            WorkspaceRecord *record = match(workspace.relayId, workspace.cloudId);
            if (!record) {
                if (m_records.size() >= mostRecords)
                    break;
                m_records.append(WorkspaceRecord());
                record = &m_records.last();
            }
            if (record->account.isEmpty())
                record->account = account;
            if (!workspace.relayId.isEmpty())
                record->relayId = workspace.relayId;
            record->id = WorkspaceId(record->relayId.isEmpty() ? workspace.cloudId : record->relayId);
            present.insert(record->id);
            if (record->account != account)
                continue;
            if (!workspace.cloudId.isEmpty())
                record->cloudId = workspace.cloudId;
            if (!workspace.name.isEmpty())
                record->name = oneLine(workspace.name, 100);
            if (const QUrl server = usableServer(workspace.server.toString(QUrl::FullyEncoded)); !server.isEmpty())
                record->server = server;
        }
        m_records.removeIf([&](const WorkspaceRecord &record) {
            return record.account == account && record.mirror.isEmpty() && !present.contains(record.id);
        });
        joinMirrors();
        return {};
    });
}

Result<WorkspaceRecord> Catalog::addMirror(const QString &folder)
{
    const QString clean = QDir::cleanPath(folder);
    const QList<ListedWorkspace> listed = readRelayfileCatalog(m_relayfilePath);
    std::optional<KnownMirror> mirror
        = clean.startsWith(QLatin1Char('/')) ? inspectMirror(clean, listed) : std::nullopt;
    if (!mirror && clean.startsWith(QLatin1Char('/')) && QFileInfo(clean).isDir()) {
        // Not synced yet, but the other program has it on its list.
        for (const ListedWorkspace &workspace : listed) {
            if (workspace.folder.isEmpty() || workspace.relayId.isEmpty() || !isSameFolder(workspace.folder, clean))
                continue;
            mirror = KnownMirror{clean, workspace.relayId, workspace.id == workspace.relayId ? QString() : workspace.id,
                workspace.name, workspace.server, QStringLiteral("/")};
        }
    }
    if (!mirror)
        return failInput(QStringLiteral("not-a-mirror"),
            tr("%1 is not a folder that a workspace is synced to.").arg(folder),
            tr("Choose the folder that holds .relay."));
    WorkspaceRecord added;
    const auto done = update([&]() -> Result<void> {
        WorkspaceRecord *record = match(mirror->relayId, mirror->cloudId);
        if (!record) {
            m_records.append(WorkspaceRecord());
            record = &m_records.last();
        } else if (!record->mirror.isEmpty() && QFileInfo(record->mirror).isDir()
            && !isSameFolder(record->mirror, clean)) {
            return failInput(QStringLiteral("has-mirror"),
                tr("%1 is already synced to %2.").arg(record->name, record->mirror), tr("Forget that folder first."));
        }
        takeOver(*record, *mirror);
        m_forgotten.removeAll(clean);
        added = *record;
        return {};
    });
    if (!done)
        return Failure(done.error());
    return added;
}

Result<void> Catalog::put(const WorkspaceRecord &record)
{
    return update([&]() -> Result<void> {
        for (WorkspaceRecord &known : m_records) {
            if (known.id == record.id) {
                known = record;
                return {};
            }
        }
        m_records.append(record);
        return {};
    });
}

Result<void> Catalog::forget(const WorkspaceId &id)
{
    return update([&]() -> Result<void> {
        const auto record = find(id);
        if (!record)
            return failInput(QStringLiteral("unknown-workspace"), tr("There is no such workspace."));
        if (!record->mirror.isEmpty() && !m_forgotten.contains(record->mirror))
            m_forgotten.append(record->mirror);
        m_records.removeIf([&](const WorkspaceRecord &known) { return known.id == record->id; });
        return {};
    });
}

Result<void> Catalog::forgetAccount(const AccountId &account)
{
    return update([&]() -> Result<void> {
        m_records.removeIf(
            [&](const WorkspaceRecord &record) { return record.account == account && record.mirror.isEmpty(); });
        for (WorkspaceRecord &record : m_records) {
            if (record.account == account)
                record.account = {};
        }
        return {};
    });
}

} // namespace Postroom
