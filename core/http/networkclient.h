// HttpClient on QNetworkAccessManager, with the habits of Qt 6.4 that hurt rotating tokens switched off.
#pragma once

#include "core/base/clock.h"
#include "core/http/httpclient.h"

#include <memory>

class QNetworkAccessManager;

namespace Postroom
{

// Owned by the composition root. Creates its access manager at the first request, so that constructing it costs
// nothing before the first paint.
class NetworkClient final : public HttpClient
{
public:
    explicit NetworkClient(Clock *clock, QByteArray userAgent);
    ~NetworkClient() override;

    QCoro::Task<Result<HttpResponse>> send(HttpRequest request, std::stop_token stop = {}) override;
    void forgetConnections() override;

private:
    Clock *m_clock;
    QByteArray m_userAgent;
    std::unique_ptr<QNetworkAccessManager> m_manager;
};

} // namespace Postroom
