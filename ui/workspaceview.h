// One workspace: its name and sentence, what can be done with it, its outbox.
#pragma once

#include "models/outboxmodel.h"
#include "ui/actions.h"

#include <QWidget>

class QAction;
class QLabel;
class QMimeData;
class QPushButton;
class QTabWidget;
class QTableView;

namespace Postroom
{

class DropHint;
class NoticeBar;
class PushSheet;
class RecordPane;
class SentenceLabel;

// Files may be dropped anywhere on it, pasted into it or chosen with Push….
class WorkspaceView final : public QWidget
{
    Q_OBJECT
public:
    WorkspaceView(Actions *actions, QWidget *parent = nullptr);
    void setWorkspace(const WorkspaceStatus &workspace);
    const WorkspaceStatus &workspace() const { return m_workspace; }
    void refreshTimes();

    void push(const QStringList &paths);
    void choosePaths(bool folders);
    void pasteFiles();

    static QStringList localFiles(const QMimeData *data);

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    QWidget *makeOutbox();
    void showRecord();

    Actions *m_actions;
    WorkspaceStatus m_workspace;
    Sentence m_sentence;
    OutboxModel *m_outbox;
    QLabel *m_title;
    QLabel *m_place;
    SentenceLabel *m_state;
    QPushButton *m_step;
    QPushButton *m_push;
    QPushButton *m_open;
    QPushButton *m_more;
    QAction *m_forget;
    NoticeBar *m_question;
    PushSheet *m_sheet;
    QTabWidget *m_tabs;
    QTableView *m_table = nullptr;
    QLabel *m_outboxEmpty = nullptr;
    RecordPane *m_pane = nullptr;
    DropHint *m_hint;
};

} // namespace Postroom
