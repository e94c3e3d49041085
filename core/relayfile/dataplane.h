// The data plane's API: tree, file, bulk, operations. X-Correlation-Id on every request.
#pragma once

#include "core/http/httpclient.h"
#include "core/relayfile/bundlekeeper.h"

#include <QCoroTask>
#include <QJsonObject>
#include <optional>
#include <stop_token>

namespace Postroom
{

enum class OperationState { Pending, Running, Succeeded, Failed, DeadLettered, Canceled, Other };

struct Operation {
    QString id;
    QString path;
    QString revision;
    QString provider;
    QString status; // as the server says it
    OperationState state = OperationState::Other;
    int attempts = 0;
    QString lastError; // the provider's own words, one line
    std::optional<QDateTime> nextAttemptAt;
    bool isFinal() const;
    bool hasFailed() const;
};

struct ContentIdentity {
    QString kind;
    QString key;
    qint64 ttlSeconds = 0;
};

struct BulkFile {
    QString path;
    QString contentType;
    QByteArray content; // raw bytes; encoding is decided when the request is built
    QString ifMatch; // a revision, "0" (create only), empty for unconditional
    std::optional<ContentIdentity> identity;
};

struct BulkResult {
    QString path;
    QString revision;
    QString operationId; // empty where a server has none: the acceptance itself is final
    QString writebackState;
};

struct BulkProblem {
    QString path;
    QString code; // conflict, forbidden, …
    QString message;
    QString expectedRevision;
    QString currentRevision;
};

struct BulkAnswer {
    QList<BulkResult> results;
    QList<BulkProblem> problems;
};

struct RemoteFile {
    QString path;
    QString revision;
    QString contentHash; // SHA-256 of the bytes, empty where the server does not say
    qint64 size = -1;
    bool isFolder = false;
};

// How large the JSON of one request gets with this file; base64 where the bytes are not plain UTF-8 text.
qint64 encodedSize(const BulkFile &file);
QByteArray encodeBulk(const QList<BulkFile> &files);
Operation readOperation(const QJsonObject &object);

// Stateless; every call asks the keeper for a token of `scopes` and replays once after a 401.
class DataPlane
{
public:
    DataPlane(HttpClient *http, BundleKeeper *bundles, Clock *clock);

    QCoro::Task<Result<BulkAnswer>> bulk(DataPlaneKey key, QStringList scopes, QList<BulkFile> files,
        QString correlationId, std::function<void(qint64, qint64)> onUploaded, std::stop_token stop);
    QCoro::Task<Result<Operation>> operation(
        DataPlaneKey key, QStringList scopes, QString operationId, std::stop_token stop = {});
    // Newest first, at most `limit`.
    QCoro::Task<Result<QList<Operation>>> operations(
        DataPlaneKey key, QStringList scopes, QString status, QString provider, int limit, std::stop_token stop = {});
    // Nothing (not an error) when the path does not exist.
    QCoro::Task<Result<std::optional<RemoteFile>>> stat(
        DataPlaneKey key, QStringList scopes, QString path, std::stop_token stop = {});
    QCoro::Task<Result<QList<RemoteFile>>> tree(
        DataPlaneKey key, QStringList scopes, QString path, int depth, std::stop_token stop = {});

private:
    QCoro::Task<Result<HttpResponse>> send(
        DataPlaneKey key, QStringList scopes, QString path, HttpRequest request, std::stop_token stop);
    HttpClient *m_http;
    BundleKeeper *m_bundles;
    Clock *m_clock;
};

} // namespace Postroom
