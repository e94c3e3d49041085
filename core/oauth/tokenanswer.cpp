#include "core/oauth/tokenanswer.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/oauth/identity.h"

#include <QUrlQuery>
#include <cmath>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr qint64 assumedLifetime = 3600;
constexpr int scopeLimit = 500;
constexpr double longestLifetime = 10.0 * 365 * 24 * 3600;

QByteArray withoutMark(const QByteArray &body)
{
    return (body.startsWith("\xEF\xBB\xBF") ? body.mid(3) : body).trimmed();
}

std::optional<QJsonObject> readForm(const QByteArray &body)
{
    QByteArray text = body;
    text.replace('+', ' ');
    QJsonObject object;
    const auto items = QUrlQuery(QString::fromUtf8(text)).queryItems(QUrl::FullyDecoded);
    for (const auto &[key, value] : items) {
        if (!object.contains(key))
            object.insert(key, value);
    }
    if (!object.contains(L("access_token")) && !object.contains(L("error")))
        return std::nullopt;
    return object;
}

// RFC 6749 appendix A.12. What is not visible ASCII would not survive in a header, or would break it.
bool isUsableToken(const QString &token)
{
    return !token.isEmpty()
        && std::all_of(token.begin(), token.end(), [](QChar c) { return c.unicode() >= 0x20 && c.unicode() <= 0x7e; });
}

struct Lifetime {
    double seconds = static_cast<double>(assumedLifetime);
    bool assumed = true;
};

// expires_in as servers really send it: a number, a text, a fraction, a moment in seconds or milliseconds, nonsense.
Lifetime readLifetime(const QJsonValue &value, const QDateTime &serverNow)
{
    bool ok = value.isDouble();
    double number = value.toDouble();
    if (value.isString())
        number = value.toString().trimmed().toDouble(&ok);
    if (!ok || !std::isfinite(number))
        return {};
    if (number <= 0)
        return {0, false};
    const double now = static_cast<double>(serverNow.toMSecsSinceEpoch()) / 1000;
    if (number > 1e9) {
        for (const double moment : {number, number / 1000}) {
            if (moment > now && moment - now <= longestLifetime)
                return {std::floor(moment - now), false};
        }
        return {};
    }
    if (number > longestLifetime)
        return {};
    return {std::floor(number), false};
}

void readTimes(TokenDialect dialect, const QJsonObject &object, const std::optional<QDateTime> &serverNow,
    const QDateTime &now, TokenSet *tokens)
{
    const QDateTime server = serverNow.value_or(now);
    tokens->obtainedAt = now;
    Lifetime lifetime;
    if (dialect == TokenDialect::OAuth) {
        lifetime = readLifetime(object.value(L("expires_in")), server);
        for (const L key : {L("refresh_token_expires_in"), L("refresh_expires_in")}) {
            const Lifetime refresh = readLifetime(object.value(key), server);
            // Some servers say 0 for "does not end".
            if (!refresh.assumed && refresh.seconds > 0) {
                tokens->refreshExpiresAt = now.addSecs(static_cast<qint64>(refresh.seconds));
                break;
            }
        }
    } else {
        const auto moment = [&object, &server, &now](std::initializer_list<L> keys) -> std::optional<QDateTime> {
            const auto time = parseTime(firstString(object, keys));
            return time ? std::optional(now.addMSecs(server.msecsTo(*time))) : std::nullopt;
        };
        const auto access = moment({L("accessTokenExpiresAt"), L("access_token_expires_at")});
        if (access)
            lifetime = {std::max(0.0, static_cast<double>(now.msecsTo(*access)) / 1000), false};
        else
            lifetime = readLifetime(object.value(L("expires_in")), server);
        tokens->refreshExpiresAt = moment({L("refreshTokenExpiresAt"), L("refresh_token_expires_at")});
        const auto end = moment({L("delegationNotAfter")});
        if (end && (!tokens->refreshExpiresAt || *end < *tokens->refreshExpiresAt))
            tokens->refreshExpiresAt = end;
    }
    tokens->expiresAt = now.addMSecs(static_cast<qint64>(lifetime.seconds * 1000));
    tokens->expiryAssumed = lifetime.assumed;
}

// GitHub puts commas between scopes. They are allowed inside of one, so they part only what a profile without such
// scopes asked for.
bool partsByComma(const ProviderProfile &profile)
{
    const auto hasComma = [](const QString &scope) { return scope.contains(QLatin1Char(',')); };
    return std::none_of(profile.defaultScopes.begin(), profile.defaultScopes.end(), hasComma)
        && std::none_of(profile.offeredScopes.begin(), profile.offeredScopes.end(),
            [&hasComma](const OfferedScope &offered) { return hasComma(offered.scope); });
}

std::optional<QStringList> readScopes(const QJsonValue &value, const ProviderProfile &profile)
{
    QStringList scopes;
    if (value.isString()) {
        QString text = value.toString();
        if (partsByComma(profile))
            text.replace(QLatin1Char(','), QLatin1Char(' '));
        scopes = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    }
    for (const QJsonValue &entry : value.toArray()) {
        if (entry.isString())
            scopes.append(entry.toString());
    }
    // They are shown, kept and sent again. RFC 6749 §3.3 allows visible characters alone.
    const auto isWrong = [](const QString &scope) { return scope.isEmpty() || scope != oneLine(scope, scopeLimit); };
    scopes.erase(std::remove_if(scopes.begin(), scopes.end(), isWrong), scopes.end());
    // Empty says nothing; RFC 6749 §5.1 knows only the list or its absence.
    return scopes.isEmpty() ? std::nullopt : std::optional(scopes);
}

} // namespace

TokenBody readTokenBody(const HttpResponse &answer)
{
    TokenBody body;
    const QByteArray type = answer.mediaType();
    body.labelledHtml = type == "text/html" || type == "application/xhtml+xml";
    const QByteArray text = withoutMark(answer.body);
    if (text.isEmpty()) {
        body.kind = TokenBody::Kind::Empty;
        return body;
    }
    if (auto object = parseJsonObject(text)) {
        body.kind = TokenBody::Kind::Object;
        body.object = *object;
        return body;
    }
    if (type == "application/x-www-form-urlencoded" || type == "text/plain") {
        if (auto object = readForm(text)) {
            body.kind = TokenBody::Kind::Object;
            body.object = *object;
            return body;
        }
    }
    body.kind = body.labelledHtml || text.startsWith('<') ? TokenBody::Kind::Html : TokenBody::Kind::Unreadable;
    return body;
}

std::optional<TokenSet> readTokens(TokenDialect dialect, const QJsonObject &object, const ProviderProfile &profile,
    const std::optional<QDateTime> &serverNow, const QDateTime &now)
{
    const bool relay = dialect != TokenDialect::OAuth;
    const QString access = relay ? firstString(object, {L("accessToken"), L("access_token")})
                                 : object.value(L("access_token")).toString();
    if (!isUsableToken(access))
        return std::nullopt;
    TokenSet tokens;
    tokens.accessToken = Secret(access);
    tokens.refreshToken = readStrayRefreshToken(object);
    readTimes(dialect, object, serverNow, now, &tokens);
    tokens.scopes = readScopes(object.value(relay && object.contains(L("scopes")) ? L("scopes") : L("scope")), profile);
    if (dialect == TokenDialect::RelayfileCloud)
        tokens.apiUrl = acceptedApiUrl(profile, firstString(object, {L("apiUrl"), L("api_url")}));
    if (dialect == TokenDialect::OAuth) {
        if (const auto identity
            = readIdToken(object.value(L("id_token")).toString(), profile.tokenIssuer(), profile.clientId)) {
            tokens.subject = identity->subject;
            tokens.displayName = identity->displayName;
        }
    }
    return tokens;
}

Secret readStrayRefreshToken(const QJsonObject &object)
{
    const QString token = firstString(object, {L("refresh_token"), L("refreshToken")});
    return isUsableToken(token) ? Secret(token) : Secret();
}

QString acceptedApiUrl(const ProviderProfile &profile, const QString &text)
{
    const QUrl url(text, QUrl::StrictMode);
    if (text.isEmpty() || !isTrustworthyUrl(url) || url.hasQuery() || url.hasFragment())
        return {};
    const auto port = [](const QUrl &one) { return one.port(one.scheme() == L("https") ? 443 : 80); };
    const bool same = url.host() == profile.issuer.host() && port(url) == port(profile.issuer)
        && url.scheme() == profile.issuer.scheme();
    if (!same && !(url.scheme() == L("https") && profile.apiHosts.contains(url.host(), Qt::CaseInsensitive)))
        return {};
    QString base = url.toString(QUrl::FullyEncoded);
    while (base.endsWith(QLatin1Char('/')))
        base.chop(1);
    return base;
}

} // namespace Postroom
