#include "core/oauth/discovery.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/headers.h"
#include "core/oauth/identity.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr std::chrono::seconds discoveryDeadline{10};
constexpr int mostRedirects = 2;

Failure fail(ErrorClass kind, const char *code, const QString &message, const QString &detail = {})
{
    Error error;
    error.origin = Origin::Discovery;
    error.kind = kind;
    error.code = L(code);
    error.message = message;
    error.detail = oneLine(detail);
    return Failure(std::move(error));
}

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

bool isSameOrigin(const QUrl &a, const QUrl &b)
{
    return a.scheme() == b.scheme() && a.host() == b.host() && a.port() == b.port();
}

// What the answer says when it is not the document.
Failure judge(const HttpResponse &answer, const QString &host)
{
    Failure told = answer.status == 429 || answer.status >= 500
        ? fail(answer.status == 429 ? ErrorClass::Rate : ErrorClass::Server, "server-trouble",
              QCoreApplication::translate("Postroom", "%1 has a problem (status %2).").arg(host).arg(answer.status))
        : fail(ErrorClass::Config, "no-discovery",
              QCoreApplication::translate("Postroom", "%1 does not say how to sign in there.").arg(host));
    told.value().status = answer.status;
    told.value().requestId = answer.requestId;
    told.value().detail = QStringLiteral("HTTP %1").arg(answer.status);
    return told;
}

// The one that tells most is shown: a document that is wrong, then trouble that passes, then nothing found.
int weight(const Error &error)
{
    if (error.code == L("no-discovery"))
        return 0;
    return error.isTransient() ? 1 : 2;
}

QCoro::Task<Result<HttpResponse>> fetch(HttpClient *http, QUrl url, std::stop_token stop)
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

} // namespace

Result<ServerMetadata> readServerMetadata(const QByteArray &json, const QUrl &issuer)
{
    const QString host = hostForPeople(issuer);
    const auto document = parseJsonObject(json);
    if (!document)
        return fail(ErrorClass::Config, "no-discovery",
            QCoreApplication::translate("Postroom", "%1 does not say how to sign in there.").arg(host),
            document.error().detail);
    const QString named = document->value(L("issuer")).toString();
    if (!isSameIssuer(named, issuer)) {
        return fail(ErrorClass::Config, "issuer-mismatch",
            QCoreApplication::translate("Postroom", "%1 describes the sign-in of another server, which was not used.")
                .arg(host),
            QStringLiteral("issuer %1").arg(named));
    }
    ServerMetadata metadata;
    metadata.issuer = QUrl(named, QUrl::StrictMode);
    QString wrong;
    const auto endpoint = [&document, &wrong](const char *key) {
        const QString text = document->value(L(key)).toString();
        const QUrl url(text, QUrl::StrictMode);
        if (text.isEmpty())
            return QUrl();
        if (!isTrustworthyUrl(url))
            wrong = L(key);
        return url;
    };
    metadata.endpoints
        = {endpoint("authorization_endpoint"), endpoint("token_endpoint"), endpoint("device_authorization_endpoint"),
            endpoint("revocation_endpoint"), endpoint("userinfo_endpoint"), endpoint("registration_endpoint")};
    if (!wrong.isEmpty())
        return fail(ErrorClass::Config, "insecure-url",
            QCoreApplication::translate("Postroom", "%1 names an address for the sign-in that is not encrypted.")
                .arg(host),
            wrong);
    if (metadata.endpoints.token.isEmpty())
        return fail(ErrorClass::Config, "no-endpoint",
            QCoreApplication::translate("Postroom", "%1 names no address where sign-ins are made.").arg(host));
    metadata.scopesSupported = stringsAt(*document, L("scopes_supported"));
    metadata.codeChallengeMethods = stringsAt(*document, L("code_challenge_methods_supported"));
    metadata.tokenEndpointAuthMethods = stringsAt(*document, L("token_endpoint_auth_methods_supported"));
    metadata.issInResponse = boolAt(*document, L("authorization_response_iss_parameter_supported")).value_or(false);
    return metadata;
}

QCoro::Task<Result<ServerMetadata>> discover(HttpClient *http, QUrl issuer, std::stop_token stop)
{
    const QString host = hostForPeople(issuer);
    if (!isTrustworthyUrl(issuer) || issuer.hasQuery() || issuer.hasFragment())
        co_return fail(ErrorClass::Config, "insecure-url",
            QCoreApplication::translate("Postroom", "The address of the sign-in server has to be an https address."));
    std::optional<Error> told;
    const QList<QUrl> forms = wellKnownForms(issuer);
    for (const QUrl &form : forms) {
        auto answer = co_await fetch(http, form, stop);
        // Nobody there: the other forms would only ask the same host again.
        if (!answer)
            co_return Failure(answer.error());
        Result<ServerMetadata> metadata = answer->isSuccess() ? readServerMetadata(answer->body, issuer)
                                                              : Result<ServerMetadata>(judge(*answer, host));
        if (metadata)
            co_return metadata;
        if (!told || weight(metadata.error()) > weight(*told))
            told = metadata.error();
    }
    co_return Failure(*told);
}

} // namespace Postroom
