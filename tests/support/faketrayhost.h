// A tray that a GUI test can start late, stop and start again: a StatusNotifierWatcher with a host, on the session bus.
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/
#pragma once

#include <QList>
#include <QObject>
#include <QSize>
#include <QStringList>
#include <QThread>
#include <chrono>
#include <memory>
#include <optional>

namespace Postroom
{

class TrayWatcher;

// What the panel would show of one icon.
struct TrayItem {
    QString id;
    QString title;
    QString category;
    QString status; // Passive, Active or NeedsAttention
    QString iconName;
    QList<QSize> iconSizes; // of IconPixmap, pixels
    QString attentionIconName;
    QString toolTipTitle;
    QString toolTipText;
    QString menuPath;
    bool itemIsMenu = false;
};

struct TrayMenuEntry {
    int id = 0;
    QString label; // with the underscore of its mnemonic
    QString type; // "separator" or empty
    bool enabled = true;
    bool visible = true;
    bool checked = false;
    QList<TrayMenuEntry> children;
};

// Lives in the test's thread; serves the bus from a thread and a connection of its own, because Qt asks for the watcher
// and waits. Needs a session bus, as `session --bus empty` makes one.
class FakeTrayHost final : public QObject
{
    Q_OBJECT
public:
    explicit FakeTrayHost(QObject *parent = nullptr);
    ~FakeTrayHost() override;

    // The watcher is on the bus when this returns; false when somebody else is. Without a host there is a watcher that
    // says that nobody shows its icons.
    bool start(bool withHost = true);
    // Off the bus, and every item forgotten.
    void stop();
    // The host alone comes or goes.
    void setHost(bool registered);
    bool isRunning() const { return m_running; }

    // Registered items as "service/path".
    QStringList items() const;
    // These ask the item and run the event loop meanwhile; nothing when there is no answer in time.
    std::optional<TrayItem> read(const QString &item, std::chrono::milliseconds limit = std::chrono::seconds(5));
    std::optional<QList<TrayMenuEntry>> menu(
        const QString &item, std::chrono::milliseconds limit = std::chrono::seconds(5));
    // A click on the icon, and one on an entry of its menu.
    bool activate(const QString &item, std::chrono::milliseconds limit = std::chrono::seconds(5));
    bool click(const QString &item, int entry, std::chrono::milliseconds limit = std::chrono::seconds(5));

Q_SIGNALS:
    void itemRegistered(const QString &item);
    void itemUnregistered(const QString &item);
    // The item told its panel that something changed: NewTitle, NewIcon, NewStatus, NewToolTip, …
    void itemChanged(const QString &item, const QString &what);

private:
    QThread m_thread;
    TrayWatcher *m_watcher = nullptr; // lives in m_thread
    bool m_running = false;
};

} // namespace Postroom
