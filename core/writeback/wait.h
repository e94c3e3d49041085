// Waiting inside coroutines: for a span that can be cut short, and for work on another thread.
#pragma once

#include "core/base/clock.h"

#include <QCoroFuture>
#include <QCoroTask>
#include <QObject>
#include <QThreadPool>
#include <QtConcurrentRun>
#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

namespace Postroom
{

// One wait for a bell: tells once, however often the bell rings.
class BellTurn final : public QObject
{
    Q_OBJECT
public:
    void take()
    {
        if (!std::exchange(m_taken, true))
            Q_EMIT came();
    }

Q_SIGNALS:
    void came();

private:
    bool m_taken = false;
};

// Rings for everybody who waits at that moment.
class Bell final : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    void ring() { Q_EMIT rang(); }
    QCoro::Task<void> next();

Q_SIGNALS:
    void rang();
};

// Completes when the clock has moved on by `span`, or soon after `stop` is requested.
QCoro::Task<void> nap(Clock *clock, std::chrono::milliseconds span, std::stop_token stop);

// Runs `work` on the pool; its result comes back in the calling thread. The pool's owner waits for it before it goes.
template <typename T>
QCoro::Task<T> onWorker(QThreadPool *pool, std::function<T()> work)
{
    const QFuture<T> future = QtConcurrent::run(pool, std::move(work));
    T result = co_await future;
    co_return result;
}

} // namespace Postroom
