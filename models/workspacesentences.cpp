#include "models/sentences.h"
#include "models/words.h"

#include <QFileInfo>

namespace Postroom
{
namespace
{

Sentence make(Shape shape, const QString &text, Step step = Step::None, const QString &button = {})
{
    return {shape, text, step, button, std::nullopt};
}

QString whyPending(const WorkspaceStatus &workspace)
{
    if (!workspace.lastError)
        return {};
    const QString words = foreignReason(workspace.lastError->error.message);
    switch (workspace.lastError->error.kind) {
    case ErrorClass::Net:
    case ErrorClass::Ambiguous:
        return Words::tr("the server did not answer");
    case ErrorClass::Rate:
        return Words::tr("the server asked for a pause");
    case ErrorClass::Server:
        return Words::tr("the server has trouble of its own");
    case ErrorClass::Infra:
        return Words::tr("something other than the server answered");
    default:
        return words.isEmpty() ? QString() : quoted(words);
    }
}

Sentence pending(const WorkspaceStatus &workspace, const QDateTime &now, const QLocale &locale)
{
    const QDateTime oldest
        = workspace.outbox.oldestPendingAt.isValid() ? workspace.outbox.oldestPendingAt : workspace.since;
    QString text = counted("1 file waits", QT_TRANSLATE_N_NOOP("Postroom", "%n files wait"), workspace.outbox.pending);
    if (oldest.isValid())
        text = Words::tr("%1 since %2", "3 files wait, a clock time").arg(text, sayClock(oldest, now, locale));
    const QString why = whyPending(workspace);
    text = why.isEmpty() ? text + QLatin1Char('.') : Words::tr("%1: %2.", "what, why").arg(text, why);
    if (workspace.nextAt)
        text += QLatin1Char(' ') + Words::tr("Next try %1.").arg(sayDue(*workspace.nextAt, now, locale));
    return make(Shape::Waiting, text, Step::TryNow, Words::tr("Try now"));
}

Sentence attention(const WorkspaceStatus &workspace)
{
    const int count = workspace.outbox.attention + workspace.outbox.unreadable;
    const QString button = Words::tr("Show");
    if (workspace.outbox.attention == 0 && workspace.outbox.unreadable > 0)
        return make(Shape::NeedsYou,
            counted("1 change waits in a form that cannot be read.",
                QT_TRANSLATE_N_NOOP("Postroom", "%n changes wait in a form that cannot be read."),
                workspace.outbox.unreadable),
            Step::Show, button);
    const QString files = counted("1 file", QT_TRANSLATE_N_NOOP("Postroom", "%n files"), std::max(count, 1));
    const QString who = sayProvider(workspace.attentionProvider);
    if (workspace.attentionReason.isEmpty())
        return make(Shape::NeedsYou, Words::tr("%1 did not take %2.", "who, how many files").arg(who, files),
            Step::Show, button);
    return make(Shape::NeedsYou,
        Words::tr("%1 did not take %2: %3.", "who, how many files, a quotation")
            .arg(who, files, quoted(workspace.attentionReason)),
        Step::Show, button);
}

Sentence waitsForAccount(const WorkspaceStatus &workspace, const QDateTime &now, const QLocale &locale)
{
    const QString who
        = workspace.accountLabel.isEmpty() ? Words::tr("its account") : oneLine(workspace.accountLabel, 80);
    const QString since = sayClock(workspace.since, now, locale);
    switch (workspace.accountBadge) {
    case Badge::NeedsYou:
        return make(Shape::NeedsYou, Words::tr("Waits for %1: it needs you.").arg(who), Step::Show, Words::tr("Show"));
    case Badge::NeedsAdmin:
        return make(Shape::NeedsAdmin, Words::tr("Waits for %1: its administrator is asked.").arg(who));
    case Badge::Off:
        return make(Shape::Off, Words::tr("Waits for %1: it is off.").arg(who));
    default:
        if (since.isEmpty())
            return make(Shape::Waiting, Words::tr("Waits for %1: reconnecting.").arg(who));
        return make(Shape::Waiting, Words::tr("Waits for %1: reconnecting since %2.").arg(who, since));
    }
}

Sentence delivered(const WorkspaceStatus &workspace, const QDateTime &now, const QLocale &locale)
{
    if (!workspace.lastSuccessAt)
        return make(Shape::Good, Words::tr("Everything is delivered."));
    return make(Shape::Good,
        Words::tr("Everything is delivered. Last push %1.").arg(sayTime(*workspace.lastSuccessAt, now, locale)));
}

Sentence judge(const WorkspaceStatus &workspace, const QDateTime &now, const QLocale &locale)
{
    switch (workspace.state) {
    case WorkspaceState::Unknown:
        return make(Shape::Off, Words::tr("Looking."));
    case WorkspaceState::Delivered:
        return delivered(workspace, now, locale);
    case WorkspaceState::ForeignDaemon:
        return make(Shape::Good, Words::tr("Synced by relayfile-mount, started in a terminal."));
    case WorkspaceState::Sending:
        return make(Shape::Working,
            counted(
                "Sending 1 file.", QT_TRANSLATE_N_NOOP("Postroom", "Sending %1 of %n files."), workspace.sendingTotal)
                .replace(
                    QLatin1String("%1"), QString::number(std::max(0, workspace.sendingTotal - workspace.sending))));
    case WorkspaceState::Pending:
        return pending(workspace, now, locale);
    case WorkspaceState::ReadOnly:
        return make(Shape::Waiting, Words::tr("Changes here are not sent: this sign-in may only read."), Step::Grant,
            Words::tr("Grant access"));
    case WorkspaceState::AccountNotUsable:
        return waitsForAccount(workspace, now, locale);
    case WorkspaceState::DaemonOff: {
        const int waiting = workspace.outbox.pending;
        QString text = Words::tr("Not syncing: the mount is stopped.");
        if (waiting > 0)
            text += QLatin1Char(' ')
                + counted("1 change waits here.", QT_TRANSLATE_N_NOOP("Postroom", "%n changes wait here."), waiting);
        return make(Shape::NeedsYou, text, Step::Show, Words::tr("Show"));
    }
    case WorkspaceState::Conflicts:
        return make(Shape::NeedsYou,
            counted("1 file was changed here and there.",
                QT_TRANSLATE_N_NOOP("Postroom", "%n files were changed here and there."), workspace.conflicts),
            Step::Show, Words::tr("Show"));
    case WorkspaceState::Attention:
        return attention(workspace);
    }
    return {};
}

} // namespace

Sentence sentenceFor(const WorkspaceStatus &workspace, const QDateTime &now, const QLocale &locale)
{
    Sentence sentence = judge(workspace, now, locale);
    sentence.nextAt = workspace.nextAt;
    return sentence;
}

Sentence sentenceFor(const OutboxRecord &record, const QDateTime &now, const QLocale &locale)
{
    Sentence sentence;
    QString who;
    const QString words = record.error.isEmpty() ? QString() : quoted(record.error);
    switch (record.state) {
    case RecordState::Pending:
        sentence.shape = Shape::Waiting;
        if (record.attempts == 0)
            sentence.text = record.firstSeenAt.isValid()
                ? Words::tr("Waits since %1.").arg(sayClock(record.firstSeenAt, now, locale))
                : Words::tr("Waits.");
        else {
            const QString tried
                = counted("Tried once", QT_TRANSLATE_N_NOOP("Postroom", "Tried %n times"), record.attempts);
            sentence.text = words.isEmpty() ? Words::tr("%1.", "Tried 3 times").arg(tried)
                                            : Words::tr("%1: %2.", "what, why").arg(tried, words);
        }
        if (record.nextAttemptAt.isValid()) {
            sentence.text
                += QLatin1Char(' ') + Words::tr("Next try %1.").arg(sayDue(record.nextAttemptAt, now, locale));
            sentence.nextAt = record.nextAttemptAt;
        }
        break;
    case RecordState::Attention:
        sentence.shape = Shape::NeedsYou;
        // Without an operation it never came as far as the provider.
        who = sayProvider(record.operationId.isEmpty() ? QString() : record.path);
        sentence.text = words.isEmpty() ? Words::tr("%1 did not take it and gave no reason.").arg(who)
                                        : Words::tr("%1 did not take it: %2.").arg(who, quoted(record.error));
        break;
    case RecordState::Failed:
        sentence.shape = Shape::NeedsYou;
        sentence.text = words.isEmpty() ? Words::tr("Not delivered.") : Words::tr("Not delivered: %1.").arg(words);
        break;
    case RecordState::Acked:
        sentence.shape = Shape::Good;
        sentence.text = record.ackedAt.isValid() ? Words::tr("Delivered %1.").arg(sayTime(record.ackedAt, now, locale))
                                                 : Words::tr("Delivered.");
        break;
    case RecordState::Unreadable:
        sentence.shape = Shape::NeedsYou;
        sentence.text = Words::tr("This record cannot be read.");
        break;
    }
    return sentence;
}

Sentence sentenceFor(const TransferItem &item, const QLocale &locale)
{
    Sentence sentence;
    const QString words = foreignReason(item.error);
    switch (item.state) {
    case ItemState::Queued:
        sentence.shape = Shape::Waiting;
        sentence.text = Words::tr("Waits its turn, %1.").arg(saySize(item.bytes, locale));
        break;
    case ItemState::Sending:
        sentence.shape = Shape::Working;
        sentence.text = Words::tr("Sending, %1.").arg(saySize(item.bytes, locale));
        break;
    case ItemState::Waiting:
        sentence.shape = Shape::Working;
        sentence.text = Words::tr("Sent. The server is passing it on.");
        break;
    case ItemState::Acked:
        sentence.shape = Shape::Good;
        sentence.text = Words::tr("Delivered.");
        break;
    case ItemState::Failed:
        sentence.shape = Shape::NeedsYou;
        sentence.text = words.isEmpty() ? Words::tr("Not delivered.") : Words::tr("Not delivered: %1.").arg(words);
        break;
    case ItemState::Attention:
        sentence.shape = Shape::NeedsYou;
        sentence.text = words.isEmpty()
            ? Words::tr("%1 did not take it and gave no reason.").arg(sayProvider(item.remotePath))
            : Words::tr("%1 did not take it: %2.").arg(sayProvider(item.remotePath), quoted(item.error));
        break;
    case ItemState::Refused:
        sentence.shape = Shape::NeedsYou;
        sentence.text = words.isEmpty() ? Words::tr("Not sent.") : Words::tr("Not sent: %1.").arg(words);
        break;
    case ItemState::Cancelled:
        sentence.shape = Shape::Off;
        sentence.text = Words::tr("Stopped by you.");
        break;
    }
    return sentence;
}

Sentence sentenceFor(const Transfer &transfer, const QDateTime &now, const QLocale &locale)
{
    Sentence sentence;
    if (transfer.isRunning()) {
        sentence.shape = Shape::Working;
        const int done = transfer.acked + transfer.failed + transfer.cancelled;
        QStringList parts{counted("1 file", QT_TRANSLATE_N_NOOP("Postroom", "%1 of %n files"), transfer.total)
                .replace(QLatin1String("%1"), locale.toString(done))};
        if (transfer.bytesPerSecond >= 1)
            //: Bytes per second, as in "3.2 MB/s"
            parts.append(Words::tr("%1/s").arg(saySize(static_cast<qint64>(transfer.bytesPerSecond), locale)));
        if (transfer.secondsLeft)
            parts.append(Words::tr("%1 left").arg(saySpan(*transfer.secondsLeft, locale)));
        sentence.text = parts.join(QStringLiteral(" · "));
        return sentence;
    }
    const QString when = transfer.finishedAt ? sayTime(*transfer.finishedAt, now, locale) : QString();
    if (transfer.failed > 0) {
        sentence.shape = Shape::NeedsYou;
        sentence.step = Step::TryNow;
        sentence.button = Words::tr("Try again");
        const QString missed = counted("1 file was not delivered",
            QT_TRANSLATE_N_NOOP("Postroom", "%n files were not delivered"), transfer.failed);
        sentence.text = transfer.acked > 0 ? Words::tr("%1, %2 went through.", "3 files were not delivered, a number")
                                                 .arg(missed, locale.toString(transfer.acked))
                                           : Words::tr("%1.", "3 files were not delivered").arg(missed);
    } else if (transfer.cancelled > 0) {
        sentence.shape = Shape::Off;
        sentence.text = transfer.acked > 0
            ? counted("Stopped by you after 1 file.", QT_TRANSLATE_N_NOOP("Postroom", "Stopped by you after %n files."),
                  transfer.acked)
            : Words::tr("Stopped by you.");
    } else {
        sentence.shape = Shape::Good;
        const QString files
            = counted("1 file delivered", QT_TRANSLATE_N_NOOP("Postroom", "%n files delivered"), transfer.acked);
        sentence.text = Words::tr("%1 %2.", "3 files delivered, 2 min ago").arg(files, when);
    }
    return sentence;
}

} // namespace Postroom
