#include "ui/signindialog.h"

#include "core/base/text.h"
#include "models/sentences.h"
#include "models/words.h"
#include "ui/actions.h"
#include "ui/metrics.h"
#include "ui/stateline.h"

#include <QAccessible>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Postroom
{

SignInDialog::SignInDialog(Desk *desk, UrlOpener *opener, const AccountId &account, SignInWish wish, QWidget *parent)
    : QDialog(parent), m_desk(desk), m_opener(opener), m_wish(wish), m_steps(new QStackedWidget(this))
{
    setObjectName(QStringLiteral("signInDialog"));
    setWindowTitle(tr("Sign in"));
    setWindowModality(Qt::WindowModal);
    const QList<AccountStatus> accounts = desk->accounts();
    for (const AccountStatus &status : accounts) {
        if (status.id == account)
            m_account = status;
    }

    m_choose = makeChoosePage();
    m_wait = makeWaitPage();
    m_done = makeDonePage();
    m_mismatch = makeMismatchPage();
    m_steps->addWidget(m_choose);
    m_steps->addWidget(m_wait);
    m_steps->addWidget(m_done);
    m_steps->addWidget(m_mismatch);
    auto *column = new QVBoxLayout(this);
    const int edge = em(this, 1.2);
    column->setContentsMargins(edge, edge, edge, edge);
    column->addWidget(m_steps);

    const QList<ProviderProfile> profiles = desk->providers();
    for (const ProviderProfile &known : profiles) {
        auto *item = new QListWidgetItem(oneLine(known.name, 80), m_providers);
        item->setData(Qt::UserRole, known.id);
        item->setSizeHint(QSize(0, em(this, 1.9)));
        if (m_account && known.id == m_account->providerId)
            m_providers->setCurrentItem(item);
    }
    // Whole rows, but not so many that the fields below find no room.
    const int rows = std::clamp(m_providers->count(), 2, 5);
    m_providers->setMinimumHeight(rows * em(this, 1.9) + 2 * m_providers->frameWidth());
    if (!m_providers->currentItem() && !m_account)
        m_providers->setCurrentRow(0);

    connect(m_providers, &QListWidget::currentRowChanged, this, [this] {
        showFields();
        // The fields may take room from the list.
        QMetaObject::invokeMethod(
            this, [this] { m_providers->scrollToItem(m_providers->currentItem()); }, Qt::QueuedConnection);
    });
    connect(m_method, &QComboBox::currentIndexChanged, this, &SignInDialog::showFields);
    connect(m_start, &QPushButton::clicked, this, &SignInDialog::begin);
    connect(m_chooseCancel, &QPushButton::clicked, this, &SignInDialog::reject);
    connect(m_cancel, &QPushButton::clicked, this, &SignInDialog::reject);
    connect(m_moreTime, &QPushButton::clicked, this, [this] { m_desk->extendSignIn(m_running); });
    connect(m_close, &QPushButton::clicked, this, &QDialog::accept);
    connect(m_addNew, &QPushButton::clicked, this, &SignInDialog::addAsNew);
    connect(m_mismatchCancel, &QPushButton::clicked, this, &SignInDialog::reject);
    connect(m_mismatchAgain, &QPushButton::clicked, this, [this] {
        m_steps->setCurrentWidget(m_choose);
        begin();
    });
    connect(m_open, &QPushButton::clicked, this, [this] {
        if (!m_opener->open(m_progress.link)) {
            showProblem(
                m_waitTrouble, m_copyLink, tr("No browser could be opened. Copy the link and open it yourself."));
            return;
        }
        m_opened = true;
        m_open->setText(tr("&Open again"));
    });
    connect(m_copyLink, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_progress.link.toString(QUrl::FullyEncoded));
        m_copyLink->setText(tr("Link copied"));
    });
    connect(m_copyCode, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_progress.userCode);
        m_copyCode->setText(tr("Code copied"));
    });
    connect(desk, &Desk::signInProgressed, this, &SignInDialog::takeProgress);
    connect(desk, &Desk::vaultStateChanged, this, &SignInDialog::showVault);
    m_countdown.setSingleShot(true);
    connect(&m_countdown, &QTimer::timeout, this, &SignInDialog::showTimeLeft);
    showFields();
    showVault();
    resize(em(this, 26), sizeHint().height());
    (m_account ? static_cast<QWidget *>(m_start) : m_providers)->setFocus(Qt::OtherFocusReason);
    if (m_account && m_account->state == AccountState::IdentityMismatch && !m_account->seenSubject.isEmpty())
        showMismatch(sentenceFor(*m_account, desk->now()).text, true);
}

SignInDialog::~SignInDialog() = default;

std::optional<ProviderProfile> SignInDialog::profile() const
{
    const QListWidgetItem *item = m_providers->currentItem();
    const QString id = item ? item->data(Qt::UserRole).toString() : m_account ? m_account->providerId : QString();
    const QList<ProviderProfile> profiles = m_desk->providers();
    for (const ProviderProfile &known : profiles) {
        if (known.id == id)
            return known;
    }
    return std::nullopt;
}

void SignInDialog::showVault()
{
    const VaultState vault = m_desk->vaultState();
    const bool absent = vault == VaultState::Absent || vault == VaultState::NoCollection || vault == VaultState::Hung;
    QString text;
    if (vault == VaultState::Hung)
        text = tr("The keychain does not answer, so the sign-in cannot be kept in it.");
    else if (vault == VaultState::NoCollection)
        text = tr("There is no keychain for this user yet, so the sign-in cannot be kept in it.");
    else if (absent)
        text = tr("No keychain is running, so the sign-in cannot be kept in one. It is never written to a file.");
    else if (vault == VaultState::Locked)
        text = tr("The keychain is locked. It is asked to unlock when the sign-in is done.");
    m_vaultText->setText(text);
    m_vaultText->setVisible(!text.isEmpty());
    m_sessionOnly->setVisible(absent);
    if (!absent)
        m_sessionOnly->setChecked(false);
}

void SignInDialog::clearProblems()
{
    const QList<Field> all = fields();
    for (const Field &field : all)
        field.problem->hide();
    m_problem->hide();
    for (QWidget *input : {m_server, m_clientId, m_token})
        input->setAccessibleDescription({});
}

void SignInDialog::showProblem(SentenceLabel *place, QWidget *input, const QString &text)
{
    place->setSentence({Shape::NeedsYou, text, Step::None, {}, std::nullopt});
    place->setAccessibleName(text);
    place->show();
    if (input) {
        input->setAccessibleDescription(text);
        input->setFocus(Qt::OtherFocusReason);
    }
    QAccessibleEvent event(place, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void SignInDialog::begin()
{
    clearProblems();
    const auto chosen = profile();
    if (!chosen || !m_running.isEmpty())
        return;
    SignInRequest request;
    if (!fillRequest(*chosen, &request))
        return;
    if (!m_sessionOnly->isHidden() && !m_sessionOnly->isChecked()) {
        showProblem(m_problem, m_sessionOnly,
            tr("Without a keychain you can be signed in until you quit. Tick the box to go on."));
        return;
    }
    request.sessionOnly = m_sessionOnly->isChecked() || (m_account && m_account->storage == StorageState::Session);
    run(request);
}

void SignInDialog::run(const SignInRequest &request)
{
    m_request = request;
    m_running = request.id;
    m_progress = {};
    m_progress.id = request.id;
    m_opened = false;
    takeProgress(m_progress);
    m_steps->setCurrentWidget(m_wait);
    m_cancel->setFocus(Qt::OtherFocusReason);
    follow(this, m_desk, request);
}

QCoro::Task<void> SignInDialog::follow(QPointer<SignInDialog> self, Desk *desk, SignInRequest request)
{
    auto task = desk->signIn(request);
    const auto outcome = co_await task;
    if (self && self->m_running == request.id)
        self->takeOutcome(outcome);
}

void SignInDialog::takeOutcome(const Result<AccountId> &outcome)
{
    m_running = {};
    m_countdown.stop();
    if (outcome) {
        for (QLineEdit *secret : {m_token, m_refreshToken, m_clientSecret})
            secret->clear();
        m_request = {};
        QString who;
        const QList<AccountStatus> accounts = m_desk->accounts();
        for (const AccountStatus &status : accounts) {
            if (status.id == *outcome)
                who = oneLine(status.subject.isEmpty() ? status.label : status.subject, 80);
        }
        m_doneText->setText(who.isEmpty() ? tr("You are signed in.") : tr("You are signed in as %1.").arg(who));
        m_steps->setCurrentWidget(m_done);
        m_close->setDefault(true);
        m_close->setFocus(Qt::OtherFocusReason);
        QAccessibleEvent event(m_doneText, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
        return;
    }
    const Error &error = outcome.error();
    if (error.code == QLatin1String("identity-mismatch")) {
        showMismatch(sayProblem(error), false);
        return;
    }
    m_steps->setCurrentWidget(m_choose);
    m_start->setDefault(true);
    const QString text = sayProblem(error);
    const auto shown = [](const Field &field) { return !field.box->isHidden(); };
    const bool aboutClient = error.kind == ErrorClass::Client || error.origin == Origin::Registration
        || error.code == QLatin1String("no-client-id") || error.code == QLatin1String("client-id-missing");
    // A server that registers apps by hand alone tells so only now.
    if (aboutClient && !shown(m_clientIdField) && !m_account) {
        m_clientIdAsked = true;
        showFields();
    }
    if (shown(m_clientIdField) && aboutClient)
        showProblem(m_clientIdField.problem, m_clientId, text);
    else if (shown(m_labelField) && error.code == QLatin1String("label-taken"))
        showProblem(m_labelField.problem, m_label, text);
    else if (shown(m_tokenField)
        && (error.kind == ErrorClass::Reauth || error.code.startsWith(QLatin1String("token-"))))
        showProblem(m_tokenField.problem, m_token, text);
    else if (shown(m_serverField)
        && (error.origin == Origin::Discovery || error.isTransient()
            || error.code.startsWith(QLatin1String("server-"))))
        showProblem(m_serverField.problem, m_server, text);
    else if (shown(m_scopesField) && error.kind == ErrorClass::Scope)
        showProblem(m_scopesField.problem, m_scopeBoxes.value(0), text);
    else
        showProblem(m_problem, m_start, text);
}

void SignInDialog::showMismatch(const QString &text, bool mayTryAgain)
{
    m_mismatchText->setSentence({Shape::NeedsYou, text, Step::None, {}, std::nullopt});
    m_mismatchText->setAccessibleName(text);
    m_mismatchAgain->setVisible(mayTryAgain);
    m_steps->setCurrentWidget(m_mismatch);
    // The harmless answer has the focus.
    m_mismatchCancel->setFocus(Qt::OtherFocusReason);
    QAccessibleEvent event(m_mismatchText, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

// The person signs in once more, this time for an account of its own.
void SignInDialog::addAsNew()
{
    const auto chosen = profile();
    if (!chosen)
        return;
    const QString host = m_account ? m_account->host : QString();
    SignInRequest request = m_request;
    m_account.reset();
    m_wish = SignInWish::SignIn;
    sayWhatFor();
    for (int row = 0; row < m_providers->count(); ++row) {
        if (m_providers->item(row)->data(Qt::UserRole) == chosen->id)
            m_providers->setCurrentRow(row);
    }
    showFields();
    // What only the account knew has to be said again.
    const bool pasted = !request.pastedAccessToken.isEmpty() || !request.pastedRefreshToken.isEmpty();
    // A token that was pasted has been redeemed by now and cannot be used once more.
    if (chosen->needsServer() || chosen->needsClientId() || request.providerId.isEmpty() || pasted) {
        if (chosen->needsServer() && m_server->text().isEmpty() && !host.isEmpty())
            m_server->setText(QStringLiteral("https://") + host);
        m_steps->setCurrentWidget(m_choose);
        m_start->setDefault(true);
        m_start->setFocus(Qt::OtherFocusReason);
        return;
    }
    request.id = SignInId::create();
    request.account = {};
    request.acrValues.clear();
    run(request);
}

void SignInDialog::takeProgress(const SignInProgress &progress)
{
    if (m_running.isEmpty() || progress.id != m_running)
        return;
    m_progress = progress;
    if (m_progress.link.isEmpty())
        m_progress.link = progress.verificationUri;
    const bool browser = progress.phase == SignInPhase::WaitingForBrowser;
    const bool device = progress.phase == SignInPhase::WaitingForDevice;
    switch (progress.phase) {
    case SignInPhase::Preparing:
        m_waitTitle->setText(tr("Preparing"));
        m_waitText->setText(tr("The server is asked how it wants you to sign in."));
        break;
    case SignInPhase::WaitingForBrowser:
        m_waitTitle->setText(tr("Continue in your browser"));
        m_waitText->setText(tr("Sign in on the page that opens, then come back. This window notices by itself."));
        break;
    case SignInPhase::WaitingForDevice:
        m_waitTitle->setText(tr("Enter this code"));
        m_waitText->setText(tr("Open the page below in any browser, on any device, and type the code there."));
        break;
    case SignInPhase::Exchanging:
    case SignInPhase::Done:
    case SignInPhase::Failed:
        m_waitTitle->setText(tr("Almost there"));
        m_waitText->setText(tr("The provider has answered. The sign-in is being completed."));
        break;
    }
    m_code->setText(progress.userCode);
    m_code->setAccessibleName(tr("The code: %1").arg(progress.userCode));
    m_code->setVisible(device);
    m_link->setText(m_progress.verificationUri.toDisplayString());
    m_link->setVisible(device);
    m_copyCode->setVisible(device);
    const bool focusWasHere = m_cancel->hasFocus();
    m_open->setVisible(browser || device);
    m_open->setEnabled(!m_progress.link.isEmpty());
    m_open->setText(m_opened ? tr("&Open again") : tr("&Open in browser"));
    m_open->setAccessibleName(tr("Open the sign-in page in the browser"));
    m_copyLink->setVisible((browser || device) && !m_progress.link.isEmpty());
    if ((browser || device) && focusWasHere && !m_opened) {
        m_open->setDefault(true);
        m_open->setFocus(Qt::OtherFocusReason);
    }
    m_waitTrouble->setVisible(progress.error.has_value() && progress.phase != SignInPhase::Failed);
    if (progress.error)
        m_waitTrouble->setSentence({Shape::Waiting, sayProblem(*progress.error), Step::None, {}, std::nullopt});
    showTimeLeft();
}

void SignInDialog::showTimeLeft()
{
    const bool waiting = m_progress.deadline && !m_running.isEmpty()
        && (m_progress.phase == SignInPhase::WaitingForBrowser || m_progress.phase == SignInPhase::WaitingForDevice);
    m_timeLeft->setVisible(waiting);
    m_moreTime->setVisible(waiting && m_progress.phase == SignInPhase::WaitingForBrowser);
    if (!waiting) {
        m_countdown.stop();
        return;
    }
    const qint64 left = std::max<qint64>(0, m_desk->now().msecsTo(*m_progress.deadline));
    const qint64 seconds = (left + 999) / 1000;
    // Whole minutes while there are several, seconds at the end.
    const bool minutes = seconds > 120;
    m_timeLeft->setText(tr("%1 left").arg(saySpan(minutes ? (seconds / 60) * 60 : seconds)));
    if (!isVisible() || left == 0)
        return;
    const qint64 step = minutes ? 60'000 : 1000;
    m_countdown.start(static_cast<int>(left % step + 20));
}

void SignInDialog::showEvent(QShowEvent *event)
{
    QDialog::showEvent(event);
    showTimeLeft();
}

void SignInDialog::hideEvent(QHideEvent *event)
{
    QDialog::hideEvent(event);
    m_countdown.stop();
}

void SignInDialog::reject()
{
    if (!m_running.isEmpty()) {
        const SignInId running = m_running;
        m_running = {};
        m_desk->cancelSignIn(running);
    }
    QDialog::reject();
}

} // namespace Postroom
