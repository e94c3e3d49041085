// Waiting for one of: something happened, the time is up, somebody asked to stop. Private to the oauth room.
#pragma once

#include "core/base/clock.h"

#include <QCoroTask>
#include <QObject>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

namespace Postroom
{

enum class WaitEnd { Happened, TimeIsUp, Stopped };

// Lives in the coroutine that awaits ended(). The first end counts; ended() returns from the event loop, never from
// inside of whatever made it end.
class Waiting final : public QObject
{
    Q_OBJECT
public:
    Waiting(Clock *clock, const QDateTime &due, const std::stop_token &stop);
    ~Waiting() override;

    void happen() { settle(WaitEnd::Happened); }
    void extend(const QDateTime &due); // the time is up later
    QCoro::Task<WaitEnd> ended();

Q_SIGNALS:
    void settled();

private:
    void settle(WaitEnd end);

    Clock *m_clock;
    std::optional<WaitEnd> m_end;
    std::unique_ptr<Alarm> m_alarm;
    // Last, so that it goes first: stopping may come from another thread.
    std::stop_callback<std::function<void()>> m_onStop;
};

} // namespace Postroom
