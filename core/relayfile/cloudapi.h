// The Relayfile cloud: which workspaces a person has, and delegated tokens for them.
#pragma once

#include "core/accounts/accountservice.h"
#include "core/relayfile/bundle.h"
#include "core/relayfile/scopes.h"

#include <QCoroTask>

namespace Postroom
{

struct CloudWorkspace {
    QString cloudId;
    QString relayId; // rw_…
    QString name;
    QUrl server; // data plane
};

// Every call goes through AccountService::request, so refresh and replay are not its business.
class CloudApi
{
public:
    explicit CloudApi(AccountService *accounts);
    QCoro::Task<Result<QList<CloudWorkspace>>> workspaces(AccountId account, std::stop_token stop = {});
    // Codes: needs_reauth (Reauth), scope_insufficient and invalid_scope (Scope), everything else passes by itself.
    QCoro::Task<Result<DelegatedBundle>> mint(AccountId account, QString cloudWorkspaceId, QStringList scopes);

private:
    QCoro::Task<Result<QUrl>> endpoint(AccountId account, QString path);
    AccountService *m_accounts;
};

} // namespace Postroom
