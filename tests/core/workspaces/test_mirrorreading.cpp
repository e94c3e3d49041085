// The readers of what other programs write, and the names that must come out the same as theirs.
#include "core/workspaces/mirror.h"
#include "tests/core/workspaces/mirrorfixture.h"
#include "tests/support/compare.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <unistd.h>

using namespace Postroom;
using namespace Qt::StringLiterals;

namespace
{

QByteArray bytesOf(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

OutboxRecord readAs(const QString &folder, const QJsonObject &changes, bool attention = false)
{
    return readOutboxRecord(u"c1.json"_s, folder, bytesOf(daemonRecord(u"c1"_s, changes)), attention);
}

} // namespace

class TestMirrorReading : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void vectors();
    void leaseIgnoresSpelling();
    void daemonRecordIsRead();
    void pushReceiptIsRead();
    void recordStates_data();
    void recordStates();
    void ownReceiptsAreTriedByThemselves();
    void contentSizes_data();
    void contentSizes();
    void times_data();
    void times();
    void truncatedRecords();
    void damagedRecords_data();
    void damagedRecords();
    void wrongTypes();
    void hostileText();
    void mutatedRecordsNeverCrash();
    void publicStateOfBothSchemas();
    void publicStateRemembersTheOtherSchema();
    void publicStateDamaged();
    void privateState();
    void remotePaths_data();
    void remotePaths();
    void symlinksThatLeave();
    void noPathEverLeaves();
};

void TestMirrorReading::vectors()
{
    QCOMPARE(privateStatePath(u"/home/ada"_s, u"rw_2222"_s, u"/"_s, u"/home/ada/mirror"_s),
        u"/home/ada/.relayfile-mount-state/0e6d1a4a456feb4635f0a5be6e0292a3/state.json"_s);
    QCOMPARE(privateStatePath(u"/home/ada"_s, u"rw_2222"_s, u""_s, u"/home/ada/./mirror/"_s),
        u"/home/ada/.relayfile-mount-state/0e6d1a4a456feb4635f0a5be6e0292a3/state.json"_s);
    QCOMPARE(leasePath(u"/c"_s, QUrl(u"http://127.0.0.1:19191"_s), u"rw_2222"_s, u"/home/ada/mirror"_s),
        u"/c/relayfile/mount-leases/9ad02e2971ec41b8b9980891e39343178998600bbf32367fc9c344aa0df11031.lock"_s);
    QCOMPARE(
        commandId(u"rw_2222"_s, u"/linear/issues/2.json"_s,
            u"23686dc06f13608a47c8ffc6fc988f8b7de49d5e98ad63fa4175ab4a8dde1c9a"_s, u"2026-11-22T10:05:25.618713654Z"_s),
        u"mountcmd_7cf75fee7519ea8facdf9d51da94aa0c"_s);
    QCOMPARE(commandId(u"rw_2222"_s, u"/linear/issues/1.json"_s,
                 u"push:ab1c3c33e00230e5a208ae8b70d185e8e8ae86ad74aa6286c8fe279e2ca11506"_s,
                 u"2026-11-22T10:02:49.961225627Z"_s),
        u"mountcmd_59b0d90e1fc3b2005b49771cba21d611"_s);
}

void TestMirrorReading::leaseIgnoresSpelling()
{
    QTemporaryDir folder;
    const QString mirror = QDir(folder.path()).canonicalPath() + u"/mirror"_s;
    QVERIFY(QDir().mkpath(mirror));
    const QString link = folder.path() + u"/link"_s;
    QCOMPARE(::symlink(qPrintable(mirror), qPrintable(link)), 0);
    const auto lease = [](const char *server, const QString &root) {
        return leasePath(u"/c"_s, QUrl(QLatin1String(server)), u"rw"_s, root);
    };
    const QString plain = lease("https://files.acme.dev", mirror);
    QCOMPARE(lease("HTTPS://Files.Acme.Dev:443/", mirror), plain);
    QCOMPARE(lease("https://ada:pw@files.acme.dev/#x", mirror), plain);
    QCOMPARE(lease("https://files.acme.dev", link), plain);
    QVERIFY(lease("https://files.acme.dev:444", mirror) != plain);
    QVERIFY(lease("http://files.acme.dev", mirror) != plain);
    // The private state is for the folder as it was named.
    QVERIFY(privateStatePath(u"/h"_s, u"rw"_s, u"/"_s, link) != privateStatePath(u"/h"_s, u"rw"_s, u"/"_s, mirror));
}

void TestMirrorReading::daemonRecordIsRead()
{
    const OutboxRecord record = readAs(u"pending"_s,
        {{u"attemptCount"_s, 3}, {u"lastAttemptAt"_s, u"2026-11-22T10:06:00Z"_s},
            {u"nextAttemptAt"_s, u"2026-11-22T10:06:02.5Z"_s}, {u"lastError"_s, u"the server\ndid not answer"_s},
            {u"opId"_s, u"op_1"_s}, {u"revision"_s, u"rev_8"_s}, {u"dispatchStatus"_s, u"running"_s}});
    QCOMPARE(record.id, u"c1"_s);
    QCOMPARE(record.path, u"/linear/issues/c1.json"_s);
    QVERIFY(record.action.isEmpty());
    QCOMPARE(record.state, RecordState::Pending);
    QCOMPARE(record.size, 17); // bytes, not characters
    QCOMPARE(record.attempts, 3);
    QCOMPARE(record.firstSeenAt, QDateTime(QDate(2026, 11, 22), QTime(10, 5, 25, 618), Qt::UTC));
    QCOMPARE(record.nextAttemptAt, QDateTime(QDate(2026, 11, 22), QTime(10, 6, 2, 500), Qt::UTC));
    QCOMPARE(record.lastAttemptAt, QDateTime(QDate(2026, 11, 22), QTime(10, 6), Qt::UTC));
    QCOMPARE(record.error, u"the server did not answer"_s);
    QCOMPARE(record.operationId, u"op_1"_s);
    QCOMPARE(record.revision, u"rev_8"_s);
    QCOMPARE(record.dispatchStatus, u"running"_s);
    QVERIFY(!record.ackedAt.isValid());
}

void TestMirrorReading::pushReceiptIsRead()
{
    const OutboxRecord record = readAs(u"acked"_s,
        {{u"action"_s, u"push"_s}, {u"content"_s, u""_s}, {u"status"_s, u"acked"_s},
            {u"ackedAt"_s, u"2026-11-22T10:05:26+01:00"_s}});
    QCOMPARE(record.action, u"push"_s);
    QCOMPARE(record.state, RecordState::Acked);
    QCOMPARE(record.size, -1);
    QCOMPARE(record.ackedAt, QDateTime(QDate(2026, 11, 22), QTime(9, 5, 26), Qt::UTC));
}

void TestMirrorReading::recordStates_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<bool>("flagged");
    QTest::addColumn<bool>("marker");
    QTest::addColumn<RecordState>("state");
    QTest::newRow("pending") << u"pending"_s << false << false << RecordState::Pending;
    QTest::newRow("pending flagged") << u"pending"_s << true << false << RecordState::Attention;
    QTest::newRow("pending marked") << u"pending"_s << false << true << RecordState::Attention;
    QTest::newRow("failed") << u"failed"_s << false << false << RecordState::Failed;
    QTest::newRow("failed flagged, marker taken away") << u"failed"_s << true << false << RecordState::Failed;
    QTest::newRow("failed marked") << u"failed"_s << true << true << RecordState::Attention;
    QTest::newRow("acked whatever it says") << u"acked"_s << true << true << RecordState::Acked;
}

void TestMirrorReading::recordStates()
{
    QFETCH(QString, folder);
    QFETCH(bool, flagged);
    QFETCH(bool, marker);
    QFETCH(RecordState, state);
    QCOMPARE(readAs(folder, {{u"needsAttention"_s, flagged}}, marker).state, state);
}

void TestMirrorReading::ownReceiptsAreTriedByThemselves()
{
    const QJsonObject own{{u"needsAttention"_s, true}, {u"action"_s, u"push"_s}, {u"sender"_s, u"postroom"_s}};
    QCOMPARE(readAs(u"pending"_s, own).state, RecordState::Pending);
    QCOMPARE(readAs(u"pending"_s, own, true).state, RecordState::Attention);
    QCOMPARE(readAs(u"failed"_s, own, true).state, RecordState::Attention);
}

void TestMirrorReading::contentSizes_data()
{
    QTest::addColumn<QJsonObject>("changes");
    QTest::addColumn<qint64>("size");
    const QString empty = u"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"_s;
    QTest::newRow("text") << QJsonObject{{u"content"_s, u"abc"_s}} << qint64(3);
    QTest::newRow("base64 3") << QJsonObject{{u"content"_s, u"AAEC"_s}, {u"encoding"_s, u"base64"_s}} << qint64(3);
    QTest::newRow("base64 2") << QJsonObject{{u"content"_s, u"AAE="_s}, {u"encoding"_s, u"base64"_s}} << qint64(2);
    QTest::newRow("base64 1") << QJsonObject{{u"content"_s, u"AA=="_s}, {u"encoding"_s, u"base64"_s}} << qint64(1);
    QTest::newRow("base64 of padding only")
        << QJsonObject{{u"content"_s, u"===="_s}, {u"encoding"_s, u"base64"_s}} << qint64(0);
    QTest::newRow("dropped") << QJsonObject{{u"content"_s, u""_s}} << qint64(-1);
    QTest::newRow("really empty") << QJsonObject{{u"content"_s, u""_s}, {u"hash"_s, empty}} << qint64(0);
    QTest::newRow("absent") << QJsonObject{{u"content"_s, QJsonValue()}} << qint64(-1);
}

void TestMirrorReading::contentSizes()
{
    QFETCH(QJsonObject, changes);
    QFETCH(qint64, size);
    QCOMPARE(readAs(u"pending"_s, changes).size, size);
}

void TestMirrorReading::times_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("msec");
    const QString digits = u"123456789"_s;
    for (int count = 0; count <= 9; ++count) {
        const QString fraction = count == 0 ? QString() : u"."_s + digits.left(count);
        const int msec = count == 0 ? 0 : digits.left(qMin(count, 3)).leftJustified(3, u'0').toInt();
        QTest::addRow("%d digits", count) << u"2026-11-22T10:05:25"_s + fraction + u"Z"_s << msec;
    }
    QTest::newRow("zero time") << u"0001-01-01T00:00:00Z"_s << -1;
    QTest::newRow("words") << u"yesterday"_s << -1;
    QTest::newRow("empty") << u""_s << -1;
    QTest::newRow("endless") << QString(100000, u'2') << -1;
}

void TestMirrorReading::times()
{
    QFETCH(QString, text);
    QFETCH(int, msec);
    const OutboxRecord record = readAs(u"pending"_s, {{u"firstSeenAt"_s, text}});
    QCOMPARE(record.state, RecordState::Pending);
    QCOMPARE(record.firstSeenAt.isValid(), msec >= 0);
    if (msec >= 0)
        QCOMPARE(record.firstSeenAt, QDateTime(QDate(2026, 11, 22), QTime(10, 5, 25, msec), Qt::UTC));
}

void TestMirrorReading::truncatedRecords()
{
    const QByteArray whole = bytesOf(daemonRecord(u"c1"_s));
    for (qsizetype length = 0; length < whole.size(); ++length) {
        const OutboxRecord record = readOutboxRecord(u"c1.json"_s, u"pending"_s, whole.left(length), false);
        QCOMPARE(record.state, RecordState::Unreadable);
        QCOMPARE(record.id, u"c1.json"_s);
    }
    QCOMPARE(
        toString(readOutboxRecord(u"c1.json"_s, u"pending"_s, whole, false).state), toString(RecordState::Pending));
}

void TestMirrorReading::damagedRecords_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("array") << QByteArray("[]");
    QTest::newRow("number") << QByteArray("12");
    QTest::newRow("foreign object") << QByteArray("{\"name\":\"x\"}");
    QTest::newRow("no path") << bytesOf(daemonRecord(u"c1"_s, {{u"remotePath"_s, QJsonValue()}}));
    QTest::newRow("endless path") << bytesOf(daemonRecord(u"c1"_s, {{u"remotePath"_s, QString(5000, u'/')}}));
    QTest::newRow("two values") << bytesOf(daemonRecord(u"c1"_s)) + "{}";
    QTest::newRow("not UTF-8") << QByteArray("{\"remotePath\":\"/a\xff\"}");
    QTest::newRow("lone surrogate") << QByteArray("{\"remotePath\":\"/a\",\"content\":\"\\ud800\"}");
    QTest::newRow("deep") << QByteArray(100000, '[');
    QTest::newRow("zeros") << QByteArray(4096, '\0');
}

void TestMirrorReading::damagedRecords()
{
    QFETCH(QByteArray, json);
    const OutboxRecord record = readOutboxRecord(u"odd.json"_s, u"pending"_s, json, true);
    QCOMPARE(record.state, RecordState::Unreadable);
    QCOMPARE(record.id, u"odd.json"_s);
}

void TestMirrorReading::wrongTypes()
{
    const OutboxRecord record = readAs(u"pending"_s,
        {{u"commandId"_s, 7}, {u"attemptCount"_s, u"4"_s}, {u"needsAttention"_s, u"yes"_s},
            {u"content"_s, QJsonArray{1}}, {u"hash"_s, QJsonObject()}, {u"lastError"_s, 12},
            {u"firstSeenAt"_s, 1700000000}, {u"opId"_s, false}});
    QCOMPARE(record.id, u"c1"_s);
    QCOMPARE(record.state, RecordState::Pending);
    QCOMPARE(record.attempts, 4);
    QCOMPARE(record.size, -1);
    QVERIFY(record.hash.isEmpty() && record.error.isEmpty() && record.operationId.isEmpty());
    QVERIFY(!record.firstSeenAt.isValid());
    QCOMPARE(readAs(u"pending"_s, {{u"attemptCount"_s, -5}}).attempts, 0);
    QCOMPARE(readAs(u"pending"_s, {{u"attemptCount"_s, 1e300}}).attempts, 0);
    // The file's name is its identity.
    QCOMPARE(readAs(u"pending"_s, {{u"commandId"_s, u"../../x"_s}}).id, u"c1"_s);
}

void TestMirrorReading::hostileText()
{
    const OutboxRecord record = readAs(u"failed"_s,
        {{u"lastError"_s, u"\u202ebad\u0007 \x1b[31mred "_s + QString(100000, u'x')}, {u"action"_s, u"pu\nsh"_s},
            {u"dispatchStatus"_s, QString(5000, u'd')}});
    QVERIFY(record.error.size() <= 500);
    for (const QChar c : record.error)
        QVERIFY(c.isPrint());
    QCOMPARE(record.action, u"pu sh"_s);
    QVERIFY(record.dispatchStatus.size() <= 100);
}

void TestMirrorReading::mutatedRecordsNeverCrash()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo() << "seed" << seed;
    QRandomGenerator random(seed);
    const QByteArray whole = bytesOf(daemonRecord(u"c1"_s));
    for (int round = 0; round < 5000; ++round) {
        QByteArray json = whole;
        for (int change = random.bounded(1, 6); change > 0; --change)
            json[random.bounded(static_cast<int>(json.size()))] = static_cast<char>(random.bounded(256));
        const OutboxRecord record = readOutboxRecord(u"c1.json"_s, u"pending"_s, json, random.bounded(2) == 0);
        QVERIFY(record.state == RecordState::Unreadable ? record.id == u"c1.json"_s : !record.path.isEmpty());
        QVERIFY(record.size >= -1 && record.attempts >= 0);
        (void)readPublicState(json);
    }
}

void TestMirrorReading::publicStateOfBothSchemas()
{
    const auto engine
        = readPublicState(R"({"workspaceId":"rw_2222","remoteRoot":"/github","localRoot":"/home/ada/mirror",
        "mode":"poll","intervalMs":0,"lastSuccessfulReconcileAt":"2026-11-22T10:05:25.618713654Z","pendingConflicts":2,
        "states":{"stale":false},"outbox":{"pending":1},"lastError":{"kind":"offline","statusCode":503,"code":"unavailable",
        "message":"no\nanswer","at":"2026-11-22T10:05:00Z"},"eventListener":{"mode":"websocket","status":"listening",
        "heartbeatAt":"2026-11-22T10:05:20Z"},"circuit":{"openedAt":"0001-01-01T00:00:00Z"}})");
    QVERIFY(engine);
    QCOMPARE(engine->workspaceId, u"rw_2222"_s);
    QCOMPARE(engine->remoteRoot, u"/github"_s);
    QCOMPARE(engine->localRoot, u"/home/ada/mirror"_s);
    QVERIFY(!engine->intervalMs);
    QCOMPARE(engine->pendingConflicts, 2);
    QCOMPARE(engine->listenerStatus, u"listening"_s);
    QVERIFY(engine->heartbeatAt && engine->lastSuccessfulReconcileAt);
    QVERIFY(engine->lastError);
    QCOMPARE(engine->lastError->error.message, u"no answer"_s);
    QCOMPARE(engine->lastError->error.kind, ErrorClass::Server);
    QCOMPARE(engine->lastError->error.status, 503);

    const auto snapshot = readPublicState(
        R"({"workspaceId":"rw_2222","intervalMs":30000,"stallReason":"no successful reconcile for 10m",
        "providers":[{"provider":"linear"}],"daemon":{"pid":12},"lastError":"something"})");
    QVERIFY(snapshot);
    QCOMPARE(snapshot->intervalMs, 30000);
    QCOMPARE(snapshot->remoteRoot, u"/"_s);
    QVERIFY(!snapshot->pendingConflicts && !snapshot->heartbeatAt);
    QCOMPARE(snapshot->stallReason, u"no successful reconcile for 10m"_s);
    QCOMPARE(snapshot->lastError->error.message, u"something"_s);
}

void TestMirrorReading::publicStateRemembersTheOtherSchema()
{
    const auto snapshot = readPublicState(
        R"({"workspaceId":"rw","intervalMs":30000,"stallReason":"x","lastSuccessfulReconcileAt":"2026-11-22T10:00:00Z"})");
    const auto engine = readPublicState(
        R"({"workspaceId":"rw","intervalMs":0,"localRoot":"/m","lastSuccessfulReconcileAt":"2026-11-22T10:00:00Z"})");
    const auto later = readPublicState(R"({"workspaceId":"rw","lastSuccessfulReconcileAt":"2026-11-22T10:01:00Z"})");
    const auto other = readPublicState(R"({"workspaceId":"rw2"})");
    QVERIFY(snapshot && engine && later && other);
    const PublicState joined = laterState(*snapshot, *engine);
    QCOMPARE(joined.intervalMs, 30000);
    QCOMPARE(joined.localRoot, u"/m"_s);
    QCOMPARE(joined.stallReason, u"x"_s);
    const PublicState moved = laterState(joined, *later);
    QCOMPARE(moved.localRoot, u"/m"_s);
    QVERIFY(moved.stallReason.isEmpty()); // it went on, so it does not stall
    QVERIFY(!laterState(joined, *other).intervalMs);
}

void TestMirrorReading::publicStateDamaged()
{
    for (const QByteArray &json :
        {QByteArray(), QByteArray("{"), QByteArray("null"), QByteArray("{\"workspaceId\":\"rw\"")})
        QVERIFY(!readPublicState(json));
    const auto odd = readPublicState(
        R"({"workspaceId":5,"remoteRoot":[],"pendingConflicts":-3,"lastError":[],"eventListener":"x"})");
    QVERIFY(odd);
    QVERIFY(odd->workspaceId.isEmpty() && !odd->pendingConflicts && !odd->lastError);
    QCOMPARE(odd->remoteRoot, u"/"_s);
}

void TestMirrorReading::privateState()
{
    QTemporaryDir folder;
    MirrorFixture files(folder.path());
    files.writeRaw(u"state.json"_s,
        R"({"workspaceId":"rw","files":{"/a.md":{"revision":"rev_1","hash":"aa","dirty":true,"contentType":"x"},
        "/odd":12,"/b":{}}, "incrementalReadNotReadySince":{}})");
    const auto state = PrivateState::read(files.path(u"state.json"_s));
    QVERIFY(state);
    QCOMPARE(state->file(u"/a.md"_s)->revision, u"rev_1"_s);
    QCOMPARE(state->file(u"/a.md"_s)->hash, u"aa"_s);
    QVERIFY(state->file(u"/a.md"_s)->dirty);
    QVERIFY(state->file(u"/b"_s));
    QVERIFY(!state->file(u"/odd"_s) && !state->file(u"/c"_s));
    QCOMPARE(PrivateState::read(files.path(u"none"_s)).error().code, u"not-found"_s);
    files.writeRaw(u"half.json"_s, R"({"files":{"/a.md":)");
    QCOMPARE(PrivateState::read(files.path(u"half.json"_s)).error().code, u"not-json"_s);
    files.writeRaw(u"none.json"_s, "{}");
    QVERIFY(PrivateState::read(files.path(u"none.json"_s)));
}

void TestMirrorReading::remotePaths_data()
{
    QTest::addColumn<QString>("root");
    QTest::addColumn<QString>("below");
    QTest::addColumn<QString>("remote"); // empty: none
    const auto row = [](const char *name, const char *root, const char *below, const char *remote) {
        QTest::newRow(name) << QString::fromUtf8(root) << QString::fromUtf8(below) << QString::fromUtf8(remote);
    };
    row("file", "/", "linear/issues/1.json", "/linear/issues/1.json");
    row("below a root", "/github/", "repos/a b.md", "/github/repos/a b.md");
    row("root without slashes", "github", "x", "/github/x");
    row("odd slashes", "//github//", "a//b///c", "/github/a/b/c");
    row("dots", "/", "a/./b/../c", "/a/c");
    row("umlaut", "/", "caf\u00e9/\u65e5.md", "/caf\u00e9/\u65e5.md");
    row("hidden elsewhere", "/", "a/.relay/x", "/a/.relay/x");
    row("similar name", "/", ".relayed", "/.relayed");
    row("git of a folder below", "/", "repo/.gitignore", "/repo/.gitignore");
    row("itself", "/", "", "");
    row("itself with a slash", "/", "/", "");
    row("runtime", "/", ".relay/state.json", "");
    row("runtime folder", "/", ".relay", "");
    row("through the back door", "/", "a/../.relay/outbox/pending/x.json", "");
    row("skills", "/", ".skills/activity-summary.md", "");
    row("digests", "/", "digests/today.md", "");
    row("modules", "/", "node_modules/x/index.js", "");
    row("permissions", "/", "_PERMISSIONS.md", "");
    row("git", "/", ".git/config", "");
    row("hg", "/", ".hg/x", "");
    row("svn", "/", ".svn/x", "");
    row("bzr", "/", ".bzr/x", "");
    row("darcs", "/", "_darcs/x", "");
    row("jj", "/", ".jj/x", "");
    row("parent", "/", "..", "");
    row("sibling", "/", "../other/x", "");
    row("sibling with the same beginning", "/", "../mirror2/x", "");
    row("far up", "/", "../../../../../../etc/passwd", "");
    row("missing folders up", "/", "no/such/../../../other", "");
    row("backslash", "/", "a\\b", "");
    row("backslash parent", "/", "..\\..\\x", "");
}

void TestMirrorReading::remotePaths()
{
    QFETCH(QString, root);
    QFETCH(QString, below);
    QFETCH(QString, remote);
    QTemporaryDir folder;
    const QString mirror = folder.path() + u"/mirror"_s;
    QVERIFY(QDir().mkpath(mirror + u"/linear/issues"_s));
    QVERIFY(QDir().mkpath(folder.path() + u"/mirror2"_s));
    const auto result = remotePathFor(mirror, root, mirror + u"/"_s + below);
    QCOMPARE(result.value_or(QString()), remote);
    QVERIFY(!result || !result->isEmpty());
    QVERIFY(!remotePathFor(mirror, root, below)); // relative
}

void TestMirrorReading::symlinksThatLeave()
{
    QTemporaryDir folder;
    const QString base = folder.path();
    const QString mirror = base + u"/mirror"_s;
    QVERIFY(QDir().mkpath(mirror + u"/inner"_s));
    QVERIFY(QDir().mkpath(mirror + u"/.relay/outbox"_s));
    QVERIFY(QDir().mkpath(base + u"/outside"_s));
    const auto link = [&](const QString &target, const QString &name) {
        QCOMPARE(::symlink(qPrintable(target), qPrintable(mirror + u'/' + name)), 0);
    };
    link(base + u"/outside"_s, u"away"_s);
    link(u"../outside"_s, u"awayToo"_s);
    link(u"inner"_s, u"inside"_s);
    link(u".relay"_s, u"runtime"_s);
    link(base + u"/outside/later"_s, u"dangling"_s);
    link(u"loop"_s, u"loop"_s);
    const auto remote = [&](const QString &below) { return remotePathFor(mirror, u"/"_s, mirror + u'/' + below); };
    QVERIFY(!remote(u"away"_s));
    QVERIFY(!remote(u"away/x"_s));
    QVERIFY(!remote(u"awayToo/new/x"_s));
    QVERIFY(!remote(u"away/../x"_s)); // that is the folder beside the mirror
    QVERIFY(!remote(u"dangling"_s));
    QVERIFY(!remote(u"dangling/x"_s));
    QVERIFY(!remote(u"loop"_s));
    QVERIFY(!remote(u"loop/x"_s));
    QVERIFY(!remote(u"runtime/state.json"_s));
    QCOMPARE(remote(u"inside/x.md"_s), u"/inner/x.md"_s);
    // The mirror itself may be named through a symlink.
    const QString alias = base + u"/alias"_s;
    QCOMPARE(::symlink(qPrintable(mirror), qPrintable(alias)), 0);
    QCOMPARE(remotePathFor(alias, u"/"_s, mirror + u"/inner/x"_s), u"/inner/x"_s);
    QCOMPARE(remotePathFor(mirror, u"/"_s, alias + u"/inner/x"_s), u"/inner/x"_s);
    QVERIFY(holds(mirror, alias + u"/inner"_s));
    QVERIFY(holds(mirror, mirror));
    QVERIFY(!holds(mirror, mirror + u"/away/x"_s));
    QVERIFY(!holds(mirror, base));
}

void TestMirrorReading::noPathEverLeaves()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo() << "seed" << seed;
    QRandomGenerator random(seed);
    QTemporaryDir folder;
    const QString base = QDir(folder.path()).canonicalPath();
    const QString mirror = base + u"/mirror"_s;
    QVERIFY(QDir().mkpath(mirror + u"/a/b"_s));
    QVERIFY(QDir().mkpath(mirror + u"/.relay"_s));
    QVERIFY(QDir().mkpath(base + u"/out"_s));
    QCOMPARE(::symlink(qPrintable(base + u"/out"_s), qPrintable(mirror + u"/a/out"_s)), 0);
    QCOMPARE(::symlink("b", qPrintable(mirror + u"/a/in"_s)), 0);
    QCOMPARE(::symlink("../..", qPrintable(mirror + u"/a/up"_s)), 0);
    const QStringList pieces{u"a"_s, u"b"_s, u".."_s, u"."_s, u""_s, u"out"_s, u"in"_s, u"up"_s, u"mirror"_s,
        u".relay"_s, u"new"_s, u"..."_s, u"a\\..\\b"_s, u".git"_s, u"x y"_s};
    for (int round = 0; round < 3000; ++round) {
        QString path = mirror;
        for (int count = random.bounded(1, 9); count > 0; --count)
            path += u'/' + pieces.at(random.bounded(static_cast<int>(pieces.size())));
        const auto remote = remotePathFor(mirror, u"/root"_s, path);
        if (!remote)
            continue;
        QVERIFY2(remote->startsWith(u"/root/"_s), qPrintable(path));
        const QStringList parts = remote->mid(1).split(u'/');
        for (const QString &part : parts)
            QVERIFY2(!part.isEmpty() && part != u"."_s && part != u".."_s && !part.contains(u'\\'), qPrintable(path));
        QVERIFY2(parts.at(1) != u".relay"_s && parts.at(1) != u".git"_s, qPrintable(path));
        // What it names is inside, wherever the links lead: its folder as far as that exists.
        QString existing = mirror + u'/' + parts.mid(1).join(u'/');
        while (!QFileInfo::exists(existing))
            existing = QFileInfo(existing).path();
        const QString real = QFileInfo(existing).canonicalFilePath();
        QVERIFY2(real == mirror || real.startsWith(mirror + u'/'), qPrintable(path));
    }
}

QTEST_GUILESS_MAIN(TestMirrorReading)
#include "test_mirrorreading.moc"
