#include "core/accounts/roster.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include "tests/support/compare.h"
#include <QDir>
#include <QTemporaryDir>

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

namespace
{

AccountRecord sample(const QString &id)
{
    AccountRecord record;
    record.id = AccountId(id);
    record.providerId = QStringLiteral("acme");
    record.kind = QStringLiteral("oauth2");
    record.server = QUrl(QStringLiteral("https://auth.acme.test/base"));
    record.clientId = QStringLiteral("client");
    record.label = QStringLiteral("Ada at Acme");
    record.subject = QStringLiteral("sub-1");
    record.displayName = QStringLiteral("ada@acme.test");
    record.scopes = {QStringLiteral("read"), QStringLiteral("write")};
    record.enabled = false;
    record.signedIn = true;
    record.sessionOnly = true;
    record.hasClientSecret = true;
    record.grantEpoch = 3;
    record.generation = 17;
    const QDateTime time(QDate(2026, 1, 15), QTime(14, 2, 3, 456), Qt::UTC);
    record.usableUntil = time.addSecs(60);
    record.state = AccountState::Waiting;
    record.reason = QStringLiteral("t-net");
    record.since = time;
    record.nextAt = time.addSecs(600);
    record.firstFailureAt = time.addSecs(-600);
    record.attempts = 7;
    LastError last;
    last.error.origin = Origin::Token;
    last.error.kind = ErrorClass::Server;
    last.error.code = QStringLiteral("server-trouble");
    last.error.message = QStringLiteral("It has trouble.");
    last.error.next = QStringLiteral("Wait.");
    last.error.status = 503;
    last.error.requestId = QStringLiteral("req-1");
    last.error.detail = QStringLiteral("more");
    last.error.retryAt = time.addSecs(600);
    last.attempt = 7;
    last.at = time;
    record.lastError = last;
    record.tokenEndpoint = QUrl(QStringLiteral("https://auth.acme.test/token"));
    record.revocationEndpoint = QUrl(QStringLiteral("https://auth.acme.test/revoke"));
    record.unknown = {{"fromTheFuture"_L1, QJsonArray{1, 2}}};
    return record;
}

} // namespace

class TestRoster : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    QString path() const { return m_folder.filePath(QStringLiteral("accounts.json")); }
    void writeRaw(const QByteArray &content) { QVERIFY(writeFileAtomically(path(), content)); }
    QByteArray raw() { return readFile(path(), 1 << 20).value_or(QByteArray()); }

private Q_SLOTS:
    void cleanup()
    {
        QDir folder(m_folder.path());
        const auto names = folder.entryList(QDir::Files | QDir::Hidden);
        for (const QString &name : names)
            folder.remove(name);
    }

    void missingFileIsAnEmptyList()
    {
        Roster roster(path());
        QVERIFY(roster.load());
        QVERIFY(roster.records().isEmpty());
        QVERIFY(roster.save());
        QVERIFY(raw().contains("\"schemaVersion\": 1"));
    }

    void everyFieldComesBack()
    {
        const AccountRecord before = sample(QStringLiteral("a1"));
        {
            Roster roster(path());
            QVERIFY(roster.load());
            roster.add(before);
            QVERIFY(roster.save());
        }
        Roster roster(path());
        QVERIFY(roster.load());
        QCOMPARE(roster.records().size(), 1);
        const AccountRecord after = roster.records().first();
        QCOMPARE(toJson(after), toJson(before));
        QCOMPARE(after.id, before.id);
        QCOMPARE(after.state, before.state);
        QCOMPARE(after.nextAt, before.nextAt);
        QCOMPARE(after.attempts, 7);
        QVERIFY(after.lastError);
        QCOMPARE(after.lastError->error.status, 503);
        QCOMPARE(after.lastError->error.kind, ErrorClass::Server);
        QVERIFY(!after.enabled && after.sessionOnly && after.hasClientSecret && after.signedIn);
        QCOMPARE(after.unknown, before.unknown);
        QCOMPARE(vaultKeyFor(after), QStringLiteral("v1/acme/a1"));
        QCOMPARE(QFileInfo(path()).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    }

    void unknownKeysAreKept()
    {
        writeRaw(
            R"({"schemaVersion": 1, "theme": {"a": 1}, "accounts": [{"id": "x", "provider": "acme", "shade": "blue"}]})");
        Roster roster(path());
        QVERIFY(roster.load());
        roster.find(AccountId(QStringLiteral("x")))->label = QStringLiteral("new");
        QVERIFY(roster.save());
        const auto object = parseJsonObject(raw());
        QVERIFY(object);
        QCOMPARE(object->value("theme"_L1).toObject().value("a"_L1).toInt(), 1);
        const QJsonObject account = object->value("accounts"_L1).toArray().first().toObject();
        QCOMPARE(account.value("shade"_L1).toString(), QStringLiteral("blue"));
        QCOMPARE(account.value("label"_L1).toString(), QStringLiteral("new"));
    }

    void aDamagedFileIsSetAside_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("truncated") << QByteArray(R"({"schemaVersion": 1, "accounts": [{"id")");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("zeros") << QByteArray(512, '\0');
        QTest::newRow("an array") << QByteArray("[]");
        QTest::newRow("no version") << QByteArray(R"({"accounts": []})");
        QTest::newRow("accounts of a wrong type") << QByteArray(R"({"schemaVersion": 1, "accounts": {}})");
        QTest::newRow("huge") << QByteArray(5 * 1024 * 1024, ' ');
    }
    void aDamagedFileIsSetAside()
    {
        QFETCH(QByteArray, content);
        writeRaw(content);
        Roster roster(path());
        const auto loaded = roster.load();
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, QStringLiteral("roster-damaged"));
        QVERIFY(!QFile::exists(path()));
        const auto aside = QDir(m_folder.path()).entryList({QStringLiteral("accounts.json.damaged-*")});
        QCOMPARE(aside.size(), 1);
        QCOMPARE(readFile(m_folder.filePath(aside.first()), 1 << 24).value_or("?"), content);
        roster.add(sample(QStringLiteral("b")));
        QVERIFY(roster.save());
    }

    void aNewerSchemaIsNeverOverwritten()
    {
        const QByteArray newer = R"({"schemaVersion": 2, "accounts": "something else"})";
        writeRaw(newer);
        Roster roster(path());
        QCOMPARE(roster.load().error().code, QStringLiteral("roster-newer"));
        roster.add(sample(QStringLiteral("c")));
        QCOMPARE(roster.save().error().code, QStringLiteral("roster-newer"));
        QCOMPARE(raw(), newer);

        // Also when the newer program came after we had read the file.
        cleanup();
        Roster early(path());
        QVERIFY(early.load());
        writeRaw(newer);
        QCOMPARE(early.save().error().code, QStringLiteral("roster-newer"));
        QCOMPARE(raw(), newer);
    }

    void K15_whatAnotherProcessDidIsKept()
    {
        Roster mine(path());
        QVERIFY(mine.load());
        mine.add(sample(QStringLiteral("a")));
        QVERIFY(mine.save());
        Roster theirs(path());
        QVERIFY(theirs.load());
        theirs.add(sample(QStringLiteral("b")));
        theirs.find(AccountId(QStringLiteral("a")))->grantEpoch = 4; // signed out there
        theirs.find(AccountId(QStringLiteral("a")))->signedIn = false;
        QVERIFY(theirs.save());
        QCOMPARE(mine.epochOnDisk(AccountId(QStringLiteral("a"))), std::optional<quint64>(4));
        QVERIFY(mine.save());

        Roster now(path());
        QVERIFY(now.load());
        QCOMPARE(now.records().size(), 2);
        QVERIFY(!now.find(AccountId(QStringLiteral("a")))->signedIn);

        QVERIFY(now.remove(AccountId(QStringLiteral("a"))));
        QVERIFY(now.save());
        QVERIFY(mine.epochOnDisk(AccountId(QStringLiteral("a"))) == std::nullopt);
    }

    void aHeldLockMeansLater()
    {
        Roster roster(path());
        QVERIFY(roster.load());
        auto lock = FileLock::tryAcquire(path() + QStringLiteral(".lock"));
        QVERIFY(lock && lock->isHeld());
        QCOMPARE(roster.save().error().code, QStringLiteral("roster-busy"));
        lock->release();
        QVERIFY(roster.save());
    }

    void nonsenseEntriesAreLeftOut()
    {
        writeRaw(
            R"({"schemaVersion": 1, "accounts": [7, null, {}, {"id": ""}, {"id": "a"}, {"id": "x", "provider": "p", "attempts": -4,
                 "state": "dancing", "grantEpoch": -1, "server": ":::", "lastError": "text", "scopes": "read"}, {"id": "x", "provider": "q"}]})");
        Roster roster(path());
        QVERIFY(roster.load());
        QCOMPARE(roster.records().size(), 1);
        const AccountRecord record = roster.records().first();
        QCOMPARE(record.state, AccountState::SignedOut);
        QCOMPARE(record.attempts, 0);
        QCOMPARE(record.grantEpoch, quint64(0));
        QVERIFY(!record.lastError);
        QVERIFY(record.scopes.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestRoster)
#include "test_roster.moc"
