// The listener that a browser comes back to (RFC 8252 §7.3).
#pragma once

#include "core/base/error.h"

#include <QObject>
#include <QTimer>
#include <QUrl>
#include <QUrlQuery>
#include <optional>

class QTcpServer;
class QTcpSocket;

namespace Postroom
{

// One request as the listener sees it. Pure, for tests and fuzzing.
struct CallbackRequest {
    QByteArray method;
    QByteArray path;
    QByteArray query;
    QByteArray host;
};
enum class CallbackReading { Incomplete, Complete, Malformed };
// Incomplete until the empty line; Malformed as soon as it cannot become a request of HTTP/1.x with one Host.
CallbackReading readCallbackRequest(const QByteArray &bytes, CallbackRequest *request);

// The value of a parameter that is there once; nothing otherwise. Percent-decoded, a plus stays a plus.
std::optional<QString> onlyValue(const QUrlQuery &query, QLatin1String key);

// 127.0.0.1 only (::1 where there is no IPv4), a free port, a random path, GET only, the Host header checked, one
// accepted callback, then closed. A callback with a wrong state gets a 400 page and is ignored: any local page could
// send one. After the callback the browser is redirected to a page of our own, so that no token stays in its address
// bar; the listener closes when that page was fetched, or two seconds later. A request may have 16 KiB and take 5 s.
class LoopbackListener final : public QObject
{
    Q_OBJECT
public:
    // `pathStyle` Random: /<16 hex>/callback; Plain: /callback, for servers that insist on it.
    enum class PathStyle { Random, Plain };

    explicit LoopbackListener(QByteArray expectedState, PathStyle style, QObject *parent = nullptr);
    ~LoopbackListener() override;

    Result<QUrl> listen(); // the redirect URI
    void close();
    bool isOpen() const { return m_server != nullptr; }

Q_SIGNALS:
    // The query of the one callback whose state was right; still percent-encoded where it was.
    void received(const QUrlQuery &query);
    void closed(); // once, after listen() had succeeded

private:
    void accept();
    void readRequest(QTcpSocket *socket);
    void answerRequest(QTcpSocket *socket, const CallbackRequest &request);
    void answerCallback(QTcpSocket *socket, const QByteArray &query);
    void answer(
        QTcpSocket *socket, int status, const QByteArray &location, const QString &heading, const QString &text);

    QByteArray m_state;
    QByteArray m_path;
    QByteArray m_donePath;
    QByteArray m_host;
    QTcpServer *m_server = nullptr;
    QTimer m_grace;
    QList<QTcpSocket *> m_connections; // that have not been answered, the oldest first
    bool m_used = false;
};

} // namespace Postroom
