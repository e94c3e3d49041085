// A clock that a test moves by hand.
#pragma once

#include "core/base/clock.h"

#include <map>

namespace Postroom
{

class FakeClock final : public Clock
{
public:
    explicit FakeClock(QDateTime start = QDateTime(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC));
    QDateTime now() const override { return m_now; }
    std::chrono::milliseconds steady() const override { return m_steady; }
    std::unique_ptr<Alarm> at(const QDateTime &due, std::function<void()> action) override;

    void recheck() override { advance(std::chrono::milliseconds(0)); }

    // Moves on, and fires what comes due on the way, in order.
    void advance(std::chrono::milliseconds span);
    // The wall clock alone jumps, as when a person sets it.
    void jump(std::chrono::milliseconds span) { m_now = m_now.addMSecs(span.count()); }
    int armed() const { return static_cast<int>(m_alarms.size()); }
    std::optional<QDateTime> nextDue() const;

private:
    friend class FakeAlarm;
    QDateTime m_now;
    std::chrono::milliseconds m_steady{0};
    std::multimap<QDateTime, std::pair<int, std::function<void()>>> m_alarms;
    int m_nextId = 1;
};

} // namespace Postroom
