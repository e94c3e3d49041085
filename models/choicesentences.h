// Which of several accounts serves, and why the others do not.
#pragma once

#include "core/accounts/accountchoice.h"

#include <QLocale>
#include <QString>

namespace Postroom
{

// "Using B because A resets at 14:05."
QString sayChoice(const AccountChoice &choice, const QDateTime &now, const QLocale &locale = QLocale());
// Why this one does not serve, without a name and a full stop: "resets at 14:05", "needs a sign-in".
QString sayWhyNot(const OtherAccount &other, const QDateTime &now, const QLocale &locale = QLocale());

// Which of the accounts that could stand in for this one would serve now and why, or why none can. Empty where there is
// no other of the same provider and server.
QString sayWhoServes(const QList<AccountStatus> &accounts, const AccountStatus &account, const QDateTime &now,
    const QLocale &locale = QLocale());

} // namespace Postroom
