// SystemSurroundings where there is neither a bus nor a service.
#include "core/http/surroundings.h"

#include <QNetworkInformation>
#include <QSignalSpy>
#include <QTest>

using namespace Postroom;

namespace
{

class TestSurroundingsNoBus : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingBreaks()
    {
        SystemSurroundings surroundings;
        QSignalSpy wakes(&surroundings, &Surroundings::woke);
        QSignalSpy jumps(&surroundings, &Surroundings::clockJumped);
        QElapsedTimer timer;
        timer.start();
        surroundings.start();
        surroundings.start();
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
        QCoreApplication::processEvents();
        // The kernel's own routes may be known all the same; "not known" is never "offline".
        if (!QNetworkInformation::instance())
            QVERIFY(!surroundings.knowsNetwork());
        if (!surroundings.knowsNetwork())
            QVERIFY(surroundings.isOnline());
        QCOMPARE(wakes.count(), 0);
        QCOMPARE(jumps.count(), 0);
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestSurroundingsNoBus)
#include "test_surroundings_nobus.moc"
