// Interactive sign-ins: authorization code with PKCE, the Relayfile cloud's own login, and the device flow; with a
// client id that a server gives out by itself where there is none.
#pragma once

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/taskscope.h"
#include "core/http/httpclient.h"
#include "core/oauth/profile.h"
#include "core/oauth/tokenendpoint.h"
#include "core/oauth/tokens.h"

#include <QCoroTask>
#include <QHash>
#include <QMetaType>
#include <QObject>
#include <QUrlQuery>
#include <memory>
#include <optional>
#include <stop_token>

namespace Postroom
{

class LoopbackListener;
class MetadataCache;
struct ServerMetadata;

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

// What a sign-in asks for besides what the profile says.
struct SignInWishes {
    SignInWishes(QStringList wanted = {}) : scopes(std::move(wanted)) { } // NOLINT(google-explicit-constructor)

    QStringList scopes; // empty: the profile's own
    QString acrValues; // a stronger sign-in (RFC 9470), as the service named it
    std::optional<std::chrono::seconds> maxAge; // RFC 9470: how old the sign-in at the server may be
    QString loginHint; // who should sign in
    bool incremental = false; // adds to a grant: the server asks again, whatever it remembers
};

using ProgressCallback = std::function<void(const SignInProgress &)>;

// Runs one interactive sign-in to its end. Stops at its deadline (10 minutes, or when the device code expires) or when
// `stop` asks for it; a grant that arrives after that is given back. The caller keeps the collaborators alive. The
// tokens are judged and the person's identity is asked for, where the server tells; not learning it is no failure.
//
// For kind mcp: the server's address leads to its metadata (RFC 9728), this to the authorization server's (RFC 8414),
// and where the profile has no client id one is found: a client id metadata document where the profile has one and the
// server takes it, else a registration (RFC 7591). A document that is refused is followed by one registration. What was
// registered for a sign-in that fails is removed again. A device code that expired while the computer slept is replaced
// by a new one, once.
//
//     Preparing -> WaitingForBrowser | WaitingForDevice -> Exchanging -> Done
//         every phase -> Failed (with `error`)
//
// Errors besides those of the token endpoint and of discovery: "sign-in-timeout" and "cancelled" (Cancel),
// "expired_token" (Reauth), "access_denied" (Policy), "issuer-mismatch", "no-code", "browser-not-offered",
// "device-not-offered", "no-listener", "no-registration", "no-s256" (Config), "no-client-id", "no-server",
// "needs-token" (Input), and those of ClientRegistrar.
class SignInFlows
{
public:
    SignInFlows(HttpClient *http, Clock *clock, TokenEndpoint *endpoint, MetadataCache *cache = nullptr);

    QCoro::Task<Result<TokenSet>> run(SignInId id, ProviderProfile profile, SignInMethod method, SignInWishes wishes,
        Secret clientSecret, ProgressCallback progress, std::stop_token stop);

    // Ten more minutes for a sign-in that waits for the browser. A code on another device has its server's own end.
    void extend(const SignInId &id);

    // Fills endpoints from discovery where the profile has an issuer but lacks them, and leaves out default scopes that
    // the server does not know. For kind mcp also the resource, the authorization server and the default scopes.
    // `askAgain`: what is remembered is not good enough, because it did not work.
    QCoro::Task<Result<ProviderProfile>> complete(ProviderProfile profile, bool askAgain = false);

private:
    // One sign-in while it runs: its values and what the dialog knows. Shared by the steps of one run.
    struct Attempt;
    using AttemptPtr = std::shared_ptr<Attempt>;

    QCoro::Task<Result<TokenSet>> start(AttemptPtr attempt, SignInMethod method);
    QCoro::Task<Result<void>> completeAttempt(AttemptPtr attempt);
    QCoro::Task<Result<void>> completeMcp(AttemptPtr attempt);
    QCoro::Task<Result<ServerMetadata>> describeServer(AttemptPtr attempt, QUrl issuer);
    // A client id where there is none; `redirect` is empty for the device flow.
    QCoro::Task<Result<void>> obtainClient(AttemptPtr attempt, QUrl redirect);
    QCoro::Task<Result<void>> registerClient(AttemptPtr attempt, QUrl redirect);
    QCoro::Task<void> dropRegistration(AttemptPtr attempt);
    QCoro::Task<Result<TokenSet>> runMethod(AttemptPtr attempt, SignInMethod method, bool cloud);
    QCoro::Task<Result<TokenSet>> runCode(AttemptPtr attempt);
    QCoro::Task<Result<TokenSet>> runCloudLogin(AttemptPtr attempt);
    QCoro::Task<Result<TokenSet>> runDevice(AttemptPtr attempt);
    QCoro::Task<Result<TokenSet>> runDeviceCode(AttemptPtr attempt);
    QCoro::Task<Result<TokenSet>> pollDevice(AttemptPtr attempt, QString deviceCode, std::chrono::seconds interval);
    QCoro::Task<Result<QUrlQuery>> waitForBrowser(AttemptPtr attempt, LoopbackListener *listener);
    QCoro::Task<TokenSet> withIdentity(AttemptPtr attempt, TokenSet tokens);
    QCoro::Task<void> giveBack(AttemptPtr attempt, TokenSet tokens);

    HttpClient *m_http;
    Clock *m_clock;
    TokenEndpoint *m_endpoint;
    MetadataCache *m_cache;
    QHash<SignInId, std::weak_ptr<Attempt>> m_running;
};

constexpr std::chrono::minutes signInLimit{10};

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::SignInProgress)
