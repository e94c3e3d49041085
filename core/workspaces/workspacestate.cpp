#include "core/workspaces/workspacestate.h"

#include "core/base/text.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

bool isAccountInTheWay(const WorkspaceFacts &facts)
{
    if (!facts.hasAccount || facts.accountUsable)
        return false;
    // Before the keychain was read nothing is known, and a refresh that runs is no trouble.
    if (facts.accountState == AccountState::Loading || facts.accountState == AccountState::Refreshing)
        return false;
    return facts.accountBadge == Badge::NeedsYou || facts.accountBadge == Badge::NeedsAdmin
        || facts.accountBadge == Badge::Reconnecting || facts.accountBadge == Badge::Off;
}

// Records that only a daemon sends.
int waitingForDaemon(const WorkspaceFacts &facts)
{
    return std::max(0, facts.outbox.pending - facts.pendingPushes);
}

// Records that wait. What a running transfer of ours wrote does not.
int waiting(const WorkspaceFacts &facts)
{
    return facts.sending > 0 ? waitingForDaemon(facts) : facts.outbox.pending;
}

WorkspaceState stateOf(const WorkspaceFacts &facts)
{
    if (facts.outbox.attention > 0 || facts.unreadablePending > 0)
        return WorkspaceState::Attention;
    if (facts.conflicts > 0)
        return WorkspaceState::Conflicts;
    if (facts.hasMirror && facts.daemonKnown && !facts.daemon.running && waitingForDaemon(facts) > 0)
        return WorkspaceState::DaemonOff;
    if (isAccountInTheWay(facts))
        return WorkspaceState::AccountNotUsable;
    if (facts.readOnly)
        return WorkspaceState::ReadOnly;
    if (waiting(facts) > 0)
        return WorkspaceState::Pending;
    if (facts.sending > 0)
        return WorkspaceState::Sending;
    if (facts.hasMirror && (!facts.outboxLoaded || !facts.mirrorPresent))
        return WorkspaceState::Unknown;
    if (facts.hasMirror && facts.daemon.running && facts.daemon.custody == DaemonCustody::Foreign)
        return WorkspaceState::ForeignDaemon;
    return WorkspaceState::Delivered;
}

// When the cause began, where the facts know it.
QDateTime beginOf(WorkspaceState state, const WorkspaceFacts &facts)
{
    switch (state) {
    case WorkspaceState::Pending:
    case WorkspaceState::DaemonOff:
        return facts.outbox.oldestPendingAt;
    case WorkspaceState::Attention:
        if (facts.newestAttention)
            return facts.newestAttention->lastAttemptAt.isValid() ? facts.newestAttention->lastAttemptAt
                                                                  : facts.newestAttention->firstSeenAt;
        return {};
    case WorkspaceState::AccountNotUsable:
        return facts.accountSince;
    case WorkspaceState::ForeignDaemon:
        return facts.daemon.since;
    default:
        return {};
    }
}

} // namespace

WorkspaceVerdict judge(const WorkspaceFacts &facts, const WorkspaceVerdict &before, const QDateTime &now)
{
    WorkspaceVerdict verdict;
    verdict.state = stateOf(facts);
    verdict.since = beginOf(verdict.state, facts);
    // A clock that was wrong when a record was written must not make a state begin in the future.
    if (!verdict.since.isValid() || verdict.since > now)
        verdict.since = before.state == verdict.state && before.since.isValid() ? before.since : now;
    if (verdict.state == WorkspaceState::Pending && facts.nextAttemptAt.isValid())
        verdict.nextAt = facts.nextAttemptAt;
    if (verdict.state == WorkspaceState::AccountNotUsable)
        verdict.nextAt = facts.accountNextAt;
    if (verdict.state == WorkspaceState::Attention && facts.newestAttention) {
        const OutboxRecord &record = *facts.newestAttention;
        verdict.attentionPath = record.path.isEmpty() ? record.id : record.path;
        verdict.attentionProvider = providerOf(record.path);
        verdict.attentionReason = record.error;
        if (record.state == RecordState::Unreadable)
            verdict.attentionReason = QCoreApplication::translate("Postroom", "its record cannot be read");
    }
    return verdict;
}

QString providerOf(const QString &remotePath)
{
    return oneLine(remotePath.section(QLatin1Char('/'), 1, 1), 60).toLower();
}

bool isReadOnly(const QStringList &scopes)
{
    bool namesFiles = false;
    for (const QString &scope : scopes) {
        QStringList parts = scope.split(QLatin1Char(':'));
        if (parts.size() > 2 && (parts.first() == QLatin1String("relayfile") || parts.first() == QLatin1String("*")))
            parts.removeFirst();
        if (parts.size() < 2 || (parts[0] != QLatin1String("fs") && parts[0] != QLatin1String("*")))
            continue;
        namesFiles = true;
        if (parts[1] == QLatin1String("write") || parts[1] == QLatin1String("manage") || parts[1] == QLatin1String("*"))
            return false;
    }
    return namesFiles;
}

} // namespace Postroom
