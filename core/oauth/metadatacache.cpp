#include "core/oauth/metadatacache.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/log.h"

#include <algorithm>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr std::chrono::seconds freshFor = std::chrono::hours(24);
constexpr std::chrono::seconds usableFor = std::chrono::hours(30 * 24);
constexpr qint64 fileLimit = 4 * 1024 * 1024;
constexpr qsizetype documentLimit = 64 * 1024;
constexpr qsizetype mostEntries = 50;

} // namespace

MetadataCache::MetadataCache(QString path, Clock *clock) : m_path(std::move(path)), m_clock(clock) { }

std::optional<QByteArray> MetadataCache::fresh(const QString &key)
{
    return youngerThan(key, freshFor);
}

std::optional<QByteArray> MetadataCache::usable(const QString &key)
{
    return youngerThan(key, usableFor);
}

std::optional<QByteArray> MetadataCache::youngerThan(const QString &key, std::chrono::seconds age)
{
    load();
    const auto entry = m_entries.constFind(key);
    if (entry == m_entries.cend())
        return std::nullopt;
    // A clock that was set back makes every age unknown.
    const qint64 seconds = entry->readAt.secsTo(m_clock->now());
    if (seconds < 0 || seconds > age.count())
        return std::nullopt;
    return entry->document;
}

void MetadataCache::keep(const QString &key, const QByteArray &document)
{
    if (document.size() > documentLimit)
        return;
    load();
    m_entries.insert(key, {m_clock->now(), document});
    while (m_entries.size() > mostEntries) {
        const auto oldest = std::min_element(
            m_entries.cbegin(), m_entries.cend(), [](const Entry &a, const Entry &b) { return a.readAt < b.readAt; });
        m_entries.erase(oldest);
    }
    save();
}

void MetadataCache::forget(const QString &key)
{
    load();
    if (m_entries.remove(key) > 0)
        save();
}

void MetadataCache::load()
{
    if (std::exchange(m_loaded, true))
        return;
    const auto content = readFile(m_path, fileLimit);
    const auto file = content ? parseJsonObject(*content) : Result<QJsonObject>(tl::unexpect, content.error());
    if (!file) {
        if (file.error().code != L("not-found"))
            qCWarning(logOAuth) << "what servers said about themselves cannot be read:" << file.error().code;
        return;
    }
    const QJsonObject documents = objectAt(*file, L("documents"));
    for (auto it = documents.begin(); it != documents.end(); ++it) {
        const QJsonObject object = it.value().toObject();
        const auto readAt = timeAt(object, L("readAt"));
        const auto document = stringAt(object, L("document"));
        if (readAt && document)
            m_entries.insert(it.key(), {*readAt, document->toUtf8()});
    }
}

void MetadataCache::save()
{
    QJsonObject documents;
    for (auto it = m_entries.cbegin(); it != m_entries.cend(); ++it) {
        QJsonObject object;
        put(object, L("readAt"), it->readAt);
        put(object, L("document"), QString::fromUtf8(it->document));
        documents.insert(it.key(), object);
    }
    if (const auto written = writeFileAtomically(m_path, toIndented({{L("documents"), documents}})); !written)
        qCWarning(logOAuth) << "what servers said about themselves cannot be kept:" << written.error().code;
}

} // namespace Postroom
