// What answers of a token endpoint do to an account, each by its id, over real sockets: class, state, and how many
// requests the server saw.
#include "tests/core/accounts/wirebench.h"
#include "tests/support/compare.h"

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

constexpr auto anthropicCodes
    = R"({"authentication_error": "reauth", "permission_error": "policy", "bad_refresh_token": "reauth"})";

// Raw bytes after the whole request, and the connection's end.
Script raw(const QByteArray &bytes)
{
    return Script::after(Script::When::Request).send(bytes).close();
}

Script coded(int status, const QByteArray &code, const QList<QByteArray> &headers = {})
{
    return Script::answer(status, "application/json", R"({"error":")" + code + "\"}", headers);
}

} // namespace

class TestTokenVectorsWire : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void renews_data()
    {
        QTest::addColumn<Script>("script");
        QTest::addColumn<qint64>("lifetime");
        QTest::addColumn<QByteArray>("refreshToken");
        const auto row = [](const char *name, const Script &script, qint64 lifetime, const QByteArray &refresh) {
            QTest::newRow(name) << script << lifetime << refresh;
        };
        const auto json = [](const QByteArray &body) { return Script::answer(200, "application/json", body); };
        row("T01", WireBench::good(2), 3600, "r2");
        row("T02", json(R"({"access_token":"a2","expires_in":3600,"token_type":"Bearer"})"), 3600, "r1");
        row("T03", json(R"({"access_token":"a2","refresh_token":"","expires_in":3600})"), 3600, "r1");
        row("T04", json(R"({"access_token":"a2","refresh_token":"r2"})"), 3600, "r2");
        row("T05", json(R"({"access_token":"a2","refresh_token":"r2","expires_in":"3600"})"), 3600, "r2");
        row("T06", json(R"({"access_token":"a2","refresh_token":"r2","expires_in":3599.7})"), 3599, "r2");
        row("T08", json(R"({"access_token":"a2","refresh_token":"r2","expires_in":-5})"), 75, "r2");
        row("T09", json(R"({"access_token":"a2","refresh_token":"r2","expires_in":1767225600})"), 3600, "r2");
        row("T10", json(R"({"access_token":"a2","refresh_token":"r2","expires_in":null})"), 3600, "r2");
        row("T16", json(R"({"access_token":"a2","refresh_token":"r2","expires_in":3600})"), 3600, "r2");
        row("T18", Script::answer(200, "text/plain", R"({"access_token":"a2","refresh_token":"r2","expires_in":3600})"),
            3600, "r2");
        row("T19", Script::answer(200, "application/x-www-form-urlencoded", "access_token=a2&expires_in=3600"), 3600,
            "r1");
        row("T26", json("\xEF\xBB\xBF{\"access_token\":\"a2\",\"refresh_token\":\"r2\",\"expires_in\":3600}"), 3600,
            "r2");
    }
    void renews()
    {
        QFETCH(Script, script);
        QFETCH(qint64, lifetime);
        QFETCH(QByteArray, refreshToken);
        WireBench bench;
        bench.then(script);
        bench.expire();
        bench.ask();
        QVERIFY(*bench.answer);
        QCOMPARE((*bench.answer)->value.reveal(), QByteArray("a2"));
        QCOMPARE(bench.clock.now().secsTo((*bench.answer)->expiresAt), lifetime);
        QCOMPARE(bench.status().state, AccountState::Fresh);
        QCOMPARE(bench.tokenRequests(), 1);
        const auto stored = bench.stored();
        QCOMPARE(stored->refreshToken.reveal(), refreshToken);
        QCOMPARE(stored->generation, quint64(8));
        QVERIFY(!bench.status().lastError);
        const QByteArray name = QTest::currentDataTag();
        QCOMPARE(bench.status().expiryAssumed, name == "T04" || name == "T09" || name == "T10");
    }

    void fails_data()
    {
        QTest::addColumn<Script>("script");
        QTest::addColumn<ErrorClass>("kind");
        QTest::addColumn<AccountState>("state");
        QTest::addColumn<int>("requests");
        const auto row = [](const char *name, const Script &script, ErrorClass kind, AccountState state, int requests) {
            QTest::newRow(name) << script << kind << state << requests;
        };
        using Kind = ErrorClass;
        using State = AccountState;
        const auto json
            = [](int status, const QByteArray &body) { return Script::answer(status, "application/json", body); };
        row("T11", json(200, R"({"token_type":"bearer"})"), Kind::Ambiguous, State::Retrying, 1);
        row("T13", json(200, R"({"access_token":"","refresh_token":"r1"})"), Kind::Ambiguous, State::Retrying, 1);
        row("T14", json(200, R"({"access_token":"a\r\nX-Evil: 1"})"), Kind::Ambiguous, State::Retrying, 1);
        row("T15", json(200, R"({"access_token":"a2","token_type":"mac"})"), Kind::Config, State::Misconfigured, 1);
        row("T17", Script::html(200), Kind::Ambiguous, State::Retrying, 1);
        row("T20", json(200, R"({"error":"bad_refresh_token"})"), Kind::Reauth, State::NeedsSignIn, 1);
        row("T21", json(200, R"({"error":"odd_refresh_token"})"), Kind::Reauth, State::NeedsSignIn, 2);
        row("T22", json(200, R"({"error":"temporarily_unavailable"})"), Kind::Server, State::Waiting, 6);
        row("T23", raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"access"), Kind::Ambiguous,
            State::Retrying, 1);
        row("T24", raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"access"),
            Kind::Ambiguous, State::Retrying, 1);
        row("T25", json(200, QByteArray(2 * 1024 * 1024, ' ') + "{}"), Kind::Infra, State::Retrying, 1);
        row("T27", Script::answer(204, "application/json", {}), Kind::Ambiguous, State::Retrying, 1);
        row("T28", json(200, R"([{"access_token":"a2"}])"), Kind::Ambiguous, State::Retrying, 1);
        row("T31", coded(400, "invalid_grant"), Kind::Reauth, State::NeedsSignIn, 1);
        row("T32", coded(400, "INVALID_GRANT"), Kind::Reauth, State::NeedsSignIn, 1);
        row("T33", coded(401, "invalid_grant"), Kind::Reauth, State::NeedsSignIn, 1);
        row("T34", coded(403, "invalid_grant"), Kind::Reauth, State::NeedsSignIn, 1);
        row("T35", Script::answer(400, "application/x-www-form-urlencoded", "error=invalid_grant"), Kind::Reauth,
            State::NeedsSignIn, 1);
        row("T36", Script::answer(400, "text/plain", R"({"error":"invalid_grant"})"), Kind::Reauth, State::NeedsSignIn,
            1);
        row("T38", json(400, R"({"error":"invalid_request","error_description":"invalid_grant?"})"), Kind::Config,
            State::Misconfigured, 1);
        row("T39", json(400, R"({"error":"invalid_grant","error_subtype":"invalid_rapt"})"), Kind::Reauth,
            State::NeedsSignIn, 1);
        row("T40", json(401, R"({"type":"error","error":{"type":"authentication_error"}})"), Kind::Reauth,
            State::NeedsSignIn, 2);
        row("T41", json(401, R"({"type":"error","error":{"type":"other_error"}})"), Kind::Infra, State::Waiting, 6);
        row("T42", json(403, R"({"error":{"type":"permission_error"}})"), Kind::Policy, State::PolicyBlocked, 1);
        row("T43", json(429, "{}"), Kind::Rate, State::RateLimited, 1);
        row("T44", Script::json(429, {}, {"Retry-After: 120"}), Kind::Rate, State::RateLimited, 1);
        row("T46", Script::json(429, {}, {"Retry-After: 0"}), Kind::Rate, State::RateLimited, 1);
        row("T47", Script::json(429, {}, {"Retry-After: soon"}), Kind::Rate, State::RateLimited, 1);
        row("T48", Script::json(429, {}, {"Retry-After: 999999"}), Kind::Rate, State::RateLimited, 1);
        row("T50", coded(500, "invalid_grant"), Kind::Server, State::Waiting, 6);
        row("T51", Script::json(503, {}, {"Retry-After: 30"}), Kind::Rate, State::RateLimited, 1);
        row("T53", json(529, "{}"), Kind::Server, State::Retrying, 1);
        row("T54", Script::html(511), Kind::NetSec, State::Waiting, 1);
        row("T55", Script::answer(400, "text/plain", {}), Kind::Infra, State::Waiting, 6);
        row("T56", Script::html(401, "<html>", {"WWW-Authenticate: Basic realm=\"gw\""}), Kind::Infra, State::Waiting,
            6);
        row("T57", Script::html(403, "<html>", {"cf-ray: x"}), Kind::Infra, State::Waiting, 3);
        row("T58", json(403, R"({"message":"Forbidden"})"), Kind::Infra, State::Waiting, 6);
        row("T61", Script::html(407), Kind::NetSec, State::Waiting, 1);
        row("T62", Script::answer(408, "text/plain", {}), Kind::Ambiguous, State::Retrying, 1);
        row("T64", Script::html(451), Kind::Policy, State::PolicyBlocked, 1);
        row("T65", Script::redirect(302, "/login"), Kind::Infra, State::Waiting, 6);
        row("T68", Script::json(401, {{u"error"_s, u"invalid_client"_s}}, {"WWW-Authenticate: Basic"}), Kind::Client,
            State::ClientRejected, 1);
        row("T70", coded(400, "unauthorized_client"), Kind::Client, State::ClientRejected, 1);
        row("T72", coded(400, "unsupported_grant_type"), Kind::Config, State::Misconfigured, 1);
        row("T73", coded(400, "invalid_target"), Kind::Config, State::Misconfigured, 1);
        row("T75", coded(400, "slow_down"), Kind::Rate, State::RateLimited, 1);
        row("T76", coded(400, "authorization_pending"), Kind::Infra, State::Retrying, 1);
        row("T77", coded(400, "access_denied"), Kind::Policy, State::PolicyBlocked, 1);
        row("T79", json(400, R"({"error":""})"), Kind::Infra, State::Waiting, 6);
        row("T83", Script::closing(), Kind::Ambiguous, State::Retrying, 1);
        row("K13 reset", Script::resetting(), Kind::Ambiguous, State::Retrying, 1);
    }
    void fails()
    {
        QFETCH(Script, script);
        QFETCH(ErrorClass, kind);
        QFETCH(AccountState, state);
        QFETCH(int, requests);
        WireBench::Options options;
        options.errorCodes = anthropicCodes;
        WireBench bench(options);
        bench.then(script, 20);
        bench.expire();
        const QDateTime begin = bench.clock.now();
        bench.ask();
        QVERIFY(!*bench.answer);
        QVERIFY2(bench.until(state), qPrintable(toString(bench.status().state)));
        QCOMPARE(bench.tokenRequests(), requests);
        const AccountStatus status = bench.status();
        QCOMPARE(status.lastError->error.kind, kind);
        QCOMPARE(status.lastError->error.origin, Origin::Token);
        // Whatever it was: the refresh token is kept, and no request of a later try was a login or a redirect's target.
        QCOMPARE(bench.stored()->refreshToken.reveal(), QByteArray("r1"));
        QCOMPARE(bench.server->count(), requests);
        // One POST is one request.
        for (const QString &seen : bench.refreshTokensSeen())
            QCOMPARE(seen, u"r1"_s);

        const QByteArray name = QTest::currentDataTag();
        const qint64 wait = status.nextAt ? bench.clock.now().secsTo(*status.nextAt) : -1;
        const auto between = [wait](qint64 least, qint64 most) {
            return wait >= least && wait <= most ? QByteArray() : QByteArray::number(wait);
        };
        if (name == "T44")
            QCOMPARE(between(120, 132), QByteArray());
        if (name == "T46" || name == "T43" || name == "T47")
            QCOMPARE(between(30, 66), QByteArray());
        if (name == "T48") {
            QCOMPARE(between(6 * 3600, 6 * 3600 + 2160), QByteArray());
            QCOMPARE(begin.secsTo(*status.lastError->error.retryAt), 999999);
        }
        if (name == "T51")
            QCOMPARE(between(30, 33), QByteArray());
        if (name == "T53")
            QCOMPARE(between(10, 30), QByteArray());
        if (name == "T75")
            QCOMPARE(between(15, 17), QByteArray());
        if (name == "T42" || name == "T64" || name == "T77")
            QCOMPARE(between(6 * 3600, 6 * 3600), QByteArray());
        if (kind == ErrorClass::Ambiguous)
            QCOMPARE(between(1, 2), QByteArray());
        if (name == "T39")
            QCOMPARE(status.reason, u"admin-session"_s);
        if (name == "T54")
            QCOMPARE(status.reason, u"portal"_s);
        if (name == "T57")
            QCOMPARE(status.reason, u"waf"_s);
        if (name == "T61")
            QCOMPARE(status.reason, u"proxy"_s);
        QCOMPARE(status.confirmed, name != "T21" && name != "T40");
        if (state == AccountState::Waiting && requests == 6)
            QVERIFY(begin.secsTo(bench.clock.now()) <= 405); // 270 s and half of it for the spread
    }

    void T07_aLifetimeOfNothing()
    {
        WireBench bench;
        for (int i = 2; i < 6; ++i)
            bench.then(WireBench::good(i, {{u"expires_in"_s, 0}}));
        bench.expire();
        QList<QDateTime> asked;
        for (int i = 0; i < 30 && asked.size() < 3; ++i) {
            const int before = bench.tokenRequests();
            if (i == 0)
                bench.ask();
            else
                bench.toNextAlarm();
            if (bench.tokenRequests() > before)
                asked.append(bench.clock.now());
            if (asked.size() < 3)
                QCOMPARE(bench.status().state, AccountState::Fresh);
        }
        QCOMPARE(asked.size(), 3);
        QVERIFY(asked.at(0).secsTo(asked.at(1)) >= 60 && asked.at(1).secsTo(asked.at(2)) >= 60);
        QCOMPARE(bench.status().state, AccountState::Retrying);
        QCOMPARE(bench.status().lastError->error.kind, ErrorClass::Server);
        QCOMPARE(bench.stored()->refreshToken.reveal(), QByteArray("r4"));
    }

    void T12_aRefreshTokenAlone()
    {
        WireBench bench;
        bench.then(Script::json(200, {{u"refresh_token"_s, u"r2"_s}}));
        bench.then(coded(400, "invalid_grant"));
        bench.expire();
        bench.ask();
        QCOMPARE(bench.status().state, AccountState::Retrying);
        QCOMPARE(bench.stored()->refreshToken.reveal(), QByteArray("r2"));
        QCOMPARE(bench.stored()->olderRefreshToken.reveal(), QByteArray("r1"));
        QVERIFY(bench.until(AccountState::Fresh));
        // The new one first, and when that was no good the old one once more.
        QCOMPARE(bench.refreshTokensSeen(), (QList<QString>{u"r1"_s, u"r2"_s, u"r1"_s}));
        QVERIFY(bench.stored()->olderRefreshToken.isEmpty());
    }

    void T29_anotherPerson()
    {
        WireBench bench;
        const QByteArray claims = QByteArray(R"({"sub":"bob","aud":"postroom"})")
                                      .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
        bench.then(WireBench::good(2, {{u"id_token"_s, QString::fromLatin1("e30." + claims + ".c2ln")}}));
        bench.expire();
        bench.ask();
        QCOMPARE(bench.status().state, AccountState::IdentityMismatch);
        QCOMPARE(bench.status().seenSubject, u"bob"_s);
        QCOMPARE(bench.stored()->refreshToken.reveal(), QByteArray("r1"));
        QCOMPARE(bench.stored()->accessToken.reveal(), QByteArray("a1"));
    }

    void T30_aScopeIsGone()
    {
        WireBench bench;
        bench.then(WireBench::good(2, {{u"scope"_s, u"read"_s}}));
        bench.expire();
        bench.ask();
        QCOMPARE(bench.status().state, AccountState::Fresh);
        QCOMPARE(bench.status().missingScopes, QStringList(u"write"_s));
        QCOMPARE(bench.tokenRequests(), 1);
    }

    void T52_threeBadGateways()
    {
        WireBench bench;
        bench.then(Script::html(502), 3);
        bench.expire();
        bench.ask();
        QVERIFY(bench.until(AccountState::Fresh));
        QCOMPARE(bench.tokenRequests(), 4);
    }

    void T59_theEndpointMoved()
    {
        WireBench bench;
        // The address that the sign-in had found, at a server that now names another one.
        bench.stop();
        Roster roster(bench.paths.config + u"/accounts.json"_s);
        QVERIFY(roster.load());
        AccountRecord *record = roster.find(bench.id);
        record->server = bench.server->url(u""_s);
        record->tokenEndpoint = bench.server->url(u"/token"_s);
        QVERIFY(roster.save());
        int discoveries = 0;
        int moved = 0;
        bench.other = [&](const ScriptedRequest &request) {
            if (request.target.startsWith("/.well-known/oauth-authorization-server")) {
                ++discoveries;
                return Script::json(200,
                    {{u"issuer"_s, bench.server->url(u""_s).toString()},
                        {u"token_endpoint"_s, bench.server->url(u"/new/token"_s).toString()}});
            }
            if (request.target == "/new/token") {
                ++moved;
                return WireBench::good(2);
            }
            return Script::json(404, {});
        };
        bench.start();
        bench.then(Script::html(404), 10);
        bench.expire();
        bench.ask();
        bench.toNextAlarm();
        bench.toNextAlarm();
        QTRY_COMPARE(moved, 1);
        QVERIFY(bench.settle());
        QCOMPARE(bench.status().state, AccountState::Fresh);
        QCOMPARE(bench.tokenRequests(), 3);
        QCOMPARE(discoveries, 1);
    }

    void T63_misdirected()
    {
        WireBench bench;
        bench.then(Script::answer(421, "text/plain", {}));
        bench.expire();
        bench.ask();
        const int connections = bench.server->connections();
        QVERIFY(bench.until(AccountState::Fresh));
        QCOMPARE(bench.tokenRequests(), 2);
        QVERIFY(bench.server->connections() > connections);
    }

    void T71_aRefusedScope()
    {
        WireBench::Options options;
        options.sendScope = true;
        WireBench bench(options);
        bench.then(coded(400, "invalid_scope"));
        bench.then(WireBench::good(2, {{u"scope"_s, u"read"_s}}));
        bench.expire();
        bench.ask();
        QVERIFY(*bench.answer);
        QCOMPARE(bench.status().state, AccountState::Fresh);
        QCOMPARE(bench.tokenRequests(), 2);
        QCOMPARE(bench.server->requests().at(0).form().value(u"scope"_s), u"read write"_s);
        QVERIFY(!bench.server->requests().at(1).form().contains(u"scope"_s));
        QCOMPARE(bench.status().missingScopes, QStringList(u"write"_s));
    }

    void T81_noSuchHost()
    {
        WireBench::Options options;
        options.tokenUrl = QUrl(u"https://nobody.invalid/token"_s);
        WireBench bench(options);
        bench.expire();
        bench.ask();
        QVERIFY(bench.until(AccountState::Waiting));
        QCOMPARE(bench.status().lastError->attempt, 6);
        QCOMPARE(bench.status().lastError->error.kind, ErrorClass::Net);
        QCOMPARE(bench.server->count(), 0);
    }

    void T86_anUntrustedCertificate()
    {
        WireBench::Options options;
        options.tls = true;
        WireBench bench(options);
        bench.expire();
        bench.ask();
        QCOMPARE(bench.status().state, AccountState::Waiting);
        QCOMPARE(bench.status().reason, u"tls"_s);
        QCOMPARE(bench.status().badge, Badge::NeedsYou);
        QCOMPARE(bench.server->count(), 0); // the token never went out
        QCOMPARE(bench.stored()->refreshToken.reveal(), QByteArray("r1"));
    }

    void T88_aDayOfTrouble()
    {
        WireBench bench;
        bench.then(Script::html(502), 500);
        bench.expire();
        bench.ask();
        const QDateTime begin = bench.clock.now();
        QVERIFY(bench.until(AccountState::Stalled, 200));
        QVERIFY(begin.secsTo(bench.clock.now()) >= 24 * 3600);
        const qint64 wait = bench.clock.now().secsTo(*bench.status().nextAt);
        QVERIFY(wait >= 48 * 60 && wait <= 72 * 60);
        bench.scripts.clear();
        QVERIFY(bench.until(AccountState::Fresh));
        QVERIFY(!bench.status().lastError);
    }

    void T92_lockedAtTheSave()
    {
        WireBench bench;
        bench.vault.pretend(VaultState::Unlocked);
        bench.other = {};
        bench.server->setHandler([&bench](const ScriptedRequest &) {
            bench.vault.pretend(VaultState::Locked);
            return WireBench::good(2);
        });
        bench.expire();
        bench.ask();
        QVERIFY(*bench.answer);
        QCOMPARE(bench.status().state, AccountState::Fresh);
        QCOMPARE(bench.status().storage, StorageState::Unsaved);
        bench.vault.pretend(VaultState::Unlocked);
        QVERIFY(bench.settle());
        QCOMPARE(bench.stored()->refreshToken.reveal(), QByteArray("r2"));
        QCOMPARE(bench.status().storage, StorageState::Saved);
    }

    void T93_anOldLatchDoesNotHoldANewSignIn()
    {
        WireBench bench;
        bench.then(coded(400, "invalid_grant"));
        bench.expire();
        bench.ask();
        QCOMPARE(bench.status().state, AccountState::NeedsSignIn);
        SignInRequest request;
        request.providerId = u"acme"_s;
        request.account = bench.id;
        request.pastedRefreshToken = Secret(QByteArray("r9"));
        QVERIFY(bench.run(bench.service->signIn(request)));
        bench.stop();
        bench.start();
        QCOMPARE(bench.status().state, AccountState::Fresh);
        QVERIFY(!bench.status().lastError);
    }
};

QTEST_GUILESS_MAIN(TestTokenVectorsWire)
#include "test_tokenvectors_wire.moc"
