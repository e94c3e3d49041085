#include "core/workspaces/relayfilecatalog.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/workspaces/mirror.h"

#include <QDir>
#include <QFileInfo>

namespace Postroom
{
namespace
{

constexpr qint64 catalogLimit = 8 * 1024 * 1024;
constexpr qint64 stateLimit = 64 * 1024 * 1024;
constexpr qsizetype mostWorkspaces = 5000;

} // namespace

QList<ListedWorkspace> readRelayfileCatalog(const QString &path)
{
    QList<ListedWorkspace> listed;
    const auto json = readFile(path, catalogLimit);
    if (!json)
        return listed;
    const auto object = parseJsonObject(*json);
    if (!object)
        return listed;
    const QJsonArray entries = object->value(QLatin1String("workspaces")).toArray();
    for (const QJsonValue &value : entries) {
        if (listed.size() >= mostWorkspaces)
            break;
        const QJsonObject entry = value.toObject();
        ListedWorkspace workspace;
        workspace.name = oneLine(entry.value(QLatin1String("name")).toString(), 100);
        workspace.id = oneLine(entry.value(QLatin1String("id")).toString(), 200);
        workspace.relayId = oneLine(entry.value(QLatin1String("relayWorkspaceId")).toString(), 200);
        workspace.server = usableServer(entry.value(QLatin1String("server")).toString());
        const QString folder = entry.value(QLatin1String("localDir")).toString();
        if (folder.startsWith(QLatin1Char('/')) && folder.size() < 4096 && !folder.contains(QChar(0)))
            workspace.folder = QDir::cleanPath(folder);
        if (!workspace.id.isEmpty() || !workspace.relayId.isEmpty() || !workspace.folder.isEmpty())
            listed.append(workspace);
    }
    return listed;
}

std::optional<KnownMirror> inspectMirror(const QString &folder, const QList<ListedWorkspace> &listed)
{
    const auto json = readFile(folder + QStringLiteral("/.relay/state.json"), stateLimit);
    if (!json)
        return std::nullopt;
    const auto state = readPublicState(*json);
    if (!state || state->workspaceId.isEmpty())
        return std::nullopt;
    KnownMirror mirror;
    mirror.folder = QDir::cleanPath(folder);
    mirror.relayId = oneLine(state->workspaceId, 200);
    mirror.remoteRoot = state->remoteRoot;
    const QString real = QFileInfo(folder).canonicalFilePath();
    for (const ListedWorkspace &workspace : listed) {
        if (workspace.relayId != mirror.relayId && workspace.id != mirror.relayId)
            continue;
        const QString other = workspace.relayId == mirror.relayId ? workspace.id : workspace.relayId;
        if (mirror.cloudId.isEmpty() && other != mirror.relayId)
            mirror.cloudId = other;
        // The extra entry that a mount leaves behind is named after the id.
        if (mirror.name.isEmpty() && workspace.name != mirror.relayId)
            mirror.name = workspace.name;
        if (mirror.server.isEmpty() || workspace.folder == mirror.folder || workspace.folder == real) {
            if (!workspace.server.isEmpty())
                mirror.server = workspace.server;
        }
    }
    if (mirror.name.isEmpty())
        mirror.name = oneLine(QFileInfo(mirror.folder).fileName(), 100);
    return mirror;
}

QUrl usableServer(const QString &text)
{
    QUrl url(text.trimmed(), QUrl::StrictMode);
    const QString scheme = url.scheme().toLower();
    if (!url.isValid() || url.host().isEmpty() || (scheme != QLatin1String("https") && scheme != QLatin1String("http")))
        return {};
    url = url.adjusted(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment);
    QString path = url.path();
    while (path.endsWith(QLatin1Char('/')))
        path.chop(1);
    url.setPath(path);
    return url;
}

} // namespace Postroom
