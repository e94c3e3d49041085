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

// `{id, name, kind, issuer?, endpoints?, client?: {id, auth}, scopes: {default, offered}, resource?, refresh?:
// {leadSeconds, handOutSkewSeconds}, errorCodes?: {providerCode: class}, …}`. For relayfile-cloud `issuer` is the cloud
// API base, for relayfile-server the data-plane base.
struct ProviderProfile {
    QString id;
    QString name;
    ProviderKind kind = ProviderKind::OAuth2;
    bool builtIn = false;
    QUrl issuer;
    ProviderEndpoints endpoints;
    QString clientId;
    ClientAuth clientAuth = ClientAuth::None;
    QStringList defaultScopes;
    QList<OfferedScope> offeredScopes;
    QString resource; // RFC 8707
    std::optional<std::chrono::seconds> refreshLead;
    std::optional<std::chrono::seconds> handOutSkew;
    QHash<QString, ErrorClass> errorCodes;
    QJsonObject source; // the whole file, for `provider show`

    // What a person still has to say before a sign-in can start.
    bool needsServer() const { return issuer.isEmpty() && endpoints.token.isEmpty(); }
    bool needsClientId() const { return kind == ProviderKind::OAuth2 && clientId.isEmpty(); }
};

struct ProfileReading {
    ProviderProfile profile;
    QStringList warnings; // unknown keys
};

// A wrong type or value is an Input error "profile" that names the key. http is accepted for loopback alone.
Result<ProfileReading> readProfile(const QByteArray &json);

// The built-in profiles (relayfile-cloud, relayfile-server, oauth2), then the person's own from `folder`.
class ProfileRegistry
{
public:
    explicit ProfileRegistry(QString folder); // <config>/providers
    QList<ProviderProfile> all() const;
    std::optional<ProviderProfile> find(const QString &id) const;
    Result<ProfileReading> add(const QByteArray &json); // saves it; refuses the id of a built-in one
    Result<void> remove(const QString &id);

private:
    QString m_folder;
};

QString toString(ProviderKind kind);

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::ProviderProfile)
