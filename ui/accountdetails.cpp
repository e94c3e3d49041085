#include "ui/accountdetails.h"

#include "core/base/text.h"
#include "models/accountsmodel.h"
#include "models/diagnostics.h"
#include "models/words.h"
#include "ui/accounthistory.h"
#include "ui/attentionstrip.h"
#include "ui/button.h"
#include "ui/metrics.h"
#include "ui/quotapane.h"
#include "ui/stateline.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QScrollArea>
#include <QVBoxLayout>

namespace Postroom
{

AccountDetails::AccountDetails(Actions *actions, QWidget *parent)
    : QWidget(parent), m_actions(actions), m_scroll(new QScrollArea(this)),
      m_title(makeText(this, QStringLiteral("accountTitle"))), m_state(new SentenceLabel(this)),
      m_step(new Button(this)), m_facts(new QGridLayout), m_try(new Button(tr("&Try now"), this)),
      m_grant(new Button(tr("&Grant more access…"), this)), m_observed(makeObserved()), m_quota(new QuotaPane(this)),
      m_history(new AccountHistory(this)), m_check(new Button(tr("&Check now"), this)),
      m_signIn(new Button(tr("Sign &in again…"), this)), m_enable(new Button(this)),
      m_signOut(new Button(tr("Sign &out"), this)), m_remove(new Button(tr("&Forget…"), this)),
      m_question(new NoticeBar(this))
{
    makeTitle(m_title);
    m_step->setObjectName(QStringLiteral("accountStepButton"));
    m_try->setObjectName(QStringLiteral("tryNowButton"));
    m_grant->setObjectName(QStringLiteral("grantAccessButton"));
    m_check->setObjectName(QStringLiteral("checkAccountButton"));
    m_signIn->setObjectName(QStringLiteral("signInAgainButton"));
    m_enable->setObjectName(QStringLiteral("enableAccountButton"));
    m_signOut->setObjectName(QStringLiteral("signOutButton"));
    m_remove->setObjectName(QStringLiteral("removeAccountButton"));
    m_question->setObjectName(QStringLiteral("accountQuestion"));

    auto *page = new QWidget(this);
    auto *content = new QVBoxLayout(page);
    const int edge = em(this, 1.2);
    content->setContentsMargins(edge, edge, edge, edge);
    content->setSpacing(em(this, 0.8));
    content->addWidget(m_title);
    auto *stateRow = new QHBoxLayout;
    stateRow->setSpacing(em(this, 0.7));
    stateRow->addWidget(m_state, 1, Qt::AlignVCenter);
    stateRow->addWidget(m_step, 0, Qt::AlignVCenter);
    content->addLayout(stateRow);
    makeFacts();
    content->addSpacing(em(this, 0.4));
    content->addLayout(m_facts);
    content->addWidget(m_observed);
    content->addSpacing(em(this, 0.4));
    content->addWidget(m_quota);
    content->addWidget(m_history);
    content->addStretch(1);

    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setAccessibleName(tr("The chosen account"));
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setWidget(page);
    page->setAutoFillBackground(false);
    m_scroll->viewport()->setAutoFillBackground(false);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_scroll, 1);
    column->addWidget(m_question);
    column->addLayout(makeButtons());
    connectButtons();
    setOrder();
}

QWidget *AccountDetails::makeObserved()
{
    auto *box = new QWidget(this);
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(em(this, 0.5));
    m_observedText = makeText(box, QStringLiteral("observedText"));
    m_adopt = new Button(tr("&Move into the keychain…"), box);
    m_adopt->setObjectName(QStringLiteral("adoptAccountButton"));
    column->addWidget(m_observedText);
    column->addWidget(m_adopt, 0, Qt::AlignLeading);
    return box;
}

QLayout *AccountDetails::makeButtons()
{
    auto *buttons = new QHBoxLayout;
    const int edge = em(this, 1.2);
    buttons->setContentsMargins(edge, em(this, 0.6), edge, em(this, 0.6));
    buttons->setSpacing(em(this, 0.5));
    buttons->addWidget(m_check);
    buttons->addWidget(m_signIn);
    buttons->addStretch(1);
    buttons->addWidget(m_enable);
    buttons->addWidget(m_signOut);
    buttons->addWidget(m_remove);
    return buttons;
}

void AccountDetails::connectButtons()
{
    const auto tryNow = [this] {
        // The server asked for a pause; whoever wants to ask it all the same should know.
        if (m_account.state == AccountState::RateLimited)
            ask(Question::TryNow);
        else
            m_actions->checkAccount(m_account.id);
    };
    connect(m_step, &QPushButton::clicked, this, [this, tryNow] {
        if (m_sentence.step == Step::TryNow)
            tryNow();
        else
            m_actions->take(m_sentence.step, m_account.id, {});
    });
    connect(m_try, &QPushButton::clicked, this, tryNow);
    connect(m_check, &QPushButton::clicked, this, tryNow);
    connect(m_grant, &QPushButton::clicked, this, [this] { m_actions->take(Step::Grant, m_account.id, {}); });
    connect(m_adopt, &QPushButton::clicked, this, &AccountDetails::askToAdopt);
    connect(m_signIn, &QPushButton::clicked, this, [this] { m_actions->take(Step::SignIn, m_account.id, {}); });
    connect(m_enable, &QPushButton::clicked, this,
        [this] { m_actions->setAccountEnabled(m_account.id, !m_account.enabled); });
    connect(m_signOut, &QPushButton::clicked, this, [this] { m_actions->signOut(m_account.id); });
    connect(m_remove, &QPushButton::clicked, this, [this] { ask(Question::Forget); });
    connect(m_question, &NoticeBar::confirmed, this, &AccountDetails::answered);
    connect(m_history, &AccountHistory::copyWanted, this, &AccountDetails::copyDiagnostics);
}

// From top to bottom, as it is read.
void AccountDetails::setOrder()
{
    const QList<QWidget *> order{m_step, m_try, m_grant, m_adopt,
        m_history->findChild<QWidget *>(QStringLiteral("copyDiagnosticsButton")),
        m_history->findChild<QWidget *>(QStringLiteral("accountHistory")),
        m_question->findChild<QWidget *>(QStringLiteral("noticeActionButton")),
        m_question->findChild<QWidget *>(QStringLiteral("noticeCloseButton")), m_check, m_signIn, m_enable, m_signOut,
        m_remove};
    for (int i = 1; i < order.size(); ++i)
        setTabOrder(order.at(i - 1), order.at(i));
}

void AccountDetails::askToAdopt()
{
    if (m_account.custody == Custody::Observed)
        ask(Question::Adopt);
}

void AccountDetails::ask(Question question)
{
    m_asked = question;
    const QString name = displayName(m_account);
    const QString host = m_account.host.isEmpty() ? tr("the sign-in server") : oneLine(m_account.host, 80);
    const QString keeper = oneLine(m_account.observedBy.isEmpty() ? m_account.providerName : m_account.observedBy, 60);
    switch (question) {
    case Question::None:
        break;
    case Question::Forget:
        m_question->ask(
            tr("Forget %1? Its sign-in leaves the keychain. Files and workspaces stay as they are.").arg(name),
            tr("Forget it"), tr("Keep it"));
        break;
    case Question::TryNow:
        m_question->ask(m_account.nextAt
                ? tr("%1 asked for a pause until %2. Asking it earlier may make the pause longer.")
                      .arg(host, sayClock(*m_account.nextAt, m_actions->desk()->now(), QLocale()))
                : tr("%1 asked for a pause. Asking it earlier may make the pause longer.").arg(host),
            tr("Try all the same"), tr("Wait"));
        break;
    case Question::Adopt:
        m_question->ask(
            tr("Move the sign-in of %1 into the keychain? Postroom renews it from then on; to go on using %2, sign in "
               "there again.")
                .arg(name, keeper),
            tr("Move it"), tr("Leave it there"));
        break;
    }
}

void AccountDetails::answered()
{
    switch (std::exchange(m_asked, Question::None)) {
    case Question::None:
        break;
    case Question::Forget:
        m_actions->removeAccount(m_account.id);
        break;
    case Question::TryNow:
        m_actions->checkAccount(m_account.id);
        break;
    case Question::Adopt:
        m_actions->adoptAccount(m_account.id);
        break;
    }
}

void AccountDetails::copyDiagnostics()
{
    Desk *desk = m_actions->desk();
    QGuiApplication::clipboard()->setText(
        diagnosticsOf(m_account, desk->accountHistory(m_account.id), thisHost(), desk->now()));
    m_history->sayCopied(true);
}

void AccountDetails::setAccount(const AccountStatus &account)
{
    Desk *desk = m_actions->desk();
    const bool another = account.id != m_account.id;
    // A question about a pause that is over, or about another account, is no question.
    const bool moot = another || (m_asked == Question::TryNow && account.state != AccountState::RateLimited)
        || (m_asked == Question::Adopt && account.custody != Custody::Observed);
    if (moot && m_asked != Question::None) {
        m_question->putAway();
        m_asked = Question::None;
    }
    m_account = account;
    if (another) {
        m_scopeLabels.clear();
        const QList<ProviderProfile> profiles = desk->providers();
        for (const ProviderProfile &profile : profiles) {
            if (profile.id != account.providerId)
                continue;
            for (const OfferedScope &offered : profile.offeredScopes)
                m_scopeLabels.insert(offered.scope, offered.label);
        }
        m_history->sayCopied(false);
        m_scroll->ensureVisible(0, 0);
    }
    const QDateTime now = desk->now();
    m_sentence = sentenceFor(account, now);
    m_title->setText(displayName(account));
    m_state->setSentence(m_sentence);
    fillFacts();
    fillRights();
    fillTrouble();
    m_quota->setQuota(account.quota, oneLine(account.providerName, 60), now);
    m_history->setHistory(desk->accountHistory(account.id), now);
    const QString keeper = oneLine(account.observedBy.isEmpty() ? account.providerName : account.observedBy, 60);
    m_observed->setVisible(m_sentence.step == Step::Adopt);
    m_observedText->setText(
        tr("%1 keeps this sign-in, and Postroom only reads along. Moved into the keychain, it is renewed by Postroom, "
           "and the copy of %1 stops working after a while.")
            .arg(keeper));
    showButtons();
}

bool AccountDetails::mayTryNow() const
{
    if (!m_account.enabled || !m_account.nextAt)
        return false;
    switch (m_account.state) {
    case AccountState::Retrying:
    case AccountState::Waiting:
    case AccountState::Stalled:
    case AccountState::RateLimited:
    case AccountState::Offline:
    case AccountState::PolicyBlocked:
        return true;
    case AccountState::NeedsSignIn:
    case AccountState::Misconfigured:
        return !m_account.confirmed;
    default:
        return false;
    }
}

void AccountDetails::showButtons()
{
    const QString name = displayName(m_account);
    const bool managed = m_account.custody == Custody::Managed;
    const bool out = m_account.state == AccountState::SignedOut;
    const bool tryNow = mayTryNow();
    // "Why?" asks for this very page; the others have a place of their own on it.
    const bool elsewhere = m_sentence.step == Step::Why || (m_sentence.step == Step::TryNow && tryNow)
        || (m_sentence.step == Step::Grant && managed) || m_sentence.step == Step::Adopt;
    m_step->setText(m_sentence.button);
    m_step->setAccessibleName(tr("%1: %2").arg(m_sentence.button, name));
    m_step->setVisible(!m_sentence.button.isEmpty() && !elsewhere);
    showBeside(m_next, m_try, tryNow);
    m_try->setAccessibleName(tr("Try now: %1").arg(name));
    m_grant->setAccessibleName(tr("Grant more access: %1").arg(name));
    m_adopt->setAccessibleName(tr("Move the sign-in of %1 into the keychain").arg(name));
    m_enable->setText(m_account.enabled ? tr("S&witch off") : tr("S&witch on"));
    // What another program keeps is only looked at.
    m_check->setVisible(managed && m_account.enabled && !out && !tryNow && m_sentence.step != Step::TryNow
        && m_account.state != AccountState::NeedsSignIn);
    m_signIn->setVisible(managed && m_sentence.step != Step::SignIn);
    m_enable->setVisible(managed && m_sentence.step != Step::Enable);
    m_signOut->setVisible(managed && !out);
    m_remove->setVisible(managed);
    m_check->setAccessibleName(tr("Check %1 now").arg(name));
    m_signIn->setAccessibleName(tr("Sign in again to %1").arg(name));
    m_enable->setAccessibleName(m_account.enabled ? tr("Switch %1 off").arg(name) : tr("Switch %1 on").arg(name));
    m_signOut->setAccessibleName(tr("Sign out of %1").arg(name));
    m_remove->setAccessibleName(tr("Forget %1").arg(name));
}

} // namespace Postroom
