#include "core/accounts/pastedtoken.h"

#include "core/accounts/claims.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/oauth/identity.h"
#include "core/oauth/tokenendpoint.h"

namespace Postroom
{
namespace
{

QUrl identityUrl(const ProviderProfile &profile, const TokenSet &tokens)
{
    if (profile.kind != ProviderKind::RelayfileCloud)
        return profile.endpoints.userinfo;
    QUrl base(tokens.apiUrl, QUrl::StrictMode);
    if (!isTrustworthyUrl(base))
        base = profile.issuer;
    return below(base, QStringLiteral("api/v1/auth/whoami"));
}

} // namespace

QCoro::Task<TokenSet> withIdentity(HttpClient *http, ProviderProfile profile, TokenSet tokens)
{
    const QUrl url = identityUrl(profile, tokens);
    if (!tokens.subject.isEmpty() || !isTrustworthyUrl(url))
        co_return tokens;
    HttpRequest request;
    request.url = url;
    request.origin = Origin::Profile;
    request.deadline = std::chrono::seconds(10);
    request.once = false;
    request.headers.append(HttpHeader{"Accept", "application/json"});
    request.headers.append(HttpHeader{"Authorization", "Bearer " + tokens.accessToken.reveal()});
    auto answer = co_await http->send(request);
    if (!answer || !answer->isSuccess())
        co_return tokens;
    const auto body = parseJsonObject(answer->body);
    const auto person = body ? readIdentity(*body) : std::nullopt;
    if (person) {
        tokens.subject = person->subject;
        tokens.displayName = person->displayName;
    }
    co_return tokens;
}

TokenSet readServerToken(const Secret &accessToken, const QDateTime &now)
{
    TokenSet tokens;
    const QJsonObject claims = readClaims(accessToken);
    tokens.accessToken = accessToken;
    tokens.obtainedAt = timeClaim(claims, QLatin1String("iat")).value_or(now);
    if (tokens.obtainedAt > now)
        tokens.obtainedAt = now;
    tokens.expiresAt = timeClaim(claims, QLatin1String("exp")).value_or(QDateTime());
    const QStringList scopes = scopesClaim(claims);
    if (!scopes.isEmpty())
        tokens.scopes = scopes;
    const QString workspace = oneLine(firstString(claims, {QLatin1String("wks"), QLatin1String("workspace_id")}));
    const QString agent = oneLine(firstString(claims, {QLatin1String("sub"), QLatin1String("agent_name")}));
    if (!workspace.isEmpty() || !agent.isEmpty())
        tokens.subject = workspace + QLatin1Char('/') + agent;
    tokens.displayName = agent;
    return tokens;
}

} // namespace Postroom
