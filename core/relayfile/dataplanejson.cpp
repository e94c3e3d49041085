#include "core/relayfile/dataplanejson.h"

#include "core/base/json.h"
#include "core/base/text.h"

#include <QCryptographicHash>

namespace Postroom
{
namespace
{

OperationState stateFor(const QString &status)
{
    if (status == QLatin1String("pending") || status == QLatin1String("queued"))
        return OperationState::Pending;
    if (status == QLatin1String("running"))
        return OperationState::Running;
    if (status == QLatin1String("succeeded"))
        return OperationState::Succeeded;
    if (status == QLatin1String("failed"))
        return OperationState::Failed;
    if (status == QLatin1String("dead_lettered"))
        return OperationState::DeadLettered;
    if (status == QLatin1String("canceled") || status == QLatin1String("cancelled"))
        return OperationState::Canceled;
    return OperationState::Other;
}

int attemptsIn(const QJsonObject &object)
{
    return static_cast<int>(
        std::clamp<qint64>(integerAt(object, QLatin1String("attemptCount")).value_or(0), 0, 1'000'000));
}

RemoteFile readEntry(const QJsonObject &object)
{
    RemoteFile file;
    file.path = object.value(QLatin1String("path")).toString();
    file.isFolder = object.value(QLatin1String("type")).toString() == QLatin1String("dir");
    file.revision = object.value(QLatin1String("revision")).toString();
    file.contentHash = object.value(QLatin1String("contentHash")).toString().toLower();
    file.size = integerAt(object, QLatin1String("size")).value_or(-1);
    return file;
}

} // namespace

bool Operation::isFinal() const
{
    return state == OperationState::Succeeded || hasFailed();
}

bool Operation::hasFailed() const
{
    return state == OperationState::Failed || state == OperationState::DeadLettered
        || state == OperationState::Canceled;
}

Operation readOperation(const QJsonObject &object)
{
    Operation operation;
    operation.id = firstString(object, {QLatin1String("opId"), QLatin1String("id")});
    operation.path = object.value(QLatin1String("path")).toString();
    operation.revision = object.value(QLatin1String("revision")).toString();
    operation.provider = object.value(QLatin1String("provider")).toString();
    operation.status = oneLine(object.value(QLatin1String("status")).toString(), 40);
    operation.state = stateFor(operation.status.toLower());
    operation.attempts = attemptsIn(object);
    operation.lastError = oneLine(object.value(QLatin1String("lastError")).toString());
    operation.nextAttemptAt = timeAt(object, QLatin1String("nextAttemptAt"));
    return operation;
}

qint64 encodedSize(const BulkFile &file)
{
    return encodeBulk({file}).size();
}

QByteArray encodeBulk(const QList<BulkFile> &files)
{
    QJsonArray array;
    for (const BulkFile &file : files) {
        QJsonObject object;
        object.insert(QLatin1String("path"), file.path);
        put(object, QLatin1String("contentType"), file.contentType);
        // Text goes as it is; what would not come back byte for byte (a byte order mark, broken UTF-8) goes as base64.
        const QString text = QString::fromUtf8(file.content);
        if (!file.content.contains('\0') && text.toUtf8() == file.content) {
            object.insert(QLatin1String("content"), text);
        } else {
            object.insert(QLatin1String("content"), QString::fromLatin1(file.content.toBase64()));
            object.insert(QLatin1String("encoding"), QLatin1String("base64"));
        }
        put(object, QLatin1String("ifMatch"), file.ifMatch);
        if (file.identity) {
            QJsonObject identity;
            identity.insert(QLatin1String("kind"), file.identity->kind);
            identity.insert(QLatin1String("key"), file.identity->key);
            if (file.identity->ttlSeconds > 0)
                identity.insert(QLatin1String("ttlSeconds"), file.identity->ttlSeconds);
            object.insert(QLatin1String("contentIdentity"), identity);
        }
        array.append(object);
    }
    QJsonObject request;
    request.insert(QLatin1String("files"), array);
    return toCompact(request);
}

Result<BulkAnswer> readBulkAnswer(const QByteArray &json)
{
    const auto object = parseJsonObject(json);
    if (!object)
        return Failure(object.error());
    BulkAnswer answer;
    const QJsonArray results = object->value(QLatin1String("results")).toArray();
    for (const QJsonValue &entry : results) {
        const QJsonObject one = entry.toObject();
        BulkResult result;
        result.path = one.value(QLatin1String("path")).toString();
        result.revision = one.value(QLatin1String("revision")).toString();
        result.operationId = one.value(QLatin1String("opId")).toString();
        result.writebackState = objectAt(one, QLatin1String("writeback")).value(QLatin1String("state")).toString();
        if (!result.path.isEmpty())
            answer.results.append(result);
    }
    const QJsonArray errors = object->value(QLatin1String("errors")).toArray();
    for (const QJsonValue &entry : errors) {
        const QJsonObject one = entry.toObject();
        BulkProblem problem;
        problem.path = one.value(QLatin1String("path")).toString();
        problem.code = oneLine(firstString(one, {QLatin1String("code"), QLatin1String("error")}), 64);
        problem.message = oneLine(one.value(QLatin1String("message")).toString());
        problem.expectedRevision = one.value(QLatin1String("expectedRevision")).toString();
        problem.currentRevision = one.value(QLatin1String("currentRevision")).toString();
        if (!problem.path.isEmpty() || !problem.code.isEmpty())
            answer.problems.append(problem);
    }
    return answer;
}

Result<QList<Operation>> readOperations(const QByteArray &json, QString *nextCursor)
{
    const auto object = parseJsonObject(json);
    if (!object)
        return Failure(object.error());
    QList<Operation> operations;
    const QJsonArray items = object->value(QLatin1String("items")).toArray();
    for (const QJsonValue &item : items) {
        const Operation operation = readOperation(item.toObject());
        if (!operation.id.isEmpty())
            operations.append(operation);
    }
    *nextCursor = object->value(QLatin1String("nextCursor")).toString();
    return operations;
}

Result<QList<RemoteFile>> readTree(const QByteArray &json, QString *nextCursor)
{
    const auto object = parseJsonObject(json);
    if (!object)
        return Failure(object.error());
    QList<RemoteFile> files;
    const QJsonArray entries = object->value(QLatin1String("entries")).toArray();
    for (const QJsonValue &entry : entries) {
        const RemoteFile file = readEntry(entry.toObject());
        if (!file.path.isEmpty())
            files.append(file);
    }
    *nextCursor = object->value(QLatin1String("nextCursor")).toString();
    return files;
}

Result<RemoteFile> readFileAnswer(const QByteArray &json)
{
    const auto object = parseJsonObject(json);
    if (!object)
        return Failure(object.error());
    RemoteFile file = readEntry(*object);
    const auto content = stringAt(*object, QLatin1String("content"));
    if (!content)
        return file;
    const bool isBase64 = object->value(QLatin1String("encoding")).toString() == QLatin1String("base64");
    const QByteArray bytes = isBase64 ? QByteArray::fromBase64(content->toLatin1()) : content->toUtf8();
    file.size = bytes.size();
    if (file.contentHash.isEmpty())
        file.contentHash = QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
    return file;
}

} // namespace Postroom
