// What there is to say about an account: the snapshot that models, the window and postroomctl show.
#pragma once

#include "core/accounts/quotastatus.h"
#include "core/base/error.h"
#include "core/base/ids.h"

#include <QDateTime>
#include <QMetaType>
#include <QString>
#include <QStringList>
#include <chrono>
#include <optional>

namespace Postroom
{

enum class AccountState {
    SignedOut,
    Authorizing,
    Loading,
    StorageLocked,
    Fresh,
    Refreshing,
    Retrying,
    Waiting,
    Stalled,
    RateLimited,
    Offline,
    NeedsSignIn,
    ClientRejected,
    Misconfigured,
    PolicyBlocked,
    IdentityMismatch,
    Disabled
};

enum class Badge { Good, Working, Reconnecting, NeedsYou, NeedsAdmin, Off };
enum class Custody { Managed, Observed };
enum class StorageState { Saved, Unsaved, Locked, Absent, Corrupt, Session }; // Session: by choice until quit

// The last thing that went wrong, kept until the next success.
struct LastError {
    Error error;
    int attempt = 0;
    QDateTime at;
    friend bool operator==(const LastError &, const LastError &) = default;
};

// A plain value; times are UTC; absent means unknown.
struct AccountStatus {
    AccountId id;
    QString providerId;
    QString providerName;
    QString host; // of the sign-in server, for sentences
    QString label; // what the person calls it; unique
    QString subject; // who signed in, as people know it (e-mail or name)
    Custody custody = Custody::Managed;
    bool enabled = true;
    AccountState state = AccountState::SignedOut;
    QString reason; // closed vocabulary: expired, revoked, lost-response, secret-missing, locked, no-keychain, …
    Badge badge = Badge::Off;
    QDateTime since;
    std::optional<QDateTime> nextAt; // of the next automatic try
    std::optional<QDateTime> usableUntil; // of the access token at hand
    QStringList scopes;
    QStringList missingScopes;
    StorageState storage = StorageState::Saved;
    std::optional<LastError> lastError;
    bool confirmed = true; // false: a verdict that one daily question may still lift
    bool expiryAssumed = false; // the server did not say how long the access token lives
    std::optional<QDateTime> signInEndsAt; // of the whole sign-in, where the server told
    QString stepUp; // RFC 9470: the acr_values that a service wants, empty when none does
    std::optional<std::chrono::seconds> stepUpMaxAge; // the same: how old the sign-in may be
    QString seenSubject; // identity-mismatch: who signed in instead
    QString observedBy; // custody observed: the program that keeps it signed in
    std::optional<QuotaStatus> quota; // laid over by the engine

    bool isUsable(const QDateTime &now) const { return usableUntil && *usableUntil > now; }
    friend bool operator==(const AccountStatus &, const AccountStatus &) = default;
};

QString toString(AccountState state); // signed-out authorizing loading storage-locked fresh …
QString toString(Badge badge); // good working reconnecting needs-you needs-admin off
QString toString(StorageState storage);
AccountState accountStateFromString(const QString &text);

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::AccountStatus)
