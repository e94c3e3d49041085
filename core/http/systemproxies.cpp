#include "core/http/systemproxies.h"

#include "core/http/httpclient.h"

#include <QCoroSignal>
#include <QFutureWatcher>
#include <QNetworkProxyQuery>
#include <QPromise>
#include <QThreadPool>

namespace Postroom
{
namespace
{

constexpr std::chrono::milliseconds askLimit{5000};
constexpr std::chrono::minutes answerAge{5};

QFuture<QList<QNetworkProxy>> askSystem(const QUrl &url)
{
    auto promise = std::make_shared<QPromise<QList<QNetworkProxy>>>();
    promise->start();
    QFuture<QList<QNetworkProxy>> future = promise->future();
    QThreadPool::globalInstance()->start([promise, url] {
        promise->addResult(QNetworkProxyFactory::systemProxyForQuery(QNetworkProxyQuery(url)));
        promise->finish();
    });
    return future;
}

} // namespace

QString SystemProxies::keyFor(const QUrl &url)
{
    return QStringLiteral("%1://%2:%3").arg(url.scheme(), url.host()).arg(url.port());
}

QCoro::Task<void> SystemProxies::learn(QUrl url, std::chrono::milliseconds steady)
{
    const QString key = keyFor(url);
    const auto known = m_answers.constFind(key);
    if (isLoopbackLiteral(url) || (known != m_answers.cend() && steady - known->learnedAt < answerAge))
        co_return;
    const QFuture<QList<QNetworkProxy>> asked = askSystem(url);
    QFutureWatcher<QList<QNetworkProxy>> watcher;
    watcher.setFuture(asked);
    if (!asked.isFinished())
        co_await qCoro(&watcher, &QFutureWatcherBase::finished, askLimit);
    // A script that cannot be fetched may take its time; until it answers, the way is tried without a proxy.
    if (asked.isFinished())
        m_answers.insert(key, {asked.result(), steady});
}

QList<QNetworkProxy> SystemProxies::known(const QUrl &url) const
{
    const auto answer = m_answers.constFind(keyFor(url));
    if (isLoopbackLiteral(url) || answer == m_answers.cend() || answer->proxies.isEmpty())
        return {QNetworkProxy(QNetworkProxy::NoProxy)};
    return answer->proxies;
}

bool SystemProxies::isBehindProxy(const QUrl &url) const
{
    const QNetworkProxy::ProxyType type = known(url).constFirst().type();
    return type != QNetworkProxy::NoProxy && type != QNetworkProxy::DefaultProxy;
}

KnownProxies::KnownProxies(std::shared_ptr<const SystemProxies> proxies) : m_proxies(std::move(proxies)) { }

QList<QNetworkProxy> KnownProxies::queryProxy(const QNetworkProxyQuery &query)
{
    return m_proxies->known(query.url());
}

} // namespace Postroom
