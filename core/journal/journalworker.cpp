#include "core/journal/journalworker.h"

#include <utility>

#include "core/base/log.h"

namespace Postroom
{
namespace
{

// What is kept for a file that cannot be written at the moment; then the oldest go.
constexpr qsizetype longestQueue = 10'000;

} // namespace

JournalWorker::JournalWorker(QString path) : m_file(std::move(path)), m_retry(this)
{
    m_retry.setSingleShot(true);
    m_retry.setInterval(std::chrono::seconds(30));
    connect(&m_retry, &QTimer::timeout, this, &JournalWorker::flush);
}

void JournalWorker::enqueue(ActivityEntry entry)
{
    const QMutexLocker lock(&m_mutex);
    m_queue.append(std::move(entry));
    if (!std::exchange(m_flushing, true))
        QMetaObject::invokeMethod(this, &JournalWorker::flush, Qt::QueuedConnection);
}

void JournalWorker::flush()
{
    QList<ActivityEntry> entries;
    {
        const QMutexLocker lock(&m_mutex);
        entries = std::exchange(m_queue, {});
        m_flushing = false;
    }
    if (entries.isEmpty())
        return;
    const auto done = m_file.append(entries);
    tellNotes();
    if (done) {
        m_reported.clear();
        Q_EMIT stored(*done);
        return;
    }
    report(done.error());
    if (done.error().code == QLatin1String("newer-version"))
        return;
    // They wait: the disk may have room again, or another process may have let go.
    m_retry.start();
    const QMutexLocker lock(&m_mutex);
    m_queue = entries + m_queue;
    if (m_queue.size() > longestQueue)
        m_queue.remove(0, m_queue.size() - longestQueue);
}

void JournalWorker::select(const ActivityQuery &query, std::shared_ptr<QPromise<Page>> promise)
{
    flush();
    promise->addResult(m_file.select(query));
    promise->finish();
    tellNotes();
}

void JournalWorker::finish()
{
    flush();
    m_retry.stop();
    m_file.close();
}

void JournalWorker::tellNotes()
{
    const QList<ActivityEntry> notes = m_file.takeNotes();
    if (!notes.isEmpty())
        Q_EMIT stored(notes);
}

void JournalWorker::report(const Error &error)
{
    if (std::exchange(m_reported, error.code) != error.code)
        qCWarning(logJournal) << "activity is not recorded:" << error.code << error.detail;
}

} // namespace Postroom
