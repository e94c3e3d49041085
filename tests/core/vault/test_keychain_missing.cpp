#include <QElapsedTimer>
#include <QTest>

#include "core/vault/keychainstore.h"
#include "tests/support/compare.h"

using namespace Postroom;

namespace
{

const QString key = QStringLiteral("v1/cloud/0123456789abcdef");

// Run with no bus, with a bus without a service, and with a service without a default keyring.
class TestKeychainMissing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const bool noCollection = qgetenv("POSTROOM_EXPECTED") == "no-collection";
        m_state = noCollection ? VaultState::NoCollection : VaultState::Absent;
        m_problem = noCollection ? VaultProblem::NoCollection : VaultProblem::Absent;
    }

    void everythingIsToldAtOnce()
    {
        KeychainStore store(QStringLiteral("postroom-test"));
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(QCoro::waitFor(store.probe()), m_state);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, m_problem);
        QCOMPARE(QCoro::waitFor(store.write(key, Secret(QByteArray("value")))).error().problem, m_problem);
        QCOMPARE(QCoro::waitFor(store.remove(key)).error().problem, m_problem);
        QCOMPARE(QCoro::waitFor(store.unlock()).error().problem, m_problem);
        QCOMPARE(store.state(), m_state);
        QVERIFY(store.isPersistent());
        QVERIFY(timer.elapsed() < 10'000);
    }

    void makingOneCostsNothing()
    {
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 1000; ++i) {
            const KeychainStore store(QStringLiteral("postroom-test"));
            QCOMPARE(store.state(), VaultState::Unknown);
        }
        QVERIFY(timer.elapsed() < 2'000);
    }

private:
    VaultState m_state = VaultState::Unknown;
    VaultProblem m_problem = VaultProblem::Backend;
};

} // namespace

QTEST_GUILESS_MAIN(TestKeychainMissing)
#include "test_keychain_missing.moc"
