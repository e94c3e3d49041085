#include "ui/transfersdock.h"

#include "models/accountsmodel.h"
#include "ui/button.h"
#include "ui/metrics.h"
#include "ui/shapeicon.h"
#include "ui/statedelegate.h"

#include <QHeaderView>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace Postroom
{
namespace
{

constexpr int shownTransfers = 4;
constexpr int barSteps = 1000;

} // namespace

TransferRow::TransferRow(Actions *actions, const Transfer &transfer, QWidget *parent)
    : QWidget(parent), m_actions(actions), m_shape(new QLabel(this)),
      m_name(makeText(this, QStringLiteral("transferName"))), m_text(makeText(this, QStringLiteral("transferText"))),
      m_bar(new QProgressBar(this)), m_details(new QToolButton(this)), m_cancel(new Button(tr("Cancel"), this)),
      m_retry(new Button(tr("Try again"), this)), m_dismiss(new Button(tr("Put away"), this))
{
    QFont strong = m_name->font();
    strong.setWeight(QFont::DemiBold);
    m_name->setFont(strong);
    m_name->setWordWrap(false);
    m_bar->setObjectName(QStringLiteral("transferProgress"));
    m_bar->setRange(0, barSteps);
    m_bar->setTextVisible(false);
    m_details->setObjectName(QStringLiteral("transferDetailsButton"));
    m_details->setCheckable(true);
    m_details->setAutoRaise(true);
    m_details->setFocusPolicy(Qt::StrongFocus);
    m_details->setArrowType(Qt::UpArrow);
    m_cancel->setObjectName(QStringLiteral("cancelTransferButton"));
    m_retry->setObjectName(QStringLiteral("retryTransferButton"));
    m_dismiss->setObjectName(QStringLiteral("dismissTransferButton"));

    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(em(this, 0.6));
    row->addWidget(m_shape);
    row->addWidget(m_name);
    row->addWidget(m_text, 3);
    row->addWidget(m_bar, 2);
    row->addWidget(m_details);
    row->addWidget(m_retry);
    row->addWidget(m_cancel);
    row->addWidget(m_dismiss);

    connect(m_details, &QToolButton::toggled, this, [this](bool on) { Q_EMIT openWanted(m_transfer.id, on); });
    connect(m_cancel, &QPushButton::clicked, this, [this] { m_actions->desk()->cancelTransfer(m_transfer.id); });
    connect(m_retry, &QPushButton::clicked, this, [this] { m_actions->retryTransfer(m_transfer.id); });
    connect(m_dismiss, &QPushButton::clicked, this, [this] { m_actions->desk()->dismissTransfer(m_transfer.id); });
    setTransfer(transfer);
}

void TransferRow::setOpen(bool open)
{
    const QSignalBlocker quiet(m_details);
    m_details->setChecked(open);
    m_details->setArrowType(open ? Qt::DownArrow : Qt::UpArrow);
    m_details->setToolTip(open ? tr("Hide the files") : tr("Show the files"));
}

void TransferRow::setTransfer(const Transfer &transfer)
{
    m_transfer = transfer;
    refresh();
}

void TransferRow::refresh()
{
    QString name;
    const QList<WorkspaceStatus> workspaces = m_actions->desk()->workspaces();
    for (const WorkspaceStatus &workspace : workspaces) {
        if (workspace.id == m_transfer.workspace)
            name = displayName(workspace);
    }
    const Sentence sentence = sentenceFor(m_transfer, m_actions->desk()->now());
    m_name->setText(m_name->fontMetrics().elidedText(name, Qt::ElideRight, em(this, 12)));
    m_name->setToolTip(name);
    m_text->setText(sentence.text);
    m_text->setAccessibleName(tr("%1: %2").arg(name, sentence.text));
    const int side = em(this);
    m_shape->setPixmap(shapeIcon(sentence.shape).pixmap(QSize(side, side), devicePixelRatioF()));
    m_shape->setToolTip(shapeName(sentence.shape));
    const bool running = m_transfer.isRunning();
    // By bytes, because one large file is not one of many small ones.
    const double part = m_transfer.bytesTotal > 0
        ? static_cast<double>(m_transfer.bytesDone) / static_cast<double>(m_transfer.bytesTotal)
        : 0.0;
    m_bar->setValue(static_cast<int>(std::clamp(part, 0.0, 1.0) * barSteps));
    m_bar->setVisible(running);
    m_bar->setAccessibleName(tr("Progress of the push to %1").arg(name));
    m_cancel->setVisible(running);
    m_retry->setVisible(!running && m_transfer.failed > 0);
    m_dismiss->setVisible(!running);
    m_details->setAccessibleName(tr("Files of the push to %1").arg(name));
    m_cancel->setAccessibleName(tr("Cancel the push to %1").arg(name));
    m_retry->setAccessibleName(tr("Try the push to %1 again").arg(name));
    m_dismiss->setAccessibleName(tr("Put the push to %1 away").arg(name));
}

TransfersDock::TransfersDock(Actions *actions, QWidget *parent)
    : QFrame(parent), m_actions(actions), m_rowLayout(new QVBoxLayout), m_items(new QTableView(this)),
      m_model(new TransfersModel(actions->desk(), this))
{
    setObjectName(QStringLiteral("transfersDock"));
    setAccessibleName(tr("Pushes"));
    m_items->setObjectName(QStringLiteral("transferItems"));
    m_items->setAccessibleName(tr("Files of this push"));
    m_items->setModel(m_model);
    m_items->setItemDelegateForColumn(TransfersModel::FileColumn, new ShapeDelegate(m_items));
    m_items->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_items->setShowGrid(false);
    m_items->setWordWrap(false);
    m_items->setTabKeyNavigation(false);
    m_items->setFrameShape(QFrame::NoFrame);
    m_items->verticalHeader()->hide();
    m_items->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_items->verticalHeader()->setDefaultSectionSize(em(this, 1.6));
    m_items->horizontalHeader()->setHighlightSections(false);
    m_items->horizontalHeader()->setSectionResizeMode(TransfersModel::FileColumn, QHeaderView::Stretch);
    m_items->horizontalHeader()->setSectionResizeMode(TransfersModel::SentenceColumn, QHeaderView::Stretch);
    m_items->horizontalHeader()->resizeSection(TransfersModel::SizeColumn, em(this, 5));
    m_items->setMaximumHeight(em(this, 11));
    m_items->hide();

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(em(this, 0.9), em(this, 0.55), em(this, 0.9), em(this, 0.55));
    column->setSpacing(em(this, 0.4));
    m_rowLayout->setSpacing(em(this, 0.4));
    column->addWidget(m_items);
    column->addLayout(m_rowLayout);

    m_gather.setSingleShot(true);
    m_gather.setInterval(100);
    connect(&m_gather, &QTimer::timeout, this, &TransfersDock::refresh);
    const auto later = [this] {
        if (!m_gather.isActive())
            m_gather.start();
    };
    connect(actions->desk(), &Desk::transferChanged, this, later);
    connect(actions->desk(), &Desk::transferDismissed, this, later);
    refresh();
}

void TransfersDock::refresh()
{
    QList<Transfer> transfers = m_actions->desk()->transfers();
    // Running ones first, then the newest.
    std::stable_sort(transfers.begin(), transfers.end(), [](const Transfer &a, const Transfer &b) {
        if (a.isRunning() != b.isRunning())
            return a.isRunning();
        return a.startedAt > b.startedAt;
    });
    if (transfers.size() > shownTransfers)
        transfers.resize(shownTransfers);
    bool stillOpen = false;
    for (qsizetype i = 0; i < transfers.size(); ++i) {
        const Transfer &transfer = transfers.at(i);
        TransferRow *row = nullptr;
        for (qsizetype j = i; j < m_rows.size(); ++j) {
            if (m_rows.at(j)->transfer().id == transfer.id) {
                row = m_rows.at(j);
                m_rows.move(j, i);
                break;
            }
        }
        if (row) {
            row->setTransfer(transfer);
        } else {
            row = new TransferRow(m_actions, transfer, this);
            m_rows.insert(i, row);
            connect(row, &TransferRow::openWanted, this, &TransfersDock::openItems);
        }
        if (m_rowLayout->indexOf(row) != i) {
            m_rowLayout->removeWidget(row);
            m_rowLayout->insertWidget(static_cast<int>(i), row);
        }
        const bool open = transfer.id == m_model->transfer();
        row->setOpen(open);
        stillOpen = stillOpen || open;
    }
    while (m_rows.size() > transfers.size())
        delete m_rows.takeLast();
    if (!stillOpen) {
        m_items->hide();
        m_model->setTransfer({});
    }
    setVisible(!transfers.isEmpty());
}

void TransfersDock::openItems(const TransferId &transfer, bool open)
{
    const TransferId wanted = open ? transfer : m_model->transfer() == transfer ? TransferId() : m_model->transfer();
    if (wanted == m_model->transfer() && m_items->isHidden() == wanted.isEmpty())
        return;
    m_model->setTransfer(wanted);
    m_items->setVisible(!wanted.isEmpty());
    for (TransferRow *row : std::as_const(m_rows))
        row->setOpen(row->transfer().id == wanted);
}

void TransfersDock::refreshTimes()
{
    for (TransferRow *row : std::as_const(m_rows))
        row->refresh();
}

void TransfersDock::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    painter.fillRect(0, 0, width(), 1, palette().color(QPalette::Mid));
}

} // namespace Postroom
