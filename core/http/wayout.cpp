#include "core/http/wayout.h"

#include <QHostAddress>
#include <QList>

#ifdef Q_OS_UNIX
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

namespace Postroom
{
namespace
{

#ifdef Q_OS_UNIX
// Connecting a datagram socket asks for the route and sends nothing.
bool hasRoute(const QHostAddress &address)
{
    const bool v6 = address.protocol() == QAbstractSocket::IPv6Protocol;
    const int descriptor = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    if (descriptor < 0)
        return errno != EAFNOSUPPORT;
    constexpr quint16 port = 443;
    int outcome = 0;
    if (v6) {
        sockaddr_in6 peer{};
        peer.sin6_family = AF_INET6;
        peer.sin6_port = htons(port);
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        std::memcpy(&peer.sin6_addr, &bytes, sizeof peer.sin6_addr);
        outcome = ::connect(descriptor, reinterpret_cast<const sockaddr *>(&peer), sizeof peer);
    } else {
        sockaddr_in peer{};
        peer.sin_family = AF_INET;
        peer.sin_port = htons(port);
        peer.sin_addr.s_addr = htonl(address.toIPv4Address());
        outcome = ::connect(descriptor, reinterpret_cast<const sockaddr *>(&peer), sizeof peer);
    }
    const int why = errno;
    ::close(descriptor);
    if (outcome == 0)
        return true;
    // Anything else is no word about the route.
    return why != ENETUNREACH && why != EHOSTUNREACH && why != ENETDOWN && why != EADDRNOTAVAIL;
}
#endif

} // namespace

bool hasWayOut(const QUrl &url)
{
#ifdef Q_OS_UNIX
    const QHostAddress literal(url.host());
    if (!literal.isNull())
        return hasRoute(literal);
    // Addresses that stand for the world outside and belong to nobody (RFC 5737, RFC 3849).
    return hasRoute(QHostAddress(QStringLiteral("203.0.113.1")))
        || hasRoute(QHostAddress(QStringLiteral("2001:db8::1")));
#else
    Q_UNUSED(url)
    return true;
#endif
}

} // namespace Postroom
