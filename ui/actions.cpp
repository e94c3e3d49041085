#include "ui/actions.h"

#include "models/words.h"

namespace Postroom
{

Actions::Actions(Desk *desk, UrlOpener *opener, QObject *parent) : QObject(parent), m_desk(desk), m_opener(opener) { }

template <typename T>
QCoro::Task<void> Actions::follow(QPointer<Actions> self, QCoro::Task<Result<T>> task)
{
    const auto outcome = co_await task;
    if (!self || outcome || outcome.error().kind == ErrorClass::Cancel)
        co_return;
    Q_EMIT self->noticeRaised(sayProblem(outcome.error()));
}

QCoro::Task<void> Actions::followMirror(QPointer<Actions> self, QCoro::Task<Result<WorkspaceId>> task)
{
    const auto outcome = co_await task;
    if (!self)
        co_return;
    if (outcome)
        Q_EMIT self->workspaceWanted(*outcome);
    else if (outcome.error().kind != ErrorClass::Cancel)
        Q_EMIT self->noticeRaised(sayProblem(outcome.error()));
}

QCoro::Task<void> Actions::followAdoption(QPointer<Actions> self, QCoro::Task<Result<AccountId>> task, QString meaning)
{
    const auto outcome = co_await task;
    if (!self)
        co_return;
    if (outcome)
        Q_EMIT self->noticeRaised(meaning);
    else if (outcome.error().kind != ErrorClass::Cancel)
        Q_EMIT self->noticeRaised(sayProblem(outcome.error()));
}

void Actions::take(Step step, const AccountId &account, const WorkspaceId &workspace)
{
    switch (step) {
    case Step::None:
        return;
    case Step::TryNow:
        if (!account.isEmpty())
            checkAccount(account);
        else
            refreshWorkspaces();
        return;
    case Step::SignIn:
        Q_EMIT signInWanted(account);
        return;
    case Step::Grant: {
        AccountId wanted = account;
        const QList<WorkspaceStatus> workspaces = m_desk->workspaces();
        for (const WorkspaceStatus &status : workspaces) {
            if (wanted.isEmpty() && status.id == workspace)
                wanted = status.account;
        }
        Q_EMIT moreAccessWanted(wanted);
        return;
    }
    case Step::Unlock:
        unlockKeychain();
        return;
    case Step::Why:
        Q_EMIT accountWanted(account);
        return;
    case Step::OpenPage: {
        // Plain http on purpose: a guest network answers it with its own log-in page, and nothing of ours is in it.
        const QList<AccountStatus> accounts = m_desk->accounts();
        for (const AccountStatus &status : accounts) {
            if (status.id == account && !status.host.isEmpty()) {
                QUrl page;
                page.setScheme(QStringLiteral("http"));
                page.setHost(status.host.section(QLatin1Char(':'), 0, 0));
                m_opener->open(page);
            }
        }
        return;
    }
    case Step::Show:
    case Step::Start:
        if (!workspace.isEmpty())
            Q_EMIT workspaceWanted(workspace);
        else
            Q_EMIT accountWanted(account);
        return;
    case Step::Enable:
        setAccountEnabled(account, true);
        return;
    case Step::Add:
        Q_EMIT signInWanted({});
        return;
    case Step::Adopt:
        // The other program loses its sign-in, so the page asks first.
        Q_EMIT adoptionWanted(account);
        return;
    }
}

void Actions::adoptAccount(const AccountId &account)
{
    QString meaning;
    const QList<AccountStatus> accounts = m_desk->accounts();
    for (const AccountStatus &status : accounts) {
        if (status.id == account)
            meaning = sayCustody(status);
    }
    followAdoption(this, m_desk->adoptAccount(account), meaning);
}

void Actions::signOut(const AccountId &account)
{
    follow<void>(this, m_desk->signOut(account));
}

void Actions::removeAccount(const AccountId &account)
{
    follow<void>(this, m_desk->removeAccount(account));
}

void Actions::setAccountEnabled(const AccountId &account, bool enabled)
{
    follow<void>(this, m_desk->setAccountEnabled(account, enabled));
}

void Actions::checkAccount(const AccountId &account)
{
    follow<AccountStatus>(this, m_desk->checkAccount(account));
}

void Actions::unlockKeychain()
{
    follow<void>(this, m_desk->unlockKeychain());
}

void Actions::refreshWorkspaces()
{
    follow<void>(this, m_desk->refreshWorkspaces());
}

void Actions::addMirror(const QString &folder)
{
    followMirror(this, m_desk->addMirror(folder));
}

void Actions::forgetWorkspace(const WorkspaceId &workspace)
{
    follow<void>(this, m_desk->forgetWorkspace(workspace));
}

void Actions::push(const PushRequest &request)
{
    follow<TransferId>(this, m_desk->push(request));
}

void Actions::retryTransfer(const TransferId &transfer)
{
    follow<TransferId>(this, m_desk->retryTransfer(transfer));
}

void Actions::openFolder(const QString &folder)
{
    if (folder.isEmpty() || !m_opener->open(QUrl::fromLocalFile(folder)))
        Q_EMIT noticeRaised(tr("The folder %1 cannot be opened from here.").arg(oneLine(folder, 200)));
}

} // namespace Postroom
