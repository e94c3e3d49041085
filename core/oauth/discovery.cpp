#include "core/oauth/discovery.h"

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/oauth/discoveryparts.h"
#include "core/oauth/identity.h"
#include "core/oauth/metadatacache.h"

#include <QCoreApplication>
#include <QHostAddress>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr std::chrono::seconds discoveryDeadline{10};
constexpr int mostRedirects = 2;

// RFC 8414 §3.1 puts the well-known part between host and path, OpenID Connect Discovery §4 behind the path.
QList<QUrl> wellKnownForms(const QUrl &issuer)
{
    QString path = issuer.path(QUrl::FullyEncoded);
    while (path.endsWith(QLatin1Char('/')))
        path.chop(1);
    QList<QUrl> forms;
    for (const QString &form : {QStringLiteral("/.well-known/oauth-authorization-server") + path,
             path + QStringLiteral("/.well-known/openid-configuration"),
             QStringLiteral("/.well-known/openid-configuration") + path}) {
        QUrl url(issuer);
        url.setPath(form, QUrl::TolerantMode);
        url.setQuery(QString());
        url.setFragment(QString());
        if (!forms.contains(url))
            forms.append(url);
    }
    return forms;
}

int weight(const Error &error)
{
    if (error.code == L("no-discovery"))
        return 0;
    return error.isTransient() ? 1 : 2;
}

// Loopback, private (RFC 1918), shared (RFC 6598), link-local and unique local addresses, and names for this computer.
bool isNearby(const QUrl &url)
{
    const QString name = url.host().toLower();
    if (name == L("localhost") || name.endsWith(L(".localhost")))
        return true;
    const QHostAddress address(name);
    if (address.isNull())
        return false;
    static const QList<QPair<QHostAddress, int>> networks = [] {
        QList<QPair<QHostAddress, int>> list;
        for (const char *network : {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                 "172.16.0.0/12", "192.168.0.0/16", "::/128", "::1/128", "::ffff:0:0/96", "fc00::/7", "fe80::/10"})
            list.append(QHostAddress::parseSubnet(QString::fromLatin1(network)));
        return list;
    }();
    return std::any_of(
        networks.begin(), networks.end(), [&address](const auto &network) { return address.isInSubnet(network); });
}

QString cacheKey(const QUrl &issuer)
{
    return L("issuer ") + issuer.toString(QUrl::FullyEncoded);
}

} // namespace

Failure failDiscovery(ErrorClass kind, const char *code, const QString &message, const QString &detail)
{
    Error error;
    error.origin = Origin::Discovery;
    error.kind = kind;
    error.code = L(code);
    error.message = message;
    error.detail = oneLine(detail);
    return Failure(std::move(error));
}

Failure failNoDiscovery(const QString &host, const QString &detail)
{
    return failDiscovery(ErrorClass::Config, "no-discovery",
        QCoreApplication::translate("Postroom", "%1 does not say how to sign in there.").arg(host), detail);
}

Failure judgeNoDocument(const HttpResponse &answer, const QString &host)
{
    Failure told = answer.status == 429 || answer.status >= 500
        ? failDiscovery(answer.status == 429 ? ErrorClass::Rate : ErrorClass::Server, "server-trouble",
              QCoreApplication::translate("Postroom", "%1 has a problem (status %2).").arg(host).arg(answer.status))
        : failNoDiscovery(host);
    told.value().status = answer.status;
    told.value().requestId = answer.requestId;
    told.value().detail = QStringLiteral("HTTP %1").arg(answer.status);
    return told;
}

bool tellsMore(const Error &error, const std::optional<Error> &than)
{
    return !than || weight(error) > weight(*than);
}

QCoro::Task<Result<HttpResponse>> fetchDocument(HttpClient *http, QUrl url, std::stop_token stop)
{
    for (int redirects = 0;; ++redirects) {
        HttpRequest request;
        request.url = url;
        request.headers = {{"Accept", "application/json"}};
        request.origin = Origin::Discovery;
        request.deadline = discoveryDeadline;
        auto answer = co_await http->send(std::move(request), stop);
        if (!answer || answer->status < 300 || answer->status >= 400 || redirects >= mostRedirects)
            co_return answer;
        // Within the same origin only: another one could speak for a server that it is not.
        const QUrl target = url.resolved(QUrl::fromEncoded(answer->header("Location"), QUrl::StrictMode));
        if (!isSameOrigin(url, target) || target == url)
            co_return answer;
        url = target;
    }
}

bool isSameOrigin(const QUrl &a, const QUrl &b)
{
    const auto port = [](const QUrl &url) { return url.port(url.scheme() == L("https") ? 443 : 80); };
    return a.scheme() == b.scheme() && a.host() == b.host() && port(a) == port(b);
}

bool mayName(const QUrl &by, const QUrl &named)
{
    return isTrustworthyUrl(named) && (!isNearby(named) || isNearby(by));
}

Result<ServerMetadata> readServerMetadata(const QByteArray &json, const QUrl &issuer)
{
    const QString host = hostForPeople(issuer);
    const auto document = parseJsonObject(json);
    if (!document)
        return failNoDiscovery(host, document.error().detail);
    const QString named = document->value(L("issuer")).toString();
    if (!isSameIssuer(named, issuer)) {
        return failDiscovery(ErrorClass::Config, "issuer-mismatch",
            QCoreApplication::translate("Postroom", "%1 describes the sign-in of another server, which was not used.")
                .arg(host),
            QStringLiteral("issuer %1").arg(named));
    }
    ServerMetadata metadata;
    metadata.issuer = QUrl(named, QUrl::StrictMode);
    QString wrong;
    const auto endpoint = [&document, &wrong, &issuer](const char *key) {
        const QString text = document->value(L(key)).toString();
        const QUrl url(text, QUrl::StrictMode);
        if (text.isEmpty())
            return QUrl();
        // A server on the net has no business with addresses on this computer or in its neighbourhood.
        if (!mayName(issuer, url))
            wrong = L(key);
        return url;
    };
    metadata.endpoints
        = {endpoint("authorization_endpoint"), endpoint("token_endpoint"), endpoint("device_authorization_endpoint"),
            endpoint("revocation_endpoint"), endpoint("userinfo_endpoint"), endpoint("registration_endpoint")};
    if (!wrong.isEmpty())
        return failDiscovery(ErrorClass::Config, "insecure-url",
            QCoreApplication::translate("Postroom", "%1 names an address for the sign-in that is not encrypted.")
                .arg(host),
            wrong);
    if (metadata.endpoints.token.isEmpty())
        return failDiscovery(ErrorClass::Config, "no-endpoint",
            QCoreApplication::translate("Postroom", "%1 names no address where sign-ins are made.").arg(host));
    metadata.scopesSupported = stringsAt(*document, L("scopes_supported"));
    metadata.codeChallengeMethods = stringsAt(*document, L("code_challenge_methods_supported"));
    metadata.tokenEndpointAuthMethods = stringsAt(*document, L("token_endpoint_auth_methods_supported"));
    metadata.issInResponse = boolAt(*document, L("authorization_response_iss_parameter_supported")).value_or(false);
    metadata.clientMetadataDocuments = boolAt(*document, L("client_id_metadata_document_supported")).value_or(false);
    metadata.document = json;
    return metadata;
}

QUrl originOf(const QUrl &url)
{
    QUrl origin(url);
    origin.setPath(QString());
    origin.setQuery(QString());
    origin.setFragment(QString());
    return origin;
}

QCoro::Task<Result<ServerMetadata>> discover(HttpClient *http, QUrl issuer, std::stop_token stop)
{
    const QString host = hostForPeople(issuer);
    if (!isTrustworthyUrl(issuer) || issuer.hasQuery() || issuer.hasFragment())
        co_return failDiscovery(ErrorClass::Config, "insecure-url",
            QCoreApplication::translate("Postroom", "The address of the sign-in server has to be an https address."));
    std::optional<Error> told;
    const QList<QUrl> forms = wellKnownForms(issuer);
    for (const QUrl &form : forms) {
        auto answer = co_await fetchDocument(http, form, stop);
        // Nobody there: the other forms would only ask the same host again.
        if (!answer)
            co_return Failure(answer.error());
        Result<ServerMetadata> metadata = answer->isSuccess() ? readServerMetadata(answer->body, issuer)
                                                              : Result<ServerMetadata>(judgeNoDocument(*answer, host));
        if (metadata)
            co_return metadata;
        if (tellsMore(metadata.error(), told))
            told = metadata.error();
    }
    co_return Failure(*told);
}

QCoro::Task<Result<ServerMetadata>> discover(
    HttpClient *http, MetadataCache *cache, QUrl issuer, std::stop_token stop, bool askAgain)
{
    const auto read = [issuer](const QByteArray &json) { return readServerMetadata(json, issuer); };
    const auto ask = [http, issuer, stop] { return discover(http, issuer, stop); };
    auto metadata = co_await askOrRemember<ServerMetadata>(cache, cacheKey(issuer), askAgain, read, ask);
    co_return metadata;
}

} // namespace Postroom
