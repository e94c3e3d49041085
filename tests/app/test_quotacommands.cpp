// postroomctl quota and token --any, on an engine whose clock, network and keychain a test holds.
#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/commands.h"
#include "core/vault/memorystore.h"
#include "tests/support/compare.h"
#include "tests/support/fakeclock.h"
#include "tests/support/fakehttp.h"

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const QString usageKey = u"GET /usage"_s;

QByteArray meterProfile()
{
    const QJsonObject endpoints{
        {"authorization"_L1, "https://auth.acme.test/authorize"_L1}, {"token"_L1, "https://auth.acme.test/token"_L1}};
    return QJsonDocument(
        QJsonObject{{"id"_L1, "meter"_L1}, {"name"_L1, "Meter"_L1}, {"kind"_L1, "oauth2"_L1},
            {"endpoints"_L1, endpoints}, {"client"_L1, QJsonObject{{"id"_L1, "postroom"_L1}, {"auth"_L1, "none"_L1}}},
            {"scopes"_L1, QJsonObject{{"default"_L1, QJsonArray{"read"_L1}}}},
            {"quota"_L1, QJsonObject{{"url"_L1, "https://api.acme.test/usage"_L1}, {"format"_L1, "claude-usage"_L1}}}})
        .toJson();
}

class Output final : public CommandOutput
{
public:
    void out(const QByteArray &text) override { m_out += text; }
    void err(const QByteArray &text) override { m_err += text; }
    QJsonObject json() const { return QJsonDocument::fromJson(m_out).object(); }
    const QByteArray &said() const { return m_out; }
    const QByteArray &complained() const { return m_err; }

private:
    QByteArray m_out;
    QByteArray m_err;
};

// One engine; people sign in by a refresh token that holds their name, and each has a usage of their own.
QCoro::Task<void> runInto(CommandRunner *runner, Invocation invocation, Output *output, std::optional<int> *code)
{
    auto ended = co_await runner->run(invocation, output, {});
    *code = ended;
}

class EngineBench
{
public:
    EngineBench()
    {
        paths.home = folder.path();
        paths.config = folder.filePath(u"config"_s);
        paths.state = folder.filePath(u"state"_s);
        paths.runtime = folder.filePath(u"run"_s);
        paths.cacheHome = folder.filePath(u"cache"_s);
        auto ownClock = std::make_unique<FakeClock>();
        auto ownHttp = std::make_unique<FakeHttp>();
        clock = ownClock.get();
        http = ownHttp.get();
        http->serve(u"POST /token"_s, [this](const HttpRequest &request) -> Result<HttpResponse> {
            for (const char *person : {"ada", "bob"}) {
                if (!request.body.contains(person))
                    continue;
                if (dead.contains(QLatin1String(person)))
                    return FakeHttp::json(400, {{"error"_L1, "invalid_grant"_L1}});
                return FakeHttp::json(200,
                    {{"access_token"_L1, QLatin1String("at-") + QLatin1String(person)}, {"token_type"_L1, "Bearer"_L1},
                        {"expires_in"_L1, 3600}, {"scope"_L1, "read"_L1}});
            }
            return FakeHttp::json(400, {{"error"_L1, "invalid_grant"_L1}});
        });
        http->serve(usageKey, [this](const HttpRequest &request) -> Result<HttpResponse> {
            const QString person = QString::fromLatin1(FakeHttp::header(request, "Authorization").mid(10));
            if (answers.contains(person))
                return answers.value(person);
            return FakeHttp::json(200,
                {{"five_hour"_L1,
                    QJsonObject{{"utilization"_L1, used.value(person)}, {"resets_at"_L1, "2026-01-15T14:10:00Z"_L1}}}});
        });
        Engine::Parts parts;
        parts.clock = std::move(ownClock);
        parts.http = std::move(ownHttp);
        parts.vault = std::make_unique<MemoryStore>();
        engine = std::make_unique<Engine>(paths, std::move(parts));
        runner = std::make_unique<CommandRunner>(engine.get());
        m_good = engine->load().has_value() && engine->profiles()->add(meterProfile()).has_value()
            && QCoro::waitFor(engine->start()).has_value();
    }
    ~EngineBench()
    {
        if (engine->isStarted())
            QCoro::waitFor(engine->shutdown());
    }
    bool isGood() const { return m_good; }

    void settle() const
    {
        for (int i = 0; i < 25; ++i)
            QCoreApplication::processEvents();
    }
    void advance(std::chrono::seconds span) const
    {
        for (auto left = span; left > 0s; left -= 1s) {
            clock->advance(1s);
            settle();
        }
    }
    AccountId signIn(const QString &person) const
    {
        SignInRequest request;
        request.providerId = u"meter"_s;
        request.label = person;
        request.pastedRefreshToken = Secret(u"rt-"_s + person);
        const auto id = QCoro::waitFor(engine->signIn(request));
        settle();
        return id.value_or(AccountId());
    }
    int ctl(const QStringList &arguments, Output *output) const
    {
        // A command may have to wait its second at the gate of the token host.
        std::optional<int> code;
        runInto(runner.get(), {arguments, folder.path(), {}}, output, &code);
        for (int step = 0; step < 60 && !code; ++step) {
            settle();
            if (!code)
                clock->advance(50ms);
        }
        return QTest::qWaitFor([&code] { return code.has_value(); }, 20'000) ? *code : -1;
    }
    AccountStatus status(const AccountId &id) const
    {
        const auto accounts = engine->accounts();
        for (const AccountStatus &account : accounts) {
            if (account.id == id)
                return account;
        }
        return {};
    }

    QTemporaryDir folder;
    Paths paths;
    FakeClock *clock = nullptr; // the engine's
    FakeHttp *http = nullptr;
    QHash<QString, double> used;
    QHash<QString, HttpResponse> answers;
    QSet<QString> dead;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<CommandRunner> runner;

private:
    bool m_good = false;
};

} // namespace

class TestQuotaCommands : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theSnapshotCarriesTheQuota()
    {
        EngineBench bench;
        QVERIFY(bench.isGood());
        bench.used[u"ada"_s] = 42;
        QSignalSpy changed(bench.engine.get(), &Desk::accountChanged);
        const AccountId ada = bench.signIn(u"ada"_s);
        bench.advance(2s);
        const AccountStatus status = bench.status(ada);
        QVERIFY(status.quota);
        QCOMPARE(status.quota->state, QuotaState::Fresh);
        QVERIFY(!changed.isEmpty());
        QCOMPARE(changed.last().first().value<AccountStatus>(), status);
        // Whatever else changes, the quota travels along.
        QVERIFY(QCoro::waitFor(bench.engine->setAccountEnabled(ada, false)));
        QCOMPARE(changed.last().first().value<AccountStatus>().quota, status.quota);
        Output output;
        QCOMPARE(bench.ctl({u"account"_s, u"show"_s, u"ada"_s, u"--json"_s}, &output), ExitDone);
        QCOMPARE(output.json().value(u"quota").toObject().value(u"state").toString(), u"fresh"_s);
    }

    void quota()
    {
        EngineBench bench;
        QVERIFY(bench.isGood());
        bench.used[u"ada"_s] = 42;
        bench.signIn(u"ada"_s);
        bench.advance(2s);
        Output json;
        QCOMPARE(bench.ctl({u"quota"_s, u"ada"_s, u"--json"_s}, &json), ExitDone);
        const QJsonArray windows = json.json().value(u"windows").toArray();
        QCOMPARE(windows.size(), 1);
        QCOMPARE(windows.first().toObject().value(u"usedPercent").toDouble(), 42);
        bench.advance(2s);
        Output text;
        QCOMPARE(bench.ctl({u"quota"_s, u"ada"_s}, &text), ExitDone);
        QVERIFY2(text.said().startsWith("42 % of the 5-hour limit used"), text.said().constData());

        HttpResponse pause = FakeHttp::json(429, {}, {HttpHeader{"Retry-After", "600"}});
        bench.answers.insert(u"ada"_s, pause);
        bench.advance(2s);
        Output limited;
        QCOMPARE(bench.ctl({u"quota"_s, u"ada"_s, u"--json"_s}, &limited), ExitNotNow);
        QCOMPARE(limited.json().value(u"state").toString(), u"rate-limited"_s);
        QVERIFY(limited.json().contains(u"nextAt"));
        Output unknown;
        QCOMPARE(bench.ctl({u"quota"_s, u"nobody"_s}, &unknown), ExitFailed);
    }

    void tokenOfAny()
    {
        EngineBench bench;
        QVERIFY(bench.isGood());
        bench.used[u"ada"_s] = 100;
        bench.used[u"bob"_s] = 20;
        const AccountId ada = bench.signIn(u"ada"_s);
        bench.advance(2s);
        const AccountId bob = bench.signIn(u"bob"_s);
        bench.advance(2s);
        QCOMPARE(bench.status(ada).quota->state, QuotaState::Blocked);
        Output json;
        QCOMPARE(bench.ctl({u"token"_s, u"--any"_s, u"meter"_s, u"--json"_s}, &json), ExitDone);
        QCOMPARE(json.json().value(u"account").toString(), bob.text());
        QCOMPARE(json.json().value(u"token").toString(), u"at-bob"_s);
        QVERIFY2(json.json().value(u"why").toString().startsWith(u"Using bob because ada resets "_s),
            json.said().constData());
        const QJsonObject other = json.json().value(u"others").toArray().first().toObject();
        QCOMPARE(other.value(u"account").toString(), ada.text());
        QCOMPARE(other.value(u"code").toString(), u"quota-used-up"_s);
        QCOMPARE(other.value(u"until").toString(), u"2026-01-15T14:10:00.000Z"_s);
        Output text;
        QCOMPARE(bench.ctl({u"token"_s, u"--any=meter"_s}, &text), ExitDone);
        QCOMPARE(text.said(), QByteArray("at-bob\n"));

        // Bob cannot serve any more, and it turns out when he is asked.
        bench.dead.insert(u"bob"_s);
        Output none;
        QCOMPARE(bench.ctl({u"token"_s, u"--any"_s, u"meter"_s, u"--min-validity"_s, u"2h"_s, u"--json"_s}, &none),
            ExitDone); // more than a fresh token has is not to be had: the one at hand serves
        QVERIFY(QCoro::waitFor(bench.engine->signOut(bob)));
        Output blocked;
        QCOMPARE(bench.ctl({u"token"_s, u"--any"_s, u"meter"_s, u"--json"_s}, &blocked), ExitNotNow);
        const QJsonObject error = blocked.json().value(u"error").toObject();
        QCOMPARE(error.value(u"next").toObject().value(u"at").toString(), u"2026-01-15T14:11:00.000Z"_s);
        QVERIFY(QCoro::waitFor(bench.engine->signOut(ada)));
        Output dead;
        QCOMPARE(bench.ctl({u"token"_s, u"--any"_s, u"meter"_s}, &dead), ExitNeedsSignIn);
        QVERIFY2(dead.complained().contains("ada, bob"), dead.complained().constData());
    }

    void aTokenThatDoesNotComeMovesOn()
    {
        EngineBench bench;
        QVERIFY(bench.isGood());
        const AccountId ada = bench.signIn(u"ada"_s);
        bench.advance(2s);
        const AccountId bob = bench.signIn(u"bob"_s);
        bench.advance(2s);
        Output first;
        QCOMPARE(bench.ctl({u"token"_s, u"--any"_s, u"meter"_s, u"--json"_s}, &first), ExitDone);
        QCOMPARE(first.json().value(u"account").toString(), ada.text());
        bench.dead.insert(u"ada"_s);
        // Half of a token's life is over, so that the half that is asked for needs a renewal.
        bench.advance(1900s);
        Output second;
        QCOMPARE(bench.ctl({u"token"_s, u"--any"_s, u"meter"_s, u"--min-validity"_s, u"1h"_s, u"--json"_s}, &second),
            ExitDone);
        QCOMPARE(second.json().value(u"account").toString(), bob.text());
        QCOMPARE(
            second.json().value(u"others").toArray().first().toObject().value(u"code").toString(), u"needs-sign-in"_s);
        QCOMPARE(bench.status(ada).state, AccountState::NeedsSignIn);
    }

    void wrongUsage_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::newRow("nothing") << QStringList{u"token"_s} << static_cast<int>(ExitUsage);
        QTest::newRow("both") << QStringList{u"token"_s, u"ada"_s, u"--any"_s, u"meter"_s}
                              << static_cast<int>(ExitUsage);
        QTest::newRow("workspace") << QStringList{u"token"_s, u"--any"_s, u"meter"_s, u"--workspace"_s, u"w"_s}
                                   << static_cast<int>(ExitUsage);
        QTest::newRow("unknown kind") << QStringList{u"token"_s, u"--any"_s, u"nope"_s} << static_cast<int>(ExitFailed);
        QTest::newRow("nobody") << QStringList{u"token"_s, u"--any"_s, u"meter"_s} << static_cast<int>(ExitFailed);
        QTest::newRow("quota of nobody") << QStringList{u"quota"_s} << static_cast<int>(ExitUsage);
    }
    void wrongUsage()
    {
        QFETCH(QStringList, arguments);
        EngineBench bench;
        QVERIFY(bench.isGood());
        Output output;
        QTEST(bench.ctl(arguments, &output), "code");
        QVERIFY(output.said().isEmpty());
        QVERIFY(!output.complained().isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestQuotaCommands)
#include "test_quotacommands.moc"
