#include "core/relayfile/dataplane.h"

#include "core/base/ids.h"
#include "core/base/json.h"
#include "core/relayfile/dataplanejson.h"
#include "core/relayfile/serviceerror.h"

#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr qint64 largestAnswer = 16 * 1024 * 1024;
constexpr int largestPage = 1000;
constexpr int mostPages = 100;
constexpr qint64 slowestBytesPerSecond = 16 * 1024; // an upload slower than this is given up

QByteArray correlationHeader()
{
    return "X-Correlation-Id";
}

bool hasHeader(const HttpRequest &request, const QByteArray &name)
{
    return std::any_of(request.headers.cbegin(), request.headers.cend(),
        [&name](const HttpHeader &header) { return header.name.compare(name, Qt::CaseInsensitive) == 0; });
}

HttpRequest reading()
{
    HttpRequest request;
    request.once = false;
    request.answerLimit = largestAnswer;
    return request;
}

HttpRequest withAccess(HttpRequest request, const DataPlaneAccess &access, const QByteArray &path)
{
    request.url = serviceUrl(access.server, "/v1/workspaces/" + encodedPart(access.relayWorkspaceId) + path);
    request.headers.removeIf([](const HttpHeader &header) { return header.name == "Authorization"; });
    request.headers.append(HttpHeader{"Authorization", "Bearer " + access.token.reveal()});
    return request;
}

QString parentOf(const QString &path)
{
    const qsizetype slash = path.lastIndexOf(QLatin1Char('/'));
    return slash <= 0 ? QStringLiteral("/") : path.left(slash);
}

} // namespace

DataPlane::DataPlane(HttpClient *http, BundleKeeper *bundles, Clock *clock)
    : m_http(http), m_bundles(bundles), m_clock(clock)
{
}

// `path` is below the workspace, encoded, with its query. Gives back successful answers only.
QCoro::Task<Result<HttpResponse>> DataPlane::send(
    DataPlaneKey key, QStringList scopes, QString path, HttpRequest request, std::stop_token stop)
{
    const QByteArray encodedPath = path.toLatin1();
    if (!hasHeader(request, correlationHeader()))
        request.headers.append(HttpHeader{correlationHeader(), "postroom_" + randomHex(16).toLatin1()});
    request.headers.append(HttpHeader{"Accept", "application/json"});
    auto access = co_await m_bundles->access(key, scopes);
    if (!access)
        co_return Failure(access.error());
    if (stop.stop_requested())
        co_return failCancelled();
    const HttpRequest firstRequest = withAccess(request, *access, encodedPath);
    auto answer = co_await m_http->send(firstRequest, stop);
    if (answer && answer->status == 401) {
        // The server says that nothing was done, so that the same request may be sent once more.
        auto renewed = co_await m_bundles->rejected(key, scopes, access->fingerprint);
        if (!renewed && !renewed.error().isTransient() && renewed.error().kind != ErrorClass::Cancel)
            co_return Failure(renewed.error());
        if (renewed && renewed->fingerprint != access->fingerprint && !stop.stop_requested()) {
            const HttpRequest secondRequest = withAccess(request, *renewed, encodedPath);
            auto second = co_await m_http->send(secondRequest, stop);
            if (second || second.error().kind == ErrorClass::Ambiguous || second.error().kind == ErrorClass::Cancel)
                answer = second;
        }
    }
    if (!answer)
        co_return answer;
    if (!answer->isSuccess())
        co_return Failure(
            serviceError(*answer, answer->url.isEmpty() ? access->server.host() : answer->url.host(), m_clock->now()));
    co_return answer;
}

QCoro::Task<Result<BulkAnswer>> DataPlane::bulk(DataPlaneKey key, QStringList scopes, QList<BulkFile> files,
    QString correlationId, std::function<void(qint64, qint64)> onUploaded, std::stop_token stop)
{
    HttpRequest request;
    request.method = "POST";
    request.headers.append(HttpHeader{"Content-Type", "application/json"});
    request.headers.append(HttpHeader{correlationHeader(), correlationId.toUtf8()});
    request.body = encodeBulk(files);
    request.answerLimit = largestAnswer;
    request.deadline = 30s + std::chrono::seconds(request.body.size() / slowestBytesPerSecond);
    request.onUploaded = std::move(onUploaded);
    auto answer = co_await send(key, scopes, QStringLiteral("/fs/bulk"), request, stop);
    if (!answer)
        co_return Failure(answer.error());
    auto read = readBulkAnswer(answer->body);
    if (!read) {
        // Taken, but not understood: whether the files arrived is not known.
        Error error = unreadableAnswer(*answer, answer->url.host(), read.error().detail);
        error.kind = ErrorClass::Ambiguous;
        co_return Failure(error);
    }
    co_return read;
}

QCoro::Task<Result<Operation>> DataPlane::operation(
    DataPlaneKey key, QStringList scopes, QString operationId, std::stop_token stop)
{
    const HttpRequest request = reading();
    auto answer = co_await send(
        key, scopes, QStringLiteral("/ops/") + QString::fromLatin1(encodedPart(operationId)), request, stop);
    if (!answer)
        co_return Failure(answer.error());
    const auto object = parseJsonObject(answer->body);
    if (!object)
        co_return Failure(unreadableAnswer(*answer, answer->url.host(), object.error().detail));
    Operation operation = readOperation(*object);
    if (operation.id.isEmpty())
        operation.id = operationId;
    co_return operation;
}

QCoro::Task<Result<QList<Operation>>> DataPlane::operations(
    DataPlaneKey key, QStringList scopes, QString status, QString provider, int limit, std::stop_token stop)
{
    QList<Operation> operations;
    QString cursor;
    for (int page = 0; page < mostPages && operations.size() < limit; ++page) {
        const int wanted = std::min(largestPage, limit - static_cast<int>(operations.size()));
        QByteArray path = "/ops?limit=" + QByteArray::number(wanted);
        if (!status.isEmpty())
            path += "&status=" + encodedPart(status);
        if (!provider.isEmpty())
            path += "&provider=" + encodedPart(provider);
        if (!cursor.isEmpty())
            path += "&cursor=" + encodedPart(cursor);
        const HttpRequest request = reading();
        auto answer = co_await send(key, scopes, QString::fromLatin1(path), request, stop);
        // A page may be gone because an operation has changed its status in between; what came so far is an answer.
        if (!answer && page > 0 && answer.error().status == 400)
            break;
        if (!answer)
            co_return Failure(answer.error());
        QString next;
        const auto items = readOperations(answer->body, &next);
        if (!items)
            co_return Failure(unreadableAnswer(*answer, answer->url.host(), items.error().detail));
        operations += *items;
        if (next.isEmpty() || next == cursor || items->isEmpty())
            break;
        cursor = next;
    }
    if (operations.size() > limit)
        operations.resize(limit);
    co_return operations;
}

// fs/file says hash and revision of one file in one answer, whatever else its folder holds. Only a file that is larger
// than an answer may be is looked up in the listing of its folder.
QCoro::Task<Result<std::optional<RemoteFile>>> DataPlane::stat(
    DataPlaneKey key, QStringList scopes, QString path, std::stop_token stop)
{
    const HttpRequest request = reading();
    auto answer = co_await send(
        key, scopes, QStringLiteral("/fs/file?path=") + QString::fromLatin1(encodedPart(path)), request, stop);
    if (answer) {
        auto file = readFileAnswer(answer->body);
        if (!file)
            co_return Failure(unreadableAnswer(*answer, answer->url.host(), file.error().detail));
        if (file->path.isEmpty())
            file->path = path;
        co_return std::optional<RemoteFile>(*file);
    }
    if (answer.error().status == 404 && answer.error().kind == ErrorClass::Input)
        co_return std::optional<RemoteFile>();
    if (answer.error().code != QLatin1String("answer-too-large"))
        co_return Failure(answer.error());
    auto entries = co_await tree(key, scopes, parentOf(path), 1, stop);
    if (!entries)
        co_return Failure(entries.error());
    for (const RemoteFile &entry : std::as_const(*entries)) {
        if (entry.path == path && !entry.isFolder)
            co_return std::optional<RemoteFile>(entry);
    }
    co_return std::optional<RemoteFile>();
}

QCoro::Task<Result<QList<RemoteFile>>> DataPlane::tree(
    DataPlaneKey key, QStringList scopes, QString path, int depth, std::stop_token stop)
{
    QList<RemoteFile> files;
    QString cursor;
    for (int page = 0; page < mostPages; ++page) {
        QByteArray query
            = "/fs/tree?path=" + encodedPart(path) + "&depth=" + QByteArray::number(std::clamp(depth, 1, 100));
        if (!cursor.isEmpty())
            query += "&cursor=" + encodedPart(cursor);
        const HttpRequest request = reading();
        auto answer = co_await send(key, scopes, QString::fromLatin1(query), request, stop);
        if (!answer)
            co_return Failure(answer.error());
        QString next;
        const auto entries = readTree(answer->body, &next);
        if (!entries)
            co_return Failure(unreadableAnswer(*answer, answer->url.host(), entries.error().detail));
        files += *entries;
        if (next.isEmpty() || next == cursor || entries->isEmpty())
            break;
        cursor = next;
    }
    co_return files;
}

} // namespace Postroom
