#include "core/accounts/flight.h"

#include <QCoroSignal>

namespace Postroom
{

void Flight::finish(Result<void> outcome)
{
    if (m_finished)
        return;
    m_outcome = std::move(outcome);
    m_finished = true;
    Q_EMIT finished();
}

QCoro::Task<Result<void>> Flight::join(std::shared_ptr<Flight> flight)
{
    if (!flight->m_finished)
        co_await qCoro(flight.get(), &Flight::finished);
    // A copy of its own: QCoro moves out of whatever lvalue is co_returned, and the others who wait want it too.
    Result<void> outcome = flight->m_outcome;
    co_return outcome;
}

QCoro::Task<Result<void>> Flight::join(std::shared_ptr<Flight> flight, std::stop_token stop)
{
    if (stop.stop_requested())
        co_return failCancelled();
    if (!stop.stop_possible() || flight->m_finished) {
        auto outcome = co_await join(flight);
        co_return outcome;
    }
    // Whichever comes first ends a flight of this caller's own.
    const auto own = std::make_shared<Flight>();
    const auto link = QObject::connect(
        flight.get(), &Flight::finished, own.get(), [own, raw = flight.get()] { own->finish(raw->m_outcome); });
    const std::stop_callback cut(stop, [own] { own->finish(failCancelled()); });
    auto outcome = co_await join(own);
    QObject::disconnect(link);
    co_return outcome;
}

QCoro::Task<bool> sleepUnlessStopped(Clock *clock, std::chrono::milliseconds span, std::stop_token stop)
{
    if (stop.stop_requested())
        co_return false;
    const auto nap = std::make_shared<Flight>();
    const auto alarm = clock->after(span, [nap] { nap->finish({}); });
    const std::stop_callback wake(stop, [nap] { nap->finish({}); });
    co_await Flight::join(nap);
    co_return !stop.stop_requested();
}

} // namespace Postroom
