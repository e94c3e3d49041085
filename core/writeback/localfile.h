// Reading one local file for a push: its bytes, their SHA-256, and whether it kept still meanwhile.
#pragma once

#include <QByteArray>
#include <QString>
#include <functional>

namespace Postroom
{

// A plain value. `code` is empty when all went well, else one of not-found, not-a-file, unreadable, outside, too-large,
// changing; `problem` then says it in a sentence.
struct LocalFile {
    QByteArray content; // empty unless asked for
    QString hash; // SHA-256, lower-case hexadecimal
    qint64 size = 0;
    qint64 modifiedAt = 0; // milliseconds since 1970
    QString contentType; // these two are for the push to fill in
    qint64 requestBytes = 0;
    QString code;
    QString problem;
};

struct ReadOptions {
    QString root; // canonical folder that the file must not leave; empty: anywhere
    qint64 limit = -1; // bytes; -1: any size
    bool keepContent = true;
    std::function<void(const QString &path)> afterRead; // for tests: between the last byte and the second look
};

// Blocking. Reads in pieces of 256 KiB; a file that changes meanwhile is read once more and then given up.
LocalFile readLocalFile(const QString &path, const ReadOptions &options);

// The canonical path (no links, no dots), empty when it does not exist or its name is not UTF-8.
QString canonicalPath(const QString &path);
// Is `path` `root` itself or below it? Both canonical.
bool isWithin(const QString &path, const QString &root);

} // namespace Postroom
