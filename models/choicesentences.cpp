#include "models/choicesentences.h"

#include "models/words.h"

namespace Postroom
{

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

QString sayWhoServes(
    const QList<AccountStatus> &accounts, const AccountStatus &account, const QDateTime &now, const QLocale &locale)
{
    if (account.custody == Custody::Observed)
        return {};
    const auto candidates = candidatesOf(accounts, account.providerId, account.host);
    if (candidates.size() < 2)
        return {};
    const auto choice = chooseAccount(candidates, {}, now);
    return choice ? sayChoice(*choice, now, locale) : sayProblem(choice.error());
}

} // namespace Postroom
