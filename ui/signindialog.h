// One sign-in from the choice of a provider to its end.
#pragma once

#include "models/desk.h"
#include "ui/signinwish.h"
#include "ui/urlopener.h"

#include <QDialog>
#include <QPointer>
#include <QTimer>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QStackedWidget;

namespace Postroom
{

class SentenceLabel;

// Window-modal; shown with open(). Nothing opens a browser but a click on "Open in browser". Closing it stops the
// sign-in.
//
//   choose ──start──> wait (preparing, browser or code, exchanging) ──> done
//      ^                │ did not work: back, with the cause beside the field it is about
//      └────────────────┘
//                       │ somebody else: mismatch ──add──> wait, as a new account
class SignInDialog final : public QDialog
{
    Q_OBJECT
public:
    // With `account` that account is renewed and its provider is not asked for. What a service wants besides (a
    // stronger sign-in, RFC 9470; rights that are missing) is read from the account's status.
    SignInDialog(Desk *desk, UrlOpener *opener, const AccountId &account, SignInWish wish = SignInWish::SignIn,
        QWidget *parent = nullptr);
    ~SignInDialog() override;

    void reject() override;

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    QWidget *makeChoosePage();
    QWidget *makeWaitPage();
    QWidget *makeDonePage();
    QWidget *makeMismatchPage();
    void makeFields(QWidget *page);
    void sayWhatFor();
    // A caption, a field and the place for what is wrong with it.
    struct Field {
        QWidget *box = nullptr;
        SentenceLabel *problem = nullptr;
    };
    Field addField(QWidget *page, QWidget *input, const QString &caption, const QString &name);

    std::optional<ProviderProfile> profile() const;
    void showFields();
    void showScopes(const ProviderProfile &profile, bool wanted);
    void suggestServer(const ProviderProfile &profile);
    QStringList tickedScopes() const;
    bool fillRequest(const ProviderProfile &profile, SignInRequest *request);
    void fillScopes(const ProviderProfile &profile, SignInRequest *request) const;
    void clearProblems();
    void showProblem(SentenceLabel *place, QWidget *input, const QString &text);
    void begin();
    void run(const SignInRequest &request);
    void showMismatch(const QString &text, bool mayTryAgain);
    void addAsNew();
    static QCoro::Task<void> follow(QPointer<SignInDialog> self, Desk *desk, SignInRequest request);
    void takeOutcome(const Result<AccountId> &outcome);
    void takeProgress(const SignInProgress &progress);
    void showTimeLeft();
    void showVault();

    Desk *m_desk;
    UrlOpener *m_opener;
    std::optional<AccountStatus> m_account;
    SignInWish m_wish;
    SignInRequest m_request; // the last one, in memory alone
    SignInId m_running; // empty while none runs
    SignInProgress m_progress;
    bool m_opened = false;

    QStackedWidget *m_steps;
    QWidget *m_choose;
    QWidget *m_wait;
    QWidget *m_done;
    QWidget *m_mismatch;

    QLabel *m_chooseTitle = nullptr;
    QLabel *m_chooseText = nullptr;
    QListWidget *m_providers = nullptr;
    QComboBox *m_method = nullptr;
    QLineEdit *m_server = nullptr;
    QLineEdit *m_clientId = nullptr;
    QLineEdit *m_clientSecret = nullptr;
    QLineEdit *m_token = nullptr;
    QLineEdit *m_refreshToken = nullptr;
    QWidget *m_scopes = nullptr;
    QList<QCheckBox *> m_scopeBoxes;
    QString m_scopesOf; // whose rights those are
    QUrl m_suggested; // the server address that we put there
    bool m_clientIdAsked = false; // the server wants one although its kind can do without
    QLineEdit *m_label = nullptr;
    Field m_methodField, m_serverField, m_clientIdField, m_clientSecretField, m_tokenField, m_refreshTokenField,
        m_scopesField, m_labelField;
    QList<Field> fields() const
    {
        return {m_methodField, m_serverField, m_clientIdField, m_clientSecretField, m_tokenField, m_refreshTokenField,
            m_scopesField, m_labelField};
    }
    QLabel *m_vaultText = nullptr;
    QCheckBox *m_sessionOnly = nullptr;
    SentenceLabel *m_problem = nullptr;
    QPushButton *m_start = nullptr;
    QPushButton *m_chooseCancel = nullptr;

    QLabel *m_waitTitle = nullptr;
    QLabel *m_waitText = nullptr;
    QLabel *m_code = nullptr;
    QLabel *m_link = nullptr;
    SentenceLabel *m_waitTrouble = nullptr;
    QLabel *m_timeLeft = nullptr;
    QPushButton *m_open = nullptr;
    QPushButton *m_copyLink = nullptr;
    QPushButton *m_copyCode = nullptr;
    QPushButton *m_cancel = nullptr;
    QPushButton *m_moreTime = nullptr;

    SentenceLabel *m_mismatchText = nullptr;
    QPushButton *m_mismatchAgain = nullptr;
    QPushButton *m_addNew = nullptr;
    QPushButton *m_mismatchCancel = nullptr;

    QLabel *m_doneText = nullptr;
    QPushButton *m_close = nullptr;
    QTimer m_countdown;
};

} // namespace Postroom
