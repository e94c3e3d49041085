#include "tests/support/fakenotifications.h"

#include <QUuid>

namespace Postroom
{
namespace
{

const QString name = QStringLiteral("org.freedesktop.Notifications");
const QString path = QStringLiteral("/org/freedesktop/Notifications");
constexpr uint byTheUser = 2;
constexpr uint byTheCaller = 3;

} // namespace

FakeNotifications::FakeNotifications()
    : m_bus(QDBusConnection::connectToBus(
          QDBusConnection::SessionBus, QStringLiteral("notifications-") + QUuid::createUuid().toString(QUuid::Id128)))
{
}

FakeNotifications::~FakeNotifications()
{
    stop();
    QDBusConnection::disconnectFromBus(m_bus.name());
}

bool FakeNotifications::start()
{
    if (m_started)
        return true;
    m_bus.registerObject(path, this, QDBusConnection::ExportScriptableSlots | QDBusConnection::ExportScriptableSignals);
    m_started = m_bus.isConnected() && m_bus.registerService(name);
    if (!m_started)
        stop();
    return m_started;
}

void FakeNotifications::stop()
{
    if (m_started)
        m_bus.unregisterService(name);
    m_bus.unregisterObject(path);
    m_shown.clear();
    m_started = false;
}

void FakeNotifications::act(uint id, const QString &action, const QString &token)
{
    if (!token.isEmpty())
        Q_EMIT ActivationToken(id, token);
    Q_EMIT ActionInvoked(id, action);
}

void FakeNotifications::dismiss(uint id)
{
    remove(id, byTheUser);
}

uint FakeNotifications::Notify(const QString &application, uint replaces, const QString &, const QString &summary,
    const QString &body, const QStringList &actions, const QVariantMap &hints, int)
{
    ++m_notified;
    ShownNotification made{replaces > 0 ? replaces : ++m_last, application, summary, body, actions, hints};
    for (ShownNotification &known : m_shown) {
        if (known.id == made.id) {
            known = made;
            return made.id;
        }
    }
    m_shown.append(made);
    return made.id;
}

void FakeNotifications::CloseNotification(uint id)
{
    remove(id, byTheCaller);
}

void FakeNotifications::remove(uint id, uint reason)
{
    if (m_shown.removeIf([id](const ShownNotification &known) { return known.id == id; }) > 0)
        Q_EMIT NotificationClosed(id, reason);
}

} // namespace Postroom
