// What a file is called on the server: its provider, the scopes it needs, its kind, and the identity that makes two
// sendings one operation.
#pragma once

#include "core/relayfile/dataplane.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace Postroom
{

// The first of at least two segments, lower-case, when it is one of [a-z0-9_-]; empty otherwise.
QString pushProvider(const QString &remotePath);
// What a token must allow for sending below this path, comparing first, and asking for the operations.
QStringList pushScopes(const QString &remotePath);

// A path that makes a new thing at the provider: "<text> <uuid>.json" or "factory-create-….json".
bool isDraftPath(const QString &remotePath);
// Drafts are known by workspace, path and bytes for 30 days; everything else by its command for 7 days.
ContentIdentity draftIdentity(const QString &relayId, const QString &remotePath, const QString &hash);
ContentIdentity commandIdentity(const QString &commandId);

// By name; where the name says nothing, text is text/plain and everything else application/octet-stream.
QString contentTypeOf(const QString &fileName, const QByteArray &content);
// Valid UTF-8 without a zero byte.
bool isText(const QByteArray &content);

// One leading slash, none doubled, none at the end ("/" itself apart). Nothing when a segment is "." or "..".
std::optional<QString> cleanRemoteFolder(const QString &folder);
QString joinRemote(const QString &folder, const QString &relative);

} // namespace Postroom
