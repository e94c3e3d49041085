// What a push would do, shown in the page before it does it: when the remote folder has to be said because the files
// lie outside of the mirror, when some are refused, and when there are many.
#pragma once

#include "ui/actions.h"

#include <QFrame>
#include <QTimer>

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace Postroom
{

// Owner: a workspace page. Plans are made one at a time; a new one replaces the one that is shown.
class PushSheet final : public QFrame
{
    Q_OBJECT
public:
    // So many files go without a question.
    static constexpr int manyFiles = 20;

    PushSheet(Actions *actions, QWidget *parent = nullptr);
    // `mirror` may be empty. The folder that was said last for a workspace is offered again.
    void begin(const WorkspaceId &workspace, const QString &name, const QString &mirror, const QStringList &paths);
    bool isAsking() const { return m_asking; }

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    static QCoro::Task<void> plan(QPointer<PushSheet> self, Desk *desk, PushRequest request);
    void takePlan(const PushPlan &plan);
    void say(const QString &text);
    void send();
    void putAway();

    Actions *m_actions;
    PushRequest m_request;
    QString m_name;
    bool m_asking = false;
    bool m_asksFolder = false;
    QHash<QString, QString> m_lastFolders; // by the workspace id's text
    QLabel *m_text;
    QWidget *m_folderBox;
    QLineEdit *m_folder;
    QListWidget *m_refused;
    QPushButton *m_send;
    QPushButton *m_cancel;
    QTimer m_patience; // quick plans show nothing
};

} // namespace Postroom
