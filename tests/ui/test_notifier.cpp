#include "tests/support/fakedesk.h"
#include "tests/support/fakenotifications.h"
#include "ui/notifier.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Postroom;

namespace
{

QString buttonOf(const ShownNotification &shown, const char *key)
{
    const auto at = shown.actions.indexOf(QLatin1String(key));
    return at < 0 ? QString() : shown.actions.value(at + 1);
}

} // namespace

class TestNotifier : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        qRegisterMetaType<Step>();
        qRegisterMetaType<AccountId>();
    }

    void comesAndGoesWithItsCause()
    {
        FakeNotifications service;
        QVERIFY(service.start());
        FakeDesk desk;
        desk.accountList = {goodAccount()};
        Notifier notifier(&desk, {});
        notifier.start();
        desk.set(signedOutAccount());
        QTRY_COMPARE(service.shown().size(), 1);
        const ShownNotification shown = service.shown().first();
        QCOMPARE(shown.application, QStringLiteral("Postroom"));
        QCOMPARE(shown.summary, QStringLiteral("Grace at Example"));
        QCOMPARE(shown.body, QStringLiteral("Signed out by Example at 14:02: the sign-in has expired."));
        QCOMPARE(buttonOf(shown, "step"), QStringLiteral("Sign in"));
        QVERIFY(!buttonOf(shown, "default").isEmpty());
        QCOMPARE(
            shown.hints.value(QStringLiteral("desktop-entry")).toString(), QStringLiteral("org.postroom.Postroom"));
        QVERIFY(!notifier.isWaiting());
        AccountStatus fine = signedOutAccount();
        fine.state = AccountState::Fresh;
        desk.set(fine);
        QTRY_VERIFY(service.shown().isEmpty());
        QCOMPARE(service.notified(), 1);
    }

    void anotherCauseTakesItsPlace()
    {
        FakeNotifications service;
        QVERIFY(service.start());
        FakeDesk desk;
        desk.accountList = {signedOutAccount()};
        Notifier notifier(&desk, {});
        notifier.start();
        QTRY_COMPARE(service.shown().size(), 1);
        const uint id = service.shown().first().id;
        AccountStatus blocked = signedOutAccount();
        blocked.state = AccountState::PolicyBlocked;
        desk.set(blocked);
        QTRY_COMPARE(service.notified(), 2);
        QCOMPARE(service.shown().size(), 1);
        QCOMPARE(service.shown().first().id, id);
        QVERIFY(service.shown().first().body.contains(QStringLiteral("administrator")));
        QCOMPARE(buttonOf(service.shown().first(), "step"), QString());
    }

    void buttonsLeadSomewhere()
    {
        FakeNotifications service;
        QVERIFY(service.start());
        FakeDesk desk;
        desk.accountList = {signedOutAccount()};
        Notifier notifier(&desk, {});
        QSignalSpy chosen(&notifier, &Notifier::stepChosen);
        notifier.start();
        QTRY_COMPARE(service.shown().size(), 1);
        service.act(service.shown().first().id + 7, QStringLiteral("step")); // somebody else's
        service.act(service.shown().first().id, QStringLiteral("step"), QStringLiteral("token-1"));
        QTRY_COMPARE(chosen.size(), 1);
        QCOMPARE(chosen.first().at(0).value<Step>(), Step::SignIn);
        QCOMPARE(chosen.first().at(1).value<AccountId>(), signedOutAccount().id);
        QCOMPARE(chosen.first().at(2).toString(), QStringLiteral("token-1"));
        QTRY_VERIFY(service.shown().isEmpty()); // acted upon

        AccountStatus other = signedOutAccount();
        other.reason = QStringLiteral("revoked");
        desk.set(other);
        QTRY_COMPARE(service.shown().size(), 1);
        service.act(service.shown().first().id, QStringLiteral("default"));
        QTRY_COMPARE(chosen.size(), 2);
        QCOMPARE(chosen.last().at(0).value<Step>(), Step::Show);
    }

    void putAwayIsPutAway()
    {
        FakeNotifications service;
        QVERIFY(service.start());
        FakeDesk desk;
        desk.accountList = {signedOutAccount()};
        Notifier notifier(&desk, {});
        QSignalSpy chosen(&notifier, &Notifier::stepChosen);
        notifier.start();
        QTRY_COMPARE(service.shown().size(), 1);
        const uint id = service.shown().first().id;
        service.dismiss(id);
        AccountStatus again = signedOutAccount();
        again.nextAt = desk.time; // any change
        desk.set(again);
        AccountStatus second = signedOutAccount();
        second.id = AccountId(QStringLiteral("second"));
        desk.set(second);
        QTRY_COMPARE(service.shown().size(), 1); // that one alone
        QCOMPARE(service.notified(), 2);
        service.act(id, QStringLiteral("step")); // a click that comes too late
        service.act(service.shown().first().id, QStringLiteral("step"));
        QTRY_COMPARE(chosen.size(), 1);
        QCOMPARE(chosen.first().at(1).value<AccountId>(), second.id);
    }

    void wordsAreNoMarkup()
    {
        FakeNotifications service;
        QVERIFY(service.start());
        FakeDesk desk;
        AccountStatus account = signedOutAccount();
        account.providerName = QStringLiteral("<b>Acme</b> & Sons");
        desk.accountList = {account};
        Notifier notifier(&desk, {});
        notifier.start();
        QTRY_COMPARE(service.shown().size(), 1);
        QVERIFY2(service.shown().first().body.contains(QStringLiteral("&lt;b&gt;Acme&lt;/b&gt; &amp; Sons")),
            qPrintable(service.shown().first().body));
        service.stop();

        // One that takes the body as it is, and knows no buttons.
        service.capabilities = {QStringLiteral("body")};
        QVERIFY(service.start());
        AccountStatus second = account;
        second.id = AccountId(QStringLiteral("second"));
        desk.set(second);
        QTRY_COMPARE(service.shown().size(), 1);
        QVERIFY(service.shown().first().body.contains(QStringLiteral("<b>Acme</b> & Sons")));
        QCOMPARE(buttonOf(service.shown().first(), "step"), QString());
    }

    void aLateServiceShowsWhatStillHolds()
    {
        FakeDesk desk;
        AccountStatus second = signedOutAccount();
        second.id = AccountId(QStringLiteral("second"));
        second.label = QStringLiteral("Second");
        desk.accountList = {signedOutAccount(), second};
        Notifier notifier(&desk, {});
        notifier.start();
        second.state = AccountState::Fresh;
        desk.set(second);
        FakeNotifications service;
        QTest::qWait(400); // gathered, and judged
        QVERIFY(service.start());
        QTRY_COMPARE(service.shown().size(), 1);
        QCOMPARE(service.shown().first().summary, QStringLiteral("Grace at Example"));
        // It crashes and comes again: nobody is told the same twice.
        service.stop();
        QVERIFY(service.start());
        AccountStatus third = signedOutAccount();
        third.id = AccountId(QStringLiteral("third"));
        third.label = QStringLiteral("Third");
        desk.set(third);
        QTRY_COMPARE(service.shown().size(), 1);
        QCOMPARE(service.shown().first().summary, QStringLiteral("Third"));
    }

    void withoutABus()
    {
        FakeDesk desk;
        desk.accountList = {signedOutAccount()};
        Notifier notifier(&desk, {});
        notifier.start(QDBusConnection(QStringLiteral("no such connection")));
        AccountStatus fine = signedOutAccount();
        fine.state = AccountState::Fresh;
        desk.set(fine);
        QTest::qWait(300);
        notifier.stop();
    }

    void waitsForItsTime()
    {
        FakeNotifications service;
        QVERIFY(service.start());
        FakeDesk desk;
        AccountStatus account = goodAccount();
        account.storage = StorageState::Unsaved;
        account.reason = QStringLiteral("locked");
        desk.accountList = {account};
        Notifier notifier(&desk, {});
        QSignalSpy chosen(&notifier, &Notifier::stepChosen);
        notifier.start();
        QVERIFY(notifier.isWaiting());
        desk.time = desk.time.addSecs(60);
        desk.set(account); // or its own timer
        QTRY_COMPARE(service.shown().size(), 1);
        QCOMPARE(buttonOf(service.shown().first(), "step"), QStringLiteral("Unlock"));
        QVERIFY(!notifier.isWaiting());
        service.act(service.shown().first().id, QStringLiteral("step"));
        QTRY_COMPARE(chosen.size(), 1);
        QCOMPARE(chosen.first().at(0).value<Step>(), Step::Unlock);
    }

    void remembersAcrossRestarts()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("notices.json"));
        FakeNotifications service;
        QVERIFY(service.start());
        FakeDesk desk;
        desk.accountList = {signedOutAccount()};
        {
            Notifier notifier(&desk, file);
            notifier.start();
            QTRY_COMPARE(service.shown().size(), 1);
            notifier.stop();
            QTRY_VERIFY(service.shown().isEmpty()); // nobody would be there to act upon it
        }
        QCOMPARE(QFile(file).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        Notifier notifier(&desk, file);
        notifier.start();
        AccountStatus second = signedOutAccount();
        second.id = AccountId(QStringLiteral("second"));
        second.label = QStringLiteral("Second");
        desk.set(second);
        QTRY_COMPARE(service.shown().size(), 1);
        QCOMPARE(service.shown().first().summary, QStringLiteral("Second"));
    }
};

QTEST_MAIN(TestNotifier)
#include "test_notifier.moc"
