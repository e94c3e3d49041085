#include "core/workspaces/mirror.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"

#include <QCoreApplication>
#include <cmath>
#include <simdjson.h>
#include <string_view>

namespace Postroom
{
namespace
{

using Object = simdjson::dom::object;
using namespace std::string_view_literals;

constexpr qint64 privateStateLimit = 128 * 1024 * 1024;
constexpr qsizetype longestPath = 4096;
constexpr auto emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"sv;

std::optional<std::string_view> viewAt(const Object &object, std::string_view key)
{
    std::string_view text;
    if (object.at_key(key).get_string().get(text) != simdjson::SUCCESS)
        return std::nullopt;
    return text;
}

QString stringAt(const Object &object, std::string_view key)
{
    const auto text = viewAt(object, key);
    return text ? QString::fromUtf8(text->data(), static_cast<qsizetype>(text->size())) : QString();
}

std::optional<qint64> numberAt(const Object &object, std::string_view key)
{
    simdjson::dom::element value;
    if (object.at_key(key).get(value) != simdjson::SUCCESS)
        return std::nullopt;
    if (int64_t whole = 0; value.get_int64().get(whole) == simdjson::SUCCESS)
        return whole;
    if (double real = 0; value.get_double().get(real) == simdjson::SUCCESS && std::abs(real) < 9e15)
        return static_cast<qint64>(std::floor(real));
    if (std::string_view text; value.get_string().get(text) == simdjson::SUCCESS && text.size() < 20) {
        bool isNumber = false;
        const qint64 whole = QByteArray(text.data(), static_cast<qsizetype>(text.size())).toLongLong(&isNumber);
        if (isNumber)
            return whole;
    }
    return std::nullopt;
}

int countAt(const Object &object, std::string_view key)
{
    const qint64 count = numberAt(object, key).value_or(0);
    return count > 0 && count < 1'000'000'000 ? static_cast<int>(count) : 0;
}

bool flagAt(const Object &object, std::string_view key)
{
    bool flag = false;
    return object.at_key(key).get_bool().get(flag) == simdjson::SUCCESS && flag;
}

std::optional<QDateTime> timeAt(const Object &object, std::string_view key)
{
    const auto text = viewAt(object, key);
    return text && text->size() < 48 ? parseTime(stringAt(object, key)) : std::nullopt;
}

std::optional<Object> objectAt(const Object &object, std::string_view key)
{
    Object inner;
    if (object.at_key(key).get_object().get(inner) != simdjson::SUCCESS)
        return std::nullopt;
    return inner;
}

// Parses with `parser`, which keeps what the object points to.
std::optional<Object> parse(simdjson::dom::parser &parser, const QByteArray &json)
{
    simdjson::dom::element root;
    if (parser.parse(json.constData(), static_cast<size_t>(json.size())).get(root) != simdjson::SUCCESS)
        return std::nullopt;
    Object object;
    if (root.get_object().get(object) != simdjson::SUCCESS)
        return std::nullopt;
    return object;
}

ErrorClass classOf(const QString &kind, int status)
{
    if (status == 429)
        return ErrorClass::Rate;
    if (status >= 500)
        return ErrorClass::Server;
    return kind == QLatin1String("offline") ? ErrorClass::Net : ErrorClass::Infra;
}

std::optional<LastError> lastErrorAt(const Object &object)
{
    LastError last;
    last.error.origin = Origin::Resource;
    if (const auto inner = objectAt(object, "lastError"sv)) {
        const QString kind = stringAt(*inner, "kind"sv);
        last.error.status = countAt(*inner, "statusCode"sv);
        last.error.kind = classOf(kind, last.error.status);
        last.error.code = oneLine(stringAt(*inner, "code"sv), 80);
        if (last.error.code.isEmpty())
            last.error.code = oneLine(kind, 80);
        last.error.message = oneLine(redacted(stringAt(*inner, "message"sv).left(4000)), 500);
        last.at = timeAt(*inner, "at"sv).value_or(QDateTime());
    } else {
        last.error.kind = ErrorClass::Infra;
        last.error.message = oneLine(redacted(stringAt(object, "lastError"sv).left(4000)), 500);
    }
    if (last.error.message.isEmpty() && last.error.code.isEmpty())
        return std::nullopt;
    return last;
}

// How many bytes the content has once decoded; nothing is decoded for that.
qint64 contentSize(const Object &object)
{
    const auto content = viewAt(object, "content"sv);
    if (!content)
        return -1;
    // A settled receipt drops its content, which is not the same as a file without any.
    if (content->empty())
        return viewAt(object, "hash"sv) == emptyHash ? 0 : -1;
    if (viewAt(object, "encoding"sv) != "base64"sv)
        return static_cast<qint64>(content->size());
    const size_t digits = content->find_last_not_of('=') + 1;
    return static_cast<qint64>(digits) * 3 / 4;
}

// A receipt of ours is flagged so that no daemon sends it a second time; we follow it to its end ourselves.
bool isFlagged(const Object &object)
{
    return flagAt(object, "needsAttention"sv) && viewAt(object, "sender"sv) != "postroom"sv;
}

RecordState stateOf(const QString &folder, bool flagged, bool attention)
{
    if (folder == QLatin1String("acked"))
        return RecordState::Acked;
    if (folder == QLatin1String("failed"))
        return attention ? RecordState::Attention : RecordState::Failed;
    return flagged || attention ? RecordState::Attention : RecordState::Pending;
}

} // namespace

Result<PublicState> readPublicState(const QByteArray &json)
{
    simdjson::dom::parser parser;
    const auto object = parse(parser, json);
    if (!object)
        return failInput(QStringLiteral("not-json"),
            QCoreApplication::translate("Postroom", "The state of this mirror cannot be read."));
    PublicState state;
    state.workspaceId = stringAt(*object, "workspaceId"sv).left(200);
    if (const QString root = stringAt(*object, "remoteRoot"sv); !root.isEmpty() && root.size() <= longestPath)
        state.remoteRoot = root;
    state.localRoot = stringAt(*object, "localRoot"sv).left(longestPath);
    state.lastSuccessfulReconcileAt = timeAt(*object, "lastSuccessfulReconcileAt"sv);
    // The engine writes 0 where it was not told the interval.
    if (const auto interval = numberAt(*object, "intervalMs"sv); interval && *interval > 0)
        state.intervalMs = interval;
    if (const auto conflicts = numberAt(*object, "pendingConflicts"sv); conflicts && *conflicts >= 0)
        state.pendingConflicts = conflicts;
    if (const auto listener = objectAt(*object, "eventListener"sv)) {
        state.listenerStatus = oneLine(stringAt(*listener, "status"sv), 40);
        state.heartbeatAt = timeAt(*listener, "heartbeatAt"sv);
    }
    state.lastError = lastErrorAt(*object);
    state.stallReason = oneLine(stringAt(*object, "stallReason"sv), 200);
    return state;
}

PublicState laterState(const PublicState &before, PublicState now)
{
    if (now.workspaceId != before.workspaceId)
        return now;
    if (now.localRoot.isEmpty())
        now.localRoot = before.localRoot;
    if (!now.intervalMs)
        now.intervalMs = before.intervalMs;
    if (!now.pendingConflicts)
        now.pendingConflicts = before.pendingConflicts;
    if (now.stallReason.isEmpty() && now.lastSuccessfulReconcileAt == before.lastSuccessfulReconcileAt)
        now.stallReason = before.stallReason;
    return now;
}

OutboxRecord readOutboxRecord(const QString &fileName, const QString &folder, const QByteArray &json, bool attention)
{
    OutboxRecord record;
    record.id = fileName;
    record.state = RecordState::Unreadable;
    if (json.size() > outboxRecordLimit)
        return record;
    simdjson::dom::parser parser;
    const auto object = parse(parser, json);
    if (!object)
        return record;
    const QString path = stringAt(*object, "remotePath"sv);
    if (path.isEmpty() || path.size() > longestPath)
        return record;
    // The file's name is the record's identity: two files may claim the same command.
    record.id = fileName.endsWith(QLatin1String(".json")) ? fileName.chopped(5) : fileName;
    record.path = path;
    record.state = stateOf(folder, isFlagged(*object), attention);
    record.action = oneLine(stringAt(*object, "action"sv), 40);
    record.size = contentSize(*object);
    record.hash = oneLine(stringAt(*object, "hash"sv), 200);
    record.attempts = countAt(*object, "attemptCount"sv);
    record.firstSeenAt = timeAt(*object, "firstSeenAt"sv).value_or(QDateTime());
    record.lastAttemptAt = timeAt(*object, "lastAttemptAt"sv).value_or(QDateTime());
    record.nextAttemptAt = timeAt(*object, "nextAttemptAt"sv).value_or(QDateTime());
    record.ackedAt = timeAt(*object, "ackedAt"sv).value_or(QDateTime());
    record.operationId = oneLine(stringAt(*object, "opId"sv), 200);
    record.revision = oneLine(stringAt(*object, "revision"sv), 200);
    record.dispatchStatus = oneLine(stringAt(*object, "dispatchStatus"sv), 100);
    record.error = oneLine(redacted(stringAt(*object, "lastError"sv).left(4000)), 500);
    return record;
}

Result<PrivateState> PrivateState::read(const QString &path)
{
    const auto json = readFile(path, privateStateLimit);
    if (!json)
        return Failure(json.error());
    simdjson::dom::parser parser;
    const auto object = parse(parser, *json);
    if (!object)
        return failInput(QStringLiteral("not-json"),
            QCoreApplication::translate("Postroom", "What the mount remembers about this mirror cannot be read."));
    PrivateState state;
    const auto files = objectAt(*object, "files"sv);
    if (!files)
        return state;
    state.m_files.reserve(static_cast<qsizetype>(files->size()));
    for (const auto &field : *files) {
        Object entry;
        if (field.value.get_object().get(entry) != simdjson::SUCCESS)
            continue;
        TrackedFile tracked;
        tracked.revision = stringAt(entry, "revision"sv);
        tracked.hash = stringAt(entry, "hash"sv);
        tracked.dirty = flagAt(entry, "dirty"sv);
        state.m_files.insert(QString::fromUtf8(field.key.data(), static_cast<qsizetype>(field.key.size())), tracked);
    }
    return state;
}

std::optional<TrackedFile> PrivateState::file(const QString &remotePath) const
{
    const auto found = m_files.constFind(remotePath);
    return found == m_files.constEnd() ? std::nullopt : std::optional(*found);
}

} // namespace Postroom
