// Corners in which a grant could get lost, or a server could be asked without end.
#include "core/accounts/tokenpolicy.h"
#include "tests/core/accounts/accountbench.h"
#include "tests/core/accounts/healthbench.h"
#include "tests/support/compare.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const QString tokenKey = QLatin1String(AccountBench::tokenKey);
const QString thingsKey = u"GET /things"_s;

HttpRequest get(const QString &host)
{
    HttpRequest request;
    request.url = QUrl(u"https://"_s + host + u"/things"_s);
    return request;
}

// The next refresh is answered while the keychain does not take anything.
void rotateWhile(AccountBench &bench, VaultState state)
{
    bench.http.serve(tokenKey, [&bench, state](const HttpRequest &request) {
        bench.vault.pretend(state);
        return bench.token(request);
    });
}

} // namespace

class TestKeeperCorners : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void switchedOffBeforeItWasSaved()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto old = bench.stored(id);
        rotateWhile(bench, VaultState::Locked);
        bench.clock.jump(2h);
        QVERIFY(bench.run(bench.service->token(id)));
        QCOMPARE(bench.status(id).storage, StorageState::Unsaved);
        QVERIFY(bench.run(bench.service->setEnabled(id, false)));
        bench.vault.pretend(VaultState::Unlocked);
        bench.settle();
        QVERIFY(bench.stored(id)->refreshToken.fingerprint() != old->refreshToken.fingerprint());
        QVERIFY(bench.run(bench.service->setEnabled(id, true)));
        bench.restart();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.spentSeen, 0);
    }

    void quitBeforeItWasSaved()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        rotateWhile(bench, VaultState::Hung);
        bench.clock.jump(2h);
        QVERIFY(bench.run(bench.service->token(id)));
        const auto fresh = bench.run(bench.service->token(id));
        // The keychain comes back without a word, and the person quits before the next try.
        bench.vault.blockSignals(true);
        bench.vault.pretend(VaultState::Unlocked);
        bench.vault.blockSignals(false);
        bench.restart();
        QCOMPARE(bench.stored(id)->accessToken.fingerprint(), fresh->fingerprint);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void switchedOnAfterTheKeychainWasUnlocked()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.vault.pretend(VaultState::Locked);
        bench.advance(2h);
        QCOMPARE(bench.status(id).state, AccountState::StorageLocked);
        QVERIFY(bench.run(bench.service->setEnabled(id, false)));
        bench.vault.pretend(VaultState::Unlocked);
        QVERIFY(bench.run(bench.service->setEnabled(id, true)));
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void anUnreadableListIsNotOverwritten()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.stop();
        const QString path = bench.rosterPath();
        const QString aside = path + u".real"_s;
        QVERIFY(QFile::rename(path, aside));
        QVERIFY(QDir().mkdir(path)); // nothing that could be read
        Roster roster(path);
        QVERIFY(!roster.load());
        AccountRecord record;
        record.id = AccountId::create();
        record.providerId = u"acme"_s;
        roster.add(record);
        QVERIFY(!roster.save());
        QVERIFY(QDir().rmdir(path));
        QVERIFY(QFile::rename(aside, path));
        bench.start();
        QVERIFY(!bench.status(id).id.isEmpty());
    }

    void theListChangedBetweenThePictureAndTheStart()
    {
        AccountBench bench;
        const AccountId ada = bench.signIn();
        const AccountId bob = bench.signIn(u"bob"_s);
        bench.stop();
        AccountService::Collaborators use;
        use.clock = &bench.clock;
        use.http = &bench.http;
        use.vault = &bench.vault;
        use.sessionVault = &bench.session;
        use.profiles = bench.profiles.get();
        use.paths = bench.paths;
        AccountService window(use);
        QVERIFY(window.loadRoster());
        QSignalSpy removed(&window, &AccountService::accountRemoved);
        QCOMPARE(window.accounts().size(), 2);
        // A command that held the lock finishes: one account went, another came.
        bench.start();
        QVERIFY(bench.run(bench.service->remove(bob)));
        const AccountId eve = bench.signIn(u"eve"_s);
        bench.stop();
        window.start();
        bench.settle();
        QCOMPARE(window.accounts().size(), 2);
        QVERIFY(window.account(ada) && window.account(eve) && !window.account(bob));
        QCOMPARE(window.account(eve)->state, AccountState::Fresh);
        QCOMPARE(removed.size(), 1);
        bench.run(window.shutdown());
        Roster after(bench.rosterPath());
        QVERIFY(after.load());
        QVERIFY(!after.find(bob));
        bench.start();
    }

    void removedByAnotherProcessStaysRemoved()
    {
        AccountBench bench;
        const AccountId ada = bench.signIn();
        const AccountId bob = bench.signIn(u"bob"_s);
        QSignalSpy removed(bench.service.get(), &AccountService::accountRemoved);
        {
            Roster theirs(bench.rosterPath());
            QVERIFY(theirs.load());
            QVERIFY(theirs.remove(bob));
            QVERIFY(theirs.save());
        }
        QTRY_COMPARE(removed.size(), 1);
        QVERIFY(bench.run(bench.service->check(ada))); // saves the list
        Roster after(bench.rosterPath());
        QVERIFY(after.load());
        QVERIFY(after.find(ada) && !after.find(bob));
    }

    void aGrantThatWasSignedOutIsNotTakenUpAgain()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto first = bench.run(bench.vault.read(bench.vaultKey(id)));
        QVERIFY(bench.run(bench.service->signOut(id)));
        QCOMPARE(bench.signIn(), id);
        bench.stop();
        // The present grant was never saved, and the entry of the old one had survived.
        QVERIFY(bench.run(bench.vault.write(bench.vaultKey(id), *first)));
        bench.start();
        QCOMPARE(bench.status(id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(id).reason, u"secret-missing"_s);
        QCOMPARE(bench.tokenRequests(), 0);
    }

    void untilIQuitLeavesNothingInTheKeychain()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QVERIFY(bench.stored(id));
        auto request = bench.pasted();
        request.account = id;
        request.sessionOnly = true;
        QVERIFY(bench.trySignIn(request));
        QVERIFY(!bench.stored(id));
        QVERIFY(bench.run(bench.service->token(id)));
        QVERIFY(!QFile::exists(bench.lockPath(id, ".forget")));

        // The same while the keychain is closed: the entry goes when it opens.
        AccountBench closed;
        const AccountId other = closed.signIn();
        closed.vault.pretend(VaultState::Locked);
        auto again = closed.pasted();
        again.account = other;
        again.sessionOnly = true;
        QVERIFY(closed.trySignIn(again));
        closed.vault.pretend(VaultState::Unlocked);
        closed.settle();
        QVERIFY(!closed.stored(other));
        QVERIFY(closed.run(closed.service->token(other)));
    }

    void S06_anAccessTokenThatIsTooLargeForTheKeychain()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const QString huge(80 * 1024, QLatin1Char('a'));
        bench.http.serve(tokenKey, [&bench, huge](const HttpRequest &request) -> Result<HttpResponse> {
            auto answer = bench.token(request);
            if (!answer || !answer->isSuccess())
                return answer;
            QJsonObject body = QJsonDocument::fromJson(answer->body).object();
            body.insert(u"access_token"_s, huge);
            return FakeHttp::json(200, body);
        });
        bench.clock.jump(2h);
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(token);
        QCOMPARE(token->value.size(), huge.size());
        QCOMPARE(bench.status(id).storage, StorageState::Saved);
        QVERIFY(bench.stored(id)->accessToken.isEmpty()); // with the refresh token another one can be had
        QVERIFY(!bench.stored(id)->refreshToken.isEmpty());
        bench.restart();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.spentSeen, 0);
    }

    void S11_aListThatOthersCouldRead()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QVERIFY(QFile::setPermissions(
            bench.rosterPath(), QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther));
        bench.restart();
        QVERIFY(bench.run(bench.service->check(id)));
        QCOMPARE(QFile::permissions(bench.rosterPath()) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    }

    void aServiceThatAlwaysRefusesBesideOneThatWorks()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.serve(thingsKey, [](const HttpRequest &request) {
            const bool bad = request.url.host() == u"bad.acme.test"_s;
            return Result<HttpResponse>(FakeHttp::json(bad ? 401 : 200, {}));
        });
        for (int minute = 0; minute < 180; ++minute) {
            QCOMPARE(bench.run(bench.service->request(id, get(u"bad.acme.test"_s)))->status, 401);
            QCOMPARE(bench.run(bench.service->request(id, get(u"good.acme.test"_s)))->status, 200);
            bench.advance(1min);
        }
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        // Three hours need four refreshes of their own; the bad service costs a few, more and more rarely.
        QVERIFY2(bench.tokenRequests() <= 40, qPrintable(QString::number(bench.tokenRequests())));
    }

    void aQuotaPagesRefusalTakesNothingAway()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.http.queue(thingsKey, FakeHttp::json(401, {}));
        bench.http.queue(tokenKey, FakeHttp::json(503, {}));
        HttpRequest request = get(u"api.acme.test"_s);
        request.origin = Origin::Quota;
        QCOMPARE(bench.run(bench.service->request(id, request))->status, 401);
        QCOMPARE(bench.status(id).state, AccountState::Retrying);
        QVERIFY(bench.run(bench.service->token(id))); // services take it all the same
        QVERIFY(bench.status(id).usableUntil);
    }

    void aVerdictOutlivesTroubleOnTheWay()
    {
        HealthBench bench;
        bench.signIn();
        bench.refreshing();
        bench.fail(ErrorClass::Reauth, u"invalid_grant"_s);
        bench.refreshing(RefreshCause::Person);
        bench.fail(ErrorClass::Net, u"unreachable"_s);
        QCOMPARE(bench.shown(), AccountState::NeedsSignIn);
        QVERIFY(!bench.memory().nextAt.isValid()); // nobody redeems it again

        HealthBench policy;
        policy.signIn();
        policy.refreshing();
        policy.fail(ErrorClass::Policy, u"access_denied"_s);
        policy.tick();
        policy.fail(ErrorClass::Net, u"unreachable"_s);
        QCOMPARE(policy.shown(), AccountState::PolicyBlocked);
        QVERIFY(nextWake(policy.state, policy.context));
    }

    void aWeekendOfflineIsNoOutage()
    {
        HealthBench bench;
        bench.signIn();
        bench.on(On::NetworkChanged{false});
        bench.refreshing();
        bench.fail(ErrorClass::Net, u"offline"_s);
        bench.pass(60h);
        bench.on(On::NetworkChanged{true});
        bench.fail(ErrorClass::Net, u"host-not-found"_s); // the resolver takes a moment
        QCOMPARE(bench.shown(), AccountState::Retrying);
        QVERIFY(bench.now().secsTo(bench.memory().nextAt) <= 15);
    }

    void aTokenWithoutAnEndIsNotEndedByUs()
    {
        AccountBench bench;
        SignInRequest request;
        request.providerId = u"acme"_s;
        ImportedSignIn imported;
        imported.tokens.accessToken = Secret(QByteArray("for-ever"));
        imported.tokens.obtainedAt = bench.clock.now();
        imported.tokens.expiresAt = bench.clock.now().addSecs(3600);
        imported.tokens.expiryAssumed = true; // the server did not say, and there is nothing to renew it with
        imported.tokens.subject = u"eve"_s;
        imported.origin = {u"claude-code"_s, u"/nowhere"_s, u"f"_s};
        request.imported = imported;
        const auto id = bench.trySignIn(request);
        QVERIFY(id);
        bench.advance(50h);
        QCOMPARE(bench.status(*id).state, AccountState::Fresh);
        QVERIFY(bench.run(bench.service->token(*id)));
    }

    void anEndThatSlidesIsNoEnd()
    {
        HealthBench bench;
        bench.on(On::SignedIn{bench.token(1), {}, false, bench.now().addSecs(1800)});
        On::Renewed renewed = HealthBench::renewed(bench.token(2));
        renewed.signInEndsAt = bench.memory().signInEndsAt.addSecs(1); // the same, told a second later
        bench.refreshing();
        bench.on(renewed);
        QVERIFY(!bench.memory().endSlides);
        bench.refreshing();
        renewed.signInEndsAt = bench.now().addSecs(1800);
        bench.on(renewed);
        QVERIFY(bench.memory().endSlides);
        bench.on(On::SignedIn{bench.token(9), {}, false, bench.now().addSecs(40 * 24 * 3600)});
        QVERIFY(!bench.memory().endSlides);
    }

    void aScopeIsTriedOnceUntilSomethingChanges()
    {
        HealthBench bench;
        TokenFacts token = bench.token(1);
        token.scopes.clear(); // the server does not say
        bench.on(On::SignedIn{token, {u"read"_s}, false, {}});
        int refreshes = 0;
        int number = 1;
        for (int i = 0; i < 50; ++i) {
            const QString missing = i % 2 == 0 ? u"one"_s : u"two"_s;
            bench.on(On::Rejected{u"a%1"_s.arg(number), u"api"_s, true, {missing}, true});
            if (bench.wants(HealthEffect::Refresh)) {
                ++refreshes;
                TokenFacts next = bench.token(++number);
                next.scopes.clear();
                bench.on(HealthBench::renewed(next));
            }
        }
        QCOMPARE(refreshes, 2);
    }
};

QTEST_GUILESS_MAIN(TestKeeperCorners)
#include "test_keepercorners.moc"
