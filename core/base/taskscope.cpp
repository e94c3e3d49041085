#include "core/base/taskscope.h"

#include <QCoroSignal>
#include <exception>
#include <utility>

#include "core/base/log.h"

namespace Postroom
{

TaskScope::TaskScope(QObject *parent) : QObject(parent) { }

TaskScope::~TaskScope()
{
    if (m_running > 0)
        qCCritical(logBase) << "a service goes while" << m_running << "of its tasks still run";
}

void TaskScope::spawn(QCoro::Task<void> task)
{
    ++m_running;
    // The returned task is dropped on purpose: a QCoro task runs on and destroys itself at its end.
    guard(std::move(task));
}

QCoro::Task<void> TaskScope::guard(QCoro::Task<void> task)
{
    try {
        co_await task;
    } catch (const std::exception &problem) {
        qCCritical(logBase) << "a task ended with an exception:" << problem.what();
    } catch (...) {
        qCCritical(logBase) << "a task ended with an unknown exception";
    }
    // Once per wait: QCoro hears signals through the event loop, and a second one before that would find freed memory.
    if (--m_running == 0 && std::exchange(m_awaited, false))
        Q_EMIT idle();
}

QCoro::Task<void> TaskScope::drained()
{
    // The signal arrives through the event loop, and somebody may have spawned a task since.
    while (m_running > 0) {
        m_awaited = true;
        co_await qCoro(this, &TaskScope::idle);
    }
}

} // namespace Postroom
