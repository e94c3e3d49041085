// Distances that follow the font, so that nothing is a fixed number of pixels.
#pragma once

#include <QFontMetrics>
#include <QLabel>
#include <QWidget>

namespace Postroom
{

inline int em(const QWidget *widget, qreal factor = 1.0)
{
    return qRound(widget->fontMetrics().height() * factor);
}

// The name at the top of a page.
inline void makeTitle(QLabel *label)
{
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * 1.5);
    font.setWeight(QFont::DemiBold);
    label->setFont(font);
}

// The name of a part of a page.
inline void makeHeading(QLabel *label)
{
    QFont font = label->font();
    font.setWeight(QFont::DemiBold);
    label->setFont(font);
}

// Text from anywhere: never read as markup, breaks where it must.
inline QLabel *makeText(QWidget *parent, const QString &name)
{
    auto *label = new QLabel(parent);
    label->setObjectName(name);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

// Text of less weight. A palette colour would freeze at the time it is set; the role follows the palette.
inline void makeQuiet(QLabel *label)
{
    label->setForegroundRole(QPalette::PlaceholderText);
}

} // namespace Postroom
