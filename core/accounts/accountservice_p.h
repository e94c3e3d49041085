// The inside of AccountService: the roster, one keeper per account, and the calls that are under way.
#pragma once

#include "core/accounts/tokenkeeper.h"

#include "core/oauth/metadatacache.h"

#include <QFileSystemWatcher>
#include <map>

namespace Postroom
{

class AccountService::Private final : public QObject
{
    Q_OBJECT
public:
    Private(AccountService *service, Collaborators collaborators);

    TokenKeeper *keeper(const AccountId &id) const;
    std::shared_ptr<TokenKeeper> addKeeper(const AccountId &id);
    KeeperParts parts();
    void saveRoster();
    void start();
    void vaultChanged(VaultState state);
    // Removes the entries of accounts that were signed out while the keychain was closed.
    QCoro::Task<void> bury();
    void rosterTouched();
    void rereadRoster();
    void dropKeeper(const AccountId &id);
    void tellAll(const HealthEvent &event);
    void listenAround();

    // Authorised requests, in accountrequest.cpp.
    QCoro::Task<void> refreshBehind(std::shared_ptr<TokenKeeper> keeper, On::Rejected refusal);
    QCoro::Task<Result<HttpResponse>> sendAuthorised(
        AccountId id, HttpRequest request, QString fingerprint, Secret token, std::stop_token stop);

    // Sign-in, in accountsignin.cpp.
    QCoro::Task<Result<AccountId>> signIn(SignInRequest request, std::stop_token stop);
    Result<ProviderProfile> profileFor(const SignInRequest &request, const AccountRecord *existing) const;
    QCoro::Task<Result<TokenSet>> askForGrant(
        SignInRequest request, std::shared_ptr<ProviderProfile> profile, std::stop_token stop);
    QCoro::Task<Result<AccountId>> takeGrant(
        SignInRequest request, std::shared_ptr<ProviderProfile> profile, TokenSet granted);
    QCoro::Task<void> giveBack(ProviderProfile profile, TokenSet tokens, Secret clientSecret);
    QCoro::Task<Result<TokenSet>> obtain(SignInRequest request, ProviderProfile profile, std::stop_token stop);
    QCoro::Task<Result<TokenSet>> takePasted(SignInRequest request, ProviderProfile profile);
    AccountRecord *twinOf(const ProviderProfile &profile, const TokenSet &tokens);
    QString uniqueLabel(const QString &wanted, const AccountId &self) const;
    void report(const SignInId &id, SignInPhase phase, const std::optional<Error> &error = {});

    AccountService *service;
    Collaborators use;
    TokenEndpoint endpoint;
    MetadataCache metadata;
    SignInFlows flows;
    Roster roster;
    QString locks;
    QHash<AccountId, std::shared_ptr<TokenKeeper>> keepers;
    std::map<SignInId, std::stop_source> signIns;
    std::unique_ptr<Alarm> saveAlarm;
    std::unique_ptr<QFileSystemWatcher> watcher;
    bool started = false;
    bool burying = false;
    int calls = 0;
    std::stop_source sending; // ends requests that are on their way, when a quit cannot wait for them
    std::shared_ptr<Flight> lastCall; // shutdown waits for it

    TaskScope scope; // last, so that it goes first
};

// Counts one call of the service's public coroutines, so that shutdown() can wait for it. The first local of each.
class Call
{
public:
    explicit Call(AccountService::Private *service) : m_service(service) { ++m_service->calls; }
    ~Call()
    {
        if (--m_service->calls == 0 && m_service->lastCall)
            m_service->lastCall->finish({});
    }
    Q_DISABLE_COPY(Call)

private:
    AccountService::Private *m_service;
};

} // namespace Postroom
