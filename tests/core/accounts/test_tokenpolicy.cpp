#include "core/accounts/tokenpolicy.h"

#include "tests/support/compare.h"

#include <QTest>

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

const QDateTime noon(QDate(2026, 1, 15), QTime(12, 0), Qt::UTC);

Error trouble(ErrorClass kind, const QString &code = {})
{
    Error error;
    error.origin = Origin::Token;
    error.kind = kind;
    error.code = code;
    return error;
}

// One series of the same trouble.
RetryPlan plan(const Error &error, int failures, const QDateTime &first, const QDateTime &now, double random)
{
    return planRetry(error, {failures, first, first, failures}, now, random);
}

qint64 secondsUntil(const RetryPlan &plan)
{
    return noon.secsTo(plan.nextAt);
}

} // namespace

class TestTokenPolicy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void leadFollowsTheLifetime_data()
    {
        QTest::addColumn<qint64>("lifetime");
        QTest::addColumn<qint64>("wanted");
        QTest::addColumn<qint64>("lead");
        QTest::newRow("an hour") << qint64(3600) << qint64(0) << qint64(720);
        QTest::newRow("eight hours are capped") << qint64(8 * 3600) << qint64(0) << qint64(3600);
        QTest::newRow("ten minutes") << qint64(600) << qint64(0) << qint64(120);
        QTest::newRow("five minutes have at least a minute") << qint64(300) << qint64(0) << qint64(60);
        QTest::newRow("below five minutes a fifth") << qint64(200) << qint64(0) << qint64(40);
        QTest::newRow("at least ten seconds") << qint64(30) << qint64(0) << qint64(10);
        QTest::newRow("never more than half") << qint64(12) << qint64(0) << qint64(6);
        QTest::newRow("nothing") << qint64(0) << qint64(0) << qint64(0);
        QTest::newRow("a profile's wish") << qint64(8 * 3600) << qint64(4 * 3600) << qint64(4 * 3600);
        QTest::newRow("a wish beyond half of it") << qint64(3600) << qint64(4 * 3600) << qint64(1800);
    }
    void leadFollowsTheLifetime()
    {
        QFETCH(qint64, lifetime);
        QFETCH(qint64, wanted);
        QFETCH(qint64, lead);
        const auto wish = wanted > 0 ? std::optional(std::chrono::seconds(wanted)) : std::nullopt;
        QCOMPARE(refreshLead(std::chrono::seconds(lifetime), wish).count(), lead * 1000);
    }

    void dueIsSpread()
    {
        const QDateTime end = noon.addSecs(3600);
        QCOMPARE(noon.secsTo(refreshDue(noon, end, {}, 0.0)), 2880);
        QCOMPARE(noon.secsTo(refreshDue(noon, end, {}, 1.0)), 2880 + 72);
        // Without a known beginning the end still counts.
        QVERIFY(refreshDue({}, end, {}, 0.5) < end);
    }

    void shortSeriesThenLong()
    {
        const QList<qint64> expected{10, 20, 40, 80, 120};
        for (int i = 0; i < expected.size(); ++i) {
            const auto low = ::plan(trouble(ErrorClass::Net), i + 1, noon, noon, 0.0);
            const auto middle = ::plan(trouble(ErrorClass::Net), i + 1, noon, noon, 0.5);
            const auto high = ::plan(trouble(ErrorClass::Net), i + 1, noon, noon, 1.0);
            QCOMPARE(low.state, AccountState::Retrying);
            QCOMPARE(secondsUntil(low), expected.at(i) / 2);
            QCOMPARE(secondsUntil(middle), expected.at(i));
            QCOMPARE(secondsUntil(high), expected.at(i) * 3 / 2);
        }
        const QList<qint64> later{600, 900, 1350, 2025, 3037, 3600, 3600};
        for (int i = 0; i < later.size(); ++i) {
            const auto next = ::plan(trouble(ErrorClass::Server), 6 + i, noon, noon, 0.5);
            QCOMPARE(next.state, AccountState::Waiting);
            QCOMPARE(secondsUntil(next), later.at(i));
        }
        QCOMPARE(::plan(trouble(ErrorClass::Server), 1000000, noon, noon, 0.5).state, AccountState::Waiting);
    }

    void fiveMinutesEndTheShortSeries()
    {
        const auto next = ::plan(trouble(ErrorClass::Net), 3, noon.addSecs(-301), noon, 0.5);
        QCOMPARE(next.state, AccountState::Waiting);
        QCOMPARE(secondsUntil(next), 600);
    }

    void aDayMakesItStalled()
    {
        const auto next = ::plan(trouble(ErrorClass::Net), 40, noon.addDays(-1), noon, 0.5);
        QCOMPARE(next.state, AccountState::Stalled);
        QCOMPARE(secondsUntil(next), 3600);
    }

    void ambiguousComesBackSoonOnce()
    {
        QCOMPARE(secondsUntil(::plan(trouble(ErrorClass::Ambiguous), 1, noon, noon, 0.9)), 2);
        QCOMPARE(secondsUntil(::plan(trouble(ErrorClass::Ambiguous), 2, noon, noon, 0.5)), 20);
    }

    void netsecWaitsLong_data()
    {
        QTest::addColumn<QString>("code");
        QTest::addColumn<QString>("reason");
        QTest::newRow("tls") << "tls" << "tls";
        QTest::newRow("clock") << "tls-time" << "clock";
        QTest::newRow("portal") << "captive-portal" << "portal";
        QTest::newRow("proxy") << "proxy-auth" << "proxy";
    }
    void netsecWaitsLong()
    {
        QFETCH(QString, code);
        QFETCH(QString, reason);
        const auto next = ::plan(trouble(ErrorClass::NetSec, code), 1, noon, noon, 0.5);
        QCOMPARE(next.state, AccountState::Waiting);
        QCOMPARE(next.reason, reason);
        QCOMPARE(secondsUntil(next), 600);
    }

    void pausesAreKept()
    {
        Error error = trouble(ErrorClass::Rate);
        error.retryAt = noon.addSecs(1000);
        QCOMPARE(::plan(error, 1, noon, noon, 0.0).state, AccountState::RateLimited);
        QCOMPARE(secondsUntil(::plan(error, 1, noon, noon, 0.0)), 1000);
        QCOMPARE(secondsUntil(::plan(error, 1, noon, noon, 1.0)), 1100); // only ever later
        error.retryAt = noon.addDays(30);
        QCOMPARE(secondsUntil(::plan(error, 1, noon, noon, 0.0)), 6 * 3600);
        error.retryAt = noon.addSecs(-5); // nothing usable
        QCOMPARE(secondsUntil(::plan(error, 1, noon, noon, 0.0)), 60);
        QCOMPARE(secondsUntil(::plan(error, 3, noon, noon, 0.0)), 240);
        QCOMPARE(secondsUntil(::plan(error, 30, noon, noon, 0.0)), 3600);
    }

    void serverTroubleKeepsItsOwnTime()
    {
        Error error = trouble(ErrorClass::Server);
        error.retryAt = noon.addSecs(500);
        QCOMPARE(secondsUntil(::plan(error, 1, noon, noon, 0.5)), 500);
        error.retryAt = noon.addSecs(3);
        QCOMPARE(secondsUntil(::plan(error, 1, noon, noon, 0.5)), 10);
    }

    void everyPlanLiesAhead()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo() << "seed" << seed;
        QRandomGenerator random(seed);
        const QList<ErrorClass> kinds{ErrorClass::Net, ErrorClass::Server, ErrorClass::Infra, ErrorClass::Ambiguous,
            ErrorClass::Rate, ErrorClass::NetSec};
        for (int i = 0; i < 5000; ++i) {
            Error error = trouble(kinds.at(static_cast<int>(random.bounded(kinds.size()))));
            if (random.bounded(3) == 0)
                error.retryAt = noon.addSecs(random.bounded(-100000, 1000000));
            const QDateTime first = random.bounded(4) == 0 ? QDateTime() : noon.addSecs(-random.bounded(200000));
            const auto next = ::plan(error, random.bounded(-2, 100000), first, noon, random.generateDouble());
            QVERIFY(isWaitingState(next.state));
            QVERIFY(next.nextAt > noon);
            QVERIFY(next.nextAt <= noon.addSecs(7 * 3600));
        }
    }

    void badges()
    {
        const auto badge = [](AccountState state, bool usable, StorageState storage = StorageState::Saved,
                               const QString &reason = {}) {
            BadgeFacts facts;
            facts.state = state;
            facts.usable = usable;
            facts.storage = storage;
            facts.reason = reason;
            return badgeFor(facts);
        };
        QCOMPARE(badge(AccountState::Fresh, true), Badge::Good);
        QCOMPARE(badge(AccountState::Fresh, true, StorageState::Session), Badge::Good);
        QCOMPARE(badge(AccountState::Fresh, true, StorageState::Unsaved), Badge::NeedsYou);
        QCOMPARE(badge(AccountState::Fresh, true, StorageState::Absent), Badge::NeedsYou);
        QCOMPARE(badge(AccountState::Refreshing, true), Badge::Good);
        QCOMPARE(badge(AccountState::Refreshing, false), Badge::Working);
        QCOMPARE(badge(AccountState::Retrying, true), Badge::Good);
        QCOMPARE(badge(AccountState::Retrying, false), Badge::Reconnecting);
        QCOMPARE(badge(AccountState::Waiting, true), Badge::Working);
        QCOMPARE(badge(AccountState::Waiting, false), Badge::Reconnecting);
        QCOMPARE(badge(AccountState::Waiting, true, StorageState::Saved, QStringLiteral("tls")), Badge::NeedsYou);
        QCOMPARE(
            badge(AccountState::Waiting, false, StorageState::Saved, QStringLiteral("portal")), Badge::Reconnecting);
        QCOMPARE(badge(AccountState::Stalled, false), Badge::Reconnecting);
        QCOMPARE(badge(AccountState::NeedsSignIn, true), Badge::NeedsYou);
        QCOMPARE(badge(AccountState::StorageLocked, false), Badge::NeedsYou);
        QCOMPARE(badge(AccountState::PolicyBlocked, true), Badge::NeedsAdmin);
        QCOMPARE(badge(AccountState::Disabled, true), Badge::Off);
        QCOMPARE(badge(AccountState::SignedOut, false), Badge::Off);
        QCOMPARE(badge(AccountState::Offline, false), Badge::Off);
        QCOMPARE(badge(AccountState::Loading, false), Badge::Working);
    }

    void namesGoThereAndBack()
    {
        for (int i = 0; i <= static_cast<int>(AccountState::Disabled); ++i) {
            const auto state = static_cast<AccountState>(i);
            QVERIFY(!toString(state).isEmpty());
            QCOMPARE(accountStateFromString(toString(state)), state);
        }
        QCOMPARE(accountStateFromString(QStringLiteral("no such state")), AccountState::SignedOut);
    }

    void reasons()
    {
        QCOMPARE(reasonForReauth(QStringLiteral("invalid_grant"), false), QStringLiteral("expired"));
        QCOMPARE(reasonForReauth(QStringLiteral("invalid_grant"), true), QStringLiteral("lost-response"));
        QCOMPARE(reasonForReauth(QStringLiteral("workspace_token_revoked"), false), QStringLiteral("revoked"));
        QCOMPARE(reasonForReauth(QStringLiteral("login_required"), false), QStringLiteral("interaction"));
        QCOMPARE(reasonForReauth(QStringLiteral("invalid_rapt"), false), QStringLiteral("admin-session"));
        QCOMPARE(reasonForReauth(QStringLiteral("strange"), false), QStringLiteral("refused"));
    }
};

QTEST_GUILESS_MAIN(TestTokenPolicy)
#include "test_tokenpolicy.moc"
