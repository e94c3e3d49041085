// The accounts: a list, and everything about the chosen one.
#pragma once

#include "models/accountsmodel.h"
#include "ui/actions.h"

#include <QWidget>

class QFormLayout;
class QLabel;
class QListView;
class QPushButton;
class QStackedWidget;

namespace Postroom
{

class NoticeBar;
class SentenceLabel;

// The chosen account in full. What cannot be taken back is asked inline.
class AccountDetails final : public QWidget
{
    Q_OBJECT
public:
    AccountDetails(Actions *actions, QWidget *parent = nullptr);
    void setAccount(const AccountStatus &account);

private:
    void fillFacts(const AccountStatus &account);
    QLabel *addFact(const QString &name, const QString &caption);

    Actions *m_actions;
    AccountStatus m_account;
    Sentence m_sentence;
    QLabel *m_title;
    SentenceLabel *m_state;
    QPushButton *m_step;
    QFormLayout *m_facts;
    QLabel *m_provider, *m_subject, *m_usable, *m_next, *m_scopes, *m_storage, *m_trouble, *m_code;
    QPushButton *m_check, *m_signIn, *m_enable, *m_signOut, *m_remove;
    NoticeBar *m_question;
};

class AccountsPage final : public QWidget
{
    Q_OBJECT
public:
    AccountsPage(Actions *actions, QWidget *parent = nullptr);
    void choose(const AccountId &account);
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
