// Property: whatever is written, renamed and removed in whatever order, the watch ends with the truth of the folders,
// and no record that only moves is ever missing on the way.
#include "core/workspaces/directorywatcher.h"
#include "core/workspaces/outboxreader.h"
#include "core/workspaces/outboxwatch.h"
#include "tests/core/workspaces/mirrorfixture.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <thread>

using namespace Postroom;
using namespace Qt::StringLiterals;

namespace
{

const QStringList folders{u"pending"_s, u"failed"_s, u"acked"_s};

// Read in the plainest way there is.
OutboxCounts truth(const MirrorFixture &mirror)
{
    OutboxCounts counts;
    QSet<QString> seen;
    for (const QString &folder : folders) {
        const QStringList names = QDir(mirror.path(u".relay/outbox/"_s + folder)).entryList({u"*.json"_s}, QDir::Files);
        for (const QString &name : names) {
            if (seen.contains(name))
                continue;
            seen.insert(name);
            if (folder == u"acked"_s) {
                ++counts.acked;
                continue;
            }
            QFile file(mirror.path(u".relay/outbox/%1/%2"_s.arg(folder, name)));
            (void)file.open(QIODevice::ReadOnly);
            const bool marked = QFile::exists(mirror.path(u".relay/outbox/attention/%1.marker"_s.arg(name.chopped(5))));
            const OutboxRecord record = readOutboxRecord(name, folder, file.readAll(), marked);
            switch (record.state) {
            case RecordState::Pending:
                ++counts.pending;
                if (!counts.oldestPendingAt.isValid() || record.firstSeenAt < counts.oldestPendingAt)
                    counts.oldestPendingAt = record.firstSeenAt;
                break;
            case RecordState::Attention:
                ++counts.attention;
                break;
            case RecordState::Failed:
                ++counts.failed;
                break;
            case RecordState::Unreadable:
                ++counts.unreadable;
                break;
            case RecordState::Acked:
                break;
            }
        }
    }
    return counts;
}

void randomStep(MirrorFixture &mirror, QRandomGenerator &random)
{
    const QString id = u"c%1"_s.arg(random.bounded(40));
    const QString folder = folders.at(random.bounded(3));
    switch (random.bounded(12)) {
    case 0:
    case 1:
    case 2:
        mirror.writeRecord(folder, id,
            {{u"needsAttention"_s, random.bounded(4) == 0}, {u"attemptCount"_s, random.bounded(5)},
                {u"firstSeenAt"_s, u"2026-11-22T10:%1:00Z"_s.arg(random.bounded(60), 2, 10, QLatin1Char('0'))}});
        break;
    case 3:
    case 4:
    case 5:
    case 6:
        mirror.move(id, folder, folders.at(random.bounded(3)));
        break;
    case 7:
        mirror.remove(folder, id);
        break;
    case 8:
        mirror.writeRaw(u".relay/outbox/%1/%2.json"_s.arg(folder, id), "{\"remotePath\":");
        break;
    case 9:
        mirror.mark(id, random.bounded(2) == 0);
        break;
    case 10:
        if (random.bounded(20) == 0) {
            QDir(mirror.path(u".relay/outbox/"_s + folder)).removeRecursively();
            mirror.createFolders();
        }
        break;
    default:
        if (random.bounded(20) == 0)
            mirror.writeState({{u"workspaceId"_s, u"rw"_s}});
        break;
    }
}

} // namespace

class TestOutboxStorm : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void endsWithTheTruth();
    void neverLosesOneThatMoves();
};

void TestOutboxStorm::endsWithTheTruth()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo() << "seed" << seed;
    QRandomGenerator random(seed);
    for (int round = 0; round < 6; ++round) {
        QTemporaryDir folder;
        MirrorFixture mirror(folder.path() + u"/mirror"_s);
        if (round > 0)
            mirror.create();
        OutboxWatch watch(mirror.path());
        if (round % 2 == 0)
            watch.start();
        mirror.createFolders();
        for (int step = 0; step < 400; ++step) {
            randomStep(mirror, random);
            if (random.bounded(6) == 0)
                QCoreApplication::processEvents();
            if (step == 200)
                watch.start();
        }
        const OutboxCounts wanted = truth(mirror);
        QTRY_COMPARE_WITH_TIMEOUT(watch.counts(), wanted, 10000);
        const OutboxCounts counts = watch.counts();
        QCOMPARE(watch.records().size(),
            counts.pending + counts.attention + counts.failed + counts.unreadable + qMin(counts.acked, 200));
    }
}

void TestOutboxStorm::neverLosesOneThatMoves()
{
    QTemporaryDir folder;
    MirrorFixture mirror(folder.path() + u"/mirror"_s);
    mirror.create();
    constexpr int count = 200;
    for (int i = 0; i < count; ++i)
        mirror.writeRecord(u"pending"_s, u"c%1"_s.arg(i));
    OutboxWatch watch(mirror.path());
    watch.start();
    QTRY_VERIFY(watch.isLoaded());
    int fewest = count;
    int signalsSeen = 0;
    connect(&watch, &OutboxWatch::changed, this, [&] {
        const OutboxCounts counts = watch.counts();
        fewest = qMin(fewest, counts.pending + counts.acked + counts.failed + counts.attention);
        ++signalsSeen;
    });
    std::atomic<bool> done = false;
    std::thread mover([&] {
        // As a daemon does it: forward, and now and then a person sends one again.
        QRandomGenerator random(7);
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 1500) {
            const QString id = u"c%1"_s.arg(random.bounded(count));
            if (!mirror.move(id, u"pending"_s, u"acked"_s) && !mirror.move(id, u"acked"_s, u"failed"_s))
                mirror.move(id, u"failed"_s, u"pending"_s);
        }
        done = true;
    });
    while (!done) {
        mirror.mark(u"c1"_s, true);
        QTest::qWait(5);
        mirror.mark(u"c1"_s, false);
    }
    mover.join();
    const OutboxCounts wanted = truth(mirror);
    QTRY_COMPARE(watch.counts(), wanted);
    qInfo() << "seen" << signalsSeen << "changes, fewest records" << fewest;
    QVERIFY(signalsSeen > 0);
    QCOMPARE(fewest, count);
}

namespace QTest
{
template <>
char *toString(const OutboxCounts &c)
{
    return qstrdup(qPrintable(u"pending %1 attention %2 failed %3 acked %4 unreadable %5 oldest %6"_s.arg(c.pending)
            .arg(c.attention)
            .arg(c.failed)
            .arg(c.acked)
            .arg(c.unreadable)
            .arg(c.oldestPendingAt.toString(Qt::ISODate))));
}
} // namespace QTest

QTEST_GUILESS_MAIN(TestOutboxStorm)
#include "test_outboxstorm.moc"
