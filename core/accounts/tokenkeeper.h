// Keeps the tokens of one account working: drives the health machine, and does the I/O that it asks for.
#pragma once

#include "core/accounts/accountservice.h"
#include "core/accounts/flight.h"
#include "core/accounts/tokenhealth.h"
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
    HttpClient *http = nullptr;
    HostGate *gate = nullptr; // may be missing
    QString locks; // <state>/locks
    std::stop_token sending; // ends requests on their way
    std::function<std::chrono::milliseconds()> requestTimeout; // may be empty
    std::function<RetryNumbers()> numbers;
    std::function<void()> saveRoster;
    std::function<void(const AccountStatus &)> changed;
    std::function<double()> random; // in [0, 1)
    StepHook onStep; // may be empty
};

// Owned by the service and by its own running tasks (shared), so that a removed account's last answer finds its place.
// Every decision is the machine's (tokenhealth.h). What is here: the secrets, the lock over all processes, and the
// order of one refresh: lock, read again, prove that the vault takes a new token, note the rotation, send once, check
// that nothing newer has come, save, verify, clear the note, tell.
class TokenKeeper final : public std::enable_shared_from_this<TokenKeeper>
{
public:
    TokenKeeper(KeeperParts parts, AccountId id);

    const AccountId &id() const { return m_id; }
    AccountStatus status() const;
    QList<AccountEvent> history() const { return m_state.memory.history; }
    const HealthState &health() const { return m_state; }
    void publish(); // tells when the status has changed

    // Something happened. Effects are carried out, the record is saved, the next alarm is set.
    HealthStep apply(const HealthEvent &event);
    void load() { apply(On::LoadBegan{}); }
    void retire(); // the account was removed: no more work begins
    QCoro::Task<void> saveOnceMore(); // before the end: what is only in memory would be lost
    // The list of accounts on disk knows more than we do.
    void peerChanged(const Roster::Counters &counters);

    QCoro::Task<Result<AccessToken>> token(std::chrono::seconds minValidity, std::stop_token stop = {});
    QCoro::Task<Result<AccessToken>> rejected(On::Rejected refusal, std::stop_token stop = {});
    QCoro::Task<Result<void>> refreshNow(); // a person asked

    // A new sign-in. Saves as well as it can.
    QCoro::Task<void> takeSignIn(Credential credential, On::SignedIn grant);
    QCoro::Task<void> signOut();

    ProviderProfile profile() const;
    // The client that was registered for the present grant is of no more use: removed at its server, as well as it can
    // be.
    void dropRegistration();

private:
    // What apply() leaves to its caller.
    enum Skip { SkipNothing = 0, SkipSave = 1, SkipRefresh = 2 };

    HealthStep apply(const HealthEvent &event, int skip);
    void perform(const QList<HealthEffect> &effects, int skip);
    HealthContext context() const;
    void arm();

    AccountRecord *record() const { return m_parts.roster->find(m_id); }
    SecretStore *store() const { return m_state.memory.sessionOnly ? m_parts.sessionVault : m_parts.vault; }
    QString vaultKey() const;
    QString file(const char *suffix) const;
    ProviderProfile profileFor(const AccountRecord &record) const;
    TokenDialect dialectFor(const ProviderProfile &profile) const;
    QUrl endpointFor(const ProviderProfile &profile, const AccountRecord &record) const;
    AccessToken handOut() const;
    static TokenFacts factsOf(const Credential &credential);
    static bool makeUsable(Credential *credential);
    bool isCurrent(quint64 epoch) const;

    // Vault: tokenkeeper_vault.cpp.
    QCoro::Task<void> runLoad(std::shared_ptr<TokenKeeper> self, std::shared_ptr<Flight> flight);
    QCoro::Task<bool> save();
    QCoro::Task<void> runSave(std::shared_ptr<TokenKeeper> self);
    QCoro::Task<void> runAdopt(std::shared_ptr<TokenKeeper> self, Roster::Counters counters);
    QCoro::Task<std::optional<VaultProblem>> proveWritable();
    QCoro::Task<void> forgetEntry(SecretStore *vault, QString key);

    // Refresh: tokenkeeper_refresh.cpp.
    QCoro::Task<void> runRefresh(std::shared_ptr<TokenKeeper> self, std::shared_ptr<Flight> flight);
    QCoro::Task<Result<void>> refreshOnce();
    QCoro::Task<Result<std::shared_ptr<FileLock>>> acquireLock();
    QCoro::Task<Result<bool>> reread(quint64 epoch);
    QCoro::Task<Result<void>> redeem(quint64 epoch);
    QCoro::Task<Result<void>> takeTokens(ProviderProfile profile, TokenSet tokens, quint64 epoch);
    QCoro::Task<Result<void>> takeVerdict(Error error, quint64 epoch, TokenAside aside, bool answerWasLost);
    QCoro::Task<bool> tryOtherRefreshToken(Error error, quint64 epoch, Secret candidate);
    QCoro::Task<void> passed(RefreshStep step);
    Result<void> end(const HealthEvent &event);
    Failure superseded();
    // The client: tokenkeeper_client.cpp.
    std::optional<ClientRegistration> registration() const;
    void keepRegistration(const ClientRegistration &registration);
    QCoro::Task<bool> renewClientSecret();
    QCoro::Task<void> runRepair(std::shared_ptr<TokenKeeper> self);
    QCoro::Task<void> removeRegistration(std::shared_ptr<TokenKeeper> self, ClientRegistration registration);

    QCoro::Task<void> runRediscovery(std::shared_ptr<TokenKeeper> self);
    void spawnRevoke(const AccountRecord &record, const Credential &credential);
    QCoro::Task<void> revoke(ProviderProfile profile, Secret refreshToken, Secret clientSecret, Secret accessToken);

    KeeperParts m_parts;
    AccountId m_id;
    QString m_providerName;
    std::optional<std::chrono::seconds> m_lead;
    std::optional<std::chrono::seconds> m_skew;

    HealthState m_state;
    std::optional<Credential> m_credential; // the secrets of m_state.token
    // The newest ones; they may be over.
    std::shared_ptr<Flight> m_loadFlight;
    std::shared_ptr<Flight> m_flight;
    std::unique_ptr<Alarm> m_alarm;
    std::optional<AccountStatus> m_published;
};

} // namespace Postroom
