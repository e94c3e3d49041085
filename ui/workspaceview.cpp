#include "ui/workspaceview.h"

#include "core/base/text.h"
#include "models/accountsmodel.h"
#include "ui/attentionstrip.h"
#include "ui/button.h"
#include "ui/drophint.h"
#include "ui/metrics.h"
#include "ui/pushsheet.h"
#include "ui/recordpane.h"
#include "ui/statedelegate.h"
#include "ui/stateline.h"

#include <QClipboard>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSplitter>
#include <QStackedLayout>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

namespace Postroom
{

WorkspaceView::WorkspaceView(Actions *actions, QWidget *parent)
    : QWidget(parent), m_actions(actions), m_outbox(new OutboxModel(actions->desk(), this)),
      m_title(makeText(this, QStringLiteral("workspaceTitle"))),
      m_place(makeText(this, QStringLiteral("workspacePlace"))), m_state(new SentenceLabel(this)),
      m_step(new Button(this)), m_push(new Button(tr("&Push…"), this)), m_open(new Button(tr("Open &folder"), this)),
      m_more(new Button(tr("M&ore"), this)), m_question(new NoticeBar(this)), m_sheet(new PushSheet(actions, this)),
      m_tabs(new QTabWidget(this)), m_hint(new DropHint(this))
{
    setObjectName(QStringLiteral("workspaceView"));
    setAcceptDrops(true);
    makeTitle(m_title);
    makeQuiet(m_place);
    m_step->setObjectName(QStringLiteral("workspaceStepButton"));
    m_push->setObjectName(QStringLiteral("pushButton"));
    m_push->setAccessibleName(tr("Push files or folders"));
    m_push->setToolTip(tr("Send files or folders to this workspace. You can also drop them here or paste them with %1.")
            .arg(QKeySequence(QKeySequence::Paste).toString(QKeySequence::NativeText)));
    m_open->setObjectName(QStringLiteral("openFolderButton"));
    m_open->setAccessibleName(tr("Open the mirror folder"));
    m_more->setObjectName(QStringLiteral("workspaceMoreButton"));
    m_more->setAccessibleName(tr("More about this workspace"));
    m_question->setObjectName(QStringLiteral("workspaceQuestion"));
    m_tabs->setObjectName(QStringLiteral("workspaceTabs"));
    m_tabs->setAccessibleName(tr("Parts of this workspace"));
    m_tabs->setDocumentMode(true);

    auto *pushMenu = new QMenu(m_push);
    pushMenu->setAccessibleName(tr("What to push"));
    auto *files = pushMenu->addAction(tr("&Files…"));
    files->setObjectName(QStringLiteral("pushFilesAction"));
    auto *folder = pushMenu->addAction(tr("F&older…"));
    folder->setObjectName(QStringLiteral("pushFolderAction"));
    m_push->setMenu(pushMenu);
    auto *moreMenu = new QMenu(m_more);
    moreMenu->setAccessibleName(tr("More about this workspace"));
    auto *refresh = moreMenu->addAction(tr("&Look again"));
    refresh->setObjectName(QStringLiteral("refreshWorkspaceAction"));
    m_forget = moreMenu->addAction(tr("Fo&rget this workspace…"));
    m_forget->setObjectName(QStringLiteral("forgetWorkspaceAction"));
    m_more->setMenu(moreMenu);

    auto *column = new QVBoxLayout(this);
    const int edge = em(this, 1.2);
    column->setContentsMargins(edge, edge, edge, em(this, 0.6));
    column->setSpacing(em(this, 0.6));
    auto *head = new QHBoxLayout;
    head->setSpacing(em(this, 0.5));
    auto *names = new QVBoxLayout;
    names->setSpacing(em(this, 0.1));
    names->addWidget(m_title);
    names->addWidget(m_place);
    head->addLayout(names, 1);
    head->addWidget(m_push, 0, Qt::AlignTop);
    head->addWidget(m_open, 0, Qt::AlignTop);
    head->addWidget(m_more, 0, Qt::AlignTop);
    column->addLayout(head);
    auto *stateRow = new QHBoxLayout;
    stateRow->setSpacing(em(this, 0.7));
    stateRow->addWidget(m_state, 1, Qt::AlignVCenter);
    stateRow->addWidget(m_step, 0, Qt::AlignVCenter);
    column->addLayout(stateRow);
    column->addWidget(m_question);
    column->addWidget(m_sheet);
    m_tabs->addTab(makeOutbox(), tr("Outbox"));
    column->addSpacing(em(this, 0.2));
    column->addWidget(m_tabs, 1);

    connect(files, &QAction::triggered, this, [this] { choosePaths(false); });
    connect(folder, &QAction::triggered, this, [this] { choosePaths(true); });
    connect(m_open, &QPushButton::clicked, this, [this] { m_actions->openFolder(m_workspace.mirror); });
    connect(refresh, &QAction::triggered, m_actions, &Actions::refreshWorkspaces);
    connect(m_forget, &QAction::triggered, this, [this] {
        m_question->ask(tr("Forget %1? Its folder and its files stay where they are.").arg(displayName(m_workspace)),
            tr("Forget it"), tr("Keep it"));
    });
    connect(m_question, &NoticeBar::confirmed, this, [this] { m_actions->forgetWorkspace(m_workspace.id); });
    connect(m_step, &QPushButton::clicked, this, [this] {
        // "Show" leads to this page; here it leads to what it speaks of.
        if (m_sentence.step == Step::Show && m_workspace.state != WorkspaceState::AccountNotUsable) {
            if (m_outbox->rowCount() > 0)
                m_table->selectRow(0);
            m_table->setFocus(Qt::OtherFocusReason);
        } else if (m_sentence.step == Step::Show) {
            Q_EMIT m_actions->accountWanted(m_workspace.account);
        } else {
            m_actions->take(m_sentence.step, {}, m_workspace.id);
        }
    });
}

QWidget *WorkspaceView::makeOutbox()
{
    m_table = new QTableView(this);
    m_table->setObjectName(QStringLiteral("outboxTable"));
    m_table->setAccessibleName(tr("Outbox"));
    m_table->setModel(m_outbox);
    m_table->setItemDelegateForColumn(OutboxModel::PathColumn, new ShapeDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(em(this, 1.7));
    QHeaderView *header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSortIndicatorClearable(true);
    header->setSortIndicatorShown(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setSectionResizeMode(OutboxModel::PathColumn, QHeaderView::Stretch);
    header->setSectionResizeMode(OutboxModel::SentenceColumn, QHeaderView::Stretch);
    header->setSectionResizeMode(OutboxModel::SizeColumn, QHeaderView::Interactive);
    header->setSectionResizeMode(OutboxModel::NextColumn, QHeaderView::Interactive);
    header->resizeSection(OutboxModel::SizeColumn, em(this, 5.6));
    header->resizeSection(OutboxModel::NextColumn, em(this, 4.6));
    m_table->setSortingEnabled(true);

    m_outboxEmpty = makeText(this, QStringLiteral("outboxEmpty"));
    m_outboxEmpty->setAlignment(Qt::AlignCenter);
    m_outboxEmpty->setText(tr("Nothing waits here. Drop files on this page to push them."));
    makeQuiet(m_outboxEmpty);
    m_outboxEmpty->setContentsMargins(em(this), em(this), em(this), em(this));

    m_pane = new RecordPane(this);
    auto *splitter = new QSplitter(this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_table);
    splitter->addWidget(m_pane);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({em(this, 36), em(this, 12)});

    auto *page = new QWidget(this);
    auto *stack = new QStackedLayout(page);
    stack->addWidget(m_outboxEmpty);
    stack->addWidget(splitter);
    const auto update = [this, stack, splitter] {
        const int count = m_outbox->rowCount();
        stack->setCurrentWidget(count == 0 ? static_cast<QWidget *>(m_outboxEmpty) : splitter);
        //: A tab's name and how many it holds
        m_tabs->setTabText(0, count == 0 ? tr("Outbox") : tr("Outbox %1").arg(QLocale().toString(count)));
        showRecord();
    };
    for (auto signal : {&QAbstractItemModel::modelReset})
        connect(m_outbox, signal, this, update);
    connect(m_outbox, &QAbstractItemModel::rowsInserted, this, update);
    connect(m_outbox, &QAbstractItemModel::rowsRemoved, this, update);
    connect(m_outbox, &QAbstractItemModel::dataChanged, this, &WorkspaceView::showRecord);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &WorkspaceView::showRecord);
    return page;
}

void WorkspaceView::setWorkspace(const WorkspaceStatus &workspace)
{
    if (workspace.id != m_workspace.id)
        m_question->putAway();
    m_workspace = workspace;
    const QString name = displayName(workspace);
    m_sentence = sentenceFor(workspace, m_actions->desk()->now());
    m_title->setText(name);
    m_state->setSentence(m_sentence);
    m_step->setText(m_sentence.button);
    m_step->setAccessibleName(tr("%1: %2").arg(m_sentence.button, name));
    m_step->setVisible(!m_sentence.button.isEmpty());
    QStringList place;
    if (!workspace.mirror.isEmpty()) {
        QString folder = workspace.mirror;
        if (folder.startsWith(QDir::homePath() + QLatin1Char('/')))
            folder.replace(0, QDir::homePath().size(), QLatin1Char('~'));
        place.append(oneLine(folder, 300));
    }
    if (!workspace.accountLabel.isEmpty())
        place.append(oneLine(workspace.accountLabel, 80));
    m_place->setText(place.join(QStringLiteral(" · ")));
    m_place->setVisible(!place.isEmpty());
    m_open->setEnabled(!workspace.mirror.isEmpty());
    m_outbox->setWorkspace(workspace.id);
}

void WorkspaceView::refreshTimes()
{
    m_outbox->refreshTimes();
    setWorkspace(m_workspace);
}

void WorkspaceView::showRecord()
{
    const QModelIndex current = m_table->currentIndex();
    if (current.isValid() && current.row() < m_outbox->rowCount())
        m_pane->setRecord(m_outbox->at(current.row()), m_actions->desk()->now());
    else
        m_pane->clear();
}

void WorkspaceView::push(const QStringList &paths)
{
    if (!m_workspace.id.isEmpty())
        m_sheet->begin(m_workspace.id, displayName(m_workspace), m_workspace.mirror, paths);
}

void WorkspaceView::choosePaths(bool folders)
{
    auto *dialog = new QFileDialog(this);
    dialog->setObjectName(QStringLiteral("pushFileDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(folders ? QFileDialog::Directory : QFileDialog::ExistingFiles);
    dialog->setWindowTitle(folders ? tr("Push a folder to %1").arg(displayName(m_workspace))
                                   : tr("Push files to %1").arg(displayName(m_workspace)));
    dialog->setLabelText(QFileDialog::Accept, tr("Push"));
    connect(dialog, &QFileDialog::filesSelected, this, &WorkspaceView::push);
    dialog->open();
}

void WorkspaceView::pasteFiles()
{
    const QStringList paths = localFiles(QGuiApplication::clipboard()->mimeData());
    if (paths.isEmpty())
        Q_EMIT m_actions->noticeRaised(tr("There are no files to paste. Copy some in a file manager first."));
    else
        push(paths);
}

QStringList WorkspaceView::localFiles(const QMimeData *data)
{
    QStringList paths;
    if (!data || !data->hasUrls())
        return paths;
    const QList<QUrl> urls = data->urls();
    for (const QUrl &url : urls) {
        if (url.isLocalFile())
            paths.append(url.toLocalFile());
    }
    return paths;
}

void WorkspaceView::dragEnterEvent(QDragEnterEvent *event)
{
    if (m_workspace.id.isEmpty() || localFiles(event->mimeData()).isEmpty())
        return;
    // The files stay where they are; a move would let the file manager delete them.
    event->setDropAction(Qt::CopyAction);
    event->accept();
    m_hint->showText(tr("Drop to push to %1").arg(displayName(m_workspace)));
}

void WorkspaceView::dragLeaveEvent(QDragLeaveEvent *)
{
    m_hint->hide();
}

void WorkspaceView::dropEvent(QDropEvent *event)
{
    m_hint->hide();
    const QStringList paths = localFiles(event->mimeData());
    if (paths.isEmpty())
        return;
    event->setDropAction(Qt::CopyAction);
    event->accept();
    push(paths);
}

} // namespace Postroom
