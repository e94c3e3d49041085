// What the two kinds of discovery share. Private to the oauth room.
#pragma once

#include "core/base/log.h"
#include "core/oauth/discovery.h"
#include "core/oauth/metadatacache.h"

#include <functional>

namespace Postroom
{

Failure failDiscovery(ErrorClass kind, const char *code, const QString &message, const QString &detail = {});
Failure failNoDiscovery(const QString &host, const QString &detail = {});
// What an answer says that is not the document.
Failure judgeNoDocument(const HttpResponse &answer, const QString &host);
// Of several failures the one that tells most is shown: a document that is wrong, then trouble that passes, then
// nothing found.
bool tellsMore(const Error &error, const std::optional<Error> &than);
// GET with redirects within the origin, ten seconds for each.
QCoro::Task<Result<HttpResponse>> fetchDocument(HttpClient *http, QUrl url, std::stop_token stop);
QUrl originOf(const QUrl &url); // scheme, host and port alone

// A remembered document serves while it is young, and where nobody can be asked. `askAgain`: what is remembered did not
// work, and is no answer. `read` makes the metadata of a document, `ask` is the way over the net. `cache` may be null.
template <typename Metadata>
QCoro::Task<Result<Metadata>> askOrRemember(MetadataCache *cache, QString key, bool askAgain,
    std::function<Result<Metadata>(const QByteArray &)> read, std::function<QCoro::Task<Result<Metadata>>()> ask)
{
    if (const auto kept = cache && !askAgain ? cache->fresh(key) : std::nullopt) {
        auto metadata = read(*kept);
        if (metadata)
            co_return metadata;
    }
    auto metadata = co_await ask();
    if (metadata) {
        if (cache)
            cache->keep(key, metadata->document);
        co_return metadata;
    }
    const bool mayRemember = cache && !askAgain && metadata.error().isTransient();
    if (const auto kept = mayRemember ? cache->usable(key) : std::nullopt) {
        auto older = read(*kept);
        if (older) {
            qCInfo(logOAuth) << "the server cannot be asked how to sign in; its last answer is used:"
                             << metadata.error().code;
            co_return older;
        }
    }
    co_return metadata;
}

} // namespace Postroom
