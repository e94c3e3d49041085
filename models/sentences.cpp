#include "models/sentences.h"

#include "models/words.h"

#include <algorithm>

namespace Postroom
{
namespace
{

// Worst first.
int rankOf(Shape shape)
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

QString nameOf(const AccountStatus &account)
{
    for (const QString &name : {account.label, account.subject, account.providerName}) {
        if (!name.isEmpty())
            return oneLine(name, 80);
    }
    return account.id.text();
}

QString nameOf(const WorkspaceStatus &workspace)
{
    return oneLine(workspace.name.isEmpty() ? workspace.id.text() : workspace.name, 80);
}

QString named(const QString &name, const QString &text)
{
    //: A name and what there is to say about it
    return Words::tr("%1 · %2").arg(name, text);
}

QString shortNeed(const AccountStatus &account, const Sentence &sentence)
{
    switch (account.state) {
    case AccountState::NeedsSignIn:
        return Words::tr("%1 needs a sign-in.").arg(nameOf(account));
    case AccountState::StorageLocked:
        return sentence.step == Step::Unlock ? Words::tr("The keychain is locked.") : sentence.text;
    default:
        return named(nameOf(account), sentence.text);
    }
}

struct Entry {
    AttentionLine line;
    QString shortText;
};

QString withMore(const QString &text, qsizetype more)
{
    if (more <= 0)
        return text;
    return text + QLatin1Char(' ')
        + counted("1 more thing.", QT_TRANSLATE_N_NOOP("Postroom", "%n more things."), static_cast<int>(more));
}

QList<Entry> attentionEntries(const QList<AccountStatus> &accounts, const QList<WorkspaceStatus> &workspaces,
    VaultState vault, const QDateTime &now, const QLocale &locale)
{
    QList<Entry> entries;
    bool saidLocked = false;
    for (const AccountStatus &account : accounts) {
        Sentence sentence = sentenceFor(account, now, locale);
        if (!needsAttention(sentence.shape))
            continue;
        // A locked keychain is one thing to do, however many accounts wait for it.
        if (account.state == AccountState::StorageLocked && sentence.step == Step::Unlock) {
            if (saidLocked)
                continue;
            saidLocked = true;
            entries.append({{sentence, account.id, {}}, shortNeed(account, sentence)});
            continue;
        }
        const QString shortText = shortNeed(account, sentence);
        sentence.text = named(nameOf(account), sentence.text);
        entries.append({{sentence, account.id, {}}, shortText});
    }
    if (!saidLocked && vault == VaultState::Locked
        && std::any_of(accounts.begin(), accounts.end(),
            [](const AccountStatus &account) { return account.storage == StorageState::Locked; })) {
        const Sentence sentence{Shape::NeedsYou, Words::tr("The keychain is locked. Continues when it is unlocked."),
            Step::Unlock, Words::tr("Unlock"), std::nullopt};
        entries.append({{sentence, {}, {}}, Words::tr("The keychain is locked.")});
    }
    for (const WorkspaceStatus &workspace : workspaces) {
        Sentence sentence = sentenceFor(workspace, now, locale);
        // What waits for an account is said by the account.
        if (!needsAttention(sentence.shape) || workspace.state == WorkspaceState::AccountNotUsable)
            continue;
        sentence.text = named(nameOf(workspace), sentence.text);
        entries.append({{sentence, {}, workspace.id}, sentence.text});
    }
    std::stable_sort(entries.begin(), entries.end(),
        [](const Entry &a, const Entry &b) { return rankOf(a.line.sentence.shape) < rankOf(b.line.sentence.shape); });
    return entries;
}

// What to say when nobody has to do anything.
Sentence quietSentence(const QList<AccountStatus> &accounts, const QList<WorkspaceStatus> &workspaces,
    const QList<Transfer> &transfers, const QDateTime &now, const QLocale &locale)
{
    int pending = 0;
    std::optional<QDateTime> next;
    for (const WorkspaceStatus &workspace : workspaces) {
        if (workspace.state != WorkspaceState::Pending)
            continue;
        pending += workspace.outbox.pending;
        if (workspace.nextAt && (!next || *workspace.nextAt < *next))
            next = workspace.nextAt;
    }
    int sending = 0;
    for (const Transfer &transfer : transfers) {
        if (transfer.isRunning())
            sending += transfer.total - transfer.acked - transfer.failed - transfer.cancelled;
    }
    if (sending > 0)
        return {Shape::Working,
            counted("Sending 1 file.", QT_TRANSLATE_N_NOOP("Postroom", "Sending %n files."), sending), Step::None, {},
            std::nullopt};
    if (pending > 0) {
        const QString files = counted("1 file waits", QT_TRANSLATE_N_NOOP("Postroom", "%n files wait"), pending);
        const QString text = next ? Words::tr("%1; next try %2.", "a statement without a full stop, a clock time")
                                        .arg(files, sayDue(*next, now, locale))
                                  : files + QLatin1Char('.');
        return {Shape::Waiting, text, Step::None, {}, next};
    }
    Sentence worst;
    bool found = false;
    const auto consider = [&](const QString &name, Sentence sentence) {
        if (sentence.shape == Shape::Good || (found && rankOf(sentence.shape) >= rankOf(worst.shape)))
            return;
        sentence.text = named(name, sentence.text);
        worst = sentence;
        found = true;
    };
    for (const AccountStatus &account : accounts) {
        if (account.enabled && account.state != AccountState::Disabled && account.state != AccountState::SignedOut)
            consider(nameOf(account), sentenceFor(account, now, locale));
    }
    for (const WorkspaceStatus &workspace : workspaces)
        consider(nameOf(workspace), sentenceFor(workspace, now, locale));
    if (found) {
        worst.step = Step::None;
        worst.button.clear();
        return worst;
    }
    if (workspaces.isEmpty()) {
        const bool signedIn = std::any_of(accounts.begin(), accounts.end(), [](const AccountStatus &account) {
            return account.enabled && account.state != AccountState::SignedOut
                && account.state != AccountState::Disabled;
        });
        if (signedIn)
            return {Shape::Good, Words::tr("Signed in."), Step::None, {}, std::nullopt};
        return {Shape::Off, Words::tr("Nobody is signed in."), Step::SignIn, Words::tr("Sign in"), std::nullopt};
    }
    return {Shape::Good, Words::tr("Everything is delivered."), Step::None, {}, std::nullopt};
}

} // namespace

bool needsAttention(Shape shape)
{
    return shape == Shape::NeedsYou || shape == Shape::NeedsAdmin;
}

WholeState wholeState(const QList<AccountStatus> &accounts, const QList<WorkspaceStatus> &workspaces,
    const QList<Transfer> &transfers, VaultState vault, const QDateTime &now, const QLocale &locale)
{
    WholeState whole;
    const QList<Entry> entries = attentionEntries(accounts, workspaces, vault, now, locale);
    for (const Entry &entry : entries)
        whole.attention.append(entry.line);
    if (entries.isEmpty()) {
        whole.sentence = quietSentence(accounts, workspaces, transfers, now, locale);
        return whole;
    }
    whole.sentence = entries.first().line.sentence;
    whole.sentence.text = withMore(entries.first().shortText, entries.size() - 1);
    return whole;
}

} // namespace Postroom
