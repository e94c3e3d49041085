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
#include <QUrlQuery>
#include <memory>
#include <optional>
#include <stop_token>

namespace Postroom
{

class LoopbackListener;

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

// Runs one interactive sign-in to its end. Stops at its deadline (10 minutes, or when the device code expires) or when
// `stop` asks for it; a grant that arrives after that is given back. The caller keeps the collaborators alive. The
// tokens are judged and the person's identity is asked for, where the server tells; not learning it is no failure.
//
//     Preparing -> WaitingForBrowser | WaitingForDevice -> Exchanging -> Done
//         every phase -> Failed (with `error`)
//
// Errors besides those of the token endpoint and of discovery: "sign-in-timeout" and "cancelled" (Cancel),
// "expired_token" (Reauth), "access_denied" (Policy), "issuer-mismatch", "no-code", "browser-not-offered",
// "device-not-offered", "no-listener" (Config), "no-client-id", "no-server", "needs-token" (Input).
class SignInFlows
{
public:
    SignInFlows(HttpClient *http, Clock *clock, TokenEndpoint *endpoint);

    QCoro::Task<Result<TokenSet>> run(SignInId id, ProviderProfile profile, SignInMethod method, QStringList scopes,
        Secret clientSecret, ProgressCallback progress, std::stop_token stop);

    // Fills endpoints from discovery where the profile has an issuer but lacks them, and leaves out default scopes that
    // the server does not know.
    QCoro::Task<Result<ProviderProfile>> complete(ProviderProfile profile);

private:
    // One sign-in while it runs: its values and what the dialog knows. Shared by the steps of one run.
    struct Attempt;
    using AttemptPtr = std::shared_ptr<Attempt>;

    QCoro::Task<Result<TokenSet>> runMethod(AttemptPtr attempt, SignInMethod method);
    QCoro::Task<Result<void>> completeAttempt(AttemptPtr attempt);
    QCoro::Task<Result<TokenSet>> runCode(AttemptPtr attempt);
    QCoro::Task<Result<TokenSet>> runCloudLogin(AttemptPtr attempt);
    QCoro::Task<Result<TokenSet>> runDevice(AttemptPtr attempt);
    QCoro::Task<Result<TokenSet>> pollDevice(AttemptPtr attempt, QString deviceCode, std::chrono::seconds interval);
    QCoro::Task<Result<QUrlQuery>> waitForBrowser(AttemptPtr attempt, LoopbackListener *listener);
    QCoro::Task<TokenSet> withIdentity(AttemptPtr attempt, TokenSet tokens);
    QCoro::Task<void> giveBack(AttemptPtr attempt, TokenSet tokens);

    HttpClient *m_http;
    Clock *m_clock;
    TokenEndpoint *m_endpoint;
};

constexpr std::chrono::minutes signInLimit{10};

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::SignInProgress)
