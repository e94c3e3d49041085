#include "core/base/clock.h"

#include <QCoroSignal>
#include <QTimer>
#include <algorithm>

namespace Postroom
{
namespace
{

constexpr std::chrono::milliseconds longestNap = std::chrono::minutes(1);

class TimerAlarm final : public Alarm
{
public:
    TimerAlarm(const Clock *clock, QDateTime due, std::function<void()> action)
        : m_clock(clock), m_due(std::move(due)), m_action(std::move(action))
    {
        m_timer.setSingleShot(true);
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { check(); });
        arm();
    }

private:
    void arm()
    {
        const auto left = std::chrono::milliseconds(std::max<qint64>(0, m_clock->now().msecsTo(m_due)));
        // A coarse timer lets the system put wake-ups together; short waits are exact.
        m_timer.setTimerType(left > std::chrono::seconds(20) ? Qt::VeryCoarseTimer : Qt::CoarseTimer);
        m_timer.start(std::min(left, longestNap));
    }
    void check()
    {
        if (m_clock->now() < m_due) {
            arm();
            return;
        }
        // The action may destroy this alarm, so nothing of it is used afterwards.
        const auto action = std::exchange(m_action, {});
        if (action)
            action();
    }

    const Clock *m_clock;
    QDateTime m_due;
    std::function<void()> m_action;
    QTimer m_timer;
};

// Gives an alarm a signal to wait for.
class Sleeper final : public QObject
{
    Q_OBJECT
Q_SIGNALS:
    void woke();
};

} // namespace

QDateTime SystemClock::now() const
{
    return QDateTime::currentDateTimeUtc();
}

std::chrono::milliseconds SystemClock::steady() const
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

std::unique_ptr<Alarm> SystemClock::at(const QDateTime &due, std::function<void()> action)
{
    return std::make_unique<TimerAlarm>(this, due, std::move(action));
}

QCoro::Task<void> sleepFor(Clock *clock, std::chrono::milliseconds span)
{
    Sleeper sleeper;
    const auto alarm = clock->at(clock->now().addMSecs(span.count()), [&sleeper] { Q_EMIT sleeper.woke(); });
    co_await qCoro(&sleeper, &Sleeper::woke);
}

} // namespace Postroom

#include "clock.moc"
