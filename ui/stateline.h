// One line of state: shape, name, sentence, and at most one button.
#pragma once

#include "models/sentences.h"

#include <QAbstractButton>

class QLabel;
class QPushButton;

namespace Postroom
{

// A shape and a sentence that wraps. The shape's name is part of what a screen reader hears.
class SentenceLabel final : public QWidget
{
    Q_OBJECT
public:
    explicit SentenceLabel(QWidget *parent = nullptr);
    void setSentence(const Sentence &sentence);
    QString text() const;

protected:
    void changeEvent(QEvent *event) override;

private:
    void showShape();

    QLabel *m_shape;
    QLabel *m_text;
    Shape m_current = Shape::Off;
};

// A row that can be clicked as a whole (it leads to the details) and carries the one button of its sentence.
class StateLine final : public QAbstractButton
{
    Q_OBJECT
public:
    explicit StateLine(QWidget *parent = nullptr);
    void setLine(const QString &name, const QString &kind, const Sentence &sentence);
    QPushButton *stepButton() const { return m_button; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

Q_SIGNALS:
    void stepClicked(Postroom::Step step);

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QLabel *m_shape;
    QLabel *m_name;
    QLabel *m_kind;
    QLabel *m_text;
    QPushButton *m_button;
    Sentence m_sentence;
};

} // namespace Postroom
