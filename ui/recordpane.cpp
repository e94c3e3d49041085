#include "ui/recordpane.h"

#include "core/base/text.h"
#include "models/sentences.h"
#include "models/words.h"
#include "ui/metrics.h"
#include "ui/stateline.h"

#include <QFormLayout>
#include <QVBoxLayout>

namespace Postroom
{

RecordPane::RecordPane(QWidget *parent) : QScrollArea(parent)
{
    setObjectName(QStringLiteral("recordPane"));
    setAccessibleName(tr("The chosen file"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setFocusPolicy(Qt::NoFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *content = new QWidget(this);
    auto *column = new QVBoxLayout(content);
    const int edge = em(this, 0.7);
    column->setContentsMargins(edge, edge, edge, edge);
    m_hint = makeText(content, QStringLiteral("recordHint"));
    m_hint->setText(tr("Choose a file to see how it stands."));
    makeQuiet(m_hint);
    m_body = new QWidget(content);
    auto *body = new QVBoxLayout(m_body);
    body->setContentsMargins(0, 0, 0, 0);
    body->setSpacing(em(this, 0.6));
    m_path = makeText(m_body, QStringLiteral("recordPath"));
    QFont strong = m_path->font();
    strong.setWeight(QFont::DemiBold);
    m_path->setFont(strong);
    m_path->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_state = new SentenceLabel(m_body);
    m_facts = new QFormLayout;
    m_facts->setRowWrapPolicy(QFormLayout::WrapLongRows);
    m_facts->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_facts->setHorizontalSpacing(em(this, 0.8));
    m_facts->setVerticalSpacing(em(this, 0.35));
    body->addWidget(m_path);
    body->addWidget(m_state);
    body->addLayout(m_facts);
    column->addWidget(m_hint);
    column->addWidget(m_body);
    column->addStretch(1);
    setWidget(content);
    clear();
}

void RecordPane::clear()
{
    m_hint->show();
    m_body->hide();
}

void RecordPane::setRecord(const OutboxRecord &record, const QDateTime &now)
{
    const QLocale locale;
    QList<std::pair<QString, QString>> facts;
    const auto add = [&facts](const QString &caption, const QString &value) {
        if (!value.isEmpty())
            facts.append({caption, value});
    };
    const auto time = [&](const QDateTime &at) { return sayClock(at, now, locale); };
    if (record.size >= 0)
        add(tr("Size"), saySize(record.size, locale));
    if (record.attempts > 0)
        add(tr("Tries"), locale.toString(record.attempts));
    add(tr("First seen"), time(record.firstSeenAt));
    add(tr("Last try"), time(record.lastAttemptAt));
    add(tr("Next try"), time(record.nextAttemptAt));
    add(tr("Delivered"), time(record.ackedAt));
    add(tr("Operation"), oneLine(record.operationId, 120));
    add(tr("Revision"), oneLine(record.revision, 120));
    add(tr("Passed on"), oneLine(record.dispatchStatus, 80));
    add(tr("Checksum"), oneLine(record.hash, 120));
    add(tr("Record"), oneLine(record.id, 120));

    // A path without spaces would otherwise be as wide as it is long.
    QString path = oneLine(record.path, 1000);
    path.replace(QLatin1Char('/'), QStringLiteral("/\u200b"));
    m_path->setText(path);
    m_path->setAccessibleName(oneLine(record.path, 1000));
    m_state->setSentence(sentenceFor(record, now));
    while (m_facts->rowCount() > 0)
        m_facts->removeRow(0);
    for (const auto &[caption, value] : std::as_const(facts)) {
        auto *label = new QLabel(caption, m_body);
        makeQuiet(label);
        auto *text = makeText(m_body, QString());
        // A checksum cannot be broken into lines; its beginning tells two apart, and the whole is on hover.
        constexpr int longestWord = 20;
        const bool isLong = value.size() > longestWord && !value.contains(QLatin1Char(' '));
        text->setText(isLong ? value.left(longestWord - 1) + QChar(0x2026) : value);
        if (isLong)
            text->setToolTip(value);
        text->setAccessibleName(value);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_facts->addRow(label, text);
    }
    m_hint->hide();
    m_body->show();
}

} // namespace Postroom
