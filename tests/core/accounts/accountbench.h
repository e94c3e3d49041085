// Accounts on a bench: the service with a clock moved by hand, a keychain that pretends, and an authorisation server
// that rotates refresh tokens and remembers which ones were spent.
#pragma once

#include "core/accounts/accountservice.h"
#include "core/base/settings.h"
#include "core/http/hostgate.h"
#include "core/vault/memorystore.h"
#include "tests/support/fakeclock.h"
#include "tests/support/fakehttp.h"
#include "tests/support/fakesurroundings.h"

#include <QCoroTask>
#include <QTemporaryDir>

namespace Postroom
{

// Two providers: "acme" (oauth2, https://auth.acme.test) and the built-in relayfile ones.
class AccountBench
{
public:
    AccountBench();
    ~AccountBench();

    // A new service on the same files and the same keychain, as after a start of the program.
    void start();
    void stop(); // shuts down in order
    void restart()
    {
        stop();
        start();
    }
    // Lets everything run that can run without the clock.
    static void settle();
    void advance(std::chrono::milliseconds span);
    // Moves to the next alarm of the service.
    void toNextAlarm();

    template <typename T>
    T run(QCoro::Task<T> task)
    {
        return QCoro::waitFor(std::move(task));
    }
    // An acme account by a pasted refresh token; the id.
    AccountId signIn(const QString &person = QStringLiteral("ada"));
    Result<AccountId> trySignIn(SignInRequest request) { return run(service->signIn(std::move(request))); }
    SignInRequest pasted(const QString &person = QStringLiteral("ada"));
    AccountStatus status(const AccountId &id) const { return service->account(id).value_or(AccountStatus()); }
    QString rosterPath() const { return paths.config + QStringLiteral("/accounts.json"); }
    QString lockPath(const AccountId &id, const char *suffix) const;
    QString vaultKey(const AccountId &id) const { return QStringLiteral("v1/acme/") + id.text(); }
    // What the keychain holds for an acme account now.
    std::optional<Credential> stored(const AccountId &id);

    // The authorisation server.
    QString issueRefreshToken(const QString &person); // a new grant
    Result<HttpResponse> token(const HttpRequest &request);
    int tokenRequests() const { return http.count(QStringLiteral("POST /token")); }
    QString personOf(const QString &accessToken) const { return m_access.value(accessToken); }
    void revokeAccess(const QString &accessToken) { m_access.remove(accessToken); }

    QTemporaryDir folder;
    Paths paths;
    FakeClock clock;
    FakeHttp http;
    FakeSurroundings surroundings;
    HostGate *gate = nullptr; // for the next start
    Settings *settings = nullptr; // the same
    MemoryStore vault;
    MemoryStore session;
    std::unique_ptr<ProfileRegistry> profiles;
    std::unique_ptr<AccountService> service;
    qint64 lifetime = 3600; // seconds, of new access tokens
    bool rotate = true;
    int spentSeen = 0; // refresh tokens that came a second time

    static constexpr auto tokenKey = "POST /token";

private:
    QHash<QString, QString> m_refresh; // live refresh token → person
    QHash<QString, QString> m_spent;
    QHash<QString, QString> m_access;
    int m_next = 1;
};

} // namespace Postroom
