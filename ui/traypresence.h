// Is there a panel that shows tray icons? Asked of the session bus, never of Qt.
#pragma once

#include <QDBusConnection>
#include <QObject>
#include <optional>

class QDBusServiceWatcher;

namespace Postroom
{

// Qt 6.4 asks for the StatusNotifierWatcher once, at the first touch of QSystemTrayIcon, and believes the answer until
// the process ends. So nobody touches that class before this says yes; and what this says is the truth afterwards,
// since QSystemTrayIcon::isVisible() is true without any tray. Owner: the composition root. No repeated questions: it
// listens.
class TrayPresence final : public QObject
{
    Q_OBJECT
public:
    explicit TrayPresence(QObject *parent = nullptr);
    // After the first paint. Without a session bus there is no tray, and nothing more to do.
    void start(const QDBusConnection &bus = QDBusConnection::sessionBus());
    bool isPresent() const { return m_present; }

Q_SIGNALS:
    void presentChanged(bool present);

private Q_SLOTS:
    void ask();

private:
    void setPresent(bool present);

    std::optional<QDBusConnection> m_bus;
    QDBusServiceWatcher *m_watcher = nullptr;
    bool m_present = false;
    quint64 m_question = 0; // a late answer to an earlier question counts for nothing
};

} // namespace Postroom
