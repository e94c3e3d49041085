#include "models/outboxmodel.h"

#include "core/base/text.h"
#include "models/words.h"

namespace Postroom
{
namespace
{

int urgencyOf(RecordState state)
{
    switch (state) {
    case RecordState::Attention:
        return 0;
    case RecordState::Unreadable:
        return 1;
    case RecordState::Failed:
        return 2;
    case RecordState::Pending:
        return 3;
    case RecordState::Acked:
        return 4;
    }
    return 5;
}

} // namespace

OutboxModel::OutboxModel(Desk *desk, QObject *parent) : RowsModel(parent), m_desk(desk)
{
    m_gather.setSingleShot(true);
    m_gather.setInterval(150);
    connect(&m_gather, &QTimer::timeout, this, &OutboxModel::reload);
    connect(desk, &Desk::outboxChanged, this, [this](const WorkspaceId &id) {
        if (id == m_workspace && !m_gather.isActive())
            m_gather.start();
    });
}

void OutboxModel::setWorkspace(const WorkspaceId &workspace)
{
    if (workspace == m_workspace)
        return;
    m_workspace = workspace;
    m_gather.stop();
    // Another workspace's rows are other rows, even where the ids happen to be equal.
    beginResetModel();
    m_rows.clear();
    endResetModel();
    reload();
}

void OutboxModel::reload()
{
    QList<OutboxRecord> rows = m_workspace.isEmpty() ? QList<OutboxRecord>() : m_desk->outbox(m_workspace);
    std::stable_sort(
        rows.begin(), rows.end(), [this](const OutboxRecord &a, const OutboxRecord &b) { return before(a, b); });
    apply(std::move(rows));
}

bool OutboxModel::before(const OutboxRecord &a, const OutboxRecord &b) const
{
    const bool descending = m_sortOrder == Qt::DescendingOrder;
    const OutboxRecord &first = descending ? b : a;
    const OutboxRecord &second = descending ? a : b;
    switch (m_sortColumn) {
    case PathColumn:
        return first.path < second.path;
    case SentenceColumn:
        return urgencyOf(first.state) < urgencyOf(second.state);
    case SizeColumn:
        return first.size < second.size;
    case NextColumn:
        return first.nextAttemptAt < second.nextAttemptAt;
    default:
        break;
    }
    const int left = urgencyOf(a.state);
    const int right = urgencyOf(b.state);
    if (left != right)
        return left < right;
    return a.firstSeenAt > b.firstSeenAt;
}

void OutboxModel::sort(int column, Qt::SortOrder order)
{
    if (column == m_sortColumn && order == m_sortOrder)
        return;
    m_sortColumn = column;
    m_sortOrder = order;
    QList<OutboxRecord> rows = m_rows;
    std::stable_sort(
        rows.begin(), rows.end(), [this](const OutboxRecord &a, const OutboxRecord &b) { return before(a, b); });
    apply(std::move(rows));
}

bool OutboxModel::same(const OutboxRecord &a, const OutboxRecord &b) const
{
    return a.path == b.path && a.action == b.action && a.state == b.state && a.size == b.size && a.hash == b.hash
        && a.attempts == b.attempts && a.firstSeenAt == b.firstSeenAt && a.lastAttemptAt == b.lastAttemptAt
        && a.nextAttemptAt == b.nextAttemptAt && a.ackedAt == b.ackedAt && a.operationId == b.operationId
        && a.revision == b.revision && a.dispatchStatus == b.dispatchStatus && a.error == b.error;
}

QVariant OutboxModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const OutboxRecord &record = m_rows.at(index.row());
    const QDateTime now = m_desk->now();
    switch (role) {
    case IdRole:
        return record.id;
    case NameRole:
        return oneLine(record.path, 1000);
    case ShapeRole:
        return static_cast<int>(sentenceFor(record, now).shape);
    case SentenceRole:
        return sentenceFor(record, now).text;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            index.column() == SizeColumn ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeading | Qt::AlignVCenter);
    default:
        break;
    }
    if (role == Qt::AccessibleTextRole && index.column() == PathColumn)
        return tr("%1. %2", "name and sentence").arg(oneLine(record.path, 1000), sentenceFor(record, now).text);
    if (role == SortRole) {
        switch (index.column()) {
        case PathColumn:
            return record.path;
        case SentenceColumn:
            return urgencyOf(record.state);
        case SizeColumn:
            return record.size;
        case NextColumn:
            return record.nextAttemptAt;
        default:
            return {};
        }
    }
    if (role == Qt::ToolTipRole && index.column() == NextColumn) {
        if (!record.nextAttemptAt.isValid())
            return {};
        return QLocale().toString(record.nextAttemptAt.toLocalTime(), QLocale::LongFormat);
    }
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole && role != Qt::AccessibleTextRole)
        return {};
    switch (index.column()) {
    case PathColumn:
        return oneLine(record.path, 1000);
    case SentenceColumn:
        return sentenceFor(record, now).text;
    case SizeColumn:
        return record.size < 0 ? QString() : saySize(record.size);
    case NextColumn:
        return record.nextAttemptAt.isValid() ? sayDue(record.nextAttemptAt, now, QLocale()) : QString();
    default:
        return {};
    }
}

QVariant OutboxModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            section == SizeColumn ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeading | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case PathColumn:
        return tr("File");
    case SentenceColumn:
        return tr("How it stands");
    case SizeColumn:
        return tr("Size");
    case NextColumn:
        return tr("Next try");
    default:
        return {};
    }
}

} // namespace Postroom
