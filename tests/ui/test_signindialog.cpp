#include "tests/support/fakedesk.h"
#include "tests/ui/notingopener.h"
#include "ui/signindialog.h"
#include "ui/stateline.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace Postroom;

namespace
{

const QUrl signInPage(QStringLiteral("https://auth.acme.example/authorize?state=1"));

// A dialog that is open, and shorthands for what a person does with it.
struct Opened {
    explicit Opened(FakeDesk &desk, const AccountId &account = {}) : dialog(&desk, &opener, account)
    {
        dialog.open();
        static_cast<void>(QTest::qWaitForWindowExposed(&dialog));
    }
    template <typename T>
    T *find(const char *name) const
    {
        T *widget = dialog.findChild<T *>(QString::fromLatin1(name));
        if (!widget)
            qFatal("there is no %s", name);
        return widget;
    }
    bool sees(const char *name) const { return find<QWidget>(name)->isVisible(); }
    void click(const char *name) const { QTest::mouseClick(find<QPushButton>(name), Qt::LeftButton); }
    void choose(int row) const { find<QListWidget>("providerList")->setCurrentRow(row); }

    NotingOpener opener;
    SignInDialog dialog;
};

FakeDesk *makeDesk(QObject *parent)
{
    auto *desk = new FakeDesk(parent);
    desk->profileList = someProfiles();
    return desk;
}

} // namespace

class TestSignInDialog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_desk = makeDesk(nullptr); }
    void cleanup() { delete m_desk; }

    void browserByMouse()
    {
        Opened box(*m_desk);
        QVERIFY(!box.sees("serverEdit"));
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.size(), 1);
        QCOMPARE(m_desk->signIns.first().providerId, QStringLiteral("relayfile-cloud"));
        QCOMPARE(m_desk->signIns.first().method, SignInMethod::Browser);
        QVERIFY(!box.sees("openBrowserButton"));
        m_desk->progress(SignInPhase::WaitingForBrowser, signInPage);
        QVERIFY(box.sees("openBrowserButton"));
        QVERIFY(box.sees("timeLeft"));
        QVERIFY(box.opener.opened.isEmpty()); // no browser without a click
        box.click("openBrowserButton");
        QCOMPARE(box.opener.opened, QList<QUrl>{signInPage});
        QVERIFY(box.find<QPushButton>("openBrowserButton")->text().contains(QStringLiteral("again")));
        box.click("openBrowserButton");
        QCOMPARE(box.opener.opened.size(), 2);
        box.click("copyLinkButton");
        QCOMPARE(QGuiApplication::clipboard()->text(), signInPage.toString());
        m_desk->progress(SignInPhase::Exchanging);
        QVERIFY(!box.sees("openBrowserButton"));
        m_desk->set(goodAccount());
        m_desk->endSignIn(goodAccount().id);
        QTRY_VERIFY(box.sees("doneButton"));
        QVERIFY(box.find<QLabel>("doneText")->text().contains(QStringLiteral("ada@acme.example")));
        QSignalSpy accepted(&box.dialog, &QDialog::accepted);
        box.click("doneButton");
        QCOMPARE(accepted.size(), 1);
        QVERIFY(!m_desk->calls.contains(QStringLiteral("cancelSignIn")));
    }

    void browserByKeyboard()
    {
        Opened box(*m_desk);
        QTRY_VERIFY(QApplication::focusWidget());
        QCOMPARE(QApplication::focusWidget(), box.find<QListWidget>("providerList"));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return); // the default button
        QCOMPARE(m_desk->signIns.size(), 1);
        m_desk->progress(SignInPhase::WaitingForBrowser, signInPage);
        QCOMPARE(QApplication::focusWidget(), box.find<QPushButton>("openBrowserButton"));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
        QCOMPARE(box.opener.opened.size(), 1);
        m_desk->endSignIn(AccountId(QStringLiteral("x")));
        QTRY_COMPARE(QApplication::focusWidget(), box.find<QPushButton>("doneButton"));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QVERIFY(!box.dialog.isVisible());
    }

    void deviceCode()
    {
        Opened box(*m_desk);
        box.find<QComboBox>("methodBox")->setCurrentIndex(1);
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.first().method, SignInMethod::Device);
        m_desk->progress(SignInPhase::WaitingForDevice, QUrl(QStringLiteral("https://auth.acme.example/device")),
            QStringLiteral("WDJB-MJHT"));
        QCOMPARE(box.find<QLabel>("deviceCode")->text(), QStringLiteral("WDJB-MJHT"));
        QVERIFY(box.sees("deviceCode"));
        QVERIFY(box.sees("signInLink"));
        box.click("copyCodeButton");
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("WDJB-MJHT"));
        QVERIFY(box.opener.opened.isEmpty());
    }

    void fieldsFollowTheProfile()
    {
        Opened box(*m_desk);
        box.choose(1); // a server of one's own: a token alone
        QVERIFY(box.sees("serverEdit"));
        QVERIFY(box.sees("tokenEdit"));
        QVERIFY(!box.sees("clientIdEdit"));
        box.choose(2);
        QVERIFY(box.sees("serverEdit"));
        QVERIFY(box.sees("clientIdEdit"));
        QVERIFY(!box.sees("tokenEdit"));
        QCOMPARE(box.find<QLineEdit>("tokenEdit")->echoMode(), QLineEdit::Password);
    }

    void problemsLieBesideTheirCause()
    {
        Opened box(*m_desk);
        box.choose(2);
        box.click("startSignInButton");
        QVERIFY(box.sees("serverEditProblem"));
        QVERIFY(m_desk->signIns.isEmpty());
        QCOMPARE(QApplication::focusWidget(), box.find<QLineEdit>("serverEdit"));
        for (const char *bad : {"http://files.acme.example", "ftp://x.example", "https://", "https://user:pw@x.example",
                 "not an address"}) {
            box.find<QLineEdit>("serverEdit")->setText(QString::fromLatin1(bad));
            box.click("startSignInButton");
            QVERIFY2(box.sees("serverEditProblem"), bad);
        }
        box.find<QLineEdit>("serverEdit")->setText(QStringLiteral("files.acme.example"));
        box.click("startSignInButton");
        QVERIFY(!box.sees("serverEditProblem"));
        QVERIFY(box.sees("clientIdEditProblem"));
        box.find<QLineEdit>("clientIdEdit")->setText(QStringLiteral("app"));
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.size(), 1);
        QCOMPARE(m_desk->signIns.first().server, QUrl(QStringLiteral("https://files.acme.example")));

        Error error;
        error.origin = Origin::Token;
        error.kind = ErrorClass::Client;
        error.code = QStringLiteral("invalid_client");
        error.message = QStringLiteral("The provider does not know this client ID.");
        m_desk->endSignIn(Failure(error));
        QTRY_VERIFY(box.sees("clientIdEditProblem"));
        QCOMPARE(box.find<SentenceLabel>("clientIdEditProblem")->text(), error.message);
        QCOMPARE(box.find<QLineEdit>("clientIdEdit")->accessibleDescription(), error.message);

        box.click("startSignInButton");
        QVERIFY(!box.sees("clientIdEditProblem"));
        error.origin = Origin::Discovery;
        error.kind = ErrorClass::Net;
        error.code = QStringLiteral("no-answer");
        error.message = QStringLiteral("There is no answer from files.acme.example.");
        m_desk->endSignIn(Failure(error));
        QTRY_VERIFY(box.sees("serverEditProblem"));
    }

    void loopbackMayBeHttp()
    {
        Opened box(*m_desk);
        box.choose(1);
        box.find<QLineEdit>("serverEdit")->setText(QStringLiteral("http://127.0.0.1:8080"));
        box.find<QLineEdit>("tokenEdit")->setText(QStringLiteral(" secret "));
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.size(), 1);
        QCOMPARE(m_desk->signIns.first().pastedAccessToken.reveal(), QByteArray("secret"));
    }

    void withoutAKeychain()
    {
        m_desk->vault = VaultState::Absent;
        Opened box(*m_desk);
        QVERIFY(box.sees("sessionOnlyBox"));
        box.click("startSignInButton");
        QVERIFY(m_desk->signIns.isEmpty());
        QVERIFY(box.sees("signInProblem"));
        box.find<QCheckBox>("sessionOnlyBox")->setChecked(true);
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.size(), 1);
        QVERIFY(m_desk->signIns.first().sessionOnly);
    }

    void aKeychainThatComesTakesTheChoiceAway()
    {
        m_desk->vault = VaultState::Absent;
        Opened box(*m_desk);
        box.find<QCheckBox>("sessionOnlyBox")->setChecked(true);
        m_desk->setVault(VaultState::Unlocked);
        QVERIFY(!box.sees("sessionOnlyBox"));
        box.click("startSignInButton");
        QVERIFY(!m_desk->signIns.first().sessionOnly);
    }

    void closingStopsTheSignIn()
    {
        Opened box(*m_desk);
        box.click("startSignInButton");
        m_desk->progress(SignInPhase::WaitingForBrowser, signInPage);
        QTest::keyClick(&box.dialog, Qt::Key_Escape);
        QVERIFY(m_desk->calls.contains(QStringLiteral("cancelSignIn")));
        QVERIFY(!box.dialog.isVisible());
    }

    void progressOfAnotherSignInIsNotOurs()
    {
        Opened box(*m_desk);
        box.click("startSignInButton");
        SignInProgress other;
        other.id = SignInId(QStringLiteral("somebody-else"));
        other.phase = SignInPhase::WaitingForBrowser;
        other.link = QUrl(QStringLiteral("https://evil.example"));
        Q_EMIT m_desk->signInProgressed(other);
        QVERIFY(!box.sees("openBrowserButton"));
    }

    void renewalKeepsTheProvider()
    {
        m_desk->accountList = {goodAccount()};
        Opened box(*m_desk, goodAccount().id);
        QVERIFY(!box.sees("providerList"));
        QVERIFY(!box.sees("labelEdit"));
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.size(), 1);
        QCOMPARE(m_desk->signIns.first().account, goodAccount().id);
        QCOMPARE(m_desk->signIns.first().providerId, QStringLiteral("relayfile-cloud"));
    }

    void timeLeftCountsDown()
    {
        Opened box(*m_desk);
        box.click("startSignInButton");
        m_desk->progress(SignInPhase::WaitingForBrowser, signInPage);
        QCOMPARE(box.find<QLabel>("timeLeft")->text(), QStringLiteral("10 min left"));
        m_desk->time = m_desk->time.addSecs(9 * 60 + 15);
        box.dialog.hide();
        box.dialog.show(); // told anew when it is seen again
        QCOMPARE(box.find<QLabel>("timeLeft")->text(), QStringLiteral("45 s left"));
        m_desk->time = m_desk->time.addSecs(3);
        QTRY_COMPARE(box.find<QLabel>("timeLeft")->text(), QStringLiteral("42 s left"));
    }

private:
    FakeDesk *m_desk = nullptr;
};

QTEST_MAIN(TestSignInDialog)
#include "test_signindialog.moc"
