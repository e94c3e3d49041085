// A logind and a NetworkManager that do what a test wants, on the bus that the test calls its system bus.
#pragma once

#include <QObject>
#include <QThread>

namespace Postroom
{

class FakeSystemServices;

// Lives in the test's thread; serves the bus from a thread and a connection of its own, because Qt asks NetworkManager
// and waits. A test binary sets DBUS_SYSTEM_BUS_ADDRESS to its session bus before anything else.
class FakeSystemBus final
{
public:
    // NMState and NMConnectivityState of NetworkManager.
    static constexpr uint disconnected = 20;
    static constexpr uint connecting = 40;
    static constexpr uint connectedLocal = 50;
    static constexpr uint connectedGlobal = 70;
    static constexpr uint connectivityPortal = 2;
    static constexpr uint connectivityFull = 4;

    FakeSystemBus();
    ~FakeSystemBus();
    Q_DISABLE_COPY_MOVE(FakeSystemBus)

    // On the bus when this returns.
    bool start(bool withNetworkManager);
    // Calls to NetworkManager get no answer from now on.
    void hang();
    void setState(uint state);
    void setConnectivity(uint connectivity);
    void setPrimaryConnection(const QString &path);
    void prepareForSleep(bool begins);
    int calls() const; // to NetworkManager

private:
    QThread m_thread;
    FakeSystemServices *m_services = nullptr; // lives in m_thread
};

} // namespace Postroom
