// What a JSON web token says about itself (RFC 7519), unchecked: good for an expiry and a name to show, never for
// trust.
#pragma once

#include "core/base/secret.h"

#include <QDateTime>
#include <QJsonObject>
#include <optional>

namespace Postroom
{

// The payload, behind an optional relay_xx_ prefix. Empty when the value is no such token.
QJsonObject readClaims(const Secret &token);
// A NumericDate claim such as `exp`, UTC. Nothing when it is missing, no number or outside of this calendar.
std::optional<QDateTime> timeClaim(const QJsonObject &claims, QLatin1String key);
// `scopes` or `scope`: a list, or one string with spaces or commas.
QStringList scopesClaim(const QJsonObject &claims);

} // namespace Postroom
