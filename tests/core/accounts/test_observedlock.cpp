// The locks of other programs, taken as they take them.
#include "core/accounts/observedlock.h"
#include "tests/core/accounts/observedbench.h"
#include "tests/support/compare.h"

#include <QTest>
#include <sys/file.h>
#include <unistd.h>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

using Acquired = Result<std::shared_ptr<ObservedLock>>;

// A lock that is being waited for.
struct Waiting {
    Waiting(ObservedBench *home, ObservedSource source, const QString &path)
    {
        run(home, source, path, this);
        AccountBench::settle();
    }
    static QCoro::Task<void> run(ObservedBench *home, ObservedSource source, QString path, Waiting *self)
    {
        auto acquired = co_await ObservedLock::acquire(source, path, &home->bench.clock, self->stop.get_token());
        self->answer = acquired;
    }
    std::stop_source stop;
    std::optional<Acquired> answer;
};

bool isDirectory(const QString &path)
{
    struct stat info{};
    return ::lstat(QFile::encodeName(path).constData(), &info) == 0 && S_ISDIR(info.st_mode);
}

QDateTime modified(const QString &path)
{
    struct stat info{};
    ::lstat(QFile::encodeName(path).constData(), &info);
    return QDateTime::fromMSecsSinceEpoch(
        static_cast<qint64>(info.st_mtim.tv_sec) * 1000 + info.st_mtim.tv_nsec / 1'000'000, Qt::UTC);
}

} // namespace

class TestObservedLock : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void agentRelay()
    {
        ObservedBench home;
        QVERIFY(home.putSession(u"rt"_s, home.bench.clock.now()));
        const QString lock = home.places.agentRelayFile + u".lock"_s;
        {
            Waiting mine(&home, ObservedSource::AgentRelay, home.places.agentRelayFile);
            QVERIFY(mine.answer && *mine.answer);
            QVERIFY(isDirectory(lock));
            QCOMPARE(modified(lock), home.bench.clock.now());
            // Held for long, it never looks abandoned.
            home.bench.advance(60s);
            QVERIFY(modified(lock).secsTo(home.bench.clock.now()) <= 5);
        }
        QVERIFY(!isDirectory(lock));
    }

    void heldIsWaitedForAndThenBusy_data()
    {
        QTest::addColumn<int>("source");
        QTest::addColumn<int>("patience");
        QTest::newRow("agent-relay") << static_cast<int>(ObservedSource::AgentRelay) << 30;
        QTest::newRow("relayfile") << static_cast<int>(ObservedSource::Relayfile) << 10;
        QTest::newRow("Claude Code") << static_cast<int>(ObservedSource::ClaudeCode) << 10;
    }
    void heldIsWaitedForAndThenBusy()
    {
        QFETCH(int, source);
        QFETCH(int, patience);
        ObservedBench home;
        QVERIFY(home.putSession(u"rt"_s, home.bench.clock.now()));
        QVERIFY(home.putClaude(u"rt"_s, home.bench.clock.now()));
        QVERIFY(home.putBundle(u"aa/x.json"_s, u"rt"_s, {}));
        const auto which = static_cast<ObservedSource>(source);
        const QString path = which == ObservedSource::AgentRelay ? home.places.agentRelayFile
            : which == ObservedSource::ClaudeCode                ? home.places.claudeFile()
                                                                 : home.path(u".relayfile/delegated/aa/x.json"_s);
        Waiting holder(&home, which, path);
        QVERIFY(holder.answer && *holder.answer);
        Waiting second(&home, which, path);
        QVERIFY(!second.answer);
        home.bench.advance(std::chrono::seconds(patience - 1));
        QVERIFY(!second.answer);
        home.bench.advance(3s);
        QVERIFY(second.answer && !*second.answer);
        QCOMPARE(second.answer->error().code, u"tool-busy"_s);
        QVERIFY(second.answer->error().isTransient());
        // And one that is given back in time is had.
        Waiting third(&home, which, path);
        QVERIFY(!third.answer);
        holder.answer.reset();
        home.bench.advance(2s);
        QVERIFY(third.answer && *third.answer);
    }

    void aStopEndsTheWait()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt"_s, home.bench.clock.now()));
        Waiting holder(&home, ObservedSource::ClaudeCode, home.places.claudeFile());
        Waiting second(&home, ObservedSource::ClaudeCode, home.places.claudeFile());
        second.stop.request_stop();
        AccountBench::settle();
        QVERIFY(second.answer && !*second.answer);
        QCOMPARE(second.answer->error().kind, ErrorClass::Cancel);
    }

    void abandonedDirectories_data()
    {
        QTest::addColumn<int>("source");
        QTest::addColumn<int>("age");
        QTest::addColumn<bool>("taken");
        const int relay = static_cast<int>(ObservedSource::AgentRelay);
        const int claude = static_cast<int>(ObservedSource::ClaudeCode);
        QTest::newRow("agent-relay, alive") << relay << 29 << false;
        QTest::newRow("agent-relay, abandoned") << relay << 30 << true;
        QTest::newRow("agent-relay, from the future") << relay << -4000 << false;
        QTest::newRow("Claude Code, alive") << claude << 59 << false;
        QTest::newRow("Claude Code, abandoned") << claude << 60 << true;
    }
    void abandonedDirectories()
    {
        QFETCH(int, source);
        QFETCH(int, age);
        QFETCH(bool, taken);
        ObservedBench home;
        const auto which = static_cast<ObservedSource>(source);
        const bool relay = which == ObservedSource::AgentRelay;
        QVERIFY(
            relay ? home.putSession(u"rt"_s, home.bench.clock.now()) : home.putClaude(u"rt"_s, home.bench.clock.now()));
        const QString path = relay ? home.places.agentRelayFile : home.places.claudeFile();
        const QString lock = relay ? path + u".lock"_s : home.path(u".claude/.oauth_refresh.lock"_s);
        QVERIFY(QDir().mkdir(lock));
        QVERIFY(home.age(lock, std::chrono::seconds(age)));
        Waiting mine(&home, which, path);
        QCOMPARE(mine.answer.has_value(), taken);
        mine.stop.request_stop();
        AccountBench::settle();
    }

    void whatIsNoEmptyDirectoryStays()
    {
        ObservedBench home;
        QVERIFY(home.putSession(u"rt"_s, home.bench.clock.now()));
        const QString lock = home.places.agentRelayFile + u".lock"_s;
        QVERIFY(home.put(u".agentworkforce/relay/cloud-auth.json.lock/note"_s, "kept"_ba));
        QVERIFY(home.age(lock, 3600s));
        Waiting mine(&home, ObservedSource::AgentRelay, home.places.agentRelayFile);
        home.bench.advance(40s);
        QVERIFY(mine.answer && !*mine.answer);
        QCOMPARE(home.content(u".agentworkforce/relay/cloud-auth.json.lock/note"_s), "kept"_ba);
    }

    void claudeCodeTakesBothOrNone()
    {
        ObservedBench home;
        // The folder is a link: the second lock is named after where it leads.
        QVERIFY(QDir().mkdir(home.path(u"real"_s)));
        QVERIFY(QFile::link(home.path(u"real"_s), home.path(u".claude"_s)));
        QVERIFY(home.putClaude(u"rt"_s, home.bench.clock.now()));
        const QString first = home.path(u".claude/.oauth_refresh.lock"_s);
        const QString second = home.path(u"real.lock"_s);
        QVERIFY(QDir().mkdir(second));
        QVERIFY(home.age(second, 0s));
        Waiting mine(&home, ObservedSource::ClaudeCode, home.places.claudeFile());
        QVERIFY(!mine.answer);
        QVERIFY(!isDirectory(first)); // given back while the other is waited for
        QVERIFY(QDir().rmdir(second));
        home.bench.advance(1s);
        QVERIFY(mine.answer && *mine.answer);
        QVERIFY(isDirectory(first) && isDirectory(second));
        mine.answer.reset();
        QVERIFY(!isDirectory(first) && !isDirectory(second));
    }

    void oneThatWasTakenFromUsIsLeftAlone()
    {
        ObservedBench home;
        QVERIFY(home.putSession(u"rt"_s, home.bench.clock.now()));
        const QString lock = home.places.agentRelayFile + u".lock"_s;
        Waiting mine(&home, ObservedSource::AgentRelay, home.places.agentRelayFile);
        QVERIFY(mine.answer && *mine.answer);
        QVERIFY(QDir().rmdir(lock) && QDir().mkdir(lock));
        const QDateTime theirs = modified(lock);
        home.bench.advance(20s);
        QCOMPARE(modified(lock), theirs);
        mine.answer.reset();
        QVERIFY(isDirectory(lock));
    }

    void relayfileLocksWithFlock()
    {
        ObservedBench home;
        QVERIFY(home.putBundle(u"aa/x.json"_s, u"rt"_s, {}));
        const QString path = home.path(u".relayfile/delegated/aa/x.json"_s);
        const QByteArray lock = QFile::encodeName(path + u".lock"_s);
        const auto isFree = [&lock] {
            const int other = ::open(lock.constData(), O_RDWR | O_CLOEXEC);
            const bool free = other >= 0 && ::flock(other, LOCK_EX | LOCK_NB) == 0;
            ::close(other);
            return free;
        };
        Waiting mine(&home, ObservedSource::Relayfile, path);
        QVERIFY(mine.answer && *mine.answer);
        QVERIFY(!isFree());
        mine.answer.reset();
        QVERIFY(isFree());
        QVERIFY(QFile::exists(path + u".lock"_s));
    }

    void noPlaceForALock()
    {
        ObservedBench home;
        Waiting mine(&home, ObservedSource::AgentRelay, home.path(u"missing/cloud-auth.json"_s));
        QVERIFY(mine.answer && !*mine.answer);
        QCOMPARE(mine.answer->error().code, u"lock-unavailable"_s);
        QVERIFY(!QFile::exists(home.path(u"missing"_s)));
    }
};

QTEST_GUILESS_MAIN(TestObservedLock)
#include "test_observedlock.moc"
