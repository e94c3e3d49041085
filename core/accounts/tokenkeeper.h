// Keeps the tokens of one account working: reads them from the vault, renews them before they end, saves them, and says
// how things stand.
#pragma once

#include "core/accounts/accountservice.h"
#include "core/accounts/flight.h"
#include "core/base/files.h"

#include <functional>

namespace Postroom
{

// What a keeper uses; all of it outlives the keeper's tasks.
struct KeeperParts {
    Clock *clock = nullptr;
    SecretStore *vault = nullptr;
    SecretStore *sessionVault = nullptr;
    TokenEndpoint *endpoint = nullptr;
    SignInFlows *flows = nullptr;
    ProfileRegistry *profiles = nullptr;
    Roster *roster = nullptr;
    TaskScope *scope = nullptr;
    QString locks; // <state>/locks
    std::function<void()> saveRoster;
    std::function<void(const AccountStatus &)> changed;
    std::function<double()> random; // in [0, 1)
};

enum class RefreshCause { Due, Demand, Rejected, Scope, Person };

// Owned by the service and by its own running tasks (shared), so that a removed account's last answer finds its place.
//
// The settled state lies in the record (and on disk); loading, refreshing and a locked keychain only cover it:
//
//     Loading --found--> Fresh <--success-- Refreshing <--due, demand, 401, person-- Fresh
//        |                                   |  \--verdict of the token endpoint--> NeedsSignIn, ClientRejected,
//        |--locked--> StorageLocked          |                                     Misconfigured, PolicyBlocked
//        |--proven absent--> NeedsSignIn     \--trouble--> Retrying --> Waiting --> Stalled, or RateLimited
//
// What always holds: one refresh at a time (here, and over all processes by the lock file); a token of an older grant
// or generation never replaces a newer one; a failure that may pass by itself drops nothing; every waiting state has
// its next time in the record.
class TokenKeeper final : public std::enable_shared_from_this<TokenKeeper>
{
public:
    TokenKeeper(KeeperParts parts, AccountId id);

    const AccountId &id() const { return m_id; }
    AccountStatus status() const;
    QList<AccountEvent> history() const { return m_history; }
    void publish(); // tells when the status has changed

    void load(); // reads the vault unless the token is at hand
    void vaultChanged(VaultState state);
    void setAuthorizing(bool authorizing);
    void enabledChanged();
    void retire(); // the account was removed: no more work begins

    QCoro::Task<Result<AccessToken>> token(std::chrono::seconds minValidity);
    // `forScope`: a 403 that says the scope is missing; refreshed once per generation, where that can help.
    QCoro::Task<Result<AccessToken>> rejected(QString fingerprint, bool forScope);
    void tokenWorked(const QString &fingerprint);
    QCoro::Task<Result<void>> refreshNow(); // a person asked

    // A new sign-in: the record is already the new one. Saves as well as it can.
    QCoro::Task<void> takeSignIn(Credential credential);
    QCoro::Task<void> signOut();

private:
    AccountRecord *record() const { return m_parts.roster->find(m_id); }
    SecretStore *store(const AccountRecord &record) const
    {
        return record.sessionOnly ? m_parts.sessionVault : m_parts.vault;
    }
    QString file(const char *suffix) const;
    ProviderProfile profileFor(const AccountRecord &record) const;
    TokenDialect dialectFor(const ProviderProfile &profile) const;
    QUrl endpointFor(const ProviderProfile &profile, const AccountRecord &record) const;

    // What is at hand.
    bool isUsable() const;
    bool lasts(std::chrono::milliseconds span) const;
    bool canRefresh() const;
    std::chrono::milliseconds skew() const;
    AccessToken handOut() const;
    std::optional<Error> whyNoToken(const AccountRecord &record) const;
    Error stateError(const AccountRecord &record) const;

    // State.
    void settle(AccountState state, const QString &reason, const QDateTime &nextAt = {});
    void clearFailures();
    void resume();
    void arm();
    void fallDue();
    static void makeUsable(Credential *credential);
    void planRefresh(); // computes m_due for the credential at hand

    // Vault.
    QCoro::Task<void> runLoad(std::shared_ptr<TokenKeeper> self, std::shared_ptr<Flight> flight);
    void takeStored(const Credential &credential);
    void takeReadProblem(const VaultError &problem);
    QCoro::Task<bool> save();
    QCoro::Task<void> runSave(std::shared_ptr<TokenKeeper> self);
    void saveLater();

    // Refresh.
    std::shared_ptr<Flight> startRefresh(RefreshCause cause);
    QCoro::Task<void> runRefresh(std::shared_ptr<TokenKeeper> self, std::shared_ptr<Flight> flight, RefreshCause cause);
    QCoro::Task<Result<void>> refreshOnce(RefreshCause cause);
    QCoro::Task<Result<std::shared_ptr<FileLock>>> acquireLock();
    QCoro::Task<Result<bool>> reread(quint64 epoch, RefreshCause cause);
    QCoro::Task<Result<void>> redeem(quint64 epoch);
    QCoro::Task<Result<void>> takeTokens(TokenSet tokens, quint64 epoch);
    QCoro::Task<Result<void>> takeVerdict(
        Error error, quint64 epoch, QString judged, bool answerWasLost, bool confirmed);
    Result<void> takeTrouble(const Error &error);
    Result<void> postpone(VaultState state);
    bool isCurrent(quint64 epoch) const;
    void spawnRevoke(const AccountRecord &record, const Secret &refreshToken, const Secret &clientSecret);
    QCoro::Task<void> revoke(ProviderProfile profile, TokenDialect dialect, Secret refreshToken, Secret clientSecret);

    KeeperParts m_parts;
    AccountId m_id;
    QString m_providerName;
    std::optional<std::chrono::seconds> m_leadWanted;
    std::optional<std::chrono::seconds> m_skewWanted;

    std::optional<Credential> m_credential;
    std::optional<VaultError> m_storageProblem; // why the credential is not at hand
    QDateTime m_storageProblemAt;
    StorageState m_storage = StorageState::Saved;
    bool m_unsaved = false;
    std::optional<VaultProblem> m_saveProblem; // why it is unsaved
    bool m_postponed = false; // a refresh waits for the keychain
    int m_saveTries = 0;
    bool m_loading = false;
    bool m_refreshing = false;
    bool m_authorizing = false;
    bool m_retired = false;

    QString m_rejected; // fingerprint of the access token that a service refused
    QString m_refusedToken; // the same for a token that cannot be renewed: refused once
    QDateTime m_refusedAt;
    QDateTime m_forcedAt; // last refresh because of a refusal
    int m_forcedInVain = 0; // such refreshes whose token was refused as well
    bool m_forced = false; // the token at hand came from one
    quint64 m_scopeTriedFor = 0;
    QDateTime m_due; // of the next refresh
    Secret m_candidate; // a refresh token that came in an answer without an access token
    QString m_doubtedToken; // fingerprint of a refresh token that was refused once with a code that we do not know

    std::shared_ptr<Flight> m_loadFlight;
    std::shared_ptr<Flight> m_flight;
    std::unique_ptr<Alarm> m_alarm;
    std::unique_ptr<Alarm> m_endAlarm; // the access token ends: the mark changes
    std::unique_ptr<Alarm> m_saveAlarm;
    std::optional<AccountStatus> m_published;
    QList<AccountEvent> m_history;
};

} // namespace Postroom
