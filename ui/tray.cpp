#include "ui/tray.h"

#include "ui/actions.h"
#include "ui/mainwindow.h"
#include "ui/shapeicon.h"
#include "ui/traypresence.h"

#include <QSystemTrayIcon>

namespace Postroom
{

Tray::Tray(Desk *desk, TrayPresence *presence, MainWindow *window, QObject *parent)
    : QObject(parent), m_desk(desk), m_window(window), m_presence(presence), m_menu(std::make_unique<QMenu>())
{
    m_gather.setSingleShot(true);
    m_gather.setInterval(250);
    connect(&m_gather, &QTimer::timeout, this, &Tray::refresh);
    const auto later = [this] {
        if (m_icon && !m_gather.isActive())
            m_gather.start();
    };
    connect(desk, &Desk::accountChanged, this, later);
    connect(desk, &Desk::accountRemoved, this, later);
    connect(desk, &Desk::workspaceChanged, this, later);
    connect(desk, &Desk::workspaceRemoved, this, later);
    connect(desk, &Desk::transferChanged, this, later);
    connect(desk, &Desk::transferDismissed, this, later);
    connect(desk, &Desk::vaultStateChanged, this, later);
    connect(presence, &TrayPresence::presentChanged, this, [this](bool present) {
        if (present)
            come();
    });
    if (presence->isPresent())
        come();
}

Tray::~Tray() = default;

void Tray::come()
{
    if (m_icon)
        return;
    m_icon = std::make_unique<QSystemTrayIcon>();
    m_icon->setContextMenu(m_menu.get());
    connect(m_icon.get(), &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger || reason == QSystemTrayIcon::DoubleClick)
            m_window->bringUp();
    });
    m_lines = {QString()}; // unlike any list of lines
    refresh();
    m_icon->show();
}

void Tray::refresh()
{
    const WholeState whole = wholeState(
        m_desk->accounts(), m_desk->workspaces(), m_desk->transfers(), m_desk->vaultState(), m_desk->now());
    if (whole.sentence.shape != m_shape || m_icon->icon().isNull()) {
        m_shape = whole.sentence.shape;
        m_icon->setIcon(trayIcon(m_shape));
    }
    if (whole.sentence.text != m_sentence) {
        m_sentence = whole.sentence.text;
        m_icon->setToolTip(m_sentence);
    }
    QStringList lines;
    for (const AttentionLine &line : whole.attention)
        lines.append(line.sentence.text);
    if (lines == m_lines)
        return;
    m_lines = lines;
    m_menu->clear();
    for (const AttentionLine &line : whole.attention) {
        // An ampersand in a name is a name, not a mnemonic.
        QString text = line.sentence.text;
        auto *action = m_menu->addAction(text.replace(QLatin1Char('&'), QStringLiteral("&&")));
        connect(action, &QAction::triggered, this, [this, line] {
            m_window->bringUp();
            if (line.sentence.step != Step::None)
                m_window->actions()->take(line.sentence.step, line.account, line.workspace);
        });
    }
    if (!whole.attention.isEmpty())
        m_menu->addSeparator();
    auto *push = m_menu->addAction(tr("&Push files…"));
    push->setObjectName(QStringLiteral("trayPush"));
    connect(push, &QAction::triggered, m_window, &MainWindow::pushFiles);
    auto *open = m_menu->addAction(tr("&Open"));
    open->setObjectName(QStringLiteral("trayOpen"));
    connect(open, &QAction::triggered, m_window, &MainWindow::bringUp);
    m_menu->addSeparator();
    auto *quit = m_menu->addAction(tr("&Quit"));
    quit->setObjectName(QStringLiteral("trayQuit"));
    connect(quit, &QAction::triggered, m_window, &MainWindow::quitRequested);
}

} // namespace Postroom
