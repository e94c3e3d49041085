#include "ui/statedelegate.h"

#include "models/rowsmodel.h"
#include "ui/shapeicon.h"

#include <QApplication>
#include <QPainter>

namespace Postroom
{

QSize TwoLineDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    const int line = option.fontMetrics.height();
    return {line * 12, qRound(line * 3.1)};
}

void TwoLineDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    item.text.clear();
    item.icon = {};
    const QStyle *style = item.widget ? item.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);

    const int line = item.fontMetrics.height();
    const bool selected = item.state.testFlag(QStyle::State_Selected);
    const auto group = item.state.testFlag(QStyle::State_Active) ? QPalette::Active : QPalette::Inactive;
    const QRect inner = item.rect.adjusted(line * 2 / 3, 0, -line * 2 / 3, 0);
    const QRect block(inner.left(), inner.center().y() - qRound(line * 1.1), inner.width(), qRound(line * 2.2));

    const QRect iconPlace = QStyle::visualRect(item.direction, block, QRect(block.left(), block.top(), line, line));
    shapeIcon(static_cast<Shape>(index.data(ShapeRole).toInt()))
        .paint(painter, iconPlace, Qt::AlignCenter, selected ? QIcon::Selected : QIcon::Normal);

    const int indent = qRound(line * 1.5);
    QRect nameLine(block.left() + indent, block.top(), block.width() - indent, line);
    QRect textLine = nameLine.translated(0, qRound(line * 1.15));
    nameLine = QStyle::visualRect(item.direction, block, nameLine);
    textLine = QStyle::visualRect(item.direction, block, textLine);

    painter->save();
    painter->setLayoutDirection(item.direction);
    QFont strong = item.font;
    strong.setWeight(QFont::DemiBold);
    painter->setFont(strong);
    painter->setPen(item.palette.color(group, selected ? QPalette::HighlightedText : QPalette::Text));
    const auto align = static_cast<int>(QStyle::visualAlignment(item.direction, Qt::AlignLeading | Qt::AlignVCenter));
    painter->drawText(nameLine, align,
        QFontMetrics(strong).elidedText(index.data(NameRole).toString(), Qt::ElideRight, nameLine.width()));
    painter->setFont(item.font);
    if (!selected)
        painter->setPen(item.palette.color(group, QPalette::PlaceholderText));
    painter->drawText(textLine, align,
        item.fontMetrics.elidedText(index.data(SentenceRole).toString(), Qt::ElideRight, textLine.width()));
    painter->restore();
}

void ShapeDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    option->features |= QStyleOptionViewItem::HasDecoration;
    option->icon = shapeIcon(static_cast<Shape>(index.data(ShapeRole).toInt()));
    const int side = option->fontMetrics.height();
    option->decorationSize = QSize(side, side);
    // Both ends of a path tell more than its beginning.
    option->textElideMode = Qt::ElideMiddle;
}

QSize SidebarDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const int line = option.fontMetrics.height();
    // The place for the shape is always kept, so that nothing moves when one appears.
    return {option.fontMetrics.horizontalAdvance(index.data(Qt::DisplayRole).toString()) + qRound(line * 3.6),
        qRound(line * 2.1)};
}

void SidebarDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    const QString text = item.text;
    item.text.clear();
    item.icon = {};
    item.features &= ~QStyleOptionViewItem::HasDecoration;
    const QStyle *style = item.widget ? item.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);
    const int line = item.fontMetrics.height();
    const bool selected = item.state.testFlag(QStyle::State_Selected);
    const auto group = item.state.testFlag(QStyle::State_Active) ? QPalette::Active : QPalette::Inactive;
    const QRect inner = item.rect.adjusted(qRound(line * 0.9), 0, -qRound(line * 0.7), 0);
    const QIcon icon = index.data(Qt::DecorationRole).value<QIcon>();
    const QRect place(inner.right() - line + 1, inner.center().y() - line / 2, line, line);
    if (!icon.isNull())
        icon.paint(painter, QStyle::visualRect(item.direction, inner, place), Qt::AlignCenter,
            selected ? QIcon::Selected : QIcon::Normal);
    painter->save();
    painter->setPen(item.palette.color(group, selected ? QPalette::HighlightedText : QPalette::WindowText));
    painter->drawText(
        inner, static_cast<int>(QStyle::visualAlignment(item.direction, Qt::AlignLeading | Qt::AlignVCenter)), text);
    painter->restore();
}

} // namespace Postroom
