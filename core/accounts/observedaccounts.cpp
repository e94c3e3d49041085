#include "core/accounts/observedaccounts.h"

#include "core/accounts/flight.h"
#include "core/accounts/import.h"
#include "core/accounts/observedlock.h"
#include "core/accounts/tokenpolicy.h"
#include "core/base/log.h"

#include <QCryptographicHash>
#include <QFileSystemWatcher>
#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

// A program replaces a file in several steps, and each is an event.
constexpr std::chrono::milliseconds gathering = 200ms;

QUrl bare(QUrl url)
{
    return url.adjusted(QUrl::StripTrailingSlash);
}

} // namespace

// Counts one adoption, so that shutdown() can wait for it. The first local of adopt().
class ObservedAccounts::Work
{
public:
    Work(ObservedAccounts *owner, AccountId id) : m_owner(owner), m_id(std::move(id))
    {
        ++m_owner->m_working;
        m_owner->m_moving.insert(m_id);
    }
    ~Work()
    {
        m_owner->m_moving.remove(m_id);
        if (--m_owner->m_working == 0 && m_owner->m_lastWork)
            m_owner->m_lastWork->finish({});
    }
    Q_DISABLE_COPY(Work)

private:
    ObservedAccounts *m_owner;
    AccountId m_id;
};

ObservedAccounts::ObservedAccounts(Collaborators collaborators, QObject *parent)
    : QObject(parent), m_use(std::move(collaborators))
{
}

ObservedAccounts::~ObservedAccounts() = default;

AccountId ObservedAccounts::idOf(const ObservedCredential &credential)
{
    // A bundle is one of several for the same workspace, and which of them is shown may change.
    const bool isBundle = credential.source == ObservedSource::Relayfile && !credential.problem;
    const QString key = isBundle ? bare(credential.server).toString(QUrl::FullyEncoded) + QLatin1Char('\n')
            + credential.displayName + QLatin1Char('\n') + credential.subject
                                 : credential.path;
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(toString(credential.source).toUtf8() + '\0' + key.toUtf8());
    return AccountId(QStringLiteral("observed-") + QString::fromLatin1(hash.result().toHex().left(16)));
}

void ObservedAccounts::start()
{
    if (m_watcher || m_stop.stop_requested())
        return;
    m_watcher = std::make_unique<QFileSystemWatcher>();
    connect(m_watcher.get(), &QFileSystemWatcher::directoryChanged, this, [this](const QString &folder) {
        // A folder that only stands for one that is still to come changes for many reasons.
        if (!isPlaceholder(m_use.places, folder) || foldersToWatch(m_use.places) != m_folders)
            lookSoon();
    });
    connect(m_watcher.get(), &QFileSystemWatcher::fileChanged, this, &ObservedAccounts::lookSoon);
    // A sign-out here may bring one back into view.
    connect(m_use.accounts, &AccountService::accountChanged, this, &ObservedAccounts::publish);
    connect(m_use.accounts, &AccountService::accountRemoved, this, &ObservedAccounts::publish);
    look();
}

QCoro::Task<void> ObservedAccounts::shutdown()
{
    m_stop.request_stop();
    m_watcher.reset();
    m_lookAlarm.reset();
    m_boundary.reset();
    const auto signIns = m_signIns;
    for (const SignInId &signIn : signIns)
        m_use.accounts->cancelSignIn(signIn);
    while (m_working > 0) {
        const auto lastWork = std::make_shared<Flight>();
        m_lastWork = lastWork;
        auto ended = co_await Flight::join(lastWork);
        Q_UNUSED(ended)
    }
}

void ObservedAccounts::lookSoon()
{
    // Not put off by further events, so that a busy folder is looked at as well.
    if (!m_lookAlarm && m_watcher)
        m_lookAlarm = m_use.clock->at(m_use.clock->now().addMSecs(gathering.count()), [this] { look(); });
}

void ObservedAccounts::look()
{
    m_lookAlarm.reset();
    if (!m_watcher)
        return;
    // Watched first: what changes after the reading is then told.
    watch();
    m_found = lookAround(m_use.places);
    publish();
}

void ObservedAccounts::watch()
{
    const QStringList folders = foldersToWatch(m_use.places);
    m_folders = folders;
    const QStringList files = filesToWatch(m_use.places);
    const QStringList watched = m_watcher->directories() + m_watcher->files();
    QStringList added;
    QStringList gone;
    for (const QString &path : folders + files) {
        if (!watched.contains(path))
            added.append(path);
    }
    for (const QString &path : watched) {
        if (!folders.contains(path) && !files.contains(path))
            gone.append(path);
    }
    if (!gone.isEmpty())
        m_watcher->removePaths(gone);
    if (!added.isEmpty()) {
        const QStringList refused = m_watcher->addPaths(added);
        if (!refused.isEmpty())
            qCInfo(logAccounts) << "not watched:" << refused.size() << "places of other programs";
    }
}

bool ObservedAccounts::wasAdopted(const ObservedCredential &credential) const
{
    const auto managed = m_use.accounts->accounts();
    return std::any_of(managed.cbegin(), managed.cend(), [&](const AccountStatus &status) {
        const auto record = m_use.accounts->record(status.id);
        // Where its secret is missing the move did not end.
        if (!record || !record->signedIn || record->reason.startsWith(QLatin1String("secret-")))
            return false;
        const auto origin = originIn(record->unknown);
        if (origin && origin->source == toString(credential.source) && origin->token == credential.token)
            return true;
        // relayfile makes new bundles by itself all the time; that is no new sign-in.
        return credential.source == ObservedSource::Relayfile && !credential.subject.isEmpty()
            && record->providerId == credential.providerId && record->subject == credential.subject
            && bare(record->server) == bare(credential.server) && !needsSomebody(record->state);
    });
}

// Moved here and signed out here: what its program still has of it was ended with it.
bool ObservedAccounts::wasGivenUp(const ObservedCredential &credential) const
{
    const auto managed = m_use.accounts->accounts();
    return std::any_of(managed.cbegin(), managed.cend(), [&](const AccountStatus &status) {
        const auto record = m_use.accounts->record(status.id);
        const auto origin = record && !record->signedIn ? originIn(record->unknown) : std::nullopt;
        return origin && origin->source == toString(credential.source) && origin->token == credential.token;
    });
}

AccountStatus ObservedAccounts::statusOf(
    const ObservedCredential &credential, const std::optional<ProviderProfile> &profile) const
{
    const QDateTime now = m_use.clock->now();
    AccountStatus status;
    status.id = idOf(credential);
    status.custody = Custody::Observed;
    status.observedBy = toolName(credential.source);
    status.providerId = credential.providerId;
    status.providerName = profile ? profile->name : status.observedBy;
    status.host = credential.server.host();
    if (status.host.isEmpty() && profile)
        status.host = (profile->issuer.isEmpty() ? profile->endpoints.token : profile->issuer).host();
    status.subject = credential.displayName;
    status.label = credential.displayName.isEmpty()
        ? status.observedBy
        : tr("%1 (%2)", "a person or workspace, a program").arg(credential.displayName, status.observedBy);
    status.scopes = credential.scopes;
    status.since = credential.writtenAt;
    status.signInEndsAt = credential.refreshExpiresAt;
    if (credential.accessExpiresAt && *credential.accessExpiresAt > now)
        status.usableUntil = credential.accessExpiresAt;
    // The person is at home in the other program; nothing here calls for them.
    if (credential.problem) {
        status.state = AccountState::Misconfigured;
        status.reason = credential.problem->code;
        status.badge = Badge::Off;
        status.lastError = LastError{*credential.problem, 0, credential.writtenAt};
    } else if (wasGivenUp(credential)) {
        status.state = AccountState::NeedsSignIn;
        status.reason = QStringLiteral("signed-out-here");
        status.badge = Badge::Off;
        status.usableUntil.reset();
    } else if (credential.isAlive(now)) {
        status.state = AccountState::Fresh;
        status.badge = Badge::Good;
    } else {
        status.state = AccountState::NeedsSignIn;
        status.reason = QStringLiteral("expired");
        status.badge = Badge::Off;
        status.since = *credential.accessExpiresAt;
        if (credential.hasRefreshToken && credential.refreshExpiresAt)
            status.since = std::max(status.since, *credential.refreshExpiresAt);
    }
    return status;
}

void ObservedAccounts::publish()
{
    if (!m_watcher || (m_found.isEmpty() && m_shown.isEmpty()))
        return;
    QList<AccountStatus> shown;
    QStringList labels;
    QHash<QString, std::optional<ProviderProfile>> profiles;
    const auto managed = m_use.accounts->accounts();
    for (const AccountStatus &status : managed)
        labels.append(status.label.toLower());
    for (const ObservedCredential &credential : std::as_const(m_found)) {
        if (!credential.problem && wasAdopted(credential))
            continue;
        if (!profiles.contains(credential.providerId))
            profiles.insert(credential.providerId, m_use.profiles->find(credential.providerId));
        AccountStatus status = statusOf(credential, profiles.value(credential.providerId));
        const QString base = status.label;
        for (int i = 2; labels.contains(status.label.toLower()); ++i)
            status.label = QStringLiteral("%1 (%2)").arg(base).arg(i);
        labels.append(status.label.toLower());
        shown.append(status);
    }
    const QList<AccountStatus> before = std::exchange(m_shown, shown);
    armBoundary();
    const auto has = [](const QList<AccountStatus> &list, const AccountId &id) {
        return std::any_of(list.cbegin(), list.cend(), [&id](const AccountStatus &status) { return status.id == id; });
    };
    for (const AccountStatus &status : before) {
        if (!has(shown, status.id))
            Q_EMIT accountRemoved(status.id);
    }
    for (const AccountStatus &status : shown) {
        if (!before.contains(status))
            Q_EMIT accountChanged(status);
    }
}

void ObservedAccounts::armBoundary()
{
    const QDateTime now = m_use.clock->now();
    QDateTime next;
    for (const ObservedCredential &credential : std::as_const(m_found)) {
        for (const auto &end : {credential.accessExpiresAt, credential.refreshExpiresAt}) {
            if (end && *end > now && (!next.isValid() || *end < next))
                next = *end;
        }
    }
    m_boundary.reset();
    if (next.isValid())
        m_boundary = m_use.clock->at(next, [this] { publish(); });
}

QList<AccountStatus> ObservedAccounts::accounts() const
{
    return m_shown;
}

std::optional<AccountStatus> ObservedAccounts::account(const AccountId &id) const
{
    for (const AccountStatus &status : m_shown) {
        if (status.id == id)
            return status;
    }
    return std::nullopt;
}

QList<AccountId> ObservedAccounts::accountsOf(ObservedSource source) const
{
    QList<AccountId> ids;
    for (const ObservedCredential &credential : m_found) {
        const AccountId id = idOf(credential);
        if (credential.source == source && account(id))
            ids.append(id);
    }
    return ids;
}

QList<AccountStatus> ObservedAccounts::movedFrom(ObservedSource source) const
{
    QList<AccountStatus> moved = m_use.accounts->accounts();
    moved.removeIf([this, source](const AccountStatus &status) {
        const auto record = m_use.accounts->record(status.id);
        const auto origin = record && record->signedIn ? originIn(record->unknown) : std::nullopt;
        return !origin || origin->source != toString(source);
    });
    return moved;
}

std::optional<Error> ObservedAccounts::refusal(const AccountId &id) const
{
    const auto status = account(id);
    if (!status)
        return std::nullopt;
    return failInput(QStringLiteral("observed"),
        tr("%1 is kept signed in by %2.").arg(status->label, status->observedBy),
        tr("Move it into the keychain first, or do that with %1.").arg(status->observedBy))
        .value();
}

AccountId ObservedAccounts::ownAccountToRenew(const ObservedCredential &credential) const
{
    // A move that did not end, or one whose tokens were used up by the other program meanwhile. Where the person is
    // known the sign-in itself finds the account.
    const auto managed = m_use.accounts->accounts();
    for (const AccountStatus &status : managed) {
        const auto record = m_use.accounts->record(status.id);
        const auto origin = record ? originIn(record->unknown) : std::nullopt;
        if (!origin || origin->source != toString(credential.source) || origin->path != credential.path
            || (record->signedIn && !needsSomebody(record->state)))
            continue;
        // Without a subject the name has to be the same, and the server in any case: nobody gets another's account.
        const bool samePerson = record->subject.isEmpty() && record->displayName == credential.displayName
            && bare(record->server) == bare(credential.server);
        if (origin->token == credential.token || samePerson)
            return status.id;
    }
    return {};
}

QCoro::Task<Result<AccountId>> ObservedAccounts::adopt(AccountId id)
{
    std::optional<ObservedCredential> known;
    for (const ObservedCredential &credential : std::as_const(m_found)) {
        if (idOf(credential) == id && account(id))
            known = credential;
    }
    if (!known)
        co_return failInput(QStringLiteral("not-observed"), tr("No other program keeps this account."));
    if (known->problem)
        co_return Failure(*known->problem);
    if (m_stop.stop_requested())
        co_return failCancelled();
    if (m_moving.contains(id)) {
        auto failure = failInput(QStringLiteral("tool-busy"), tr("This account is being moved already."));
        failure.value().kind = ErrorClass::Infra;
        co_return failure;
    }
    const Work work(this, id);
    auto account = co_await adoptLocked(*known);
    look();
    co_return account;
}

QCoro::Task<Result<AccountId>> ObservedAccounts::adoptLocked(ObservedCredential known)
{
    if (!m_use.profiles->find(known.providerId))
        co_return failInput(QStringLiteral("unknown-provider"),
            tr("Postroom does not know how to renew a sign-in of %1.").arg(toolName(known.source)));
    // Nobody's lock is held while a person is asked for a password.
    auto ready = co_await m_use.accounts->probeKeychain();
    if (!ready)
        co_return Failure(ready.error());
    auto lock = co_await ObservedLock::acquire(known.source, known.path, m_use.clock, m_stop.get_token());
    if (!lock)
        co_return Failure(lock.error());
    // What counts is what is there now that its program holds still.
    const auto reading = readObserved(known.source, known.path, m_use.places);
    if (!reading)
        co_return Failure(reading.error());
    const ObservedCredential credential = reading->credential;
    if (!credential.isAlive(m_use.clock->now()) || wasGivenUp(credential))
        co_return failInput(QStringLiteral("observed-expired"),
            tr("This sign-in of %1 has ended.").arg(toolName(known.source)),
            tr("Sign in with %1 again.").arg(toolName(known.source)));
    SignInRequest request;
    request.providerId = credential.providerId;
    request.server = credential.server;
    request.clientId = credential.clientId;
    request.account = ownAccountToRenew(credential);
    ImportedSignIn imported;
    imported.tokens.accessToken = reading->secrets.accessToken;
    imported.tokens.refreshToken = reading->secrets.refreshToken;
    imported.tokens.obtainedAt = std::min(credential.writtenAt, m_use.clock->now());
    imported.tokens.expiresAt = credential.accessExpiresAt.value_or(QDateTime());
    imported.tokens.refreshExpiresAt = credential.refreshExpiresAt;
    if (!credential.scopes.isEmpty())
        imported.tokens.scopes = credential.scopes;
    imported.tokens.subject = credential.subject;
    imported.tokens.displayName = credential.displayName;
    if (credential.source == ObservedSource::AgentRelay)
        imported.tokens.apiUrl = credential.server.toString(QUrl::FullyEncoded);
    imported.tokenEndpoint = reading->secrets.refreshUrl;
    imported.origin = {toString(credential.source), credential.path, credential.token};
    request.imported = imported;
    const SignInId signIn = request.id;
    m_signIns.insert(signIn);
    auto account = co_await m_use.accounts->signIn(std::move(request));
    m_signIns.remove(signIn);
    co_return account;
}

} // namespace Postroom
