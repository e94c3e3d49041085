#include "core/accounts/refusal.h"

#include "core/http/headers.h"

namespace Postroom
{

Refusal refusalOf(const HttpResponse &answer)
{
    if (answer.status != 401 && answer.status != 403)
        return Refusal::None;
    QByteArray joined;
    const QList<QByteArray> values = answer.headerValues("WWW-Authenticate");
    for (const QByteArray &value : values)
        joined += (joined.isEmpty() ? QByteArray() : QByteArrayLiteral(", ")) + value;
    const QList<AuthChallenge> challenges = parseChallenges(joined);

    bool bearer = false;
    for (const AuthChallenge &challenge : challenges) {
        if (challenge.scheme != QLatin1String("bearer"))
            continue;
        bearer = true;
        const QString code = challenge.parameters.value(QStringLiteral("error")).toLower();
        if (code == QLatin1String("insufficient_scope"))
            return answer.status == 403 ? Refusal::Scope : Refusal::Token;
        // A stronger sign-in is wanted, or our request is wrong: the same grant gives no better token.
        if (code == QLatin1String("insufficient_user_authentication") || code == QLatin1String("invalid_request")
            || code == QLatin1String("use_dpop_nonce"))
            return Refusal::None;
    }
    if (answer.status != 401)
        return Refusal::None;
    if (bearer)
        return Refusal::Token;
    // Another scheme, or the page of a gateway: not about our token.
    return challenges.isEmpty() && answer.mediaType() != "text/html" ? Refusal::Token : Refusal::None;
}

} // namespace Postroom
