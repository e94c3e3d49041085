// The proxies of the system, asked for without holding up the window. Private to the http room.
#pragma once

#include <QCoroTask>
#include <QHash>
#include <QNetworkProxy>
#include <QUrl>
#include <chrono>
#include <memory>

namespace Postroom
{

// What the system said per scheme and host. It may run a script or ask the network for the answer, so it is asked in a
// thread of its own; loopback never goes through a proxy. Thread: the one of the client.
class SystemProxies
{
public:
    // Makes sure that the answer for `url` is known. `steady` is a clock that never jumps.
    QCoro::Task<void> learn(QUrl url, std::chrono::milliseconds steady);
    QList<QNetworkProxy> known(const QUrl &url) const;
    bool isBehindProxy(const QUrl &url) const;
    void forget() { m_answers.clear(); }

private:
    struct Answer {
        QList<QNetworkProxy> proxies;
        std::chrono::milliseconds learnedAt{0};
    };
    static QString keyFor(const QUrl &url);
    QHash<QString, Answer> m_answers;
};

// Hands out what is known; for an access manager, which owns it.
class KnownProxies final : public QNetworkProxyFactory
{
public:
    explicit KnownProxies(std::shared_ptr<const SystemProxies> proxies);
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override;

private:
    std::shared_ptr<const SystemProxies> m_proxies;
};

} // namespace Postroom
