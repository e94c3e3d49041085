#include "core/workspaces/directorywatcher.h"

#include <QFile>
#include <QSocketNotifier>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/base/log.h"

namespace Postroom
{

WatchTable::WatchTable(int limit) : m_descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), m_limit(limit)
{
    if (m_descriptor < 0)
        qCWarning(logWorkspaces) << "no inotify instance:" << std::strerror(errno);
}

WatchTable::~WatchTable()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

WatchTable::Added WatchTable::add(quint64 subscriber, int role, const QString &folder, quint32 mask)
{
    if (m_descriptor < 0)
        return {Outcome::NoRoom, -1};
    {
        const std::lock_guard guard(m_mutex);
        if (m_limit >= 0 && m_watches.size() >= m_limit)
            return {Outcome::NoRoom, -1};
    }
    // Outside of the mutex, because looking up a path may take long on a network file system. The caller lists the
    // folder after this, so nothing is missed by events that come before the watch is in the table.
    const int watch
        = ::inotify_add_watch(m_descriptor, QFile::encodeName(folder).constData(), mask | IN_MASK_ADD | IN_ONLYDIR);
    if (watch < 0)
        return {errno == ENOSPC || errno == ENOMEM ? Outcome::NoRoom : Outcome::Missing, -1};
    const std::lock_guard guard(m_mutex);
    QList<Subscription> &subscriptions = m_watches[watch];
    if (m_subscribers.contains(subscriber)) {
        const auto own = std::find_if(subscriptions.begin(), subscriptions.end(),
            [&](const Subscription &s) { return s.subscriber == subscriber; });
        if (own == subscriptions.end())
            subscriptions.append({subscriber, role});
        else
            own->role = role;
    }
    if (subscriptions.isEmpty()) { // the subscriber has gone meanwhile
        m_watches.remove(watch);
        ::inotify_rm_watch(m_descriptor, watch);
        return {Outcome::Missing, -1};
    }
    return {Outcome::Watching, watch};
}

void WatchTable::remove(quint64 subscriber, int watch)
{
    const std::lock_guard guard(m_mutex);
    const auto found = m_watches.find(watch);
    if (found == m_watches.end())
        return;
    found->removeIf([&](const Subscription &s) { return s.subscriber == subscriber; });
    if (!found->isEmpty())
        return;
    m_watches.erase(found);
    ::inotify_rm_watch(m_descriptor, watch);
}

DirectoryWatcher::DirectoryWatcher(int limit, QObject *parent)
    : QObject(parent), m_table(std::make_shared<WatchTable>(limit))
{
    m_pool.setMaxThreadCount(2);
    m_pool.setExpiryTimeout(5000);
    if (m_table->m_descriptor < 0)
        return;
    m_notifier = std::make_unique<QSocketNotifier>(m_table->m_descriptor, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] { readEvents(); });
}

DirectoryWatcher::~DirectoryWatcher() = default;

quint64 DirectoryWatcher::subscribe(Handler handler)
{
    const quint64 subscriber = m_nextSubscriber++;
    m_handlers.insert(subscriber, std::move(handler));
    const std::lock_guard guard(m_table->m_mutex);
    m_table->m_subscribers.insert(subscriber);
    return subscriber;
}

void DirectoryWatcher::unsubscribe(quint64 subscriber)
{
    m_handlers.remove(subscriber);
    QList<int> watches;
    {
        const std::lock_guard guard(m_table->m_mutex);
        m_table->m_subscribers.remove(subscriber);
        watches = m_table->m_watches.keys();
    }
    for (const int watch : watches)
        m_table->remove(subscriber, watch);
}

void DirectoryWatcher::readEvents()
{
    // One buffer per turn of the event loop: a storm of events must not hold up the window.
    alignas(inotify_event) std::array<char, 32 * 1024> buffer;
    const ssize_t length = ::read(m_table->m_descriptor, buffer.data(), buffer.size());
    for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(inotify_event)) <= length;) {
        inotify_event event{};
        std::memcpy(&event, buffer.data() + at, sizeof(event));
        const char *name = buffer.data() + at + sizeof(event);
        dispatch(event.wd, event.mask, event.len > 0 ? QByteArray(name) : QByteArray());
        at += static_cast<ssize_t>(sizeof(event)) + event.len;
    }
}

void DirectoryWatcher::dispatch(int watch, quint32 mask, const QByteArray &name)
{
    QList<WatchTable::Subscription> told;
    {
        const std::lock_guard guard(m_table->m_mutex);
        if (mask & IN_Q_OVERFLOW) {
            for (const quint64 subscriber : std::as_const(m_table->m_subscribers))
                told.append({subscriber, -1});
        } else if (mask & IN_IGNORED) {
            told = m_table->m_watches.take(watch);
        } else {
            told = m_table->m_watches.value(watch);
        }
    }
    for (const WatchTable::Subscription &subscription : told) {
        // A copy, because a handler may end its own subscription.
        if (const Handler handler = m_handlers.value(subscription.subscriber))
            handler(subscription.role, mask, name);
    }
}

} // namespace Postroom
