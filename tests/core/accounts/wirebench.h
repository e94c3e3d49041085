// An account whose token endpoint is a real TCP server that does what a test wrote down, with the real HTTP client
// between them and a clock that is moved by hand.
#pragma once

#include "core/accounts/accountservice.h"
#include "core/http/networkclient.h"
#include "core/vault/memorystore.h"
#include "tests/support/fakeclock.h"
#include "tests/support/scriptedserver.h"

#include <QCoroTask>
#include <QTemporaryDir>
#include <QUrlQuery>
#include <deque>

namespace Postroom
{

class WireBench
{
public:
    struct Options {
        bool tls = false; // with a certificate that nobody trusts
        QByteArray errorCodes; // a JSON object for the profile
        bool sendScope = false;
        QUrl tokenUrl; // instead of the server's
    };

    WireBench() : WireBench(Options{}) { }
    explicit WireBench(Options options);
    ~WireBench();

    // What the token endpoint answers next; afterwards whatever `good` makes.
    WireBench &then(Script script, int times = 1);
    static Script good(int number, const QJsonObject &more = {});
    static QJsonObject goodBody(int number);

    void start();
    void stop();
    // Signed in with a1 and r1, and the access token has ended.
    void expire();
    // Asks for a token; the answer is kept.
    void ask();
    // Waits until nothing is under way.
    bool settle();
    // Lets time pass until the account is in `state`; false when it does not get there.
    bool until(AccountState state, int alarms = 40);
    void toNextAlarm();
    AccountStatus status() const { return service->account(id).value_or(AccountStatus()); }
    std::optional<Credential> stored();
    int tokenRequests() const;
    QList<QString> refreshTokensSeen() const; // in their order

    template <typename T>
    T run(QCoro::Task<T> task)
    {
        return QCoro::waitFor(std::move(task));
    }

    QTemporaryDir folder;
    Paths paths;
    FakeClock clock;
    std::unique_ptr<ScriptedServer> server;
    std::unique_ptr<NetworkClient> http;
    MemoryStore vault;
    MemoryStore session;
    std::unique_ptr<ProfileRegistry> profiles;
    std::unique_ptr<AccountService> service;
    AccountId id;
    std::optional<Result<AccessToken>> answer;
    std::deque<Script> scripts;
    ScriptedServer::Handler other; // for everything but POST /token

private:
    Script answerTo(const ScriptedRequest &request);
    int m_number = 1;
};

} // namespace Postroom
