#include "app/controlprotocol.h"

#include <QCborArray>
#include <QCborValue>
#include <QtEndian>
#include <sys/socket.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

QString key(const char *name)
{
    return QString::fromLatin1(name);
}

} // namespace

QByteArray encodeFrame(const QCborMap &message)
{
    const QByteArray body = message.toCborValue().toCbor();
    QByteArray frame(4, Qt::Uninitialized);
    qToBigEndian(static_cast<quint32>(body.size()), frame.data());
    return frame + body;
}

FrameReading takeFrame(QByteArray *buffer, QCborMap *message)
{
    if (buffer->size() < 4)
        return FrameReading::Incomplete;
    const quint32 length = qFromBigEndian<quint32>(buffer->constData());
    if (length == 0 || length > largestFrame)
        return FrameReading::Malformed;
    if (buffer->size() - 4 < static_cast<qsizetype>(length))
        return FrameReading::Incomplete;
    QCborParserError problem;
    const QCborValue value = QCborValue::fromCbor(buffer->mid(4, static_cast<qsizetype>(length)), &problem);
    buffer->remove(0, 4 + static_cast<qsizetype>(length));
    if (problem.error != QCborError::NoError || !value.isMap())
        return FrameReading::Malformed;
    *message = value.toMap();
    return FrameReading::Complete;
}

QCborMap toMessage(const Invocation &invocation)
{
    QCborMap message;
    message.insert(key("kind"), key("run"));
    message.insert(key("v"), controlVersion);
    message.insert(key("args"), QCborArray::fromStringList(invocation.arguments));
    message.insert(key("cwd"), invocation.directory);
    message.insert(key("stdin"), invocation.input);
    return message;
}

std::optional<Invocation> invocationFrom(const QCborMap &message)
{
    if (message.value(key("v")).toInteger() != controlVersion || !message.value(key("args")).isArray())
        return std::nullopt;
    Invocation invocation;
    const QCborArray arguments = message.value(key("args")).toArray();
    for (const auto argument : arguments) {
        if (!argument.isString())
            return std::nullopt;
        invocation.arguments.append(argument.toString());
    }
    invocation.directory = message.value(key("cwd")).toString();
    invocation.input = message.value(key("stdin")).toByteArray();
    return invocation;
}

bool peerIsOurUser(qintptr socketDescriptor)
{
    struct ucred credentials{};
    socklen_t size = sizeof(credentials);
    return ::getsockopt(static_cast<int>(socketDescriptor), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0
        && credentials.uid == ::getuid();
}

} // namespace Postroom
