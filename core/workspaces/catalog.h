// The workspaces that Postroom knows: its own list, joined with what relayfile's catalog says about mirrors.
#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/paths.h"
#include "core/relayfile/bundlekeeper.h"
#include "core/relayfile/cloudapi.h"

#include <QJsonObject>
#include <QList>
#include <functional>
#include <optional>

namespace Postroom
{

struct WorkspaceRecord {
    WorkspaceId id; // relay id; the cloud id until that is known
    QString relayId;
    QString cloudId;
    QString name;
    QUrl server;
    AccountId account; // may be empty: a mirror that no account of ours owns
    QString mirror;
    QString remoteRoot = QStringLiteral("/");
    qint64 bodyLimit = 1024 * 1024; // bytes of one request that the server takes
    QJsonObject unknown; // keys of a newer version, kept
};

// workspaces.json in Postroom's configuration folder, read and written whole under FileLock: every change first reads
// what another process may have written. A file that cannot be parsed is moved aside ("workspaces.json.damaged-<time>")
// and load() says so (code "catalog-damaged"), with an empty list to go on with; one of a newer schema is read but
// never written (code "catalog-newer"). "catalog-busy": another process holds the lock. relayfile's own
// ~/.relayfile/workspaces.json is only ever read, tolerantly: duplicates, swapped ids and unknown keys are fine.
// Blocking, small files.
class Catalog
{
public:
    Catalog(QString ownPath, QString relayfilePath);
    Result<void> load();
    const QList<WorkspaceRecord> &records() const { return m_records; }
    // By its id, else by relay or cloud id.
    std::optional<WorkspaceRecord> find(const WorkspaceId &id) const;

    // What an account has on the server: adds and updates, drops those of this account that are gone and have no
    // mirror. A workspace that another account brought stays with that one.
    Result<void> adopt(const AccountId &account, const QList<CloudWorkspace> &workspaces);
    // A folder with .relay/state.json, or one that relayfile's catalog names. Code "not-a-mirror" otherwise, and
    // "has-mirror" when the workspace already has another folder that exists.
    Result<WorkspaceRecord> addMirror(const QString &folder);
    Result<void> put(const WorkspaceRecord &record);
    // A forgotten mirror is not learned again from relayfile's catalog, only by addMirror().
    Result<void> forget(const WorkspaceId &id);
    // Its workspaces go; those with a mirror stay without an account.
    Result<void> forgetAccount(const AccountId &account);

private:
    Result<void> read();
    // Locks, reads, lets `change` work on the records and saves.
    Result<void> update(const std::function<Result<void>()> &change);
    Result<void> save() const;
    void setAside(); // the lock must be held
    bool joinMirrors();
    WorkspaceRecord *match(const QString &relayId, const QString &cloudId);

    QString m_ownPath;
    QString m_relayfilePath;
    QList<WorkspaceRecord> m_records;
    QStringList m_forgotten; // mirror folders
    QJsonObject m_unknown; // of the file itself
    QByteArray m_onDisk; // as last read
    bool m_newer = false;
};

} // namespace Postroom
