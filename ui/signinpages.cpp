// How the pages of the sign-in dialog are laid out; what they do is in signindialog.cpp.
#include "ui/button.h"
#include "ui/metrics.h"
#include "ui/shapeicon.h"
#include "ui/signindialog.h"
#include "ui/stateline.h"

#include <QCheckBox>
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
    m_chooseTitle = makeText(page, QStringLiteral("chooseTitle"));
    makeTitle(m_chooseTitle);
    column->addWidget(m_chooseTitle);

    m_chooseText = makeText(page, QStringLiteral("chooseText"));
    m_providers = new QListWidget(page);
    m_providers->setObjectName(QStringLiteral("providerList"));
    m_providers->setAccessibleName(tr("What do you want to sign in to?"));
    column->addWidget(m_chooseText);
    column->addWidget(m_providers, 1);
    sayWhatFor();
    makeFields(page);

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

    m_moreTime = new Button(tr("10 &more minutes"), page);
    m_moreTime->setObjectName(QStringLiteral("moreTimeButton"));
    m_moreTime->setAccessibleName(tr("Wait 10 minutes longer for the browser"));
    m_moreTime->setAutoDefault(false);

    auto *actions = new QHBoxLayout;
    actions->setSpacing(em(this, 0.5));
    actions->addWidget(m_open);
    actions->addWidget(m_copyCode);
    actions->addWidget(m_copyLink);
    actions->addStretch(1);
    auto *bottom = new QHBoxLayout;
    bottom->setSpacing(em(this, 0.5));
    bottom->addWidget(m_timeLeft);
    bottom->addWidget(m_moreTime);
    bottom->addStretch(1);
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

QWidget *SignInDialog::makeMismatchPage()
{
    auto *page = new QWidget(this);
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(em(this, 0.7));
    auto *title = makeText(page, QStringLiteral("mismatchTitle"));
    makeTitle(title);
    title->setText(tr("Somebody else"));
    m_mismatchText = new SentenceLabel(page);
    m_mismatchText->setObjectName(QStringLiteral("mismatchText"));
    auto *hint = makeText(page, QStringLiteral("mismatchHint"));
    makeQuiet(hint);
    hint->setText(tr("To add it beside this account, you sign in once more."));
    const auto button = [page](const QString &text, const QString &name) {
        auto *made = new Button(text, page);
        made->setObjectName(name);
        made->setAccessibleName(QString(text).remove(QLatin1Char('&')));
        made->setAutoDefault(false);
        return made;
    };
    m_mismatchAgain = button(tr("Sign &in again"), QStringLiteral("mismatchAgainButton"));
    m_addNew = button(tr("&Add as a new account"), QStringLiteral("addAsNewButton"));
    m_mismatchCancel = button(tr("Cancel"), QStringLiteral("mismatchCancelButton"));
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(em(this, 0.5));
    buttons->addStretch(1);
    buttons->addWidget(m_mismatchAgain);
    buttons->addWidget(m_addNew);
    buttons->addWidget(m_mismatchCancel);
    column->addWidget(title);
    column->addWidget(m_mismatchText);
    column->addWidget(hint);
    column->addStretch(1);
    column->addLayout(buttons);
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
