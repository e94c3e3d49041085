#include "tests/support/fakehttp.h"

#include <QCoroSignal>
#include <QJsonDocument>

namespace Postroom
{

void FakeHttp::serve(const QString &key, Handler handler)
{
    m_handlers.insert(key, std::move(handler));
}

void FakeHttp::queue(const QString &key, Result<HttpResponse> answer)
{
    m_queued[key].append(std::move(answer));
}

void FakeHttp::release(const QString &key)
{
    m_held.remove(key);
    for (const auto &[waitingFor, turn] : std::as_const(m_waiting)) {
        if (waitingFor == key)
            turn->pass();
    }
    m_waiting.removeIf([&key](const auto &entry) { return entry.first == key; });
}

QString FakeHttp::keyOf(const HttpRequest &request)
{
    return QString::fromLatin1(request.method) + QLatin1Char(' ') + request.url.path(QUrl::FullyEncoded);
}

QList<HttpRequest> FakeHttp::requests(const QString &key) const
{
    QList<HttpRequest> found;
    for (const HttpRequest &request : m_requests) {
        if (keyOf(request) == key)
            found.append(request);
    }
    return found;
}

QCoro::Task<Result<HttpResponse>> FakeHttp::send(HttpRequest request, std::stop_token stop)
{
    const QString key = keyOf(request);
    m_requests.append(request);
    const auto turn = std::make_shared<FakeTurn>();
    const std::stop_callback wake(stop, [turn] { turn->pass(); });
    if (m_held.contains(key))
        m_waiting.append({key, turn});
    else
        turn->pass();
    co_await qCoro(turn.get(), &FakeTurn::passed);
    if (stop.stop_requested())
        co_return failCancelled();
    auto result = answer(key, request);
    if (result && result->url.isEmpty())
        result->url = request.url;
    co_return result;
}

Result<HttpResponse> FakeHttp::answer(const QString &key, const HttpRequest &request)
{
    auto &queued = m_queued[key];
    if (!queued.isEmpty())
        return queued.takeFirst();
    const auto handler = m_handlers.value(key);
    if (handler)
        return handler(request);
    m_unexpected.append(key);
    return text(599, "text/plain", "nothing is scripted for " + key.toUtf8());
}

HttpResponse FakeHttp::json(int status, const QJsonObject &body, const QList<HttpHeader> &headers)
{
    HttpResponse response;
    response.status = status;
    response.headers = headers;
    response.headers.append(HttpHeader{"Content-Type", "application/json"});
    response.body = QJsonDocument(body).toJson(QJsonDocument::Compact);
    return response;
}

HttpResponse FakeHttp::text(int status, const QByteArray &mediaType, const QByteArray &body)
{
    HttpResponse response;
    response.status = status;
    response.headers.append(HttpHeader{"Content-Type", mediaType});
    response.body = body;
    return response;
}

Failure FakeHttp::fail(ErrorClass kind, const QString &code, Origin origin)
{
    Error error;
    error.origin = origin;
    error.kind = kind;
    error.code = code;
    error.message = QStringLiteral("The scripted server gave no answer.");
    return Failure(error);
}

QByteArray FakeHttp::header(const HttpRequest &request, const QByteArray &name)
{
    for (const HttpHeader &header : request.headers) {
        if (header.name.compare(name, Qt::CaseInsensitive) == 0)
            return header.value;
    }
    return {};
}

} // namespace Postroom
