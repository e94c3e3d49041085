#include "tests/support/fakeclock.h"

#include <algorithm>

namespace Postroom
{

class FakeAlarm final : public Alarm
{
public:
    FakeAlarm(FakeClock *clock, int id) : m_clock(clock), m_id(id) { }
    ~FakeAlarm() override
    {
        auto &alarms = m_clock->m_alarms;
        const auto mine = std::find_if(
            alarms.begin(), alarms.end(), [this](const auto &entry) { return entry.second.first == m_id; });
        if (mine != alarms.end())
            alarms.erase(mine);
    }

private:
    FakeClock *m_clock;
    int m_id;
};

FakeClock::FakeClock(QDateTime start) : m_now(std::move(start)) { }

std::unique_ptr<Alarm> FakeClock::at(const QDateTime &due, std::function<void()> action)
{
    const int id = m_nextId++;
    m_alarms.emplace(due, std::make_pair(id, std::move(action)));
    return std::make_unique<FakeAlarm>(this, id);
}

void FakeClock::advance(std::chrono::milliseconds span)
{
    const QDateTime end = m_now.addMSecs(span.count());
    while (!m_alarms.empty() && m_alarms.begin()->first <= end) {
        const auto first = m_alarms.begin();
        if (first->first > m_now) {
            m_steady += std::chrono::milliseconds(m_now.msecsTo(first->first));
            m_now = first->first;
        }
        const auto action = std::move(first->second.second);
        m_alarms.erase(first);
        action();
    }
    m_steady += std::chrono::milliseconds(m_now.msecsTo(end));
    m_now = end;
}

std::optional<QDateTime> FakeClock::nextDue() const
{
    if (m_alarms.empty())
        return std::nullopt;
    return m_alarms.begin()->first;
}

} // namespace Postroom
