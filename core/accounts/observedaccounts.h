// The accounts that other programs keep signed in: shown with their health, and moved into the keychain on request.
#pragma once

#include "core/accounts/accountservice.h"
#include "core/accounts/observedfiles.h"

#include <QMap>

class QFileSystemWatcher;

namespace Postroom
{

class Flight;

// Owned by the composition root; outlived by the services it uses. Until start() nothing is read. Of a credential that
// is only observed nothing is ever refreshed, written or sent. One that was moved is no longer listed, until its
// program signs in anew. All calls in the thread that made this.
class ObservedAccounts final : public QObject
{
    Q_OBJECT
public:
    struct Collaborators {
        AccountService *accounts = nullptr;
        ProfileRegistry *profiles = nullptr;
        Clock *clock = nullptr;
        ObservedPlaces places;
    };

    explicit ObservedAccounts(Collaborators collaborators, QObject *parent = nullptr);
    ~ObservedAccounts() override;

    // Reads what there is and watches for changes. After the first paint, and after the roster was loaded.
    void start();
    QCoro::Task<void> shutdown();

    QList<AccountStatus> accounts() const; // custody observed
    std::optional<AccountStatus> account(const AccountId &id) const;
    QList<AccountId> accountsOf(ObservedSource source) const;
    // What was moved from there before and is signed in here.
    QList<AccountStatus> movedFrom(ObservedSource source) const;
    const ObservedPlaces &places() const { return m_use.places; }
    // Why nothing but adopt() can be done to this account; nothing when it is none of these.
    std::optional<Error> refusal(const AccountId &id) const;

    // Takes custody: under the lock of its program the file is read once more and its tokens go into the keychain; only
    // then does the account exist here. The file stays as it is. No token is redeemed. The answer is the managed
    // account. Codes: "not-observed", "tool-busy", "unknown-provider", "already-managed", "observed-expired", those of
    // readPrivateFile() and of the readers, or of class Store; nothing has changed then.
    QCoro::Task<Result<AccountId>> adopt(AccountId id);

    static AccountId idOf(const ObservedCredential &credential);

Q_SIGNALS:
    void accountChanged(const Postroom::AccountStatus &status); // also for a new one
    void accountRemoved(const Postroom::AccountId &id);

private:
    class Work;
    void look();
    void lookSoon();
    void watch();
    void publish();
    void armBoundary();
    bool wasGivenUp(const ObservedCredential &credential) const;
    bool wasAdopted(const ObservedCredential &credential) const;
    AccountId ownAccountToRenew(const ObservedCredential &credential) const;
    AccountStatus statusOf(const ObservedCredential &credential, const std::optional<ProviderProfile> &profile) const;
    QCoro::Task<Result<AccountId>> adoptLocked(ObservedCredential known);

    Collaborators m_use;
    QStringList m_folders; // as they were watched last
    std::unique_ptr<QFileSystemWatcher> m_watcher;
    QList<ObservedCredential> m_found; // at the last look
    QList<AccountStatus> m_shown;
    std::unique_ptr<Alarm> m_lookAlarm; // gathers the events of one change
    std::unique_ptr<Alarm> m_boundary; // the next expiry of something shown
    std::stop_source m_stop;
    QSet<AccountId> m_moving;
    QSet<SignInId> m_signIns;
    int m_working = 0;
    std::shared_ptr<Flight> m_lastWork; // shutdown waits for it
};

} // namespace Postroom
