// What the tests of the gate share.
#pragma once

#include "core/http/hostgate.h"
#include "tests/support/fakeclock.h"

#include <QTest>

namespace Postroom
{

inline const QString host = QStringLiteral("auth.example");

// What became of one call in front of the gate.
struct Visit {
    QString host;
    std::optional<qint64> begunAt; // ms on the steady clock
    HostPass pass;
    std::optional<Error> refused;
    std::stop_source stop;

    bool isOver() const { return begunAt || refused; }
};

inline QCoro::Task<void> visit(HostGate *gate, FakeClock *clock, std::shared_ptr<Visit> mine)
{
    auto entered = co_await gate->enter(mine->host, mine->stop.get_token());
    if (!entered) {
        mine->refused = entered.error();
        co_return;
    }
    mine->pass = std::move(*entered);
    mine->begunAt = clock->steady().count();
}

// Coroutines go on in the event loop.
inline void settle()
{
    for (int i = 0; i < 4; ++i)
        QCoreApplication::processEvents();
}

class HostGateBench : public QObject
{
protected:
    void begin()
    {
        m_clock = std::make_unique<FakeClock>();
        m_gate = std::make_unique<HostGate>(m_clock.get());
    }
    void end()
    {
        m_gate.reset();
        settle();
        QCOMPARE(m_clock->armed(), 0);
    }
    std::shared_ptr<Visit> come(const QString &name = host)
    {
        auto mine = std::make_shared<Visit>();
        mine->host = name;
        visit(m_gate.get(), m_clock.get(), mine);
        return mine;
    }
    void go(std::chrono::milliseconds span)
    {
        settle();
        m_clock->advance(span);
        settle();
    }

    std::unique_ptr<FakeClock> m_clock;
    std::unique_ptr<HostGate> m_gate;
};

} // namespace Postroom
