#include "app/deskwait.h"

#include <QCoroSignal>

namespace Postroom
{

// Gives many signals one to wait for. Woken through the event loop, so that whoever emits is not re-entered.
class DeskWaiter final : public QObject
{
    Q_OBJECT
public:
    explicit DeskWaiter(Desk *desk)
    {
        connect(desk, &Desk::accountChanged, this, &DeskWaiter::wake);
        connect(desk, &Desk::accountRemoved, this, &DeskWaiter::wake);
        connect(desk, &Desk::workspaceChanged, this, &DeskWaiter::wake);
        connect(desk, &Desk::workspaceRemoved, this, &DeskWaiter::wake);
        connect(desk, &Desk::outboxChanged, this, &DeskWaiter::wake);
        connect(desk, &Desk::transferChanged, this, &DeskWaiter::wake);
        connect(desk, &Desk::vaultStateChanged, this, &DeskWaiter::wake);
    }
    void wake()
    {
        // Once: QCoro resumes through the event loop and does not survive a second signal before that.
        if (!std::exchange(m_woken, true))
            QMetaObject::invokeMethod(this, &DeskWaiter::woke, Qt::QueuedConnection);
    }

Q_SIGNALS:
    void woke();

private:
    bool m_woken = false;
};

QCoro::Task<void> nextChange(Desk *desk, Clock *clock, QDateTime until, std::stop_token stop)
{
    if (stop.stop_requested() || clock->now() >= until)
        co_return;
    DeskWaiter waiter(desk);
    const auto alarm = clock->at(until, [&waiter] { waiter.wake(); });
    const std::stop_callback stopped(stop, [&waiter] { waiter.wake(); });
    co_await qCoro(&waiter, &DeskWaiter::woke);
}

} // namespace Postroom

#include "deskwait.moc"
