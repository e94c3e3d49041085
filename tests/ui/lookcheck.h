// What a test can check of looks: names for screen readers, and texts that find room.
#pragma once

#include <QAccessible>
#include <QLabel>
#include <QPushButton>
#include <QTranslator>
#include <QWidget>

namespace Postroom
{

// A translation that makes every text half as long again, as other languages do, and marks it.
class LongTexts final : public QTranslator
{
public:
    QString translate(const char *, const char *source, const char *, int) const override
    {
        const QString text = QString::fromUtf8(source);
        return QLatin1Char('[') + text + QString(text.size() / 2, QLatin1Char('~')) + QLatin1Char(']');
    }
    bool isEmpty() const override { return false; }
};

inline bool isInteractive(const QAccessibleInterface *face)
{
    switch (face->role()) {
    case QAccessible::PushButton:
    case QAccessible::CheckBox:
    case QAccessible::RadioButton:
    case QAccessible::ComboBox:
    case QAccessible::EditableText:
    case QAccessible::List:
    case QAccessible::Table:
    case QAccessible::Tree:
    case QAccessible::PageTabList:
    case QAccessible::ButtonMenu:
    case QAccessible::ButtonDropDown:
        return true;
    default:
        return false;
    }
}

inline QStringList unnamed(QAccessibleInterface *face, int depth = 0)
{
    QStringList found;
    if (!face || depth > 30 || face->state().invisible)
        return found;
    const auto *widget = qobject_cast<QWidget *>(face->object());
    if (widget && widget->isVisible() && isInteractive(face) && face->text(QAccessible::Name).isEmpty())
        found.append(
            QStringLiteral("%1 (%2)").arg(QLatin1String(widget->metaObject()->className()), widget->objectName()));
    if (face->role() == QAccessible::List || face->role() == QAccessible::Table)
        return found;
    for (int i = 0; i < face->childCount(); ++i)
        found += unnamed(face->child(i), depth + 1);
    return found;
}

// Texts that have less room than they need.
inline QStringList clipped(QWidget *window)
{
    QStringList found;
    const QList<QWidget *> widgets = window->findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        if (!widget->isVisible())
            continue;
        QSize needed;
        if (const auto *label = qobject_cast<const QLabel *>(widget); label && !label->text().isEmpty()) {
            needed = label->wordWrap() ? QSize(0, label->heightForWidth(label->width())) : label->sizeHint();
        } else if (qobject_cast<const QPushButton *>(widget)) {
            needed = widget->sizeHint();
        } else {
            continue;
        }
        if (widget->width() < needed.width() || widget->height() < needed.height())
            found.append(QStringLiteral("%1 %2x%3 < %4x%5")
                    .arg(widget->objectName())
                    .arg(widget->width())
                    .arg(widget->height())
                    .arg(needed.width())
                    .arg(needed.height()));
    }
    return found;
}

} // namespace Postroom
