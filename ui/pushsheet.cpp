#include "ui/pushsheet.h"

#include "core/base/text.h"
#include "models/words.h"
#include "ui/button.h"
#include "ui/metrics.h"

#include <QAccessible>
#include <QDir>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace Postroom
{
namespace
{

constexpr int shownRefusals = 200;

} // namespace

PushSheet::PushSheet(Actions *actions, QWidget *parent)
    : QFrame(parent), m_actions(actions), m_text(makeText(this, QStringLiteral("pushSheetText"))),
      m_folderBox(new QWidget(this)), m_folder(new QLineEdit(m_folderBox)), m_refused(new QListWidget(this)),
      m_send(new Button(this)), m_cancel(new Button(tr("Cancel"), this))
{
    setObjectName(QStringLiteral("pushSheet"));
    setAccessibleName(tr("Before the files are sent"));
    m_refused->setObjectName(QStringLiteral("pushSheetRefused"));
    m_refused->setAccessibleName(tr("Files that cannot be sent, and why"));
    m_refused->setUniformItemSizes(true);
    m_refused->setMaximumHeight(em(this, 7));
    m_send->setObjectName(QStringLiteral("pushSheetSendButton"));
    m_cancel->setObjectName(QStringLiteral("pushSheetCancelButton"));
    m_cancel->setAccessibleName(tr("Send nothing"));
    auto *column = new QVBoxLayout(this);
    const int gap = em(this, 0.8);
    column->setContentsMargins(gap, gap, gap, gap);
    column->setSpacing(em(this, 0.5));
    m_folder->setObjectName(QStringLiteral("remoteFolderEdit"));
    m_folder->setAccessibleName(tr("Folder in the workspace"));
    m_folder->setPlaceholderText(QStringLiteral("/notion/pages"));
    auto *caption = new QLabel(tr("&Folder in the workspace:"), m_folderBox);
    caption->setBuddy(m_folder);
    auto *folderRow = new QHBoxLayout(m_folderBox);
    folderRow->setContentsMargins(0, 0, 0, 0);
    folderRow->addWidget(caption);
    folderRow->addWidget(m_folder, 1);
    connect(m_folder, &QLineEdit::returnPressed, m_send, &QPushButton::click);
    column->addWidget(m_text);
    column->addWidget(m_folderBox);
    column->addWidget(m_refused);
    auto *buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_send);
    buttons->addWidget(m_cancel);
    column->addLayout(buttons);
    m_patience.setSingleShot(true);
    m_patience.setInterval(300);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        say(counted("Looking at what you chose.",
            QT_TRANSLATE_N_NOOP("Postroom", "Looking at the %n things you chose."),
            static_cast<int>(m_request.paths.size())));
    });
    connect(m_send, &QPushButton::clicked, this, &PushSheet::send);
    connect(m_cancel, &QPushButton::clicked, this, &PushSheet::putAway);
    hide();
}

void PushSheet::begin(
    const WorkspaceId &workspace, const QString &name, const QString &mirror, const QStringList &paths)
{
    if (paths.isEmpty())
        return;
    m_asksFolder = std::any_of(paths.begin(), paths.end(), [&mirror](const QString &path) {
        return mirror.isEmpty() || !(QDir::cleanPath(path) + QLatin1Char('/')).startsWith(mirror + QLatin1Char('/'));
    });
    m_folder->setText(m_lastFolders.value(workspace.text(), QStringLiteral("/")));
    m_request = {};
    m_request.workspace = workspace;
    m_request.paths = paths;
    m_name = name;
    m_asking = false;
    hide();
    m_patience.start();
    plan(this, m_actions->desk(), m_request);
}

QCoro::Task<void> PushSheet::plan(QPointer<PushSheet> self, Desk *desk, PushRequest request)
{
    auto task = desk->planPush(request);
    const auto outcome = co_await task;
    if (!self || self->m_request.id != request.id)
        co_return;
    self->m_patience.stop();
    if (outcome) {
        self->takePlan(*outcome);
        co_return;
    }
    self->putAway();
    if (outcome.error().kind != ErrorClass::Cancel)
        Q_EMIT self->m_actions->noticeRaised(sayProblem(outcome.error()));
}

void PushSheet::takePlan(const PushPlan &plan)
{
    const int sendable = static_cast<int>(plan.items.size()) - plan.refused;
    if (plan.items.isEmpty()) {
        putAway();
        Q_EMIT m_actions->noticeRaised(tr("There are no files in what you chose."));
        return;
    }
    if (plan.refused == 0 && sendable <= manyFiles && !m_asksFolder) {
        send();
        return;
    }
    m_refused->clear();
    for (const TransferItem &item : plan.items) {
        if (item.state != ItemState::Refused || m_refused->count() >= shownRefusals)
            continue;
        const QString path = oneLine(item.local.isEmpty() ? item.remotePath : item.local, 400);
        //: A file and why it cannot be sent
        auto *row = new QListWidgetItem(tr("%1: %2").arg(path, foreignReason(item.error)), m_refused);
        row->setToolTip(path);
    }
    QString text;
    if (sendable > 0)
        text
            = counted("Push 1 file (%1) to %2?", QT_TRANSLATE_N_NOOP("Postroom", "Push %n files (%1) to %2?"), sendable)
                  .arg(saySize(plan.bytes), m_name);
    if (plan.refused > 0) {
        if (!text.isEmpty())
            text += QLatin1Char(' ');
        text += counted("1 cannot be sent:", QT_TRANSLATE_N_NOOP("Postroom", "%n cannot be sent:"), plan.refused);
    }
    m_refused->setVisible(plan.refused > 0);
    m_send->setText(counted("Push 1 file", QT_TRANSLATE_N_NOOP("Postroom", "Push %n files"), sendable));
    m_send->setAccessibleName(m_send->text());
    m_send->setVisible(sendable > 0);
    m_cancel->setText(sendable > 0 ? tr("Cancel") : tr("Close"));
    m_asking = true;
    m_folderBox->setVisible(m_asksFolder && sendable > 0);
    say(text);
    if (m_folderBox->isVisible()) {
        m_folder->setFocus(Qt::OtherFocusReason);
        m_folder->selectAll();
    } else {
        (sendable > 0 ? m_send : m_cancel)->setFocus(Qt::OtherFocusReason);
    }
}

void PushSheet::say(const QString &text)
{
    if (!m_asking) {
        m_refused->hide();
        m_folderBox->hide();
        m_send->hide();
    }
    m_text->setText(text);
    m_text->setAccessibleName(text);
    show();
    QAccessibleEvent event(m_text, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void PushSheet::send()
{
    PushRequest request = m_request;
    if (m_asksFolder) {
        request.remoteFolder = m_folder->text().trimmed();
        m_lastFolders.insert(request.workspace.text(), request.remoteFolder);
    }
    putAway();
    m_actions->push(request);
}

void PushSheet::putAway()
{
    m_patience.stop();
    m_asking = false;
    m_request = {};
    hide();
}

void PushSheet::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        putAway();
        return;
    }
    QFrame::keyPressEvent(event);
}

void PushSheet::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor tint = palette().color(QPalette::Highlight);
    painter.setPen(tint);
    tint.setAlphaF(0.10F);
    painter.setBrush(tint);
    const qreal radius = em(this, 0.3);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
}

} // namespace Postroom
