#include "core/workspaces/outboxreader.h"

#include "core/base/files.h"

#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

constexpr size_t shownAcked = 200;
constexpr qint64 publicStateLimit = 64 * 1024 * 1024;
constexpr int mostConflicts = 100'000;
// Times of files move in steps of a few milliseconds, so a file this young may change without showing it.
constexpr qint64 settledAfter = 50'000'000;

constexpr quint32 selfMask = IN_DELETE_SELF | IN_MOVE_SELF;
constexpr quint32 appearMask = selfMask | IN_CREATE | IN_MOVED_TO;
constexpr quint32 fileMask = appearMask | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE;

constexpr const char *folderNames[]{"pending", "failed", "acked"};

qint64 changedAt(const struct stat &info)
{
    return static_cast<qint64>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
}

qint64 nowNanoseconds()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

QByteArray pathOf(const QByteArray &folder, const QByteArray &stem, const char *ending)
{
    return folder + '/' + stem + ending;
}

} // namespace

OutboxReader::OutboxReader(QString mirror, std::shared_ptr<WatchTable> table, quint64 subscriber)
    : m_mirror(std::move(mirror)), m_table(std::move(table)), m_subscriber(subscriber),
      m_seed(QRandomGenerator::global()->generate64())
{
    const QByteArray outbox = QFile::encodeName(m_mirror) + "/.relay/outbox/";
    for (int folder = 0; folder < FolderCount; ++folder)
        m_folders[folder] = outbox + folderNames[folder];
    m_markerFolder = outbox + "attention";
}

std::shared_ptr<const OutboxSnapshot> OutboxReader::read(
    const OutboxChanges &changes, const std::atomic<bool> &cancelled)
{
    if (changes.everything || !m_everRead) {
        watchFolders();
        scan(cancelled);
        readState();
    } else {
        for (const QByteArray &stem : changes.names) {
            if (cancelled)
                return nullptr;
            resolve(stem);
        }
        if (m_ackedGap)
            scanAcked(cancelled);
        if (changes.publicState)
            readState();
    }
    if (cancelled || (!m_dirty && m_everRead))
        return nullptr;
    m_everRead = true;
    m_dirty = false;
    return snapshot();
}

bool OutboxReader::watch(WatchRole role, const QString &folder, quint32 mask)
{
    const WatchTable::Added added = m_table->add(m_subscriber, role, folder, mask);
    if (added.outcome == WatchTable::Outcome::NoRoom) {
        m_degraded = true;
        return QFileInfo(folder).isDir();
    }
    if (added.outcome == WatchTable::Outcome::Missing)
        return false;
    m_renewed.insert_or_assign(folder, added.watch);
    return true;
}

// From the top down, the parent always first: whatever appears after a look at it shows as an event.
void OutboxReader::watchFolders()
{
    const bool wasDegraded = std::exchange(m_degraded, false);
    const bool wasPresent = m_present;
    const QByteArray hadAwaited = std::exchange(m_awaited, QByteArray());
    m_renewed.clear();
    if (!hadAwaited.isEmpty()) {
        // Masks only ever grow; a folder that was watched for what appears in it starts over with less.
        for (const auto &[folder, watch] : m_watches)
            m_table->remove(m_subscriber, watch);
        m_watches.clear();
    }
    m_present = watch(RoleMirror, m_mirror, selfMask);
    for (int round = 0; !m_present && round < 3; ++round) {
        QString ancestor = m_mirror;
        do {
            m_awaited = QFile::encodeName(QFileInfo(ancestor).fileName());
            ancestor = QFileInfo(ancestor).path();
        } while (ancestor.size() > 1 && !QFileInfo(ancestor).isDir());
        watch(RoleAncestor, ancestor, appearMask);
        m_present = watch(RoleMirror, m_mirror, selfMask);
    }
    const QString relay = m_mirror + QStringLiteral("/.relay");
    const QString outbox = relay + QStringLiteral("/outbox");
    if (m_present) {
        m_awaited.clear();
        bool hasRelay = watch(RoleRelay, relay, fileMask);
        if (!hasRelay) {
            m_awaited = ".relay";
            watch(RoleMirror, m_mirror, appearMask);
            hasRelay = watch(RoleRelay, relay, fileMask);
        }
        if (hasRelay && watch(RoleOutbox, outbox, appearMask)) {
            for (const char *name : folderNames)
                watch(RoleRecords, outbox + QLatin1Char('/') + QLatin1String(name), fileMask);
            watch(RoleMarkers, outbox + QStringLiteral("/attention"), fileMask);
        }
    }
    for (const auto &[folder, watch] : m_watches) {
        const auto kept = std::find_if(
            m_renewed.begin(), m_renewed.end(), [&](const auto &entry) { return entry.second == watch; });
        if (kept == m_renewed.end())
            m_table->remove(m_subscriber, watch);
    }
    m_watches.swap(m_renewed);
    if (wasDegraded != m_degraded || wasPresent != m_present || hadAwaited != m_awaited)
        m_dirty = true;
}

QSet<QByteArray> OutboxReader::list(Folder folder)
{
    QSet<QByteArray> stems;
    DIR *handle = ::opendir(m_folders[folder].constData());
    if (!handle)
        return stems;
    while (const dirent *entry = ::readdir(handle)) {
        const QByteArray name = QByteArray::fromRawData(entry->d_name, static_cast<qsizetype>(qstrlen(entry->d_name)));
        if (name.endsWith(".json") && !name.startsWith('.') && entry->d_type != DT_DIR)
            stems.insert(QByteArray(name.constData(), name.size() - 5));
    }
    ::closedir(handle);
    return stems;
}

void OutboxReader::scan(const std::atomic<bool> &cancelled)
{
    QSet<QByteArray> seen;
    for (const Folder folder : {Pending, Failed}) {
        const QSet<QByteArray> stems = list(folder);
        for (const QByteArray &stem : stems) {
            if (cancelled)
                return;
            if (seen.contains(stem))
                continue;
            struct stat info{};
            if (::lstat(pathOf(m_folders[folder], stem, ".json").constData(), &info) == 0
                && examine(stem, folder, info))
                seen.insert(stem);
            else
                resolve(stem);
        }
    }
    scanAcked(cancelled);
    const QList<QByteArray> known = m_entries.keys();
    for (const QByteArray &stem : known) {
        if (!seen.contains(stem))
            resolve(stem);
    }
}

void OutboxReader::scanAcked(const std::atomic<bool> &cancelled)
{
    m_ackedGap = false;
    QHash<QByteArray, AckedEntry> before;
    for (AckedEntry &entry : m_newestAcked)
        before.insert(entry.stem, std::move(entry));
    const QSet<quint64> hadNames = std::exchange(m_ackedNames, {});
    m_newestAcked.clear();
    DIR *handle = ::opendir(m_folders[Acked].constData());
    if (!handle) {
        m_dirty = m_dirty || !hadNames.isEmpty();
        return;
    }
    const int descriptor = ::dirfd(handle);
    while (const dirent *entry = ::readdir(handle)) {
        if (cancelled)
            break;
        const QByteArray name = QByteArray::fromRawData(entry->d_name, static_cast<qsizetype>(qstrlen(entry->d_name)));
        if (!name.endsWith(".json") || name.startsWith('.') || entry->d_type == DT_DIR)
            continue;
        const QByteArray stem(name.constData(), name.size() - 5);
        m_ackedNames.insert(qHash(stem, m_seed));
        struct stat info{};
        if (::fstatat(descriptor, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0)
            noteAcked(stem, info);
    }
    ::closedir(handle);
    for (AckedEntry &entry : m_newestAcked) {
        const auto old = before.find(entry.stem);
        if (old != before.end() && old->identity.isSettled && old->identity.inode == entry.identity.inode
            && old->identity.changed == entry.identity.changed && old->identity.size == entry.identity.size)
            entry = std::move(*old);
    }
    const auto isUnread = [](const AckedEntry &entry) { return !entry.record; };
    if (hadNames != m_ackedNames || std::any_of(m_newestAcked.begin(), m_newestAcked.end(), isUnread))
        m_dirty = true;
}

void OutboxReader::noteAcked(const QByteArray &stem, const struct stat &info)
{
    AckedEntry entry;
    entry.changed = changedAt(info);
    entry.stem = stem;
    entry.identity = {info.st_ino, entry.changed, info.st_size, false};
    const auto isNewer = [](const AckedEntry &a, const AckedEntry &b) { return a.changed > b.changed; };
    const auto place = std::upper_bound(m_newestAcked.begin(), m_newestAcked.end(), entry, isNewer);
    if (place == m_newestAcked.end() && m_newestAcked.size() >= shownAcked)
        return;
    m_newestAcked.insert(place, std::move(entry));
    if (m_newestAcked.size() > shownAcked)
        m_newestAcked.pop_back();
}

void OutboxReader::dropAcked(const QByteArray &stem)
{
    if (!m_ackedNames.remove(qHash(stem, m_seed)))
        return;
    m_dirty = true;
    const auto gone
        = std::find_if(m_newestAcked.begin(), m_newestAcked.end(), [&](const AckedEntry &e) { return e.stem == stem; });
    if (gone == m_newestAcked.end())
        return;
    m_newestAcked.erase(gone);
    // Another one moves up, and which one only the folder can tell.
    m_ackedGap = m_ackedNames.size() > static_cast<qsizetype>(m_newestAcked.size());
}

// Where is this record now? A rename between two looks is caught by the next round.
void OutboxReader::resolve(const QByteArray &stem)
{
    for (int round = 0; round < 3; ++round) {
        if (look(stem))
            return;
    }
    if (m_entries.remove(stem) > 0)
        m_dirty = true;
    dropAcked(stem);
}

bool OutboxReader::look(const QByteArray &stem)
{
    bool isFound = false;
    for (const Folder folder : {Pending, Failed}) {
        struct stat info{};
        if (::lstat(pathOf(m_folders[folder], stem, ".json").constData(), &info) == 0 && !S_ISDIR(info.st_mode)
            && examine(stem, folder, info)) {
            isFound = true;
            break;
        }
    }
    struct stat info{};
    if (::lstat(pathOf(m_folders[Acked], stem, ".json").constData(), &info) == 0 && !S_ISDIR(info.st_mode)) {
        const auto known = std::find_if(
            m_newestAcked.begin(), m_newestAcked.end(), [&](const AckedEntry &e) { return e.stem == stem; });
        const bool isSame = known != m_newestAcked.end() && known->identity.isSettled
            && known->identity.inode == info.st_ino && known->identity.changed == changedAt(info)
            && known->identity.size == info.st_size;
        if (!isSame) {
            if (known != m_newestAcked.end())
                m_newestAcked.erase(known);
            m_ackedNames.insert(qHash(stem, m_seed));
            noteAcked(stem, info);
            m_dirty = true;
        }
        if (!isFound && m_entries.remove(stem) > 0)
            m_dirty = true;
        return true;
    }
    if (isFound)
        dropAcked(stem);
    return isFound;
}

// Takes over what the file says; false when it has gone meanwhile.
bool OutboxReader::examine(const QByteArray &stem, Folder folder, const struct stat &info)
{
    const auto known = m_entries.find(stem);
    if (known != m_entries.end() && known->folder == folder && known->identity.isSettled
        && known->identity.inode == info.st_ino && known->identity.changed == changedAt(info)
        && known->identity.size == info.st_size) {
        updateMarker(stem, *known);
        return true;
    }
    Entry entry;
    entry.folder = folder;
    auto record = readRecord(stem, folder, entry.identity);
    if (!record)
        return false;
    entry.isFlagged = record->state == RecordState::Attention;
    entry.record = std::move(*record);
    updateMarker(stem, *m_entries.insert(stem, std::move(entry)));
    m_dirty = true;
    return true;
}

void OutboxReader::updateMarker(const QByteArray &stem, Entry &entry)
{
    entry.hasMarker = ::access(pathOf(m_markerFolder, stem, ".marker").constData(), F_OK) == 0;
    if (entry.record.state == RecordState::Unreadable)
        return;
    RecordState state = entry.folder == Failed ? RecordState::Failed : RecordState::Pending;
    if (entry.hasMarker || (entry.folder == Pending && entry.isFlagged))
        state = RecordState::Attention;
    if (entry.record.state != state) {
        entry.record.state = state;
        m_dirty = true;
    }
}

// Nothing when the file is not there (any more). What cannot be read otherwise is an unreadable record.
std::optional<OutboxRecord> OutboxReader::readRecord(const QByteArray &stem, Folder folder, Identity &identity)
{
    const QString fileName = QFile::decodeName(stem + ".json");
    const QString folderName = QLatin1String(folderNames[folder]);
    // Never through a symlink, and never waiting for the other end of a pipe.
    const int descriptor
        = ::open(pathOf(m_folders[folder], stem, ".json").constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return std::nullopt;
        return readOutboxRecord(fileName, folderName, {}, false);
    }
    ++m_filesRead;
    QByteArray json;
    struct stat info{};
    if (::fstat(descriptor, &info) == 0) {
        identity = {info.st_ino, changedAt(info), info.st_size, nowNanoseconds() - changedAt(info) > settledAfter};
        if (S_ISREG(info.st_mode) && info.st_size <= outboxRecordLimit) {
            json.resize(static_cast<qsizetype>(info.st_size));
            qsizetype done = 0;
            while (done < json.size()) {
                const ssize_t got = ::read(descriptor, json.data() + done, static_cast<size_t>(json.size() - done));
                if (got < 0 && errno == EINTR)
                    continue;
                if (got <= 0)
                    break;
                done += got;
            }
            json.truncate(done);
        }
    }
    ::close(descriptor);
    return readOutboxRecord(fileName, folderName, json, false);
}

void OutboxReader::readState()
{
    const int conflicts = countConflicts();
    if (conflicts != m_conflicts) {
        m_conflicts = conflicts;
        m_dirty = true;
    }
    const QString path = m_mirror + QStringLiteral("/.relay/state.json");
    struct stat info{};
    if (::stat(QFile::encodeName(path).constData(), &info) != 0) {
        if (m_publicState)
            m_dirty = true;
        m_publicState.reset();
        m_stateIdentity = {};
        return;
    }
    const Identity now{info.st_ino, changedAt(info), info.st_size, nowNanoseconds() - changedAt(info) > settledAfter};
    if (m_stateIdentity.isSettled && now.inode == m_stateIdentity.inode && now.changed == m_stateIdentity.changed
        && now.size == m_stateIdentity.size)
        return;
    const auto json = readFile(path, publicStateLimit);
    const auto state = json ? readPublicState(*json) : Result<PublicState>(Failure(json.error()));
    if (!state)
        return; // half a file says nothing; the last one that did stays
    m_stateIdentity = now;
    m_publicState = m_publicState ? laterState(*m_publicState, *state) : *state;
    m_dirty = true;
}

int OutboxReader::countConflicts() const
{
    namespace fs = std::filesystem;
    std::error_code problem;
    int count = 0;
    fs::recursive_directory_iterator walk(
        QFile::encodeName(m_mirror + QStringLiteral("/.relay/conflicts")).toStdString(),
        fs::directory_options::skip_permission_denied, problem);
    for (; !problem && walk != fs::recursive_directory_iterator() && count < mostConflicts; walk.increment(problem)) {
        std::error_code unknown;
        if (walk.depth() == 0 && walk->path().filename() == "resolved")
            walk.disable_recursion_pending();
        else if (!walk->is_directory(unknown))
            ++count;
    }
    return count;
}

} // namespace Postroom
