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
        const auto wake = [this] { QMetaObject::invokeMethod(this, &DeskWaiter::woke, Qt::QueuedConnection); };
        connect(desk, &Desk::accountChanged, this, wake);
        connect(desk, &Desk::accountRemoved, this, wake);
        connect(desk, &Desk::workspaceChanged, this, wake);
        connect(desk, &Desk::workspaceRemoved, this, wake);
        connect(desk, &Desk::outboxChanged, this, wake);
        connect(desk, &Desk::transferChanged, this, wake);
        connect(desk, &Desk::vaultStateChanged, this, wake);
    }
    void wake() { QMetaObject::invokeMethod(this, &DeskWaiter::woke, Qt::QueuedConnection); }

Q_SIGNALS:
    void woke();
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
