#include "core/vault/keychainjob.h"

#include "core/base/text.h"

namespace Postroom
{

KeychainJob::KeychainJob(QKeychain::Job *job) : m_job(job)
{
    m_job->setAutoDelete(true);
    m_job->setInsecureFallback(false);
    connect(m_job, &QKeychain::Job::finished, this, &KeychainJob::take);
    m_watchdog.setSingleShot(true);
    m_watchdog.setTimerType(Qt::PreciseTimer);
    connect(&m_watchdog, &QTimer::timeout, this, [this] { end(Outcome::TimedOut); });
}

void KeychainJob::start(std::chrono::milliseconds limit)
{
    m_watchdog.start(limit);
    m_job->start();
}

void KeychainJob::take(QKeychain::Job *job)
{
    if (m_outcome != Outcome::Running)
        return;
    m_error = job->error();
    m_errorText = oneLine(redacted(job->errorString()));
    if (const auto *reading = qobject_cast<const QKeychain::ReadPasswordJob *>(job))
        m_data = reading->binaryData();
    end(Outcome::Finished);
}

void KeychainJob::end(Outcome outcome)
{
    if (m_outcome != Outcome::Running)
        return;
    m_outcome = outcome;
    m_watchdog.stop();
    disconnect(m_job, nullptr, this, nullptr);
    m_job = nullptr;
    Q_EMIT ended();
}

} // namespace Postroom
