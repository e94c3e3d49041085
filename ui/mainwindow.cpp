#include "ui/mainwindow.h"

#include "ui/accountspage.h"
#include "ui/actions.h"
#include "ui/activitypage.h"
#include "ui/attentionstrip.h"
#include "ui/homepage.h"
#include "ui/metrics.h"
#include "ui/minuteticker.h"
#include "ui/settingspage.h"
#include "ui/shapeicon.h"
#include "ui/signindialog.h"
#include "ui/statedelegate.h"
#include "ui/transfersdock.h"
#include "ui/traypresence.h"
#include "ui/uisettings.h"
#include "ui/workspacespage.h"
#include "ui/workspaceview.h"

#include <QCloseEvent>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QMetaEnum>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Postroom
{

MainWindow::MainWindow(Desk *desk, UiSettings *settings, UrlOpener *opener, TrayPresence *presence, QWidget *parent)
    : QWidget(parent), m_desk(desk), m_settings(settings), m_presence(presence),
      m_actions(new Actions(desk, opener, this)), m_ticker(new MinuteTicker(desk, this)),
      m_strip(new AttentionStrip(this)), m_notice(new NoticeBar(this)), m_sidebar(new QListWidget(this)),
      m_pages(new QStackedWidget(this)), m_home(new HomePage(desk, this)),
      m_accounts(new AccountsPage(m_actions, this)), m_workspaces(new WorkspacesPage(m_actions, this)),
      m_activity(new ActivityPage(desk, this)), m_settingsPage(new SettingsPage(settings, this)),
      m_dock(new TransfersDock(m_actions, this)), m_gather(new QTimer(this))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Postroom"));
    setWindowIcon(applicationIcon());

    m_sidebar->setObjectName(QStringLiteral("sidebar"));
    m_sidebar->setAccessibleName(tr("Pages"));
    m_sidebar->setFrameShape(QFrame::NoFrame);
    m_sidebar->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_sidebar->viewport()->setBackgroundRole(QPalette::Window);
    m_sidebar->setItemDelegate(new SidebarDelegate(m_sidebar));
    const QList<std::pair<QString, QWidget *>> pages{
        {tr("Home"), m_home},
        {tr("Accounts"), m_accounts},
        {tr("Workspaces"), m_workspaces},
        {tr("Activity"), m_activity},
        {tr("Settings"), m_settingsPage},
    };
    int number = 0;
    for (const auto &[name, page] : pages) {
        auto *item = new QListWidgetItem(name, m_sidebar);
        const QKeySequence key(QStringLiteral("Ctrl+%1").arg(++number));
        item->setToolTip(key.toString(QKeySequence::NativeText));
        m_pages->addWidget(page);
    }
    m_sidebar->setFixedWidth(m_sidebar->sizeHintForColumn(0));

    auto *middle = new QHBoxLayout;
    middle->setSpacing(0);
    auto *side = new QVBoxLayout;
    side->setContentsMargins(0, em(this, 0.6), 0, 0);
    side->addWidget(m_sidebar);
    middle->addLayout(side);
    auto *rule = new QFrame(this);
    rule->setFrameShape(QFrame::VLine);
    rule->setFrameShadow(QFrame::Plain);
    rule->setForegroundRole(QPalette::Mid);
    middle->addWidget(rule);
    middle->addWidget(m_pages, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_strip);
    column->addWidget(m_notice);
    column->addLayout(middle, 1);
    column->addWidget(m_dock);

    m_gather->setSingleShot(true);
    m_gather->setInterval(100);
    connect(m_gather, &QTimer::timeout, this, &MainWindow::refreshWhole);
    const auto later = [this] {
        if (!m_gather->isActive())
            m_gather->start();
    };
    connect(desk, &Desk::accountChanged, this, later);
    connect(desk, &Desk::accountRemoved, this, later);
    connect(desk, &Desk::workspaceChanged, this, later);
    connect(desk, &Desk::workspaceRemoved, this, later);
    connect(desk, &Desk::vaultStateChanged, this, later);
    connect(m_ticker, &MinuteTicker::ticked, this, [this] {
        m_home->refresh();
        m_accounts->refreshTimes();
        m_workspaces->refreshTimes();
        m_activity->refreshTimes();
        m_dock->refreshTimes();
        refreshWhole();
    });

    connect(m_sidebar, &QListWidget::currentRowChanged, this, [this](int row) {
        m_pages->setCurrentIndex(row);
        m_settings->setPage(QString::fromLatin1(QMetaEnum::fromType<Page>().key(row)).toLower());
    });
    connect(m_strip, &AttentionStrip::stepClicked, m_actions, &Actions::take);
    connect(m_actions, &Actions::noticeRaised, m_notice, &NoticeBar::say);
    connect(m_actions, &Actions::signInWanted, this, [this](const AccountId &account) { openSignIn(account); });
    connect(m_actions, &Actions::moreAccessWanted, this,
        [this](const AccountId &account) { openSignIn(account, SignInWish::MoreAccess); });
    connect(m_actions, &Actions::accountWanted, this, &MainWindow::chooseAccount);
    connect(m_actions, &Actions::adoptionWanted, this, [this](const AccountId &account) {
        chooseAccount(account);
        m_accounts->askToAdopt();
    });
    connect(m_actions, &Actions::workspaceWanted, this, &MainWindow::chooseWorkspace);
    connect(m_home, &HomePage::stepClicked, m_actions, &Actions::take);
    connect(m_home, &HomePage::accountWanted, this, &MainWindow::chooseAccount);
    connect(m_home, &HomePage::workspaceWanted, this, &MainWindow::chooseWorkspace);
    connect(m_home, &HomePage::signInWanted, this, [this] { openSignIn(); });
    connect(m_home, &HomePage::addMirrorWanted, m_workspaces, &WorkspacesPage::addMirror);
    connect(m_accounts, &AccountsPage::signInWanted, this, [this] { openSignIn(); });
    if (m_presence) {
        m_settingsPage->setTrayPresent(m_presence->isPresent());
        connect(m_presence, &TrayPresence::presentChanged, this, [this](bool present) {
            m_settingsPage->setTrayPresent(present);
            // The way back through the tray is gone, so the window is the way back.
            if (!present && !isVisible())
                bringUp();
        });
    }

    connect(this, &MainWindow::firstPainted, m_activity, &ActivityPage::start);

    makeShortcuts();
    refreshWhole();
    const QString lastPage = m_settings->page();
    int row = 0;
    for (int i = 0; i < QMetaEnum::fromType<Page>().keyCount(); ++i) {
        if (QString::fromLatin1(QMetaEnum::fromType<Page>().key(i)).toLower() == lastPage)
            row = i;
    }
    m_sidebar->setCurrentRow(row);
    if (!restoreGeometry(m_settings->geometry()))
        resize(em(this, 72), em(this, 42));
    m_sidebar->setFocus(Qt::OtherFocusReason);
}

MainWindow::~MainWindow() = default;

SignInDialog *MainWindow::signInDialog() const
{
    return m_dialog;
}

void MainWindow::makeShortcuts()
{
    const auto add = [this](const QKeySequence &key, auto action) {
        auto *shortcut = new QShortcut(key, this);
        shortcut->setContext(Qt::WindowShortcut);
        connect(shortcut, &QShortcut::activated, this, action);
    };
    for (int i = 0; i < m_pages->count(); ++i)
        add(QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)), [this, i] { showPage(static_cast<Page>(i)); });
    add(QKeySequence::New, [this] { openSignIn(); });
    add(QKeySequence::Open, [this] { pushFiles(); });
    add(QKeySequence(QStringLiteral("Ctrl+M")), [this] { m_workspaces->addMirror(); });
    add(QKeySequence(Qt::Key_F5), [this] { m_actions->refreshWorkspaces(); });
    add(QKeySequence(Qt::Key_F6), [this] {
        if (auto *button = m_strip->findChild<QWidget *>(QStringLiteral("stripButton")); button && button->isVisible())
            button->setFocus(Qt::ShortcutFocusReason);
    });
    add(QKeySequence(Qt::Key_F1), [this] { showPage(Page::Settings); });
    add(QKeySequence(QStringLiteral("Ctrl+W")), [this] { close(); });
    add(QKeySequence(QStringLiteral("Ctrl+Q")), [this] { Q_EMIT quitRequested(); });
}

void MainWindow::showPage(Page page)
{
    m_sidebar->setCurrentRow(static_cast<int>(page));
}

void MainWindow::bringUp()
{
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

void MainWindow::openSignIn(const AccountId &account, SignInWish wish)
{
    if (m_dialog) {
        m_dialog->raise();
        m_dialog->activateWindow();
        return;
    }
    bringUp();
    m_dialog = new SignInDialog(m_desk, m_actions->opener(), account, wish, this);
    m_dialog->setAttribute(Qt::WA_DeleteOnClose);
    m_dialog->open();
}

void MainWindow::pushFiles()
{
    bringUp();
    showPage(Page::Workspaces);
    if (m_workspaces->model()->rowCount() > 0)
        m_workspaces->view()->choosePaths(false);
}

void MainWindow::chooseAccount(const AccountId &account)
{
    bringUp();
    showPage(Page::Accounts);
    m_accounts->choose(account);
}

void MainWindow::chooseWorkspace(const WorkspaceId &workspace)
{
    bringUp();
    showPage(Page::Workspaces);
    m_workspaces->choose(workspace);
}

void MainWindow::refreshWhole()
{
    const WholeState whole = wholeState(
        m_desk->accounts(), m_desk->workspaces(), m_desk->transfers(), m_desk->vaultState(), m_desk->now());
    m_strip->setLines(whole.attention);
    bool account = false;
    bool workspace = false;
    for (const AttentionLine &line : whole.attention) {
        account = account || !line.account.isEmpty();
        workspace = workspace || !line.workspace.isEmpty();
    }
    const auto mark = [this](Page page, bool needed) {
        QListWidgetItem *item = m_sidebar->item(static_cast<int>(page));
        item->setIcon(needed ? shapeIcon(Shape::NeedsYou) : QIcon());
        item->setData(Qt::AccessibleTextRole, needed ? tr("%1, needs you").arg(item->text()) : item->text());
    };
    mark(Page::Accounts, account);
    mark(Page::Workspaces, workspace);
}

void MainWindow::paintEvent(QPaintEvent *event)
{
    QWidget::paintEvent(event);
    if (m_painted)
        return;
    m_painted = true;
    // After this paint, not inside of it.
    QMetaObject::invokeMethod(this, &MainWindow::firstPainted, Qt::QueuedConnection);
}

void MainWindow::keyPressEvent(QKeyEvent *event)
{
    // Reached only when no field took the key for a paste of its own.
    if (event->matches(QKeySequence::Paste) && m_pages->currentWidget() == m_workspaces) {
        m_workspaces->view()->pasteFiles();
        return;
    }
    QWidget::keyPressEvent(event);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    m_settings->setGeometry(saveGeometry());
    event->accept();
    if (m_presence && m_presence->isPresent() && m_settings->closeToTray())
        return;
    Q_EMIT quitRequested();
}

} // namespace Postroom
