// ClockWatch: what the distance of three clocks tells, and that the kernel rings when the clock is set.
#include "core/http/clockwatch.h"

#include <QAbstractEventDispatcher>
#include <QSignalSpy>
#include <QTest>

#ifdef Q_OS_LINUX
#include <sys/timex.h>
#endif

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

class TestClockWatch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatTheClocksTell_data()
    {
        QTest::addColumn<qint64>("awake"); // ms that each clock moved on
        QTest::addColumn<qint64>("running");
        QTest::addColumn<qint64>("wall");
        QTest::addColumn<qint64>("slept"); // s, 0: nothing is told
        QTest::addColumn<qint64>("jumped");
        const auto row = [](const char *name, qint64 awake, qint64 running, qint64 wall, qint64 slept, qint64 jumped) {
            QTest::addRow("%s", name) << awake << running << wall << slept << jumped;
        };
        row("an hour goes by", 3'600'000, 3'600'000, 3'600'000, 0, 0);
        row("nine hours of sleep", 2'000, 32'402'000, 32'402'000, 32'400, 0);
        row("set back by a day", 1'000, 1'000, -86'399'000, 0, -86'400);
        row("set forward by an hour", 1'000, 1'000, 3'601'000, 0, 3'600);
        row("asleep, and set right afterwards", 1'000, 61'000, 361'000, 60, 300);
        row("a correction of 400 ms", 1'000, 1'000, 1'400, 0, 0);
        row("a nap of 300 ms", 1'000, 1'300, 1'300, 0, 0);
    }
    void whatTheClocksTell()
    {
        QFETCH(qint64, awake);
        QFETCH(qint64, running);
        QFETCH(qint64, wall);
        QFETCH(qint64, slept);
        QFETCH(qint64, jumped);
        ClockWatch::Reading reading{1'700'000'000s, 5'000s, 9'000s};
        ClockWatch watch(nullptr, [&reading] { return reading; });
        QSignalSpy sleeps(&watch, &ClockWatch::slept);
        QSignalSpy jumps(&watch, &ClockWatch::jumped);
        watch.look();
        reading.awake += std::chrono::milliseconds(awake);
        reading.running += std::chrono::milliseconds(running);
        reading.wall += std::chrono::milliseconds(wall);
        watch.look();
        watch.look(); // told once
        QCOMPARE(sleeps.count(), slept == 0 ? 0 : 1);
        QCOMPARE(jumps.count(), jumped == 0 ? 0 : 1);
        if (slept != 0)
            QCOMPARE(sleeps.constFirst().constFirst().toLongLong(), slept);
        if (jumped != 0)
            QCOMPARE(jumps.constFirst().constFirst().toLongLong(), jumped);
    }

    void watchingCostsNoWakeUp()
    {
        ClockWatch watch;
        QSignalSpy sleeps(&watch, &ClockWatch::slept);
        QSignalSpy jumps(&watch, &ClockWatch::jumped);
        if (!watch.start())
            QSKIP("no such timer on this system");
        QVERIFY(watch.start());
        QTest::qWait(1);
        int wakeUps = 0;
        connect(
            QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake, &watch, [&wakeUps] { ++wakeUps; });
        QEventLoop loop;
        QTimer::singleShot(500, &loop, &QEventLoop::quit);
        loop.exec();
        // The beginning and the end of the loop itself.
        QVERIFY2(wakeUps <= 3, qPrintable(QString::number(wakeUps)));
        QCOMPARE(sleeps.count(), 0);
        QCOMPARE(jumps.count(), 0);
    }

    void theKernelRingsWhenTheClockIsSet()
    {
#ifdef Q_OS_LINUX
        ClockWatch::Reading reading{1'700'000'000s, 5'000s, 9'000s};
        ClockWatch watch(nullptr, [&reading] { return reading; });
        QSignalSpy jumps(&watch, &ClockWatch::jumped);
        QVERIFY(watch.start());
        for (int round = 1; round <= 4; ++round) {
            // A microsecond forward, a microsecond back; the watch is shown an hour.
            timex step{};
            step.modes = ADJ_SETOFFSET;
            step.time.tv_sec = round % 2 == 1 ? 0 : -1;
            step.time.tv_usec = round % 2 == 1 ? 1 : 999'999;
            if (adjtimex(&step) < 0)
                QSKIP("only the administrator may set the clock");
            reading.wall += 1h;
            QTRY_COMPARE(jumps.count(), round);
            QCOMPARE(jumps.constLast().constFirst().toLongLong(), 3600);
        }
#else
        QSKIP("no such timer on this system");
#endif
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestClockWatch)
#include "test_clockwatch.moc"
