// How much of an account's allowance is used: a quiet bar per window, and what there is to say besides.
#pragma once

#include "core/accounts/quotastatus.h"

#include <QProgressBar>
#include <QWidget>

class QGridLayout;
class QLabel;

namespace Postroom
{

// A thin bar without text; the words beside it say the same. Screen readers hear the whole sentence.
class QuotaBar final : public QProgressBar
{
    Q_OBJECT
public:
    explicit QuotaBar(QWidget *parent = nullptr);
    void setUse(const QuotaWindow &window, const QDateTime &now);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    bool m_usedUp = false;
};

// Hidden while there is nothing to show.
class QuotaPane final : public QWidget
{
    Q_OBJECT
public:
    explicit QuotaPane(QWidget *parent = nullptr);
    void setQuota(const std::optional<QuotaStatus> &quota, const QString &provider, const QDateTime &now);

private:
    bool isShown(const std::optional<QuotaStatus> &quota, const QString &provider, const QDateTime &now) const;
    void clearRows();
    void addRow(int row, const QuotaWindow &window, const QDateTime &now);

    QGridLayout *m_rows;
    QList<QWidget *> m_widgets;
    QLabel *m_trouble;
    std::optional<QuotaStatus> m_quota; // as it is shown
    QString m_provider;
    QDateTime m_shownAt;
};

} // namespace Postroom
