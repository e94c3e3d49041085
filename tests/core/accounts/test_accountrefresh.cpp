#include "core/accounts/rotationmarker.h"
#include "core/accounts/tokenpolicy.h"
#include "core/base/files.h"
#include "tests/core/accounts/accountbench.h"
#include "tests/support/compare.h"

#include <QFile>
#include <QSignalSpy>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const QString tokenKey = QLatin1String(AccountBench::tokenKey);

// Calls token() and leaves it running.
QCoro::Task<void> ask(AccountService *service, AccountId id, QList<Result<AccessToken>> *answers)
{
    auto token = co_await service->token(id);
    answers->append(token);
}

QCoro::Task<void> refuse(
    AccountService *service, AccountId id, QString fingerprint, QList<Result<AccessToken>> *answers)
{
    auto token = co_await service->rejected(id, fingerprint);
    answers->append(token);
}

} // namespace

class TestAccountRefresh : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void renewsBeforeTheEnd()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto before = bench.stored(id);
        bench.advance(2870s); // the lead of an hour is 12 minutes
        QCOMPARE(bench.tokenRequests(), 0);
        bench.advance(90s); // less up to a tenth of it
        QCOMPARE(bench.tokenRequests(), 1);
        const auto after = bench.stored(id);
        QVERIFY(after->accessToken.fingerprint() != before->accessToken.fingerprint());
        QVERIFY(after->refreshToken.fingerprint() != before->refreshToken.fingerprint());
        QCOMPARE(after->generation, before->generation + 1);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(!QFile::exists(bench.lockPath(id, ".rotation")));
        bench.advance(24h);
        QVERIFY(bench.tokenRequests() >= 28 && bench.tokenRequests() <= 33);
        QCOMPARE(bench.spentSeen, 0);
    }

    void manyCallersShareOneRefresh()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.clock.jump(2h); // as after a long sleep: nothing fell due in between
        bench.http.hold(tokenKey);
        QList<Result<AccessToken>> answers;
        for (int i = 0; i < 50; ++i)
            ask(bench.service.get(), id, &answers);
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Refreshing);
        QVERIFY(answers.isEmpty());
        bench.http.release(tokenKey);
        bench.settle();
        QCOMPARE(answers.size(), 50);
        QCOMPARE(bench.tokenRequests(), 1);
        for (const auto &answer : answers)
            QVERIFY(answer && answer->fingerprint == answers.first()->fingerprint);
    }

    void aRefusedTokenIsReplacedOnce()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto first = bench.run(bench.service->token(id));
        QVERIFY(first);
        bench.http.hold(tokenKey);
        QList<Result<AccessToken>> answers;
        for (int i = 0; i < 10; ++i)
            refuse(bench.service.get(), id, first->fingerprint, &answers);
        bench.settle();
        bench.http.release(tokenKey);
        bench.settle();
        QCOMPARE(answers.size(), 10);
        QCOMPARE(bench.tokenRequests(), 1);
        for (const auto &answer : answers)
            QVERIFY(answer && answer->fingerprint != first->fingerprint);
        // Late news about the old token: the current one, without any network.
        const auto late = bench.run(bench.service->rejected(id, first->fingerprint));
        QVERIFY(late && late->fingerprint == answers.first()->fingerprint);
        QCOMPARE(bench.tokenRequests(), 1);
    }

    void aServiceThatRefusesEverythingIsNotFed()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        for (int i = 0; i < 20; ++i) {
            const auto token = bench.run(bench.service->token(id));
            if (!token)
                break;
            [[maybe_unused]] const auto next = bench.run(bench.service->rejected(id, token->fingerprint));
            bench.advance(1s);
        }
        QVERIFY2(bench.tokenRequests() <= 3, qPrintable(QString::number(bench.tokenRequests())));
        QCOMPARE(bench.status(id).state, AccountState::Fresh); // one service ends no sign-in
    }

    void troubleKeepsTheSignIn_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("mediaType");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("state");
        const auto row
            = [](const char *name, int status, const QByteArray &type, const QByteArray &body, AccountState state) {
                  QTest::newRow(name) << status << type << body << static_cast<int>(state);
              };
        row("503", 503, "text/plain", "busy", AccountState::Retrying);
        row("500 with invalid_grant", 500, "application/json", "{\"error\":\"invalid_grant\"}", AccountState::Retrying);
        row("a portal's page", 200, "text/html", "<html>hello</html>", AccountState::Retrying);
        row("403 page", 403, "text/html", "<html>no</html>", AccountState::Retrying);
        row("400 without a code", 400, "application/json", "{}", AccountState::Retrying);
        row("half an answer", 200, "application/json", "{\"access_token\":\"x", AccountState::Retrying);
        row("empty", 200, "application/json", "", AccountState::Retrying);
        row("429", 429, "application/json", "{\"error\":\"invalid_grant\"}", AccountState::RateLimited);
        row("temporarily_unavailable", 400, "application/json", "{\"error\":\"temporarily_unavailable\"}",
            AccountState::Retrying);
    }
    void troubleKeepsTheSignIn()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, mediaType);
        QFETCH(QByteArray, body);
        QFETCH(int, state);
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto before = bench.stored(id);
        bench.http.queue(tokenKey, FakeHttp::text(status, mediaType, body));
        bench.clock.jump(2h);
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(!token);
        QVERIFY(token.error().isTransient());
        QVERIFY(token.error().retryAt && *token.error().retryAt > bench.clock.now());
        const AccountStatus status1 = bench.status(id);
        QCOMPARE(static_cast<int>(status1.state), state);
        QCOMPARE(status1.badge, Badge::Reconnecting);
        QCOMPARE(status1.nextAt, token.error().retryAt);
        QVERIFY(status1.lastError && status1.lastError->attempt == 1);
        QVERIFY(bench.stored(id)->refreshToken == before->refreshToken);
        // While it waits nobody asks ahead of time …
        const int asked = bench.tokenRequests();
        if (bench.clock.now().msecsTo(*status1.nextAt) > 5000) {
            QVERIFY(!bench.run(bench.service->token(id)));
            QCOMPARE(bench.tokenRequests(), asked);
        }
        // … and then all is well again.
        bench.advance(std::chrono::milliseconds(bench.clock.now().msecsTo(*status1.nextAt) + 1));
        QCOMPARE(bench.tokenRequests(), asked + 1);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(!bench.status(id).lastError);
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void aLongOutageNeverEndsTheSignIn()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, [](const HttpRequest &) {
            return Result<HttpResponse>(FakeHttp::fail(ErrorClass::Net, u"unreachable"_s));
        });
        const QDateTime start = bench.clock.now();
        bench.advance(50min);
        QCOMPARE(bench.status(id).state, AccountState::Retrying);
        QVERIFY(bench.status(id).usableUntil);
        QCOMPARE(bench.status(id).badge, Badge::Good); // the token still works
        QVERIFY(bench.run(bench.service->token(id)));
        bench.advance(7min);
        QCOMPARE(bench.status(id).state, AccountState::Waiting);
        QCOMPARE(bench.status(id).badge, Badge::Working);
        QSignalSpy changes(bench.service.get(), &AccountService::accountChanged);
        bench.advance(5min); // the token ends, and that alone is news
        QCOMPARE(bench.status(id).badge, Badge::Reconnecting);
        QVERIFY(!changes.isEmpty());
        QVERIFY(!bench.status(id).usableUntil);
        bench.advance(26h);
        QCOMPARE(bench.status(id).state, AccountState::Stalled);
        QVERIFY(bench.status(id).since < start.addSecs(3600));
        const int asked = bench.tokenRequests();
        bench.advance(10h);
        const int hourly = bench.tokenRequests() - asked;
        QVERIFY2(hourly >= 8 && hourly <= 13, qPrintable(QString::number(hourly)));
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) { return bench.token(request); });
        bench.advance(75min);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.status(id).badge, Badge::Good);
    }

    void aVerdictEndsIt()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(tokenKey, FakeHttp::json(400, {{"error"_L1, "invalid_grant"_L1}}));
        bench.clock.jump(2h);
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(!token);
        QCOMPARE(token.error().kind, ErrorClass::Reauth);
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(id).reason, u"expired"_s);
        QCOMPARE(bench.status(id).badge, Badge::NeedsYou);
        QVERIFY(bench.stored(id)); // kept until a new sign-in
        bench.advance(48h);
        QCOMPARE(bench.tokenRequests(), 1); // and nobody tries on
        bench.restart();
        bench.advance(1h);
        QCOMPARE(bench.tokenRequests(), 1);
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.signIn(), id);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(!bench.status(id).lastError);
    }

    void anUnknownWordHasToComeTwice()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, [](const HttpRequest &) {
            return Result<HttpResponse>(FakeHttp::json(400, {{"error"_L1, "strange_thing"_L1}}));
        });
        bench.clock.jump(2h);
        QVERIFY(!bench.run(bench.service->token(id)));
        QCOMPARE(bench.status(id).state, AccountState::Retrying);
        QCOMPARE(bench.status(id).nextAt, std::optional(bench.clock.now().addSecs(60)));
        bench.advance(61s);
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(id).reason, u"refused"_s);
        QCOMPARE(bench.tokenRequests(), 2);
    }

    void otherVerdicts_data()
    {
        QTest::addColumn<QString>("code");
        QTest::addColumn<int>("state");
        QTest::addColumn<bool>("comesBack");
        QTest::newRow("client") << "invalid_client" << static_cast<int>(AccountState::ClientRejected) << false;
        QTest::newRow("request") << "invalid_request" << static_cast<int>(AccountState::Misconfigured) << false;
        QTest::newRow("policy") << "access_denied" << static_cast<int>(AccountState::PolicyBlocked) << true;
    }
    void otherVerdicts()
    {
        QFETCH(QString, code);
        QFETCH(int, state);
        QFETCH(bool, comesBack);
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(tokenKey, FakeHttp::json(400, {{"error"_L1, code}}));
        bench.clock.jump(2h);
        QVERIFY(!bench.run(bench.service->token(id)));
        QCOMPARE(static_cast<int>(bench.status(id).state), state);
        QVERIFY(bench.stored(id));
        bench.advance(361min);
        QCOMPARE(bench.tokenRequests(), comesBack ? 2 : 1);
        QCOMPARE(bench.status(id).state == AccountState::Fresh, comesBack);
        // A person may always try.
        const auto checked = bench.run(bench.service->check(id));
        QVERIFY(checked);
        QCOMPARE(checked->state, AccountState::Fresh);
    }

    void aLostAnswerIsRemembered()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        // The server takes the token, and its answer is lost.
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) {
            [[maybe_unused]] const auto lost = bench.token(request);
            return Result<HttpResponse>(FakeHttp::fail(ErrorClass::Ambiguous, u"closed"_s));
        });
        bench.clock.jump(2h);
        QVERIFY(!bench.run(bench.service->token(id)));
        QCOMPARE(bench.status(id).state, AccountState::Retrying);
        QCOMPARE(bench.status(id).nextAt, std::optional(bench.clock.now().addSecs(2)));
        QVERIFY(readMarker(bench.lockPath(id, ".rotation")));
        bench.restart();
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) { return bench.token(request); });
        bench.advance(3s);
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(id).reason, u"lost-response"_s);
        QCOMPARE(bench.spentSeen, 1);
    }

    void K07_endedBetweenTheAnswerAndTheSave()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) {
            bench.vault.pretend(VaultState::Locked); // from here on nothing is saved
            return bench.token(request);
        });
        bench.clock.jump(2h);
        QVERIFY(bench.run(bench.service->token(id)));
        QCOMPARE(bench.status(id).storage, StorageState::Unsaved);
        QVERIFY(readMarker(bench.lockPath(id, ".rotation")));
        bench.stop();
        bench.vault.pretend(VaultState::Unlocked);
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) { return bench.token(request); });
        bench.start();
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(id).reason, u"lost-response"_s);
    }

    void anAnswerWithoutAnAccessTokenLeavesItsRefreshToken()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bool first = true;
        bench.http.serve(tokenKey, [&bench, &first](const HttpRequest &request) -> Result<HttpResponse> {
            auto answer = bench.token(request);
            if (!std::exchange(first, false) || !answer)
                return answer;
            QJsonObject body = QJsonDocument::fromJson(answer->body).object();
            body.remove("access_token"_L1);
            return FakeHttp::json(200, body);
        });
        bench.clock.jump(2h);
        QVERIFY(!bench.run(bench.service->token(id)));
        bench.advance(5min);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.spentSeen, 0); // the newer one goes first
    }

    void K04_signOutDuringTheFlightWins()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.hold(tokenKey);
        bench.clock.jump(2h);
        QList<Result<AccessToken>> answers;
        ask(bench.service.get(), id, &answers);
        bench.settle();
        QVERIFY(bench.run(bench.service->signOut(id)));
        QCOMPARE(bench.status(id).state, AccountState::SignedOut);
        bench.http.release(tokenKey);
        bench.settle();
        QCOMPARE(answers.size(), 1);
        QVERIFY(!answers.first());
        QCOMPARE(bench.status(id).state, AccountState::SignedOut);
        QVERIFY(!bench.stored(id));
        // The old grant's token and what the late answer brought are both taken back.
        QCOMPARE(bench.http.count(u"POST /revoke"_s), 2);
    }

    void aNewSignInDuringTheFlightWins()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.hold(tokenKey);
        bench.clock.jump(2h);
        QList<Result<AccessToken>> answers;
        ask(bench.service.get(), id, &answers);
        bench.settle();
        // The old answer will be a refusal; the sign-in comes by a request of its own.
        bench.http.queue(tokenKey, FakeHttp::json(400, {{"error"_L1, "invalid_grant"_L1}}));
        bool signedIn = false;
        const auto again = [](AccountBench *b, bool *done) -> QCoro::Task<void> {
            auto request = b->pasted();
            auto result = co_await b->service->signIn(request);
            *done = result.has_value();
        };
        auto task = again(&bench, &signedIn);
        bench.settle();
        bench.http.release(tokenKey);
        bench.settle();
        QVERIFY(signedIn);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void restartInEachWaitingState_data()
    {
        QTest::addColumn<int>("state");
        for (const auto state : {AccountState::Retrying, AccountState::Waiting, AccountState::Stalled,
                 AccountState::RateLimited, AccountState::PolicyBlocked})
            QTest::newRow(qPrintable(toString(state))) << static_cast<int>(state);
    }
    void restartInEachWaitingState()
    {
        QFETCH(int, state);
        const auto wanted = static_cast<AccountState>(state);
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, [wanted](const HttpRequest &) -> Result<HttpResponse> {
            if (wanted == AccountState::RateLimited)
                return FakeHttp::json(429, {}, {HttpHeader{"Retry-After", "1800"}});
            if (wanted == AccountState::PolicyBlocked)
                return FakeHttp::json(400, {{"error"_L1, "access_denied"_L1}});
            return FakeHttp::fail(ErrorClass::Net, u"unreachable"_s);
        });
        bench.advance(49min);
        for (int i = 0; i < 200 && bench.status(id).state != wanted; ++i)
            bench.toNextAlarm();
        const AccountStatus before = bench.status(id);
        QCOMPARE(before.state, wanted);
        QVERIFY(before.nextAt);
        const int asked = bench.tokenRequests();
        bench.restart();
        const AccountStatus after = bench.status(id);
        QCOMPARE(after.state, wanted);
        QCOMPARE(after.nextAt, before.nextAt);
        QCOMPARE(after.since, before.since);
        QCOMPARE(after.badge, before.badge);
        QCOMPARE(after.lastError->attempt, before.lastError->attempt);
        QCOMPARE(bench.tokenRequests(), asked);
        bench.http.serve(tokenKey, [&bench](const HttpRequest &request) { return bench.token(request); });
        bench.advance(std::chrono::milliseconds(bench.clock.now().msecsTo(*before.nextAt) - 1));
        QCOMPARE(bench.tokenRequests(), asked);
        bench.advance(2ms);
        QCOMPARE(bench.tokenRequests(), asked + 1);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void U03_anUnbelievableNextTimeIsDropped()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(tokenKey, Result<HttpResponse>(FakeHttp::fail(ErrorClass::Net, u"unreachable"_s)));
        bench.clock.jump(2h);
        QVERIFY(!bench.run(bench.service->token(id)));
        bench.stop();
        bench.clock.jump(-std::chrono::hours(24)); // the clock was wrong and is set back by a day
        bench.start();
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void K02_anotherProcessHasTheLock()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const Credential before = *bench.stored(id);
        auto lock = FileLock::tryAcquire(bench.lockPath(id, ".lock"));
        QVERIFY(lock && lock->isHeld());
        bench.clock.jump(2h);
        QList<Result<AccessToken>> answers;
        ask(bench.service.get(), id, &answers);
        bench.settle();
        bench.advance(3s);
        QVERIFY(answers.isEmpty());
        QCOMPARE(bench.tokenRequests(), 0);
        // The other one finishes: its tokens are in the vault now, and ours is not to redeem anything.
        Credential theirs = before;
        theirs.generation += 1;
        theirs.accessToken = Secret(QByteArray("theirs"));
        theirs.refreshToken = Secret(QByteArray("their-refresh"));
        theirs.obtainedAt = bench.clock.now();
        theirs.expiresAt = bench.clock.now().addSecs(3600);
        QVERIFY(bench.run(bench.vault.write(bench.vaultKey(id), encodeCredential(theirs))));
        lock->release();
        bench.advance(200ms);
        QCOMPARE(answers.size(), 1);
        QVERIFY(answers.first());
        QCOMPARE(answers.first()->value.reveal(), QByteArray("theirs"));
        QCOMPARE(bench.tokenRequests(), 0);
    }

    void K10_aLockThatIsNeverGivenBack()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        auto lock = FileLock::tryAcquire(bench.lockPath(id, ".lock"));
        QVERIFY(lock && lock->isHeld());
        bench.clock.jump(2h);
        QList<Result<AccessToken>> answers;
        ask(bench.service.get(), id, &answers);
        bench.settle();
        bench.advance(11s);
        QCOMPARE(answers.size(), 1);
        QVERIFY(!answers.first() && answers.first().error().isTransient());
        QCOMPARE(answers.first().error().code, u"busy-elsewhere"_s);
        QCOMPARE(bench.tokenRequests(), 0);
        QCOMPARE(bench.status(id).state, AccountState::Retrying);
        lock->release();
        bench.advance(60s);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void K03_aVerdictAboutAnOldTokenAdoptsTheNewOne()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(tokenKey, [&bench, id](const HttpRequest &) -> Result<HttpResponse> {
            // While we asked, somebody without our lock has put newer tokens into the vault.
            Credential theirs = *bench.stored(id);
            theirs.generation += 1;
            theirs.accessToken = Secret(QByteArray("theirs"));
            theirs.refreshToken = Secret(QByteArray("their-refresh"));
            theirs.obtainedAt = bench.clock.now();
            theirs.expiresAt = bench.clock.now().addSecs(3600);
            [[maybe_unused]] const auto written
                = bench.run(bench.vault.write(bench.vaultKey(id), encodeCredential(theirs)));
            return FakeHttp::json(400, {{"error"_L1, "invalid_grant"_L1}});
        });
        bench.clock.jump(2h);
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(token);
        QCOMPARE(token->value.reveal(), QByteArray("theirs"));
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void anotherPersonInTheAnswer()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto before = bench.stored(id);
        const auto claims = QByteArray("{\"sub\":\"bob\",\"aud\":\"postroom\"}")
                                .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
        bench.http.queue(tokenKey,
            FakeHttp::json(200,
                {{"access_token"_L1, "bobs"_L1}, {"token_type"_L1, "Bearer"_L1}, {"expires_in"_L1, 3600},
                    {"id_token"_L1, QString::fromLatin1("e30." + claims + ".c2ln")}}));
        bench.clock.jump(2h);
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(!token);
        QCOMPARE(bench.status(id).state, AccountState::IdentityMismatch);
        QVERIFY(bench.stored(id)->accessToken == before->accessToken);
    }

    void shortLivesAreServed()
    {
        AccountBench bench;
        bench.lifetime = 20;
        const AccountId id = bench.signIn();
        for (int i = 0; i < 30; ++i) {
            QVERIFY(bench.run(bench.service->token(id)));
            bench.advance(7s);
        }
        QVERIFY(bench.tokenRequests() <= 25);
        QCOMPARE(bench.spentSeen, 0);
    }

    void aLifeOfNothingIsNotAskedForInACircle()
    {
        AccountBench bench;
        bench.lifetime = 0;
        const AccountId id = bench.signIn();
        for (int i = 0; i < 20; ++i) {
            QVERIFY(bench.run(bench.service->token(id)));
            bench.advance(1s);
        }
        QCOMPARE(bench.tokenRequests(), 0);
        bench.advance(10min);
        QVERIFY(bench.tokenRequests() <= 11);
        // From the third such answer on it is the server's trouble, and said so.
        QVERIFY(isWaitingState(bench.status(id).state));
        QCOMPARE(bench.status(id).lastError->error.code, u"short-lived"_s);
        QVERIFY(bench.stored(id));
    }

    void moreValidityThanThereIsMeansANewOne()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.advance(40min);
        QVERIFY(bench.run(bench.service->token(id, 19min)));
        QCOMPARE(bench.tokenRequests(), 0);
        const auto token = bench.run(bench.service->token(id, 25min));
        QVERIFY(token);
        QCOMPARE(bench.tokenRequests(), 1);
        // More than any token has is not refused, and not asked for again and again.
        QVERIFY(bench.run(bench.service->token(id, 10h)));
        QVERIFY(bench.run(bench.service->token(id, 10h)));
        QCOMPARE(bench.tokenRequests(), 1);
    }

    void nothingIsDueNothingIsArmed()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QVERIFY(bench.clock.armed() <= 2); // the refresh, and the end of the token
        QVERIFY(bench.run(bench.service->signOut(id)));
        bench.settle();
        QCOMPARE(bench.clock.armed(), 0);
    }

    void saysNothingWhenNothingChanged()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QSignalSpy changes(bench.service.get(), &AccountService::accountChanged);
        for (int i = 0; i < 5; ++i)
            QVERIFY(bench.run(bench.service->token(id)));
        bench.settle();
        QCOMPARE(changes.size(), 0);
        bench.advance(50min); // one refresh: refreshing, and fresh with another end
        QVERIFY(changes.size() >= 1 && changes.size() <= 3);
        for (int i = 1; i < changes.size(); ++i)
            QVERIFY(
                !(changes.at(i).first().value<AccountStatus>() == changes.at(i - 1).first().value<AccountStatus>()));
    }
};

QTEST_GUILESS_MAIN(TestAccountRefresh)
#include "test_accountrefresh.moc"
