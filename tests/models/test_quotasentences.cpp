#include "core/base/json.h"
#include "models/choicesentences.h"
#include "models/jsonvalues.h"
#include "models/quotasentences.h"
#include "models/sentences.h"
#include "tests/support/fakedesk.h"

#include <QJsonArray>
#include <QTest>

using namespace Postroom;

namespace
{

const QLocale british(QStringLiteral("en_GB"));
const QDateTime now(QDate(2026, 1, 15), QTime(14, 5), Qt::UTC);

QuotaWindow window(const char *id, double used, const std::optional<QDateTime> &reset = {})
{
    QuotaWindow made;
    made.id = QLatin1String(id);
    made.usedPercent = used;
    made.resetsAt = reset;
    made.observedAt = now;
    return made;
}

AccountStatus with(QuotaState state, const QList<QuotaWindow> &windows, const QString &reason = {})
{
    AccountStatus account = goodAccount();
    account.providerName = QStringLiteral("Acme");
    account.quota = QuotaStatus();
    account.quota->state = state;
    account.quota->reason = reason;
    account.quota->windows = windows;
    return account;
}

QStringList linesOf(const AccountStatus &account)
{
    return quotaLines(*account.quota, account.providerName, now, british);
}

QDateTime at(int hour, int minute)
{
    return {QDate(2026, 1, 15), QTime(hour, minute), Qt::UTC};
}

} // namespace

class TestQuotaSentences : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sentences_data()
    {
        QTest::addColumn<AccountStatus>("account");
        QTest::addColumn<QString>("text");
        const auto row = [](const char *name, const AccountStatus &account, const char *text) {
            QTest::newRow(name) << account << QString::fromUtf8(text);
        };
        const QuotaWindow five = window("five_hour", 42.9, at(16, 30));
        const QuotaWindow week = window("seven_day", 13, at(16, 30).addDays(1));
        row("known", with(QuotaState::Fresh, {five, week}), "Signed in. 43 % of the 5-hour limit used, resets 16:30.");
        AccountStatus binding = with(QuotaState::Fresh, {five, week});
        binding.quota->binding = QStringLiteral("seven_day");
        row("the server says which one binds", binding,
            "Signed in. 13 % of the weekly limit used, resets tomorrow 16:30.");
        row("not begun", with(QuotaState::Fresh, {window("five_hour", 0)}),
            "Signed in. 0 % of the 5-hour limit used, begins with its next use.");
        row("stale", with(QuotaState::Stale, {five}), "Signed in. 43 % of the 5-hour limit used, resets 16:30.");
        row("nearly", with(QuotaState::Fresh, {window("five_hour", 99.9, at(16, 30))}),
            "Signed in. 99 % of the 5-hour limit used, resets 16:30.");
        row("used up", with(QuotaState::Blocked, {window("five_hour", 100, at(16, 30))}, QStringLiteral("five_hour")),
            "Signed in. The 5-hour limit is used up, resets 16:30.");
        row("used up, nobody says until when", with(QuotaState::Blocked, {window("seven_day", 101)}),
            "Signed in. The weekly limit is used up.");
        row("refused", with(QuotaState::Refused, {}, QStringLiteral("policy")),
            "Signed in. Acme hides its usage data.");
        row("refused, scope", with(QuotaState::Refused, {}, QStringLiteral("scope")),
            "Signed in. This sign-in may not read the usage data of Acme.");
        row("refused, but the headers told", with(QuotaState::Refused, {five}, QStringLiteral("policy")),
            "Signed in. 43 % of the 5-hour limit used, resets 16:30.");
        QuotaWindow doubtful = window("five_hour", 0.4, at(16, 30));
        doubtful.certain = false;
        row("doubtful", with(QuotaState::Fresh, {doubtful}), "Signed in as ada@acme.example.");
        row("unknown", with(QuotaState::Unknown, {}), "Signed in as ada@acme.example.");
        QuotaWindow strange = window("monthly", 50);
        strange.known = false;
        row("of no known kind", with(QuotaState::Fresh, {strange}), "Signed in as ada@acme.example.");
        // What is wrong with the sign-in comes before any number.
        AccountStatus unsaved = with(QuotaState::Fresh, {five});
        unsaved.storage = StorageState::Absent;
        row("no keychain", unsaved, "No keychain is running. Signed in until you quit.");
        AccountStatus retrying = with(QuotaState::Fresh, {five});
        retrying.enabled = false;
        row("switched off", retrying, "Switched off.");
    }
    void sentences()
    {
        QFETCH(AccountStatus, account);
        QFETCH(QString, text);
        QCOMPARE(sentenceFor(account, now, british).text, text);
    }

    void aRefusalIsNoTrouble()
    {
        QCOMPARE(sentenceFor(with(QuotaState::Refused, {}, QStringLiteral("policy")), now, british).shape, Shape::Good);
        QCOMPARE(sentenceFor(with(QuotaState::Blocked, {window("five_hour", 100)}), now, british).shape, Shape::Good);
    }

    void lines()
    {
        QuotaWindow opus = window("seven_day_opus", 7);
        opus.model = QStringLiteral("Opus");
        QuotaWindow strange = window("monthly", 12);
        strange.known = false;
        AccountStatus account = with(QuotaState::Stale, {window("five_hour", 42, at(16, 30)), opus, strange});
        account.quota->extra = QuotaExtra{true, 12.34, 50.0, QStringLiteral("USD"), {}};
        account.quota->lastCode = QStringLiteral("http-500");
        account.quota->lastMessage = QStringLiteral("The usage page answered with 500.");
        account.quota->nextAt = at(14, 7);
        QCOMPARE(linesOf(account),
            (QStringList{QStringLiteral("42 % of the 5-hour limit used, resets 16:30."),
                QStringLiteral("7 % of the weekly limit for Opus used."),
                QStringLiteral("12 % of the limit \"monthly\" used."),
                QStringLiteral("Extra usage: $12.34 of $50.00 used."),
                QStringLiteral("The numbers may be old: Acme did not tell newer ones. Asked again at 14:07.")}));
        AccountStatus refused = with(QuotaState::Refused, {}, QStringLiteral("policy"));
        refused.quota->lastCode = QStringLiteral("permission_error");
        QCOMPARE(linesOf(refused), QStringList{QStringLiteral("Acme hides its usage data.")});
        AccountStatus changed = with(QuotaState::Unknown, {}, QStringLiteral("endpoint-changed"));
        changed.quota->lastCode = QStringLiteral("http-404");
        QCOMPARE(linesOf(changed), QStringList{QStringLiteral("The usage page of Acme seems to have changed.")});
        QCOMPARE(linesOf(with(QuotaState::Fresh, {})), QStringList{QStringLiteral("Nothing has been used yet.")});
    }

    void choices()
    {
        AccountChoice choice{AccountId(QStringLiteral("b")), QStringLiteral("B"), {}};
        QCOMPARE(sayChoice(choice, now, british), QStringLiteral("Using B."));
        OtherAccount other{AccountId(QStringLiteral("a")), QStringLiteral("A"), PassedOver::BehindInOrder, {}, false};
        choice.others = {other};
        QCOMPARE(sayChoice(choice, now, british), QStringLiteral("Using B, which comes first."));
        other.cameFirst = true;
        other.why = PassedOver::QuotaUsedUp;
        other.until = at(14, 25);
        choice.others = {other};
        QCOMPARE(sayChoice(choice, now, british), QStringLiteral("Using B because A resets at 14:25."));
        for (int why = 0; why <= static_cast<int>(PassedOver::QuotaLow); ++why) {
            choice.others[0].why = static_cast<PassedOver>(why);
            for (const auto &until : {std::optional(at(14, 25)), std::optional<QDateTime>()}) {
                choice.others[0].until = until;
                const QString text = sayChoice(choice, now, british);
                QVERIFY2(text.startsWith(QStringLiteral("Using B because A ")), qPrintable(text));
                QVERIFY2(text.endsWith(QLatin1Char('.')) && !text.contains(QLatin1Char('%')), qPrintable(text));
            }
        }
    }

    void whoServes()
    {
        AccountStatus first
            = with(QuotaState::Blocked, {window("five_hour", 100, at(16, 30))}, QStringLiteral("five_hour"));
        AccountStatus second = goodAccount();
        second.id = AccountId(QStringLiteral("second"));
        second.label = QStringLiteral("Second");
        QCOMPARE(sayWhoServes({first}, first, now, british), QString());
        for (const AccountStatus &shown : {first, second})
            QCOMPARE(sayWhoServes({first, second}, shown, now, british),
                QStringLiteral("Using Second because Ada at Acme resets at 16:30."));
        // One that another program keeps, or of another server, stands in for nobody.
        AccountStatus other = second;
        other.custody = Custody::Observed;
        QCOMPARE(sayWhoServes({first, other}, first, now, british), QString());
        QCOMPARE(sayWhoServes({first, second, other}, other, now, british), QString());
        other = second;
        other.host = QStringLiteral("elsewhere.example");
        QCOMPARE(sayWhoServes({first, other}, first, now, british), QString());
        second.state = AccountState::NeedsSignIn;
        first.state = AccountState::NeedsSignIn;
        const QString nobody = sayWhoServes({first, second}, first, now, british);
        QVERIFY2(nobody.contains(QStringLiteral("Second")) && nobody.endsWith(QLatin1Char('.')), qPrintable(nobody));
    }

    void json()
    {
        AccountStatus account
            = with(QuotaState::Blocked, {window("five_hour", 100, at(16, 30))}, QStringLiteral("five_hour"));
        account.quota->extra = QuotaExtra{true, 12.34, {}, QStringLiteral("USD"), {}};
        account.quota->nextAt = at(16, 31);
        const QJsonObject quota = toJson(account, now).value(QLatin1String("quota")).toObject();
        QCOMPARE(quota.value(QLatin1String("state")).toString(), QStringLiteral("blocked"));
        QCOMPARE(quota.value(QLatin1String("reason")).toString(), QStringLiteral("five_hour"));
        QCOMPARE(quota.value(QLatin1String("nextAt")).toString(), QStringLiteral("2026-01-15T16:31:00.000Z"));
        QVERIFY(!quota.contains(QLatin1String("lastError")));
        const QJsonObject first = quota.value(QLatin1String("windows")).toArray().first().toObject();
        QCOMPARE(first.value(QLatin1String("usedPercent")).toDouble(), 100);
        QCOMPARE(first.value(QLatin1String("resetsAt")).toString(), QStringLiteral("2026-01-15T16:30:00.000Z"));
        const QJsonObject extra = quota.value(QLatin1String("extra")).toObject();
        QCOMPARE(extra.value(QLatin1String("used")).toDouble(), 12.34);
        QVERIFY(!extra.contains(QLatin1String("limit")));
        QVERIFY(!toJson(goodAccount(), now).contains(QLatin1String("quota")));
    }
};

QTEST_GUILESS_MAIN(TestQuotaSentences)
#include "test_quotasentences.moc"
