// The lines at the top of the window that want something from a person, one at a time; and messages about what was
// tried.
#pragma once

#include "models/sentences.h"

#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace Postroom
{

// Gone when all is well. Keeps showing the same line when others come and go.
class AttentionStrip final : public QFrame
{
    Q_OBJECT
public:
    explicit AttentionStrip(QWidget *parent = nullptr);
    void setLines(const QList<AttentionLine> &lines);
    int count() const { return static_cast<int>(m_lines.size()); }

Q_SIGNALS:
    void stepClicked(Postroom::Step step, const Postroom::AccountId &account, const Postroom::WorkspaceId &workspace);

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void showLine();
    void turnArrows();

    QList<AttentionLine> m_lines;
    int m_index = 0;
    QLabel *m_shape;
    QLabel *m_text;
    QLabel *m_count;
    QToolButton *m_previous;
    QToolButton *m_next;
    QPushButton *m_button;
};

// A message that stays until somebody puts it away: what a command came to. Also asks a question inline.
class NoticeBar final : public QFrame
{
    Q_OBJECT
public:
    explicit NoticeBar(QWidget *parent = nullptr);
    void say(const QString &text);
    // Offers `action`; confirmed() comes when it is clicked. Anything else puts the question away.
    void ask(const QString &question, const QString &action, const QString &keep);
    void putAway();

Q_SIGNALS:
    void confirmed();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    QLabel *m_text;
    QPushButton *m_action;
    QPushButton *m_close;
};

} // namespace Postroom
