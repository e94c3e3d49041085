// The receipts that a push leaves in a mirror's outbox, beside the records of the mount daemon.
#pragma once

#include "core/base/error.h"
#include "core/writeback/work.h"

#include <QByteArray>
#include <QDateTime>
#include <QString>

namespace Postroom
{

// <mirror>/.relay/outbox/{pending,acked,failed}/<commandId>.json and attention/<commandId>.marker, all 0600. A pending
// one carries the body and is flagged needsAttention, because a daemon leaves flagged records alone; final ones carry
// no body. The pending one goes only after the final one is on disk. Never a receipt for a deletion: a daemon would
// send its empty body. Blocking; a value.
class ReceiptBook
{
public:
    ReceiptBook() = default;
    // Without a mirror (or where it has no .relay folder) everything is a no-op that succeeds.
    ReceiptBook(const QString &mirror, QString relayId);

    // Removes halves of these commands' files that a crash left behind.
    void sweep(const QStringList &commandIds) const;
    bool isActive() const { return !m_outbox.isEmpty(); }
    Result<void> writePending(const Work &work, const QByteArray &content) const;
    // The wait ran out: the pending one learns its operation.
    Result<void> noteOperation(const Work &work, const Outcome &outcome, const QDateTime &at) const;
    Result<void> writeFinal(const Work &work, const Outcome &outcome, const QDateTime &at) const;

private:
    Result<void> ensureFolder(const QString &name) const;
    QString file(const QString &folder, const Work &work) const;
    QJsonObject common(const Work &work) const;
    QString m_outbox;
    QString m_relayId;
};

} // namespace Postroom
