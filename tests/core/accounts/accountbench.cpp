#include "tests/core/accounts/accountbench.h"

#include <QCoreApplication>
#include <QTest>
#include <QUrlQuery>

namespace Postroom
{
using namespace Qt::Literals::StringLiterals;

namespace
{

constexpr auto acmeProfile = R"({
    "id": "acme", "name": "Acme", "kind": "oauth2",
    "endpoints": {
        "authorization": "https://auth.acme.test/authorize", "token": "https://auth.acme.test/token",
        "revocation": "https://auth.acme.test/revoke", "userinfo": "https://auth.acme.test/userinfo"
    },
    "client": { "id": "postroom", "auth": "none" },
    "scopes": { "default": ["read", "write"], "offered": [] }
})";

} // namespace

AccountBench::AccountBench()
{
    paths.config = folder.filePath(QStringLiteral("config"));
    paths.state = folder.filePath(QStringLiteral("state"));
    paths.runtime = folder.filePath(QStringLiteral("runtime"));
    paths.home = folder.path();
    [[maybe_unused]] const bool made = paths.ensure().has_value();
    profiles = std::make_unique<ProfileRegistry>(paths.config + QStringLiteral("/providers"));
    [[maybe_unused]] const bool added = profiles->add(acmeProfile).has_value();
    Q_ASSERT(made && added);
    http.serve(QLatin1String(tokenKey), [this](const HttpRequest &request) { return token(request); });
    http.serve(QStringLiteral("POST /revoke"), [](const HttpRequest &) { return FakeHttp::json(200, {}); });
    http.serve(QStringLiteral("GET /userinfo"), [this](const HttpRequest &request) -> Result<HttpResponse> {
        const QString person = personOf(QString::fromLatin1(FakeHttp::header(request, "Authorization").mid(7)));
        if (person.isEmpty())
            return FakeHttp::json(401, {});
        return FakeHttp::json(200, {{"sub"_L1, person}, {"email"_L1, person + QStringLiteral("@acme.test")}});
    });
    start();
}

AccountBench::~AccountBench()
{
    if (service)
        stop();
}

void AccountBench::start()
{
    AccountService::Collaborators use;
    use.clock = &clock;
    use.http = &http;
    use.vault = &vault;
    use.sessionVault = &session;
    use.profiles = profiles.get();
    use.paths = paths;
    use.surroundings = &surroundings;
    use.gate = gate;
    use.settings = settings;
    service = std::make_unique<AccountService>(use);
    [[maybe_unused]] const auto loaded = service->loadRoster();
    service->start();
    settle();
}

void AccountBench::stop()
{
    QCoro::waitFor(service->shutdown());
    service.reset();
}

void AccountBench::settle()
{
    for (int i = 0; i < 25; ++i)
        QCoreApplication::processEvents();
}

void AccountBench::advance(std::chrono::milliseconds span)
{
    // In steps, so that what falls due on the way is done before the clock goes on.
    const QDateTime end = clock.now().addMSecs(span.count());
    for (;;) {
        settle();
        const auto due = clock.nextDue();
        if (!due || *due > end)
            break;
        clock.advance(std::chrono::milliseconds(std::max<qint64>(0, clock.now().msecsTo(*due))));
    }
    clock.advance(std::chrono::milliseconds(std::max<qint64>(0, clock.now().msecsTo(end))));
    settle();
}

void AccountBench::toNextAlarm()
{
    settle();
    if (const auto due = clock.nextDue())
        clock.advance(std::chrono::milliseconds(std::max<qint64>(0, clock.now().msecsTo(*due))));
    settle();
}

QString AccountBench::issueRefreshToken(const QString &person)
{
    const QString token = QStringLiteral("rt-%1-%2").arg(person).arg(m_next++);
    m_refresh.insert(token, person);
    return token;
}

SignInRequest AccountBench::pasted(const QString &person)
{
    SignInRequest request;
    request.providerId = QStringLiteral("acme");
    request.pastedRefreshToken = Secret(issueRefreshToken(person));
    return request;
}

AccountId AccountBench::signIn(const QString &person)
{
    const auto id = trySignIn(pasted(person));
    if (!id) {
        qWarning() << "sign-in:" << id.error().code << id.error().message;
        return {};
    }
    http.forgetRequests();
    return *id;
}

QString AccountBench::lockPath(const AccountId &id, const char *suffix) const
{
    return paths.state + QStringLiteral("/locks/") + id.text() + QLatin1String(suffix);
}

std::optional<Credential> AccountBench::stored(const AccountId &id)
{
    const auto value = run(vault.read(vaultKey(id)));
    if (!value)
        return std::nullopt;
    const auto credential = decodeCredential(*value);
    return credential ? std::optional(*credential) : std::nullopt;
}

Result<HttpResponse> AccountBench::token(const HttpRequest &request)
{
    const QUrlQuery form(QString::fromUtf8(request.body));
    const QString given = form.queryItemValue(QStringLiteral("refresh_token"), QUrl::FullyDecoded);
    const QString person = m_refresh.value(given);
    if (person.isEmpty()) {
        if (m_spent.contains(given))
            ++spentSeen;
        return FakeHttp::json(400, {{"error"_L1, "invalid_grant"_L1}});
    }
    const QString access = QStringLiteral("at-%1-%2").arg(person).arg(m_next++);
    m_access.insert(access, person);
    QJsonObject answer{{"access_token"_L1, access}, {"token_type"_L1, "Bearer"_L1}, {"expires_in"_L1, lifetime},
        {"scope"_L1, "read write"_L1}};
    if (rotate) {
        m_refresh.remove(given);
        m_spent.insert(given, person);
        answer.insert(QStringLiteral("refresh_token"), issueRefreshToken(person));
    }
    return FakeHttp::json(200, answer);
}

} // namespace Postroom
