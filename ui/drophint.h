// The frame and the words over a place that files may be dropped on, while somebody drags some.
#pragma once

#include <QWidget>

namespace Postroom
{

// Covers its parent, takes no mouse, follows its size.
class DropHint final : public QWidget
{
    Q_OBJECT
public:
    explicit DropHint(QWidget *parent);
    void showText(const QString &text);
    QString text() const { return m_text; }

protected:
    void paintEvent(QPaintEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QString m_text;
};

} // namespace Postroom
