// The working part of the keychain store: its queue, its checks and its jobs.
#pragma once

#include "core/vault/keychainjob.h"
#include "core/vault/keychainstore.h"
#include "core/vault/secretservice.h"

#include <QDeadlineTimer>
#include <QTimer>
#include <deque>

namespace Postroom
{

// One who waits for the turn. Lives in the frame of the waiting coroutine.
class QueuePlace final : public QObject
{
    Q_OBJECT
Q_SIGNALS:
    void called();
};

// Held by the store and by every coroutine below, which are static and take it by value: none of them can outlive it.
class KeychainStore::Private
{
public:
    using Self = std::shared_ptr<Private>;

    Private(KeychainStore *store, QString prefix, Limits bounds);

    static QCoro::Task<VaultResult<Secret>> read(Self self, QString key);
    static QCoro::Task<VaultResult<void>> write(Self self, QString key, Secret value);
    static QCoro::Task<VaultResult<void>> remove(Self self, QString key);
    static QCoro::Task<VaultResult<void>> unlock(Self self);
    static QCoro::Task<VaultState> probe(Self self);

    // Hears of the service's signals from now on.
    void listen(std::weak_ptr<Private> weak);
    // The store is being destroyed: nothing is told to anybody any more, and what waits ends soon.
    void close();

    VaultState state = VaultState::Unknown;

private:
    class Turn;

    static QCoro::Task<void> waitForTurn(Self self);
    static QCoro::Task<SecretService::Standing> look(
        Self self, std::chrono::milliseconds limit, SecretService::Activation activation);
    static QCoro::Task<void> lookAgain(Self self);
    // Asks before a job whether it may run without a prompt and with a true answer. An empty key asks for no entry.
    static QCoro::Task<VaultResult<void>> preflight(Self self, QString key, QDeadlineTimer deadline);
    // Whether the entry lies in a closed keyring, where the library would prompt for it.
    static QCoro::Task<bool> isBehindLock(Self self, QString key, QDeadlineTimer deadline);
    // Nothing when the job ended by itself; error() and data() of the job tell how.
    static QCoro::Task<std::optional<VaultError>> run(
        Self self, KeychainJob *job, QPointer<QKeychain::Job> raw, QDeadlineTimer deadline);
    static QCoro::Task<VaultResult<Secret>> fetch(Self self, QString key, QDeadlineTimer deadline);
    // Why a job that failed did so: the state of the keyring explains more than the library's number.
    static QCoro::Task<VaultError> explain(Self self, QKeychain::Error error, QString text, QDeadlineTimer deadline);

    QMap<QString, QString> attributesOf(const QString &key) const;
    void setState(VaultState next);
    void passTurn();

    KeychainStore *m_store; // null once it is gone
    QString m_nameSpace;
    Limits m_limits;
    SecretService m_service;
    QTimer m_again; // puts the signals of one event together
    bool m_answersForItself = false;
    bool m_busy = false;
    std::deque<QueuePlace *> m_queue;
    QPointer<KeychainJob> m_job; // the one that runs
    quint64 m_asked = 0; // numbers the looks, so that an old answer never covers a newer one
    quint64 m_answered = 0;
};

} // namespace Postroom
