// Pushes against a played server: what is sent, what is not, what is said about it, what lies on disk.
#include "tests/core/writeback/bench.h"
#include "tests/support/compare.h"

#include <QFileInfo>
#include <QJsonObject>
#include <QSignalSpy>
#include <QTest>
#include <sys/stat.h>

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

unsigned modeOf(const QString &path)
{
    struct stat status{};
    return ::lstat(path.toUtf8().constData(), &status) == 0 ? status.st_mode & 07777u : 0u;
}

QString uuidDraft()
{
    return QStringLiteral("linear/issues/new 01234567-89ab-cdef-0123-456789abcdef.json");
}

} // namespace

class TestPushService : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deliversAFileWithAReceipt()
    {
        PushBench bench;
        bench.start();
        const QByteArray content = "{\"title\":\"a\"}";
        const QString file = bench.write(QStringLiteral("linear/issues/1.json"), content);
        QSignalSpy changes(bench.service.get(), &PushService::transferChanged);
        const TransferId id = bench.push({file});
        const Transfer done = bench.finish(id);
        QCOMPARE(done.acked, 1);
        QCOMPARE(done.failed, 0);
        QCOMPARE(done.bytesDone, content.size());
        QVERIFY(!done.resumed);
        QVERIFY(changes.size() >= 2);
        const TransferItem item = bench.item(id);
        QCOMPARE(item.state, ItemState::Acked);
        QCOMPARE(item.remotePath, QStringLiteral("/linear/issues/1.json"));
        QCOMPARE(item.error, QString());
        QVERIFY(!item.operationId.isEmpty());
        QCOMPARE(item.revision, bench.server.files.value(item.remotePath).revision);
        QCOMPARE(bench.server.requests.size(), 1);
        const BulkFile sent = bench.server.requests.first().first();
        QCOMPARE(sent.contentType, QStringLiteral("application/json"));
        QCOMPARE(sent.ifMatch, QStringLiteral("0"));
        QCOMPARE(sent.identity->kind, QStringLiteral("mount-command"));
        QCOMPARE(sent.identity->key, item.commandId);
        QCOMPARE(sent.identity->ttlSeconds, 604'800);
        QCOMPARE(bench.server.requestScopes.first(),
            QStringList({QStringLiteral("fs:read:/linear/**"), QStringLiteral("fs:write:/linear/**"),
                QStringLiteral("ops:read")}));

        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
        const QJsonObject receipt = bench.receipt(QStringLiteral("acked"), item.commandId);
        QCOMPARE(receipt.value(QStringLiteral("commandId")).toString(), item.commandId);
        QCOMPARE(receipt.value(QStringLiteral("workspaceId")).toString(), QStringLiteral("rw_2222"));
        QCOMPARE(receipt.value(QStringLiteral("remotePath")).toString(), item.remotePath);
        QCOMPARE(receipt.value(QStringLiteral("action")).toString(), QStringLiteral("push"));
        QCOMPARE(receipt.value(QStringLiteral("status")).toString(), QStringLiteral("acked"));
        QCOMPARE(receipt.value(QStringLiteral("content")).toString(QStringLiteral("missing")), QString());
        QVERIFY(!receipt.contains(QStringLiteral("encoding")));
        QCOMPARE(receipt.value(QStringLiteral("hash")).toString(), sha256(content));
        QCOMPARE(receipt.value(QStringLiteral("opId")).toString(), item.operationId);
        QCOMPARE(receipt.value(QStringLiteral("revision")).toString(), item.revision);
        QCOMPARE(receipt.value(QStringLiteral("expectedRevision")).toString(), QStringLiteral("0"));
        QCOMPARE(receipt.value(QStringLiteral("dispatchStatus")).toString(), QStringLiteral("succeeded"));
        QCOMPARE(receipt.value(QStringLiteral("attemptCount")).toInt(), 1);
        QVERIFY(!receipt.contains(QStringLiteral("needsAttention")));
        const QString path = bench.mirror + QStringLiteral("/.relay/outbox/acked/%1.json").arg(item.commandId);
        QCOMPARE(modeOf(path), 0600u);
        QCOMPARE(modeOf(bench.paths.state + QStringLiteral("/transfers/%1.json").arg(id.text())), 0600u);
        QVERIFY(bench.target->pushedNotes > 0);
        QCOMPARE(bench.target->sendings.last(), qMakePair(0, 0));

        // Asking how it ended takes nothing away from the list.
        for (int i = 0; i < 2; ++i) {
            std::optional<Result<Transfer>> ended;
            bench.service->finished(id).then([&ended](Result<Transfer> result) { ended = std::move(result); });
            QVERIFY(bench.turnUntil([&ended] { return ended.has_value(); }));
            QCOMPARE((*ended)->id, id);
            QCOMPARE((*ended)->acked, 1);
        }
        QCOMPARE(bench.transfer(id).acked, 1);
        QCOMPARE(bench.service->items(id).size(), 1);
    }

    void keepsThePendingReceiptWhileTheServerWorks()
    {
        PushBench bench;
        bench.server.pollsUntilEnd = 0; // never
        bench.server.holdBulk = true;
        bench.start();
        const QByteArray content("\xff\xfe binary", 9);
        const QString file = bench.write(QStringLiteral("linear/files/a.bin"), content);
        const TransferId id = bench.push({file});
        QVERIFY(bench.runUntil([&] {
            return bench.item(id).state == ItemState::Sending
                && !bench.receipt(QStringLiteral("pending"), bench.item(id).commandId).isEmpty();
        }));
        const QString commandId = bench.item(id).commandId;
        const QJsonObject receipt = bench.receipt(QStringLiteral("pending"), commandId);
        QCOMPARE(receipt.value(QStringLiteral("status")).toString(), QStringLiteral("pending"));
        QCOMPARE(receipt.value(QStringLiteral("needsAttention")).toBool(), true);
        QCOMPARE(receipt.value(QStringLiteral("encoding")).toString(), QStringLiteral("base64"));
        QCOMPARE(QByteArray::fromBase64(receipt.value(QStringLiteral("content")).toString().toLatin1()), content);
        QCOMPARE(receipt.value(QStringLiteral("contentType")).toString(), QStringLiteral("application/octet-stream"));
        QCOMPARE(receipt.value(QStringLiteral("contentIdentity")).toObject().value(QStringLiteral("key")).toString(),
            commandId);
        QVERIFY(!receipt.contains(QStringLiteral("opId")));
        QCOMPARE(modeOf(bench.mirror + QStringLiteral("/.relay/outbox/pending/%1.json").arg(commandId)), 0600u);
        bench.server.holdBulk = false;
        QVERIFY(bench.runUntil([&] { return bench.item(id).state == ItemState::Waiting; }));
        bench.server.pollsUntilEnd = 1;
        QCOMPARE(bench.finish(id).acked, 1);
        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
    }

    void leavesNoReceiptWithoutAMirror()
    {
        PushBench bench(false);
        bench.start();
        const QString file = bench.writeOutside(QStringLiteral("1.json"), "x");
        PushRequest request;
        request.paths = {file};
        request.remoteFolder = QStringLiteral("linear//issues/");
        const TransferId id = bench.push(request); // the only workspace
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.item(id).remotePath, QStringLiteral("/linear/issues/1.json"));
        QVERIFY(!QFileInfo::exists(bench.mirror + QStringLiteral("/.relay/outbox")));
    }

    void saysWhyTheProviderDidNotTakeIt()
    {
        PushBench bench;
        bench.server.endState = OperationState::DeadLettered;
        bench.server.endWords = QStringLiteral("title is\n required");
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/issues/1.json"), "{}")});
        const Transfer done = bench.finish(id);
        QCOMPARE(done.failed, 1);
        const TransferItem item = bench.item(id);
        QCOMPARE(item.state, ItemState::Attention);
        QCOMPARE(item.code, QStringLiteral("dead_lettered"));
        QCOMPARE(item.error, QStringLiteral("title is required")); // their words alone, as one line
        const QJsonObject receipt = bench.receipt(QStringLiteral("failed"), item.commandId);
        QCOMPARE(receipt.value(QStringLiteral("status")).toString(), QStringLiteral("failed"));
        QCOMPARE(receipt.value(QStringLiteral("dispatchStatus")).toString(), QStringLiteral("dead_lettered"));
        QVERIFY(receipt.value(QStringLiteral("lastError")).toString().contains(QStringLiteral("title is required")));
        QFile marker(bench.mirror + QStringLiteral("/.relay/outbox/attention/%1.marker").arg(item.commandId));
        QVERIFY(marker.open(QIODevice::ReadOnly));
        QCOMPARE(marker.readAll(), QByteArray("attention\n"));
        QCOMPARE(modeOf(marker.fileName()), 0600u);
        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
    }

    void neverOverwritesANewerChange()
    {
        PushBench bench;
        bench.server.holdBulk = true;
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("notion/page.md"), "mine")});
        QVERIFY(bench.runUntil([&] { return bench.item(id).state == ItemState::Sending; }));
        bench.server.write(QStringLiteral("/notion/page.md"), "theirs");
        bench.server.holdBulk = false;
        bench.finish(id);
        const TransferItem item = bench.item(id);
        QCOMPARE(item.state, ItemState::Failed);
        QCOMPARE(item.code, QStringLiteral("conflict"));
        QVERIFY(item.error.contains(QStringLiteral("changed on the server")));
        QCOMPARE(bench.server.files.value(QStringLiteral("/notion/page.md")).hash, sha256("theirs"));
        QCOMPARE(
            bench.receipt(QStringLiteral("failed"), item.commandId).value(QStringLiteral("dispatchStatus")).toString(),
            QStringLiteral("failed"));
        QVERIFY(!QFileInfo::exists(
            bench.mirror + QStringLiteral("/.relay/outbox/attention/%1.marker").arg(item.commandId)));
    }

    void asksForTheRevisionThatTheMirrorSaw()
    {
        PushBench bench;
        bench.server.write(QStringLiteral("/notion/page.md"), "first");
        const QString seen = bench.server.files.value(QStringLiteral("/notion/page.md")).revision;
        const QString state
            = privateStatePath(bench.paths.home, bench.record.relayId, bench.record.remoteRoot, bench.mirror);
        QDir().mkpath(QFileInfo(state).path());
        QFile file(state);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QStringLiteral("{\"files\":{\"/notion/page.md\":{\"revision\":\"%1\",\"hash\":\"%2\"}}}")
                .arg(seen, sha256("first"))
                .toUtf8());
        file.close();
        bench.start();
        const TransferId mine = bench.push({bench.write(QStringLiteral("notion/page.md"), "second")});
        QCOMPARE(bench.finish(mine).acked, 1);
        QCOMPARE(bench.server.requests.last().first().ifMatch, seen);
        // The mirror's state still names the first revision; the newer one on the server is our own.
        const TransferId again = bench.push({bench.write(QStringLiteral("notion/page.md"), "third")});
        QCOMPARE(bench.finish(again).acked, 1);
        // Not our own any more.
        bench.server.write(QStringLiteral("/notion/page.md"), "theirs");
        const TransferId late = bench.push({bench.write(QStringLiteral("notion/page.md"), "fourth")});
        QCOMPARE(bench.finish(late).failed, 1);
        QCOMPARE(bench.item(late).code, QStringLiteral("conflict"));
        QCOMPARE(bench.server.requests.last().first().ifMatch, seen);
    }

    void doesNotSendWhatIsThere_data()
    {
        QTest::addColumn<int>("first");
        QTest::addColumn<int>("sendings");
        QTest::newRow("delivered") << int(OperationState::Succeeded) << 1;
        QTest::newRow("refused") << int(OperationState::DeadLettered) << 2;
        QTest::newRow("withdrawn") << int(OperationState::Canceled) << 2;
    }
    void doesNotSendWhatIsThere()
    {
        QFETCH(int, first);
        QFETCH(int, sendings);
        PushBench bench;
        bench.server.endState = static_cast<OperationState>(first);
        bench.start();
        const QString file = bench.write(QStringLiteral("linear/issues/1.json"), "{}");
        const TransferId one = bench.push({file});
        bench.finish(one);
        bench.server.endState = OperationState::Succeeded;
        const TransferId two = bench.push({file});
        QCOMPARE(bench.finish(two).acked, 1);
        QCOMPARE(bench.server.dispatched.value(QStringLiteral("/linear/issues/1.json")), sendings);
        QCOMPARE(bench.item(two).code, sendings == 1 ? QStringLiteral("already-there") : QString());
        if (sendings == 2)
            QVERIFY(bench.item(one).commandId != bench.item(two).commandId);
    }

    void followsTheOperationOfTheSameBytes()
    {
        PushBench bench;
        bench.server.pollsUntilEnd = 0;
        bench.start();
        const QString file = bench.write(QStringLiteral("linear/issues/1.json"), "{}");
        const TransferId one = bench.push({file});
        QVERIFY(bench.runUntil([&] { return !bench.item(one).operationId.isEmpty(); }));
        const TransferId two = bench.push({file});
        QVERIFY(bench.runUntil([&] { return bench.item(two).state == ItemState::Waiting; }));
        bench.server.end(QStringLiteral("/linear/issues/1.json"), OperationState::Succeeded);
        QCOMPARE(bench.finish(one).acked, 1);
        QCOMPARE(bench.finish(two).acked, 1);
        QCOMPARE(bench.item(two).operationId, bench.item(one).operationId);
        QCOMPARE(bench.server.requests.size(), 1);

        // Of another program, known only by what the server says.
        bench.server.write(QStringLiteral("/linear/issues/2.json"), "[]");
        Operation theirs;
        theirs.id = QStringLiteral("op_theirs");
        theirs.path = QStringLiteral("/linear/issues/2.json");
        theirs.revision = bench.server.files.value(theirs.path).revision;
        theirs.provider = QStringLiteral("linear");
        theirs.status = QStringLiteral("pending");
        theirs.state = OperationState::Pending;
        bench.server.operations.prepend(theirs);
        const TransferId three = bench.push({bench.write(QStringLiteral("linear/issues/2.json"), "[]")});
        QVERIFY(bench.runUntil([&] { return bench.item(three).operationId == theirs.id; }));
        bench.server.end(theirs.path, OperationState::Failed, QStringLiteral("nope"));
        QCOMPARE(bench.finish(three).failed, 1);
        QCOMPARE(bench.item(three).state, ItemState::Attention);
        QCOMPARE(bench.server.requests.size(), 1);
    }

    void usesTheDraftIdentityOnceOnly()
    {
        PushBench bench;
        bench.server.endState = OperationState::DeadLettered;
        bench.start();
        const QString file = bench.write(uuidDraft(), "{}");
        const QString remote = QLatin1Char('/') + uuidDraft();
        const TransferId one = bench.push({file});
        bench.finish(one);
        const ContentIdentity first = *bench.server.requests.first().first().identity;
        QCOMPARE(first.kind, QStringLiteral("mount-writeback-create-draft"));
        QCOMPARE(first.key, QStringLiteral("rw_2222:%1:%2").arg(remote, sha256("{}")));
        QCOMPARE(first.ttlSeconds, 2'592'000);
        // The draft is gone from the server, but its identity is still known there as refused.
        bench.server.files.remove(remote);
        bench.server.endState = OperationState::Succeeded;
        const TransferId two = bench.push({file});
        QCOMPARE(bench.finish(two).acked, 1);
        QCOMPARE(bench.server.dispatched.value(remote), 2);
        QCOMPARE(bench.server.requests.last().first().identity->kind, QStringLiteral("mount-command"));
        QCOMPARE(bench.server.requests.last().first().identity->key, bench.item(two).commandId);
        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
    }

    void sendsAgainAsTheSameOperation_data()
    {
        QTest::addColumn<QList<int>>("troubles");
        using T = FakeServer::Trouble;
        QTest::newRow("broken before") << QList<int>{int(T::NotSent)};
        QTest::newRow("broken after") << QList<int>{int(T::AnswerLost)};
        QTest::newRow("busy") << QList<int>{int(T::Busy), int(T::Busy)};
        QTest::newRow("paused") << QList<int>{int(T::Paused)};
        QTest::newRow("all of it") << QList<int>{int(T::NotSent), int(T::AnswerLost), int(T::Busy), int(T::AnswerLost)};
    }
    void sendsAgainAsTheSameOperation()
    {
        QFETCH(QList<int>, troubles);
        PushBench bench;
        for (const int trouble : std::as_const(troubles))
            bench.server.bulkTroubles.append(static_cast<FakeServer::Trouble>(trouble));
        bench.start();
        const TransferId id = bench.push(
            {bench.write(QStringLiteral("linear/1.json"), "1"), bench.write(QStringLiteral("linear/2.json"), "2")});
        QCOMPARE(bench.finish(id).acked, 2);
        QCOMPARE(bench.server.requests.size(), troubles.size() + 1);
        for (const QList<BulkFile> &request : std::as_const(bench.server.requests)) {
            for (qsizetype i = 0; i < request.size(); ++i)
                QCOMPARE(request.at(i).identity->key, bench.item(id, static_cast<int>(i)).commandId);
        }
        QCOMPARE(bench.server.dispatched.value(QStringLiteral("/linear/1.json")), 1);
        QCOMPARE(bench.server.dispatched.value(QStringLiteral("/linear/2.json")), 1);
    }

    void givesUpWithTheServersWords()
    {
        PushBench bench;
        bench.server.bulkTroubles = QList<FakeServer::Trouble>(100, FakeServer::Trouble::NotSent);
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")}, 30s);
        bench.finish(id);
        QCOMPARE(bench.item(id).state, ItemState::Failed);
        QCOMPARE(bench.item(id).code, QStringLiteral("no-route"));
        QVERIFY(bench.server.requests.size() > 3);
        QVERIFY(bench.server.requests.size() < 12);
    }

    void looksWhereALostAnswerWent()
    {
        PushBench bench;
        bench.server.bulkTroubles = {FakeServer::Trouble::AnswerLost};
        bench.server.bulkTroubles += QList<FakeServer::Trouble>(100, FakeServer::Trouble::NotSent);
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")}, 20s);
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.server.dispatched.value(QStringLiteral("/linear/1.json")), 1);
    }

    void aFinishedSignInEndsTheRequestAtOnce()
    {
        PushBench bench;
        bench.server.bulkTroubles = {FakeServer::Trouble::Refused};
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")});
        bench.finish(id);
        QCOMPARE(bench.item(id).code, QStringLiteral("expired"));
        QCOMPARE(bench.server.requests.size(), 1);
        // And another try later goes through.
        const TransferId again = [&] {
            std::optional<TransferId> started;
            bench.service->retry(id).then(
                [&started](Result<TransferId> result) { started = result.value_or(TransferId()); });
            bench.runUntil([&started] { return started.has_value(); });
            return *started;
        }();
        QCOMPARE(bench.finish(again).acked, 1);
        QCOMPARE(bench.transfer(again).total, 1);
    }

    void aServerWithoutOperationsAcksWithItsAnswer_data()
    {
        QTest::addColumn<bool>("results");
        QTest::newRow("no operation ids") << true;
        QTest::newRow("no results at all") << false;
    }
    void aServerWithoutOperationsAcksWithItsAnswer()
    {
        QFETCH(bool, results);
        PushBench bench;
        bench.server.tellsOperations = false;
        bench.server.tellsResults = results;
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")});
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.server.pollTimes.size(), 0);
    }

    void oneForbiddenFileDoesNotHoldTheOthers()
    {
        PushBench bench;
        bench.server.forbidden = {QStringLiteral("/linear/2.json")};
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1"),
            bench.write(QStringLiteral("linear/2.json"), "2"), bench.write(QStringLiteral("linear/3.json"), "3")});
        const Transfer done = bench.finish(id);
        QCOMPARE(done.acked, 2);
        QCOMPARE(done.failed, 1);
        QCOMPARE(bench.item(id, 1).code, QStringLiteral("forbidden"));
        QCOMPARE(bench.server.requests.size(), 1);
    }

    void withoutTheRightToReadItOnlyCreates()
    {
        PushBench bench;
        bench.server.mayRead = false;
        bench.server.write(QStringLiteral("/linear/1.json"), "theirs");
        bench.start();
        const TransferId id = bench.push(
            {bench.write(QStringLiteral("linear/1.json"), "1"), bench.write(QStringLiteral("linear/2.json"), "2")});
        bench.finish(id);
        QCOMPARE(bench.item(id, 0).code, QStringLiteral("conflict"));
        QCOMPARE(bench.item(id, 1).state, ItemState::Acked);
    }

    void learnsWhatTheServerTakes()
    {
        PushBench bench;
        bench.record.bodyLimit = 1024 * 1024;
        bench.server.bodyLimit = 100 * 1024;
        bench.start();
        QStringList files;
        for (int i = 0; i < 20; ++i)
            files.append(bench.write(QStringLiteral("linear/%1.txt").arg(i), QByteArray(30'000, char('a' + i))));
        files.append(bench.write(QStringLiteral("linear/large.txt"), QByteArray(200'000, 'x')));
        const TransferId id = bench.push(files);
        const Transfer done = bench.finish(id);
        QCOMPARE(done.acked, 20);
        QCOMPARE(done.failed, 1);
        QCOMPARE(bench.item(id, 20).code, QStringLiteral("too-large"));
        QVERIFY(!bench.target->learnt.isEmpty());
        for (qsizetype i = 1; i < bench.target->learnt.size(); ++i)
            QVERIFY(bench.target->learnt.at(i) < bench.target->learnt.at(i - 1));
        QVERIFY(bench.target->learnt.last() <= 200'000);
        for (const int count : std::as_const(bench.server.dispatched))
            QCOMPARE(count, 1);
        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
    }

    void sharesRequestsUpToTheLimit()
    {
        PushBench bench;
        bench.record.bodyLimit = 64 * 1024;
        bench.start();
        QStringList files;
        for (int i = 0; i < 30; ++i)
            files.append(
                bench.write(QStringLiteral("linear/%1.txt").arg(i), QByteArray(7'000, '"'))); // twice as long in JSON
        files.append(bench.write(QStringLiteral("notion/1.txt"), "other token"));
        const TransferId id = bench.push(files);
        QCOMPARE(bench.finish(id).acked, 31);
        for (const qint64 size : std::as_const(bench.server.requestSizes))
            QVERIFY2(size <= 64 * 1024, qPrintable(QString::number(size)));
        QVERIFY(bench.server.requests.size() >= 8);
        QVERIFY(bench.server.requests.size() <= 12);
        QCOMPARE(bench.server.requestScopes.last().first(), QStringLiteral("fs:read:/notion/**"));
    }

    void aWaitThatRunsOutIsSettledLater()
    {
        PushBench bench;
        bench.server.pollsUntilEnd = 0;
        bench.server.pollsMissing = 2;
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")}, 10s);
        const Transfer waited = bench.finish(id);
        QCOMPARE(waited.acked + waited.failed, 0);
        TransferItem item = bench.item(id);
        QCOMPARE(item.state, ItemState::Waiting);
        QCOMPARE(item.code, QStringLiteral("queued"));
        QVERIFY(!item.error.isEmpty());
        const QJsonObject pending = bench.receipt(QStringLiteral("pending"), item.commandId);
        QCOMPARE(pending.value(QStringLiteral("opId")).toString(), item.operationId);
        QCOMPARE(pending.value(QStringLiteral("needsAttention")).toBool(), true);
        QVERIFY(!pending.value(QStringLiteral("content")).toString().isEmpty());
        // 250 ms growing to 2 s: seven or eight questions in ten seconds.
        QVERIFY2(bench.server.pollTimes.size() >= 6 && bench.server.pollTimes.size() <= 9,
            qPrintable(QString::number(bench.server.pollTimes.size())));
        QVERIFY(bench.server.pollTimes.at(0).msecsTo(bench.server.pollTimes.at(1)) >= 250);

        bench.server.end(QStringLiteral("/linear/1.json"), OperationState::Succeeded);
        QVERIFY(bench.runUntil([&] { return bench.item(id).state == ItemState::Acked; }));
        QVERIFY(bench.runUntil([&] { return bench.transfer(id).acked == 1; }));
        QCOMPARE(bench.transfer(id).finishedAt, waited.finishedAt);
        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
        QCOMPARE(bench.receipt(QStringLiteral("acked"), item.commandId).value(QStringLiteral("opId")).toString(),
            item.operationId);
    }

    void aDismissedOneIsSettledOutOfSight()
    {
        PushBench bench;
        bench.server.pollsUntilEnd = 0;
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")}, 5s);
        bench.finish(id);
        bench.service->dismiss(id);
        QVERIFY(bench.service->transfers().isEmpty());
        bench.turn();
        bench.stop();
        bench.start();
        QVERIFY(bench.turnUntil([&] { return bench.server.pollTimes.size() > 0; }));
        bench.turn();
        QVERIFY(bench.service->transfers().isEmpty());
        bench.server.end(QStringLiteral("/linear/1.json"), OperationState::Succeeded);
        QVERIFY(bench.runUntil([&] { return bench.receipts(QStringLiteral("acked")).size() == 1; }));
        QVERIFY(bench.runUntil([&] { return QDir(bench.paths.state + QStringLiteral("/transfers")).isEmpty(); }));
        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
    }

    void anOpenOperationIsSettledAfterARestart()
    {
        PushBench bench;
        bench.server.pollsUntilEnd = 0;
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")}, 5s);
        bench.finish(id);
        bench.stop();
        bench.server.end(QStringLiteral("/linear/1.json"), OperationState::DeadLettered, QStringLiteral("too late"));
        bench.start();
        QVERIFY(bench.runUntil([&] { return bench.item(id).state == ItemState::Attention; }));
        QVERIFY(!bench.transfer(id).resumed);
        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
        QCOMPARE(bench.receipts(QStringLiteral("attention")).size(), 1);
        QCOMPARE(bench.server.requests.size(), 1);
    }

    void troubleWhileAskingOnlyDelays()
    {
        PushBench bench;
        using T = FakeServer::Trouble;
        bench.server.operationTroubles = {T::NotSent, T::Paused, T::Busy, T::Refused, T::AnswerLost};
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")});
        QCOMPARE(bench.finish(id).acked, 1);
        QVERIFY(bench.server.pollTimes.at(1).msecsTo(bench.server.pollTimes.at(2)) >= 3'000);
    }

    void cancelsWhatWasNotSent()
    {
        PushBench bench;
        bench.record.bodyLimit = 8 * 1024;
        bench.server.holdBulk = true;
        bench.start();
        QStringList files;
        for (int i = 0; i < 10; ++i)
            files.append(bench.write(QStringLiteral("linear/%1.txt").arg(i), QByteArray(4'000, char('a' + i))));
        const TransferId id = bench.push(files);
        QVERIFY(bench.runUntil([&] { return bench.item(id).state == ItemState::Sending; }));
        bench.turn();
        bench.service->cancel(id);
        bench.turn();
        bench.server.holdBulk = false;
        const Transfer done = bench.finish(id);
        QCOMPARE(done.acked, 1);
        QCOMPARE(done.cancelled, 9);
        QCOMPARE(bench.server.requests.size(), 1);
        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
        // Cancelled ones are not tried again; there is nothing else.
        std::optional<Result<TransferId>> again;
        bench.service->retry(id).then([&again](Result<TransferId> result) { again = std::move(result); });
        QVERIFY(bench.runUntil([&again] { return again.has_value(); }));
        QCOMPARE(again->error().code, QStringLiteral("nothing-to-retry"));
    }

    void cancelDuringAPauseTakesTheReceiptBack()
    {
        PushBench bench;
        bench.server.bulkTroubles = QList<FakeServer::Trouble>(50, FakeServer::Trouble::NotSent);
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")});
        QVERIFY(bench.runUntil([&] { return bench.server.requests.size() == 2; }));
        QCOMPARE(bench.receipts(QStringLiteral("pending")).size(), 1);
        bench.service->cancel(id);
        QCOMPARE(bench.finish(id).cancelled, 1);
        QVERIFY(bench.receipts(QStringLiteral("pending")).isEmpty());
        QVERIFY(bench.receipts(QStringLiteral("failed")).isEmpty());
    }

    void aFileThatKeepsChangingIsRefused()
    {
        PushBench bench;
        PushHooks hooks;
        hooks.afterRead = [](const QString &path) {
            if (!path.endsWith(QStringLiteral("moving.txt")))
                return;
            QFile file(path);
            if (file.open(QIODevice::Append))
                file.write("x");
        };
        bench.start(hooks);
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/moving.txt"), "1"),
            bench.write(QStringLiteral("linear/still.txt"), "2")});
        const Transfer done = bench.finish(id);
        QCOMPARE(done.acked, 1);
        QCOMPARE(bench.item(id, 0).code, QStringLiteral("changing"));
    }

    void anUnusableOutboxDoesNotStopThePush()
    {
        PushBench bench;
        QFile blocker(bench.mirror + QStringLiteral("/.relay/outbox"));
        QVERIFY(blocker.open(QIODevice::WriteOnly));
        blocker.close();
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")});
        QCOMPARE(bench.finish(id).acked, 1);
        QCOMPARE(bench.item(id).code, QStringLiteral("no-receipt"));
        QVERIFY(!bench.item(id).error.isEmpty());
    }

    void anUnusableJournalStopsIt()
    {
        PushBench bench;
        QDir().mkpath(bench.paths.state);
        QFile blocker(bench.paths.state + QStringLiteral("/transfers"));
        QVERIFY(blocker.open(QIODevice::WriteOnly));
        blocker.close();
        bench.start();
        const TransferId id = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")});
        QVERIFY(id.isEmpty());
        QVERIFY(!bench.lastError.message.isEmpty());
        QCOMPARE(bench.server.requests.size(), 0);
    }

    void refusesWhatItCannotPlace()
    {
        PushBench bench;
        bench.start();
        PushRequest request;
        QVERIFY(bench.push(request).isEmpty());
        QCOMPARE(bench.lastError.code, QStringLiteral("nothing-to-push"));
        request.paths = {bench.writeOutside(QStringLiteral("a"), "1")};
        request.workspace = WorkspaceId(QStringLiteral("rw_other"));
        QVERIFY(bench.push(request).isEmpty());
        QCOMPARE(bench.lastError.code, QStringLiteral("no-workspace"));
        request.workspace = {};
        request.remoteFolder = QStringLiteral("/a/../b");
        QVERIFY(bench.push(request).isEmpty());
        QCOMPARE(bench.lastError.code, QStringLiteral("remote-folder"));
        WorkspaceRecord second = bench.record;
        second.id = WorkspaceId(QStringLiteral("rw_3333"));
        second.mirror.clear();
        bench.target->workspaces.append(second);
        request.remoteFolder.clear();
        QVERIFY(bench.push(request).isEmpty());
        QCOMPARE(bench.lastError.code, QStringLiteral("which-workspace"));
        // Nothing to send is a push that is over at once.
        request.workspace = bench.record.id;
        request.paths = {bench.outside + QStringLiteral("/absent")};
        const TransferId id = bench.push(request);
        const Transfer done = bench.finish(id);
        QCOMPARE(done.failed, 1);
        QCOMPARE(bench.item(id).state, ItemState::Refused);
        QCOMPARE(bench.item(id).code, QStringLiteral("not-found"));
    }

    void finishedOnesStayUntilDismissedOrOld()
    {
        PushBench bench;
        bench.start();
        const TransferId one = bench.push({bench.write(QStringLiteral("linear/1.json"), "1")});
        bench.finish(one);
        const TransferId two = bench.push({bench.write(QStringLiteral("linear/2.json"), "2")});
        bench.finish(two);
        QSignalSpy dismissals(bench.service.get(), &PushService::transferDismissed);
        bench.service->dismiss(one);
        QCOMPARE(dismissals.size(), 1);
        QVERIFY(bench.runUntil([&] {
            return !QFileInfo::exists(bench.paths.state + QStringLiteral("/transfers/%1.json").arg(one.text()));
        }));
        QCOMPARE(bench.service->transfers().size(), 1);
        bench.stop();
        bench.start();
        QVERIFY(bench.runUntil([&] { return bench.service->transfers().size() == 1; }));
        QCOMPARE(bench.item(two).state, ItemState::Acked);
        QCOMPARE(bench.transfer(two).acked, 1);
        QVERIFY(!bench.transfer(two).resumed);
        bench.stop();
        bench.clock.jump(8 * 24h);
        bench.start();
        QVERIFY(bench.runUntil([&] { return QDir(bench.paths.state + QStringLiteral("/transfers")).isEmpty(); }));
        bench.turn();
        QVERIFY(bench.service->transfers().isEmpty());
    }

    void aStopInTheMiddleIsTakenUp()
    {
        PushBench bench;
        bench.server.holdBulk = true;
        bench.start();
        const QString file = bench.write(QStringLiteral("linear/1.json"), "1");
        const QString changed = bench.write(QStringLiteral("linear/2.json"), "2");
        const TransferId id = bench.push({file, changed});
        QVERIFY(bench.runUntil([&] { return bench.item(id).state == ItemState::Sending; }));
        bench.turn();
        const QString commandId = bench.item(id).commandId;
        bench.stop();
        QVERIFY(bench.server.dispatched.isEmpty());
        bench.write(QStringLiteral("linear/2.json"), "other");
        bench.write(QStringLiteral(".relay/outbox/pending/.%1.json.0123abcd.tmp").arg(commandId), "half");
        bench.write(QStringLiteral(".relay/outbox/pending/.mountcmd_other.json.0123abcd.tmp"), "not ours");
        bench.server.holdBulk = false;
        bench.start();
        QVERIFY(bench.runUntil([&] { return !bench.service->transfers().isEmpty(); }));
        QVERIFY(bench.transfer(id).resumed);
        const Transfer done = bench.finish(id);
        QCOMPARE(done.acked, 1);
        QCOMPARE(bench.item(id).commandId, commandId);
        QCOMPARE(bench.server.requests.last().first().identity->key, commandId);
        QCOMPARE(bench.item(id, 1).code, QStringLiteral("changed"));
        QCOMPARE(bench.receipts(QStringLiteral("pending")),
            QStringList{QStringLiteral(".mountcmd_other.json.0123abcd.tmp")});
    }

    void progressKnowsSpeedAndRest()
    {
        PushBench bench;
        bench.record.bodyLimit = 8 * 1024;
        bench.server.bulkTakes = 40ms;
        bench.start();
        QStringList files;
        for (int i = 0; i < 12; ++i)
            files.append(bench.write(QStringLiteral("linear/%1.txt").arg(i), QByteArray(6'000, char('a' + i))));
        bool sawSpeed = false;
        qint64 last = 0;
        bool fell = false;
        QObject::connect(
            bench.service.get(), &PushService::transferChanged, bench.service.get(), [&](const Transfer &transfer) {
                sawSpeed = sawSpeed || (transfer.bytesPerSecond > 0 && transfer.secondsLeft);
                fell = fell || transfer.bytesDone < last;
                last = transfer.bytesDone;
            });
        const TransferId id = bench.push(files);
        const Transfer done = bench.finish(id);
        QVERIFY(sawSpeed);
        QVERIFY(!fell);
        QCOMPARE(done.bytesDone, done.bytesTotal);
        QCOMPARE(done.bytesTotal, 72'000);
        QVERIFY(!done.secondsLeft);
    }
};

QTEST_GUILESS_MAIN(TestPushService)
#include "test_pushservice.moc"
