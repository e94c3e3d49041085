#include "core/oauth/profile.h"
#include "core/base/json.h"
#include "core/http/httpclient.h"
#include "tests/fuzz/fuzztargets.h"

namespace Postroom::Fuzz
{
namespace
{

void checkUrl(const QUrl &url)
{
    require(url.isEmpty() || (isTrustworthyUrl(url) && !url.hasFragment()), "an address is encrypted");
}

void checkSpan(const std::optional<std::chrono::seconds> &span)
{
    require(!span || (span->count() >= 0 && span->count() <= 7 * 24 * 3600), "a span is a week at most");
}

bool isSame(const ProviderEndpoints &a, const ProviderEndpoints &b)
{
    return a.authorization == b.authorization && a.token == b.token && a.deviceAuthorization == b.deviceAuthorization
        && a.revocation == b.revocation && a.userinfo == b.userinfo && a.registration == b.registration;
}

} // namespace

void profile(const QByteArray &input)
{
    const auto reading = readProfile(input);
    if (!reading) {
        const Error &error = reading.error();
        require(error.kind == ErrorClass::Input && error.code == QLatin1String("profile"), "a profile is an input");
        require(!error.message.isEmpty() && isOneLine(error.message), "what is wrong is said in one line");
        return;
    }
    const ProviderProfile &read = reading->profile;
    require(!read.id.isEmpty() && read.id.size() <= 64 && isOneLine(read.id) && !read.id.contains(QLatin1Char('/'))
            && !read.id.startsWith(QLatin1Char('.')),
        "an id is a file's name");
    require(!read.name.isEmpty() && isOneLine(read.name), "a name is one line");
    require(!read.builtIn, "nobody says of himself that he is built in");
    for (const QUrl &url : {read.issuer, read.suggestedIssuer, read.endpoints.authorization, read.endpoints.token,
             read.endpoints.deviceAuthorization, read.endpoints.revocation, read.endpoints.userinfo,
             read.endpoints.registration})
        checkUrl(url);
    checkSpan(read.refreshLead);
    checkSpan(read.handOutSkew);
    for (const ErrorClass kind : read.errorCodes)
        require(kind != ErrorClass::Ok && kind != ErrorClass::Cancel && kind != ErrorClass::Store
                && kind != ErrorClass::Superseded && kind != ErrorClass::Input,
            "a table maps to what a server can mean");
    for (const QString &warning : reading->warnings)
        require(isOneLine(warning), "a warning is one line");

    const auto again = readProfile(toCompact(read.source));
    require(again.has_value(), "what was read can be read again");
    require(again->profile.id == read.id && again->profile.kind == read.kind && again->profile.issuer == read.issuer
            && isSame(again->profile.endpoints, read.endpoints) && again->profile.clientId == read.clientId
            && again->profile.clientAuth == read.clientAuth && again->profile.defaultScopes == read.defaultScopes
            && again->profile.errorCodes == read.errorCodes && again->warnings == reading->warnings,
        "and says the same");
}

} // namespace Postroom::Fuzz
