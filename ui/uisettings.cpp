#include "ui/uisettings.h"

#include "core/base/files.h"
#include "core/base/json.h"

#include <QDir>
#include <QFileInfo>

namespace Postroom
{
namespace
{

constexpr qint64 largestFile = 256 * 1024;

} // namespace

UiSettings::UiSettings(QString path, QObject *parent) : QObject(parent), m_path(std::move(path))
{
    m_writer.setMaxThreadCount(1); // writes stay in order
    if (m_path.isEmpty())
        return;
    const auto content = readFile(m_path, largestFile);
    if (!content)
        return;
    if (const auto object = parseJsonObject(*content))
        m_values = *object;
}

UiSettings::~UiSettings()
{
    flush();
}

void UiSettings::flush()
{
    m_writer.waitForDone();
}

QString UiSettings::language() const
{
    return m_values.value(QLatin1String("language")).toString();
}

void UiSettings::setLanguage(const QString &language)
{
    put(QStringLiteral("language"), language);
}

bool UiSettings::startHidden() const
{
    return m_values.value(QLatin1String("startHidden")).toBool(false);
}

void UiSettings::setStartHidden(bool hidden)
{
    put(QStringLiteral("startHidden"), hidden);
}

bool UiSettings::closeToTray() const
{
    return m_values.value(QLatin1String("closeToTray")).toBool(false);
}

void UiSettings::setCloseToTray(bool close)
{
    put(QStringLiteral("closeToTray"), close);
}

QByteArray UiSettings::geometry() const
{
    return QByteArray::fromBase64(m_values.value(QLatin1String("geometry")).toString().toLatin1());
}

void UiSettings::setGeometry(const QByteArray &geometry)
{
    put(QStringLiteral("geometry"), QString::fromLatin1(geometry.toBase64()));
}

QString UiSettings::page() const
{
    return m_values.value(QLatin1String("page")).toString();
}

void UiSettings::setPage(const QString &page)
{
    put(QStringLiteral("page"), page);
}

void UiSettings::put(const QString &key, const QJsonValue &value)
{
    if (m_values.value(key) == value)
        return;
    m_values.insert(key, value);
    if (!m_path.isEmpty()) {
        m_writer.start([path = m_path, content = toIndented(m_values)] {
            QDir().mkpath(QFileInfo(path).absolutePath());
            // A disk that refuses costs the memory of a window position, nothing that is worth a message.
            static_cast<void>(writeFileAtomically(path, content));
        });
    }
    Q_EMIT changed();
}

} // namespace Postroom
