// The process dies at every single write of journal and outbox, and at every step of the server: the next one finishes
// the push, and the server has each file exactly once.
#include "tests/core/writeback/bench.h"
#include "tests/support/compare.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QProcessEnvironment>
#include <QTest>
#include <atomic>
#include <csignal>
#include <unistd.h>

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

constexpr int fileCount = 3;

// The state of the test lies in `base`, so that several processes can work on it one after the other.
struct Stage1 {
    explicit Stage1(const QString &base) : bench(true)
    {
        bench.mirror = base + QStringLiteral("/mirror");
        bench.paths.home = base + QStringLiteral("/home");
        bench.paths.state = base + QStringLiteral("/state");
        bench.record.mirror = bench.mirror;
        QDir().mkpath(bench.mirror + QStringLiteral("/.relay"));
        serverFile = base + QStringLiteral("/server.json");
        bench.server.load(serverFile);
        bench.server.pollsUntilEnd = 2;
    }
    PushBench bench;
    QString serverFile;
};

// Runs in the child: pushes (or only takes up what is there), dies at the given step.
int child(const QString &base, int dieAt, bool begins)
{
    Stage1 stage(base);
    std::atomic<int> steps{0};
    const auto step = [&steps, dieAt](const char *) {
        if (++steps == dieAt)
            ::kill(::getpid(), SIGKILL);
    };
    PushHooks hooks;
    hooks.onStep = step;
    stage.bench.server.onStep = [&](const char *name) {
        step(name); // before the server has it on its own disk: it never had it
        stage.bench.server.save(stage.serverFile);
        step(name); // after that, before the answer goes out
    };
    stage.bench.start(hooks);
    TransferId id;
    if (begins) {
        QStringList files;
        for (int i = 0; i < fileCount; ++i)
            files.append(stage.bench.mirror + QStringLiteral("/linear/%1.json").arg(i));
        id = stage.bench.push(files);
    }
    const bool over = stage.bench.runUntil([&] {
        const QList<Transfer> all = stage.bench.service->transfers();
        return !all.isEmpty() && !all.first().isRunning();
    });
    stage.bench.server.save(stage.serverFile);
    return over ? 0 : 3;
}

int runChild(const QString &base, int dieAt, bool begins)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    // A killed child cannot tidy up after itself: what it leaves goes with the folder of the test.
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("TMPDIR"), base);
    process.setProcessEnvironment(environment);
    process.start(QCoreApplication::applicationFilePath(),
        {QStringLiteral("--child"), base, QString::number(dieAt),
            begins ? QStringLiteral("begin") : QStringLiteral("resume")});
    if (!process.waitForFinished(30'000)) {
        process.kill();
        process.waitForFinished();
        return -1;
    }
    return process.exitStatus() == QProcess::CrashExit ? 9 : process.exitCode();
}

} // namespace

class TestPushCrash : public QObject
{
    Q_OBJECT

    static void prepare(const QString &base)
    {
        QDir().mkpath(base + QStringLiteral("/mirror/linear"));
        for (int i = 0; i < fileCount; ++i) {
            QFile file(base + QStringLiteral("/mirror/linear/%1.json").arg(i));
            if (!file.open(QIODevice::WriteOnly) || file.write("{\"n\":" + QByteArray::number(i) + "}") <= 0)
                qFatal("a test file cannot be written");
        }
    }

    static void check(const QString &base, int step)
    {
        const QByteArray where = "died at step " + QByteArray::number(step);
        FakeServer server;
        server.load(base + QStringLiteral("/server.json"));
        QVERIFY2(server.dispatched.size() == fileCount, where.constData());
        for (const int times : std::as_const(server.dispatched))
            QVERIFY2(times == 1, where.constData());
        const QString outbox = base + QStringLiteral("/mirror/.relay/outbox/");
        QVERIFY2(QDir(outbox + QStringLiteral("pending")).entryList({QStringLiteral("*.json")}, QDir::Files).isEmpty(),
            where.constData());
        QVERIFY2(QDir(outbox + QStringLiteral("failed")).entryList(QDir::Files).isEmpty(), where.constData());
        QVERIFY2(QDir(outbox + QStringLiteral("acked")).entryList({QStringLiteral("*.json")}, QDir::Files).size()
                == fileCount,
            where.constData());
    }

private Q_SLOTS:
    void diesOnceAtEveryStep()
    {
        int crashes = 0;
        for (int step = 1; step < 200; ++step) {
            QTemporaryDir dir;
            const QString base = QFileInfo(dir.path()).canonicalFilePath();
            prepare(base);
            const int first = runChild(base, step, true);
            if (first == 0) {
                check(base, step);
                QVERIFY2(crashes > 15, qPrintable(QString::number(crashes)));
                qInfo("%d crashes survived", crashes);
                return;
            }
            QCOMPARE(first, 9);
            ++crashes;
            // Before its journal exists nothing was promised to anybody: then the person pushes again.
            const bool noted = !QDir(base + QStringLiteral("/state/transfers"))
                                    .entryList({QStringLiteral("*.json")}, QDir::Files)
                                    .isEmpty();
            QCOMPARE(runChild(base, 0, !noted), 0);
            check(base, step);
            if (QTest::currentTestFailed())
                return;
        }
        QFAIL("the push never came to its end");
    }

    void diesAgainAndAgain()
    {
        QTemporaryDir dir;
        const QString base = QFileInfo(dir.path()).canonicalFilePath();
        prepare(base);
        // Each process gets a little farther than the one before, if at all.
        int result = runChild(base, 5, true);
        for (int step = 1; step < 60 && result == 9; ++step) {
            const bool noted = !QDir(base + QStringLiteral("/state/transfers"))
                                    .entryList({QStringLiteral("*.json")}, QDir::Files)
                                    .isEmpty();
            result = runChild(base, step, !noted);
        }
        QCOMPARE(result, 0);
        check(base, 0);
    }
};

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1String("--child"))
        return child(arguments.value(2), arguments.value(3).toInt(), arguments.value(4) == QLatin1String("begin"));
    TestPushCrash test;
    return QTest::qExec(&test, argc, argv);
}

#include "test_pushcrash.moc"
