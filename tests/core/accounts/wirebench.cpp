#include "tests/core/accounts/wirebench.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

namespace Postroom
{
using namespace Qt::Literals::StringLiterals;

WireBench::WireBench(Options options)
{
    paths.config = folder.filePath(u"config"_s);
    paths.state = folder.filePath(u"state"_s);
    paths.runtime = folder.filePath(u"runtime"_s);
    paths.home = folder.path();
    [[maybe_unused]] const bool made = paths.ensure().has_value();
    Q_ASSERT(made);
    server = options.tls ? ScriptedServer::withUntrustedCertificate() : std::make_unique<ScriptedServer>();
    server->setHandler([this](const ScriptedRequest &request) { return answerTo(request); });
    http = std::make_unique<NetworkClient>(&clock, "postroom/test");
    profiles = std::make_unique<ProfileRegistry>(paths.config + u"/providers"_s);
    const QUrl token = options.tokenUrl.isEmpty() ? server->url(u"/token"_s) : options.tokenUrl;
    QJsonObject profile{{u"id"_s, u"acme"_s}, {u"name"_s, u"Acme"_s}, {u"kind"_s, u"oauth2"_s},
        {u"endpoints"_s, QJsonObject{{u"token"_s, token.toString()}}},
        {u"client"_s, QJsonObject{{u"id"_s, u"postroom"_s}, {u"auth"_s, u"none"_s}}},
        {u"scopes"_s, QJsonObject{{u"default"_s, QJsonArray{u"read"_s, u"write"_s}}, {u"offered"_s, QJsonArray()}}}};
    if (!options.errorCodes.isEmpty())
        profile.insert(u"errorCodes"_s, QJsonDocument::fromJson(options.errorCodes).object());
    if (options.sendScope)
        profile.insert(u"refresh"_s, QJsonObject{{u"sendScope"_s, true}});
    [[maybe_unused]] const auto added = profiles->add(QJsonDocument(profile).toJson());
    Q_ASSERT(added);
    start();
    // The keychain holds a1 and r1, an hour to live, signed in a moment ago.
    Roster roster(paths.config + u"/accounts.json"_s);
    AccountRecord record;
    record.id = AccountId(u"00000000000000a1"_s);
    record.providerId = u"acme"_s;
    record.kind = u"oauth2"_s;
    record.label = u"Ada at Acme"_s;
    record.subject = u"ada"_s;
    record.signedIn = true;
    record.state = AccountState::Fresh;
    record.scopes = {u"read"_s, u"write"_s};
    record.grantEpoch = 1;
    record.generation = 7;
    record.since = clock.now();
    roster.add(record);
    [[maybe_unused]] const bool saved = roster.save().has_value();
    Q_ASSERT(saved);
    Credential credential;
    credential.grantEpoch = 1;
    credential.generation = 7;
    credential.accessToken = Secret(QByteArray("a1"));
    credential.refreshToken = Secret(QByteArray("r1"));
    credential.obtainedAt = clock.now();
    credential.expiresAt = clock.now().addSecs(3600);
    credential.scopes = record.scopes;
    [[maybe_unused]] const auto written
        = run(vault.write(u"v1/acme/"_s + record.id.text(), encodeCredential(credential)));
    Q_ASSERT(written);
    stop();
    id = record.id;
    start();
}

WireBench::~WireBench()
{
    if (service)
        stop();
}

void WireBench::start()
{
    AccountService::Collaborators use;
    use.clock = &clock;
    use.http = http.get();
    use.vault = &vault;
    use.sessionVault = &session;
    use.profiles = profiles.get();
    use.paths = paths;
    service = std::make_unique<AccountService>(use);
    [[maybe_unused]] const auto loaded = service->loadRoster();
    service->start();
    settle();
}

void WireBench::stop()
{
    run(service->shutdown());
    service.reset();
}

WireBench &WireBench::then(Script script, int times)
{
    for (int i = 0; i < times; ++i)
        scripts.push_back(script);
    return *this;
}

QJsonObject WireBench::goodBody(int number)
{
    return {{u"access_token"_s, u"a%1"_s.arg(number)}, {u"refresh_token"_s, u"r%1"_s.arg(number)},
        {u"expires_in"_s, 3600}, {u"token_type"_s, u"Bearer"_s}};
}

Script WireBench::good(int number, const QJsonObject &more)
{
    QJsonObject body = goodBody(number);
    for (auto it = more.begin(); it != more.end(); ++it)
        body.insert(it.key(), it.value());
    return Script::json(200, body);
}

Script WireBench::answerTo(const ScriptedRequest &request)
{
    if (request.method != "POST" || request.target != "/token")
        return other ? other(request) : Script::json(404, {});
    if (scripts.empty())
        return good(++m_number);
    const Script script = scripts.front();
    scripts.pop_front();
    return script;
}

void WireBench::expire()
{
    clock.jump(std::chrono::hours(2));
}

void WireBench::ask()
{
    answer = run(service->token(id));
    settle();
}

bool WireBench::settle()
{
    const auto quiet = [this] {
        const auto all = service->accounts();
        return std::none_of(all.cbegin(), all.cend(), [](const AccountStatus &account) {
            return account.state == AccountState::Refreshing || account.state == AccountState::Loading;
        });
    };
    const bool done = QTest::qWaitFor(quiet, 20'000);
    for (int i = 0; i < 10; ++i)
        QCoreApplication::processEvents();
    return done;
}

void WireBench::toNextAlarm()
{
    if (const auto due = clock.nextDue())
        clock.advance(std::chrono::milliseconds(std::max<qint64>(0, clock.now().msecsTo(*due))));
    settle();
}

bool WireBench::until(AccountState state, int alarms)
{
    for (int i = 0; i < alarms && status().state != state; ++i)
        toNextAlarm();
    return status().state == state;
}

std::optional<Credential> WireBench::stored()
{
    const auto value = run(vault.read(u"v1/acme/"_s + id.text()));
    const auto credential = value ? decodeCredential(*value) : Result<Credential>(Failure(Error()));
    return credential ? std::optional(*credential) : std::nullopt;
}

int WireBench::tokenRequests() const
{
    return static_cast<int>(refreshTokensSeen().size());
}

QList<QString> WireBench::refreshTokensSeen() const
{
    QList<QString> tokens;
    const auto requests = server->requests();
    for (const ScriptedRequest &request : requests) {
        if (request.target == "/token")
            tokens.append(request.form().value(u"refresh_token"_s));
    }
    return tokens;
}

} // namespace Postroom
