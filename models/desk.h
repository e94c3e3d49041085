// The one door between the faces and the engine: snapshots out, commands in. The window and the tray hold this and
// nothing of core; a test puts a desk of its own behind it.
#pragma once

#include "core/accounts/accountservice.h"
#include "core/journal/journal.h"
#include "core/vault/secretstore.h"
#include "core/workspaces/workspacestatus.h"
#include "core/writeback/transfer.h"

#include <QCoroTask>
#include <QObject>

namespace Postroom
{

// Commands answer when they are done; whoever calls them must live until then or use a TaskScope. All in one thread.
class Desk : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual QList<AccountStatus> accounts() const = 0;
    virtual QList<AccountEvent> accountHistory(const AccountId &account) const = 0; // the newest last
    virtual QList<WorkspaceStatus> workspaces() const = 0;
    virtual QList<OutboxRecord> outbox(const WorkspaceId &workspace) const = 0;
    virtual QList<Transfer> transfers() const = 0;
    virtual QList<TransferItem> transferItems(const TransferId &transfer) const = 0;
    virtual QList<ProviderProfile> providers() const = 0;
    virtual VaultState vaultState() const = 0;
    virtual QDateTime now() const = 0; // UTC

    virtual QCoro::Task<Result<AccountId>> signIn(SignInRequest request) = 0;
    virtual void cancelSignIn(const SignInId &id) = 0;
    virtual void extendSignIn(const SignInId &id) = 0; // ten more minutes, while a browser is waited for
    virtual QCoro::Task<Result<void>> signOut(AccountId account) = 0;
    virtual QCoro::Task<Result<void>> removeAccount(AccountId account) = 0;
    virtual QCoro::Task<Result<void>> setAccountEnabled(AccountId account, bool enabled) = 0;
    virtual QCoro::Task<Result<AccountStatus>> checkAccount(AccountId account) = 0;
    // Takes custody of an account that another program keeps: its sign-in moves into the keychain.
    virtual QCoro::Task<Result<AccountId>> adoptAccount(AccountId account) = 0;
    virtual QCoro::Task<Result<void>> unlockKeychain() = 0;

    virtual QCoro::Task<Result<void>> refreshWorkspaces() = 0;
    virtual QCoro::Task<Result<WorkspaceId>> addMirror(QString folder) = 0;
    virtual QCoro::Task<Result<void>> forgetWorkspace(WorkspaceId workspace) = 0;

    virtual QCoro::Task<Result<PushPlan>> planPush(PushRequest request) = 0;
    virtual QCoro::Task<Result<TransferId>> push(PushRequest request) = 0;
    virtual QCoro::Task<Result<Transfer>> pushFinished(TransferId transfer) = 0;
    virtual void cancelTransfer(const TransferId &transfer) = 0;
    virtual QCoro::Task<Result<TransferId>> retryTransfer(TransferId transfer) = 0;
    virtual void dismissTransfer(const TransferId &transfer) = 0;

    virtual QCoro::Task<Result<QList<ActivityEntry>>> activity(ActivityQuery query) = 0;

Q_SIGNALS:
    void accountChanged(const Postroom::AccountStatus &status);
    void accountRemoved(const Postroom::AccountId &id);
    void signInProgressed(const Postroom::SignInProgress &progress);
    void vaultStateChanged(Postroom::VaultState state);
    void workspaceChanged(const Postroom::WorkspaceStatus &status);
    void workspaceRemoved(const Postroom::WorkspaceId &id);
    void outboxChanged(const Postroom::WorkspaceId &id);
    void transferChanged(const Postroom::Transfer &transfer);
    void transferItemsChanged(const Postroom::TransferId &id, const QList<Postroom::TransferItem> &items);
    void transferDismissed(const Postroom::TransferId &id);
    void activityAdded(const Postroom::ActivityEntry &entry);
};

} // namespace Postroom
