#include "ui/accountspage.h"

#include "core/base/text.h"
#include "models/words.h"
#include "ui/attentionstrip.h"
#include "ui/button.h"
#include "ui/emptystate.h"
#include "ui/metrics.h"
#include "ui/statedelegate.h"
#include "ui/stateline.h"

#include <QFormLayout>
#include <QListView>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Postroom
{

AccountDetails::AccountDetails(Actions *actions, QWidget *parent)
    : QWidget(parent), m_actions(actions), m_title(makeText(this, QStringLiteral("accountTitle"))),
      m_state(new SentenceLabel(this)), m_step(new Button(this)), m_facts(new QFormLayout),
      m_check(new Button(tr("&Check now"), this)), m_signIn(new Button(tr("Sign &in again…"), this)),
      m_enable(new Button(this)), m_signOut(new Button(tr("Sign &out"), this)),
      m_remove(new Button(tr("&Forget…"), this)), m_question(new NoticeBar(this))
{
    makeTitle(m_title);
    m_step->setObjectName(QStringLiteral("accountStepButton"));
    m_check->setObjectName(QStringLiteral("checkAccountButton"));
    m_signIn->setObjectName(QStringLiteral("signInAgainButton"));
    m_enable->setObjectName(QStringLiteral("enableAccountButton"));
    m_signOut->setObjectName(QStringLiteral("signOutButton"));
    m_remove->setObjectName(QStringLiteral("removeAccountButton"));
    m_question->setObjectName(QStringLiteral("accountQuestion"));

    auto *column = new QVBoxLayout(this);
    const int edge = em(this, 1.2);
    column->setContentsMargins(edge, edge, edge, edge);
    column->setSpacing(em(this, 0.8));
    column->addWidget(m_title);
    auto *stateRow = new QHBoxLayout;
    stateRow->setSpacing(em(this, 0.7));
    stateRow->addWidget(m_state, 1, Qt::AlignVCenter);
    stateRow->addWidget(m_step, 0, Qt::AlignVCenter);
    column->addLayout(stateRow);

    m_facts->setRowWrapPolicy(QFormLayout::WrapLongRows);
    m_facts->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_facts->setHorizontalSpacing(em(this, 1));
    m_facts->setVerticalSpacing(em(this, 0.45));
    m_facts->setLabelAlignment(Qt::AlignLeading | Qt::AlignTop);
    m_provider = addFact(QStringLiteral("factProvider"), tr("Provider"));
    m_subject = addFact(QStringLiteral("factSubject"), tr("Signed in as"));
    m_usable = addFact(QStringLiteral("factUsable"), tr("Works until"));
    m_next = addFact(QStringLiteral("factNext"), tr("Next try"));
    m_storage = addFact(QStringLiteral("factStorage"), tr("Kept in"));
    m_scopes = addFact(QStringLiteral("factScopes"), tr("Rights"));
    m_trouble = addFact(QStringLiteral("factTrouble"), tr("Last trouble"));
    m_code = addFact(QStringLiteral("factCode"), tr("In the server's terms"));
    column->addSpacing(em(this, 0.4));
    column->addLayout(m_facts);
    column->addStretch(1);
    column->addWidget(m_question);

    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(em(this, 0.5));
    buttons->addWidget(m_check);
    buttons->addWidget(m_signIn);
    buttons->addStretch(1);
    buttons->addWidget(m_enable);
    buttons->addWidget(m_signOut);
    buttons->addWidget(m_remove);
    column->addLayout(buttons);

    connect(m_step, &QPushButton::clicked, this, [this] { m_actions->take(m_sentence.step, m_account.id, {}); });
    connect(m_check, &QPushButton::clicked, this, [this] { m_actions->checkAccount(m_account.id); });
    connect(m_signIn, &QPushButton::clicked, this, [this] { m_actions->take(Step::SignIn, m_account.id, {}); });
    connect(m_enable, &QPushButton::clicked, this,
        [this] { m_actions->setAccountEnabled(m_account.id, !m_account.enabled); });
    connect(m_signOut, &QPushButton::clicked, this, [this] { m_actions->signOut(m_account.id); });
    connect(m_remove, &QPushButton::clicked, this, [this] {
        m_question->ask(tr("Forget %1? Its sign-in leaves the keychain. Files and workspaces stay as they are.")
                            .arg(displayName(m_account)),
            tr("Forget it"), tr("Keep it"));
    });
    connect(m_question, &NoticeBar::confirmed, this, [this] { m_actions->removeAccount(m_account.id); });
}

QLabel *AccountDetails::addFact(const QString &name, const QString &caption)
{
    auto *label = new QLabel(caption, this);
    makeQuiet(label);
    auto *value = makeText(this, name);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_facts->addRow(label, value);
    return value;
}

void AccountDetails::setAccount(const AccountStatus &account)
{
    if (account.id != m_account.id)
        m_question->putAway();
    m_account = account;
    const QDateTime now = m_actions->desk()->now();
    m_sentence = sentenceFor(account, now);
    m_title->setText(displayName(account));
    m_state->setSentence(m_sentence);
    // "Why?" asks for this very page.
    const bool step = !m_sentence.button.isEmpty() && m_sentence.step != Step::Why;
    m_step->setText(m_sentence.button);
    m_step->setAccessibleName(tr("%1: %2").arg(m_sentence.button, displayName(account)));
    m_step->setVisible(step);
    m_enable->setText(account.enabled ? tr("S&witch off") : tr("S&witch on"));
    const QString name = displayName(account);
    const bool managed = account.custody == Custody::Managed;
    const bool out = account.state == AccountState::SignedOut;
    m_check->setVisible(account.enabled && !out && m_sentence.step != Step::TryNow && m_sentence.step != Step::SignIn);
    m_signIn->setVisible(managed && m_sentence.step != Step::SignIn);
    m_enable->setVisible(m_sentence.step != Step::Enable);
    m_signOut->setVisible(managed && !out);
    m_check->setAccessibleName(tr("Check %1 now").arg(name));
    m_signIn->setAccessibleName(tr("Sign in again to %1").arg(name));
    m_enable->setAccessibleName(account.enabled ? tr("Switch %1 off").arg(name) : tr("Switch %1 on").arg(name));
    m_signOut->setAccessibleName(tr("Sign out of %1").arg(name));
    m_remove->setAccessibleName(tr("Forget %1").arg(name));
    fillFacts(account);
}

void AccountDetails::fillFacts(const AccountStatus &account)
{
    const QDateTime now = m_actions->desk()->now();
    const QLocale locale;
    const auto put = [this](QLabel *value, const QString &text) {
        value->setText(text);
        value->setVisible(!text.isEmpty());
        m_facts->labelForField(value)->setVisible(!text.isEmpty());
    };
    const auto time = [&](QLabel *value, const std::optional<QDateTime> &at) {
        put(value, at ? sayClock(*at, now, locale) : QString());
        value->setToolTip(at ? locale.toString(at->toLocalTime(), QLocale::LongFormat) : QString());
    };
    QString provider = oneLine(account.providerName, 80);
    if (!account.host.isEmpty())
        provider = provider.isEmpty() ? oneLine(account.host, 80)
                                      //: A provider's name and its server
                                      : tr("%1, %2").arg(provider, oneLine(account.host, 80));
    put(m_provider, provider);
    put(m_subject, oneLine(account.subject, 120));
    time(m_usable, account.usableUntil);
    time(m_next, account.nextAt);
    static_cast<QLabel *>(m_facts->labelForField(m_next))
        ->setText(account.state == AccountState::Fresh ? tr("Renewed next") : tr("Next try"));
    QString storage;
    switch (account.storage) {
    case StorageState::Saved:
        storage = tr("the keychain");
        break;
    case StorageState::Unsaved:
        storage = tr("memory; not in the keychain yet");
        break;
    case StorageState::Locked:
        storage = tr("the keychain, which is locked");
        break;
    case StorageState::Absent:
        storage = tr("memory until you quit; no keychain is running");
        break;
    case StorageState::Corrupt:
        storage = tr("the keychain, in a form that cannot be read");
        break;
    case StorageState::Session:
        storage = tr("memory until you quit, as you chose");
        break;
    }
    put(m_storage, account.state == AccountState::SignedOut ? QString() : storage);
    QStringList scopes = account.scopes;
    QString rights = oneLine(scopes.join(QLatin1String(", ")), 400);
    if (!account.missingScopes.isEmpty())
        rights += (rights.isEmpty() ? QString() : QStringLiteral("; "))
            + tr("missing: %1").arg(oneLine(account.missingScopes.join(QLatin1String(", ")), 200));
    put(m_scopes, rights);
    QString trouble;
    QStringList terms;
    if (account.lastError) {
        const Error &error = account.lastError->error;
        const QString when = sayTime(account.lastError->at, now, locale);
        //: What happened, and when
        trouble = when.isEmpty() ? sayProblem(error) : tr("%1 (%2)").arg(sayProblem(error), when);
        if (error.status > 0)
            terms.append(QString::number(error.status));
        if (!error.code.isEmpty())
            terms.append(oneLine(error.code, 60));
        if (!error.requestId.isEmpty())
            terms.append(tr("request %1").arg(oneLine(error.requestId, 80)));
        if (!error.detail.isEmpty())
            terms.append(oneLine(error.detail, 200));
    }
    put(m_trouble, trouble);
    put(m_code, terms.join(QStringLiteral(" · ")));
}

AccountsPage::AccountsPage(Actions *actions, QWidget *parent)
    : QWidget(parent), m_actions(actions), m_model(new AccountsModel(actions->desk(), this)),
      m_list(new QListView(this)), m_stack(new QStackedWidget(this)), m_details(new AccountDetails(actions, this))
{
    setObjectName(QStringLiteral("accountsPage"));
    m_list->setObjectName(QStringLiteral("accountsList"));
    m_list->setAccessibleName(tr("Accounts"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new TwoLineDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFrameShape(QFrame::NoFrame);

    auto *add = new Button(tr("&Sign in…"), this);
    add->setObjectName(QStringLiteral("addAccountButton"));
    add->setAccessibleName(tr("Sign in to another account"));
    auto *left = new QWidget(this);
    auto *leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(0, 0, 0, em(this, 0.6));
    leftColumn->setSpacing(em(this, 0.6));
    leftColumn->addWidget(m_list, 1);
    auto *addRow = new QHBoxLayout;
    addRow->setContentsMargins(em(this, 0.6), 0, em(this, 0.6), 0);
    addRow->addWidget(add);
    addRow->addStretch(1);
    leftColumn->addLayout(addRow);

    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setAccessibleName(tr("The chosen account"));
    scroll->setWidget(m_details);
    auto *splitter = new QSplitter(this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(left);
    splitter->addWidget(scroll);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 5);
    splitter->setSizes({em(this, 15), em(this, 36)});
    m_full = splitter;

    auto *empty = new EmptyState(tr("No account yet"),
        tr("An account is what your workspaces and other services know you by. Postroom keeps it "
           "signed in."),
        tr("&Sign in…"), QStringLiteral("accountsSignInButton"), this);
    connect(empty, &EmptyState::clicked, this, &AccountsPage::signInWanted);
    m_empty = empty;
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_full);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_stack);

    connect(add, &QPushButton::clicked, this, &AccountsPage::signInWanted);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &AccountsPage::showChosen);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &AccountsPage::showChosen);
    connect(m_model, &QAbstractItemModel::rowsRemoved, this, &AccountsPage::showChosen);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &AccountsPage::showChosen);
    showChosen();
}

void AccountsPage::choose(const AccountId &account)
{
    const int row = m_model->rowOf(account.text());
    if (row >= 0)
        m_list->setCurrentIndex(m_model->index(row, 0));
}

void AccountsPage::refreshTimes()
{
    m_model->refreshTimes();
}

void AccountsPage::showChosen()
{
    m_stack->setCurrentWidget(m_model->rowCount() == 0 ? m_empty : m_full);
    QModelIndex current = m_list->currentIndex();
    if (!current.isValid() && m_model->rowCount() > 0) {
        m_list->setCurrentIndex(m_model->index(0, 0));
        current = m_list->currentIndex();
    }
    if (current.isValid())
        m_details->setAccount(m_model->at(current.row()));
}

} // namespace Postroom
