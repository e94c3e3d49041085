#include "core/writeback/remote.h"

#include <QMimeDatabase>
#include <QRegularExpression>

namespace Postroom
{
namespace
{

constexpr qint64 draftTtl = 2'592'000; // 30 days
constexpr qint64 commandTtl = 604'800; // 7 days

QString firstSegment(const QString &remotePath)
{
    const qsizetype end = remotePath.indexOf(QLatin1Char('/'), 1);
    return end > 1 && end + 1 < remotePath.size() ? remotePath.mid(1, end - 1) : QString();
}

} // namespace

QString pushProvider(const QString &remotePath)
{
    static const QRegularExpression plain(QStringLiteral("^[a-z0-9_-]+$"));
    const QString provider = firstSegment(remotePath).toLower();
    return plain.match(provider).hasMatch() ? provider : QString();
}

QStringList pushScopes(const QString &remotePath)
{
    const QString provider = pushProvider(remotePath);
    // Grants compare bytes: a folder in other letters is not covered by its provider's grant.
    if (provider.isEmpty() || provider != firstSegment(remotePath))
        return {QStringLiteral("fs:read"), QStringLiteral("fs:write"), QStringLiteral("ops:read")};
    return {QStringLiteral("fs:read:/%1/**").arg(provider), QStringLiteral("fs:write:/%1/**").arg(provider),
        QStringLiteral("ops:read")};
}

bool isDraftPath(const QString &remotePath)
{
    static const QRegularExpression named(
        QStringLiteral("^.+ [0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\\.json$"));
    const QString name = remotePath.mid(remotePath.lastIndexOf(QLatin1Char('/')) + 1);
    if (name.startsWith(QLatin1String("factory-create-")) && name.endsWith(QLatin1String(".json")))
        return true;
    return named.match(name).hasMatch();
}

ContentIdentity draftIdentity(const QString &relayId, const QString &remotePath, const QString &hash)
{
    return {QStringLiteral("mount-writeback-create-draft"),
        relayId + QLatin1Char(':') + remotePath + QLatin1Char(':') + hash, draftTtl};
}

ContentIdentity commandIdentity(const QString &commandId)
{
    return {QStringLiteral("mount-command"), commandId, commandTtl};
}

bool isText(const QByteArray &content)
{
    return !content.contains('\0') && content.isValidUtf8();
}

QString contentTypeOf(const QString &fileName, const QByteArray &content)
{
    const QString name = fileName.toLower();
    if (name.endsWith(QLatin1String(".md")) || name.endsWith(QLatin1String(".markdown")))
        return QStringLiteral("text/markdown");
    if (name.endsWith(QLatin1String(".ts")))
        return QStringLiteral("text/typescript");
    if (name.endsWith(QLatin1String(".json")))
        return QStringLiteral("application/json");
    const QMimeType type = QMimeDatabase().mimeTypeForFile(fileName, QMimeDatabase::MatchExtension);
    if (type.isValid() && !type.isDefault())
        return type.name();
    return isText(content) ? QStringLiteral("text/plain") : QStringLiteral("application/octet-stream");
}

std::optional<QString> cleanRemoteFolder(const QString &folder)
{
    QString clean;
    const QStringList segments = folder.split(QLatin1Char('/'), Qt::SkipEmptyParts);
    for (const QString &segment : segments) {
        if (segment == QLatin1String(".") || segment == QLatin1String(".."))
            return std::nullopt;
        clean += QLatin1Char('/') + segment;
    }
    return clean.isEmpty() ? QStringLiteral("/") : clean;
}

QString joinRemote(const QString &folder, const QString &relative)
{
    return folder.endsWith(QLatin1Char('/')) ? folder + relative : folder + QLatin1Char('/') + relative;
}

} // namespace Postroom
