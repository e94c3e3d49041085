// Two lines: Retry-After, and the server's Date.
#include "core/http/headers.h"
#include "tests/fuzz/fuzztargets.h"

#include <QLocale>
#include <algorithm>

namespace Postroom::Fuzz
{
namespace
{

constexpr qint64 tenYears = 10LL * 365 * 24 * 3600;
const QDateTime now(QDate(2025, 12, 31), QTime(23, 0), Qt::UTC);

void date(const QByteArray &text)
{
    const auto moment = parseHttpDate(text);
    if (!moment)
        return;
    require(moment->isValid() && moment->timeSpec() == Qt::UTC, "a date is a moment in UTC");
    require(moment->date().year() >= 1 && moment->date().year() <= 9999, "a year has four digits");
    const QByteArray fixdate
        = QLocale::c().toString(*moment, QStringLiteral("ddd, dd MMM yyyy HH:mm:ss 'GMT'")).toLatin1();
    require(parseHttpDate(fixdate) == moment, "a date that was read can be written");
}

} // namespace

void retryAfter(const QByteArray &input)
{
    QByteArray rest = input;
    const QByteArray value = takeLine(&rest);
    const QByteArray serverDate = takeLine(&rest);
    date(value);
    date(serverDate);
    const auto serverNow = parseHttpDate(serverDate);
    const auto pause = parseRetryAfter(value, serverNow, now);
    if (pause)
        require(pause->count() > 0 && pause->count() <= tenYears, "a pause is positive and has an end");
    // Dates are measured against the server's clock alone, so that ours may be wrong.
    if (serverNow)
        require(parseRetryAfter(value, serverNow, now.addDays(4000)) == pause, "our clock has no say");
    const QByteArray digits = value.trimmed();
    if (!digits.isEmpty() && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        const bool zero = std::all_of(digits.begin(), digits.end(), [](char c) { return c == '0'; });
        require(pause.has_value() == !zero, "a number of seconds is obeyed, zero is not");
    }
}

} // namespace Postroom::Fuzz
