// The snapshots as the JSON that postroomctl, the socket and scripts see. The shapes are a contract: absent means
// unknown, times are RFC 3339 UTC, sizes are bytes.
#pragma once

#include "core/accounts/accountstatus.h"
#include "core/journal/journal.h"
#include "core/workspaces/workspacestatus.h"
#include "core/writeback/transfer.h"

#include <QJsonObject>

namespace Postroom
{

QJsonObject toJson(const Error &error); // {origin, class, status?, code?, requestId?, message?}
QJsonObject toJson(const LastError &last);
// `{state, reason?, since?, nextAt?, windows: [{id, model?, usedPercent, resetsAt?, observedAt, known, active,
// certain}], binding?, extra?: {enabled, used?, limit?, currency?, severity?}, lastError?: {code, message}}`
QJsonObject toJson(const QuotaStatus &quota);
QJsonObject toJson(const AccountStatus &account, const QDateTime &now);
QJsonObject toJson(const WorkspaceStatus &workspace, const QDateTime &now);
QJsonObject toJson(const OutboxRecord &record, const QDateTime &now);
// `{local, path, state: "acked"|"failed"|"attention"|"queued", opId?, revision?, bytes, error?, code?}`
QJsonObject toJson(const TransferItem &item);
// `{id, workspace, startedAt, finishedAt?, total, acked, failed, cancelled, bytesTotal, bytesDone, secondsLeft?,
// sentence}`
QJsonObject toJson(const Transfer &transfer, const QDateTime &now);
// What `push` answers: `{items, acked, failed}`. What was refused or stopped counts as failed.
QJsonObject toJson(const QList<TransferItem> &items);
QJsonObject toJson(const ActivityEntry &entry);

} // namespace Postroom
