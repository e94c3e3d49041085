// Where an account's usage can be asked for, out of the provider's profile.
#include "core/accounts/quotahealth.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/oauth/profile.h"

#include <QCoreApplication>

namespace Postroom
{

Result<std::optional<QuotaSource>> quotaSourceOf(const ProviderProfile &profile)
{
    const QJsonObject quota = objectAt(profile.source, QLatin1String("quota"));
    if (quota.isEmpty())
        return std::optional<QuotaSource>();
    QuotaSource source;
    source.url = QUrl(quota.value(QLatin1String("url")).toString(), QUrl::StrictMode);
    source.format = quota.value(QLatin1String("format")).toString();
    const QJsonObject headers = objectAt(quota, QLatin1String("headers"));
    for (auto it = headers.begin(); it != headers.end(); ++it) {
        const QByteArray value = it.value().toString().toUtf8();
        // The bearer is ours to add.
        const bool ours = it.key().compare(QLatin1String("Authorization"), Qt::CaseInsensitive) == 0;
        if (it.value().isString() && !ours && !value.contains('\n') && !value.contains('\r'))
            source.headers.append(HttpHeader{it.key().toLatin1(), value});
    }
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
