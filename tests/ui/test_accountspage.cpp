#include "tests/support/healthdesk.h"
#include "tests/ui/lookcheck.h"
#include "tests/ui/notingopener.h"
#include "ui/accounthistory.h"
#include "ui/accountspage.h"
#include "ui/attentionstrip.h"
#include "ui/quotapane.h"
#include "ui/signindialog.h"
#include "ui/stateline.h"

#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace Postroom;

namespace
{

Error errorOf(ErrorClass kind, int status, const QString &code, const QString &message)
{
    Error error;
    error.origin = Origin::Token;
    error.kind = kind;
    error.status = status;
    error.code = code;
    error.message = message;
    return error;
}

// The page of one account, and shorthands for what a person sees and does.
struct Page {
    explicit Page(const AccountStatus &account, const QList<AccountEvent> &history = {})
        : actions(&prepared(account, history), &opener), page(&actions)
    {
        page.resize(900, 700);
        page.show();
        static_cast<void>(QTest::qWaitForWindowExposed(&page));
    }
    FakeDesk &prepared(const AccountStatus &account, const QList<AccountEvent> &history)
    {
        desk.profileList = someProfiles();
        desk.accountList = {account};
        desk.histories.insert(account.id.text(), history);
        return desk;
    }
    template <typename T>
    T *find(const char *name) const
    {
        T *widget = page.findChild<T *>(QString::fromLatin1(name));
        if (!widget)
            qFatal("there is no %s", name);
        return widget;
    }
    bool sees(const char *name) const { return find<QWidget>(name)->isVisible(); }
    QString text(const char *name) const { return sees(name) ? find<QLabel>(name)->text() : QString(); }
    void click(const char *name) const { QTest::mouseClick(find<QPushButton>(name), Qt::LeftButton); }
    NoticeBar *question() const { return find<NoticeBar>("accountQuestion"); }
    void answer(const char *button) const
    {
        QTest::mouseClick(question()->findChild<QPushButton *>(QString::fromLatin1(button)), Qt::LeftButton);
    }

    FakeDesk desk;
    NotingOpener opener;
    Actions actions;
    AccountsPage page;
};

AccountStatus paused()
{
    AccountStatus account = goodAccount();
    account.state = AccountState::RateLimited;
    account.badge = Badge::Reconnecting;
    account.usableUntil.reset();
    account.nextAt = QDateTime(QDate(2026, 1, 15), QTime(14, 35), Qt::UTC);
    account.lastError = LastError{errorOf(ErrorClass::Rate, 429, QStringLiteral("slow_down"),
                                      QStringLiteral("auth.acme.example asked for a pause.")),
        2, QDateTime(QDate(2026, 1, 15), QTime(14, 3), Qt::UTC)};
    return account;
}

QuotaWindow windowOf(const char *id, double used, const QDateTime &resetsAt)
{
    QuotaWindow window;
    window.id = QString::fromLatin1(id);
    window.usedPercent = used;
    window.resetsAt = resetsAt;
    return window;
}

} // namespace

class TestAccountsPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aGoodAccountOffersLittle()
    {
        Page page(goodAccount());
        QCOMPARE(page.text("factUsable"), QStringLiteral("15:40"));
        QCOMPARE(page.text("factNext"), QStringLiteral("15:35"));
        for (const char *name : {"accountStepButton", "tryNowButton", "grantAccessButton", "adoptAccountButton",
                 "quotaPane", "factEnds", "factMissing", "factTrouble", "accountHistory"})
            QVERIFY2(!page.sees(name), name);
        QVERIFY(page.sees("historyEmpty"));
        QVERIFY(page.sees("checkAccountButton"));
    }

    void tryNow()
    {
        AccountStatus account = goodAccount();
        account.state = AccountState::Waiting;
        account.nextAt = QDateTime(QDate(2026, 1, 15), QTime(14, 22), Qt::UTC);
        Page page(account);
        QCOMPARE(page.text("factNext"), QStringLiteral("14:22"));
        QVERIFY(!page.sees("accountStepButton")); // once is enough
        QVERIFY(!page.sees("checkAccountButton"));
        page.click("tryNowButton");
        QCOMPARE(page.desk.calls, QStringList{QStringLiteral("checkAccount ada")});
    }

    // U06
    void aPauseIsRespectedUnlessAsked()
    {
        Page page(paused());
        page.click("tryNowButton");
        QVERIFY(page.desk.calls.isEmpty());
        QVERIFY(page.question()->isVisible());
        QVERIFY(page.question()
                ->findChild<QLabel *>(QStringLiteral("noticeText"))
                ->text()
                .contains(QStringLiteral("14:35")));
        // The harmless answer has the focus.
        QCOMPARE(QApplication::focusWidget()->objectName(), QStringLiteral("noticeCloseButton"));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
        QVERIFY(!page.question()->isVisible());
        QVERIFY(page.desk.calls.isEmpty());
        page.click("tryNowButton");
        page.answer("noticeActionButton");
        QCOMPARE(page.desk.calls, QStringList{QStringLiteral("checkAccount ada")});
    }

    void aQuestionThatIsMootGoes()
    {
        Page page(paused());
        page.click("tryNowButton");
        page.desk.set(goodAccount());
        QVERIFY(!page.question()->isVisible());
        page.click("removeAccountButton");
        page.desk.set(paused());
        QVERIFY(page.question()->isVisible()); // that one still holds
        AccountStatus other = signedOutAccount();
        page.desk.set(other);
        page.page.choose(other.id);
        QVERIFY(!page.question()->isVisible());
    }

    void unconfirmedVerdictsCanBeAskedAgain()
    {
        AccountStatus account = signedOutAccount();
        account.confirmed = false;
        account.reason = QStringLiteral("refused");
        account.nextAt = QDateTime(QDate(2026, 1, 16), QTime(14, 2), Qt::UTC);
        Page page(account);
        QVERIFY(page.sees("accountStepButton"));
        QVERIFY(page.sees("tryNowButton"));
        QCOMPARE(page.text("factNext"), QStringLiteral("tomorrow 14:02"));
        page.click("tryNowButton");
        QCOMPARE(page.desk.calls, QStringList{QStringLiteral("checkAccount grace")});
        account.confirmed = true;
        account.nextAt.reset();
        page.desk.set(account);
        QVERIFY(!page.sees("tryNowButton"));
    }

    void missingRights()
    {
        AccountStatus account = goodAccount();
        account.missingScopes = {QStringLiteral("ops:write"), QStringLiteral("https://api.example/auth/calendar")};
        Page page(account);
        QCOMPARE(page.text("factMissing"), QStringLiteral("• ops:write\n• calendar"));
        QVERIFY(!page.sees("accountStepButton"));
        QSignalSpy wanted(&page.actions, &Actions::moreAccessWanted);
        page.click("grantAccessButton");
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted.first().first().value<AccountId>(), account.id);
    }
    void rightsInTheProvidersWords()
    {
        AccountStatus account = goodAccount();
        account.providerId = QStringLiteral("oauth2");
        account.missingScopes = {QStringLiteral("cal")};
        Page empty({});
        empty.desk.profileList.last().offeredScopes = {{QStringLiteral("cal"), QStringLiteral("Write your calendars")},
            {QStringLiteral("fs:read"), QStringLiteral("Read your files")}};
        empty.desk.set(account);
        empty.page.choose(account.id);
        QCOMPARE(empty.text("factMissing"), QStringLiteral("• Write your calendars"));
        QVERIFY(empty.text("factScopes").startsWith(QStringLiteral("Read your files, ")));
    }

    void quota()
    {
        AccountStatus account = goodAccount();
        QuotaStatus quota;
        quota.state = QuotaState::Fresh;
        quota.windows = {windowOf("five_hour", 41.6, QDateTime(QDate(2026, 1, 15), QTime(16, 30), Qt::UTC)),
            windowOf("seven_day", 100, QDateTime(QDate(2026, 1, 16), QTime(9, 0), Qt::UTC)),
            windowOf("seven_day_opus", 70, QDateTime(QDate(2026, 1, 15), QTime(9, 0), Qt::UTC))};
        quota.extra = QuotaExtra{true, 3.2, 20, QStringLiteral("EUR"), {}};
        account.quota = quota;
        Page page(account);
        QVERIFY(page.sees("quotaPane"));
        auto *bar = page.find<QuotaBar>("quotaBar0");
        QCOMPARE(bar->value(), 42);
        QCOMPARE(bar->accessibleName(), QStringLiteral("5-hour limit"));
        QVERIFY(bar->accessibleDescription().startsWith(QStringLiteral("42 % of the 5-hour limit used, resets ")));
        QCOMPARE(QAccessible::queryAccessibleInterface(bar)->role(), QAccessible::ProgressBar);
        QCOMPARE(page.find<QuotaBar>("quotaBar1")->value(), 100);
        QCOMPARE(page.find<QuotaBar>("quotaBar2")->value(), 0); // its reset lies behind us
        QVERIFY(page.text("quotaExtra").contains(QStringLiteral("3.20")));
        QVERIFY(!page.sees("quotaTrouble"));

        account.quota->state = QuotaState::Refused;
        account.quota->reason = QStringLiteral("policy");
        account.quota->windows.clear();
        account.quota->extra.reset();
        page.desk.set(account);
        QCOMPARE(page.text("quotaTrouble"), QStringLiteral("Acme hides its usage data."));
        QVERIFY(!page.page.findChild<QuotaBar *>(QStringLiteral("quotaBar0")));
        account.quota.reset();
        page.desk.set(account);
        QVERIFY(!page.sees("quotaPane"));
    }

    void endOfTheSignIn()
    {
        AccountStatus account = goodAccount();
        account.signInEndsAt = QDateTime(QDate(2026, 1, 18), QTime(14, 5), Qt::UTC);
        account.expiryAssumed = true;
        Page page(account);
        QCOMPARE(page.text("factEnds"), QStringLiteral("Sunday 14:05, in 3 days"));
        QVERIFY(page.text("factUsable").startsWith(QStringLiteral("15:40, as far as is known")));
        QCOMPARE(page.find<QPushButton>("accountStepButton")->text(), QStringLiteral("Sign in again"));
        QVERIFY(!page.sees("signInAgainButton"));
    }

    void whichOfSeveralServes()
    {
        Page page(paused());
        QVERIFY(!page.sees("factServes"));
        AccountStatus other = goodAccount();
        other.id = AccountId(QStringLiteral("other"));
        other.label = QStringLiteral("Second at Acme");
        page.desk.accountList.append(other);
        Q_EMIT page.desk.accountChanged(other);
        QCOMPARE(
            page.text("factServes"), QStringLiteral("Using Second at Acme because Ada at Acme reconnects at 14:35."));
    }

    void observedAccountsCanBeMoved()
    {
        AccountStatus account = goodAccount();
        account.custody = Custody::Observed;
        account.observedBy = QStringLiteral("Another Tool");
        Page page(account);
        QVERIFY(page.text("observedText").contains(QStringLiteral("Another Tool")));
        QVERIFY(!page.sees("accountStepButton"));
        QVERIFY(!page.sees("signOutButton"));
        QVERIFY(!page.sees("factStorage"));
        page.click("adoptAccountButton");
        QVERIFY(page.desk.calls.isEmpty());
        page.answer("noticeActionButton");
        QCOMPARE(page.desk.calls, QStringList{QStringLiteral("adoptAccount ada")});
    }

    void history()
    {
        QList<AccountEvent> events;
        for (int i = 0; i < 25; ++i) {
            AccountEvent event;
            event.at = QDateTime(QDate(2026, 1, 15), QTime(9, i), Qt::UTC);
            event.event = QStringLiteral("renewed");
            event.state = AccountState::Fresh;
            events.append(event);
        }
        events.last().event = QStringLiteral("trouble");
        events.last().attempt = 3;
        events.last().error = errorOf(
            ErrorClass::Server, 503, QStringLiteral("server-trouble"), QStringLiteral("The server\nhas a problem."));
        Page page(goodAccount(), events);
        const auto *table = page.find<QTableView>("accountHistory");
        const QAbstractItemModel *model = table->model();
        QCOMPARE(model->rowCount(), mostAccountEvents);
        const auto cell = [model](int row, int column) { return model->index(row, column).data().toString(); };
        QCOMPARE(cell(0, 0), QStringLiteral("09:24"));
        QCOMPARE(cell(0, 1), QStringLiteral("The server has a problem (try 3)"));
        QCOMPARE(cell(0, 2), QStringLiteral("503 server-trouble"));
        QCOMPARE(cell(1, 1), QStringLiteral("Renewed"));
        QCOMPARE(cell(19, 0), QStringLiteral("09:05"));
        QVERIFY(!table->accessibleName().isEmpty());
        QVERIFY(table->height() >= table->rowHeight(0) * mostAccountEvents); // the page scrolls, not the table
    }

    void diagnosticsInTheClipboard()
    {
        AccountStatus account = paused();
        account.lastError->error.detail = QStringLiteral("Bearer abcdefghij0123456789");
        Page page(account);
        page.click("copyDiagnosticsButton");
        const QString text = QGuiApplication::clipboard()->text();
        QVERIFY(text.contains(QStringLiteral("state: rate-limited\n")));
        QVERIFY(!text.contains(QStringLiteral("abcdefghij")));
        QVERIFY(!text.contains(account.subject));
        QVERIFY(page.find<QPushButton>("copyDiagnosticsButton")->text().contains(QStringLiteral("copied")));
        page.desk.set(signedOutAccount());
        page.page.choose(signedOutAccount().id);
        QVERIFY(!page.find<QPushButton>("copyDiagnosticsButton")->text().contains(QStringLiteral("copied")));
    }

    void looks_data()
    {
        QTest::addColumn<bool>("longTexts");
        QTest::newRow("English") << false;
        QTest::newRow("half as long again") << true;
    }
    // Everything has a name, and no text is cut, in every state.
    void looks()
    {
        QFETCH(bool, longTexts);
        LongTexts translator;
        if (longTexts)
            QCoreApplication::installTranslator(&translator);
        {
            Page page(goodAccount());
            fillHealth(page.desk);
            const QList<AccountStatus> accounts = page.desk.accountList;
            for (const AccountStatus &account : accounts)
                page.desk.set(account);
            for (const AccountStatus &account : accounts) {
                page.page.choose(account.id);
                QTest::qWait(20);
                const QStringList cut = clipped(&page.page);
                QVERIFY2(cut.isEmpty(), qPrintable(account.id.text() + QLatin1String(": ") + cut.join(u", ")));
                const QStringList nameless = unnamed(QAccessible::queryAccessibleInterface(&page.page));
                QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u", ")));
            }
            SignInDialog dialog(&page.desk, &page.opener, AccountId(QStringLiteral("missing")), SignInWish::MoreAccess);
            dialog.open();
            QTest::qWait(20);
            QStringList cut = clipped(&dialog);
            QVERIFY2(cut.isEmpty(), qPrintable(cut.join(u", ")));
            QVERIFY(unnamed(QAccessible::queryAccessibleInterface(&dialog)).isEmpty());
            SignInDialog mismatch(&page.desk, &page.opener, AccountId(QStringLiteral("mismatch")));
            mismatch.open();
            QTest::qWait(20);
            cut = clipped(&mismatch);
            QVERIFY2(cut.isEmpty(), qPrintable(cut.join(u", ")));
            QVERIFY(unnamed(QAccessible::queryAccessibleInterface(&mismatch)).isEmpty());
        }
        QCoreApplication::removeTranslator(&translator);
    }

    // From top to bottom, and round.
    void byKeyboard()
    {
        AccountStatus account = paused();
        account.missingScopes = {QStringLiteral("ops:write")};
        AccountEvent event;
        event.at = QDateTime(QDate(2026, 1, 15), QTime(9, 0), Qt::UTC);
        event.event = QStringLiteral("renewed");
        Page page(account, {event});
        page.page.activateWindow();
        page.find<QListView>("accountsList")->setFocus();
        QTRY_VERIFY(page.find<QListView>("accountsList")->hasFocus());
        QStringList reached;
        for (int i = 0; i < 14; ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            const QString name = QApplication::focusWidget()->objectName();
            if (name == QLatin1String("accountsList"))
                break;
            if (!name.isEmpty() && !reached.contains(name))
                reached.append(name);
        }
        const QStringList expected{QStringLiteral("addAccountButton"), QStringLiteral("tryNowButton"),
            QStringLiteral("grantAccessButton"), QStringLiteral("copyDiagnosticsButton"),
            QStringLiteral("accountHistory"), QStringLiteral("signInAgainButton"),
            QStringLiteral("enableAccountButton"), QStringLiteral("signOutButton"),
            QStringLiteral("removeAccountButton")};
        QCOMPARE(reached, expected);
    }
};

QTEST_MAIN(TestAccountsPage)
#include "test_accountspage.moc"
