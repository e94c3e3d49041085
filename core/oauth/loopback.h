// The listener that a browser comes back to (RFC 8252 §7.3).
#pragma once

#include "core/base/error.h"

#include <QObject>
#include <QUrl>
#include <QUrlQuery>

class QTcpServer;
class QTcpSocket;

namespace Postroom
{

// 127.0.0.1 only, a free port, a random path, GET only, the Host header checked, one accepted callback, then closed.
// A callback with a wrong state gets a 400 page and is ignored: any local page could send one.
// After the callback the browser is redirected to a page of our own, so that no token stays in its address bar.
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

Q_SIGNALS:
    // The query of the one callback whose state was right; still percent-encoded where it was.
    void received(const QUrlQuery &query);

private:
    void accept();
    void readRequest(QTcpSocket *socket);
    void answer(
        QTcpSocket *socket, int status, const QByteArray &reason, const QByteArray &location, const QString &page);

    QByteArray m_state;
    QString m_path;
    QString m_donePath;
    QTcpServer *m_server = nullptr;
    bool m_used = false;
};

// One request as the listener sees it. Pure, for tests and fuzzing.
struct CallbackRequest {
    QByteArray method;
    QByteArray path;
    QByteArray query;
    QByteArray host;
};
enum class CallbackReading { Incomplete, Complete, Malformed };
CallbackReading readCallbackRequest(const QByteArray &bytes, CallbackRequest *request);

} // namespace Postroom
