// The composition root: builds every service once, hands each what it needs, and is the desk that all faces use.
#pragma once

#include "core/accounts/observedaccounts.h"
#include "core/accounts/quotaservice.h"
#include "core/base/clock.h"
#include "core/base/files.h"
#include "core/base/paths.h"
#include "core/base/settings.h"
#include "core/http/hostgate.h"
#include "core/http/networkclient.h"
#include "core/http/surroundings.h"
#include "core/journal/journal.h"
#include "core/oauth/profile.h"
#include "core/oauth/tokenendpoint.h"
#include "core/relayfile/bundlekeeper.h"
#include "core/relayfile/cloudapi.h"
#include "core/relayfile/dataplane.h"
#include "core/vault/memorystore.h"
#include "core/workspaces/workspaceservice.h"
#include "core/writeback/pushservice.h"
#include "models/desk.h"

#include <memory>

namespace Postroom
{

// One engine per profile at a time, over all processes: start() takes the lock <runtime>/engine.lock first and waits
// for it, because a postroomctl may just be finishing its command. Constructing and load() read small files only; no
// keychain, network or database work happens before start(). Owned by main(); awaits shutdown() before it goes.
class Engine final : public Desk
{
    Q_OBJECT
public:
    // The parts that a test replaces.
    struct Parts {
        std::unique_ptr<Clock> clock;
        std::unique_ptr<HttpClient> http;
        std::unique_ptr<SecretStore> vault;
        std::unique_ptr<Surroundings> surroundings;
        std::optional<ObservedPlaces> observed; // where other programs keep their sign-ins
    };

    explicit Engine(Paths paths);
    Engine(Paths paths, Parts parts);
    ~Engine() override;

    // What the faces show before anything has been asked. An unreadable file is told with notices(), never fatal.
    Result<void> load();
    // Completes when the services run. Nothing (an error of class Cancel) when shutdown() came first.
    QCoro::Task<Result<void>> start();
    // Takes the engine's lock at once or says that another engine holds it.
    Result<bool> tryLock();
    bool isStarted() const { return m_started; }
    QCoro::Task<void> shutdown();

    const Paths &paths() const { return m_paths; }
    QStringList notices() const { return m_notices; }
    Clock *clock() const { return m_clock.get(); }
    AccountService *accountService() const { return m_accounts.get(); }
    QuotaService *quota() const { return m_quota.get(); }
    ObservedAccounts *observedAccounts() const { return m_observed.get(); }
    ProfileRegistry *profiles() const { return m_profiles.get(); }
    BundleKeeper *bundles() const { return m_bundles.get(); }
    WorkspaceService *workspaceService() const { return m_workspaces.get(); }
    SecretStore *vault() const { return m_vault.get(); }
    Settings *settings() const { return m_settings.get(); }
    Surroundings *surroundings() const { return m_surroundings.get(); }

    QList<AccountStatus> accounts() const override;
    QList<AccountEvent> accountHistory(const AccountId &account) const override;
    QList<WorkspaceStatus> workspaces() const override;
    QList<OutboxRecord> outbox(const WorkspaceId &workspace) const override;
    QList<Transfer> transfers() const override;
    QList<TransferItem> transferItems(const TransferId &transfer) const override;
    QList<ProviderProfile> providers() const override;
    VaultState vaultState() const override;
    QDateTime now() const override;

    QCoro::Task<Result<AccountId>> signIn(SignInRequest request) override;
    void cancelSignIn(const SignInId &id) override;
    void extendSignIn(const SignInId &id) override;
    QCoro::Task<Result<void>> signOut(AccountId account) override;
    QCoro::Task<Result<void>> removeAccount(AccountId account) override;
    QCoro::Task<Result<void>> setAccountEnabled(AccountId account, bool enabled) override;
    QCoro::Task<Result<AccountStatus>> checkAccount(AccountId account) override;
    QCoro::Task<Result<AccountId>> adoptAccount(AccountId account) override;
    QCoro::Task<Result<void>> unlockKeychain() override;
    QCoro::Task<Result<void>> refreshWorkspaces() override;
    QCoro::Task<Result<WorkspaceId>> addMirror(QString folder) override;
    QCoro::Task<Result<void>> forgetWorkspace(WorkspaceId workspace) override;
    QCoro::Task<Result<PushPlan>> planPush(PushRequest request) override;
    QCoro::Task<Result<TransferId>> push(PushRequest request) override;
    QCoro::Task<Result<Transfer>> pushFinished(TransferId transfer) override;
    void cancelTransfer(const TransferId &transfer) override;
    QCoro::Task<Result<TransferId>> retryTransfer(TransferId transfer) override;
    void dismissTransfer(const TransferId &transfer) override;
    QCoro::Task<Result<QList<ActivityEntry>>> activity(ActivityQuery query) override;

private:
    void build();
    void connectSignals();
    void connectSurroundings();
    // The snapshot that the faces see: with the quota, which is an axis of its own.
    AccountStatus withQuota(AccountStatus status) const;
    void recordAccount(const AccountStatus &status);
    void recordTransfer(const Transfer &transfer);
    void recordVault(VaultState state);
    QCoro::Task<void> forgetBundlesOf(AccountId account);

    Paths m_paths;
    // In the order of construction; destroyed from the last to the first.
    ObservedPlaces m_observedPlaces;
    std::unique_ptr<Clock> m_clock;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<Surroundings> m_surroundings;
    std::unique_ptr<HttpClient> m_http;
    std::unique_ptr<SecretStore> m_vault;
    std::unique_ptr<MemoryStore> m_sessionVault;
    std::unique_ptr<ProfileRegistry> m_profiles;
    std::unique_ptr<TokenEndpoint> m_tokenEndpoint;
    std::unique_ptr<HostGate> m_gate; // one for all accounts
    std::unique_ptr<AccountService> m_accounts;
    std::unique_ptr<QuotaService> m_quota;
    std::unique_ptr<ObservedAccounts> m_observed;
    std::unique_ptr<CloudApi> m_cloud;
    std::unique_ptr<BundleKeeper> m_bundles;
    std::unique_ptr<DataPlane> m_dataPlane;
    std::unique_ptr<WorkspaceService> m_workspaces;
    std::unique_ptr<PushService> m_pushes;
    std::unique_ptr<Journal> m_journal;

    FileLock m_lock;
    bool m_started = false;
    QDateTime m_startedAt;
    bool m_stopping = false;
    QStringList m_notices;
    QHash<AccountId, Badge> m_lastBadges;
    QSet<TransferId> m_recorded;
    std::optional<VaultState> m_lastVaultState;
    TaskScope m_scope; // last, so that it goes first
};

} // namespace Postroom
