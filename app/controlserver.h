// The engine's local socket: runs the commands of other processes of the same user, and raises the window for them.
#pragma once

#include "app/commands.h"

#include <QObject>
#include <QSet>

class QLocalServer;
class QLocalSocket;

namespace Postroom
{

// Listens only while its engine holds the profile's lock, so a socket file that is in the way is a leftover.
// Owned by main(); close() and drained() before the engine shuts down.
class ControlServer final : public QObject
{
    Q_OBJECT
public:
    ControlServer(Engine *engine, CommandRunner *runner, QObject *parent = nullptr);
    ~ControlServer() override;

    Result<void> listen();
    void setHasWindow(bool hasWindow) { m_hasWindow = hasWindow; }
    // Ends all commands and takes no more.
    QCoro::Task<void> close();

Q_SIGNALS:
    // A second start asks for the window; `activationToken` lets it come to the front on Wayland, may be empty.
    void raiseRequested(const QString &activationToken);
    // A window of this profile wants to start and waits for this engine's end.
    void handOverRequested();

private:
    class Connection;
    void accept();

    Engine *m_engine;
    CommandRunner *m_runner;
    QLocalServer *m_server = nullptr;
    bool m_hasWindow = false;
    QSet<Connection *> m_connections;
    TaskScope m_scope;
};

} // namespace Postroom
