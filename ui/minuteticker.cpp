#include "ui/minuteticker.h"

#include <QEvent>
#include <QWidget>

namespace Postroom
{

MinuteTicker::MinuteTicker(Desk *desk, QWidget *window) : QObject(window), m_desk(desk), m_window(window)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::CoarseTimer);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        arm();
        Q_EMIT ticked();
    });
    window->installEventFilter(this);
}

bool MinuteTicker::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_window) {
        switch (event->type()) {
        case QEvent::Show:
            arm();
            Q_EMIT ticked(); // texts may be old after a time out of sight
            break;
        case QEvent::Hide:
            m_timer.stop();
            break;
        case QEvent::WindowStateChange:
            if (m_window->isMinimized())
                m_timer.stop();
            else if (m_window->isVisible() && !m_timer.isActive()) {
                arm();
                Q_EMIT ticked();
            }
            break;
        default:
            break;
        }
    }
    return QObject::eventFilter(watched, event);
}

void MinuteTicker::arm()
{
    const qint64 into = m_desk->now().toMSecsSinceEpoch() % 60'000;
    m_timer.start(static_cast<int>(60'000 - into) + 50);
}

} // namespace Postroom
