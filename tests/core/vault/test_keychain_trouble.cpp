#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

#include "core/base/ids.h"
#include "core/vault/keychainstore.h"
#include "tests/core/vault/keyringcontrol.h"
#include "tests/support/compare.h"

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

const QString key = QStringLiteral("v1/cloud/0123456789abcdef");

// Measures how long the event loop of this thread stood still.
class Heartbeat : public QObject
{
public:
    Heartbeat()
    {
        connect(&m_timer, &QTimer::timeout, this, [this] { beat(); });
        m_since.start();
        m_timer.start(10);
    }
    qint64 longestGap()
    {
        beat();
        return m_longest;
    }

private:
    void beat() { m_longest = std::max(m_longest, m_since.restart()); }
    QTimer m_timer;
    QElapsedTimer m_since;
    qint64 m_longest = 0;
};

QCoro::Task<void> note(QCoro::Task<VaultResult<Secret>> reading, QList<VaultProblem> *problems)
{
    const auto value = co_await reading;
    problems->append(value ? VaultProblem::Backend : value.error().problem);
}

// A daemon that dies, comes back, stands still, or holds nonsense.
class TestKeychainTrouble : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_nameSpace = QStringLiteral("postroom-test-") + randomHex(8);
        m_control.carryOn(); // a test that ended early may have left it standing
        if (m_control.isLocked())
            QVERIFY(m_control.unlock());
    }

    void S14_killedAndBroughtBack()
    {
        KeychainStore store(m_nameSpace);
        QVERIFY(QCoro::waitFor(store.write(key, Secret(QByteArray("survives")))));
        QSignalSpy changes(&store, &SecretStore::stateChanged);
        m_control.kill();
        QTRY_COMPARE(store.state(), VaultState::Absent);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, VaultProblem::Absent);
        QVERIFY(m_control.start());
        QTRY_COMPARE(store.state(), VaultState::Locked);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, VaultProblem::Locked);
        QVERIFY(m_control.unlock());
        QTRY_COMPARE(store.state(), VaultState::Unlocked);
        QCOMPARE(changes.size(), 3);
        const auto value = QCoro::waitFor(store.read(key));
        QVERIFY2(value, value ? "" : qPrintable(toString(value.error().problem) + value.error().detail));
        QCOMPARE(value->reveal(), QByteArray("survives"));
        QVERIFY(QCoro::waitFor(store.write(key, Secret(QByteArray("and goes on")))));
        QCOMPARE(QCoro::waitFor(store.read(key))->reveal(), QByteArray("and goes on"));
        QVERIFY(QCoro::waitFor(store.remove(key)));
    }

    void killedInTheMiddleOfACall()
    {
        KeychainStore store(m_nameSpace, {3s, 3s});
        QVERIFY(QCoro::waitFor(store.write(key, Secret(QByteArray("survives")))));
        m_control.stop();
        QList<VaultProblem> problems;
        note(store.read(key), &problems);
        QTimer::singleShot(200, this, [this] { m_control.kill(); });
        QTRY_COMPARE_WITH_TIMEOUT(problems.size(), 1, 20'000);
        QCOMPARE(problems.constFirst(), VaultProblem::Absent);
        QVERIFY(m_control.start());
        QVERIFY(m_control.unlock());
        QTRY_COMPARE(store.state(), VaultState::Unlocked);
        QCOMPARE(QCoro::waitFor(store.read(key))->reveal(), QByteArray("survives"));
    }

    void S08_silentFromTheStart()
    {
        KeychainStore store(m_nameSpace, {1500ms, 1500ms});
        m_control.stop();
        Heartbeat heartbeat;
        QElapsedTimer timer;
        timer.start();
        const auto value = QCoro::waitFor(store.read(key));
        QCOMPARE(value.error().problem, VaultProblem::TimedOut);
        QVERIFY(timer.elapsed() >= 1400);
        QVERIFY(timer.elapsed() < 4000);
        QVERIFY2(heartbeat.longestGap() < 1000, qPrintable(QString::number(heartbeat.longestGap())));
        QCOMPARE(store.state(), VaultState::Hung);
        m_control.carryOn();
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Unlocked);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, VaultProblem::NotFound);
    }

    void nothingIsStartedBehindAHungCall()
    {
        KeychainStore store(m_nameSpace, {1500ms, 1500ms});
        QVERIFY(QCoro::waitFor(store.write(key, Secret(QByteArray("before")))));
        QSignalSpy changes(&store, &SecretStore::stateChanged);
        m_control.stop();
        QList<VaultProblem> problems;
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 20; ++i)
            note(store.read(key), &problems);
        QTRY_COMPARE_WITH_TIMEOUT(problems.size(), 20, 10'000);
        // One waited, the others were told.
        QVERIFY2(timer.elapsed() < 3500, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(problems.count(VaultProblem::TimedOut), 20);
        QCOMPARE(changes.size(), 1);
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Hung);
        timer.restart();
        QCOMPARE(QCoro::waitFor(store.write(key, Secret(QByteArray("x")))).error().problem, VaultProblem::TimedOut);
        QVERIFY(timer.elapsed() < 500);
        m_control.carryOn();
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Unlocked);
        QCOMPARE(QCoro::waitFor(store.read(key))->reveal(), QByteArray("before"));
    }

    // The checks are answered and the job is not: the daemon stops between them.
    void silentInTheMiddle()
    {
        for (int i = 0; i < 10; ++i) {
            KeychainStore store(m_nameSpace, {500ms, 500ms});
            QVERIFY(QCoro::waitFor(store.write(key, Secret(QByteArray("before")))));
            QList<VaultProblem> problems;
            note(store.read(key), &problems);
            QElapsedTimer timer;
            timer.start();
            QTimer::singleShot(i, Qt::PreciseTimer, this, [this] { m_control.stop(); });
            QTRY_VERIFY_WITH_TIMEOUT(problems.size() == 1, 10'000);
            const VaultProblem problem = problems.constFirst();
            QVERIFY(
                problem == VaultProblem::Backend || problem == VaultProblem::TimedOut); // Backend: it was read in time
            m_control.stop();
            m_control.carryOn();
            QTRY_COMPARE_WITH_TIMEOUT(QCoro::waitFor(store.probe()), VaultState::Unlocked, 10'000);
            QCOMPARE(QCoro::waitFor(store.read(key))->reveal(), QByteArray("before"));
        }
    }

    void storeGoesWhileACallHangs()
    {
        auto store = std::make_unique<KeychainStore>(m_nameSpace, KeychainStore::Limits{1500ms, 1500ms});
        QVERIFY(QCoro::waitFor(store->write(key, Secret(QByteArray("before")))));
        m_control.stop();
        QList<VaultProblem> problems;
        note(store->read(key), &problems);
        note(store->read(key), &problems);
        QTest::qWait(50); // lets the calls get under way, which nothing tells
        store.reset();
        QTRY_COMPARE_WITH_TIMEOUT(problems.size(), 2, 10'000);
        m_control.carryOn();
        KeychainStore next(m_nameSpace);
        QTRY_COMPARE_WITH_TIMEOUT(QCoro::waitFor(next.probe()), VaultState::Unlocked, 10'000);
        QCOMPARE(QCoro::waitFor(next.read(key))->reveal(), QByteArray("before"));
    }

    void S04_entryWithoutContentIsCorrupt()
    {
        QVERIFY(m_control.store(attributes(QStringLiteral("plaintext")), QByteArray()));
        KeychainStore store(m_nameSpace);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, VaultProblem::Corrupt);
        QVERIFY(QCoro::waitFor(store.remove(key)));
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, VaultProblem::NotFound);
    }

    void entryThatHidesOursIsToldWhenWriting()
    {
        // The library reads text before binary data, so this one stays in front of what is written.
        QVERIFY(m_control.store(attributes(QStringLiteral("plaintext")), "somebody else's"));
        KeychainStore store(m_nameSpace);
        QCOMPARE(QCoro::waitFor(store.write(key, Secret(QByteArray("ours")))).error().problem, VaultProblem::Corrupt);
        QVERIFY(QCoro::waitFor(store.remove(key)));
        QVERIFY(QCoro::waitFor(store.write(key, Secret(QByteArray("ours")))));
        QCOMPARE(QCoro::waitFor(store.read(key))->reveal(), QByteArray("ours"));
    }

    void hugeForeignEntry()
    {
        QVERIFY(m_control.store(attributes(QStringLiteral("plaintext")), QByteArray(3 * 1024 * 1024, 'x')));
        KeychainStore store(m_nameSpace);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, VaultProblem::TooLarge);
        QVERIFY(QCoro::waitFor(store.remove(key)));
    }

    void entriesOfAnotherProcessLifeAreRead()
    {
        {
            KeychainStore first(m_nameSpace);
            QVERIFY(QCoro::waitFor(first.write(key, Secret(QByteArray("kept")))));
        }
        KeychainStore second(m_nameSpace);
        QCOMPARE(QCoro::waitFor(second.read(key))->reveal(), QByteArray("kept"));
    }

private:
    QMap<QString, QString> attributes(const QString &type) const
    {
        return {{QStringLiteral("xdg:schema"), QStringLiteral("org.qt.keychain")},
            {QStringLiteral("server"), m_nameSpace}, {QStringLiteral("user"), key}, {QStringLiteral("type"), type}};
    }

    KeyringControl m_control;
    QString m_nameSpace;
};

} // namespace

QTEST_GUILESS_MAIN(TestKeychainTrouble)
#include "test_keychain_trouble.moc"
