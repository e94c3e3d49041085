// Surroundings that a test moves by hand.
#pragma once

#include "core/http/surroundings.h"

namespace Postroom
{

class FakeSurroundings final : public Surroundings
{
public:
    void start() override { m_started = true; }
    bool knowsNetwork() const override { return m_known; }
    bool isOnline() const override { return !m_known || m_online; }
    bool isStarted() const { return m_started; }

    // The network goes or comes, and is known from then on.
    void setOnline(bool online)
    {
        m_known = true;
        m_online = online;
        Q_EMIT networkChanged(online);
    }
    void forgetNetwork() { m_known = false; }
    void wake() { Q_EMIT woke(); }
    // Tells only; the clock itself is jumped with FakeClock::jump().
    void jumpClock(qint64 seconds) { Q_EMIT clockJumped(seconds); }

private:
    bool m_started = false;
    bool m_known = false;
    bool m_online = true;
};

} // namespace Postroom
