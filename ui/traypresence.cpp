#include "ui/traypresence.h"

#include <QDBusConnectionInterface>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusServiceWatcher>
#include <QDBusVariant>

namespace Postroom
{
namespace
{

const QString service = QStringLiteral("org.kde.StatusNotifierWatcher");
const QString path = QStringLiteral("/StatusNotifierWatcher");
const QString properties = QStringLiteral("org.freedesktop.DBus.Properties");

} // namespace

TrayPresence::TrayPresence(QObject *parent) : QObject(parent) { }

void TrayPresence::start(const QDBusConnection &bus)
{
    if (m_watcher || !bus.isConnected())
        return;
    m_bus = bus;
    m_watcher = new QDBusServiceWatcher(service, bus, QDBusServiceWatcher::WatchForOwnerChange, this);
    connect(m_watcher, &QDBusServiceWatcher::serviceRegistered, this, &TrayPresence::ask);
    connect(m_watcher, &QDBusServiceWatcher::serviceUnregistered, this, [this] {
        ++m_question;
        setPresent(false);
    });
    m_bus->connect(service, path, service, QStringLiteral("StatusNotifierHostRegistered"), this, SLOT(ask()));
    m_bus->connect(service, path, service, QStringLiteral("StatusNotifierHostUnregistered"), this, SLOT(ask()));
    ask();
}

void TrayPresence::ask()
{
    QDBusMessage call = QDBusMessage::createMethodCall(service, path, properties, QStringLiteral("Get"));
    call << service << QStringLiteral("IsStatusNotifierHostRegistered");
    call.setAutoStartService(false);
    const quint64 question = ++m_question;
    auto *reply = new QDBusPendingCallWatcher(m_bus->asyncCall(call, 5000), this);
    connect(reply, &QDBusPendingCallWatcher::finished, this, [this, question](QDBusPendingCallWatcher *done) {
        done->deleteLater();
        if (question != m_question)
            return;
        const QDBusPendingReply<QDBusVariant> answer = *done;
        setPresent(answer.isValid() && answer.value().variant().toBool());
    });
}

void TrayPresence::setPresent(bool present)
{
    if (present == m_present)
        return;
    m_present = present;
    Q_EMIT presentChanged(present);
}

} // namespace Postroom
