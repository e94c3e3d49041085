// What is said about an allowance: windows, money, and what the account's sentence adds.
#pragma once

#include "core/accounts/quotastatus.h"

#include <QLocale>
#include <QString>
#include <QStringList>

namespace Postroom
{

// What a window limits, as it stands within a sentence: "5-hour limit", "weekly limit for Opus". A kind that nobody
// knows keeps its own id.
QString sayQuotaWindow(const QuotaWindow &window);
// "42 %": whole percent, never less than there is to see, never 100 % before it is used up.
QString sayPercent(double percent, const QLocale &locale = QLocale());
// "resets 16:30", "begins with its next use" or nothing when the moment lies behind us.
QString sayReset(const QuotaWindow &window, const QDateTime &now, const QLocale &locale = QLocale());
// A whole sentence about one window, for screen readers.
QString sayQuotaUse(const QuotaWindow &window, const QDateTime &now, const QLocale &locale = QLocale());

// "€3.20 of €20.00 used"; empty while nothing is paid for.
QString sayQuotaExtra(const QuotaExtra &extra, const QLocale &locale = QLocale());

// The window to speak of: the one that the server says stops the account first, else the fullest one that has not been
// reset meanwhile. Nothing when none is known for certain.
std::optional<QuotaWindow> tightestWindow(const QuotaStatus &quota, const QDateTime &now);

// What the account's sentence says behind "Signed in.": one sentence, empty when there is nothing to tell. `provider`
// is who hides the data.
QString sayQuotaBriefly(
    const QuotaStatus &quota, const QString &provider, const QDateTime &now, const QLocale &locale = QLocale());
// Why there is no newer number, for the details; empty when all is well.
QString sayQuotaTrouble(
    const QuotaStatus &quota, const QString &provider, const QDateTime &now, const QLocale &locale = QLocale());

// Everything, a line each: windows, extra usage, trouble, when it is asked next.
QStringList quotaLines(
    const QuotaStatus &quota, const QString &provider, const QDateTime &now, const QLocale &locale = QLocale());

} // namespace Postroom
