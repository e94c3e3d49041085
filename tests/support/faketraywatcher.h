// The D-Bus side of the fake tray: the object behind org.kde.StatusNotifierWatcher.
#pragma once

#include "tests/support/faketrayhost.h"

#include <QDBusConnection>
#include <QDBusContext>
#include <QDBusMessage>
#include <QDBusServiceWatcher>

namespace Postroom
{

// Made and used in the thread of the fake tray only.
class TrayWatcher final : public QObject, protected QDBusContext
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.kde.StatusNotifierWatcher")
    Q_PROPERTY(QStringList RegisteredStatusNotifierItems READ items SCRIPTABLE true)
    Q_PROPERTY(bool IsStatusNotifierHostRegistered READ hasHost SCRIPTABLE true)
    Q_PROPERTY(int ProtocolVersion READ protocolVersion SCRIPTABLE true)
public:
    TrayWatcher();
    ~TrayWatcher() override;

    bool start(bool withHost);
    void stop();
    void setHost(bool registered);

    QStringList items() const { return m_items; }
    bool hasHost() const { return m_host; }
    int protocolVersion() const { return 0; }

    // Waits for the item, which is why it must not live in this thread.
    QDBusMessage ask(const QString &item, const QString &path, const QString &interface, const QString &method,
        const QVariantList &arguments, int milliseconds);

public Q_SLOTS:
    Q_SCRIPTABLE void RegisterStatusNotifierItem(const QString &service);
    Q_SCRIPTABLE void RegisterStatusNotifierHost(const QString &service);

Q_SIGNALS:
    Q_SCRIPTABLE void StatusNotifierItemRegistered(const QString &item);
    Q_SCRIPTABLE void StatusNotifierItemUnregistered(const QString &item);
    Q_SCRIPTABLE void StatusNotifierHostRegistered();
    Q_SCRIPTABLE void StatusNotifierHostUnregistered();
    void itemChanged(const QString &item, const QString &what);

private Q_SLOTS:
    void onItemSignal(const QDBusMessage &message);

private:
    void forget(const QString &service);

    QDBusConnection m_bus;
    QDBusServiceWatcher m_services;
    QStringList m_items;
    QHash<QString, QString> m_owners; // unique name to item
    bool m_host = false;
    bool m_started = false;
};

} // namespace Postroom
