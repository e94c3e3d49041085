#include "core/base/files.h"
#include "tests/core/accounts/accountbench.h"
#include "tests/support/compare.h"

#include <QFile>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const QString tokenKey = QLatin1String(AccountBench::tokenKey);

} // namespace

class TestAccountStorage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void closedAtTheStart_data()
    {
        QTest::addColumn<int>("vault");
        QTest::addColumn<QString>("reason");
        QTest::addColumn<int>("storage");
        QTest::newRow("S01 locked") << static_cast<int>(VaultState::Locked) << "locked"
                                    << static_cast<int>(StorageState::Locked);
        QTest::newRow("S03 absent") << static_cast<int>(VaultState::Absent) << "no-keychain"
                                    << static_cast<int>(StorageState::Absent);
        QTest::newRow("no keyring") << static_cast<int>(VaultState::NoCollection) << "no-keychain"
                                    << static_cast<int>(StorageState::Absent);
        QTest::newRow("hung") << static_cast<int>(VaultState::Hung) << "timed-out"
                              << static_cast<int>(StorageState::Locked);
    }
    void closedAtTheStart()
    {
        QFETCH(int, vault);
        QFETCH(QString, reason);
        QFETCH(int, storage);
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.stop();
        bench.vault.pretend(static_cast<VaultState>(vault));
        bench.start();
        const AccountStatus status = bench.status(id);
        QCOMPARE(status.state, AccountState::StorageLocked);
        QCOMPARE(status.reason, reason);
        QCOMPARE(static_cast<int>(status.storage), storage);
        QCOMPARE(status.badge, Badge::NeedsYou);
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(!token);
        QCOMPARE(token.error().origin, Origin::Storage);
        QCOMPARE(token.error().kind, ErrorClass::Store);
        bench.advance(5h);
        QVERIFY(bench.http.requests().isEmpty());
        QCOMPARE(bench.status(id).state, AccountState::StorageLocked);
        bench.vault.pretend(VaultState::Unlocked);
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Fresh); // renewed on the way
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void S13_unlockedByAPerson()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.stop();
        bench.vault.pretend(VaultState::Locked);
        bench.start();
        QVERIFY(bench.run(bench.service->unlockKeychain()));
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        bench.vault.pretend(VaultState::Absent);
        const auto no = bench.run(bench.service->unlockKeychain());
        QVERIFY(!no);
        QCOMPARE(no.error().kind, ErrorClass::Store);
    }

    void S02_provenMissing()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.stop();
        QVERIFY(bench.run(bench.vault.remove(bench.vaultKey(id))));
        bench.start();
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(id).reason, u"secret-missing"_s);
        QCOMPARE(bench.run(bench.service->token(id)).error().kind, ErrorClass::Reauth);
        QCOMPARE(bench.signIn(), id);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void aSecretThatComesBackIsTaken()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto secret = bench.run(bench.vault.read(bench.vaultKey(id)));
        bench.stop();
        QVERIFY(bench.run(bench.vault.remove(bench.vaultKey(id))));
        bench.start();
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        bench.stop();
        QVERIFY(bench.run(bench.vault.write(bench.vaultKey(id), *secret)));
        bench.start();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void corrupt()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.stop();
        QVERIFY(bench.run(bench.vault.write(bench.vaultKey(id), Secret(QByteArray("{half")))));
        bench.start();
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(id).reason, u"secret-corrupt"_s);
        QCOMPARE(bench.status(id).storage, StorageState::Corrupt);
        // Left as it is: somebody may know what it was.
        QCOMPARE(bench.run(bench.vault.read(bench.vaultKey(id)))->reveal(), QByteArray("{half"));
    }

    void S09_U10_oneBadAccountIsNoMatterForTheOthers()
    {
        AccountBench bench;
        const AccountId ada = bench.signIn();
        const AccountId bob = bench.signIn(u"bob"_s);
        bench.stop();
        QVERIFY(bench.run(bench.vault.write(bench.vaultKey(ada), Secret(QByteArray("{half")))));
        bench.start();
        QCOMPARE(bench.status(ada).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(bob).state, AccountState::Fresh);
        bench.advance(3h);
        QVERIFY(bench.run(bench.service->token(bob)));
    }

    void lockedAtTheSave()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) {
            bench.vault.pretend(VaultState::Locked);
            return bench.token(request);
        });
        const auto old = bench.stored(id);
        bench.advance(50min);
        const AccountStatus status = bench.status(id);
        QCOMPARE(status.state, AccountState::Fresh);
        QCOMPARE(status.storage, StorageState::Unsaved);
        QCOMPARE(status.badge, Badge::NeedsYou);
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(token); // the new one, out of memory
        QVERIFY(token->fingerprint != old->accessToken.fingerprint());
        // It goes on while the keychain stays closed: the old refresh token is worth nothing any more.
        bench.advance(3h);
        QVERIFY(bench.run(bench.service->token(id)));
        QCOMPARE(bench.spentSeen, 0);
        bench.vault.pretend(VaultState::Unlocked);
        bench.settle();
        QCOMPARE(bench.status(id).storage, StorageState::Saved);
        const auto now = bench.run(bench.service->token(id));
        QCOMPARE(bench.stored(id)->accessToken.fingerprint(), now->fingerprint);
        QVERIFY(!QFile::exists(bench.lockPath(id, ".rotation")));
    }

    void lockedAtTheTimeOfARefresh()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.vault.pretend(VaultState::Locked);
        bench.advance(55min);
        // The refresh was due at 48 minutes; its result could not be saved, and the token still works.
        QCOMPARE(bench.tokenRequests(), 0);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(bench.run(bench.service->token(id)));
        bench.vault.pretend(VaultState::Unlocked);
        bench.settle();
        bench.advance(1s);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.status(id).storage, StorageState::Saved);

        // At the end of the token nothing is redeemed either: a rotated token that is not saved dies with the process.
        bench.vault.pretend(VaultState::Locked);
        bench.advance(61min);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.status(id).state, AccountState::StorageLocked);
        QCOMPARE(bench.status(id).reason, u"locked"_s);
        QCOMPARE(bench.status(id).badge, Badge::NeedsYou);
        const auto none = bench.run(bench.service->token(id));
        QVERIFY(!none);
        QCOMPARE(none.error().kind, ErrorClass::Store);
        bench.advance(30h);
        QCOMPARE(bench.tokenRequests(), 1);
        bench.vault.pretend(VaultState::Unlocked);
        bench.settle();
        QCOMPARE(bench.tokenRequests(), 2);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.status(id).storage, StorageState::Saved);
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void aPersonCannotTalkAroundALockedKeychain()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.vault.pretend(VaultState::Locked);
        const auto checked = bench.run(bench.service->check(id));
        QVERIFY(!checked);
        QCOMPARE(checked.error().kind, ErrorClass::Store);
        QCOMPARE(bench.tokenRequests(), 0);
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void anExternalSignOutIsSeen()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        // Another process with the same files signs the account out.
        {
            Roster theirs(bench.rosterPath());
            QVERIFY(theirs.load());
            AccountRecord *record = theirs.find(id);
            record->grantEpoch += 1;
            record->signedIn = false;
            QVERIFY(theirs.save());
        }
        QVERIFY(bench.run(bench.vault.remove(bench.vaultKey(id))));
        bench.advance(50min);
        QCOMPARE(bench.tokenRequests(), 0);
        QCOMPARE(bench.status(id).state, AccountState::SignedOut);
    }

    void aDeletedSecretDoesNotEndARunningSignIn()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QVERIFY(bench.run(bench.vault.remove(bench.vaultKey(id))));
        bench.advance(50min);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(bench.stored(id)); // saved again with the refresh
    }

    void aRosterThatIsBusyIsSavedLater()
    {
        AccountBench bench;
        auto lock = FileLock::tryAcquire(bench.rosterPath() + u".lock"_s);
        QVERIFY(lock && lock->isHeld());
        const AccountId id = bench.signIn();
        QVERIFY(!id.isEmpty());
        QVERIFY(!QFile::exists(bench.rosterPath()));
        lock->release();
        bench.advance(1s);
        Roster written(bench.rosterPath());
        QVERIFY(written.load());
        QVERIFY(written.find(id));
    }
};

QTEST_GUILESS_MAIN(TestAccountStorage)
#include "test_accountstorage.moc"
