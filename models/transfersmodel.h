// The items of one transfer as a table: file, how it stands, size.
#pragma once

#include "models/desk.h"
#include "models/rowsmodel.h"

namespace Postroom
{

// Owner: the transfers dock. The desk outlives it and batches the items' changes. Rows are in the order of the push.
class TransfersModel final : public RowsModel<TransferItem>
{
    Q_OBJECT
public:
    enum Column { FileColumn, SentenceColumn, SizeColumn, ColumnCount };

    explicit TransfersModel(Desk *desk, QObject *parent = nullptr);

    void setTransfer(const TransferId &transfer);
    const TransferId &transfer() const { return m_transfer; }

    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString keyOf(const TransferItem &row) const override { return QString::number(row.index); }
    bool same(const TransferItem &a, const TransferItem &b) const override;
    void take(const QList<TransferItem> &changed);

    Desk *m_desk;
    TransferId m_transfer;
};

} // namespace Postroom
