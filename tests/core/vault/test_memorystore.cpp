#include <QSignalSpy>
#include <QTest>

#include "core/vault/memorystore.h"
#include "tests/core/vault/vaultcontract.h"
#include "tests/support/compare.h"

using namespace Postroom;

namespace
{

const QString key = QStringLiteral("v1/cloud/0123456789abcdef");

class TestMemoryStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesAreTheContract()
    {
        QCOMPARE(toString(VaultState::Unknown), QStringLiteral("unknown"));
        QCOMPARE(toString(VaultState::NoCollection), QStringLiteral("no-collection"));
        QCOMPARE(toString(VaultProblem::NotFound), QStringLiteral("not-found"));
        QCOMPARE(toString(VaultProblem::TimedOut), QStringLiteral("timed-out"));
    }

    void everyProblemHasASentence()
    {
        for (int i = 0; i <= static_cast<int>(VaultProblem::Backend); ++i) {
            const auto problem = static_cast<VaultProblem>(i);
            const Error error = toError({problem, QStringLiteral("line one\nBearer abcdef0123456789")});
            QCOMPARE(error.origin, Origin::Storage);
            QCOMPARE(error.kind, ErrorClass::Store);
            QCOMPARE(error.code, toString(problem));
            QVERIFY(!error.code.isEmpty());
            QVERIFY(error.message.endsWith(QLatin1Char('.')));
            QVERIFY(!error.detail.contains(QStringLiteral("abcdef0123456789")));
            QVERIFY(!error.detail.contains(QLatin1Char('\n')));
            QVERIFY(!error.isTransient());
        }
    }

    void pretendsToBeInAState_data()
    {
        QTest::addColumn<VaultState>("state");
        QTest::addColumn<VaultProblem>("problem");
        QTest::newRow("locked") << VaultState::Locked << VaultProblem::Locked;
        QTest::newRow("no collection") << VaultState::NoCollection << VaultProblem::NoCollection;
        QTest::newRow("absent") << VaultState::Absent << VaultProblem::Absent;
        QTest::newRow("hung") << VaultState::Hung << VaultProblem::TimedOut;
    }

    void pretendsToBeInAState()
    {
        QFETCH(VaultState, state);
        QFETCH(VaultProblem, problem);
        MemoryStore store;
        QVERIFY(QCoro::waitFor(store.write(key, Secret(QByteArray("kept")))));
        QSignalSpy changes(&store, &SecretStore::stateChanged);
        store.pretend(state);
        store.pretend(state);
        QCOMPARE(changes.size(), 1);
        QCOMPARE(changes.at(0).at(0).value<VaultState>(), state);
        QCOMPARE(QCoro::waitFor(store.probe()), state);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, problem);
        QCOMPARE(QCoro::waitFor(store.write(key, Secret(QByteArray("new")))).error().problem, problem);
        QCOMPARE(QCoro::waitFor(store.remove(key)).error().problem, problem);
        store.pretend(VaultState::Unlocked);
        QCOMPARE(QCoro::waitFor(store.read(key))->reveal(), QByteArray("kept"));
    }

    void unlockOpensALockedStoreOnly()
    {
        MemoryStore store;
        store.pretend(VaultState::Locked);
        QVERIFY(QCoro::waitFor(store.unlock()));
        QCOMPARE(store.state(), VaultState::Unlocked);
        store.pretend(VaultState::Absent);
        QCOMPARE(QCoro::waitFor(store.unlock()).error().problem, VaultProblem::Absent);
    }

    void isNotPersistent()
    {
        MemoryStore store;
        QVERIFY(!store.isPersistent());
    }
};

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    VaultContract contract([](const QString &) { return std::make_unique<MemoryStore>(); });
    TestMemoryStore states;
    return QTest::qExec(&contract, argc, argv) + QTest::qExec(&states, argc, argv);
}

#include "test_memorystore.moc"
