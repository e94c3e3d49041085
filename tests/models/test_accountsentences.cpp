#include "models/quotasentences.h"
#include "models/sentences.h"
#include "tests/support/fakedesk.h"

#include <QTest>

using namespace Postroom;

namespace
{

const QLocale british(QStringLiteral("en_GB"));

QDateTime at(int hour, int minute)
{
    return {QDate(2026, 1, 15), QTime(hour, minute), Qt::UTC};
}

Error errorOf(ErrorClass kind, const QString &code = {}, const QString &message = {})
{
    Error error;
    error.origin = Origin::Token;
    error.kind = kind;
    error.code = code;
    error.message = message;
    return error;
}

const QDateTime now = at(14, 5);

} // namespace

class TestAccountSentences : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void accounts_data();
    void accounts();
    void percentAndMoney();
};

// What token health adds: verdicts, step-up, ends, pauses, allowances.
template <typename Row>
void furtherAccounts(const Row &row)
{
    AccountStatus a = goodAccount();
    a.state = AccountState::NeedsSignIn;
    a.usableUntil.reset();
    a.since = at(14, 2);
    const std::pair<const char *, const char *> reasons[]{
        {"revoked", "Signed out by Acme at 14:02: the sign-in was taken back."},
        {"secret-missing", "The keychain no longer has this sign-in, noticed at 14:02."},
        {"secret-corrupt", "The keychain's entry for this sign-in cannot be read, noticed at 14:02."},
        {"interaction", "Acme wants you to confirm your sign-in, since 14:02."},
        {"admin-session", "Signed out by Acme at 14:02: your organisation wants a new sign-in from time to time."},
        {"rejected-by-service", "The services of Acme have not taken this sign-in since 14:02."},
        {"client-replaced", "Signed out by Acme at 14:02: this app was registered anew."},
        {"replaced", "Signed out by Acme at 14:02: a newer sign-in has replaced this one."},
        {"refused", "Acme refused to renew the sign-in at 14:02."},
        {"something-new", "Acme has asked for a new sign-in since 14:02."},
    };
    for (const auto &[reason, text] : reasons) {
        a.reason = QString::fromLatin1(reason);
        row(reason, a, Shape::NeedsYou, text, "Sign in");
    }
    a.reason = QStringLiteral("refused");
    a.confirmed = false;
    a.nextAt.reset();
    a.lastError = LastError{errorOf(ErrorClass::Reauth, QStringLiteral("strange_code")), 2, at(14, 2)};
    row("unconfirmed", a, Shape::NeedsYou,
        "Acme refused to renew the sign-in at 14:02: \"strange_code\". Asked again tomorrow.", "Sign in");
    a.nextAt = at(14, 2).addDays(1);
    row("unconfirmed, known when", a, Shape::NeedsYou,
        "Acme refused to renew the sign-in at 14:02: \"strange_code\". Asked again tomorrow 14:02.", "Sign in");
    a.state = AccountState::Refreshing;
    a.badge = Badge::NeedsYou;
    row("unconfirmed, being asked", a, Shape::NeedsYou, "Acme refused to renew the sign-in at 14:02: \"strange_code\".",
        "");
    a.state = AccountState::Misconfigured;
    a.lastError->error.message = QStringLiteral("The sign-in address was not found.");
    row("misconfigured, unconfirmed", a, Shape::NeedsYou,
        "The settings of this account do not fit auth.acme.example: The sign-in address was not found. Asked again "
        "tomorrow 14:02.",
        "Sign in");

    a = goodAccount();
    a.stepUp = QStringLiteral("urn:acme:mfa");
    row("step-up", a, Shape::NeedsYou, "Acme wants you to confirm who you are.", "Confirm");
    a.state = AccountState::NeedsSignIn;
    a.reason = QStringLiteral("step-up");
    row("step-up as a verdict", a, Shape::NeedsYou, "Acme wants you to confirm who you are.", "Confirm");

    a = goodAccount();
    a.state = AccountState::IdentityMismatch;
    a.seenSubject = QStringLiteral("bob@acme.example");
    row("somebody else", a, Shape::NeedsYou,
        "You signed in as bob@acme.example; this account is ada@acme.example. Nothing was changed.", "Choose");
    a.seenSubject.clear();
    row("somebody unknown", a, Shape::NeedsYou,
        "Somebody else signed in; this account is ada@acme.example. Nothing was changed.", "Choose");

    a = goodAccount();
    a.state = AccountState::ClientRejected;
    a.lastError = LastError{errorOf(ErrorClass::Client, QStringLiteral("unauthorized_client")), 1, at(14, 2)};
    row("client may not", a, Shape::NeedsYou, "Acme does not let this app renew sign-ins.", "Repair");

    a = goodAccount();
    a.state = AccountState::RateLimited;
    a.nextAt = at(14, 35);
    row("rate limited, usable", a, Shape::Working,
        "Works until 15:40. auth.acme.example asked for a pause until 14:35.", "");

    a = goodAccount();
    a.state = AccountState::Refreshing;
    a.since = at(14, 2);
    a.lastError = LastError{errorOf(ErrorClass::Server), 6, at(14, 2)};
    a.badge = Badge::Working;
    row("trying again, usable", a, Shape::Working,
        "Works until 15:40. The sign-in server has answered with an error page since 14:02.", "");
    a.badge = Badge::Reconnecting;
    a.usableUntil.reset();
    row("trying again, lost", a, Shape::Waiting, "Reconnecting since 14:02: auth.acme.example has trouble of its own.",
        "");

    a = goodAccount();
    a.state = AccountState::StorageLocked;
    a.reason = QStringLiteral("no-keychain");
    row("no keychain", a, Shape::NeedsYou, "No keychain is running, and the sign-in is kept there.", "Why?");
    a.reason = QStringLiteral("timed-out");
    row("keychain hangs", a, Shape::NeedsYou, "The keychain does not answer. Continues when it does.", "Try now");
    a.reason = QStringLiteral("denied");
    row("keychain refuses", a, Shape::NeedsYou, "The keychain did not let Postroom in.", "Try now");
    a.reason = QStringLiteral("keychain");
    row("keychain in trouble", a, Shape::NeedsYou, "The keychain cannot be read at the moment.", "Try now");
    a = goodAccount();
    a.storage = StorageState::Unsaved;
    row("unsaved, why unknown", a, Shape::NeedsYou,
        "The new sign-in could not be saved in the keychain. It works until you quit.", "Try now");
    a.storage = StorageState::Corrupt;
    row("corrupt", a, Shape::NeedsYou, "The keychain's entry for this sign-in cannot be read. It works until you quit.",
        "Sign in");

    a = goodAccount();
    a.signInEndsAt = now.addDays(8);
    row("ends later", a, Shape::Good, "Signed in as ada@acme.example.", "");
    a.signInEndsAt = now.addDays(6).addSecs(60);
    row("ends in days", a, Shape::Good, "Signed in. The sign-in ends in 6 days.", "Sign in again");
    a.signInEndsAt = now.addSecs(20 * 3600);
    row("ends tomorrow", a, Shape::NeedsYou, "The sign-in ends tomorrow 10:05.", "Sign in again");
    a.signInEndsAt = now.addSecs(-60);
    row("ended by the clock alone", a, Shape::Good, "Signed in as ada@acme.example.", "");

    a = goodAccount();
    a.missingScopes = {QStringLiteral("https://www.googleapis.com/auth/calendar"), QStringLiteral("mail.send"),
        QStringLiteral("files"), QStringLiteral("contacts"), QStringLiteral("tasks")};
    row("many scopes", a, Shape::NeedsYou, "Signed in, but without the right to calendar, mail.send, files and 2 more.",
        "Grant access");

    a = goodAccount();
    QuotaWindow session;
    session.id = QStringLiteral("five_hour");
    session.usedPercent = 41.6;
    session.resetsAt = at(16, 30);
    QuotaWindow week;
    week.id = QStringLiteral("seven_day");
    week.usedPercent = 12;
    a.quota = QuotaStatus{QuotaState::Fresh, {}, now, {}, {session, week}, {}, {}, {}, {}};
    row("quota", a, Shape::Good, "Signed in. 42 % of the 5-hour limit used, resets 16:30.", "");
    a.quota->windows[0].resetsAt = at(14, 0);
    row("quota, one window over", a, Shape::Good, "Signed in. 12 % of the weekly limit used.", "");
    a.quota->windows[1].usedPercent = 100;
    a.quota->windows[1].resetsAt = at(9, 0).addDays(1);
    a.quota->state = QuotaState::Blocked;
    row("quota used up", a, Shape::Good, "Signed in. The weekly limit is used up, resets tomorrow 09:00.", "");
    a.quota = QuotaStatus{QuotaState::Refused, QStringLiteral("policy"), now, {}, {}, {}, {}, {}, {}};
    row("quota refused", a, Shape::Good, "Signed in. Acme hides its usage data.", "");
    a.quota->reason = QStringLiteral("scope");
    row("quota without the right", a, Shape::Good, "Signed in. This sign-in may not read the usage data of Acme.", "");

    a = goodAccount();
    a.state = AccountState::SignedOut;
    a.reason = QStringLiteral("signed-out-here");
    a.since = at(14, 2);
    row("signed out here", a, Shape::Off, "Signed out by you at 14:02.", "Sign in");
    a.reason = QStringLiteral("session-ended");
    row("session ended", a, Shape::Off, "Signed out: the sign-in was kept until Postroom quit, as you chose.",
        "Sign in");

    a = goodAccount();
    a.state = AccountState::Waiting;
    a.usableUntil.reset();
    a.reason = QStringLiteral("proxy");
    a.lastError = LastError{errorOf(ErrorClass::NetSec, QStringLiteral("proxy")), 1, at(14, 2)};
    row("proxy is silent", a, Shape::NeedsYou, "The proxy on the way to auth.acme.example does not answer.", "Why?");
    a.lastError->error.code = QStringLiteral("proxy-auth");
    row("proxy asks", a, Shape::NeedsYou, "The proxy on the way to auth.acme.example wants a log-in of its own.",
        "Why?");
}

void TestAccountSentences::accounts_data()
{
    QTest::addColumn<AccountStatus>("account");
    QTest::addColumn<int>("shape");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("button");
    const auto row
        = [](const char *name, const AccountStatus &account, Shape shape, const char *text, const char *button) {
              QTest::newRow(name) << account << static_cast<int>(shape) << QString::fromUtf8(text)
                                  << QString::fromUtf8(button);
          };
    AccountStatus a = goodAccount();
    row("fresh", a, Shape::Good, "Signed in as ada@acme.example.", "");
    a.state = AccountState::Refreshing;
    row("refreshing", a, Shape::Good, "Signed in as ada@acme.example.", "");

    a.state = AccountState::Retrying;
    a.since = at(14, 2);
    a.nextAt = at(14, 6);
    a.lastError = LastError{errorOf(ErrorClass::Net), 1, at(14, 2)};
    row("retrying", a, Shape::Good,
        "Signed in, works until 15:40. The sign-in server did not answer at 14:02; next try 14:06.", "");

    a.state = AccountState::Waiting;
    a.nextAt = at(14, 22);
    a.lastError = LastError{errorOf(ErrorClass::Infra), 4, at(14, 2)};
    row("waiting, usable", a, Shape::Working,
        "Works until 15:40. The sign-in server has answered with an error page since 14:02; next try 14:22.",
        "Try now");
    a.usableUntil = at(14, 0);
    a.lastError->error.kind = ErrorClass::Net;
    row("waiting, lost", a, Shape::Waiting,
        "Reconnecting since 14:02: no route to auth.acme.example. Next try 14:22, or as soon as the network is back.",
        "Try now");

    a.state = AccountState::Stalled;
    a.since = at(14, 2).addDays(-1);
    a.nextAt = at(15, 10);
    row("stalled", a, Shape::Waiting,
        "Not reachable since yesterday 14:02; still signed in. Tried every hour, next at 15:10.", "Try now");
    a.state = AccountState::RateLimited;
    a.nextAt = at(14, 35);
    row("rate limited", a, Shape::Waiting, "auth.acme.example asked for a pause until 14:35.", "");
    a.state = AccountState::Offline;
    row("offline", a, Shape::Off, "Offline. Continues when the network is back.", "");

    a.state = AccountState::Waiting;
    a.lastError->error = errorOf(ErrorClass::NetSec, QStringLiteral("captive-portal"));
    row("portal", a, Shape::Waiting, "This network wants you to log in first (hotel or guest network).", "Open page");
    a.lastError->error = errorOf(ErrorClass::NetSec, QStringLiteral("tls"));
    row("tls", a, Shape::NeedsYou, "The certificate of auth.acme.example is not trusted, so nothing was sent.", "Why?");
    a.lastError->error = errorOf(ErrorClass::NetSec, QStringLiteral("tls-time"));
    row("clock", a, Shape::NeedsYou, "The computer's clock seems to be wrong, so certificates look expired.", "");

    a = goodAccount();
    a.state = AccountState::StorageLocked;
    a.reason = QStringLiteral("locked");
    row("locked", a, Shape::NeedsYou, "The keychain is locked. Continues when it is unlocked.", "Unlock");
    a = goodAccount();
    a.storage = StorageState::Absent;
    row("absent", a, Shape::NeedsYou, "No keychain is running. Signed in until you quit.", "Why?");
    a.storage = StorageState::Unsaved;
    a.reason = QStringLiteral("locked");
    row("unsaved", a, Shape::NeedsYou,
        "The new sign-in could not be saved: the keychain is locked. It works until you quit.", "Unlock");
    a.reason.clear();
    a.storage = StorageState::Session;
    row("session", a, Shape::Good, "Signed in as ada@acme.example until you quit.", "");

    a = goodAccount();
    a.state = AccountState::NeedsSignIn;
    a.since = at(14, 2);
    a.reason = QStringLiteral("expired");
    row("expired", a, Shape::NeedsYou, "Signed out by Acme at 14:02: the sign-in has expired.", "Sign in");
    a.reason = QStringLiteral("lost-response");
    row("lost response", a, Shape::NeedsYou,
        "Acme does not know the last sign-in any more; its answer was lost at 14:02.", "Sign in");
    a = goodAccount();
    a.missingScopes = {QStringLiteral("write calendars")};
    row("scope", a, Shape::NeedsYou, "Signed in, but without the right to write calendars.", "Grant access");
    a = goodAccount();
    a.state = AccountState::ClientRejected;
    row("client", a, Shape::NeedsYou, "Acme no longer accepts this app's registration.", "Repair");
    a.state = AccountState::PolicyBlocked;
    a.nextAt = at(20, 0);
    row("policy", a, Shape::NeedsAdmin, "Acme's administrator does not allow this sign-in. Checked again at 20:00.",
        "");
    a = goodAccount();
    a.custody = Custody::Observed;
    a.observedBy = QStringLiteral("Claude Code");
    row("observed", a, Shape::Good, "Kept signed in by Claude Code.", "Move into the keychain");
    a.quota = QuotaStatus{QuotaState::Refused, QStringLiteral("policy"), now, {}, {}, {}, {}, {}, {}};
    row("observed, quota", a, Shape::Good, "Kept signed in by Claude Code. Acme hides its usage data.",
        "Move into the keychain");
    a.state = AccountState::NeedsSignIn;
    a.reason = QStringLiteral("expired");
    a.since = at(14, 2);
    row("observed, ended", a, Shape::Off, "The sign-in that Claude Code kept ended at 14:02. It begins anew there.",
        "");
    a.state = AccountState::Misconfigured;
    a.lastError = LastError{
        errorOf(ErrorClass::Input, QStringLiteral("link"), QStringLiteral("The file is a link.")), 0, at(14, 2)};
    row("observed, unusable", a, Shape::Off,
        "The sign-in that Claude Code keeps cannot be used here: The file is a link.", "");

    furtherAccounts(row);

    a = goodAccount();
    a.enabled = false;
    row("disabled", a, Shape::Off, "Switched off.", "Switch on");
    a = goodAccount();
    a.state = AccountState::SignedOut;
    row("signed out", a, Shape::Off, "Signed out.", "Sign in");
}

void TestAccountSentences::accounts()
{
    QFETCH(AccountStatus, account);
    QFETCH(int, shape);
    QFETCH(QString, text);
    QFETCH(QString, button);
    const Sentence sentence = sentenceFor(account, now, british);
    QCOMPARE(sentence.text, text);
    QCOMPARE(static_cast<int>(sentence.shape), shape);
    QCOMPARE(sentence.button, button);
    QCOMPARE(sentence.step == Step::None, button.isEmpty());
}

void TestAccountSentences::percentAndMoney()
{
    QCOMPARE(sayPercent(0, british), QStringLiteral("0 %"));
    QCOMPARE(sayPercent(0.2, british), QStringLiteral("1 %"));
    QCOMPARE(sayPercent(99.8, british), QStringLiteral("99 %"));
    QCOMPARE(sayPercent(100, british), QStringLiteral("100 %"));
    QCOMPARE(sayPercent(130.4, british), QStringLiteral("130 %"));
    QCOMPARE(sayPercent(std::numeric_limits<double>::quiet_NaN(), british), QStringLiteral("0 %"));
    QuotaExtra extra;
    QVERIFY(sayQuotaExtra(extra, british).isEmpty());
    extra.enabled = true;
    QCOMPARE(sayQuotaExtra(extra, british), QStringLiteral("switched on"));
    extra.used = 3.2;
    extra.limit = 20;
    extra.currency = QStringLiteral("GBP");
    QCOMPARE(sayQuotaExtra(extra, british), QStringLiteral("£3.20 of £20.00 used"));
    extra.currency = QStringLiteral("JPY");
    QVERIFY(sayQuotaExtra(extra, british).contains(QStringLiteral("JPY")));
    QuotaWindow unknown;
    unknown.id = QStringLiteral("seven_day_omelette");
    unknown.known = false;
    QCOMPARE(sayQuotaWindow(unknown), QStringLiteral("limit \"seven_day_omelette\""));
    unknown.known = true;
    unknown.model = QStringLiteral("Opus");
    QCOMPARE(sayQuotaWindow(unknown), QStringLiteral("weekly limit for Opus"));
    QCOMPARE(sayQuotaUse(unknown, now, british),
        QStringLiteral("0 % of the weekly limit for Opus used, begins with its next use."));
}

QTEST_GUILESS_MAIN(TestAccountSentences)
#include "test_accountsentences.moc"
