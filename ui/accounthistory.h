// What happened to the chosen account of late, and the way to take all of it along.
#pragma once

#include "core/accounts/accountevent.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QTableView;

namespace Postroom
{

class AccountHistoryModel;

// As tall as its rows: the page around it scrolls.
class AccountHistory final : public QWidget
{
    Q_OBJECT
public:
    explicit AccountHistory(QWidget *parent = nullptr);
    void setHistory(const QList<AccountEvent> &history, const QDateTime &now);
    // The diagnostics lie in the clipboard.
    void sayCopied(bool copied);

Q_SIGNALS:
    void copyWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void fitHeight();

    AccountHistoryModel *m_model;
    QTableView *m_table;
    QLabel *m_empty;
    QPushButton *m_copy;
};

} // namespace Postroom
