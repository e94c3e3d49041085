#include "tests/app/mainjob.h"

#include <QAbstractButton>
#include <QDir>
#include <QDropEvent>
#include <QFile>
#include <QJsonArray>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>

#include "core/base/files.h"
#include "core/base/json.h"
#include "models/rowsmodel.h"
#include "ui/signindialog.h"
#include "ui/workspaceview.h"

namespace Postroom
{
namespace
{

// Plays the browser of the person who clicked.
class ConsentingBrowser final : public UrlOpener
{
public:
    explicit ConsentingBrowser(SandboxProcess *sandbox) : m_sandbox(sandbox) { }
    bool open(const QUrl &url) override { return m_sandbox->openInBrowser(url); }

private:
    SandboxProcess *m_sandbox;
};

} // namespace

MainJob::MainJob() = default;

MainJob::~MainJob()
{
    stopDaemon();
}

bool MainJob::fail(const QString &problem)
{
    m_problem = problem;
    return false;
}

bool MainJob::waitFor(const QString &what, const std::function<bool()> &condition, int milliseconds)
{
    if (QTest::qWaitFor(condition, milliseconds))
        return true;
    return fail(QStringLiteral("waited in vain for %1").arg(what));
}

bool MainJob::click(const char *button)
{
    auto *found = find<QAbstractButton>(button);
    if (!found || !found->isVisible() || !found->isEnabled())
        return fail(QStringLiteral("the button %1 cannot be clicked").arg(QString::fromLatin1(button)));
    QTest::mouseClick(found, Qt::LeftButton);
    return true;
}

QString MainJob::write(const QString &name, const QByteArray &content)
{
    const QString path = m_folder.filePath(QStringLiteral("files/") + name);
    QDir().mkpath(QFileInfo(path).path());
    if (!writeFileAtomically(path, content, 0644))
        qFatal("%s cannot be written", qPrintable(path));
    return path;
}

bool MainJob::setUp()
{
    if (!m_sandbox.start())
        return fail(m_sandbox.problem());
    if (!startDaemon())
        return false;
    const auto paths = pathsForProfile(profile(), QProcessEnvironment::systemEnvironment());
    if (!paths || !paths->ensure())
        return fail(QStringLiteral("no folders for the profile"));
    ProfileRegistry registry(paths->config + QStringLiteral("/providers"));
    const QJsonObject cloud{{QStringLiteral("id"), QStringLiteral("sandbox-cloud")},
        {QStringLiteral("name"), QStringLiteral("Sandbox cloud")},
        {QStringLiteral("kind"), QStringLiteral("relayfile-cloud")},
        {QStringLiteral("issuer"), m_sandbox.cloud().toString()}};
    if (const auto added = registry.add(toCompact(cloud)); !added)
        return fail(added.error().message);
    return true;
}

bool MainJob::startDaemon()
{
    const QJsonObject token = m_sandbox.post(QStringLiteral("/token"),
        {{QStringLiteral("workspace"), QStringLiteral("rw_research")}, {QStringLiteral("ttlSeconds"), 3600},
            {QStringLiteral("scopes"),
                QJsonArray{QStringLiteral("fs:read"), QStringLiteral("fs:write"), QStringLiteral("ops:read"),
                    QStringLiteral("sync:read"), QStringLiteral("sync:trigger")}}});
    // The daemon's own credential: short-lived, for its eyes only, and outside of what is searched for secrets.
    const QString bundle = m_folder.filePath(QStringLiteral("daemon/bundle.json"));
    QDir().mkpath(QFileInfo(bundle).path());
    const QJsonObject content{{QStringLiteral("relayfileUrl"), m_sandbox.dataPlane().toString()},
        {QStringLiteral("relayfileWorkspaceId"), QStringLiteral("rw_research")},
        {QStringLiteral("accessToken"), token.value(QStringLiteral("token"))}};
    if (!writeFileAtomically(bundle, toCompact(content)))
        return fail(QStringLiteral("the daemon's bundle cannot be written"));
    const QString source = QStringLiteral(POSTROOM_SANDBOX_DIR);
    m_daemon.setStandardOutputFile(m_folder.filePath(QStringLiteral("daemon/log")));
    m_daemon.setStandardErrorFile(m_folder.filePath(QStringLiteral("daemon/log")), QIODevice::Append);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    m_daemon.setProcessEnvironment(environment);
    m_daemon.start(source + QStringLiteral("/node_modules/@relayfile/mount-linux-x64/bin/relayfile-mount"),
        {QStringLiteral("--base-url"), m_sandbox.dataPlane().toString(), QStringLiteral("--workspace"),
            QStringLiteral("rw_research"), QStringLiteral("--local-dir"), mirror(), QStringLiteral("--creds-file"),
            bundle, QStringLiteral("--state-dir"), QDir::homePath() + QStringLiteral("/.relayfile-mount-state"),
            QStringLiteral("--interval"), QStringLiteral("5s")});
    QDir().mkpath(mirror());
    return waitFor(QStringLiteral("the mount daemon's first state"), [this] {
        return QFile::exists(mirror() + QStringLiteral("/notion/pages/weekly-notes.md"))
            && QFile::exists(mirror() + QStringLiteral("/.relay/state.json"));
    });
}

void MainJob::stopDaemon()
{
    if (m_daemon.state() == QProcess::NotRunning)
        return;
    m_daemon.terminate();
    if (!m_daemon.waitForFinished(10'000))
        m_daemon.kill();
    m_daemon.waitForFinished();
}

bool MainJob::open()
{
    const auto paths = pathsForProfile(profile(), QProcessEnvironment::systemEnvironment());
    auto lock = FileLock::tryAcquire(paths->runtime + QStringLiteral("/window.lock"));
    if (!lock || !lock->isHeld())
        return fail(QStringLiteral("another window holds the profile"));
    m_windowLock = std::move(*lock);
    m_desktop = std::make_unique<Desktop>(*paths, Engine::Parts{}, std::make_unique<ConsentingBrowser>(&m_sandbox));
    if (const auto loaded = m_desktop->load(); !loaded)
        return fail(loaded.error().message);
    QSignalSpy started(m_desktop.get(), &Desktop::started);
    m_desktop->show();
    window()->resize(1160, 700);
    return waitFor(QStringLiteral("the services"), [&started] { return !started.isEmpty(); });
}

bool MainJob::signIn()
{
    if (!click("signInButton"))
        return false;
    if (!waitFor(QStringLiteral("the dialog"),
            [this] { return window()->signInDialog() && window()->signInDialog()->isVisible(); }))
        return false;
    auto *providers = find<QListWidget>("providerList");
    const auto hits = providers->findItems(QStringLiteral("Sandbox cloud"), Qt::MatchContains);
    if (hits.isEmpty())
        return fail(QStringLiteral("the dialog does not offer the sandbox"));
    providers->setCurrentItem(hits.constFirst());
    picture(QStringLiteral("sign-in"));
    if (!click("startSignInButton"))
        return false;
    if (!waitFor(QStringLiteral("the link"), [this] {
            auto *button = find<QAbstractButton>("openBrowserButton");
            return button && button->isVisible() && button->isEnabled();
        }))
        return false;
    picture(QStringLiteral("sign-in-waiting"));
    if (!click("openBrowserButton"))
        return false;
    if (!waitFor(QStringLiteral("the end of the sign-in"), [this] {
            auto *done = find<QAbstractButton>("doneButton");
            return done && done->isVisible();
        }))
        return false;
    picture(QStringLiteral("signed-in"));
    if (!click("doneButton"))
        return false;
    return waitFor(QStringLiteral("the workspaces"), [this] { return desktop()->engine()->workspaces().size() == 2; });
}

bool MainJob::addMirror()
{
    const auto added = desktop()->engine()->workspaceService()->addMirror(mirror());
    if (!added)
        return fail(added.error().message);
    return waitFor(QStringLiteral("the mirror's state"), [this] {
        const auto workspaces = desktop()->engine()->workspaces();
        return std::any_of(workspaces.begin(), workspaces.end(), [this](const WorkspaceStatus &workspace) {
            return workspace.mirror == mirror() && workspace.daemon.running
                && workspace.state != WorkspaceState::Unknown;
        });
    });
}

bool MainJob::choose(const QString &workspace)
{
    window()->showPage(MainWindow::Page::Workspaces);
    auto *list = find<QListView>("workspacesList");
    if (!list)
        return fail(QStringLiteral("there is no list of workspaces"));
    QModelIndex found;
    const auto look = [&found, list, workspace] {
        for (int row = 0; row < list->model()->rowCount(); ++row) {
            const QModelIndex index = list->model()->index(row, 0);
            if (index.data(NameRole).toString() == workspace)
                found = index;
        }
        return found.isValid();
    };
    if (!waitFor(workspace + QStringLiteral(" in the list"), look, 5'000))
        return false;
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(found).center());
    return waitFor(QStringLiteral("the workspace's page"), [this, workspace] {
        auto *view = find<WorkspaceView>("workspaceView");
        return view && view->workspace().name == workspace;
    });
}

bool MainJob::drop(const QStringList &paths, const QString &remoteFolder)
{
    auto *view = find<WorkspaceView>("workspaceView");
    QMimeData data;
    QList<QUrl> urls;
    for (const QString &path : paths)
        urls.append(QUrl::fromLocalFile(path));
    data.setUrls(urls);
    const QPointF at(view->rect().center());
    QDragEnterEvent enter(at.toPoint(), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(view, &enter);
    if (!enter.isAccepted())
        return fail(QStringLiteral("the page does not take the files"));
    picture(QStringLiteral("drop"));
    const auto before = desktop()->engine()->transfers().size();
    QDropEvent event(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(view, &event);
    if (!remoteFolder.isEmpty()) {
        if (!waitFor(QStringLiteral("the question for the folder"), [this] {
                auto *edit = find<QLineEdit>("remoteFolderEdit");
                auto *send = find<QAbstractButton>("pushSheetSendButton");
                return edit && edit->isVisible() && send && send->isVisible() && send->isEnabled();
            }))
            return false;
        auto *edit = find<QLineEdit>("remoteFolderEdit");
        edit->selectAll();
        QTest::keyClicks(edit, remoteFolder);
        picture(QStringLiteral("push-sheet"));
        if (!waitFor(QStringLiteral("the plan"),
                [this] { return find<QAbstractButton>("pushSheetSendButton")->isEnabled(); }))
            return false;
        if (!click("pushSheetSendButton"))
            return false;
    }
    return waitFor(
        QStringLiteral("the push"),
        [this, before] {
            const auto transfers = desktop()->engine()->transfers();
            return transfers.size() > before
                && std::none_of(
                    transfers.begin(), transfers.end(), [](const Transfer &transfer) { return transfer.isRunning(); });
        },
        60'000);
}

bool MainJob::untilAttention()
{
    return waitFor(QStringLiteral("the refused record"), [this] {
        const auto workspace
            = desktop()->engine()->workspaceService()->workspace(WorkspaceId(QStringLiteral("rw_research")));
        return workspace && workspace->outbox.attention == 1 && workspace->state == WorkspaceState::Attention;
    });
}

bool MainJob::quit()
{
    QSignalSpy finished(m_desktop.get(), &Desktop::finished);
    m_desktop->quit();
    if (!waitFor(QStringLiteral("the end"), [&finished] { return !finished.isEmpty(); }, 20'000))
        return false;
    m_desktop.reset();
    m_windowLock.release();
    return true;
}

void MainJob::picture(const QString &name)
{
    if (m_pictures.isEmpty())
        return;
    QTest::qWait(50); // the style's last repaint, for the picture's sake only
    QPixmap shot = window()->grab();
    if (window()->signInDialog() && window()->signInDialog()->isVisible())
        shot = window()->signInDialog()->grab();
    shot.save(m_pictures + QLatin1Char('/') + name + QStringLiteral(".png"));
}

int MainJob::seenByProvider(const QString &remotePath)
{
    int count = 0;
    const QJsonArray log = m_sandbox.get(QStringLiteral("/provider-log")).value(QStringLiteral("items")).toArray();
    for (const QJsonValue &entry : log) {
        if (entry.toObject().value(QStringLiteral("path")).toString() == remotePath)
            count += entry.toObject().value(QStringLiteral("count")).toInt();
    }
    return count;
}

} // namespace Postroom
