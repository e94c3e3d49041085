// The history, newest first: when, what happened, to what. Read in pages as somebody scrolls.
#pragma once

#include "models/desk.h"

#include <QAbstractTableModel>
#include <QPointer>
#include <QTimer>
#include <deque>

namespace Postroom
{

// Owner: the activity page. The desk outlives it. Nothing is asked for before the first fetchMore().
class ActivityModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { TimeColumn, TextColumn, SubjectColumn, ColumnCount };

    explicit ActivityModel(Desk *desk, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;

    const ActivityEntry &at(int row) const { return m_rows.at(static_cast<size_t>(row)); }
    bool isLoading() const { return m_loading; }
    bool isComplete() const { return m_complete; }
    void refreshTimes();

Q_SIGNALS:
    void pageLoaded();
    void troubleChanged(const QString &message); // empty when the last page came

private:
    void takePage(const QList<ActivityEntry> &page, int asked);
    void takeAdded();
    static QCoro::Task<void> load(QPointer<ActivityModel> self, Desk *desk, ActivityQuery query);

    Desk *m_desk;
    std::deque<ActivityEntry> m_rows;
    QList<ActivityEntry> m_added; // oldest first, waiting for the timer
    QTimer m_gather;
    bool m_loading = false;
    bool m_complete = false;
};

} // namespace Postroom
