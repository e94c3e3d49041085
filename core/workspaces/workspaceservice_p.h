// Inside of WorkspaceService: what it holds per workspace and per account.
#pragma once

#include "core/base/taskscope.h"
#include "core/workspaces/daemonlook.h"
#include "core/workspaces/directorywatcher.h"
#include "core/workspaces/workspaceservice.h"
#include "core/workspaces/workspacestate.h"

#include <map>

namespace Postroom
{

class WorkspaceService::Private
{
public:
    // A listener may forget a workspace while its watch is still telling something: then the watch goes a little later.
    struct Retire {
        void operator()(OutboxWatch *watch) const
        {
            watch->disconnect();
            watch->deleteLater();
        }
    };
    struct Entry {
        WorkspaceRecord record;
        std::unique_ptr<OutboxWatch, Retire> watch;
        DaemonStatus daemon;
        bool daemonKnown = false;
        int sending = 0;
        int sendingTotal = 0;
        QDateTime pushedAt;
        WorkspaceVerdict verdict;
        WorkspaceStatus status;
    };
    struct AccountWork {
        bool wasUsable = false;
        bool wasSignedOut = false;
        int attempts = 0;
        std::unique_ptr<Alarm> retry;
    };

    Private(WorkspaceService *owner, AccountService *accountService, CloudApi *cloudApi, BundleKeeper *bundleKeeper,
        Clock *theClock, const Paths &thePaths)
        : q(owner), accounts(accountService), cloud(cloudApi), bundles(bundleKeeper), clock(theClock), paths(thePaths),
          catalog(thePaths.config + QStringLiteral("/workspaces.json"),
              thePaths.home + QStringLiteral("/.relayfile/workspaces.json"))
    {
    }

    bool hasWorkspaces(const AccountId &account) const;
    void sync();
    void watchMirror(const WorkspaceId &id, Entry &entry);
    void update(Entry &entry);
    void updateAll();
    WorkspaceFacts factsOf(const Entry &entry, const std::optional<AccountStatus> &account) const;
    void accountChanged(const AccountStatus &account);
    void accountRemoved(const AccountId &account);
    QCoro::Task<Result<void>> refresh(AccountId account);
    QCoro::Task<void> refreshByItself(AccountId account);
    void retryLater(const AccountId &account, const Error &error);
    void lookAtDaemons();
    void takeDaemons(const QList<DaemonSeen> &seen);
    void armPoll();
    Entry *find(const WorkspaceId &id);
    const Entry *find(const WorkspaceId &id) const { return const_cast<Private *>(this)->find(id); }

    WorkspaceService *q;
    AccountService *accounts;
    CloudApi *cloud;
    BundleKeeper *bundles;
    Clock *clock;
    Paths paths;
    Catalog catalog;
    std::shared_ptr<DirectoryWatcher> watcher; // made with the first mirror
    std::unique_ptr<DaemonLook> daemonLook;
    std::map<WorkspaceId, Entry> entries;
    QHash<AccountId, std::shared_ptr<AccountWork>> work;
    std::unique_ptr<Alarm> poll;
    std::unique_ptr<Alarm> again;
    bool isStarted = false;
    bool isStopping = false;
    TaskScope scope;
};

} // namespace Postroom
