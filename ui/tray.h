// The icon in the panel: the worst state as a shape, one sentence, and the way back to the window.
#pragma once

#include "models/desk.h"
#include "models/sentences.h"

#include <QMenu>
#include <QTimer>
#include <memory>

class QSystemTrayIcon;

namespace Postroom
{

class MainWindow;
class TrayPresence;

// Comes to life when `presence` first says that there is a host, never earlier (see TrayPresence); from then on Qt
// registers again by itself when the panel restarts. Owner: the composition root. Quiet: nothing in it moves, and it is
// brought up to date only by changes, gathered for a quarter of a second.
class Tray final : public QObject
{
    Q_OBJECT
public:
    Tray(Desk *desk, TrayPresence *presence, MainWindow *window, QObject *parent = nullptr);
    ~Tray() override;

    bool isAlive() const { return m_icon != nullptr; }
    Shape shape() const { return m_shape; }
    QString sentence() const { return m_sentence; }
    QMenu *menu() const { return m_menu.get(); }

private:
    void come();
    void refresh();

    Desk *m_desk;
    MainWindow *m_window;
    TrayPresence *m_presence;
    std::unique_ptr<QMenu> m_menu; // declared before the icon, which points to it
    std::unique_ptr<QSystemTrayIcon> m_icon;
    QTimer m_gather;
    Shape m_shape = Shape::Off;
    QString m_sentence;
    QStringList m_lines;
};

} // namespace Postroom
