// From facts to the state of a workspace: one pure function, so that every combination can be tested.
#pragma once

#include "core/workspaces/workspacestatus.h"

namespace Postroom
{

// What is known about one workspace at one moment. Times are UTC; invalid or absent means unknown.
struct WorkspaceFacts {
    // The mirror. Without one nothing local can wait.
    bool hasMirror = false;
    bool mirrorPresent = false; // its folder is there
    bool outboxLoaded = false;
    OutboxCounts outbox;
    int pendingPushes = 0; // of outbox.pending: written by a push, which sends them itself
    int unreadablePending = 0; // of outbox.unreadable: in the way of a daemon
    QDateTime nextAttemptAt; // earliest of the pending ones
    std::optional<OutboxRecord> newestAttention;
    int conflicts = 0;
    bool daemonKnown = false; // somebody has looked
    DaemonStatus daemon;

    // The account. A mirror may have none: then nobody's sign-in is in the way.
    bool hasAccount = false;
    AccountState accountState = AccountState::Loading;
    Badge accountBadge = Badge::Good;
    bool accountUsable = false; // there is an access token that works now
    QDateTime accountSince;
    std::optional<QDateTime> accountNextAt;
    bool readOnly = false; // the sign-in may read but not write

    int sending = 0; // items of our own transfers on their way
};

// What follows from the facts.
struct WorkspaceVerdict {
    WorkspaceState state = WorkspaceState::Unknown;
    QDateTime since;
    std::optional<QDateTime> nextAt;
    QString attentionPath;
    QString attentionReason;
    QString attentionProvider;
};

// The worst that is true (WorkspaceState is in that order). `since` is when the cause began where the facts say it,
// else when the state was first seen: it stays with `before` as long as the state does.
WorkspaceVerdict judge(const WorkspaceFacts &facts, const WorkspaceVerdict &before, const QDateTime &now);

// First segment of a remote path: the provider that it belongs to.
QString providerOf(const QString &remotePath);

// Scopes that name files but grant no writing to any of them. Nothing known about files: false.
bool isReadOnly(const QStringList &scopes);

} // namespace Postroom
