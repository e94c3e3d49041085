// Random events in random order: whatever happens, nobody is left waiting for nothing, and nothing is thrown away.
#include "core/accounts/tokenpolicy.h"
#include "tests/core/accounts/accountbench.h"
#include "tests/support/compare.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const QString tokenKey = QLatin1String(AccountBench::tokenKey);

QCoro::Task<void> ask(AccountService *service, AccountId id)
{
    auto token = co_await service->token(id);
    if (token)
        co_return;
    // Every "no" says what comes next.
    const Error error = token.error();
    if (error.code.isEmpty() || error.message.isEmpty())
        qFatal("an answer without a reason");
}

} // namespace

class TestAccountProperty : public QObject
{
    Q_OBJECT

    // Transient answers, verdicts only where the test says so.
    static Result<HttpResponse> trouble(QRandomGenerator *random)
    {
        switch (random->bounded(7)) {
        case 0:
            return FakeHttp::fail(ErrorClass::Net, u"unreachable"_s);
        case 1:
            return FakeHttp::fail(ErrorClass::NetSec, u"tls"_s);
        case 2:
            return FakeHttp::json(503, {});
        case 3:
            return FakeHttp::json(429, {}, {HttpHeader{"Retry-After", QByteArray::number(random->bounded(1, 100000))}});
        case 4:
            return FakeHttp::text(403, "text/html", "<html>");
        case 5:
            return FakeHttp::text(200, "text/html", "<html>");
        default:
            return FakeHttp::json(401, {});
        }
    }

    static void checkInvariants(AccountBench &bench, const AccountId &id, quint64 *epoch, quint64 *generation)
    {
        const AccountStatus status = bench.status(id);
        const auto record = bench.service->record(id);
        QVERIFY(record);
        QVERIFY2(record->grantEpoch >= *epoch && record->generation >= *generation, "counters only grow");
        *epoch = record->grantEpoch;
        *generation = record->generation;
        if (isWaitingState(status.state)) {
            QVERIFY2(status.nextAt.has_value(), "a waiting state has its next time");
            const auto due = bench.clock.nextDue();
            QVERIFY2(due && *due <= std::max(*status.nextAt, bench.clock.now().addSecs(1)), "and an alarm for it");
            QVERIFY2(status.lastError.has_value(), "and says why");
        }
        if (status.state == AccountState::StorageLocked)
            QVERIFY(bench.vault.state() != VaultState::Unlocked);
        if (status.state == AccountState::Fresh && bench.clock.armed() == 0)
            QVERIFY2(!record->signedIn, "a live token has an alarm");
        QVERIFY2(status.state != AccountState::Loading, "nothing loads when nothing runs");
        QVERIFY2(status.state != AccountState::Refreshing, "nothing refreshes when nothing runs");
        if (status.usableUntil)
            QVERIFY(*status.usableUntil > bench.clock.now());
    }

private Q_SLOTS:
    void troubleNeverSignsOut_data()
    {
        QTest::addColumn<quint32>("seed");
        for (int i = 0; i < 6; ++i)
            QTest::addRow("run %d", i) << QRandomGenerator::global()->generate();
    }
    void troubleNeverSignsOut()
    {
        QFETCH(quint32, seed);
        qInfo() << "seed" << seed;
        QRandomGenerator random(seed);
        AccountBench bench;
        const AccountId id = bench.signIn();
        quint64 epoch = 0;
        quint64 generation = 0;
        bool wellBehaved = false;
        bench.http.serve(tokenKey, [&](const HttpRequest &request) {
            return wellBehaved || random.bounded(3) == 0 ? bench.token(request) : trouble(&random);
        });
        for (int step = 0; step < 100; ++step) {
            switch (random.bounded(9)) {
            case 0:
                ask(bench.service.get(), id);
                break;
            case 1:
                bench.advance(std::chrono::seconds(random.bounded(1, 4000)));
                break;
            case 2:
                bench.toNextAlarm();
                break;
            case 3:
                bench.clock.jump(std::chrono::seconds(random.bounded(1, 9000)));
                break;
            case 4:
                bench.vault.pretend(random.bounded(2) == 0 ? VaultState::Locked : VaultState::Unlocked);
                break;
            case 5:
                // A rotated token that was not saved is gone with the process; that loss is real and tested elsewhere.
                if (bench.status(id).storage == StorageState::Saved)
                    bench.restart();
                break;
            case 6:
                bench.run(bench.service->check(id));
                break;
            case 7: {
                const auto token = bench.run(bench.service->token(id));
                if (token) [[maybe_unused]]
                    const auto next = bench.run(bench.service->rejected(id, token->fingerprint));
                break;
            }
            default:
                bench.run(bench.service->setEnabled(id, random.bounded(4) != 0));
                break;
            }
            bench.settle();
            checkInvariants(bench, id, &epoch, &generation);
            if (QTest::currentTestFailed())
                return;
            const auto state = bench.status(id).state;
            QVERIFY2(!needsSomebody(state) && state != AccountState::SignedOut, qPrintable(toString(state)));
        }
        // Calm again: it recovers by itself, with what it has kept.
        QCOMPARE(bench.spentSeen, 0);
        wellBehaved = true;
        bench.vault.pretend(VaultState::Unlocked);
        bench.run(bench.service->setEnabled(id, true));
        bench.advance(8h);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.status(id).badge, Badge::Good);
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void verdictsSignInsAndSignOuts_data() { troubleNeverSignsOut_data(); }
    void verdictsSignInsAndSignOuts()
    {
        QFETCH(quint32, seed);
        qInfo() << "seed" << seed;
        QRandomGenerator random(seed);
        AccountBench bench;
        const AccountId id = bench.signIn();
        quint64 epoch = 0;
        quint64 generation = 0;
        const QStringList codes{
            u"invalid_grant"_s, u"invalid_client"_s, u"access_denied"_s, u"invalid_request"_s, u"strange"_s};
        bench.http.serve(tokenKey, [&](const HttpRequest &request) -> Result<HttpResponse> {
            const quint32 kind = random.bounded(6);
            if (kind == 0)
                return FakeHttp::json(400, {{"error"_L1, codes.at(static_cast<int>(random.bounded(codes.size())))}});
            return kind < 3 ? trouble(&random) : bench.token(request);
        });
        for (int step = 0; step < 100; ++step) {
            switch (random.bounded(8)) {
            case 0:
                ask(bench.service.get(), id);
                break;
            case 1:
                bench.advance(std::chrono::seconds(random.bounded(1, 9000)));
                break;
            case 2:
                bench.toNextAlarm();
                break;
            case 3:
                bench.run(bench.service->signOut(id));
                break;
            case 4: {
                auto again = bench.pasted();
                again.account = id;
                bench.trySignIn(again);
                break;
            }
            case 5: {
                const std::array states{VaultState::Locked, VaultState::Unlocked, VaultState::Absent, VaultState::Hung};
                bench.vault.pretend(states.at(random.bounded(4)));
                break;
            }
            case 6:
                bench.restart();
                break;
            default:
                bench.run(bench.service->check(id));
                break;
            }
            bench.settle();
            checkInvariants(bench, id, &epoch, &generation);
            if (QTest::currentTestFailed())
                return;
        }
        // A person can always begin anew, and then all is well.
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) { return bench.token(request); });
        bench.vault.pretend(VaultState::Unlocked);
        bench.settle();
        QCOMPARE(bench.signIn(), id);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.status(id).badge, Badge::Good);
        QCOMPARE(bench.stored(id)->grantEpoch, bench.service->record(id)->grantEpoch);
    }
};

QTEST_GUILESS_MAIN(TestAccountProperty)
#include "test_accountproperty.moc"
