// The part of WorkspaceService that has to do with accounts: whose workspaces there are, asked when they sign in.
#include "core/workspaces/workspaceservice_p.h"

#include "core/base/log.h"
#include "core/oauth/profile.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr auto firstRetry = 60s;
constexpr auto longestRetry = 3600s;

} // namespace

bool WorkspaceService::Private::hasWorkspaces(const AccountId &account) const
{
    const auto record = accounts->record(account);
    return record
        && (record->kind == toString(ProviderKind::RelayfileCloud)
            || record->kind == toString(ProviderKind::RelayfileServer));
}

void WorkspaceService::Private::accountChanged(const AccountStatus &account)
{
    QList<WorkspaceId> ids;
    for (const auto &[id, entry] : entries) {
        if (entry.record.account == account.id)
            ids.append(id);
    }
    for (const WorkspaceId &id : ids) {
        if (Entry *entry = find(id))
            update(*entry);
    }
    if (!isStarted || isStopping || !hasWorkspaces(account.id))
        return;
    auto known = work.value(account.id);
    if (!known) {
        known = std::make_shared<AccountWork>();
        work.insert(account.id, known);
    }
    const bool isUsable = account.isUsable(clock->now());
    const bool isSignedOut = account.state == AccountState::SignedOut;
    if (isSignedOut && !known->wasSignedOut && bundles)
        scope.spawn(bundles->forget(account.id));
    known->wasSignedOut = isSignedOut;
    if (isUsable && !std::exchange(known->wasUsable, true))
        scope.spawn(refreshByItself(account.id));
    known->wasUsable = isUsable;
}

void WorkspaceService::Private::accountRemoved(const AccountId &account)
{
    work.remove(account);
    if (bundles && !isStopping)
        scope.spawn(bundles->forget(account));
    if (const auto done = catalog.forgetAccount(account); !done)
        qCWarning(logWorkspaces) << "workspaces of a removed account stay:" << done.error().code;
    sync();
}

QCoro::Task<Result<void>> WorkspaceService::Private::refresh(AccountId account)
{
    if (!hasWorkspaces(account))
        co_return failInput(QStringLiteral("no-workspaces"),
            QCoreApplication::translate("Postroom", "This account has no workspaces."));
    auto found = co_await cloud->workspaces(account, scope.token());
    if (!found)
        co_return Failure(found.error());
    // The answer of a server may come after the account has gone.
    if (isStopping || !accounts->account(account))
        co_return failCancelled();
    const auto adopted = catalog.adopt(account, *found);
    if (!adopted)
        co_return Failure(adopted.error());
    sync();
    co_return Result<void>();
}

QCoro::Task<void> WorkspaceService::Private::refreshByItself(AccountId account)
{
    const auto result = co_await refresh(account);
    const auto known = work.value(account);
    if (!known || isStopping)
        co_return;
    if (result) {
        known->attempts = 0;
        known->retry.reset();
    } else if (result.error().isTransient() || result.error().code == QLatin1String("catalog-busy")) {
        retryLater(account, result.error());
    }
}

void WorkspaceService::Private::retryLater(const AccountId &account, const Error &error)
{
    const auto known = work.value(account);
    const auto delay = std::min<std::chrono::seconds>(longestRetry, firstRetry * (1 << std::min(known->attempts, 6)));
    ++known->attempts;
    QDateTime due = clock->now().addSecs(delay.count());
    if (error.retryAt && *error.retryAt > due)
        due = *error.retryAt;
    known->retry = clock->at(due, [this, account] {
        const auto status = accounts->account(account);
        if (!isStopping && status && status->isUsable(clock->now()))
            scope.spawn(refreshByItself(account));
    });
}

} // namespace Postroom
