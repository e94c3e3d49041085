// Keeps one live bundle per workspace and scope set: minted, refreshed, minted again when the delegation is over.
#pragma once

#include "core/base/clock.h"
#include "core/oauth/tokenendpoint.h"
#include "core/relayfile/cloudapi.h"
#include "core/vault/secretstore.h"

#include <QHash>
#include <QObject>
#include <memory>

namespace Postroom
{

// What a data-plane call needs.
struct DataPlaneAccess {
    QUrl server;
    QString relayWorkspaceId;
    Secret token;
    QString fingerprint;
    QStringList scopes;
    QDateTime expiresAt;
};

// Whose workspace it is. `cloudWorkspaceId` empty: a relayfile-server account whose token is used as it is.
struct DataPlaneKey {
    AccountId account;
    QString cloudWorkspaceId;
    QString relayWorkspaceId;
    QUrl server; // for relayfile-server accounts
};

// One refresh or mint per (workspace, scope set) at a time; callers join. Bundles lie in the vault of the account.
// Narrow scopes never replace a wider bundle.
class BundleKeeper final : public QObject
{
    Q_OBJECT
public:
    BundleKeeper(AccountService *accounts, CloudApi *cloud, TokenEndpoint *endpoint, SecretStore *vault, Clock *clock,
        QObject *parent = nullptr);
    ~BundleKeeper() override;
    QCoro::Task<Result<DataPlaneAccess>> access(DataPlaneKey key, QStringList scopes);
    // The data plane refused this token (401): one forced refresh or mint, unless it is not the current one any more.
    QCoro::Task<Result<DataPlaneAccess>> rejected(DataPlaneKey key, QStringList scopes, QString fingerprint);
    QCoro::Task<void> forget(AccountId account); // sign-out: removes its bundles from memory and vault

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace Postroom
