// When somebody is to be told outside of the window that an account needs them, and when that is over.
#pragma once

#include "core/accounts/accountevent.h"
#include "models/sentences.h"

#include <QHash>
#include <QJsonObject>
#include <chrono>

namespace Postroom
{

enum class NoticeKind { NeedsYou, NeedsAdmin, Stalled, Unsaved, Ending };

// One notice. A later one about the same subject takes its place.
struct Notice {
    QString subject; // the account's id, or one word for what several accounts wait for
    AccountId account; // whom its button is about
    NoticeKind kind = NoticeKind::NeedsYou;
    QString title; // plain text
    QString text; // one sentence, plain text
    Step step = Step::None;
    QString button; // of `step`; empty when there is nothing to do but look
};

// An account as the rules see it.
struct AccountNews {
    AccountStatus account;
    QDateTime signedInAt; // the newest sign-in that is known of, invalid when none is
};
AccountNews newsOf(const AccountStatus &account, const QList<AccountEvent> &history);

// What was said. A plain value; what has to outlive the program goes through JSON (causes and times, nothing else).
struct NoticeBook {
    struct Entry {
        QString cause; // what there is to say at present
        QDateTime since; // when that came up
        QString showing; // the cause of the notice that is out, empty when none is
        QDateTime signedInAt;
        QHash<QString, QDateTime> told; // said since that sign-in, and when the cause went away (invalid: it holds)
    };
    QHash<QString, Entry> entries; // by subject

    QJsonObject toJson() const;
    static NoticeBook fromJson(const QJsonObject &object);
};

struct NoticePlan {
    QList<Notice> show;
    QStringList withdraw; // subjects whose cause is gone
    std::optional<QDateTime> wakeAt; // when to ask again although nothing changed
    NoticeBook book;
};

// Pure. Said is: that an account began to need a person or an administrator, once per reason and sign-in; that it has
// been out of reach for a day; that a sign-in has lain unsaved for a minute; and 7, 3 and 1 days before the known end
// of a sign-in. Trouble that passes by itself is never said. What lies around an account (network, keychain) has to
// last for a while, and is said again only after it was gone for an hour. Better is taken back at once.
NoticePlan planNotices(
    const QList<AccountNews> &accounts, NoticeBook book, const QDateTime &now, const QLocale &locale = QLocale());

constexpr std::chrono::minutes noticeAfterTrouble{5};
constexpr std::chrono::seconds noticeAfterStorage{60};
constexpr std::chrono::hours noticeForgets{1};

} // namespace Postroom
