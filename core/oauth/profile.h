// Provider profiles: what Postroom knows about a kind of sign-in. JSON files, the built-in ones are resources.
#pragma once

#include "core/base/error.h"
#include "core/http/httpclient.h"

#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QMetaType>
#include <QPair>
#include <QString>
#include <QStringList>
#include <QUrl>
#include <chrono>
#include <optional>

namespace Postroom
{

enum class ProviderKind { OAuth2, Mcp, RelayfileCloud, RelayfileServer, Claude };
enum class ClientAuth { None, Basic, Post };
enum class TokenFormat { Form, Json }; // how requests to the token endpoint are written

struct ProviderEndpoints {
    QUrl authorization;
    QUrl token;
    QUrl deviceAuthorization;
    QUrl revocation;
    QUrl userinfo;
    QUrl registration;
};

struct OfferedScope {
    QString scope;
    QString label;
};

// How a service says that a permission is missing. Reasons are compared whole, messages as phrases, both without case,
// `_` and `-`.
struct ScopeProblems {
    QStringList reasons;
    QStringList messages;
};

// A cheap call that tells whether an access token still works.
struct ProfileProbe {
    QByteArray method = "GET"; // GET, HEAD or POST
    QUrl url;
};

// Where a service tells how much of its quota is used. `format` says how to read the answer.
struct ProfileQuota {
    QUrl url;
    QList<HttpHeader> headers; // besides Authorization
    QString format;
};

// `{id, name, kind, issuer?, suggestedIssuer?, apiHosts?, endpoints?, client?: {id, auth, metadata}, scopes: {default,
// offered}, resource?, authorization?: {parameter: value}, tokenFormat?: form|json, refresh?: {leadSeconds,
// handOutSkewSeconds, sendScope}, errorCodes?: {providerCode: class}, scopeProblems?: {reasons, messages},
// probe?: {method, url}, quota?: {url, headers, format}}`. For relayfile-cloud `issuer` is the cloud API base, for
// relayfile-server the data-plane base, for mcp the address of the MCP server.
struct ProviderProfile {
    QString id;
    QString name;
    ProviderKind kind = ProviderKind::OAuth2;
    bool builtIn = false;
    QUrl issuer;
    QUrl suggestedIssuer; // what a form may offer where a person has to say the server
    ProviderEndpoints endpoints;
    QString clientId;
    ClientAuth clientAuth = ClientAuth::None;
    QUrl clientMetadata; // a client id metadata document of Postroom's own, for servers that take one as client id
    QStringList defaultScopes;
    QList<OfferedScope> offeredScopes;
    QString resource; // RFC 8707
    QUrl authorizationServer; // mcp: the issuer that the server's metadata named; filled by SignInFlows::complete()
    QList<QPair<QString, QString>> authorizationParameters; // further ones of the authorization request
    TokenFormat tokenFormat = TokenFormat::Form;
    std::optional<std::chrono::seconds> refreshLead;
    std::optional<std::chrono::seconds> handOutSkew;
    bool sendScope = false; // a refresh names the scopes of the grant
    QHash<QString, ErrorClass> errorCodes; // the server's own codes, lower-case
    ScopeProblems scopeProblems;
    std::optional<ProfileProbe> probe;
    std::optional<ProfileQuota> quota;
    QStringList apiHosts; // relayfile-cloud: further hosts that the cloud may name as its API base
    QJsonObject source; // the whole file, for `provider show`

    // What a person still has to say before a sign-in can start.
    bool needsServer() const { return issuer.isEmpty() && endpoints.token.isEmpty(); }
    bool needsClientId() const
    {
        return (kind == ProviderKind::OAuth2 || kind == ProviderKind::Claude) && clientId.isEmpty()
            && clientMetadata.isEmpty();
    }
    // There is no page for a browser to come back from, only a code to type.
    bool offersDeviceOnly() const
    {
        return issuer.isEmpty() && endpoints.authorization.isEmpty() && !endpoints.deviceAuthorization.isEmpty();
    }
    // Who signs the id tokens and answers for the callbacks; empty where that is not known.
    QUrl tokenIssuer() const { return kind == ProviderKind::Mcp ? authorizationServer : issuer; }
};

struct ProfileReading {
    ProviderProfile profile;
    QStringList warnings; // unknown keys
};

// A wrong type or value is an Input error "profile" that names the key, for instance endpoints.token. http is accepted
// for loopback alone. At most 64 KiB.
Result<ProfileReading> readProfile(const QByteArray &json);

// The built-in profiles (relayfile-cloud, relayfile-server, oauth2, google, github, claude, mcp), then the person's own
// from `folder`, one file ID.json each. Files that cannot be read or that take the id of a built-in profile are left
// out. Small blocking reads.
class ProfileRegistry
{
public:
    explicit ProfileRegistry(QString folder); // <config>/providers
    QList<ProviderProfile> all() const;
    std::optional<ProviderProfile> find(const QString &id) const;
    Result<ProfileReading> add(
        const QByteArray &json); // saves it; code "profile-built-in" for the id of a built-in one
    Result<void> remove(const QString &id); // codes "profile-not-found", "profile-built-in"

private:
    QString m_folder;
};

QString toString(ProviderKind kind);
QString toString(ClientAuth auth); // none basic post
std::optional<ClientAuth> clientAuthFromString(const QString &text);

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::ProviderProfile)
