#include "core/http/headers.h"

#include <QRegularExpression>
#include <QTimeZone>
#include <algorithm>

namespace Postroom
{
namespace
{

// Ten years: more is shown and used as that, and the arithmetic stays far from its ends.
constexpr qint64 longestRetryAfter = 10LL * 365 * 24 * 3600;

int monthOf(const QString &name)
{
    static const QStringList months
        = QStringLiteral("jan feb mar apr may jun jul aug sep oct nov dec").split(QLatin1Char(' '));
    return static_cast<int>(months.indexOf(name.toLower())) + 1;
}

std::optional<QDateTime> assemble(int year, int month, int day, const QString &clock)
{
    const QStringList parts = clock.split(QLatin1Char(':'));
    // A leap second is allowed by the grammar and unknown to QTime.
    const QTime time(parts.at(0).toInt(), parts.at(1).toInt(), std::min(parts.at(2).toInt(), 59));
    const QDateTime moment(QDate(year, month, day), time, Qt::UTC);
    if (month < 1 || !moment.isValid() || !time.isValid())
        return std::nullopt;
    return moment;
}

// RFC 9110 §5.6.2 and §11.2. Bytes above 127 are left to the values in quotes.
bool isTokenChar(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

bool isToken68Char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || QByteArrayView("-._~+/").contains(c);
}

// Reads one WWW-Authenticate value from left to right.
class ChallengeReader
{
public:
    explicit ChallengeReader(const QByteArray &text) : m_text(text) { }

    QList<AuthChallenge> read()
    {
        while (m_at < m_text.size()) {
            skip(" \t,");
            if (m_at >= m_text.size())
                break;
            if (!readElement())
                skipElement();
        }
        return m_challenges;
    }

private:
    char current() const { return m_at < m_text.size() ? m_text.at(m_at) : '\0'; }
    void skip(QByteArrayView those)
    {
        while (m_at < m_text.size() && those.contains(m_text.at(m_at)))
            ++m_at;
    }
    QByteArray token()
    {
        const qsizetype from = m_at;
        while (m_at < m_text.size() && isTokenChar(m_text.at(m_at)))
            ++m_at;
        return m_text.mid(from, m_at - from);
    }
    QByteArray quoted()
    {
        QByteArray value;
        ++m_at;
        while (m_at < m_text.size() && m_text.at(m_at) != '"') {
            if (m_text.at(m_at) == '\\' && m_at + 1 < m_text.size())
                ++m_at;
            value.append(m_text.at(m_at++));
        }
        ++m_at; // the closing quote, or the end where it is missing
        return value;
    }
    // To the next comma that is not inside of quotes.
    void skipElement()
    {
        while (m_at < m_text.size() && m_text.at(m_at) != ',') {
            if (m_text.at(m_at) == '"')
                quoted();
            else
                ++m_at;
        }
        m_at = std::min(m_at, m_text.size());
    }
    // The value after "name", when an equals sign follows. Puts the position back otherwise.
    bool parameterValue(QByteArray *value)
    {
        const qsizetype from = m_at;
        skip(" \t");
        if (current() == '=') {
            ++m_at;
            skip(" \t");
            const bool inQuotes = current() == '"';
            *value = inQuotes ? quoted() : token();
            skip(" \t");
            // Nothing behind the sign is the padding of a token68.
            if ((inQuotes || !value->isEmpty()) && (m_at >= m_text.size() || current() == ','))
                return true;
        }
        m_at = from;
        return false;
    }
    bool readElement()
    {
        const QByteArray name = token();
        if (name.isEmpty())
            return false;
        QByteArray value;
        if (!m_challenges.isEmpty() && parameterValue(&value)) {
            insert(name, value);
            return true;
        }
        if (m_at < m_text.size() && !QByteArrayView(" \t,").contains(current()))
            return false;
        m_challenges.append({QString::fromLatin1(name).toLower(), {}, {}});
        skip(" \t");
        const qsizetype from = m_at;
        const QByteArray parameter = token();
        if (!parameter.isEmpty() && parameterValue(&value)) {
            insert(parameter, value);
            return true;
        }
        m_at = from;
        while (m_at < m_text.size() && isToken68Char(m_text.at(m_at)))
            ++m_at;
        while (m_at < m_text.size() && m_text.at(m_at) == '=')
            ++m_at;
        const QByteArray credentials = m_text.mid(from, m_at - from);
        skip(" \t");
        if (m_at < m_text.size() && current() != ',')
            return false;
        m_challenges.last().token68 = QString::fromLatin1(credentials);
        return true;
    }
    void insert(const QByteArray &name, const QByteArray &value)
    {
        auto &parameters = m_challenges.last().parameters;
        const QString key = QString::fromLatin1(name).toLower();
        // A name may come once; the first one counts, so that nothing appended can override it.
        if (!parameters.contains(key))
            parameters.insert(key, QString::fromUtf8(value));
    }

    const QByteArray m_text;
    qsizetype m_at = 0;
    QList<AuthChallenge> m_challenges;
};

} // namespace

std::optional<QDateTime> parseHttpDate(const QByteArray &value)
{
    static const QRegularExpression fixdate(
        QStringLiteral("^[A-Za-z]{3}, (\\d{1,2}) ([A-Za-z]{3}) (\\d{4}) (\\d{2}:\\d{2}:\\d{2}) (?:GMT|UTC)$"));
    static const QRegularExpression rfc850(
        QStringLiteral("^[A-Za-z]{6,9}, (\\d{2})-([A-Za-z]{3})-(\\d{2}) (\\d{2}:\\d{2}:\\d{2}) (?:GMT|UTC)$"));
    static const QRegularExpression asctime(
        QStringLiteral("^[A-Za-z]{3} ([A-Za-z]{3}) {1,2}(\\d{1,2}) (\\d{2}:\\d{2}:\\d{2}) (\\d{4})$"));
    const QString text = QString::fromLatin1(value).trimmed();
    if (const auto match = fixdate.match(text); match.hasMatch())
        return assemble(
            match.captured(3).toInt(), monthOf(match.captured(2)), match.captured(1).toInt(), match.captured(4));
    if (const auto match = rfc850.match(text); match.hasMatch()) {
        // Two digits: the century that leaves the date within fifty years, as RFC 9110 asks.
        const int thisYear = QDate::currentDate().year();
        int year = thisYear - thisYear % 100 + match.captured(3).toInt();
        if (year > thisYear + 50)
            year -= 100;
        return assemble(year, monthOf(match.captured(2)), match.captured(1).toInt(), match.captured(4));
    }
    if (const auto match = asctime.match(text); match.hasMatch())
        return assemble(
            match.captured(4).toInt(), monthOf(match.captured(1)), match.captured(2).toInt(), match.captured(3));
    return std::nullopt;
}

std::optional<std::chrono::seconds> parseRetryAfter(
    const QByteArray &value, const std::optional<QDateTime> &serverNow, const QDateTime &now)
{
    const QByteArray text = value.trimmed();
    qint64 seconds = 0;
    if (!text.isEmpty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        bool fits = false;
        seconds = text.toLongLong(&fits);
        if (!fits)
            seconds = longestRetryAfter;
    } else if (const auto until = parseHttpDate(text)) {
        seconds = serverNow.value_or(now).secsTo(*until);
    }
    if (seconds <= 0)
        return std::nullopt;
    return std::chrono::seconds(std::min(seconds, longestRetryAfter));
}

QList<AuthChallenge> parseChallenges(const QByteArray &value)
{
    return ChallengeReader(value).read();
}

} // namespace Postroom
