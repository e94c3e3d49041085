#include "core/http/exchange.h"

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/http/headers.h"
#include "core/http/transporterror.h"
#include "core/http/wayout.h"

#include <QNetworkAccessManager>
#include <QNetworkRequest>
#include <cstring>

namespace Postroom
{

bool hasItsOwnConnection(const HttpRequest &request)
{
    return request.origin == Origin::Token || request.origin == Origin::Registration;
}

UploadDevice::UploadDevice(QByteArray content, bool once, QObject *parent)
    : QIODevice(parent), m_content(std::move(content)), m_once(once)
{
    open(QIODevice::ReadOnly | QIODevice::Unbuffered);
}

bool UploadDevice::seek(qint64 position)
{
    if (m_once || !QIODevice::seek(position))
        return false;
    m_read = position;
    return true;
}

qint64 UploadDevice::readData(char *data, qint64 limit)
{
    m_touched = true;
    const qint64 part = std::min<qint64>(limit, m_content.size() - m_read);
    if (part <= 0)
        return m_once ? -1 : 0;
    std::memcpy(data, m_content.constData() + m_read, static_cast<size_t>(part));
    m_read += part;
    return part;
}

Exchange::Exchange(
    std::shared_ptr<QNetworkAccessManager> manager, HttpRequest request, QByteArray userAgent, QDateTime startedAt)
    : m_manager(std::move(manager)), m_request(std::move(request)), m_userAgent(std::move(userAgent)),
      m_startedAt(std::move(startedAt)), m_limit(m_request.deadline)
{
}

Exchange::~Exchange()
{
    if (m_reply) {
        m_reply->disconnect(this);
        // At once: the manager may go with this object, and it deletes its replies itself.
        delete m_reply.data();
    }
}

void Exchange::start()
{
    QNetworkRequest request(m_request.url);
    request.setRawHeader("User-Agent", m_userAgent);
    // Left to itself, Qt asks for compressed answers and unpacks them; the limit and the length could not be checked.
    request.setRawHeader("Accept-Encoding", "identity");
    if (hasItsOwnConnection(m_request))
        request.setRawHeader("Connection", "close");
    for (const HttpHeader &header : std::as_const(m_request.headers))
        request.setRawHeader(header.name, header.value);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    // The habits that are switched off here were measured on HTTP/1.1.
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setAttribute(QNetworkRequest::HttpPipeliningAllowedAttribute, false);

    const bool plainRead = m_request.body.isEmpty() && (m_request.method == "GET" || m_request.method == "HEAD");
    if (plainRead) {
        m_reply = m_request.method == "GET" ? m_manager->get(request) : m_manager->head(request);
    } else {
        request.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
        request.setHeader(QNetworkRequest::ContentLengthHeader, m_request.body.size());
        if (!m_request.body.isEmpty() && !request.hasRawHeader("Content-Type"))
            request.setRawHeader("Content-Type", "application/octet-stream");
        m_upload = new UploadDevice(m_request.body, m_request.once, nullptr);
        m_reply = m_manager->sendCustomRequest(request, m_request.method, m_upload);
        m_upload->setParent(m_reply);
    }
    connect(m_reply, &QNetworkReply::requestSent, this, [this] { m_requestSent = true; });
    connect(m_reply, &QNetworkReply::sslErrors, this,
        [this](const QList<QSslError> &problems) { m_tlsProblems = problems; });
    connect(m_reply, &QNetworkReply::readyRead, this, &Exchange::readMore);
    connect(m_reply, &QNetworkReply::metaDataChanged, this, [this] {
        const qint64 announced = m_reply->header(QNetworkRequest::ContentLengthHeader).toLongLong();
        if (announced > m_request.answerLimit && m_request.method != "HEAD")
            end(End::TooLarge);
    });
    if (m_request.onUploaded) {
        connect(m_reply, &QNetworkReply::uploadProgress, this, [this](qint64 sent, qint64 total) {
            if (total > 0)
                m_request.onUploaded(sent, total);
        });
    }
    connect(m_reply, &QNetworkReply::finished, this, [this] {
        readMore();
        end(End::Replied);
    });
    // Qt's own transfer time-out ends like an abort of ours, and restarts with every byte.
    m_deadline.setSingleShot(true);
    m_deadline.setTimerType(Qt::CoarseTimer);
    connect(&m_deadline, &QTimer::timeout, this, [this] { end(End::TimedOut); });
    m_deadline.start(m_request.deadline);
    if (hasItsOwnConnection(m_request) && m_request.connectDeadline < m_request.deadline) {
        m_connecting.setSingleShot(true);
        connect(&m_connecting, &QTimer::timeout, this, [this] {
            if (maybeSent())
                return;
            m_limit = m_request.connectDeadline;
            end(End::TimedOut);
        });
        m_connecting.start(m_request.connectDeadline);
    }
}

void Exchange::setViaProxy(bool viaProxy)
{
    m_viaProxy = viaProxy;
}

void Exchange::cancel()
{
    end(End::Cancelled);
}

void Exchange::readMore()
{
    if (m_end != End::Running)
        return;
    // The device is closed already when the request never got anywhere.
    if (m_reply->isOpen())
        m_body += m_reply->read(std::max<qint64>(0, m_request.answerLimit + 1 - m_body.size()));
    if (m_body.size() > m_request.answerLimit)
        end(End::TooLarge);
}

void Exchange::end(End why)
{
    if (m_end != End::Running)
        return;
    m_end = why;
    m_deadline.stop();
    m_connecting.stop();
    m_result = judge();
    m_reply->disconnect(this);
    if (why != End::Replied)
        m_reply->abort();
    QMetaObject::invokeMethod(this, &Exchange::finished, Qt::QueuedConnection);
}

bool Exchange::maybeSent() const
{
    return m_requestSent || (m_upload && m_upload->wasRead());
}

HttpResponse Exchange::response()
{
    HttpResponse response;
    response.status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    response.url = m_request.url;
    const auto pairs = m_reply->rawHeaderPairs();
    for (const auto &[name, value] : pairs)
        response.headers.append({name, value});
    response.body = std::exchange(m_body, {});
    response.date = parseHttpDate(response.header("Date"));
    static const QByteArrayList idHeaders{
        "X-Request-Id", "X-Correlation-Id", "Request-Id", "X-Amzn-RequestId", "CF-Ray"};
    for (const QByteArray &name : idHeaders) {
        const QByteArray value = response.header(name);
        if (!value.isEmpty()) {
            response.requestId = oneLine(QString::fromUtf8(value), 100);
            break;
        }
    }
    return response;
}

Result<HttpResponse> Exchange::judge()
{
    TransportFailure failure{
        m_request.url, m_request.origin, maybeSent(), m_reply->error(), m_reply->errorString(), m_tlsProblems};
    failure.viaProxy = m_viaProxy;
    switch (m_end) {
    case End::Cancelled: {
        auto cancelled = failCancelled();
        cancelled.value().origin = m_request.origin;
        // Whoever stopped a request that was under way may have to look what became of it.
        cancelled.value().detail
            = failure.maybeSent ? QStringLiteral("stopped after sending") : QStringLiteral("stopped before sending");
        return cancelled;
    }
    case End::TimedOut:
        return describeTimeout(failure, m_limit);
    default:
        break;
    }
    HttpResponse answer = response();
    if (m_end == End::TooLarge)
        return describeTooLarge(failure, answer, m_request.answerLimit, m_startedAt);
    // Qt 6.4 knows no interim answer but 100 and takes another for the last word; the real one stays unknown.
    if (answer.status > 0 && answer.status < 200)
        return describeNoHttp(failure);
    // With a status the enum only says the same once more, or that the body was cut; the latter not for every status.
    if (answer.status > 0) {
        if (isCutOff(failure.error, answer) || (m_request.method != "HEAD" && isShorterThanAnnounced(answer)))
            return describeCutOff(failure, answer, m_startedAt);
        return answer;
    }
    // Not HTTP at all: Qt takes a first line that it cannot read for an answer without a status.
    if (failure.error == QNetworkReply::NoError)
        return describeNoHttp(failure);
    failure.offline = !failure.maybeSent && !failure.viaProxy && !hasWayOut(m_request.url);
    return describe(failure);
}

} // namespace Postroom
