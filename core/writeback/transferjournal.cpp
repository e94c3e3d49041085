#include "core/writeback/transferjournal.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QScopeGuard>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace Postroom
{
namespace
{

using Key = QLatin1String;

constexpr int version = 1;
constexpr qint64 largestJournal = 256 * 1024 * 1024;
constexpr int mostItems = 100'000;

QByteArray line(const QJsonObject &object)
{
    return toCompact(object) + '\n';
}

QJsonObject step(const char *name, int index)
{
    QJsonObject object;
    object.insert(Key("step"), QLatin1String(name));
    object.insert(Key("i"), index);
    return object;
}

QJsonObject plannedLine(const Work &work)
{
    QJsonObject object = step("item", work.item.index);
    put(object, Key("local"), work.item.local);
    put(object, Key("path"), work.item.remotePath);
    object.insert(Key("bytes"), work.item.bytes);
    put(object, Key("root"), work.root);
    if (work.inMirror)
        object.insert(Key("mirror"), true);
    if (work.item.state == ItemState::Refused) {
        put(object, Key("code"), work.item.code);
        put(object, Key("error"), work.item.error);
    }
    return object;
}

Work readPlanned(const QJsonObject &object, int index)
{
    Work work;
    work.item.index = index;
    work.item.local = stringAt(object, Key("local")).value_or(QString());
    work.item.remotePath = stringAt(object, Key("path")).value_or(QString());
    work.item.bytes = integerAt(object, Key("bytes")).value_or(0);
    work.root = stringAt(object, Key("root")).value_or(QString());
    work.inMirror = boolAt(object, Key("mirror")).value_or(false);
    work.item.code = stringAt(object, Key("code")).value_or(QString());
    work.item.error = stringAt(object, Key("error")).value_or(QString());
    if (!work.item.code.isEmpty()) {
        work.item.state = ItemState::Refused;
        work.stage = Stage::Final;
    }
    return work;
}

void readPrepared(Work &work, const QJsonObject &object)
{
    // It becomes the name of a file.
    static const QRegularExpression commandName(QStringLiteral("^mountcmd_[0-9a-f]{32}$"));
    const QString commandId = stringAt(object, Key("commandId")).value_or(QString());
    if (!commandName.match(commandId).hasMatch())
        return;
    work.stage = Stage::Prepared;
    work.item.commandId = commandId;
    work.hash = stringAt(object, Key("hash")).value_or(QString());
    work.contentType = stringAt(object, Key("type")).value_or(QString());
    work.ifMatch = stringAt(object, Key("ifMatch")).value_or(QString());
    work.firstSeenAt = stringAt(object, Key("firstSeenAt")).value_or(QString());
    work.correlationId = stringAt(object, Key("correlationId")).value_or(QString());
    const QJsonObject identity = objectAt(object, Key("identity"));
    work.identity.kind = stringAt(identity, Key("kind")).value_or(QString());
    work.identity.key = stringAt(identity, Key("key")).value_or(QString());
    work.identity.ttlSeconds = integerAt(identity, Key("ttlSeconds")).value_or(0);
    work.item.operationId.clear();
}

void readEnded(Work &work, const QJsonObject &object)
{
    const auto state = itemStateFromString(stringAt(object, Key("state")).value_or(QString()));
    if (!state)
        return;
    work.item.state = *state;
    work.open = *state == ItemState::Waiting;
    if (work.item.isFinal())
        work.stage = Stage::Final;
    work.item.code = stringAt(object, Key("code")).value_or(QString());
    work.item.error = stringAt(object, Key("error")).value_or(QString());
    if (const auto operationId = stringAt(object, Key("opId")))
        work.item.operationId = *operationId;
    if (const auto revision = stringAt(object, Key("revision")))
        work.item.revision = *revision;
}

void readStep(StoredTransfer &transfer, const QJsonObject &object)
{
    const QString name = stringAt(object, Key("step")).value_or(QString());
    if (name == QLatin1String("finished")) {
        transfer.finishedAt = timeAt(object, Key("at"));
        return;
    }
    if (name == QLatin1String("dismissed")) {
        transfer.hidden = true;
        return;
    }
    const qint64 index = integerAt(object, Key("i")).value_or(-1);
    if (name == QLatin1String("item")) {
        // Items come in order; a gap would give later steps the wrong file.
        if (index == static_cast<qint64>(transfer.works.size()) && index < mostItems)
            transfer.works.push_back(readPlanned(object, static_cast<int>(index)));
        return;
    }
    if (index < 0 || index >= static_cast<qint64>(transfer.works.size()))
        return;
    Work &work = transfer.works[static_cast<size_t>(index)];
    if (name == QLatin1String("prepared")) {
        readPrepared(work, object);
    } else if (name == QLatin1String("watched")) {
        work.stage = Stage::Watched;
        work.hash = stringAt(object, Key("hash")).value_or(QString());
        work.item.commandId = stringAt(object, Key("commandId")).value_or(QString());
    } else if (name == QLatin1String("operation")) {
        work.stage = Stage::Operation;
        work.item.operationId = stringAt(object, Key("opId")).value_or(QString());
        work.item.revision = stringAt(object, Key("revision")).value_or(QString());
    } else if (name == QLatin1String("ended")) {
        readEnded(work, object);
    }
}

Failure failWrite(const QString &path, int number)
{
    Error error;
    error.kind = ErrorClass::Input;
    error.code = QStringLiteral("unwritable");
    error.message = QCoreApplication::translate("Postroom", "The list of running pushes cannot be written.");
    error.detail = path + QStringLiteral(": ") + QString::fromLocal8Bit(std::strerror(number));
    return Failure(error);
}

} // namespace

Work workOf(const PlannedItem &planned)
{
    Work work;
    work.item = planned.item;
    work.root = planned.root;
    work.inMirror = planned.inMirror;
    if (planned.item.state == ItemState::Refused)
        work.stage = Stage::Final;
    return work;
}

TransferJournal::TransferJournal(QString path) : m_path(std::move(path)) { }

QString TransferJournal::pathFor(const QString &stateFolder, const TransferId &id)
{
    return stateFolder + QStringLiteral("/transfers/") + id.text() + QStringLiteral(".json");
}

Result<void> TransferJournal::create(const StoredTransfer &transfer) const
{
    QJsonObject head;
    head.insert(Key("step"), QStringLiteral("transfer"));
    head.insert(Key("version"), version);
    put(head, Key("id"), transfer.request.id.text());
    put(head, Key("workspace"), transfer.request.workspace.text());
    put(head, Key("remoteFolder"), transfer.request.remoteFolder);
    head.insert(Key("timeoutSeconds"), static_cast<qint64>(transfer.request.timeout.count()));
    put(head, Key("startedAt"), transfer.startedAt);
    head.insert(Key("paths"), QJsonArray::fromStringList(transfer.request.paths));
    QByteArray content = line(head);
    for (const Work &work : transfer.works)
        content += line(plannedLine(work));
    return writeFileAtomically(m_path, content);
}

Result<void> TransferJournal::append(const QByteArray &lines, bool sync) const
{
    // Without O_CREAT: a transfer whose file somebody removed is not brought back in pieces.
    const int descriptor = ::open(QFile::encodeName(m_path).constData(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
        return failWrite(m_path, errno);
    const auto closing = qScopeGuard([descriptor] { ::close(descriptor); });
    qsizetype done = 0;
    while (done < lines.size()) {
        const ssize_t written = ::write(descriptor, lines.constData() + done, static_cast<size_t>(lines.size() - done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return failWrite(m_path, errno);
        done += written;
    }
    if (sync && ::fdatasync(descriptor) != 0)
        return failWrite(m_path, errno);
    return {};
}

Result<StoredTransfer> TransferJournal::load() const
{
    Result<QByteArray> content = readFile(m_path, largestJournal);
    if (!content)
        return Failure(content.error());
    const qsizetype end = content->lastIndexOf('\n') + 1;
    if (end < content->size()) {
        // Cut in the middle of a line: the step was not taken yet, and the next one must begin on a line of its own.
        if (::truncate(QFile::encodeName(m_path).constData(), end) != 0)
            return failWrite(m_path, errno);
        content->truncate(end);
    }
    StoredTransfer transfer;
    bool hasHead = false;
    for (qsizetype from = 0; from < content->size();) {
        const qsizetype until = content->indexOf('\n', from);
        const QByteArray text = QByteArray::fromRawData(content->constData() + from, until - from);
        from = until + 1;
        const QJsonDocument document = QJsonDocument::fromJson(text);
        if (!document.isObject())
            continue;
        const QJsonObject object = document.object();
        if (hasHead) {
            readStep(transfer, object);
            continue;
        }
        if (stringAt(object, Key("step")) != QStringLiteral("transfer") || integerAt(object, Key("version")) != version)
            break;
        hasHead = true;
        transfer.request.id = TransferId(stringAt(object, Key("id")).value_or(QString()));
        transfer.request.workspace = WorkspaceId(stringAt(object, Key("workspace")).value_or(QString()));
        transfer.request.remoteFolder = stringAt(object, Key("remoteFolder")).value_or(QString());
        transfer.request.timeout = std::chrono::seconds(
            std::clamp<qint64>(integerAt(object, Key("timeoutSeconds")).value_or(90), 1, 86'400));
        transfer.request.paths = stringsAt(object, Key("paths"));
        transfer.startedAt = timeAt(object, Key("startedAt")).value_or(QDateTime());
    }
    if (!hasHead || transfer.request.id.isEmpty())
        return failInput(QStringLiteral("not-a-journal"),
            QCoreApplication::translate("Postroom", "%1 is not a list of a push.").arg(m_path));
    return transfer;
}

void TransferJournal::remove() const
{
    QFile::remove(m_path);
}

QByteArray TransferJournal::prepared(const Work &work)
{
    QJsonObject object = step("prepared", work.item.index);
    put(object, Key("commandId"), work.item.commandId);
    put(object, Key("hash"), work.hash);
    put(object, Key("type"), work.contentType);
    put(object, Key("ifMatch"), work.ifMatch);
    put(object, Key("firstSeenAt"), work.firstSeenAt);
    put(object, Key("correlationId"), work.correlationId);
    QJsonObject identity;
    put(identity, Key("kind"), work.identity.kind);
    put(identity, Key("key"), work.identity.key);
    identity.insert(Key("ttlSeconds"), work.identity.ttlSeconds);
    object.insert(Key("identity"), identity);
    return line(object);
}

QByteArray TransferJournal::watched(const Work &work)
{
    QJsonObject object = step("watched", work.item.index);
    put(object, Key("hash"), work.hash);
    put(object, Key("commandId"), work.item.commandId);
    return line(object);
}

QByteArray TransferJournal::sent(const std::vector<int> &indices)
{
    QJsonArray list;
    for (const int index : indices)
        list.append(index);
    QJsonObject object;
    object.insert(Key("step"), QStringLiteral("sent"));
    object.insert(Key("items"), list);
    return line(object);
}

QByteArray TransferJournal::operation(const Work &work)
{
    QJsonObject object = step("operation", work.item.index);
    put(object, Key("opId"), work.item.operationId);
    put(object, Key("revision"), work.item.revision);
    return line(object);
}

QByteArray TransferJournal::ended(int index, const Outcome &outcome)
{
    QJsonObject object = step("ended", index);
    put(object, Key("state"), toString(outcome.state));
    put(object, Key("code"), outcome.code);
    put(object, Key("error"), outcome.error);
    put(object, Key("opId"), outcome.operationId);
    put(object, Key("revision"), outcome.revision);
    return line(object);
}

QByteArray TransferJournal::finished(const QDateTime &at)
{
    QJsonObject object;
    object.insert(Key("step"), QStringLiteral("finished"));
    put(object, Key("at"), at);
    return line(object);
}

QByteArray TransferJournal::dismissed()
{
    QJsonObject object;
    object.insert(Key("step"), QStringLiteral("dismissed"));
    return line(object);
}

} // namespace Postroom
