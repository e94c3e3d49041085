// One request on its way through QNetworkAccessManager. Private to the http room.
#pragma once

#include "core/http/httpclient.h"

#include <QNetworkReply>
#include <QObject>
#include <QPointer>
#include <QSslError>
#include <QTimer>
#include <memory>

class QNetworkAccessManager;

namespace Postroom
{

// These peers are asked once in a while. A kept connection that the server gives up in this very moment would turn a
// good request into one of unknown outcome, so each gets a connection of its own.
bool hasItsOwnConnection(const HttpRequest &request);

// The body as Qt reads it. A one-shot body cannot be read twice: Qt 6.4 sends a body again, without a word, when the
// connection breaks before the first byte of the answer, and this is what stops it (ContentReSendError).
class UploadDevice final : public QIODevice
{
    Q_OBJECT
public:
    UploadDevice(QByteArray content, bool once, QObject *parent);
    bool isSequential() const override { return m_once; }
    qint64 size() const override { return m_content.size(); }
    qint64 bytesAvailable() const override { return m_content.size() - m_read + QIODevice::bytesAvailable(); }
    bool atEnd() const override { return m_read >= m_content.size() && QIODevice::bytesAvailable() == 0; }
    bool seek(qint64 position) override;
    bool reset() override { return !m_once && QIODevice::reset(); }
    bool wasRead() const { return m_touched; }

protected:
    qint64 readData(char *data, qint64 limit) override;
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    QByteArray m_content;
    qint64 m_read = 0;
    bool m_once;
    bool m_touched = false;
};

// Lives in the coroutine that awaits finished(), in the thread of the manager. finished() comes exactly once after
// start(), always from the event loop, so that nobody is called back from inside of Qt's network code.
class Exchange final : public QObject
{
    Q_OBJECT
public:
    Exchange(
        std::shared_ptr<QNetworkAccessManager> manager, HttpRequest request, QByteArray userAgent, QDateTime startedAt);
    ~Exchange() override;

    void setViaProxy(bool viaProxy); // before start()
    void start();
    void cancel();
    Result<HttpResponse> take() { return std::move(m_result); }
    bool timedOut() const { return m_end == End::TimedOut; }

Q_SIGNALS:
    void finished();

private:
    enum class End { Running, Replied, TimedOut, Cancelled, TooLarge };

    void end(End why);
    void readMore();
    bool maybeSent() const;
    HttpResponse response();
    Result<HttpResponse> judge();

    std::shared_ptr<QNetworkAccessManager> m_manager;
    HttpRequest m_request;
    QByteArray m_userAgent;
    QDateTime m_startedAt;
    QPointer<QNetworkReply> m_reply;
    QPointer<UploadDevice> m_upload;
    QTimer m_deadline;
    QTimer m_connecting;
    std::chrono::milliseconds m_limit; // that was passed
    QByteArray m_body;
    QList<QSslError> m_tlsProblems;
    bool m_requestSent = false;
    bool m_viaProxy = false;
    End m_end = End::Running;
    Result<HttpResponse> m_result;
};

} // namespace Postroom
