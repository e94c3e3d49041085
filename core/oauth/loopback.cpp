#include "core/oauth/loopback.h"

#include "core/base/ids.h"
#include "core/base/log.h"
#include "core/base/secret.h"

#include <QCoreApplication>
#include <QNetworkProxy>
#include <QTcpServer>
#include <QTcpSocket>

namespace Postroom
{
namespace
{

constexpr std::chrono::seconds connectionLimit{5};
constexpr std::chrono::seconds graceAfterCallback{2};
constexpr int mostConnections = 32;

QByteArray reasonFor(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 302:
        return "Found";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 410:
        return "Gone";
    default:
        return "Bad Request";
    }
}

QByteArray page(const QString &heading, const QString &text)
{
    const QString html = QStringLiteral(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
        "<title>%1</title><style>body{font:16px/1.5 system-ui,sans-serif;margin:4em auto;max-width:32em;"
        "padding:0 1em;color-scheme:light dark}</style></head><body><h1>%1</h1><p>%2</p></body></html>");
    return html.arg(heading.toHtmlEscaped(), text.toHtmlEscaped()).toUtf8();
}

} // namespace

LoopbackListener::LoopbackListener(QByteArray expectedState, PathStyle style, QObject *parent)
    : QObject(parent), m_state(std::move(expectedState)),
      m_path(style == PathStyle::Plain ? QByteArray("/callback") : '/' + randomHex(16).toLatin1() + "/callback"),
      m_donePath('/' + randomHex(16).toLatin1() + "/done")
{
    m_grace.setSingleShot(true);
    connect(&m_grace, &QTimer::timeout, this, &LoopbackListener::close);
}

LoopbackListener::~LoopbackListener()
{
    // Nobody may hear of it any more, and the connections are children of the server.
    delete m_server;
}

Result<QUrl> LoopbackListener::listen()
{
    m_server = new QTcpServer(this);
    m_server->setProxy(QNetworkProxy::NoProxy);
    QString address = QStringLiteral("127.0.0.1");
    bool listening = m_server->listen(QHostAddress(QHostAddress::LocalHost), 0);
    if (!listening) {
        address = QStringLiteral("[::1]");
        listening = m_server->listen(QHostAddress(QHostAddress::LocalHostIPv6), 0);
    }
    if (!listening) {
        Error error;
        error.origin = Origin::Local;
        error.kind = ErrorClass::Config;
        error.code = QStringLiteral("no-listener");
        error.message
            = QCoreApplication::translate("Postroom", "This computer does not let Postroom wait for the browser.");
        error.next = QCoreApplication::translate("Postroom", "Sign in with a code instead.");
        error.detail = m_server->errorString();
        delete std::exchange(m_server, nullptr);
        return Failure(std::move(error));
    }
    m_host = (address + QLatin1Char(':') + QString::number(m_server->serverPort())).toLatin1();
    connect(m_server, &QTcpServer::newConnection, this, &LoopbackListener::accept);
    return QUrl(QStringLiteral("http://%1%2").arg(QLatin1String(m_host), QLatin1String(m_path)));
}

void LoopbackListener::close()
{
    if (!m_server)
        return;
    m_grace.stop();
    m_server->close();
    // Answers that are under way still leave: their connections close themselves.
    m_server->deleteLater();
    m_server = nullptr;
    // From the event loop: whoever hears it may delete this listener.
    QMetaObject::invokeMethod(this, &LoopbackListener::closed, Qt::QueuedConnection);
}

void LoopbackListener::accept()
{
    while (m_server && m_server->hasPendingConnections()) {
        QTcpSocket *socket = m_server->nextPendingConnection();
        // Of its own, so that closing the server does not cut off what it still has to say.
        socket->setParent(nullptr);
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        connect(this, &QObject::destroyed, socket, &QObject::deleteLater);
        // A crowd of silent ones must not keep the browser out: the oldest goes.
        if (m_connections.size() >= mostConnections)
            m_connections.takeFirst()->abort();
        m_connections.append(socket);
        connect(socket, &QTcpSocket::disconnected, this, [this, socket] { m_connections.removeOne(socket); });
        // Whoever opens a connection and says nothing must not keep it.
        QTimer::singleShot(connectionLimit, socket, &QTcpSocket::abort);
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] { readRequest(socket); });
        readRequest(socket);
    }
}

void LoopbackListener::readRequest(QTcpSocket *socket)
{
    // Looked at, not taken, until it is whole.
    const QByteArray bytes = socket->peek(17 * 1024);
    CallbackRequest request;
    switch (readCallbackRequest(bytes, &request)) {
    case CallbackReading::Incomplete:
        return;
    case CallbackReading::Malformed:
        answer(socket, 400, {}, QCoreApplication::translate("Postroom", "This is not for here"),
            QCoreApplication::translate("Postroom", "Postroom did not understand the request."));
        return;
    case CallbackReading::Complete:
        answerRequest(socket, request);
        return;
    }
}

void LoopbackListener::answerRequest(QTcpSocket *socket, const CallbackRequest &request)
{
    // A page elsewhere can lead a name of its own to this address (DNS rebinding); its Host tells.
    if (request.host != m_host)
        answer(socket, 403, {}, QCoreApplication::translate("Postroom", "This is not for here"),
            QCoreApplication::translate("Postroom", "The address is not the one that Postroom waits at."));
    else if (request.method != "GET")
        answer(socket, 405, {}, QCoreApplication::translate("Postroom", "This is not for here"),
            QCoreApplication::translate("Postroom", "Postroom waits for a page that comes back from the sign-in."));
    else if (m_used && request.path == m_donePath) {
        answer(socket, 200, {}, QCoreApplication::translate("Postroom", "Back to Postroom"),
            QCoreApplication::translate("Postroom", "The rest happens in Postroom. You can close this page."));
        close();
    } else if (request.path == m_path)
        answerCallback(socket, request.query);
    else
        answer(socket, 404, {}, QCoreApplication::translate("Postroom", "Nothing here"),
            QCoreApplication::translate("Postroom", "You can close this page."));
}

void LoopbackListener::answerCallback(QTcpSocket *socket, const QByteArray &query)
{
    const QUrlQuery items(QString::fromLatin1(query));
    // Before anything else in it is looked at: without the state it may come from any page that is open.
    const auto state = onlyValue(items, QLatin1String("state"));
    if (!state || !equalInConstantTime(state->toUtf8(), m_state)) {
        qCDebug(logOAuth) << "a callback with another state was ignored";
        answer(socket, 400, {}, QCoreApplication::translate("Postroom", "This is not the sign-in that was started"),
            QCoreApplication::translate("Postroom", "Go back to Postroom; it still waits."));
        return;
    }
    if (m_used) {
        answer(socket, 410, {}, QCoreApplication::translate("Postroom", "This was used already"),
            QCoreApplication::translate("Postroom", "You can close this page."));
        return;
    }
    m_used = true;
    m_grace.start(graceAfterCallback);
    answer(socket, 302, m_donePath, QCoreApplication::translate("Postroom", "Back to Postroom"),
        QCoreApplication::translate("Postroom", "You can close this page."));
    Q_EMIT received(items);
}

void LoopbackListener::answer(
    QTcpSocket *socket, int status, const QByteArray &location, const QString &heading, const QString &text)
{
    disconnect(socket, &QTcpSocket::readyRead, this, nullptr);
    m_connections.removeOne(socket);
    const QByteArray body = page(heading, text);
    QByteArray head = "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonFor(status) + "\r\n";
    if (!location.isEmpty())
        head += "Location: http://" + m_host + location + "\r\n";
    if (status == 405)
        head += "Allow: GET\r\n";
    head += "Content-Type: text/html; charset=utf-8\r\nContent-Length: " + QByteArray::number(body.size())
        + "\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: "
          "nosniff\r\nX-Frame-Options: DENY\r\n"
          "Cross-Origin-Resource-Policy: same-origin\r\n"
          "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri "
          "'none'; form-action 'none'\r\n"
          "Connection: close\r\n\r\n";
    // Unread bytes would turn the goodbye into a reset, which may overtake the answer.
    socket->readAll();
    socket->write(head + body);
    socket->flush();
    socket->disconnectFromHost();
}

} // namespace Postroom
