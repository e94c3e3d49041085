// Running and just finished pushes at the bottom of the window; not there when there are none.
#pragma once

#include "models/transfersmodel.h"
#include "ui/actions.h"

#include <QFrame>
#include <QTimer>

class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;
class QToolButton;
class QVBoxLayout;

namespace Postroom
{

// One transfer: what, how far, cancel or try again.
class TransferRow final : public QWidget
{
    Q_OBJECT
public:
    TransferRow(Actions *actions, const Transfer &transfer, QWidget *parent = nullptr);
    void setTransfer(const Transfer &transfer);
    const Transfer &transfer() const { return m_transfer; }
    void setOpen(bool open);
    void refresh();

Q_SIGNALS:
    void openWanted(const Postroom::TransferId &transfer, bool open);

private:
    Actions *m_actions;
    Transfer m_transfer;
    QLabel *m_shape;
    QLabel *m_name;
    QLabel *m_text;
    QProgressBar *m_bar;
    QToolButton *m_details;
    QPushButton *m_cancel;
    QPushButton *m_retry;
    QPushButton *m_dismiss;
};

class TransfersDock final : public QFrame
{
    Q_OBJECT
public:
    explicit TransfersDock(Actions *actions, QWidget *parent = nullptr);
    void refreshTimes();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void refresh();
    void openItems(const TransferId &transfer, bool open);

    Actions *m_actions;
    QVBoxLayout *m_rowLayout;
    QList<TransferRow *> m_rows;
    QTableView *m_items;
    TransfersModel *m_model;
    QTimer m_gather;
};

} // namespace Postroom
