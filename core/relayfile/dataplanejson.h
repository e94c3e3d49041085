// The data plane's JSON, read tolerantly: null, missing and unknown are all "nothing said". Pure.
#pragma once

#include "core/relayfile/dataplane.h"

namespace Postroom
{

Result<BulkAnswer> readBulkAnswer(const QByteArray &json);
Result<QList<Operation>> readOperations(const QByteArray &json, QString *nextCursor);
Result<QList<RemoteFile>> readTree(const QByteArray &json, QString *nextCursor);
// One file with its content: the hash is the server's, or else counted from the content.
Result<RemoteFile> readFileAnswer(const QByteArray &json);

} // namespace Postroom
