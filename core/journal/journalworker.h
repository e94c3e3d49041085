// The part of the journal that lives in its own thread and touches the file.
#pragma once

#include "core/journal/journalfile.h"

#include <QMutex>
#include <QPromise>
#include <QTimer>
#include <memory>

namespace Postroom
{

// Made by the journal and moved to its thread. The queue is filled from the journal's thread, under the mutex; all
// else happens in the worker's thread.
class JournalWorker final : public QObject
{
    Q_OBJECT
public:
    using Page = Result<QList<ActivityEntry>>;

    explicit JournalWorker(QString path);

    // From any thread. The entries of one burst go into the file together.
    void enqueue(ActivityEntry entry);

    void flush();
    void select(const ActivityQuery &query, std::shared_ptr<QPromise<Page>> promise);
    void finish();

Q_SIGNALS:
    void stored(const QList<Postroom::ActivityEntry> &entries);

private:
    void report(const Error &error);
    void tellNotes();

    JournalFile m_file;
    QTimer m_retry; // runs only while something waits
    QString m_reported; // the code that was logged last, so that a lasting trouble is one line
    QMutex m_mutex;
    QList<ActivityEntry> m_queue; // guarded
    bool m_flushing = false; // guarded: a flush is on its way
};

} // namespace Postroom
