// The accounts: a list, and everything about the chosen one.
#pragma once

#include "models/accountsmodel.h"
#include "ui/actions.h"

#include <QWidget>

class QListView;
class QStackedWidget;

namespace Postroom
{

class AccountDetails;

class AccountsPage final : public QWidget
{
    Q_OBJECT
public:
    AccountsPage(Actions *actions, QWidget *parent = nullptr);
    void choose(const AccountId &account);
    void askToAdopt(); // the chosen account, inline
    void refreshTimes();
    AccountsModel *model() const { return m_model; }

Q_SIGNALS:
    void signInWanted();

private:
    void showChosen();

    Actions *m_actions;
    AccountsModel *m_model;
    QListView *m_list;
    QStackedWidget *m_stack;
    QWidget *m_empty;
    QWidget *m_full;
    AccountDetails *m_details;
};

} // namespace Postroom
