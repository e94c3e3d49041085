// The token endpoint's client: one POST is one request, and one function decides what the answer means.
#pragma once

#include "core/base/clock.h"
#include "core/http/httpclient.h"
#include "core/oauth/profile.h"
#include "core/oauth/tokens.h"

#include <QCoroTask>
#include <QJsonObject>
#include <QUrlQuery>
#include <memory>

namespace Postroom
{

// The forms in which token endpoints speak.
enum class TokenDialect {
    OAuth, // form in, RFC 6749 JSON out
    RelayfileCloud, // {refreshToken} in; {accessToken, refreshToken, accessTokenExpiresAt, refreshTokenExpiresAt?,
                    // apiUrl?} out
    RelayAuth // {refreshToken} in; {accessToken, refreshToken, accessTokenExpiresAt, …} out, codes delegation_expired…
};

// What an answer holds besides tokens or an Error.
struct TokenAside {
    // Came without a usable access token: it may be the only one that still works. Keep it beside the old one.
    Secret candidateRefreshToken;
    // Of a Reauth verdict: false when one answer is not enough (a code that no standard and no profile calls final);
    // the same has to come again, a minute later.
    bool confirmed = true;
    std::optional<std::chrono::seconds> interval; // device flow: the server wants to be asked this often
};

// Pure. Decides by origin (always Token), body and status what an answer means: tokens, or an Error with its class,
// code, retryAt and a plain sentence. `host` names the server in the sentence. What depends on earlier answers or on
// the store is left to the caller: superseded and lost-response refreshes, repeated short lifetimes, back-off. Codes:
// the server's own, lower-case, or one of no-verdict, waf, endpoint-not-found, redirected, redirected-elsewhere (to
// another host), misdirected, request-timeout, too-early, request-too-large, payment-required, legal, proxy-auth,
// captive-portal, server-trouble, overloaded (529), not-implemented (501, 505), too-many-requests, retry-later,
// unexpected-answer, unexpected-page, unsupported-token-type, answer-too-large.
Result<TokenSet> judgeTokenAnswer(TokenDialect dialect, const HttpResponse &answer, const ProviderProfile &profile,
    const QString &host, const QDateTime &now, TokenAside *aside = nullptr);

// The class that a code has by RFC 6749, 7009, 8628, 8707, OpenID Connect or the relay services; nothing for others.
std::optional<ErrorClass> classOfTokenCode(TokenDialect dialect, const QString &code);
// The sentence for a code or class of an answer of `host`, and what a person can do.
void describeTokenError(Error *error, const QString &host);

// What a refresh sends besides the token.
struct RefreshOptions {
    RefreshOptions(QUrl url = {}) : endpoint(std::move(url)) { } // NOLINT(google-explicit-constructor)

    QUrl endpoint; // overrides the profile's
    QStringList scopes; // named in the request when there are any (RFC 6749 §6)
    bool withoutResource = false; // leave out the profile's resource: the grant was given without it (RFC 8707)
    std::chrono::milliseconds deadline{30'000}; // for the whole exchange
    std::stop_token stop; // ends it; whether the token was spent is then not known
};

// Stateless beyond its collaborators; owned by the composition root. Every POST is one request. No message, detail or
// code of an Error holds a secret that was sent. The optional `aside` is filled before the task ends.
class TokenEndpoint
{
public:
    TokenEndpoint(HttpClient *http, Clock *clock);

    // RFC 6749 §4.1.3 with RFC 7636 §4.5.
    QCoro::Task<Result<TokenSet>> exchangeCode(ProviderProfile profile, QString code, QUrl redirect, Secret verifier,
        Secret clientSecret, std::stop_token stop = {});
    // RFC 6749 §6, or the dialect's own refresh.
    QCoro::Task<Result<TokenSet>> refresh(ProviderProfile profile, TokenDialect dialect, RefreshOptions options,
        Secret refreshToken, Secret clientSecret, std::shared_ptr<TokenAside> aside = {});
    // RFC 7009, best effort, 5 s: the refresh token, with which servers end what came from it, or the access token
    // where there is no other. Success where the server offers no revocation: there is nothing to be done.
    QCoro::Task<Result<void>> revoke(ProviderProfile profile, TokenDialect dialect, Secret refreshToken,
        Secret clientSecret, Secret accessToken = {});
    // For the device flow: any grant, written as the profile or the dialect wants it. Answers as judged.
    QCoro::Task<Result<TokenSet>> post(ProviderProfile profile, TokenDialect dialect, QUrl endpoint, QUrlQuery form,
        Secret clientSecret, std::shared_ptr<TokenAside> aside = {}, std::stop_token stop = {});

    // A form POST with the client's authentication on it, as all endpoints of RFC 6749 and its relatives want it.
    static HttpRequest formRequest(
        const ProviderProfile &profile, const QUrl &endpoint, QUrlQuery form, const Secret &clientSecret);
    static HttpRequest jsonRequest(const QUrl &endpoint, const QJsonObject &body);
    // The same as formRequest(), in the profile's own token format.
    static HttpRequest tokenRequest(
        const ProviderProfile &profile, const QUrl &endpoint, QUrlQuery form, const Secret &clientSecret);

private:
    QCoro::Task<Result<TokenSet>> exchange(ProviderProfile profile, TokenDialect dialect, HttpRequest request,
        QList<Secret> sent, std::shared_ptr<TokenAside> aside, std::stop_token stop);

    HttpClient *m_http;
    Clock *m_clock;
};

// <base>/<path> without doubled slashes.
QUrl below(const QUrl &base, const QString &path);

} // namespace Postroom
