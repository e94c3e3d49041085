// The list of workspaces: our own file and what relayfile's says, whole, damaged, hostile and shared.
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/workspaces/catalog.h"
#include "tests/core/workspaces/mirrorfixture.h"
#include "tests/support/compare.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace Postroom;
using namespace Qt::StringLiterals;

namespace
{

const AccountId ada{u"ada"_s};
const AccountId bob{u"bob"_s};

struct Place {
    QTemporaryDir folder;
    QString own = folder.path() + u"/config/workspaces.json"_s;
    QString other = folder.path() + u"/.relayfile/workspaces.json"_s;

    Place()
    {
        QDir().mkpath(folder.path() + u"/config"_s);
        QDir().mkpath(folder.path() + u"/.relayfile"_s);
    }
    Catalog catalog() const { return Catalog(own, other); }
    QString mirror(const QString &name, const QString &relayId) const
    {
        MirrorFixture mirror(folder.path() + u'/' + name);
        mirror.create(relayId);
        return mirror.path();
    }
    static void write(const QString &path, const QByteArray &content)
    {
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write");
    }
    static QByteArray read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void list(const QJsonArray &records) const
    {
        write(other, QJsonDocument(QJsonObject{{u"default"_s, u"x"_s}, {u"workspaces"_s, records}}).toJson());
    }
    QStringList setAside() const { return QDir(folder.path() + u"/config"_s).entryList({u"*damaged*"_s}); }
};

CloudWorkspace inCloud(const QString &cloudId, const QString &relayId, const QString &name)
{
    return {cloudId, relayId, name, QUrl(u"https://files.acme.dev"_s)};
}

QStringList idsOf(const Catalog &catalog)
{
    QStringList ids;
    for (const WorkspaceRecord &record : catalog.records())
        ids.append(record.id.text());
    ids.sort();
    return ids;
}

QJsonObject listed(const QString &name, const QString &id, const QString &relayId, const QString &folder)
{
    return {{u"name"_s, name}, {u"id"_s, id}, {u"relayWorkspaceId"_s, relayId}, {u"localDir"_s, folder},
        {u"server"_s, u"https://files.acme.dev"_s}, {u"scopes"_s, QJsonArray{u"fs:read"_s}}};
}

} // namespace

class TestCatalog : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void missingFilesAreAnEmptyList();
    void adoptsAndKeeps();
    void cloudIdBecomesRelayId();
    void dropsWhatIsGone();
    void anotherAccountKeepsWhatItBrought();
    void forgettingAnAccount();
    void mirrorFromItsState();
    void mirrorFromRelayfilesList();
    void swappedAndDoubleEntries();
    void listThatDoesNotMatchTheMirror();
    void notAMirror_data();
    void notAMirror();
    void secondMirrorIsRefused();
    void forgottenMirrorStaysForgotten();
    void hostileList_data();
    void hostileList();
    void damagedFileIsSetAside_data();
    void damagedFileIsSetAside();
    void damagedWhileWeRun();
    void newerFileIsNeverWritten();
    void unknownKeysAreKept();
    void oddRecords();
    void unreadableFileIsNotOverwritten();
    void twoProcesses();
    void lockedFile();
    void nothingNewIsNotWritten();
    void randomSequencesSurviveTheFile();
};

void TestCatalog::missingFilesAreAnEmptyList()
{
    const Place place;
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QVERIFY(catalog.records().isEmpty());
    QVERIFY(!QFile::exists(place.own)); // looking writes nothing
}

void TestCatalog::adoptsAndKeeps()
{
    const Place place;
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QVERIFY(catalog.adopt(
        ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"research\u202e-room"_s), inCloud(u"cw_2"_s, u""_s, u"ops"_s), {}}));
    Catalog again = place.catalog();
    QVERIFY(again.load());
    QCOMPARE(idsOf(again), QStringList({u"cw_2"_s, u"rw_1"_s}));
    const auto record = again.find(WorkspaceId(u"rw_1"_s));
    QVERIFY(record);
    QCOMPARE(record->name, u"research-room"_s);
    QCOMPARE(record->cloudId, u"cw_1"_s);
    QCOMPARE(record->account, ada);
    QCOMPARE(record->server, QUrl(u"https://files.acme.dev"_s));
    QCOMPARE(again.find(WorkspaceId(u"cw_1"_s))->id.text(), u"rw_1"_s);
    QVERIFY(!again.find(WorkspaceId(u"none"_s)) && !again.find({}));
    QCOMPARE(QFile::permissions(place.own) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
}

void TestCatalog::cloudIdBecomesRelayId()
{
    const Place place;
    Catalog catalog = place.catalog();
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_1"_s, {}, u"room"_s)}));
    QCOMPARE(idsOf(catalog), QStringList({u"cw_1"_s}));
    WorkspaceRecord record = catalog.records().first();
    record.bodyLimit = 4096 * 1024;
    QVERIFY(catalog.put(record));
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"room"_s)}));
    QCOMPARE(idsOf(catalog), QStringList({u"rw_1"_s}));
    QCOMPARE(catalog.records().first().bodyLimit, 4096 * 1024);
}

void TestCatalog::dropsWhatIsGone()
{
    const Place place;
    Catalog catalog = place.catalog();
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"a"_s), inCloud(u"cw_2"_s, u"rw_2"_s, u"b"_s)}));
    QVERIFY(catalog.addMirror(place.mirror(u"m"_s, u"rw_2"_s)));
    QVERIFY(catalog.adopt(ada, {}));
    QCOMPARE(idsOf(catalog), QStringList({u"rw_2"_s})); // its mirror may hold changes
}

void TestCatalog::anotherAccountKeepsWhatItBrought()
{
    const Place place;
    Catalog catalog = place.catalog();
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"shared"_s)}));
    QVERIFY(catalog.adopt(bob, {inCloud(u"cw_1"_s, u"rw_1"_s, u"shared?"_s), inCloud(u"cw_2"_s, u"rw_2"_s, u"own"_s)}));
    QCOMPARE(catalog.find(WorkspaceId(u"rw_1"_s))->account, ada);
    QCOMPARE(catalog.find(WorkspaceId(u"rw_1"_s))->name, u"shared"_s);
    QVERIFY(catalog.adopt(bob, {}));
    QCOMPARE(idsOf(catalog), QStringList({u"rw_1"_s}));
    QVERIFY(catalog.forgetAccount(ada));
    QVERIFY(catalog.adopt(bob, {inCloud(u"cw_1"_s, u"rw_1"_s, u"shared"_s)}));
    QCOMPARE(catalog.find(WorkspaceId(u"rw_1"_s))->account, bob);
}

void TestCatalog::forgettingAnAccount()
{
    const Place place;
    Catalog catalog = place.catalog();
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"a"_s), inCloud(u"cw_2"_s, u"rw_2"_s, u"b"_s)}));
    QVERIFY(catalog.addMirror(place.mirror(u"m"_s, u"rw_2"_s)));
    QVERIFY(catalog.forgetAccount(ada));
    QCOMPARE(idsOf(catalog), QStringList({u"rw_2"_s}));
    QVERIFY(catalog.records().first().account.isEmpty());
}

void TestCatalog::mirrorFromItsState()
{
    const Place place;
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    const QString folder = place.mirror(u"notes"_s, u"rw_9"_s);
    const auto added = catalog.addMirror(folder + u"/"_s);
    QVERIFY(added);
    QCOMPARE(added->id.text(), u"rw_9"_s);
    QCOMPARE(added->mirror, folder);
    QCOMPARE(added->name, u"notes"_s);
    // The account that has it on its server takes it over, mirror and all.
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_9"_s, u"rw_9"_s, u"Notes"_s)}));
    QCOMPARE(catalog.records().size(), 1);
    QCOMPARE(catalog.records().first().mirror, folder);
    QCOMPARE(catalog.records().first().account, ada);
    QCOMPARE(catalog.records().first().name, u"Notes"_s);
}

void TestCatalog::mirrorFromRelayfilesList()
{
    const Place place;
    const QString synced = place.mirror(u"synced"_s, u"rw_1"_s);
    const QString fresh = place.folder.path() + u"/fresh"_s;
    QVERIFY(QDir().mkpath(fresh));
    place.list({listed(u"research"_s, u"cw_1"_s, u"rw_1"_s, synced), listed(u"ops"_s, u"cw_2"_s, u"rw_2"_s, fresh)});
    const QByteArray before = Place::read(place.other);
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QCOMPARE(idsOf(catalog), QStringList({u"rw_1"_s})); // the other one has not been synced yet
    const WorkspaceRecord record = catalog.records().first();
    QCOMPARE(record.cloudId, u"cw_1"_s);
    QCOMPARE(record.name, u"research"_s);
    QCOMPARE(record.server, QUrl(u"https://files.acme.dev"_s));
    QVERIFY(record.account.isEmpty());
    // A person may add it nevertheless.
    const auto added = catalog.addMirror(fresh);
    QVERIFY(added);
    QCOMPARE(added->relayId, u"rw_2"_s);
    QCOMPARE(Place::read(place.other), before);
    QVERIFY(!QFile::exists(place.other + u".lock"_s));
}

void TestCatalog::swappedAndDoubleEntries()
{
    const Place place;
    const QString mirror = place.mirror(u"m"_s, u"rw_1"_s);
    place.list({listed(u"rw_1"_s, u"rw_1"_s, u"rw_1"_s, mirror), listed(u"research"_s, u"rw_1"_s, u"cw_1"_s, mirror),
        listed(u"research"_s, u"cw_1"_s, u"rw_1"_s, {})});
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QCOMPARE(catalog.records().size(), 1);
    QCOMPARE(catalog.records().first().relayId, u"rw_1"_s);
    QCOMPARE(catalog.records().first().cloudId, u"cw_1"_s);
    QCOMPARE(catalog.records().first().name, u"research"_s);
    QCOMPARE(catalog.records().first().mirror, mirror);
}

void TestCatalog::listThatDoesNotMatchTheMirror()
{
    const Place place;
    place.list({listed(u"x"_s, u"cw_1"_s, u"rw_1"_s, place.mirror(u"m"_s, u"rw_other"_s)),
        listed(u"gone"_s, u"cw_2"_s, u"rw_2"_s, u"/no/such/folder"_s)});
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QVERIFY(catalog.records().isEmpty());
}

void TestCatalog::notAMirror_data()
{
    QTest::addColumn<QString>("below");
    QTest::addColumn<QByteArray>("state");
    QTest::newRow("missing") << u"none"_s << QByteArray();
    QTest::newRow("plain folder") << u"plain"_s << QByteArray();
    QTest::newRow("damaged state") << u"m"_s << QByteArray("{\"workspaceId\":");
    QTest::newRow("state without workspace") << u"m"_s << QByteArray("{\"remoteRoot\":\"/\"}");
    QTest::newRow("state of a wrong type") << u"m"_s << QByteArray("{\"workspaceId\":7}");
    QTest::newRow("relative") << u""_s << QByteArray();
}

void TestCatalog::notAMirror()
{
    QFETCH(QString, below);
    QFETCH(QByteArray, state);
    const Place place;
    QVERIFY(QDir().mkpath(place.folder.path() + u"/plain"_s));
    if (!state.isEmpty()) {
        QVERIFY(QDir().mkpath(place.folder.path() + u"/m/.relay"_s));
        Place::write(place.folder.path() + u"/m/.relay/state.json"_s, state);
    }
    Catalog catalog = place.catalog();
    const auto added = catalog.addMirror(below.isEmpty() ? u"relative/folder"_s : place.folder.path() + u'/' + below);
    QVERIFY(!added);
    QCOMPARE(added.error().code, u"not-a-mirror"_s);
    QVERIFY(catalog.records().isEmpty());
}

void TestCatalog::secondMirrorIsRefused()
{
    const Place place;
    Catalog catalog = place.catalog();
    const QString first = place.mirror(u"first"_s, u"rw_1"_s);
    const QString second = place.mirror(u"second"_s, u"rw_1"_s);
    QVERIFY(catalog.addMirror(first));
    QVERIFY(catalog.addMirror(first)); // the same once more is fine
    QCOMPARE(catalog.addMirror(second).error().code, u"has-mirror"_s);
    QVERIFY(QDir(first).removeRecursively());
    QVERIFY(catalog.addMirror(second));
    QCOMPARE(catalog.records().first().mirror, second);
}

void TestCatalog::forgottenMirrorStaysForgotten()
{
    const Place place;
    const QString mirror = place.mirror(u"m"_s, u"rw_1"_s);
    place.list({listed(u"research"_s, u"cw_1"_s, u"rw_1"_s, mirror)});
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QVERIFY(catalog.forget(WorkspaceId(u"rw_1"_s)));
    QCOMPARE(catalog.forget(WorkspaceId(u"rw_1"_s)).error().code, u"unknown-workspace"_s);
    Catalog again = place.catalog();
    QVERIFY(again.load());
    QVERIFY(again.records().isEmpty());
    QVERIFY(again.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"research"_s)}));
    QVERIFY(again.records().first().mirror.isEmpty());
    QVERIFY(again.addMirror(mirror));
    Catalog third = place.catalog();
    QVERIFY(third.load());
    QCOMPARE(third.records().first().mirror, mirror);
}

void TestCatalog::hostileList_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("half") << QByteArray("{\"workspaces\":[{\"name\"");
    QTest::newRow("array") << QByteArray("[]");
    QTest::newRow("workspaces is an object") << QByteArray("{\"workspaces\":{}}");
    QTest::newRow("entries of wrong types")
        << QByteArray(R"({"workspaces":[1,null,"x",[],{"id":7,"localDir":{}},{"localDir":"../../x"},
        {"localDir":"/dev/zero","relayWorkspaceId":"rw"},{"localDir":"/proc/self","id":"x"},{"server":"javascript:alert","localDir":"/"
}]
})");
    QTest::newRow("too large") << QByteArray(9 * 1024 * 1024, ' ');
    QTest::newRow("deep") << QByteArray(200000, '[');
    QByteArray many = "{\"workspaces\":[";
    for (int i = 0; i < 20000; ++i)
        many += "{\"id\":\"c" + QByteArray::number(i) + "\",\"localDir\":\"/no/such/" + QByteArray::number(i) + "\"},";
    many.chop(1);
    QTest::newRow("many") << many + "]}";
}

void TestCatalog::hostileList()
{
    QFETCH(QByteArray, content);
    const Place place;
    Place::write(place.other, content);
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QVERIFY(catalog.records().isEmpty());
    QCOMPARE(Place::read(place.other).size(), content.size());
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"a"_s)}));
}

void TestCatalog::damagedFileIsSetAside_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("half") << QByteArray("{\"schemaVersion\":1,\"workspaces\":[");
    QTest::newRow("no list") << QByteArray("{\"schemaVersion\":1}");
    QTest::newRow("zeros") << QByteArray(300, '\0');
    QTest::newRow("too large") << QByteArray(9 * 1024 * 1024, ' ');
}

void TestCatalog::damagedFileIsSetAside()
{
    QFETCH(QByteArray, content);
    const Place place;
    Place::write(place.own, content);
    Catalog catalog = place.catalog();
    const auto loaded = catalog.load();
    QVERIFY(!loaded);
    QCOMPARE(loaded.error().code, u"catalog-damaged"_s);
    QCOMPARE(place.setAside().size(), 1);
    QCOMPARE(Place::read(place.folder.path() + u"/config/"_s + place.setAside().first()), content);
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"a"_s)}));
    Catalog again = place.catalog();
    QVERIFY(again.load());
    QCOMPARE(idsOf(again), QStringList({u"rw_1"_s}));
}

void TestCatalog::damagedWhileWeRun()
{
    const Place place;
    Catalog catalog = place.catalog();
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"a"_s)}));
    Place::write(place.own, "{\"schema");
    QVERIFY(catalog.adopt(bob, {inCloud(u"cw_2"_s, u"rw_2"_s, u"b"_s)}));
    QCOMPARE(place.setAside().size(), 1);
    Catalog again = place.catalog();
    QVERIFY(again.load());
    QCOMPARE(idsOf(again), QStringList({u"rw_1"_s, u"rw_2"_s}));
}

void TestCatalog::newerFileIsNeverWritten()
{
    const Place place;
    const QByteArray newer = R"({"schemaVersion":2,"workspaces":[{"relayId":"rw_1","name":"a"}],"more":1})";
    Place::write(place.own, newer);
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QCOMPARE(idsOf(catalog), QStringList({u"rw_1"_s}));
    QCOMPARE(catalog.forget(WorkspaceId(u"rw_1"_s)).error().code, u"catalog-newer"_s);
    QCOMPARE(catalog.adopt(ada, {}).error().code, u"catalog-newer"_s);
    QCOMPARE(idsOf(catalog), QStringList({u"rw_1"_s}));
    QCOMPARE(Place::read(place.own), newer);
}

void TestCatalog::unknownKeysAreKept()
{
    const Place place;
    Place::write(place.own,
        R"({"schemaVersion":1,"colour":"blue","workspaces":[{"relayId":"rw_1","name":"a","pinned":{"x":[1]}}]})");
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QVERIFY(catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"b"_s)}));
    const auto object = parseJsonObject(Place::read(place.own));
    QVERIFY(object);
    QCOMPARE(object->value(u"colour"_s).toString(), u"blue"_s);
    const QJsonObject entry = object->value(u"workspaces"_s).toArray().first().toObject();
    QCOMPARE(entry.value(u"name"_s).toString(), u"b"_s);
    QCOMPARE(entry.value(u"pinned"_s).toObject().value(u"x"_s).toArray().size(), 1);
}

void TestCatalog::oddRecords()
{
    const Place place;
    Place::write(place.own,
        R"({"schemaVersion":1,"workspaces":[{"relayId":"rw_1","mirror":"relative","server":"file:///etc/passwd",
        "bodyLimit":-1,"remoteRoot":"x","account":7},{"relayId":"rw_1","name":"twice"},{"name":"nameless"},5,
        {"id":"x","cloudId":"cw_2","bodyLimit":"2097152","server":"HTTPS://ada:pw@Files.acme.dev:443/base/?q=1"}]})");
    Catalog catalog = place.catalog();
    QVERIFY(catalog.load());
    QCOMPARE(idsOf(catalog), QStringList({u"cw_2"_s, u"rw_1"_s}));
    const WorkspaceRecord odd = *catalog.find(WorkspaceId(u"rw_1"_s));
    QVERIFY(odd.mirror.isEmpty() && odd.server.isEmpty() && odd.account.isEmpty());
    QCOMPARE(odd.bodyLimit, 1024 * 1024);
    QCOMPARE(odd.remoteRoot, u"/"_s);
    const WorkspaceRecord other = *catalog.find(WorkspaceId(u"cw_2"_s));
    QCOMPARE(other.bodyLimit, 2097152);
    QVERIFY(other.server.userInfo().isEmpty() && other.server.query().isEmpty());
    QCOMPARE(other.server.path(), u"/base"_s);
}

void TestCatalog::unreadableFileIsNotOverwritten()
{
    const Place place;
    QVERIFY(QDir().mkpath(place.own)); // a folder in its place
    Catalog catalog = place.catalog();
    QVERIFY(!catalog.load());
    QVERIFY(!catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"a"_s)}));
    QVERIFY(QFileInfo(place.own).isDir());
    QVERIFY(place.setAside().isEmpty());
}

void TestCatalog::twoProcesses()
{
    const Place place;
    Catalog first = place.catalog();
    Catalog second = place.catalog();
    QVERIFY(first.load() && second.load());
    QVERIFY(first.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"a"_s)}));
    QVERIFY(second.adopt(bob, {inCloud(u"cw_2"_s, u"rw_2"_s, u"b"_s)}));
    QCOMPARE(idsOf(second), QStringList({u"rw_1"_s, u"rw_2"_s}));
    Catalog third = place.catalog();
    QVERIFY(third.load());
    QCOMPARE(idsOf(third), QStringList({u"rw_1"_s, u"rw_2"_s}));
}

void TestCatalog::lockedFile()
{
    const Place place;
    Catalog catalog = place.catalog();
    const auto lock = FileLock::tryAcquire(place.own + u".lock"_s);
    QVERIFY(lock && lock->isHeld());
    const auto adopted = catalog.adopt(ada, {inCloud(u"cw_1"_s, u"rw_1"_s, u"a"_s)});
    QVERIFY(!adopted);
    QCOMPARE(adopted.error().code, u"catalog-busy"_s);
    QVERIFY(catalog.records().isEmpty());
    QVERIFY(!QFile::exists(place.own));
}

void TestCatalog::nothingNewIsNotWritten()
{
    const Place place;
    Catalog catalog = place.catalog();
    const QList<CloudWorkspace> all{inCloud(u"cw_1"_s, u"rw_1"_s, u"a"_s)};
    QVERIFY(catalog.adopt(ada, all));
    QFile file(place.own);
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QDateTime longAgo(QDate(2020, 1, 1), QTime(0, 0), Qt::UTC);
    QVERIFY(file.setFileTime(longAgo, QFileDevice::FileModificationTime));
    file.close();
    QVERIFY(catalog.adopt(ada, all));
    QCOMPARE(QFileInfo(place.own).lastModified().toUTC(), longAgo);
}

void TestCatalog::randomSequencesSurviveTheFile()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo() << "seed" << seed;
    QRandomGenerator random(seed);
    const Place place;
    Catalog catalog = place.catalog();
    QStringList mirrors;
    for (int i = 0; i < 4; ++i)
        mirrors.append(place.mirror(u"m%1"_s.arg(i), u"rw_%1"_s.arg(i)));
    for (int step = 0; step < 60; ++step) {
        const AccountId account = random.bounded(2) == 0 ? ada : bob;
        switch (random.bounded(4)) {
        case 0: {
            QList<CloudWorkspace> all;
            for (int i = 0; i < 6; ++i) {
                if (random.bounded(2) == 0)
                    all.append(inCloud(
                        u"cw_%1"_s.arg(i), random.bounded(3) == 0 ? QString() : u"rw_%1"_s.arg(i), u"n%1"_s.arg(i)));
            }
            QVERIFY(catalog.adopt(account, all));
            break;
        }
        case 1:
            QVERIFY(catalog.addMirror(mirrors.at(random.bounded(4))));
            break;
        case 2:
            QVERIFY(catalog.forgetAccount(account));
            break;
        default:
            (void)catalog.forget(WorkspaceId(u"rw_%1"_s.arg(random.bounded(6))));
        }
        Catalog again = place.catalog();
        QVERIFY(again.load());
        QCOMPARE(idsOf(again), idsOf(catalog));
        const QStringList ids = idsOf(catalog);
        QCOMPARE(QSet<QString>(ids.begin(), ids.end()).size(), ids.size());
        QSet<QString> folders;
        for (const WorkspaceRecord &record : catalog.records()) {
            QCOMPARE(record.id.text(), record.relayId.isEmpty() ? record.cloudId : record.relayId);
            QVERIFY(!record.account.isEmpty() || !record.mirror.isEmpty());
            QVERIFY(record.mirror.isEmpty() || !folders.contains(record.mirror));
            folders.insert(record.mirror);
        }
    }
}

QTEST_GUILESS_MAIN(TestCatalog)
#include "test_catalog.moc"
