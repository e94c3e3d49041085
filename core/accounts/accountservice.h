// The accounts: who is signed in, tokens that work, and why not when they do not. One refresh per account at a time.
#pragma once

#include "core/accounts/accountevent.h"
#include "core/accounts/accountstatus.h"
#include "core/accounts/credential.h"
#include "core/accounts/import.h"
#include "core/accounts/refreshsteps.h"
#include "core/accounts/roster.h"
#include "core/base/clock.h"
#include "core/base/paths.h"
#include "core/base/taskscope.h"
#include "core/http/httpclient.h"
#include "core/oauth/signin.h"
#include "core/vault/secretstore.h"

#include <QCoroTask>
#include <QHash>
#include <QObject>
#include <memory>

namespace Postroom
{

class HostGate;
class Settings;
class Surroundings;
class TokenKeeper;

// How somebody wants to sign in. With `account` set this renews that account and must end with the same person.
struct SignInRequest {
    SignInId id = SignInId::create();
    QString providerId;
    QString label;
    QUrl server;
    QString clientId;
    Secret clientSecret;
    QStringList scopes; // empty: the profile's
    QStringList furtherScopes; // incremental consent: asked for on top of what the account has
    QString acrValues; // RFC 9470 §4: the stronger sign-in that a service asked for
    std::optional<std::chrono::seconds> maxAge; // the same, max_age
    SignInMethod method = SignInMethod::Browser;
    Secret pastedAccessToken; // instead of a flow
    Secret pastedRefreshToken;
    std::optional<ImportedSignIn> imported; // instead of a flow: goes into the keychain before there is an account
    AccountId account;
    bool sessionOnly = false; // "keep me signed in until I quit"
};

// A token to use now.
struct AccessToken {
    Secret value;
    QDateTime expiresAt; // invalid when unknown
    QString fingerprint; // of the value; give it back with rejected()
    QStringList scopes;
    QString apiUrl;
};

// Services outlive their tasks: the owner awaits shutdown() before destroying this. All calls in the thread that made
// it.
class AccountService final : public QObject
{
    Q_OBJECT
public:
    struct Collaborators {
        Clock *clock = nullptr;
        HttpClient *http = nullptr;
        SecretStore *vault = nullptr; // the keychain
        SecretStore *sessionVault = nullptr; // memory, for accounts that chose it
        ProfileRegistry *profiles = nullptr;
        Paths paths;
        // Each may be missing: then nothing is told, nobody is held back, and the numbers are the usual ones.
        Surroundings *surroundings = nullptr;
        HostGate *gate = nullptr;
        Settings *settings = nullptr;
        StepHook onStep; // may be empty
    };

    AccountService(Collaborators collaborators, QObject *parent = nullptr);
    ~AccountService() override;

    // Reads the roster only: statuses as last known. No keychain, no network.
    Result<void> loadRoster();
    // Begins keychain reads and refresh alarms. After the first paint.
    void start();
    QCoro::Task<void> shutdown();

    QDateTime now() const; // of the clock that all of this runs by, UTC
    QList<AccountStatus> accounts() const;
    std::optional<AccountStatus> account(const AccountId &id) const;
    std::optional<AccountRecord> record(const AccountId &id) const;
    QList<AccountEvent> history(const AccountId &id) const; // the newest last

    QCoro::Task<Result<AccountId>> signIn(SignInRequest request);
    void cancelSignIn(const SignInId &id);
    void extendSignIn(const SignInId &id); // ten more minutes, while a browser is waited for
    // Local sign-out always succeeds: the epoch moves first, then the secret goes (a tombstone when the keychain is
    // locked), then the grant is revoked as well as it can be.
    QCoro::Task<Result<void>> signOut(AccountId id);
    QCoro::Task<Result<void>> remove(AccountId id);
    QCoro::Task<Result<void>> setEnabled(AccountId id, bool enabled);
    // A person's "try now": refreshes and says how it went.
    QCoro::Task<Result<AccountStatus>> check(AccountId id);
    QCoro::Task<Result<void>> unlockKeychain();
    QCoro::Task<Result<void>> probeKeychain(); // whether it can be written now; shows nothing

    // Hands out a token that works for at least `minValidity`, refreshing first where needed. Joins a running refresh.
    QCoro::Task<Result<AccessToken>> token(AccountId id, std::chrono::seconds minValidity = std::chrono::seconds(30));
    // The server refused this token. When it is no longer the current one, the current one comes back without any
    // network; else one forced refresh.
    QCoro::Task<Result<AccessToken>> rejected(AccountId id, QString fingerprint);
    // One authorised request: adds the bearer; a 401 that speaks of our token gets one forced refresh and one replay,
    // and the original answer back when that does not help.
    QCoro::Task<Result<HttpResponse>> request(AccountId id, HttpRequest request, std::stop_token stop = {});

Q_SIGNALS:
    void accountChanged(const Postroom::AccountStatus &status); // also for a new one
    void accountRemoved(const Postroom::AccountId &id);
    // Every complete answer of an authorised request, for what its headers tell besides (quota).
    void answerSeen(const Postroom::AccountId &id, const Postroom::HttpResponse &answer);
    void signInProgressed(const Postroom::SignInProgress &progress);

private:
    friend class TokenKeeper;
    class Private;
    friend class Call;
    std::unique_ptr<Private> d;
};

} // namespace Postroom
