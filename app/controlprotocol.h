// What travels over the local socket: length-prefixed CBOR maps, at most 32 MiB each.
//
//   client                                  engine
//   {kind:"run", v:1, args, cwd, stdin} ──>
//                                       <── {kind:"out", data} / {kind:"err", data}, any number
//                                       <── {kind:"exit", code}          then the engine closes
//   {kind:"raise", v:1, token}          ──>
//                                       <── {kind:"raised", window}      false: this engine has no window
//
// A client that goes away cancels its command. The socket lies in a 0700 folder and both ends check the other's user.
#pragma once

#include <QByteArray>
#include <QCborMap>
#include <QString>
#include <QStringList>
#include <optional>

class QLocalSocket;

namespace Postroom
{

constexpr quint32 largestFrame = 32 * 1024 * 1024;
constexpr int controlVersion = 1;

QByteArray encodeFrame(const QCborMap &message);

enum class FrameReading { Incomplete, Complete, Malformed };
// Takes one frame from the front of `buffer`.
FrameReading takeFrame(QByteArray *buffer, QCborMap *message);

// One command as it was typed.
struct Invocation {
    QStringList arguments; // without the program's name
    QString directory; // of the caller, for relative paths
    QByteArray input; // standard input where the command asked for it
};

QCborMap toMessage(const Invocation &invocation);
std::optional<Invocation> invocationFrom(const QCborMap &message);

// The other end runs as the same user.
bool peerIsOurUser(qintptr socketDescriptor);

} // namespace Postroom
