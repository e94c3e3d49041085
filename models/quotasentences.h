// What there is to say about an account's quota, and about which of several accounts serves.
#pragma once

#include "core/accounts/accountchoice.h"

#include <QLocale>
#include <QString>
#include <QStringList>

namespace Postroom
{

// The window to speak of: the one that the server says stops the account first, else the fullest. Null when none is
// known for certain.
const QuotaWindow *windowToShow(const QuotaStatus &quota);

// "5-hour limit", "weekly limit", "weekly limit of Opus"; an unknown kind with the server's own key.
QString sayWindow(const QuotaWindow &window);

// For an account that is well: "Signed in. 42 % of the 5-hour limit used, resets 16:30.", "Signed in. Acme hides its
// usage data." Empty when the quota has nothing to add.
QString signedInWithQuota(
    const AccountStatus &account, const QString &provider, const QDateTime &now, const QLocale &locale = QLocale());

// Everything, a line each: windows, extra usage, trouble, when it is asked next. `account` has a quota.
QStringList quotaLines(const AccountStatus &account, const QDateTime &now, const QLocale &locale = QLocale());

// "Using B because A resets at 14:05."
QString sayChoice(const AccountChoice &choice, const QDateTime &now, const QLocale &locale = QLocale());
// Why this one does not serve, without a name and a full stop: "resets at 14:05", "needs a sign-in".
QString sayWhyNot(const OtherAccount &other, const QDateTime &now, const QLocale &locale = QLocale());

} // namespace Postroom
