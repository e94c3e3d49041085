#include "app/engine.h"

#include "core/base/log.h"
#include "core/vault/keychainstore.h"
#include "models/sentences.h"

#include <QDir>
#include <QRandomGenerator>

namespace Postroom
{
namespace
{

constexpr std::chrono::milliseconds lockPoll{250};

// What the environment says about other programs is about the home that it names.
ObservedPlaces placesFor(const QString &home)
{
    const auto environment = QProcessEnvironment::systemEnvironment();
    const bool speaksOfIt = QDir::cleanPath(environment.value(QStringLiteral("HOME"))) == QDir::cleanPath(home);
    return observedPlaces(home, speaksOfIt ? environment : QProcessEnvironment());
}

} // namespace

Engine::Engine(Paths paths) : Engine(std::move(paths), Parts{}) { }

Engine::Engine(Paths paths, Parts parts)
    : m_paths(std::move(paths)), m_clock(std::move(parts.clock)), m_surroundings(std::move(parts.surroundings)),
      m_http(std::move(parts.http)), m_vault(std::move(parts.vault))
{
    m_observedPlaces = parts.observed ? *parts.observed : placesFor(m_paths.home);
    build();
    connectSignals();
    connectSurroundings();
}

Engine::~Engine() = default;

void Engine::build()
{
    if (!m_clock)
        m_clock = std::make_unique<SystemClock>();
    m_settings = std::make_unique<Settings>(m_paths.config + QStringLiteral("/settings.json"));
    if (!m_surroundings)
        m_surroundings = std::make_unique<SystemSurroundings>();
    if (!m_http)
        m_http = std::make_unique<NetworkClient>(m_clock.get(), QByteArrayLiteral("postroom/") + POSTROOM_VERSION);
    if (!m_vault)
        m_vault = std::make_unique<KeychainStore>(m_paths.vaultNamespace());
    m_sessionVault = std::make_unique<MemoryStore>();
    m_profiles = std::make_unique<ProfileRegistry>(m_paths.config + QStringLiteral("/providers"));
    m_tokenEndpoint = std::make_unique<TokenEndpoint>(m_http.get(), m_clock.get());

    AccountService::Collaborators collaborators;
    collaborators.clock = m_clock.get();
    collaborators.http = m_http.get();
    collaborators.vault = m_vault.get();
    collaborators.sessionVault = m_sessionVault.get();
    collaborators.profiles = m_profiles.get();
    collaborators.paths = m_paths;
    collaborators.surroundings = m_surroundings.get();
    collaborators.settings = m_settings.get();
    m_gate = std::make_unique<HostGate>(m_clock.get());
    collaborators.gate = m_gate.get();
    m_accounts = std::make_unique<AccountService>(collaborators);
    QuotaService::Collaborators quota;
    quota.clock = m_clock.get();
    quota.accounts = m_accounts.get();
    quota.profiles = m_profiles.get();
    quota.stateFolder = m_paths.state;
    quota.random = [] { return QRandomGenerator::global()->generateDouble(); };
    m_quota = std::make_unique<QuotaService>(quota);
    m_observed = std::make_unique<ObservedAccounts>(
        ObservedAccounts::Collaborators{m_accounts.get(), m_profiles.get(), m_clock.get(), m_observedPlaces});
    m_cloud = std::make_unique<CloudApi>(m_accounts.get());
    m_bundles = std::make_unique<BundleKeeper>(
        m_accounts.get(), m_cloud.get(), m_tokenEndpoint.get(), m_vault.get(), m_clock.get());
    m_dataPlane = std::make_unique<DataPlane>(m_http.get(), m_bundles.get(), m_clock.get());
    m_workspaces
        = std::make_unique<WorkspaceService>(m_accounts.get(), m_cloud.get(), m_bundles.get(), m_clock.get(), m_paths);
    m_pushes = std::make_unique<PushService>(m_workspaces.get(), m_dataPlane.get(), m_clock.get(), m_paths);
    m_journal = std::make_unique<Journal>(m_paths.state + QStringLiteral("/activity.db"));
}

void Engine::connectSignals()
{
    connect(m_accounts.get(), &AccountService::accountChanged, this, [this](const AccountStatus &status) {
        recordAccount(status);
        Q_EMIT accountChanged(withQuota(status));
    });
    connect(m_quota.get(), &QuotaService::quotaChanged, this, [this](const AccountId &id) {
        if (const auto status = m_accounts->account(id))
            Q_EMIT accountChanged(withQuota(*status));
    });
    connect(m_accounts.get(), &AccountService::accountRemoved, this, &Desk::accountRemoved);
    connect(m_observed.get(), &ObservedAccounts::accountChanged, this, &Desk::accountChanged);
    connect(m_observed.get(), &ObservedAccounts::accountRemoved, this, &Desk::accountRemoved);
    connect(m_accounts.get(), &AccountService::signInProgressed, this, &Desk::signInProgressed);
    connect(m_vault.get(), &SecretStore::stateChanged, this, [this](VaultState state) {
        recordVault(state);
        Q_EMIT vaultStateChanged(state);
    });
    connect(m_workspaces.get(), &WorkspaceService::workspaceChanged, this, &Desk::workspaceChanged);
    connect(m_workspaces.get(), &WorkspaceService::workspaceRemoved, this, &Desk::workspaceRemoved);
    connect(m_workspaces.get(), &WorkspaceService::outboxChanged, this, &Desk::outboxChanged);
    connect(m_pushes.get(), &PushService::transferChanged, this, [this](const Transfer &transfer) {
        recordTransfer(transfer);
        Q_EMIT transferChanged(transfer);
    });
    connect(m_pushes.get(), &PushService::itemsChanged, this, &Desk::transferItemsChanged);
    connect(m_pushes.get(), &PushService::transferDismissed, this, &Desk::transferDismissed);
    connect(m_journal.get(), &Journal::added, this, &Desk::activityAdded);
}

void Engine::connectSurroundings()
{
    // A connection from before may lead nowhere, and what came due meanwhile is done now.
    const auto startAfresh = [this] {
        m_http->forgetConnections();
        m_clock->recheck();
    };
    connect(m_surroundings.get(), &Surroundings::woke, this, startAfresh);
    connect(m_surroundings.get(), &Surroundings::networkChanged, this, [startAfresh](bool online) {
        if (online)
            startAfresh();
    });
    connect(m_surroundings.get(), &Surroundings::clockJumped, this, [this] { m_clock->recheck(); });
    connect(m_settings.get(), &Settings::changed, this, [this](Setting setting) {
        if (setting == Setting::QuotaInterval)
            m_quota->setInterval(m_settings->span(setting));
    });
}

Result<void> Engine::load()
{
    if (auto made = m_paths.ensure(); !made)
        return made;
    if (auto loaded = m_settings->load(); !loaded)
        m_notices.append(loaded.error().message);
    if (auto loaded = m_accounts->loadRoster(); !loaded)
        m_notices.append(loaded.error().message);
    m_quota->setInterval(m_settings->span(Setting::QuotaInterval));
    m_quota->load();
    if (auto loaded = m_workspaces->loadCatalog(); !loaded)
        m_notices.append(loaded.error().message);
    // What was known at the last run is no news.
    for (const AccountStatus &status : m_accounts->accounts())
        m_lastBadges.insert(status.id, status.badge);
    return {};
}

Result<bool> Engine::tryLock()
{
    if (m_lock.isHeld())
        return true;
    auto lock = FileLock::tryAcquire(m_paths.runtime + QStringLiteral("/engine.lock"));
    if (!lock)
        return Failure(lock.error());
    m_lock = std::move(*lock);
    return m_lock.isHeld();
}

QCoro::Task<Result<void>> Engine::start()
{
    for (;;) {
        if (m_stopping)
            co_return failCancelled();
        const auto locked = tryLock();
        if (!locked)
            co_return Failure(locked.error());
        if (*locked)
            break;
        co_await sleepFor(m_clock.get(), lockPoll);
    }
    m_started = true;
    m_startedAt = m_clock->now();
    m_surroundings->start();
    m_accounts->start();
    m_quota->start();
    m_observed->start();
    m_workspaces->start();
    m_pushes->start();
    co_return Result<void>();
}

QCoro::Task<void> Engine::shutdown()
{
    if (m_stopping)
        co_return;
    m_stopping = true;
    m_scope.stop();
    co_await m_scope.drained();
    // From the outermost service inwards: each still has the ones it uses.
    co_await m_pushes->shutdown();
    co_await m_workspaces->shutdown();
    co_await m_quota->shutdown();
    co_await m_observed->shutdown();
    co_await m_accounts->shutdown();
    co_await m_journal->shutdown();
    m_lock.release();
}

QList<AccountStatus> Engine::accounts() const
{
    auto statuses = m_accounts->accounts();
    for (AccountStatus &status : statuses)
        status = withQuota(std::move(status));
    return statuses + m_observed->accounts();
}

AccountStatus Engine::withQuota(AccountStatus status) const
{
    status.quota = m_quota->status(status.id);
    return status;
}

QList<AccountEvent> Engine::accountHistory(const AccountId &account) const
{
    return m_accounts->history(account);
}

QList<WorkspaceStatus> Engine::workspaces() const
{
    return m_workspaces->workspaces();
}

QList<OutboxRecord> Engine::outbox(const WorkspaceId &workspace) const
{
    return m_workspaces->outbox(workspace);
}

QList<Transfer> Engine::transfers() const
{
    return m_pushes->transfers();
}

QList<TransferItem> Engine::transferItems(const TransferId &transfer) const
{
    return m_pushes->items(transfer);
}

QList<ProviderProfile> Engine::providers() const
{
    return m_profiles->all();
}

VaultState Engine::vaultState() const
{
    return m_vault->state();
}

QDateTime Engine::now() const
{
    return m_clock->now();
}

QCoro::Task<Result<AccountId>> Engine::signIn(SignInRequest request)
{
    if (const auto kept = m_observed->refusal(request.account))
        co_return Failure(*kept);
    const auto providerId = request.providerId;
    auto signedIn = co_await m_accounts->signIn(std::move(request));
    ActivityEntry entry;
    entry.kind = ActivityKind::SignIn;
    if (!signedIn) {
        if (signedIn.error().kind == ErrorClass::Cancel)
            co_return signedIn;
        entry.outcome = ActivityOutcome::Trouble;
        entry.subject = providerId;
        entry.text = signedIn.error().message;
        entry.code = signedIn.error().code;
        entry.requestId = signedIn.error().requestId;
        m_journal->add(entry);
        co_return signedIn;
    }
    const auto status = m_accounts->account(*signedIn);
    entry.account = *signedIn;
    if (status) {
        entry.subject = status->label;
        entry.text = tr("Signed in as %1.").arg(status->subject.isEmpty() ? status->label : status->subject);
        m_lastBadges.insert(*signedIn, status->badge);
    }
    m_journal->add(entry);
    co_return signedIn;
}

void Engine::extendSignIn(const SignInId &id)
{
    m_accounts->extendSignIn(id);
}

void Engine::cancelSignIn(const SignInId &id)
{
    m_accounts->cancelSignIn(id);
}

QCoro::Task<void> Engine::forgetBundlesOf(AccountId account)
{
    co_await m_bundles->forget(account);
}

QCoro::Task<Result<void>> Engine::signOut(AccountId account)
{
    if (const auto kept = m_observed->refusal(account))
        co_return Failure(*kept);
    const auto status = m_accounts->account(account);
    auto done = co_await m_accounts->signOut(account);
    co_await forgetBundlesOf(account);
    if (status) {
        ActivityEntry entry;
        entry.kind = ActivityKind::SignOut;
        entry.account = account;
        entry.subject = status->label;
        entry.text = done ? tr("Signed out of %1.").arg(status->label) : done.error().message;
        entry.outcome = done ? ActivityOutcome::Done : ActivityOutcome::NeedsYou;
        entry.code = done ? QString() : done.error().code;
        m_journal->add(entry);
    }
    co_return done;
}

QCoro::Task<Result<void>> Engine::removeAccount(AccountId account)
{
    if (const auto kept = m_observed->refusal(account))
        co_return Failure(*kept);
    const auto status = m_accounts->account(account);
    co_await forgetBundlesOf(account);
    auto done = co_await m_accounts->remove(account);
    if (status && done) {
        ActivityEntry entry;
        entry.kind = ActivityKind::Account;
        entry.account = account;
        entry.subject = status->label;
        entry.text = tr("%1 was removed.").arg(status->label);
        m_journal->add(entry);
    }
    co_return done;
}

QCoro::Task<Result<void>> Engine::setAccountEnabled(AccountId account, bool enabled)
{
    if (const auto kept = m_observed->refusal(account))
        co_return Failure(*kept);
    auto done = co_await m_accounts->setEnabled(account, enabled);
    co_return done;
}

QCoro::Task<Result<AccountStatus>> Engine::checkAccount(AccountId account)
{
    if (const auto kept = m_observed->refusal(account))
        co_return Failure(*kept);
    auto status = co_await m_accounts->check(account);
    if (status)
        status = withQuota(std::move(*status));
    co_return status;
}

QCoro::Task<Result<AccountId>> Engine::adoptAccount(AccountId account)
{
    const auto observed = m_observed->account(account);
    auto adopted = co_await m_observed->adopt(account);
    const auto status = adopted ? m_accounts->account(*adopted) : std::nullopt;
    if (observed && status) {
        ActivityEntry entry;
        entry.kind = ActivityKind::SignIn;
        entry.account = *adopted;
        entry.subject = status->label;
        entry.text = tr("Moved from %1 into the keychain.").arg(observed->observedBy);
        m_lastBadges.insert(*adopted, status->badge);
        m_journal->add(entry);
    }
    co_return adopted;
}

QCoro::Task<Result<void>> Engine::unlockKeychain()
{
    auto done = co_await m_accounts->unlockKeychain();
    co_return done;
}

QCoro::Task<Result<void>> Engine::refreshWorkspaces()
{
    Result<void> outcome;
    const auto accounts = m_accounts->accounts();
    for (const AccountStatus &account : accounts) {
        if (!account.enabled || account.state == AccountState::SignedOut)
            continue;
        auto refreshed = co_await m_workspaces->refresh(account.id);
        if (!refreshed)
            outcome = refreshed;
    }
    co_return outcome;
}

QCoro::Task<Result<WorkspaceId>> Engine::addMirror(QString folder)
{
    auto added = m_workspaces->addMirror(folder);
    if (added) {
        ActivityEntry entry;
        entry.kind = ActivityKind::Workspace;
        entry.workspace = *added;
        entry.subject = folder;
        entry.text = tr("The folder %1 was added.").arg(folder);
        m_journal->add(entry);
    }
    co_return added;
}

QCoro::Task<Result<void>> Engine::forgetWorkspace(WorkspaceId workspace)
{
    co_return m_workspaces->forget(workspace);
}

QCoro::Task<Result<PushPlan>> Engine::planPush(PushRequest request)
{
    auto plan = co_await m_pushes->plan(std::move(request));
    co_return plan;
}

QCoro::Task<Result<TransferId>> Engine::push(PushRequest request)
{
    auto started = co_await m_pushes->push(std::move(request));
    co_return started;
}

QCoro::Task<Result<Transfer>> Engine::pushFinished(TransferId transfer)
{
    auto finished = co_await m_pushes->finished(transfer);
    co_return finished;
}

void Engine::cancelTransfer(const TransferId &transfer)
{
    m_pushes->cancel(transfer);
}

QCoro::Task<Result<TransferId>> Engine::retryTransfer(TransferId transfer)
{
    auto started = co_await m_pushes->retry(transfer);
    co_return started;
}

void Engine::dismissTransfer(const TransferId &transfer)
{
    m_pushes->dismiss(transfer);
}

QCoro::Task<Result<QList<ActivityEntry>>> Engine::activity(ActivityQuery query)
{
    auto entries = co_await m_journal->entries(query);
    co_return entries;
}

void Engine::recordAccount(const AccountStatus &status)
{
    // Only what changes how an account stands is history; each retry is not.
    const auto last = m_lastBadges.constFind(status.id);
    // A sign-in and a sign-out are told by whoever asked for them.
    const bool news
        = last != m_lastBadges.constEnd() && *last != status.badge && *last != Badge::Off && status.badge != Badge::Off;
    m_lastBadges.insert(status.id, status.badge);
    if (!news || !m_started || status.badge == Badge::Working)
        return;
    ActivityEntry entry;
    entry.kind = ActivityKind::Account;
    entry.account = status.id;
    entry.subject = status.label;
    entry.text = sentenceFor(status, now()).text;
    switch (status.badge) {
    case Badge::NeedsYou:
    case Badge::NeedsAdmin:
        entry.outcome = ActivityOutcome::NeedsYou;
        break;
    case Badge::Reconnecting:
        entry.outcome = ActivityOutcome::Trouble;
        break;
    default:
        break;
    }
    if (status.lastError) {
        entry.code = status.lastError->error.code;
        entry.requestId = status.lastError->error.requestId;
    }
    m_journal->add(entry);
}

void Engine::recordTransfer(const Transfer &transfer)
{
    // What ended in an earlier run is in the history already.
    if (transfer.isRunning() || *transfer.finishedAt < m_startedAt || m_recorded.contains(transfer.id))
        return;
    m_recorded.insert(transfer.id);
    constexpr int mostLines = 20;
    int lines = 0;
    const auto items = m_pushes->items(transfer.id);
    const auto workspace = m_workspaces->workspace(transfer.workspace);
    for (const TransferItem &item : items) {
        if (item.state == ItemState::Acked || item.state == ItemState::Cancelled || ++lines > mostLines)
            continue;
        ActivityEntry entry;
        entry.kind = ActivityKind::Push;
        entry.workspace = transfer.workspace;
        entry.subject = item.remotePath.isEmpty() ? item.local : item.remotePath;
        entry.text = sentenceFor(item).text;
        entry.code = item.code;
        entry.outcome = item.state == ItemState::Attention ? ActivityOutcome::NeedsYou : ActivityOutcome::Trouble;
        m_journal->add(entry);
    }
    if (transfer.acked == 0)
        return;
    ActivityEntry entry;
    entry.kind = ActivityKind::Push;
    entry.workspace = transfer.workspace;
    entry.subject = workspace ? workspace->name : transfer.workspace.text();
    entry.text = tr("%n file(s) arrived in %1.", nullptr, transfer.acked).arg(entry.subject);
    m_journal->add(entry);
}

void Engine::recordVault(VaultState state)
{
    const bool usable = state == VaultState::Unlocked;
    const bool first = !m_lastVaultState;
    const bool changed = m_lastVaultState && (*m_lastVaultState == VaultState::Unlocked) != usable;
    m_lastVaultState = state;
    if (!changed && !(first && !usable))
        return;
    ActivityEntry entry;
    entry.kind = ActivityKind::Keychain;
    entry.code = toString(state);
    if (usable) {
        entry.text = tr("The keychain is unlocked.");
    } else {
        entry.outcome = ActivityOutcome::NeedsYou;
        entry.text = state == VaultState::Locked ? tr("The keychain is locked.") : tr("The keychain does not answer.");
    }
    m_journal->add(entry);
}

} // namespace Postroom
