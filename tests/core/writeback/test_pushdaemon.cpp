// Pushes of files that a running mount daemon sends by itself: their fate is read from its outbox.
#include "tests/core/writeback/bench.h"
#include "tests/support/compare.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

const QString remote = QStringLiteral("/linear/issues/1.json");

OutboxRecord recordOf(const FakeClock &clock, const QByteArray &content, RecordState state,
    const QString &id = QStringLiteral("mountcmd_1"))
{
    OutboxRecord record;
    record.id = id;
    record.path = remote;
    record.hash = sha256(content);
    record.state = state;
    record.firstSeenAt = clock.now();
    if (state == RecordState::Acked) {
        record.ackedAt = clock.now();
        record.revision = QStringLiteral("rev_9");
        record.dispatchStatus = QStringLiteral("succeeded");
    }
    return record;
}

} // namespace

class TestPushDaemon : public QObject
{
    Q_OBJECT

    // The clock of the files is the real one; a record counts when it is not older than its file.
    static void catchUp(PushBench &bench)
    {
        bench.clock.jump(std::chrono::milliseconds(bench.clock.now().msecsTo(QDateTime::currentDateTimeUtc())));
    }
    static TransferId begin(PushBench &bench, std::chrono::seconds timeout = 90s)
    {
        bench.start();
        bench.target->daemon = true;
        const QString file = bench.write(QStringLiteral("linear/issues/1.json"), "{}");
        catchUp(bench);
        const TransferId id = bench.push({file}, timeout);
        bench.turnUntil([&] { return bench.item(id).state != ItemState::Queued; });
        bench.turn();
        return id;
    }

private Q_SLOTS:
    void reportsTheDaemonsSuccess()
    {
        PushBench bench;
        const TransferId id = begin(bench);
        QCOMPARE(bench.item(id).state, ItemState::Waiting);
        OutboxRecord record = recordOf(bench.clock, "{}", RecordState::Pending);
        bench.target->setOutbox({record});
        bench.turn();
        QCOMPARE(bench.item(id).commandId, record.id);
        // Longer than the ten seconds in which a record has to show up.
        bench.advance(15s);
        QCOMPARE(bench.item(id).state, ItemState::Waiting);
        record.operationId = QStringLiteral("op_1");
        bench.target->setOutbox({record});
        bench.turn();
        QCOMPARE(bench.item(id).operationId, QStringLiteral("op_1"));
        OutboxRecord acked = recordOf(bench.clock, "{}", RecordState::Acked);
        acked.operationId = QStringLiteral("op_1");
        bench.target->setOutbox({acked});
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.item(id).revision, QStringLiteral("rev_9"));
        QCOMPARE(bench.server.requests.size(), 0);
        QVERIFY(!QFileInfo::exists(bench.mirror + QStringLiteral("/.relay/outbox")));
    }

    void reportsTheDaemonsTrouble_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("expected");
        QTest::newRow("attention") << int(RecordState::Attention) << int(ItemState::Attention);
        QTest::newRow("failed") << int(RecordState::Failed) << int(ItemState::Failed);
    }
    void reportsTheDaemonsTrouble()
    {
        QFETCH(int, state);
        QFETCH(int, expected);
        PushBench bench;
        const TransferId id = begin(bench);
        OutboxRecord record = recordOf(bench.clock, "{}", static_cast<RecordState>(state));
        record.error = QStringLiteral("title is required");
        bench.target->setOutbox({record});
        QCOMPARE(bench.finish(id).failed, 1);
        QCOMPARE(bench.item(id).state, static_cast<ItemState>(expected));
        QVERIFY(bench.item(id).error.contains(QStringLiteral("title is required")));
        QCOMPARE(bench.server.requests.size(), 0);
    }

    void sendsItselfWhenNoRecordShowsUp()
    {
        PushBench bench;
        const TransferId id = begin(bench);
        // Not this one: other bytes; not that one: a receipt of somebody's push.
        OutboxRecord other = recordOf(bench.clock, "other", RecordState::Pending);
        OutboxRecord receipt = recordOf(bench.clock, "{}", RecordState::Pending, QStringLiteral("mountcmd_2"));
        receipt.action = QStringLiteral("push");
        bench.target->setOutbox({other, receipt});
        bench.advance(9s);
        QCOMPARE(bench.server.requests.size(), 0);
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.server.requests.size(), 1);
        QCOMPARE(bench.server.requests.first().first().identity->key, bench.item(id).commandId);
        QCOMPARE(bench.receipts(QStringLiteral("acked")).size(), 1);
    }

    void anEarlierRefusalIsTriedFromHereAtOnce()
    {
        PushBench bench;
        bench.start();
        bench.target->daemon = true;
        const QString file = bench.write(QStringLiteral("linear/issues/1.json"), "{}");
        bench.target->outboxRecords = {recordOf(bench.clock, "{}", RecordState::Attention)};
        const TransferId id = bench.push({file});
        QVERIFY(bench.turnUntil([&] { return bench.server.requests.size() == 1; }));
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.server.requests.size(), 1);
    }

    void anOldDeliveryOfTheSameBytesIsNotThisOne()
    {
        PushBench bench;
        bench.start();
        bench.target->daemon = true;
        catchUp(bench);
        OutboxRecord old = recordOf(bench.clock, "{}", RecordState::Acked, QStringLiteral("mountcmd_0"));
        old.firstSeenAt = old.firstSeenAt.addSecs(-3600);
        const QString file = bench.write(QStringLiteral("linear/issues/1.json"), "{}");
        bench.target->outboxRecords = {old};
        const TransferId id = bench.push({file});
        QVERIFY(bench.turnUntil([&] { return bench.item(id).state == ItemState::Waiting; }));
        bench.turn();
        bench.target->setOutbox({old, recordOf(bench.clock, "{}", RecordState::Acked)});
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.item(id).commandId, QStringLiteral("mountcmd_1"));
    }

    void whatTheMirrorHasDeliveredIsDelivered()
    {
        PushBench bench;
        const QString state
            = privateStatePath(bench.paths.home, bench.record.relayId, bench.record.remoteRoot, bench.mirror);
        QDir().mkpath(QFileInfo(state).path());
        QFile file(state);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QStringLiteral("{\"files\":{\"%1\":{\"revision\":\"rev_5\",\"hash\":\"%2\"}}}")
                .arg(remote, sha256("{}"))
                .toUtf8());
        file.close();
        const TransferId id = begin(bench);
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.item(id).revision, QStringLiteral("rev_5"));
        QCOMPARE(bench.item(id).code, QStringLiteral("already-there"));
        QCOMPARE(bench.server.requests.size(), 0);
    }

    void aNewerVersionTakesItsPlace()
    {
        PushBench bench;
        const TransferId id = begin(bench);
        bench.target->setOutbox({recordOf(bench.clock, "{}", RecordState::Pending)});
        bench.turn();
        OutboxRecord record = recordOf(bench.clock, "{}", RecordState::Acked);
        record.dispatchStatus = QStringLiteral("superseded_by_newer_local_content");
        bench.target->setOutbox({record});
        bench.finish(id);
        QCOMPARE(bench.item(id).state, ItemState::Failed);
        QCOMPARE(bench.item(id).code, QStringLiteral("superseded"));
    }

    void aSlowDaemonIsWatchedOnAcrossARestart()
    {
        PushBench bench;
        const TransferId id = begin(bench, 20s);
        const OutboxRecord pending = recordOf(bench.clock, "{}", RecordState::Pending);
        bench.target->setOutbox({pending});
        const Transfer waited = bench.finish(id);
        QCOMPARE(waited.acked + waited.failed, 0);
        QCOMPARE(bench.item(id).state, ItemState::Waiting);
        QCOMPARE(bench.item(id).code, QStringLiteral("queued"));
        const QDateTime finishedAt = *waited.finishedAt;
        bench.stop();
        bench.start();
        bench.target->daemon = true;
        bench.target->outboxRecords = {pending};
        QVERIFY(bench.runUntil([&] { return bench.item(id).state == ItemState::Waiting; }));
        bench.advance(30s);
        QCOMPARE(bench.server.requests.size(), 0);
        bench.target->setOutbox({recordOf(bench.clock, "{}", RecordState::Acked)});
        QVERIFY(bench.runUntil([&] { return bench.item(id).state == ItemState::Acked; }));
        QCOMPARE(*bench.transfer(id).finishedAt, finishedAt);
        QCOMPARE(bench.server.requests.size(), 0);
    }

    void cancelLeavesTheDaemonAlone()
    {
        PushBench bench;
        const TransferId id = begin(bench);
        bench.service->cancel(id);
        QCOMPARE(bench.finish(id).cancelled, 1);
        QCOMPARE(bench.server.requests.size(), 0);
    }

    void filesOutsideAreNotTheDaemons()
    {
        PushBench bench;
        bench.start();
        bench.target->daemon = true;
        PushRequest request;
        request.paths = {bench.writeOutside(QStringLiteral("1.json"), "{}")};
        request.workspace = bench.record.id;
        request.remoteFolder = QStringLiteral("/linear/issues");
        const TransferId id = bench.push(request);
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.server.requests.size(), 1);
    }
};

QTEST_GUILESS_MAIN(TestPushDaemon)
#include "test_pushdaemon.moc"
