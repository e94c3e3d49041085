#include "tests/core/writeback/faketarget.h"

#include <QCoroTimer>
#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

QCoro::Task<void> nextTurn(std::chrono::milliseconds span = 0ms)
{
    QTimer timer;
    timer.setSingleShot(true);
    timer.start(span);
    co_await qCoro(timer).waitForTimeout();
}

QString statusText(OperationState state)
{
    switch (state) {
    case OperationState::Succeeded:
        return QStringLiteral("succeeded");
    case OperationState::Failed:
        return QStringLiteral("failed");
    case OperationState::DeadLettered:
        return QStringLiteral("dead_lettered");
    case OperationState::Canceled:
        return QStringLiteral("canceled");
    case OperationState::Running:
        return QStringLiteral("running");
    case OperationState::Pending:
    case OperationState::Other:
        break;
    }
    return QStringLiteral("pending");
}

QString identityKey(const ContentIdentity &identity)
{
    return identity.kind + QLatin1Char('\n') + identity.key;
}

} // namespace

QString sha256(const QByteArray &content)
{
    return QString::fromLatin1(QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex());
}

void FakeServer::write(const QString &path, const QByteArray &content)
{
    files.insert(path, {QStringLiteral("rev_%1").arg(++counter), sha256(content), content.size()});
}

void FakeServer::end(const QString &path, OperationState state, const QString &words)
{
    for (Operation &candidate : operations) {
        if (candidate.path == path && !candidate.isFinal()) {
            candidate.state = state;
            candidate.status = statusText(state);
            candidate.lastError = words;
        }
    }
}

Operation *FakeServer::operation(const QString &id)
{
    for (Operation &candidate : operations) {
        if (candidate.id == id)
            return &candidate;
    }
    return nullptr;
}

void FakeServer::save(const QString &path) const
{
    QJsonObject all;
    QJsonArray fileList;
    for (auto it = files.cbegin(); it != files.cend(); ++it)
        fileList.append(QJsonArray{it.key(), it->revision, it->hash, it->size});
    QJsonArray operationList;
    for (const Operation &entry : operations)
        operationList.append(
            QJsonArray{entry.id, entry.path, entry.revision, entry.status, static_cast<int>(entry.state)});
    QJsonObject identityMap;
    for (auto it = identities.cbegin(); it != identities.cend(); ++it)
        identityMap.insert(it.key(), it.value());
    QJsonObject dispatchMap;
    for (auto it = dispatched.cbegin(); it != dispatched.cend(); ++it)
        dispatchMap.insert(it.key(), it.value());
    all.insert(QStringLiteral("files"), fileList);
    all.insert(QStringLiteral("operations"), operationList);
    all.insert(QStringLiteral("identities"), identityMap);
    all.insert(QStringLiteral("dispatched"), dispatchMap);
    all.insert(QStringLiteral("counter"), counter);
    // In one step: another thread may kill the process meanwhile, and a server forgets nothing by that.
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(QJsonDocument(all).toJson()) < 0 || !file.commit())
        qFatal("the played server cannot be kept");
}

void FakeServer::load(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const QJsonObject all = QJsonDocument::fromJson(file.readAll()).object();
    for (const QJsonValue &value : all.value(QStringLiteral("files")).toArray()) {
        const QJsonArray entry = value.toArray();
        files.insert(entry.at(0).toString(), {entry.at(1).toString(), entry.at(2).toString(), entry.at(3).toInteger()});
    }
    for (const QJsonValue &value : all.value(QStringLiteral("operations")).toArray()) {
        const QJsonArray entry = value.toArray();
        Operation read;
        read.id = entry.at(0).toString();
        read.path = entry.at(1).toString();
        read.revision = entry.at(2).toString();
        read.status = entry.at(3).toString();
        read.state = static_cast<OperationState>(entry.at(4).toInt());
        operations.append(read);
    }
    const QJsonObject identityMap = all.value(QStringLiteral("identities")).toObject();
    for (auto it = identityMap.begin(); it != identityMap.end(); ++it)
        identities.insert(it.key(), it.value().toString());
    const QJsonObject dispatchMap = all.value(QStringLiteral("dispatched")).toObject();
    for (auto it = dispatchMap.begin(); it != dispatchMap.end(); ++it)
        dispatched.insert(it.key(), it.value().toInt());
    counter = all.value(QStringLiteral("counter")).toInt();
}

FakeTarget::FakeTarget(FakeServer *server, Clock *clock, QObject *parent)
    : PushTarget(parent), m_server(server), m_clock(clock)
{
}

void FakeTarget::setOutbox(const QList<OutboxRecord> &records)
{
    outboxRecords = records;
    Q_EMIT outboxChanged(workspaces.first().id);
}

std::optional<WorkspaceRecord> FakeTarget::owning(const QString &localPath) const
{
    for (const WorkspaceRecord &entry : workspaces) {
        if (!entry.mirror.isEmpty() && localPath.startsWith(entry.mirror + QLatin1Char('/')))
            return entry;
    }
    return std::nullopt;
}

std::optional<OutboxRecord> FakeTarget::outboxRecord(const WorkspaceId &, const QString &commandId) const
{
    for (const OutboxRecord &entry : outboxRecords) {
        if (entry.id == commandId)
            return entry;
    }
    return std::nullopt;
}

void FakeTarget::learnBodyLimit(const WorkspaceId &id, qint64 limit)
{
    learnt.append(limit);
    for (WorkspaceRecord &entry : workspaces) {
        if (entry.id == id)
            entry.bodyLimit = limit;
    }
}

Failure FakeTarget::trouble(FakeServer::Trouble kind) const
{
    Error error;
    error.origin = Origin::Resource;
    switch (kind) {
    case FakeServer::Trouble::None:
    case FakeServer::Trouble::NotSent:
        error.kind = ErrorClass::Net;
        error.code = QStringLiteral("no-route");
        error.message = QStringLiteral("No route to the server.");
        break;
    case FakeServer::Trouble::AnswerLost:
        error.kind = ErrorClass::Ambiguous;
        error.code = QStringLiteral("answer-lost");
        error.message = QStringLiteral("The answer was lost.");
        break;
    case FakeServer::Trouble::Refused:
        error.kind = ErrorClass::Reauth;
        error.code = QStringLiteral("expired");
        error.status = 401;
        error.message = QStringLiteral("The sign-in has expired.");
        break;
    case FakeServer::Trouble::Busy:
        error.kind = ErrorClass::Server;
        error.code = QStringLiteral("unavailable");
        error.status = 503;
        error.message = QStringLiteral("The server has trouble.");
        break;
    case FakeServer::Trouble::Paused:
        error.kind = ErrorClass::Rate;
        error.code = QStringLiteral("rate_limited");
        error.status = 429;
        error.message = QStringLiteral("The server asked for a pause.");
        error.retryAt = m_clock->now().addMSecs(3'000);
        break;
    }
    return Failure(error);
}

BulkAnswer FakeTarget::apply(const QList<BulkFile> &files)
{
    BulkAnswer answer;
    for (const BulkFile &file : files) {
        if (m_server->forbidden.contains(file.path)) {
            answer.problems.append({file.path, QStringLiteral("forbidden"), QStringLiteral("no"), {}, {}});
            continue;
        }
        if (file.identity) {
            const QString known = m_server->identities.value(identityKey(*file.identity));
            if (const Operation *first = m_server->operation(known)) {
                answer.results.append({first->path, first->revision, first->id, first->status});
                continue;
            }
        }
        const bool exists = m_server->files.contains(file.path);
        const QString current = exists ? m_server->files.value(file.path).revision : QString();
        const bool fits
            = file.ifMatch.isEmpty() || (exists ? file.ifMatch == current : file.ifMatch == QLatin1String("0"));
        if (!fits) {
            answer.problems.append(
                {file.path, QStringLiteral("conflict"), QStringLiteral("revision conflict"), file.ifMatch, current});
            continue;
        }
        m_server->write(file.path, file.content);
        Operation made;
        made.id = QStringLiteral("op_%1").arg(++m_server->counter);
        made.path = file.path;
        made.revision = m_server->files.value(file.path).revision;
        made.provider = file.path.section(QLatin1Char('/'), 1, 1);
        made.status = QStringLiteral("pending");
        made.state = OperationState::Pending;
        m_server->operations.prepend(made);
        ++m_server->dispatched[file.path];
        if (file.identity)
            m_server->identities.insert(identityKey(*file.identity), made.id);
        if (m_server->tellsResults)
            answer.results.append(
                {file.path, made.revision, m_server->tellsOperations ? made.id : QString(), QStringLiteral("pending")});
    }
    return answer;
}

QCoro::Task<Result<BulkAnswer>> FakeTarget::bulk(WorkspaceRecord, QStringList scopes, QList<BulkFile> files, QString,
    std::function<void(qint64, qint64)> onUploaded, std::stop_token stop)
{
    co_await nextTurn(m_server->bulkTakes);
    while (m_server->holdBulk && !stop.stop_requested())
        co_await nextTurn();
    qint64 size = 0;
    QList<BulkFile> seen = files;
    for (BulkFile &file : seen) {
        size += encodedSize(file);
        file.content.clear();
    }
    m_server->requests.append(seen);
    m_server->requestSizes.append(size);
    m_server->requestScopes.append(scopes);
    if (stop.stop_requested())
        co_return failCancelled();
    const auto next = m_server->bulkTroubles.isEmpty() ? FakeServer::Trouble::None : m_server->bulkTroubles.takeFirst();
    if (next != FakeServer::Trouble::None && next != FakeServer::Trouble::AnswerLost)
        co_return trouble(next);
    if (size > m_server->bodyLimit) {
        Error error;
        error.origin = Origin::Resource;
        error.kind = ErrorClass::Config;
        error.code = QStringLiteral("payload_too_large");
        error.status = 413;
        error.message = QStringLiteral("Too large.");
        co_return Failure(error);
    }
    onUploaded(size, size);
    const BulkAnswer answer = apply(files);
    m_server->onStep("applied");
    if (next == FakeServer::Trouble::AnswerLost)
        co_return trouble(next);
    co_return answer;
}

Operation FakeTarget::asked(Operation &found)
{
    const int times = ++m_server->pollsOf[found.id];
    if (!found.isFinal() && m_server->pollsUntilEnd > 0 && times >= m_server->pollsUntilEnd) {
        found.state = m_server->endState;
        found.status = statusText(found.state);
        found.lastError = m_server->endWords;
        m_server->onStep("settled");
    }
    return found;
}

QCoro::Task<Result<Operation>> FakeTarget::operation(WorkspaceRecord, QStringList, QString operationId, std::stop_token)
{
    co_await nextTurn();
    m_server->pollTimes.append(m_clock->now());
    const auto next
        = m_server->operationTroubles.isEmpty() ? FakeServer::Trouble::None : m_server->operationTroubles.takeFirst();
    if (next != FakeServer::Trouble::None)
        co_return trouble(next);
    Operation *found = m_server->operation(operationId);
    if (!found || m_server->pollsMissing > 0) {
        --m_server->pollsMissing;
        Error error;
        error.origin = Origin::Resource;
        error.kind = ErrorClass::Config;
        error.code = QStringLiteral("not_found");
        error.status = 404;
        error.message = QStringLiteral("Not there.");
        co_return Failure(error);
    }
    co_return asked(*found);
}

QCoro::Task<Result<QList<Operation>>> FakeTarget::operations(
    WorkspaceRecord, QStringList, QString provider, int limit, std::stop_token)
{
    co_await nextTurn();
    ++m_server->lists;
    QList<Operation> list;
    for (Operation &candidate : m_server->operations) {
        if (list.size() >= limit)
            break;
        if (provider.isEmpty() || candidate.provider == provider)
            list.append(asked(candidate));
    }
    co_return list;
}

QCoro::Task<Result<std::optional<RemoteFile>>> FakeTarget::stat(
    WorkspaceRecord, QStringList, QString path, std::stop_token)
{
    co_await nextTurn();
    ++m_server->stats;
    const auto next = m_server->statTroubles.isEmpty() ? FakeServer::Trouble::None : m_server->statTroubles.takeFirst();
    if (next != FakeServer::Trouble::None)
        co_return trouble(next);
    if (!m_server->mayRead) {
        Error error;
        error.kind = ErrorClass::Scope;
        error.status = 403;
        error.code = QStringLiteral("forbidden");
        co_return Failure(error);
    }
    const auto file = m_server->files.constFind(path);
    if (file == m_server->files.constEnd())
        co_return std::optional<RemoteFile>();
    RemoteFile found;
    found.path = path;
    found.revision = file->revision;
    found.contentHash = m_server->tellsHashes ? file->hash : QString();
    found.size = file->size;
    co_return std::optional<RemoteFile>(found);
}

QCoro::Task<Result<QList<RemoteFile>>> FakeTarget::folder(WorkspaceRecord, QStringList, QString path, std::stop_token)
{
    co_await nextTurn();
    ++m_server->folders;
    const QString prefix = path == QLatin1String("/") ? path : path + QLatin1Char('/');
    QList<RemoteFile> list;
    for (auto it = m_server->files.cbegin(); it != m_server->files.cend(); ++it) {
        if (!it.key().startsWith(prefix) || it.key().indexOf(QLatin1Char('/'), prefix.size()) >= 0)
            continue;
        RemoteFile found;
        found.path = it.key();
        found.revision = it->revision;
        found.contentHash = m_server->tellsHashes ? it->hash : QString();
        found.size = it->size;
        list.append(found);
    }
    co_return list;
}

} // namespace Postroom
