#include "core/http/clockwatch.h"

#include <QSocketNotifier>
#include <cerrno>

#ifdef Q_OS_LINUX
#include <ctime>
#include <limits>
#include <sys/timerfd.h>
#include <unistd.h>
#endif

namespace Postroom
{
namespace
{

using std::chrono::nanoseconds;

#ifdef Q_OS_LINUX
nanoseconds timeOf(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}
#endif

ClockWatch::Reading readSystem()
{
    ClockWatch::Reading reading;
#ifdef Q_OS_LINUX
    reading.awake = timeOf(CLOCK_MONOTONIC);
    reading.running = timeOf(CLOCK_BOOTTIME);
    reading.wall = timeOf(CLOCK_REALTIME);
#endif
    return reading;
}

qint64 wholeSeconds(nanoseconds span)
{
    return std::chrono::round<std::chrono::seconds>(span).count();
}

} // namespace

ClockWatch::ClockWatch(QObject *parent, std::function<Reading()> read)
    : QObject(parent), m_read(read ? std::move(read) : readSystem), m_last(m_read())
{
}

ClockWatch::~ClockWatch()
{
#ifdef Q_OS_LINUX
    delete m_notifier;
    if (m_descriptor >= 0)
        ::close(m_descriptor);
#endif
}

bool ClockWatch::start()
{
#ifdef Q_OS_LINUX
    if (m_descriptor >= 0)
        return true;
    m_descriptor = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (m_descriptor < 0)
        return false;
    m_notifier = new QSocketNotifier(m_descriptor, QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, &ClockWatch::drain);
    m_last = m_read();
    return arm();
#else
    return false;
#endif
}

bool ClockWatch::arm()
{
#ifdef Q_OS_LINUX
    itimerspec farAway{};
    farAway.it_value.tv_sec = std::numeric_limits<time_t>::max();
    return timerfd_settime(m_descriptor, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &farAway, nullptr) == 0;
#else
    return false;
#endif
}

void ClockWatch::drain()
{
#ifdef Q_OS_LINUX
    quint64 expirations = 0;
    // ECANCELED is what this waits for. Anything but that and "nothing yet" would be told again at once, and for ever.
    const ssize_t got = ::read(m_descriptor, &expirations, sizeof expirations);
    const bool usual = got < 0 && (errno == ECANCELED || errno == EAGAIN || errno == EINTR);
    // Armed before the look, so that nothing falls between the two.
    if (!usual || !arm())
        m_notifier->setEnabled(false);
    look();
#endif
}

void ClockWatch::look()
{
    const Reading now = m_read();
    const Reading before = std::exchange(m_last, now);
    const qint64 asleep = wholeSeconds((now.running - now.awake) - (before.running - before.awake));
    const qint64 jump = wholeSeconds((now.wall - now.running) - (before.wall - before.running));
    if (jump != 0)
        Q_EMIT jumped(jump);
    if (asleep > 0)
        Q_EMIT slept(asleep);
}

} // namespace Postroom
