// Tells when the minute turns, so that "2 min ago" stays true.
#pragma once

#include "models/desk.h"

#include <QTimer>

class QWidget;

namespace Postroom
{

// Runs only while the window it watches can be seen; armed for one minute boundary at a time.
class MinuteTicker final : public QObject
{
    Q_OBJECT
public:
    MinuteTicker(Desk *desk, QWidget *window);
    bool isArmed() const { return m_timer.isActive(); }

Q_SIGNALS:
    void ticked();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void arm();

    Desk *m_desk;
    QWidget *m_window;
    QTimer m_timer;
};

} // namespace Postroom
