#include "models/workspacesmodel.h"

#include "models/accountsmodel.h"

namespace Postroom
{

WorkspacesModel::WorkspacesModel(Desk *desk, QObject *parent) : RowsModel(parent), m_desk(desk)
{
    m_gather.setSingleShot(true);
    m_gather.setInterval(100);
    connect(&m_gather, &QTimer::timeout, this, &WorkspacesModel::reload);
    const auto later = [this] {
        if (!m_gather.isActive())
            m_gather.start();
    };
    connect(desk, &Desk::workspaceChanged, this, later);
    connect(desk, &Desk::workspaceRemoved, this, later);
    reload();
}

void WorkspacesModel::reload()
{
    QList<WorkspaceStatus> rows = m_desk->workspaces();
    std::stable_sort(rows.begin(), rows.end(), [](const WorkspaceStatus &a, const WorkspaceStatus &b) {
        return displayName(a).localeAwareCompare(displayName(b)) < 0;
    });
    apply(std::move(rows));
}

// Compares what the list shows; a page that shows more asks the desk.
bool WorkspacesModel::same(const WorkspaceStatus &a, const WorkspaceStatus &b) const
{
    return a.name == b.name && a.state == b.state && a.since == b.since && a.nextAt == b.nextAt && a.outbox == b.outbox
        && a.conflicts == b.conflicts && a.sending == b.sending && a.sendingTotal == b.sendingTotal
        && a.lastSuccessAt == b.lastSuccessAt && a.attentionPath == b.attentionPath
        && a.attentionReason == b.attentionReason && a.attentionProvider == b.attentionProvider
        && a.accountLabel == b.accountLabel && a.accountBadge == b.accountBadge && a.mirror == b.mirror
        && a.lastError.has_value() == b.lastError.has_value()
        && (!a.lastError
            || (a.lastError->error.kind == b.lastError->error.kind
                && a.lastError->error.message == b.lastError->error.message));
}

QVariant WorkspacesModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const WorkspaceStatus &workspace = m_rows.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case NameRole:
    case SortRole:
        return displayName(workspace);
    case IdRole:
        return workspace.id.text();
    default:
        break;
    }
    const Sentence sentence = sentenceFor(workspace, m_desk->now());
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
        return tr("%1. %2", "name and sentence").arg(displayName(workspace), sentence.text);
    default:
        return {};
    }
}

QHash<int, QByteArray> WorkspacesModel::roleNames() const
{
    return {{NameRole, "name"}, {ShapeRole, "shape"}, {SentenceRole, "sentence"}, {IdRole, "id"}};
}

} // namespace Postroom
