#include "ui/accounthistory.h"

#include "models/accounthistorymodel.h"
#include "ui/button.h"
#include "ui/metrics.h"

#include <QAccessible>
#include <QEvent>
#include <QHeaderView>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

namespace Postroom
{
namespace
{

// Columns as wide as their words, with air between them.
class AiryDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        return QStyledItemDelegate::sizeHint(option, index) + QSize(option.fontMetrics.height(), 0);
    }
};

} // namespace

AccountHistory::AccountHistory(QWidget *parent)
    : QWidget(parent), m_model(new AccountHistoryModel(this)), m_table(new QTableView(this)),
      m_empty(makeText(this, QStringLiteral("historyEmpty"))), m_copy(new Button(this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(em(this, 0.4));
    auto *head = new QHBoxLayout;
    auto *title = makeText(this, QStringLiteral("historyTitle"));
    makeHeading(title);
    title->setText(tr("Recently"));
    head->addWidget(title, 1);
    head->addWidget(m_copy);
    column->addLayout(head);
    column->addWidget(m_table);
    column->addWidget(m_empty);

    m_empty->setText(tr("Nothing has happened to this sign-in yet."));
    makeQuiet(m_empty);
    m_copy->setObjectName(QStringLiteral("copyDiagnosticsButton"));
    m_copy->setToolTip(tr("States, codes and times of this account, without tokens and without your name."));
    m_table->setObjectName(QStringLiteral("accountHistory"));
    m_table->setAccessibleName(tr("What happened to this sign-in, the newest first"));
    m_table->setModel(m_model);
    m_table->setItemDelegate(new AiryDelegate(m_table));
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionsClickable(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeading | Qt::AlignVCenter);
    m_table->horizontalHeader()->setSectionResizeMode(AccountHistoryModel::When, QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(AccountHistoryModel::What, QHeaderView::Stretch);
    m_table->horizontalHeader()->setSectionResizeMode(AccountHistoryModel::Code, QHeaderView::ResizeToContents);
    connect(m_copy, &QPushButton::clicked, this, &AccountHistory::copyWanted);
    sayCopied(false);
    fitHeight();
}

void AccountHistory::setHistory(const QList<AccountEvent> &history, const QDateTime &now)
{
    const int row = m_table->currentIndex().row();
    m_model->setHistory(history, now);
    if (row >= 0 && row < m_model->rowCount())
        m_table->setCurrentIndex(m_model->index(row, 0));
    const bool any = m_model->rowCount() > 0;
    m_table->setVisible(any);
    m_empty->setVisible(!any);
    fitHeight();
}

void AccountHistory::sayCopied(bool copied)
{
    const bool before = !m_copy->text().isEmpty();
    m_copy->setText(copied ? tr("Diagnostics copied") : tr("Copy &diagnostics"));
    m_copy->setAccessibleName(copied ? tr("The diagnostics are in the clipboard") : tr("Copy diagnostics"));
    if (copied && before) {
        QAccessibleEvent event(m_copy, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
}

void AccountHistory::fitHeight()
{
    const int row = em(this, 1.5);
    m_table->verticalHeader()->setMinimumSectionSize(row);
    m_table->verticalHeader()->setDefaultSectionSize(row);
    m_table->setFixedHeight(
        m_table->horizontalHeader()->sizeHint().height() + row * m_model->rowCount() + 2 * m_table->frameWidth());
}

void AccountHistory::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        fitHeight();
}

} // namespace Postroom
