// The desktop program as one object: engine, window, tray and socket, in the order in which they may come to life.
#pragma once

#include "app/controlserver.h"
#include "app/engine.h"
#include "models/sentences.h"
#include "ui/colorscheme.h"
#include "ui/mainwindow.h"
#include "ui/traypresence.h"
#include "ui/uisettings.h"
#include "ui/urlopener.h"

#include <QObject>
#include <memory>

namespace Postroom
{

class Notifier;
class Tray;

// Made in main() after the QApplication; a test makes one with an opener of its own.
//
//   load() ──> window shown ──> first paint ──> engine.start() ──> socket, tray, notices
//                  files only       │ nothing of keychain, network or database before this
//   quit() ──> socket closed ──> engine.shutdown() ──> finished()
class Desktop final : public QObject
{
    Q_OBJECT
public:
    explicit Desktop(Paths paths, Engine::Parts parts = {}, std::unique_ptr<UrlOpener> opener = {});
    ~Desktop() override;

    Result<void> load();
    void show(bool hidden = false);
    // Once; a second call is the same call.
    void quit();

    Engine *engine() const { return m_engine.get(); }
    MainWindow *window() const { return m_window.get(); }
    UiSettings *settings() const { return m_settings.get(); }
    TrayPresence *trayPresence() const { return m_presence.get(); }

Q_SIGNALS:
    void started(); // the services run and the socket listens
    void finished(); // everything is saved; the program may end

private:
    QCoro::Task<void> startServices();
    QCoro::Task<void> stopServices();
    void takeStep(Step step, const AccountId &account, const QString &token);

    std::unique_ptr<UrlOpener> m_opener;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<CommandRunner> m_runner;
    std::unique_ptr<ControlServer> m_server;
    std::unique_ptr<UiSettings> m_settings;
    std::unique_ptr<ColorScheme> m_scheme;
    std::unique_ptr<TrayPresence> m_presence;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<Tray> m_tray;
    std::unique_ptr<Notifier> m_notifier;
    bool m_starting = false;
    bool m_quitting = false;
    TaskScope m_scope;
};

} // namespace Postroom
