#include "ui/workspacespage.h"

#include "models/accountsmodel.h"
#include "ui/button.h"
#include "ui/drophint.h"
#include "ui/emptystate.h"
#include "ui/metrics.h"
#include "ui/statedelegate.h"
#include "ui/workspaceview.h"

#include <QDropEvent>
#include <QFileDialog>
#include <QListView>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Postroom
{

WorkspacesPage::WorkspacesPage(Actions *actions, QWidget *parent)
    : QWidget(parent), m_actions(actions), m_model(new WorkspacesModel(actions->desk(), this)),
      m_list(new QListView(this)), m_stack(new QStackedWidget(this)), m_view(new WorkspaceView(actions, this)),
      m_hint(new DropHint(m_list->viewport()))
{
    setObjectName(QStringLiteral("workspacesPage"));
    m_hint->setObjectName(QStringLiteral("listDropHint"));
    m_list->setObjectName(QStringLiteral("workspacesList"));
    m_list->setAccessibleName(tr("Workspaces"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new TwoLineDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->viewport()->setAcceptDrops(true);
    m_list->viewport()->installEventFilter(this);

    auto *add = new Button(tr("Add a &mirror…"), this);
    add->setObjectName(QStringLiteral("addMirrorButton"));
    add->setAccessibleName(tr("Add a mirror folder"));
    add->setToolTip(tr("A mirror is a folder that relayfile-mount keeps equal to a workspace."));
    auto *left = new QWidget(this);
    auto *leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(0, 0, 0, em(this, 0.6));
    leftColumn->setSpacing(em(this, 0.6));
    leftColumn->addWidget(m_list, 1);
    auto *addRow = new QHBoxLayout;
    addRow->setContentsMargins(em(this, 0.6), 0, em(this, 0.6), 0);
    addRow->addWidget(add);
    addRow->addStretch(1);
    leftColumn->addLayout(addRow);
    auto *splitter = new QSplitter(this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(left);
    splitter->addWidget(m_view);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 5);
    splitter->setSizes({em(this, 13), em(this, 40)});
    m_full = splitter;
    auto *empty = new EmptyState(tr("No workspace yet"),
        tr("Workspaces appear here by themselves once you are signed in. A folder that is already "
           "mirrored on this computer can be added by hand."),
        tr("Add a &mirror…"), QStringLiteral("workspacesAddMirrorButton"), this);
    connect(empty, &EmptyState::clicked, this, &WorkspacesPage::addMirror);
    m_empty = empty;
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_full);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_stack);

    connect(add, &QPushButton::clicked, this, &WorkspacesPage::addMirror);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &WorkspacesPage::showChosen);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &WorkspacesPage::showChosen);
    connect(m_model, &QAbstractItemModel::rowsRemoved, this, &WorkspacesPage::showChosen);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &WorkspacesPage::showChosen);
    showChosen();
}

void WorkspacesPage::addMirror()
{
    auto *dialog = new QFileDialog(this);
    dialog->setObjectName(QStringLiteral("addMirrorDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    dialog->setWindowTitle(tr("Add a mirror folder"));
    dialog->setLabelText(QFileDialog::Accept, tr("Add"));
    connect(dialog, &QFileDialog::fileSelected, m_actions, &Actions::addMirror);
    dialog->open();
}

void WorkspacesPage::choose(const WorkspaceId &workspace)
{
    const int row = m_model->rowOf(workspace.text());
    if (row >= 0)
        m_list->setCurrentIndex(m_model->index(row, 0));
}

void WorkspacesPage::refreshTimes()
{
    m_model->refreshTimes();
    m_view->refreshTimes();
}

void WorkspacesPage::showChosen()
{
    m_stack->setCurrentWidget(m_model->rowCount() == 0 ? m_empty : m_full);
    QModelIndex current = m_list->currentIndex();
    if (!current.isValid() && m_model->rowCount() > 0) {
        m_list->setCurrentIndex(m_model->index(0, 0));
        current = m_list->currentIndex();
    }
    if (current.isValid())
        m_view->setWorkspace(m_model->at(current.row()));
}

bool WorkspacesPage::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_list->viewport())
        return QWidget::eventFilter(watched, event);
    switch (event->type()) {
    case QEvent::DragEnter:
    case QEvent::DragMove: {
        auto *drag = static_cast<QDragMoveEvent *>(event);
        const QModelIndex row = m_list->indexAt(drag->position().toPoint());
        if (!row.isValid() || WorkspaceView::localFiles(drag->mimeData()).isEmpty()) {
            m_hint->hide();
            // The enter event is taken all the same, else no moves would follow.
            drag->setAccepted(event->type() == QEvent::DragEnter);
            return true;
        }
        drag->setDropAction(Qt::CopyAction);
        drag->accept();
        m_hint->showText(tr("Drop to push to %1").arg(displayName(m_model->at(row.row()))));
        m_hint->setGeometry(m_list->visualRect(row));
        return true;
    }
    case QEvent::DragLeave:
        m_hint->hide();
        return true;
    case QEvent::Drop: {
        m_hint->hide();
        auto *drop = static_cast<QDropEvent *>(event);
        const QModelIndex row = m_list->indexAt(drop->position().toPoint());
        const QStringList paths = WorkspaceView::localFiles(drop->mimeData());
        if (!row.isValid() || paths.isEmpty())
            return true;
        drop->setDropAction(Qt::CopyAction);
        drop->accept();
        m_list->setCurrentIndex(row);
        m_view->push(paths);
        return true;
    }
    default:
        return QWidget::eventFilter(watched, event);
    }
}

} // namespace Postroom
