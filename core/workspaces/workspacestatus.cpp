#include "core/workspaces/workspacestatus.h"

#include <tuple>

namespace Postroom
{
namespace
{

bool sameError(const std::optional<LastError> &a, const std::optional<LastError> &b)
{
    if (!a || !b)
        return a.has_value() == b.has_value();
    return std::tie(a->error.code, a->error.message, a->error.status, a->attempt, a->at)
        == std::tie(b->error.code, b->error.message, b->error.status, b->attempt, b->at);
}

} // namespace

bool operator==(const WorkspaceStatus &a, const WorkspaceStatus &b)
{
    const auto identity = [](const WorkspaceStatus &s) {
        return std::tie(
            s.id, s.cloudId, s.name, s.server, s.account, s.accountLabel, s.accountBadge, s.mirror, s.remoteRoot);
    };
    const auto standing = [](const WorkspaceStatus &s) {
        return std::tie(s.daemon, s.state, s.since, s.nextAt, s.outbox, s.conflicts, s.sending, s.sendingTotal,
            s.lastSuccessAt, s.attentionPath, s.attentionReason, s.attentionProvider);
    };
    return identity(a) == identity(b) && standing(a) == standing(b) && sameError(a.lastError, b.lastError);
}

QString toString(WorkspaceState state)
{
    switch (state) {
    case WorkspaceState::Unknown:
        return QStringLiteral("unknown");
    case WorkspaceState::Delivered:
        return QStringLiteral("delivered");
    case WorkspaceState::ForeignDaemon:
        return QStringLiteral("foreign-daemon");
    case WorkspaceState::Sending:
        return QStringLiteral("sending");
    case WorkspaceState::Pending:
        return QStringLiteral("pending");
    case WorkspaceState::ReadOnly:
        return QStringLiteral("read-only");
    case WorkspaceState::AccountNotUsable:
        return QStringLiteral("account");
    case WorkspaceState::DaemonOff:
        return QStringLiteral("daemon-off");
    case WorkspaceState::Conflicts:
        return QStringLiteral("conflicts");
    case WorkspaceState::Attention:
        return QStringLiteral("attention");
    }
    return {};
}

QString toString(RecordState state)
{
    switch (state) {
    case RecordState::Pending:
        return QStringLiteral("pending");
    case RecordState::Attention:
        return QStringLiteral("attention");
    case RecordState::Failed:
        return QStringLiteral("failed");
    case RecordState::Acked:
        return QStringLiteral("acked");
    case RecordState::Unreadable:
        return QStringLiteral("unreadable");
    }
    return {};
}

QString toString(DaemonCustody custody)
{
    switch (custody) {
    case DaemonCustody::None:
        return QStringLiteral("none");
    case DaemonCustody::Ours:
        return QStringLiteral("ours");
    case DaemonCustody::Foreign:
        return QStringLiteral("foreign");
    }
    return {};
}

} // namespace Postroom
