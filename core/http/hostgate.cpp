#include "core/http/hostgate.h"

#include "core/http/httpclient.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QHash>
#include <QObject>
#include <QSet>
#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace Postroom
{
namespace
{

using std::chrono::milliseconds;

// One call in front of the door. Lives in the coroutine that waits.
class Visitor final : public QObject
{
    Q_OBJECT
public:
    void settle(Result<HostPass> outcome)
    {
        if (m_settled)
            return;
        m_settled = true;
        m_outcome = std::move(outcome);
        Q_EMIT settled();
    }
    bool isSettled() const { return m_settled; }
    Result<HostPass> take() { return std::move(m_outcome); }

Q_SIGNALS:
    void settled();

private:
    bool m_settled = false;
    Result<HostPass> m_outcome = failCancelled();
};

enum class Health { Works, Trouble, Unknown };

Health healthFrom(ErrorClass outcome)
{
    switch (outcome) {
    case ErrorClass::Server:
        return Health::Trouble;
    case ErrorClass::Ok:
    case ErrorClass::Reauth:
    case ErrorClass::Client:
    case ErrorClass::Config:
    case ErrorClass::Scope:
    case ErrorClass::Policy:
        return Health::Works;
    default:
        return Health::Unknown;
    }
}

bool neverWentOut(ErrorClass outcome)
{
    return outcome == ErrorClass::Cancel || outcome == ErrorClass::Superseded || outcome == ErrorClass::Store
        || outcome == ErrorClass::Input;
}

Failure hostInTrouble(const QString &host, const QDateTime &retryAt)
{
    Error error;
    error.origin = Origin::Token;
    error.kind = ErrorClass::Server;
    error.code = QStringLiteral("host-in-trouble");
    error.message
        = QCoreApplication::translate("Postroom", "%1 has trouble answering. It is asked again soon.").arg(host);
    error.retryAt = retryAt;
    return Failure(std::move(error));
}

} // namespace

class HostGateState final : public std::enable_shared_from_this<HostGateState>
{
public:
    HostGateState(Clock *clock, HostGate::Limits limits) : m_clock(clock), m_limits(limits) { }

    struct Host {
        std::deque<Visitor *> queue;
        QSet<quint64> passes; // on their way
        std::optional<milliseconds> lastBegin; // steady
        std::unique_ptr<Alarm> alarm;
        int troubles = 0; // in a row
        bool open = false;
        std::optional<milliseconds> nextProbe; // steady; nothing: at once
        quint64 probe = 0; // the pass that is the probe, 0: none on its way
    };

    void join(const QString &name, Visitor *visitor)
    {
        m_hosts[name].queue.push_back(visitor);
        pump(name);
    }

    void leave(const QString &name, Visitor *visitor)
    {
        if (m_closed || visitor->isSettled())
            return;
        std::erase(m_hosts[name].queue, visitor);
        visitor->settle(failCancelled());
        pump(name);
    }

    void report(const QString &name, quint64 pass, ErrorClass outcome)
    {
        if (m_closed)
            return;
        Host &host = m_hosts[name];
        if (!host.passes.remove(pass))
            return;
        const bool wasProbe = host.probe == pass;
        if (wasProbe)
            host.probe = 0;
        switch (healthFrom(outcome)) {
        case Health::Works:
            host.troubles = 0;
            host.open = false;
            host.nextProbe.reset();
            break;
        case Health::Trouble:
            ++host.troubles;
            if (!host.open && host.troubles >= m_limits.breakAfter) {
                host.open = true;
                host.nextProbe = m_clock->steady() + m_limits.probeEvery;
            }
            break;
        case Health::Unknown:
            // A probe that never went out told nothing; the next one need not wait for it.
            if (wasProbe && neverWentOut(outcome))
                host.nextProbe.reset();
            break;
        }
        pump(name);
    }

    void close()
    {
        m_closed = true;
        for (auto &[name, host] : m_hosts) {
            host.alarm.reset();
            for (Visitor *visitor : std::exchange(host.queue, {}))
                visitor->settle(failCancelled());
        }
        m_hosts.clear();
    }

    const Host *find(const QString &name) const
    {
        const auto found = m_hosts.find(name);
        return found == m_hosts.end() ? nullptr : &found->second;
    }

    QDateTime probeTime(const Host &host) const
    {
        const milliseconds left = host.nextProbe.value_or(milliseconds::zero()) - m_clock->steady();
        return m_clock->now().addMSecs(std::max(left, milliseconds::zero()).count());
    }

private:
    // Lets in whoever may go, tells those who would wait too long, and sets the alarm for the next.
    void pump(const QString &name)
    {
        Host &host = m_hosts[name];
        host.alarm.reset();
        while (!host.queue.empty()) {
            const milliseconds now = m_clock->steady();
            milliseconds wait = milliseconds::zero();
            if (host.open) {
                wait = std::max(wait, host.nextProbe.value_or(now) - now);
                if (host.probe != 0 || wait > m_limits.longestWait) {
                    const QDateTime at = probeTime(host);
                    for (Visitor *visitor : std::exchange(host.queue, {}))
                        visitor->settle(hostInTrouble(name, at));
                    break;
                }
            }
            if (host.passes.size() >= m_limits.atOnce)
                return; // whoever comes back calls again
            if (host.lastBegin && hasGap(name))
                wait = std::max(wait, *host.lastBegin + m_limits.gap - now);
            if (wait > milliseconds::zero()) {
                host.alarm = m_clock->after(wait, [this, name] { pump(name); });
                return;
            }
            admit(name, host);
        }
        forgetWhenIdle(name);
    }

    void admit(const QString &name, Host &host)
    {
        Visitor *visitor = host.queue.front();
        host.queue.pop_front();
        const quint64 number = ++m_numbers;
        host.passes.insert(number);
        host.lastBegin = m_clock->steady();
        if (host.open) {
            host.probe = number;
            host.nextProbe = m_clock->steady() + m_limits.probeEvery;
        }
        visitor->settle(HostPass(weak_from_this(), name, number));
    }

    bool hasGap(const QString &name) const
    {
        if (m_limits.gapOnLoopback)
            return true;
        return !isLoopbackLiteral(QUrl(QStringLiteral("http://") + name));
    }

    void forgetWhenIdle(const QString &name)
    {
        const auto found = m_hosts.find(name);
        if (found == m_hosts.end())
            return;
        const Host &host = found->second;
        const bool gapOver = !host.lastBegin || m_clock->steady() - *host.lastBegin >= m_limits.gap;
        if (host.passes.isEmpty() && host.queue.empty() && !host.open && host.troubles == 0 && gapOver)
            m_hosts.erase(found);
    }

    Clock *m_clock;
    HostGate::Limits m_limits;
    std::map<QString, Host> m_hosts;
    quint64 m_numbers = 0;
    bool m_closed = false; // the gate is gone, and perhaps the clock with it
};

HostPass::HostPass(std::weak_ptr<HostGateState> state, QString host, quint64 number)
    : m_state(std::move(state)), m_host(std::move(host)), m_number(number)
{
}

HostPass::HostPass(HostPass &&other) noexcept
    : m_state(std::move(other.m_state)), m_host(std::move(other.m_host)), m_number(std::exchange(other.m_number, 0))
{
}

HostPass &HostPass::operator=(HostPass &&other) noexcept
{
    if (this != &other) {
        giveBack();
        m_state = std::move(other.m_state);
        m_host = std::move(other.m_host);
        m_number = std::exchange(other.m_number, 0);
    }
    return *this;
}

HostPass::~HostPass()
{
    giveBack();
}

void HostPass::report(ErrorClass outcome)
{
    const quint64 number = std::exchange(m_number, 0);
    if (number == 0)
        return;
    if (const auto state = m_state.lock())
        state->report(m_host, number, outcome);
}

void HostPass::giveBack()
{
    report(ErrorClass::Cancel);
}

HostGate::HostGate(Clock *clock) : HostGate(clock, Limits()) { }

HostGate::HostGate(Clock *clock, Limits limits) : m_state(std::make_shared<HostGateState>(clock, limits)) { }

HostGate::~HostGate()
{
    m_state->close();
}

QCoro::Task<Result<HostPass>> HostGate::enter(QString host, std::stop_token stop)
{
    if (stop.stop_requested())
        co_return failCancelled();
    const auto state = m_state;
    Visitor visitor;
    state->join(host, &visitor);
    if (!visitor.isSettled()) {
        // May be called in another thread; the wait is ended in its own.
        const std::stop_callback onStop(stop, [&visitor, state, host] {
            QMetaObject::invokeMethod(
                &visitor, [&visitor, state, host] { state->leave(host, &visitor); }, Qt::QueuedConnection);
        });
        co_await qCoro(&visitor, &Visitor::settled);
    }
    auto outcome = visitor.take();
    // Stopped between being called and getting here: the pass goes back.
    if (outcome && stop.stop_requested())
        co_return failCancelled();
    co_return outcome;
}

std::optional<QDateTime> HostGate::retryAt(const QString &host) const
{
    const auto *known = m_state->find(host);
    return known && known->open ? std::optional(m_state->probeTime(*known)) : std::nullopt;
}

int HostGate::waiting(const QString &host) const
{
    const auto *known = m_state->find(host);
    return known ? static_cast<int>(known->queue.size()) : 0;
}

int HostGate::inFlight(const QString &host) const
{
    const auto *known = m_state->find(host);
    return known ? static_cast<int>(known->passes.size()) : 0;
}

QString HostGate::hostOf(const QUrl &url)
{
    const int usual = url.scheme() == QLatin1String("http") ? 80 : 443;
    QUrl bare;
    bare.setScheme(url.scheme());
    bare.setHost(url.host());
    if (url.port(usual) != usual)
        bare.setPort(url.port());
    return bare.authority(QUrl::FullyEncoded).toLower();
}

} // namespace Postroom

#include "hostgate.moc"
