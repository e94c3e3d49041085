// What the two kinds of discovery share. Private to the oauth room.
#pragma once

#include "core/oauth/discovery.h"

namespace Postroom
{

Failure failDiscovery(ErrorClass kind, const char *code, const QString &message, const QString &detail = {});
Failure failNoDiscovery(const QString &host, const QString &detail = {});
// What an answer says that is not the document.
Failure judgeNoDocument(const HttpResponse &answer, const QString &host);
// Of several failures the one that tells most is shown: a document that is wrong, then trouble that passes, then
// nothing found.
bool tellsMore(const Error &error, const std::optional<Error> &than);
// GET with redirects within the origin, ten seconds for each.
QCoro::Task<Result<HttpResponse>> fetchDocument(HttpClient *http, QUrl url, std::stop_token stop);

} // namespace Postroom
