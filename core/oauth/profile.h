// Provider profiles: what Postroom knows about a kind of sign-in. JSON files, the built-in ones are resources.
#pragma once

#include "core/base/error.h"

#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QMetaType>
#include <QString>
#include <QStringList>
#include <QUrl>
#include <chrono>
#include <optional>

namespace Postroom
{

enum class ProviderKind { OAuth2, Mcp, RelayfileCloud, RelayfileServer, Claude };
enum class ClientAuth { None, Basic, Post };

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

// `{id, name, kind, issuer?, suggestedIssuer?, apiHosts?, endpoints?, client?: {id, auth}, scopes: {default, offered},
// resource?, refresh?: {leadSeconds, handOutSkewSeconds}, errorCodes?: {providerCode: class}, …}`. For relayfile-cloud
// `issuer` is the cloud API base, for relayfile-server the data-plane base.
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
    QStringList defaultScopes;
    QList<OfferedScope> offeredScopes;
    QString resource; // RFC 8707
    std::optional<std::chrono::seconds> refreshLead;
    std::optional<std::chrono::seconds> handOutSkew;
    QHash<QString, ErrorClass> errorCodes; // the server's own codes, lower-case
    QStringList apiHosts; // relayfile-cloud: further hosts that the cloud may name as its API base
    QJsonObject source; // the whole file, for `provider show`

    // What a person still has to say before a sign-in can start.
    bool needsServer() const { return issuer.isEmpty() && endpoints.token.isEmpty(); }
    bool needsClientId() const { return kind == ProviderKind::OAuth2 && clientId.isEmpty(); }
};

struct ProfileReading {
    ProviderProfile profile;
    QStringList warnings; // unknown keys
};

// A wrong type or value is an Input error "profile" that names the key, for instance endpoints.token. http is accepted
// for loopback alone. At most 64 KiB.
Result<ProfileReading> readProfile(const QByteArray &json);

// The built-in profiles (relayfile-cloud, relayfile-server, oauth2), then the person's own from `folder`, one file
// ID.json each. Files that cannot be read or that take the id of a built-in profile are left out. Small blocking reads.
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

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::ProviderProfile)
