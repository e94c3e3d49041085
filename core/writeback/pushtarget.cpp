#include "core/writeback/pushtarget.h"

namespace Postroom
{

std::optional<WorkspaceRecord> PushTarget::record(const WorkspaceId &id) const
{
    const QList<WorkspaceRecord> all = records();
    for (const WorkspaceRecord &record : all) {
        if (record.id == id)
            return record;
    }
    // A transfer may have been begun while only the other name of its workspace was known.
    for (const WorkspaceRecord &record : all) {
        if (!id.isEmpty() && (record.relayId == id.text() || record.cloudId == id.text()))
            return record;
    }
    return std::nullopt;
}

} // namespace Postroom
