// What happened, newest first.
#pragma once

#include "models/activitymodel.h"

#include <QWidget>

class QLabel;
class QStackedWidget;
class QTableView;

namespace Postroom
{

// Asks for the first entries when it is first seen.
class ActivityPage final : public QWidget
{
    Q_OBJECT
public:
    explicit ActivityPage(Desk *desk, QWidget *parent = nullptr);
    void refreshTimes() { m_model->refreshTimes(); }
    ActivityModel *model() const { return m_model; }

protected:
    void showEvent(QShowEvent *event) override;

private:
    void showState();

    ActivityModel *m_model;
    QLabel *m_trouble;
    QTableView *m_table;
    QStackedWidget *m_stack;
    QWidget *m_empty;
};

} // namespace Postroom
