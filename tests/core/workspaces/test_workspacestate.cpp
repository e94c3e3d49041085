// Facts to state: each rule by an example, and the order of all of them by random facts.
#include "core/workspaces/workspacestate.h"
#include "tests/support/compare.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;
using namespace Qt::StringLiterals;

namespace
{

const QDateTime now(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC);

// A mirror whose daemon has delivered everything, with an account that works.
WorkspaceFacts allGood()
{
    WorkspaceFacts facts;
    facts.hasMirror = true;
    facts.mirrorPresent = true;
    facts.outboxLoaded = true;
    facts.daemonKnown = true;
    facts.daemon.running = true;
    facts.daemon.pid = 7;
    facts.daemon.custody = DaemonCustody::Ours;
    facts.hasAccount = true;
    facts.accountState = AccountState::Fresh;
    facts.accountUsable = true;
    return facts;
}

WorkspaceState stateOf(const WorkspaceFacts &facts)
{
    return judge(facts, {}, now).state;
}

OutboxRecord troubled(const QString &path, const QString &error)
{
    OutboxRecord record;
    record.id = u"c1"_s;
    record.path = path;
    record.error = error;
    record.state = RecordState::Attention;
    record.lastAttemptAt = now.addSecs(-600);
    return record;
}

} // namespace

class TestWorkspaceState : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void delivered();
    void looking();
    void foreignDaemon();
    void pendingSaysWhen();
    void daemonOff();
    void attentionNamesTheNewest();
    void unreadablePendingNeedsAPerson();
    void sending();
    void accountInTheWay_data();
    void accountInTheWay();
    void readOnly();
    void conflicts();
    void sinceStaysWithTheState();
    void providers();
    void scopes_data();
    void scopes();
    void theWorstTrueOneWins();
};

void TestWorkspaceState::delivered()
{
    QCOMPARE(stateOf(allGood()), WorkspaceState::Delivered);
    WorkspaceFacts history = allGood();
    history.outbox.acked = 12;
    history.outbox.failed = 2;
    history.outbox.unreadable = 1; // not among the pending ones
    QCOMPARE(stateOf(history), WorkspaceState::Delivered);
    WorkspaceFacts noMirror;
    QCOMPARE(stateOf(noMirror), WorkspaceState::Delivered);
}

void TestWorkspaceState::looking()
{
    WorkspaceFacts facts = allGood();
    facts.outboxLoaded = false;
    QCOMPARE(stateOf(facts), WorkspaceState::Unknown);
    facts = allGood();
    facts.mirrorPresent = false;
    QCOMPARE(stateOf(facts), WorkspaceState::Unknown);
}

void TestWorkspaceState::foreignDaemon()
{
    WorkspaceFacts facts = allGood();
    facts.daemon.custody = DaemonCustody::Foreign;
    facts.daemon.since = now.addSecs(-3600);
    const WorkspaceVerdict verdict = judge(facts, {}, now);
    QCOMPARE(verdict.state, WorkspaceState::ForeignDaemon);
    QCOMPARE(verdict.since, facts.daemon.since);
    facts.outbox.pending = 1;
    QCOMPARE(stateOf(facts), WorkspaceState::Pending);
}

void TestWorkspaceState::pendingSaysWhen()
{
    WorkspaceFacts facts = allGood();
    facts.outbox.pending = 3;
    facts.outbox.oldestPendingAt = now.addSecs(-120);
    QVERIFY(!judge(facts, {}, now).nextAt);
    facts.nextAttemptAt = now.addSecs(30);
    const WorkspaceVerdict verdict = judge(facts, {}, now);
    QCOMPARE(verdict.state, WorkspaceState::Pending);
    QCOMPARE(verdict.since, facts.outbox.oldestPendingAt);
    QCOMPARE(verdict.nextAt, std::optional(facts.nextAttemptAt));
    facts.outbox.oldestPendingAt = now.addDays(1); // written with a wrong clock
    QCOMPARE(judge(facts, {}, now).since, now);
}

void TestWorkspaceState::daemonOff()
{
    WorkspaceFacts facts = allGood();
    facts.daemon = {};
    QCOMPARE(stateOf(facts), WorkspaceState::Delivered); // nothing waits, so nothing is wrong
    facts.outbox.pending = 2;
    facts.nextAttemptAt = now.addSecs(5);
    QCOMPARE(stateOf(facts), WorkspaceState::DaemonOff);
    QVERIFY(!judge(facts, {}, now).nextAt); // nobody will try
    facts.pendingPushes = 2; // those are sent by the push
    QCOMPARE(stateOf(facts), WorkspaceState::Pending);
    facts.pendingPushes = 0;
    facts.daemonKnown = false;
    QCOMPARE(stateOf(facts), WorkspaceState::Pending);
}

void TestWorkspaceState::attentionNamesTheNewest()
{
    WorkspaceFacts facts = allGood();
    facts.outbox.attention = 1;
    facts.newestAttention = troubled(u"/Linear/issues/1.json"_s, u"title is required"_s);
    const WorkspaceVerdict verdict = judge(facts, {}, now);
    QCOMPARE(verdict.state, WorkspaceState::Attention);
    QCOMPARE(verdict.attentionPath, u"/Linear/issues/1.json"_s);
    QCOMPARE(verdict.attentionReason, u"title is required"_s);
    QCOMPARE(verdict.attentionProvider, u"linear"_s);
    QCOMPARE(verdict.since, now.addSecs(-600));
    // Gone with the state.
    facts.outbox.attention = 0;
    QVERIFY(judge(facts, verdict, now).attentionPath.isEmpty());
}

void TestWorkspaceState::unreadablePendingNeedsAPerson()
{
    WorkspaceFacts facts = allGood();
    facts.outbox.unreadable = 1;
    facts.unreadablePending = 1;
    OutboxRecord record;
    record.id = u"bad.json"_s;
    record.state = RecordState::Unreadable;
    facts.newestAttention = record;
    const WorkspaceVerdict verdict = judge(facts, {}, now);
    QCOMPARE(verdict.state, WorkspaceState::Attention);
    QCOMPARE(verdict.attentionPath, u"bad.json"_s);
    QVERIFY(!verdict.attentionReason.isEmpty());
    QCOMPARE(verdict.since, now);
}

void TestWorkspaceState::sending()
{
    WorkspaceFacts facts = allGood();
    facts.sending = 4;
    QCOMPARE(stateOf(facts), WorkspaceState::Sending);
    facts.outbox.pending = 4; // our own receipts
    facts.pendingPushes = 4;
    QCOMPARE(stateOf(facts), WorkspaceState::Sending);
    facts.daemon = {};
    QCOMPARE(stateOf(facts), WorkspaceState::Sending);
    facts.outbox.pending = 5;
    QCOMPARE(stateOf(facts), WorkspaceState::DaemonOff);
}

void TestWorkspaceState::accountInTheWay_data()
{
    QTest::addColumn<Badge>("badge");
    QTest::addColumn<AccountState>("state");
    QTest::addColumn<bool>("usable");
    QTest::addColumn<bool>("inTheWay");
    QTest::newRow("needs you") << Badge::NeedsYou << AccountState::NeedsSignIn << false << true;
    QTest::newRow("needs you, but works") << Badge::NeedsYou << AccountState::StorageLocked << true << false;
    QTest::newRow("reconnecting") << Badge::Reconnecting << AccountState::Waiting << false << true;
    QTest::newRow("reconnecting, works") << Badge::Working << AccountState::Waiting << true << false;
    QTest::newRow("administrator") << Badge::NeedsAdmin << AccountState::PolicyBlocked << false << true;
    QTest::newRow("off") << Badge::Off << AccountState::Disabled << false << true;
    QTest::newRow("loading") << Badge::Off << AccountState::Loading << false << false;
    QTest::newRow("refreshing") << Badge::Reconnecting << AccountState::Refreshing << false << false;
    QTest::newRow("good, token not there yet") << Badge::Good << AccountState::Fresh << false << false;
}

void TestWorkspaceState::accountInTheWay()
{
    QFETCH(Badge, badge);
    QFETCH(AccountState, state);
    QFETCH(bool, usable);
    QFETCH(bool, inTheWay);
    WorkspaceFacts facts = allGood();
    facts.accountBadge = badge;
    facts.accountState = state;
    facts.accountUsable = usable;
    facts.accountSince = now.addSecs(-60);
    facts.accountNextAt = now.addSecs(60);
    const WorkspaceVerdict verdict = judge(facts, {}, now);
    QCOMPARE(verdict.state, inTheWay ? WorkspaceState::AccountNotUsable : WorkspaceState::Delivered);
    if (inTheWay) {
        QCOMPARE(verdict.since, facts.accountSince);
        QCOMPARE(verdict.nextAt, facts.accountNextAt);
    }
    facts.hasAccount = false; // a mirror that nobody of ours owns
    QCOMPARE(stateOf(facts), WorkspaceState::Delivered);
}

void TestWorkspaceState::readOnly()
{
    WorkspaceFacts facts = allGood();
    facts.readOnly = true;
    facts.outbox.pending = 1;
    QCOMPARE(stateOf(facts), WorkspaceState::ReadOnly);
}

void TestWorkspaceState::conflicts()
{
    WorkspaceFacts facts = allGood();
    facts.conflicts = 2;
    facts.outbox.pending = 1;
    facts.daemon = {};
    QCOMPARE(stateOf(facts), WorkspaceState::Conflicts);
}

void TestWorkspaceState::sinceStaysWithTheState()
{
    WorkspaceVerdict verdict = judge(allGood(), {}, now);
    QCOMPARE(verdict.since, now);
    verdict = judge(allGood(), verdict, now.addSecs(60));
    QCOMPARE(verdict.since, now);
    WorkspaceFacts facts = allGood();
    facts.conflicts = 1;
    verdict = judge(facts, verdict, now.addSecs(70));
    QCOMPARE(verdict.since, now.addSecs(70));
    verdict = judge(allGood(), verdict, now.addSecs(80));
    QCOMPARE(verdict.since, now.addSecs(80));
}

void TestWorkspaceState::providers()
{
    QCOMPARE(providerOf(u"/linear/issues/1.json"_s), u"linear"_s);
    QCOMPARE(providerOf(u"/README.md"_s), u"readme.md"_s);
    QVERIFY(providerOf({}).isEmpty());
    QVERIFY(providerOf(u"/"_s + QString(5000, u'x') + u"/y"_s).size() <= 60);
}

void TestWorkspaceState::scopes_data()
{
    QTest::addColumn<QStringList>("scopes");
    QTest::addColumn<bool>("readOnlyScopes");
    QTest::newRow("none") << QStringList() << false;
    QTest::newRow("others") << QStringList{u"openid"_s, u"profile"_s} << false;
    QTest::newRow("read") << QStringList{u"fs:read"_s, u"ops:read"_s} << true;
    QTest::newRow("read with plane") << QStringList{u"relayfile:fs:read:*"_s} << true;
    QTest::newRow("write") << QStringList{u"fs:read"_s, u"fs:write"_s} << false;
    QTest::newRow("write below a path") << QStringList{u"relayfile:fs:write:/github/**"_s} << false;
    QTest::newRow("manage") << QStringList{u"fs:manage"_s} << false;
    QTest::newRow("everything") << QStringList{u"relayfile:*:*:*"_s} << false;
    QTest::newRow("odd") << QStringList{u":"_s, u"fs"_s, u""_s} << false;
}

void TestWorkspaceState::scopes()
{
    QFETCH(QStringList, scopes);
    QFETCH(bool, readOnlyScopes);
    QCOMPARE(isReadOnly(scopes), readOnlyScopes);
}

// Whatever is true at once: no better state hides a worse one, and what is said about it fits.
void TestWorkspaceState::theWorstTrueOneWins()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo() << "seed" << seed;
    QRandomGenerator random(seed);
    const auto chance = [&](int one) { return random.bounded(one) == 0; };
    WorkspaceVerdict verdict;
    for (int round = 0; round < 20000; ++round) {
        WorkspaceFacts facts;
        facts.hasMirror = !chance(4);
        facts.mirrorPresent = facts.hasMirror && !chance(4);
        facts.outboxLoaded = facts.hasMirror && !chance(4);
        if (facts.outboxLoaded) {
            facts.outbox.pending = random.bounded(4);
            facts.pendingPushes = random.bounded(facts.outbox.pending + 1);
            facts.outbox.attention = chance(4) ? 1 : 0;
            facts.outbox.failed = random.bounded(3);
            facts.unreadablePending = chance(6) ? 1 : 0;
            facts.outbox.unreadable = facts.unreadablePending + random.bounded(2);
            facts.conflicts = chance(5) ? 1 : 0;
            if (facts.outbox.pending > 0 && chance(2))
                facts.outbox.oldestPendingAt = now.addSecs(random.bounded(-500, 100));
            if (facts.outbox.attention + facts.unreadablePending > 0)
                facts.newestAttention = troubled(u"/p/x"_s, u"no"_s);
        }
        facts.daemonKnown = chance(2);
        facts.daemon.running = facts.daemonKnown && chance(2);
        facts.daemon.custody = static_cast<DaemonCustody>(random.bounded(3));
        facts.hasAccount = chance(2);
        facts.accountBadge = static_cast<Badge>(random.bounded(6));
        facts.accountState = static_cast<AccountState>(random.bounded(17));
        facts.accountUsable = chance(2);
        facts.readOnly = chance(6);
        facts.sending = chance(4) ? 2 : 0;
        const QDateTime time = now.addSecs(round);
        const WorkspaceVerdict next = judge(facts, verdict, time);

        QVERIFY(next.since.isValid() && next.since <= time);
        const bool needsPerson = facts.outbox.attention + facts.unreadablePending > 0;
        QCOMPARE(next.state == WorkspaceState::Attention, needsPerson);
        QCOMPARE(next.attentionPath.isEmpty(), !needsPerson);
        if (facts.conflicts > 0)
            QVERIFY(next.state >= WorkspaceState::Conflicts);
        if (facts.outbox.pending > facts.pendingPushes)
            QVERIFY(next.state >= WorkspaceState::Pending);
        if (facts.sending > 0)
            QVERIFY(next.state >= WorkspaceState::Sending);
        if (facts.readOnly)
            QVERIFY(next.state >= WorkspaceState::ReadOnly);
        if (next.state == WorkspaceState::DaemonOff)
            QVERIFY(facts.hasMirror && facts.daemonKnown && !facts.daemon.running && facts.outbox.pending > 0);
        if (next.state == WorkspaceState::AccountNotUsable)
            QVERIFY(facts.hasAccount && !facts.accountUsable);
        if (next.state == WorkspaceState::Delivered || next.state == WorkspaceState::ForeignDaemon)
            QVERIFY(facts.outbox.pending == 0 && facts.outbox.attention == 0 && facts.conflicts == 0
                && (!facts.hasMirror || facts.outboxLoaded));
        // Judged again from the same facts nothing moves.
        const WorkspaceVerdict again = judge(facts, next, time.addSecs(1));
        QCOMPARE(again.state, next.state);
        QCOMPARE(again.since, next.since);
        verdict = next;
    }
}

QTEST_GUILESS_MAIN(TestWorkspaceState)
#include "test_workspacestate.moc"
