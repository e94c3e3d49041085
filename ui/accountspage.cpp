#include "ui/accountspage.h"

#include "ui/accountdetails.h"
#include "ui/button.h"
#include "ui/emptystate.h"
#include "ui/metrics.h"
#include "ui/statedelegate.h"

#include <QListView>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Postroom
{

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

    auto *splitter = new QSplitter(this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(left);
    splitter->addWidget(m_details);
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

    setTabOrder(m_list, add);
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

void AccountsPage::askToAdopt()
{
    m_details->askToAdopt();
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
