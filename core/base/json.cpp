#include "core/base/json.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QRegularExpression>
#include <cmath>

namespace Postroom
{

Result<QJsonObject> parseJsonObject(const QByteArray &text)
{
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(text, &problem);
    if (problem.error != QJsonParseError::NoError) {
        auto failure = failInput(
            QStringLiteral("not-json"), QCoreApplication::translate("Postroom", "The content is not JSON."));
        failure.value().detail = QStringLiteral("%1 at byte %2").arg(problem.errorString()).arg(problem.offset);
        return failure;
    }
    if (!document.isObject())
        return failInput(QStringLiteral("not-an-object"),
            QCoreApplication::translate("Postroom", "The content is not a JSON object."));
    return document.object();
}

std::optional<QString> stringAt(const QJsonObject &object, QLatin1String key)
{
    const QJsonValue value = object.value(key);
    if (!value.isString())
        return std::nullopt;
    return value.toString();
}

std::optional<bool> boolAt(const QJsonObject &object, QLatin1String key)
{
    const QJsonValue value = object.value(key);
    if (!value.isBool())
        return std::nullopt;
    return value.toBool();
}

std::optional<qint64> integerAt(const QJsonObject &object, QLatin1String key)
{
    const QJsonValue value = object.value(key);
    double number = 0;
    if (value.isDouble()) {
        number = value.toDouble();
    } else if (value.isString()) {
        bool ok = false;
        number = value.toString().toDouble(&ok);
        if (!ok)
            return std::nullopt;
    } else {
        return std::nullopt;
    }
    if (!std::isfinite(number) || std::abs(number) > 9007199254740991.0)
        return std::nullopt;
    return static_cast<qint64>(std::floor(number));
}

QStringList stringsAt(const QJsonObject &object, QLatin1String key)
{
    QStringList strings;
    const QJsonArray array = object.value(key).toArray();
    for (const QJsonValue &entry : array) {
        if (entry.isString())
            strings.append(entry.toString());
    }
    return strings;
}

QJsonObject objectAt(const QJsonObject &object, QLatin1String key)
{
    return object.value(key).toObject();
}

std::optional<QDateTime> timeAt(const QJsonObject &object, QLatin1String key)
{
    const auto text = stringAt(object, key);
    return text ? parseTime(*text) : std::nullopt;
}

QString firstString(const QJsonObject &object, std::initializer_list<QLatin1String> keys)
{
    for (const QLatin1String key : keys) {
        const QString value = object.value(key).toString();
        if (!value.isEmpty())
            return value;
    }
    return {};
}

std::optional<QDateTime> parseTime(const QString &rfc3339)
{
    static const QRegularExpression shape(QStringLiteral(
        "\\A(\\d{4}-\\d{2}-\\d{2})[Tt ](\\d{2}:\\d{2}:\\d{2})(?:\\.(\\d{1,12}))?([Zz]|[+-]\\d{2}:\\d{2})\\z"));
    const auto match = shape.match(rfc3339);
    if (!match.hasMatch())
        return std::nullopt;
    // Qt takes three fractional digits; more are cut and fewer filled up.
    const QString millis = match.captured(3).leftJustified(3, QLatin1Char('0')).left(3);
    const QString zone = match.captured(4).toUpper();
    const QDateTime time = QDateTime::fromString(
        match.captured(1) + QLatin1Char('T') + match.captured(2) + QLatin1Char('.') + millis + zone, Qt::ISODateWithMs);
    if (!time.isValid() || time.date().year() <= 1)
        return std::nullopt;
    return time.toUTC();
}

QString formatTime(const QDateTime &time)
{
    return time.isValid() ? time.toUTC().toString(Qt::ISODateWithMs) : QString();
}

void put(QJsonObject &object, QLatin1String key, const QString &value)
{
    if (!value.isEmpty())
        object.insert(key, value);
}

void put(QJsonObject &object, QLatin1String key, const std::optional<QDateTime> &value)
{
    if (value && value->isValid())
        object.insert(key, formatTime(*value));
}

void put(QJsonObject &object, QLatin1String key, const QDateTime &value)
{
    put(object, key, std::optional<QDateTime>(value));
}

void put(QJsonObject &object, QLatin1String key, const std::optional<qint64> &value)
{
    if (value)
        object.insert(key, *value);
}

QByteArray toCompact(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray toIndented(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Indented);
}

} // namespace Postroom
