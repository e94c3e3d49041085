#include "app/desktop/desktop.h"

#include <QTimer>

#include "app/controlclient.h"
#include "core/base/log.h"
#include "ui/actions.h"
#include "ui/notifier.h"
#include "ui/translations.h"
#include "ui/tray.h"

namespace Postroom
{
namespace
{

void bringUp(MainWindow *window, const QString &token)
{
    // Qt reads the token from here when the window asks to come to the front (xdg-activation).
    if (!token.isEmpty())
        qputenv("XDG_ACTIVATION_TOKEN", token.toUtf8());
    window->bringUp();
}

} // namespace

Desktop::Desktop(Paths paths, Engine::Parts parts, std::unique_ptr<UrlOpener> opener)
    : m_opener(opener ? std::move(opener) : std::make_unique<DesktopUrlOpener>()),
      m_engine(std::make_unique<Engine>(paths, std::move(parts))),
      m_runner(std::make_unique<CommandRunner>(m_engine.get())),
      m_server(std::make_unique<ControlServer>(m_engine.get(), m_runner.get())),
      m_settings(std::make_unique<UiSettings>(paths.config + QStringLiteral("/window.json"))),
      m_scheme(std::make_unique<ColorScheme>()), m_presence(std::make_unique<TrayPresence>())
{
}

Desktop::~Desktop() = default;

Result<void> Desktop::load()
{
    return m_engine->load();
}

void Desktop::show(bool hidden)
{
    installTranslations(m_settings->language());
    m_window = std::make_unique<MainWindow>(m_engine.get(), m_settings.get(), m_opener.get(), m_presence.get());
    m_tray = std::make_unique<Tray>(m_engine.get(), m_presence.get(), m_window.get());
    m_notifier = std::make_unique<Notifier>(m_engine.get(), m_engine->paths().state + QStringLiteral("/notices.json"));
    connect(m_notifier.get(), &Notifier::stepChosen, this, &Desktop::takeStep);
    const auto startOnce = [this] {
        if (m_starting)
            return;
        m_starting = true;
        m_scope.spawn(startServices());
    };
    connect(m_window.get(), &MainWindow::firstPainted, this, startOnce, Qt::QueuedConnection);
    connect(m_window.get(), &MainWindow::quitRequested, this, &Desktop::quit);
    connect(m_server.get(), &ControlServer::raiseRequested, this,
        [this](const QString &token) { bringUp(m_window.get(), token); });
    if (hidden) {
        // There is no paint to wait for. Without a tray the window comes up after all: it is never out of reach.
        QTimer::singleShot(0, this, startOnce);
        connect(this, &Desktop::started, this, [this] {
            QTimer::singleShot(std::chrono::seconds(10), this, [this] {
                if (!m_quitting && !m_presence->isPresent() && !m_window->isVisible())
                    m_window->show();
            });
        });
        return;
    }
    m_window->show();
}

QCoro::Task<void> Desktop::startServices()
{
    m_scheme->start();
    m_presence->start();
    const auto locked = m_engine->tryLock();
    if (locked && !*locked) {
        // A postroomctl holds the profile; one that only looks on makes room.
        askForHandOver(m_engine->paths());
    }
    const auto running = co_await m_engine->start();
    if (!running) {
        if (running.error().kind != ErrorClass::Cancel)
            qCCritical(logApp) << "the services cannot start:" << running.error().message << running.error().detail;
        co_return;
    }
    m_notifier->start();
    m_server->setHasWindow(true);
    const auto listening = m_server->listen();
    if (!listening)
        qCWarning(logApp) << listening.error().message << listening.error().detail;
    Q_EMIT started();
}

// The button of a notice, or the notice itself.
void Desktop::takeStep(Step step, const AccountId &account, const QString &token)
{
    // What needs no window brings none up.
    if (step != Step::TryNow && step != Step::Unlock && step != Step::OpenPage)
        bringUp(m_window.get(), token);
    m_window->actions()->take(step, account, {});
}

void Desktop::quit()
{
    if (std::exchange(m_quitting, true))
        return;
    if (m_notifier)
        m_notifier->stop();
    if (m_window)
        m_window->hide();
    // Kept out of the scope that it waits for.
    stopServices();
}

QCoro::Task<void> Desktop::stopServices()
{
    co_await m_server->close();
    co_await m_engine->shutdown();
    co_await m_scope.drained();
    m_settings->flush();
    Q_EMIT finished();
}

} // namespace Postroom
