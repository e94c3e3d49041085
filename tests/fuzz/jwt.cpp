// A JSON web token, or the claims of one where the input starts with a brace.
#include "core/accounts/claims.h"
#include "core/oauth/identity.h"
#include "tests/fuzz/fuzztargets.h"

#include <algorithm>

namespace Postroom::Fuzz
{

void jwt(const QByteArray &input)
{
    QByteArray token = input;
    if (input.startsWith('{'))
        token = "eyJhbGciOiJSUzI1NiJ9." + input.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals)
            + ".c2ln";
    const QJsonObject claims = readClaims(Secret(token));
    require(claims.isEmpty() || token.count('.') == 2, "a token has three parts");
    for (const QLatin1String key : {QLatin1String("exp"), QLatin1String("iat"), QLatin1String("nbf")}) {
        const auto time = timeClaim(claims, key);
        require(!time || (time->isValid() && time->timeSpec() == Qt::UTC && time->date().year() <= 9999),
            "a time is in this calendar");
        require(!time || claims.value(key).isDouble(), "a time is a number");
    }
    const QStringList scopes = scopesClaim(claims);
    require(scopes.isEmpty() || claims.contains(QLatin1String("scope")) || claims.contains(QLatin1String("scopes")),
        "scopes come from their claim");

    static const QUrl issuer(QStringLiteral("https://auth.example.com"));
    static const QString client = QStringLiteral("postroom");
    const QString text = QString::fromLatin1(token);
    const auto strict = readIdToken(text, issuer, client);
    const auto loose = readIdToken(text, QUrl(), QString());
    require(!strict || loose, "who passes the comparison passes without it");
    for (const auto &identity : {strict, loose}) {
        if (!identity)
            continue;
        require(!identity->subject.isEmpty() && identity->subject.size() <= 255, "a subject is a short name");
        require(isOneLine(identity->subject) && isOneLine(identity->displayName), "names are one line");
        require(identity->displayName.size() <= 120, "a name to show is short");
    }
    if (strict) {
        require(isSameIssuer(claims.value(QLatin1String("iss")).toString(), issuer), "an id token is of its issuer");
        require(claims.contains(QLatin1String("aud")), "an id token is for somebody");
    }
}

} // namespace Postroom::Fuzz
