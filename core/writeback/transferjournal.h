// The journal of one transfer: a file of JSON lines, one per step, so that a crash loses nothing that was begun.
#pragma once

#include "core/base/error.h"
#include "core/writeback/transfer.h"
#include "core/writeback/work.h"

#include <QByteArray>
#include <QString>
#include <functional>
#include <vector>

namespace Postroom
{

// What a journal says when it is read back.
struct StoredTransfer {
    PushRequest request;
    QDateTime startedAt;
    std::optional<QDateTime> finishedAt;
    bool hidden = false; // dismissed, but with operations that are still open
    std::vector<Work> works;
};

// <state>/transfers/<id>.json, 0600. The first line tells what was asked for, then come the items as planned, then the
// steps in the order in which they were taken. Nothing but names, sizes, hashes, ids and sentences: no file contents.
// A last line that was cut by a crash is dropped when the file is read. Everything here blocks.
class TransferJournal
{
public:
    TransferJournal() = default;
    explicit TransferJournal(QString path);
    static QString pathFor(const QString &stateFolder, const TransferId &id);

    const QString &path() const { return m_path; }
    Result<void> create(const StoredTransfer &transfer) const; // atomically, whole
    Result<void> append(const QByteArray &lines, bool sync) const;
    Result<StoredTransfer> load() const; // mends a torn end
    void remove() const;

    static QByteArray prepared(const Work &work);
    static QByteArray watched(const Work &work);
    static QByteArray sent(const std::vector<int> &indices);
    static QByteArray operation(const Work &work);
    static QByteArray ended(int index, const Outcome &outcome); // final, or "queued" for a wait that ran out
    static QByteArray finished(const QDateTime &at);
    static QByteArray dismissed();

private:
    QString m_path;
};

} // namespace Postroom
