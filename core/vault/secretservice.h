// The freedesktop Secret Service, asked over D-Bus how it stands. Nothing here reads or writes a secret.
// https://specifications.freedesktop.org/secret-service/
#pragma once

#include "core/vault/secretstore.h"

#include <QDBusMessage>
#include <QMap>
#include <QObject>
#include <QStringList>
#include <chrono>

namespace Postroom
{

// Owned by the keychain store, in its thread. Connects to the session bus at the first call. No call waits on the
// calling thread, each has its own limit, and only unlock() can show a prompt.
class SecretService final : public QObject
{
    Q_OBJECT
public:
    struct Standing {
        VaultState state = VaultState::Unknown;
        QString collection; // object path of the default keyring, when there is one
        QString detail;
        // Another keychain than the Secret Service is in use, and it alone knows: KWallet in a Plasma 5 session, or
        // that of macOS or Windows.
        bool answersForItself = false;
    };
    struct Found {
        bool answered = false;
        QStringList open; // object paths of matching entries in open keyrings
        QStringList locked; // and in closed ones
    };
    enum class Activation { Allowed, Avoided };

    using QObject::QObject;

    QCoro::Task<Standing> inspect(std::chrono::milliseconds limit, Activation activation);
    QCoro::Task<Found> search(QMap<QString, QString> attributes, std::chrono::milliseconds limit);
    // Shows the system's prompt when the service wants one.
    QCoro::Task<VaultResult<void>> unlock(QStringList objects, std::chrono::milliseconds limit);

Q_SIGNALS:
    void appeared(); // the service has a new owner
    void disappeared(); // nobody owns its name any more
    void touched(); // a keyring was changed, locked or unlocked by somebody

private Q_SLOTS:
    void onOwnerChanged(const QString &name, const QString &before, const QString &after);
    void onTouched();
    void onDisconnected();

private:
    bool ensureConnected();
    QCoro::Task<QDBusMessage> ask(QDBusMessage call, std::chrono::milliseconds limit);
    QCoro::Task<Standing> inspectOnce(std::chrono::milliseconds limit, Activation activation);
    QCoro::Task<VaultState> reach(QString name, std::chrono::milliseconds limit, Activation activation);
    QCoro::Task<VaultResult<void>> prompt(QString path, std::chrono::milliseconds limit);

    bool m_subscribed = false;
};

} // namespace Postroom
