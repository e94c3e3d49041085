// SystemSurroundings against a logind and a NetworkManager on a bus of its own. QNetworkInformation is loaded once per
// process, so one test goes through the life of a network.
#include "core/http/surroundings.h"
#include "tests/core/http/fakesystembus.h"

#include <QNetworkInformation>
#include <QSignalSpy>
#include <QTest>

using namespace Postroom;

namespace
{

class TestSurroundings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_bus.start(true)); }

    void nothingIsKnownBeforeTheStart()
    {
        SystemSurroundings surroundings;
        QVERIFY(!surroundings.knowsNetwork());
        QVERIFY(surroundings.isOnline());
        QCOMPARE(m_bus.calls(), 0);
        QVERIFY(!QNetworkInformation::instance());
    }

    void aNetworkGoesAndComes()
    {
        SystemSurroundings surroundings;
        QSignalSpy changes(&surroundings, &Surroundings::networkChanged);
        surroundings.start();
        QTRY_VERIFY(surroundings.knowsNetwork());
        QVERIFY(surroundings.isOnline());
        QCOMPARE(QNetworkInformation::instance()->backendName().toLower(), QStringLiteral("networkmanager"));

        m_bus.setState(FakeSystemBus::disconnected);
        QTRY_VERIFY(!surroundings.isOnline());
        QTRY_COMPARE(changes.count(), 1);
        QCOMPARE(changes.takeFirst().constFirst().toBool(), false);

        // On its way up, nothing is known for a moment, and nothing is told.
        m_bus.setState(FakeSystemBus::connecting);
        QTRY_VERIFY(!surroundings.knowsNetwork());
        QVERIFY(surroundings.isOnline());
        m_bus.setState(FakeSystemBus::connectedGlobal);
        QTRY_COMPARE(changes.count(), 1);
        QCOMPARE(changes.takeFirst().constFirst().toBool(), true);
        QVERIFY(surroundings.knowsNetwork());

        // A cable without a way out.
        m_bus.setState(FakeSystemBus::connectedLocal);
        QTRY_COMPARE(changes.count(), 1);
        QCOMPARE(changes.takeFirst().constFirst().toBool(), false);
        m_bus.setState(FakeSystemBus::connectedGlobal);
        QTRY_COMPARE(changes.count(), 1);
        QCOMPARE(changes.takeFirst().constFirst().toBool(), true);

        // From one network to the next: told once.
        m_bus.setState(FakeSystemBus::disconnected);
        m_bus.setState(FakeSystemBus::connecting);
        m_bus.setState(FakeSystemBus::connectedGlobal);
        QTRY_COMPARE(changes.count(), 1);
        QCOMPARE(changes.takeFirst().constFirst().toBool(), true);

        // A VPN.
        m_bus.setPrimaryConnection(QStringLiteral("/org/freedesktop/NetworkManager/ActiveConnection/7"));
        QTRY_COMPARE(changes.count(), 1);
        QCOMPARE(changes.takeFirst().constFirst().toBool(), true);
    }

    void aPortalIsTold()
    {
        SystemSurroundings surroundings;
        QSignalSpy portals(&surroundings, &Surroundings::portalSuspected);
        surroundings.start();
        QTRY_VERIFY(surroundings.knowsNetwork());
        m_bus.setConnectivity(FakeSystemBus::connectivityPortal);
        QTRY_COMPARE(portals.count(), 1);
        QVERIFY(portals.takeFirst().constFirst().toUrl().isEmpty());
        m_bus.setConnectivity(FakeSystemBus::connectivityFull);
        // And by those who see one.
        const QUrl seen(QStringLiteral("http://portal.example/login"));
        surroundings.suspectPortal(seen);
        QCOMPARE(portals.takeFirst().constFirst().toUrl(), seen);
    }

    void aSleepEndsOnce()
    {
        SystemSurroundings surroundings;
        QSignalSpy wakes(&surroundings, &Surroundings::woke);
        QSignalSpy jumps(&surroundings, &Surroundings::clockJumped);
        surroundings.start();
        // Calls to the bus are answered in order, so this one says that the subscription has arrived.
        QTRY_VERIFY(surroundings.knowsNetwork());
        m_bus.prepareForSleep(true);
        m_bus.prepareForSleep(false);
        QTRY_COMPARE(wakes.count(), 1);
        // The end of a sleep that nobody announced was told by the clocks already.
        m_bus.prepareForSleep(false);
        m_bus.prepareForSleep(true);
        m_bus.prepareForSleep(false);
        QTRY_COMPARE(wakes.count(), 2);
        QCOMPARE(jumps.count(), 0);
    }

    void aManagerThatHangsHoldsNothingUp()
    {
        m_bus.hang();
        const int before = m_bus.calls();
        SystemSurroundings surroundings;
        QElapsedTimer timer;
        timer.start();
        surroundings.start();
        QVERIFY2(timer.elapsed() < 500, qPrintable(QString::number(timer.elapsed())));
        QTRY_VERIFY(m_bus.calls() > before);
        QVERIFY(!surroundings.knowsNetwork());
        QVERIFY(surroundings.isOnline());
    }

private:
    FakeSystemBus m_bus;
};

} // namespace

int main(int argc, char **argv)
{
    qputenv("DBUS_SYSTEM_BUS_ADDRESS", qgetenv("DBUS_SESSION_BUS_ADDRESS"));
    QCoreApplication app(argc, argv);
    TestSurroundings test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_surroundings.moc"
