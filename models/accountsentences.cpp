#include "models/quotasentences.h"
#include "models/sentences.h"
#include "models/words.h"

#include <QHash>

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
    bool because(const char *reason) const { return account.reason == QLatin1String(reason); }
    // What is in the way of a safe connection: portal, clock, proxy or tls. A status from before the reason was known
    // has the code of its trouble alone.
    QString netSec() const
    {
        static const QHash<QString, QString> reasons{{QStringLiteral("captive-portal"), QStringLiteral("portal")},
            {QStringLiteral("tls-time"), QStringLiteral("clock")},
            {QStringLiteral("proxy-auth"), QStringLiteral("proxy")}, {QStringLiteral("proxy"), QStringLiteral("proxy")},
            {QStringLiteral("tls"), QStringLiteral("tls")}};
        for (const char *known : {"portal", "clock", "proxy", "tls"}) {
            if (because(known))
                return account.reason;
        }
        return trouble() == ErrorClass::NetSec ? reasons.value(account.lastError->error.code, QStringLiteral("tls"))
                                               : QString();
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
    const QString netSec = draft.netSec();
    if (netSec == QLatin1String("portal"))
        return make(Shape::Waiting, Words::tr("This network wants you to log in first (hotel or guest network)."),
            Step::OpenPage, Words::tr("Open page"));
    if (netSec == QLatin1String("clock"))
        return make(
            Shape::NeedsYou, Words::tr("The computer's clock seems to be wrong, so certificates look expired."));
    if (netSec == QLatin1String("proxy")) {
        const bool silent = draft.account.lastError && draft.account.lastError->error.code == QLatin1String("proxy");
        return make(Shape::NeedsYou,
            silent ? Words::tr("The proxy on the way to %1 does not answer.").arg(draft.host())
                   : Words::tr("The proxy on the way to %1 wants a log-in of its own.").arg(draft.host()),
            Step::Why, Words::tr("Why?"));
    }
    if (netSec == QLatin1String("tls"))
        return make(Shape::NeedsYou,
            Words::tr("The certificate of %1 is not trusted, so nothing was sent.").arg(draft.host()), Step::Why,
            Words::tr("Why?"));
    if (!draft.usable())
        return reconnecting(draft);
    const QString until = sayClock(*draft.account.usableUntil, draft.now, draft.locale);
    return make(Shape::Working,
        Words::tr("Works until %1. %2", "a clock time, a sentence").arg(until, withNextTry(draft, whatGoesOn(draft))),
        Step::TryNow, Words::tr("Try now"));
}

// Where the sign-in lies, when it does not lie in the keychain as it should.
std::optional<Sentence> storageTrouble(const Draft &draft)
{
    switch (draft.account.storage) {
    case StorageState::Unsaved:
    case StorageState::Locked:
        if (draft.account.storage == StorageState::Locked || draft.because("locked"))
            return make(Shape::NeedsYou,
                Words::tr("The new sign-in could not be saved: the keychain is locked. It works until you quit."),
                Step::Unlock, Words::tr("Unlock"));
        return make(Shape::NeedsYou,
            Words::tr("The new sign-in could not be saved in the keychain. It works until you quit."), Step::TryNow,
            Words::tr("Try now"));
    case StorageState::Absent:
        return make(Shape::NeedsYou, Words::tr("No keychain is running. Signed in until you quit."), Step::Why,
            Words::tr("Why?"));
    case StorageState::Corrupt:
        return make(Shape::NeedsYou,
            Words::tr("The keychain's entry for this sign-in cannot be read. It works until you quit."), Step::SignIn,
            Words::tr("Sign in"));
    case StorageState::Saved:
    case StorageState::Session:
        break;
    }
    return std::nullopt;
}

// The service asked for more proof of who is there than the sign-in gave (RFC 9470).
Sentence stepUp(const Draft &draft)
{
    return make(Shape::NeedsYou, Words::tr("%1 wants you to confirm who you are.").arg(draft.provider()), Step::SignIn,
        Words::tr("Confirm"));
}

// A sign-in whose end is known and near.
std::optional<Sentence> endsSoon(const Draft &draft)
{
    const auto &end = draft.account.signInEndsAt;
    if (!end || *end <= draft.now || draft.now.daysTo(*end) > 7)
        return std::nullopt;
    const qint64 seconds = draft.now.secsTo(*end);
    const bool lastDay = seconds <= 24 * 3600;
    if (lastDay)
        return make(Shape::NeedsYou, Words::tr("The sign-in ends %1.").arg(sayAt(*end, draft.now, draft.locale)),
            Step::SignIn, Words::tr("Sign in again"));
    const int days = static_cast<int>(seconds / (24 * 3600));
    return make(Shape::Good,
        counted("Signed in. The sign-in ends in 1 day.",
            QT_TRANSLATE_N_NOOP("Postroom", "Signed in. The sign-in ends in %n days."), days),
        Step::SignIn, Words::tr("Sign in again"));
}

// "Signed in as Ada." and what there is to know about the allowance.
Sentence allWell(const Draft &draft)
{
    const AccountStatus &account = draft.account;
    const QString usage
        = account.quota ? sayQuotaBriefly(*account.quota, draft.provider(), draft.now, draft.locale) : QString();
    const QString subject = oneLine(account.subject, 80);
    QString text;
    if (account.storage == StorageState::Session)
        text = subject.isEmpty() || !usage.isEmpty() ? Words::tr("Signed in until you quit.")
                                                     : Words::tr("Signed in as %1 until you quit.").arg(subject);
    else
        text = subject.isEmpty() || !usage.isEmpty() ? Words::tr("Signed in.")
                                                     : Words::tr("Signed in as %1.").arg(subject);
    return make(Shape::Good, usage.isEmpty() ? text : text + QLatin1Char(' ') + usage);
}

Sentence signedIn(const Draft &draft)
{
    const AccountStatus &account = draft.account;
    if (!account.stepUp.isEmpty())
        return stepUp(draft);
    if (const auto trouble = storageTrouble(draft))
        return *trouble;
    if (!account.missingScopes.isEmpty())
        return make(Shape::NeedsYou,
            Words::tr("Signed in, but without the right to %1.").arg(sayScopes(account.missingScopes)), Step::Grant,
            Words::tr("Grant access"));
    if (const auto soon = endsSoon(draft))
        return *soon;
    return allWell(draft);
}

Sentence storageLocked(const Draft &draft)
{
    if (draft.account.storage == StorageState::Absent || draft.because("no-keychain"))
        return make(Shape::NeedsYou, Words::tr("No keychain is running, and the sign-in is kept there."), Step::Why,
            Words::tr("Why?"));
    if (draft.account.storage == StorageState::Corrupt)
        return make(Shape::NeedsYou, Words::tr("The keychain's entry for this sign-in cannot be read."), Step::SignIn,
            Words::tr("Sign in"));
    if (draft.because("denied"))
        return make(
            Shape::NeedsYou, Words::tr("The keychain did not let Postroom in."), Step::TryNow, Words::tr("Try now"));
    if (draft.because("keychain"))
        return make(Shape::NeedsYou, Words::tr("The keychain cannot be read at the moment."), Step::TryNow,
            Words::tr("Try now"));
    if (draft.because("timed-out"))
        return make(Shape::NeedsYou, Words::tr("The keychain does not answer. Continues when it does."), Step::TryNow,
            Words::tr("Try now"));
    return make(Shape::NeedsYou, Words::tr("The keychain is locked. Continues when it is unlocked."), Step::Unlock,
        Words::tr("Unlock"));
}

// Why the provider, or we, no longer take the sign-in: the closed vocabulary of reasons.
QString whySignedOut(const Draft &draft)
{
    const QString when = sayAt(draft.account.since, draft.now, draft.locale);
    const QString provider = draft.provider();
    const QString &reason = draft.account.reason;
    const auto is = [&reason](const char *word) { return reason == QLatin1String(word); };
    if (reason.isEmpty() || is("expired"))
        return Words::tr("Signed out by %1 %2: the sign-in has expired.").arg(provider, when);
    if (is("revoked"))
        return Words::tr("Signed out by %1 %2: the sign-in was taken back.").arg(provider, when);
    if (is("lost-response"))
        return Words::tr("%1 does not know the last sign-in any more; its answer was lost %2.").arg(provider, when);
    if (is("secret-missing"))
        return Words::tr("The keychain no longer has this sign-in, noticed %1.").arg(when);
    if (is("secret-corrupt"))
        return Words::tr("The keychain's entry for this sign-in cannot be read, noticed %1.").arg(when);
    if (is("interaction"))
        return Words::tr("%1 wants you to confirm your sign-in, since %2.").arg(provider, draft.since());
    if (is("admin-session"))
        return Words::tr("Signed out by %1 %2: your organisation wants a new sign-in from time to time.")
            .arg(provider, when);
    if (is("rejected-by-service"))
        return Words::tr("The services of %1 have not taken this sign-in since %2.").arg(provider, draft.since());
    if (is("client-replaced"))
        return Words::tr("Signed out by %1 %2: this app was registered anew.").arg(provider, when);
    if (is("replaced"))
        return Words::tr("Signed out by %1 %2: a newer sign-in has replaced this one.").arg(provider, when);
    if (is("refused")) {
        const QString code = draft.account.lastError ? oneLine(draft.account.lastError->error.code, 40) : QString();
        return code.isEmpty() ? Words::tr("%1 refused to renew the sign-in %2.").arg(provider, when)
                              : Words::tr("%1 refused to renew the sign-in %2: %3.").arg(provider, when, quoted(code));
    }
    return Words::tr("%1 has asked for a new sign-in since %2.").arg(provider, draft.since());
}

QString withNextQuestion(const Draft &draft, const QString &text)
{
    // A verdict that nobody confirmed is asked about once more a day.
    if (draft.account.confirmed)
        return text;
    const QString next = draft.account.nextAt
        ? Words::tr("Asked again %1.").arg(sayAt(*draft.account.nextAt, draft.now, draft.locale))
        : Words::tr("Asked again tomorrow.");
    return text + QLatin1Char(' ') + next;
}

Sentence needsSignIn(const Draft &draft)
{
    if (draft.account.reason == QLatin1String("step-up"))
        return stepUp(draft);
    const QString text = withNextQuestion(draft, whySignedOut(draft));
    return make(Shape::NeedsYou, text, Step::SignIn, Words::tr("Sign in"));
}

// While the answer of the sign-in server is awaited, what was true before goes on being said.
Sentence refreshing(const Draft &draft)
{
    switch (draft.account.badge) {
    case Badge::Reconnecting:
        return make(Shape::Waiting,
            draft.account.lastError ? Words::tr("Reconnecting since %1: %2.").arg(draft.since(), whyDisconnected(draft))
                                    : Words::tr("Reconnecting since %1.").arg(draft.since()));
    case Badge::Working:
        if (draft.account.lastError && draft.usable())
            return make(Shape::Working,
                Words::tr("Works until %1. %2.", "a clock time, a statement")
                    .arg(sayClock(*draft.account.usableUntil, draft.now, draft.locale), whatGoesOn(draft)));
        break;
    case Badge::NeedsYou:
        if (!draft.account.confirmed && !draft.account.reason.isEmpty())
            return make(Shape::NeedsYou, whySignedOut(draft));
        break;
    case Badge::NeedsAdmin:
        return make(
            Shape::NeedsAdmin, Words::tr("%1's administrator does not allow this sign-in.").arg(draft.provider()));
    case Badge::Good:
    case Badge::Off:
        break;
    }
    return signedIn(draft);
}

Sentence rateLimited(const Draft &draft)
{
    const auto &until = draft.account.nextAt;
    const QString pause = until
        ? Words::tr("%1 asked for a pause until %2.").arg(draft.host(), sayClock(*until, draft.now, draft.locale))
        : Words::tr("%1 asked for a pause.").arg(draft.host());
    if (!draft.usable())
        return make(Shape::Waiting, pause);
    return make(Shape::Working,
        Words::tr("Works until %1. %2", "a clock time, a sentence")
            .arg(sayClock(*draft.account.usableUntil, draft.now, draft.locale), pause));
}

Sentence misconfigured(const Draft &draft)
{
    const QString words = draft.account.lastError ? foreignReason(draft.account.lastError->error.message) : QString();
    const QString text = words.isEmpty()
        ? Words::tr("The settings of this account do not fit %1.").arg(draft.host())
        : Words::tr("The settings of this account do not fit %1: %2.").arg(draft.host(), words);
    return make(Shape::NeedsYou, withNextQuestion(draft, text), Step::SignIn, Words::tr("Sign in"));
}

Sentence identityMismatch(const Draft &draft)
{
    const QString mine = oneLine(draft.account.subject.isEmpty() ? draft.account.label : draft.account.subject, 80);
    const QString seen = oneLine(draft.account.seenSubject, 80);
    const QString text = seen.isEmpty()
        ? Words::tr("Somebody else signed in; this account is %1. Nothing was changed.").arg(mine)
        : Words::tr("You signed in as %1; this account is %2. Nothing was changed.").arg(seen, mine);
    return make(Shape::NeedsYou, text, Step::SignIn, Words::tr("Choose"));
}

Sentence signedOut(const Draft &draft)
{
    const QString &reason = draft.account.reason;
    QString text = Words::tr("Signed out.");
    if (reason == QLatin1String("signed-out-here") && draft.account.since.isValid())
        text = Words::tr("Signed out by you %1.").arg(sayAt(draft.account.since, draft.now, draft.locale));
    else if (reason == QLatin1String("session-ended"))
        text = Words::tr("Signed out: the sign-in was kept until Postroom quit, as you chose.");
    return make(Shape::Off, text, Step::SignIn, Words::tr("Sign in"));
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
    const QString usage
        = account.quota ? sayQuotaBriefly(*account.quota, draft.provider(), draft.now, draft.locale) : QString();
    const QString text = Words::tr("Kept signed in by %1.").arg(tool);
    return make(Shape::Good, usage.isEmpty() ? text : text + QLatin1Char(' ') + usage, Step::Adopt,
        Words::tr("Move into the keychain"));
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
        return signedOut(draft);
    case AccountState::Authorizing:
        return make(Shape::Working, Words::tr("Waits for you to sign in in the browser."));
    case AccountState::Loading:
        return make(Shape::Working, Words::tr("Looking into the keychain."));
    case AccountState::StorageLocked:
        return storageLocked(draft);
    case AccountState::Fresh:
        return signedIn(draft);
    case AccountState::Refreshing:
        return refreshing(draft);
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
        return rateLimited(draft);
    case AccountState::Offline:
        return make(Shape::Off, Words::tr("Offline. Continues when the network is back."));
    case AccountState::NeedsSignIn:
        return needsSignIn(draft);
    case AccountState::ClientRejected:
        if (account.lastError && account.lastError->error.code == QLatin1String("unauthorized_client"))
            return make(Shape::NeedsYou, Words::tr("%1 does not let this app renew sign-ins.").arg(draft.provider()),
                Step::SignIn, Words::tr("Repair"));
        return make(Shape::NeedsYou, Words::tr("%1 no longer accepts this app's registration.").arg(draft.provider()),
            Step::SignIn, Words::tr("Repair"));
    case AccountState::Misconfigured:
        return misconfigured(draft);
    case AccountState::PolicyBlocked: {
        QString text = Words::tr("%1's administrator does not allow this sign-in.").arg(draft.provider());
        if (account.nextAt)
            text += QLatin1Char(' ')
                + Words::tr("Checked again %1.").arg(sayAt(*account.nextAt, draft.now, draft.locale));
        return make(Shape::NeedsAdmin, text);
    }
    case AccountState::IdentityMismatch:
        return identityMismatch(draft);
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
