// What a browser, or anything else on this computer, sends to the loopback listener.
#include "core/oauth/loopback.h"
#include "tests/fuzz/fuzztargets.h"

#include <algorithm>

namespace Postroom::Fuzz
{
namespace
{

bool isVisible(const QByteArray &text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace

void callback(const QByteArray &input)
{
    CallbackRequest request;
    const CallbackReading reading = readCallbackRequest(input, &request);
    const qsizetype end = input.indexOf("\r\n\r\n");
    require(reading != CallbackReading::Complete || end > 0, "complete means up to the empty line");
    require(reading != CallbackReading::Incomplete || end < 0, "an empty line ends it one way or the other");
    // It comes in pieces: a beginning says nothing that the rest takes back.
    for (const qsizetype cut : {input.size() / 4, input.size() / 2, input.size() - 1}) {
        CallbackRequest part;
        const auto early = readCallbackRequest(input.left(std::max<qsizetype>(cut, 0)), &part);
        if (early == CallbackReading::Malformed)
            require(reading == CallbackReading::Malformed, "what is turned away early is turned away");
        if (early == CallbackReading::Complete)
            require(reading == CallbackReading::Complete && part.path == request.path && part.query == request.query
                    && part.host == request.host && part.method == request.method,
                "what follows a request does not change it");
    }
    if (reading != CallbackReading::Complete)
        return;
    require(!request.method.isEmpty() && isVisible(request.method), "a method is a word");
    require(request.path.startsWith('/') && isVisible(request.path), "a path starts with a slash");
    require(!request.path.contains('?') && isVisible(request.query), "the query is behind the first mark");
    require(std::none_of(
                request.host.begin(), request.host.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }),
        "a host is one line");
    const QUrlQuery query(QString::fromLatin1(request.query));
    for (const QLatin1String key : {QLatin1String("state"), QLatin1String("code"), QLatin1String("iss")})
        require(!onlyValue(query, key) || query.allQueryItemValues(key).size() == 1, "a parameter counts once");
}

} // namespace Postroom::Fuzz
