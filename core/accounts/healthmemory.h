// What is remembered of an account's sign-in between runs. Nothing secret: fingerprints at most.
#pragma once

#include "core/accounts/accountevent.h"

#include <QJsonObject>

namespace Postroom
{

// A plain value; times are UTC. Kept in the roster, changed by the state machine alone.
struct HealthMemory {
    bool enabled = true;
    bool signedIn = false; // the vault is expected to hold its credential
    bool sessionOnly = false; // by choice not in the keychain
    quint64 grantEpoch = 0; // counts interactive sign-ins and sign-outs
    quint64 generation = 0; // counts token changes
    QStringList scopes; // of the grant
    QStringList missingScopes; // that a service wanted and that no token of this grant has
    QDateTime grantedAt; // of the last change of the grant
    QDateTime obtainedAt; // of the newest access token; never goes back
    QDateTime usableUntil;
    QDateTime signInEndsAt; // of the whole grant, where the server told
    bool endSlides = false; // every renewal moves it: no end as people know it
    bool expiryAssumed = false;
    QString stepUp; // RFC 9470: acr_values that a service wants
    int stepUpMaxAge = 0; // the same: max_age in seconds, 0 when none was named
    QString seenSubject; // who answered instead of this account's person

    AccountState state = AccountState::SignedOut; // a settled one: never loading, refreshing, storage-locked, …
    QString reason;
    bool confirmed = true;
    QDateTime since;
    QDateTime nextAt;
    QDateTime firstFailureAt;
    QDateTime seriesAt;
    int attempts = 0;
    int streak = 0; // of the last code
    int shortLives = 0; // answers in a row whose tokens were over at once
    QString judged; // fingerprint of the refresh token that the trouble is about; a newer one starts anew
    QString doubted; // fingerprint of a refresh token that was refused once with a code that nobody knows
    QDateTime doubtedAt;
    bool withoutScope = false; // a refresh names no scopes: the server had refused them
    bool repairTried = false; // of the client's registration, for the present grant
    bool rediscovered = false; // of the endpoints, in the present trouble
    std::optional<LastError> lastError;
    QList<AccountEvent> history; // at most mostAccountEvents, the newest last

    friend bool operator==(const HealthMemory &, const HealthMemory &) = default;
};

// As flat JSON keys, beside those of others. What cannot be read is as if it were absent.
void writeMemory(QJsonObject &object, const HealthMemory &memory);
HealthMemory readMemory(const QJsonObject &object);
const QStringList &memoryKeys();

} // namespace Postroom
