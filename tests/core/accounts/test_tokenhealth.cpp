// The transitions of the health machine, one by one.
#include "tests/core/accounts/healthbench.h"
#include "tests/support/compare.h"

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

class TestTokenHealth : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void loadsWhatWorks()
    {
        HealthBench bench;
        bench.signIn();
        bench.restart();
        QCOMPARE(bench.shown(), AccountState::Fresh);
        QVERIFY(bench.state.due.isValid());
        QVERIFY(!bench.state.refreshing);
    }

    void loadsWhatIsStaleAndRenewsIt()
    {
        HealthBench bench;
        bench.signIn();
        bench.pass(2h);
        bench.restart();
        QCOMPARE(bench.shown(), AccountState::Refreshing);
        QVERIFY(bench.wants(HealthEffect::Refresh));
    }

    void aMissingSecretNeedsAProof()
    {
        HealthBench bench;
        bench.signIn();
        bench.restart(false);
        bench.on(On::LoadBegan{});
        QCOMPARE(bench.shown(), AccountState::Loading);
        bench.on(On::LoadFailed{VaultProblem::NotFound});
        QCOMPARE(bench.shown(), AccountState::NeedsSignIn);
        QCOMPARE(bench.memory().reason, u"secret-missing"_s);
        QVERIFY(bench.memory().signedIn);

        HealthBench out;
        out.on(On::LoadBegan{});
        QVERIFY(!out.wants(HealthEffect::Load)); // the roster expects nothing
        QCOMPARE(out.shown(), AccountState::SignedOut);
    }

    void aClosedKeychainIsWaitedFor_data()
    {
        QTest::addColumn<int>("problem");
        QTest::addColumn<QString>("reason");
        QTest::addColumn<bool>("asksAgain");
        QTest::newRow("locked") << static_cast<int>(VaultProblem::Locked) << u"locked"_s << false;
        QTest::newRow("absent") << static_cast<int>(VaultProblem::Absent) << u"no-keychain"_s << false;
        QTest::newRow("silent") << static_cast<int>(VaultProblem::TimedOut) << u"timed-out"_s << true;
        QTest::newRow("denied") << static_cast<int>(VaultProblem::Denied) << u"denied"_s << true;
    }
    void aClosedKeychainIsWaitedFor()
    {
        QFETCH(int, problem);
        QFETCH(QString, reason);
        QFETCH(bool, asksAgain);
        HealthBench bench;
        bench.signIn();
        bench.restart(false);
        bench.on(On::LoadBegan{});
        bench.on(On::LoadFailed{static_cast<VaultProblem>(problem)});
        QCOMPARE(bench.shown(), AccountState::StorageLocked);
        QCOMPARE(shownReason(bench.state), reason);
        QCOMPARE(bench.memory().state, AccountState::Fresh); // only covered
        QCOMPARE(nextWake(bench.state, bench.context).has_value(), asksAgain);
        bench.on(On::KeyringChanged{VaultState::Unlocked});
        QVERIFY(bench.wants(HealthEffect::Load));
        QCOMPARE(bench.shown(), AccountState::StorageLocked); // until it is known
    }

    void aCorruptSecretIsSaid()
    {
        HealthBench bench;
        bench.signIn();
        bench.restart(false);
        bench.on(On::LoadBegan{});
        bench.on(On::LoadFailed{VaultProblem::Corrupt});
        QCOMPARE(bench.memory().reason, u"secret-corrupt"_s);
        QCOMPARE(bench.state.storage, StorageState::Corrupt);
    }

    void whoDemandsIsServedOrJoinsOrHearsWhy()
    {
        HealthBench bench;
        bench.signIn();
        QCOMPARE(bench.on(On::Demand{}).answer, HealthAnswer::HandOut);
        bench.refreshing();
        QCOMPARE(bench.on(On::Demand{}).answer, HealthAnswer::JoinRefresh);
        QVERIFY(bench.last.effects.isEmpty()); // no second one
        QCOMPARE(bench.on(On::Rejected{u"a1"_s, {}, false, {}, true}).answer, HealthAnswer::JoinRefresh);
        bench.on(On::Tick{});
        QVERIFY(bench.last.effects.isEmpty());
        bench.fail(ErrorClass::Net, u"unreachable"_s);
        bench.fail(ErrorClass::Net, u"unreachable"_s);
        QCOMPARE(bench.on(On::Demand{}).answer, HealthAnswer::Refuse);
        QCOMPARE(bench.last.error->retryAt, std::optional(bench.memory().nextAt));
        // The next try is at hand: it is made now.
        bench.now() = bench.memory().nextAt.addSecs(-4);
        QCOMPARE(bench.on(On::Demand{}).answer, HealthAnswer::JoinRefresh);
        QVERIFY(bench.wants(HealthEffect::Refresh));
    }

    void oldNewsIsNoNews()
    {
        HealthBench bench;
        bench.signIn();
        QCOMPARE(bench.on(On::Rejected{u"older"_s, {}, false, {}, true}).answer, HealthAnswer::HandOut);
        QVERIFY(!bench.state.refreshing);
    }

    void aRefusalForcesOncePerGeneration()
    {
        HealthBench bench;
        bench.signIn();
        QCOMPARE(bench.on(On::Rejected{u"a1"_s, u"api"_s, false, {}, true}).answer, HealthAnswer::JoinRefresh);
        QVERIFY(bench.wants(HealthEffect::Refresh));
        bench.on(HealthBench::renewed(bench.token(2)));
        bench.on(On::Saved{});
        QCOMPARE(bench.on(On::Rejected{u"a2"_s, u"api"_s, false, {}, true}).answer, HealthAnswer::Refuse);
        QCOMPARE(bench.shown(), AccountState::Fresh);
        QVERIFY(isUsable(bench.state, bench.context));
    }

    void twoServicesAMinuteApartEndIt()
    {
        HealthBench bench;
        bench.signIn();
        int number = 1;
        const auto pair = [&bench, &number](const QString &service) {
            bench.on(On::Rejected{u"a%1"_s.arg(number), service, false, {}, true});
            if (!bench.wants(HealthEffect::Refresh))
                return;
            ++number;
            bench.on(HealthBench::renewed(bench.token(number)));
            bench.on(On::Saved{});
            bench.on(On::RejectedAgain{On::Rejected{u"a%1"_s.arg(number), service, false, {}, true}});
        };
        pair(u"one"_s);
        QCOMPARE(bench.shown(), AccountState::Fresh);
        bench.pass(61s);
        pair(u"one"_s); // the same service again: its own trouble
        QCOMPARE(bench.shown(), AccountState::Fresh);
        bench.pass(61s);
        pair(u"two"_s);
        QCOMPARE(bench.shown(), AccountState::NeedsSignIn);
        QCOMPARE(bench.memory().reason, u"rejected-by-service"_s);
        QVERIFY(!bench.memory().confirmed);
        // One question a day may lift it.
        QVERIFY(bench.tick());
        QVERIFY(bench.wants(HealthEffect::Refresh));
        bench.on(HealthBench::renewed(bench.token(9)));
        QCOMPARE(bench.shown(), AccountState::Fresh);
    }

    void aServiceThatWorksClearsTheOthersWord()
    {
        HealthBench bench;
        bench.signIn();
        bench.on(On::Rejected{u"a1"_s, u"one"_s, false, {}, true});
        bench.on(HealthBench::renewed(bench.token(2)));
        bench.on(On::RejectedAgain{On::Rejected{u"a2"_s, u"one"_s, false, {}, true}});
        QCOMPARE(bench.state.vain.size(), 1);
        bench.on(On::Worked{u"a2"_s, u"one"_s});
        QVERIFY(bench.state.vain.isEmpty());
    }

    void aPastedTokenEndsWithItsOwnServersWord()
    {
        HealthBench bench;
        TokenFacts pasted = bench.token(1);
        pasted.refreshFingerprint.clear();
        pasted.expiresAt = {};
        bench.on(On::SignedIn{pasted, {}, false, {}});
        bench.on(On::Rejected{u"a1"_s, bench.context.ownService, false, {}, true});
        QCOMPARE(bench.last.answer, HealthAnswer::Refuse);
        QCOMPARE(bench.shown(), AccountState::Fresh);
        bench.pass(61s);
        bench.on(On::Rejected{u"a1"_s, u"elsewhere"_s, false, {}, true});
        QCOMPARE(bench.shown(), AccountState::Fresh);
        bench.on(On::Rejected{u"a1"_s, bench.context.ownService, false, {}, true});
        QCOMPARE(bench.shown(), AccountState::NeedsSignIn);
        QVERIFY(!bench.last.effects.contains(HealthEffect::Refresh));
    }

    void scopeHelpsWhereItCan()
    {
        HealthBench bench;
        bench.signIn();
        // Token and grant are the same: nothing to win.
        bench.on(On::Rejected{u"a1"_s, u"api"_s, true, {u"admin"_s}, true});
        QCOMPARE(bench.last.answer, HealthAnswer::Refuse);
        QCOMPARE(bench.last.error->kind, ErrorClass::Scope);
        QCOMPARE(missingScopes(bench.state), QStringList(u"admin"_s));
        QCOMPARE(badgeFor(bench.state, bench.context), Badge::NeedsYou);

        // The token is narrower than the grant: one refresh, and not another one for the same.
        HealthBench narrow;
        TokenFacts token = narrow.token(1);
        token.scopes = {u"read"_s};
        narrow.on(On::SignedIn{token, {u"read"_s, u"write"_s}, false, {}});
        narrow.on(On::Rejected{u"a1"_s, u"api"_s, true, {u"write"_s}, true});
        QVERIFY(narrow.wants(HealthEffect::Refresh));
        TokenFacts again = narrow.token(2);
        again.scopes = {u"read"_s};
        narrow.on(HealthBench::renewed(again));
        narrow.on(On::RejectedAgain{On::Rejected{u"a2"_s, u"api"_s, true, {u"write"_s}, true}});
        narrow.on(On::Rejected{u"a2"_s, u"api"_s, true, {u"write"_s}, true});
        QCOMPARE(narrow.last.answer, HealthAnswer::Refuse);
        QVERIFY(!narrow.wants(HealthEffect::Refresh));
        QCOMPARE(narrow.shown(), AccountState::Fresh);
        QVERIFY(missingScopes(narrow.state).contains(u"write"_s));
    }

    void successClearsAndCounts()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        bench.fail(ErrorClass::Server, u"server-trouble"_s);
        bench.tick();
        bench.on(HealthBench::renewed(bench.token(2)));
        QVERIFY(bench.wants(HealthEffect::Save));
        QCOMPARE(bench.memory().generation, quint64(2));
        QVERIFY(!bench.memory().lastError);
        QCOMPARE(bench.memory().attempts, 0);
        QCOMPARE(bench.shown(), AccountState::Fresh);
    }

    void savingMayFail()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        bench.on(HealthBench::renewed(bench.token(2)));
        bench.on(On::SaveFailed{VaultProblem::Locked});
        QCOMPARE(bench.shown(), AccountState::Fresh);
        QCOMPARE(bench.state.storage, StorageState::Unsaved);
        QVERIFY(isUsable(bench.state, bench.context));
        QList<qint64> waits;
        for (int i = 0; i < 8; ++i) {
            waits.append(bench.now().msecsTo(bench.state.saveAt));
            bench.now() = bench.state.saveAt;
            bench.on(On::Tick{});
            QVERIFY(bench.wants(HealthEffect::Save));
            bench.on(On::SaveFailed{VaultProblem::Locked});
        }
        QCOMPARE(waits, (QList<qint64>{50, 50, 50, 1000, 5000, 30000, 300000, 300000}));
        bench.on(On::KeyringChanged{VaultState::Unlocked});
        QVERIFY(bench.wants(HealthEffect::Save));
        bench.on(On::Saved{});
        QCOMPARE(bench.state.storage, StorageState::Saved);
    }

    void offlineIsNoFailure()
    {
        HealthBench bench;
        bench.signIn();
        bench.on(On::NetworkChanged{false});
        bench.refreshing();
        bench.fail(ErrorClass::Net, u"unreachable"_s);
        QCOMPARE(bench.shown(), AccountState::Offline);
        QCOMPARE(bench.memory().attempts, 0);
        QCOMPARE(bench.now().secsTo(*nextWake(bench.state, bench.context)), 3600); // the network's coming is told
        QCOMPARE(badgeFor(bench.state, bench.context), Badge::Off);
        bench.pass(50min);
        bench.on(On::NetworkChanged{true});
        QCOMPARE(bench.shown(), AccountState::Refreshing);

        HealthBench here; // a server on this computer needs no network
        here.context.onThisComputer = true;
        here.signIn();
        here.on(On::NetworkChanged{false});
        here.refreshing();
        here.fail(ErrorClass::Net, u"refused"_s);
        QCOMPARE(here.shown(), AccountState::Retrying);
    }

    void whatIsAskedOnTheSideConcludesNothing()
    {
        HealthBench bench;
        bench.signIn();
        bench.on(On::Rejected{u"a1"_s, u"quota"_s, true, {u"admin"_s}, false});
        QCOMPARE(bench.last.answer, HealthAnswer::Refuse);
        QVERIFY(missingScopes(bench.state).isEmpty());
        bench.on(On::Rejected{u"a1"_s, u"quota"_s, false, {}, false});
        QVERIFY(bench.wants(HealthEffect::Refresh)); // another token may still help it
        bench.on(HealthBench::renewed(bench.token(2)));
        bench.on(On::RejectedAgain{On::Rejected{u"a2"_s, u"quota"_s, false, {}, false}});
        QVERIFY(bench.state.vain.isEmpty());
    }

    void oneMinuteOfDoubt()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        bench.fail(ErrorClass::Reauth, u"strange"_s, false);
        QCOMPARE(bench.memory().state, AccountState::Retrying);
        QCOMPARE(bench.now().secsTo(bench.memory().nextAt), 60);
        // A person who does not wait for it has not asked twice a minute apart.
        bench.pass(5s);
        bench.refreshing(RefreshCause::Person);
        bench.fail(ErrorClass::Reauth, u"strange"_s, false);
        QCOMPARE(bench.memory().state, AccountState::Retrying);
        bench.now() = bench.memory().nextAt;
        bench.on(On::Tick{});
        bench.fail(ErrorClass::Reauth, u"strange"_s, false);
        QCOMPARE(bench.memory().state, AccountState::NeedsSignIn);
        QVERIFY(!bench.memory().confirmed);
        const qint64 hours = bench.now().secsTo(bench.memory().nextAt) / 3600;
        QVERIFY2(hours >= 24 && hours <= 27, "one question a day");
        bench.tick();
        QCOMPARE(bench.state.cause, RefreshCause::Probe);
    }

    void aClientIsRepairedOnce()
    {
        HealthBench bench;
        bench.context.canRepairClient = true;
        bench.signIn();
        bench.refreshing();
        bench.fail(ErrorClass::Client, u"invalid_client"_s);
        QCOMPARE(bench.memory().state, AccountState::ClientRejected);
        QVERIFY(bench.wants(HealthEffect::RepairClient));
        bench.on(On::ClientRepaired{true, false, false});
        QVERIFY(bench.wants(HealthEffect::Refresh));
        bench.fail(ErrorClass::Client, u"invalid_client"_s);
        QVERIFY(!bench.wants(HealthEffect::RepairClient));
        QCOMPARE(bench.shown(), AccountState::ClientRejected);

        HealthBench replaced;
        replaced.context.canRepairClient = true;
        replaced.signIn();
        replaced.refreshing();
        replaced.fail(ErrorClass::Client, u"invalid_client"_s);
        replaced.on(On::ClientRepaired{true, true, false});
        QCOMPARE(replaced.shown(), AccountState::NeedsSignIn);
        QCOMPARE(replaced.memory().reason, u"client-replaced"_s);

        HealthBench own; // an id that a person has typed
        own.signIn();
        own.refreshing();
        own.fail(ErrorClass::Client, u"invalid_client"_s);
        QVERIFY(!own.wants(HealthEffect::RepairClient));
        QCOMPARE(own.shown(), AccountState::ClientRejected);
    }

    void aRefusedScopeIsLeftOutOnce()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        bench.fail(ErrorClass::Scope, u"invalid_scope"_s);
        QVERIFY(bench.wants(HealthEffect::Refresh));
        QVERIFY(bench.memory().withoutScope);
        bench.fail(ErrorClass::Scope, u"invalid_scope"_s);
        QVERIFY(!bench.wants(HealthEffect::Refresh));
        QCOMPARE(bench.shown(), AccountState::Misconfigured);
    }

    void policyIsAskedEverySixHours()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        bench.fail(ErrorClass::Policy, u"access_denied"_s);
        QCOMPARE(bench.shown(), AccountState::PolicyBlocked);
        QCOMPARE(bench.now().secsTo(bench.memory().nextAt), 6 * 3600);
        QCOMPARE(badgeFor(bench.state, bench.context), Badge::NeedsAdmin);
        bench.tick();
        QCOMPARE(bench.shown(), AccountState::Refreshing);
    }

    void theNetworkEndsWaiting_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<bool>("network");
        QTest::addColumn<bool>("wake");
        const auto row = [](const char *name, ErrorClass kind, bool network, bool wake) {
            QTest::newRow(name) << static_cast<int>(kind) << network << wake;
        };
        row("no route", ErrorClass::Net, true, true);
        row("in between", ErrorClass::Infra, true, true);
        row("tls", ErrorClass::NetSec, true, true);
        row("the server's trouble", ErrorClass::Server, true, false);
        row("lost answers", ErrorClass::Ambiguous, true, false);
    }
    void theNetworkEndsWaiting()
    {
        QFETCH(int, kind);
        QFETCH(bool, network);
        QFETCH(bool, wake);
        for (const bool up : {true, false}) {
            HealthBench bench;
            bench.signIn();
            bench.refreshing();
            bench.fail(static_cast<ErrorClass>(kind), u"x"_s);
            bench.fail(static_cast<ErrorClass>(kind), u"x"_s);
            QVERIFY(isWaitingState(bench.shown()));
            if (up)
                bench.on(On::NetworkChanged{true});
            else
                bench.on(On::Woke{});
            QCOMPARE(bench.shown() == AccountState::Refreshing, up ? network : wake);
            if (bench.state.refreshing) {
                QVERIFY(bench.wants(HealthEffect::DropConnections));
                // Another one within five seconds is kept for later, not lost.
                bench.fail(static_cast<ErrorClass>(kind), u"x"_s);
                bench.pass(1s);
                bench.on(On::NetworkChanged{true});
                QVERIFY(!bench.state.refreshing);
                QVERIFY(bench.now().msecsTo(bench.memory().nextAt) <= 4000);
            }
        }
    }

    void aPauseThatTheServerNamedIsKept()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        Error told = HealthBench::error(ErrorClass::Rate, u"too-many-requests"_s, 429);
        told.retryAt = bench.now().addSecs(600);
        bench.on(On::Failed{told, u"r1"_s, false, true});
        QCOMPARE(bench.shown(), AccountState::RateLimited);
        bench.on(On::NetworkChanged{true});
        bench.on(On::Woke{});
        QCOMPARE(bench.shown(), AccountState::RateLimited);
        bench.refreshing(RefreshCause::Person); // a person may, after they were asked
        QCOMPARE(bench.shown(), AccountState::Refreshing);
    }

    void aPeersNewsIsTaken()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        bench.fail(ErrorClass::Reauth, u"invalid_grant"_s);
        QCOMPARE(bench.shown(), AccountState::NeedsSignIn);
        bench.on(On::Adopted{bench.token(7), 5, 9, false});
        QCOMPARE(bench.shown(), AccountState::Fresh);
        QCOMPARE(bench.memory().grantEpoch, quint64(5));
        QVERIFY(!bench.memory().lastError);
    }

    void anotherTokenIsNotJudgedByTheOldOnesTrouble()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        bench.fail(ErrorClass::Reauth, u"invalid_grant"_s);
        QJsonObject json;
        writeMemory(json, bench.memory());
        bench.state = {};
        bench.state.memory = readMemory(json);
        bench.on(On::LoadBegan{});
        bench.on(On::Loaded{bench.token(9), 1, 1});
        QCOMPARE(bench.shown(), AccountState::Fresh);
    }

    void signInsAndSignOutsCount()
    {
        HealthBench bench;
        bench.signIn();
        QCOMPARE(bench.memory().grantEpoch, quint64(1));
        bench.on(On::SignInBegan{});
        QCOMPARE(bench.shown(), AccountState::Authorizing);
        bench.on(On::SignInEnded{});
        QCOMPARE(bench.shown(), AccountState::Fresh);
        bench.on(On::SignedOut{u"signed-out-here"_s, 0});
        QCOMPARE(bench.memory().grantEpoch, quint64(2));
        QCOMPARE(bench.shown(), AccountState::SignedOut);
        QVERIFY(!bench.state.token);
        QVERIFY(!nextWake(bench.state, bench.context));
        // What comes after it is of no interest.
        bench.on(HealthBench::renewed(bench.token(3)));
        QCOMPARE(bench.shown(), AccountState::SignedOut);
        QVERIFY(!bench.state.token);
        bench.on(On::Loaded{bench.token(3), 1, 1});
        QCOMPARE(bench.shown(), AccountState::SignedOut);
    }

    void switchedOffAndOn()
    {
        HealthBench bench;
        bench.signIn();
        bench.on(On::Enabled{false});
        QCOMPARE(bench.shown(), AccountState::Disabled);
        QVERIFY(!nextWake(bench.state, bench.context));
        QCOMPARE(bench.on(On::Demand{}).answer, HealthAnswer::Refuse);
        bench.pass(5h);
        bench.on(On::Tick{});
        QVERIFY(bench.last.effects.isEmpty());
        bench.on(On::Enabled{true});
        QCOMPARE(bench.shown(), AccountState::Refreshing);
    }

    void aMovedEndpointIsAskedForOnce()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        bench.fail(ErrorClass::Infra, u"endpoint-not-found"_s, true, 404);
        bench.tick();
        bench.fail(ErrorClass::Infra, u"endpoint-not-found"_s, true, 404);
        QVERIFY(!bench.wants(HealthEffect::Rediscover));
        bench.tick();
        bench.fail(ErrorClass::Infra, u"endpoint-not-found"_s, true, 404);
        QVERIFY(bench.wants(HealthEffect::Rediscover));
        bench.on(On::Rediscovered{true});
        QCOMPARE(bench.shown(), AccountState::Refreshing);
        bench.fail(ErrorClass::Infra, u"endpoint-not-found"_s, true, 404);
        QCOMPARE(bench.shown(), AccountState::Misconfigured);
        QVERIFY(!bench.memory().confirmed);
    }

    void threeBrokenHandshakesAreNoAccident()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        for (int i = 0; i < 2; ++i) {
            bench.fail(ErrorClass::Net, u"tls-closed"_s);
            QCOMPARE(bench.memory().state, AccountState::Retrying);
            bench.tick();
        }
        bench.fail(ErrorClass::Net, u"tls-closed"_s);
        QCOMPARE(bench.memory().state, AccountState::Waiting);
        QCOMPARE(bench.memory().reason, u"tls"_s);
    }

    void aLockedKeychainPutsARefreshOff()
    {
        HealthBench bench;
        bench.signIn();
        bench.now() = bench.state.due;
        bench.on(On::Tick{});
        bench.on(On::Postponed{VaultProblem::Locked});
        QCOMPARE(bench.shown(), AccountState::Fresh);
        bench.tick(); // the token ends
        QVERIFY(bench.state.refreshing);
        bench.on(On::Postponed{VaultProblem::Locked});
        QCOMPARE(bench.shown(), AccountState::StorageLocked);
        QVERIFY(!nextWake(bench.state, bench.context));
        QCOMPARE(bench.on(On::Demand{}).answer, HealthAnswer::Refuse);
        QCOMPARE(bench.last.error->kind, ErrorClass::Store);
        bench.on(On::KeyringChanged{VaultState::Unlocked});
        QVERIFY(bench.wants(HealthEffect::Refresh));
    }

    void theHistoryIsShort()
    {
        HealthBench bench;
        bench.signIn();
        for (int i = 0; i < 60; ++i) {
            bench.refreshing(RefreshCause::Person);
            bench.fail(ErrorClass::Net, u"unreachable"_s);
        }
        QCOMPARE(bench.memory().history.size(), mostAccountEvents);
        QCOMPARE(bench.memory().history.last().event, u"trouble"_s);
        QCOMPARE(bench.memory().history.last().nextAt, std::optional(bench.memory().nextAt));
    }
};

QTEST_GUILESS_MAIN(TestTokenHealth)
#include "test_tokenhealth.moc"
