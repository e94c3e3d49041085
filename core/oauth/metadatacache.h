// What servers said about themselves, kept over restarts, so that trouble of a server does not stand in the way of what
// is known about it.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"

#include <QByteArray>
#include <QHash>
#include <optional>

namespace Postroom
{

// One small JSON file of ours, read when it is first needed and written after every change; no secrets in it. A file
// that cannot be read counts as empty. Small blocking reads and writes. Owned by the composition root; one thread.
class MetadataCache
{
public:
    MetadataCache(QString path, Clock *clock);

    // A document that need not be asked for again: 24 hours old at most.
    std::optional<QByteArray> fresh(const QString &key);
    // One that serves where the server cannot be asked: 30 days old at most.
    std::optional<QByteArray> usable(const QString &key);
    void keep(const QString &key, const QByteArray &document);
    void forget(const QString &key);

private:
    struct Entry {
        QDateTime readAt; // UTC
        QByteArray document;
    };
    std::optional<QByteArray> youngerThan(const QString &key, std::chrono::seconds age);
    void load();
    void save();

    QString m_path;
    Clock *m_clock;
    bool m_loaded = false;
    QHash<QString, Entry> m_entries;
};

} // namespace Postroom
