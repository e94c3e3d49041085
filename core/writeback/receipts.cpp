#include "core/writeback/receipts.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/writeback/remote.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

using Key = QLatin1String;

constexpr int longestError = 2000;
constexpr qint64 largestReceipt = 1024LL * 1024 * 1024;
constexpr unsigned privateFile = 0600;

bool isRealFolder(const QString &path)
{
    struct stat status{};
    return ::lstat(QFile::encodeName(path).constData(), &status) == 0 && S_ISDIR(status.st_mode);
}

Failure failFolder(const QString &path)
{
    return failInput(QStringLiteral("unwritable"),
        QCoreApplication::translate(
            "Postroom", "The outbox folder %1 cannot be used, so this push leaves no receipt there.")
            .arg(path));
}

} // namespace

ReceiptBook::ReceiptBook(const QString &mirror, QString relayId) : m_relayId(std::move(relayId))
{
    if (!mirror.isEmpty() && isRealFolder(mirror + QStringLiteral("/.relay")))
        m_outbox = mirror + QStringLiteral("/.relay/outbox");
}

Result<void> ReceiptBook::ensureFolder(const QString &name) const
{
    // Made one by one and never through a link: somebody else's folder is no outbox.
    for (const QString &path : {m_outbox, m_outbox + QLatin1Char('/') + name}) {
        if (::mkdir(QFile::encodeName(path).constData(), 0755) != 0 && errno != EEXIST)
            return failFolder(path);
        if (!isRealFolder(path))
            return failFolder(path);
    }
    return {};
}

QString ReceiptBook::file(const QString &folder, const Work &work) const
{
    return m_outbox + QLatin1Char('/') + folder + QLatin1Char('/') + work.item.commandId + QStringLiteral(".json");
}

QJsonObject ReceiptBook::common(const Work &work) const
{
    QJsonObject object;
    put(object, Key("commandId"), work.item.commandId);
    put(object, Key("workspaceId"), m_relayId);
    put(object, Key("remotePath"), work.item.remotePath);
    object.insert(Key("action"), QStringLiteral("push"));
    // Tells whoever reads the outbox that this one is followed to its end, although no daemon may touch it.
    object.insert(Key("sender"), QStringLiteral("postroom"));
    put(object, Key("contentType"), work.contentType);
    object.insert(Key("content"), QString());
    put(object, Key("hash"), work.hash);
    object.insert(Key("exists"), true);
    put(object, Key("firstSeenAt"), work.firstSeenAt);
    put(object, Key("correlationId"), work.correlationId);
    put(object, Key("expectedRevision"), work.ifMatch);
    QJsonObject identity;
    put(identity, Key("kind"), work.identity.kind);
    put(identity, Key("key"), work.identity.key);
    identity.insert(Key("ttlSeconds"), work.identity.ttlSeconds);
    object.insert(Key("contentIdentity"), identity);
    return object;
}

void ReceiptBook::sweep(const QStringList &commandIds) const
{
    if (!isActive() || commandIds.isEmpty())
        return;
    for (const char *name : {"/pending", "/acked", "/failed", "/attention"}) {
        const QDir folder(m_outbox + QLatin1String(name));
        const QStringList halves = folder.entryList({QStringLiteral(".mountcmd_*.tmp")}, QDir::Files | QDir::Hidden);
        for (const QString &half : halves) {
            if (commandIds.contains(half.section(QLatin1Char('.'), 1, 1)))
                QFile::remove(folder.filePath(half));
        }
    }
}

Result<void> ReceiptBook::writePending(const Work &work, const QByteArray &content) const
{
    if (!isActive())
        return {};
    if (const Result<void> folder = ensureFolder(QStringLiteral("pending")); !folder)
        return folder;
    QJsonObject object = common(work);
    if (content.isValidUtf8()) {
        object.insert(Key("content"), QString::fromUtf8(content));
    } else {
        object.insert(Key("content"), QString::fromLatin1(content.toBase64()));
        object.insert(Key("encoding"), QStringLiteral("base64"));
    }
    object.insert(Key("status"), QStringLiteral("pending"));
    object.insert(Key("attemptCount"), 0);
    object.insert(Key("needsAttention"), true);
    return writeFileAtomically(file(QStringLiteral("pending"), work), toIndented(object), privateFile);
}

Result<void> ReceiptBook::noteOperation(const Work &work, const Outcome &outcome, const QDateTime &at) const
{
    if (!isActive())
        return {};
    const QString path = file(QStringLiteral("pending"), work);
    const Result<QByteArray> text = readFile(path, largestReceipt);
    // One without a body is never made anew: somebody could take it for an empty file.
    if (!text)
        return {};
    Result<QJsonObject> read = parseJsonObject(*text);
    if (!read)
        return Failure(read.error());
    QJsonObject object = *read;
    object.insert(Key("status"), QStringLiteral("pending"));
    object.insert(Key("attemptCount"), 1);
    object.insert(Key("needsAttention"), true);
    put(object, Key("lastAttemptAt"), at);
    put(object, Key("opId"), outcome.operationId);
    put(object, Key("revision"), outcome.revision);
    put(object, Key("dispatchStatus"),
        outcome.dispatchStatus.isEmpty() ? QStringLiteral("dispatched") : outcome.dispatchStatus);
    return writeFileAtomically(path, toIndented(object), privateFile);
}

Result<void> ReceiptBook::writeFinal(const Work &work, const Outcome &outcome, const QDateTime &at) const
{
    if (!isActive())
        return {};
    const QString pending = file(QStringLiteral("pending"), work);
    if (outcome.state == ItemState::Cancelled) {
        // Nothing was sent, so there is nothing to remember.
        QFile::remove(pending);
        return {};
    }
    const bool acked = outcome.state == ItemState::Acked;
    const QString folderName = acked ? QStringLiteral("acked") : QStringLiteral("failed");
    if (const Result<void> folder = ensureFolder(folderName); !folder)
        return folder;
    QJsonObject object = common(work);
    object.insert(Key("status"), folderName);
    object.insert(Key("attemptCount"), 1);
    put(object, Key("lastAttemptAt"), at);
    put(object, Key("opId"), outcome.operationId);
    put(object, Key("revision"), outcome.revision);
    if (acked) {
        put(object, Key("ackedAt"), at);
        put(object, Key("dispatchStatus"), outcome.dispatchStatus);
    } else {
        put(object, Key("dispatchStatus"),
            outcome.dispatchStatus.isEmpty() ? QStringLiteral("failed") : outcome.dispatchStatus);
        put(object, Key("lastError"), oneLine(outcome.error, longestError));
    }
    const bool attention = outcome.state == ItemState::Attention;
    if (attention)
        object.insert(Key("needsAttention"), true);
    if (const Result<void> written = writeFileAtomically(file(folderName, work), toIndented(object), privateFile);
        !written)
        return written;
    if (attention) {
        if (const Result<void> folder = ensureFolder(QStringLiteral("attention")); !folder)
            return folder;
        const QString marker
            = m_outbox + QStringLiteral("/attention/") + work.item.commandId + QStringLiteral(".marker");
        if (const Result<void> written = writeFileAtomically(marker, "attention\n", privateFile); !written)
            return written;
    }
    QFile::remove(pending);
    return {};
}

} // namespace Postroom
