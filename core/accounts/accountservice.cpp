#include "core/accounts/accountservice_p.h"

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/settings.h"
#include "core/http/surroundings.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QRandomGenerator>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds busyRetry = 200ms;
constexpr std::chrono::milliseconds diskRetry = 30s;
constexpr std::chrono::milliseconds quitPatience = 10s;
constexpr qint64 largestTombstone = 4096;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

RetryNumbers numbersOf(const Settings &settings)
{
    RetryNumbers numbers;
    numbers.initialRetry = settings.span(Setting::RefreshInitialRetry);
    numbers.maxRetry = settings.span(Setting::RefreshMaxRetry);
    numbers.tries = settings.count(Setting::RefreshTries);
    numbers.longRetry = settings.span(Setting::RefreshLongRetry);
    numbers.longRetryMax = settings.span(Setting::RefreshLongRetryMax);
    numbers.stalledAfter = settings.span(Setting::RefreshStalledAfter);
    return numbers;
}

Failure failUnknown()
{
    return failInput(QStringLiteral("unknown-account"), tr("This account does not exist."));
}

} // namespace

AccountService::Private::Private(AccountService *owner, Collaborators collaborators)
    : service(owner), use(std::move(collaborators)), endpoint(use.http, use.clock),
      metadata(use.paths.state + QStringLiteral("/metadata.json"), use.clock),
      flows(use.http, use.clock, &endpoint, &metadata), roster(use.paths.config + QStringLiteral("/accounts.json")),
      locks(use.paths.state + QStringLiteral("/locks"))
{
    connect(use.vault, &SecretStore::stateChanged, this, &Private::vaultChanged);
}

TokenKeeper *AccountService::Private::keeper(const AccountId &id) const
{
    return keepers.value(id).get();
}

KeeperParts AccountService::Private::parts()
{
    KeeperParts parts;
    parts.clock = use.clock;
    parts.vault = use.vault;
    parts.sessionVault = use.sessionVault;
    parts.http = use.http;
    parts.gate = use.gate;
    parts.sending = sending.get_token();
    if (Settings *settings = use.settings) {
        parts.numbers = [settings] { return numbersOf(*settings); };
        parts.requestTimeout = [settings] { return settings->span(Setting::RefreshRequestTimeout); };
    }
    parts.onStep = use.onStep;
    parts.endpoint = &endpoint;
    parts.flows = &flows;
    parts.profiles = use.profiles;
    parts.roster = &roster;
    parts.scope = &scope;
    parts.locks = locks;
    parts.saveRoster = [this] { saveRoster(); };
    parts.changed = [this](const AccountStatus &status) { Q_EMIT service->accountChanged(status); };
    parts.random = [] { return QRandomGenerator::global()->generateDouble(); };
    return parts;
}

std::shared_ptr<TokenKeeper> AccountService::Private::addKeeper(const AccountId &id)
{
    const auto keeper = std::make_shared<TokenKeeper>(parts(), id);
    keepers.insert(id, keeper);
    return keeper;
}

void AccountService::Private::saveRoster()
{
    saveAlarm.reset();
    const auto saved = roster.save();
    if (saved || saved.error().code == QLatin1String("roster-newer"))
        return;
    const bool busy = saved.error().code == QLatin1String("roster-busy");
    if (!busy)
        qCWarning(logAccounts) << "the list of accounts could not be saved:" << saved.error().detail;
    saveAlarm
        = use.clock->at(use.clock->now().addMSecs((busy ? busyRetry : diskRetry).count()), [this] { saveRoster(); });
}

void AccountService::Private::start()
{
    started = true;
    rereadRoster();
    if (const auto made = ensurePrivateDirectory(locks); !made)
        qCWarning(logAccounts) << "the folder for locks is missing:" << made.error().detail;
    scope.spawn(bury());
    listenAround();
    tellAll(On::LoadBegan{});
    // The list is replaced as a whole, so that its folder has to be watched.
    watcher = std::make_unique<QFileSystemWatcher>(QStringList{use.paths.config});
    connect(watcher.get(), &QFileSystemWatcher::directoryChanged, this, &Private::rosterTouched);
}

// Between reading the list for the first picture and now another process may have finished its work.
void AccountService::Private::rereadRoster()
{
    if (roster.isAsWritten() || !QFile::exists(roster.path()))
        return;
    const auto before = keepers.keys();
    keepers.clear();
    const auto loaded = roster.load();
    if (!loaded)
        qCWarning(logAccounts) << "the list of accounts could not be read again:" << loaded.error().code;
    const auto &records = roster.records();
    for (const AccountRecord &record : records)
        addKeeper(record.id)->publish();
    for (const AccountId &id : before) {
        if (!keepers.contains(id))
            Q_EMIT service->accountRemoved(id);
    }
}

void AccountService::Private::dropKeeper(const AccountId &id)
{
    if (const auto keeper = keepers.take(id))
        keeper->retire();
    roster.remove(id);
    Q_EMIT service->accountRemoved(id);
}

void AccountService::Private::tellAll(const HealthEvent &event)
{
    const auto all = keepers.values();
    for (const auto &keeper : all)
        keeper->apply(event);
}

void AccountService::Private::listenAround()
{
    if (use.settings)
        connect(use.settings, &Settings::changed, this, [this](Setting setting) {
            if (setting != Setting::QuotaInterval && setting != Setting::ActivityKeep)
                tellAll(On::SettingsChanged{});
        });
    if (!use.surroundings)
        return;
    connect(use.surroundings, &Surroundings::networkChanged, this,
        [this](bool online) { tellAll(On::NetworkChanged{online}); });
    connect(use.surroundings, &Surroundings::woke, this, [this] { tellAll(On::Woke{}); });
    connect(use.surroundings, &Surroundings::clockJumped, this, [this] { tellAll(On::ClockJumped{}); });
    if (!use.surroundings->isOnline())
        tellAll(On::NetworkChanged{false});
}

// Another process may have signed an account in or out, or renewed it.
void AccountService::Private::rosterTouched()
{
    if (roster.isAsWritten())
        return;
    const auto onDisk = roster.countersOnDisk();
    if (onDisk.isEmpty() && !QFile::exists(roster.path()))
        return;
    const auto known = keepers.keys();
    for (const AccountId &id : known) {
        if (!onDisk.contains(id) && roster.wasOnDisk(id))
            dropKeeper(id);
    }
    for (auto it = onDisk.cbegin(); it != onDisk.cend(); ++it) {
        if (const auto keeper = keepers.value(it.key()))
            keeper->peerChanged(it.value());
    }
}

void AccountService::Private::vaultChanged(VaultState state)
{
    if (!started)
        return;
    tellAll(On::KeyringChanged{state});
    rosterTouched();
    if (state == VaultState::Unlocked)
        scope.spawn(bury());
}

QCoro::Task<void> AccountService::Private::bury()
{
    if (burying)
        co_return;
    burying = true;
    const QStringList graves = QDir(locks).entryList({QStringLiteral("*.forget")}, QDir::Files);
    for (const QString &name : graves) {
        const QString path = locks + QLatin1Char('/') + name;
        const auto content = readFile(path, largestTombstone);
        const auto tombstone = content ? parseJsonObject(*content) : Result<QJsonObject>(Failure(content.error()));
        const QString key = tombstone ? tombstone->value(QLatin1String("key")).toString() : QString();
        const AccountRecord *record = roster.find(AccountId(name.chopped(7)));
        // Who is signed in until they quit has nothing there any more.
        const auto needed = [](const AccountRecord *one) { return one && one->signedIn && !one->sessionOnly; };
        if (key.isEmpty() || needed(record)) {
            QFile::remove(path);
            continue;
        }
        auto removed = co_await use.vault->remove(key);
        record = roster.find(AccountId(name.chopped(7)));
        if (removed && !needed(record))
            QFile::remove(path);
    }
    burying = false;
}

AccountService::AccountService(Collaborators collaborators, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(this, std::move(collaborators)))
{
}

AccountService::~AccountService() = default;

Result<void> AccountService::loadRoster()
{
    const auto loaded = d->roster.load();
    const auto &records = d->roster.records();
    for (const AccountRecord &record : records)
        d->addKeeper(record.id);
    return loaded;
}

void AccountService::start()
{
    d->start();
}

QCoro::Task<void> AccountService::shutdown()
{
    for (auto &[id, stop] : d->signIns)
        stop.request_stop();
    d->scope.stop();
    // A refresh whose request is out ends by itself: its answer is worth more than a quick end. But not more than that;
    // the note of the rotation tells the next start what happened.
    const auto patience = d->use.clock->after(quitPatience, [this] { d->sending.request_stop(); });
    co_await d->scope.drained();
    while (d->calls > 0) {
        const auto lastCall = std::make_shared<Flight>();
        d->lastCall = lastCall;
        auto ended = co_await Flight::join(lastCall);
        Q_UNUSED(ended)
    }
    co_await d->scope.drained();
    const auto all = d->keepers.values();
    for (const auto &keeper : all) {
        // The keychain may have come back without a word.
        if (keeper->health().unsaved)
            co_await keeper->saveOnceMore();
        keeper->retire();
    }
    if (d->saveAlarm)
        d->saveRoster();
    d->saveAlarm.reset();
    d->watcher.reset();
}

QDateTime AccountService::now() const
{
    return d->use.clock->now();
}

QList<AccountStatus> AccountService::accounts() const
{
    QList<AccountStatus> statuses;
    const auto &records = d->roster.records();
    for (const AccountRecord &record : records) {
        if (const auto *keeper = d->keeper(record.id))
            statuses.append(keeper->status());
    }
    return statuses;
}

std::optional<AccountStatus> AccountService::account(const AccountId &id) const
{
    const auto *keeper = d->keeper(id);
    return keeper ? std::optional(keeper->status()) : std::nullopt;
}

std::optional<AccountRecord> AccountService::record(const AccountId &id) const
{
    const AccountRecord *record = d->roster.find(id);
    return record ? std::optional(*record) : std::nullopt;
}

QList<AccountEvent> AccountService::history(const AccountId &id) const
{
    const auto *keeper = d->keeper(id);
    return keeper ? keeper->history() : QList<AccountEvent>();
}

QCoro::Task<Result<AccountId>> AccountService::signIn(SignInRequest request)
{
    const Call call(d.get());
    const SignInId id = request.id;
    const std::stop_token stop = d->signIns[id].get_token();
    auto account = co_await d->signIn(std::move(request), stop);
    d->signIns.erase(id);
    co_return account;
}

void AccountService::cancelSignIn(const SignInId &id)
{
    const auto found = d->signIns.find(id);
    if (found == d->signIns.end())
        return;
    // A copy: the sign-in may end, and be forgotten, while it is being stopped.
    std::stop_source stop = found->second;
    stop.request_stop();
}

void AccountService::extendSignIn(const SignInId &id)
{
    d->flows.extend(id);
}

QCoro::Task<Result<void>> AccountService::signOut(AccountId id)
{
    const Call call(d.get());
    const auto keeper = d->keepers.value(id);
    if (!keeper)
        co_return failUnknown();
    co_await keeper->signOut();
    co_return Result<void>();
}

QCoro::Task<Result<void>> AccountService::remove(AccountId id)
{
    const Call call(d.get());
    const auto keeper = d->keepers.value(id);
    if (!keeper)
        co_return failUnknown();
    // A sign-in that was open may have come in between: it goes as well.
    do {
        co_await keeper->signOut();
    } while (keeper->health().memory.signedIn);
    if (!d->keepers.contains(id))
        co_return Result<void>(); // somebody else removed it in the meantime
    keeper->retire();
    d->keepers.remove(id);
    d->roster.remove(id);
    d->saveRoster();
    Q_EMIT accountRemoved(id);
    co_return Result<void>();
}

QCoro::Task<Result<void>> AccountService::setEnabled(AccountId id, bool enabled)
{
    AccountRecord *record = d->roster.find(id);
    const auto keeper = d->keepers.value(id);
    if (!record || !keeper)
        co_return failUnknown();
    if (record->enabled != enabled)
        keeper->apply(On::Enabled{enabled});
    co_return Result<void>();
}

QCoro::Task<Result<AccountStatus>> AccountService::check(AccountId id)
{
    const Call call(d.get());
    const auto keeper = d->keepers.value(id);
    if (!keeper)
        co_return failUnknown();
    auto outcome = co_await keeper->refreshNow();
    if (!outcome)
        co_return Failure(outcome.error());
    co_return keeper->status();
}

QCoro::Task<Result<void>> AccountService::unlockKeychain()
{
    const Call call(d.get());
    auto unlocked = co_await d->use.vault->unlock();
    if (!unlocked)
        co_return Failure(toError(unlocked.error()));
    // The store tells about a change; where nothing changed for it, something may still wait here.
    d->vaultChanged(VaultState::Unlocked);
    co_return Result<void>();
}

QCoro::Task<Result<void>> AccountService::probeKeychain()
{
    const Call call(d.get());
    auto state = co_await d->use.vault->probe();
    const auto problem = refusal(state);
    if (problem)
        co_return Failure(toError(*problem));
    co_return Result<void>();
}

QCoro::Task<Result<AccessToken>> AccountService::token(AccountId id, std::chrono::seconds minValidity)
{
    const Call call(d.get());
    const auto keeper = d->keepers.value(id);
    if (!keeper)
        co_return failUnknown();
    auto token = co_await keeper->token(minValidity);
    co_return token;
}

QCoro::Task<Result<AccessToken>> AccountService::rejected(AccountId id, QString fingerprint)
{
    const Call call(d.get());
    const auto keeper = d->keepers.value(id);
    if (!keeper)
        co_return failUnknown();
    On::Rejected refusal;
    refusal.fingerprint = fingerprint;
    auto token = co_await keeper->rejected(refusal);
    co_return token;
}

} // namespace Postroom
