// Who syncs a mirror, told from real locks that a child or this process holds.
#include "core/base/files.h"
#include "core/workspaces/mirror.h"
#include "tests/core/workspaces/mirrorfixture.h"
#include "tests/support/compare.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace Postroom;
using namespace Qt::StringLiterals;

namespace
{

struct Place {
    QTemporaryDir folder;
    MirrorFixture mirror{folder.path() + u"/mirror"_s};
    QString cache = folder.path() + u"/cache"_s;
    QUrl server{u"http://127.0.0.1:19191"_s};

    Place()
    {
        mirror.create();
        QDir().mkpath(cache + u"/relayfile/mount-leases"_s);
    }
    QString lease() const { return leasePath(cache, server, u"rw_2222"_s, mirror.path()); }
    void writeLease(const QString &path, qint64 pid) const
    {
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly))
            qFatal("no lease");
        file.write(
            u"{\"pid\":%1,\"server\":\"x\",\"workspaceId\":\"rw_2222\",\"localRoot\":\"%2\",\"startedAt\":\"2026-11-22T10:05:25.6Z\"}"_s
                .arg(pid)
                .arg(QFileInfo(mirror.path()).canonicalFilePath())
                .toUtf8());
    }
    void writePid(const QByteArray &text) { mirror.writeRaw(u".relay/mount.pid"_s, text); }
    DaemonStatus look() const { return readDaemon(lease(), mirror.path()); }
};

// The kernel lists somebody who waits for a lock with an arrow.
bool isWaitedFor(const QString &path)
{
    struct stat info{};
    if (::stat(QFile::encodeName(path).constData(), &info) != 0)
        return false;
    const auto locks = readFile(u"/proc/locks"_s, 1 << 20);
    const QList<QByteArray> lines = locks ? locks->split('\n') : QList<QByteArray>();
    return std::any_of(lines.begin(), lines.end(), [&](const QByteArray &line) {
        return line.contains("->")
            && line.contains(':' + QByteArray::number(static_cast<qulonglong>(info.st_ino)) + ' ');
    });
}

} // namespace

class TestDaemon : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingThere();
    void heldLease();
    void leaseLeftBehind();
    void waitingForTheLeaseIsNotHolding();
    void leaseOfAnotherSpelling();
    void leaseOfAnotherFolder();
    void damagedLease();
    void pidFileAlone_data();
    void pidFileAlone();
    void pidFileBesideAFreeLease();
    void doesNotTakeTheLock();
};

void TestDaemon::nothingThere()
{
    const Place place;
    QCOMPARE(place.look(), DaemonStatus());
    QCOMPARE(readDaemon({}, u"/no/such/mirror"_s), DaemonStatus());
}

void TestDaemon::heldLease()
{
    const Place place;
    place.writeLease(place.lease(), ::getpid());
    auto lock = FileLock::tryAcquire(place.lease());
    QVERIFY(lock && lock->isHeld());
    const DaemonStatus status = place.look();
    QVERIFY(status.running);
    QCOMPARE(status.pid, ::getpid());
    QCOMPARE(status.custody, DaemonCustody::Foreign);
    QCOMPARE(status.since, QDateTime(QDate(2026, 11, 22), QTime(10, 5, 25, 600), Qt::UTC));
    lock->release();
    QVERIFY(!place.look().running);
}

void TestDaemon::leaseLeftBehind()
{
    Place place;
    place.writeLease(place.lease(), ::getpid());
    place.writePid("{\"pid\":1}");
    QVERIFY(!place.look().running);
}

void TestDaemon::waitingForTheLeaseIsNotHolding()
{
    const Place place;
    place.writeLease(place.lease(), 4711);
    auto lock = FileLock::tryAcquire(place.lease());
    QVERIFY(lock && lock->isHeld());
    std::thread waiter([path = place.lease()] {
        const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDWR);
        ::flock(descriptor, LOCK_EX);
        ::close(descriptor);
    });
    QTRY_VERIFY(isWaitedFor(place.lease()));
    const DaemonStatus status = place.look();
    QVERIFY(status.running);
    QCOMPARE(status.pid, ::getpid()); // the kernel's word, not the file's
    QVERIFY(!status.since.isValid()); // the file speaks of another process
    lock->release();
    waiter.join();
    QVERIFY(!place.look().running);
}

void TestDaemon::leaseOfAnotherSpelling()
{
    const Place place;
    const QString other = leasePath(place.cache, QUrl(u"http://localhost:19191"_s), u"rw_2222"_s, place.mirror.path());
    QVERIFY(other != place.lease());
    place.writeLease(other, ::getpid());
    QVERIFY(!place.look().running);
    const auto lock = FileLock::tryAcquire(other);
    QVERIFY(lock && lock->isHeld());
    QVERIFY(place.look().running);
    QCOMPARE(place.look().pid, ::getpid());
    // Also while our own lease lies there from before.
    place.writeLease(place.lease(), 1);
    QVERIFY(place.look().running);
}

void TestDaemon::leaseOfAnotherFolder()
{
    const Place place;
    const Place neighbour;
    const QString path = place.cache + u"/relayfile/mount-leases/other.lock"_s;
    neighbour.writeLease(path, ::getpid());
    const auto lock = FileLock::tryAcquire(path);
    QVERIFY(lock && lock->isHeld());
    QVERIFY(!place.look().running);
}

void TestDaemon::damagedLease()
{
    const Place place;
    QFile file(place.lease());
    QVERIFY(file.open(QIODevice::WriteOnly));
    QVERIFY(file.write("{\"pid\":") > 0);
    file.close();
    QVERIFY(!place.look().running);
    const auto lock = FileLock::tryAcquire(place.lease());
    QVERIFY(lock && lock->isHeld());
    QCOMPARE(place.look().pid, ::getpid());
}

void TestDaemon::pidFileAlone_data()
{
    QTest::addColumn<QString>("text"); // %1 our pid, %2 our program, %3 the mirror
    QTest::addColumn<bool>("running");
    QTest::newRow("alive, that program") << u"{\"pid\":%1,\"executable\":\"%2\",\"localDir\":\"%3\"}"_s << true;
    QTest::newRow("alive, another program") << u"{\"pid\":%1,\"executable\":\"/usr/bin/relayfile\"}"_s << false;
    QTest::newRow("alive, program not named like it") << u"{\"pid\":%1}"_s << false;
    QTest::newRow("bare number") << u"%1"_s << false;
    QTest::newRow("another folder") << u"{\"pid\":%1,\"executable\":\"%2\",\"localDir\":\"/elsewhere\"}"_s << false;
    QTest::newRow("first process") << u"{\"pid\":1,\"executable\":\"%2\"}"_s << false;
    QTest::newRow("negative") << u"{\"pid\":-1,\"executable\":\"%2\"}"_s << false;
    QTest::newRow("too large") << u"{\"pid\":99999999999,\"executable\":\"%2\"}"_s << false;
    QTest::newRow("nobody") << u"{\"pid\":2147483646,\"executable\":\"%2\"}"_s << false;
    QTest::newRow("half") << u"{\"pid\":%1,"_s << false;
    QTest::newRow("empty") << u""_s << false;
}

void TestDaemon::pidFileAlone()
{
    QFETCH(QString, text);
    QFETCH(bool, running);
    Place place;
    text.replace(u"%1"_s, QString::number(::getpid()));
    text.replace(u"%2"_s, QCoreApplication::applicationFilePath());
    text.replace(u"%3"_s, place.mirror.path());
    place.writePid(text.toUtf8());
    const DaemonStatus status = place.look();
    QCOMPARE(status.running, running);
    QCOMPARE(status.custody, running ? DaemonCustody::Foreign : DaemonCustody::None);
    QCOMPARE(status.pid, running ? ::getpid() : 0);
}

void TestDaemon::pidFileBesideAFreeLease()
{
    Place place;
    place.writePid(
        u"{\"pid\":%1,\"executable\":\"%2\"}"_s.arg(::getpid()).arg(QCoreApplication::applicationFilePath()).toUtf8());
    QVERIFY(place.look().running);
    place.writeLease(place.lease(), ::getpid()); // there, and nobody holds it
    QVERIFY(!place.look().running);
}

void TestDaemon::doesNotTakeTheLock()
{
    const Place place;
    place.writeLease(place.lease(), 1);
    // Another descriptor of this process may lock it at any time while we look.
    for (int round = 0; round < 50; ++round) {
        (void)place.look();
        const auto lock = FileLock::tryAcquire(place.lease());
        QVERIFY(lock && lock->isHeld());
        QVERIFY(place.look().running);
    }
    QVERIFY(!QFile::exists(leasePath(place.cache, QUrl(u"https://other"_s), u"rw"_s, place.mirror.path())));
}

QTEST_GUILESS_MAIN(TestDaemon)
#include "test_daemon.moc"
