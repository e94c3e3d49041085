// Which of several accounts may serve now, and why not the others: a pure function.
#pragma once

#include "core/accounts/accountstatus.h"
#include "core/http/httpclient.h"

#include <QList>

namespace Postroom
{

struct ChoiceCandidate {
    AccountStatus account;
    int order = 0; // the person's, the smallest first; equal ones are told apart by `sticky` alone
    bool sticky = false; // served last, and is warm
    std::optional<Error> refused; // it was chosen and could not hand out a token
};

struct ChoiceRules {
    QStringList scopes; // that the account must have
    bool needsKnownQuota = false; // an account whose quota is unknown may not serve
};

enum class PassedOver {
    BehindInOrder, // it could serve; another one comes first
    Disabled,
    NeedsSignIn, // signed out, refused or somebody else's: a person has to sign in
    StorageLocked,
    NotNow, // its sign-in is being renewed or waits for a server
    PolicyBlocked,
    ScopeMissing,
    QuotaUsedUp,
    QuotaUnknown, // only where the rules want it known
    QuotaLow // it could serve; one with more left comes first
};

struct OtherAccount {
    AccountId id;
    QString label;
    PassedOver why = PassedOver::BehindInOrder;
    std::optional<QDateTime> until; // UTC: the reset, or the next try of its sign-in
    bool cameFirst = false; // it is before the chosen one in the person's order
};

struct AccountChoice {
    AccountId id;
    QString label;
    QList<OtherAccount> others; // in the person's order
};

// All that Postroom can hand out tokens of, in the order of the list. Observed ones are left out: another program has
// their tokens. With a host, those of other servers are, too: a kind of sign-in may be spoken by many.
QList<ChoiceCandidate> candidatesOf(
    const QList<AccountStatus> &accounts, const QString &providerId, const QString &host = QString());

// The order: switched on, a sign-in that works, the scopes, no policy against it; then quota known to be good before
// unknown before low, then the person's order, then the sticky one. A used-up quota is out until its reset. Low: 5 % or
// less of five hours left, 10 % or less of a week, nothing of a window that only counts for one model.
//
// Nobody may serve: class Reauth (status 401) with the labels when all need a sign-in; class Rate (status 429) with
// `retryAt` a minute after the earliest reset, or in five minutes when no reset is known, when waiting helps; else the
// class of what stands in the way (Store, Scope, Policy, Input).
Result<AccountChoice> chooseAccount(
    const QList<ChoiceCandidate> &candidates, const ChoiceRules &rules, const QDateTime &now);

// May another account try after this answer? Only where the refusal is about the account (401 after its one renewal,
// 403, 429) and the same request can be sent again; otherwise the answer goes to the caller as it is.
bool mayTryAnother(const HttpRequest &request, const HttpResponse &answer);

QString toString(PassedOver why); // behind disabled needs-sign-in keychain-locked not-now policy scope-missing …

} // namespace Postroom
