#include "core/base/text.h"

#include <QRegularExpression>
#include <QUrlQuery>
#include <algorithm>
#include <utility>

namespace Postroom
{

QString oneLine(const QString &foreign, int limit)
{
    QString line;
    if (limit < 1)
        return line;
    line.reserve(std::min<qsizetype>(foreign.size(), limit));
    bool gap = false;
    for (qsizetype i = 0; i < foreign.size(); ++i) {
        char32_t character = foreign.at(i).unicode();
        qsizetype units = 1;
        if (foreign.at(i).isHighSurrogate() && i + 1 < foreign.size() && foreign.at(i + 1).isLowSurrogate()) {
            character = QChar::surrogateToUcs4(foreign.at(i), foreign.at(i + 1));
            units = 2;
        }
        const qsizetype at = i;
        i += units - 1;
        const QChar::Category category = QChar::category(character);
        if (QChar::isSpace(character) || category == QChar::Other_Control) {
            gap = !line.isEmpty();
            continue;
        }
        // Format characters can turn the reading direction and so disguise a name; half a surrogate pair is no text.
        if (category == QChar::Other_Format || category == QChar::Other_Surrogate)
            continue;
        if (line.size() + (gap ? 1 : 0) + units > limit) {
            line.truncate(limit - 1);
            if (!line.isEmpty() && line.back().isHighSurrogate())
                line.chop(1);
            line.append(QChar(0x2026));
            break;
        }
        if (std::exchange(gap, false))
            line.append(QLatin1Char(' '));
        line.append(QStringView(foreign).mid(at, units));
    }
    return line;
}

QString redactedUrl(const QUrl &url)
{
    static const QRegularExpression plainName(QStringLiteral("\\A[A-Za-z0-9_.\\[\\]-]{1,40}\\z"));
    QUrl shown(url);
    shown.setUserInfo({});
    shown.setFragment({});
    if (url.hasQuery()) {
        const QString hidden = QStringLiteral("***");
        const QUrlQuery query(url);
        QUrlQuery masked;
        const auto items = query.queryItems();
        for (const auto &[name, value] : items) {
            // A query may be one bare value, which then counts as a name.
            const bool isName = !value.isEmpty() && plainName.match(name).hasMatch();
            masked.addQueryItem(isName ? name : hidden, hidden);
        }
        shown.setQuery(masked);
    }
    return shown.toString();
}

QString redacted(const QString &text)
{
    constexpr qsizetype longest = 65'536;
    static const auto pattern = [](const QString &expression) {
        QRegularExpression made(expression, QRegularExpression::CaseInsensitiveOption);
        made.optimize();
        return made;
    };
    // Repetitions are possessive and start at borders, so that hostile text cannot make them slow.
    static const QRegularExpression jwt(
        QStringLiteral("(?<![A-Za-z0-9_-])(?=(?:[A-Za-z0-9_-]*[_-])?eyJ[A-Za-z0-9_-]{8})[A-Za-z0-9_-]++"
                       "(?:\\.[A-Za-z0-9_-]*+){0,4}"));
    static const QRegularExpression known(
        QStringLiteral("(?<![A-Za-z0-9])(?:sk-|gh[opsru]_|github_pat_|glpat-|xox[abeprs]-|ya29\\.|1//0|lin_api_|"
                       "lin_oauth_|ntn_)[A-Za-z0-9._-]{12,}+"));
    static const QRegularExpression scheme = pattern(QStringLiteral(
        "\\b(Bearer|Basic|DPoP)\\s+(?!(?:realm|error|error_description|error_uri|scope|resource_metadata|algs)=)"
        "[^\\s\"',]++"));
    static const QRegularExpression header
        = pattern(QStringLiteral("\\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\\s*:\\s*)"
                                 "(?!(?:Bearer|Basic|DPoP) \\*\\*\\*)[^\\r\\n\"]++"));
    // The names that a secret goes by, wherever they end a key: access_token, clientSecret, device_code. A value of a
    // code that consists of small letters is the code of an error.
    static const QString key = QStringLiteral(
        "((?:token|secret|passwo?r?d|passphrase|verifier|assertion|credentials?|api[_-]?key|"
        "code(?=\\\\*+[\"']?+\\s*+(?:[:=]|%3A|%3D)\\s*+\\\\*+[\"']?+(?!(?-i:[a-z_-]+)(?:[\"'&,;}\\s\\\\]|\\z))))"
        "\\\\*[\"']?\\s*(?:[:=]|%3A|%3D)\\s*)");
    static const QRegularExpression quoted = pattern(key.chopped(1) + QStringLiteral("\")(?:[^\"\\\\]++|\\\\.)++"));
    static const QRegularExpression escaped
        = pattern(key.chopped(1) + QStringLiteral("\\\\++\")(?:[^\"\\\\]++|\\\\(?![\"\\\\]))++"));
    static const QRegularExpression bare = pattern(key + QStringLiteral("'?[^\\s\"'&,;}\\\\]{4,}+"));

    QString shown = text.left(longest);
    shown.replace(jwt, QStringLiteral("***"));
    shown.replace(known, QStringLiteral("***"));
    shown.replace(scheme, QStringLiteral("\\1 ***"));
    shown.replace(header, QStringLiteral("\\1\\2***"));
    shown.replace(quoted, QStringLiteral("\\1***"));
    shown.replace(escaped, QStringLiteral("\\1***"));
    shown.replace(bare, QStringLiteral("\\1***"));
    if (text.size() > longest)
        shown.append(QChar(0x2026));
    return shown;
}

} // namespace Postroom
