#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

#include "core/vault/keychainstore.h"
#include "tests/core/vault/keyringcontrol.h"
#include "tests/support/compare.h"

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

const QString nameSpace = QStringLiteral("postroom");
const QString kept = QStringLiteral("v1/test/kept"); // in the keyring that the launcher locked
const QMap<QString, QString> keptAttributes{{QStringLiteral("server"), nameSpace}, {QStringLiteral("user"), kept}};

class TestKeychainLocked : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        QVERIFY(m_control.lock());
        QVERIFY(m_control.isLocked());
    }

    void probeSaysLocked()
    {
        KeychainStore store(nameSpace);
        QCOMPARE(store.state(), VaultState::Unknown);
        QSignalSpy changes(&store, &SecretStore::stateChanged);
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Locked);
        QCOMPARE(store.state(), VaultState::Locked);
        QCOMPARE(changes.size(), 1);
    }

    void nothingIsTakenForMissingAndNothingPrompts()
    {
        PromptMonitor prompts;
        QVERIFY(prompts.isReady());
        KeychainStore store(nameSpace);
        QCOMPARE(QCoro::waitFor(store.read(kept)).error().problem, VaultProblem::Locked);
        QCOMPARE(QCoro::waitFor(store.read(QStringLiteral("v1/test/never"))).error().problem, VaultProblem::Locked);
        QCOMPARE(QCoro::waitFor(store.write(kept, Secret(QByteArray("new")))).error().problem, VaultProblem::Locked);
        QCOMPARE(QCoro::waitFor(store.remove(kept)).error().problem, VaultProblem::Locked);
        QCOMPARE(m_control.find(keptAttributes).size(), 1);
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Locked);
        QVERIFY(m_control.isLocked());
        QCOMPARE(prompts.count(), 0);
    }

    void unlockWithoutAnybodyToPromptEnds()
    {
        PromptMonitor prompts;
        QVERIFY(prompts.isReady());
        KeychainStore store(nameSpace, {5s, 5s});
        QElapsedTimer timer;
        timer.start();
        const auto opened = QCoro::waitFor(store.unlock());
        QVERIFY(!opened);
        QVERIFY(opened.error().problem == VaultProblem::Denied || opened.error().problem == VaultProblem::TimedOut);
        QVERIFY(timer.elapsed() < 20'000);
        QCOMPARE(prompts.count(), 1);
        QCOMPARE(store.state(), VaultState::Locked);
        QCOMPARE(QCoro::waitFor(store.read(kept)).error().problem, VaultProblem::Locked);
    }

    void unlockedByOthersIsNoticed()
    {
        KeychainStore store(nameSpace);
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Locked);
        QSignalSpy changes(&store, &SecretStore::stateChanged);
        QVERIFY(m_control.unlock());
        QTRY_COMPARE(store.state(), VaultState::Unlocked);
        QCOMPARE(changes.size(), 1);
        const auto value = QCoro::waitFor(store.read(kept));
        QVERIFY(value);
        QCOMPARE(value->reveal(), QByteArray("kept behind the lock"));
        QVERIFY(m_control.lock());
        QTRY_COMPARE(store.state(), VaultState::Locked);
        QCOMPARE(changes.size(), 2);
    }

    void unlockedByOthersNeedsNoPrompt()
    {
        PromptMonitor prompts;
        QVERIFY(prompts.isReady());
        KeychainStore store(nameSpace);
        QVERIFY(m_control.unlock());
        QVERIFY(QCoro::waitFor(store.unlock()));
        QCOMPARE(prompts.count(), 0);
    }

    void lockedBetweenTwoCalls()
    {
        KeychainStore store(nameSpace);
        QVERIFY(m_control.unlock());
        QVERIFY(QCoro::waitFor(store.write(QStringLiteral("v1/test/other"), Secret(QByteArray("x")))));
        QVERIFY(m_control.lock());
        QCOMPARE(QCoro::waitFor(store.read(QStringLiteral("v1/test/other"))).error().problem, VaultProblem::Locked);
        QCOMPARE(QCoro::waitFor(store.remove(QStringLiteral("v1/test/other"))).error().problem, VaultProblem::Locked);
        QVERIFY(m_control.unlock());
        QCOMPARE(QCoro::waitFor(store.read(QStringLiteral("v1/test/other")))->reveal(), QByteArray("x"));
        QVERIFY(QCoro::waitFor(store.remove(QStringLiteral("v1/test/other"))));
    }

    // The default keyring is open, but the entry lies in another one that is not: the library would prompt for it.
    void entryInAnotherLockedKeyring()
    {
        PromptMonitor prompts;
        QVERIFY(prompts.isReady());
        const QMap<QString, QString> attributes{{QStringLiteral("xdg:schema"), QStringLiteral("org.qt.keychain")},
            {QStringLiteral("server"), nameSpace}, {QStringLiteral("user"), QStringLiteral("v1/test/elsewhere")},
            {QStringLiteral("type"), QStringLiteral("plaintext")}};
        QVERIFY(m_control.unlock());
        const QString other = m_control.addCollection(QStringLiteral("other"));
        QVERIFY(!other.isEmpty());
        QVERIFY(m_control.setDefault(other));
        QVERIFY(m_control.store(attributes, "somewhere else"));
        QVERIFY(m_control.setDefault(KeyringControl::collection));
        KeychainStore store(nameSpace);
        const QString key = QStringLiteral("v1/test/elsewhere");
        QCOMPARE(QCoro::waitFor(store.read(key))->reveal(), QByteArray("somewhere else"));
        QVERIFY(m_control.lockCollection(other));
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Unlocked);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, VaultProblem::Locked);
        QCOMPARE(QCoro::waitFor(store.remove(key)).error().problem, VaultProblem::Locked);
        QCOMPARE(m_control.find(attributes).size(), 1);
        QCOMPARE(QCoro::waitFor(store.read(QStringLiteral("v1/test/never"))).error().problem, VaultProblem::NotFound);
        QCOMPARE(prompts.count(), 0);
    }

private:
    KeyringControl m_control;
};

} // namespace

QTEST_GUILESS_MAIN(TestKeychainLocked)
#include "test_keychain_locked.moc"
