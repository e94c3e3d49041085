// What other programs on this computer keep signed in, read out of their files: never written, refreshed or sent.
#pragma once

#include "core/base/error.h"
#include "core/base/secret.h"

#include <QDateTime>
#include <QStringList>
#include <QUrl>
#include <optional>

namespace Postroom
{

enum class ObservedSource { AgentRelay, Relayfile, ClaudeCode };

QString toString(ObservedSource source); // agent-relay relayfile claude-code
std::optional<ObservedSource> observedSourceFromString(const QString &text);
QString toolName(ObservedSource source); // as people know the program

// One credential of another program, without anything secret. Times are UTC; absent means unknown.
struct ObservedCredential {
    ObservedSource source = ObservedSource::AgentRelay;
    QString path;
    QString providerId; // of the account that it would become
    QString subject; // stable identity, where the credential itself tells: "<workspace>/<agent>" of a bundle
    QString displayName; // for people, one line
    QUrl server;
    QString clientId; // the program's own OAuth client, where its tokens are bound to one (RFC 6749 §6)
    std::optional<QDateTime> accessExpiresAt;
    std::optional<QDateTime> refreshExpiresAt; // of the whole sign-in or delegation
    QStringList scopes;
    bool hasRefreshToken = false;
    QString token; // fingerprint of the refresh token, else of the access token
    QDateTime writtenAt;
    std::optional<Error> problem; // the file is there and cannot be used; then only source and path are told

    // Its own program can go on with it: an access token that works, or a way to a new one.
    bool isAlive(const QDateTime &now) const;
};

// The other half, for taking custody alone.
struct ObservedSecrets {
    Secret accessToken;
    Secret refreshToken;
    QUrl refreshUrl; // where the credential says that itself
};

struct ObservedReading {
    ObservedCredential credential;
    ObservedSecrets secrets;
};

// Pure readers of one file's content each, tolerant of unknown keys. Nothing when the file is fine and nobody is signed
// in by it. Errors are of class Input: "unreadable" (no JSON object), "incomplete", "untrusted-server".
//
// agent-relay: {apiUrl, accessToken, refreshToken, accessTokenExpiresAt, refreshTokenExpiresAt?}, times RFC 3339.
Result<std::optional<ObservedReading>> readAgentRelaySession(const QByteArray &content);
// relayfile: a delegated bundle; each value goes by several names, the first non-empty wins. The expiry in the token
// itself counts before the one beside it.
Result<std::optional<ObservedReading>> readRelayfileBundle(const QByteArray &content);
// Claude Code: {claudeAiOauth: {accessToken, refreshToken, expiresAt, scopes}}, times in milliseconds since 1970.
Result<std::optional<ObservedReading>> readClaudeCodeCredentials(const QByteArray &content);

} // namespace Postroom
