// One piece of work that many callers wait for together.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"

#include <QCoroTask>
#include <QObject>
#include <memory>
#include <stop_token>

namespace Postroom
{

// Shared by the worker and its callers, so that neither depends on the other's life. Finishes once. One thread.
class Flight final : public QObject
{
    Q_OBJECT
public:
    void finish(Result<void> outcome);
    bool isFinished() const { return m_finished; }
    const Result<void> &outcome() const { return m_outcome; }

    // Completes with the outcome, at once when the flight is over.
    static QCoro::Task<Result<void>> join(std::shared_ptr<Flight> flight);
    // The same, or with a cancellation as soon as `stop` asks for it; the flight itself goes on.
    static QCoro::Task<Result<void>> join(std::shared_ptr<Flight> flight, std::stop_token stop);

Q_SIGNALS:
    void finished();

private:
    Result<void> m_outcome;
    bool m_finished = false;
};

// Completes when the clock has moved on by `span` (true) or when `stop` asks for it (false).
QCoro::Task<bool> sleepUnlessStopped(Clock *clock, std::chrono::milliseconds span, std::stop_token stop);

} // namespace Postroom
