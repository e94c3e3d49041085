#include "core/oauth/loopback.h"

#include <algorithm>

namespace Postroom
{
namespace
{

constexpr qsizetype requestLimit = 16 * 1024;

bool isVisible(const QByteArray &text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool isUpper(const QByteArray &text)
{
    return !text.isEmpty() && text.size() <= 16
        && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

} // namespace

CallbackReading readCallbackRequest(const QByteArray &bytes, CallbackRequest *request)
{
    const qsizetype end = bytes.indexOf("\r\n\r\n");
    if (end < 0) {
        // What cannot become a request is turned away before it has filled the buffer.
        const bool hopeless = bytes.size() > requestLimit || bytes.contains('\0')
            || (!bytes.isEmpty() && (bytes.at(0) < 'A' || bytes.at(0) > 'Z'));
        return hopeless ? CallbackReading::Malformed : CallbackReading::Incomplete;
    }
    if (end > requestLimit || bytes.left(end).contains('\0'))
        return CallbackReading::Malformed;
    const QList<QByteArray> lines = bytes.left(end).split('\n');
    // A carriage return ends a line, and stands nowhere else (RFC 9110 §5.5).
    const auto isCarried = [](const QByteArray &line) { return line.endsWith('\r') && line.count('\r') == 1; };
    if (lines.last().contains('\r') || !std::all_of(lines.begin(), lines.end() - 1, isCarried))
        return CallbackReading::Malformed;

    // Not trimmed: a request that begins with white space was turned away when its first byte came.
    const QByteArray &first = lines.first();
    const QList<QByteArray> words = (lines.size() > 1 ? first.chopped(1) : first).split(' ');
    if (words.size() != 3 || !isUpper(words.at(0)) || !words.at(1).startsWith('/') || !isVisible(words.at(1))
        || (words.at(2) != "HTTP/1.1" && words.at(2) != "HTTP/1.0"))
        return CallbackReading::Malformed;
    request->method = words.at(0);
    const qsizetype mark = words.at(1).indexOf('?');
    request->path = mark < 0 ? words.at(1) : words.at(1).left(mark);
    request->query = mark < 0 ? QByteArray() : words.at(1).mid(mark + 1);

    int hosts = 0;
    for (qsizetype i = 1; i < lines.size(); ++i) {
        const QByteArray &line = lines.at(i);
        const qsizetype colon = line.indexOf(':');
        // A name without a colon, or a line that goes on from the one before.
        if (colon <= 0 || !isVisible(line.left(colon)))
            return CallbackReading::Malformed;
        if (line.left(colon).compare("Host", Qt::CaseInsensitive) == 0) {
            request->host = line.mid(colon + 1).trimmed();
            ++hosts;
        }
    }
    return hosts == 1 ? CallbackReading::Complete : CallbackReading::Malformed;
}

std::optional<QString> onlyValue(const QUrlQuery &query, QLatin1String key)
{
    const QStringList values = query.allQueryItemValues(key, QUrl::FullyDecoded);
    return values.size() == 1 ? std::optional(values.constFirst()) : std::nullopt;
}

} // namespace Postroom
