#include "core/writeback/wait.h"

#include <QCoroSignal>
#include <QTimer>

namespace Postroom
{

QCoro::Task<void> Bell::next()
{
    // A turn of its own for each wait: QCoro resumes through the event loop, and a second ring before that would run
    // into a coroutine that is gone.
    BellTurn turn;
    QObject::connect(this, &Bell::rang, &turn, &BellTurn::take);
    co_await qCoro(&turn, &BellTurn::came);
}

QCoro::Task<void> nap(Clock *clock, std::chrono::milliseconds span, std::stop_token stop)
{
    if (stop.stop_requested())
        co_return;
    // Shared with whatever still lies in the event queue when the nap is over.
    const auto bell = std::make_shared<Bell>();
    const std::weak_ptr<Bell> weak = bell;
    const auto alarm = clock->at(clock->now().addMSecs(span.count()), [weak] {
        if (const auto awake = weak.lock())
            awake->ring();
    });
    // Through the event loop: whoever asks to stop must not find the sleeper's continuation inside its own call.
    const std::stop_callback onStop(stop, [weak] {
        if (const auto sleeping = weak.lock()) {
            QTimer::singleShot(0, sleeping.get(), [weak] {
                if (const auto awake = weak.lock())
                    awake->ring();
            });
        }
    });
    co_await bell->next();
}

} // namespace Postroom
