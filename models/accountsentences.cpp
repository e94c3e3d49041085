#include "models/quotasentences.h"
#include "models/sentences.h"
#include "models/words.h"

namespace Postroom
{
namespace
{

// One sentence in the making.
struct Draft {
    const AccountStatus &account;
    const QDateTime &now;
    const QLocale &locale;

    QString provider() const
    {
        const QString name = oneLine(account.providerName, 60);
        return name.isEmpty() ? host() : name;
    }
    QString host() const
    {
        const QString name = oneLine(account.host, 80);
        return name.isEmpty() ? Words::tr("the sign-in server") : name;
    }
    QString since() const { return sayClock(account.since, now, locale); }
    bool usable() const { return account.isUsable(now); }
    ErrorClass trouble() const { return account.lastError ? account.lastError->error.kind : ErrorClass::Ok; }
    // The closed vocabularies of reasons and codes name the three kinds of "netsec" trouble.
    bool about(QLatin1String word) const
    {
        return account.reason.contains(word) || (account.lastError && account.lastError->error.code.contains(word));
    }
};

// The program that keeps an observed account.
QString keeper(const AccountStatus &account)
{
    return oneLine(account.observedBy.isEmpty() ? account.providerName : account.observedBy, 60);
}

Sentence make(Shape shape, const QString &text, Step step = Step::None, const QString &button = {})
{
    return {shape, text, step, button, std::nullopt};
}

QString withNextTry(const Draft &draft, const QString &text)
{
    if (!draft.account.nextAt)
        return text;
    return Words::tr("%1; next try %2.", "a statement without a full stop, a clock time")
        .arg(text, sayDue(*draft.account.nextAt, draft.now, draft.locale));
}

// What the server did at one moment, without a full stop.
QString whatHappened(const Draft &draft)
{
    const QDateTime at = draft.account.lastError ? draft.account.lastError->at : draft.account.since;
    const QString when = sayAt(at, draft.now, draft.locale);
    switch (draft.trouble()) {
    case ErrorClass::Server:
    case ErrorClass::Infra:
        return Words::tr("The sign-in server answered with a page of its own instead of a token %1").arg(when);
    case ErrorClass::Ambiguous:
        return Words::tr("The answer of the sign-in server was lost %1").arg(when);
    case ErrorClass::Rate:
        return Words::tr("The sign-in server asked for a pause %1").arg(when);
    default:
        return Words::tr("The sign-in server did not answer %1").arg(when);
    }
}

// What has gone on since a moment, without a full stop.
QString whatGoesOn(const Draft &draft)
{
    switch (draft.trouble()) {
    case ErrorClass::Server:
    case ErrorClass::Infra:
        return Words::tr("The sign-in server has answered with an error page since %1").arg(draft.since());
    case ErrorClass::Ambiguous:
        return Words::tr("Answers of the sign-in server have been lost since %1").arg(draft.since());
    default:
        return Words::tr("The sign-in server has not answered since %1").arg(draft.since());
    }
}

// Why there is no connection, without a full stop.
QString whyDisconnected(const Draft &draft)
{
    switch (draft.trouble()) {
    case ErrorClass::Server:
        return Words::tr("%1 has trouble of its own").arg(draft.host());
    case ErrorClass::Infra:
        return Words::tr("something other than %1 answered").arg(draft.host());
    case ErrorClass::Ambiguous:
        return Words::tr("the answer of %1 was lost").arg(draft.host());
    case ErrorClass::Rate:
        return Words::tr("%1 asked for a pause").arg(draft.host());
    default:
        return Words::tr("no route to %1").arg(draft.host());
    }
}

Sentence reconnecting(const Draft &draft)
{
    QString text = Words::tr("Reconnecting since %1: %2.").arg(draft.since(), whyDisconnected(draft));
    if (draft.account.nextAt) {
        const QString due = sayDue(*draft.account.nextAt, draft.now, draft.locale);
        text += QLatin1Char(' ');
        text += draft.trouble() == ErrorClass::Net
            ? Words::tr("Next try %1, or as soon as the network is back.").arg(due)
            : Words::tr("Next try %1.").arg(due);
    }
    return make(Shape::Waiting, text, Step::TryNow, Words::tr("Try now"));
}

Sentence waiting(const Draft &draft)
{
    if (draft.trouble() == ErrorClass::NetSec || draft.about(QLatin1String("portal"))
        || draft.about(QLatin1String("tls")) || draft.about(QLatin1String("clock"))) {
        if (draft.about(QLatin1String("portal")) || draft.about(QLatin1String("captive")))
            return make(Shape::Waiting, Words::tr("This network wants you to log in first (hotel or guest network)."),
                Step::OpenPage, Words::tr("Open page"));
        if (draft.about(QLatin1String("clock")))
            return make(
                Shape::NeedsYou, Words::tr("The computer's clock seems to be wrong, so certificates look expired."));
        if (draft.about(QLatin1String("proxy")))
            return make(Shape::NeedsYou,
                Words::tr("The proxy on the way to %1 wants a log-in of its own.").arg(draft.host()), Step::Why,
                Words::tr("Why?"));
        return make(Shape::NeedsYou,
            Words::tr("The certificate of %1 is not trusted, so nothing was sent.").arg(draft.host()), Step::Why,
            Words::tr("Why?"));
    }
    if (!draft.usable())
        return reconnecting(draft);
    const QString until = sayClock(*draft.account.usableUntil, draft.now, draft.locale);
    return make(Shape::Working,
        Words::tr("Works until %1. %2", "a clock time, a sentence").arg(until, withNextTry(draft, whatGoesOn(draft))),
        Step::TryNow, Words::tr("Try now"));
}

Sentence signedIn(const Draft &draft)
{
    const AccountStatus &account = draft.account;
    if (account.storage == StorageState::Unsaved || account.storage == StorageState::Locked) {
        const bool locked = account.storage == StorageState::Locked || draft.about(QLatin1String("locked"));
        if (locked)
            return make(Shape::NeedsYou,
                Words::tr("The new sign-in could not be saved: the keychain is locked. It works until you quit."),
                Step::Unlock, Words::tr("Unlock"));
        return make(Shape::NeedsYou,
            Words::tr("The new sign-in could not be saved in the keychain. It works until you quit."), Step::TryNow,
            Words::tr("Try now"));
    }
    if (account.storage == StorageState::Absent)
        return make(Shape::NeedsYou, Words::tr("No keychain is running. Signed in until you quit."), Step::Why,
            Words::tr("Why?"));
    if (!account.missingScopes.isEmpty())
        return make(Shape::NeedsYou,
            Words::tr("Signed in, but without the right to %1.")
                .arg(oneLine(account.missingScopes.join(QLatin1String(", ")), 80)),
            Step::Grant, Words::tr("Grant access"));
    const QString subject = oneLine(account.subject, 80);
    if (account.storage == StorageState::Session)
        return make(Shape::Good,
            subject.isEmpty() ? Words::tr("Signed in until you quit.")
                              : Words::tr("Signed in as %1 until you quit.").arg(subject));
    if (const QString told = signedInWithQuota(account, draft.provider(), draft.now, draft.locale); !told.isEmpty())
        return make(Shape::Good, told);
    return make(Shape::Good, subject.isEmpty() ? Words::tr("Signed in.") : Words::tr("Signed in as %1.").arg(subject));
}

Sentence storageLocked(const Draft &draft)
{
    if (draft.account.storage == StorageState::Absent || draft.about(QLatin1String("no-keychain"))
        || draft.about(QLatin1String("absent")))
        return make(Shape::NeedsYou, Words::tr("No keychain is running, and the sign-in is kept there."), Step::Why,
            Words::tr("Why?"));
    if (draft.account.storage == StorageState::Corrupt)
        return make(Shape::NeedsYou, Words::tr("The keychain's entry for this sign-in cannot be read."), Step::SignIn,
            Words::tr("Sign in"));
    if (draft.about(QLatin1String("timed-out")) || draft.about(QLatin1String("hung")))
        return make(Shape::NeedsYou, Words::tr("The keychain does not answer. Continues when it does."), Step::TryNow,
            Words::tr("Try now"));
    return make(Shape::NeedsYou, Words::tr("The keychain is locked. Continues when it is unlocked."), Step::Unlock,
        Words::tr("Unlock"));
}

Sentence needsSignIn(const Draft &draft)
{
    const QString when = sayAt(draft.account.since, draft.now, draft.locale);
    QString text;
    if (draft.account.reason == QLatin1String("lost-response"))
        text = Words::tr("%1 does not know the last sign-in any more; its answer was lost %2.")
                   .arg(draft.provider(), when);
    else if (draft.account.reason == QLatin1String("secret-missing"))
        text = Words::tr("The keychain no longer has this sign-in, noticed %1.").arg(when);
    else if (draft.account.reason == QLatin1String("revoked"))
        text = Words::tr("Signed out by %1 %2: the sign-in was taken back.").arg(draft.provider(), when);
    else if (draft.account.reason == QLatin1String("expired") || draft.account.reason.isEmpty())
        text = Words::tr("Signed out by %1 %2: the sign-in has expired.").arg(draft.provider(), when);
    else
        text = Words::tr("%1 has asked for a new sign-in since %2.").arg(draft.provider(), draft.since());
    return make(Shape::NeedsYou, text, Step::SignIn, Words::tr("Sign in"));
}

// Another program is at work here, and what is amiss is set right there.
Sentence observed(const Draft &draft)
{
    const AccountStatus &account = draft.account;
    const QString tool = keeper(account);
    if (account.state == AccountState::Misconfigured) {
        const QString words = account.lastError ? foreignReason(account.lastError->error.message) : QString();
        return make(Shape::Off,
            words.isEmpty() ? Words::tr("The sign-in that %1 keeps cannot be used here.").arg(tool)
                            : Words::tr("The sign-in that %1 keeps cannot be used here: %2.").arg(tool, words));
    }
    if (account.state == AccountState::NeedsSignIn) {
        const QString when = sayAt(account.since, draft.now, draft.locale);
        return make(Shape::Off, Words::tr("The sign-in that %1 kept ended %2. It begins anew there.").arg(tool, when));
    }
    return make(
        Shape::Good, Words::tr("Kept signed in by %1.").arg(tool), Step::Adopt, Words::tr("Move into the keychain"));
}

Sentence judge(const Draft &draft)
{
    const AccountStatus &account = draft.account;
    if (account.custody == Custody::Observed)
        return observed(draft);
    if (!account.enabled)
        return make(Shape::Off, Words::tr("Switched off."), Step::Enable, Words::tr("Switch on"));
    switch (account.state) {
    case AccountState::SignedOut:
        return make(Shape::Off, Words::tr("Signed out."), Step::SignIn, Words::tr("Sign in"));
    case AccountState::Authorizing:
        return make(Shape::Working, Words::tr("Waits for you to sign in in the browser."));
    case AccountState::Loading:
        return make(Shape::Working, Words::tr("Looking into the keychain."));
    case AccountState::StorageLocked:
        return storageLocked(draft);
    case AccountState::Fresh:
        return signedIn(draft);
    case AccountState::Refreshing:
        if (account.badge == Badge::Reconnecting)
            return make(Shape::Waiting, Words::tr("Reconnecting since %1.").arg(draft.since()));
        return signedIn(draft);
    case AccountState::Retrying:
        if (!draft.usable())
            return reconnecting(draft);
        return make(Shape::Good,
            Words::tr("Signed in, works until %1. %2", "a clock time, a sentence")
                .arg(sayClock(*account.usableUntil, draft.now, draft.locale), withNextTry(draft, whatHappened(draft))));
    case AccountState::Waiting:
        return waiting(draft);
    case AccountState::Stalled: {
        QString text = Words::tr("Not reachable since %1; still signed in.").arg(draft.since());
        if (account.nextAt)
            text += QLatin1Char(' ')
                + Words::tr("Tried every hour, next %1.").arg(sayAt(*account.nextAt, draft.now, draft.locale));
        return make(Shape::Waiting, text, Step::TryNow, Words::tr("Try now"));
    }
    case AccountState::RateLimited:
        if (account.nextAt)
            return make(Shape::Waiting,
                Words::tr("%1 asked for a pause until %2.")
                    .arg(draft.host(), sayClock(*account.nextAt, draft.now, draft.locale)));
        return make(Shape::Waiting, Words::tr("%1 asked for a pause.").arg(draft.host()));
    case AccountState::Offline:
        return make(Shape::Off, Words::tr("Offline. Continues when the network is back."));
    case AccountState::NeedsSignIn:
        return needsSignIn(draft);
    case AccountState::ClientRejected:
        return make(Shape::NeedsYou, Words::tr("%1 no longer accepts this app's registration.").arg(draft.provider()),
            Step::SignIn, Words::tr("Repair"));
    case AccountState::Misconfigured: {
        const QString words = account.lastError ? foreignReason(account.lastError->error.message) : QString();
        return make(Shape::NeedsYou,
            words.isEmpty() ? Words::tr("The settings of this account do not fit %1.").arg(draft.host())
                            : Words::tr("The settings of this account do not fit %1: %2.").arg(draft.host(), words),
            Step::SignIn, Words::tr("Sign in"));
    }
    case AccountState::PolicyBlocked: {
        QString text = Words::tr("%1's administrator does not allow this sign-in.").arg(draft.provider());
        if (account.nextAt)
            text += QLatin1Char(' ')
                + Words::tr("Checked again %1.").arg(sayAt(*account.nextAt, draft.now, draft.locale));
        return make(Shape::NeedsAdmin, text);
    }
    case AccountState::IdentityMismatch: {
        const QString seen = account.lastError ? foreignReason(account.lastError->error.message) : QString();
        const QString text = seen.isEmpty()
            ? Words::tr("Somebody else signed in; this account is %1. Nothing was changed.")
                  .arg(oneLine(account.subject, 80))
            : Words::tr("%1. Nothing was changed.").arg(seen);
        return make(Shape::NeedsYou, text, Step::SignIn, Words::tr("Sign in"));
    }
    case AccountState::Disabled:
        return make(Shape::Off, Words::tr("Switched off."), Step::Enable, Words::tr("Switch on"));
    }
    return {};
}

} // namespace

QString sayCustody(const AccountStatus &observed)
{
    const QString tool = keeper(observed);
    return Words::tr(
        "From now on Postroom renews this sign-in. %1 still has its own copy, which stops working once the "
        "sign-in is renewed; to go on using %1, sign in there again.")
        .arg(tool);
}

Sentence sentenceFor(const AccountStatus &account, const QDateTime &now, const QLocale &locale)
{
    Sentence sentence = judge({account, now, locale});
    sentence.nextAt = account.nextAt;
    return sentence;
}

} // namespace Postroom
