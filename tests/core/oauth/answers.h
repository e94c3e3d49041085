// Answers of a token endpoint, for the tests of what they mean.
#pragma once

#include "core/oauth/tokenendpoint.h"

namespace Postroom
{

inline const QDateTime now(QDate(2025, 12, 31), QTime(23, 0), Qt::UTC);
inline const QString host = QStringLiteral("auth.example.com");

inline HttpResponse answer(
    int status, const QByteArray &type, const QByteArray &body, const QList<HttpHeader> &headers = {})
{
    HttpResponse response;
    response.status = status;
    response.body = body;
    response.headers = headers;
    if (!type.isEmpty())
        response.headers.append({"Content-Type", type});
    return response;
}

inline ProviderProfile plainProfile()
{
    ProviderProfile profile;
    profile.id = QStringLiteral("test");
    profile.issuer = QUrl(QStringLiteral("https://auth.example.com"));
    profile.clientId = QStringLiteral("postroom");
    return profile;
}

} // namespace Postroom
