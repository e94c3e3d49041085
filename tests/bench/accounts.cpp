// What accounts cost: while nothing is due, and when everybody asks at once for a token that has expired.
#include <QEventLoop>
#include <QTemporaryDir>
#include <QTimer>

#include "core/accounts/accountservice.h"
#include "core/http/networkclient.h"
#include "core/vault/memorystore.h"
#include "tests/bench/benchmarks.h"
#include "tests/support/scriptedserver.h"

namespace Postroom
{
namespace
{

// Accounts of a server on this computer, over real sockets, with tokens that live for an hour.
class World
{
public:
    World(int accounts, qint64 secondsLeft)
    {
        m_paths.config = m_folder.filePath(QStringLiteral("config"));
        m_paths.state = m_folder.filePath(QStringLiteral("state"));
        m_paths.runtime = m_folder.filePath(QStringLiteral("runtime"));
        m_paths.home = m_folder.path();
        if (!m_paths.ensure())
            qFatal("no folder to work in");
        server.setHandler([this](const ScriptedRequest &) {
            const QString number = QString::number(++m_given);
            return Script::json(200,
                {{QStringLiteral("access_token"), QStringLiteral("a%1").arg(number)},
                    {QStringLiteral("refresh_token"), QStringLiteral("r%1").arg(number)},
                    {QStringLiteral("expires_in"), 3600}, {QStringLiteral("token_type"), QStringLiteral("Bearer")}});
        });
        const QByteArray profile = QByteArrayLiteral(R"({"id": "acme", "name": "Acme", "kind": "oauth2",
            "endpoints": {"token": ")")
            + server.url(QStringLiteral("/token")).toEncoded()
            + QByteArrayLiteral(R"("}, "client": {"id": "postroom"}, "scopes": {"default": [], "offered": []}})");
        m_profiles = std::make_unique<ProfileRegistry>(m_paths.config + QStringLiteral("/providers"));
        if (!m_profiles->add(profile))
            qFatal("the profile does not fit");
        Roster roster(m_paths.config + QStringLiteral("/accounts.json"));
        for (int i = 0; i < accounts; ++i) {
            AccountRecord record;
            record.id = AccountId::create();
            record.providerId = QStringLiteral("acme");
            record.kind = QStringLiteral("oauth2");
            record.label = QStringLiteral("Account %1").arg(i);
            record.signedIn = true;
            record.state = AccountState::Fresh;
            record.grantEpoch = 1;
            record.generation = 1;
            roster.add(record);
            ids.append(record.id);
            Credential credential;
            credential.grantEpoch = 1;
            credential.generation = 1;
            credential.accessToken = Secret(QStringLiteral("old%1").arg(i));
            credential.refreshToken = Secret(QStringLiteral("oldr%1").arg(i));
            credential.obtainedAt = m_clock.now().addSecs(secondsLeft - 3600);
            credential.expiresAt = m_clock.now().addSecs(secondsLeft);
            const auto written = QCoro::waitFor(m_vault.write(vaultKeyFor(record), encodeCredential(credential)));
            if (!written)
                qFatal("the vault takes nothing");
        }
        if (!roster.save())
            qFatal("the list cannot be saved");
        AccountService::Collaborators use;
        use.clock = &m_clock;
        use.http = &m_http;
        use.vault = &m_vault;
        use.sessionVault = &m_session;
        use.profiles = m_profiles.get();
        use.paths = m_paths;
        service = std::make_unique<AccountService>(use);
        if (!service->loadRoster())
            qFatal("the list cannot be read");
    }
    ~World() { QCoro::waitFor(service->shutdown()); }
    Q_DISABLE_COPY_MOVE(World)

    ScriptedServer server;
    QList<AccountId> ids;
    std::unique_ptr<AccountService> service;

private:
    QTemporaryDir m_folder;
    Paths m_paths;
    SystemClock m_clock;
    NetworkClient m_http{&m_clock, "postroom/bench"};
    MemoryStore m_vault;
    MemoryStore m_session;
    std::unique_ptr<ProfileRegistry> m_profiles;
    int m_given = 0;
};

void runFor(int milliseconds)
{
    QEventLoop loop;
    QTimer::singleShot(milliseconds, Qt::PreciseTimer, &loop, &QEventLoop::quit);
    loop.exec();
}

struct Callers {
    int waiting = 0;
    int served = 0;
    QSet<QString> tokens;
    QEventLoop loop;
};

QCoro::Task<void> ask(AccountService *service, AccountId id, Callers *callers)
{
    auto token = co_await service->token(id);
    if (token) {
        ++callers->served;
        callers->tokens.insert(token->fingerprint);
    }
    if (--callers->waiting == 0)
        callers->loop.quit();
}

} // namespace

bool benchAccounts(const QStringList &arguments)
{
    const int accounts = numberFrom(arguments, QStringLiteral("accounts"), 200);
    const int seconds = std::max(1, numberFrom(arguments, QStringLiteral("seconds"), 60));
    World world(accounts, 3600);
    world.service->start();
    runFor(500); // what comes with a start is over by then
    const qint64 before = wakeUps();
    const double processor = processorMilliseconds();
    runFor(seconds * 1000);
    const qint64 woken = wakeUps() - before - 1; // the end itself
    const int allowed = seconds / 60 + 2;
    printTable({{QStringLiteral("accounts"), QStringLiteral("seconds"), QStringLiteral("wake-ups"),
                    QStringLiteral("allowed"), QStringLiteral("processor ms"), QStringLiteral("requests")},
        {QString::number(accounts), QString::number(seconds), QString::number(woken), QString::number(allowed),
            QString::number(processorMilliseconds() - processor, 'f', 2), QString::number(world.server.count())}});
    return woken <= allowed && world.server.count() == 0;
}

bool benchRefresh(const QStringList &arguments)
{
    constexpr double mostProcessor = 250;
    const int count = std::max(1, numberFrom(arguments, QStringLiteral("callers"), 10'000));
    World world(1, -60);
    Callers callers;
    callers.waiting = count;
    const double processor = processorMilliseconds();
    world.service->start();
    for (int i = 0; i < count; ++i)
        ask(world.service.get(), world.ids.first(), &callers);
    if (callers.waiting > 0)
        callers.loop.exec();
    const double used = processorMilliseconds() - processor;
    printTable({{QStringLiteral("callers"), QStringLiteral("served"), QStringLiteral("tokens"),
                    QStringLiteral("requests"), QStringLiteral("processor ms"), QStringLiteral("allowed")},
        {QString::number(count), QString::number(callers.served), QString::number(callers.tokens.size()),
            QString::number(world.server.count()), QString::number(used, 'f', 1),
            QString::number(mostProcessor, 'f', 0)}});
    return callers.served == count && callers.tokens.size() == 1 && world.server.count() == 1 && used < mostProcessor;
}

} // namespace Postroom
