// What buttons do: the commands of the desk, run for the window, and what became of them.
#pragma once

#include "models/desk.h"
#include "models/sentences.h"
#include "ui/urlopener.h"

#include <QObject>
#include <QPointer>

namespace Postroom
{

// Owner: the window. The desk and the opener outlive it. A command that does not go through ends in noticeRaised() with
// one sentence; nothing here opens a window of its own.
class Actions final : public QObject
{
    Q_OBJECT
public:
    Actions(Desk *desk, UrlOpener *opener, QObject *parent = nullptr);

    Desk *desk() const { return m_desk; }
    UrlOpener *opener() const { return m_opener; }

    // The step of a sentence about this account or workspace (one of the two may be empty).
    void take(Step step, const AccountId &account, const WorkspaceId &workspace);

    void signOut(const AccountId &account);
    void removeAccount(const AccountId &account);
    void setAccountEnabled(const AccountId &account, bool enabled);
    void checkAccount(const AccountId &account);
    void adoptAccount(const AccountId &account); // and says what it means for the program that kept it
    void unlockKeychain();
    void refreshWorkspaces();
    void addMirror(const QString &folder);
    void forgetWorkspace(const WorkspaceId &workspace);
    void push(const PushRequest &request);
    void retryTransfer(const TransferId &transfer);
    void openFolder(const QString &folder);

Q_SIGNALS:
    void noticeRaised(const QString &text);
    void signInWanted(const Postroom::AccountId &account); // empty: a new one
    void moreAccessWanted(const Postroom::AccountId &account); // the rights that it lacks
    void adoptionWanted(const Postroom::AccountId &account); // a question comes first
    void accountWanted(const Postroom::AccountId &account);
    void workspaceWanted(const Postroom::WorkspaceId &workspace);

private:
    template <typename T>
    static QCoro::Task<void> follow(QPointer<Actions> self, QCoro::Task<Result<T>> task);
    static QCoro::Task<void> followAdoption(
        QPointer<Actions> self, QCoro::Task<Result<AccountId>> task, QString meaning);
    static QCoro::Task<void> followMirror(QPointer<Actions> self, QCoro::Task<Result<WorkspaceId>> task);

    Desk *m_desk;
    UrlOpener *m_opener;
};

} // namespace Postroom
