// The accounts as a list, by label. One column.
#pragma once

#include "models/desk.h"
#include "models/rowsmodel.h"

namespace Postroom
{

// Owner: the window. The desk outlives it.
class AccountsModel final : public RowsModel<AccountStatus>
{
    Q_OBJECT
public:
    explicit AccountsModel(Desk *desk, QObject *parent = nullptr);

    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : 1; }
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

private:
    QString keyOf(const AccountStatus &row) const override { return row.id.text(); }
    bool same(const AccountStatus &a, const AccountStatus &b) const override;
    void reload();

    Desk *m_desk;
};

// What an account is called where there is room for one name.
QString displayName(const AccountStatus &account);
QString displayName(const WorkspaceStatus &workspace);

} // namespace Postroom
