// A desk whose snapshots a test writes and whose commands it answers.
#pragma once

#include "models/desk.h"

#include <deque>

namespace Postroom
{

// Every command is noted in `calls` as one line. A command answers at once, unless `held` is true: then it waits for
// release(). `nextFailures` are given out first come, first served.
class FakeDesk final : public Desk
{
    Q_OBJECT
public:
    explicit FakeDesk(QObject *parent = nullptr);
    ~FakeDesk() override;

    QList<AccountStatus> accountList;
    QHash<QString, QList<AccountEvent>> histories; // by account id
    QList<WorkspaceStatus> workspaceList;
    QHash<QString, QList<OutboxRecord>> outboxes; // by the workspace id's text
    QList<Transfer> transferList;
    QHash<QString, QList<TransferItem>> items; // by the transfer id's text
    QList<ProviderProfile> profileList;
    QList<ActivityEntry> history; // newest first
    VaultState vault = VaultState::Unlocked;
    QDateTime time{QDate(2026, 1, 15), QTime(14, 5), Qt::UTC};

    QStringList calls;
    QList<SignInRequest> signIns;
    QList<PushRequest> plans;
    QList<PushRequest> pushes;
    std::deque<Error> nextFailures;
    PushPlan nextPlan; // answered when it has items, else every path becomes one item
    bool held = false;
    void release();
    // Ends the sign-in that waits.
    void endSignIn(const Result<AccountId> &outcome);

    // Snapshots that tell of themselves.
    void set(const AccountStatus &status);
    void set(const WorkspaceStatus &status);
    void set(const Transfer &transfer, const QList<TransferItem> &itemList = {});
    void setOutbox(const WorkspaceId &workspace, const QList<OutboxRecord> &records);
    void setVault(VaultState state);
    void progress(SignInPhase phase, const QUrl &link = {}, const QString &code = {});

    QList<AccountStatus> accounts() const override { return accountList; }
    QList<AccountEvent> accountHistory(const AccountId &account) const override
    {
        return histories.value(account.text());
    }
    QList<WorkspaceStatus> workspaces() const override { return workspaceList; }
    QList<OutboxRecord> outbox(const WorkspaceId &workspace) const override { return outboxes.value(workspace.text()); }
    QList<Transfer> transfers() const override { return transferList; }
    QList<TransferItem> transferItems(const TransferId &transfer) const override
    {
        return items.value(transfer.text());
    }
    QList<ProviderProfile> providers() const override { return profileList; }
    VaultState vaultState() const override { return vault; }
    QDateTime now() const override { return time; }

    QCoro::Task<Result<AccountId>> signIn(SignInRequest request) override;
    void cancelSignIn(const SignInId &id) override;
    void extendSignIn(const SignInId &id) override;
    QCoro::Task<Result<void>> signOut(AccountId account) override;
    QCoro::Task<Result<void>> removeAccount(AccountId account) override;
    QCoro::Task<Result<void>> setAccountEnabled(AccountId account, bool enabled) override;
    QCoro::Task<Result<AccountStatus>> checkAccount(AccountId account) override;
    QCoro::Task<Result<AccountId>> adoptAccount(AccountId account) override;
    QCoro::Task<Result<void>> unlockKeychain() override;
    QCoro::Task<Result<void>> refreshWorkspaces() override;
    QCoro::Task<Result<WorkspaceId>> addMirror(QString folder) override;
    QCoro::Task<Result<void>> forgetWorkspace(WorkspaceId workspace) override;
    QCoro::Task<Result<PushPlan>> planPush(PushRequest request) override;
    QCoro::Task<Result<TransferId>> push(PushRequest request) override;
    QCoro::Task<Result<Transfer>> pushFinished(TransferId transfer) override;
    void cancelTransfer(const TransferId &transfer) override;
    QCoro::Task<Result<TransferId>> retryTransfer(TransferId transfer) override;
    void dismissTransfer(const TransferId &transfer) override;
    QCoro::Task<Result<QList<ActivityEntry>>> activity(ActivityQuery query) override;

Q_SIGNALS:
    void released();
    void signInEnded();

private:
    QCoro::Task<Result<void>> answer(QString call);

    std::optional<Result<AccountId>> m_signInOutcome;
};

// Ready-made states for tests and pictures.
AccountStatus goodAccount();
AccountStatus signedOutAccount();
WorkspaceStatus goodWorkspace();
WorkspaceStatus attentionWorkspace();
QList<ProviderProfile> someProfiles();
void fillGood(FakeDesk &desk);
void fillAttention(FakeDesk &desk);

} // namespace Postroom
