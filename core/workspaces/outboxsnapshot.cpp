// What the reader knows, put in order for everybody else.
#include "core/workspaces/outboxreader.h"

#include <QFile>
#include <algorithm>

namespace Postroom
{
namespace
{

// The newest time a record speaks of; what lists are ordered by.
QDateTime timeOf(const OutboxRecord &record)
{
    if (record.ackedAt.isValid())
        return record.ackedAt;
    return record.firstSeenAt.isValid() ? record.firstSeenAt : record.lastAttemptAt;
}

QDateTime troubleAt(const OutboxRecord &record)
{
    return record.lastAttemptAt.isValid() ? record.lastAttemptAt : record.firstSeenAt;
}

} // namespace

std::shared_ptr<const OutboxSnapshot> OutboxReader::snapshot()
{
    auto made = std::make_shared<OutboxSnapshot>();
    OutboxCounts &counts = made->counts;
    OutboxSummary &summary = made->summary;
    counts.acked = static_cast<int>(m_ackedNames.size());
    made->records.reserve(m_entries.size() + static_cast<qsizetype>(m_newestAcked.size()));
    QDateTime newestTrouble;
    for (auto at = m_entries.constBegin(); at != m_entries.constEnd(); ++at) {
        const OutboxRecord &record = at->record;
        if (m_ackedNames.contains(qHash(at.key(), m_seed)))
            --counts.acked; // counted where it will be tried
        bool needsPerson = record.state == RecordState::Attention;
        switch (record.state) {
        case RecordState::Pending:
            ++counts.pending;
            if (!record.action.isEmpty())
                ++summary.pendingPushes;
            if (record.firstSeenAt.isValid()
                && (!counts.oldestPendingAt.isValid() || record.firstSeenAt < counts.oldestPendingAt))
                counts.oldestPendingAt = record.firstSeenAt;
            if (record.nextAttemptAt.isValid()
                && (!summary.nextAttemptAt.isValid() || record.nextAttemptAt < summary.nextAttemptAt))
                summary.nextAttemptAt = record.nextAttemptAt;
            break;
        case RecordState::Attention:
            ++counts.attention;
            break;
        case RecordState::Failed:
            ++counts.failed;
            break;
        case RecordState::Unreadable:
            ++counts.unreadable;
            if (at->folder == Pending) {
                ++summary.unreadablePending;
                needsPerson = true;
            }
            break;
        case RecordState::Acked:
            break;
        }
        if (needsPerson) {
            const QDateTime trouble = troubleAt(record);
            const bool isNewer = !summary.newestAttention
                || (trouble.isValid() && (!newestTrouble.isValid() || trouble > newestTrouble));
            if (isNewer) {
                summary.newestAttention = record;
                newestTrouble = trouble;
            }
        }
        made->records.append(record);
    }
    for (AckedEntry &entry : m_newestAcked) {
        if (!entry.record) {
            entry.record = readRecord(entry.stem, Acked, entry.identity);
            if (!entry.record) { // gone since; its event is on the way
                entry.record = OutboxRecord();
                entry.record->id = QFile::decodeName(entry.stem);
                entry.identity.isSettled = false;
            }
            // It is settled whatever its file says.
            if (entry.record->state == RecordState::Unreadable)
                entry.record->id = QFile::decodeName(entry.stem);
            entry.record->state = RecordState::Acked;
        }
        if (m_entries.contains(entry.stem))
            continue;
        if (entry.record->ackedAt.isValid()
            && (!summary.lastAckedAt.isValid() || entry.record->ackedAt > summary.lastAckedAt))
            summary.lastAckedAt = entry.record->ackedAt;
        made->records.append(*entry.record);
    }
    std::sort(made->records.begin(), made->records.end(), [](const OutboxRecord &a, const OutboxRecord &b) {
        const QDateTime left = timeOf(a);
        const QDateTime right = timeOf(b);
        if (left.isValid() != right.isValid())
            return right.isValid(); // what has no time cannot be read, and so comes first
        if (left.isValid() && left != right)
            return left > right;
        return a.id < b.id;
    });
    made->index.reserve(made->records.size());
    for (qsizetype i = 0; i < made->records.size(); ++i)
        made->index.insert(made->records.at(i).id, i);
    summary.present = m_present;
    summary.conflicts = m_conflicts;
    made->publicState = m_publicState;
    made->isDegraded = m_degraded;
    made->awaited = m_awaited;
    return made;
}

} // namespace Postroom
