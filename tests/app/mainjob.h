// The main job on real parts, step by step, as a person would do it: used by its test and by the demo without a screen.
#pragma once

#include "app/desktop/desktop.h"
#include "tests/support/faketrayhost.h"
#include "tests/support/sandboxprocess.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <memory>

namespace Postroom
{

// Needs a session bus with a keyring and a display (tests/support/session --bus keyring --x). Every step answers with
// true, or false with problem() set; each waits for what it is about, with a deadline.
class MainJob
{
public:
    MainJob();
    ~MainJob();

    QString problem() const { return m_problem; }
    SandboxProcess &sandbox() { return m_sandbox; }
    FakeTrayHost &tray() { return m_tray; }
    Desktop *desktop() { return m_desktop.get(); }
    MainWindow *window() { return m_desktop->window(); }
    QString mirror() const { return QDir::homePath() + QStringLiteral("/research-room"); } // of the session
    QString profile() const { return QStringLiteral("main"); }
    QString write(const QString &name, const QByteArray &content); // outside of the mirror; the path

    bool setUp(); // sandbox, a mirror with the real mount daemon, profiles
    bool open(); // the window is there and the services run
    bool signIn(); // through the dialog and the consent page
    bool addMirror();
    bool choose(const QString &workspace); // by its name, in the list
    // Drops files on the chosen workspace, gives the remote folder where it is asked for, and waits for the end.
    bool drop(const QStringList &paths, const QString &remoteFolder);
    bool untilAttention(); // the outbox of research-room holds what the provider refused
    QString daemonFolder() const { return m_folder.filePath(QStringLiteral("daemon")); }
    bool quit();
    void stopDaemon();

    // A picture of the window; nothing without a folder.
    void setPictures(const QString &folder) { m_pictures = folder; }
    void picture(const QString &name);

    template <typename T>
    T *find(const char *name)
    {
        return window()->findChild<T *>(QString::fromLatin1(name));
    }
    // How often the provider was handed this path.
    int seenByProvider(const QString &remotePath);

private:
    bool fail(const QString &problem);
    bool waitFor(const QString &what, const std::function<bool()> &condition, int milliseconds = 30'000);
    bool click(const char *button);
    bool startDaemon();

    QString m_problem;
    QTemporaryDir m_folder;
    SandboxProcess m_sandbox;
    FakeTrayHost m_tray;
    QProcess m_daemon;
    FileLock m_windowLock; // as main() holds it
    std::unique_ptr<Desktop> m_desktop;
    QString m_pictures;
};

} // namespace Postroom
