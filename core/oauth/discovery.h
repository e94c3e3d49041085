// Authorization server metadata: RFC 8414 and OpenID Connect Discovery.
#pragma once

#include "core/http/httpclient.h"
#include "core/oauth/profile.h"

#include <QCoroTask>

namespace Postroom
{

struct ServerMetadata {
    QUrl issuer;
    ProviderEndpoints endpoints;
    QStringList scopesSupported;
    QStringList codeChallengeMethods;
    QStringList tokenEndpointAuthMethods;
    bool issInResponse = false; // RFC 9207
};

// Tries the well-known forms in turn; the document's issuer must equal `issuer` (RFC 8414 §3.3), endpoints must be
// https or loopback; redirects are followed within the origin only, twice at most. Failures have origin Discovery:
// "no-discovery", "issuer-mismatch", "no-endpoint", "insecure-url" (Config), trouble of the server, or of the network.
QCoro::Task<Result<ServerMetadata>> discover(HttpClient *http, QUrl issuer, std::stop_token stop = {});

// Pure half, for tests and fuzzing.
Result<ServerMetadata> readServerMetadata(const QByteArray &json, const QUrl &issuer);

} // namespace Postroom
