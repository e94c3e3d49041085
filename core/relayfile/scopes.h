// Relayfile scope strings: `[relayfile:]<resource>:<action>[:<path>]`.
#pragma once

#include <QString>
#include <QStringList>

namespace Postroom
{

// Trimmed, without empty and double ones, sorted by bytes.
QStringList normalisedScopes(const QStringList &scopes);
// First 24 hexadecimal digits of SHA-256 over the normalised scopes joined with '\n': names one scope set.
QString scopeKey(const QStringList &scopes);
// Does a bundle with `granted` serve a request for `wanted`? Equal after dropping "relayfile:"; same resource and
// action, and a granted path that is empty, "*", "/*", "/**" or equal.
bool scopesSatisfy(const QStringList &granted, const QStringList &wanted);

QStringList defaultWorkspaceScopes(); // fs:read fs:write ops:read sync:read

} // namespace Postroom
