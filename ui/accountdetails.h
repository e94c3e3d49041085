// Everything about one account, and what can be done about it.
#pragma once

#include "ui/actions.h"

#include <QHash>
#include <QWidget>

class QGridLayout;
class QLabel;
class QPushButton;
class QScrollArea;

namespace Postroom
{

class AccountHistory;
class NoticeBar;
class QuotaPane;
class SentenceLabel;

// The chosen account in full: sentence and button, facts, allowance, history. What is offered where it belongs (try
// now, grant, move) is not offered a second time beside the sentence. What cannot be taken back is asked inline.
class AccountDetails final : public QWidget
{
    Q_OBJECT
public:
    AccountDetails(Actions *actions, QWidget *parent = nullptr);
    void setAccount(const AccountStatus &account);
    void askToAdopt();

private:
    enum class Question { None, Forget, TryNow, Adopt };

    void makeFacts();
    QWidget *makeObserved();
    QLayout *makeButtons();
    void connectButtons();
    void setOrder();
    void addRow(const QString &caption, QWidget *field);
    QLabel *addFact(const QString &name, const QString &caption);
    QLabel *addFact(const QString &name, const QString &caption, QPushButton *button);

    void showButtons();
    void fillFacts();
    void fillRights();
    void fillTrouble();
    void put(QLabel *value, const QString &text);
    void showBeside(QLabel *value, QPushButton *button, bool shown);
    void putTime(QLabel *value, const std::optional<QDateTime> &at);
    QString labelOf(const QString &scope) const;
    bool mayTryNow() const;
    void ask(Question question);
    void answered();
    void copyDiagnostics();

    Actions *m_actions;
    AccountStatus m_account;
    Sentence m_sentence;
    QHash<QString, QString> m_scopeLabels; // of the account's provider
    Question m_asked = Question::None;

    QScrollArea *m_scroll;
    QLabel *m_title;
    SentenceLabel *m_state;
    QPushButton *m_step;
    QGridLayout *m_facts; // a form layout of Qt 6.4 writes past its memory when rows come and go
    QHash<QWidget *, QLabel *> m_captions; // of the facts, by what stands beside them
    QPushButton *m_try, *m_grant;
    QLabel *m_provider, *m_subject, *m_serves, *m_usable, *m_next, *m_ends, *m_storage, *m_scopes, *m_missing,
        *m_trouble, *m_code;
    QWidget *m_observed;
    QLabel *m_observedText;
    QPushButton *m_adopt;
    QuotaPane *m_quota;
    AccountHistory *m_history;
    QPushButton *m_check, *m_signIn, *m_enable, *m_signOut, *m_remove;
    NoticeBar *m_question;
};

} // namespace Postroom
