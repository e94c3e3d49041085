// A real TCP server that does byte by byte what a test wrote down, for the faults that no library makes on purpose.
#pragma once

#include <QByteArray>
#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QObject>
#include <QUrl>
#include <deque>
#include <functional>
#include <memory>

class QTcpServer;
class QTcpSocket;

namespace Postroom
{

// What the server does about one request (or one connection), step by step.
class Script
{
public:
    // When it begins: as soon as somebody connects, after the request's headers, or after its whole body.
    enum class When { Connected, Headers, Request };

    static Script after(When when);
    // Complete answers with Content-Length and a Date header; the connection stays open.
    static Script answer(
        int status, const QByteArray &type, const QByteArray &body, const QList<QByteArray> &headers = {});
    static Script json(int status, const QJsonObject &body, const QList<QByteArray> &headers = {});
    static Script html(int status, const QByteArray &body = "<html><body>Bad gateway</body></html>",
        const QList<QByteArray> &headers = {});
    static Script redirect(int status, const QByteArray &location);
    // Never anything.
    static Script hanging() { return after(When::Request); }
    static Script closing(When when = When::Request) { return after(when).close(); }
    static Script resetting(When when = When::Request) { return after(when).reset(); }

    Script &send(const QByteArray &bytes);
    Script &pause(int milliseconds);
    Script &drip(const QByteArray &bytes, int chunk, int milliseconds); // `chunk` bytes, a pause, and so on
    Script &close();
    Script &reset(); // RST instead of FIN

private:
    friend class ScriptedServer;
    friend class ScriptedConnection;
    enum class Act { Send, Pause, Close, Reset };
    struct Step {
        Act act = Act::Send;
        QByteArray bytes;
        int milliseconds = 0;
    };
    When m_when = When::Request;
    QList<Step> m_steps;
};

// One request as it arrived. `complete` is false while its body is still missing.
struct ScriptedRequest {
    QByteArray method;
    QByteArray target;
    QList<QPair<QByteArray, QByteArray>> headers;
    QByteArray body;
    int connection = 0;
    bool complete = false;

    QByteArray header(const QByteArray &name) const;
    QHash<QString, QString> form() const; // the body or, when it is empty, the query
    QJsonObject json() const;
};

// Runs in the event loop of the test. Scripts are used up in order; then the handler or the last resort (a 404)
// answers.
class ScriptedServer final : public QObject
{
    Q_OBJECT
public:
    using Handler = std::function<Script(const ScriptedRequest &)>;

    explicit ScriptedServer(QObject *parent = nullptr);
    // With a certificate of its own that nobody trusts.
    static std::unique_ptr<ScriptedServer> withUntrustedCertificate();
    ~ScriptedServer() override;

    ScriptedServer &then(Script script);
    ScriptedServer &then(Script script, int times);
    void setHandler(Handler handler) { m_handler = std::move(handler); }

    QUrl url(const QString &path = QStringLiteral("/")) const;
    quint16 port() const;
    // Requests whose headers were read, in the order of their arrival.
    QList<ScriptedRequest> requests() const;
    int count() const { return static_cast<int>(m_requests.size()); }
    int connections() const { return m_connections; }
    void stopListening(); // further connections are refused; the port stays known
    void listenAgain(); // on the same port

Q_SIGNALS:
    void requested();

private:
    friend class ScriptedConnection;
    explicit ScriptedServer(std::unique_ptr<QTcpServer> server);
    void accept();

    std::unique_ptr<QTcpServer> m_server;
    bool m_tls = false;
    quint16 m_port = 0;
    std::deque<Script> m_scripts;
    Handler m_handler;
    QList<std::shared_ptr<ScriptedRequest>> m_requests;
    int m_connections = 0;
};

} // namespace Postroom
