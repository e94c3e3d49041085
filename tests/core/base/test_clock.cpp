#include <QAbstractEventDispatcher>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTest>

#include "core/base/clock.h"
#include "tests/support/fakeclock.h"

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

QCoro::Task<void> sleepThenCount(Clock *clock, std::chrono::milliseconds span, int *count)
{
    co_await sleepFor(clock, span);
    ++*count;
}

// The system's clock with a wall that a test moves, as when a person sets it or the computer wakes up.
class ShiftedClock final : public Clock
{
public:
    QDateTime now() const override { return system.now().addMSecs(shift); }
    std::chrono::milliseconds steady() const override { return system.steady(); }
    std::unique_ptr<Alarm> at(const QDateTime &due, std::function<void()> action) override
    {
        return system.at(due.addMSecs(-shift), std::move(action));
    }
    SystemClock system;
    qint64 shift = 0;
};

class TestClock : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void systemTellsUtc()
    {
        const SystemClock clock;
        const QDateTime before = QDateTime::currentDateTimeUtc();
        const QDateTime now = clock.now();
        QCOMPARE(now.timeSpec(), Qt::UTC);
        QVERIFY(now >= before);
        QVERIFY(now <= QDateTime::currentDateTimeUtc());
        const auto steady = clock.steady();
        QVERIFY(clock.steady() >= steady);
    }

    void systemAlarmFiresOnceAndNotEarly()
    {
        SystemClock clock;
        int fired = 0;
        const QDateTime due = clock.now().addMSecs(150);
        QDateTime at;
        const auto alarm = clock.at(due, [&] {
            ++fired;
            at = clock.now();
        });
        QTRY_COMPARE(fired, 1);
        QVERIFY2(at >= due, qPrintable(QString::number(at.msecsTo(due))));
        QVERIFY(due.msecsTo(at) < 3000);
        QTest::qWait(50); // nothing more may come, which nothing tells
        QCOMPARE(fired, 1);
    }

    void systemAlarmInThePastFiresSoonButNotAtOnce()
    {
        SystemClock clock;
        int fired = 0;
        const auto alarm = clock.at(clock.now().addDays(-1), [&fired] { ++fired; });
        QCOMPARE(fired, 0);
        QTRY_COMPARE(fired, 1);
        const auto never = clock.at(QDateTime(), [&fired] { ++fired; });
        QTRY_COMPARE(fired, 2);
    }

    void systemAlarmIsDisarmed()
    {
        SystemClock clock;
        int fired = 0;
        auto alarm = clock.at(clock.now().addMSecs(20), [&fired] { ++fired; });
        alarm.reset();
        const auto later = clock.at(clock.now().addMSecs(80), [&fired] { fired += 10; });
        QTRY_COMPARE(fired, 10);
    }

    void systemAlarmMayDestroyItself()
    {
        SystemClock clock;
        std::unique_ptr<Alarm> alarm;
        bool fired = false;
        alarm = clock.at(clock.now(), [&] {
            alarm.reset();
            fired = true;
        });
        QTRY_VERIFY(fired);
        QVERIFY(!alarm);
    }

    void systemAlarmMayArmAnother()
    {
        SystemClock clock;
        std::unique_ptr<Alarm> alarm;
        int fired = 0;
        std::function<void()> again = [&] {
            if (++fired < 5)
                alarm = clock.at(clock.now().addMSecs(1), again);
        };
        alarm = clock.at(clock.now(), again);
        QTRY_COMPARE(fired, 5);
    }

    void systemAlarmFarAwayStaysArmed()
    {
        SystemClock clock;
        int fired = 0;
        const auto years = clock.at(clock.now().addYears(200), [&fired] { ++fired; });
        const auto soon = clock.at(clock.now().addMSecs(50), [&fired] { fired += 10; });
        QTRY_COMPARE(fired, 10);
    }

    void systemSleepEnds()
    {
        SystemClock clock;
        int count = 0;
        QElapsedTimer timer;
        timer.start();
        sleepThenCount(&clock, 60ms, &count);
        sleepThenCount(&clock, -5s, &count);
        QTRY_COMPARE(count, 2);
        QVERIFY(timer.elapsed() >= 60);
    }

    void fakeMovesByHandOnly()
    {
        FakeClock clock;
        const QDateTime start = clock.now();
        QCOMPARE(clock.steady(), 0ms);
        int fired = 0;
        const auto alarm = clock.at(start.addSecs(10), [&fired] { ++fired; });
        QCOMPARE(clock.nextDue(), std::optional<QDateTime>(start.addSecs(10)));
        clock.advance(9'999ms);
        QCOMPARE(fired, 0);
        clock.advance(1ms);
        QCOMPARE(fired, 1);
        QCOMPARE(clock.armed(), 0);
        QCOMPARE(clock.now(), start.addSecs(10));
        QCOMPARE(clock.steady(), 10'000ms);
        clock.advance(1h);
        QCOMPARE(fired, 1);
    }

    void fakeFiresInOrderAtTheirTimes()
    {
        FakeClock clock;
        const QDateTime start = clock.now();
        QList<qint64> at;
        const auto note = [&] { at.append(start.msecsTo(clock.now())); };
        const auto late = clock.at(start.addSecs(30), note);
        const auto early = clock.at(start.addSecs(10), note);
        std::unique_ptr<Alarm> nested;
        const auto middle = clock.at(start.addSecs(20), [&] {
            note();
            nested = clock.at(clock.now().addSecs(5), note);
        });
        clock.advance(60s);
        QCOMPARE(at, (QList<qint64>{10'000, 20'000, 25'000, 30'000}));
    }

    void fakeAlarmIsDisarmed()
    {
        FakeClock clock;
        int fired = 0;
        auto first = clock.at(clock.now().addSecs(1), [&fired] { ++fired; });
        std::unique_ptr<Alarm> third = clock.at(clock.now().addSecs(3), [&fired] { fired += 100; });
        const auto second = clock.at(clock.now().addSecs(2), [&] {
            fired += 10;
            third.reset();
        });
        first.reset();
        clock.advance(10s);
        QCOMPARE(fired, 10);
    }

    void fakeWallJumpsAlone()
    {
        FakeClock clock;
        const QDateTime start = clock.now();
        int fired = 0;
        const auto alarm = clock.at(start.addSecs(60), [&fired] { ++fired; });
        clock.jump(2h);
        QCOMPARE(clock.steady(), 0ms);
        QCOMPARE(fired, 0);
        clock.advance(0ms);
        QCOMPARE(fired, 1);
        QCOMPARE(clock.now(), start.addSecs(7200));
        clock.jump(-1h);
        QCOMPARE(clock.now(), start.addSecs(3600));
    }

    void fakeSleepEnds()
    {
        FakeClock clock;
        int count = 0;
        sleepThenCount(&clock, 10s, &count);
        sleepThenCount(&clock, 20s, &count);
        clock.advance(10s);
        QTRY_COMPARE(count, 1);
        clock.advance(10s);
        QTRY_COMPARE(count, 2);
    }

    void manyAlarmsShareAWakeUp()
    {
        SystemClock clock;
        int wakeUps = 0;
        const auto counting = connect(
            QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake, this, [&wakeUps] { ++wakeUps; });
        QSet<int> turns;
        int fired = 0;
        std::vector<std::unique_ptr<Alarm>> alarms;
        const QDateTime start = clock.now();
        for (int i = 0; i < 200; ++i) {
            alarms.push_back(clock.at(start.addMSecs(1200 + i / 5), [&] {
                ++fired;
                turns.insert(wakeUps);
            }));
        }
        QEventLoop loop;
        const auto last = clock.at(start.addMSecs(1400), [&loop] { loop.quit(); });
        loop.exec();
        disconnect(counting);
        QCOMPARE(fired, 200);
        QCOMPARE(turns.size(), 1);
        // One for the 200, one for the last, and what the loop itself needs to begin.
        QVERIFY2(wakeUps <= 5, qPrintable(QString::number(wakeUps)));
    }

    void alarmsFireInOrderAlsoWhenLate()
    {
        SystemClock clock;
        QList<int> order;
        const QDateTime past = clock.now().addSecs(-100);
        const auto second = clock.at(past.addSecs(2), [&order] { order.append(2); });
        const auto first = clock.at(past.addSecs(1), [&order] { order.append(1); });
        const auto third = clock.at(past.addSecs(3), [&order] { order.append(3); });
        QTRY_COMPARE(order, (QList<int>{1, 2, 3}));
    }

    void anActionMayWaitInALoopOfItsOwn()
    {
        SystemClock clock;
        QEventLoop loop;
        bool ended = false;
        const auto waits = clock.at(clock.now(), [&] {
            loop.exec();
            ended = true;
        });
        const auto ends = clock.at(clock.now().addMSecs(30), [&loop] { loop.quit(); });
        QTRY_VERIFY(ended);
    }

    void anActionMayDisarmOneThatIsDueAsWell()
    {
        SystemClock clock;
        int fired = 0;
        std::unique_ptr<Alarm> other = clock.at(clock.now().addSecs(-1), [&fired] { fired += 100; });
        const auto first = clock.at(clock.now().addSecs(-2), [&] {
            ++fired;
            other.reset();
        });
        const auto last = clock.at(clock.now().addMSecs(50), [&fired] { fired += 10; });
        QTRY_COMPARE(fired, 11);
    }

    void anAlarmMayOutliveItsClock()
    {
        int fired = 0;
        std::unique_ptr<Alarm> alarm;
        {
            SystemClock clock;
            alarm = clock.at(clock.now().addMSecs(20), [&fired] { ++fired; });
        }
        QTRY_COMPARE(fired, 1);
    }

    void aJumpOfTheWallIsSeenOnRecheck()
    {
        qint64 shift = 0;
        SystemClock clock([&shift] { return QDateTime::currentDateTimeUtc().addMSecs(shift); });
        int fired = 0;
        const auto alarm = clock.at(clock.now().addSecs(3600), [&fired] { ++fired; });
        const auto far = clock.at(clock.now().addDays(2), [&fired] { fired += 100; });
        clock.recheck();
        QTest::qWait(30); // nothing may come, which nothing tells
        QCOMPARE(fired, 0);
        shift = 9 * 3'600'000;
        clock.recheck();
        QCOMPARE(fired, 0); // soon, not at once
        QTRY_COMPARE(fired, 1);
    }

    void aWallSetBackHoldsNoShortWaitUp()
    {
        qint64 shift = 0;
        SystemClock clock([&shift] { return QDateTime::currentDateTimeUtc().addMSecs(shift); });
        int count = 0;
        int fired = 0;
        sleepThenCount(&clock, 60ms, &count);
        const auto alarm = clock.after(50ms, [&fired] { ++fired; });
        const auto onWall = clock.at(clock.now().addMSecs(10), [&fired] { fired += 100; });
        shift = -86'400'000;
        clock.recheck();
        QTRY_COMPARE(count, 1);
        QCOMPARE(fired, 1);
    }

    void wallSetForwardBringsAlarmsNearer()
    {
        ShiftedClock clock;
        clock.shift = 3'600'000;
        int fired = 0;
        const auto alarm = clock.at(clock.now().addMSecs(40), [&fired] { ++fired; });
        QTRY_COMPARE(fired, 1);
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestClock)
#include "test_clock.moc"
