#include "core/accounts/refusal.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/headers.h"

#include <QJsonDocument>

namespace Postroom
{
namespace
{

using L = QLatin1String;
using Kind = Refusal::Kind;

constexpr qsizetype bodyLimit = 1024 * 1024;
constexpr int mostScopes = 20;

// Compared after folding: lower case, and '_' and '-' as blanks.
QString folded(const QString &text)
{
    QString plain = text.toLower();
    plain.replace(QLatin1Char('_'), QLatin1Char(' '));
    plain.replace(QLatin1Char('-'), QLatin1Char(' '));
    return plain.simplified();
}

bool isOneOf(const QString &text, std::initializer_list<const char *> words)
{
    const QString plain = folded(text);
    return std::any_of(words.begin(), words.end(), [&plain](const char *word) { return plain == L(word); });
}

QStringList scopesIn(const QString &text)
{
    QStringList scopes;
    const QStringList parts = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    for (const QString &scope : parts) {
        if (scopes.size() < mostScopes)
            scopes.append(oneLine(scope, 120));
    }
    return scopes;
}

// What a JSON body says went wrong, as far as it is structured.
struct BodyWords {
    QStringList reasons;
    QString message;
};

BodyWords readWords(const QJsonObject &body)
{
    BodyWords words;
    const QJsonValue error = body.value(L("error"));
    const QJsonObject details = error.toObject();
    words.message = details.value(L("message")).toString();
    if (error.isString()) {
        words.reasons.append(error.toString());
        words.message = firstString(body, {L("error_description"), L("message")});
    }
    const QString type = details.value(L("type")).toString();
    if (!type.isEmpty())
        words.reasons.append(type);
    for (const L list : {L("details"), L("errors")}) {
        const QJsonArray entries = details.value(list).toArray();
        for (const QJsonValue &entry : entries) {
            const QString reason = entry.toObject().value(L("reason")).toString();
            if (!reason.isEmpty() && words.reasons.size() < mostScopes)
                words.reasons.append(reason);
        }
    }
    return words;
}

Kind kindOfReason(const QString &reason, const RefusalWords &words)
{
    const auto listed = [&reason](const QStringList &list) {
        return std::any_of(
            list.cbegin(), list.cend(), [&reason](const QString &word) { return folded(word) == folded(reason); });
    };
    if (listed(words.scopeReasons)
        || isOneOf(reason,
            {"access token scope insufficient", "insufficientpermissions", "insufficient scope",
                "insufficient scopes"}))
        return Kind::Scope;
    if (isOneOf(reason,
            {"ratelimitexceeded", "userratelimitexceeded", "quotaexceeded", "rate limit exceeded", "rate limit error"}))
        return Kind::Limit;
    if (isOneOf(reason,
            {"accessnotconfigured", "service disabled", "domainpolicy", "admin policy enforced", "permission error",
                "permission denied", "forbidden", "access denied"}))
        return Kind::Policy;
    return Kind::None;
}

bool saysScope(const QString &message, const RefusalWords &words)
{
    const QString plain = folded(message);
    const auto holds = [&plain](const QString &phrase) { return plain.contains(folded(phrase)); };
    return plain.contains(L("insufficient authentication scopes")) || plain.contains(L("insufficient scopes"))
        || plain.contains(L("access token scope insufficient"))
        || std::any_of(words.scopeMessages.cbegin(), words.scopeMessages.cend(), holds);
}

QJsonObject bodyOf(const HttpResponse &answer)
{
    if (answer.body.isEmpty() || answer.body.size() > bodyLimit || answer.mediaType() == "text/html")
        return {};
    return parseJsonObject(answer.body).value_or(QJsonObject());
}

Refusal refusalOfBody(const HttpResponse &answer, const RefusalWords &words)
{
    Refusal refusal;
    const BodyWords said = readWords(bodyOf(answer));
    for (const QString &reason : said.reasons) {
        const Kind kind = kindOfReason(reason, words);
        if (kind == Kind::None)
            continue;
        refusal.kind = kind;
        refusal.reason = oneLine(reason, 80);
        return refusal;
    }
    if (said.reasons.isEmpty() && saysScope(said.message, words))
        refusal.kind = Kind::Scope;
    else
        refusal.kind = said.message.isEmpty() && said.reasons.isEmpty() ? Kind::None : Kind::Policy;
    refusal.reason = oneLine(said.message, 120);
    return refusal;
}

// A success that is none: GraphQL tells in the body.
Refusal refusalOfGraphQl(const HttpResponse &answer)
{
    Refusal refusal;
    const QByteArray type = answer.mediaType();
    if ((type != "application/json" && type != "application/graphql-response+json")
        || !answer.body.contains("\"errors\""))
        return refusal;
    const QJsonArray errors = bodyOf(answer).value(L("errors")).toArray();
    for (const QJsonValue &entry : errors) {
        const QString word = entry.toObject().value(L("type")).toString();
        if (!isOneOf(word, {"insufficient scopes", "forbidden"}))
            continue;
        refusal.kind = Kind::Scope;
        refusal.reason = oneLine(word, 80);
    }
    return refusal;
}

} // namespace

Refusal refusalOf(const HttpResponse &answer, const RefusalWords &words)
{
    Refusal refusal;
    if (answer.status == 200)
        return refusalOfGraphQl(answer);
    if (answer.status == 429) {
        refusal.kind = Kind::Limit;
        return refusal;
    }
    if (answer.status != 401 && answer.status != 403)
        return refusal;
    QByteArray joined;
    const QList<QByteArray> values = answer.headerValues("WWW-Authenticate");
    for (const QByteArray &value : values)
        joined += (joined.isEmpty() ? QByteArray() : QByteArrayLiteral(", ")) + value;
    const QList<AuthChallenge> challenges = parseChallenges(joined);

    bool bearer = false;
    for (const AuthChallenge &challenge : challenges) {
        if (challenge.scheme != L("bearer"))
            continue;
        bearer = true;
        const QString code = challenge.parameters.value(QStringLiteral("error")).toLower();
        const QUrl metadata(challenge.parameters.value(QStringLiteral("resource_metadata")), QUrl::StrictMode);
        if (isTrustworthyUrl(metadata))
            refusal.resourceMetadata = metadata;
        if (code.isEmpty())
            continue;
        refusal.reason = oneLine(code, 80);
        if (code == L("insufficient_scope")) {
            refusal.missing = scopesIn(challenge.parameters.value(QStringLiteral("scope")));
            refusal.kind = answer.status == 403 ? Kind::Scope : Kind::Token;
            return refusal;
        }
        if (code == L("insufficient_user_authentication")) {
            refusal.kind = Kind::StepUp;
            refusal.acrValues = oneLine(challenge.parameters.value(QStringLiteral("acr_values")), 200);
            bool ok = false;
            const int age = challenge.parameters.value(QStringLiteral("max_age")).toInt(&ok);
            if (ok && age >= 0)
                refusal.maxAge = std::chrono::seconds(age);
            return refusal;
        }
        // Our request is wrong: the same grant gives no better token.
        if (code == L("invalid_request") || code == L("use_dpop_nonce"))
            return refusal;
    }
    if (answer.status == 403)
        return refusalOfBody(answer, words);
    // Another scheme, or the page of a gateway: not about our token.
    if (bearer || (challenges.isEmpty() && answer.mediaType() != "text/html"))
        refusal.kind = Kind::Token;
    return refusal;
}

} // namespace Postroom
