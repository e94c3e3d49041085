// Protected resource metadata (RFC 9728): a resource names who signs people in for it.
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/http/headers.h"
#include "core/oauth/discoveryparts.h"
#include "core/oauth/metadatacache.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr std::chrono::seconds challengeDeadline{10};
constexpr qsizetype mostServers = 10;
constexpr const char *wellKnown = "/.well-known/oauth-protected-resource";

QString withoutSlash(QString text)
{
    while (text.endsWith(QLatin1Char('/')))
        text.chop(1);
    return text;
}

bool isSameResource(const QString &named, const QUrl &url)
{
    const QUrl address(named, QUrl::StrictMode);
    return address.isValid() && !address.hasFragment()
        && withoutSlash(canonicalResource(address)) == withoutSlash(canonicalResource(url));
}

struct Place {
    QUrl url;
    bool atRoot = false;
};

// RFC 9728 §3.1 puts the well-known part between host and path.
QList<Place> placesOf(const QUrl &url, const QUrl &challenge)
{
    if (!challenge.isEmpty())
        return {{challenge, false}};
    QUrl root = originOf(url);
    root.setPath(L(wellKnown));
    const QString path = withoutSlash(url.path(QUrl::FullyEncoded));
    QList<Place> places;
    if (!path.isEmpty() || url.hasQuery()) {
        QUrl below(root);
        below.setPath(L(wellKnown) + path, QUrl::TolerantMode);
        below.setQuery(url.query(QUrl::FullyEncoded), QUrl::TolerantMode);
        places.append({below, false});
    }
    places.append({root, true});
    return places;
}

QString cacheKey(const QUrl &url)
{
    return L("resource ") + canonicalResource(url);
}

} // namespace

QString canonicalResource(const QUrl &url)
{
    // QUrl keeps scheme and host in lower case.
    QUrl resource(url);
    resource.setFragment(QString());
    QString text = resource.toString(QUrl::FullyEncoded);
    // RFC 3986 §6.2.3: an empty path and "/" are the same; without the slash is what most servers write.
    if (resource.path() == L("/") && !resource.hasQuery())
        text = withoutSlash(text);
    return text;
}

Result<ResourceMetadata> readResourceMetadata(const QByteArray &json, const QUrl &url, bool atRoot)
{
    const QString host = hostForPeople(url);
    const auto document = parseJsonObject(json);
    if (!document)
        return failNoDiscovery(host, document.error().detail);
    ResourceMetadata metadata;
    metadata.resource = document->value(L("resource")).toString();
    if (!isSameResource(metadata.resource, url) && !(atRoot && isSameResource(metadata.resource, originOf(url))))
        return failDiscovery(ErrorClass::Config, "resource-mismatch",
            QCoreApplication::translate("Postroom", "%1 describes the sign-in of another service, which was not used.")
                .arg(host),
            QStringLiteral("resource %1").arg(metadata.resource));
    const QStringList servers = stringsAt(*document, L("authorization_servers")).mid(0, mostServers);
    for (const QString &server : servers) {
        const QUrl issuer(server, QUrl::StrictMode);
        if (!mayName(url, issuer))
            return failDiscovery(ErrorClass::Config, "insecure-url",
                QCoreApplication::translate("Postroom", "%1 names an address for the sign-in that cannot be trusted.")
                    .arg(host),
                server);
        metadata.authorizationServers.append(issuer);
    }
    if (metadata.authorizationServers.isEmpty())
        return failDiscovery(ErrorClass::Config, "no-authorization-server",
            QCoreApplication::translate("Postroom", "%1 does not name a server where people sign in.").arg(host));
    metadata.scopesSupported = stringsAt(*document, L("scopes_supported"));
    metadata.document = json;
    return metadata;
}

QCoro::Task<Result<ResourceChallenge>> askResource(HttpClient *http, QUrl url, std::stop_token stop)
{
    HttpRequest request;
    request.url = url;
    request.headers = {{"Accept", "application/json, text/event-stream"}};
    request.origin = Origin::Discovery;
    request.deadline = challengeDeadline;
    auto answer = co_await http->send(std::move(request), stop);
    ResourceChallenge challenge;
    if (!answer) {
        // One that starts a stream instead of asking for a token is there all the same.
        const ErrorClass kind = answer.error().kind;
        if (kind == ErrorClass::Ambiguous || kind == ErrorClass::Infra)
            co_return challenge;
        co_return Failure(answer.error());
    }
    QByteArray header;
    const auto values = answer->headerValues("WWW-Authenticate");
    for (const QByteArray &value : values)
        header += (header.isEmpty() ? "" : ", ") + value;
    const auto challenges = answer->status == 401 ? parseChallenges(header) : QList<AuthChallenge>();
    for (const AuthChallenge &one : challenges) {
        if (one.scheme != L("bearer"))
            continue;
        const QUrl metadata(one.parameters.value(QStringLiteral("resource_metadata")), QUrl::StrictMode);
        if (challenge.metadata.isEmpty() && !metadata.isEmpty())
            challenge.metadata = metadata;
        const QStringList scopes
            = one.parameters.value(QStringLiteral("scope")).split(QLatin1Char(' '), Qt::SkipEmptyParts);
        for (const QString &scope : scopes) {
            if (scope == oneLine(scope) && !challenge.scopes.contains(scope))
                challenge.scopes.append(scope);
        }
    }
    co_return challenge;
}

QCoro::Task<Result<ResourceMetadata>> discoverResource(HttpClient *http, QUrl url, QUrl challenge, std::stop_token stop)
{
    const QString host = hostForPeople(url);
    if (!isTrustworthyUrl(url) || url.hasFragment())
        co_return failDiscovery(ErrorClass::Config, "insecure-url",
            QCoreApplication::translate("Postroom", "The address of the server has to be an https address."));
    if (!challenge.isEmpty() && !mayName(url, challenge))
        co_return failDiscovery(ErrorClass::Config, "insecure-url",
            QCoreApplication::translate("Postroom", "%1 names an address for the sign-in that cannot be trusted.")
                .arg(host),
            challenge.toString());
    std::optional<Error> told;
    const QList<Place> places = placesOf(url, challenge);
    for (const Place &place : places) {
        auto answer = co_await fetchDocument(http, place.url, stop);
        if (!answer)
            co_return Failure(answer.error());
        Result<ResourceMetadata> metadata = answer->isSuccess()
            ? readResourceMetadata(answer->body, url, place.atRoot)
            : Result<ResourceMetadata>(judgeNoDocument(*answer, host));
        if (metadata)
            co_return metadata;
        if (tellsMore(metadata.error(), told))
            told = metadata.error();
    }
    co_return Failure(*told);
}

QCoro::Task<Result<ResourceMetadata>> discoverResource(
    HttpClient *http, MetadataCache *cache, QUrl url, QUrl challenge, std::stop_token stop, bool askAgain)
{
    // A remembered document may have come from the root; it was judged when it came.
    const auto read = [url](const QByteArray &json) { return readResourceMetadata(json, url, true); };
    const auto ask = [http, url, challenge, stop] { return discoverResource(http, url, challenge, stop); };
    auto metadata = co_await askOrRemember<ResourceMetadata>(cache, cacheKey(url), askAgain, read, ask);
    co_return metadata;
}

} // namespace Postroom
