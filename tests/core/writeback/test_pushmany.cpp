// Five thousand files at once: no stall of the event loop, shared requests, few questions, a journal that does not grow
// with the square of them.
#include "tests/core/writeback/bench.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QTest>
#include <QTimer>

using namespace Postroom;
using namespace std::chrono_literals;

class TestPushMany : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fiveThousandFiles()
    {
        constexpr int count = 5'000;
        PushBench bench(false);
        bench.server.pollsUntilEnd = 2;
        bench.start();
        for (int i = 0; i < count; ++i)
            bench.writeOutside(QStringLiteral("many/%1/%2.json").arg(i % 10).arg(i), QByteArray::number(i));
        int changed = 0;
        int signalsSeen = 0;
        QObject::connect(bench.service.get(), &PushService::itemsChanged, bench.service.get(),
            [&](const TransferId &, const QList<TransferItem> &items) {
                changed += static_cast<int>(items.size());
                ++signalsSeen;
            });
        // The longest gap between two turns of the event loop.
        qint64 longest = 0;
        QElapsedTimer since;
        since.start();
        QTimer beat;
        QObject::connect(&beat, &QTimer::timeout, &beat, [&] { longest = std::max(longest, since.restart()); });
        beat.start(1ms);

        PushRequest request;
        request.paths = {bench.outside + QStringLiteral("/many")};
        request.remoteFolder = QStringLiteral("/linear");
        const TransferId id = bench.push(request);
        QVERIFY(bench.runUntil([&] { return bench.transfer(id).acked > 0; }));
        QElapsedTimer real;
        real.start();
        while (bench.transfer(id).isRunning() && real.elapsed() < 60'000)
            bench.runUntil([&] { return !bench.transfer(id).isRunning(); });
        beat.stop();
        const Transfer done = bench.transfer(id);
        QCOMPARE(done.acked, count);
        QCOMPARE(done.failed, 0);
        QCOMPARE(bench.server.dispatched.size(), count);
        for (const int times : std::as_const(bench.server.dispatched))
            QCOMPARE(times, 1);
        qInfo("%lld requests, %d stats, %d folders, %lld questions, %d lists, %d signals with %d items, longest gap "
              "%lld ms",
            static_cast<long long>(bench.server.requests.size()), bench.server.stats, bench.server.folders,
            static_cast<long long>(bench.server.pollTimes.size()), bench.server.lists, signalsSeen, changed,
            static_cast<long long>(longest));
        QVERIFY(bench.server.requests.size() <= 40);
        QCOMPARE(bench.server.folders, 10);
        QVERIFY(bench.server.stats < 200);
        QVERIFY(bench.server.pollTimes.size() < count);
        const qint64 journal
            = QFileInfo(bench.paths.state + QStringLiteral("/transfers/%1.json").arg(id.text())).size();
        QVERIFY2(journal < count * 2'000LL, qPrintable(QString::number(journal)));
        // Generous: the machine that runs the tests is busy with other things.
        QVERIFY2(longest < 1'000, qPrintable(QString::number(longest)));

        // And all of it again: nothing is sent.
        const qsizetype requests = bench.server.requests.size();
        request.id = TransferId::create();
        const TransferId again = bench.push(request);
        real.restart();
        while (bench.transfer(again).isRunning() && real.elapsed() < 60'000)
            bench.runUntil([&] { return !bench.transfer(again).isRunning(); });
        QCOMPARE(bench.transfer(again).acked, count);
        QCOMPARE(bench.server.requests.size(), requests);
    }
};

QTEST_GUILESS_MAIN(TestPushMany)
#include "test_pushmany.moc"
