// The small parts of a push: content types, drafts, scopes, reading, the journal, receipts, states.
#include "core/workspaces/mirror.h"
#include "core/writeback/localfile.h"
#include "core/writeback/receipts.h"
#include "core/writeback/remote.h"
#include "core/writeback/transferjournal.h"
#include "tests/support/compare.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <sys/stat.h>

using namespace Postroom;

namespace
{

QString put(const QString &path, const QByteArray &content)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("a test file cannot be written");
    return path;
}

QByteArray take(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

StoredTransfer someTransfer(int items)
{
    StoredTransfer stored;
    stored.request.paths = {QStringLiteral("/a"), QStringLiteral("/b\n\"c\"")};
    stored.request.workspace = WorkspaceId(QStringLiteral("rw_1"));
    stored.request.remoteFolder = QStringLiteral("/linear");
    stored.request.timeout = std::chrono::seconds(42);
    stored.startedAt = QDateTime(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC);
    for (int i = 0; i < items; ++i) {
        Work work;
        work.item.index = i;
        work.item.local = QStringLiteral("/files/%1 ä\n").arg(i);
        work.item.remotePath = QStringLiteral("/linear/%1").arg(i);
        work.item.bytes = 100 + i;
        work.root = QStringLiteral("/files");
        work.inMirror = i % 2 == 0;
        stored.works.push_back(work);
    }
    return stored;
}

Work preparedWork(int index)
{
    Work work;
    work.item.index = index;
    work.item.remotePath = QStringLiteral("/linear/%1").arg(index);
    work.item.commandId = QStringLiteral("mountcmd_") + QString(32, QLatin1Char('a'));
    work.hash = QString(64, QLatin1Char('b'));
    work.contentType = QStringLiteral("text/plain");
    work.ifMatch = QStringLiteral("rev_7");
    work.firstSeenAt = QStringLiteral("2026-01-15T14:00:00.000123456Z");
    work.correlationId = QStringLiteral("corr_1");
    work.identity = commandIdentity(work.item.commandId);
    return work;
}

} // namespace

class TestPushParts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void statesHaveNames()
    {
        for (const ItemState state : {ItemState::Queued, ItemState::Sending, ItemState::Waiting, ItemState::Acked,
                 ItemState::Failed, ItemState::Attention, ItemState::Refused, ItemState::Cancelled}) {
            QVERIFY(!toString(state).isEmpty());
            QCOMPARE(*itemStateFromString(toString(state)), state);
        }
        QVERIFY(!itemStateFromString(QStringLiteral("Acked")));
        TransferItem item;
        item.state = ItemState::Waiting;
        QVERIFY(!item.isFinal());
        item.state = ItemState::Refused;
        QVERIFY(item.isFinal());
    }

    void contentTypes_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("type");
        QTest::newRow("markdown") << "a/README.MD" << QByteArray("x") << "text/markdown";
        QTest::newRow("long markdown") << "a.markdown" << QByteArray("x") << "text/markdown";
        QTest::newRow("typescript") << "a.ts" << QByteArray("x") << "text/typescript";
        QTest::newRow("json") << "a.json" << QByteArray("x") << "application/json";
        QTest::newRow("png") << "a.png" << QByteArray("x") << "image/png";
        QTest::newRow("text of no name") << "a.zzz-unknown" << QByteArray("hällo\n") << "text/plain";
        QTest::newRow("bytes of no name") << "a.zzz-unknown" << QByteArray("\xff\x00", 2) << "application/octet-stream";
        QTest::newRow("zero in text") << "unnamed" << QByteArray("a\0b", 3) << "application/octet-stream";
        QTest::newRow("empty") << "unnamed" << QByteArray() << "text/plain";
    }
    void contentTypes()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, content);
        QFETCH(QString, type);
        QCOMPARE(contentTypeOf(name, content), type);
    }

    void drafts_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<bool>("draft");
        QTest::newRow("named") << "/linear/issues/new 01234567-89ab-cdef-0123-456789ABCDEF.json" << true;
        QTest::newRow("factory") << "/linear/factory-create-x.json" << true;
        QTest::newRow("no text") << "/linear/ 01234567-89ab-cdef-0123-456789abcdef.json" << false;
        QTest::newRow("no space") << "/linear/new01234567-89ab-cdef-0123-456789abcdef.json" << false;
        QTest::newRow("not hex") << "/linear/new g1234567-89ab-cdef-0123-456789abcdef.json" << false;
        QTest::newRow("other end") << "/linear/new 01234567-89ab-cdef-0123-456789abcdef.md" << false;
        QTest::newRow("folder only") << "/linear/factory-create-x/1.json" << false;
        QTest::newRow("plain") << "/linear/1.json" << false;
    }
    void drafts()
    {
        QFETCH(QString, path);
        QFETCH(bool, draft);
        QCOMPARE(isDraftPath(path), draft);
    }

    void scopes_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("provider");
        QTest::addColumn<QString>("read");
        QTest::newRow("plain") << "/linear/issues/1.json" << "linear" << "fs:read:/linear/**";
        QTest::newRow("capitals") << "/Linear/1.json" << "linear" << "fs:read";
        QTest::newRow("one segment") << "/1.json" << "" << "fs:read";
        QTest::newRow("odd name") << "/a b/1.json" << "" << "fs:read";
    }
    void scopes()
    {
        QFETCH(QString, path);
        QFETCH(QString, provider);
        QFETCH(QString, read);
        QCOMPARE(pushProvider(path), provider);
        QCOMPARE(pushScopes(path).first(), read);
        QCOMPARE(pushScopes(path).last(), QStringLiteral("ops:read"));
    }

    void remoteFolders()
    {
        QCOMPARE(*cleanRemoteFolder({}), QStringLiteral("/"));
        QCOMPARE(*cleanRemoteFolder(QStringLiteral("a//b/")), QStringLiteral("/a/b"));
        QVERIFY(!cleanRemoteFolder(QStringLiteral("/a/../b")));
        QVERIFY(!cleanRemoteFolder(QStringLiteral("./b")));
        QCOMPARE(joinRemote(QStringLiteral("/"), QStringLiteral("a")), QStringLiteral("/a"));
        QCOMPARE(joinRemote(QStringLiteral("/x"), QStringLiteral("a")), QStringLiteral("/x/a"));
    }

    void commandIdsHaveTheKnownForm()
    {
        QCOMPARE(commandId(QStringLiteral("rw_2222"), QStringLiteral("/linear/issues/2.json"),
                     QStringLiteral("23686dc06f13608a47c8ffc6fc988f8b7de49d5e98ad63fa4175ab4a8dde1c9a"),
                     QStringLiteral("2026-11-22T10:05:25.618713654Z")),
            QStringLiteral("mountcmd_7cf75fee7519ea8facdf9d51da94aa0c"));
    }

    void readsAndHashes()
    {
        QTemporaryDir dir;
        QByteArray content;
        for (int i = 0; i < 700'000; ++i)
            content.append(static_cast<char>(i * 31));
        const QString path = put(dir.filePath(QStringLiteral("big.bin")), content);
        const LocalFile file = readLocalFile(path, {});
        QCOMPARE(file.code, QString());
        QCOMPARE(file.content, content);
        QCOMPARE(file.size, content.size());
        QCOMPARE(file.hash, QString::fromLatin1(QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex()));
        ReadOptions hashOnly;
        hashOnly.keepContent = false;
        QCOMPARE(readLocalFile(path, hashOnly).hash, file.hash);
        QVERIFY(readLocalFile(path, hashOnly).content.isEmpty());
        const QString empty = put(dir.filePath(QStringLiteral("empty")), {});
        QCOMPARE(readLocalFile(empty, {}).hash,
            QStringLiteral("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        ReadOptions small;
        small.limit = 1000;
        QCOMPARE(readLocalFile(path, small).code, QStringLiteral("too-large"));
        QCOMPARE(readLocalFile(dir.path(), {}).code, QStringLiteral("not-a-file"));
        QCOMPARE(readLocalFile(dir.filePath(QStringLiteral("absent")), {}).code, QStringLiteral("not-found"));
        const QString fifo = dir.filePath(QStringLiteral("pipe"));
        QCOMPARE(::mkfifo(fifo.toUtf8().constData(), 0600), 0);
        QCOMPARE(readLocalFile(fifo, {}).code, QStringLiteral("not-a-file"));
    }

    void noticesChangesWhileReading()
    {
        QTemporaryDir dir;
        const QString path = put(dir.filePath(QStringLiteral("a")), "one");
        int readings = 0;
        ReadOptions once;
        once.afterRead = [&readings](const QString &name) {
            if (++readings == 1)
                put(name, "another");
        };
        const LocalFile second = readLocalFile(path, once);
        QCOMPARE(readings, 2);
        QCOMPARE(second.content, QByteArray("another"));
        ReadOptions always;
        always.afterRead = [](const QString &name) { put(name, "x" + take(name)); };
        QCOMPARE(readLocalFile(path, always).code, QStringLiteral("changing"));
        ReadOptions replaced;
        int replacements = 0;
        replaced.afterRead = [&](const QString &name) {
            if (++replacements > 1)
                return;
            QFile::remove(name);
            QFile::copy(put(dir.filePath(QStringLiteral("b")), "same size!"), name);
        };
        put(path, "was other!");
        QCOMPARE(readLocalFile(path, replaced).content, QByteArray("same size!"));
    }

    void aFileThatBecameALinkDoesNotLeave()
    {
        QTemporaryDir dir;
        const QString root = canonicalPath(dir.path()) + QStringLiteral("/root");
        put(root + QStringLiteral("/a"), "in");
        put(dir.filePath(QStringLiteral("secret")), "out");
        ReadOptions options;
        options.root = root;
        QCOMPARE(readLocalFile(root + QStringLiteral("/a"), options).content, QByteArray("in"));
        QFile::remove(root + QStringLiteral("/a"));
        QVERIFY(QFile::link(dir.filePath(QStringLiteral("secret")), root + QStringLiteral("/a")));
        QCOMPARE(readLocalFile(root + QStringLiteral("/a"), options).code, QStringLiteral("outside"));
        QVERIFY(isWithin(QStringLiteral("/a/b"), QStringLiteral("/a")));
        QVERIFY(isWithin(QStringLiteral("/a"), QStringLiteral("/a")));
        QVERIFY(!isWithin(QStringLiteral("/ab"), QStringLiteral("/a")));
        QVERIFY(isWithin(QStringLiteral("/ab"), QStringLiteral("/")));
    }

    void theJournalComesBack()
    {
        QTemporaryDir dir;
        StoredTransfer stored = someTransfer(4);
        stored.works[3].item.state = ItemState::Refused;
        stored.works[3].item.code = QStringLiteral("outside");
        stored.works[3].item.error = QStringLiteral("no");
        const TransferJournal journal(dir.filePath(QStringLiteral("x.json")));
        QVERIFY(journal.create(stored));
        QVERIFY(journal.append(
            TransferJournal::prepared(preparedWork(0)) + TransferJournal::prepared(preparedWork(1)), true));
        QVERIFY(journal.append(TransferJournal::sent({0, 1}), false));
        Work known = preparedWork(1);
        known.item.operationId = QStringLiteral("op_1");
        known.item.revision = QStringLiteral("rev_8");
        QVERIFY(journal.append(TransferJournal::operation(known), true));
        Outcome outcome;
        outcome.state = ItemState::Waiting;
        outcome.code = QStringLiteral("queued");
        outcome.operationId = QStringLiteral("op_2");
        QVERIFY(journal.append(TransferJournal::ended(2, outcome), true));
        QVERIFY(journal.append(TransferJournal::finished(stored.startedAt.addSecs(5)), true));
        const Result<StoredTransfer> read = journal.load();
        QVERIFY(read);
        QCOMPARE(read->request.id, stored.request.id);
        QCOMPARE(read->request.paths, stored.request.paths);
        QCOMPARE(read->request.timeout, stored.request.timeout);
        QCOMPARE(read->startedAt, stored.startedAt);
        QCOMPARE(*read->finishedAt, stored.startedAt.addSecs(5));
        QCOMPARE(read->works.size(), size_t(4));
        QCOMPARE(read->works[0].item.local, stored.works[0].item.local);
        QCOMPARE(read->works[0].stage, Stage::Prepared);
        QCOMPARE(read->works[0].identity.key, preparedWork(0).identity.key);
        QCOMPARE(read->works[0].ifMatch, QStringLiteral("rev_7"));
        QCOMPARE(read->works[0].firstSeenAt, preparedWork(0).firstSeenAt);
        QVERIFY(read->works[0].inMirror);
        QCOMPARE(read->works[1].stage, Stage::Operation);
        QCOMPARE(read->works[1].item.operationId, QStringLiteral("op_1"));
        QVERIFY(read->works[2].open);
        QCOMPARE(read->works[2].item.operationId, QStringLiteral("op_2"));
        QCOMPARE(read->works[3].item.state, ItemState::Refused);
        QVERIFY(!read->hidden);
    }

    void aTornJournalLosesOnlyItsLastStep()
    {
        QTemporaryDir dir;
        const TransferJournal journal(dir.filePath(QStringLiteral("x.json")));
        QVERIFY(journal.create(someTransfer(2)));
        const QByteArray whole = take(journal.path()) + TransferJournal::prepared(preparedWork(0));
        for (qsizetype cut = whole.size() - TransferJournal::prepared(preparedWork(0)).size(); cut <= whole.size();
            ++cut) {
            put(journal.path(), whole.left(cut));
            const Result<StoredTransfer> read = journal.load();
            QVERIFY(read);
            QCOMPARE(read->works[0].stage, cut == whole.size() ? Stage::Prepared : Stage::Planned);
            QVERIFY(journal.append(TransferJournal::prepared(preparedWork(1)), false));
            QCOMPARE(journal.load()->works[1].stage, Stage::Prepared);
        }
    }

    void aHostileJournalIsHarmless()
    {
        QTemporaryDir dir;
        const TransferJournal journal(dir.filePath(QStringLiteral("x.json")));
        QVERIFY(!journal.load());
        QVERIFY(!journal.append("x\n", false)); // never made anew
        put(journal.path(), {});
        QVERIFY(!journal.load());
        put(journal.path(), "{\"step\":\"transfer\",\"version\":99,\"id\":\"x\"}\n");
        QVERIFY(!journal.load());
        QVERIFY(journal.create(someTransfer(1)));
        Work escaping = preparedWork(0);
        escaping.item.commandId = QStringLiteral("../../../etc/passwd");
        const QByteArray odd = "{\"step\":\"operation\",\"i\":99,\"opId\":\"x\"}\n[]\nnull\n{\"step\":7}\n{\"step\":"
                               "\"ended\",\"i\":0,\"state\":\"odd\"}\n"
                               "{\"step\":\"ended\",\"i\":-1}\n{\"step\":\"item\",\"i\":5}\nnot json\n";
        QVERIFY(journal.append(odd + TransferJournal::prepared(escaping), false));
        const Result<StoredTransfer> read = journal.load();
        QVERIFY(read);
        QCOMPARE(read->works.size(), size_t(1));
        QCOMPARE(read->works[0].stage, Stage::Planned);
        QCOMPARE(read->works[0].item.state, ItemState::Queued);

        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        const QByteArray good = take(journal.path());
        for (int round = 0; round < 300; ++round) {
            QByteArray bad = good;
            for (int i = random.bounded(1, 8); i-- > 0;)
                bad[random.bounded(static_cast<int>(bad.size()))] = static_cast<char>(random.bounded(256));
            put(journal.path(), bad);
            const Result<StoredTransfer> mutated = journal.load();
            if (mutated)
                QVERIFY(mutated->works.size() <= 1);
        }
    }

    void receiptsFollowTheWork()
    {
        QTemporaryDir dir;
        QDir().mkpath(dir.filePath(QStringLiteral(".relay")));
        const ReceiptBook book(dir.path(), QStringLiteral("rw_1"));
        QVERIFY(book.isActive());
        const Work work = preparedWork(0);
        const QString outbox = dir.filePath(QStringLiteral(".relay/outbox/"));
        const QString name = work.item.commandId + QStringLiteral(".json");
        QVERIFY(book.writePending(work, "body \"x\""));
        QJsonObject receipt = QJsonDocument::fromJson(take(outbox + QStringLiteral("pending/") + name)).object();
        QCOMPARE(receipt.value(QStringLiteral("content")).toString(), QStringLiteral("body \"x\""));
        QVERIFY(receipt.value(QStringLiteral("needsAttention")).toBool());
        QCOMPARE(receipt.value(QStringLiteral("attemptCount")).toInt(-1), 0);
        // As the other reader of these files sees it.
        const OutboxRecord record = readOutboxRecord(
            name, QStringLiteral("pending"), take(outbox + QStringLiteral("pending/") + name), false);
        QCOMPARE(record.id, work.item.commandId);
        QCOMPARE(record.path, work.item.remotePath);
        QCOMPARE(record.action, QStringLiteral("push"));
        QVERIFY(record.state != RecordState::Unreadable);

        Outcome waiting;
        waiting.state = ItemState::Waiting;
        waiting.operationId = QStringLiteral("op_1");
        const QDateTime at(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC);
        QVERIFY(book.noteOperation(work, waiting, at));
        receipt = QJsonDocument::fromJson(take(outbox + QStringLiteral("pending/") + name)).object();
        QCOMPARE(receipt.value(QStringLiteral("opId")).toString(), QStringLiteral("op_1"));
        QCOMPARE(receipt.value(QStringLiteral("content")).toString(), QStringLiteral("body \"x\""));
        QCOMPARE(receipt.value(QStringLiteral("dispatchStatus")).toString(), QStringLiteral("dispatched"));

        Outcome refused;
        refused.state = ItemState::Attention;
        refused.error = QString(5000, QLatin1Char('e'));
        QVERIFY(book.writeFinal(work, refused, at));
        QVERIFY(!QFile::exists(outbox + QStringLiteral("pending/") + name));
        receipt = QJsonDocument::fromJson(take(outbox + QStringLiteral("failed/") + name)).object();
        QVERIFY(receipt.value(QStringLiteral("lastError")).toString().size() <= 2000);
        QCOMPARE(
            take(outbox + QStringLiteral("attention/%1.marker").arg(work.item.commandId)), QByteArray("attention\n"));

        // Gone in the meantime (somebody tidied up): not made anew without its body.
        QVERIFY(book.noteOperation(work, waiting, at));
        QVERIFY(!QFile::exists(outbox + QStringLiteral("pending/") + name));
    }

    void receiptsStayInTheirMirror()
    {
        QTemporaryDir dir;
        QVERIFY(!ReceiptBook(dir.path(), QStringLiteral("rw_1")).isActive());
        QVERIFY(!ReceiptBook({}, QStringLiteral("rw_1")).isActive());
        QVERIFY(ReceiptBook({}, QStringLiteral("rw_1")).writePending(preparedWork(0), "x"));
        QDir().mkpath(dir.filePath(QStringLiteral(".relay/outbox")));
        QDir().mkpath(dir.filePath(QStringLiteral("elsewhere")));
        QVERIFY(QFile::link(
            dir.filePath(QStringLiteral("elsewhere")), dir.filePath(QStringLiteral(".relay/outbox/pending"))));
        const ReceiptBook book(dir.path(), QStringLiteral("rw_1"));
        const Result<void> written = book.writePending(preparedWork(0), "x");
        QVERIFY(!written);
        QVERIFY(!written.error().message.isEmpty());
        QVERIFY(QDir(dir.filePath(QStringLiteral("elsewhere"))).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestPushParts)
#include "test_pushparts.moc"
