#include "app/controlserver.h"

#include <QFile>
#include <QLocalServer>
#include <QLocalSocket>

#include "core/base/log.h"

namespace Postroom
{

// One client and its command. Deletes itself when both the socket and the command are done.
class ControlServer::Connection final : public QObject, public CommandOutput
{
public:
    Connection(ControlServer *server, QLocalSocket *socket) : QObject(server), m_server(server), m_socket(socket)
    {
        socket->setParent(this);
        connect(socket, &QLocalSocket::readyRead, this, &Connection::read);
        connect(socket, &QLocalSocket::disconnected, this, [this] {
            m_stop.request_stop();
            finishIfDone();
        });
        read();
    }

    void out(const QByteArray &text) override { send(QStringLiteral("out"), text); }
    void err(const QByteArray &text) override { send(QStringLiteral("err"), text); }
    void stop()
    {
        m_stop.request_stop();
        if (!m_running)
            m_socket->disconnectFromServer();
    }

private:
    void send(const QString &kind, const QByteArray &data)
    {
        if (m_socket->state() == QLocalSocket::ConnectedState)
            m_socket->write(encodeFrame({{QStringLiteral("kind"), kind}, {QStringLiteral("data"), data}}));
    }

    void read()
    {
        m_buffer += m_socket->readAll();
        if (m_running)
            return;
        QCborMap message;
        switch (takeFrame(&m_buffer, &message)) {
        case FrameReading::Incomplete:
            return;
        case FrameReading::Malformed:
            qCWarning(logApp) << "a client of the socket sent something that is no message";
            m_socket->abort();
            return;
        case FrameReading::Complete:
            break;
        }
        const QString kind = message.value(QStringLiteral("kind")).toString();
        if (kind == QLatin1String("raise")) {
            if (m_server->m_hasWindow)
                Q_EMIT m_server->raiseRequested(message.value(QStringLiteral("token")).toString());
            m_socket->write(encodeFrame({{QStringLiteral("kind"), QStringLiteral("raised")},
                {QStringLiteral("window"), m_server->m_hasWindow}}));
            m_socket->disconnectFromServer();
        } else if (kind == QLatin1String("hand-over")) {
            Q_EMIT m_server->handOverRequested();
            m_socket->disconnectFromServer();
        } else if (const auto invocation = invocationFrom(message); kind == QLatin1String("run") && invocation) {
            m_running = true;
            m_server->m_scope.spawn(runCommand(this, *invocation));
        } else {
            err(tr("This Postroom speaks another version of the protocol; restart it.").toUtf8() + '\n');
            m_socket->write(
                encodeFrame({{QStringLiteral("kind"), QStringLiteral("exit")}, {QStringLiteral("code"), ExitFailed}}));
            m_socket->disconnectFromServer();
        }
    }

    static QCoro::Task<void> runCommand(Connection *self, Invocation invocation)
    {
        const int code = co_await self->m_server->m_runner->run(std::move(invocation), self, self->m_stop.get_token());
        self->m_running = false;
        if (self->m_socket->state() == QLocalSocket::ConnectedState) {
            self->m_socket->write(
                encodeFrame({{QStringLiteral("kind"), QStringLiteral("exit")}, {QStringLiteral("code"), code}}));
            self->m_socket->disconnectFromServer();
        }
        self->finishIfDone();
    }

    void finishIfDone()
    {
        if (m_running || m_socket->state() != QLocalSocket::UnconnectedState)
            return;
        m_server->m_connections.remove(this);
        deleteLater();
    }

    ControlServer *m_server;
    QLocalSocket *m_socket;
    QByteArray m_buffer;
    bool m_running = false;
    std::stop_source m_stop;
};

ControlServer::ControlServer(Engine *engine, CommandRunner *runner, QObject *parent)
    : QObject(parent), m_engine(engine), m_runner(runner)
{
}

ControlServer::~ControlServer() = default;

Result<void> ControlServer::listen()
{
    m_server = new QLocalServer(this);
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    const QString path = m_engine->paths().socket();
    QFile::remove(path);
    if (!m_server->listen(path)) {
        auto failure = failInput(QStringLiteral("no-socket"),
            tr("Other programs cannot reach this Postroom: the socket %1 cannot be made.").arg(path));
        failure.value().detail = m_server->errorString();
        return failure;
    }
    connect(m_server, &QLocalServer::newConnection, this, &ControlServer::accept);
    return {};
}

void ControlServer::accept()
{
    while (QLocalSocket *socket = m_server->nextPendingConnection()) {
        if (!peerIsOurUser(socket->socketDescriptor())) {
            qCWarning(logApp) << "another user tried to use the socket";
            socket->abort();
            socket->deleteLater();
            continue;
        }
        m_connections.insert(new Connection(this, socket));
    }
}

QCoro::Task<void> ControlServer::close()
{
    if (m_server)
        m_server->close();
    const auto connections = m_connections;
    for (Connection *connection : connections)
        connection->stop();
    co_await m_scope.drained();
}

} // namespace Postroom
