#include "ui/signindialog.h"

#include "core/base/text.h"
#include "models/sentences.h"
#include "ui/actions.h"
#include "ui/metrics.h"
#include "ui/stateline.h"

#include <QAccessible>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHostAddress>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Postroom
{
namespace
{

enum Way { InBrowser, WithCode, WithToken };

bool isLoopback(const QString &host)
{
    return host == QLatin1String("localhost") || QHostAddress(host).isLoopback();
}

// What a person typed as a server: "files.acme.example" is meant as https.
QUrl serverFrom(const QString &typed)
{
    const QString text = typed.trimmed();
    if (text.isEmpty())
        return {};
    QUrl url(text.contains(QLatin1String("://")) ? text : QStringLiteral("https://") + text, QUrl::StrictMode);
    const bool known
        = url.scheme() == QLatin1String("https") || (url.scheme() == QLatin1String("http") && isLoopback(url.host()));
    if (!url.isValid() || url.host().isEmpty() || !known || !url.userInfo().isEmpty())
        return {};
    return url;
}

} // namespace

SignInDialog::SignInDialog(Desk *desk, UrlOpener *opener, const AccountId &account, QWidget *parent)
    : QDialog(parent), m_desk(desk), m_opener(opener), m_steps(new QStackedWidget(this))
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
    m_steps->addWidget(m_choose);
    m_steps->addWidget(m_wait);
    m_steps->addWidget(m_done);
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
    if (!m_providers->currentItem() && !m_account)
        m_providers->setCurrentRow(0);

    connect(m_providers, &QListWidget::currentRowChanged, this, &SignInDialog::showFields);
    connect(m_method, &QComboBox::currentIndexChanged, this, &SignInDialog::showFields);
    connect(m_start, &QPushButton::clicked, this, &SignInDialog::begin);
    connect(m_chooseCancel, &QPushButton::clicked, this, &SignInDialog::reject);
    connect(m_cancel, &QPushButton::clicked, this, &SignInDialog::reject);
    connect(m_close, &QPushButton::clicked, this, &QDialog::accept);
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

void SignInDialog::showFields()
{
    clearProblems();
    const auto chosen = profile();
    m_start->setEnabled(chosen.has_value());
    if (!chosen) {
        for (const Field &field :
            {m_methodField, m_serverField, m_clientIdField, m_clientSecretField, m_tokenField, m_labelField})
            field.box->hide();
        return;
    }
    // The ways in, in the order in which they are asked for less and less.
    QList<std::pair<QString, int>> ways;
    if (chosen->kind != ProviderKind::RelayfileServer) {
        ways.append({tr("In the browser on this computer"), InBrowser});
        ways.append({tr("With a code, in a browser anywhere"), WithCode});
    }
    ways.append({tr("With a token that I have"), WithToken});
    QList<std::pair<QString, int>> present;
    for (int i = 0; i < m_method->count(); ++i)
        present.append({m_method->itemText(i), m_method->itemData(i).toInt()});
    if (present != ways) {
        const QSignalBlocker quiet(m_method);
        m_method->clear();
        for (const auto &[text, way] : std::as_const(ways))
            m_method->addItem(text, way);
        m_method->setCurrentIndex(0);
    }
    const int way = m_method->currentData().toInt();
    const bool again = m_account.has_value(); // the account remembers server and client
    m_methodField.box->setVisible(ways.size() > 1);
    m_serverField.box->setVisible(chosen->needsServer() && !again);
    m_clientIdField.box->setVisible(chosen->needsClientId() && way != WithToken && !again);
    m_clientSecretField.box->setVisible(
        chosen->kind == ProviderKind::OAuth2 && chosen->clientAuth != ClientAuth::None && way != WithToken && !again);
    m_tokenField.box->setVisible(way == WithToken);
    m_labelField.box->setVisible(!again);
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
    for (const Field &field :
        {m_methodField, m_serverField, m_clientIdField, m_clientSecretField, m_tokenField, m_labelField})
        field.problem->hide();
    m_problem->hide();
    for (QWidget *input :
        {static_cast<QWidget *>(m_server), static_cast<QWidget *>(m_clientId), static_cast<QWidget *>(m_token)})
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
    request.providerId = chosen->id;
    request.label = m_label->text().trimmed();
    if (!m_serverField.box->isHidden()) {
        if (m_server->text().trimmed().isEmpty()) {
            showProblem(m_serverField.problem, m_server,
                tr("The address of the server is needed, such as files.acme.example."));
            return;
        }
        request.server = serverFrom(m_server->text());
        if (request.server.isEmpty()) {
            showProblem(m_serverField.problem, m_server,
                tr("This is not an address that can be used. It starts with https:// or is on this computer."));
            return;
        }
    }
    if (!m_clientIdField.box->isHidden()) {
        request.clientId = m_clientId->text().trimmed();
        if (request.clientId.isEmpty()) {
            showProblem(m_clientIdField.problem, m_clientId,
                tr("This provider knows apps by a client ID. It is in the provider's settings for apps."));
            return;
        }
    }
    if (!m_clientSecretField.box->isHidden() && !m_clientSecret->text().isEmpty())
        request.clientSecret = Secret(m_clientSecret->text());
    const int way = m_method->currentData().toInt();
    request.method = way == WithCode ? SignInMethod::Device : SignInMethod::Browser;
    if (way == WithToken) {
        if (m_token->text().trimmed().isEmpty()) {
            showProblem(m_tokenField.problem, m_token, tr("Paste the token here."));
            return;
        }
        request.pastedAccessToken = Secret(m_token->text().trimmed());
    }
    if (m_account) {
        request.account = m_account->id;
        request.scopes = m_account->scopes + m_account->missingScopes;
        request.scopes.removeDuplicates();
    }
    if (!m_sessionOnly->isHidden() && !m_sessionOnly->isChecked()) {
        showProblem(m_problem, m_sessionOnly,
            tr("Without a keychain you can be signed in until you quit. Tick the box to go on."));
        return;
    }
    request.sessionOnly = m_sessionOnly->isChecked() || (m_account && m_account->storage == StorageState::Session);

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
        m_token->clear();
        m_clientSecret->clear();
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
    m_steps->setCurrentWidget(m_choose);
    m_start->setDefault(true);
    const QString text = sayProblem(error);
    const auto shown = [](const Field &field) { return !field.box->isHidden(); };
    if (shown(m_clientIdField) && (error.kind == ErrorClass::Client || error.code.contains(QLatin1String("client"))))
        showProblem(m_clientIdField.problem, m_clientId, text);
    else if (shown(m_labelField) && error.code.contains(QLatin1String("label")))
        showProblem(m_labelField.problem, m_label, text);
    else if (shown(m_tokenField) && (error.kind == ErrorClass::Reauth || error.code.contains(QLatin1String("token"))))
        showProblem(m_tokenField.problem, m_token, text);
    else if (shown(m_serverField)
        && (error.origin == Origin::Discovery || error.isTransient() || error.code.contains(QLatin1String("server"))))
        showProblem(m_serverField.problem, m_server, text);
    else
        showProblem(m_problem, m_start, text);
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
