#include "models/activitymodel.h"

#include "core/base/text.h"
#include "models/rowsmodel.h"
#include "models/words.h"

namespace Postroom
{
namespace
{

constexpr int firstPage = 200;
constexpr int nextPage = 500;

Shape shapeOf(ActivityOutcome outcome)
{
    switch (outcome) {
    case ActivityOutcome::Done:
        return Shape::Good;
    case ActivityOutcome::Trouble:
        return Shape::Waiting;
    case ActivityOutcome::NeedsYou:
        return Shape::NeedsYou;
    }
    return Shape::Off;
}

} // namespace

ActivityModel::ActivityModel(Desk *desk, QObject *parent) : QAbstractTableModel(parent), m_desk(desk)
{
    m_gather.setSingleShot(true);
    m_gather.setInterval(150);
    connect(&m_gather, &QTimer::timeout, this, &ActivityModel::takeAdded);
    connect(desk, &Desk::activityAdded, this, [this](const ActivityEntry &entry) {
        m_added.append(entry);
        if (!m_gather.isActive())
            m_gather.start();
    });
}

int ActivityModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

bool ActivityModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && !m_complete && !m_loading;
}

void ActivityModel::fetchMore(const QModelIndex &parent)
{
    if (!canFetchMore(parent))
        return;
    m_loading = true;
    ActivityQuery query;
    query.before = m_rows.empty() ? 0 : m_rows.back().id;
    query.limit = m_rows.empty() ? firstPage : nextPage;
    load(this, m_desk, query);
}

QCoro::Task<void> ActivityModel::load(QPointer<ActivityModel> self, Desk *desk, ActivityQuery query)
{
    auto task = desk->activity(query);
    const auto page = co_await task;
    if (!self)
        co_return;
    self->m_loading = false;
    if (page) {
        self->takePage(*page, query.limit);
        Q_EMIT self->troubleChanged({});
    } else {
        Q_EMIT self->troubleChanged(page.error().message);
    }
    if (!self)
        co_return;
    if (!self->m_added.isEmpty())
        self->m_gather.start();
    Q_EMIT self->pageLoaded();
}

void ActivityModel::takePage(const QList<ActivityEntry> &page, int asked)
{
    m_complete = page.size() < asked;
    QList<ActivityEntry> older;
    older.reserve(page.size());
    qint64 below = m_rows.empty() ? std::numeric_limits<qint64>::max() : m_rows.back().id;
    for (const ActivityEntry &entry : page) {
        if (entry.id >= below)
            continue;
        below = entry.id;
        older.append(entry);
    }
    // A page that brings nothing new would be asked for again and again.
    if (older.isEmpty()) {
        m_complete = true;
        return;
    }
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(older.size()) - 1);
    m_rows.insert(m_rows.end(), older.begin(), older.end());
    endInsertRows();
}

void ActivityModel::takeAdded()
{
    // While the first page is on its way nobody can tell whether it brings these along; they wait for it.
    if (m_loading && m_rows.empty())
        return;
    QList<ActivityEntry> fresh;
    for (const ActivityEntry &entry : std::as_const(m_added)) {
        const qint64 newest = !fresh.isEmpty() ? fresh.last().id : m_rows.empty() ? 0 : m_rows.front().id;
        if (entry.id > newest)
            fresh.append(entry);
    }
    m_added.clear();
    // Before the first page was asked for, the page will bring these along.
    if (fresh.isEmpty() || (m_rows.empty() && !m_complete))
        return;
    beginInsertRows({}, 0, static_cast<int>(fresh.size()) - 1);
    for (const ActivityEntry &entry : std::as_const(fresh))
        m_rows.push_front(entry);
    endInsertRows();
}

void ActivityModel::refreshTimes()
{
    if (!m_rows.empty())
        Q_EMIT dataChanged(
            index(0, TimeColumn), index(rowCount() - 1, TimeColumn), {Qt::DisplayRole, Qt::AccessibleTextRole});
}

QVariant ActivityModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const ActivityEntry &entry = at(index.row());
    switch (role) {
    case ShapeRole:
        return static_cast<int>(shapeOf(entry.outcome));
    case IdRole:
        return QString::number(entry.id);
    case NameRole:
    case SentenceRole:
        return oneLine(entry.text, 400);
    case SortRole:
        return entry.id;
    case ExactRole:
        return QLocale().toString(entry.at.toLocalTime(), QLocale::LongFormat);
    case Qt::AccessibleTextRole:
        return tr("%1: %2", "a time, what happened").arg(sayTime(entry.at, m_desk->now()), oneLine(entry.text, 400));
    case Qt::ToolTipRole:
        if (index.column() == TimeColumn)
            return QLocale().toString(entry.at.toLocalTime(), QLocale::LongFormat);
        [[fallthrough]];
    case Qt::DisplayRole:
        switch (index.column()) {
        case TimeColumn:
            return sayTime(entry.at, m_desk->now());
        case TextColumn:
            return oneLine(entry.text, 400);
        case SubjectColumn:
            return oneLine(entry.subject, 400);
        default:
            return {};
        }
    default:
        return {};
    }
}

QVariant ActivityModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignLeading | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case TimeColumn:
        return tr("When");
    case TextColumn:
        return tr("What happened");
    case SubjectColumn:
        return tr("About");
    default:
        return {};
    }
}

} // namespace Postroom
