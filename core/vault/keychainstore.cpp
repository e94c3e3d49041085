#include "core/vault/keychainstore.h"

#include <QCoroSignal>
#include <algorithm>

#include "core/base/log.h"
#include "core/vault/keychainstore_p.h"

namespace Postroom
{
namespace
{

std::chrono::milliseconds left(const QDeadlineTimer &deadline)
{
    return std::chrono::milliseconds(std::max<qint64>(1, deadline.remainingTime()));
}

} // namespace

KeychainStore::KeychainStore(QString nameSpace, Limits limits, QObject *parent)
    : SecretStore(parent), d(std::make_shared<Private>(this, std::move(nameSpace), limits))
{
    d->listen(d);
}

KeychainStore::KeychainStore(QString nameSpace, QObject *parent) : KeychainStore(std::move(nameSpace), Limits(), parent)
{
}

KeychainStore::~KeychainStore()
{
    d->close();
}

QCoro::Task<VaultResult<Secret>> KeychainStore::read(QString key)
{
    return Private::read(d, std::move(key));
}

QCoro::Task<VaultResult<void>> KeychainStore::write(QString key, Secret value)
{
    return Private::write(d, std::move(key), std::move(value));
}

QCoro::Task<VaultResult<void>> KeychainStore::remove(QString key)
{
    return Private::remove(d, std::move(key));
}

QCoro::Task<VaultState> KeychainStore::probe()
{
    return Private::probe(d);
}

QCoro::Task<VaultResult<void>> KeychainStore::unlock()
{
    return Private::unlock(d);
}

VaultState KeychainStore::state() const
{
    return d->state;
}

// Gives the turn on, however the call ends.
class KeychainStore::Private::Turn
{
public:
    explicit Turn(Self self) : m_self(std::move(self)) { }
    ~Turn() { m_self->passTurn(); }
    Q_DISABLE_COPY_MOVE(Turn)

private:
    Self m_self;
};

KeychainStore::Private::Private(KeychainStore *store, QString prefix, Limits bounds)
    : m_store(store), m_nameSpace(std::move(prefix)), m_limits(bounds)
{
    m_again.setSingleShot(true);
    m_again.setInterval(20);
}

void KeychainStore::Private::listen(std::weak_ptr<Private> weak)
{
    QObject::connect(&m_service, &SecretService::appeared, &m_again, qOverload<>(&QTimer::start));
    QObject::connect(&m_service, &SecretService::touched, &m_again, qOverload<>(&QTimer::start));
    QObject::connect(&m_service, &SecretService::disappeared, &m_again, qOverload<>(&QTimer::start));
    QObject::connect(&m_service, &SecretService::appeared, &KeychainJob::forgetSession);
    QObject::connect(&m_again, &QTimer::timeout, &m_service, [weak] {
        if (const Self self = weak.lock())
            lookAgain(self);
    });
}

void KeychainStore::Private::close()
{
    m_store = nullptr;
    m_again.stop();
    if (m_job)
        m_job->abandon();
}

void KeychainStore::Private::setState(VaultState next)
{
    if (state == next)
        return;
    qCInfo(logVault) << "keychain" << toString(state) << "->" << toString(next);
    state = next;
    if (m_store)
        Q_EMIT m_store->stateChanged(next);
}

QCoro::Task<void> KeychainStore::Private::waitForTurn(Self self)
{
    if (!self->m_busy) {
        self->m_busy = true;
        co_return;
    }
    QueuePlace place;
    self->m_queue.push_back(&place);
    co_await qCoro(&place, &QueuePlace::called);
}

void KeychainStore::Private::passTurn()
{
    if (m_queue.empty()) {
        m_busy = false;
        return;
    }
    QueuePlace *next = m_queue.front();
    m_queue.pop_front();
    // The waiting coroutine goes on from the event loop, so a long queue does not become a deep stack.
    Q_EMIT next->called();
}

QMap<QString, QString> KeychainStore::Private::attributesOf(const QString &key) const
{
    // As the keychain library files its entries.
    QMap<QString, QString> attributes{{QStringLiteral("server"), m_nameSpace}};
    if (!key.isEmpty())
        attributes.insert(QStringLiteral("user"), key);
    return attributes;
}

QCoro::Task<SecretService::Standing> KeychainStore::Private::look(
    Self self, std::chrono::milliseconds limit, SecretService::Activation activation)
{
    const quint64 number = ++self->m_asked;
    const SecretService::Standing standing = co_await self->m_service.inspect(limit, activation);
    if (number > self->m_answered) {
        self->m_answered = number;
        self->m_answersForItself = standing.answersForItself;
        self->setState(standing.state);
    }
    co_return standing;
}

QCoro::Task<void> KeychainStore::Private::lookAgain(Self self)
{
    // Only looks: a service that went away is not started again because of it.
    co_await look(self, self->m_limits.job, SecretService::Activation::Avoided);
}

QCoro::Task<VaultState> KeychainStore::Private::probe(Self self)
{
    const SecretService::Standing standing
        = co_await look(self, self->m_limits.job, SecretService::Activation::Allowed);
    co_return standing.state;
}

QCoro::Task<bool> KeychainStore::Private::isBehindLock(Self self, QString key, QDeadlineTimer deadline)
{
    if (self->m_answersForItself)
        co_return false;
    const QMap<QString, QString> attributes = self->attributesOf(key);
    const SecretService::Found found = co_await self->m_service.search(attributes, left(deadline));
    co_return found.answered &&found.open.isEmpty() && !found.locked.isEmpty();
}

QCoro::Task<VaultResult<void>> KeychainStore::Private::preflight(Self self, QString key, QDeadlineTimer deadline)
{
    if (!self->m_store)
        co_return tl::unexpected(VaultError{VaultProblem::Backend, QStringLiteral("the store is closed")});
    if (self->state == VaultState::Hung) {
        const VaultError hung{VaultProblem::TimedOut, QStringLiteral("an earlier call is still without an answer")};
        co_return tl::unexpected(hung);
    }
    const SecretService::Standing standing = co_await look(self, left(deadline), SecretService::Activation::Allowed);
    if (auto no = refusal(standing.state)) {
        no->detail = standing.detail;
        co_return tl::unexpected(*no);
    }
    if (key.isEmpty())
        co_return {};
    const bool behindLock = co_await isBehindLock(self, key, deadline);
    if (behindLock) {
        const VaultError locked{
            VaultProblem::Locked, QStringLiteral("the entry is in another keyring, which is locked")};
        co_return tl::unexpected(locked);
    }
    co_return {};
}

QCoro::Task<std::optional<VaultError>> KeychainStore::Private::run(
    Self self, KeychainJob *job, QPointer<QKeychain::Job> raw, QDeadlineTimer deadline)
{
    if (!self->m_store)
        co_return VaultError{VaultProblem::Backend, QStringLiteral("the store is closed")};
    self->m_job = job;
    job->start(left(deadline));
    if (job->outcome() == KeychainJob::Outcome::Running)
        co_await qCoro(job, &KeychainJob::ended);
    if (job->outcome() == KeychainJob::Outcome::Finished)
        co_return std::nullopt;
    if (job->outcome() == KeychainJob::Outcome::Abandoned)
        co_return VaultError{VaultProblem::Backend, QStringLiteral("the store is closed")};
    // Later looks are newer than this; the ones under way are not.
    self->m_answered = ++self->m_asked;
    self->setState(VaultState::Hung);
    if (raw)
        QObject::connect(raw, &QKeychain::Job::finished, &self->m_again, qOverload<>(&QTimer::start));
    co_return VaultError{VaultProblem::TimedOut, QStringLiteral("the keychain job gave no answer")};
}

QCoro::Task<VaultError> KeychainStore::Private::explain(
    Self self, QKeychain::Error error, QString text, QDeadlineTimer deadline)
{
    const SecretService::Standing standing = co_await look(self, left(deadline), SecretService::Activation::Allowed);
    VaultError problem{VaultProblem::Backend, text};
    if (const auto no = refusal(standing.state); no && !self->m_answersForItself) {
        problem.problem = no->problem;
        co_return problem;
    }
    switch (error) {
    case QKeychain::EntryNotFound:
        problem.problem = VaultProblem::NotFound;
        break;
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied:
        problem.problem = VaultProblem::Denied;
        break;
    case QKeychain::NoBackendAvailable:
        problem.problem = VaultProblem::Absent;
        break;
    default:
        break;
    }
    co_return problem;
}

QCoro::Task<VaultResult<Secret>> KeychainStore::Private::fetch(Self self, QString key, QDeadlineTimer deadline)
{
    auto *raw = new QKeychain::ReadPasswordJob(self->m_nameSpace);
    raw->setKey(key);
    KeychainJob job(raw);
    const auto silent = co_await run(self, &job, QPointer<QKeychain::Job>(raw), deadline);
    if (silent)
        co_return tl::unexpected(*silent);
    if (job.error() != QKeychain::NoError) {
        const VaultError problem = co_await explain(self, job.error(), job.errorText(), deadline);
        co_return tl::unexpected(problem);
    }
    const Secret value(job.data());
    if (const auto no = refusal(value))
        co_return tl::unexpected(*no);
    co_return value;
}

QCoro::Task<VaultResult<Secret>> KeychainStore::Private::read(Self self, QString key)
{
    co_await waitForTurn(self);
    const Turn turn(self);
    const QDeadlineTimer deadline(self->m_limits.job);
    const auto ready = co_await preflight(self, key, deadline);
    if (!ready)
        co_return tl::unexpected(ready.error());
    const auto value = co_await fetch(self, key, deadline);
    if (!value && value.error().problem == VaultProblem::NotFound) {
        // The keyring may have been closed and opened around the job.
        const bool behindLock = co_await isBehindLock(self, key, deadline);
        if (behindLock)
            co_return tl::unexpected(VaultError{VaultProblem::Locked, value.error().detail});
    }
    co_return value;
}

QCoro::Task<VaultResult<void>> KeychainStore::Private::write(Self self, QString key, Secret value)
{
    if (const auto no = refusal(value))
        co_return tl::unexpected(*no);
    co_await waitForTurn(self);
    const Turn turn(self);
    const QDeadlineTimer deadline(self->m_limits.job);
    const auto ready = co_await preflight(self, QString(), deadline);
    if (!ready)
        co_return tl::unexpected(ready.error());
    auto *raw = new QKeychain::WritePasswordJob(self->m_nameSpace);
    raw->setKey(key);
    // The library keeps binary data as base64: as text it would end at its first NUL.
    raw->setBinaryData(value.reveal());
    KeychainJob job(raw);
    const auto silent = co_await run(self, &job, QPointer<QKeychain::Job>(raw), deadline);
    if (silent)
        co_return tl::unexpected(*silent);
    if (job.error() != QKeychain::NoError) {
        const VaultError problem = co_await explain(self, job.error(), job.errorText(), deadline);
        co_return tl::unexpected(problem);
    }
    const auto stored = co_await fetch(self, key, deadline);
    if (stored && *stored == value)
        co_return {};
    if (stored || stored.error().problem == VaultProblem::NotFound) {
        const VaultError other{VaultProblem::Corrupt, QStringLiteral("the entry reads back differently")};
        co_return tl::unexpected(other);
    }
    co_return tl::unexpected(stored.error());
}

QCoro::Task<VaultResult<void>> KeychainStore::Private::remove(Self self, QString key)
{
    co_await waitForTurn(self);
    const Turn turn(self);
    const QDeadlineTimer deadline(self->m_limits.job);
    const auto ready = co_await preflight(self, key, deadline);
    if (!ready)
        co_return tl::unexpected(ready.error());
    auto *raw = new QKeychain::DeletePasswordJob(self->m_nameSpace);
    raw->setKey(key);
    KeychainJob job(raw);
    const auto silent = co_await run(self, &job, QPointer<QKeychain::Job>(raw), deadline);
    if (silent)
        co_return tl::unexpected(*silent);
    if (job.error() != QKeychain::NoError && job.error() != QKeychain::EntryNotFound) {
        const VaultError problem = co_await explain(self, job.error(), job.errorText(), deadline);
        co_return tl::unexpected(problem);
    }
    // The library says "deleted" without deleting when the keyring is closed, so its word is not enough.
    const bool behindLock = co_await isBehindLock(self, key, deadline);
    if (behindLock)
        co_return tl::unexpected(VaultError{VaultProblem::Locked, QStringLiteral("the entry is in a locked keyring")});
    const auto rest = co_await fetch(self, key, deadline);
    if (!rest && rest.error().problem == VaultProblem::NotFound)
        co_return {};
    const bool still
        = rest || rest.error().problem == VaultProblem::Corrupt || rest.error().problem == VaultProblem::TooLarge;
    if (still)
        co_return tl::unexpected(VaultError{VaultProblem::Backend, QStringLiteral("the entry is still there")});
    co_return tl::unexpected(rest.error());
}

QCoro::Task<VaultResult<void>> KeychainStore::Private::unlock(Self self)
{
    co_await waitForTurn(self);
    const Turn turn(self);
    const QDeadlineTimer deadline(self->m_limits.prompt);
    // Also asks a hung service again: a person clicked, so it is worth the wait.
    const auto firstLimit = std::min(self->m_limits.job, self->m_limits.prompt);
    const SecretService::Standing before = co_await look(self, firstLimit, SecretService::Activation::Allowed);
    if (before.answersForItself)
        co_return {};
    if (auto no = refusal(before.state); no && before.state != VaultState::Locked) {
        no->detail = before.detail;
        co_return tl::unexpected(*no);
    }
    // Entries of ours may also lie in a keyring that is not the default one any more.
    const QMap<QString, QString> attributes = self->attributesOf(QString());
    const SecretService::Found found = co_await self->m_service.search(attributes, left(deadline));
    QStringList objects = found.locked;
    if (before.state == VaultState::Locked)
        objects.prepend(before.collection);
    if (objects.isEmpty())
        co_return {};
    const auto opened = co_await self->m_service.unlock(objects, left(deadline));
    const auto lastLimit = std::max(left(deadline), std::min(self->m_limits.job, std::chrono::milliseconds(2000)));
    const SecretService::Standing after = co_await look(self, lastLimit, SecretService::Activation::Allowed);
    if (!opened)
        co_return tl::unexpected(opened.error());
    if (after.state == VaultState::Locked)
        co_return tl::unexpected(VaultError{VaultProblem::Denied, QStringLiteral("the keyring is still locked")});
    if (auto no = refusal(after.state)) {
        no->detail = after.detail;
        co_return tl::unexpected(*no);
    }
    co_return {};
}

} // namespace Postroom
