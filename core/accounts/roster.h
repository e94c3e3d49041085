// The list of accounts without anything secret: accounts.json in the configuration folder.
#pragma once

#include "core/accounts/accountstatus.h"

#include <QJsonObject>
#include <QList>
#include <QUrl>

namespace Postroom
{

// One account as it is kept. The status that was last known travels along, so that a start can show it before any
// keychain or network work.
struct AccountRecord {
    AccountId id;
    QString providerId;
    QUrl server;        // issuer, cloud API base or data-plane base that this account uses
    QString clientId;
    QString label;
    QString subject;    // stable identity from the provider, may be empty
    QString displayName;
    QStringList scopes;
    bool enabled = true;
    bool signedIn = false;   // the vault is expected to hold its credential
    bool sessionOnly = false; // by choice not in the keychain
    bool hasClientSecret = false;
    quint64 grantEpoch = 0;  // counts interactive sign-ins and sign-outs
    quint64 generation = 0;  // counts token changes
    QDateTime usableUntil;
    AccountState state = AccountState::SignedOut;
    QString reason;
    QDateTime since;
    QDateTime nextAt;
    QDateTime firstFailureAt;
    int attempts = 0;
    std::optional<LastError> lastError;
    QJsonObject unknown;     // keys of a newer version, kept
};

// Small file, read whole and written whole through FileLock + writeFileAtomically. A file that cannot be parsed is
// moved aside ("accounts.json.damaged-<time>") and said so; a file of a newer schema is never overwritten.
class Roster
{
public:
    explicit Roster(QString path);
    Result<void> load();
    Result<void> save() const;
    QString path() const { return m_path; }

    const QList<AccountRecord> &records() const { return m_records; }
    AccountRecord *find(const AccountId &id);
    void add(AccountRecord record);
    bool remove(const AccountId &id);

private:
    QString m_path;
    QList<AccountRecord> m_records;
    bool m_newer = false;
};

QString vaultKeyFor(const AccountRecord &record); // v1/<provider>/<account id>

} // namespace Postroom
