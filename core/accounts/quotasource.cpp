// Where an account's usage can be asked for, out of the provider's profile.
#include "core/accounts/quotahealth.h"

#include "core/base/text.h"
#include "core/oauth/profile.h"

#include <QCoreApplication>

namespace Postroom
{

Result<std::optional<QuotaSource>> quotaSourceOf(const ProviderProfile &profile)
{
    if (!profile.quota)
        return std::optional<QuotaSource>();
    QuotaSource source;
    source.url = profile.quota->url;
    source.format = profile.quota->format;
    source.headers = profile.quota->headers;
    if (!isTrustworthyUrl(source.url)) {
        Error error;
        error.origin = Origin::Quota;
        error.kind = ErrorClass::Config;
        error.code = QStringLiteral("quota-url");
        error.message
            = QCoreApplication::translate("Postroom", "The usage page of %1 has an address that no sign-in may go to.")
                  .arg(oneLine(profile.name, 60));
        return Failure(error);
    }
    if (const auto readable = checkQuotaFormat(source.format); !readable)
        return Failure(readable.error());
    return std::optional(source);
}

} // namespace Postroom
