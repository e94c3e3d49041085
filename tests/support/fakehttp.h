// An HttpClient that answers from a script and keeps what it was asked.
#pragma once

#include "core/http/httpclient.h"

#include <QJsonObject>
#include <QObject>
#include <QSet>
#include <QStringList>
#include <memory>
#include <utility>

namespace Postroom
{

// Fires once: QCoro delivers signals through the event loop and reads freed memory when a second one comes before that.
class FakeTurn final : public QObject
{
    Q_OBJECT
public:
    void pass()
    {
        if (!std::exchange(m_passed, true))
            QMetaObject::invokeMethod(this, &FakeTurn::passed, Qt::QueuedConnection);
    }

Q_SIGNALS:
    void passed();

private:
    bool m_passed = false;
};

// Owned by the test. Answers come one turn of the event loop later, in the order of the requests. Keys are
// "METHOD path", the path as in the URL, without query.
class FakeHttp final : public HttpClient
{
public:
    using Handler = std::function<Result<HttpResponse>(const HttpRequest &)>;

    // Answers every request of this key; a queued answer goes first.
    void serve(const QString &key, Handler handler);
    // One answer for the next request of this key.
    void queue(const QString &key, Result<HttpResponse> answer);
    // Requests of this key get no answer before release().
    void hold(const QString &key) { m_held.insert(key); }
    void release(const QString &key);

    QCoro::Task<Result<HttpResponse>> send(HttpRequest request, std::stop_token stop = {}) override;
    void forgetConnections() override { ++m_forgotten; }
    int timesForgotten() const { return m_forgotten; }

    const QList<HttpRequest> &requests() const { return m_requests; }
    QList<HttpRequest> requests(const QString &key) const;
    int count(const QString &key) const { return static_cast<int>(requests(key).size()); }
    // Keys that nobody had an answer for; they got a 599.
    QStringList unexpected() const { return m_unexpected; }
    void forgetRequests() { m_requests.clear(); }

    static HttpResponse json(int status, const QJsonObject &body, const QList<HttpHeader> &headers = {});
    static HttpResponse text(int status, const QByteArray &mediaType, const QByteArray &body);
    static Failure fail(ErrorClass kind, const QString &code, Origin origin = Origin::Token);
    static QByteArray header(const HttpRequest &request, const QByteArray &name);

private:
    static QString keyOf(const HttpRequest &request);
    Result<HttpResponse> answer(const QString &key, const HttpRequest &request);

    QHash<QString, Handler> m_handlers;
    QHash<QString, QList<Result<HttpResponse>>> m_queued;
    QSet<QString> m_held;
    QList<std::pair<QString, std::shared_ptr<FakeTurn>>> m_waiting;
    QList<HttpRequest> m_requests;
    QStringList m_unexpected;
    int m_forgotten = 0;
};

} // namespace Postroom
