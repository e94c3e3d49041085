// Accounts of other programs come into view, change and go, and nothing is done to them.
#include "tests/core/accounts/observedbench.h"
#include "tests/support/compare.h"

#include <QSignalSpy>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

// The files' events come from the system; what is gathered after them waits for the clock.
void awaitLook(ObservedBench *home, int armedBefore)
{
    QTRY_VERIFY(home->bench.clock.armed() > armedBefore);
    home->bench.advance(1s);
}

} // namespace

class TestObservedAccounts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingBeforeTheStart()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt"_s, home.bench.clock.now().addSecs(600)));
        ObservedAccounts observed(
            {home.bench.service.get(), home.bench.profiles.get(), &home.bench.clock, home.places});
        QVERIFY(observed.accounts().isEmpty());
        observed.start();
        QCOMPARE(observed.accounts().size(), 1);
        QCoro::waitFor(observed.shutdown());
    }

    void health()
    {
        ObservedBench home;
        const QDateTime now = home.bench.clock.now();
        QVERIFY(home.putClaude(u"rt"_s, now.addSecs(600)));
        QVERIFY(home.put(
            u".claude.json"_s, QJsonObject{{u"oauthAccount"_s, QJsonObject{{u"emailAddress"_s, u"ada@x.test"_s}}}}));
        home.start();
        const AccountStatus status = home.observed->accounts().value(0);
        QCOMPARE(status.custody, Custody::Observed);
        QCOMPARE(status.observedBy, u"Claude Code"_s);
        QCOMPARE(status.providerId, u"claude"_s);
        QCOMPARE(status.providerName, u"Claude"_s);
        QCOMPARE(status.host, home.claude().endpoints.token.host());
        QCOMPARE(status.label, u"ada@x.test (Claude Code)"_s);
        QCOMPARE(status.subject, u"ada@x.test"_s);
        QCOMPARE(status.state, AccountState::Fresh);
        QCOMPARE(status.badge, Badge::Good);
        QCOMPARE(status.usableUntil, now.addSecs(600));
        QCOMPARE(status.scopes, QStringList{u"user:inference"_s});
        // The same file, the same id, in every run.
        const AccountId id = status.id;
        home.stop();
        home.start();
        QCOMPARE(home.only(), id);
        // Its program renews it when it is used again.
        home.bench.advance(700s);
        QCOMPARE(home.observed->accounts().value(0).state, AccountState::Fresh);
        QVERIFY(!home.observed->accounts().value(0).usableUntil);
        QVERIFY(home.bench.http.requests().isEmpty());
    }

    void anEndIsToldWhenItComes()
    {
        ObservedBench home;
        const QDateTime end = home.bench.clock.now().addSecs(600);
        QVERIFY(home.putClaude(QString(), end));
        home.start();
        QSignalSpy changed(home.observed.get(), &ObservedAccounts::accountChanged);
        QCOMPARE(home.observed->accounts().value(0).state, AccountState::Fresh);
        home.bench.advance(599s);
        QCOMPARE(changed.size(), 0);
        home.bench.advance(2s);
        QCOMPARE(changed.size(), 1);
        const AccountStatus status = home.observed->accounts().value(0);
        QCOMPARE(status.state, AccountState::NeedsSignIn);
        QCOMPARE(status.reason, u"expired"_s);
        QCOMPARE(status.since, end);
        QCOMPARE(home.bench.clock.armed(), 0); // nothing more to wait for
        const auto adopted = home.adopt(status.id);
        QVERIFY(!adopted);
        QCOMPARE(adopted.error().code, u"observed-expired"_s);
    }

    void unusableFilesSayWhy()
    {
        ObservedBench home;
        QVERIFY(home.put(u".claude/.credentials.json"_s, R"({"claudeAiOauth":{"accessToken":"a"}})"_ba, 0644));
        home.start();
        const AccountStatus status = home.observed->accounts().value(0);
        QCOMPARE(status.state, AccountState::Misconfigured);
        QCOMPARE(status.reason, u"not-private"_s);
        QVERIFY(status.lastError);
        const auto adopted = home.adopt(status.id);
        QVERIFY(!adopted);
        QCOMPARE(adopted.error().code, u"not-private"_s);
        QVERIFY(home.bench.service->accounts().isEmpty());
    }

    void filesComeChangeAndGo()
    {
        ObservedBench home;
        home.start();
        QSignalSpy changed(home.observed.get(), &ObservedAccounts::accountChanged);
        QSignalSpy removed(home.observed.get(), &ObservedAccounts::accountRemoved);
        // Appears later, its folders as well.
        const QDateTime end = home.bench.clock.now().addSecs(3600);
        int armed = home.bench.clock.armed();
        QVERIFY(home.putClaude(u"rt1"_s, end));
        awaitLook(&home, armed);
        QTRY_COMPARE(home.observed->accounts().size(), 1);
        const AccountId id = home.only();
        QCOMPARE(changed.size(), 1);
        // Replaced by rename.
        armed = home.bench.clock.armed();
        QVERIFY(home.putClaude(u"rt2"_s, end.addSecs(60)));
        awaitLook(&home, armed);
        QCOMPARE(home.observed->account(id)->usableUntil, end.addSecs(60));
        QCOMPARE(changed.size(), 2);
        // Written in place.
        armed = home.bench.clock.armed();
        QFile file(home.places.claudeFile());
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write("{");
        file.close();
        awaitLook(&home, armed);
        QCOMPARE(home.observed->account(id)->state, AccountState::Misconfigured);
        QCOMPARE(home.observed->account(id)->reason, u"unreadable"_s);
        // Removed.
        armed = home.bench.clock.armed();
        QVERIFY(QFile::remove(home.places.claudeFile()));
        awaitLook(&home, armed);
        QTRY_COMPARE(removed.size(), 1);
        QCOMPARE(removed.at(0).at(0).value<AccountId>(), id);
        QVERIFY(home.observed->accounts().isEmpty());
        // And back, the folder anew.
        armed = home.bench.clock.armed();
        QVERIFY(QDir(home.places.claudeFolder).removeRecursively());
        awaitLook(&home, armed);
        armed = home.bench.clock.armed();
        QVERIFY(home.putClaude(u"rt3"_s, end));
        awaitLook(&home, armed);
        QCOMPARE(home.only(), id);
    }

    void manyEventsAreOneLook()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt"_s, {}));
        home.start();
        const int armed = home.bench.clock.armed();
        for (int i = 0; i < 50; ++i)
            QVERIFY(home.put(u".claude/other-%1"_s.arg(i), "x"_ba));
        QTRY_VERIFY(home.bench.clock.armed() > armed);
        AccountBench::settle();
        QCOMPARE(home.bench.clock.armed(), armed + 1);
    }

    void bundlesOfOneWorkspaceAreOneAccount()
    {
        ObservedBench home;
        QVERIFY(home.putBundle(u"aa/read.json"_s, u"rt1"_s, {u"fs:read"_s}));
        home.start();
        const AccountId id = home.only();
        const AccountStatus before = home.observed->accounts().value(0);
        QCOMPARE(before.label, u"rw_1 (relayfile)"_s);
        QCOMPARE(before.host, u"files.test"_s);
        const int armed = home.bench.clock.armed();
        QVERIFY(home.putBundle(u"aa/wide.json"_s, u"rt2"_s, {u"fs:read"_s, u"fs:write"_s}));
        awaitLook(&home, armed);
        QCOMPARE(home.only(), id);
        QCOMPARE(home.observed->accounts().value(0).scopes.size(), 2);
        QCOMPARE(home.observed->accountsOf(ObservedSource::Relayfile), QList<AccountId>{id});
        QVERIFY(home.observed->accountsOf(ObservedSource::ClaudeCode).isEmpty());
    }

    void labelsAreUnique()
    {
        ObservedBench home;
        SignInRequest request = home.bench.pasted();
        request.label = u"Claude Code"_s;
        QVERIFY(home.bench.trySignIn(request));
        QVERIFY(home.putClaude(u"rt"_s, {}));
        home.start();
        QCOMPARE(home.observed->accounts().value(0).label, u"Claude Code (2)"_s);
    }

    void refusals()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt"_s, {}));
        home.start();
        const auto refusal = home.observed->refusal(home.only());
        QVERIFY(refusal);
        QCOMPARE(refusal->code, u"observed"_s);
        QCOMPARE(refusal->kind, ErrorClass::Input);
        QVERIFY(refusal->message.contains(u"Claude Code"_s));
        QVERIFY(!home.observed->refusal(AccountId(u"other"_s)));
        const auto adopted = home.adopt(AccountId(u"other"_s));
        QVERIFY(!adopted);
        QCOMPARE(adopted.error().code, u"not-observed"_s);
    }
};

QTEST_GUILESS_MAIN(TestObservedAccounts)
#include "test_observedaccounts.moc"
