// The recent history of one account as a table: when, what, code. The newest first.
#pragma once

#include "core/accounts/accountevent.h"

#include <QAbstractTableModel>

namespace Postroom
{

// What happened, as one short statement without a full stop.
QString sayEvent(const AccountEvent &event);
// "503 server_error": what scripts and servers know it by; empty when all went well.
QString eventCode(const AccountEvent &event);

// Holds values only. Owner: the page.
class AccountHistoryModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { When, What, Code, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;
    // `history` as the desk gives it, the newest last. Times are told as of `now`.
    void setHistory(const QList<AccountEvent> &history, const QDateTime &now);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QList<AccountEvent> m_rows; // the newest first
    QDateTime m_now;
};

} // namespace Postroom
