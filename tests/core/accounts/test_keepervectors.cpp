// Concurrency, storage and time, each by its id: what other processes, crashes, sleep and set clocks do to an account.
#include "core/accounts/rotationmarker.h"
#include "core/accounts/tokenpolicy.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "tests/core/accounts/accountbench.h"
#include "tests/support/compare.h"

#include <QFile>
#include <QTest>
#include <unistd.h>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const QString tokenKey = QLatin1String(AccountBench::tokenKey);

QCoro::Task<void> ask(AccountService *service, AccountId id, QList<Result<AccessToken>> *answers)
{
    auto token = co_await service->token(id);
    answers->append(token);
}

QCoro::Task<void> quit(AccountService *service, bool *done)
{
    co_await service->shutdown();
    *done = true;
}

Result<HttpResponse> unreachable(const HttpRequest &)
{
    return FakeHttp::fail(ErrorClass::Net, u"unreachable"_s);
}

} // namespace

class TestKeeperVectors : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void T82_refusedTwice()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        for (int i = 0; i < 2; ++i)
            bench.http.queue(tokenKey, Result<HttpResponse>(FakeHttp::fail(ErrorClass::Net, u"refused"_s)));
        bench.clock.jump(2h);
        QVERIFY(!bench.run(bench.service->token(id)));
        QCOMPARE(bench.status(id).state, AccountState::Retrying);
        for (int i = 0; i < 5 && bench.status(id).state != AccountState::Fresh; ++i)
            bench.toNextAlarm();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.tokenRequests(), 3);
    }

    void T84_T90_anAnswerThatNeverComes()
    {
        AccountBench bench;
        bench.rotate = false;
        const AccountId id = bench.signIn();
        bench.http.queue(tokenKey, Result<HttpResponse>(FakeHttp::fail(ErrorClass::Ambiguous, u"timeout"_s)));
        bench.clock.jump(2h);
        QVERIFY(!bench.run(bench.service->token(id)));
        QCOMPARE(bench.status(id).state, AccountState::Retrying);
        QCOMPARE(bench.status(id).lastError->error.kind, ErrorClass::Ambiguous);
        bench.advance(2s);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.tokenRequests(), 2);
    }

    void T85_stoppedBeforeAnythingWasSent()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        auto lock = FileLock::tryAcquire(bench.lockPath(id, ".lock"));
        QVERIFY(lock && lock->isHeld());
        bench.clock.jump(2h);
        QList<Result<AccessToken>> answers;
        ask(bench.service.get(), id, &answers);
        bench.settle();
        QVERIFY(bench.run(bench.service->setEnabled(id, false)));
        lock->release();
        bench.advance(1s);
        QCOMPARE(bench.tokenRequests(), 0);
        QCOMPARE(bench.status(id).state, AccountState::Disabled);
        QVERIFY(!bench.status(id).lastError);
        QVERIFY(bench.run(bench.service->setEnabled(id, true)));
        bench.advance(1s);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    // A client that was registered for this sign-in (RFC 7591), and whose registration can be managed (RFC 7592).
    void registered_data()
    {
        QTest::addColumn<bool>("known");
        QTest::newRow("T67 the server has forgotten it") << false;
        QTest::newRow("T69 another secret helps") << true;
    }
    void registered()
    {
        QFETCH(bool, known);
        AccountBench bench;
        const AccountId id = bench.signIn();
        Credential credential = *bench.stored(id);
        credential.clientSecret = Secret(QByteArray("old-secret"));
        credential.registrationAccessToken = Secret(QByteArray("manage-it"));
        credential.registrationClientUri = QUrl(u"https://auth.acme.test/register/c1"_s);
        bench.stop();
        QVERIFY(bench.run(bench.vault.write(bench.vaultKey(id), encodeCredential(credential))));
        Roster roster(bench.rosterPath());
        QVERIFY(roster.load());
        roster.find(id)->clientRegistered = true;
        roster.find(id)->clientId = u"c1"_s;
        roster.find(id)->clientAuth = u"basic"_s;
        QVERIFY(roster.save());
        int managed = 0;
        const auto answer = [&](const HttpRequest &request) -> Result<HttpResponse> {
            ++managed;
            if (!known)
                return FakeHttp::json(401, {}, {HttpHeader{"WWW-Authenticate", "Bearer error=\"invalid_token\""}});
            const bool renewed = request.method == "PUT";
            return FakeHttp::json(200,
                {{"client_id"_L1, "c1"_L1}, {"client_secret"_L1, renewed ? u"new-secret"_s : u"old-secret"_s},
                    {"client_secret_expires_at"_L1, 0}, {"registration_access_token"_L1, "manage-it"_L1},
                    {"registration_client_uri"_L1, "https://auth.acme.test/register/c1"_L1},
                    {"token_endpoint_auth_method"_L1, "client_secret_basic"_L1}});
        };
        bench.http.serve(u"GET /register/c1"_s, answer);
        bench.http.serve(u"PUT /register/c1"_s, answer);
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) -> Result<HttpResponse> {
            const QByteArray secret = QByteArray::fromBase64(
                FakeHttp::header(request, "Authorization").mid(QByteArrayLiteral("Basic ").size()));
            return secret == "c1:new-secret" ? bench.token(request)
                                             : FakeHttp::json(401, {{"error"_L1, "invalid_client"_L1}});
        });
        bench.start();
        bench.clock.jump(2h);
        const auto token = bench.run(bench.service->token(id));
        bench.settle();
        QVERIFY(!token);
        QVERIFY(managed > 0);
        if (known) {
            QCOMPARE(bench.status(id).state, AccountState::Fresh);
            QCOMPARE(bench.tokenRequests(), 2);
            QCOMPARE(bench.stored(id)->clientSecret.reveal(), QByteArray("new-secret"));
        } else {
            QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
            QCOMPARE(bench.status(id).reason, u"client-replaced"_s);
            QCOMPARE(bench.tokenRequests(), 1);
            QVERIFY(bench.stored(id));
        }
    }

    void K06_endedBeforeTheSaveAndTheServerForgives()
    {
        AccountBench bench;
        bench.rotate = false; // the old refresh token goes on working
        const AccountId id = bench.signIn();
        // A process that is gone had sent the token and died before it could save.
        RotationMarker marker;
        marker.generation = bench.stored(id)->generation;
        marker.grantEpoch = bench.stored(id)->grantEpoch;
        marker.fingerprint = bench.stored(id)->refreshToken.fingerprint();
        marker.startedAt = bench.clock.now();
        QVERIFY(writeMarker(bench.lockPath(id, ".rotation"), marker));
        bench.clock.jump(2h);
        bench.restart();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.tokenRequests(), 1);
        QVERIFY(!QFile::exists(bench.lockPath(id, ".rotation")));
    }

    void aRotationInAnotherLivingProcessIsWaitedFor()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        RotationMarker marker;
        marker.fingerprint = bench.stored(id)->refreshToken.fingerprint();
        marker.startedAt = bench.clock.now();
        const QString path = bench.lockPath(id, ".rotation");
        QVERIFY(writeMarker(path, marker));
        // Written by the parent of this process, which lives: it has the answer and only waits for its keychain.
        QFile stat(u"/proc/%1/stat"_s.arg(getppid()));
        QVERIFY(stat.open(QIODevice::ReadOnly));
        const QByteArray line = stat.readAll();
        const QByteArray start = line.mid(line.lastIndexOf(')') + 2).split(' ').value(19);
        auto content = readFile(path, 4096);
        QJsonObject object = *parseJsonObject(*content);
        object.insert(u"process"_s, static_cast<qint64>(getppid()));
        object.insert(u"processStart"_s, QString::fromLatin1(start));
        QVERIFY(writeFileAtomically(path, toCompact(object)));
        bench.clock.jump(2h);
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(!token);
        QCOMPARE(token.error().code, u"busy-elsewhere"_s);
        QCOMPARE(bench.tokenRequests(), 0);
        QVERIFY(isWaitingState(bench.status(id).state));
    }

    void K08_whoeverWasFasterStays_data()
    {
        QTest::addColumn<bool>("otherGrant");
        QTest::newRow("another generation") << false;
        QTest::newRow("another sign-in") << true;
    }
    void K08_whoeverWasFasterStays()
    {
        QFETCH(bool, otherGrant);
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, [&bench, id, otherGrant](const HttpRequest &request) {
            // While this process stood still somebody has put something newer into the vault.
            auto answer = bench.token(request);
            Credential theirs = *bench.stored(id);
            theirs.generation += 3;
            theirs.grantEpoch += otherGrant ? 1 : 0;
            theirs.accessToken = Secret(QByteArray("theirs"));
            theirs.refreshToken = Secret(QByteArray("their-refresh"));
            theirs.obtainedAt = bench.clock.now().addSecs(1);
            theirs.expiresAt = bench.clock.now().addSecs(3600);
            [[maybe_unused]] const auto written
                = bench.run(bench.vault.write(bench.vaultKey(id), encodeCredential(theirs)));
            return answer;
        });
        bench.clock.jump(2h);
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(token);
        QCOMPARE(token->value.reveal(), QByteArray("theirs"));
        QCOMPARE(bench.stored(id)->refreshToken.reveal(), QByteArray("their-refresh"));
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        bench.settle();
        QCOMPARE(bench.http.count(u"POST /revoke"_s), otherGrant ? 1 : 0);
    }

    void K11_aLockOfAProcessThatIsGone()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QFile left(bench.lockPath(id, ".lock"));
        QVERIFY(left.open(QIODevice::WriteOnly | QIODevice::Truncate));
        left.write("99999999 another-host\n");
        left.close();
        bench.clock.jump(2h);
        QVERIFY(bench.run(bench.service->token(id)));
        QCOMPARE(bench.tokenRequests(), 1);
    }

    void K12_aQuitWaitsForTheAnswer()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.hold(tokenKey);
        bench.clock.jump(2h);
        QList<Result<AccessToken>> answers;
        ask(bench.service.get(), id, &answers);
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Refreshing);
        bool done = false;
        quit(bench.service.get(), &done);
        bench.settle();
        QVERIFY(!done);
        bench.advance(9s);
        QVERIFY(!done);
        bench.http.release(tokenKey);
        bench.settle();
        QVERIFY(done);
        bench.service.reset();
        bench.start();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.spentSeen, 0);
    }

    void K14_twentyAccountsWakeUp()
    {
        AccountBench bench;
        HostGate gate(&bench.clock);
        bench.gate = &gate;
        bench.restart();
        QList<AccountId> ids;
        for (int i = 0; i < 20; ++i)
            ids.append(bench.signIn(u"person%1"_s.arg(i)));
        QList<QDateTime> asked;
        int inFlight = 0;
        int most = 0;
        bench.http.serve(tokenKey, [&](const HttpRequest &request) {
            asked.append(bench.clock.now());
            most = std::max(most, ++inFlight);
            auto answer = bench.token(request);
            --inFlight;
            return answer;
        });
        bench.clock.jump(9h);
        bench.surroundings.wake();
        bench.advance(40s);
        QCOMPARE(asked.size(), 20);
        for (int i = 1; i < asked.size(); ++i)
            QVERIFY(asked.at(i - 1).msecsTo(asked.at(i)) >= 1000);
        QVERIFY(most <= 2);
        for (const AccountId &id : std::as_const(ids))
            QCOMPARE(bench.status(id).state, AccountState::Fresh);
        bench.stop(); // before the gate goes
    }

    void aHostInTroubleIsAskedByOne()
    {
        AccountBench bench;
        HostGate gate(&bench.clock);
        bench.gate = &gate;
        bench.restart();
        QList<AccountId> ids;
        for (int i = 0; i < 20; ++i)
            ids.append(bench.signIn(u"person%1"_s.arg(i)));
        bench.http.serve(tokenKey, [](const HttpRequest &) { return Result<HttpResponse>(FakeHttp::json(503, {})); });
        bench.clock.jump(9h);
        bench.surroundings.wake();
        bench.advance(2min);
        // Twenty accounts with five tries each would be a hundred; the host is spared nearly all of them.
        QVERIFY2(bench.tokenRequests() <= 15, qPrintable(QString::number(bench.tokenRequests())));
        for (const AccountId &id : std::as_const(ids)) {
            // At the gate for a moment, or waiting for a time that is known.
            const AccountStatus status = bench.status(id);
            QVERIFY(status.state == AccountState::Refreshing || (isWaitingState(status.state) && status.nextAt));
        }
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) { return bench.token(request); });
        bench.advance(2h);
        for (const AccountId &id : std::as_const(ids))
            QCOMPARE(bench.status(id).state, AccountState::Fresh);
        bench.stop();
    }

    void S12_aHundredRotations()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        for (int i = 0; i < 100; ++i)
            QVERIFY(bench.run(bench.service->check(id)));
        QCOMPARE(bench.tokenRequests(), 100);
        QCOMPARE(bench.vault.keys(), QStringList(bench.vaultKey(id)));
    }

    void T91_U01_asleepForNineHours()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.surroundings.setOnline(false);
        bench.http.serve(tokenKey, unreachable);
        bench.clock.jump(9h);
        bench.surroundings.wake();
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Offline);
        QCOMPARE(bench.status(id).badge, Badge::Off);
        const int before = bench.tokenRequests();
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) { return bench.token(request); });
        bench.advance(20s);
        QCOMPARE(bench.tokenRequests(), before);
        bench.surroundings.setOnline(true);
        bench.settle();
        QCOMPARE(bench.tokenRequests(), before + 1);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(bench.http.timesForgotten() >= 1);
    }

    void U04_theTokenWorksOn()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, unreachable);
        QVERIFY(!bench.run(bench.service->check(id)));
        bench.advance(20min);
        QCOMPARE(bench.status(id).state, AccountState::Waiting);
        QCOMPARE(bench.status(id).badge, Badge::Working);
        QVERIFY(bench.clock.now().secsTo(*bench.status(id).usableUntil) >= 39 * 60);
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void U05_anotherProcessSignsIn()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(tokenKey, FakeHttp::json(400, {{"error"_L1, "invalid_grant"_L1}}));
        bench.clock.jump(2h);
        QVERIFY(!bench.run(bench.service->token(id)));
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        {
            // Another process with the same files and the same keychain.
            AccountService::Collaborators use;
            use.clock = &bench.clock;
            use.http = &bench.http;
            use.vault = &bench.vault;
            use.sessionVault = &bench.session;
            use.profiles = bench.profiles.get();
            use.paths = bench.paths;
            AccountService other(use);
            QVERIFY(other.loadRoster());
            other.start();
            auto request = bench.pasted();
            request.account = id;
            QVERIFY(bench.run(other.signIn(request)));
            bench.run(other.shutdown());
        }
        QTRY_COMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(!bench.status(id).lastError);
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void U08_aDisabledAccountAsksNobody()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QVERIFY(bench.run(bench.service->setEnabled(id, false)));
        bench.advance(48h);
        bench.surroundings.wake();
        bench.surroundings.setOnline(false);
        bench.surroundings.setOnline(true);
        bench.settle();
        QVERIFY(bench.http.requests().isEmpty());
    }

    void U09_restartedAfterTwentyThreeHours()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, unreachable);
        QVERIFY(!bench.run(bench.service->check(id)));
        const QDateTime began = bench.clock.now();
        bench.advance(23h);
        QCOMPARE(bench.status(id).state, AccountState::Waiting);
        bench.restart();
        QCOMPARE(bench.status(id).state, AccountState::Waiting);
        QCOMPARE(bench.status(id).since, began);
        for (int i = 0; i < 100 && bench.status(id).state != AccountState::Stalled; ++i)
            bench.toNextAlarm();
        QCOMPARE(bench.status(id).state, AccountState::Stalled);
        const qint64 minutes = began.secsTo(bench.clock.now()) / 60;
        QVERIFY2(minutes >= 24 * 60 && minutes <= 25 * 60 + 15, qPrintable(QString::number(minutes)));
    }

    void theClockIsSetBack()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(tokenKey, Result<HttpResponse>(FakeHttp::fail(ErrorClass::Net, u"unreachable"_s)));
        QVERIFY(!bench.run(bench.service->check(id)));
        QVERIFY(isWaitingState(bench.status(id).state));
        bench.clock.jump(-24h);
        bench.surroundings.jumpClock(-86400);
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void aPersonsSettingsAreInForce()
    {
        AccountBench bench;
        Settings settings(bench.paths.config + u"/settings.json"_s);
        bench.settings = &settings;
        bench.restart();
        const AccountId id = bench.signIn();
        QVERIFY(bench.run(settings.set(u"refresh.initialRetry"_s, u"60s"_s)));
        bench.http.serve(tokenKey, unreachable);
        QVERIFY(!bench.run(bench.service->check(id)));
        const qint64 wait = bench.clock.now().secsTo(*bench.status(id).nextAt);
        QVERIFY2(wait >= 30 && wait <= 90, qPrintable(QString::number(wait)));
        bench.stop();
    }
};

QTEST_GUILESS_MAIN(TestKeeperVectors)
#include "test_keepervectors.moc"
