// From Qt's network errors to ours: what became of a request that got no complete answer. Private to the http room.
#pragma once

#include "core/http/httpclient.h"

#include <QList>
#include <QNetworkReply>
#include <QSslError>

namespace Postroom
{

struct TransportFailure {
    QUrl url;
    Origin origin = Origin::Resource;
    bool maybeSent = false; // bytes of the request were handed over
    QNetworkReply::NetworkError error = QNetworkReply::NoError;
    QString text;
    QList<QSslError> tlsProblems;
    bool offline = false; // this computer has no way out
    bool viaProxy = false; // the only peer that this computer talks to is a proxy
};

// Whether this error next to a status means that the body is not all there.
bool isCutOff(QNetworkReply::NetworkError error, const HttpResponse &answer);
// Whether Content-Length promised more than came.
bool isShorterThanAnnounced(const HttpResponse &answer);

Failure describe(const TransportFailure &failure);
Failure describeTimeout(const TransportFailure &failure, std::chrono::milliseconds deadline);
Failure describeTooLarge(
    const TransportFailure &failure, const HttpResponse &answer, qint64 limit, const QDateTime &now);
Failure describeCutOff(const TransportFailure &failure, const HttpResponse &answer, const QDateTime &now);
Failure describeNoHttp(const TransportFailure &failure);
Failure describeInsecureUrl(const QUrl &url, Origin origin);

} // namespace Postroom
