#include "core/accounts/claims.h"

#include "core/base/json.h"

#include <QRegularExpression>

namespace Postroom
{

QJsonObject readClaims(const Secret &token)
{
    constexpr qsizetype largest = 64 * 1024;
    const QByteArray bytes = token.reveal();
    if (bytes.size() > largest)
        return {};
    // A relay_xx_ prefix sits in the first part, which is not looked at.
    const QList<QByteArray> parts = bytes.split('.');
    if (parts.size() != 3)
        return {};
    const auto payload = QByteArray::fromBase64Encoding(
        parts.at(1), QByteArray::Base64UrlEncoding | QByteArray::AbortOnBase64DecodingErrors);
    if (payload.decodingStatus != QByteArray::Base64DecodingStatus::Ok)
        return {};
    return parseJsonObject(payload.decoded).value_or(QJsonObject());
}

std::optional<QDateTime> timeClaim(const QJsonObject &claims, QLatin1String key)
{
    constexpr qint64 latest = 253402300799; // the end of the year 9999
    if (!claims.value(key).isDouble())
        return std::nullopt;
    const auto seconds = integerAt(claims, key);
    if (!seconds || *seconds <= 0 || *seconds > latest)
        return std::nullopt;
    return QDateTime::fromSecsSinceEpoch(*seconds, Qt::UTC);
}

QStringList scopesClaim(const QJsonObject &claims)
{
    static const QRegularExpression gap(QStringLiteral("[\\s,]+"));
    for (const QLatin1String key : {QLatin1String("scopes"), QLatin1String("scope")}) {
        const QStringList list = stringsAt(claims, key);
        if (!list.isEmpty())
            return list;
        const QStringList words = claims.value(key).toString().split(gap, Qt::SkipEmptyParts);
        if (!words.isEmpty())
            return words;
    }
    return {};
}

} // namespace Postroom
