#include "models/quotasentences.h"

#include "models/sentences.h"
#include "models/words.h"

#include <cmath>

namespace Postroom
{
namespace
{

// Rounded down: nothing is called used up before it is.
QString sayPercent(double percent, const QLocale &locale)
{
    return locale.toString(static_cast<qint64>(std::floor(percent)));
}

QString sayAmount(double amount, const QString &currency, const QLocale &locale)
{
    const QString number = locale.toString(amount, 'f', 2);
    return currency.isEmpty() ? number : number + QLatin1Char(' ') + oneLine(currency, 8);
}

QString whyNotTold(const AccountStatus &account, const QString &provider)
{
    if (account.quota->reason == QLatin1String("scope"))
        return Words::tr("This sign-in may not see the usage data of %1.").arg(provider);
    if (account.quota->reason == QLatin1String("auth"))
        return Words::tr("%1 does not show its usage data to this sign-in.").arg(provider);
    return Words::tr("%1 hides its usage data.").arg(provider);
}

// A sentence about one window.
QString sayUse(const QuotaWindow &window, const QDateTime &now, const QLocale &locale)
{
    const QString name = sayWindow(window);
    if (window.resetsAt) {
        const QString reset = sayClock(*window.resetsAt, now, locale);
        if (window.isUsedUp())
            return Words::tr("The %1 is used up, resets %2.", "a limit, a clock time").arg(name, reset);
        return Words::tr("%1 % of the %2 used, resets %3.", "a number, a limit, a clock time")
            .arg(sayPercent(window.usedPercent, locale), name, reset);
    }
    if (window.isUsedUp())
        return Words::tr("The %1 is used up.").arg(name);
    return Words::tr("%1 % of the %2 used.").arg(sayPercent(window.usedPercent, locale), name);
}

QString sayExtra(const QuotaExtra &extra, const QLocale &locale)
{
    if (!extra.enabled)
        return Words::tr("No extra usage.");
    if (extra.used && extra.limit)
        return Words::tr("Extra usage: %1 of %2.")
            .arg(sayAmount(*extra.used, extra.currency, locale), sayAmount(*extra.limit, extra.currency, locale));
    if (extra.used)
        return Words::tr("Extra usage: %1.").arg(sayAmount(*extra.used, extra.currency, locale));
    if (extra.limit)
        return Words::tr("Extra usage up to %1.").arg(sayAmount(*extra.limit, extra.currency, locale));
    return Words::tr("Extra usage is on.");
}

QString sayTrouble(const QuotaStatus &quota, const QString &provider)
{
    if (quota.state == QuotaState::RateLimited)
        return Words::tr("%1 asked for a pause.").arg(provider);
    if (quota.reason == QLatin1String("endpoint-changed"))
        return Words::tr("The usage page of %1 seems to have changed.").arg(provider);
    const QString words = foreignReason(quota.lastMessage);
    return words.isEmpty() ? Words::tr("The usage is not known yet.") : words + QLatin1Char('.');
}

QString providerOf(const AccountStatus &account)
{
    const QString name = oneLine(account.providerName, 60);
    return name.isEmpty() ? oneLine(account.host, 80) : name;
}

} // namespace

const QuotaWindow *windowToShow(const QuotaStatus &quota)
{
    const QuotaWindow *fullest = nullptr;
    for (const QuotaWindow &window : quota.windows) {
        if (!window.isForAll())
            continue;
        if (window.id == quota.binding)
            return &window;
        if (!fullest || window.usedPercent > fullest->usedPercent)
            fullest = &window;
    }
    return fullest;
}

QString sayWindow(const QuotaWindow &window)
{
    const QString model = oneLine(window.model, 60);
    if (window.known && window.id == QLatin1String("five_hour"))
        return Words::tr("5-hour limit");
    if (window.known && model.isEmpty())
        return Words::tr("weekly limit");
    if (window.known)
        return Words::tr("weekly limit of %1", "a model").arg(model);
    //: %1 is a server's own name for a limit
    return Words::tr("limit %1").arg(oneLine(window.id, 64));
}

QString signedInWithQuota(
    const AccountStatus &account, const QString &provider, const QDateTime &now, const QLocale &locale)
{
    if (!account.quota)
        return {};
    QString told;
    if (const QuotaWindow *window = windowToShow(*account.quota))
        told = sayUse(*window, now, locale);
    else if (account.quota->state == QuotaState::Refused)
        told = whyNotTold(account, provider);
    else
        return {};
    return Words::tr("Signed in. %1", "a sentence").arg(told);
}

QStringList quotaLines(const AccountStatus &account, const QDateTime &now, const QLocale &locale)
{
    QStringList lines;
    if (!account.quota)
        return lines;
    const QuotaStatus &quota = *account.quota;
    for (const QuotaWindow &window : quota.windows) {
        QString line = sayUse(window, now, locale);
        if (!window.certain)
            line += QLatin1Char(' ') + Words::tr("It is not clear whether this number is in per cent.");
        lines.append(line);
    }
    if (quota.extra)
        lines.append(sayExtra(*quota.extra, locale));
    if (quota.state == QuotaState::Refused)
        lines.append(whyNotTold(account, providerOf(account)));
    else if (!quota.lastCode.isEmpty() || quota.windows.isEmpty())
        lines.append(quota.state == QuotaState::Fresh ? Words::tr("Nothing has been used yet.")
                                                      : sayTrouble(quota, providerOf(account)));
    if (quota.nextAt)
        lines.append(Words::tr("Asked again %1.").arg(sayDue(*quota.nextAt, now, locale)));
    return lines;
}

QString sayWhyNot(const OtherAccount &other, const QDateTime &now, const QLocale &locale)
{
    switch (other.why) {
    case PassedOver::BehindInOrder:
        break;
    case PassedOver::Disabled:
        return Words::tr("is switched off");
    case PassedOver::NeedsSignIn:
        return Words::tr("needs a sign-in");
    case PassedOver::StorageLocked:
        return Words::tr("waits for the keychain");
    case PassedOver::NotNow:
        return other.until ? Words::tr("reconnects %1", "at 14:05").arg(sayAt(*other.until, now, locale))
                           : Words::tr("is reconnecting");
    case PassedOver::PolicyBlocked:
        return Words::tr("is not allowed by its administrator");
    case PassedOver::ScopeMissing:
        return Words::tr("lacks a right that is needed");
    case PassedOver::QuotaUsedUp:
        return other.until ? Words::tr("resets %1", "at 14:05").arg(sayAt(*other.until, now, locale))
                           : Words::tr("is used up");
    case PassedOver::QuotaUnknown:
        return Words::tr("does not tell its usage");
    case PassedOver::QuotaLow:
        return Words::tr("is nearly used up");
    }
    return Words::tr("comes later in the list");
}

QString sayChoice(const AccountChoice &choice, const QDateTime &now, const QLocale &locale)
{
    const QString label = oneLine(choice.label, 80);
    // The nearest one that would have come first says why; the others are in the list.
    for (qsizetype i = choice.others.size() - 1; i >= 0; --i) {
        const OtherAccount &other = choice.others.at(i);
        if (other.cameFirst)
            return Words::tr("Using %1 because %2 %3.", "an account, another account, what is with it")
                .arg(label, oneLine(other.label, 80), sayWhyNot(other, now, locale));
    }
    return choice.others.isEmpty() ? Words::tr("Using %1.").arg(label)
                                   : Words::tr("Using %1, which comes first.").arg(label);
}

} // namespace Postroom
