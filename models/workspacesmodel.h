// The workspaces as a list, by name. One column.
#pragma once

#include "models/desk.h"
#include "models/rowsmodel.h"

#include <QTimer>

namespace Postroom
{

// Owner: the window. The desk outlives it. Changes are gathered for a tenth of a second, because a push tells of many.
class WorkspacesModel final : public RowsModel<WorkspaceStatus>
{
    Q_OBJECT
public:
    explicit WorkspacesModel(Desk *desk, QObject *parent = nullptr);

    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : 1; }
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

private:
    QString keyOf(const WorkspaceStatus &row) const override { return row.id.text(); }
    bool same(const WorkspaceStatus &a, const WorkspaceStatus &b) const override;
    void reload();

    Desk *m_desk;
    QTimer m_gather;
};

} // namespace Postroom
