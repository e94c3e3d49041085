#include <QDBusObjectPath>
#include <QDBusVariant>
#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

#include "core/vault/keychainstore.h"
#include "tests/core/vault/fakesecretservice.h"
#include "tests/support/compare.h"

using namespace Postroom;
using namespace std::chrono_literals;

using PromptAnswer = FakeSecretService::PromptAnswer;

namespace
{

const QString key = QStringLiteral("v1/cloud/0123456789abcdef");

QCoro::Task<void> note(QCoro::Task<VaultResult<void>> unlocking, QStringList *results)
{
    const auto done = co_await unlocking;
    results->append(done ? QStringLiteral("opened") : toString(done.error().problem));
}

QCoro::Task<void> noteRead(QCoro::Task<VaultResult<Secret>> reading, QStringList *results)
{
    const auto value = co_await reading;
    results->append(value ? QStringLiteral("value") : toString(value.error().problem));
}

FakeSecretService::Answer always(const QVariant &value)
{
    return [value](const QDBusMessage &call) { return value.isValid() ? call.createReply(value) : call.createReply(); };
}

class TestKeychainPrompt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void unlock_data()
    {
        QTest::addColumn<PromptAnswer>("answer");
        QTest::addColumn<QString>("result");
        QTest::addColumn<VaultState>("state");
        QTest::newRow("accepted") << PromptAnswer::Accepted << QStringLiteral("opened") << VaultState::Unlocked;
        QTest::newRow("dismissed") << PromptAnswer::Dismissed << QStringLiteral("denied") << VaultState::Locked;
        QTest::newRow("accepted in vain")
            << PromptAnswer::AcceptedInVain << QStringLiteral("denied") << VaultState::Locked;
        QTest::newRow("refused") << PromptAnswer::Refused << QStringLiteral("backend") << VaultState::Locked;
    }

    void unlock()
    {
        QFETCH(PromptAnswer, answer);
        QFETCH(QString, result);
        QFETCH(VaultState, state);
        FakeSecretService service;
        service.promptAnswer = answer;
        QVERIFY(service.start());
        KeychainStore store(QStringLiteral("postroom-test"));
        QStringList results;
        note(store.unlock(), &results);
        QTRY_COMPARE(results.size(), 1);
        QCOMPARE(results.constFirst(), result);
        QCOMPARE(store.state(), state);
        QCOMPARE(service.calls.count(QStringLiteral("Prompt")), 1);
        QCOMPARE(service.calls.count(QStringLiteral("Dismiss")), 0);
    }

    void promptThatNobodyAnswersIsTakenBack()
    {
        FakeSecretService service;
        service.promptAnswer = PromptAnswer::None;
        QVERIFY(service.start());
        KeychainStore store(QStringLiteral("postroom-test"), {5s, 700ms});
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(QCoro::waitFor(store.unlock()).error().problem, VaultProblem::TimedOut);
        QVERIFY(timer.elapsed() >= 600);
        QVERIFY(timer.elapsed() < 5000);
        QTRY_COMPARE(service.calls.count(QStringLiteral("Dismiss")), 1);
        // The service answers well; only the person did not.
        QCOMPARE(store.state(), VaultState::Locked);
        service.promptAnswer = PromptAnswer::Accepted;
        QVERIFY(QCoro::waitFor(store.unlock()));
    }

    void serviceThatGoesWhileItPrompts()
    {
        FakeSecretService service;
        service.promptAnswer = PromptAnswer::None;
        QVERIFY(service.start());
        KeychainStore store(QStringLiteral("postroom-test"), {5s, 30s});
        QStringList results;
        note(store.unlock(), &results);
        QTRY_VERIFY(service.calls.contains(QStringLiteral("Prompt")));
        service.stop();
        QTRY_COMPARE(results.size(), 1);
        QCOMPARE(results.constFirst(), QStringLiteral("backend"));
        QTRY_COMPARE(store.state(), VaultState::Absent);
    }

    void onlyUnlockPrompts()
    {
        FakeSecretService service;
        QVERIFY(service.start());
        KeychainStore store(QStringLiteral("postroom-test"));
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Locked);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, VaultProblem::Locked);
        QCOMPARE(QCoro::waitFor(store.write(key, Secret(QByteArray("x")))).error().problem, VaultProblem::Locked);
        QCOMPARE(QCoro::waitFor(store.remove(key)).error().problem, VaultProblem::Locked);
        QVERIFY(!service.calls.contains(QStringLiteral("Unlock")));
        QVERIFY(!service.calls.contains(QStringLiteral("Prompt")));
        QVERIFY(!service.calls.contains(QStringLiteral("OpenSession")));
    }

    void callsWaitBehindAPrompt()
    {
        FakeSecretService service;
        service.promptAnswer = PromptAnswer::Dismissed;
        QVERIFY(service.start());
        KeychainStore store(QStringLiteral("postroom-test"));
        QStringList results;
        note(store.unlock(), &results);
        noteRead(store.read(key), &results);
        note(store.unlock(), &results);
        QTRY_COMPARE(results.size(), 3);
        QCOMPARE(results, (QStringList{QStringLiteral("denied"), QStringLiteral("locked"), QStringLiteral("denied")}));
    }

    void wrongAnswers_data()
    {
        QTest::addColumn<QString>("member");
        QTest::addColumn<QVariant>("answer");
        QTest::addColumn<VaultState>("state");
        const QVariant path = QVariant::fromValue(QDBusObjectPath(QStringLiteral("/")));
        QTest::newRow("alias: nothing") << QStringLiteral("ReadAlias") << QVariant() << VaultState::Absent;
        QTest::newRow("alias: text") << QStringLiteral("ReadAlias") << QVariant(QStringLiteral("/x"))
                                     << VaultState::Absent;
        QTest::newRow("alias: number") << QStringLiteral("ReadAlias") << QVariant(7) << VaultState::Absent;
        QTest::newRow("alias: none") << QStringLiteral("ReadAlias") << path << VaultState::NoCollection;
        QTest::newRow("locked: nothing") << QStringLiteral("Get") << QVariant() << VaultState::Absent;
        QTest::newRow("locked: bare") << QStringLiteral("Get") << QVariant(false) << VaultState::Absent;
        QTest::newRow("locked: number") << QStringLiteral("Get") << QVariant::fromValue(QDBusVariant(0))
                                        << VaultState::Locked;
        QTest::newRow("locked: text") << QStringLiteral("Get")
                                      << QVariant::fromValue(QDBusVariant(QStringLiteral("false")))
                                      << VaultState::Locked;
    }

    void wrongAnswers()
    {
        QFETCH(QString, member);
        QFETCH(QVariant, answer);
        QFETCH(VaultState, state);
        FakeSecretService service;
        service.answers.insert(member, always(answer));
        QVERIFY(service.start());
        KeychainStore store(QStringLiteral("postroom-test"));
        QCOMPARE(QCoro::waitFor(store.probe()), state);
        QVERIFY(!QCoro::waitFor(store.read(key)));
        QVERIFY(!QCoro::waitFor(store.unlock()));
    }

    void wrongAnswersToUnlock()
    {
        FakeSecretService service;
        QVERIFY(service.start());
        KeychainStore store(QStringLiteral("postroom-test"));
        for (const QVariant &answer : {QVariant(), QVariant(1), QVariant(QStringLiteral("/"))}) {
            service.answers.insert(QStringLiteral("Unlock"), always(answer));
            QCOMPARE(QCoro::waitFor(store.unlock()).error().problem, VaultProblem::Backend);
        }
        service.answers.remove(QStringLiteral("Unlock"));
        service.answers.insert(QStringLiteral("SearchItems"), always(QVariant(QStringLiteral("none"))));
        QVERIFY(QCoro::waitFor(store.unlock()));
    }

    void silentService_data()
    {
        QTest::addColumn<QString>("member");
        QTest::newRow("alias") << QStringLiteral("ReadAlias");
        QTest::newRow("locked") << QStringLiteral("Get");
    }

    void silentService()
    {
        QFETCH(QString, member);
        FakeSecretService service;
        service.answers.insert(member, [](const QDBusMessage &) { return QDBusMessage(); });
        QVERIFY(service.start());
        KeychainStore store(QStringLiteral("postroom-test"), {500ms, 500ms});
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Hung);
        QCOMPARE(QCoro::waitFor(store.read(key)).error().problem, VaultProblem::TimedOut);
        QCOMPARE(QCoro::waitFor(store.unlock()).error().problem, VaultProblem::TimedOut);
        service.answers.clear();
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Locked);
    }

    void serviceThatChangesHandsIsLookedAtAgain()
    {
        KeychainStore store(QStringLiteral("postroom-test"), {500ms, 500ms});
        QCOMPARE(QCoro::waitFor(store.probe()), VaultState::Absent);
        QSignalSpy changes(&store, &SecretStore::stateChanged);
        auto first = std::make_unique<FakeSecretService>();
        first->answers.insert(QStringLiteral("ReadAlias"), [](const QDBusMessage &) { return QDBusMessage(); });
        QVERIFY(first->start());
        QTRY_COMPARE(store.state(), VaultState::Hung);
        first.reset();
        QTRY_COMPARE(store.state(), VaultState::Absent);
        FakeSecretService second;
        second.locked = false;
        QVERIFY(second.start());
        QTRY_COMPARE(store.state(), VaultState::Unlocked);
        QCOMPARE(changes.size(), 3);
    }

    // Whatever happens to the service in whatever order, the store ends up knowing how it stands.
    void followsAnyHistory()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        KeychainStore store(QStringLiteral("postroom-test"), {2s, 2s});
        QCoro::waitFor(store.probe());
        std::unique_ptr<FakeSecretService> service;
        bool locked = true;
        for (int step = 0; step < 40; ++step) {
            switch (random.bounded(4)) {
            case 0:
                service.reset();
                break;
            case 1:
                service.reset();
                service = std::make_unique<FakeSecretService>();
                service->locked = locked;
                QVERIFY(service->start());
                break;
            case 2:
                locked = !locked;
                if (service) {
                    service->locked = locked;
                    QCoro::waitFor(store.probe());
                }
                break;
            default:
                if (service && service->locked) {
                    QVERIFY(QCoro::waitFor(store.unlock()));
                    locked = false;
                }
            }
            const VaultState expected = !service ? VaultState::Absent
                : locked                         ? VaultState::Locked
                                                 : VaultState::Unlocked;
            QTRY_COMPARE(store.state(), expected);
        }
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestKeychainPrompt)
#include "test_keychain_prompt.moc"
