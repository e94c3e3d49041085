#include "models/words.h"

#include "models/sentences.h"

#include <QHash>
#include <cmath>

namespace Postroom
{
namespace
{

QString clockOf(const QDateTime &local, const QLocale &locale)
{
    // The C locale's own short format carries seconds, which nobody says.
    if (locale.language() == QLocale::C)
        return local.time().toString(QStringLiteral("HH:mm"));
    return locale.toString(local.time(), QLocale::ShortFormat);
}

QString dateOf(const QDate &date, const QDate &today, const QLocale &locale)
{
    const qint64 distance = today.daysTo(date);
    if (distance < 0 && distance > -7)
        return locale.dayName(date.dayOfWeek(), QLocale::LongFormat);
    if (distance > 0 && distance < 7)
        return locale.dayName(date.dayOfWeek(), QLocale::LongFormat);
    if (locale.language() == QLocale::C)
        return date.toString(Qt::ISODate);
    return locale.toString(date, QLocale::ShortFormat);
}

} // namespace

QString counted(const char *one, const char *many, int number)
{
    const QString text = QCoreApplication::translate("Postroom", many, nullptr, number);
    if (number != 1)
        return text;
    QString untranslated = QString::fromUtf8(many);
    untranslated.replace(QLatin1String("%n"), QString::number(number));
    return text == untranslated ? QString::fromUtf8(one) : text;
}

QString foreignReason(const QString &foreign)
{
    QString line = oneLine(foreign, 160);
    while (line.endsWith(QLatin1Char('.')))
        line.chop(1);
    return line;
}

QString quoted(const QString &foreign)
{
    return QLatin1Char('"') + foreignReason(foreign) + QLatin1Char('"');
}

QString sayProvider(const QString &path)
{
    static const QHash<QString, QString> names{{QStringLiteral("github"), QStringLiteral("GitHub")},
        {QStringLiteral("gitlab"), QStringLiteral("GitLab")}, {QStringLiteral("hubspot"), QStringLiteral("HubSpot")},
        {QStringLiteral("clickup"), QStringLiteral("ClickUp")}};
    const QString id = oneLine(path.section(QLatin1Char('/'), 0, 0, QString::SectionSkipEmpty), 60);
    if (id.isEmpty())
        return Words::tr("The server");
    const auto known = names.constFind(id.toLower());
    return known != names.cend() ? *known : id.at(0).toUpper() + id.mid(1);
}

QString sayScope(const QString &scope)
{
    QString name = scope;
    while (name.endsWith(QLatin1Char('/')))
        name.chop(1);
    if (name.contains(QLatin1String("://")))
        name = name.section(QLatin1Char('/'), -1);
    return oneLine(name.isEmpty() ? scope : name, 60);
}

QString sayScopes(const QStringList &scopes, int most)
{
    QStringList names;
    for (const QString &scope : scopes)
        names.append(sayScope(scope));
    names.removeDuplicates();
    const auto more = static_cast<int>(names.size()) - most;
    if (more <= 1)
        return names.join(QLatin1String(", "));
    return Words::tr("%1 and %2", "a list of rights, how many more")
        .arg(QStringList(names.mid(0, most)).join(QLatin1String(", ")),
            counted("1 more", QT_TRANSLATE_N_NOOP("Postroom", "%n more"), more));
}

QString sayClock(const QDateTime &time, const QDateTime &now, const QLocale &locale)
{
    if (!time.isValid())
        return {};
    const QDateTime local = time.toLocalTime();
    const QDate today = now.toLocalTime().date();
    const QString clock = clockOf(local, locale);
    const qint64 days = today.daysTo(local.date());
    if (days == 0)
        return clock;
    if (days == -1)
        return Words::tr("yesterday %1").arg(clock);
    if (days == 1)
        return Words::tr("tomorrow %1").arg(clock);
    //: A day and a clock time, as in "Monday 14:02" or "3/4/26 14:02"
    return Words::tr("%1 %2", "day and time").arg(dateOf(local.date(), today, locale), clock);
}

QString sayAt(const QDateTime &time, const QDateTime &now, const QLocale &locale)
{
    const QString clock = sayClock(time, now, locale);
    if (time.isValid() && time.toLocalTime().date() == now.toLocalTime().date())
        return Words::tr("at %1", "a clock time of today").arg(clock);
    return clock;
}

QString sayDue(const QDateTime &time, const QDateTime &now, const QLocale &locale)
{
    if (time <= now)
        return Words::tr("now", "the next try");
    return sayClock(time, now, locale);
}

QString sayTime(const QDateTime &time, const QDateTime &now, const QLocale &locale)
{
    if (!time.isValid())
        return {};
    const qint64 age = time.secsTo(now);
    // A little of the future is a clock that moved, not news.
    if (age >= -5 && age < 60)
        return Words::tr("just now");
    if (age >= 0 && age < 3600)
        return counted("1 min ago", QT_TRANSLATE_N_NOOP("Postroom", "%n min ago"), static_cast<int>(age / 60));
    return sayClock(time, now, locale);
}

QString saySize(qint64 bytes, const QLocale &locale)
{
    return locale.formattedDataSize(std::max<qint64>(0, bytes), 1, QLocale::DataSizeSIFormat);
}

QString saySpan(qint64 seconds, const QLocale &)
{
    const qint64 span = std::max<qint64>(0, seconds);
    const auto whole = [](qint64 number) { return static_cast<int>(std::min<qint64>(number, 100000)); };
    if (span < 90)
        return counted("1 s", QT_TRANSLATE_N_NOOP("Postroom", "%n s"), whole(span));
    if (span < 90 * 60)
        return counted("1 min", QT_TRANSLATE_N_NOOP("Postroom", "%n min"), whole((span + 30) / 60));
    if (span < 36 * 3600)
        return counted("1 h", QT_TRANSLATE_N_NOOP("Postroom", "%n h"), whole((span + 1800) / 3600));
    return counted("1 day", QT_TRANSLATE_N_NOOP("Postroom", "%n days"), whole((span + 43200) / 86400));
}

QString sayProblem(const Error &error)
{
    QString text = oneLine(error.message, 300);
    if (text.isEmpty())
        text = QCoreApplication::translate("Postroom", "That did not work.");
    if (!error.next.isEmpty())
        text += QLatin1Char(' ') + oneLine(error.next, 200);
    return text;
}

} // namespace Postroom
