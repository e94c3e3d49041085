#include "tests/core/relayfile/relayfilebench.h"
#include "tests/support/compare.h"

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

QCoro::Task<void> ask(
    BundleKeeper *bundles, DataPlaneKey key, QStringList scopes, QList<Result<DataPlaneAccess>> *answers)
{
    auto access = co_await bundles->access(key, scopes);
    answers->append(access);
}

QCoro::Task<void> refuse(
    BundleKeeper *bundles, DataPlaneKey key, QString fingerprint, QList<Result<DataPlaneAccess>> *answers)
{
    auto access = co_await bundles->rejected(key, RelayfileBench::scopes(), fingerprint);
    answers->append(access);
}

} // namespace

class TestBundleKeeper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void mintsOnceForMany()
    {
        RelayfileBench bench;
        QVERIFY(!bench.account.isEmpty());
        QList<Result<DataPlaneAccess>> answers;
        for (int i = 0; i < 20; ++i)
            ask(bench.bundles.get(), bench.key(), RelayfileBench::scopes(), &answers);
        bench.settle();
        QCOMPARE(answers.size(), 20);
        QCOMPARE(bench.minted(), 1);
        for (const auto &answer : answers) {
            QVERIFY(answer);
            QCOMPARE(answer->fingerprint, answers.first()->fingerprint);
            QCOMPARE(answer->relayWorkspaceId, u"rw_1"_s);
            QCOMPARE(answer->server, QUrl(u"https://file.acme.test"_s));
        }
        QVERIFY(bench.access());
        QCOMPARE(bench.minted(), 1);
        const HttpRequest sent = bench.http.requests(RelayfileBench::mintKey()).first();
        QVERIFY(FakeHttp::header(sent, "Authorization").startsWith("Bearer cloud-"));
        QVERIFY(sent.body.contains("\"scopes\":[\"fs:read\",\"ops:read\"]"));
    }

    void refreshesAheadOfTime()
    {
        RelayfileBench bench;
        const auto first = bench.access();
        bench.advance(50min);
        QCOMPARE(bench.access()->fingerprint, first->fingerprint);
        bench.advance(5min); // six minutes are the lead of an hour
        const auto second = bench.access();
        QVERIFY(second && second->fingerprint != first->fingerprint);
        QCOMPARE(bench.refreshed(), 1);
        QCOMPARE(bench.minted(), 1);
        const HttpRequest sent = bench.http.requests(RelayfileBench::refreshKey()).first();
        QVERIFY(FakeHttp::header(sent, "Authorization").isEmpty());
    }

    void shortLivesAreNotRenewedEveryTime()
    {
        RelayfileBench bench;
        bench.delegatedLifetime = 60; // always within the lead
        for (int i = 0; i < 30; ++i) {
            QVERIFY(bench.access());
            bench.advance(1s);
        }
        QVERIFY2(bench.minted() + bench.refreshed() <= 2, qPrintable(QString::number(bench.refreshed())));
    }

    void aRefusedRefreshMeansANewDelegation_data()
    {
        QTest::addColumn<QString>("code");
        QTest::newRow("over") << u"delegation_expired"_s;
        QTest::newRow("revoked") << u"workspace_token_revoked"_s;
        QTest::newRow("spent") << u"invalid_refresh_token"_s;
    }
    void aRefusedRefreshMeansANewDelegation()
    {
        QFETCH(QString, code);
        RelayfileBench bench;
        const auto first = bench.access();
        bench.http.queue(RelayfileBench::refreshKey(), FakeHttp::json(401, {{"error"_L1, "no"_L1}, {"code"_L1, code}}));
        bench.advance(58min);
        const auto second = bench.access();
        QVERIFY(second && second->fingerprint != first->fingerprint);
        QCOMPARE(bench.minted(), 2);
        QCOMPARE(bench.status(bench.account).state, AccountState::Fresh); // the account knows nothing of it
    }

    void serverTroubleKeepsWhatWorks()
    {
        RelayfileBench bench;
        const auto first = bench.access();
        bench.http.serve(RelayfileBench::refreshKey(),
            [](const HttpRequest &) { return Result<HttpResponse>(FakeHttp::json(503, {})); });
        bench.advance(55min);
        const auto second = bench.access();
        QVERIFY(second);
        QCOMPARE(second->fingerprint, first->fingerprint);
        QCOMPARE(bench.refreshed(), 1);
        QVERIFY(bench.access()); // and nobody hurries
        QCOMPARE(bench.refreshed(), 1);
        bench.advance(31s);
        QVERIFY(bench.access());
        QCOMPARE(bench.refreshed(), 2);
        bench.advance(10min); // the token has ended
        const auto third = bench.access();
        QVERIFY(!third);
        QVERIFY(third.error().isTransient());
        QCOMPARE(bench.minted(), 1);
    }

    void mintErrorsAreTyped_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("code");
        QTest::addColumn<int>("kind");
        QTest::newRow("needs a sign-in") << 401 << u"needs_reauth"_s << static_cast<int>(ErrorClass::Reauth);
        QTest::newRow("may not") << 403 << u"scope_insufficient"_s << static_cast<int>(ErrorClass::Scope);
        QTest::newRow("unknown scope") << 400 << u"invalid_scope"_s << static_cast<int>(ErrorClass::Scope);
        QTest::newRow("passes by itself") << 503 << u"relayauth_unavailable"_s << static_cast<int>(ErrorClass::Server);
    }
    void mintErrorsAreTyped()
    {
        QFETCH(int, status);
        QFETCH(QString, code);
        QFETCH(int, kind);
        RelayfileBench bench;
        const auto no = FakeHttp::json(status, {{"error"_L1, "It says no."_L1}, {"code"_L1, code}});
        bench.http.serve(RelayfileBench::mintKey(), [no](const HttpRequest &) { return Result<HttpResponse>(no); });
        const auto access = bench.access();
        QVERIFY(!access);
        QCOMPARE(access.error().code, code);
        QCOMPARE(static_cast<int>(access.error().kind), kind);
        QVERIFY(access.error().message.contains(u"It says no."_s));
        QCOMPARE(bench.status(bench.account).state, AccountState::Fresh);
    }

    void survivesARestart()
    {
        RelayfileBench bench;
        const auto first = bench.access();
        bench.restartAll();
        const auto second = bench.access();
        QVERIFY(second);
        QCOMPARE(second->fingerprint, first->fingerprint);
        QCOMPARE(bench.minted(), 1);
    }

    void aDamagedEntryIsReplaced()
    {
        RelayfileBench bench;
        QVERIFY(bench.access());
        const auto index = bench.run(bench.vault.read(u"v1/bundle/%1/index"_s.arg(bench.account.text())));
        QVERIFY(index);
        const QString key
            = QJsonDocument::fromJson(index->reveal()).object().value("keys"_L1).toArray().first().toString();
        QVERIFY(key.startsWith(u"v1/bundle/"_s + bench.account.text()));
        QVERIFY(bench.run(bench.vault.write(key, Secret(QByteArray("{half")))));
        bench.restartAll();
        QVERIFY(bench.access());
        QCOMPARE(bench.minted(), 2);
    }

    void aClosedKeychainDoesNotMatter()
    {
        RelayfileBench bench;
        bench.vault.pretend(VaultState::Locked);
        QVERIFY(bench.access());
        QVERIFY(bench.access());
        QCOMPARE(bench.minted(), 1);
    }

    void aWiderBundleServesANarrowRequest()
    {
        RelayfileBench bench;
        const auto wide = bench.access({u"fs:read"_s, u"fs:write"_s, u"ops:read"_s});
        const auto narrow = bench.access({u"fs:write:/linear/**"_s, u"ops:read"_s});
        QVERIFY(wide && narrow);
        QCOMPARE(narrow->fingerprint, wide->fingerprint);
        QCOMPARE(bench.minted(), 1);
        // The other way round a bundle of its own is needed, and the narrow one stays.
        RelayfileBench other;
        const auto small = other.access({u"fs:write:/linear/**"_s});
        const auto large = other.access({u"fs:write"_s});
        QVERIFY(small && large && small->fingerprint != large->fingerprint);
        QCOMPARE(other.minted(), 2);
        QCOMPARE(other.access({u"fs:write:/linear/**"_s})->fingerprint, small->fingerprint);
    }

    void aRefusedTokenIsRenewedOnce()
    {
        RelayfileBench bench;
        const auto first = bench.access();
        QList<Result<DataPlaneAccess>> answers;
        for (int i = 0; i < 5; ++i)
            refuse(bench.bundles.get(), bench.key(), first->fingerprint, &answers);
        bench.settle();
        QCOMPARE(answers.size(), 5);
        QCOMPARE(bench.refreshed(), 1);
        for (const auto &answer : answers)
            QVERIFY(answer && answer->fingerprint != first->fingerprint);
        const auto late = bench.run(bench.bundles->rejected(bench.key(), RelayfileBench::scopes(), first->fingerprint));
        QVERIFY(late && late->fingerprint == answers.first()->fingerprint);
        QCOMPARE(bench.refreshed(), 1);
    }

    void aPlaneThatRefusesEverythingIsNotFed()
    {
        RelayfileBench bench;
        for (int i = 0; i < 20; ++i) {
            const auto access = bench.access();
            if (access)
                bench.run(bench.bundles->rejected(bench.key(), RelayfileBench::scopes(), access->fingerprint));
        }
        QVERIFY2(
            bench.minted() + bench.refreshed() <= 4, qPrintable(QString::number(bench.minted() + bench.refreshed())));
    }

    void forgetTakesEverything()
    {
        RelayfileBench bench;
        QVERIFY(bench.access());
        QVERIFY(bench.access({u"fs:write"_s}));
        bench.restartAll(); // also what this run has not used
        const auto index = bench.run(bench.vault.read(u"v1/bundle/%1/index"_s.arg(bench.account.text())));
        const QJsonArray keys = QJsonDocument::fromJson(index->reveal()).object().value("keys"_L1).toArray();
        QCOMPARE(keys.size(), 2);
        bench.run(bench.bundles->forget(bench.account));
        for (const QJsonValue &key : keys)
            QVERIFY(!bench.run(bench.vault.read(key.toString())));
        QVERIFY(!bench.run(bench.vault.read(u"v1/bundle/%1/index"_s.arg(bench.account.text()))));
        QVERIFY(bench.access());
        QCOMPARE(bench.minted(), 3);
    }

    void aMintThatComesAfterForgettingIsDropped()
    {
        RelayfileBench bench;
        bench.http.hold(RelayfileBench::mintKey());
        QList<Result<DataPlaneAccess>> answers;
        ask(bench.bundles.get(), bench.key(), RelayfileBench::scopes(), &answers);
        bench.settle();
        bench.run(bench.bundles->forget(bench.account));
        bench.http.release(RelayfileBench::mintKey());
        bench.settle();
        QCOMPARE(answers.size(), 1);
        QVERIFY(!answers.first());
        QVERIFY(!bench.run(bench.vault.read(u"v1/bundle/%1/index"_s.arg(bench.account.text()))));
    }

    void aServerAccountUsesItsOwnToken()
    {
        RelayfileBench bench;
        SignInRequest request;
        request.providerId = u"relayfile-server"_s;
        request.server = QUrl(u"http://127.0.0.1:9999"_s);
        request.pastedAccessToken = Secret(QByteArray("e30.eyJ3a3MiOiJyd185Iiwic3ViIjoiYSJ9.c2ln")); // wks rw_9, sub a
        const auto id = bench.trySignIn(request);
        QVERIFY(id);
        const auto workspaces = bench.run(bench.cloud->workspaces(*id));
        QVERIFY(workspaces);
        QCOMPARE(workspaces->size(), 1);
        QCOMPARE(workspaces->first().relayId, u"rw_9"_s);
        QVERIFY(workspaces->first().cloudId.isEmpty());
        DataPlaneKey key;
        key.account = *id;
        key.relayWorkspaceId = u"rw_9"_s;
        const auto access = bench.run(bench.bundles->access(key, {u"fs:read"_s}));
        QVERIFY(access);
        QVERIFY(access->token == request.pastedAccessToken);
        QCOMPARE(access->server, QUrl(u"http://127.0.0.1:9999"_s));
        key.server = QUrl(u"http://evil.test"_s);
        const auto no = bench.run(bench.bundles->access(key, {u"fs:read"_s}));
        QVERIFY(!no);
        QCOMPARE(no.error().kind, ErrorClass::Config);
    }

    void workspacesOfTheCloud()
    {
        RelayfileBench bench;
        const QString listKey = u"GET /cloud/api/v1/workspaces"_s;
        bench.http.queue(listKey,
            FakeHttp::json(200,
                {{"workspaces"_L1,
                    QJsonArray{QJsonObject{{"id"_L1, "cw_1"_L1}, {"relayfileWorkspaceId"_L1, "rw_1"_L1},
                                   {"name"_L1, "research\nroom"_L1}, {"relayfileUrl"_L1, "https://file.acme.test"_L1}},
                        QJsonObject{{"workspaceId"_L1, "cw_2"_L1}, {"slug"_L1, "desk"_L1},
                            {"relayfileUrl"_L1, "http://evil.test"_L1}},
                        QJsonObject{{"name"_L1, "no id"_L1}}, 7}}}));
        const auto workspaces = bench.run(bench.cloud->workspaces(bench.account));
        QVERIFY(workspaces);
        QCOMPARE(workspaces->size(), 2);
        QCOMPARE(workspaces->first().name, u"research room"_s);
        QCOMPARE(workspaces->first().server, QUrl(u"https://file.acme.test"_s));
        QCOMPARE(workspaces->last().cloudId, u"cw_2"_s);
        QVERIFY(workspaces->last().server.isEmpty());
        bench.http.queue(listKey, FakeHttp::text(200, "text/html", "<html>"));
        QVERIFY(!bench.run(bench.cloud->workspaces(bench.account)));
        bench.http.queue(listKey, FakeHttp::text(200, "application/json", "[]"));
        const auto none = bench.run(bench.cloud->workspaces(bench.account));
        QVERIFY(none && none->isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestBundleKeeper)
#include "test_bundlekeeper.moc"
