#include "core/relayfile/bundlekeeper.h"

#include "core/accounts/flight.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/relayfile/serviceerror.h"

#include <QCryptographicHash>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr qint64 handOutSkewMs = 30'000;
constexpr qint64 refusedAgainMs = 10'000;
constexpr qint64 firstPauseMs = 30'000;
constexpr qint64 longestPauseMs = 10 * 60'000;

QString indexKey(const AccountId &account)
{
    return QStringLiteral("v1/bundle/%1/index").arg(account.text());
}

std::optional<QDateTime> endOf(const DelegatedBundle &bundle)
{
    const QJsonObject claims = unverifiedClaims(bundle.accessToken);
    const auto seconds = integerAt(claims, QLatin1String("exp"));
    if (seconds && *seconds > 0 && *seconds < 253402300799)
        return QDateTime::fromSecsSinceEpoch(*seconds, Qt::UTC);
    return bundle.accessExpiresAt;
}

} // namespace

class BundleKeeper::Private final : public QObject
{
public:
    // One workspace and scope set of one account. Shared with the work that renews it.
    struct Slot {
        AccountId account;
        QString cloudWorkspaceId;
        QStringList scopes;
        QString key; // in the vault
        std::optional<DelegatedBundle> bundle;
        bool asked = false; // the vault was asked
        QString refused; // fingerprint of the token that the data plane did not take
        bool renewedAfterRefusal = false;
        int refusedInRow = 0;
        QDateTime renewedAt;
        QDateTime notBefore; // no renewal ahead of need until then
        int failures = 0;
        std::shared_ptr<Flight> flight;
    };
    using SlotPtr = std::shared_ptr<Slot>;

    Private(AccountService *accountService, CloudApi *cloudApi, TokenEndpoint *tokenEndpoint, SecretStore *store,
        Clock *time)
        : accounts(accountService), cloud(cloudApi), endpoint(tokenEndpoint), vault(store), clock(time)
    {
    }

    SlotPtr slotFor(const DataPlaneKey &key, const QStringList &scopes);
    bool isAlive(const SlotPtr &slot) const { return slots_.value(slot->key) == slot; }
    bool serves(const Slot &slot) const;
    bool mayUseVault() const { return vault->state() == VaultState::Unlocked || vault->state() == VaultState::Unknown; }
    bool keepsInVault(const AccountId &account) const;
    DataPlaneAccess accessOf(const Slot &slot) const;
    std::shared_ptr<Flight> renew(const SlotPtr &slot);
    QCoro::Task<void> runRenewal(SlotPtr slot, std::shared_ptr<Flight> flight);
    QCoro::Task<Result<void>> renewOnce(SlotPtr slot);
    QCoro::Task<Result<void>> refresh(SlotPtr slot);
    QCoro::Task<Result<void>> mint(SlotPtr slot);
    Result<void> keepWhatServes(const SlotPtr &slot, const Error &error);
    void renewed(const SlotPtr &slot);
    QCoro::Task<void> recall(SlotPtr slot);
    QCoro::Task<void> save(SlotPtr slot);
    QCoro::Task<Result<DataPlaneAccess>> serverAccess(DataPlaneKey key, Result<AccessToken> token);

    AccountService *accounts;
    CloudApi *cloud;
    TokenEndpoint *endpoint;
    SecretStore *vault;
    Clock *clock;
    QHash<QString, SlotPtr> slots_;
    TaskScope scope;
};

BundleKeeper::Private::SlotPtr BundleKeeper::Private::slotFor(const DataPlaneKey &key, const QStringList &scopes)
{
    const QByteArray workspace
        = QCryptographicHash::hash(key.cloudWorkspaceId.toUtf8(), QCryptographicHash::Sha256).toHex().left(24);
    const QString vaultKey = QStringLiteral("v1/bundle/%1/%2/%3")
                                 .arg(key.account.text(), QString::fromLatin1(workspace), scopeKey(scopes));
    SlotPtr slot = slots_.value(vaultKey);
    if (!slot) {
        slot = std::make_shared<Slot>();
        slot->account = key.account;
        slot->cloudWorkspaceId = key.cloudWorkspaceId;
        slot->scopes = normalisedScopes(scopes);
        slot->key = vaultKey;
        slots_.insert(vaultKey, slot);
    }
    if (slot->bundle || slot->flight)
        return slot;
    // A wider bundle at hand serves as well, so that none has to be minted.
    for (const SlotPtr &other : std::as_const(slots_)) {
        if (other->account == key.account && other->cloudWorkspaceId == key.cloudWorkspaceId && other->bundle
            && scopesSatisfy(other->bundle->scopes, slot->scopes) && serves(*other))
            return other;
    }
    return slot;
}

bool BundleKeeper::Private::serves(const Slot &slot) const
{
    if (!slot.bundle || slot.bundle->accessToken.fingerprint() == slot.refused)
        return false;
    const auto end = endOf(*slot.bundle);
    if (!end)
        return true;
    // A short life is not to be spent on the margin.
    const QJsonObject claims = unverifiedClaims(slot.bundle->accessToken);
    const auto issued = integerAt(claims, QLatin1String("iat"));
    qint64 skew = handOutSkewMs;
    if (issued)
        skew = std::clamp<qint64>((end->toMSecsSinceEpoch() - *issued * 1000) / 10, 0, handOutSkewMs);
    return clock->now().msecsTo(*end) > skew;
}

bool BundleKeeper::Private::keepsInVault(const AccountId &account) const
{
    const auto record = accounts->record(account);
    return record && record->signedIn && !record->sessionOnly;
}

DataPlaneAccess BundleKeeper::Private::accessOf(const Slot &slot) const
{
    DataPlaneAccess access;
    access.server = slot.bundle->server;
    access.relayWorkspaceId = slot.bundle->relayWorkspaceId;
    access.token = slot.bundle->accessToken;
    access.fingerprint = slot.bundle->accessToken.fingerprint();
    access.scopes = slot.bundle->scopes;
    access.expiresAt = endOf(*slot.bundle).value_or(QDateTime());
    return access;
}

std::shared_ptr<Flight> BundleKeeper::Private::renew(const SlotPtr &slot)
{
    if (slot->flight)
        return slot->flight;
    const auto flight = std::make_shared<Flight>();
    slot->flight = flight;
    scope.spawn(runRenewal(slot, flight));
    return flight;
}

QCoro::Task<void> BundleKeeper::Private::runRenewal(SlotPtr slot, std::shared_ptr<Flight> flight)
{
    auto outcome = co_await renewOnce(slot);
    slot->flight.reset();
    flight->finish(outcome);
}

// One pass: from the vault, by refresh, by minting; whatever comes first.
QCoro::Task<Result<void>> BundleKeeper::Private::renewOnce(SlotPtr slot)
{
    if (!slot->asked)
        co_await recall(slot);
    if (slot->bundle && slot->refused.isEmpty() && serves(*slot) && !bundleNeedsRefresh(*slot->bundle, clock->now()))
        co_return Result<void>();
    auto refreshed = co_await refresh(slot);
    if (refreshed)
        co_return refreshed;
    // Trouble that passes ends here; a refusal with a word of its own means that a new delegation is needed.
    if (refreshed.error().isTransient())
        co_return keepWhatServes(slot, refreshed.error());
    auto minted = co_await mint(slot);
    if (!minted)
        co_return keepWhatServes(slot, minted.error());
    co_return minted;
}

QCoro::Task<Result<void>> BundleKeeper::Private::refresh(SlotPtr slot)
{
    Error impossible;
    impossible.origin = Origin::Resource;
    impossible.kind = ErrorClass::Reauth;
    impossible.code = QStringLiteral("no-delegation");
    const QDateTime now = clock->now();
    const bool over = !slot->bundle || slot->bundle->refreshToken.isEmpty()
        || !isTrustworthyUrl(slot->bundle->refreshUrl)
        || (slot->bundle->delegationNotAfter && *slot->bundle->delegationNotAfter <= now)
        || (slot->bundle->refreshExpiresAt && *slot->bundle->refreshExpiresAt <= now)
        || (!slot->refused.isEmpty() && slot->renewedAfterRefusal); // refreshed tokens are refused as well
    if (over)
        co_return Failure(impossible);
    ProviderProfile profile;
    profile.id = QStringLiteral("relayauth");
    profile.name = slot->bundle->refreshUrl.host();
    profile.kind = ProviderKind::RelayfileCloud;
    const QUrl url = slot->bundle->refreshUrl;
    const Secret refreshToken = slot->bundle->refreshToken;
    auto tokens = co_await endpoint->refresh(profile, TokenDialect::RelayAuth, url, refreshToken, Secret());
    if (!tokens)
        co_return Failure(tokens.error());
    if (!isAlive(slot) || !slot->bundle)
        co_return failCancelled();
    slot->bundle->accessToken = tokens->accessToken;
    if (!tokens->refreshToken.isEmpty())
        slot->bundle->refreshToken = tokens->refreshToken;
    slot->bundle->accessExpiresAt
        = tokens->expiresAt.isValid() && !tokens->expiryAssumed ? std::optional(tokens->expiresAt) : std::nullopt;
    slot->bundle->refreshExpiresAt = tokens->refreshExpiresAt;
    renewed(slot);
    co_await save(slot);
    co_return Result<void>();
}

QCoro::Task<Result<void>> BundleKeeper::Private::mint(SlotPtr slot)
{
    auto bundle = co_await cloud->mint(slot->account, slot->cloudWorkspaceId, slot->scopes);
    if (!bundle)
        co_return Failure(bundle.error());
    if (!isAlive(slot))
        co_return failCancelled(); // signed out in the meantime: what came must not be kept
    slot->bundle = *bundle;
    renewed(slot);
    co_await save(slot);
    co_return Result<void>();
}

void BundleKeeper::Private::renewed(const SlotPtr &slot)
{
    slot->renewedAfterRefusal = !slot->refused.isEmpty();
    slot->refused.clear();
    slot->failures = 0;
    slot->renewedAt = clock->now();
    slot->notBefore = {};
    // Where the whole life is shorter than the usual lead, half of it is used before the next renewal.
    const auto end = endOf(*slot->bundle);
    if (end && bundleNeedsRefresh(*slot->bundle, slot->renewedAt))
        slot->notBefore = slot->renewedAt.addMSecs(std::max<qint64>(0, slot->renewedAt.msecsTo(*end)) / 2);
}

Result<void> BundleKeeper::Private::keepWhatServes(const SlotPtr &slot, const Error &error)
{
    if (!error.isTransient() || !serves(*slot))
        return Failure(error);
    const qint64 pause = std::min(longestPauseMs, firstPauseMs << std::clamp(slot->failures, 0, 8));
    ++slot->failures;
    slot->notBefore = clock->now().addMSecs(pause);
    qCInfo(logAccounts) << "a bundle was not renewed and serves on:" << error.code;
    return {};
}

QCoro::Task<void> BundleKeeper::Private::recall(SlotPtr slot)
{
    slot->asked = true;
    if (slot->bundle || !keepsInVault(slot->account) || !mayUseVault())
        co_return;
    auto value = co_await vault->read(slot->key);
    if (!value || slot->bundle || !isAlive(slot))
        co_return;
    if (const auto bundle = decodeBundle(*value))
        slot->bundle = *bundle;
}

// As well as it can: a bundle that is not saved can be minted again.
QCoro::Task<void> BundleKeeper::Private::save(SlotPtr slot)
{
    if (!keepsInVault(slot->account) || !mayUseVault())
        co_return;
    const QString index = indexKey(slot->account);
    auto known = co_await vault->read(index);
    const auto object = known ? parseJsonObject(known->reveal()) : Result<QJsonObject>(QJsonObject());
    QStringList keys = object ? stringsAt(*object, QLatin1String("keys")) : QStringList();
    if (!keys.contains(slot->key)) {
        keys.append(slot->key);
        QJsonObject list;
        list.insert(QLatin1String("keys"), QJsonArray::fromStringList(keys));
        auto listed = co_await vault->write(index, Secret(toCompact(list)));
        if (!listed)
            co_return; // an entry that nobody finds again must not be made
    }
    if (!isAlive(slot) || !slot->bundle)
        co_return;
    auto written = co_await vault->write(slot->key, encodeBundle(*slot->bundle));
    if (!written)
        qCInfo(logAccounts) << "a bundle was not saved:" << toString(written.error().problem);
}

QCoro::Task<Result<DataPlaneAccess>> BundleKeeper::Private::serverAccess(DataPlaneKey key, Result<AccessToken> token)
{
    if (!token)
        co_return Failure(token.error());
    const auto record = accounts->record(key.account);
    DataPlaneAccess access;
    access.server = key.server.isEmpty() && record ? record->server : key.server;
    if (!isTrustworthyUrl(access.server)) {
        auto failure
            = failInput(QStringLiteral("server-untrusted"), tr("The address of this server has to begin with https."));
        failure.value().kind = ErrorClass::Config;
        co_return failure;
    }
    access.relayWorkspaceId = key.relayWorkspaceId;
    access.token = token->value;
    access.fingerprint = token->fingerprint;
    access.scopes = token->scopes;
    access.expiresAt = token->expiresAt;
    co_return access;
}

BundleKeeper::BundleKeeper(AccountService *accounts, CloudApi *cloud, TokenEndpoint *endpoint, SecretStore *vault,
    Clock *clock, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(accounts, cloud, endpoint, vault, clock))
{
}

BundleKeeper::~BundleKeeper() = default;

QCoro::Task<Result<DataPlaneAccess>> BundleKeeper::access(DataPlaneKey key, QStringList scopes)
{
    if (key.cloudWorkspaceId.isEmpty()) {
        auto token = co_await d->accounts->token(key.account);
        auto access = co_await d->serverAccess(key, token);
        co_return access;
    }
    const auto slot = d->slotFor(key, scopes);
    const QDateTime now = d->clock->now();
    const bool early = slot->notBefore.isValid() && now < slot->notBefore;
    if (slot->bundle && d->serves(*slot) && (early || !bundleNeedsRefresh(*slot->bundle, now)))
        co_return d->accessOf(*slot);
    const auto flight = d->renew(slot);
    auto outcome = co_await Flight::join(flight);
    if (slot->bundle && d->serves(*slot))
        co_return d->accessOf(*slot);
    if (!outcome)
        co_return Failure(outcome.error());
    co_return failCancelled();
}

QCoro::Task<Result<DataPlaneAccess>> BundleKeeper::rejected(DataPlaneKey key, QStringList scopes, QString fingerprint)
{
    if (key.cloudWorkspaceId.isEmpty()) {
        auto token = co_await d->accounts->rejected(key.account, fingerprint);
        auto access = co_await d->serverAccess(key, token);
        co_return access;
    }
    auto slot = d->slotFor(key, scopes);
    if (!slot->bundle || slot->bundle->accessToken.fingerprint() != fingerprint) {
        auto current = co_await access(key, scopes);
        co_return current;
    }
    const QDateTime now = d->clock->now();
    if (!slot->flight) {
        // First a refresh, then a new delegation; where those tokens are refused as well, more of them do not help.
        slot->refusedInRow = slot->renewedAfterRefusal ? slot->refusedInRow + 1 : 1;
        if (slot->refusedInRow > 2 && slot->renewedAt.msecsTo(now) < refusedAgainMs) {
            Error error;
            error.origin = Origin::Resource;
            error.kind = ErrorClass::Infra;
            error.code = QStringLiteral("token-rejected");
            error.message
                = tr("%1 does not accept the access that was handed out for it.").arg(slot->bundle->server.host());
            error.retryAt = slot->renewedAt.addMSecs(refusedAgainMs);
            co_return Failure(error);
        }
        slot->refused = fingerprint;
    }
    const auto flight = d->renew(slot);
    auto outcome = co_await Flight::join(flight);
    if (slot->bundle && d->serves(*slot) && slot->bundle->accessToken.fingerprint() != fingerprint)
        co_return d->accessOf(*slot);
    if (!outcome)
        co_return Failure(outcome.error());
    co_return failCancelled();
}

QCoro::Task<void> BundleKeeper::forget(AccountId account)
{
    QStringList keys;
    const auto all = d->slots_.values();
    for (const auto &slot : all) {
        if (slot->account == account)
            keys.append(slot->key);
    }
    for (const QString &key : std::as_const(keys))
        d->slots_.remove(key);
    const QString index = indexKey(account);
    auto known = co_await d->vault->read(index);
    if (known) {
        if (const auto object = parseJsonObject(known->reveal()))
            keys += stringsAt(*object, QLatin1String("keys"));
    }
    keys.removeDuplicates();
    for (const QString &key : std::as_const(keys)) {
        auto removed = co_await d->vault->remove(key);
        Q_UNUSED(removed)
    }
    auto removed = co_await d->vault->remove(index);
    Q_UNUSED(removed)
}

} // namespace Postroom
