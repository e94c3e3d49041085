#include "ui/attentionstrip.h"

#include "ui/button.h"
#include "ui/metrics.h"
#include "ui/shapeicon.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace Postroom
{
namespace
{

bool sameSubject(const AttentionLine &a, const AttentionLine &b)
{
    return a.account == b.account && a.workspace == b.workspace;
}

void fillTinted(QWidget *widget, QColor tint)
{
    QPainter painter(widget);
    tint.setAlphaF(0.14F);
    painter.fillRect(widget->rect(), tint);
    tint.setAlphaF(0.5F);
    painter.fillRect(0, widget->height() - 1, widget->width(), 1, tint);
}

} // namespace

AttentionStrip::AttentionStrip(QWidget *parent)
    : QFrame(parent), m_shape(new QLabel(this)), m_text(makeText(this, QStringLiteral("stripText"))),
      m_count(makeText(this, QStringLiteral("stripCount"))), m_previous(new QToolButton(this)),
      m_next(new QToolButton(this)), m_button(new Button(this))
{
    setObjectName(QStringLiteral("strip"));
    setAccessibleName(tr("What needs you"));
    m_button->setObjectName(QStringLiteral("stripButton"));
    m_previous->setObjectName(QStringLiteral("stripPrevious"));
    m_next->setObjectName(QStringLiteral("stripNext"));
    turnArrows();
    m_previous->setAutoRaise(true);
    m_next->setAutoRaise(true);
    m_previous->setFocusPolicy(Qt::StrongFocus);
    m_next->setFocusPolicy(Qt::StrongFocus);
    m_previous->setAccessibleName(tr("Previous line"));
    m_next->setAccessibleName(tr("Next line"));
    m_previous->setToolTip(m_previous->accessibleName());
    m_next->setToolTip(m_next->accessibleName());
    m_count->setWordWrap(false);

    auto *row = new QHBoxLayout(this);
    const int gap = em(this, 0.5);
    row->setContentsMargins(em(this, 0.9), gap, em(this, 0.9), gap);
    row->setSpacing(em(this, 0.5));
    row->addWidget(m_shape, 0, Qt::AlignVCenter);
    row->addWidget(m_text, 1);
    row->addWidget(m_previous);
    row->addWidget(m_count);
    row->addWidget(m_next);
    row->addWidget(m_button);

    connect(m_previous, &QToolButton::clicked, this, [this] {
        m_index = (m_index + count() - 1) % std::max(1, count());
        showLine();
    });
    connect(m_next, &QToolButton::clicked, this, [this] {
        m_index = (m_index + 1) % std::max(1, count());
        showLine();
    });
    connect(m_button, &QPushButton::clicked, this, [this] {
        if (m_index < count()) {
            const AttentionLine line = m_lines.at(m_index);
            Q_EMIT stepClicked(line.sentence.step, line.account, line.workspace);
        }
    });
    hide();
}

void AttentionStrip::setLines(const QList<AttentionLine> &lines)
{
    int index = 0;
    if (m_index < count()) {
        const AttentionLine current = m_lines.at(m_index);
        for (int i = 0; i < lines.size(); ++i) {
            if (sameSubject(lines.at(i), current))
                index = i;
        }
    }
    m_lines = lines;
    m_index = index;
    showLine();
}

void AttentionStrip::showLine()
{
    setVisible(!m_lines.isEmpty());
    if (m_lines.isEmpty())
        return;
    const Sentence &sentence = m_lines.at(m_index).sentence;
    const bool told = m_text->text() == sentence.text;
    m_text->setText(sentence.text);
    m_text->setAccessibleName(tr("%1: %2").arg(shapeName(sentence.shape), sentence.text));
    const bool several = count() > 1;
    //: Place of this line among those that need attention
    m_count->setText(tr("%1 of %2").arg(m_index + 1).arg(count()));
    m_count->setVisible(several);
    m_previous->setVisible(several);
    m_next->setVisible(several);
    m_button->setText(sentence.button);
    m_button->setVisible(!sentence.button.isEmpty());
    m_button->setAccessibleName(tr("%1: %2").arg(sentence.button, sentence.text));
    const int side = em(this, 1.1);
    m_shape->setPixmap(shapeIcon(sentence.shape).pixmap(QSize(side, side), devicePixelRatioF()));
    update();
    if (!told) {
        QAccessibleEvent event(m_text, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
}

void AttentionStrip::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showLine();
    if (event->type() == QEvent::LayoutDirectionChange)
        turnArrows();
}

void AttentionStrip::turnArrows()
{
    m_previous->setArrowType(isRightToLeft() ? Qt::RightArrow : Qt::LeftArrow);
    m_next->setArrowType(isRightToLeft() ? Qt::LeftArrow : Qt::RightArrow);
}

void AttentionStrip::paintEvent(QPaintEvent *)
{
    if (m_index < count())
        fillTinted(this, shapeColor(m_lines.at(m_index).sentence.shape, palette()));
}

NoticeBar::NoticeBar(QWidget *parent)
    : QFrame(parent), m_text(makeText(this, QStringLiteral("noticeText"))), m_action(new Button(this)),
      m_close(new Button(this))
{
    setObjectName(QStringLiteral("notice"));
    setAccessibleName(tr("Message"));
    m_action->setObjectName(QStringLiteral("noticeActionButton"));
    m_close->setObjectName(QStringLiteral("noticeCloseButton"));
    auto *row = new QHBoxLayout(this);
    const int gap = em(this, 0.5);
    row->setContentsMargins(em(this, 0.9), gap, em(this, 0.9), gap);
    row->setSpacing(em(this, 0.5));
    row->addWidget(m_text, 1);
    row->addWidget(m_action);
    row->addWidget(m_close);
    connect(m_close, &QPushButton::clicked, this, &NoticeBar::putAway);
    connect(m_action, &QPushButton::clicked, this, [this] {
        putAway();
        Q_EMIT confirmed();
    });
    hide();
}

void NoticeBar::say(const QString &text)
{
    m_text->setText(text);
    m_text->setAccessibleName(text);
    m_action->hide();
    m_close->setText(tr("Put away"));
    m_close->setAccessibleName(tr("Put this message away"));
    show();
    QAccessibleEvent event(m_text, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void NoticeBar::ask(const QString &question, const QString &action, const QString &keep)
{
    m_text->setText(question);
    m_text->setAccessibleName(question);
    m_action->setText(action);
    m_action->setAccessibleName(action);
    m_action->setAccessibleDescription(question);
    m_close->setText(keep);
    m_close->setAccessibleName(keep);
    m_action->show();
    show();
    // The harmless answer has the focus, so that Return does not do what cannot be undone.
    m_close->setFocus(Qt::OtherFocusReason);
    QAccessibleEvent event(m_text, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void NoticeBar::putAway()
{
    hide();
}

void NoticeBar::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        putAway();
        return;
    }
    QFrame::keyPressEvent(event);
}

void NoticeBar::paintEvent(QPaintEvent *)
{
    fillTinted(this, palette().color(QPalette::Highlight));
}

} // namespace Postroom
