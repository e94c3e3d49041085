#include "models/notices.h"

#include "models/accountsmodel.h"
#include "models/words.h"

#include <algorithm>

namespace Postroom
{
namespace
{

const QString keychain = QStringLiteral("keychain");
constexpr qint64 day = 24 * 3600;

// Why there is something to say.
struct Cause {
    QString subject;
    QString key; // the same as long as it is the same thing
    NoticeKind kind = NoticeKind::NeedsYou;
    std::chrono::seconds settle{0}; // how long it has to hold
    bool around = false; // of the account's surroundings: may come and go
};

// While one of these lasts nobody knows how it will turn out.
bool isUndecided(AccountState state)
{
    return state == AccountState::Refreshing || state == AccountState::Authorizing || state == AccountState::Loading;
}

// Nothing that a person can do here: it is off, or another program sees to it.
bool isOut(const AccountStatus &account)
{
    return account.custody == Custody::Observed || !account.enabled || account.state == AccountState::Disabled
        || account.state == AccountState::SignedOut;
}

// How many days of warning the time that is left calls for; 0 for none.
int warningDays(const AccountStatus &account, const QDateTime &now)
{
    if (!account.signInEndsAt || *account.signInEndsAt <= now)
        return 0;
    const qint64 left = now.secsTo(*account.signInEndsAt);
    for (const int days : {1, 3, 7}) {
        if (left <= days * day)
            return days;
    }
    return 0;
}

std::optional<Cause> storageCause(const AccountStatus &account)
{
    Cause cause{keychain, {}, NoticeKind::NeedsYou, noticeAfterStorage, true};
    if (account.state == AccountState::StorageLocked) {
        if (account.storage == StorageState::Corrupt)
            return Cause{account.id.text(), QStringLiteral("secret-corrupt"), NoticeKind::NeedsYou, {}, false};
        cause.key = QStringLiteral("storage:") + account.reason;
        return cause;
    }
    switch (account.storage) {
    case StorageState::Unsaved:
    case StorageState::Locked:
        cause.key = QStringLiteral("unsaved:") + account.reason;
        cause.kind = NoticeKind::Unsaved;
        return cause;
    case StorageState::Absent:
        cause.key = QStringLiteral("storage:no-keychain");
        return cause;
    case StorageState::Saved:
    case StorageState::Corrupt:
    case StorageState::Session:
        break;
    }
    return std::nullopt;
}

std::optional<Cause> causeOf(const AccountStatus &account, const QDateTime &now)
{
    const QString id = account.id.text();
    const auto verdict = [&](const QString &key, NoticeKind kind = NoticeKind::NeedsYou) {
        return Cause{id, toString(account.state) + QLatin1Char(':') + key, kind, {}, false};
    };
    switch (account.state) {
    case AccountState::NeedsSignIn:
        return verdict(account.reason + account.stepUp);
    case AccountState::Misconfigured:
    case AccountState::IdentityMismatch:
        return verdict(account.reason);
    case AccountState::PolicyBlocked:
        return verdict(account.reason, NoticeKind::NeedsAdmin);
    case AccountState::ClientRejected: {
        // One repair is tried first.
        Cause cause = verdict(account.reason);
        cause.settle = std::chrono::minutes(1);
        return cause;
    }
    case AccountState::Stalled:
        return Cause{id, QStringLiteral("stalled:") + account.since.toUTC().toString(Qt::ISODate), NoticeKind::Stalled,
            {}, true};
    default:
        break;
    }
    if (const auto storage = storageCause(account))
        return storage;
    if (account.state == AccountState::Waiting && needsAttention(sentenceFor(account, now).shape))
        return Cause{id, QStringLiteral("waiting:") + account.reason, NoticeKind::NeedsYou, noticeAfterTrouble, true};
    if (!account.stepUp.isEmpty())
        return Cause{id, QStringLiteral("step-up:") + account.stepUp, NoticeKind::NeedsYou, {}, false};
    if (!account.missingScopes.isEmpty()) {
        QStringList scopes = account.missingScopes;
        scopes.sort();
        return Cause{id, QStringLiteral("scopes:") + scopes.join(QLatin1Char(' ')), NoticeKind::NeedsYou, {}, false};
    }
    if (const int days = warningDays(account, now)) {
        // Once per threshold and sign-in, however often the server names its end anew.
        return Cause{id, QStringLiteral("ends-%1").arg(days), NoticeKind::Ending, {}, false};
    }
    return std::nullopt;
}

void sooner(std::optional<QDateTime> *wakeAt, const QDateTime &time)
{
    if (!*wakeAt || time < **wakeAt)
        *wakeAt = time;
}

Notice noticeFor(const Cause &cause, const QList<AccountStatus> &accounts, const QDateTime &now, const QLocale &locale)
{
    const AccountStatus &first = accounts.first();
    Notice notice;
    notice.subject = cause.subject;
    notice.account = first.id;
    notice.kind = cause.kind;
    notice.title = accounts.size() == 1
        ? displayName(first)
        : counted("1 account", QT_TRANSLATE_N_NOOP("Postroom", "%n accounts"), static_cast<int>(accounts.size()));
    if (cause.kind == NoticeKind::Ending) {
        notice.text = Words::tr("The sign-in ends %1.").arg(sayAt(*first.signInEndsAt, now, locale));
        notice.step = Step::SignIn;
        notice.button = Words::tr("Sign in again");
        return notice;
    }
    const Sentence sentence = sentenceFor(first, now, locale);
    notice.text = sentence.text;
    notice.step = sentence.step;
    notice.button = sentence.button;
    return notice;
}

// Brings one subject up to date. `cause` is what there is to say about it now.
void judgeEntry(const std::optional<Cause> &cause, const QList<AccountStatus> &accounts, const QDateTime &now,
    const QLocale &locale, const QString &subject, NoticePlan *plan)
{
    NoticeBook::Entry &entry = plan->book.entries[subject];
    const QString key = cause ? cause->key : QString();
    for (auto told = entry.told.begin(); told != entry.told.end(); ++told) {
        if (told.key() != key && !told->isValid())
            *told = now;
    }
    if (entry.cause != key) {
        entry.cause = key;
        entry.since = now;
    }
    bool shows = false;
    if (cause) {
        const auto told = entry.told.find(key);
        bool said = told != entry.told.end();
        if (said && told->isValid()) {
            said = !cause->around || told->secsTo(now) < std::chrono::seconds(noticeForgets).count();
            if (said)
                *told = QDateTime();
        }
        const QDateTime due = entry.since.addSecs(cause->settle.count());
        shows = !said && due <= now;
        if (shows) {
            entry.told.insert(key, QDateTime());
            entry.showing = key;
            plan->show.append(noticeFor(*cause, accounts, now, locale));
        } else if (!said) {
            sooner(&plan->wakeAt, due);
        }
    }
    if (!entry.showing.isEmpty() && entry.showing != key) {
        entry.showing.clear();
        plan->withdraw.append(subject);
    }
    if (entry.cause.isEmpty() && entry.told.isEmpty() && !entry.signedInAt.isValid())
        plan->book.entries.remove(subject);
}

} // namespace

AccountNews newsOf(const AccountStatus &account, const QList<AccountEvent> &history)
{
    AccountNews news{account, {}};
    for (const AccountEvent &event : history) {
        const bool signedIn = event.event == QLatin1String("signed-in") || event.event == QLatin1String("adopted");
        if (signedIn && (!news.signedInAt.isValid() || event.at > news.signedInAt))
            news.signedInAt = event.at;
    }
    return news;
}

NoticePlan planNotices(const QList<AccountNews> &accounts, NoticeBook book, const QDateTime &now, const QLocale &locale)
{
    NoticePlan plan;
    plan.book = std::move(book);
    QSet<QString> known{keychain};
    std::optional<Cause> keychainCause;
    QList<AccountStatus> keychainAccounts;
    for (const AccountNews &news : accounts) {
        const AccountStatus &account = news.account;
        const QString id = account.id.text();
        known.insert(id);
        NoticeBook::Entry &entry = plan.book.entries[id];
        if (news.signedInAt.isValid() && (!entry.signedInAt.isValid() || news.signedInAt > entry.signedInAt)) {
            // Everything may be said anew about a new sign-in.
            if (entry.signedInAt.isValid())
                entry.told.clear();
            entry.signedInAt = news.signedInAt;
        }
        if (isUndecided(account.state) && account.enabled)
            continue;
        std::optional<Cause> cause = isOut(account) ? std::nullopt : causeOf(account, now);
        if (cause && cause->subject == keychain) {
            if (!keychainCause)
                keychainCause = cause;
            if (keychainCause->key == cause->key)
                keychainAccounts.append(account);
            cause.reset();
        }
        judgeEntry(cause, {account}, now, locale, id, &plan);
        // The next threshold before the end of the sign-in.
        if (!isOut(account) && account.signInEndsAt) {
            for (const int days : {7, 3, 1}) {
                const QDateTime at = account.signInEndsAt->addSecs(-days * day);
                if (at > now)
                    sooner(&plan.wakeAt, at);
            }
        }
    }
    judgeEntry(keychainCause, keychainAccounts, now, locale, keychain, &plan);
    const QStringList subjects = plan.book.entries.keys();
    for (const QString &subject : subjects) {
        if (known.contains(subject))
            continue;
        if (!plan.book.entries.value(subject).showing.isEmpty())
            plan.withdraw.append(subject);
        plan.book.entries.remove(subject);
    }
    return plan;
}

QJsonObject NoticeBook::toJson() const
{
    QJsonObject subjects;
    for (auto entry = entries.cbegin(); entry != entries.cend(); ++entry) {
        if (entry->told.isEmpty() && !entry->signedInAt.isValid())
            continue;
        QJsonObject said;
        for (auto told = entry->told.cbegin(); told != entry->told.cend(); ++told)
            said.insert(told.key(), told->toUTC().toString(Qt::ISODateWithMs));
        QJsonObject object;
        object.insert(QLatin1String("told"), said);
        if (entry->signedInAt.isValid())
            object.insert(QLatin1String("signedInAt"), entry->signedInAt.toUTC().toString(Qt::ISODateWithMs));
        subjects.insert(entry.key(), object);
    }
    return {{QStringLiteral("version"), 1}, {QStringLiteral("subjects"), subjects}};
}

NoticeBook NoticeBook::fromJson(const QJsonObject &object)
{
    NoticeBook book;
    const QJsonObject subjects = object.value(QLatin1String("subjects")).toObject();
    for (auto subject = subjects.begin(); subject != subjects.end(); ++subject) {
        const QJsonObject value = subject->toObject();
        Entry entry;
        entry.signedInAt
            = QDateTime::fromString(value.value(QLatin1String("signedInAt")).toString(), Qt::ISODateWithMs);
        const QJsonObject told = value.value(QLatin1String("told")).toObject();
        for (auto said = told.begin(); said != told.end(); ++said)
            entry.told.insert(said.key(), QDateTime::fromString(said->toString(), Qt::ISODateWithMs));
        book.entries.insert(subject.key(), entry);
    }
    return book;
}

} // namespace Postroom
