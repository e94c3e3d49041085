// One inotify instance for all mirrors, and the few threads that read their files.
#pragma once

#include <QByteArray>
#include <QHash>
#include <QObject>
#include <QSet>
#include <QString>
#include <QThreadPool>
#include <functional>
#include <memory>
#include <mutex>

class QSocketNotifier;

namespace Postroom
{

// The part of the watcher that worker threads use: adds and removes watches. Any thread; outlives the watcher as long
// as a worker holds it. A folder may be watched for several subscribers, and then each is told.
class WatchTable
{
public:
    // `limit` below 0: as many as the kernel grants.
    explicit WatchTable(int limit);
    ~WatchTable();
    Q_DISABLE_COPY(WatchTable)

    enum class Outcome { Watching, Missing, NoRoom };
    struct Added {
        Outcome outcome = Outcome::Missing;
        int watch = -1;
    };
    // `role` comes back with every event. Adding a folder again keeps its watch and takes the new role.
    Added add(quint64 subscriber, int role, const QString &folder, quint32 mask);
    void remove(quint64 subscriber, int watch);

private:
    friend class DirectoryWatcher;
    struct Subscription {
        quint64 subscriber = 0;
        int role = 0;
    };
    int m_descriptor = -1;
    int m_limit;
    std::mutex m_mutex;
    QHash<int, QList<Subscription>> m_watches;
    QSet<quint64> m_subscribers;
};

// Owned, shared, by the services that watch; lives in their thread and calls the handlers there. Nothing is read from
// a mirror in that thread.
class DirectoryWatcher final : public QObject
{
    Q_OBJECT
public:
    // role -1 with IN_Q_OVERFLOW: events were lost.
    using Handler = std::function<void(int role, quint32 mask, const QByteArray &name)>;

    explicit DirectoryWatcher(int limit = -1, QObject *parent = nullptr);
    ~DirectoryWatcher() override;

    quint64 subscribe(Handler handler);
    void unsubscribe(quint64 subscriber);
    std::shared_ptr<WatchTable> table() const { return m_table; }
    // Not the global pool: hashing large files there must not make a change late.
    QThreadPool *pool() { return &m_pool; }

private:
    void readEvents();
    void dispatch(int watch, quint32 mask, const QByteArray &name);

    std::shared_ptr<WatchTable> m_table;
    QHash<quint64, Handler> m_handlers;
    quint64 m_nextSubscriber = 1;
    QThreadPool m_pool;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace Postroom
