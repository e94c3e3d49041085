#include "core/writeback/planner.h"

#include "core/relayfile/dataplane.h"
#include "core/workspaces/mirror.h"
#include "core/writeback/localfile.h"
#include "core/writeback/remote.h"

#include <QCoreApplication>
#include <QDir>
#include <QLocale>
#include <QScopeGuard>
#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

// What JSON, names and identity add to a file in a request, at most.
constexpr qint64 envelope = 1024;
// A control character takes six bytes in JSON.
constexpr qint64 worstGrowth = 6;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

bool isMirrorOnlyName(const QString &name)
{
    return name == QLatin1String(".skills") || name == QLatin1String("digests")
        || name == QLatin1String("_PERMISSIONS.md");
}

QString neverSentReason()
{
    return tr("This name is never synced.");
}

// The request with this file alone, in bytes; only the sizes of the other fields matter.
qint64 requestSize(const QString &remotePath, const QByteArray &content)
{
    BulkFile file;
    file.path = remotePath;
    file.contentType = contentTypeOf(remotePath, content);
    file.content = content;
    return encodedSize(file) + envelope;
}

// Empty code: it can go.
std::pair<QString, QString> reasonAgainst(
    const QString &path, const QString &root, const QString &remotePath, qint64 size, qint64 limit)
{
    const QLocale locale;
    const QString sentence = tr("It takes %1 to send; the server takes at most %2 at once.");
    if (limit > 0 && size + envelope > limit)
        return {
            QStringLiteral("too-large"), sentence.arg(locale.formattedDataSize(size), locale.formattedDataSize(limit))};
    if (::faccessat(AT_FDCWD, path.toUtf8().constData(), R_OK, AT_EACCESS) != 0)
        return {QStringLiteral("unreadable"), tr("It cannot be read by you.")};
    if (limit > 0 && size * worstGrowth + envelope > limit) {
        ReadOptions options;
        options.root = root;
        options.limit = limit;
        const LocalFile file = readLocalFile(path, options);
        if (!file.code.isEmpty())
            return {file.code, file.problem};
        const qint64 needed = requestSize(remotePath, file.content);
        if (needed > limit)
            return {QStringLiteral("too-large"),
                sentence.arg(locale.formattedDataSize(needed), locale.formattedDataSize(limit))};
    }
    return {};
}

} // namespace

bool isNeverSent(const QString &name)
{
    static const QSet<QString> names{QStringLiteral(".relay"), QStringLiteral("node_modules"), QStringLiteral(".git"),
        QStringLiteral(".hg"), QStringLiteral(".svn"), QStringLiteral(".bzr"), QStringLiteral("_darcs"),
        QStringLiteral(".jj")};
    return names.contains(name);
}

Planner::Planner(WorkspaceRecord record, QString remoteFolder, PlanLimits limits)
    : m_record(std::move(record)), m_remoteFolder(std::move(remoteFolder)), m_limits(limits),
      m_mirror(m_record.mirror.isEmpty() ? QString() : canonicalPath(m_record.mirror))
{
}

std::vector<PlannedItem> Planner::plan(const QStringList &paths)
{
    m_items.clear();
    m_taken.clear();
    m_full = false;
    for (const QString &given : paths) {
        if (isFull(given))
            break;
        if (!QDir::isAbsolutePath(given)) {
            refuse(given, QStringLiteral("not-absolute"), tr("It is not a full path."));
            continue;
        }
        const QString path = QDir::cleanPath(given);
        const QString canonical = canonicalPath(path);
        // The folder decides: a link in the mirror is in the mirror, wherever it leads.
        const QString folder = canonicalPath(path.left(std::max<qsizetype>(1, path.lastIndexOf(QLatin1Char('/')))));
        Origin origin;
        origin.inMirror
            = !m_mirror.isEmpty() && ((!folder.isEmpty() && isWithin(folder, m_mirror)) || canonical == m_mirror);
        const bool isFolder = !canonical.isEmpty() && QFileInfo(canonical).isDir();
        if (origin.inMirror)
            origin.root = m_mirror;
        else if (isFolder)
            origin.root = canonical;
        const QString name = path.mid(path.lastIndexOf(QLatin1Char('/')) + 1);
        if (!origin.inMirror && isNeverSent(name)) {
            refuse(path, QStringLiteral("never-synced"), neverSentReason());
            continue;
        }
        if (!isFolder)
            origin.relative = name;
        // A named folder may be a link itself: the person chose it.
        if (isFolder && (!origin.inMirror || canonical == m_mirror))
            openFolder(path, origin, 0);
        else
            lookAt(path, origin, 0);
    }
    int index = 0;
    for (PlannedItem &planned : m_items)
        planned.item.index = index++;
    return std::move(m_items);
}

void Planner::review(PlannedItem &planned) const
{
    TransferItem &item = planned.item;
    struct stat status{};
    QString code;
    QString reason;
    if (::stat(item.local.toUtf8().constData(), &status) != 0) {
        code = QStringLiteral("not-found");
        reason = tr("It is not there any more.");
    } else if (!S_ISREG(status.st_mode)) {
        code = QStringLiteral("not-a-file");
        reason = tr("It is not a regular file.");
    } else {
        item.bytes = status.st_size;
        std::tie(code, reason)
            = reasonAgainst(item.local, planned.root, item.remotePath, status.st_size, m_record.bodyLimit);
    }
    item.state = code.isEmpty() ? ItemState::Queued : ItemState::Refused;
    item.code = code;
    item.error = reason;
}

void Planner::lookAt(const QString &path, const Origin &origin, int depth)
{
    const QByteArray name = path.toUtf8();
    struct stat link{};
    struct stat status{};
    if (::lstat(name.constData(), &link) != 0 || ::stat(name.constData(), &status) != 0) {
        if (errno == EACCES)
            refuse(path, QStringLiteral("unreadable"), tr("It cannot be read by you."));
        else
            refuse(path, QStringLiteral("not-found"),
                S_ISLNK(link.st_mode) ? tr("It is a link to something that is not there.") : tr("It is not there."));
        return;
    }
    if (S_ISLNK(link.st_mode)) {
        const QString canonical = canonicalPath(path);
        if (!origin.root.isEmpty() && (canonical.isEmpty() || !isWithin(canonical, origin.root))) {
            refuse(path, QStringLiteral("outside"), tr("It is a link that leads out of its folder."));
            return;
        }
        if (S_ISDIR(status.st_mode)) {
            refuse(path, QStringLiteral("link-to-folder"),
                tr("It is a link to a folder; folders are not followed through links."));
            return;
        }
        // What may not be sent under its own name may not be sent through a link either.
        if (origin.inMirror && !mirrorPath(canonical)) {
            refuse(path, QStringLiteral("never-synced"), neverSentReason());
            return;
        }
    }
    if (S_ISDIR(status.st_mode)) {
        if (origin.inMirror && !mirrorPath(path))
            refuse(path, QStringLiteral("never-synced"), neverSentReason());
        else
            openFolder(path, origin, depth);
        return;
    }
    if (!S_ISREG(status.st_mode)) {
        refuse(path, QStringLiteral("not-a-file"), tr("It is not a regular file."));
        return;
    }
    take(path, origin, status.st_size);
}

void Planner::openFolder(const QString &path, const Origin &origin, int depth)
{
    if (depth >= m_limits.depth) {
        refuse(path, QStringLiteral("too-deep"),
            tr("Folders are opened up to %1 levels deep; this one lies deeper.").arg(m_limits.depth));
        return;
    }
    DIR *folder = ::opendir(path.toUtf8().constData());
    if (!folder) {
        refuse(path, QStringLiteral("unreadable"), tr("This folder cannot be read by you."));
        return;
    }
    std::vector<QByteArray> names;
    {
        const auto closing = qScopeGuard([folder] { ::closedir(folder); });
        while (const dirent *entry = ::readdir(folder)) {
            const QByteArray name(entry->d_name);
            if (name == "." || name == "..")
                continue;
            names.push_back(name);
            // Enough to know that there are too many.
            if (names.size() > static_cast<size_t>(m_limits.items))
                break;
        }
    }
    std::sort(names.begin(), names.end());
    const QString base = path == QLatin1String("/") ? path : path + QLatin1Char('/');
    for (const QByteArray &name : names) {
        if (isFull(base + QString::fromUtf8(name)))
            return;
        if (!name.isValidUtf8()) {
            refuse(base + QString::fromUtf8(name), QStringLiteral("name-encoding"),
                tr("Its name is not UTF-8 text, so the server cannot hold it."));
            continue;
        }
        const QString text = QString::fromUtf8(name);
        const bool top = origin.relative.isEmpty() && m_remoteFolder == QLatin1String("/");
        const bool never
            = origin.inMirror ? text == QLatin1String(".relay") : isNeverSent(text) || (top && isMirrorOnlyName(text));
        if (never) {
            // The mirror's own book-keeping is no surprise to anybody and not worth a line.
            if (!(origin.inMirror && canonicalPath(path) == m_mirror))
                refuse(base + text, QStringLiteral("never-synced"), neverSentReason());
            continue;
        }
        Origin inner = origin;
        inner.relative = origin.relative.isEmpty() ? text : origin.relative + QLatin1Char('/') + text;
        lookAt(base + text, inner, depth + 1);
    }
}

std::optional<QString> Planner::mirrorPath(const QString &path) const
{
    if (const auto remote = remotePathFor(m_record.mirror, m_record.remoteRoot, path))
        return remote;
    // The same place under its name without links.
    const QString folder = canonicalPath(path.left(path.lastIndexOf(QLatin1Char('/'))));
    if (folder.isEmpty())
        return std::nullopt;
    return remotePathFor(m_mirror, m_record.remoteRoot, folder + path.mid(path.lastIndexOf(QLatin1Char('/'))));
}

void Planner::take(const QString &path, const Origin &origin, qint64 size)
{
    PlannedItem planned;
    planned.item.local = path;
    planned.item.bytes = size;
    planned.root = origin.root;
    planned.inMirror = origin.inMirror;
    const auto remote = origin.inMirror ? mirrorPath(path) : std::optional(joinRemote(m_remoteFolder, origin.relative));
    if (!remote) {
        refuse(path, QStringLiteral("never-synced"), neverSentReason());
        return;
    }
    planned.item.remotePath = *remote;
    auto [code, reason] = reasonAgainst(path, origin.root, *remote, size, m_record.bodyLimit);
    if (code.isEmpty() && m_taken.contains(*remote)) {
        code = QStringLiteral("duplicate");
        reason = tr("Another file of this push goes to the same place, %1.").arg(*remote);
    }
    if (code.isEmpty()) {
        m_taken.insert(*remote);
    } else {
        planned.item.state = ItemState::Refused;
        planned.item.code = code;
        planned.item.error = reason;
    }
    m_items.push_back(std::move(planned));
}

void Planner::refuse(const QString &path, const QString &code, const QString &reason)
{
    PlannedItem planned;
    planned.item.local = path;
    planned.item.state = ItemState::Refused;
    planned.item.code = code;
    planned.item.error = reason;
    m_items.push_back(std::move(planned));
}

bool Planner::isFull(const QString &next)
{
    if (m_full)
        return true;
    if (m_items.size() < static_cast<size_t>(m_limits.items))
        return false;
    m_full = true;
    refuse(next, QStringLiteral("too-many"),
        tr("One push takes up to %1 files; this one and the ones after it are left out.")
            .arg(QLocale().toString(m_limits.items)));
    return true;
}

} // namespace Postroom
