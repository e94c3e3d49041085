// Light or dark, as the desktop says. Qt 6.4 does not ask for it itself.
#pragma once

#include <QDBusConnection>
#include <QObject>
#include <QPalette>

class QDBusVariant;

namespace Postroom
{

// Asks the portal (org.freedesktop.appearance color-scheme) after the first paint and listens for changes. When the
// wish and the platform's palette differ, the application gets the Fusion style with a palette of that kind; when they
// agree again, it gets its own back. Owner: the composition root.
class ColorScheme final : public QObject
{
    Q_OBJECT
public:
    enum Wish { NoPreference = 0, Dark = 1, Light = 2 };

    explicit ColorScheme(QObject *parent = nullptr);
    void start(const QDBusConnection &bus = QDBusConnection::sessionBus());
    void apply(Wish wish);

    static QPalette paletteFor(Wish wish);

private Q_SLOTS:
    void settingChanged(const QString &group, const QString &key, const QDBusVariant &value);

private:
    void take(const QVariant &value);

    QString m_ownStyle;
    QPalette m_ownPalette;
    bool m_replaced = false;
    bool m_started = false;
};

} // namespace Postroom
