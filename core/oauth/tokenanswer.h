// Reading the body of a token endpoint's answer: what kind it is, and which tokens are in it. Private to the oauth
// room.
#pragma once

#include "core/oauth/tokenendpoint.h"

#include <QJsonObject>

namespace Postroom
{

// A body as far as it can be read. JSON is tried first whatever the Content-Type says; a form counts only where the
// type says form or text/plain and it holds access_token or error.
struct TokenBody {
    enum class Kind { Empty, Object, Html, Unreadable };
    Kind kind = Kind::Unreadable;
    QJsonObject object; // of a form: its values as strings
    bool labelledHtml = false; // tokens may be in it, codes never count
};
TokenBody readTokenBody(const HttpResponse &answer);

// Nothing when there is no usable access token. `serverNow` is the server's clock where it told it: absolute times are
// read as spans from then, so that a wrong clock on either side does not matter.
std::optional<TokenSet> readTokens(TokenDialect dialect, const QJsonObject &object, const ProviderProfile &profile,
    const std::optional<QDateTime> &serverNow, const QDateTime &now);

// A refresh token that came without a usable access token. It may be the only one that still works.
Secret readStrayRefreshToken(const QJsonObject &object);

// The API base that the cloud names, if it may be used: https or loopback, and on a host of the profile. Else empty.
QString acceptedApiUrl(const ProviderProfile &profile, const QString &text);

// Takes what was sent out of what is said about the answer.
void forgetSecrets(Error *error, const QList<Secret> &sent);

} // namespace Postroom
