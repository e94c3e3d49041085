// The one door to the network. Everything that speaks HTTP goes through an HttpClient that is handed in.
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QCoroTask>
#include <QDateTime>
#include <QList>
#include <QUrl>
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>

namespace Postroom
{

struct HttpHeader {
    QByteArray name;
    QByteArray value;
};

// One request. Redirects are never followed: a 3xx is an answer like any other.
struct HttpRequest {
    QByteArray method = "GET";
    QUrl url;
    QList<HttpHeader> headers;
    QByteArray body;
    Origin origin = Origin::Resource; // whom the failure will be about
    std::chrono::milliseconds deadline{30'000}; // for the whole exchange, measured by our own timer
    // Until bytes of the request go out. Counts only for token and registration endpoints, which get a connection of
    // their own; others may have to wait for one that is in use.
    std::chrono::milliseconds connectDeadline{10'000};
    qint64 answerLimit = 1024 * 1024; // bytes of body; a larger answer is ErrorClass::Infra, code "answer-too-large"
    // The body goes out at most once, even when the connection breaks before the first byte of the answer. Must be
    // set wherever a second copy would do harm: token endpoints, writes.
    bool once = true;
    // What an authorised request may do after a refusal of its token: send the same again with another one. False where
    // the caller wants the first answer, or where the body came from something that cannot be read twice.
    bool mayReplay = true;
    std::function<bool()> unchanged; // asked before a replay: is the body's source still what was sent? Empty: yes
    std::function<void(qint64 sent, qint64 total)> onUploaded; // bytes of the body, may be empty
};

// A complete answer of any status.
struct HttpResponse {
    int status = 0;
    QList<HttpHeader> headers; // as received; names compare without case
    QByteArray body;
    QUrl url;
    QString requestId; // X-Request-Id, X-Correlation-Id, CF-Ray… whichever came
    std::optional<QDateTime> date; // the server's clock (Date header), UTC
    // Of an authorised request: the fingerprint of the token that this answers, and what came of the attempt to get a
    // better one. The answer itself is always the service's own.
    QString tokenFingerprint;
    std::optional<Error> sideNote;

    QByteArray header(const QByteArray &name) const; // the first one, empty when there is none
    QList<QByteArray> headerValues(const QByteArray &name) const;
    QByteArray mediaType() const; // Content-Type without parameters, lower-case
    bool isSuccess() const { return status >= 200 && status < 300; }
};

// Sends one request and answers with what came back, or with why nothing usable came:
//   Net        no byte of the request went out: "offline" (this computer has no way out), "host-not-found", "refused",
//              "unreachable", "timeout", "tls-closed" (somebody ended the handshake)
//   Ambiguous  it went out and the answer is missing or cut: "closed", "timeout", "cut-off", "no-http"
//   NetSec     "tls", "tls-time" (a certificate), "proxy", "proxy-timeout", "proxy-auth"
//   Infra      "answer-too-large"
//   Config     "insecure-url": neither https nor loopback http
//   Cancel
// The caller keeps the client alive until the task ends.
// Thread: the one that made the client.
class HttpClient
{
public:
    virtual ~HttpClient() = default;
    virtual QCoro::Task<Result<HttpResponse>> send(HttpRequest request, std::stop_token stop = {}) = 0;
    // Drops pooled connections: after the network changed, the computer woke up or a request timed out.
    virtual void forgetConnections() = 0;
};

// https, or http to a literal loopback address, and no user name in it. Everything that carries a secret must pass.
bool isTrustworthyUrl(const QUrl &url);
// The host is a loopback address (127.0.0.0/8 or ::1), not a name for one.
bool isLoopbackLiteral(const QUrl &url);
// The host as it stands in a sentence, with its port where the URL names one.
QString hostForPeople(const QUrl &url);

} // namespace Postroom
