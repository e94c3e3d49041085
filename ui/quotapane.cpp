#include "ui/quotapane.h"

#include "models/quotasentences.h"
#include "models/words.h"
#include "ui/metrics.h"
#include "ui/shapeicon.h"

#include <QGridLayout>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace Postroom
{

QuotaBar::QuotaBar(QWidget *parent) : QProgressBar(parent)
{
    setTextVisible(false);
    setRange(0, 100);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void QuotaBar::setUse(const QuotaWindow &window, const QDateTime &now)
{
    m_usedUp = window.isUsedUp();
    setValue(static_cast<int>(std::lround(std::clamp(window.usedPercent, 0.0, 100.0))));
    setAccessibleName(sayQuotaWindow(window));
    setAccessibleDescription(sayQuotaUse(window, now));
    update();
}

QSize QuotaBar::sizeHint() const
{
    return {em(this, 9), em(this, 0.5)};
}

QSize QuotaBar::minimumSizeHint() const
{
    return {em(this, 4), em(this, 0.5)};
}

void QuotaBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF groove = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    const qreal radius = groove.height() / 2;
    QColor quiet = palette().color(QPalette::WindowText);
    quiet.setAlphaF(0.14F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(quiet);
    painter.drawRoundedRect(groove, radius, radius);
    if (value() <= 0)
        return;
    QRectF filled = groove;
    filled.setWidth(std::max(groove.height(), groove.width() * value() / 100.0));
    if (isRightToLeft())
        filled.moveRight(groove.right());
    painter.setBrush(m_usedUp ? shapeColor(Shape::Waiting, palette()) : palette().color(QPalette::Highlight));
    painter.drawRoundedRect(filled, radius, radius);
}

QuotaPane::QuotaPane(QWidget *parent)
    : QWidget(parent), m_rows(new QGridLayout), m_trouble(makeText(this, QStringLiteral("quotaTrouble")))
{
    setObjectName(QStringLiteral("quotaPane"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(em(this, 0.4));
    auto *title = makeText(this, QStringLiteral("quotaTitle"));
    makeHeading(title);
    title->setText(tr("Usage"));
    column->addWidget(title);
    m_rows->setHorizontalSpacing(em(this, 0.9));
    m_rows->setVerticalSpacing(em(this, 0.4));
    m_rows->setColumnStretch(1, 1);
    column->addLayout(m_rows);
    makeQuiet(m_trouble);
    column->addWidget(m_trouble);
    hide();
}

// Times are told by the day, so that the same values read differently only on another day or after a reset.
bool QuotaPane::isShown(const std::optional<QuotaStatus> &quota, const QString &provider, const QDateTime &now) const
{
    if (!m_shownAt.isValid() || quota != m_quota || provider != m_provider
        || now.toLocalTime().date() != m_shownAt.toLocalTime().date())
        return false;
    return !quota || std::none_of(quota->windows.begin(), quota->windows.end(), [&](const QuotaWindow &window) {
        return window.resetsAt && *window.resetsAt > m_shownAt && *window.resetsAt <= now;
    });
}

void QuotaPane::clearRows()
{
    for (QWidget *widget : std::as_const(m_widgets)) {
        m_rows->removeWidget(widget);
        delete widget;
    }
    m_widgets.clear();
}

void QuotaPane::addRow(int row, const QuotaWindow &window, const QDateTime &now)
{
    const auto label = [this](const QString &text) {
        auto *made = new QLabel(text, this);
        made->setTextFormat(Qt::PlainText);
        m_widgets.append(made);
        return made;
    };
    QString what = sayQuotaWindow(window);
    if (!what.isEmpty())
        what[0] = what.at(0).toUpper();
    auto *bar = new QuotaBar(this);
    bar->setObjectName(QStringLiteral("quotaBar%1").arg(row));
    bar->setUse(window, now);
    m_widgets.append(bar);
    auto *percent = label(sayPercent(window.usedPercent));
    auto *reset = label(sayReset(window, now));
    makeQuiet(reset);
    m_rows->addWidget(label(what), row, 0);
    m_rows->addWidget(bar, row, 1, Qt::AlignVCenter);
    m_rows->addWidget(percent, row, 2, Qt::AlignTrailing | Qt::AlignVCenter);
    m_rows->addWidget(reset, row, 3);
}

void QuotaPane::setQuota(const std::optional<QuotaStatus> &quota, const QString &provider, const QDateTime &now)
{
    if (isShown(quota, provider, now))
        return;
    m_quota = quota;
    m_provider = provider;
    m_shownAt = now;
    clearRows();
    if (!quota) {
        hide();
        return;
    }
    int row = 0;
    for (const QuotaWindow &window : quota->windows) {
        QuotaWindow shown = window;
        // What was used before the reset says nothing about what is used now.
        if (shown.resetsAt && *shown.resetsAt <= now) {
            shown.usedPercent = 0;
            shown.resetsAt.reset();
        }
        addRow(row++, shown, now);
    }
    if (quota->extra && quota->extra->enabled) {
        auto *caption = new QLabel(tr("Paid on top"), this);
        auto *amount = new QLabel(sayQuotaExtra(*quota->extra), this);
        amount->setObjectName(QStringLiteral("quotaExtra"));
        amount->setTextFormat(Qt::PlainText);
        m_widgets.append(caption);
        m_widgets.append(amount);
        m_rows->addWidget(caption, row, 0);
        m_rows->addWidget(amount, row, 1, 1, 3);
        ++row;
    }
    const QString trouble = sayQuotaTrouble(*quota, provider, now);
    m_trouble->setText(trouble);
    m_trouble->setVisible(!trouble.isEmpty());
    setVisible(row > 0 || !trouble.isEmpty());
}

} // namespace Postroom
