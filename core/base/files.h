// Reading files that others write and writing files so that a crash leaves the old or the new content, never a half.
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QString>

namespace Postroom
{

// Writes through a temporary file in the same folder: 0600 (or `mode`) from its first byte, fsync, rename, fsync of
// the folder. Blocking; small files only.
Result<void> writeFileAtomically(const QString &path, const QByteArray &content, unsigned mode = 0600);

// Reads a regular file of at most `limit` bytes. Codes: not-found, too-large, unreadable, not-a-file. Blocking.
Result<QByteArray> readFile(const QString &path, qint64 limit);

// An exclusive BSD flock(2) on `path` (made 0600 when missing), given back when the object dies or its process does.
class FileLock
{
public:
    FileLock() = default;
    FileLock(FileLock &&other) noexcept;
    FileLock &operator=(FileLock &&other) noexcept;
    ~FileLock();
    Q_DISABLE_COPY(FileLock)

    // Does not wait. An empty optional-like lock (isHeld() false) when another holder has it.
    static Result<FileLock> tryAcquire(const QString &path);
    bool isHeld() const { return m_descriptor >= 0; }
    void release();

private:
    int m_descriptor = -1;
};

} // namespace Postroom
