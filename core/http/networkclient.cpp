#include "core/http/networkclient.h"

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/http/exchange.h"
#include "core/http/systemproxies.h"
#include "core/http/transporterror.h"

#include <QCoroSignal>
#include <QNetworkAccessManager>

namespace Postroom
{

NetworkClient::NetworkClient(Clock *clock, QByteArray userAgent)
    : m_clock(clock), m_userAgent(std::move(userAgent)), m_proxies(std::make_shared<SystemProxies>())
{
}

NetworkClient::~NetworkClient() = default;

QCoro::Task<Result<HttpResponse>> NetworkClient::send(HttpRequest request, std::stop_token stop)
{
    const Origin origin = request.origin;
    if (!isTrustworthyUrl(request.url))
        co_return describeInsecureUrl(request.url, origin);
    // A fragment is for the reader of a page, never for the server.
    request.url.setFragment({});
    const auto asked = m_clock->steady();
    co_await m_proxies->learn(request.url, asked);
    if (stop.stop_requested()) {
        auto cancelled = failCancelled();
        cancelled.value().origin = origin;
        co_return cancelled;
    }
    const auto manager = managerFor(request);
    const QString logged = redactedUrl(request.url);
    const QByteArray method = request.method;
    const bool viaProxy = m_proxies->isBehindProxy(request.url);
    Exchange exchange(manager, std::move(request), m_userAgent, m_clock->now());
    exchange.setViaProxy(viaProxy);
    exchange.start();
    {
        // May be called in another thread; the exchange is ended in its own.
        const std::stop_callback onStop(
            stop, [&exchange] { QMetaObject::invokeMethod(&exchange, &Exchange::cancel, Qt::QueuedConnection); });
        co_await qCoro(&exchange, &Exchange::finished);
    }
    if (exchange.timedOut() && m_manager == manager)
        forgetConnections();
    Result<HttpResponse> result = exchange.take();
    // A proxy that is not there may be one of the network before.
    if (exchange.timedOut() || (!result && result.error().kind == ErrorClass::NetSec))
        m_proxies->forget();
    if (result)
        qCDebug(logHttp).noquote() << method << logged << result->status << result->body.size() << "bytes";
    else
        qCDebug(logHttp).noquote() << method << logged << toString(result.error().kind) << result.error().code;
    co_return result;
}

std::shared_ptr<QNetworkAccessManager> NetworkClient::managerFor(const HttpRequest &request)
{
    const bool alone = hasItsOwnConnection(request);
    if (!alone && m_manager)
        return m_manager;
    auto manager = std::make_shared<QNetworkAccessManager>();
    manager->setAutoDeleteReplies(false);
    manager->setProxyFactory(new KnownProxies(m_proxies));
    if (!alone)
        m_manager = manager;
    return manager;
}

void NetworkClient::forgetConnections()
{
    m_manager.reset();
    m_proxies->forget();
}

} // namespace Postroom
