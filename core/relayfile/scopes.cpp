#include "core/relayfile/scopes.h"

#include <QCryptographicHash>
#include <algorithm>

namespace Postroom
{
namespace
{

struct ScopeParts {
    QString resource;
    QString action;
    QString path;
    bool isScope = false;
};

QString plain(const QString &scope)
{
    constexpr QLatin1String prefix("relayfile:");
    const QString trimmed = scope.trimmed();
    return trimmed.startsWith(prefix) ? trimmed.mid(prefix.size()) : trimmed;
}

ScopeParts partsOf(const QString &scope)
{
    ScopeParts parts;
    const qsizetype first = scope.indexOf(QLatin1Char(':'));
    if (first <= 0)
        return parts;
    const qsizetype second = scope.indexOf(QLatin1Char(':'), first + 1);
    parts.resource = scope.left(first);
    parts.action = second < 0 ? scope.mid(first + 1) : scope.mid(first + 1, second - first - 1);
    parts.path = second < 0 ? QString() : scope.mid(second + 1); // a path keeps its colons
    parts.isScope = !parts.action.isEmpty();
    return parts;
}

bool coversEverything(const QString &path)
{
    return path.isEmpty() || path == QLatin1String("*") || path == QLatin1String("/*") || path == QLatin1String("/**");
}

bool satisfies(const QString &granted, const QString &wanted)
{
    const QString have = plain(granted);
    const QString want = plain(wanted);
    if (have == want)
        return true;
    const ScopeParts a = partsOf(have);
    const ScopeParts b = partsOf(want);
    if (!a.isScope || !b.isScope || a.resource != b.resource || a.action != b.action)
        return false;
    return coversEverything(a.path) || a.path == b.path;
}

} // namespace

QStringList normalisedScopes(const QStringList &scopes)
{
    QList<QByteArray> kept;
    for (const QString &scope : scopes) {
        const QByteArray trimmed = scope.trimmed().toUtf8();
        if (!trimmed.isEmpty() && !kept.contains(trimmed))
            kept.append(trimmed);
    }
    // By bytes and not by UTF-16 units: the names of other programs' files depend on it.
    std::sort(kept.begin(), kept.end());
    QStringList sorted;
    for (const QByteArray &scope : std::as_const(kept))
        sorted.append(QString::fromUtf8(scope));
    return sorted;
}

QString scopeKey(const QStringList &scopes)
{
    const QByteArray joined = normalisedScopes(scopes).join(QLatin1Char('\n')).toUtf8();
    return QString::fromLatin1(QCryptographicHash::hash(joined, QCryptographicHash::Sha256).toHex().left(24));
}

bool scopesSatisfy(const QStringList &granted, const QStringList &wanted)
{
    return std::all_of(wanted.cbegin(), wanted.cend(), [&granted](const QString &want) {
        return std::any_of(
            granted.cbegin(), granted.cend(), [&want](const QString &have) { return satisfies(have, want); });
    });
}

QStringList defaultWorkspaceScopes()
{
    return {
        QStringLiteral("fs:read"), QStringLiteral("fs:write"), QStringLiteral("ops:read"), QStringLiteral("sync:read")};
}

} // namespace Postroom
