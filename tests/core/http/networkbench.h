// What the tests of the network client share.
#pragma once

#include "core/http/networkclient.h"
#include "tests/support/scriptedserver.h"

#include <QCoroTask>
#include <QTest>

namespace Postroom
{

using namespace std::chrono_literals;

inline HttpRequest get(const QUrl &url)
{
    HttpRequest request;
    request.url = url;
    return request;
}

inline HttpRequest post(const QUrl &url, const QByteArray &body = "grant_type=refresh_token&refresh_token=r1")
{
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.body = body;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.origin = Origin::Token;
    return request;
}

class NetworkBench : public QObject
{
protected:
    void begin() { m_client = std::make_unique<NetworkClient>(&m_clock, "postroom-test/1"); }
    void end() { m_client.reset(); }
    Result<HttpResponse> send(HttpRequest request, std::stop_token stop = {})
    {
        return QCoro::waitFor(m_client->send(std::move(request), std::move(stop)));
    }

    SystemClock m_clock;
    std::unique_ptr<NetworkClient> m_client;
};

} // namespace Postroom
