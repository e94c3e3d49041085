// What happens around the program: the network comes and goes, the computer sleeps, its clock is set. Whoever waits for
// better times listens here and need not wait for its timer.
#pragma once

#include <QObject>
#include <QUrl>
#include <memory>

namespace Postroom
{

// Owned by the composition root, used in its thread. "Not known" is never "offline": without a source every question is
// answered as if there were a network.
class Surroundings : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    // After the first paint. What the system knows comes a little later; being offline from the start is told once.
    virtual void start() = 0;
    virtual bool knowsNetwork() const = 0;
    // False only where the system says that this computer has no way out. Loopback works all the same.
    virtual bool isOnline() const = 0;

    // For those who see a login page where an answer of `url` should be.
    void suspectPortal(const QUrl &url) { Q_EMIT portalSuspected(url); }

Q_SIGNALS:
    // The way out is another one than before: it came, went, or leads through another network. Once things have
    // settled, at most once a second.
    void networkChanged(bool online);
    // The computer was asleep. The network usually takes some seconds more.
    void woke();
    // The wall clock was set forward (or back, below zero) by that much, apart from sleep.
    void clockJumped(qint64 seconds);
    // A network that wants a login first. Empty when the system says so without an address.
    void portalSuspected(const QUrl &url);
};

class SystemSurroundingsPrivate;

// Network: QNetworkInformation, from NetworkManager where it answers, otherwise from the routes of the kernel (GLib).
// Sleep: PrepareForSleep of logind, org.freedesktop.login1 on the system bus, and the clocks of the kernel. Clock: a
// timer of the kernel that is cancelled when the clock is set (timerfd_create(2)). Each may be missing; nothing polls,
// and nothing waits for a service.
class SystemSurroundings final : public Surroundings
{
    Q_OBJECT
public:
    explicit SystemSurroundings(QObject *parent = nullptr);
    ~SystemSurroundings() override;

    void start() override;
    bool knowsNetwork() const override;
    bool isOnline() const override;

private:
    friend class SystemSurroundingsPrivate;
    std::unique_ptr<SystemSurroundingsPrivate> d;
};

} // namespace Postroom
