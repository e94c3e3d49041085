#include "ui/stateline.h"

#include "ui/button.h"
#include "ui/metrics.h"
#include "ui/shapeicon.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QPushButton>
#include <QStyleOptionFocusRect>

namespace Postroom
{

SentenceLabel::SentenceLabel(QWidget *parent)
    : QWidget(parent), m_shape(new QLabel(this)), m_text(makeText(this, QStringLiteral("sentence")))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(em(this, 0.5));
    row->addWidget(m_shape, 0, Qt::AlignTop);
    row->addWidget(m_text, 1);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    showShape();
}

void SentenceLabel::setSentence(const Sentence &sentence)
{
    m_current = sentence.shape;
    m_text->setText(sentence.text);
    //: The name of a state and a sentence, for screen readers
    m_text->setAccessibleName(tr("%1: %2").arg(shapeName(sentence.shape), sentence.text));
    showShape();
}

QString SentenceLabel::text() const
{
    return m_text->text();
}

void SentenceLabel::showShape()
{
    const int side = em(this);
    m_shape->setPixmap(shapeIcon(m_current).pixmap(QSize(side, side), devicePixelRatioF()));
    m_shape->setToolTip(shapeName(m_current));
}

void SentenceLabel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        showShape();
}

StateLine::StateLine(QWidget *parent)
    : QAbstractButton(parent), m_shape(new QLabel(this)), m_name(makeText(this, QStringLiteral("lineName"))),
      m_kind(makeText(this, QStringLiteral("lineKind"))), m_text(makeText(this, QStringLiteral("lineSentence"))),
      m_button(new Button(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);

    QFont strong = m_name->font();
    strong.setWeight(QFont::DemiBold);
    m_name->setFont(strong);
    makeQuiet(m_kind);
    m_kind->setWordWrap(false);
    m_button->setObjectName(QStringLiteral("stepButton"));
    m_button->setCursor(Qt::ArrowCursor);
    for (QLabel *label : {m_shape, m_name, m_kind, m_text})
        label->setAttribute(Qt::WA_TransparentForMouseEvents);

    auto *head = new QHBoxLayout;
    head->setSpacing(em(this, 0.6));
    head->addWidget(m_name, 1);
    head->addWidget(m_kind, 0, Qt::AlignTop);
    auto *texts = new QVBoxLayout;
    texts->setSpacing(em(this, 0.15));
    texts->addLayout(head);
    texts->addWidget(m_text);

    auto *row = new QHBoxLayout(this);
    const int gap = em(this, 0.6);
    row->setContentsMargins(gap, gap, gap, gap);
    row->setSpacing(em(this, 0.7));
    row->addWidget(m_shape, 0, Qt::AlignTop);
    row->addLayout(texts, 1);
    row->addWidget(m_button, 0, Qt::AlignVCenter);

    connect(m_button, &QPushButton::clicked, this, [this] { Q_EMIT stepClicked(m_sentence.step); });
}

void StateLine::setLine(const QString &name, const QString &kind, const Sentence &sentence)
{
    m_sentence = sentence;
    m_name->setText(name);
    m_kind->setText(kind);
    m_text->setText(sentence.text);
    m_button->setText(sentence.button);
    m_button->setVisible(!sentence.button.isEmpty());
    //: Text of a button and what it is about, for screen readers
    m_button->setAccessibleName(tr("%1: %2").arg(sentence.button, name));
    //: Name, kind, state and sentence of a line, for screen readers
    setAccessibleName(tr("%1, %2, %3: %4").arg(name, kind, shapeName(sentence.shape), sentence.text));
    const int side = em(this);
    m_shape->setPixmap(shapeIcon(sentence.shape).pixmap(QSize(side, side), devicePixelRatioF()));
    m_shape->setToolTip(shapeName(sentence.shape));
    updateGeometry();
}

QSize StateLine::sizeHint() const
{
    return layout()->sizeHint();
}

QSize StateLine::minimumSizeHint() const
{
    return layout()->minimumSize();
}

int StateLine::heightForWidth(int width) const
{
    return layout()->hasHeightForWidth() ? layout()->totalHeightForWidth(width) : layout()->sizeHint().height();
}

void StateLine::keyPressEvent(QKeyEvent *event)
{
    // Return is what people press on a line of a list; buttons by themselves know the space bar alone.
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        click();
        return;
    }
    QAbstractButton::keyPressEvent(event);
}

void StateLine::changeEvent(QEvent *event)
{
    QAbstractButton::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        const int side = em(this);
        m_shape->setPixmap(shapeIcon(m_sentence.shape).pixmap(QSize(side, side), devicePixelRatioF()));
    }
}

void StateLine::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (underMouse() || isDown()) {
        QColor tint = palette().color(QPalette::Highlight);
        tint.setAlphaF(isDown() ? 0.22 : 0.10);
        painter.setPen(Qt::NoPen);
        painter.setBrush(tint);
        const qreal radius = em(this, 0.3);
        painter.drawRoundedRect(rect(), radius, radius);
    }
    if (hasFocus()) {
        QStyleOptionFocusRect option;
        option.initFrom(this);
        option.rect = rect().adjusted(1, 1, -1, -1);
        style()->drawPrimitive(QStyle::PE_FrameFocusRect, &option, &painter, this);
    }
}

} // namespace Postroom
