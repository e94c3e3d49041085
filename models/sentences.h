// Facts in, one sentence out. The window, the tray, notifications, postroomctl and the activity all use these.
#pragma once

#include "core/accounts/accountstatus.h"
#include "core/vault/secretstore.h"
#include "core/workspaces/workspacestatus.h"
#include "core/writeback/transfer.h"

#include <QLocale>
#include <QString>

namespace Postroom
{

// The seven shapes that tell a state without colour.
enum class Shape { Good, Working, Waiting, NeedsYou, NeedsAdmin, Paused, Off };

// What the one button of a line does. The text of the button is in Sentence::button.
enum class Step { None, TryNow, SignIn, Unlock, Why, OpenPage, Grant, Show, Start, Enable, Add, Adopt };

struct Sentence {
    Shape shape = Shape::Off;
    QString text; // plain text, one line
    Step step = Step::None;
    QString button; // empty when there is none
    std::optional<QDateTime> nextAt;
};

Sentence sentenceFor(const AccountStatus &account, const QDateTime &now, const QLocale &locale = QLocale());
// What it means for the program that kept this account when its sign-in has moved into the keychain.
QString sayCustody(const AccountStatus &observed);
Sentence sentenceFor(const WorkspaceStatus &workspace, const QDateTime &now, const QLocale &locale = QLocale());
Sentence sentenceFor(const OutboxRecord &record, const QDateTime &now, const QLocale &locale = QLocale());
Sentence sentenceFor(const TransferItem &item, const QLocale &locale = QLocale());
Sentence sentenceFor(const Transfer &transfer, const QDateTime &now, const QLocale &locale = QLocale());

// One line of the attention strip: what it is about and what to do.
struct AttentionLine {
    Sentence sentence; // already names the account or workspace
    AccountId account;
    WorkspaceId workspace;
};

// The whole: worst first, one sentence; `attention` are the lines of the strip.
struct WholeState {
    Sentence sentence;
    QList<AttentionLine> attention;
};
WholeState wholeState(const QList<AccountStatus> &accounts, const QList<WorkspaceStatus> &workspaces,
    const QList<Transfer> &transfers, VaultState vault, const QDateTime &now, const QLocale &locale = QLocale());

// Times as people say them: "2 min ago", "14:05", "yesterday 14:02", "tomorrow 9:00". Local time.
QString sayTime(const QDateTime &time, const QDateTime &now, const QLocale &locale = QLocale());
QString saySize(qint64 bytes, const QLocale &locale = QLocale());
QString saySpan(qint64 seconds, const QLocale &locale = QLocale());

bool needsAttention(Shape shape);

} // namespace Postroom
