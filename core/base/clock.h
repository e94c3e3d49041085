// Time, handed in: wall clock for expiry and "next try at", a monotonic one for deadlines, and alarms on the wall
// clock.
#pragma once

#include <QCoroTask>
#include <QDateTime>
#include <QObject>
#include <chrono>
#include <functional>
#include <memory>

namespace Postroom
{

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
    // Calls `action` once when now() has reached `due`; soon when that is in the past.
    virtual std::unique_ptr<Alarm> at(const QDateTime &due, std::function<void()> action) = 0;
};

// Measured wall-clock time from the system. Long waits are cut into pieces of a minute, because a monotonic timer
// stands still while the computer sleeps and the wall clock may be set.
class SystemClock final : public Clock
{
public:
    QDateTime now() const override;
    std::chrono::milliseconds steady() const override;
    std::unique_ptr<Alarm> at(const QDateTime &due, std::function<void()> action) override;
};

// Completes when the clock has moved on by `span`.
QCoro::Task<void> sleepFor(Clock *clock, std::chrono::milliseconds span);

} // namespace Postroom
