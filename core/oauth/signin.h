// Interactive sign-ins: authorization code with PKCE, the Relayfile cloud's own login, and the device flow.
#pragma once

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/taskscope.h"
#include "core/http/httpclient.h"
#include "core/oauth/profile.h"
#include "core/oauth/tokenendpoint.h"
#include "core/oauth/tokens.h"

#include <QCoroTask>
#include <QMetaType>
#include <QObject>
#include <optional>
#include <stop_token>

namespace Postroom
{

enum class SignInMethod { Browser, Device };

enum class SignInPhase {
    Preparing, // discovery, opening the listener
    WaitingForBrowser,
    WaitingForDevice,
    Exchanging, // code for tokens, who is it
    Done,
    Failed
};

// What the dialog shows. A value; the link is only ever opened because a person clicked.
struct SignInProgress {
    SignInId id;
    SignInPhase phase = SignInPhase::Preparing;
    QUrl link; // to open or to copy
    QString userCode; // device flow
    QUrl verificationUri;
    std::optional<QDateTime> deadline; // UTC
    std::optional<Error> error; // Failed, or trouble while it goes on ("the server did not answer, trying again")
};

using ProgressCallback = std::function<void(const SignInProgress &)>;

// Runs one interactive sign-in to its end. Stops at its deadline (10 minutes) or when `stop` asks for it. The caller
// keeps the collaborators alive. The tokens are judged and the person's identity is asked for, where the server tells.
class SignInFlows
{
public:
    SignInFlows(HttpClient *http, Clock *clock, TokenEndpoint *endpoint);

    QCoro::Task<Result<TokenSet>> run(SignInId id, ProviderProfile profile, SignInMethod method, QStringList scopes,
        Secret clientSecret, ProgressCallback progress, std::stop_token stop);

    // Fills endpoints from discovery where the profile has an issuer but lacks them.
    QCoro::Task<Result<ProviderProfile>> complete(ProviderProfile profile);

private:
    QCoro::Task<Result<TokenSet>> runCode(SignInId id, ProviderProfile profile, QStringList scopes, Secret clientSecret,
        ProgressCallback progress, std::stop_token stop);
    QCoro::Task<Result<TokenSet>> runCloudLogin(
        SignInId id, ProviderProfile profile, ProgressCallback progress, std::stop_token stop);
    QCoro::Task<Result<TokenSet>> runDevice(SignInId id, ProviderProfile profile, QStringList scopes,
        Secret clientSecret, ProgressCallback progress, std::stop_token stop);
    QCoro::Task<TokenSet> withIdentity(ProviderProfile profile, TokenSet tokens);

    HttpClient *m_http;
    Clock *m_clock;
    TokenEndpoint *m_endpoint;
};

constexpr std::chrono::minutes signInLimit{10};

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::SignInProgress)
