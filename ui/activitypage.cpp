#include "ui/activitypage.h"

#include "core/base/text.h"
#include "ui/emptystate.h"
#include "ui/metrics.h"
#include "ui/statedelegate.h"

#include <QHeaderView>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

namespace Postroom
{

ActivityPage::ActivityPage(Desk *desk, QWidget *parent)
    : QWidget(parent), m_model(new ActivityModel(desk, this)),
      m_trouble(makeText(this, QStringLiteral("activityTrouble"))), m_table(new QTableView(this)),
      m_stack(new QStackedWidget(this))
{
    setObjectName(QStringLiteral("activityPage"));
    m_table->setObjectName(QStringLiteral("activityTable"));
    m_table->setAccessibleName(tr("Activity"));
    m_table->setItemDelegateForColumn(ActivityModel::TimeColumn, new ShapeDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(em(this, 1.8));
    m_table->horizontalHeader()->setHighlightSections(false);

    m_empty = new EmptyState(tr("Nothing has happened yet"),
        tr("Sign-ins, pushes and whatever needed you will be listed here, newest first."), {}, {}, this);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_table);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_trouble);
    column->addWidget(m_stack, 1);
    m_trouble->setContentsMargins(em(this), em(this, 0.5), em(this), em(this, 0.5));
    m_trouble->hide();

    connect(m_model, &QAbstractItemModel::rowsInserted, this, &ActivityPage::showState);
    connect(m_model, &ActivityModel::pageLoaded, this, &ActivityPage::showState);
    connect(m_model, &ActivityModel::troubleChanged, this, [this](const QString &message) {
        m_trouble->setText(oneLine(message, 300));
        m_trouble->setVisible(!message.isEmpty());
    });
    showState();
}

void ActivityPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    attach();
}

void ActivityPage::start()
{
    m_started = true;
    attach();
}

void ActivityPage::attach()
{
    if (!m_started || !isVisible())
        return;
    if (!m_table->model()) {
        m_table->setModel(m_model);
        QHeaderView *header = m_table->horizontalHeader();
        header->setSectionResizeMode(ActivityModel::TimeColumn, QHeaderView::Interactive);
        header->setSectionResizeMode(ActivityModel::TextColumn, QHeaderView::Stretch);
        header->setSectionResizeMode(ActivityModel::SubjectColumn, QHeaderView::Interactive);
        header->resizeSection(ActivityModel::TimeColumn, em(this, 10));
        header->resizeSection(ActivityModel::SubjectColumn, em(this, 15));
    }
    if (m_model->rowCount() == 0 && m_model->canFetchMore({}))
        m_model->fetchMore({});
}

void ActivityPage::showState()
{
    m_stack->setCurrentWidget(m_model->rowCount() == 0 ? m_empty : static_cast<QWidget *>(m_table));
}

} // namespace Postroom
