// What a page shows while there is nothing on it: why, and the one thing to do next.
#pragma once

#include <QWidget>

namespace Postroom
{

// An empty `button` text leaves the button out.
class EmptyState final : public QWidget
{
    Q_OBJECT
public:
    EmptyState(const QString &title, const QString &text, const QString &button, const QString &buttonName,
        QWidget *parent = nullptr);

Q_SIGNALS:
    void clicked();
};

} // namespace Postroom
