#include "core/base/clock.h"

#include <QCoroSignal>
#include <QThread>
#include <QTimer>
#include <algorithm>
#include <unordered_map>
#include <vector>

namespace Postroom
{
namespace
{

using std::chrono::milliseconds;

constexpr milliseconds longestNap = std::chrono::minutes(1);
constexpr milliseconds mostSlack = std::chrono::seconds(30);
constexpr int slackShare = 20;
// A wait that ends far away is cut anyway; this keeps the arithmetic within bounds.
constexpr milliseconds longestWait = std::chrono::hours(24 * 365 * 1000LL);

milliseconds steadyNow()
{
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

struct Moment {
    qint64 wall = 0; // ms since the epoch
    milliseconds steady{0};
};

// Gives an alarm a signal to wait for.
class Sleeper final : public QObject
{
    Q_OBJECT
Q_SIGNALS:
    void woke();
};

} // namespace

// What is armed, and the one timer that looks after it.
class AlarmQueue final : public std::enable_shared_from_this<AlarmQueue>
{
public:
    struct Entry {
        bool onWall = true;
        qint64 wallDue = 0; // ms since the epoch
        milliseconds steadyDue{0};
        milliseconds slack{0};
        quint64 number = 0;
        std::function<void()> action;

        milliseconds left(const Moment &moment) const
        {
            return onWall ? milliseconds(wallDue - moment.wall) : steadyDue - moment.steady;
        }
    };

    explicit AlarmQueue(std::function<QDateTime()> wall) : m_wall(std::move(wall)) { }

    QDateTime wall() const { return m_wall ? m_wall() : QDateTime::currentDateTimeUtc(); }
    Moment moment() const { return {wall().toMSecsSinceEpoch(), steadyNow()}; }

    void arm(Entry *entry)
    {
        const Moment moment = this->moment();
        const milliseconds left = std::clamp(entry->left(moment), milliseconds::zero(), longestWait);
        entry->slack = std::min(left / slackShare, mostSlack);
        entry->number = ++m_numbers;
        m_entries.emplace(entry->number, entry);
        if (!m_timer) {
            m_timer = std::make_unique<QTimer>();
            m_timer->setSingleShot(true);
            // Looking may fire an action that takes the clock and this queue with it.
            QObject::connect(m_timer.get(), &QTimer::timeout, m_timer.get(), [weak = weak_from_this()] {
                if (const auto self = weak.lock())
                    self->look();
            });
        }
        Q_ASSERT(m_timer->thread() == QThread::currentThread());
        schedule(left, entry->slack, moment);
    }

    void disarm(const Entry &entry)
    {
        m_entries.erase(entry.number);
        // A timer that goes off for an alarm that is gone is cheaper than looking for the next one now.
        if (m_entries.empty() && m_timer)
            m_timer->stop();
    }

    void recheck()
    {
        if (m_entries.empty())
            return;
        m_timer->stop();
        schedule(milliseconds::zero(), milliseconds::zero(), moment());
    }

private:
    // Makes sure that the timer goes off when `left` and the slack have gone by, or in a minute.
    void schedule(milliseconds left, milliseconds slack, const Moment &moment)
    {
        const milliseconds wanted = std::max(left, milliseconds::zero()) + slack;
        const milliseconds nap = std::min(wanted, longestNap);
        const milliseconds aim = moment.steady + nap;
        if (m_timer->isActive() && m_aim <= aim)
            return;
        m_aim = aim;
        // The alarms have shared their wake-up already, so it comes exactly; a mere look may join those of others.
        m_timer->setTimerType(wanted > longestNap ? Qt::VeryCoarseTimer : Qt::PreciseTimer);
        m_timer->start(nap);
    }

    void scheduleAll()
    {
        m_timer->stop();
        const Moment moment = this->moment();
        for (const auto &[number, entry] : m_entries)
            schedule(entry->left(moment), entry->slack, moment);
    }

    void look()
    {
        const Moment moment = this->moment();
        std::vector<std::pair<milliseconds, quint64>> due;
        for (const auto &[number, entry] : m_entries) {
            if (entry->left(moment) <= milliseconds::zero())
                due.emplace_back(entry->left(moment), number);
        }
        std::sort(due.begin(), due.end()); // the longest overdue first
        for (const auto &[left, number] : due) {
            // An action may arm and disarm others.
            const auto found = m_entries.find(number);
            if (found == m_entries.end())
                continue;
            Entry *entry = found->second;
            m_entries.erase(found);
            // An action that waits in an event loop of its own must not hold up the rest.
            if (!m_timer->isActive())
                scheduleAll();
            // It may destroy its alarm, so nothing of that is used afterwards.
            const auto action = std::exchange(entry->action, {});
            if (action)
                action();
        }
        scheduleAll();
    }

    std::function<QDateTime()> m_wall;
    std::unordered_map<quint64, Entry *> m_entries; // by number; owned by their alarms
    std::unique_ptr<QTimer> m_timer;
    milliseconds m_aim = milliseconds::max(); // when the timer goes off, steady
    quint64 m_numbers = 0;
};

namespace
{

class QueuedAlarm final : public Alarm
{
public:
    QueuedAlarm(std::shared_ptr<AlarmQueue> queue, AlarmQueue::Entry entry)
        : m_queue(std::move(queue)), m_entry(std::move(entry))
    {
        m_queue->arm(&m_entry);
    }
    ~QueuedAlarm() override { m_queue->disarm(m_entry); }
    Q_DISABLE_COPY_MOVE(QueuedAlarm)

private:
    std::shared_ptr<AlarmQueue> m_queue;
    AlarmQueue::Entry m_entry;
};

} // namespace

SystemClock::SystemClock(std::function<QDateTime()> wall) : m_queue(std::make_shared<AlarmQueue>(std::move(wall))) { }

SystemClock::~SystemClock() = default;

QDateTime SystemClock::now() const
{
    return m_queue->wall();
}

milliseconds SystemClock::steady() const
{
    return steadyNow();
}

std::unique_ptr<Alarm> SystemClock::at(const QDateTime &due, std::function<void()> action)
{
    AlarmQueue::Entry entry;
    entry.wallDue = due.isValid() ? due.toMSecsSinceEpoch() : 0;
    entry.action = std::move(action);
    return std::make_unique<QueuedAlarm>(m_queue, std::move(entry));
}

std::unique_ptr<Alarm> SystemClock::after(milliseconds span, std::function<void()> action)
{
    AlarmQueue::Entry entry;
    entry.onWall = false;
    entry.steadyDue = steadyNow() + std::clamp(span, milliseconds::zero(), longestWait);
    entry.action = std::move(action);
    return std::make_unique<QueuedAlarm>(m_queue, std::move(entry));
}

void SystemClock::recheck()
{
    m_queue->recheck();
}

QCoro::Task<void> sleepFor(Clock *clock, milliseconds span)
{
    Sleeper sleeper;
    const auto alarm = clock->after(span, [&sleeper] { Q_EMIT sleeper.woke(); });
    co_await qCoro(&sleeper, &Sleeper::woke);
}

} // namespace Postroom

#include "clock.moc"
