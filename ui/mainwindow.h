// The window: attention strip, sidebar, pages, transfers dock.
#pragma once

#include "models/desk.h"
#include "ui/signinwish.h"
#include "ui/urlopener.h"

#include <QPointer>
#include <QWidget>

class QListWidget;
class QStackedWidget;

namespace Postroom
{

class AccountsPage;
class Actions;
class ActivityPage;
class AttentionStrip;
class HomePage;
class MinuteTicker;
class NoticeBar;
class SettingsPage;
class SignInDialog;
class TransfersDock;
class TrayPresence;
class UiSettings;
class WorkspacesPage;

// Built from the desk's snapshots alone: no keychain, network or database before firstPainted(). The composition root
// owns it and everything handed in; it starts the services after firstPainted(), sets quitOnLastWindowClosed to false
// and on quitRequested() shuts the engine down and quits. The window is never unreachable: it hides only while a tray
// host is there, and comes back when that goes.
class MainWindow final : public QWidget
{
    Q_OBJECT
public:
    enum class Page { Home, Accounts, Workspaces, Activity, Settings };
    Q_ENUM(Page)

    // `presence` may be null: then there is no tray and closing quits.
    MainWindow(Desk *desk, UiSettings *settings, UrlOpener *opener, TrayPresence *presence = nullptr,
        QWidget *parent = nullptr);
    ~MainWindow() override;

    void showPage(Page page);
    void bringUp();
    void openSignIn(const AccountId &account = {}, SignInWish wish = SignInWish::SignIn);
    void pushFiles(); // asks for files for the chosen workspace
    Actions *actions() const { return m_actions; }
    SignInDialog *signInDialog() const;

Q_SIGNALS:
    void firstPainted();
    void quitRequested();

protected:
    void closeEvent(QCloseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void makeShortcuts();
    void refreshWhole();
    void chooseAccount(const AccountId &account);
    void chooseWorkspace(const WorkspaceId &workspace);

    Desk *m_desk;
    UiSettings *m_settings;
    TrayPresence *m_presence;
    Actions *m_actions;
    MinuteTicker *m_ticker;
    AttentionStrip *m_strip;
    NoticeBar *m_notice;
    QListWidget *m_sidebar;
    QStackedWidget *m_pages;
    HomePage *m_home;
    AccountsPage *m_accounts;
    WorkspacesPage *m_workspaces;
    ActivityPage *m_activity;
    SettingsPage *m_settingsPage;
    TransfersDock *m_dock;
    QPointer<SignInDialog> m_dialog;
    QTimer *m_gather;
    bool m_painted = false;
};

} // namespace Postroom
