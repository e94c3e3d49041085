// The health of one account's sign-in as a pure machine: state + event + facts + clock -> state + effects.
#pragma once

#include "core/accounts/healthmemory.h"
#include "core/accounts/tokenpolicy.h"
#include "core/vault/secretstore.h"

#include <QHash>
#include <QSet>
#include <variant>

namespace Postroom
{

// No I/O, no timers, no secrets. Whoever drives it feeds events, carries out the effects, calls it with a Tick when
// nextWake() has come, and keeps `memory`. Loading, refreshing, a closed keychain and a running sign-in only cover the
// settled state, so that a restart at any moment finds the same state with the same next time.
//
//   Loading --found--> Fresh <--success, adopted-- Refreshing <--due, demand, 401, scope, person, probe-- (any)
//      |                                            |
//      |--locked, absent--> StorageLocked           |--no route, OS says offline--> Offline --network up--> Refreshing
//      |      \--unlocked--> Loading                |--trouble--> Retrying --series used up--> Waiting --a day-->
//      Stalled
//      |--proven missing, corrupt--> NeedsSignIn    |--asked to wait--> RateLimited
//                                                   |--code of the token endpoint, twice where nobody knows it-->
//                                                   |      NeedsSignIn
//                                                   |--client refused--> ClientRejected --repaired--> Refreshing
//                                                   |--our request is wrong--> Misconfigured
//                                                   |--refused on purpose--> PolicyBlocked --6 h--> Refreshing
//                                                   \--another person--> IdentityMismatch
//
//   Waiting states end by their time, by a person, and (where the network was the trouble) by network-up, wake, a set
//   clock or changed settings. NeedsSignIn and Misconfigured that are not confirmed ask once a day.
//
// Axes: credential (`memory.state`), persistence (`storage`, `unsaved`), scope (`memory.scopes`, `missingScopes`),
// access (derived: isUsable()). None writes another; quota is not in here at all.
//
// What always holds: NeedsSignIn comes from a code of the token endpoint, from the proven loss of the secret or from
// two services that refused fresh tokens; epochs and generations only grow; every waiting state has a next time or
// waits for a named event; trouble about a refresh token that is no longer current is forgotten.

// The credential at hand, without its secrets.
struct TokenFacts {
    QString accessFingerprint; // empty: no access token
    QDateTime obtainedAt;
    QDateTime expiresAt; // invalid: unknown
    QString refreshFingerprint; // empty: cannot be renewed
    QStringList scopes; // of the access token; empty: unknown
    bool expiryAssumed = false;

    friend bool operator==(const TokenFacts &, const TokenFacts &) = default;
};

enum class RefreshCause { Due, Demand, Rejected, Scope, Person, Probe };

// What does not change while the machine runs, and what the driver knows at the time of an event.
struct HealthContext {
    QDateTime now;
    double random = 0.5; // in [0, 1)
    RetryNumbers numbers;
    std::optional<std::chrono::seconds> lead; // the profile's wish
    std::optional<std::chrono::seconds> skew; // the same: how long a token has to last when it is handed out
    QString label; // for sentences
    QString ownService; // host of the server that a pasted token belongs to
    bool canRepairClient = false; // its registration is ours
    bool onThisComputer = false; // the sign-in server is: no network is needed for it
};

// How often a service has made us refresh.
struct Forcing {
    QDateTime at; // the last time
    int inVain = 0; // in a row, with tokens that it refused as well
    friend bool operator==(const Forcing &, const Forcing &) = default;
};

// A forced refresh whose token was refused as well.
struct VainPair {
    QString service; // host
    QString fingerprint; // of that token
    QDateTime at;
    friend bool operator==(const VainPair &, const VainPair &) = default;
};

struct HealthState {
    HealthMemory memory;
    std::optional<TokenFacts> token; // nothing: not read yet, or lost

    bool loading = false;
    bool refreshing = false;
    RefreshCause cause = RefreshCause::Due; // of the running refresh
    bool authorizing = false;
    bool removed = false;
    bool online = true;

    StorageState storage = StorageState::Saved;
    std::optional<VaultProblem> readProblem; // why the credential is not at hand
    QDateTime readProblemAt;
    bool unsaved = false; // what is in memory is newer than the vault
    std::optional<VaultProblem> saveProblem;
    int saveTries = 0;
    QDateTime saveAt; // of the next try
    bool postponed = false; // a refresh waits for the keychain
    bool postponedHard = false; // and nothing works until then
    QDateTime vaultAt; // when the vault is asked again, where nothing will tell that it has come back

    QDateTime due; // of the next refresh
    QString rejected; // fingerprint of an access token that a service refused
    quint64 forcedFor = 0; // generation that a refusal brought about
    QHash<QString, Forcing> forcings; // by service
    QList<VainPair> vain;
    QSet<QString>
        scopesTried; // missing scopes that a refresh was made for, until the grant or the token's scopes change
    QDateTime triggeredAt; // by the network, a wake-up, the clock

    friend bool operator==(const HealthState &, const HealthState &) = default;
};

namespace On
{
struct LoadBegan {
};
struct Loaded {
    TokenFacts token;
    quint64 grantEpoch = 0;
    quint64 generation = 0;
};
struct LoadFailed {
    VaultProblem problem = VaultProblem::Backend;
};
struct Tick {
};
struct Demand {
    std::chrono::milliseconds minValidity{0};
};
struct Rejected {
    QString fingerprint; // of the access token that was refused
    QString service; // host
    bool forScope = false;
    QStringList missing; // scopes, empty: not told
    bool counts = true; // false: asked on the side (quota, profile), which says nothing about the credential
};
// The same for the token of a replay: nothing more is tried, it is only remembered.
struct RejectedAgain {
    Rejected rejected;
};
struct Worked { // a service took the token: 2xx
    QString fingerprint;
    QString service;
};
struct StepUpWanted {
    QString acrValues; // "" counts as "stronger", whatever that is
    std::optional<std::chrono::seconds> maxAge;
};
// How a refresh ended.
struct Renewed {
    TokenFacts token;
    bool overAtOnce = false; // a lifetime of nothing
    QDateTime signInEndsAt;
    quint64 generationBefore = 0; // the highest that was seen anywhere
};
struct Adopted { // somebody else's newer tokens
    TokenFacts token;
    quint64 grantEpoch = 0;
    quint64 generation = 0;
    bool endsRefresh = false;
};
struct Failed {
    Error error; // of the token endpoint or on the way to it
    QString judged; // fingerprint of the refresh token that was sent
    bool answerWasLost = false; // an earlier answer for this very token never came
    bool confirmed = true;
};
struct Postponed { // its result could not have been saved
    VaultProblem problem = VaultProblem::Locked;
};
struct OtherPerson {
    QString subject;
    Error error;
};
struct CandidateTaken { // another refresh token of the same grant is tried instead
    TokenFacts token;
};
struct RefreshEnded {
}; // superseded, stopped: no news
struct Saved {
};
struct SaveFailed {
    VaultProblem problem = VaultProblem::Backend;
};
struct KeyringChanged {
    VaultState state = VaultState::Unknown;
};
struct NetworkChanged {
    bool online = true;
};
struct Woke {
};
struct ClockJumped {
};
struct SettingsChanged {
};
struct PersonRefresh {
};
struct SignInBegan {
};
struct SignInEnded {
}; // without a grant
struct SignedIn {
    TokenFacts token;
    QStringList scopes; // of the grant
    bool sessionOnly = false;
    QDateTime signInEndsAt;
};
struct SignedOut {
    QString reason; // signed-out-here, signed-out-elsewhere, session-ended
    quint64 grantEpoch = 0; // 0: one more than now
};
struct Enabled {
    bool enabled = true;
};
struct Removed {
};
struct ClientRepaired {
    bool repaired = false;
    bool bound = false; // the grant belongs to the old registration
    bool mayHelpLater = false; // nobody could be asked
};
struct ClientChanged {
}; // the client's secrets are others: the stored credential counts as a newer one
struct Rediscovered {
    bool changed = false;
};
} // namespace On

using HealthEvent
    = std::variant<On::LoadBegan, On::Loaded, On::LoadFailed, On::Tick, On::Demand, On::Rejected, On::RejectedAgain,
        On::Worked, On::StepUpWanted, On::Renewed, On::Adopted, On::Failed, On::Postponed, On::OtherPerson,
        On::CandidateTaken, On::RefreshEnded, On::Saved, On::SaveFailed, On::KeyringChanged, On::NetworkChanged,
        On::Woke, On::ClockJumped, On::SettingsChanged, On::PersonRefresh, On::SignInBegan, On::SignInEnded,
        On::SignedIn, On::SignedOut, On::Enabled, On::Removed, On::ClientRepaired, On::ClientChanged, On::Rediscovered>;

// What the driver has to do. Each ends in an event.
enum class HealthEffect {
    Load, // read the vault
    Refresh, // one refresh for `state.cause`
    Save, // write the credential at hand
    RepairClient,
    Rediscover, // ask the server for its endpoints, then refresh
    DropConnections // pooled ones may be dead
};

// What whoever asked for a token gets.
enum class HealthAnswer { None, HandOut, JoinLoad, JoinRefresh, Refuse };

struct HealthStep {
    HealthState state;
    QList<HealthEffect> effects;
    HealthAnswer answer = HealthAnswer::None;
    std::optional<Error> error; // of Refuse
};

HealthStep step(HealthState state, const HealthEvent &event, const HealthContext &context);

// When a Tick is wanted next; nothing while nothing is due.
std::optional<QDateTime> nextWake(const HealthState &state, const HealthContext &context);

// Derived facts.
AccountState shownState(const HealthState &state); // with what covers the settled one
QString shownReason(const HealthState &state);
std::chrono::milliseconds handOutSkew(const HealthState &state, const HealthContext &context);
bool lasts(const HealthState &state, const QDateTime &now, std::chrono::milliseconds span);
bool isUsable(const HealthState &state, const HealthContext &context);
bool canRefresh(const HealthState &state);
QStringList missingScopes(const HealthState &state);
Badge badgeFor(const HealthState &state, const HealthContext &context);
// Why there is no token, as an Error with its next time.
Error stateError(const HealthState &state, const HealthContext &context);

QString reasonFor(VaultProblem problem); // secret-missing secret-corrupt no-keychain timed-out denied locked keychain

} // namespace Postroom
