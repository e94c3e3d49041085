// The hand of a test on the gnome-keyring-daemon of its session: lock, unlock, kill, stop, and watch for prompts.
#pragma once

#include <QDBusConnection>
#include <QMap>
#include <QProcess>
#include <QStringList>

namespace Postroom
{

// Uses a bus connection of its own and waits for the daemon, so it must not be asked while the daemon is stopped.
class KeyringControl
{
public:
    KeyringControl();
    ~KeyringControl();
    Q_DISABLE_COPY_MOVE(KeyringControl)

    static const QString collection; // the login keyring

    bool lock();
    bool unlock(); // with the session's password, and without a prompt
    bool isLocked();
    // Object paths of the entries with these attributes, in open and closed keyrings.
    QStringList find(const QMap<QString, QString> &attributes);
    // Puts an entry in as another program would, with any content.
    bool store(const QMap<QString, QString> &attributes, const QByteArray &content);
    // A second keyring beside the login one, with a password of its own; its path.
    QString addCollection(const QString &label);
    bool lockCollection(const QString &path);
    bool setDefault(const QString &path);

    // The daemon's process. After start() it has come back with a locked keyring.
    void kill();
    bool start();
    void stop(); // SIGSTOP
    void carryOn(); // SIGCONT
    qint64 pid() const { return m_pid; }

private:
    QString openSession();

    QDBusConnection m_bus;
    QProcess m_daemon;
    qint64 m_pid = 0;
};

// Sees every call that would show a prompt, from its construction on.
class PromptMonitor
{
public:
    PromptMonitor();
    ~PromptMonitor();
    Q_DISABLE_COPY_MOVE(PromptMonitor)

    bool isReady() const { return m_ready; }
    // Calls of Prompt() so far.
    int count();

private:
    bool waitFor(const QByteArray &text);

    QProcess m_monitor;
    QByteArray m_seen;
    int m_marks = 0;
    bool m_ready = false;
};

} // namespace Postroom
