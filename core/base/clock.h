// Time, handed in: wall clock for expiry and "next try at", a monotonic one for deadlines, and alarms on both.
#pragma once

#include <QCoroTask>
#include <QDateTime>
#include <QObject>
#include <chrono>
#include <functional>
#include <memory>

namespace Postroom
{

class AlarmQueue;

// An armed alarm. Destroying it disarms it. Fires at most once, in the thread that armed it.
class Alarm
{
public:
    virtual ~Alarm() = default;
};

// One per process, owned by the composition root; a test hands in one that it moves by hand.
class Clock
{
public:
    virtual ~Clock() = default;
    virtual QDateTime now() const = 0; // UTC, milliseconds
    virtual std::chrono::milliseconds steady() const = 0; // never jumps back
    // Calls `action` once when now() has reached `due`; soon when that is in the past. Never early. Late by up to a
    // twentieth of the wait and never more than 30 s, so that many alarms can share a wake-up.
    virtual std::unique_ptr<Alarm> at(const QDateTime &due, std::function<void()> action) = 0;
    // Calls `action` once when `span` has gone by, whatever the wall clock does meanwhile. For short waits.
    virtual std::unique_ptr<Alarm> after(std::chrono::milliseconds span, std::function<void()> action)
    {
        return at(now().addMSecs(span.count()), std::move(action));
    }
    // The computer woke up or its clock was set: what is due by now fires soon, without waiting for the next look.
    virtual void recheck() { }
};

// Measured time from the system. All alarms share one timer. It is cut into pieces of a minute, because a monotonic
// timer stands still while the computer sleeps and the wall clock may be set: at most one wake-up a minute while
// nothing is due, none at all while nothing is armed. Thread: the one that arms the first alarm.
class SystemClock final : public Clock
{
public:
    // `wall` stands in for the system's wall clock, UTC; for tests.
    explicit SystemClock(std::function<QDateTime()> wall = {});
    ~SystemClock() override;
    QDateTime now() const override;
    std::chrono::milliseconds steady() const override;
    std::unique_ptr<Alarm> at(const QDateTime &due, std::function<void()> action) override;
    std::unique_ptr<Alarm> after(std::chrono::milliseconds span, std::function<void()> action) override;
    void recheck() override;

private:
    std::shared_ptr<AlarmQueue> m_queue; // shared with the alarms, which may outlive the clock
};

// Completes when `span` has gone by.
QCoro::Task<void> sleepFor(Clock *clock, std::chrono::milliseconds span);

} // namespace Postroom
