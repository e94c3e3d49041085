#include "core/accounts/observedcredential.h"

#include "core/accounts/claims.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/httpclient.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <utility>

namespace Postroom
{
namespace
{

using L = QLatin1String;

// The public client under which Claude Code signs in, the same on every computer.
constexpr char claudeCodeClient[] = "9d1c250a-e61b-44d9-88ed-5944d1962f5e";

constexpr std::array<std::pair<ObservedSource, const char *>, 3> sourceNames{{
    {ObservedSource::AgentRelay, "agent-relay"},
    {ObservedSource::Relayfile, "relayfile"},
    {ObservedSource::ClaudeCode, "claude-code"},
}};

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

Failure failReading(const QString &code, ObservedSource source, const QString &detail)
{
    auto failure = failInput(code, tr("The sign-in file of %1 cannot be understood.").arg(toolName(source)),
        tr("Sign in with %1 again.").arg(toolName(source)));
    failure.value().detail = detail;
    return failure;
}

// A token becomes part of a header line.
Secret tokenAt(const QJsonObject &object, std::initializer_list<QLatin1String> keys)
{
    const QByteArray bytes = firstString(object, keys).toUtf8();
    const bool isWord = std::all_of(bytes.cbegin(), bytes.cend(), [](char c) { return c > 0x20 && c < 0x7f; });
    return isWord && !bytes.isEmpty() ? Secret(bytes) : Secret();
}

std::optional<QDateTime> firstTime(const QJsonObject &object, std::initializer_list<QLatin1String> keys)
{
    for (const QLatin1String key : keys) {
        if (const auto time = timeAt(object, key))
            return time;
    }
    return std::nullopt;
}

std::optional<QDateTime> millisecondsAt(const QJsonObject &object, QLatin1String key)
{
    constexpr qint64 latest = 253402300799999; // the end of the year 9999
    const auto milliseconds = integerAt(object, key);
    if (!milliseconds || *milliseconds <= 0 || *milliseconds > latest)
        return std::nullopt;
    return QDateTime::fromMSecsSinceEpoch(*milliseconds, Qt::UTC);
}

std::optional<QDateTime> earlier(const std::optional<QDateTime> &a, const std::optional<QDateTime> &b)
{
    if (!a || !b)
        return a ? a : b;
    return std::min(*a, *b);
}

// Scopes are shown and compared, so that each has to be one word of a sane length.
QStringList saneScopes(const QStringList &scopes)
{
    constexpr qsizetype most = 200;
    QStringList sane;
    for (const QString &scope : scopes) {
        const bool isWord = !scope.isEmpty() && scope.size() <= 300
            && std::all_of(
                scope.cbegin(), scope.cend(), [](QChar c) { return c > QLatin1Char(' ') && c < QChar(0x7f); });
        if (isWord && !sane.contains(scope) && sane.size() < most)
            sane.append(scope);
    }
    return sane;
}

void finish(ObservedReading *reading)
{
    const ObservedSecrets &secrets = reading->secrets;
    reading->credential.hasRefreshToken = !secrets.refreshToken.isEmpty();
    reading->credential.token
        = (secrets.refreshToken.isEmpty() ? secrets.accessToken : secrets.refreshToken).fingerprint();
}

QUrl refreshUrlOf(const QJsonObject &bundle)
{
    const QString own = firstString(bundle, {L("refreshUrl")});
    if (!own.isEmpty())
        return QUrl(own, QUrl::StrictMode);
    QString base = firstString(bundle, {L("relayauthUrl")});
    if (base.isEmpty())
        return {};
    while (base.endsWith(QLatin1Char('/')))
        base.chop(1);
    return QUrl(base + QStringLiteral("/v1/tokens/refresh"), QUrl::StrictMode);
}

} // namespace

QString toString(ObservedSource source)
{
    for (const auto &[entry, name] : sourceNames) {
        if (entry == source)
            return QString::fromLatin1(name);
    }
    return {};
}

std::optional<ObservedSource> observedSourceFromString(const QString &text)
{
    for (const auto &[entry, name] : sourceNames) {
        if (text == QLatin1String(name))
            return entry;
    }
    return std::nullopt;
}

QString toolName(ObservedSource source)
{
    return source == ObservedSource::ClaudeCode ? QStringLiteral("Claude Code") : toString(source);
}

bool ObservedCredential::isAlive(const QDateTime &now) const
{
    if (problem)
        return false;
    if (!accessExpiresAt || *accessExpiresAt > now)
        return true;
    return hasRefreshToken && (!refreshExpiresAt || *refreshExpiresAt > now);
}

Result<std::optional<ObservedReading>> readAgentRelaySession(const QByteArray &content)
{
    constexpr auto source = ObservedSource::AgentRelay;
    const auto object = parseJsonObject(content);
    if (!object)
        return failReading(QStringLiteral("unreadable"), source, object.error().detail);
    ObservedReading reading;
    reading.secrets.accessToken = tokenAt(*object, {L("accessToken")});
    reading.secrets.refreshToken = tokenAt(*object, {L("refreshToken")});
    if (reading.secrets.accessToken.isEmpty() && reading.secrets.refreshToken.isEmpty())
        return std::optional<ObservedReading>();
    if (reading.secrets.accessToken.isEmpty())
        return failReading(QStringLiteral("incomplete"), source, QStringLiteral("accessToken"));
    ObservedCredential &credential = reading.credential;
    credential.source = source;
    credential.providerId = QStringLiteral("relayfile-cloud");
    credential.server = QUrl(firstString(*object, {L("apiUrl")}), QUrl::StrictMode);
    if (credential.server.isEmpty())
        return failReading(QStringLiteral("incomplete"), source, QStringLiteral("apiUrl"));
    if (!isTrustworthyUrl(credential.server))
        return failReading(QStringLiteral("untrusted-server"), source, QStringLiteral("apiUrl"));
    credential.accessExpiresAt = timeAt(*object, L("accessTokenExpiresAt"));
    credential.refreshExpiresAt = timeAt(*object, L("refreshTokenExpiresAt"));
    finish(&reading);
    return reading;
}

Result<std::optional<ObservedReading>> readRelayfileBundle(const QByteArray &content)
{
    constexpr auto source = ObservedSource::Relayfile;
    const auto object = parseJsonObject(content);
    if (!object)
        return failReading(QStringLiteral("unreadable"), source, object.error().detail);
    ObservedReading reading;
    reading.secrets.accessToken = tokenAt(*object, {L("accessToken"), L("token"), L("relayfileToken")});
    reading.secrets.refreshToken = tokenAt(*object, {L("refreshToken"), L("relayfileRefreshToken")});
    if (reading.secrets.accessToken.isEmpty())
        return failReading(QStringLiteral("incomplete"), source, QStringLiteral("accessToken"));
    ObservedCredential &credential = reading.credential;
    credential.source = source;
    credential.providerId = QStringLiteral("relayfile-server");
    credential.server = QUrl(firstString(*object, {L("relayfileUrl"), L("baseUrl"), L("server")}), QUrl::StrictMode);
    if (credential.server.isEmpty())
        return failReading(QStringLiteral("incomplete"), source, QStringLiteral("relayfileUrl"));
    if (!isTrustworthyUrl(credential.server))
        return failReading(QStringLiteral("untrusted-server"), source, QStringLiteral("relayfileUrl"));
    const QString workspace = oneLine(firstString(*object, {L("relayfileWorkspaceId"), L("workspaceId")}), 120);
    if (workspace.isEmpty())
        return failReading(QStringLiteral("incomplete"), source, QStringLiteral("relayfileWorkspaceId"));
    reading.secrets.refreshUrl = refreshUrlOf(*object);
    if (!isTrustworthyUrl(reading.secrets.refreshUrl)) {
        // Where it cannot be renewed safely it serves until it ends.
        reading.secrets.refreshUrl = QUrl();
        reading.secrets.refreshToken = Secret();
    }
    const QJsonObject claims = readClaims(reading.secrets.accessToken);
    const QString claimed = oneLine(firstString(claims, {L("wks"), L("workspace_id")}), 120);
    const QString agent = oneLine(firstString(claims, {L("sub"), L("agent_name")}), 120);
    if (!claimed.isEmpty() || !agent.isEmpty())
        credential.subject = claimed + QLatin1Char('/') + agent;
    credential.displayName = workspace;
    credential.accessExpiresAt = timeClaim(claims, L("exp"));
    if (!credential.accessExpiresAt)
        credential.accessExpiresAt = firstTime(*object, {L("accessTokenExpiresAt"), L("relayfileTokenExpiresAt")});
    credential.refreshExpiresAt
        = earlier(firstTime(*object, {L("refreshTokenExpiresAt"), L("relayfileRefreshTokenExpiresAt")}),
            timeAt(*object, L("delegationNotAfter")));
    credential.scopes = saneScopes(stringsAt(*object, L("scopes")) + stringsAt(*object, L("relayfileScopes")));
    if (credential.scopes.isEmpty())
        credential.scopes = saneScopes(scopesClaim(claims));
    finish(&reading);
    return reading;
}

Result<std::optional<ObservedReading>> readClaudeCodeCredentials(const QByteArray &content)
{
    constexpr auto source = ObservedSource::ClaudeCode;
    const auto object = parseJsonObject(content);
    if (!object)
        return failReading(QStringLiteral("unreadable"), source, object.error().detail);
    // The same file keeps other things, such as the sign-ins of MCP servers.
    const QJsonObject own = objectAt(*object, L("claudeAiOauth"));
    ObservedReading reading;
    reading.secrets.accessToken = tokenAt(own, {L("accessToken")});
    reading.secrets.refreshToken = tokenAt(own, {L("refreshToken")});
    if (reading.secrets.accessToken.isEmpty() && reading.secrets.refreshToken.isEmpty())
        return std::optional<ObservedReading>();
    if (reading.secrets.accessToken.isEmpty())
        return failReading(QStringLiteral("incomplete"), source, QStringLiteral("accessToken"));
    ObservedCredential &credential = reading.credential;
    credential.source = source;
    credential.providerId = QStringLiteral("claude");
    credential.clientId = QString::fromLatin1(claudeCodeClient);
    credential.accessExpiresAt = millisecondsAt(own, L("expiresAt"));
    credential.refreshExpiresAt = millisecondsAt(own, L("refreshTokenExpiresAt"));
    credential.scopes = saneScopes(stringsAt(own, L("scopes")));
    finish(&reading);
    return reading;
}

} // namespace Postroom
