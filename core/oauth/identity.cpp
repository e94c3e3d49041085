#include "core/oauth/identity.h"

#include "core/base/json.h"
#include "core/base/text.h"

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr qsizetype idTokenLimit = 64 * 1024;
constexpr qsizetype subjectLimit = 255; // OpenID Connect Core §2

QString withoutSlash(QString text)
{
    while (text.endsWith(QLatin1Char('/')))
        text.chop(1);
    return text;
}

bool isFor(const QJsonValue &audience, const QString &clientId)
{
    if (audience.isString())
        return audience.toString() == clientId;
    const QJsonArray several = audience.toArray();
    return std::any_of(
        several.begin(), several.end(), [&clientId](const QJsonValue &one) { return one.toString() == clientId; });
}

} // namespace

bool isSameIssuer(const QString &a, const QUrl &b)
{
    return !a.isEmpty()
        && (a == b.toString(QUrl::FullyEncoded) || withoutSlash(a) == withoutSlash(b.toString(QUrl::FullyEncoded)));
}

std::optional<Identity> readIdToken(const QString &token, const QUrl &issuer, const QString &clientId)
{
    const QStringList parts = token.size() <= idTokenLimit ? token.split(QLatin1Char('.')) : QStringList();
    if (parts.size() != 3)
        return std::nullopt;
    const auto payload = QByteArray::fromBase64Encoding(
        parts.at(1).toLatin1(), QByteArray::Base64UrlEncoding | QByteArray::AbortOnBase64DecodingErrors);
    if (!payload)
        return std::nullopt;
    const auto claims = parseJsonObject(*payload);
    if (!claims)
        return std::nullopt;
    if (!issuer.isEmpty() && !isSameIssuer(claims->value(L("iss")).toString(), issuer))
        return std::nullopt;
    if (!clientId.isEmpty() && !isFor(claims->value(L("aud")), clientId))
        return std::nullopt;
    if (claims->value(L("sub")).toString().isEmpty())
        return std::nullopt;
    return readIdentity(*claims);
}

std::optional<Identity> readIdentity(const QJsonObject &claims)
{
    Identity identity;
    identity.subject = firstString(claims, {L("sub"), L("userId"), L("user_id"), L("id")});
    if (identity.subject.isEmpty()) {
        // GitHub's id is a number.
        if (const auto number = claims.value(L("id")).isDouble() ? integerAt(claims, L("id")) : std::nullopt)
            identity.subject = QString::number(*number);
    }
    // A text that cannot be one line is no name for anybody.
    if (identity.subject.isEmpty() || identity.subject.size() > subjectLimit
        || oneLine(identity.subject, subjectLimit) != identity.subject)
        return std::nullopt;
    identity.displayName = oneLine(
        firstString(claims, {L("email"), L("name"), L("preferred_username"), L("login"), L("username")}), 120);
    return identity;
}

} // namespace Postroom
