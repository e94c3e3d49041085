#include "core/relayfile/cloudapi.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/relayfile/serviceerror.h"

#include <QCoreApplication>
#include <QJsonDocument>

namespace Postroom
{
namespace
{

constexpr qint64 largestList = 8 * 1024 * 1024;
constexpr QLatin1String serverKind("relayfile-server");
constexpr QLatin1String cloudKind("relayfile-cloud");

std::optional<CloudWorkspace> readWorkspace(const QJsonObject &object)
{
    CloudWorkspace workspace;
    workspace.cloudId
        = firstString(object, {QLatin1String("cloudWorkspaceId"), QLatin1String("id"), QLatin1String("workspaceId")});
    workspace.relayId = firstString(object, {QLatin1String("relayfileWorkspaceId"), QLatin1String("relayWorkspaceId")});
    if (workspace.cloudId.isEmpty())
        return std::nullopt;
    const QString id = workspace.relayId.isEmpty() ? workspace.cloudId : workspace.relayId;
    workspace.name = oneLine(firstString(object, {QLatin1String("name"), QLatin1String("slug")}), 120);
    if (workspace.name.isEmpty())
        workspace.name = id;
    const QUrl server(
        firstString(object, {QLatin1String("relayfileUrl"), QLatin1String("baseUrl"), QLatin1String("server")}),
        QUrl::StrictMode);
    if (isTrustworthyUrl(server))
        workspace.server = server;
    return workspace;
}

Failure failUnknownAccount()
{
    return failInput(
        QStringLiteral("unknown-account"), QCoreApplication::translate("Postroom", "This account does not exist."));
}

} // namespace

CloudApi::CloudApi(AccountService *accounts) : m_accounts(accounts) { }

QCoro::Task<Result<QUrl>> CloudApi::endpoint(AccountId account, QString path)
{
    auto token = co_await m_accounts->token(account);
    if (!token)
        co_return Failure(token.error());
    const auto record = m_accounts->record(account);
    if (!record)
        co_return failUnknownAccount();
    // The cloud may want another base than the one where the sign-in began.
    QUrl base(token->apiUrl, QUrl::StrictMode);
    if (!isTrustworthyUrl(base))
        base = record->server;
    co_return serviceUrl(base, path.toLatin1());
}

QCoro::Task<Result<QList<CloudWorkspace>>> CloudApi::workspaces(AccountId account, std::stop_token stop)
{
    const auto record = m_accounts->record(account);
    if (!record)
        co_return failUnknownAccount();
    if (record->kind == serverKind) {
        // A data plane of its own has no list; the token says which workspace it is for.
        auto token = co_await m_accounts->token(account);
        if (!token)
            co_return Failure(token.error());
        const QJsonObject claims = unverifiedClaims(token->value);
        CloudWorkspace only;
        only.relayId = firstString(claims, {QLatin1String("wks"), QLatin1String("workspace_id")});
        only.name = oneLine(only.relayId, 120);
        only.server = record->server;
        co_return only.relayId.isEmpty() ? QList<CloudWorkspace>() : QList<CloudWorkspace>{only};
    }
    if (record->kind != cloudKind)
        co_return QList<CloudWorkspace>();

    auto url = co_await endpoint(account, QStringLiteral("/api/v1/workspaces"));
    if (!url)
        co_return Failure(url.error());
    HttpRequest request;
    request.url = *url;
    request.once = false;
    request.answerLimit = largestList;
    request.headers.append(HttpHeader{"Accept", "application/json"});
    auto answer = co_await m_accounts->request(account, request, stop);
    if (!answer)
        co_return Failure(answer.error());
    if (!answer->isSuccess())
        co_return Failure(serviceError(*answer, url->host(), m_accounts->now()));

    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(answer->body, &problem);
    const bool isList = document.isArray() || document.object().value(QLatin1String("workspaces")).isArray();
    if (!isList)
        co_return Failure(unreadableAnswer(*answer, url->host(), problem.errorString()));
    const QJsonArray list
        = document.isArray() ? document.array() : document.object().value(QLatin1String("workspaces")).toArray();
    QList<CloudWorkspace> workspaces;
    for (const QJsonValue &entry : list) {
        if (const auto workspace = readWorkspace(entry.toObject()))
            workspaces.append(*workspace);
    }
    co_return workspaces;
}

QCoro::Task<Result<DelegatedBundle>> CloudApi::mint(AccountId account, QString cloudWorkspaceId, QStringList scopes)
{
    const QByteArray path = "/api/v1/workspaces/" + encodedPart(cloudWorkspaceId) + "/relayfile/delegated-token";
    auto url = co_await endpoint(account, QString::fromLatin1(path));
    if (!url)
        co_return Failure(url.error());
    const QStringList wanted = normalisedScopes(scopes);
    QJsonObject body;
    body.insert(QLatin1String("agentName"), QStringLiteral("postroom"));
    body.insert(QLatin1String("scopes"), QJsonArray::fromStringList(wanted));
    HttpRequest request;
    request.method = "POST";
    request.url = *url;
    request.headers.append(HttpHeader{"Accept", "application/json"});
    request.headers.append(HttpHeader{"Content-Type", "application/json"});
    request.body = toCompact(body);
    auto answer = co_await m_accounts->request(account, request);
    if (!answer)
        co_return Failure(answer.error());
    if (!answer->isSuccess())
        co_return Failure(serviceError(*answer, url->host(), m_accounts->now()));
    const auto object = parseJsonObject(answer->body);
    if (!object)
        co_return Failure(unreadableAnswer(*answer, url->host(), object.error().detail));
    auto bundle = readBundle(*object, wanted);
    if (!bundle) {
        bundle.error().status = answer->status;
        bundle.error().requestId = answer->requestId;
        co_return Failure(bundle.error());
    }
    bundle->cloudWorkspaceId = cloudWorkspaceId;
    co_return *bundle;
}

} // namespace Postroom
