// Plans over real files: remote paths, and a reason for everything that cannot go.
#include "core/writeback/planner.h"
#include "core/writeback/remote.h"
#include "tests/support/compare.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Postroom;

namespace
{

struct Tree {
    QTemporaryDir folder;
    QString base = QFileInfo(folder.path()).canonicalFilePath();
    QString mirror = base + QStringLiteral("/mirror");
    QString outside = base + QStringLiteral("/dropped");
    WorkspaceRecord record;

    Tree()
    {
        record.id = WorkspaceId(QStringLiteral("rw_1"));
        record.mirror = mirror;
        QDir().mkpath(mirror + QStringLiteral("/.relay"));
        QDir().mkpath(outside);
    }
    QString write(const QString &path, const QByteArray &content = "x") const
    {
        const QString whole = base + QLatin1Char('/') + path;
        QDir().mkpath(QFileInfo(whole).path());
        QFile file(whole);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("a test file cannot be written");
        return whole;
    }
    void link(const QString &target, const QString &path) const
    {
        QFile::remove(base + QLatin1Char('/') + path);
        if (::symlink(target.toUtf8().constData(), (base + QLatin1Char('/') + path).toUtf8().constData()) != 0)
            qFatal("a test link cannot be made");
    }
};

std::vector<PlannedItem> planned(const Tree &tree, const QStringList &paths,
    const QString &remoteFolder = QStringLiteral("/"), PlanLimits limits = {})
{
    return Planner(tree.record, remoteFolder, limits).plan(paths);
}

QString codeOf(const std::vector<PlannedItem> &items, const QString &localEnd)
{
    for (const PlannedItem &planned : items) {
        if (planned.item.local.endsWith(localEnd))
            return planned.item.code.isEmpty() ? toString(planned.item.state) : planned.item.code;
    }
    return QStringLiteral("(missing)");
}

QStringList queuedPaths(const std::vector<PlannedItem> &items)
{
    QStringList paths;
    for (const PlannedItem &planned : items) {
        if (planned.item.state == ItemState::Queued)
            paths.append(planned.item.remotePath);
    }
    return paths;
}

} // namespace

class TestPlanner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void mapsPaths()
    {
        Tree tree;
        const QString inside = tree.write(QStringLiteral("mirror/linear/issues/1.json"));
        const QString single = tree.write(QStringLiteral("single.txt"), "12345");
        tree.write(QStringLiteral("dropped/a.txt"));
        tree.write(QStringLiteral("dropped/deep/b.txt"));
        const auto items = planned(tree, {inside, single, tree.outside}, QStringLiteral("/notion"));
        QCOMPARE(queuedPaths(items),
            QStringList({QStringLiteral("/linear/issues/1.json"), QStringLiteral("/notion/single.txt"),
                QStringLiteral("/notion/a.txt"), QStringLiteral("/notion/deep/b.txt")}));
        for (size_t i = 0; i < items.size(); ++i)
            QCOMPARE(items[i].item.index, static_cast<int>(i));
        QCOMPARE(items[1].item.bytes, 5);
        QVERIFY(items[0].inMirror);
        QVERIFY(!items[1].inMirror);
        QCOMPARE(items[0].root, tree.mirror);
        QCOMPARE(items[1].root, QString());
        QCOMPARE(items[2].root, tree.outside);
    }

    void honoursTheRemoteRootAndAMirrorBehindALink()
    {
        Tree tree;
        tree.write(QStringLiteral("mirror/page.md"));
        tree.record.remoteRoot = QStringLiteral("/notion/team");
        tree.link(tree.mirror, QStringLiteral("way"));
        QCOMPARE(queuedPaths(planned(tree, {tree.base + QStringLiteral("/way/page.md")})),
            QStringList{QStringLiteral("/notion/team/page.md")});
        tree.record.mirror = tree.base + QStringLiteral("/way");
        QCOMPARE(queuedPaths(planned(tree, {tree.mirror + QStringLiteral("/page.md")})),
            QStringList{QStringLiteral("/notion/team/page.md")});
        QCOMPARE(queuedPaths(planned(tree, {tree.record.mirror})), QStringList{QStringLiteral("/notion/team/page.md")});
    }

    void withoutAMirrorEverythingIsOutside()
    {
        Tree tree;
        tree.record.mirror.clear();
        const QString file = tree.write(QStringLiteral("mirror/linear/1.json"));
        const auto items = planned(tree, {file});
        QCOMPARE(queuedPaths(items), QStringList{QStringLiteral("/1.json")});
    }

    void refusesOneByOne()
    {
        Tree tree;
        const QString fifo = tree.outside + QStringLiteral("/pipe");
        QCOMPARE(::mkfifo(fifo.toUtf8().constData(), 0600), 0);
        const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const QByteArray socketPath = (tree.outside + QStringLiteral("/socket")).toUtf8();
        if (static_cast<size_t>(socketPath.size()) < sizeof(address.sun_path)) {
            std::copy(socketPath.begin(), socketPath.end(), address.sun_path);
            QCOMPARE(::bind(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof(address)), 0);
        } else {
            tree.link(QStringLiteral("/dev/null"), QStringLiteral("dropped/socket"));
        }
        ::close(descriptor);
        tree.write(QStringLiteral("secret.txt"));
        tree.link(tree.base + QStringLiteral("/secret.txt"), QStringLiteral("dropped/leaves"));
        tree.link(QStringLiteral("good.txt"), QStringLiteral("dropped/stays"));
        tree.link(QStringLiteral("nowhere"), QStringLiteral("dropped/dangling"));
        tree.link(QStringLiteral("circle"), QStringLiteral("dropped/circle"));
        tree.write(QStringLiteral("dropped/sub/x.txt"));
        tree.link(QStringLiteral("sub"), QStringLiteral("dropped/linkedsub"));
        tree.link(QStringLiteral(".."), QStringLiteral("dropped/sub/up"));
        tree.write(QStringLiteral("dropped/good.txt"));
        tree.write(QStringLiteral("dropped/.git/config"));
        tree.write(QStringLiteral("dropped/sub/node_modules/y.js"));
        tree.write(QStringLiteral("dropped/.relay/state.json"));
        const QByteArray badName = tree.outside.toUtf8() + "/bad\xff\xfe.txt";
        FILE *bad = std::fopen(badName.constData(), "w");
        QVERIFY(bad);
        std::fclose(bad);

        const auto items = planned(tree, {tree.outside});
        QCOMPARE(::unlink(badName.constData()), 0); // QTemporaryDir cannot name it
        QCOMPARE(codeOf(items, QStringLiteral("/pipe")), QStringLiteral("not-a-file"));
        QVERIFY(codeOf(items, QStringLiteral("/socket")) == QStringLiteral("not-a-file")
            || codeOf(items, QStringLiteral("/socket")) == QStringLiteral("outside"));
        QCOMPARE(codeOf(items, QStringLiteral("/leaves")), QStringLiteral("outside"));
        QCOMPARE(codeOf(items, QStringLiteral("/stays")), QStringLiteral("queued"));
        QCOMPARE(codeOf(items, QStringLiteral("/dangling")), QStringLiteral("not-found"));
        QCOMPARE(codeOf(items, QStringLiteral("/circle")), QStringLiteral("not-found"));
        QCOMPARE(codeOf(items, QStringLiteral("/linkedsub")), QStringLiteral("link-to-folder"));
        QCOMPARE(codeOf(items, QStringLiteral("/sub/up")), QStringLiteral("link-to-folder"));
        QCOMPARE(codeOf(items, QStringLiteral("/.git")), QStringLiteral("never-synced"));
        QCOMPARE(codeOf(items, QStringLiteral("/sub/node_modules")), QStringLiteral("never-synced"));
        QCOMPARE(codeOf(items, QStringLiteral("/.relay")), QStringLiteral("never-synced"));
        QCOMPARE(codeOf(items, QStringLiteral(".txt")), codeOf(items, QStringLiteral("/bad\ufffd\ufffd.txt")));
        QCOMPARE(codeOf(items, QStringLiteral("\ufffd.txt")), QStringLiteral("name-encoding"));
        QCOMPARE(queuedPaths(items),
            QStringList({QStringLiteral("/good.txt"), QStringLiteral("/stays"), QStringLiteral("/sub/x.txt")}));
        for (const PlannedItem &entry : items)
            QCOMPARE(entry.item.error.isEmpty(), entry.item.state == ItemState::Queued);
    }

    void refusesNamedOnes()
    {
        Tree tree;
        tree.write(QStringLiteral("mirror/linear/1.json"));
        const QString state = tree.write(QStringLiteral("mirror/.relay/state.json"), "{}");
        tree.link(QStringLiteral("../outside.txt"), QStringLiteral("mirror/leak.txt"));
        tree.write(QStringLiteral("outside.txt"));
        tree.link(QStringLiteral(".relay/state.json"), QStringLiteral("mirror/alias.json"));
        const QString file = tree.write(QStringLiteral("dropped/1.json"));
        const auto items = planned(tree,
            {QStringLiteral("relative.txt"), tree.base + QStringLiteral("/absent"), state,
                tree.mirror + QStringLiteral("/leak.txt"), tree.mirror + QStringLiteral("/alias.json"), file, file,
                QStringLiteral("/dev/null"), tree.mirror + QStringLiteral("/.relay")},
            QStringLiteral("/linear"));
        const QStringList expected{QStringLiteral("not-absolute"), QStringLiteral("not-found"),
            QStringLiteral("never-synced"), QStringLiteral("outside"), QStringLiteral("never-synced"), QString(),
            QStringLiteral("duplicate"), QStringLiteral("not-a-file"), QStringLiteral("never-synced")};
        QCOMPARE(static_cast<qsizetype>(items.size()), expected.size());
        for (size_t i = 0; i < items.size(); ++i)
            QCOMPARE(items[i].item.code, expected.at(static_cast<qsizetype>(i)));
    }

    void theWholeMirrorIsItsFiles()
    {
        Tree tree;
        tree.write(QStringLiteral("mirror/linear/1.json"));
        tree.write(QStringLiteral("mirror/.relay/outbox/pending/x.json"));
        tree.write(QStringLiteral("mirror/.git/config"));
        tree.write(QStringLiteral("mirror/digests/today.md"));
        tree.write(QStringLiteral("mirror/nested/.relay/state.json"));
        tree.write(QStringLiteral("mirror/nested/file.txt"));
        const auto items = planned(tree, {tree.mirror});
        QCOMPARE(
            queuedPaths(items), QStringList({QStringLiteral("/linear/1.json"), QStringLiteral("/nested/file.txt")}));
    }

    void anUnreadableFileIsSaid()
    {
        Tree tree;
        const QString file = tree.write(QStringLiteral("dropped/closed.txt"));
        QFile::setPermissions(file, {});
        const auto items = planned(tree, {file});
        if (::geteuid() == 0)
            QCOMPARE(items[0].item.state, ItemState::Queued); // root reads everything
        else
            QCOMPARE(items[0].item.code, QStringLiteral("unreadable"));
    }

    void refusesWhatTheServerCannotTake()
    {
        Tree tree;
        tree.record.bodyLimit = 64 * 1024;
        const QString sparse = tree.outside + QStringLiteral("/sparse.img");
        QFile huge(sparse);
        QVERIFY(huge.open(QIODevice::WriteOnly));
        QVERIFY(huge.resize(qint64(1) << 40)); // a terabyte of nothing
        huge.close();
        const QString plain = tree.write(QStringLiteral("dropped/plain.txt"), QByteArray(60'000, 'a'));
        const QString escaped = tree.write(QStringLiteral("dropped/escaped.txt"), QByteArray(60'000, '"'));
        const QString binary = tree.write(QStringLiteral("dropped/binary.bin"), QByteArray(60'000, '\xff'));
        const auto items = planned(tree, {sparse, plain, escaped, binary});
        QCOMPARE(items[0].item.code, QStringLiteral("too-large"));
        QVERIFY2(items[0].item.error.contains(QStringLiteral("64")), qPrintable(items[0].item.error));
        QCOMPARE(items[1].item.state, ItemState::Queued);
        QCOMPARE(items[2].item.code, QStringLiteral("too-large"));
        QCOMPARE(items[3].item.code, QStringLiteral("too-large"));
    }

    void isBounded()
    {
        Tree tree;
        for (int i = 0; i < 30; ++i)
            tree.write(QStringLiteral("dropped/%1.txt").arg(i, 3, 10, QLatin1Char('0')));
        PlanLimits limits;
        limits.items = 10;
        const auto items = planned(tree, {tree.outside, tree.outside}, QStringLiteral("/"), limits);
        QCOMPARE(items.size(), size_t(11));
        QCOMPARE(items.back().item.code, QStringLiteral("too-many"));
        limits.items = 30;
        QCOMPARE(planned(tree, {tree.outside}, QStringLiteral("/"), limits).size(), size_t(30));

        QString deep = QStringLiteral("deep");
        for (int i = 0; i < 12; ++i)
            deep += QStringLiteral("/d");
        tree.write(deep + QStringLiteral("/bottom.txt"));
        tree.write(QStringLiteral("deep/top.txt"));
        limits.depth = 8;
        const auto levels = planned(tree, {tree.base + QStringLiteral("/deep")}, QStringLiteral("/"), limits);
        QCOMPARE(queuedPaths(levels), QStringList{QStringLiteral("/top.txt")});
        QCOMPARE(codeOf(levels, QStringLiteral("/d")), QStringLiteral("too-deep"));
    }

    void aSecondLookSeesWhatChanged()
    {
        Tree tree;
        const QString file = tree.write(QStringLiteral("dropped/1.txt"), "12");
        auto items = planned(tree, {file});
        tree.write(QStringLiteral("dropped/1.txt"), "1234");
        const Planner planner(tree.record, QStringLiteral("/"));
        planner.review(items[0]);
        QCOMPARE(items[0].item.bytes, 4);
        QFile::remove(file);
        planner.review(items[0]);
        QCOMPARE(items[0].item.code, QStringLiteral("not-found"));
    }

    // Whatever the names: inside and outside keep their relative path, every path is clean, nothing appears twice.
    void mappingHolds()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        const QStringList pieces{QStringLiteral("a"), QStringLiteral("b c"), QStringLiteral("ä"),
            QStringLiteral("日本"), QStringLiteral("..x"), QStringLiteral(".hidden"), QStringLiteral("%20"),
            QStringLiteral("a#b?c"), QStringLiteral("new\nline"), QStringLiteral("🙂"), QStringLiteral("UPPER"),
            QStringLiteral("trail ")};
        for (int round = 0; round < 20; ++round) {
            Tree tree;
            QSet<QString> relatives;
            for (int i = 0; i < 25; ++i) {
                QStringList segments;
                for (int depth = random.bounded(1, 5); depth-- > 0;)
                    segments.append(pieces.at(random.bounded(static_cast<int>(pieces.size()))));
                segments.last() += QStringLiteral(".%1").arg(i);
                relatives.insert(segments.join(QLatin1Char('/')));
            }
            QSet<QString> expectedInside;
            QSet<QString> expectedOutside;
            const QString folder = random.bounded(2) ? QStringLiteral("/") : QStringLiteral("/linear/x");
            tree.record.remoteRoot = random.bounded(2) ? QStringLiteral("/") : QStringLiteral("/root");
            for (const QString &relative : std::as_const(relatives)) {
                tree.write(QStringLiteral("mirror/") + relative);
                tree.write(QStringLiteral("dropped/") + relative);
                expectedInside.insert(joinRemote(tree.record.remoteRoot, relative));
                expectedOutside.insert(joinRemote(folder, relative));
            }
            const auto inside = planned(tree, {tree.mirror});
            const auto outside = planned(tree, {tree.outside}, folder);
            const QStringList insidePaths = queuedPaths(inside);
            const QStringList outsidePaths = queuedPaths(outside);
            QCOMPARE(QSet<QString>(insidePaths.begin(), insidePaths.end()), expectedInside);
            QCOMPARE(QSet<QString>(outsidePaths.begin(), outsidePaths.end()), expectedOutside);
            QCOMPARE(insidePaths.size(), relatives.size());
            QCOMPARE(outsidePaths.size(), relatives.size());
            for (const QString &path : insidePaths + outsidePaths) {
                QVERIFY(path.startsWith(QLatin1Char('/')));
                QVERIFY(!path.contains(QStringLiteral("//")));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestPlanner)
#include "test_planner.moc"
