// Everything about one outbox record, beside the table.
#pragma once

#include "core/workspaces/workspacestatus.h"

#include <QScrollArea>

class QFormLayout;
class QLabel;

namespace Postroom
{

class SentenceLabel;

class RecordPane final : public QScrollArea
{
    Q_OBJECT
public:
    explicit RecordPane(QWidget *parent = nullptr);
    void setRecord(const OutboxRecord &record, const QDateTime &now);
    void clear();

private:
    QLabel *m_path;
    SentenceLabel *m_state;
    QLabel *m_hint;
    QWidget *m_body;
    QFormLayout *m_facts;
};

} // namespace Postroom
