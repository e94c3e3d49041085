// Keeps count of the coroutines of a service, so that shutdown can wait for them instead of pulling memory away.
//
// Two habits of QCoro 0.8 to know: `co_await reply` takes a pointer (a reference is awaited as a device, which swallows
// the body), and `co_return lvalue` moves out of the lvalue, also out of a member: copy what has to stay first.
#pragma once

#include <QCoroTask>
#include <QObject>
#include <functional>
#include <stop_token>

namespace Postroom
{

// Member of a service, declared last so that it goes first. The service calls stop() and awaits drained() before it
// is destroyed; tasks take token() and end early when it asks them to.
class TaskScope : public QObject
{
    Q_OBJECT
public:
    explicit TaskScope(QObject *parent = nullptr);
    ~TaskScope() override;

    // Runs a task that nobody awaits. An exception in it is logged, never lost.
    void spawn(QCoro::Task<void> task);
    std::stop_token token() const { return m_stop.get_token(); }
    void stop() { m_stop.request_stop(); }
    int running() const { return m_running; }
    QCoro::Task<void> drained();

Q_SIGNALS:
    void idle();

private:
    QCoro::Task<void> guard(QCoro::Task<void> task);

    std::stop_source m_stop;
    int m_running = 0;
    bool m_awaited = false; // somebody waits for idle()
};

} // namespace Postroom
