#include "ui/colorscheme.h"

#include "ui/shapeicon.h"

#include <QApplication>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QStyle>
#include <QStyleFactory>

namespace Postroom
{
namespace
{

const QString service = QStringLiteral("org.freedesktop.portal.Desktop");
const QString path = QStringLiteral("/org/freedesktop/portal/desktop");
const QString interface = QStringLiteral("org.freedesktop.portal.Settings");
const QString group = QStringLiteral("org.freedesktop.appearance");
const QString key = QStringLiteral("color-scheme");

} // namespace

ColorScheme::ColorScheme(QObject *parent) : QObject(parent) { }

void ColorScheme::start(const QDBusConnection &bus)
{
    if (m_started || !bus.isConnected())
        return;
    m_started = true;
    QDBusConnection connection = bus;
    connection.connect(service, path, interface, QStringLiteral("SettingChanged"), this,
        SLOT(settingChanged(QString, QString, QDBusVariant)));
    QDBusMessage call = QDBusMessage::createMethodCall(service, path, interface, QStringLiteral("Read"));
    call << group << key;
    auto *reply = new QDBusPendingCallWatcher(connection.asyncCall(call, 5000), this);
    connect(reply, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher *done) {
        done->deleteLater();
        const QDBusPendingReply<QDBusVariant> answer = *done;
        if (answer.isValid())
            take(answer.value().variant());
    });
}

void ColorScheme::settingChanged(const QString &changedGroup, const QString &changedKey, const QDBusVariant &value)
{
    if (changedGroup == group && changedKey == key)
        take(value.variant());
}

void ColorScheme::take(const QVariant &value)
{
    QVariant inner = value;
    // Read() wraps its answer twice.
    while (inner.metaType() == QMetaType::fromType<QDBusVariant>())
        inner = inner.value<QDBusVariant>().variant();
    const uint wish = inner.toUInt();
    apply(wish == Dark ? Dark : wish == Light ? Light : NoPreference);
}

void ColorScheme::apply(Wish wish)
{
    if (!m_replaced) {
        m_ownStyle = QApplication::style()->objectName();
        m_ownPalette = QApplication::palette();
    }
    const bool fits = wish == NoPreference || isDark(m_ownPalette) == (wish == Dark);
    if (fits && m_replaced) {
        QApplication::setStyle(QStyleFactory::create(m_ownStyle));
        QApplication::setPalette(m_ownPalette);
        m_replaced = false;
    } else if (!fits) {
        QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
        QApplication::setPalette(paletteFor(wish));
        m_replaced = true;
    }
}

QPalette ColorScheme::paletteFor(Wish wish)
{
    if (wish != Dark) {
        QPalette palette(QColor(0xefefef), QColor(0xefefef));
        palette.setColor(QPalette::Base, Qt::white);
        palette.setColor(QPalette::Highlight, QColor(0x2f7fc1));
        palette.setColor(QPalette::HighlightedText, Qt::white);
        palette.setColor(QPalette::PlaceholderText, QColor(0x5f6368));
        return palette;
    }
    QPalette palette(QColor(0x2d2f32), QColor(0x2d2f32));
    palette.setColor(QPalette::Base, QColor(0x202224));
    palette.setColor(QPalette::AlternateBase, QColor(0x272a2c));
    palette.setColor(QPalette::Highlight, QColor(0x2f6ea8));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::PlaceholderText, QColor(0xa3a8ad));
    palette.setColor(QPalette::Link, QColor(0x7ab8f5));
    palette.setColor(QPalette::ToolTipBase, QColor(0x3a3d40));
    palette.setColor(QPalette::ToolTipText, Qt::white);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, QColor(0x80858a));
    return palette;
}

} // namespace Postroom
