// A notification service that a test can start late and stop, and that shows what it was given.
// https://specifications.freedesktop.org/notification-spec/
#pragma once

#include <QDBusConnection>
#include <QList>
#include <QObject>
#include <QStringList>
#include <QVariantMap>

namespace Postroom
{

struct ShownNotification {
    uint id = 0;
    QString application;
    QString summary;
    QString body;
    QStringList actions; // key, label, key, label, …
    QVariantMap hints;
};

// Serves the session bus from a connection of its own, in the thread of the test. Needs a bus, as `session --bus empty`
// makes one.
class FakeNotifications final : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")
public:
    FakeNotifications();
    ~FakeNotifications() override;

    QStringList capabilities{QStringLiteral("actions"), QStringLiteral("body"), QStringLiteral("body-markup"),
        QStringLiteral("persistence")};

    bool start();
    void stop(); // off the bus, and everything forgotten, as when it crashes
    QList<ShownNotification> shown() const { return m_shown; } // as they lie on the screen
    int notified() const { return m_notified; } // how often something was put there

    void act(uint id, const QString &action, const QString &token = {});
    void dismiss(uint id);

public Q_SLOTS:
    Q_SCRIPTABLE uint Notify(const QString &application, uint replaces, const QString &icon, const QString &summary,
        const QString &body, const QStringList &actions, const QVariantMap &hints, int timeout);
    Q_SCRIPTABLE void CloseNotification(uint id);
    Q_SCRIPTABLE QStringList GetCapabilities() const { return capabilities; }

Q_SIGNALS:
    Q_SCRIPTABLE void ActionInvoked(uint id, const QString &action);
    Q_SCRIPTABLE void NotificationClosed(uint id, uint reason);
    Q_SCRIPTABLE void ActivationToken(uint id, const QString &token);

private:
    void remove(uint id, uint reason);

    QDBusConnection m_bus;
    QList<ShownNotification> m_shown;
    uint m_last = 0;
    int m_notified = 0;
    bool m_started = false;
};

} // namespace Postroom
