// The table that says what an answer of a token endpoint means for the credential.
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/headers.h"
#include "core/oauth/tokenanswer.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <array>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr qsizetype bodyLimit = 1024 * 1024;

struct KnownCode {
    const char *code;
    ErrorClass kind;
};

// RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1, RFC 8628 §3.5, RFC 8707 §2, RFC 9449 §8, OpenID Connect Core §3.1.2.6.
constexpr std::array standardCodes{
    KnownCode{"invalid_grant", ErrorClass::Reauth},
    KnownCode{"expired_token", ErrorClass::Reauth},
    KnownCode{"interaction_required", ErrorClass::Reauth},
    KnownCode{"login_required", ErrorClass::Reauth},
    KnownCode{"consent_required", ErrorClass::Reauth},
    KnownCode{"account_selection_required", ErrorClass::Reauth},
    KnownCode{"mfa_required", ErrorClass::Reauth},
    KnownCode{"invalid_client", ErrorClass::Client},
    KnownCode{"unauthorized_client", ErrorClass::Client},
    KnownCode{"invalid_scope", ErrorClass::Scope},
    KnownCode{"invalid_target", ErrorClass::Config},
    KnownCode{"invalid_request", ErrorClass::Config},
    KnownCode{"unsupported_grant_type", ErrorClass::Config},
    KnownCode{"unsupported_response_type", ErrorClass::Config},
    KnownCode{"unsupported_token_type", ErrorClass::Config},
    KnownCode{"use_dpop_nonce", ErrorClass::Config},
    KnownCode{"access_denied", ErrorClass::Policy},
    KnownCode{"temporarily_unavailable", ErrorClass::Server},
    KnownCode{"server_error", ErrorClass::Server},
    KnownCode{"slow_down", ErrorClass::Rate},
    KnownCode{"authorization_pending", ErrorClass::Infra},
};

// What the relay services say in `code`.
constexpr std::array relayCodes{
    KnownCode{"delegation_expired", ErrorClass::Reauth},
    KnownCode{"workspace_token_revoked", ErrorClass::Reauth},
    KnownCode{"invalid_refresh_token", ErrorClass::Reauth},
    KnownCode{"refresh_token_expired", ErrorClass::Reauth},
    KnownCode{"refresh_token_revoked", ErrorClass::Reauth},
    KnownCode{"needs_reauth", ErrorClass::Reauth},
    KnownCode{"scope_insufficient", ErrorClass::Scope},
    KnownCode{"rate_limited", ErrorClass::Rate},
};

QString lowerCode(const QString &text)
{
    // Codes are for scripts: one word, even where a server puts a sentence.
    static const QRegularExpression other(QStringLiteral("[^a-z0-9_.:/-]+"));
    QString code = text.trimmed().toLower().left(64);
    code.replace(other, QStringLiteral("_"));
    return code;
}

// The words of the status line repeated in the body, as many frameworks do: they say nothing about a grant.
bool isStatusPhrase(const QString &text, int status)
{
    static const QStringList phrases
        = QStringLiteral("bad request,unauthorized,forbidden,not found,method not allowed,conflict,gone,"
                         "unprocessable entity,too many requests,internal server error,bad gateway,"
                         "service unavailable,gateway timeout")
              .split(QLatin1Char(','));
    return text == QString::number(status) || phrases.contains(text.trimmed().toLower());
}

// What a body says about itself: the code, and whether it came in the form that the standards know.
struct Verdict {
    QString code;
    bool standardForm = true; // a string in `error`; false: a member of an error object
    QString description;
    QString subtype;
    QString uri;
};

Verdict readVerdict(TokenDialect dialect, const QJsonObject &object, const ProviderProfile &profile, int status)
{
    Verdict verdict;
    const bool relay = dialect != TokenDialect::OAuth;
    const QJsonValue error = object.value(L("error"));
    verdict.description = firstString(object, {L("error_description"), L("message")});
    verdict.subtype = object.value(L("error_subtype")).toString();
    verdict.uri = object.value(L("error_uri")).toString();
    const QString ownCode = object.value(L("code")).toString();
    if (relay && !ownCode.isEmpty()) {
        verdict.code = lowerCode(ownCode);
        if (verdict.description.isEmpty())
            verdict.description = error.toString();
        return verdict;
    }
    if (error.isString()) {
        const QString text = error.toString();
        if (!isStatusPhrase(text, status) || (relay && status == 401))
            verdict.code = lowerCode(text);
        return verdict;
    }
    const QJsonObject details = error.toObject();
    verdict.standardForm = false;
    if (verdict.description.isEmpty())
        verdict.description = details.value(L("message")).toString();
    for (const L key : {L("code"), L("type"), L("status"), L("message")}) {
        const QJsonValue value = details.value(key);
        const QString code = lowerCode(value.isDouble() ? QString::number(value.toDouble()) : value.toString());
        if (code.isEmpty())
            continue;
        if (verdict.code.isEmpty())
            verdict.code = code;
        if (profile.errorCodes.contains(code)) {
            verdict.code = code;
            break;
        }
    }
    return verdict;
}

// Who stands in front of the server and may have answered in its place.
QString frontEndOf(const HttpResponse &answer)
{
    const QByteArray server = answer.header("Server").toLower();
    if (!answer.header("CF-Ray").isEmpty() || server.contains("cloudflare"))
        return QStringLiteral("Cloudflare");
    if (server.contains("akamai") || !answer.header("X-Akamai-Request-ID").isEmpty()
        || !answer.header("Akamai-GRN").isEmpty())
        return QStringLiteral("Akamai");
    if (!answer.header("X-Sucuri-ID").isEmpty())
        return QStringLiteral("Sucuri");
    if (server.contains("imperva") || !answer.header("X-Iinfo").isEmpty())
        return QStringLiteral("Imperva");
    for (const HttpHeader &header : answer.headers) {
        if (header.name.toLower().startsWith("x-amzn-waf-"))
            return QStringLiteral("AWS WAF");
    }
    return {};
}

// Server text for the details: one line, and nothing in it that could be a token.
QString harmless(const QString &text)
{
    static const QRegularExpression opaque(QStringLiteral("[A-Za-z0-9_~+/=-]{24,}"));
    QString shown = redacted(oneLine(text, 160));
    return shown.replace(opaque, QStringLiteral("***"));
}

QString detailOf(const HttpResponse &answer, const TokenBody &body, const Verdict &verdict)
{
    QStringList parts{QStringLiteral("HTTP %1").arg(answer.status)};
    const QString type = oneLine(QString::fromLatin1(answer.mediaType()), 60);
    parts.append(answer.body.isEmpty() ? QStringLiteral("empty body")
                                       : QStringLiteral("%1, %2 bytes")
                                             .arg(type.isEmpty() ? QStringLiteral("no type") : type)
                                             .arg(answer.body.size()));
    const QString frontEnd = frontEndOf(answer);
    if (!frontEnd.isEmpty())
        parts.append(QStringLiteral("through %1").arg(frontEnd));
    if (body.kind == TokenBody::Kind::Object && !body.labelledHtml) {
        if (!verdict.code.isEmpty())
            parts.append(QStringLiteral("code %1").arg(harmless(verdict.code)));
        if (!verdict.subtype.isEmpty())
            parts.append(QStringLiteral("subtype %1").arg(harmless(verdict.subtype)));
        if (!verdict.description.isEmpty())
            parts.append(QStringLiteral("“%1”").arg(harmless(verdict.description)));
        if (verdict.uri.startsWith(L("https://")))
            parts.append(harmless(verdict.uri));
    }
    if (answer.status >= 300 && answer.status < 400)
        parts.append(QStringLiteral("to %1").arg(harmless(QUrl::fromEncoded(answer.header("Location")).host())));
    return oneLine(parts.join(QStringLiteral(", ")), 400);
}

struct Judgement {
    ErrorClass kind = ErrorClass::Infra;
    QString code;
    bool confirmed = true;
};

Judgement judgement(ErrorClass kind, const char *code)
{
    return {kind, QString::fromLatin1(code), true};
}

// B: 429 and 5xx. The status decides, whatever the body says.
std::optional<Judgement> judgeTrouble(int status)
{
    if (status == 429)
        return judgement(ErrorClass::Rate, "too-many-requests");
    if (status == 511)
        return judgement(ErrorClass::NetSec, "captive-portal");
    if (status == 529)
        return judgement(ErrorClass::Server, "overloaded");
    if (status == 501 || status == 505)
        return judgement(ErrorClass::Server, "not-implemented");
    if (status >= 500)
        return judgement(ErrorClass::Server, "server-trouble");
    if (status == 407)
        return judgement(ErrorClass::NetSec, "proxy-auth");
    return std::nullopt;
}

// C: a code. Wins over every number that is left.
std::optional<Judgement> judgeCode(
    TokenDialect dialect, const Verdict &verdict, const ProviderProfile &profile, int status)
{
    if (verdict.code.isEmpty())
        return std::nullopt;
    if (const auto mapped = profile.errorCodes.constFind(verdict.code); mapped != profile.errorCodes.cend())
        return Judgement{*mapped, verdict.code, verdict.standardForm || *mapped != ErrorClass::Reauth};
    if (!verdict.standardForm)
        return std::nullopt;
    if (const auto known = classOfTokenCode(dialect, verdict.code)) {
        // An organisation that wants people to sign in again every day says it in the subtype.
        const bool adminSession = verdict.code == L("invalid_grant") && verdict.subtype == L("invalid_rapt");
        return Judgement{*known, adminSession ? QStringLiteral("invalid_rapt") : verdict.code, true};
    }
    if (status == 400 || status == 401 || status == 403 || (status >= 200 && status < 300))
        return Judgement{ErrorClass::Reauth, verdict.code, false};
    return std::nullopt;
}

bool leadsElsewhere(const HttpResponse &answer)
{
    const QUrl target = answer.url.resolved(QUrl::fromEncoded(answer.header("Location")));
    return !target.host().isEmpty() && target.host().compare(answer.url.host(), Qt::CaseInsensitive) != 0;
}

// D: no verdict. Nothing here ends a sign-in.
Judgement judgeStatus(const HttpResponse &answer, const TokenBody &body)
{
    switch (answer.status) {
    case 402:
        return judgement(ErrorClass::Policy, "payment-required");
    case 403:
        return judgement(ErrorClass::Infra, frontEndOf(answer).isEmpty() ? "no-verdict" : "waf");
    case 404:
    case 405:
    case 410:
        return judgement(ErrorClass::Infra, "endpoint-not-found");
    case 408:
        return judgement(ErrorClass::Ambiguous, "request-timeout");
    case 413:
    case 414:
    case 431:
        return judgement(ErrorClass::Config, "request-too-large");
    case 421:
        return judgement(ErrorClass::Infra, "misdirected");
    case 425:
        return judgement(ErrorClass::Net, "too-early");
    case 451:
        return judgement(ErrorClass::Policy, "legal");
    default:
        break;
    }
    if (answer.isSuccess())
        return judgement(
            ErrorClass::Ambiguous, body.kind == TokenBody::Kind::Html ? "unexpected-page" : "unexpected-answer");
    if (answer.status >= 300 && answer.status < 400)
        return judgement(ErrorClass::Infra, leadsElsewhere(answer) ? "redirected-elsewhere" : "redirected");
    return judgement(ErrorClass::Infra, "no-verdict");
}

Failure assemble(const Judgement &judged, const HttpResponse &answer, const TokenBody &body, const Verdict &verdict,
    const QString &host, const QDateTime &now)
{
    Error error;
    error.origin = Origin::Token;
    error.kind = judged.kind;
    error.code = judged.code;
    error.status = answer.status;
    error.requestId = answer.requestId;
    error.detail = detailOf(answer, body, verdict);
    const bool mayPass = error.isTransient() && !answer.isSuccess() && answer.status != 407 && answer.status != 511;
    const auto pause = mayPass ? parseRetryAfter(answer.header("Retry-After"), answer.date, now) : std::nullopt;
    if (pause) {
        error.retryAt = now.addSecs(pause->count());
        // Whoever names a time is obeyed as one who limits the rate.
        if (error.kind == ErrorClass::Server || error.kind == ErrorClass::Infra) {
            error.kind = ErrorClass::Rate;
            if (error.code == L("server-trouble") || error.code == L("overloaded") || error.code == L("no-verdict"))
                error.code = QStringLiteral("retry-later");
        }
    }
    describeTokenError(&error, host);
    return Failure(std::move(error));
}

std::optional<std::chrono::seconds> readInterval(const QJsonObject &object)
{
    const auto seconds = integerAt(object, L("interval"));
    if (!seconds || *seconds < 1 || *seconds > 600)
        return std::nullopt;
    return std::chrono::seconds(*seconds);
}

} // namespace

std::optional<ErrorClass> classOfTokenCode(TokenDialect dialect, const QString &code)
{
    const auto matches = [&code](const KnownCode &known) { return code == L(known.code); };
    if (const auto *known = std::find_if(standardCodes.begin(), standardCodes.end(), matches);
        known != standardCodes.end())
        return known->kind;
    if (dialect == TokenDialect::OAuth)
        return std::nullopt;
    if (const auto *known = std::find_if(relayCodes.begin(), relayCodes.end(), matches); known != relayCodes.end())
        return known->kind;
    return std::nullopt;
}

Result<TokenSet> judgeTokenAnswer(TokenDialect dialect, const HttpResponse &answer, const ProviderProfile &profile,
    const QString &host, const QDateTime &now, TokenAside *aside)
{
    TokenAside unused;
    TokenAside &side = aside ? *aside : unused;
    side = {};
    TokenBody body;
    Verdict verdict;
    const auto fail = [&](const Judgement &judged) {
        side.confirmed = judged.confirmed;
        return assemble(judged, answer, body, verdict, host, now);
    };

    if (answer.body.size() > bodyLimit)
        return fail(judgeTrouble(answer.status).value_or(judgement(ErrorClass::Infra, "answer-too-large")));
    body = readTokenBody(answer);
    // A page is never a verdict, whatever words are in it.
    const bool codesCount = body.kind == TokenBody::Kind::Object && !body.labelledHtml;
    if (codesCount) {
        verdict = readVerdict(dialect, body.object, profile, answer.status);
        side.interval = readInterval(body.object);
    }
    if (const auto trouble = judgeTrouble(answer.status))
        return fail(*trouble);

    if (answer.isSuccess() && body.kind == TokenBody::Kind::Object) {
        if (auto tokens = readTokens(dialect, body.object, profile, answer.date, now)) {
            const QJsonValue type = body.object.value(L("token_type"));
            if (type.isString() && !type.toString().isEmpty()
                && type.toString().compare(L("bearer"), Qt::CaseInsensitive) != 0)
                return fail(judgement(ErrorClass::Config, "unsupported-token-type"));
            return std::move(*tokens);
        }
        side.candidateRefreshToken = readStrayRefreshToken(body.object);
    }
    if (const auto coded = judgeCode(dialect, verdict, profile, answer.status))
        return fail(*coded);
    return fail(judgeStatus(answer, body));
}

} // namespace Postroom
