#include "tests/support/faketraywatcher.h"

#include <QDBusConnectionInterface>
#include <QDBusReply>
#include <QUuid>

namespace Postroom
{
namespace
{

const QString watcherName = QStringLiteral("org.kde.StatusNotifierWatcher");
const QString watcherPath = QStringLiteral("/StatusNotifierWatcher");
const QString itemInterface = QStringLiteral("org.kde.StatusNotifierItem");

QString serviceOf(const QString &item)
{
    return item.left(item.indexOf(QLatin1Char('/')));
}

} // namespace

TrayWatcher::TrayWatcher()
    : m_bus(QDBusConnection::connectToBus(
          QDBusConnection::SessionBus, QStringLiteral("tray-") + QUuid::createUuid().toString(QUuid::Id128)))
{
    m_services.setConnection(m_bus);
    m_services.setWatchMode(QDBusServiceWatcher::WatchForUnregistration);
    connect(&m_services, &QDBusServiceWatcher::serviceUnregistered, this, &TrayWatcher::forget);
}

TrayWatcher::~TrayWatcher()
{
    stop();
    QDBusConnection::disconnectFromBus(m_bus.name());
}

bool TrayWatcher::start(bool withHost)
{
    if (m_started)
        return true;
    m_host = withHost;
    m_bus.registerObject(watcherPath, this,
        QDBusConnection::ExportScriptableSlots | QDBusConnection::ExportScriptableSignals
            | QDBusConnection::ExportScriptableProperties);
    m_bus.connect(QString(), QString(), itemInterface, QString(), this, SLOT(onItemSignal(QDBusMessage)));
    m_started = m_bus.isConnected() && m_bus.registerService(watcherName);
    if (!m_started)
        stop();
    else if (m_host)
        Q_EMIT StatusNotifierHostRegistered();
    return m_started;
}

void TrayWatcher::stop()
{
    // As when a panel crashes: the name goes without a word about the items.
    if (m_started)
        m_bus.unregisterService(watcherName);
    m_bus.unregisterObject(watcherPath);
    m_bus.disconnect(QString(), QString(), itemInterface, QString(), this, SLOT(onItemSignal(QDBusMessage)));
    m_services.setWatchedServices({});
    m_items.clear();
    m_owners.clear();
    m_started = false;
    m_host = false;
}

void TrayWatcher::setHost(bool registered)
{
    if (m_host == registered)
        return;
    m_host = registered;
    if (registered)
        Q_EMIT StatusNotifierHostRegistered();
    else
        Q_EMIT StatusNotifierHostUnregistered();
}

void TrayWatcher::RegisterStatusNotifierItem(const QString &service)
{
    // Some give the path of the object and mean their own connection.
    const bool isPath = service.startsWith(QLatin1Char('/'));
    const QString name = isPath ? message().service() : service;
    const QString item = name + (isPath ? service : QStringLiteral("/StatusNotifierItem"));
    if (m_items.contains(item))
        return;
    m_items.append(item);
    m_owners.insert(message().service(), item);
    m_services.addWatchedService(name);
    Q_EMIT StatusNotifierItemRegistered(item);
}

void TrayWatcher::RegisterStatusNotifierHost(const QString &)
{
    setHost(true);
}

void TrayWatcher::forget(const QString &service)
{
    const QStringList before = m_items;
    for (const QString &item : before) {
        if (serviceOf(item) != service)
            continue;
        m_items.removeAll(item);
        m_services.removeWatchedService(service);
        m_owners.removeIf([&item](const auto &owner) { return owner.value() == item; });
        Q_EMIT StatusNotifierItemUnregistered(item);
    }
}

void TrayWatcher::onItemSignal(const QDBusMessage &message)
{
    const QString item = m_owners.value(message.service());
    if (!item.isEmpty())
        Q_EMIT itemChanged(item, message.member());
}

QDBusMessage TrayWatcher::ask(const QString &item, const QString &path, const QString &interface, const QString &method,
    const QVariantList &arguments, int milliseconds)
{
    const QString object = path.isEmpty() ? item.mid(item.indexOf(QLatin1Char('/'))) : path;
    QDBusMessage call = QDBusMessage::createMethodCall(serviceOf(item), object, interface, method);
    call.setArguments(arguments);
    return m_bus.call(call, QDBus::Block, milliseconds);
}

} // namespace Postroom
