// The door in front of a token host: one call a second, two at a time, and a pause for a host that is in trouble.
// Shared by all accounts, so that two hundred of them waking up at once are no storm.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"

#include <QCoroTask>
#include <QString>
#include <QUrl>
#include <chrono>
#include <memory>
#include <stop_token>

namespace Postroom
{

class HostGateState;

// The right to have one call on its way. Given back when the object dies; say before how the call went.
class HostPass
{
public:
    HostPass() = default;
    HostPass(HostPass &&other) noexcept;
    HostPass &operator=(HostPass &&other) noexcept;
    ~HostPass();
    Q_DISABLE_COPY(HostPass)

    // Once; a later report is ignored. Server counts against the host. Ok and the verdicts (Reauth, Client, Config,
    // Scope, Policy) come from a host that works. The other classes say nothing about it. A pass that dies without a
    // report counts as Cancel.
    void report(ErrorClass outcome);
    bool isHeld() const { return m_number != 0; }

private:
    friend class HostGateState;
    HostPass(std::weak_ptr<HostGateState> state, QString host, quint64 number);
    void giveBack();

    std::weak_ptr<HostGateState> m_state;
    QString m_host;
    quint64 m_number = 0;
};

// Per host:
//
//     closed --- `breakAfter` reports of Server in a row, with none of a working host between ---> open
//     open   --- a probe reports a working host ---> closed
//     open   --- any other report of a probe ---> open, the next probe `probeEvery` after this one began
//
// While it is open, one call per `probeEvery` is let through, the first one that asks. Everybody else is told when the
// next probe is due, at once when that is more than `longestWait` away. While it is closed, calls wait in the order in
// which they came, however long that takes. Armed alarms only while somebody waits. Owner: the composition root.
// Thread: the one that made it. Destroying it ends every wait with Cancel.
class HostGate
{
public:
    struct Limits {
        std::chrono::milliseconds gap{1000}; // between the beginnings of two calls
        int atOnce = 2;
        int breakAfter = 5;
        std::chrono::milliseconds probeEvery{30'000};
        std::chrono::milliseconds longestWait{5000}; // for a probe's turn
        bool gapOnLoopback = false; // tests and sandboxes need no gap
    };

    explicit HostGate(Clock *clock);
    HostGate(Clock *clock, Limits limits);
    ~HostGate();
    Q_DISABLE_COPY_MOVE(HostGate)

    // `host` as hostOf() gives it. Class Server, code "host-in-trouble" with retryAt: the host is in trouble and it is
    // not this call's turn to try. Class Cancel: stopped.
    QCoro::Task<Result<HostPass>> enter(QString host, std::stop_token stop = {});

    // When the next probe of a host in trouble may go; nothing while it works.
    std::optional<QDateTime> retryAt(const QString &host) const;
    int waiting(const QString &host) const;
    int inFlight(const QString &host) const;

    // Lower-case, with the port where it is not the scheme's own.
    static QString hostOf(const QUrl &url);

private:
    std::shared_ptr<HostGateState> m_state;
};

} // namespace Postroom
