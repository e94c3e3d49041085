// What a Relayfile service says when it does not do what was asked, as a typed Error.
#pragma once

#include "core/http/httpclient.h"

namespace Postroom
{

// Pure. Reads `{code, message}` (data plane) and `{error, code}` (cloud); the class follows from the status and the
// code, origin is always Resource. The sentence names `host` and quotes the service's own words.
Error serviceError(const HttpResponse &answer, const QString &host, const QDateTime &now);

// A successful answer whose content cannot be used.
Error unreadableAnswer(const HttpResponse &answer, const QString &host, const QString &detail = {});

// <base>/<path> with the base's own path kept. `path` begins with '/' and may end with a query; both are encoded.
QUrl serviceUrl(const QUrl &base, const QByteArray &path);
QByteArray encodedPart(const QString &text); // one path segment or query value

} // namespace Postroom
