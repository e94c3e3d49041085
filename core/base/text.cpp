#include "core/base/text.h"

#include <QRegularExpression>
#include <QUrlQuery>

namespace Postroom
{

QString oneLine(const QString &foreign, int limit)
{
    QString line;
    line.reserve(std::min<qsizetype>(foreign.size(), limit + 1));
    bool gap = false;
    for (const QChar c : foreign) {
        if (c.isSpace() || c.category() == QChar::Other_Control) {
            gap = !line.isEmpty();
            continue;
        }
        // Format characters can turn the reading direction and so disguise a name.
        if (c.category() == QChar::Other_Format)
            continue;
        if (gap) {
            line.append(QLatin1Char(' '));
            gap = false;
        }
        line.append(c);
        if (line.size() > limit) {
            line.truncate(limit - 1);
            if (line.back().isHighSurrogate())
                line.chop(1);
            line.append(QChar(0x2026));
            break;
        }
    }
    return line;
}

QString redactedUrl(const QUrl &url)
{
    QUrl shown(url);
    shown.setUserInfo({});
    shown.setFragment({});
    const QUrlQuery query(url);
    QUrlQuery masked;
    const auto items = query.queryItems();
    for (const auto &[name, value] : items)
        masked.addQueryItem(name, QStringLiteral("***"));
    shown.setQuery(masked);
    return shown.toString();
}

QString redacted(const QString &text)
{
    static const QRegularExpression jwt(
        QStringLiteral("(?:relay_[a-z]{2}_)?eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]+\\.?[A-Za-z0-9_-]*"));
    static const QRegularExpression bearer(
        QStringLiteral("(Bearer|Basic|DPoP)\\s+[^\\s\"',]+"), QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression keyed(
        QStringLiteral("(\"?(?:access|refresh|id|device|relayfile|relayfile_?refresh)?_?(?:token|secret|password|code|"
                       "verifier|assertion)\"?\\s*[:=]\\s*\"?)[^\\s\"&,;}]{4,}"),
        QRegularExpression::CaseInsensitiveOption);
    QString shown = text;
    shown.replace(jwt, QStringLiteral("***"));
    shown.replace(bearer, QStringLiteral("\\1 ***"));
    shown.replace(keyed, QStringLiteral("\\1***"));
    return shown;
}

} // namespace Postroom
