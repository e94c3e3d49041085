#include "core/accounts/credential.h"

#include "core/base/json.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

constexpr int credentialVersion = 1;

Failure failCorrupt(const QString &detail)
{
    Error error;
    error.origin = Origin::Storage;
    error.kind = ErrorClass::Store;
    error.code = QStringLiteral("corrupt");
    error.message = QCoreApplication::translate("Postroom", "The saved sign-in cannot be read.");
    error.detail = detail;
    return Failure(error);
}

void putSecret(QJsonObject &object, QLatin1String key, const Secret &secret)
{
    if (!secret.isEmpty())
        object.insert(key, QString::fromUtf8(secret.reveal()));
}

Secret secretAt(const QJsonObject &object, QLatin1String key)
{
    const QString text = object.value(key).toString();
    return text.isEmpty() ? Secret() : Secret(text);
}

} // namespace

Secret encodeCredential(const Credential &credential)
{
    QJsonObject object;
    object.insert(QLatin1String("v"), credentialVersion);
    object.insert(QLatin1String("gen"), static_cast<qint64>(credential.generation));
    object.insert(QLatin1String("epoch"), static_cast<qint64>(credential.grantEpoch));
    putSecret(object, QLatin1String("at"), credential.accessToken);
    putSecret(object, QLatin1String("rt"), credential.refreshToken);
    putSecret(object, QLatin1String("rt0"), credential.olderRefreshToken);
    putSecret(object, QLatin1String("cs"), credential.clientSecret);
    put(object, QLatin1String("csexp"), credential.clientSecretExpiresAt);
    putSecret(object, QLatin1String("rat"), credential.registrationAccessToken);
    put(object, QLatin1String("rcu"), credential.registrationClientUri.toString(QUrl::FullyEncoded));
    if (credential.expiryAssumed)
        object.insert(QLatin1String("assumed"), true);
    put(object, QLatin1String("obt"), credential.obtainedAt);
    put(object, QLatin1String("exp"), credential.expiresAt);
    put(object, QLatin1String("api"), credential.apiUrl);
    if (!credential.scopes.isEmpty())
        object.insert(QLatin1String("scope"), QJsonArray::fromStringList(credential.scopes));
    return Secret(toCompact(object));
}

Result<Credential> decodeCredential(const Secret &value)
{
    const auto object = parseJsonObject(value.reveal());
    if (!object)
        return failCorrupt(object.error().detail);
    // A higher version may mean fields that we would lose when we save: such an entry is not ours to use.
    if (integerAt(*object, QLatin1String("v")) != credentialVersion)
        return failCorrupt(QStringLiteral("version"));
    Credential credential;
    credential.generation
        = static_cast<quint64>(std::max<qint64>(0, integerAt(*object, QLatin1String("gen")).value_or(0)));
    credential.grantEpoch
        = static_cast<quint64>(std::max<qint64>(0, integerAt(*object, QLatin1String("epoch")).value_or(0)));
    credential.accessToken = secretAt(*object, QLatin1String("at"));
    credential.refreshToken = secretAt(*object, QLatin1String("rt"));
    credential.olderRefreshToken = secretAt(*object, QLatin1String("rt0"));
    credential.clientSecret = secretAt(*object, QLatin1String("cs"));
    credential.clientSecretExpiresAt = timeAt(*object, QLatin1String("csexp")).value_or(QDateTime());
    credential.registrationAccessToken = secretAt(*object, QLatin1String("rat"));
    credential.registrationClientUri = QUrl(object->value(QLatin1String("rcu")).toString(), QUrl::StrictMode);
    credential.expiryAssumed = boolAt(*object, QLatin1String("assumed")).value_or(false);
    credential.obtainedAt = timeAt(*object, QLatin1String("obt")).value_or(QDateTime());
    credential.expiresAt = timeAt(*object, QLatin1String("exp")).value_or(QDateTime());
    credential.apiUrl = object->value(QLatin1String("api")).toString();
    credential.scopes = stringsAt(*object, QLatin1String("scope"));
    if (credential.accessToken.isEmpty() && credential.refreshToken.isEmpty())
        return failCorrupt(QStringLiteral("no token"));
    return credential;
}

} // namespace Postroom
