#include "core/accounts/rotationmarker.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

constexpr qint64 largestMarker = 4096;

} // namespace

std::optional<RotationMarker> readMarker(const QString &path)
{
    const auto content = readFile(path, largestMarker);
    if (!content)
        return std::nullopt;
    const auto object = parseJsonObject(*content);
    if (!object)
        return std::nullopt;
    RotationMarker marker;
    marker.generation = static_cast<quint64>(integerAt(*object, QLatin1String("generation")).value_or(0));
    marker.grantEpoch = static_cast<quint64>(integerAt(*object, QLatin1String("grantEpoch")).value_or(0));
    marker.fingerprint = object->value(QLatin1String("refreshFingerprint")).toString();
    marker.startedAt = timeAt(*object, QLatin1String("startedAt")).value_or(QDateTime());
    return marker;
}

Result<void> writeMarker(const QString &path, const RotationMarker &marker)
{
    QJsonObject object;
    object.insert(QLatin1String("generation"), static_cast<qint64>(marker.generation));
    object.insert(QLatin1String("grantEpoch"), static_cast<qint64>(marker.grantEpoch));
    object.insert(QLatin1String("refreshFingerprint"), marker.fingerprint);
    put(object, QLatin1String("startedAt"), marker.startedAt);
    object.insert(QLatin1String("process"), QCoreApplication::applicationPid());
    return writeFileAtomically(path, toCompact(object));
}

} // namespace Postroom
