// The list of accounts without anything secret: accounts.json in the configuration folder.
#pragma once

#include "core/accounts/healthmemory.h"

#include <QJsonObject>
#include <QList>
#include <QSet>
#include <QUrl>

namespace Postroom
{

// One account as it is kept, with what is remembered of its sign-in: a start can show it before any keychain or network
// work. The memory part is written by the account's keeper alone.
struct AccountRecord : HealthMemory {
    AccountId id;
    QString providerId;
    QString kind; // of the provider: oauth2, relayfile-cloud, relayfile-server, …
    QUrl server; // issuer, cloud API base or data-plane base that this account uses
    QString clientId;
    QString clientAuth; // how the client proves itself: none, basic, post; empty: as the profile says
    QString label;
    QString subject; // stable identity from the provider, may be empty
    QString displayName;
    bool hasClientSecret = false;
    // Where this grant is renewed and revoked, as found out at the sign-in: a refresh needs no discovery. Empty where
    // the profile says it.
    QUrl tokenEndpoint;
    QUrl revocationEndpoint;
    QUrl registrationEndpoint; // where clients are registered (RFC 7591)
    bool clientRegistered = false; // this client was registered by us, for this sign-in
    QUrl authorizationServer; // who signs its id tokens, where that is not the server
    QString resource; // RFC 8707: exactly as at the sign-in
    QJsonObject unknown; // keys of a newer version, kept
};

// Small file `{schemaVersion: 1, accounts: [...]}`, read whole and written whole through FileLock +
// writeFileAtomically. A file that cannot be parsed is moved aside ("accounts.json.damaged-<time>") and said so; a file
// of a newer schema is never overwritten. Accounts that another process has added or renewed in the meantime are kept.
class Roster
{
public:
    explicit Roster(QString path);
    // Codes: "roster-damaged" (moved aside, the list is empty and usable), "roster-newer" (nothing can be saved), or
    // those of readFile(). A missing file is an empty list.
    Result<void> load();
    // Codes: "roster-busy" (another process holds the lock; try again), "roster-newer", or those of the file.
    Result<void> save();
    QString path() const { return m_path; }

    const QList<AccountRecord> &records() const { return m_records; }
    // The pointer holds until the next add() or remove().
    AccountRecord *find(const AccountId &id);
    const AccountRecord *find(const AccountId &id) const;
    void add(AccountRecord record);
    bool remove(const AccountId &id);

    // What the file says now: another process may have signed an account in or out, or renewed it.
    struct Counters {
        quint64 grantEpoch = 0;
        quint64 generation = 0;
        bool signedIn = false;
    };
    QHash<AccountId, Counters> countersOnDisk() const;
    bool isAsWritten() const; // the file is the one that was read or written last
    bool wasOnDisk(const AccountId &id) const { return m_onDisk.contains(id); }
    std::optional<quint64> epochOnDisk(const AccountId &id) const; // nothing when the file does not say

private:
    QString m_path;
    QList<AccountRecord> m_records;
    QJsonObject m_unknown; // top-level keys of a newer version
    QSet<AccountId> m_known; // loaded, added or removed here: ours to write
    bool m_newer = false;
    QSet<AccountId> m_onDisk; // once seen in the file: missing there means removed by somebody else
    QByteArray m_written; // which file load() read or save() left
};

// Pure halves, for tests.
QJsonObject toJson(const AccountRecord &record);
AccountRecord accountRecordFromJson(const QJsonObject &object);

QString vaultKeyFor(const AccountRecord &record); // v1/<provider>/<account id>

} // namespace Postroom
