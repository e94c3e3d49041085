#include <QCoroSignal>
#include <QSignalSpy>
#include <QTest>
#include <stdexcept>

#include "core/base/taskscope.h"

using namespace Postroom;

namespace
{

class Gate : public QObject
{
    Q_OBJECT
Q_SIGNALS:
    void opened();
};

QCoro::Task<void> atOnce(int *count)
{
    ++*count;
    co_return;
}

QCoro::Task<void> waitFor(Gate *gate, int *count)
{
    co_await qCoro(gate, &Gate::opened);
    ++*count;
}

QCoro::Task<void> throwStandard(Gate *gate)
{
    co_await qCoro(gate, &Gate::opened);
    throw std::runtime_error("broken");
}

QCoro::Task<void> throwOther()
{
    throw 42;
    co_return;
}

QCoro::Task<void> drain(TaskScope *scope, bool *done)
{
    co_await scope->drained();
    *done = true;
}

QCoro::Task<void> spawnAnother(TaskScope *scope, Gate *first, Gate *second, int *count, bool *spawned)
{
    co_await qCoro(first, &Gate::opened);
    scope->spawn(waitFor(second, count));
    *spawned = true;
}

QCoro::Task<void> untilStopped(std::stop_token token, Gate *gate, int *rounds)
{
    while (!token.stop_requested()) {
        co_await qCoro(gate, &Gate::opened);
        ++*rounds;
    }
}

class TestTaskScope : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void drainedAtOnceWhenIdle()
    {
        TaskScope scope;
        bool done = false;
        drain(&scope, &done);
        QVERIFY(done);
        int count = 0;
        scope.spawn(atOnce(&count));
        QCOMPARE(count, 1);
        QCOMPARE(scope.running(), 0);
    }

    void drainedAfterTheLast()
    {
        TaskScope scope;
        Gate first;
        Gate second;
        int count = 0;
        scope.spawn(waitFor(&first, &count));
        scope.spawn(waitFor(&second, &count));
        QCOMPARE(scope.running(), 2);
        bool done = false;
        bool alsoDone = false;
        drain(&scope, &done);
        drain(&scope, &alsoDone);
        Q_EMIT first.opened();
        QTRY_COMPARE(count, 1);
        QCOMPARE(scope.running(), 1);
        QVERIFY(!done);
        Q_EMIT second.opened();
        QTRY_VERIFY(done && alsoDone);
        QCOMPARE(count, 2);
        QCOMPARE(scope.running(), 0);
    }

    void drainedWaitsForWhatIsSpawnedMeanwhile()
    {
        TaskScope scope;
        Gate first;
        Gate second;
        int count = 0;
        bool spawned = false;
        scope.spawn(spawnAnother(&scope, &first, &second, &count, &spawned));
        bool done = false;
        drain(&scope, &done);
        Q_EMIT first.opened();
        QTRY_VERIFY(spawned);
        QCoreApplication::processEvents();
        QCOMPARE(scope.running(), 1);
        QVERIFY(!done);
        Q_EMIT second.opened();
        QTRY_VERIFY(done);
        QCOMPARE(count, 1);
    }

    void drainedWaitsForWhatIsSpawnedAfterTheSignal()
    {
        TaskScope scope;
        Gate gate;
        Gate late;
        int count = 0;
        scope.spawn(waitFor(&gate, &count));
        bool done = false;
        drain(&scope, &done);
        // The scope says idle, and before that reaches the one who waits there is a new task.
        connect(&scope, &TaskScope::idle, this, [&] {
            if (count == 1 && scope.running() == 0)
                scope.spawn(waitFor(&late, &count));
        });
        Q_EMIT gate.opened();
        QTRY_COMPARE(count, 1);
        QCoreApplication::processEvents();
        QVERIFY(!done);
        QCOMPARE(scope.running(), 1);
        Q_EMIT late.opened();
        QTRY_VERIFY(done);
        scope.disconnect(this);
    }

    void exceptionsAreLoggedAndCounted()
    {
        TaskScope scope;
        Gate gate;
        QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("an exception: broken")));
        QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(QStringLiteral("unknown exception")));
        scope.spawn(throwStandard(&gate));
        scope.spawn(throwOther());
        QCOMPARE(scope.running(), 1);
        bool done = false;
        drain(&scope, &done);
        Q_EMIT gate.opened();
        QTRY_VERIFY(done);
    }

    void stopReachesTheTasks()
    {
        TaskScope scope;
        Gate gate;
        int rounds = 0;
        scope.spawn(untilStopped(scope.token(), &gate, &rounds));
        Q_EMIT gate.opened();
        QTRY_COMPARE(rounds, 1);
        QCOMPARE(scope.running(), 1);
        scope.stop();
        QVERIFY(scope.token().stop_requested());
        Q_EMIT gate.opened();
        QTRY_COMPARE(scope.running(), 0);
        QCOMPARE(rounds, 2);
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestTaskScope)
#include "test_taskscope.moc"
