#include "core/http/transporterror.h"

#include "core/base/text.h"
#include "core/http/headers.h"

#include <QCoreApplication>
#include <algorithm>

namespace Postroom
{
namespace
{

Failure fail(const TransportFailure &failure, ErrorClass kind, const char *code, const char *sentence)
{
    Error error;
    error.origin = failure.origin;
    error.kind = kind;
    error.code = QString::fromLatin1(code);
    error.message = QCoreApplication::translate("Postroom", sentence).arg(hostForPeople(failure.url));
    error.detail = oneLine(redacted(failure.text));
    return Failure(std::move(error));
}

Failure offline(const TransportFailure &failure)
{
    return fail(failure, ErrorClass::Net, "offline",
        QT_TRANSLATE_NOOP("Postroom", "%1 cannot be reached: this computer is not connected to a network."));
}

Failure proxyTrouble(const TransportFailure &failure, const char *code = "proxy")
{
    return fail(failure, ErrorClass::NetSec, code,
        QT_TRANSLATE_NOOP("Postroom", "The proxy on the way to %1 does not answer."));
}

// Ended in the middle of the handshake, which a passing trouble of the network does as well as a box on the way.
Failure tlsClosed(const TransportFailure &failure)
{
    return fail(failure, ErrorClass::Net, "tls-closed",
        QT_TRANSLATE_NOOP("Postroom", "No secure connection to %1 could be made, so nothing was sent."));
}

// Broken before an answer: what it means depends on whether the request may have arrived.
Failure broken(const TransportFailure &failure)
{
    if (failure.maybeSent)
        return fail(failure, ErrorClass::Ambiguous, "closed",
            QT_TRANSLATE_NOOP("Postroom", "%1 closed the connection before it had answered."));
    if (failure.offline)
        return offline(failure);
    // Qt 6.4 has one error for all that can go wrong with a proxy, and the same for everything else that it knows no
    // name for.
    if (failure.viaProxy)
        return proxyTrouble(failure);
    return fail(failure, ErrorClass::Net, "unreachable", QT_TRANSLATE_NOOP("Postroom", "%1 cannot be reached."));
}

Failure tls(const TransportFailure &failure)
{
    const auto isTimeProblem = [](const QSslError &problem) {
        return problem.error() == QSslError::CertificateExpired || problem.error() == QSslError::CertificateNotYetValid;
    };
    const bool timeOnly = std::all_of(failure.tlsProblems.begin(), failure.tlsProblems.end(), isTimeProblem);
    Failure told = timeOnly
        ? fail(failure, ErrorClass::NetSec, "tls-time",
              QT_TRANSLATE_NOOP("Postroom",
                  "The certificate of %1 is not valid at the time that this computer shows, so nothing was sent."))
        : fail(failure, ErrorClass::NetSec, "tls",
              QT_TRANSLATE_NOOP("Postroom", "The certificate of %1 is not trusted, so nothing was sent."));
    QStringList reasons;
    for (const QSslError &problem : failure.tlsProblems)
        reasons.append(problem.errorString());
    told.value().detail = oneLine(reasons.join(QStringLiteral("; ")));
    return told;
}

} // namespace

bool isCutOff(QNetworkReply::NetworkError error, const HttpResponse &answer)
{
    switch (error) {
    case QNetworkReply::NoError:
        return false;
    case QNetworkReply::RemoteHostClosedError:
    case QNetworkReply::TimeoutError:
    case QNetworkReply::OperationCanceledError:
    case QNetworkReply::TemporaryNetworkFailureError:
    case QNetworkReply::NetworkSessionFailedError:
    case QNetworkReply::UnknownNetworkError:
    case QNetworkReply::ProtocolFailure:
        return true;
    case QNetworkReply::ContentReSendError:
        // A 307, a challenge, or a connection that closes with the answer make Qt want the body once more. It does not
        // get it, and the answer is there all the same; of chunks nobody knows whether they were the last.
        return !answer.header("Transfer-Encoding").isEmpty();
    default:
        // What stands for a status of the server is no trouble of the transport; next to a success it is.
        return answer.isSuccess();
    }
}

bool isShorterThanAnnounced(const HttpResponse &answer)
{
    bool announced = false;
    const qint64 length = answer.header("Content-Length").toLongLong(&announced);
    return announced && answer.status != 204 && answer.status != 304 && answer.body.size() < length;
}

Failure describe(const TransportFailure &failure)
{
    switch (failure.error) {
    case QNetworkReply::HostNotFoundError:
        if (failure.offline)
            return offline(failure);
        return fail(failure, ErrorClass::Net, "host-not-found", QT_TRANSLATE_NOOP("Postroom", "%1 was not found."));
    case QNetworkReply::ConnectionRefusedError:
        return fail(
            failure, ErrorClass::Net, "refused", QT_TRANSLATE_NOOP("Postroom", "%1 does not take connections."));
    case QNetworkReply::SslHandshakeFailedError:
        return failure.tlsProblems.isEmpty() ? tlsClosed(failure) : tls(failure);
    case QNetworkReply::RemoteHostClosedError:
        // Somebody was there, and nothing of the request went out: that was the handshake.
        if (failure.url.scheme() == QLatin1String("https") && !failure.maybeSent)
            return tlsClosed(failure);
        return broken(failure);
    case QNetworkReply::ProxyAuthenticationRequiredError:
        return fail(failure, ErrorClass::NetSec, "proxy-auth",
            QT_TRANSLATE_NOOP("Postroom", "The proxy on the way to %1 wants a password."));
    case QNetworkReply::ProxyConnectionRefusedError:
    case QNetworkReply::ProxyConnectionClosedError:
    case QNetworkReply::ProxyNotFoundError:
    case QNetworkReply::ProxyTimeoutError:
    case QNetworkReply::UnknownProxyError:
        return proxyTrouble(failure);
    case QNetworkReply::ContentReSendError: {
        TransportFailure sent = failure;
        sent.maybeSent = true; // Qt wanted to send the body again, so it was sent before
        return broken(sent);
    }
    case QNetworkReply::ProtocolFailure:
    case QNetworkReply::ProtocolUnknownError:
    case QNetworkReply::ProtocolInvalidOperationError:
        return describeNoHttp(failure);
    default:
        return broken(failure);
    }
}

Failure describeTimeout(const TransportFailure &failure, std::chrono::milliseconds deadline)
{
    Failure told = failure.viaProxy && !failure.maybeSent
        ? proxyTrouble(failure, "proxy-timeout")
        : fail(failure, failure.maybeSent ? ErrorClass::Ambiguous : ErrorClass::Net, "timeout",
              QT_TRANSLATE_NOOP("Postroom", "%1 did not answer in time."));
    told.value().detail = QStringLiteral("no complete answer within %1 ms%2")
                              .arg(deadline.count())
                              .arg(failure.maybeSent ? QString() : QStringLiteral(", nothing was sent"));
    return told;
}

Failure describeTooLarge(
    const TransportFailure &failure, const HttpResponse &answer, qint64 limit, const QDateTime &now)
{
    Failure told = fail(failure, ErrorClass::Infra, "answer-too-large",
        QT_TRANSLATE_NOOP("Postroom", "The answer of %1 is too large."));
    told.value().status = answer.status;
    told.value().requestId = answer.requestId;
    told.value().detail = QStringLiteral("more than %1 bytes").arg(limit);
    // The status says more than the length does.
    if (answer.status == 429 || answer.status >= 500) {
        told.value().kind = answer.status == 429 ? ErrorClass::Rate : ErrorClass::Server;
        if (const auto pause = parseRetryAfter(answer.header("Retry-After"), answer.date, now))
            told.value().retryAt = now.addSecs(pause->count());
    }
    return told;
}

Failure describeCutOff(const TransportFailure &failure, const HttpResponse &answer, const QDateTime &now)
{
    Failure told
        = fail(failure, ErrorClass::Ambiguous, "cut-off", QT_TRANSLATE_NOOP("Postroom", "The answer of %1 broke off."));
    told.value().status = answer.status;
    told.value().requestId = answer.requestId;
    if (answer.status == 429 || answer.status >= 500) {
        const auto pause = parseRetryAfter(answer.header("Retry-After"), answer.date, now);
        if (pause)
            told.value().retryAt = now.addSecs(pause->count());
    }
    return told;
}

Failure describeNoHttp(const TransportFailure &failure)
{
    return fail(failure, failure.maybeSent ? ErrorClass::Ambiguous : ErrorClass::Net, "no-http",
        QT_TRANSLATE_NOOP("Postroom", "%1 answered in a way that cannot be understood."));
}

Failure describeInsecureUrl(const QUrl &url, Origin origin)
{
    Failure told = fail({url, origin, false, QNetworkReply::NoError, {}, {}}, ErrorClass::Config, "insecure-url",
        QT_TRANSLATE_NOOP("Postroom", "The address %1 is not encrypted, so nothing was sent."));
    told.value().message
        = QCoreApplication::translate("Postroom", "The address %1 is not encrypted, so nothing was sent.")
              .arg(oneLine(redactedUrl(url)));
    return told;
}

} // namespace Postroom
