// An account of the Relayfile cloud on a bench, with the cloud, its token service and a data plane behind FakeHttp.
#pragma once

#include "core/relayfile/bundlekeeper.h"
#include "core/relayfile/dataplane.h"
#include "tests/core/accounts/accountbench.h"

namespace Postroom
{

class RelayfileBench : public AccountBench
{
public:
    RelayfileBench();

    void restartAll();
    DataPlaneKey key() const;
    static QStringList scopes() { return {QStringLiteral("fs:read"), QStringLiteral("ops:read")}; }
    Result<DataPlaneAccess> access(const QStringList &wanted = scopes()) { return run(bundles->access(key(), wanted)); }
    int minted() const { return http.count(mintKey()); }
    int refreshed() const { return http.count(refreshKey()); }
    static QString mintKey() { return QStringLiteral("POST /cloud/api/v1/workspaces/cw_1/relayfile/delegated-token"); }
    static QString refreshKey() { return QStringLiteral("POST /relayauth/v1/tokens/refresh"); }

    AccountId account;
    std::unique_ptr<TokenEndpoint> endpoint;
    std::unique_ptr<CloudApi> cloud;
    std::unique_ptr<BundleKeeper> bundles;
    std::unique_ptr<DataPlane> dataPlane;
    qint64 delegatedLifetime = 3600;
    int spentDelegated = 0;

private:
    void build();
    QString newToken();
    Result<HttpResponse> mint(const HttpRequest &request);
    Result<HttpResponse> refreshDelegated(const HttpRequest &request);

    QString m_liveRefresh;
    int m_serial = 1;
};

} // namespace Postroom
