// The workspaces: a list, and the chosen one beside it.
#pragma once

#include "models/workspacesmodel.h"
#include "ui/actions.h"

#include <QWidget>

class QListView;
class QStackedWidget;

namespace Postroom
{

class DropHint;
class WorkspaceView;

class WorkspacesPage final : public QWidget
{
    Q_OBJECT
public:
    WorkspacesPage(Actions *actions, QWidget *parent = nullptr);
    void choose(const WorkspaceId &workspace);
    void refreshTimes();
    WorkspaceView *view() const { return m_view; }
    WorkspacesModel *model() const { return m_model; }
    void addMirror();

protected:
    // Files dragged over the list go to the workspace under them.
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void showChosen();

    Actions *m_actions;
    WorkspacesModel *m_model;
    QListView *m_list;
    QStackedWidget *m_stack;
    QWidget *m_empty;
    QWidget *m_full;
    WorkspaceView *m_view;
    DropHint *m_hint;
};

} // namespace Postroom
