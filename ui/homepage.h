// The first page: the whole in one sentence, then one line per account and workspace, worst first.
#pragma once

#include "models/desk.h"
#include "models/sentences.h"

#include <QScrollArea>
#include <QTimer>

class QLabel;
class QPushButton;
class QStackedLayout;
class QVBoxLayout;

namespace Postroom
{

class SentenceLabel;
class StateLine;

// Owner: the window. Reads the desk's snapshots; changes are gathered for a tenth of a second.
class HomePage final : public QScrollArea
{
    Q_OBJECT
public:
    explicit HomePage(Desk *desk, QWidget *parent = nullptr);
    void refresh();

Q_SIGNALS:
    void stepClicked(Postroom::Step step, const Postroom::AccountId &account, const Postroom::WorkspaceId &workspace);
    void accountWanted(const Postroom::AccountId &account);
    void workspaceWanted(const Postroom::WorkspaceId &workspace);
    void signInWanted();
    void addMirrorWanted();

private:
    QWidget *makeEmptyState();
    QWidget *makeLines();

    Desk *m_desk;
    QWidget *m_empty;
    QWidget *m_full;
    QLabel *m_title = nullptr;
    QLabel *m_bigShape = nullptr;
    QVBoxLayout *m_lineLayout = nullptr;
    QList<StateLine *> m_lines;
    QList<std::pair<AccountId, WorkspaceId>> m_subjects;
    QTimer m_gather;
};

} // namespace Postroom
