#include "core/accounts/rotationmarker.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include <QCoreApplication>
#include <QFile>

namespace Postroom
{
namespace
{

constexpr qint64 largestMarker = 16384;
constexpr qsizetype mostSpent = 200;

QByteArray readProcFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(largestMarker) : QByteArray();
}

// The start time of a process in ticks since boot: field 22 of proc(5) stat, counted behind the name in brackets.
QString startOf(qint64 process)
{
    const auto stat = readProcFile(QStringLiteral("/proc/%1/stat").arg(process));
    const qsizetype name = stat.lastIndexOf(')');
    const QList<QByteArray> fields = name < 0 ? QList<QByteArray>() : stat.mid(name + 2).split(' ');
    constexpr qsizetype startField = 19;
    return QString::fromLatin1(fields.value(startField));
}

} // namespace

bool RotationMarker::isOurs() const
{
    const qint64 own = QCoreApplication::applicationPid();
    return process == own && (processStart.isEmpty() || processStart == startOf(own));
}

bool RotationMarker::ownerLives() const
{
    if (process <= 0 || isOurs())
        return false;
    const QString start = startOf(process);
    return !start.isEmpty() && start == processStart;
}

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
    marker.spent = stringsAt(*object, QLatin1String("spent"));
    marker.process = integerAt(*object, QLatin1String("process")).value_or(0);
    marker.processStart = object->value(QLatin1String("processStart")).toString();
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
    if (!marker.spent.isEmpty())
        object.insert(QLatin1String("spent"),
            QJsonArray::fromStringList(marker.spent.mid(std::max<qsizetype>(0, marker.spent.size() - mostSpent))));
    object.insert(QLatin1String("process"), QCoreApplication::applicationPid());
    put(object, QLatin1String("processStart"), startOf(QCoreApplication::applicationPid()));
    return writeFileAtomically(path, toCompact(object));
}

} // namespace Postroom
