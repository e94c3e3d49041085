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
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

using namespace Postroom;

namespace
{

const QUrl signInPage(QStringLiteral("https://auth.acme.example/authorize?state=1"));

// A dialog that is open, and shorthands for what a person does with it.
struct Opened {
    explicit Opened(FakeDesk &desk, const AccountId &account = {}, SignInWish wish = SignInWish::SignIn)
        : dialog(&desk, &opener, account, wish)
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
        box.click("moreTimeButton");
        QCOMPARE(m_desk->calls.last(), QStringLiteral("extendSignIn"));
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

    void proofThatAServiceWants()
    {
        AccountStatus account = goodAccount();
        account.stepUp = QStringLiteral("urn:acme:mfa");
        m_desk->accountList = {account};
        Opened box(*m_desk, account.id);
        QVERIFY(box.find<QLabel>("chooseText")->text().startsWith(QStringLiteral("Acme wants you to confirm")));
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.first().acrValues, account.stepUp);
        QCOMPARE(m_desk->signIns.first().account, account.id);
    }

    void moreAccess()
    {
        AccountStatus account = goodAccount();
        account.providerId = QStringLiteral("oauth2");
        account.scopes = {QStringLiteral("openid")};
        account.missingScopes = {QStringLiteral("cal"), QStringLiteral("unheard-of")};
        m_desk->accountList = {account};
        ProviderProfile &profile = m_desk->profileList.last();
        profile.offeredScopes = {{QStringLiteral("openid"), QStringLiteral("Know who you are")},
            {QStringLiteral("cal"), QStringLiteral("Write your calendars")},
            {QStringLiteral("mail"), QStringLiteral("Send mail")}};
        Opened box(*m_desk, account.id, SignInWish::MoreAccess);
        QVERIFY(box.sees("scopeBoxes"));
        const QList<QCheckBox *> boxes
            = box.dialog.findChildren<QCheckBox *>(QRegularExpression(QStringLiteral("^scopeBox\\d")));
        QCOMPARE(boxes.size(), 3); // not what it has
        QCOMPARE(boxes.at(0)->text(), QStringLiteral("Write your calendars"));
        QVERIFY(boxes.at(0)->isChecked());
        QVERIFY(!boxes.at(1)->isChecked());
        QCOMPARE(boxes.at(2)->text(), QStringLiteral("unheard-of"));
        boxes.at(0)->setChecked(false);
        boxes.at(2)->setChecked(false);
        box.click("startSignInButton");
        QVERIFY(m_desk->signIns.isEmpty());
        QVERIFY(box.sees("scopeBoxesProblem"));
        boxes.at(0)->setChecked(true);
        boxes.at(1)->setChecked(true);
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.size(), 1);
        const SignInRequest request = m_desk->signIns.first();
        QCOMPARE(request.account, account.id);
        QCOMPARE(request.scopes, account.scopes);
        QCOMPARE(request.furtherScopes, (QStringList{QStringLiteral("cal"), QStringLiteral("mail")}));
    }

    void aPlainRenewalAsksForWhatIsMissing()
    {
        AccountStatus account = goodAccount();
        account.missingScopes = {QStringLiteral("ops:write")};
        m_desk->accountList = {account};
        Opened box(*m_desk, account.id);
        QVERIFY(!box.sees("scopeBoxes"));
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.first().furtherScopes, account.missingScopes);
    }

    void rightsAreChosen()
    {
        ProviderProfile &profile = m_desk->profileList.first();
        profile.defaultScopes = {QStringLiteral("fixed"), QStringLiteral("openid")};
        profile.offeredScopes = {{QStringLiteral("openid"), QStringLiteral("Know who you are")},
            {QStringLiteral("mail"), QStringLiteral("Read & send mail")}};
        Opened box(*m_desk);
        QCOMPARE(box.find<QCheckBox>("scopeBox1")->accessibleName(), QStringLiteral("Read & send mail"));
        box.click("startSignInButton");
        QVERIFY(m_desk->signIns.last().scopes.isEmpty()); // the profile's own
        m_desk->endSignIn(failCancelled());
        QTRY_VERIFY(box.sees("startSignInButton"));
        box.find<QCheckBox>("scopeBox1")->setChecked(true);
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.last().scopes,
            (QStringList{QStringLiteral("openid"), QStringLiteral("mail"), QStringLiteral("fixed")}));
        // Another provider has none to choose from.
        m_desk->endSignIn(failCancelled());
        QTRY_VERIFY(box.sees("startSignInButton"));
        box.choose(1);
        QVERIFY(!box.sees("scopeBoxes"));
    }

    void kindsOfProviders_data()
    {
        QTest::addColumn<ProviderProfile>("profile");
        QTest::addColumn<QStringList>("seen");
        QTest::addColumn<int>("ways");
        ProviderProfile google;
        google.id = google.name = QStringLiteral("google");
        google.issuer = QUrl(QStringLiteral("https://accounts.example"));
        google.clientAuth = ClientAuth::Post;
        QTest::newRow("google") << google
                                << QStringList{QStringLiteral("clientIdEdit"), QStringLiteral("clientSecretEdit")} << 3;
        ProviderProfile github;
        github.id = github.name = QStringLiteral("github");
        github.endpoints.token = QUrl(QStringLiteral("https://git.example/token"));
        github.endpoints.deviceAuthorization = QUrl(QStringLiteral("https://git.example/device"));
        QTest::newRow("github") << github << QStringList{QStringLiteral("clientIdEdit")} << 2;
        ProviderProfile claude;
        claude.id = claude.name = QStringLiteral("claude");
        claude.kind = ProviderKind::Claude;
        claude.endpoints.token = QUrl(QStringLiteral("https://claude.example/token"));
        QTest::newRow("claude") << claude
                                << QStringList{QStringLiteral("tokenEdit"), QStringLiteral("refreshTokenEdit")} << 1;
        ProviderProfile mcp;
        mcp.id = mcp.name = QStringLiteral("mcp");
        mcp.kind = ProviderKind::Mcp;
        QTest::newRow("mcp") << mcp << QStringList{QStringLiteral("serverEdit")} << 3;
    }
    void kindsOfProviders()
    {
        QFETCH(ProviderProfile, profile);
        QFETCH(QStringList, seen);
        QFETCH(int, ways);
        m_desk->profileList = {profile};
        Opened box(*m_desk);
        QCOMPARE(box.find<QComboBox>("methodBox")->count(), ways);
        QCOMPARE(box.sees("methodBox"), ways > 1);
        for (const char *field : {"serverEdit", "clientIdEdit", "clientSecretEdit", "tokenEdit", "refreshTokenEdit"})
            QVERIFY2(box.sees(field) == seen.contains(QLatin1String(field)), field);
    }

    void aServerThatKnowsAppsByHandAsksForTheClientId()
    {
        ProviderProfile mcp;
        mcp.id = mcp.name = QStringLiteral("mcp");
        mcp.kind = ProviderKind::Mcp;
        mcp.suggestedIssuer = QUrl(QStringLiteral("https://mcp.example"));
        m_desk->profileList = {mcp};
        Opened box(*m_desk);
        QCOMPARE(box.find<QLineEdit>("serverEdit")->text(), QStringLiteral("https://mcp.example"));
        QVERIFY(!box.sees("clientIdEdit"));
        box.click("startSignInButton");
        Error error;
        error.origin = Origin::Registration;
        error.kind = ErrorClass::Config;
        error.message = QStringLiteral("This server does not register apps by itself.");
        m_desk->endSignIn(Failure(error));
        QTRY_VERIFY(box.sees("clientIdEditProblem"));
        QCOMPARE(box.find<SentenceLabel>("clientIdEditProblem")->text(), error.message);
        box.find<QLineEdit>("clientIdEdit")->setText(QStringLiteral("app-7"));
        box.click("startSignInButton");
        QCOMPARE(m_desk->signIns.last().clientId, QStringLiteral("app-7"));
    }

    void somebodyElse()
    {
        m_desk->accountList = {goodAccount()};
        Opened box(*m_desk, goodAccount().id);
        box.click("startSignInButton");
        m_desk->endSignIn(failInput(QStringLiteral("identity-mismatch"),
            QStringLiteral("You signed in as bob; this account is ada. Nothing was changed.")));
        QTRY_VERIFY(box.sees("addAsNewButton"));
        QCOMPARE(box.find<SentenceLabel>("mismatchText")->text(),
            QStringLiteral("You signed in as bob; this account is ada. Nothing was changed."));
        QVERIFY(!box.sees("mismatchAgainButton"));
        QCOMPARE(QApplication::focusWidget(), box.find<QPushButton>("mismatchCancelButton"));
        box.click("addAsNewButton");
        QCOMPARE(m_desk->signIns.size(), 2);
        QVERIFY(m_desk->signIns.last().account.isEmpty());
        QVERIFY(m_desk->signIns.last().id != m_desk->signIns.first().id);
        QCOMPARE(m_desk->signIns.last().providerId, m_desk->signIns.first().providerId);
        QCOMPARE(m_desk->signIns.last().method, m_desk->signIns.first().method);
        m_desk->progress(SignInPhase::WaitingForBrowser, signInPage);
        QVERIFY(box.sees("openBrowserButton")); // the person signs in again
        QVERIFY(box.opener.opened.isEmpty());
        m_desk->endSignIn(AccountId(QStringLiteral("bob")));
        QTRY_VERIFY(box.sees("doneButton"));
    }
    void somebodyElseAtAServerOfOnesOwn()
    {
        AccountStatus account = goodAccount();
        account.providerId = QStringLiteral("oauth2");
        m_desk->accountList = {account};
        Opened box(*m_desk, account.id);
        box.click("startSignInButton");
        m_desk->endSignIn(failInput(QStringLiteral("identity-mismatch"), QStringLiteral("Somebody else.")));
        QTRY_VERIFY(box.sees("addAsNewButton"));
        box.click("addAsNewButton");
        QVERIFY(box.sees("providerList")); // what only the account knew is asked for
        QCOMPARE(box.find<QLineEdit>("serverEdit")->text(), QStringLiteral("https://auth.acme.example"));
        QVERIFY(box.sees("clientIdEdit"));
        QCOMPARE(m_desk->signIns.size(), 1);
    }
    void somebodyElseNoticedEarlier()
    {
        AccountStatus account = goodAccount();
        account.state = AccountState::IdentityMismatch;
        account.seenSubject = QStringLiteral("bob@acme.example");
        m_desk->accountList = {account};
        Opened box(*m_desk, account.id);
        QVERIFY(box.find<SentenceLabel>("mismatchText")->text().contains(QStringLiteral("bob@acme.example")));
        QVERIFY(m_desk->signIns.isEmpty());
        box.click("mismatchAgainButton");
        QCOMPARE(m_desk->signIns.size(), 1);
        QCOMPARE(m_desk->signIns.first().account, account.id);
    }
    void somebodyElseCancelled()
    {
        m_desk->accountList = {goodAccount()};
        Opened box(*m_desk, goodAccount().id);
        box.click("startSignInButton");
        m_desk->endSignIn(failInput(QStringLiteral("identity-mismatch"), QStringLiteral("Somebody else.")));
        QTRY_VERIFY(box.sees("mismatchCancelButton"));
        box.click("mismatchCancelButton");
        QVERIFY(!box.dialog.isVisible());
        QCOMPARE(m_desk->signIns.size(), 1);
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
