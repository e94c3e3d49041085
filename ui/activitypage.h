// What happened, newest first.
#pragma once

#include "models/activitymodel.h"

#include <QWidget>

class QLabel;
class QStackedWidget;
class QTableView;

namespace Postroom
{

// Asks for the first entries when it is first seen after start().
class ActivityPage final : public QWidget
{
    Q_OBJECT
public:
    explicit ActivityPage(Desk *desk, QWidget *parent = nullptr);
    // After the first paint of the window: a view asks its model for rows even while nobody sees it.
    void start();
    void refreshTimes() { m_model->refreshTimes(); }
    ActivityModel *model() const { return m_model; }

protected:
    void showEvent(QShowEvent *event) override;

private:
    void attach();
    void showState();

    ActivityModel *m_model;
    QLabel *m_trouble;
    QTableView *m_table;
    QStackedWidget *m_stack;
    QWidget *m_empty;
    bool m_started = false;
};

} // namespace Postroom
