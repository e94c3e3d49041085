#include "models/notices.h"
#include "tests/support/fakedesk.h"

#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;

namespace
{

const QDateTime start(QDate(2026, 1, 15), QTime(14, 5), Qt::UTC);
const QLocale british(QStringLiteral("en_GB"));

// Accounts over time, and what was said about them.
struct Story {
    QList<AccountStatus> accounts{goodAccount()};
    QHash<QString, QList<AccountEvent>> histories;
    NoticeBook book;
    QDateTime now = start;
    QList<Notice> shown;
    QStringList withdrawn;
    std::optional<QDateTime> wakeAt;

    AccountStatus &first() { return accounts.first(); }
    // What is said now, about whatever changed.
    QList<Notice> look()
    {
        QList<AccountNews> news;
        for (const AccountStatus &account : std::as_const(accounts))
            news.append(newsOf(account, histories.value(account.id.text())));
        const NoticePlan plan = planNotices(news, book, now, british);
        book = plan.book;
        wakeAt = plan.wakeAt;
        shown += plan.show;
        withdrawn += plan.withdraw;
        return plan.show;
    }
    QList<Notice> after(std::chrono::seconds span)
    {
        now = now.addSecs(span.count());
        return look();
    }
    void be(AccountState state, const QString &reason = {})
    {
        first().state = state;
        first().reason = reason;
        first().since = now;
    }
    void signIn()
    {
        AccountEvent event;
        event.at = now;
        event.event = QStringLiteral("signed-in");
        histories[first().id.text()].append(event);
    }
};

using namespace std::chrono_literals;

} // namespace

class TestNotices : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingWhileAllIsWell()
    {
        Story story;
        QVERIFY(story.look().isEmpty());
        QVERIFY(!story.wakeAt); // idle is idle
        QVERIFY(story.after(24h).isEmpty());
    }

    void needsYou_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("step");
        QTest::newRow("sign-in") << int(AccountState::NeedsSignIn) << int(NoticeKind::NeedsYou) << int(Step::SignIn);
        QTest::newRow("settings") << int(AccountState::Misconfigured) << int(NoticeKind::NeedsYou) << int(Step::SignIn);
        QTest::newRow("person") << int(AccountState::IdentityMismatch) << int(NoticeKind::NeedsYou)
                                << int(Step::SignIn);
        QTest::newRow("admin") << int(AccountState::PolicyBlocked) << int(NoticeKind::NeedsAdmin) << int(Step::None);
        QTest::newRow("stalled") << int(AccountState::Stalled) << int(NoticeKind::Stalled) << int(Step::TryNow);
    }
    void needsYou()
    {
        QFETCH(int, state);
        QFETCH(int, kind);
        QFETCH(int, step);
        Story story;
        story.look();
        story.be(static_cast<AccountState>(state), QStringLiteral("revoked"));
        const QList<Notice> said = story.after(1s);
        QCOMPARE(said.size(), 1);
        QCOMPARE(int(said.first().kind), kind);
        QCOMPARE(int(said.first().step), step);
        QCOMPARE(said.first().account, story.first().id);
        QCOMPARE(said.first().title, QStringLiteral("Ada at Acme"));
        QCOMPARE(said.first().text, sentenceFor(story.first(), story.now, british).text);
        QVERIFY(story.after(1h).isEmpty()); // once
        QVERIFY(story.withdrawn.isEmpty());
        story.be(AccountState::Fresh);
        QVERIFY(story.after(1s).isEmpty());
        QCOMPARE(story.withdrawn, QStringList{story.first().id.text()}); // better at once
        story.after(1s);
        QCOMPARE(story.withdrawn.size(), 1);
    }

    void oncePerReasonAndSignIn()
    {
        Story story;
        story.signIn();
        story.look();
        story.be(AccountState::NeedsSignIn, QStringLiteral("expired"));
        QCOMPARE(story.after(1s).size(), 1);
        for (int i = 0; i < 5; ++i) {
            story.be(AccountState::Fresh);
            story.after(2h);
            story.be(AccountState::NeedsSignIn, QStringLiteral("expired"));
            QVERIFY(story.after(2h).isEmpty());
        }
        story.be(AccountState::NeedsSignIn, QStringLiteral("revoked"));
        QCOMPARE(story.after(1s).size(), 1); // another reason
        story.be(AccountState::Fresh);
        story.signIn();
        story.after(1min);
        story.be(AccountState::NeedsSignIn, QStringLiteral("expired"));
        QCOMPARE(story.after(1s).size(), 1); // another sign-in
    }

    // The renewal that goes on is no news, neither good nor bad.
    void undecidedStatesChangeNothing()
    {
        Story story;
        story.be(AccountState::NeedsSignIn, QStringLiteral("refused"));
        story.first().confirmed = false;
        QCOMPARE(story.look().size(), 1);
        for (const AccountState state : {AccountState::Refreshing, AccountState::Authorizing, AccountState::Loading}) {
            story.be(state, QStringLiteral("refused"));
            QVERIFY(story.after(1min).isEmpty());
            story.be(AccountState::NeedsSignIn, QStringLiteral("refused"));
            QVERIFY(story.after(1min).isEmpty());
        }
        QVERIFY(story.withdrawn.isEmpty());
    }

    // U07
    void flappingIsNoNews()
    {
        Story story;
        for (int minute = 0; minute < 60; ++minute) {
            const bool up = minute % 2 == 0;
            story.be(up ? AccountState::Fresh : AccountState::Retrying, QStringLiteral("t-srv"));
            if (!up) {
                LastError trouble;
                trouble.error.origin = Origin::Token;
                trouble.error.kind = ErrorClass::Server;
                trouble.at = story.now;
                story.first().lastError = trouble;
            }
            story.after(60s);
        }
        for (const AccountState state : {AccountState::Waiting, AccountState::RateLimited, AccountState::Offline}) {
            story.be(state);
            story.after(4h);
        }
        QVERIFY(story.shown.isEmpty());
        QVERIFY(story.withdrawn.isEmpty());
    }

    void theCertificateIsSaidAfterFiveMinutes()
    {
        Story story;
        story.be(AccountState::Waiting, QStringLiteral("tls"));
        QVERIFY(story.look().isEmpty());
        QCOMPARE(story.wakeAt, std::make_optional(start.addSecs(300)));
        QVERIFY(story.after(299s).isEmpty());
        QCOMPARE(story.after(1s).size(), 1);
        QVERIFY(!story.wakeAt);
        // It comes and goes with the network: once an hour is enough.
        story.be(AccountState::Fresh);
        story.after(10min);
        story.be(AccountState::Waiting, QStringLiteral("tls"));
        story.look();
        QVERIFY(story.after(10min).isEmpty());
        story.be(AccountState::Fresh);
        story.look();
        story.after(61min);
        story.be(AccountState::Waiting, QStringLiteral("tls"));
        story.look();
        QCOMPARE(story.after(5min).size(), 1);
    }

    void stalledIsSaidOncePerOutage()
    {
        Story story;
        story.be(AccountState::Stalled);
        QCOMPARE(story.look().size(), 1);
        const QDateTime since = story.first().since;
        for (int i = 0; i < 5; ++i) {
            story.be(AccountState::Refreshing);
            story.after(10s);
            story.be(AccountState::Stalled);
            story.first().since = since;
            QVERIFY(story.after(1h).isEmpty());
        }
        QVERIFY(story.withdrawn.isEmpty());
    }

    void unsavedForAMinute()
    {
        Story story;
        story.first().storage = StorageState::Unsaved;
        story.first().reason = QStringLiteral("locked");
        QVERIFY(story.look().isEmpty());
        QCOMPARE(story.wakeAt, std::make_optional(start.addSecs(60)));
        QVERIFY(story.after(59s).isEmpty());
        const QList<Notice> said = story.after(1s);
        QCOMPARE(said.size(), 1);
        QCOMPARE(said.first().kind, NoticeKind::Unsaved);
        QCOMPARE(said.first().step, Step::Unlock);
        story.first().storage = StorageState::Saved;
        story.after(1s);
        QCOMPARE(story.withdrawn.size(), 1);
    }
    void savedWithinAMinuteIsNoNews()
    {
        Story story;
        story.first().storage = StorageState::Unsaved;
        story.look();
        story.after(40s);
        story.first().storage = StorageState::Saved;
        story.after(5s);
        story.first().storage = StorageState::Unsaved;
        QVERIFY(story.after(30s).isEmpty()); // the minute begins anew
        QVERIFY(story.after(59s).isEmpty());
    }

    void oneKeychainOneNotice()
    {
        Story story;
        for (int i = 0; i < 3; ++i) {
            AccountStatus account = goodAccount();
            account.id = AccountId(QStringLiteral("a%1").arg(i));
            account.state = AccountState::StorageLocked;
            account.reason = QStringLiteral("locked");
            story.accounts.append(account);
        }
        story.look();
        const QList<Notice> said = story.after(60s);
        QCOMPARE(said.size(), 1);
        QCOMPARE(said.first().title, QStringLiteral("3 accounts"));
        QCOMPARE(said.first().step, Step::Unlock);
        for (AccountStatus &account : story.accounts)
            account.state = AccountState::Fresh;
        story.after(1s);
        QCOMPARE(story.withdrawn, QStringList{said.first().subject});
    }

    // U11
    void theEndOfASignIn()
    {
        Story story;
        QVERIFY(story.look().isEmpty()); // not known
        story.first().signInEndsAt = start.addDays(10);
        QVERIFY(story.look().isEmpty());
        QCOMPARE(story.wakeAt, std::make_optional(start.addDays(3)));
        QVERIFY(story.after(72h - 1s).isEmpty());
        QCOMPARE(story.after(1s).size(), 1);
        QCOMPARE(story.shown.last().kind, NoticeKind::Ending);
        QCOMPARE(story.wakeAt, std::make_optional(start.addDays(7)));
        QVERIFY(story.after(24h).isEmpty());
        QCOMPARE(story.after(72h).size(), 1);
        QCOMPARE(story.wakeAt, std::make_optional(start.addDays(9)));
        QCOMPARE(story.after(48h).size(), 1);
        QVERIFY(!story.wakeAt);
        QVERIFY(story.after(12h).isEmpty());
        story.first().signInEndsAt = story.now.addDays(90); // signed in again
        QVERIFY(story.after(1s).isEmpty());
        QCOMPARE(story.withdrawn.last(), story.first().id.text());
    }
    void sixDaysLeftIsOneNotice()
    {
        Story story;
        story.first().signInEndsAt = start.addDays(6);
        QCOMPARE(story.look().size(), 1);
        QCOMPARE(story.shown.first().text, QStringLiteral("The sign-in ends Wednesday 14:05."));
        for (int hour = 0; hour < 70; ++hour)
            QVERIFY(story.after(1h).isEmpty());
        QCOMPARE(story.shown.size(), 1);
    }

    void missingRights()
    {
        Story story;
        story.first().missingScopes = {QStringLiteral("b"), QStringLiteral("a")};
        QCOMPARE(story.look().size(), 1);
        QCOMPARE(story.shown.first().step, Step::Grant);
        story.first().missingScopes = {QStringLiteral("a"), QStringLiteral("b")};
        QVERIFY(story.after(1h).isEmpty()); // the same ones
        story.first().missingScopes.append(QStringLiteral("c"));
        QCOMPARE(story.after(1s).size(), 1);
    }

    void offMeansOff()
    {
        Story story;
        story.be(AccountState::NeedsSignIn, QStringLiteral("expired"));
        story.look();
        story.first().enabled = false;
        story.after(1s);
        QCOMPARE(story.withdrawn.size(), 1);
        Story observed;
        observed.first().custody = Custody::Observed;
        observed.be(AccountState::NeedsSignIn, QStringLiteral("expired"));
        QVERIFY(observed.look().isEmpty());
        Story removed;
        removed.be(AccountState::NeedsSignIn, QStringLiteral("expired"));
        removed.look();
        removed.accounts.clear();
        removed.look();
        QCOMPARE(removed.withdrawn.size(), 1);
        QVERIFY(removed.book.entries.isEmpty());
    }

    void survivesARestart()
    {
        Story story;
        story.signIn();
        story.be(AccountState::NeedsSignIn, QStringLiteral("expired"));
        QCOMPARE(story.look().size(), 1);
        const QByteArray file = QJsonDocument(story.book.toJson()).toJson();
        story.book = NoticeBook::fromJson(QJsonDocument::fromJson(file).object());
        QVERIFY(story.after(1h).isEmpty());
        story.histories.clear(); // not everything is remembered
        QVERIFY(story.after(1h).isEmpty());
        story.signIn();
        QCOMPARE(story.after(1s).size(), 1);
        QVERIFY(NoticeBook::fromJson({}).entries.isEmpty());
        QVERIFY(NoticeBook::fromJson({{QStringLiteral("subjects"), 3}}).entries.isEmpty());
    }

    // Whatever happens: what is withdrawn was shown, and asking twice says nothing new.
    void anyStory()
    {
        for (quint32 seed = 1; seed <= 60; ++seed) {
            QRandomGenerator random(seed);
            Story story;
            story.accounts.append(signedOutAccount());
            QSet<QString> out;
            for (int i = 0; i < 200; ++i) {
                AccountStatus &account = story.accounts[random.bounded(2)];
                account.state = static_cast<AccountState>(random.bounded(int(AccountState::Disabled) + 1));
                account.storage = static_cast<StorageState>(random.bounded(int(StorageState::Session) + 1));
                account.reason = QStringList{{}, QStringLiteral("tls"), QStringLiteral("locked")}.at(random.bounded(3));
                account.missingScopes = random.bounded(4) ? QStringList() : QStringList{QStringLiteral("x")};
                account.signInEndsAt = story.now.addDays(random.bounded(20));
                story.withdrawn.clear();
                const QList<Notice> said = story.after(std::chrono::seconds(random.bounded(2000)));
                for (const QString &subject : std::as_const(story.withdrawn))
                    QVERIFY2(out.remove(subject), qPrintable(QStringLiteral("seed %1").arg(seed)));
                for (const Notice &notice : said) {
                    out.insert(notice.subject);
                    QVERIFY(!notice.text.isEmpty() && !notice.title.isEmpty());
                    QCOMPARE(notice.step == Step::None, notice.button.isEmpty());
                }
                QVERIFY(story.look().isEmpty());
                QVERIFY(!story.wakeAt || *story.wakeAt > story.now);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestNotices)
#include "test_notices.moc"
