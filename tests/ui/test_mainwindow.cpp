#include "tests/support/fakedesk.h"
#include "tests/ui/lookcheck.h"
#include "tests/ui/notingopener.h"
#include "ui/actions.h"
#include "ui/homepage.h"
#include "ui/mainwindow.h"
#include "ui/signindialog.h"
#include "ui/stateline.h"
#include "ui/uisettings.h"

#include <QAbstractButton>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QToolButton>

using namespace Postroom;

namespace
{

struct Shown {
    explicit Shown(FakeDesk &desk) : settings(QString()), window(&desk, &settings, &opener)
    {
        window.show();
        static_cast<void>(QTest::qWaitForWindowExposed(&window));
    }
    template <typename T>
    T *find(const char *name) const
    {
        T *widget = window.findChild<T *>(QString::fromLatin1(name));
        if (!widget)
            qFatal("there is no %s", name);
        return widget;
    }
    bool sees(const char *name) const
    {
        const auto *widget = window.findChild<QWidget *>(QString::fromLatin1(name));
        return widget && widget->isVisible();
    }
    void click(const char *name) const { QTest::mouseClick(find<QAbstractButton>(name), Qt::LeftButton); }

    UiSettings settings;
    NotingOpener opener;
    MainWindow window;
};

QMimeData *filesOf(const QStringList &paths)
{
    auto *data = new QMimeData;
    QList<QUrl> urls;
    for (const QString &path : paths)
        urls.append(QUrl::fromLocalFile(path));
    data->setUrls(urls);
    return data;
}

bool drop(QWidget *target, const QMimeData *data, const QPoint &place)
{
    QDragEnterEvent enter(place, Qt::CopyAction | Qt::MoveAction, data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &enter);
    if (!enter.isAccepted())
        return false;
    QDragMoveEvent move(place, Qt::CopyAction | Qt::MoveAction, data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &move);
    QDropEvent event(place, Qt::CopyAction | Qt::MoveAction, data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &event);
    return event.isAccepted() && event.dropAction() == Qt::CopyAction;
}

} // namespace

class TestMainWindow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void paintsBeforeItAsksForAnything()
    {
        FakeDesk desk;
        fillAttention(desk);
        UiSettings settings{QString()};
        settings.setPage(QStringLiteral("activity")); // the page that reads the history
        NotingOpener opener;
        MainWindow window(&desk, &settings, &opener);
        QSignalSpy painted(&window, &MainWindow::firstPainted);
        window.show();
        QVERIFY2(desk.calls.isEmpty(), qPrintable(desk.calls.join(u' ')));
        QTRY_COMPARE(painted.size(), 1);
        QTRY_COMPARE(desk.calls, QStringList{QStringLiteral("activity 0 200")});
        window.update();
        QTest::qWait(20);
        QCOMPARE(painted.size(), 1);
    }

    void firstStartLeadsToSignIn()
    {
        FakeDesk desk;
        desk.profileList = someProfiles();
        Shown shown(desk);
        QVERIFY(shown.sees("signInButton"));
        QVERIFY(!shown.sees("strip"));
        QVERIFY(!shown.sees("transfersDock"));
        shown.click("signInButton");
        QVERIFY(shown.window.signInDialog());
        QVERIFY(shown.window.signInDialog()->isVisible());
        QCOMPARE(shown.window.signInDialog()->windowModality(), Qt::WindowModal);
        shown.window.signInDialog()->reject();
        QTRY_VERIFY(!shown.window.signInDialog());
    }

    void stripShowsOneLineAtATime()
    {
        FakeDesk desk;
        fillAttention(desk);
        Shown shown(desk);
        QVERIFY(shown.sees("strip"));
        auto *text = shown.find<QLabel>("stripText");
        QCOMPARE(shown.find<QLabel>("stripCount")->text(), QStringLiteral("1 of 2"));
        QVERIFY(text->text().startsWith(QStringLiteral("Grace at Example")));
        QCOMPARE(shown.find<QPushButton>("stripButton")->text(), QStringLiteral("Sign in"));
        shown.click("stripNext");
        QVERIFY(text->text().startsWith(QStringLiteral("issue-desk")));
        shown.click("stripButton");
        QCOMPARE(shown.find<QLabel>("workspaceTitle")->text(), QStringLiteral("issue-desk"));
        QVERIFY(shown.sees("outboxTable"));

        // The line that is shown stays when the other one goes.
        desk.set(goodAccount());
        desk.accountList.removeIf(
            [](const AccountStatus &status) { return status.id.text() == QLatin1String("grace"); });
        Q_EMIT desk.accountRemoved(AccountId(QStringLiteral("grace")));
        QTRY_VERIFY(!shown.sees("stripCount"));
        QVERIFY(text->text().startsWith(QStringLiteral("issue-desk")));
        WorkspaceStatus fine = attentionWorkspace();
        fine.state = WorkspaceState::Delivered;
        desk.set(fine);
        QTRY_VERIFY(!shown.sees("strip"));
    }

    void stripButtonOpensTheSignInOfThatAccount()
    {
        FakeDesk desk;
        fillAttention(desk);
        Shown shown(desk);
        shown.click("stripButton");
        QVERIFY(shown.window.signInDialog());
        shown.window.signInDialog()->findChild<QPushButton *>(QStringLiteral("startSignInButton"))->click();
        QCOMPARE(desk.signIns.size(), 1);
        QCOMPARE(desk.signIns.first().account.text(), QStringLiteral("grace"));
    }

    void homeIsWorstFirst()
    {
        FakeDesk desk;
        fillAttention(desk);
        Shown shown(desk);
        QVERIFY(
            shown.find<QLabel>("homeTitle")->text().startsWith(QStringLiteral("Grace at Example needs a sign-in.")));
        const auto *first = shown.find<StateLine>("homeLine0");
        QVERIFY(first->accessibleName().contains(QStringLiteral("Grace at Example")));
        QVERIFY(first->accessibleName().contains(QStringLiteral("needs you")));
        // One that needs nobody, but offers a try.
        const QList<StateLine *> lines = shown.window.findChildren<StateLine *>();
        for (const StateLine *line : lines) {
            if (line->accessibleName().startsWith(QStringLiteral("calendar")))
                QTest::mouseClick(line->stepButton(), Qt::LeftButton);
        }
        QCOMPARE(desk.calls, QStringList{QStringLiteral("refreshWorkspaces")});
        QTest::keyClick(shown.find<StateLine>("homeLine1"), Qt::Key_Return);
        QCOMPARE(shown.find<QLabel>("workspaceTitle")->text(), QStringLiteral("issue-desk"));
    }

    void trouble()
    {
        FakeDesk desk;
        fillGood(desk);
        Shown shown(desk);
        Error error;
        error.message = QStringLiteral("The cloud did not answer.");
        desk.nextFailures.push_back(error);
        shown.window.actions()->refreshWorkspaces();
        QTRY_VERIFY(shown.sees("noticeText"));
        QCOMPARE(shown.find<QLabel>("noticeText")->text(), error.message);
    }

    void droppedFilesArePushed()
    {
        FakeDesk desk;
        fillGood(desk);
        Shown shown(desk);
        shown.window.actions()->workspaceWanted(WorkspaceId(QStringLiteral("research-room")));
        auto *view = shown.find<QWidget>("workspaceView");
        const QStringList paths{
            QStringLiteral("/home/ada/research-room/a file.txt"), QStringLiteral("/home/ada/research-room/b#c.txt")};
        std::unique_ptr<QMimeData> data(filesOf(paths));
        QDragEnterEvent enter(QPoint(20, 20), Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(view, &enter);
        QVERIFY(shown.sees("dropHint"));
        QVERIFY(shown.find<QWidget>("dropHint")
                ->accessibleName()
                .contains(QStringLiteral("Drop to push to research-room")));
        QDragLeaveEvent leave;
        QApplication::sendEvent(view, &leave);
        QVERIFY(!shown.sees("dropHint"));
        QVERIFY(drop(view, data.get(), QPoint(20, 20)));
        QTRY_COMPARE(desk.pushes.size(), 1);
        QCOMPARE(desk.pushes.first().paths, paths);
        QCOMPARE(desk.pushes.first().workspace.text(), QStringLiteral("research-room"));

        QMimeData text;
        text.setText(QStringLiteral("no file"));
        QVERIFY(!drop(view, &text, QPoint(20, 20)));
        QMimeData web;
        web.setUrls({QUrl(QStringLiteral("https://acme.example/x"))});
        QVERIFY(!drop(view, &web, QPoint(20, 20)));
        QCOMPARE(desk.pushes.size(), 1);
    }

    void droppedOnARow()
    {
        FakeDesk desk;
        fillGood(desk);
        Shown shown(desk);
        shown.window.showPage(MainWindow::Page::Workspaces);
        auto *list = shown.find<QListView>("workspacesList");
        const QModelIndex row = list->model()->index(1, 0);
        std::unique_ptr<QMimeData> data(filesOf({QStringLiteral("/tmp/a")}));
        QVERIFY(drop(list->viewport(), data.get(), list->visualRect(row).center()));
        // The file lies outside of the mirror, so somebody has to say where it goes.
        QTRY_VERIFY(shown.sees("remoteFolderEdit"));
        QVERIFY(desk.pushes.isEmpty());
        QTest::keyClicks(shown.find<QLineEdit>("remoteFolderEdit"), QStringLiteral("/notion/pages"));
        QTest::keyClick(shown.find<QLineEdit>("remoteFolderEdit"), Qt::Key_Return);
        QTRY_COMPARE(desk.pushes.size(), 1);
        QCOMPARE(desk.pushes.first().remoteFolder, QStringLiteral("/notion/pages"));
        QCOMPARE(desk.pushes.first().workspace.text(), row.data(Qt::UserRole + 6).toString());
    }

    void refusalsAreShownFirst()
    {
        FakeDesk desk;
        fillGood(desk);
        Shown shown(desk);
        shown.window.showPage(MainWindow::Page::Workspaces);
        TransferItem fine;
        fine.local = QStringLiteral("/tmp/a");
        fine.bytes = 10;
        TransferItem refused = fine;
        refused.index = 1;
        refused.local = QStringLiteral("/tmp/pipe");
        refused.state = ItemState::Refused;
        refused.error = QStringLiteral("This is not a file.");
        desk.nextPlan.items = {fine, refused};
        desk.nextPlan.refused = 1;
        desk.nextPlan.bytes = 10;
        std::unique_ptr<QMimeData> data(filesOf({QStringLiteral("/tmp/a"), QStringLiteral("/tmp/pipe")}));
        QVERIFY(drop(shown.find<QWidget>("workspaceView"), data.get(), QPoint(5, 5)));
        QTRY_VERIFY(shown.sees("pushSheet"));
        QVERIFY(desk.pushes.isEmpty());
        QCOMPARE(shown.find<QListWidget>("pushSheetRefused")->item(0)->text(),
            QStringLiteral("/tmp/pipe: This is not a file"));
        shown.click("pushSheetSendButton");
        QTRY_COMPARE(desk.pushes.size(), 1);
        QVERIFY(!shown.sees("pushSheet"));
    }

    void pastedFilesArePushed()
    {
        FakeDesk desk;
        fillGood(desk);
        Shown shown(desk);
        shown.window.showPage(MainWindow::Page::Workspaces);
        QGuiApplication::clipboard()->setMimeData(filesOf({QStringLiteral("/tmp/copied")}));
        QTest::keyClick(shown.find<QListView>("workspacesList"), Qt::Key_V, Qt::ControlModifier);
        QTRY_VERIFY(shown.sees("pushSheetSendButton"));
        shown.click("pushSheetSendButton");
        QTRY_COMPARE(desk.pushes.size(), 1);
        QCOMPARE(desk.pushes.first().paths, QStringList{QStringLiteral("/tmp/copied")});
    }

    void transfers()
    {
        FakeDesk desk;
        fillAttention(desk);
        Shown shown(desk);
        QVERIFY(shown.sees("transfersDock"));
        auto *bar = shown.find<QProgressBar>("transferProgress");
        QVERIFY(bar->maximum() > bar->minimum()); // never the busy kind
        QCOMPARE(bar->value(), 466);
        shown.click("transferDetailsButton");
        QVERIFY(shown.sees("transferItems"));
        QCOMPARE(shown.find<QTableView>("transferItems")->model()->rowCount(), 40);
        shown.click("cancelTransferButton");
        QCOMPARE(desk.calls, QStringList{QStringLiteral("cancelTransfer t1")});
        Transfer done = desk.transferList.first();
        done.finishedAt = desk.time;
        desk.set(done);
        QTRY_VERIFY(shown.sees("retryTransferButton"));
        QVERIFY(!shown.sees("cancelTransferButton"));
        shown.click("retryTransferButton");
        QVERIFY(desk.calls.contains(QStringLiteral("retryTransfer t1")));
        shown.click("dismissTransferButton");
        QTRY_VERIFY(!shown.sees("transfersDock"));
    }

    void forgettingAsksInline()
    {
        FakeDesk desk;
        fillGood(desk);
        Shown shown(desk);
        shown.window.showPage(MainWindow::Page::Accounts);
        shown.click("removeAccountButton");
        auto *question = shown.find<QWidget>("accountQuestion");
        QVERIFY(question->isVisible());
        QVERIFY(desk.calls.isEmpty());
        QCOMPARE(QApplication::focusWidget(), question->findChild<QPushButton *>(QStringLiteral("noticeCloseButton")));
        QTest::mouseClick(question->findChild<QPushButton *>(QStringLiteral("noticeActionButton")), Qt::LeftButton);
        QCOMPARE(desk.calls, QStringList{QStringLiteral("removeAccount ada")});
        QTRY_VERIFY(shown.sees("accountsSignInButton"));
    }

    // Another program loses its sign-in, so that no single click does it.
    void movingASignInAsksInline()
    {
        FakeDesk desk;
        fillGood(desk);
        AccountStatus observed = goodAccount();
        observed.id = AccountId(QStringLiteral("observed"));
        observed.custody = Custody::Observed;
        observed.observedBy = QStringLiteral("Another Tool");
        desk.accountList.append(observed);
        Shown shown(desk);
        shown.window.actions()->take(Step::Adopt, observed.id, {});
        auto *question = shown.find<QWidget>("accountQuestion");
        QVERIFY(question->isVisible());
        QVERIFY(desk.calls.filter(QStringLiteral("adopt")).isEmpty());
        QTest::mouseClick(question->findChild<QPushButton *>(QStringLiteral("noticeActionButton")), Qt::LeftButton);
        QVERIFY(desk.calls.contains(QStringLiteral("adoptAccount observed")));
        QTRY_VERIFY(shown.find<QLabel>("noticeText")->text().contains(QStringLiteral("Another Tool")));
    }

    void openFolderGoesThroughTheOpener()
    {
        FakeDesk desk;
        fillGood(desk);
        Shown shown(desk);
        shown.window.actions()->workspaceWanted(WorkspaceId(QStringLiteral("research-room")));
        shown.click("openFolderButton");
        QCOMPARE(shown.opener.opened, QList<QUrl>{QUrl::fromLocalFile(QStringLiteral("/home/ada/research-room"))});
    }

    void pagesByKeyboard()
    {
        FakeDesk desk;
        fillGood(desk);
        Shown shown(desk);
        auto *sidebar = shown.find<QListWidget>("sidebar");
        QTRY_COMPARE(QApplication::focusWidget(), sidebar);
        for (int i = 0; i < 5; ++i) {
            QTest::keyClick(&shown.window, static_cast<Qt::Key>(Qt::Key_1 + i), Qt::ControlModifier);
            QCOMPARE(sidebar->currentRow(), i);
        }
        // The tab key reaches every button of a page and comes round.
        shown.window.actions()->workspaceWanted(WorkspaceId(QStringLiteral("research-room")));
        sidebar->setFocus();
        QSet<QString> reached;
        for (int i = 0; i < 40; ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            reached.insert(QApplication::focusWidget()->objectName());
        }
        for (const char *name :
            {"sidebar", "workspacesList", "addMirrorButton", "pushButton", "openFolderButton", "outboxTable"})
            QVERIFY2(reached.contains(QLatin1String(name)), name);
    }

    void everythingInteractiveHasAName()
    {
        for (const bool attention : {false, true}) {
            FakeDesk desk;
            desk.profileList = someProfiles();
            if (attention)
                fillAttention(desk);
            Shown shown(desk);
            for (int page = 0; page < 5; ++page) {
                shown.window.showPage(static_cast<MainWindow::Page>(page));
                QTest::qWait(10);
                const QStringList found = unnamed(QAccessible::queryAccessibleInterface(&shown.window));
                QVERIFY2(found.isEmpty(), qPrintable(QStringLiteral("page %1: %2").arg(page).arg(found.join(u", "))));
            }
            shown.window.openSignIn();
            const QStringList found = unnamed(QAccessible::queryAccessibleInterface(shown.window.signInDialog()));
            QVERIFY2(found.isEmpty(), qPrintable(found.join(u", ")));
        }
    }

    void noTextIsClipped_data()
    {
        QTest::addColumn<bool>("longTexts");
        QTest::newRow("English") << false;
        QTest::newRow("half as long again") << true;
    }
    void noTextIsClipped()
    {
        QFETCH(bool, longTexts);
        LongTexts translator;
        if (longTexts)
            QCoreApplication::installTranslator(&translator);
        for (const bool attention : {false, true}) {
            FakeDesk desk;
            desk.profileList = someProfiles();
            if (attention)
                fillAttention(desk);
            Shown shown(desk);
            for (int page = 0; page < 5; ++page) {
                shown.window.showPage(static_cast<MainWindow::Page>(page));
                QTest::qWait(30);
                const QStringList found = clipped(&shown.window);
                QVERIFY2(found.isEmpty(), qPrintable(QStringLiteral("page %1: %2").arg(page).arg(found.join(u", "))));
            }
        }
        QCoreApplication::removeTranslator(&translator);
    }

    void closingQuitsWithoutATray()
    {
        FakeDesk desk;
        Shown shown(desk);
        shown.settings.setCloseToTray(true); // chosen, but there is no tray to come back from
        QSignalSpy quit(&shown.window, &MainWindow::quitRequested);
        shown.window.close();
        QCOMPARE(quit.size(), 1);
    }
};

QTEST_MAIN(TestMainWindow)
#include "test_mainwindow.moc"
