#include "app/controlclient.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QLocalSocket>

namespace Postroom
{
namespace
{

constexpr int shortWait = 2000; // milliseconds

bool connectShortly(QLocalSocket *socket, const Paths &paths)
{
    socket->connectToServer(paths.socket());
    return socket->waitForConnected(shortWait) && peerIsOurUser(socket->socketDescriptor());
}

} // namespace

// Tells once that there is something to read or that the other end is gone; made anew for each wait, because QCoro
// resumes through the event loop and does not survive a second signal before that.
class ControlNews final : public QObject
{
    Q_OBJECT
public:
    explicit ControlNews(QLocalSocket *socket)
    {
        connect(socket, &QLocalSocket::readyRead, this, &ControlNews::tell);
        connect(socket, &QLocalSocket::disconnected, this, &ControlNews::tell);
    }

Q_SIGNALS:
    void came();

private:
    void tell()
    {
        if (!std::exchange(m_told, true))
            Q_EMIT came();
    }
    bool m_told = false;
};

QCoro::Task<std::optional<int>> runRemotely(
    Paths paths, Invocation invocation, CommandOutput *output, std::stop_token stop)
{
    QLocalSocket socket;
    if (!connectShortly(&socket, paths))
        co_return std::nullopt;
    socket.write(encodeFrame(toMessage(invocation)));
    const std::stop_callback stopped(stop, [&socket] { socket.disconnectFromServer(); });
    QByteArray buffer;
    for (;;) {
        buffer += socket.readAll();
        QCborMap message;
        const FrameReading reading = takeFrame(&buffer, &message);
        if (reading == FrameReading::Complete) {
            const QString kind = message.value(QStringLiteral("kind")).toString();
            if (kind == QLatin1String("out"))
                output->out(message.value(QStringLiteral("data")).toByteArray());
            else if (kind == QLatin1String("err"))
                output->err(message.value(QStringLiteral("data")).toByteArray());
            else if (kind == QLatin1String("exit"))
                co_return static_cast<int>(message.value(QStringLiteral("code")).toInteger(ExitFailed));
            continue;
        }
        if (stop.stop_requested())
            co_return ExitInterrupted;
        if (reading == FrameReading::Malformed || socket.state() == QLocalSocket::UnconnectedState) {
            output->err(
                QCoreApplication::translate("Postroom", "Postroom ended before the command did.").toUtf8() + '\n');
            co_return ExitFailed;
        }
        ControlNews news(&socket);
        co_await qCoro(&news, &ControlNews::came);
    }
}

RaiseAnswer raiseRunningWindow(const Paths &paths, const QString &activationToken)
{
    QLocalSocket socket;
    if (!connectShortly(&socket, paths))
        return RaiseAnswer::NobodyThere;
    socket.write(encodeFrame({{QStringLiteral("kind"), QStringLiteral("raise")}, {QStringLiteral("v"), controlVersion},
        {QStringLiteral("token"), activationToken}}));
    QByteArray buffer;
    QCborMap message;
    while (takeFrame(&buffer, &message) != FrameReading::Complete) {
        if (!socket.waitForReadyRead(shortWait))
            return RaiseAnswer::NoWindow;
        buffer += socket.readAll();
    }
    return message.value(QStringLiteral("window")).toBool() ? RaiseAnswer::Raised : RaiseAnswer::NoWindow;
}

void askForHandOver(const Paths &paths)
{
    QLocalSocket socket;
    if (!connectShortly(&socket, paths))
        return;
    socket.write(
        encodeFrame({{QStringLiteral("kind"), QStringLiteral("hand-over")}, {QStringLiteral("v"), controlVersion}}));
    socket.waitForBytesWritten(shortWait);
    socket.waitForDisconnected(shortWait);
}

} // namespace Postroom

#include "controlclient.moc"
