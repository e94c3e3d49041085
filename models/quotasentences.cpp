#include "models/quotasentences.h"

#include "models/words.h"

#include <algorithm>
#include <cmath>

namespace Postroom
{
namespace
{

QString sayMoney(double amount, const QString &currency, const QLocale &locale)
{
    const QString unit = oneLine(currency, 8).toUpper();
    static const QHash<QString, QString> signs{{QStringLiteral("USD"), QStringLiteral("$")},
        {QStringLiteral("EUR"), QStringLiteral("€")}, {QStringLiteral("GBP"), QStringLiteral("£")}};
    if (unit.isEmpty())
        return locale.toString(amount, 'f', 2);
    return locale.toCurrencyString(amount, signs.value(unit, unit), 2);
}

} // namespace

QString sayQuotaWindow(const QuotaWindow &window)
{
    const QString model = oneLine(window.model, 40);
    const QString id = window.id.toLower();
    if (id == QLatin1String("five_hour") || id == QLatin1String("session"))
        return model.isEmpty() ? Words::tr("5-hour limit") : Words::tr("5-hour limit for %1", "a model").arg(model);
    if (id.startsWith(QLatin1String("seven_day")) || id.startsWith(QLatin1String("weekly"))) {
        if (!model.isEmpty())
            return Words::tr("weekly limit for %1", "a model").arg(model);
        if (window.known)
            return Words::tr("weekly limit");
    }
    const QString name = oneLine(window.id, 40);
    if (name.isEmpty())
        return model.isEmpty() ? Words::tr("limit") : Words::tr("limit for %1", "a model").arg(model);
    //: The server's own name of a limit that Postroom has no words for
    return Words::tr("limit \"%1\"").arg(name);
}

QString sayPercent(double percent, const QLocale &locale)
{
    const double bounded = std::isfinite(percent) ? std::clamp(percent, 0.0, 9999.0) : 0.0;
    int whole = static_cast<int>(std::lround(bounded));
    if (whole == 0 && bounded > 0)
        whole = 1;
    if (whole == 100 && bounded < 100)
        whole = 99;
    //: A number of percent
    return Words::tr("%1 %").arg(locale.toString(whole));
}

QString sayReset(const QuotaWindow &window, const QDateTime &now, const QLocale &locale)
{
    if (!window.resetsAt)
        return window.usedPercent > 0 ? QString() : Words::tr("begins with its next use");
    if (*window.resetsAt <= now)
        return {};
    return Words::tr("resets %1", "a clock time").arg(sayClock(*window.resetsAt, now, locale));
}

QString sayQuotaUse(const QuotaWindow &window, const QDateTime &now, const QLocale &locale)
{
    const QString reset = sayReset(window, now, locale);
    const QString percent = sayPercent(window.usedPercent, locale);
    const QString what = sayQuotaWindow(window);
    if (reset.isEmpty())
        return Words::tr("%1 of the %2 used.", "percent, name of a limit").arg(percent, what);
    return Words::tr("%1 of the %2 used, %3.", "percent, name of a limit, when it resets").arg(percent, what, reset);
}

QString sayQuotaExtra(const QuotaExtra &extra, const QLocale &locale)
{
    if (!extra.enabled)
        return {};
    if (extra.used && extra.limit)
        return Words::tr("%1 of %2 used", "two amounts of money")
            .arg(sayMoney(*extra.used, extra.currency, locale), sayMoney(*extra.limit, extra.currency, locale));
    if (extra.used)
        return Words::tr("%1 used", "an amount of money").arg(sayMoney(*extra.used, extra.currency, locale));
    if (extra.limit)
        return Words::tr("up to %1", "an amount of money").arg(sayMoney(*extra.limit, extra.currency, locale));
    return Words::tr("switched on");
}

std::optional<QuotaWindow> tightestWindow(const QuotaStatus &quota, const QDateTime &now)
{
    std::optional<QuotaWindow> tightest;
    for (const QuotaWindow &window : quota.windows) {
        if (window.resetsAt && *window.resetsAt <= now)
            continue;
        if (!tightest || window.usedPercent > tightest->usedPercent)
            tightest = window;
    }
    return tightest;
}

QString sayQuotaBriefly(const QuotaStatus &quota, const QString &provider, const QDateTime &now, const QLocale &locale)
{
    if (quota.state == QuotaState::Refused)
        return sayQuotaTrouble(quota, provider, now, locale);
    const auto window = tightestWindow(quota, now);
    if (!window)
        return {};
    if (!window->isUsedUp())
        return sayQuotaUse(*window, now, locale);
    const QString reset = sayReset(*window, now, locale);
    const QString what = sayQuotaWindow(*window);
    return reset.isEmpty() ? Words::tr("The %1 is used up.", "name of a limit").arg(what)
                           : Words::tr("The %1 is used up, %2.", "name of a limit, when it resets").arg(what, reset);
}

QString sayQuotaTrouble(const QuotaStatus &quota, const QString &provider, const QDateTime &now, const QLocale &locale)
{
    const QString next = quota.nextAt ? Words::tr("Asked again %1.").arg(sayAt(*quota.nextAt, now, locale)) : QString();
    const auto withNext
        = [&next](const QString &text) { return next.isEmpty() ? text : text + QLatin1Char(' ') + next; };
    switch (quota.state) {
    case QuotaState::Refused:
        if (quota.reason == QLatin1String("scope"))
            return Words::tr("This sign-in may not read the usage data of %1.").arg(provider);
        if (quota.reason == QLatin1String("auth"))
            return Words::tr("%1 does not tell its usage data to this sign-in.").arg(provider);
        return Words::tr("%1 hides its usage data.").arg(provider);
    case QuotaState::Stale:
        return withNext(Words::tr("The numbers may be old: %1 did not tell newer ones.").arg(provider));
    case QuotaState::RateLimited:
        return withNext(Words::tr("%1 asked for a pause before it tells newer numbers.").arg(provider));
    case QuotaState::Unknown:
    case QuotaState::Fresh:
    case QuotaState::Blocked:
        break;
    }
    return {};
}

} // namespace Postroom
