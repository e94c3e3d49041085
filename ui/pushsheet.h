// What a push would do, shown in the page before it does it: only when files are refused or there are many of them.
#pragma once

#include "ui/actions.h"

#include <QFrame>
#include <QTimer>

class QLabel;
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
    void begin(const WorkspaceId &workspace, const QString &name, const QStringList &paths);
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
    QLabel *m_text;
    QListWidget *m_refused;
    QPushButton *m_send;
    QPushButton *m_cancel;
    QTimer m_patience; // quick plans show nothing
};

} // namespace Postroom
