// The outbox of one workspace as a table: path, what there is to say, size, next try. What needs a person comes first.
#pragma once

#include "models/desk.h"
#include "models/rowsmodel.h"

#include <QTimer>

namespace Postroom
{

// Owner: the workspace page. The desk outlives it. Sorts by itself on raw values; changes are gathered for 150 ms.
class OutboxModel final : public RowsModel<OutboxRecord>
{
    Q_OBJECT
public:
    enum Column { PathColumn, SentenceColumn, SizeColumn, NextColumn, ColumnCount };

    explicit OutboxModel(Desk *desk, QObject *parent = nullptr);

    void setWorkspace(const WorkspaceId &workspace);
    const WorkspaceId &workspace() const { return m_workspace; }

    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    // Column -1 is the order of urgency.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

private:
    QString keyOf(const OutboxRecord &row) const override { return row.id; }
    bool same(const OutboxRecord &a, const OutboxRecord &b) const override;
    void reload();
    bool before(const OutboxRecord &a, const OutboxRecord &b) const;

    Desk *m_desk;
    WorkspaceId m_workspace;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    QTimer m_gather;
};

} // namespace Postroom
