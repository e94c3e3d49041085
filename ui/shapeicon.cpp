#include "ui/shapeicon.h"

#include <QCoreApplication>
#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

namespace Postroom
{
namespace
{

QString fileOf(Shape shape)
{
    switch (shape) {
    case Shape::Good:
        return QStringLiteral("state-good");
    case Shape::Working:
        return QStringLiteral("state-working");
    case Shape::Waiting:
        return QStringLiteral("state-waiting");
    case Shape::NeedsYou:
        return QStringLiteral("state-needs-you");
    case Shape::NeedsAdmin:
        return QStringLiteral("state-needs-admin");
    case Shape::Paused:
        return QStringLiteral("state-paused");
    case Shape::Off:
        return QStringLiteral("state-off");
    }
    return {};
}

QByteArray drawingOf(Shape shape, const QColor &color)
{
    QFile file(QStringLiteral(":/postroom/icons/%1.svg").arg(fileOf(shape)));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return file.readAll().replace("currentColor", color.name().toLatin1());
}

void drawShape(QPainter *painter, Shape shape, const QRectF &rect, const QColor &color)
{
    QSvgRenderer renderer(drawingOf(shape, color));
    renderer.render(painter, rect);
}

// Draws on demand; the colour is asked for when it is painted, so a change of palette needs no new icon.
class ShapeIconEngine final : public QIconEngine
{
public:
    explicit ShapeIconEngine(Shape shape) : m_shape(shape) { }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State state) override
    {
        const qreal ratio = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
        QPixmap picture = pixmap((QSizeF(rect.size()) * ratio).toSize(), mode, state);
        picture.setDevicePixelRatio(ratio);
        painter->drawPixmap(rect.topLeft(), picture);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State) override
    {
        const QPalette palette = QGuiApplication::palette();
        QColor color = shapeColor(m_shape, palette);
        if (mode == QIcon::Selected)
            color = palette.color(QPalette::HighlightedText);
        else if (mode == QIcon::Disabled)
            color = palette.color(QPalette::Disabled, QPalette::WindowText);
        const QString key = QStringLiteral("postroom-%1-%2-%3x%4")
                                .arg(fileOf(m_shape), color.name())
                                .arg(size.width())
                                .arg(size.height());
        QPixmap picture;
        if (QPixmapCache::find(key, &picture))
            return picture;
        picture = QPixmap(size);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        const qreal side = std::min(size.width(), size.height());
        drawShape(&painter, m_shape, QRectF((size.width() - side) / 2, (size.height() - side) / 2, side, side), color);
        painter.end();
        QPixmapCache::insert(key, picture);
        return picture;
    }

    QIconEngine *clone() const override { return new ShapeIconEngine(m_shape); }
    bool isNull() override { return false; }
    QString key() const override { return QStringLiteral("postroom-shape"); }

private:
    Shape m_shape;
};

} // namespace

bool isDark(const QPalette &palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

QColor shapeColor(Shape shape, const QPalette &palette)
{
    const bool dark = isDark(palette);
    const auto pick = [dark](QRgb onLight, QRgb onDark) { return QColor(dark ? onDark : onLight); };
    switch (shape) {
    case Shape::Good:
        return pick(0x2e7d32, 0x81c784);
    case Shape::Working:
        return pick(0x1f66b0, 0x7ab8f5);
    case Shape::Waiting:
        return pick(0x4f6475, 0xb3c3d0);
    case Shape::NeedsYou:
        return pick(0xb45309, 0xffb74d);
    case Shape::NeedsAdmin:
        return pick(0x7b3fa0, 0xd0a2e6);
    case Shape::Paused:
        return pick(0x4f6475, 0xb3c3d0);
    case Shape::Off:
        return pick(0x6b6f73, 0xa2a6aa);
    }
    return palette.color(QPalette::WindowText);
}

QIcon shapeIcon(Shape shape)
{
    return QIcon(new ShapeIconEngine(shape));
}

QString shapeName(Shape shape)
{
    switch (shape) {
    case Shape::Good:
        return QCoreApplication::translate("Postroom", "good");
    case Shape::Working:
        return QCoreApplication::translate("Postroom", "working");
    case Shape::Waiting:
        return QCoreApplication::translate("Postroom", "waiting");
    case Shape::NeedsYou:
        return QCoreApplication::translate("Postroom", "needs you");
    case Shape::NeedsAdmin:
        return QCoreApplication::translate("Postroom", "needs an administrator");
    case Shape::Paused:
        return QCoreApplication::translate("Postroom", "paused");
    case Shape::Off:
        return QCoreApplication::translate("Postroom", "off");
    }
    return {};
}

QIcon applicationIcon()
{
    return QIcon(QStringLiteral(":/postroom/icons/postroom.svg"));
}

QIcon trayIcon(Shape shape)
{
    QIcon icon;
    QSvgRenderer application(QStringLiteral(":/postroom/icons/postroom.svg"));
    for (const int side : {16, 22, 24, 32, 44, 48, 64}) {
        QPixmap picture(side, side);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        painter.setRenderHint(QPainter::Antialiasing);
        application.render(&painter, QRectF(0, 0, side, side));
        if (shape != Shape::Good) {
            const qreal badge = side * 0.62;
            const QRectF place(side - badge, side - badge, badge, badge);
            painter.setPen(Qt::NoPen);
            painter.setBrush(Qt::white);
            painter.drawEllipse(place);
            const qreal inset = badge * 0.12;
            drawShape(&painter, shape, place.adjusted(inset, inset, -inset, -inset),
                shapeColor(shape, QPalette(Qt::lightGray)));
        }
        painter.end();
        icon.addPixmap(picture);
    }
    return icon;
}

} // namespace Postroom
