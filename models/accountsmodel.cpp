#include "models/accountsmodel.h"

#include "core/base/text.h"

namespace Postroom
{

QString displayName(const AccountStatus &account)
{
    for (const QString &name : {account.label, account.subject, account.providerName}) {
        if (!name.isEmpty())
            return oneLine(name, 80);
    }
    return account.id.text();
}

QString displayName(const WorkspaceStatus &workspace)
{
    return oneLine(workspace.name.isEmpty() ? workspace.id.text() : workspace.name, 80);
}

AccountsModel::AccountsModel(Desk *desk, QObject *parent) : RowsModel(parent), m_desk(desk)
{
    connect(desk, &Desk::accountChanged, this, &AccountsModel::reload);
    connect(desk, &Desk::accountRemoved, this, &AccountsModel::reload);
    reload();
}

// There are a few accounts, so the whole list is compared; only what differs is told.
void AccountsModel::reload()
{
    QList<AccountStatus> rows = m_desk->accounts();
    std::stable_sort(rows.begin(), rows.end(), [](const AccountStatus &a, const AccountStatus &b) {
        return displayName(a).localeAwareCompare(displayName(b)) < 0;
    });
    apply(std::move(rows));
}

bool AccountsModel::same(const AccountStatus &a, const AccountStatus &b) const
{
    return a == b;
}

QVariant AccountsModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const AccountStatus &account = m_rows.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case NameRole:
    case SortRole:
        return displayName(account);
    case IdRole:
        return account.id.text();
    default:
        break;
    }
    const Sentence sentence = sentenceFor(account, m_desk->now());
    switch (role) {
    case ShapeRole:
        return static_cast<int>(sentence.shape);
    case SentenceRole:
    case Qt::ToolTipRole:
        return sentence.text;
    case StepRole:
        return static_cast<int>(sentence.step);
    case ButtonRole:
        return sentence.button;
    case Qt::AccessibleTextRole:
        return tr("%1. %2", "name and sentence").arg(displayName(account), sentence.text);
    default:
        return {};
    }
}

QHash<int, QByteArray> AccountsModel::roleNames() const
{
    return {{NameRole, "name"}, {ShapeRole, "shape"}, {SentenceRole, "sentence"}, {IdRole, "id"}};
}

} // namespace Postroom
