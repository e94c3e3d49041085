#include "tests/support/scriptedserver.h"

#include "tests/support/certificate.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QLocale>
#include <QSslConfiguration>
#include <QSslServer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>
#include <QUrlQuery>
#include <sys/socket.h>

namespace Postroom
{

Script Script::after(When when)
{
    Script script;
    script.m_when = when;
    return script;
}

Script Script::answer(int status, const QByteArray &type, const QByteArray &body, const QList<QByteArray> &headers)
{
    QByteArray head = "HTTP/1.1 " + QByteArray::number(status) + " Scripted\r\n";
    const bool dated
        = std::any_of(headers.begin(), headers.end(), [](const QByteArray &line) { return line.startsWith("Date:"); });
    if (!dated)
        head += "Date: "
            + QLocale::c()
                  .toString(QDateTime::currentDateTimeUtc(), QStringLiteral("ddd, dd MMM yyyy HH:mm:ss"))
                  .toLatin1()
            + " GMT\r\n";
    if (!type.isEmpty())
        head += "Content-Type: " + type + "\r\n";
    for (const QByteArray &line : headers)
        head += line + "\r\n";
    head += "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n";
    return after(When::Request).send(head + body);
}

Script Script::json(int status, const QJsonObject &body, const QList<QByteArray> &headers)
{
    return answer(status, "application/json", QJsonDocument(body).toJson(QJsonDocument::Compact), headers);
}

Script Script::html(int status, const QByteArray &body, const QList<QByteArray> &headers)
{
    return answer(status, "text/html; charset=utf-8", body, headers);
}

Script Script::redirect(int status, const QByteArray &location)
{
    return answer(status, {}, {}, {"Location: " + location});
}

Script &Script::send(const QByteArray &bytes)
{
    m_steps.append({Act::Send, bytes, 0});
    return *this;
}

Script &Script::pause(int milliseconds)
{
    m_steps.append({Act::Pause, {}, milliseconds});
    return *this;
}

Script &Script::drip(const QByteArray &bytes, int chunk, int milliseconds)
{
    for (qsizetype at = 0; at < bytes.size(); at += chunk)
        send(bytes.mid(at, chunk)).pause(milliseconds);
    return *this;
}

Script &Script::close()
{
    m_steps.append({Act::Close, {}, 0});
    return *this;
}

Script &Script::reset()
{
    m_steps.append({Act::Reset, {}, 0});
    return *this;
}

QByteArray ScriptedRequest::header(const QByteArray &name) const
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

QHash<QString, QString> ScriptedRequest::form() const
{
    const qsizetype mark = target.indexOf('?');
    QByteArray text = body.isEmpty() && mark >= 0 ? target.mid(mark + 1) : body;
    text.replace('+', ' ');
    QHash<QString, QString> values;
    const auto items = QUrlQuery(QString::fromUtf8(text)).queryItems(QUrl::FullyDecoded);
    for (const auto &[key, value] : items)
        values.insert(key, value);
    return values;
}

QJsonObject ScriptedRequest::json() const
{
    return QJsonDocument::fromJson(body).object();
}

// One connection: reads requests one after the other and plays the script of each to its end.
class ScriptedConnection final : public QObject
{
public:
    ScriptedConnection(ScriptedServer *server, QTcpSocket *socket, int number)
        : QObject(server), m_server(server), m_socket(socket), m_number(number)
    {
        socket->setParent(this);
        connect(socket, &QTcpSocket::readyRead, this, &ScriptedConnection::read);
        connect(socket, &QTcpSocket::disconnected, this, &QObject::deleteLater);
        if (!server->m_scripts.empty() && server->m_scripts.front().m_when == Script::When::Connected) {
            m_script = server->m_scripts.front();
            server->m_scripts.pop_front();
            m_playing = true;
            play();
        }
        read();
    }

private:
    void read()
    {
        m_bytes += m_socket->readAll();
        while (m_request || !m_playing) {
            if (!m_request) {
                if (!readHead())
                    return;
                takeScript();
            }
            if (!readBody())
                return;
        }
    }
    void takeScript()
    {
        m_playing = true;
        m_undecided = m_server->m_scripts.empty();
        if (m_undecided)
            return;
        m_script = std::move(m_server->m_scripts.front());
        m_server->m_scripts.pop_front();
        if (m_script.m_when == Script::When::Headers)
            play();
    }
    bool readHead()
    {
        const qsizetype end = m_bytes.indexOf("\r\n\r\n");
        if (end < 0)
            return false;
        const QList<QByteArray> lines = m_bytes.left(end).split('\n');
        m_bytes.remove(0, end + 4);
        m_request = std::make_shared<ScriptedRequest>();
        const QList<QByteArray> first = lines.first().trimmed().split(' ');
        m_request->method = first.value(0);
        m_request->target = first.value(1);
        m_request->connection = m_number;
        for (qsizetype i = 1; i < lines.size(); ++i) {
            const qsizetype colon = lines.at(i).indexOf(':');
            m_request->headers.append({lines.at(i).left(colon).trimmed(), lines.at(i).mid(colon + 1).trimmed()});
        }
        m_server->m_requests.append(m_request);
        return true;
    }
    // True when there may be another request to read.
    bool readBody()
    {
        const qsizetype length = m_request->header("Content-Length").toLongLong();
        const qsizetype missing = length - m_request->body.size();
        m_request->body += m_bytes.left(missing);
        m_bytes.remove(0, missing);
        if (m_request->body.size() < length)
            return false;
        m_request->complete = true;
        // A handler wants to see the body before it makes up its mind.
        if (m_undecided)
            m_script = m_server->m_handler ? m_server->m_handler(*m_request)
                                           : Script::answer(404, "text/plain", "nothing here");
        const bool late = m_undecided || m_script.m_when != Script::When::Headers;
        m_undecided = false;
        m_request.reset();
        Q_EMIT m_server->requested();
        if (late)
            play();
        return true;
    }
    void play()
    {
        while (m_step < m_script.m_steps.size()) {
            const Script::Step step = m_script.m_steps.at(m_step++);
            switch (step.act) {
            case Script::Act::Send:
                m_socket->write(step.bytes);
                m_socket->flush();
                break;
            case Script::Act::Pause:
                QTimer::singleShot(step.milliseconds, this, &ScriptedConnection::play);
                return;
            case Script::Act::Close:
                m_socket->disconnectFromHost();
                return;
            case Script::Act::Reset: {
                m_socket->flush();
                const linger hard{1, 0};
                setsockopt(static_cast<int>(m_socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
                m_socket->abort();
                return;
            }
            }
        }
        // A script without an end of its own leaves the connection to the next request; one without steps hangs.
        m_step = 0;
        if (m_script.m_steps.isEmpty())
            return;
        m_playing = false;
        QMetaObject::invokeMethod(this, &ScriptedConnection::read, Qt::QueuedConnection);
    }

    friend class ScriptedServer;
    ScriptedServer *m_server;
    QTcpSocket *m_socket;
    int m_number;
    QByteArray m_bytes;
    std::shared_ptr<ScriptedRequest> m_request;
    Script m_script;
    qsizetype m_step = 0;
    bool m_playing = false;
    bool m_undecided = false;
};

ScriptedServer::ScriptedServer(QObject *parent) : QObject(parent), m_server(std::make_unique<QTcpServer>())
{
    connect(m_server.get(), &QTcpServer::newConnection, this, &ScriptedServer::accept);
    if (m_server->listen(QHostAddress::LocalHost))
        m_port = m_server->serverPort();
    else
        qFatal("the scripted server cannot listen: %s", qPrintable(m_server->errorString()));
}

ScriptedServer::ScriptedServer(std::unique_ptr<QTcpServer> server) : m_server(std::move(server)), m_tls(true)
{
    connect(m_server.get(), &QTcpServer::pendingConnectionAvailable, this, &ScriptedServer::accept);
    if (m_server->listen(QHostAddress::LocalHost))
        m_port = m_server->serverPort();
    else
        qFatal("the scripted server cannot listen: %s", qPrintable(m_server->errorString()));
}

std::unique_ptr<ScriptedServer> ScriptedServer::withUntrustedCertificate()
{
    auto server = std::make_unique<QSslServer>();
    server->setSslConfiguration(untrustedServerConfiguration());
    return std::unique_ptr<ScriptedServer>(new ScriptedServer(std::move(server)));
}

ScriptedServer::~ScriptedServer() = default;

ScriptedServer &ScriptedServer::then(Script script)
{
    m_scripts.push_back(std::move(script));
    return *this;
}

ScriptedServer &ScriptedServer::then(Script script, int times)
{
    for (int i = 0; i < times; ++i)
        m_scripts.push_back(script);
    return *this;
}

QUrl ScriptedServer::url(const QString &path) const
{
    return QUrl(QStringLiteral("%1://127.0.0.1:%2%3")
            .arg(m_tls ? QStringLiteral("https") : QStringLiteral("http"))
            .arg(m_port)
            .arg(path));
}

quint16 ScriptedServer::port() const
{
    return m_port;
}

QList<ScriptedRequest> ScriptedServer::requests() const
{
    QList<ScriptedRequest> seen;
    for (const auto &request : m_requests)
        seen.append(*request);
    return seen;
}

void ScriptedServer::stopListening()
{
    m_server->close();
}

void ScriptedServer::listenAgain()
{
    if (!m_server->listen(QHostAddress::LocalHost, m_port))
        qFatal("the scripted server cannot listen again: %s", qPrintable(m_server->errorString()));
}

void ScriptedServer::accept()
{
    while (QTcpSocket *socket = m_server->nextPendingConnection())
        new ScriptedConnection(this, socket, ++m_connections);
}

} // namespace Postroom
