#include "core/writeback/wait.h"

#include <QCoroSignal>
#include <QTimer>

namespace Postroom
{

QCoro::Task<void> Bell::next()
{
    co_await qCoro(this, &Bell::rang);
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
    co_await qCoro(bell.get(), &Bell::rang);
}

} // namespace Postroom
