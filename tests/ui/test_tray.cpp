#include "tests/support/fakedesk.h"
#include "tests/support/faketrayhost.h"
#include "tests/ui/notingopener.h"
#include "ui/mainwindow.h"
#include "ui/tray.h"
#include "ui/traypresence.h"
#include "ui/uisettings.h"

#include <QApplication>
#include <QSignalSpy>
#include <QTest>

using namespace Postroom;

namespace
{

struct Desktop {
    Desktop() : settings(QString()), window(&desk, &settings, &opener, &presence), tray(&desk, &presence, &window)
    {
        window.show();
        static_cast<void>(QTest::qWaitForWindowExposed(&window));
    }
    FakeDesk desk;
    UiSettings settings;
    NotingOpener opener;
    TrayPresence presence;
    MainWindow window;
    Tray tray;
};

} // namespace

// One process, one story: Qt keeps what it learnt about the tray until the process ends, so the late host comes first.
class TestTray : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { QApplication::setQuitOnLastWindowClosed(false); }

    void aMissingHostKeepsTheWindowReachable()
    {
        Desktop desktop;
        desktop.settings.setCloseToTray(true);
        desktop.presence.start();
        QTest::qWait(200);
        QVERIFY(!desktop.presence.isPresent());
        QVERIFY(!desktop.tray.isAlive());
        QSignalSpy quit(&desktop.window, &MainWindow::quitRequested);
        desktop.window.close();
        QCOMPARE(quit.size(), 1);
    }

    void aWatcherWithoutAHostIsNoTray()
    {
        FakeTrayHost host;
        QVERIFY(host.start(false));
        Desktop desktop;
        desktop.presence.start();
        QTest::qWait(200);
        QVERIFY(!desktop.presence.isPresent());
        QVERIFY(!desktop.tray.isAlive());
        QSignalSpy present(&desktop.presence, &TrayPresence::presentChanged);
        host.setHost(true);
        QTRY_COMPARE(present.size(), 1);
        QTRY_COMPARE(host.items().size(), 1);
    }

    void aLateHostGetsTheIcon()
    {
        Desktop desktop;
        fillAttention(desktop.desk);
        desktop.presence.start();
        QTest::qWait(200);
        QVERIFY(!desktop.tray.isAlive());
        FakeTrayHost host;
        QVERIFY(host.start());
        QTRY_VERIFY(desktop.presence.isPresent());
        QTRY_COMPARE(host.items().size(), 1);
        const auto item = host.read(host.items().first());
        QVERIFY(item);
        QVERIFY((item->toolTipTitle + item->toolTipText).contains(QStringLiteral("Grace at Example needs a sign-in.")));
        QVERIFY(!item->iconSizes.isEmpty());
        const auto menu = host.menu(host.items().first());
        QVERIFY(menu);
        QVERIFY(menu->size() >= 6);
        QVERIFY(menu->at(0).label.contains(QStringLiteral("Grace at Example")));
        QVERIFY(menu->last().label.contains(QStringLiteral("uit")));

        // A click on the icon opens the window.
        desktop.settings.setCloseToTray(true);
        QSignalSpy quit(&desktop.window, &MainWindow::quitRequested);
        desktop.window.close();
        QVERIFY(!desktop.window.isVisible());
        QCOMPARE(quit.size(), 0);
        QVERIFY(host.activate(host.items().first()));
        QTRY_VERIFY(desktop.window.isVisible());
        QVERIFY(host.click(host.items().first(), menu->last().id));
        QTRY_COMPARE(quit.size(), 1);
    }

    void theWindowReturnsWhenTheHostDies()
    {
        FakeTrayHost host;
        QVERIFY(host.start());
        Desktop desktop;
        desktop.settings.setCloseToTray(true);
        desktop.presence.start();
        QTRY_VERIFY(desktop.presence.isPresent());
        desktop.window.close();
        QVERIFY(!desktop.window.isVisible());
        host.stop();
        QTRY_VERIFY(desktop.window.isVisible());
        QVERIFY(!desktop.presence.isPresent());
        QSignalSpy quit(&desktop.window, &MainWindow::quitRequested);
        desktop.window.close();
        QCOMPARE(quit.size(), 1);

        // A panel that starts again gets the icon again.
        QVERIFY(host.start());
        QTRY_VERIFY(desktop.presence.isPresent());
        QTRY_COMPARE(host.items().size(), 1);
    }

    void theWindowReturnsWhenTheHostAloneGoes()
    {
        FakeTrayHost host;
        QVERIFY(host.start());
        Desktop desktop;
        desktop.settings.setCloseToTray(true);
        desktop.presence.start();
        QTRY_VERIFY(desktop.presence.isPresent());
        desktop.window.close();
        host.setHost(false);
        QTRY_VERIFY(desktop.window.isVisible());
    }

    void closingQuitsUnlessChosen()
    {
        FakeTrayHost host;
        QVERIFY(host.start());
        Desktop desktop;
        desktop.presence.start();
        QTRY_VERIFY(desktop.presence.isPresent());
        QSignalSpy quit(&desktop.window, &MainWindow::quitRequested);
        desktop.window.close();
        QCOMPARE(quit.size(), 1);
    }

    void theSentenceFollows()
    {
        FakeTrayHost host;
        QVERIFY(host.start());
        Desktop desktop;
        fillGood(desktop.desk);
        desktop.presence.start();
        QTRY_VERIFY(desktop.tray.isAlive());
        QCOMPARE(desktop.tray.sentence(), QStringLiteral("Everything is delivered."));
        QCOMPARE(desktop.tray.shape(), Shape::Good);
        desktop.desk.set(signedOutAccount());
        QTRY_COMPARE(desktop.tray.shape(), Shape::NeedsYou);
    }
};

QTEST_MAIN(TestTray)
#include "test_tray.moc"
