// HttpClient on QNetworkAccessManager, with the habits of Qt 6.4 that hurt rotating tokens switched off.
#pragma once

#include "core/base/clock.h"
#include "core/http/httpclient.h"

#include <memory>

class QNetworkAccessManager;

namespace Postroom
{

class SystemProxies;

// Owned by the composition root. Creates its access manager at the first request, so that constructing it costs
// nothing before the first paint. No cookies, no cache, no dialogs, no redirects followed, no compressed answers.
class NetworkClient final : public HttpClient
{
public:
    explicit NetworkClient(Clock *clock, QByteArray userAgent);
    ~NetworkClient() override;

    QCoro::Task<Result<HttpResponse>> send(HttpRequest request, std::stop_token stop = {}) override;
    // Requests under way keep their connections; those that come after get fresh ones.
    void forgetConnections() override;

private:
    std::shared_ptr<QNetworkAccessManager> managerFor(const HttpRequest &request);

    Clock *m_clock;
    QByteArray m_userAgent;
    std::shared_ptr<SystemProxies> m_proxies;
    // Shared with the requests that use it. Clearing the connections of a manager would leave those without an end.
    std::shared_ptr<QNetworkAccessManager> m_manager;
};

} // namespace Postroom
