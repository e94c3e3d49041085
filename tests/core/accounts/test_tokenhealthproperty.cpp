// Ten thousand random events in random order: no invariant breaks, and a restart at any moment finds the same state.
#include "tests/core/accounts/healthbench.h"
#include "tests/support/compare.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

constexpr int eventsPerRun = 10'000;

const QStringList &troubleCodes()
{
    static const QStringList codes{u"unreachable"_s, u"server-trouble"_s, u"endpoint-not-found"_s, u"waf"_s,
        u"misdirected"_s, u"tls-closed"_s, u"tls"_s, u"slow_down"_s, u"redirected-elsewhere"_s, u"closed"_s};
    return codes;
}

class Driver
{
public:
    explicit Driver(quint32 seed) : random(seed) { bench.context.canRepairClient = random.bounded(2) == 0; }

    QRandomGenerator random;
    HealthBench bench;
    int number = 1;
    bool verdictSeen = false; // a code of the token endpoint
    bool secretLost = false;

    TokenFacts fresh()
    {
        TokenFacts facts = bench.token(++number, random.bounded(0, 4000));
        if (random.bounded(8) == 0)
            facts.refreshFingerprint.clear();
        if (random.bounded(4) == 0)
            facts.scopes = {u"read"_s};
        return facts;
    }

    Error trouble()
    {
        static constexpr std::array kinds{ErrorClass::Net, ErrorClass::Server, ErrorClass::Infra, ErrorClass::Ambiguous,
            ErrorClass::Rate, ErrorClass::NetSec};
        Error error = HealthBench::error(
            kinds.at(random.bounded(6)), troubleCodes().at(static_cast<int>(random.bounded(troubleCodes().size()))));
        if (random.bounded(4) == 0)
            error.retryAt = bench.now().addSecs(random.bounded(-100, 500000));
        return error;
    }

    // How a running refresh ends. Nothing else ends it.
    HealthEvent ending()
    {
        const QString judged = bench.state.token ? bench.state.token->refreshFingerprint : QString();
        switch (random.bounded(12)) {
        case 0:
        case 1:
        case 2:
            return HealthBench::renewed(fresh(), random.bounded(5) == 0);
        case 3:
            return On::Adopted{fresh(), bench.memory().grantEpoch, bench.memory().generation + 1, true};
        case 4: {
            static constexpr std::array kinds{
                ErrorClass::Reauth, ErrorClass::Client, ErrorClass::Config, ErrorClass::Scope, ErrorClass::Policy};
            const ErrorClass kind = kinds.at(random.bounded(5));
            verdictSeen = verdictSeen || kind == ErrorClass::Reauth;
            return On::Failed{HealthBench::error(kind, kind == ErrorClass::Client ? u"invalid_client"_s : u"code"_s),
                judged, random.bounded(2) == 0, random.bounded(2) == 0};
        }
        case 5:
            return On::Postponed{random.bounded(2) == 0 ? VaultProblem::Locked : VaultProblem::TimedOut};
        case 6:
            return On::OtherPerson{u"bob"_s, HealthBench::error(ErrorClass::Policy, u"identity-mismatch"_s)};
        case 7:
            return On::RefreshEnded{};
        default:
            return On::Failed{trouble(), judged, false, true};
        }
    }

    HealthEvent loadEnding()
    {
        if (random.bounded(4) != 0)
            return On::Loaded{fresh(), bench.memory().grantEpoch, bench.memory().generation};
        static constexpr std::array problems{VaultProblem::NotFound, VaultProblem::Locked, VaultProblem::Absent,
            VaultProblem::TimedOut, VaultProblem::Corrupt};
        const VaultProblem problem = problems.at(random.bounded(5));
        secretLost = secretLost || problem == VaultProblem::NotFound || problem == VaultProblem::Corrupt;
        return On::LoadFailed{problem};
    }

    HealthEvent anything()
    {
        const QString current = bench.state.token ? bench.state.token->accessFingerprint : QString();
        const QString fingerprint = random.bounded(3) == 0 ? u"old"_s : current;
        const On::Rejected rejected{fingerprint, u"service%1"_s.arg(random.bounded(3)), random.bounded(3) == 0,
            random.bounded(2) == 0 ? QStringList(u"admin"_s) : QStringList(), random.bounded(4) != 0};
        switch (random.bounded(24)) {
        case 0:
            return On::Demand{std::chrono::seconds(random.bounded(0, 600))};
        case 1:
            return rejected;
        case 2:
            return On::RejectedAgain{rejected};
        case 3:
            return On::Worked{fingerprint, u"service1"_s};
        case 4:
            return On::NetworkChanged{random.bounded(2) == 0};
        case 5:
            return On::Woke{};
        case 6:
            return On::ClockJumped{};
        case 7:
            return On::SettingsChanged{};
        case 8:
            return On::PersonRefresh{};
        case 9:
            return On::KeyringChanged{random.bounded(2) == 0 ? VaultState::Unlocked : VaultState::Locked};
        case 10:
            return On::Enabled{random.bounded(3) != 0};
        case 11:
            return random.bounded(2) == 0 ? HealthEvent(On::SignInBegan{}) : HealthEvent(On::SignInEnded{});
        case 12:
            verdictSeen = false;
            secretLost = false;
            return On::SignedIn{fresh(), {u"read"_s, u"write"_s}, random.bounded(5) == 0, {}};
        case 13:
            return random.bounded(4) == 0 ? HealthEvent(On::SignedOut{u"signed-out-here"_s, 0})
                                          : HealthEvent(On::Tick{});
        case 14:
            return On::StepUpWanted{u"gold"_s, {}};
        case 15:
            return random.bounded(2) == 0 ? HealthEvent(On::ClientRepaired{
                                                random.bounded(2) == 0, random.bounded(2) == 0, random.bounded(2) == 0})
                                          : HealthEvent(On::Rediscovered{random.bounded(2) == 0});
        case 16:
            return random.bounded(2) == 0 ? HealthEvent(On::Saved{})
                                          : HealthEvent(On::SaveFailed{VaultProblem::Locked});
        default:
            return On::Tick{};
        }
    }
};

} // namespace

class TestTokenHealthProperty : public QObject
{
    Q_OBJECT

    static QByteArray describe(const HealthBench &bench)
    {
        return toString(bench.shown()).toUtf8() + " (" + bench.memory().reason.toUtf8() + ")";
    }

    // Every state that a person may have to wait in has a time, or an event that somebody will tell, or a button.
    static void checkWaiting(const HealthBench &bench)
    {
        const HealthMemory &memory = bench.memory();
        if (!memory.enabled || !memory.signedIn || bench.state.refreshing || bench.state.loading)
            return;
        const auto wake = nextWake(bench.state, bench.context);
        switch (bench.shown()) {
        case AccountState::Retrying:
        case AccountState::Waiting:
        case AccountState::Stalled:
        case AccountState::RateLimited:
        case AccountState::PolicyBlocked:
            QVERIFY2(memory.nextAt.isValid() || !bench.state.token, describe(bench).constData());
            if (bench.state.token)
                QVERIFY2(wake && *wake <= std::max(memory.nextAt, bench.now()), describe(bench).constData());
            break;
        case AccountState::Offline:
            QVERIFY2(!bench.state.online || bench.memory().lastError, describe(bench).constData());
            break;
        case AccountState::Fresh:
            if (bench.state.token && canRefresh(bench.state) && bench.state.token->expiresAt.isValid())
                QVERIFY2(wake, describe(bench).constData());
            break;
        case AccountState::StorageLocked: {
            // Told by the keychain, or asked for again.
            const VaultProblem problem
                = bench.state.readProblem.value_or(bench.state.saveProblem.value_or(VaultProblem::Locked));
            if (problem == VaultProblem::TimedOut)
                QVERIFY2(wake, describe(bench).constData());
            break;
        }
        default:
            break;
        }
    }

private Q_SLOTS:
    void invariants_data()
    {
        QTest::addColumn<quint32>("seed");
        for (int i = 0; i < 8; ++i)
            QTest::addRow("run %d", i) << QRandomGenerator::global()->generate();
    }
    void invariants()
    {
        QFETCH(quint32, seed);
        qInfo() << "seed" << seed;
        Driver driver(seed);
        HealthBench &bench = driver.bench;
        bench.signIn();
        for (int i = 0; i < eventsPerRun; ++i) {
            bench.context.random = driver.random.generateDouble();
            if (driver.random.bounded(4) == 0)
                bench.pass(std::chrono::seconds(driver.random.bounded(0, 4000)));
            if (driver.random.bounded(500) == 0)
                bench.pass(-std::chrono::hours(driver.random.bounded(0, 48)));
            const HealthState before = bench.state;
            const bool ends = before.refreshing && driver.random.bounded(3) == 0;
            const bool endsLoad = !ends && before.loading && driver.random.bounded(2) == 0;
            const HealthEvent event = ends ? driver.ending() : endsLoad ? driver.loadEnding() : driver.anything();
            bench.on(event);
            const HealthMemory &memory = bench.memory();

            // Counters only grow.
            QVERIFY(memory.grantEpoch >= before.memory.grantEpoch);
            QVERIFY(memory.generation >= before.memory.generation);
            // At most one refresh and one load at a time.
            if (bench.wants(HealthEffect::Refresh))
                QVERIFY(!before.refreshing || ends);
            if (bench.wants(HealthEffect::Load))
                QVERIFY(!before.loading);
            if (before.refreshing && !ends)
                QVERIFY(bench.state.refreshing);
            // Nobody signs anybody out but a person, and only a code, a lost secret or two services ask for a sign-in.
            if (before.memory.signedIn && !memory.signedIn)
                QVERIFY(std::holds_alternative<On::SignedOut>(event) || before.memory.sessionOnly);
            if (memory.state == AccountState::NeedsSignIn && before.memory.state != AccountState::NeedsSignIn) {
                QVERIFY2(driver.verdictSeen || driver.secretLost || memory.reason == u"rejected-by-service"_s
                        || memory.reason == u"client-replaced"_s || memory.reason == u"expired"_s,
                    describe(bench).constData());
                if (memory.reason == u"expired"_s && !driver.verdictSeen)
                    QVERIFY2(!canRefresh(before) || !canRefresh(bench.state), describe(bench).constData());
            }
            // Settled states alone are remembered.
            QVERIFY(memory.state != AccountState::Loading && memory.state != AccountState::Refreshing
                && memory.state != AccountState::StorageLocked && memory.state != AccountState::Authorizing
                && memory.state != AccountState::Disabled);
            // A "no" has its reason.
            if (bench.last.answer == HealthAnswer::Refuse) {
                QVERIFY(bench.last.error && !bench.last.error->message.isEmpty());
                QVERIFY(!bench.last.error->code.isEmpty());
            }
            if (bench.last.answer == HealthAnswer::JoinRefresh)
                QVERIFY(bench.state.refreshing);
            if (bench.last.answer == HealthAnswer::JoinLoad)
                QVERIFY(bench.state.loading);
            if (bench.last.answer == HealthAnswer::HandOut)
                QVERIFY(bench.state.token && !bench.state.token->accessFingerprint.isEmpty());
            // Without a person nothing disabled or signed out works.
            if (!memory.enabled || !memory.signedIn)
                QVERIFY(bench.last.effects.isEmpty() || bench.last.effects == QList{HealthEffect::Save});
            checkWaiting(bench);
            if (QTest::currentTestFailed())
                return;

            // A restart right now.
            if (driver.random.bounded(20) == 0 && !memory.sessionOnly) {
                const HealthMemory saved = memory;
                HealthBench again = bench;
                again.restart(false);
                QCOMPARE(again.memory().state, saved.state);
                QCOMPARE(again.memory().nextAt, saved.nextAt);
                QCOMPARE(again.memory().since, saved.since);
                QVERIFY(again.memory() == saved);
                if (bench.state.token && memory.signedIn && memory.enabled && !bench.state.unsaved
                    && isWaitingState(saved.state) && saved.nextAt.isValid()
                    && isBelievable(saved.state, saved.nextAt, bench.now())) {
                    again = bench;
                    again.restart();
                    QCOMPARE(again.memory().state, saved.state);
                    QCOMPARE(again.memory().nextAt, saved.nextAt);
                }
            }
        }
        QVERIFY(bench.memory().history.size() <= mostAccountEvents);
    }

    // However long trouble lasts, calm weather ends it without anybody's help.
    void troubleAlwaysEnds_data() { invariants_data(); }
    void troubleAlwaysEnds()
    {
        QFETCH(quint32, seed);
        qInfo() << "seed" << seed;
        Driver driver(seed);
        HealthBench &bench = driver.bench;
        bench.signIn();
        for (int i = 0; i < 400; ++i) {
            bench.context.random = driver.random.generateDouble();
            if (bench.state.refreshing)
                bench.on(On::Failed{driver.trouble(), u"r1"_s, false, true});
            else if (driver.random.bounded(5) == 0)
                bench.on(On::NetworkChanged{driver.random.bounded(2) == 0});
            else if (!bench.tick())
                bench.on(On::NetworkChanged{true});
            QVERIFY(bench.memory().signedIn);
            QVERIFY2(bench.memory().state != AccountState::NeedsSignIn, describe(bench).constData());
        }
        bench.on(On::NetworkChanged{true});
        for (int i = 0; i < 20 && bench.shown() != AccountState::Fresh; ++i) {
            if (bench.state.refreshing)
                bench.on(HealthBench::renewed(bench.token(2)));
            else
                QVERIFY2(bench.tick(), describe(bench).constData());
        }
        QCOMPARE(bench.shown(), AccountState::Fresh);
    }
};

QTEST_GUILESS_MAIN(TestTokenHealthProperty)
#include "test_tokenhealthproperty.moc"
