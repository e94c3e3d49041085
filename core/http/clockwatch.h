// Sees the wall clock being set and the computer waking up, without a wake-up of its own. Private to the http room.
#pragma once

#include <QObject>
#include <chrono>
#include <functional>

class QSocketNotifier;

namespace Postroom
{

// Linux: a timer on the wall clock, in the farthest future, that the kernel cancels when the clock is set or the
// computer wakes up. What happened is told by the distance of three clocks: the wall clock, one that stands still
// during sleep, and one that does not.
class ClockWatch final : public QObject
{
    Q_OBJECT
public:
    struct Reading {
        std::chrono::nanoseconds wall{0}; // CLOCK_REALTIME
        std::chrono::nanoseconds awake{0}; // CLOCK_MONOTONIC
        std::chrono::nanoseconds running{0}; // CLOCK_BOOTTIME
    };

    explicit ClockWatch(QObject *parent = nullptr, std::function<Reading()> read = {});
    ~ClockWatch() override;

    // False where the system has no such timer; look() still works then.
    bool start();
    // Compares with the last look and tells.
    void look();

Q_SIGNALS:
    void slept(qint64 seconds);
    void jumped(qint64 seconds);

private:
    bool arm();
    void drain();

    std::function<Reading()> m_read;
    Reading m_last;
    int m_descriptor = -1;
    QSocketNotifier *m_notifier = nullptr;
};

} // namespace Postroom
