// What the table models of this room share: rows as plain values in a vector, brought up to date with as few signals as
// the difference needs, and never through a proxy.
#pragma once

#include "models/sentences.h"

#include <QAbstractTableModel>
#include <QHash>
#include <QSet>
#include <algorithm>

namespace Postroom
{

enum ModelRole {
    ShapeRole = Qt::UserRole + 1, // int of Shape; ui turns it into a picture
    NameRole, // what the row is called
    SentenceRole, // what there is to say about it
    StepRole, // int of Step
    ButtonRole, // text of the one button, may be empty
    IdRole, // text of the id
    SortRole, // raw value of a cell
    ExactRole // a time in full, for hover
};

// Owner: a page. Thread: the window's. Keys of one list differ from each other; a later row with the key of an earlier
// one is left out.
template <typename Row>
class RowsModel : public QAbstractTableModel
{
public:
    using QAbstractTableModel::QAbstractTableModel;

    int rowCount(const QModelIndex &parent = {}) const override
    {
        return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
    }
    const Row &at(int row) const { return m_rows.at(row); }
    int rowOf(const QString &key) const
    {
        for (int row = 0; row < static_cast<int>(m_rows.size()); ++row) {
            if (keyOf(m_rows.at(row)) == key)
                return row;
        }
        return -1;
    }
    // Texts that depend on the time of day, told anew. One signal; nothing moves.
    void refreshTimes()
    {
        if (!m_rows.isEmpty())
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1), textRoles());
    }

protected:
    virtual QString keyOf(const Row &row) const = 0;
    virtual bool same(const Row &a, const Row &b) const = 0;
    // What a changed row changes. Identity and sort order are settled elsewhere.
    virtual QList<int> changedRoles() const
    {
        return {Qt::DisplayRole, Qt::AccessibleTextRole, Qt::ToolTipRole, ShapeRole, NameRole, SentenceRole, StepRole,
            ButtonRole, SortRole, ExactRole};
    }
    virtual QList<int> textRoles() const { return {Qt::DisplayRole, Qt::AccessibleTextRole, SentenceRole}; }

    // Makes the rows equal to `wanted`, in its order: removals, changes in place, moves, insertions.
    void apply(QList<Row> wanted)
    {
        QHash<QString, int> place;
        place.reserve(wanted.size());
        QList<Row> distinct;
        distinct.reserve(wanted.size());
        for (Row &row : wanted) {
            const QString key = keyOf(row);
            if (place.contains(key))
                continue;
            place.insert(key, static_cast<int>(distinct.size()));
            distinct.append(std::move(row));
        }
        removeMissing(place);
        changeKept(place, distinct);
        reorderKept(place);
        insertNew(distinct);
    }

    QList<Row> m_rows;

private:
    void removeMissing(const QHash<QString, int> &place)
    {
        for (int last = static_cast<int>(m_rows.size()) - 1; last >= 0; --last) {
            if (place.contains(keyOf(m_rows.at(last))))
                continue;
            int first = last;
            while (first > 0 && !place.contains(keyOf(m_rows.at(first - 1))))
                --first;
            beginRemoveRows({}, first, last);
            m_rows.remove(first, last - first + 1);
            endRemoveRows();
            last = first;
        }
    }

    void changeKept(const QHash<QString, int> &place, const QList<Row> &wanted)
    {
        int first = -1;
        for (int row = 0; row <= static_cast<int>(m_rows.size()); ++row) {
            bool changed = false;
            if (row < static_cast<int>(m_rows.size())) {
                const Row &fresh = wanted.at(place.value(keyOf(m_rows.at(row))));
                changed = !same(m_rows.at(row), fresh);
                if (changed)
                    m_rows[row] = fresh;
            }
            if (changed && first < 0)
                first = row;
            if (!changed && first >= 0) {
                Q_EMIT dataChanged(index(first, 0), index(row - 1, columnCount() - 1), changedRoles());
                first = -1;
            }
        }
    }

    void reorderKept(const QHash<QString, int> &place)
    {
        QList<int> order(m_rows.size());
        for (int row = 0; row < static_cast<int>(order.size()); ++row)
            order[row] = row;
        const auto before
            = [&](int a, int b) { return place.value(keyOf(m_rows.at(a))) < place.value(keyOf(m_rows.at(b))); };
        if (std::is_sorted(order.begin(), order.end(), before))
            return;
        Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
        std::stable_sort(order.begin(), order.end(), before);
        QList<Row> moved;
        moved.reserve(m_rows.size());
        QList<int> newRow(m_rows.size());
        for (int row = 0; row < static_cast<int>(order.size()); ++row) {
            newRow[order.at(row)] = row;
            moved.append(std::move(m_rows[order.at(row)]));
        }
        m_rows = std::move(moved);
        const QModelIndexList old = persistentIndexList();
        QModelIndexList now;
        now.reserve(old.size());
        for (const QModelIndex &item : old)
            now.append(index(newRow.at(item.row()), item.column()));
        changePersistentIndexList(old, now);
        Q_EMIT layoutChanged({}, VerticalSortHint);
    }

    void insertNew(const QList<Row> &wanted)
    {
        if (wanted.size() == m_rows.size())
            return;
        QSet<QString> kept;
        kept.reserve(m_rows.size());
        for (const Row &row : m_rows)
            kept.insert(keyOf(row));
        for (int first = 0; first < static_cast<int>(wanted.size()); ++first) {
            if (kept.contains(keyOf(wanted.at(first))))
                continue;
            int last = first;
            while (last + 1 < static_cast<int>(wanted.size()) && !kept.contains(keyOf(wanted.at(last + 1))))
                ++last;
            beginInsertRows({}, first, last);
            if (first == static_cast<int>(m_rows.size())) {
                m_rows.append(wanted.mid(first, last - first + 1));
            } else {
                m_rows.insert(first, last - first + 1, Row());
                std::copy(wanted.begin() + first, wanted.begin() + last + 1, m_rows.begin() + first);
            }
            endInsertRows();
            first = last;
        }
    }
};

} // namespace Postroom
