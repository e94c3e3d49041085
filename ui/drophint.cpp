#include "ui/drophint.h"

#include "ui/metrics.h"

#include <QEvent>
#include <QPainter>

namespace Postroom
{

DropHint::DropHint(QWidget *parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("dropHint"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    parent->installEventFilter(this);
    hide();
}

void DropHint::showText(const QString &text)
{
    m_text = text;
    setAccessibleName(text);
    setGeometry(parentWidget()->rect());
    raise();
    show();
    update();
}

bool DropHint::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == parentWidget() && event->type() == QEvent::Resize)
        setGeometry(parentWidget()->rect());
    return QWidget::eventFilter(watched, event);
}

void DropHint::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor veil = palette().color(QPalette::Window);
    veil.setAlphaF(0.85F);
    painter.fillRect(rect(), veil);
    const qreal inset = em(this, 0.6);
    const qreal width = std::max(2.0, em(this) / 7.0);
    painter.setPen(QPen(palette().color(QPalette::Highlight), width));
    QColor tint = palette().color(QPalette::Highlight);
    tint.setAlphaF(0.10F);
    painter.setBrush(tint);
    painter.drawRoundedRect(QRectF(rect()).adjusted(inset, inset, -inset, -inset), inset, inset);
    QFont font = this->font();
    font.setPointSizeF(font.pointSizeF() * 1.3);
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(rect().adjusted(em(this, 1.5), 0, -em(this, 1.5), 0), Qt::AlignCenter | Qt::TextWordWrap, m_text);
}

} // namespace Postroom
