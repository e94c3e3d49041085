#include "ui/emptystate.h"

#include "ui/button.h"
#include "ui/metrics.h"

#include <QPushButton>
#include <QVBoxLayout>

namespace Postroom
{

EmptyState::EmptyState(
    const QString &title, const QString &text, const QString &button, const QString &buttonName, QWidget *parent)
    : QWidget(parent)
{
    auto *column = new QVBoxLayout(this);
    const int edge = em(this, 2);
    column->setContentsMargins(edge, edge, edge, edge);
    column->setSpacing(em(this, 0.7));
    auto *head = makeText(this, QStringLiteral("emptyTitle"));
    makeTitle(head);
    head->setAlignment(Qt::AlignCenter);
    head->setText(title);
    auto *body = makeText(this, QStringLiteral("emptyText"));
    body->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    body->setText(text);
    body->setMaximumWidth(body->fontMetrics().averageCharWidth() * 54);
    body->setMinimumWidth(body->fontMetrics().averageCharWidth() * 28);
    auto *row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(body, 4);
    row->addStretch(1);
    column->addStretch(2);
    column->addWidget(head);
    column->addLayout(row);
    if (!button.isEmpty()) {
        auto *push = new Button(button, this);
        push->setObjectName(buttonName);
        push->setAccessibleName(QString(button).remove(QLatin1Char('&')));
        connect(push, &QPushButton::clicked, this, &EmptyState::clicked);
        column->addSpacing(em(this, 0.3));
        column->addWidget(push, 0, Qt::AlignHCenter);
    }
    column->addStretch(3);
}

} // namespace Postroom
