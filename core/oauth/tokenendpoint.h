// The token endpoint's client: one POST is one request, and one function decides what the answer means.
#pragma once

#include "core/base/clock.h"
#include "core/http/httpclient.h"
#include "core/oauth/profile.h"
#include "core/oauth/tokens.h"

#include <QCoroTask>
#include <QUrlQuery>

namespace Postroom
{

// The forms in which token endpoints speak.
enum class TokenDialect {
    OAuth,          // form in, RFC 6749 JSON out
    RelayfileCloud, // {refreshToken} in; {accessToken, refreshToken, accessTokenExpiresAt, refreshTokenExpiresAt?, apiUrl?} out
    RelayAuth       // {refreshToken} in; {accessToken, refreshToken, accessTokenExpiresAt, …} out, codes delegation_expired…
};

// Pure. Decides by origin (always Token), body and status what an answer means: tokens, or an Error with its class,
// code, retryAt and a plain sentence. `host` names the server in the sentence.
Result<TokenSet> judgeTokenAnswer(TokenDialect dialect, const HttpResponse &answer, const ProviderProfile &profile,
                                  const QString &host, const QDateTime &now);

// Stateless beyond its collaborators; owned by the composition root.
class TokenEndpoint
{
public:
    TokenEndpoint(HttpClient *http, Clock *clock);

    // RFC 6749 §4.1.3 with RFC 7636 §4.5.
    QCoro::Task<Result<TokenSet>> exchangeCode(ProviderProfile profile, QString code, QUrl redirect, Secret verifier,
                                               Secret clientSecret);
    // RFC 6749 §6, or the dialect's own refresh. `endpoint` overrides the profile's.
    QCoro::Task<Result<TokenSet>> refresh(ProviderProfile profile, TokenDialect dialect, QUrl endpoint,
                                          Secret refreshToken, Secret clientSecret);
    // RFC 7009, best effort.
    QCoro::Task<Result<void>> revoke(ProviderProfile profile, TokenDialect dialect, Secret refreshToken, Secret clientSecret);
    // For the device flow: any grant as a form. Answers as judged.
    QCoro::Task<Result<TokenSet>> post(ProviderProfile profile, TokenDialect dialect, QUrl endpoint, QUrlQuery form,
                                       Secret clientSecret);

private:
    QCoro::Task<Result<TokenSet>> exchange(ProviderProfile profile, TokenDialect dialect, HttpRequest request);

    HttpClient *m_http;
    Clock *m_clock;
};

} // namespace Postroom
