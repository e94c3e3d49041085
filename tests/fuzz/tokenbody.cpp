// An answer of a token endpoint, written as "STATUS DIALECT", header lines, an empty line and the body. The word
// @SECRET in the body stands for a token that no error may repeat.
#include "core/http/headers.h"
#include "core/oauth/tokenanswer.h"
#include "tests/fuzz/fuzztargets.h"

#include <algorithm>

namespace Postroom::Fuzz
{
namespace
{

const QByteArray secret = "Zk3vQ9xT2mB7pL5wR8sN1cY6hD4fJ0gAeUiOoPqXyVz";
const QDateTime now(QDate(2025, 12, 31), QTime(23, 0), Qt::UTC);
constexpr qint64 tenYears = 10LL * 365 * 24 * 3600;

HttpResponse readAnswer(const QByteArray &input, TokenDialect *dialect)
{
    QByteArray rest = input;
    const QList<QByteArray> words = takeLine(&rest).split(' ');
    HttpResponse answer;
    answer.status = std::clamp(words.value(0).toInt(), 100, 999);
    *dialect = words.value(1) == "cloud" ? TokenDialect::RelayfileCloud
        : words.value(1) == "relay"      ? TokenDialect::RelayAuth
                                         : TokenDialect::OAuth;
    while (!rest.isEmpty()) {
        const QByteArray line = takeLine(&rest);
        const qsizetype colon = line.indexOf(':');
        if (colon <= 0)
            break;
        answer.headers.append({line.left(colon), line.mid(colon + 1).trimmed()});
    }
    answer.date = parseHttpDate(answer.header("Date"));
    answer.body = rest.replace("@SECRET", secret);
    return answer;
}

ProviderProfile testProfile()
{
    ProviderProfile profile;
    profile.id = QStringLiteral("fuzz");
    profile.issuer = QUrl(QStringLiteral("https://auth.example.com"));
    profile.clientId = QStringLiteral("postroom");
    profile.apiHosts = {QStringLiteral("api.example.com")};
    profile.errorCodes = {{QStringLiteral("authentication_error"), ErrorClass::Reauth},
        {QStringLiteral("permission_error"), ErrorClass::Policy}};
    return profile;
}

bool fitsInHeader(const Secret &token)
{
    const QByteArray bytes = token.reveal();
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

void checkTokens(const HttpResponse &answer, const TokenSet &tokens)
{
    require(answer.isSuccess(), "tokens come from a 2xx only");
    require(answer.body.size() <= 1024 * 1024, "tokens come from at most 1 MiB");
    require(!tokens.accessToken.isEmpty(), "accepted tokens hold an access token");
    require(fitsInHeader(tokens.accessToken) && fitsInHeader(tokens.refreshToken), "a token fits in a header");
    require(tokens.obtainedAt == now, "obtained now");
    require(tokens.expiresAt.isValid() && tokens.expiresAt >= now, "an expiry is never in the past");
    require(!tokens.expiryAssumed || tokens.expiresAt == now.addSecs(3600), "an assumed hour is an hour");
    require(!tokens.scopes || !tokens.scopes->isEmpty(), "an empty list of scopes says nothing");
    require(isOneLine(tokens.subject) && isOneLine(tokens.displayName), "names are one line");
    require(tokens.apiUrl.isEmpty() || isTrustworthyUrl(QUrl(tokens.apiUrl)), "an API base is encrypted");
}

void checkReauth(TokenDialect dialect, const HttpResponse &answer, const ProviderProfile &profile, const Error &error,
    const TokenAside &aside)
{
    const TokenBody body = readTokenBody(answer);
    const QByteArray type = answer.mediaType();
    require(type != "text/html" && type != "application/xhtml+xml", "a page is no verdict");
    require(body.kind == TokenBody::Kind::Object, "only a structured body is a verdict");
    require(answer.status < 500 && answer.status != 429 && answer.status != 407, "trouble is no verdict");
    require(!error.retryAt, "an end names no next try");
    const bool known = classOfTokenCode(dialect, error.code) == ErrorClass::Reauth
        || profile.errorCodes.value(error.code, ErrorClass::Ok) == ErrorClass::Reauth
        || error.code == QLatin1String("invalid_rapt");
    require(known || !aside.confirmed, "a code that nobody knows has to come twice");
}

void checkError(const Error &error)
{
    require(error.origin == Origin::Token, "the origin is the token endpoint");
    require(error.kind != ErrorClass::Ok && error.kind != ErrorClass::Cancel && error.kind != ErrorClass::Store,
        "a server says nothing about our side");
    require(!error.code.isEmpty() && error.code.size() <= 64 && error.code == error.code.toLower(), "codes are short");
    require(isOneLine(error.code) && !error.code.contains(QLatin1Char(' ')), "codes are one word");
    require(!error.message.isEmpty() && isOneLine(error.message) && isOneLine(error.next), "a sentence is one line");
    require(isOneLine(error.detail) && error.detail.size() <= 400, "the detail is one short line");
    const QString hidden = QString::fromLatin1(secret);
    require(!error.detail.contains(hidden) && !error.message.contains(hidden) && !error.next.contains(hidden),
        "no error repeats a token");
    if (error.retryAt) {
        require(error.isTransient(), "only what passes names a next try");
        require(*error.retryAt > now && *error.retryAt <= now.addSecs(tenYears), "the next try is ahead");
    }
}

} // namespace

void tokenBody(const QByteArray &input)
{
    static const ProviderProfile profile = testProfile();
    static const QString host = QStringLiteral("auth.example.com");
    TokenDialect dialect = TokenDialect::OAuth;
    const HttpResponse answer = readAnswer(input, &dialect);
    TokenAside aside;
    const auto judged = judgeTokenAnswer(dialect, answer, profile, host, now, &aside);
    require(fitsInHeader(aside.candidateRefreshToken), "a stray refresh token fits in a header");
    require(!aside.interval || (aside.interval->count() >= 1 && aside.interval->count() <= 600), "an interval is sane");
    if (judged) {
        checkTokens(answer, *judged);
        require(aside.candidateRefreshToken.isEmpty(), "with tokens nothing is left over");
    } else {
        checkError(judged.error());
        if (judged.error().kind == ErrorClass::Reauth)
            checkReauth(dialect, answer, profile, judged.error(), aside);
        require(aside.confirmed || judged.error().kind == ErrorClass::Reauth, "only an end wants to be confirmed");
    }
    const auto again = judgeTokenAnswer(dialect, answer, profile, host, now);
    require(again.has_value() == judged.has_value(), "the same answer means the same");
    if (judged)
        require(again->accessToken == judged->accessToken && again->expiresAt == judged->expiresAt, "the same tokens");
    else
        require(again.error().code == judged.error().code && again.error().kind == judged.error().kind, "the same end");
}

} // namespace Postroom::Fuzz
