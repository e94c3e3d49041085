// The workspaces that Postroom knows: its own list, joined with what relayfile's catalog says about mirrors.
#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/paths.h"
#include "core/relayfile/bundlekeeper.h"
#include "core/relayfile/cloudapi.h"

#include <QList>
#include <optional>

namespace Postroom
{

struct WorkspaceRecord {
    WorkspaceId id;      // relay id; the cloud id until that is known
    QString relayId;
    QString cloudId;
    QString name;
    QUrl server;
    AccountId account;   // may be empty: a mirror that no account of ours owns
    QString mirror;
    QString remoteRoot = QStringLiteral("/");
    qint64 bodyLimit = 1024 * 1024; // bytes of one request that the server takes
};

// workspaces.json in Postroom's configuration folder, read and written whole under FileLock. relayfile's own
// ~/.relayfile/workspaces.json is only ever read, tolerantly: duplicates, swapped ids and unknown keys are fine.
class Catalog
{
public:
    Catalog(QString ownPath, QString relayfilePath);
    Result<void> load();
    const QList<WorkspaceRecord> &records() const { return m_records; }
    std::optional<WorkspaceRecord> find(const WorkspaceId &id) const;

    // What an account has on the server: adds and updates, drops those of this account that are gone and have no mirror.
    Result<void> adopt(const AccountId &account, const QList<CloudWorkspace> &workspaces);
    // A folder with .relay/state.json, or one that relayfile's catalog names. Code "not-a-mirror" otherwise.
    Result<WorkspaceRecord> addMirror(const QString &folder);
    Result<void> put(const WorkspaceRecord &record);
    Result<void> forget(const WorkspaceId &id);
    Result<void> forgetAccount(const AccountId &account);

private:
    Result<void> save() const;
    void joinMirrors();
    QString m_ownPath;
    QString m_relayfilePath;
    QList<WorkspaceRecord> m_records;
};

} // namespace Postroom
