#include "models/accounthistorymodel.h"

#include "models/sentences.h"
#include "models/words.h"

#include <algorithm>

namespace Postroom
{
namespace
{

QString sayPlainEvent(const AccountEvent &event)
{
    const auto is = [&event](const char *name) { return event.event == QLatin1String(name); };
    if (is("renewed"))
        return Words::tr("Renewed", "a sign-in");
    if (is("signed-in"))
        return Words::tr("Signed in", "an event");
    if (is("signed-out"))
        return Words::tr("Signed out", "an event");
    if (is("rejected"))
        return Words::tr("A service did not take the token");
    if (is("adopted"))
        return Words::tr("Took the newer sign-in of another program");
    if (is("keychain"))
        return Words::tr("The keychain is there again");
    if (is("step-up"))
        return Words::tr("A service wants you to confirm who you are");
    if (is("candidate"))
        return Words::tr("An answer brought another token along, which is tried");
    if (is("client-renewed"))
        return Words::tr("Renewed the registration of Postroom there");
    if (is("client-replaced"))
        return Words::tr("The registration of Postroom is not known there any more");
    if (is("disabled"))
        return Words::tr("Switched off", "an event");
    if (is("enabled"))
        return Words::tr("Switched on", "an event");
    if (is("verdict"))
        return Words::tr("The sign-in server refused");
    if (is("trouble"))
        return Words::tr("The sign-in could not be renewed");
    return oneLine(event.event, 60);
}

bool isSameEvent(const AccountEvent &a, const AccountEvent &b)
{
    return a.at == b.at && a.event == b.event && a.state == b.state && a.reason == b.reason && a.attempt == b.attempt
        && a.nextAt == b.nextAt;
}

} // namespace

QString sayEvent(const AccountEvent &event)
{
    QString text = event.error ? foreignReason(event.error->message) : QString();
    if (text.isEmpty())
        text = sayPlainEvent(event);
    if (event.attempt > 1)
        text = Words::tr("%1 (try %2)", "a statement, a number").arg(text).arg(event.attempt);
    return text;
}

QString eventCode(const AccountEvent &event)
{
    QStringList parts;
    if (event.error && event.error->status > 0)
        parts.append(QString::number(event.error->status));
    const QString code = event.error ? event.error->code : QString();
    if (!code.isEmpty())
        parts.append(oneLine(code, 60));
    else if (event.error && !event.reason.isEmpty())
        parts.append(oneLine(event.reason, 60));
    return parts.join(QLatin1Char(' '));
}

void AccountHistoryModel::setHistory(const QList<AccountEvent> &history, const QDateTime &now)
{
    QList<AccountEvent> rows = history;
    std::reverse(rows.begin(), rows.end());
    rows = rows.mid(0, mostAccountEvents);
    m_now = now;
    // The minute turns more often than something happens; whoever reads the table keeps their place.
    if (std::equal(rows.begin(), rows.end(), m_rows.begin(), m_rows.end(), isSameEvent)) {
        if (!rows.isEmpty())
            Q_EMIT dataChanged(index(0, When), index(rowCount() - 1, When));
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

int AccountHistoryModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant AccountHistoryModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const AccountEvent &event = m_rows.at(index.row());
    const QLocale locale;
    if (role == Qt::ToolTipRole) {
        QString tip = locale.toString(event.at.toLocalTime(), QLocale::LongFormat);
        if (event.nextAt)
            tip += QLatin1Char('\n') + Words::tr("Next try %1.").arg(sayClock(*event.nextAt, m_now, locale));
        if (event.error && !event.error->requestId.isEmpty())
            tip += QLatin1Char('\n') + tr("request %1").arg(oneLine(event.error->requestId, 80));
        return tip;
    }
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    switch (static_cast<Column>(index.column())) {
    case When:
        return sayTime(event.at, m_now, locale);
    case What:
        return sayEvent(event);
    case Code:
        if (role == Qt::AccessibleTextRole && eventCode(event).isEmpty())
            return tr("no code");
        return eventCode(event);
    case ColumnCount:
        break;
    }
    return {};
}

QVariant AccountHistoryModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (static_cast<Column>(section)) {
    case When:
        return tr("When");
    case What:
        return tr("What");
    case Code:
        return tr("Code");
    case ColumnCount:
        break;
    }
    return {};
}

} // namespace Postroom
