#include "core/oauth/waiting.h"

#include <QCoroSignal>

namespace Postroom
{

Waiting::Waiting(Clock *clock, const QDateTime &due, const std::stop_token &stop)
    : m_clock(clock), m_alarm(clock->at(due, [this] { settle(WaitEnd::TimeIsUp); })), m_onStop(stop, [this] {
          QMetaObject::invokeMethod(this, [this] { settle(WaitEnd::Stopped); }, Qt::QueuedConnection);
      })
{
}

Waiting::~Waiting() = default;

void Waiting::extend(const QDateTime &due)
{
    if (!m_end)
        m_alarm = m_clock->at(due, [this] { settle(WaitEnd::TimeIsUp); });
}

void Waiting::settle(WaitEnd end)
{
    if (m_end)
        return;
    m_end = end;
    QMetaObject::invokeMethod(this, &Waiting::settled, Qt::QueuedConnection);
}

QCoro::Task<WaitEnd> Waiting::ended()
{
    if (!m_end)
        co_await qCoro(this, &Waiting::settled);
    co_return *m_end;
}

} // namespace Postroom
