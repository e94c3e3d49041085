// Text that came from elsewhere, made fit to show or to log.
#pragma once

#include <QString>
#include <QUrl>

namespace Postroom
{

// One line of plain text: control, invisible and direction-changing characters gone, white space folded, cut with an
// ellipsis to at most `limit` UTF-16 units.
QString oneLine(const QString &foreign, int limit = 200);

// The URL for a log line: no user info, and the values of the query parameters masked.
QString redactedUrl(const QUrl &url);

// Masks everything that looks like a credential: bearer values, JWTs, token-like keys in JSON, forms and queries, and
// tokens with a known beginning. Texts are cut after 64 Ki characters, so that the work has a bound.
QString redacted(const QString &text);

} // namespace Postroom
