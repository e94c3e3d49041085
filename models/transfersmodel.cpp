#include "models/transfersmodel.h"

#include "core/base/text.h"

#include <map>

namespace Postroom
{

TransfersModel::TransfersModel(Desk *desk, QObject *parent) : RowsModel(parent), m_desk(desk)
{
    connect(desk, &Desk::transferItemsChanged, this, [this](const TransferId &id, const QList<TransferItem> &items) {
        if (id == m_transfer)
            take(items);
    });
}

void TransfersModel::setTransfer(const TransferId &transfer)
{
    if (transfer == m_transfer)
        return;
    m_transfer = transfer;
    beginResetModel();
    m_rows = transfer.isEmpty() ? QList<TransferItem>() : m_desk->transferItems(transfer);
    std::stable_sort(
        m_rows.begin(), m_rows.end(), [](const TransferItem &a, const TransferItem &b) { return a.index < b.index; });
    endResetModel();
}

void TransfersModel::take(const QList<TransferItem> &changed)
{
    std::map<int, TransferItem> all;
    for (const TransferItem &item : std::as_const(m_rows))
        all.insert_or_assign(item.index, item);
    for (const TransferItem &item : changed)
        all.insert_or_assign(item.index, item);
    QList<TransferItem> rows;
    rows.reserve(static_cast<qsizetype>(all.size()));
    for (const auto &[number, item] : all)
        rows.append(item);
    apply(std::move(rows));
}

bool TransfersModel::same(const TransferItem &a, const TransferItem &b) const
{
    return a.state == b.state && a.bytes == b.bytes && a.error == b.error && a.operationId == b.operationId
        && a.revision == b.revision && a.remotePath == b.remotePath && a.local == b.local && a.code == b.code
        && a.commandId == b.commandId;
}

QVariant TransfersModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const TransferItem &item = m_rows.at(index.row());
    const QString path = oneLine(item.remotePath.isEmpty() ? item.local : item.remotePath, 1000);
    switch (role) {
    case IdRole:
        return QString::number(item.index);
    case NameRole:
        return path;
    case ShapeRole:
        return static_cast<int>(sentenceFor(item).shape);
    case SentenceRole:
        return sentenceFor(item).text;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            index.column() == SizeColumn ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeading | Qt::AlignVCenter);
    case SortRole:
        if (index.column() == SizeColumn)
            return item.bytes;
        if (index.column() == SentenceColumn)
            return static_cast<int>(item.state);
        return path;
    default:
        break;
    }
    if (role == Qt::AccessibleTextRole && index.column() == FileColumn)
        return tr("%1. %2", "name and sentence").arg(path, sentenceFor(item).text);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole && role != Qt::AccessibleTextRole)
        return {};
    switch (index.column()) {
    case FileColumn:
        return path;
    case SentenceColumn:
        return sentenceFor(item).text;
    case SizeColumn:
        return saySize(item.bytes);
    default:
        return {};
    }
}

QVariant TransfersModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            section == SizeColumn ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeading | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case FileColumn:
        return tr("File");
    case SentenceColumn:
        return tr("How it stands");
    case SizeColumn:
        return tr("Size");
    default:
        return {};
    }
}

} // namespace Postroom
