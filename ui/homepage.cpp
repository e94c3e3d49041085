#include "ui/homepage.h"

#include "core/base/text.h"
#include "models/accountsmodel.h"
#include "ui/button.h"
#include "ui/metrics.h"
#include "ui/shapeicon.h"
#include "ui/stateline.h"

#include <QPushButton>
#include <QVBoxLayout>

namespace Postroom
{
namespace
{

int urgencyOf(Shape shape)
{
    switch (shape) {
    case Shape::NeedsYou:
        return 0;
    case Shape::NeedsAdmin:
        return 1;
    case Shape::Waiting:
        return 2;
    case Shape::Working:
        return 3;
    case Shape::Paused:
        return 4;
    case Shape::Off:
        return 5;
    case Shape::Good:
        return 6;
    }
    return 7;
}

struct Line {
    QString name;
    QString kind;
    Sentence sentence;
    AccountId account;
    WorkspaceId workspace;
};

} // namespace

HomePage::HomePage(Desk *desk, QWidget *parent) : QScrollArea(parent), m_desk(desk)
{
    setObjectName(QStringLiteral("homePage"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setFocusPolicy(Qt::NoFocus);
    setAccessibleName(tr("Home"));

    auto *content = new QWidget(this);
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    m_empty = makeEmptyState();
    m_full = makeLines();
    column->addWidget(m_empty);
    column->addWidget(m_full);
    setWidget(content);
    content->setAutoFillBackground(false);
    viewport()->setAutoFillBackground(false);

    m_gather.setSingleShot(true);
    m_gather.setInterval(100);
    connect(&m_gather, &QTimer::timeout, this, &HomePage::refresh);
    const auto later = [this] {
        if (!m_gather.isActive())
            m_gather.start();
    };
    connect(desk, &Desk::accountChanged, this, later);
    connect(desk, &Desk::accountRemoved, this, later);
    connect(desk, &Desk::workspaceChanged, this, later);
    connect(desk, &Desk::workspaceRemoved, this, later);
    connect(desk, &Desk::transferChanged, this, later);
    connect(desk, &Desk::transferDismissed, this, later);
    connect(desk, &Desk::vaultStateChanged, this, later);
    refresh();
}

QWidget *HomePage::makeEmptyState()
{
    auto *page = new QWidget(this);
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(em(this, 2), em(this, 2), em(this, 2), em(this, 2));
    column->setSpacing(em(this, 0.8));
    auto *picture = new QLabel(page);
    const int side = em(this, 5);
    picture->setPixmap(applicationIcon().pixmap(QSize(side, side), devicePixelRatioF()));
    picture->setAlignment(Qt::AlignCenter);
    auto *title = makeText(page, QStringLiteral("emptyTitle"));
    makeTitle(title);
    title->setAlignment(Qt::AlignCenter);
    title->setText(tr("Welcome to Postroom"));
    auto *text = makeText(page, QStringLiteral("emptyText"));
    text->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    text->setText(
        tr("Sign in to the account behind your workspaces. Postroom keeps it signed in, delivers your files and "
           "tells you when something needs you."));
    text->setMaximumWidth(text->fontMetrics().averageCharWidth() * 54);
    text->setMinimumWidth(text->fontMetrics().averageCharWidth() * 30);
    auto *signIn = new Button(tr("&Sign in…"), page);
    signIn->setObjectName(QStringLiteral("signInButton"));
    signIn->setAccessibleName(tr("Sign in"));
    signIn->setDefault(true);
    auto *mirror = new Button(tr("Add a &mirror folder…"), page);
    mirror->setObjectName(QStringLiteral("emptyAddMirrorButton"));
    mirror->setAccessibleName(tr("Add a mirror folder"));
    mirror->setFlat(true);
    connect(signIn, &QPushButton::clicked, this, &HomePage::signInWanted);
    connect(mirror, &QPushButton::clicked, this, &HomePage::addMirrorWanted);

    auto *textRow = new QHBoxLayout;
    textRow->addStretch(1);
    textRow->addWidget(text, 4);
    textRow->addStretch(1);
    column->addStretch(2);
    column->addWidget(picture, 0, Qt::AlignHCenter);
    column->addWidget(title);
    column->addLayout(textRow);
    column->addSpacing(em(this, 0.4));
    column->addWidget(signIn, 0, Qt::AlignHCenter);
    column->addWidget(mirror, 0, Qt::AlignHCenter);
    column->addStretch(3);
    return page;
}

QWidget *HomePage::makeLines()
{
    auto *page = new QWidget(this);
    auto *column = new QVBoxLayout(page);
    const int edge = em(this, 1.2);
    column->setContentsMargins(edge, edge, edge, edge);
    column->setSpacing(em(this, 1));
    auto *head = new QHBoxLayout;
    head->setSpacing(em(this, 0.7));
    m_bigShape = new QLabel(page);
    m_title = makeText(page, QStringLiteral("homeTitle"));
    makeTitle(m_title);
    head->addWidget(m_bigShape, 0, Qt::AlignTop);
    head->addWidget(m_title, 1);
    column->addLayout(head);
    m_lineLayout = new QVBoxLayout;
    m_lineLayout->setSpacing(em(this, 0.1));
    column->addLayout(m_lineLayout);
    column->addStretch(1);
    return page;
}

void HomePage::refresh()
{
    const QDateTime now = m_desk->now();
    const QList<AccountStatus> accounts = m_desk->accounts();
    const QList<WorkspaceStatus> workspaces = m_desk->workspaces();
    const bool empty = accounts.isEmpty() && workspaces.isEmpty();
    m_empty->setVisible(empty);
    m_full->setVisible(!empty);
    if (empty)
        return;

    const WholeState whole = wholeState(accounts, workspaces, m_desk->transfers(), m_desk->vaultState(), now);
    m_title->setText(whole.sentence.text);
    m_title->setAccessibleName(tr("%1: %2").arg(shapeName(whole.sentence.shape), whole.sentence.text));
    const int side = m_title->fontMetrics().height();
    m_bigShape->setPixmap(shapeIcon(whole.sentence.shape).pixmap(QSize(side, side), devicePixelRatioF()));

    QList<Line> lines;
    for (const AccountStatus &account : accounts)
        lines.append({displayName(account), tr("Account"), sentenceFor(account, now), account.id, {}});
    for (const WorkspaceStatus &workspace : workspaces)
        lines.append({displayName(workspace), tr("Workspace"), sentenceFor(workspace, now), {}, workspace.id});
    std::stable_sort(lines.begin(), lines.end(), [](const Line &a, const Line &b) {
        const int left = urgencyOf(a.sentence.shape);
        const int right = urgencyOf(b.sentence.shape);
        if (left != right)
            return left < right;
        return a.name.localeAwareCompare(b.name) < 0;
    });

    // A mirror alone can be watched, but nothing can be pushed to it.
    if (accounts.isEmpty()) {
        Sentence invitation;
        invitation.text = tr("Sign in to push files from here.");
        invitation.step = Step::Add;
        invitation.button = tr("Sign in…");
        lines.prepend({tr("No account yet"), {}, invitation, {}, {}});
    }

    while (m_lines.size() > lines.size())
        delete m_lines.takeLast();
    while (m_lines.size() < lines.size()) {
        auto *line = new StateLine(m_full);
        const auto number = m_lines.size();
        line->setObjectName(QStringLiteral("homeLine%1").arg(number));
        connect(line, &StateLine::stepClicked, this, [this, number](Step step) {
            const auto [account, workspace] = m_subjects.at(number);
            Q_EMIT stepClicked(step, account, workspace);
        });
        connect(line, &StateLine::clicked, this, [this, number] {
            const auto [account, workspace] = m_subjects.at(number);
            if (!account.isEmpty())
                Q_EMIT accountWanted(account);
            else if (!workspace.isEmpty())
                Q_EMIT workspaceWanted(workspace);
            else
                Q_EMIT stepClicked(Step::Add, {}, {});
        });
        m_lines.append(line);
        m_lineLayout->addWidget(line);
    }
    m_subjects.clear();
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const Line &line = lines.at(i);
        m_subjects.append({line.account, line.workspace});
        m_lines.at(i)->setLine(line.name, line.kind, line.sentence);
    }
}

} // namespace Postroom
