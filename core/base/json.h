// Reading JSON that somebody else wrote: every accessor has a defined answer for a missing key and a wrong type.
#pragma once

#include "core/base/error.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QStringList>
#include <optional>

namespace Postroom
{

// Parses a JSON object; error code "not-json" or "not-an-object" with the offset in `detail`.
Result<QJsonObject> parseJsonObject(const QByteArray &text);

// Lenient accessors: nothing when the key is missing or of another type.
std::optional<QString> stringAt(const QJsonObject &object, QLatin1String key);
std::optional<bool> boolAt(const QJsonObject &object, QLatin1String key);
// Numbers and numeric strings, floored; nothing outside of the safe integers.
std::optional<qint64> integerAt(const QJsonObject &object, QLatin1String key);
QStringList stringsAt(const QJsonObject &object, QLatin1String key); // strings of an array; other entries are left out
QJsonObject objectAt(const QJsonObject &object, QLatin1String key);
// RFC 3339 with 0 to 9 fractional digits; the zero time 0001-01-01T00:00:00Z counts as unset.
std::optional<QDateTime> timeAt(const QJsonObject &object, QLatin1String key);
// The first of several names that holds a non-empty string.
QString firstString(const QJsonObject &object, std::initializer_list<QLatin1String> keys);

std::optional<QDateTime> parseTime(const QString &rfc3339);
QString formatTime(const QDateTime &time); // RFC 3339 UTC with milliseconds, "" for an invalid time

// Adds `key` only when there is something to say: absent means unknown.
void put(QJsonObject &object, QLatin1String key, const QString &value);
void put(QJsonObject &object, QLatin1String key, const std::optional<QDateTime> &value);
void put(QJsonObject &object, QLatin1String key, const QDateTime &value);
void put(QJsonObject &object, QLatin1String key, const std::optional<qint64> &value);

QByteArray toCompact(const QJsonObject &object);
QByteArray toIndented(const QJsonObject &object); // ends with a newline

} // namespace Postroom
