#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QPixmap>
#include <QSignalSpy>
#include <QSystemTrayIcon>
#include <QTest>

#include "tests/support/faketrayhost.h"

using namespace Postroom;

namespace
{

// The fake against Qt's own tray icon: what holds here holds for a panel.
class TestFakeTrayHost : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsAnIconThroughRestarts()
    {
        FakeTrayHost host;
        QVERIFY(!host.isRunning());
        QVERIFY(host.start());
        QVERIFY(QSystemTrayIcon::isSystemTrayAvailable());

        QPixmap pixels(32, 32);
        pixels.fill(Qt::red);
        QMenu menu;
        QAction *open = menu.addAction(QStringLiteral("Open"));
        menu.addSeparator();
        menu.addMenu(QStringLiteral("More"))->addAction(QStringLiteral("Inner"));
        menu.addAction(QStringLiteral("Quit"))->setEnabled(false);
        QSystemTrayIcon icon{QIcon(pixels)};
        icon.setToolTip(QStringLiteral("All is well."));
        icon.setContextMenu(&menu);
        QSignalSpy registered(&host, &FakeTrayHost::itemRegistered);
        icon.show();
        QTRY_COMPARE(registered.size(), 1);
        const QString item = host.items().value(0);
        QCOMPARE(registered.at(0).at(0).toString(), item);

        const auto shown = host.read(item);
        QVERIFY(shown);
        QCOMPARE(shown->status, QStringLiteral("Active"));
        QVERIFY(!shown->iconSizes.isEmpty());
        QVERIFY((shown->toolTipTitle + shown->toolTipText).contains(QStringLiteral("All is well.")));

        const auto entries = host.menu(item);
        QVERIFY(entries);
        QCOMPARE(entries->size(), 4);
        QCOMPARE(entries->at(0).label, QStringLiteral("Open"));
        QCOMPARE(entries->at(1).type, QStringLiteral("separator"));
        QCOMPARE(entries->at(2).children.value(0).label, QStringLiteral("Inner"));
        QVERIFY(!entries->at(3).enabled);

        QSignalSpy triggered(open, &QAction::triggered);
        QVERIFY(host.click(item, entries->at(0).id));
        QTRY_COMPARE(triggered.size(), 1);
        QSignalSpy activated(&icon, &QSystemTrayIcon::activated);
        QVERIFY(host.activate(item));
        QTRY_COMPARE(activated.size(), 1);

        QSignalSpy changed(&host, &FakeTrayHost::itemChanged);
        icon.setToolTip(QStringLiteral("Something waits."));
        QTRY_VERIFY(!changed.isEmpty());

        host.stop();
        QVERIFY(host.items().isEmpty());
        QVERIFY(host.start());
        QTRY_COMPARE(registered.size(), 2);
        QVERIFY(host.read(host.items().value(0)));

        QSignalSpy gone(&host, &FakeTrayHost::itemUnregistered);
        icon.hide();
        QTRY_COMPARE(gone.size(), 1);
        QVERIFY(host.items().isEmpty());
    }

    void secondWatcherIsRefused()
    {
        FakeTrayHost first;
        FakeTrayHost second;
        QVERIFY(first.start());
        QVERIFY(!second.start());
        first.stop();
        QVERIFY(second.start());
    }

    void missingItemGivesNothing()
    {
        FakeTrayHost host;
        QVERIFY(host.start());
        QVERIFY(!host.read(QStringLiteral("org.example.None/StatusNotifierItem")));
        QVERIFY(!host.menu(QStringLiteral("org.example.None/StatusNotifierItem")));
        QVERIFY(!host.activate(QStringLiteral("org.example.None/StatusNotifierItem")));
    }
};

} // namespace

QTEST_MAIN(TestFakeTrayHost)
#include "test_faketrayhost.moc"
