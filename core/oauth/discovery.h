// Who signs people in, as servers tell it: authorization server metadata (RFC 8414, OpenID Connect Discovery) and the
// metadata of a protected resource (RFC 9728), which names its authorization servers.
#pragma once

#include "core/http/httpclient.h"
#include "core/oauth/profile.h"

#include <QCoroTask>

namespace Postroom
{

class MetadataCache;

struct ServerMetadata {
    QUrl issuer;
    ProviderEndpoints endpoints;
    QStringList scopesSupported;
    QStringList codeChallengeMethods;
    QStringList tokenEndpointAuthMethods;
    bool issInResponse = false; // RFC 9207
    bool clientMetadataDocuments = false; // takes the URL of a client id metadata document as client id
    QByteArray document; // as it came

    // RFC 7636: what is not named is not offered.
    bool offersS256() const { return codeChallengeMethods.contains(QLatin1String("S256")); }
};

// Tries the well-known forms in turn; the document's issuer must equal `issuer` (RFC 8414 §3.3), endpoints must be
// https or loopback; redirects are followed within the origin only, twice at most. Failures have origin Discovery:
// "no-discovery", "issuer-mismatch", "no-endpoint", "insecure-url" (Config), trouble of the server, or of the network.
QCoro::Task<Result<ServerMetadata>> discover(HttpClient *http, QUrl issuer, std::stop_token stop = {});
// The same with a memory, which may be null: a document of the last 24 hours is not asked for again, one of the last 30
// days serves where the server cannot be asked. A document that is wrong is refused, whatever is remembered.
QCoro::Task<Result<ServerMetadata>> discover(
    HttpClient *http, MetadataCache *cache, QUrl issuer, std::stop_token stop = {}, bool askAgain = false);

struct ResourceMetadata {
    QString resource; // as the document writes it; goes into requests for tokens (RFC 8707)
    QList<QUrl> authorizationServers;
    QStringList scopesSupported;
    QByteArray document; // as it came
};

// What a resource says to somebody without a token.
struct ResourceChallenge {
    QUrl metadata; // resource_metadata of its Bearer challenge; empty where there is none
    QStringList scopes; // what it wants
};

// Asks the resource itself, without a token. Fails only where nobody answers.
QCoro::Task<Result<ResourceChallenge>> askResource(HttpClient *http, QUrl url, std::stop_token stop = {});

// From `challenge` where the resource named an address, else from the well-known address with the path of `url`, else
// from the one at the root. The document's resource must be `url` (at the root: or the root itself), else
// "resource-mismatch" (Config): another one could collect the tokens that are meant for this one. Authorization servers
// have to be https or loopback, and a public resource may not name an address in this network. "no-discovery" where
// there is no document.
QCoro::Task<Result<ResourceMetadata>> discoverResource(
    HttpClient *http, QUrl url, QUrl challenge = {}, std::stop_token stop = {});
// The same with a memory, as above.
QCoro::Task<Result<ResourceMetadata>> discoverResource(
    HttpClient *http, MetadataCache *cache, QUrl url, QUrl challenge, std::stop_token stop = {}, bool askAgain = false);

// Pure halves, for tests and fuzzing. `atRoot`: the document lies at the root of the resource's host.
Result<ServerMetadata> readServerMetadata(const QByteArray &json, const QUrl &issuer);
Result<ResourceMetadata> readResourceMetadata(const QByteArray &json, const QUrl &url, bool atRoot);

// The resource as it is named in requests: scheme and host in lower case, no fragment (RFC 8707 §2).
QString canonicalResource(const QUrl &url);
// Scheme, host and port are the same.
bool isSameOrigin(const QUrl &a, const QUrl &b);
// An address that `by` named may be asked: it is trustworthy, and does not lead into this computer or its network
// unless `by` lies there itself.
bool mayName(const QUrl &by, const QUrl &named);

} // namespace Postroom
