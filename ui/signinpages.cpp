// How the pages of the sign-in dialog are laid out; what they do is in signindialog.cpp.
#include "ui/button.h"
#include "ui/metrics.h"
#include "ui/shapeicon.h"
#include "ui/signindialog.h"
#include "ui/stateline.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFontDatabase>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace Postroom
{

SignInDialog::Field SignInDialog::addField(QWidget *page, QWidget *input, const QString &caption, const QString &name)
{
    Field field;
    field.box = new QWidget(page);
    auto *column = new QVBoxLayout(field.box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(em(this, 0.2));
    auto *label = new QLabel(caption, field.box);
    label->setBuddy(input);
    input->setParent(field.box);
    input->setObjectName(name);
    input->setAccessibleName(QString(caption).remove(QLatin1Char('&')).remove(QLatin1Char(':')));
    field.problem = new SentenceLabel(field.box);
    field.problem->setObjectName(name + QStringLiteral("Problem"));
    field.problem->hide();
    column->addWidget(label);
    column->addWidget(input);
    column->addWidget(field.problem);
    page->layout()->addWidget(field.box);
    return field;
}

QWidget *SignInDialog::makeChoosePage()
{
    auto *page = new QWidget(this);
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(em(this, 0.6));
    auto *title = makeText(page, QStringLiteral("chooseTitle"));
    makeTitle(title);
    column->addWidget(title);

    auto *listLabel = new QLabel(tr("&What do you want to sign in to?"), page);
    m_providers = new QListWidget(page);
    m_providers->setObjectName(QStringLiteral("providerList"));
    m_providers->setAccessibleName(tr("What do you want to sign in to?"));
    listLabel->setBuddy(m_providers);
    column->addWidget(listLabel);
    column->addWidget(m_providers, 1);
    m_providers->setMinimumHeight(em(this, 5));
    if (m_account) {
        const QString who = m_account->subject.isEmpty() ? m_account->label : m_account->subject;
        title->setText(tr("Sign in again"));
        listLabel->setText(who.isEmpty() ? tr("You are asked to sign in with the same account as before.")
                                         : tr("You are asked to sign in as %1.").arg(who));
        listLabel->setTextFormat(Qt::PlainText);
        listLabel->setWordWrap(true);
        listLabel->setBuddy(nullptr);
        m_providers->hide();
    } else {
        title->setText(tr("Sign in"));
    }

    m_method = new QComboBox(page);
    m_methodField = addField(page, m_method, tr("&How:"), QStringLiteral("methodBox"));
    m_server = new QLineEdit(page);
    m_server->setPlaceholderText(QStringLiteral("https://"));
    m_server->setInputMethodHints(Qt::ImhUrlCharactersOnly | Qt::ImhNoPredictiveText);
    m_serverField = addField(page, m_server, tr("Ser&ver:"), QStringLiteral("serverEdit"));
    m_clientId = new QLineEdit(page);
    m_clientIdField
        = addField(page, m_clientId, tr("Client &ID, as the provider gave it to you:"), QStringLiteral("clientIdEdit"));
    m_clientSecret = new QLineEdit(page);
    m_clientSecret->setEchoMode(QLineEdit::Password);
    m_clientSecretField
        = addField(page, m_clientSecret, tr("Client &secret, if there is one:"), QStringLiteral("clientSecretEdit"));
    m_token = new QLineEdit(page);
    m_token->setEchoMode(QLineEdit::Password);
    m_token->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    m_tokenField = addField(page, m_token, tr("&Token:"), QStringLiteral("tokenEdit"));
    m_label = new QLineEdit(page);
    m_label->setPlaceholderText(tr("Chosen for you when left empty"));
    m_labelField = addField(page, m_label, tr("What you want to &call this account:"), QStringLiteral("labelEdit"));

    m_vaultText = makeText(page, QStringLiteral("vaultText"));
    m_sessionOnly = new QCheckBox(tr("&Keep me signed in until I quit"), page);
    m_sessionOnly->setObjectName(QStringLiteral("sessionOnlyBox"));
    m_sessionOnly->setAccessibleName(tr("Keep me signed in until I quit"));
    column->addWidget(m_vaultText);
    column->addWidget(m_sessionOnly);
    m_problem = new SentenceLabel(page);
    m_problem->setObjectName(QStringLiteral("signInProblem"));
    m_problem->hide();
    column->addWidget(m_problem);
    column->addStretch(m_account ? 1 : 0);

    m_start = new Button(tr("Si&gn in"), page);
    m_start->setObjectName(QStringLiteral("startSignInButton"));
    m_start->setAccessibleName(tr("Start the sign-in"));
    m_start->setDefault(true);
    m_chooseCancel = new Button(tr("Cancel"), page);
    m_chooseCancel->setObjectName(QStringLiteral("closeSignInButton"));
    m_chooseCancel->setAccessibleName(tr("Close without a sign-in"));
    m_chooseCancel->setAutoDefault(false);
    auto *buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_start);
    buttons->addWidget(m_chooseCancel);
    column->addSpacing(em(this, 0.3));
    column->addLayout(buttons);
    return page;
}

QWidget *SignInDialog::makeWaitPage()
{
    auto *page = new QWidget(this);
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(em(this, 0.7));
    m_waitTitle = makeText(page, QStringLiteral("waitTitle"));
    makeTitle(m_waitTitle);
    m_waitText = makeText(page, QStringLiteral("waitText"));
    m_code = makeText(page, QStringLiteral("deviceCode"));
    QFont big = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    big.setPointSizeF(font().pointSizeF() * 2.4);
    big.setLetterSpacing(QFont::PercentageSpacing, 112);
    m_code->setFont(big);
    m_code->setAlignment(Qt::AlignCenter);
    m_code->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_link = makeText(page, QStringLiteral("signInLink"));
    m_link->setAlignment(Qt::AlignCenter);
    m_link->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_waitTrouble = new SentenceLabel(page);
    m_waitTrouble->setObjectName(QStringLiteral("waitTrouble"));
    m_timeLeft = makeText(page, QStringLiteral("timeLeft"));
    makeQuiet(m_timeLeft);

    m_open = new Button(tr("&Open in browser"), page);
    m_open->setObjectName(QStringLiteral("openBrowserButton"));
    m_copyLink = new Button(tr("Copy &link"), page);
    m_copyLink->setObjectName(QStringLiteral("copyLinkButton"));
    m_copyLink->setAccessibleName(tr("Copy the link of the sign-in page"));
    m_copyLink->setAutoDefault(false);
    m_copyCode = new Button(tr("Copy &code"), page);
    m_copyCode->setObjectName(QStringLiteral("copyCodeButton"));
    m_copyCode->setAccessibleName(tr("Copy the code"));
    m_copyCode->setAutoDefault(false);
    m_cancel = new Button(tr("Cancel"), page);
    m_cancel->setObjectName(QStringLiteral("cancelSignInButton"));
    m_cancel->setAccessibleName(tr("Cancel the sign-in"));
    m_cancel->setAutoDefault(false);

    auto *actions = new QHBoxLayout;
    actions->setSpacing(em(this, 0.5));
    actions->addWidget(m_open);
    actions->addWidget(m_copyCode);
    actions->addWidget(m_copyLink);
    actions->addStretch(1);
    auto *bottom = new QHBoxLayout;
    bottom->addWidget(m_timeLeft, 1);
    bottom->addWidget(m_cancel);
    column->addWidget(m_waitTitle);
    column->addWidget(m_waitText);
    column->addWidget(m_code);
    column->addWidget(m_link);
    column->addLayout(actions);
    column->addWidget(m_waitTrouble);
    column->addStretch(1);
    column->addLayout(bottom);
    return page;
}

QWidget *SignInDialog::makeDonePage()
{
    auto *page = new QWidget(this);
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(em(this, 0.7));
    auto *picture = new QLabel(page);
    const int side = em(this, 3);
    picture->setPixmap(shapeIcon(Shape::Good).pixmap(QSize(side, side), devicePixelRatioF()));
    picture->setAlignment(Qt::AlignCenter);
    m_doneText = makeText(page, QStringLiteral("doneText"));
    makeTitle(m_doneText);
    m_doneText->setAlignment(Qt::AlignCenter);
    m_close = new Button(tr("&Done"), page);
    m_close->setObjectName(QStringLiteral("doneButton"));
    m_close->setAccessibleName(tr("Done"));
    auto *buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_close);
    column->addStretch(1);
    column->addWidget(picture);
    column->addWidget(m_doneText);
    column->addStretch(2);
    column->addLayout(buttons);
    return page;
}

} // namespace Postroom
