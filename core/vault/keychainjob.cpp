#include "core/vault/keychainjob.h"

#include <QtGlobal>
#if defined(Q_OS_UNIX) && !defined(Q_OS_MACOS)
#include <dlfcn.h>
#endif

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

void KeychainJob::forgetSession()
{
#if defined(Q_OS_UNIX) && !defined(Q_OS_MACOS)
    // Only when the keychain library has loaded it. Its public call for this: it drops the shared connection object,
    // and jobs under way keep theirs until they end.
    void *library = ::dlopen("libsecret-1.so.0", RTLD_LAZY | RTLD_NOLOAD);
    if (!library)
        return;
    using Disconnect = void (*)();
    if (const auto disconnect = reinterpret_cast<Disconnect>(::dlsym(library, "secret_service_disconnect")))
        disconnect();
    ::dlclose(library);
#endif
}

} // namespace Postroom
