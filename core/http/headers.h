// HTTP header values as pure functions: dates (RFC 9110 §5.6.7), Retry-After (§10.2.3), WWW-Authenticate (§11.6.1).
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QHash>
#include <QList>
#include <QString>
#include <chrono>
#include <optional>

namespace Postroom
{

// IMF-fixdate, RFC 850 and asctime, in the C locale. Nothing when the text is none of them.
std::optional<QDateTime> parseHttpDate(const QByteArray &value);

// Seconds or a date, the date measured against `serverNow` (the reply's Date header) when there is one, else `now`.
// Nothing for zero, negative and unreadable values.
std::optional<std::chrono::seconds> parseRetryAfter(
    const QByteArray &value, const std::optional<QDateTime> &serverNow, const QDateTime &now);

// One challenge of a WWW-Authenticate list. Scheme lower-case; parameter names lower-case.
struct AuthChallenge {
    QString scheme;
    QString token68;
    QHash<QString, QString> parameters;
};

// All challenges of all header instances (Qt joins them with ", "). Never fails: what cannot be read is left out.
QList<AuthChallenge> parseChallenges(const QByteArray &value);

} // namespace Postroom
