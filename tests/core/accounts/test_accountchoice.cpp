#include "core/accounts/accountchoice.h"
#include "tests/support/compare.h"

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

namespace
{

const QDateTime now(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC);

// One letter for each kind of account, so that a row reads as a line.
AccountStatus account(QChar kind, int number)
{
    AccountStatus status;
    status.id = AccountId(QString::number(number));
    status.label = QString(QChar(u'A' + number));
    status.state = AccountState::Fresh;
    status.scopes = QStringList{u"read"_s};
    status.usableUntil = now.addSecs(3600);
    const auto quota = [&status](QuotaState state, double five, const QString &id = u"five_hour"_s) {
        QuotaStatus known;
        known.state = state;
        QuotaWindow window;
        window.id = id;
        window.usedPercent = five;
        window.resetsAt = now.addSecs(600);
        window.observedAt = now;
        window.model = id.contains(u"opus"_s) ? u"Opus"_s : QString();
        known.windows.append(window);
        status.quota = known;
    };
    switch (kind.unicode()) {
    case 'g': // good
        quota(QuotaState::Fresh, 42);
        break;
    case 's': // stale, but the numbers still count
        quota(QuotaState::Stale, 42);
        break;
    case 'l': // low
        quota(QuotaState::Fresh, 95);
        break;
    case 'w': // a week nearly over
        quota(QuotaState::Fresh, 90, u"seven_day"_s);
        break;
    case 'o': // one model used up
        quota(QuotaState::Fresh, 100, u"seven_day_opus"_s);
        break;
    case 'b': // blocked until 14:10
        quota(QuotaState::Blocked, 100);
        break;
    case 'p': // numbers past their reset
        quota(QuotaState::Stale, 42);
        status.quota->windows[0].resetsAt = now.addSecs(-1);
        break;
    case 'f': // doubtful numbers
        quota(QuotaState::Fresh, 0.4);
        status.quota->windows[0].certain = false;
        break;
    case 'h': // hidden by a policy
        status.quota = QuotaStatus();
        status.quota->state = QuotaState::Refused;
        break;
    case 'u': // no quota known
        break;
    case 'r': // reconnecting, but the token works
        status.state = AccountState::Waiting;
        status.nextAt = now.addSecs(120);
        break;
    case 'R': // reconnecting, and it does not
        status.state = AccountState::Waiting;
        status.usableUntil.reset();
        status.nextAt = now.addSecs(120);
        break;
    case 'd': // disabled
        status.enabled = false;
        break;
    case 'n': // needs a sign-in
        status.state = AccountState::NeedsSignIn;
        status.usableUntil.reset();
        break;
    case 'k': // keychain
        status.state = AccountState::StorageLocked;
        status.usableUntil.reset();
        break;
    case 'x': // scope
        status.missingScopes = QStringList{u"read"_s};
        break;
    case 'a': // administrator
        status.state = AccountState::PolicyBlocked;
        status.nextAt = now.addSecs(7200);
        break;
    default:
        qFatal("no such kind of account");
    }
    return status;
}

QList<ChoiceCandidate> line(const QString &kinds)
{
    QList<ChoiceCandidate> candidates;
    for (int i = 0; i < kinds.size(); ++i)
        candidates.append({account(kinds.at(i), i), i, false, {}});
    return candidates;
}

const ChoiceRules readRules{{u"read"_s}, false};

} // namespace

Q_DECLARE_METATYPE(Postroom::ErrorClass)

class TestAccountChoice : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void order_data()
    {
        QTest::addColumn<QString>("chosen");
        QTest::addColumn<QString>("others"); // why not, in order
        QTest::newRow("g") << u"A"_s << QString();
        QTest::newRow("gg") << u"A"_s << u"behind"_s;
        QTest::newRow("ug") << u"B"_s << u"quota-unknown"_s;
        QTest::newRow("hg") << u"B"_s << u"quota-unknown"_s;
        QTest::newRow("lug") << u"C"_s << u"quota-low quota-unknown"_s;
        QTest::newRow("lu") << u"B"_s << u"quota-low"_s;
        QTest::newRow("wg") << u"B"_s << u"quota-low"_s;
        QTest::newRow("og") << u"B"_s << u"quota-low"_s;
        QTest::newRow("l") << u"A"_s << QString();
        QTest::newRow("bl") << u"B"_s << u"quota-used-up"_s;
        QTest::newRow("bh") << u"B"_s << u"quota-used-up"_s;
        QTest::newRow("sg") << u"A"_s << u"behind"_s;
        QTest::newRow("pg") << u"B"_s << u"quota-unknown"_s; // Q23: past its reset, not used
        QTest::newRow("fg") << u"B"_s << u"quota-unknown"_s;
        QTest::newRow("dnkxaRg") << u"G"_s << u"disabled needs-sign-in keychain-locked scope-missing policy not-now"_s;
        QTest::newRow("ru") << u"A"_s << u"behind"_s;
        QTest::newRow("Ru") << u"B"_s << u"not-now"_s;
    }
    void order()
    {
        QFETCH(QString, chosen);
        QFETCH(QString, others);
        const auto choice = chooseAccount(line(QString::fromLatin1(QTest::currentDataTag())), readRules, now);
        QVERIFY(choice);
        QCOMPARE(choice->label, chosen);
        QStringList why;
        for (const OtherAccount &other : choice->others)
            why.append(toString(other.why));
        QCOMPARE(why.join(u' '), others);
    }

    void saysUntilWhen()
    {
        const auto choice = chooseAccount(line(u"bRgg"_s), readRules, now);
        QVERIFY(choice);
        QCOMPARE(choice->label, u"C"_s);
        QCOMPARE(*choice->others.at(0).until, now.addSecs(600));
        QVERIFY(choice->others.at(0).cameFirst);
        QCOMPARE(*choice->others.at(1).until, now.addSecs(120));
        QVERIFY(!choice->others.at(2).cameFirst);
    }

    void thePersonsOrderAndThenTheSticky()
    {
        auto candidates = line(u"gg"_s);
        candidates[1].sticky = true;
        QCOMPARE(chooseAccount(candidates, {}, now)->label, u"A"_s);
        candidates[1].order = 0;
        QCOMPARE(chooseAccount(candidates, {}, now)->label, u"B"_s);
        candidates[0].order = 5;
        candidates[1].order = 6;
        candidates[1].sticky = false;
        std::swap(candidates[0], candidates[1]);
        QCOMPARE(chooseAccount(candidates, {}, now)->label, u"A"_s);
    }

    void aTokenThatDidNotCome()
    {
        auto candidates = line(u"gg"_s);
        Error error;
        error.origin = Origin::Token;
        error.kind = ErrorClass::Server;
        error.retryAt = now.addSecs(40);
        candidates[0].refused = error;
        const auto choice = chooseAccount(candidates, {}, now);
        QVERIFY(choice && choice->label == u"B"_s);
        QCOMPARE(choice->others.first().why, PassedOver::NotNow);
        QCOMPARE(*choice->others.first().until, now.addSecs(40));
    }

    void unknownMayBeClosed()
    {
        // Q23: numbers past their reset are unknown, and where the rules want proof that is closed.
        ChoiceRules strict;
        strict.needsKnownQuota = true;
        const auto choice = chooseAccount(line(u"pul"_s), strict, now);
        QVERIFY(choice && choice->label == u"C"_s);
        const auto none = chooseAccount(line(u"pu"_s), strict, now);
        QVERIFY(!none);
        QCOMPARE(none.error().kind, ErrorClass::Rate);
        QCOMPARE(*none.error().retryAt, now.addSecs(300));
        QCOMPARE(chooseAccount(line(u"pu"_s), {}, now)->label, u"A"_s);
    }

    void nobody_data()
    {
        QTest::addColumn<QString>("kinds");
        QTest::addColumn<ErrorClass>("kind");
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("retry"); // -1: none
        QTest::newRow("Q21") << u"bb"_s << ErrorClass::Rate << 429 << 660;
        QTest::newRow("Q22") << u"nn"_s << ErrorClass::Reauth << 401 << -1;
        QTest::newRow("one is only paused") << u"nb"_s << ErrorClass::Rate << 429 << 660;
        QTest::newRow("a sign-in comes back earlier") << u"bR"_s << ErrorClass::Rate << 429 << 120;
        QTest::newRow("switched off do not count") << u"dn"_s << ErrorClass::Reauth << 401 << -1;
        QTest::newRow("administrator") << u"a"_s << ErrorClass::Rate << 429 << 7200;
        QTest::newRow("keychain") << u"kd"_s << ErrorClass::Store << 0 << -1;
        QTest::newRow("scope") << u"xd"_s << ErrorClass::Scope << 0 << -1;
        QTest::newRow("switched off") << u"dd"_s << ErrorClass::Input << 0 << -1;
        QTest::newRow("none") << QString() << ErrorClass::Input << 0 << -1;
    }
    void nobody()
    {
        QFETCH(QString, kinds);
        QFETCH(ErrorClass, kind);
        QFETCH(int, status);
        QFETCH(int, retry);
        const auto choice = chooseAccount(line(kinds), readRules, now);
        QVERIFY(!choice);
        QCOMPARE(choice.error().kind, kind);
        QCOMPARE(choice.error().status, status);
        QCOMPARE(choice.error().retryAt ? static_cast<int>(now.secsTo(*choice.error().retryAt)) : -1, retry);
        QVERIFY(!choice.error().code.isEmpty() && !choice.error().message.isEmpty());
        if (kinds == u"nn"_s)
            QVERIFY(choice.error().message.contains(u"A, B"_s));
    }

    void anUnknownReset()
    {
        // Q21 where nobody said when.
        auto candidates = line(u"b"_s);
        candidates[0].account.quota->windows[0].resetsAt.reset();
        const auto choice = chooseAccount(candidates, {}, now);
        QVERIFY(!choice);
        QCOMPARE(*choice.error().retryAt, now.addSecs(300));
    }

    void aBodyThatCannotBeSentAgain()
    {
        // Q20
        HttpRequest request;
        HttpResponse answer;
        for (const int status : {401, 403, 429}) {
            answer.status = status;
            QVERIFY(mayTryAnother(request, answer));
        }
        for (const int status : {200, 400, 404, 500, 503}) {
            answer.status = status;
            QVERIFY(!mayTryAnother(request, answer));
        }
        answer.status = 429;
        request.unchanged = [] { return false; };
        QVERIFY(!mayTryAnother(request, answer));
        request.unchanged = [] { return true; };
        QVERIFY(mayTryAnother(request, answer));
        request.mayReplay = false;
        QVERIFY(!mayTryAnother(request, answer));
    }
};

QTEST_GUILESS_MAIN(TestAccountChoice)
#include "test_accountchoice.moc"
