#include "core/base/json.h"
#include "tests/core/accounts/accountbench.h"

#include "tests/support/compare.h"
#include <QCoroTask>
#include <QDir>
#include <QFile>
#include <QSignalSpy>

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

QByteArray serverToken(const QJsonObject &payload)
{
    const auto part = [](const QByteArray &json) {
        return json.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    };
    return QByteArray("e30") + '.' + part(toCompact(payload)) + ".c2ln";
}

SignInRequest serverRequest(const QByteArray &token)
{
    SignInRequest request;
    request.providerId = QStringLiteral("relayfile-server");
    request.server = QUrl(QStringLiteral("http://127.0.0.1:8080/"));
    request.pastedAccessToken = Secret(token);
    return request;
}

} // namespace

class TestAccountSignIn : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aPastedRefreshTokenMakesAnAccount()
    {
        AccountBench bench;
        QSignalSpy changes(bench.service.get(), &AccountService::accountChanged);
        const AccountId id = bench.signIn();
        QVERIFY(!id.isEmpty());
        const AccountStatus status = bench.status(id);
        QCOMPARE(status.state, AccountState::Fresh);
        QCOMPARE(status.badge, Badge::Good);
        QCOMPARE(status.label, QStringLiteral("ada@acme.test at Acme"));
        QCOMPARE(status.subject, QStringLiteral("ada@acme.test"));
        QCOMPARE(status.storage, StorageState::Saved);
        QCOMPARE(status.host, QStringLiteral("auth.acme.test"));
        QCOMPARE(status.usableUntil, std::optional(bench.clock.now().addSecs(3600)));
        QCOMPARE(status.scopes, QStringList({QStringLiteral("read"), QStringLiteral("write")}));
        QVERIFY(!changes.isEmpty());
        const auto stored = bench.stored(id);
        QVERIFY(stored && !stored->accessToken.isEmpty() && !stored->refreshToken.isEmpty());

        // Nothing secret in any file of ours.
        const QByteArray access = stored->accessToken.reveal();
        const QByteArray refresh = stored->refreshToken.reveal();
        const auto names = QDir(bench.paths.config).entryList(QDir::Files);
        for (const QString &name : names) {
            QFile file(bench.paths.config + QLatin1Char('/') + name);
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray content = file.readAll();
            QVERIFY(!content.contains(access) && !content.contains(refresh));
        }
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(token);
        QVERIFY(token->value == stored->accessToken);
        QCOMPARE(bench.tokenRequests(), 0);
    }

    void labelsAreUnique()
    {
        AccountBench bench;
        auto one = bench.pasted(QStringLiteral("ada"));
        one.label = QStringLiteral("Work");
        auto two = bench.pasted(QStringLiteral("bob"));
        two.label = QStringLiteral("work");
        const auto first = bench.trySignIn(one);
        const auto second = bench.trySignIn(two);
        QVERIFY(first && second);
        QCOMPARE(bench.status(*first).label, QStringLiteral("Work"));
        QCOMPARE(bench.status(*second).label, QStringLiteral("work (2)"));
    }

    void theSamePersonRenewsInsteadOfDoubling()
    {
        AccountBench bench;
        const AccountId first = bench.signIn();
        const auto epoch = bench.service->record(first)->grantEpoch;
        const AccountId second = bench.signIn();
        QCOMPARE(second, first);
        QCOMPARE(bench.service->accounts().size(), 1);
        QCOMPARE(bench.service->record(first)->grantEpoch, epoch + 1);
        const AccountId other = bench.signIn(QStringLiteral("bob"));
        QVERIFY(other != first);
    }

    void F06_anotherPersonChangesNothing()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const auto before = bench.stored(id);
        auto request = bench.pasted(QStringLiteral("bob"));
        request.account = id;
        const auto result = bench.trySignIn(request);
        QVERIFY(!result);
        QCOMPARE(result.error().code, QStringLiteral("identity-mismatch"));
        QVERIFY(bench.stored(id)->accessToken == before->accessToken);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.status(id).subject, QStringLiteral("ada@acme.test"));
    }

    void refusedInputs_data()
    {
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("code");
        QTest::newRow("no such provider") << "provider" << "unknown-provider";
        QTest::newRow("no such account") << "account" << "unknown-account";
        QTest::newRow("line break in a token") << "break" << "token-unreadable";
        QTest::newRow("server missing") << "server" << "server-missing";
        QTest::newRow("server over plain http") << "http" << "server-untrusted";
        QTest::newRow("server wants a token") << "token" << "token-missing";
        QTest::newRow("server token has expired") << "expired" << "token-expired";
        QTest::newRow("refresh token refused") << "refused" << "invalid_grant";
    }
    void refusedInputs()
    {
        QFETCH(QString, change);
        QFETCH(QString, code);
        AccountBench bench;
        SignInRequest request = bench.pasted();
        if (change == QLatin1String("provider"))
            request.providerId = QStringLiteral("nobody");
        else if (change == QLatin1String("account"))
            request.account = AccountId(QStringLiteral("nobody"));
        else if (change == QLatin1String("break"))
            request.pastedRefreshToken = Secret(QByteArray("a\r\nX: y"));
        else if (change == QLatin1String("refused"))
            request.pastedRefreshToken = Secret(QByteArray("unknown"));
        else
            request = serverRequest("opaque");
        if (change == QLatin1String("server"))
            request.server = QUrl();
        else if (change == QLatin1String("http"))
            request.server = QUrl(QStringLiteral("http://example.test"));
        else if (change == QLatin1String("token"))
            request.pastedAccessToken = Secret();
        else if (change == QLatin1String("expired"))
            request.pastedAccessToken = Secret(serverToken(
                {{"exp"_L1, bench.clock.now().toSecsSinceEpoch() - 1}, {"wks"_L1, "rw_1"_L1}, {"sub"_L1, "a"_L1}}));
        const auto result = bench.trySignIn(request);
        QVERIFY(!result);
        QCOMPARE(result.error().code, code);
        QVERIFY(bench.service->accounts().isEmpty());
    }

    void aServerTokenIsUsedAsItIs()
    {
        AccountBench bench;
        const qint64 end = bench.clock.now().toSecsSinceEpoch() + 600;
        const QByteArray value = serverToken({{"exp"_L1, end}, {"wks"_L1, "rw_1"_L1}, {"sub"_L1, "agent"_L1}});
        const auto id = bench.trySignIn(serverRequest(value));
        QVERIFY(id);
        QCOMPARE(bench.service->record(*id)->kind, QStringLiteral("relayfile-server"));
        QCOMPARE(bench.service->record(*id)->server, QUrl(QStringLiteral("http://127.0.0.1:8080")));
        QCOMPARE(bench.status(*id).subject, QStringLiteral("agent"));
        const auto token = bench.run(bench.service->token(*id));
        QVERIFY(token);
        QCOMPARE(token->value.reveal(), value);
        QCOMPARE(token->expiresAt.toSecsSinceEpoch(), end);
        QVERIFY(bench.http.requests().isEmpty());

        // Another workspace of the same agent is another account; the same one is not.
        const auto other = bench.trySignIn(
            serverRequest(serverToken({{"exp"_L1, end}, {"wks"_L1, "rw_2"_L1}, {"sub"_L1, "agent"_L1}})));
        QVERIFY(other && *other != *id);
        const auto again = bench.trySignIn(
            serverRequest(serverToken({{"exp"_L1, end + 60}, {"wks"_L1, "rw_1"_L1}, {"sub"_L1, "agent"_L1}})));
        QVERIFY(again && *again == *id);

        // It cannot be renewed: at its end somebody has to paste a new one, and nobody has asked anywhere.
        bench.advance(700s);
        QCOMPARE(bench.status(*id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(*id).reason, QStringLiteral("expired"));
        const auto late = bench.run(bench.service->token(*id));
        QVERIFY(!late);
        QCOMPARE(late.error().kind, ErrorClass::Reauth);
        QVERIFY(bench.http.requests().isEmpty());
    }

    void aRefusedServerTokenNeedsTwoRefusals()
    {
        AccountBench bench;
        const auto id = bench.trySignIn(serverRequest(serverToken({{"wks"_L1, "rw_1"_L1}, {"sub"_L1, "agent"_L1}})));
        QVERIFY(id);
        const auto token = bench.run(bench.service->token(*id));
        QVERIFY(token);
        auto refused = bench.run(bench.service->rejected(*id, token->fingerprint));
        QVERIFY(!refused && refused.error().isTransient() && refused.error().retryAt);
        QCOMPARE(bench.status(*id).state, AccountState::Fresh);
        bench.advance(10s);
        refused = bench.run(bench.service->rejected(*id, token->fingerprint));
        QCOMPARE(bench.status(*id).state, AccountState::Fresh);
        bench.advance(55s);
        refused = bench.run(bench.service->rejected(*id, token->fingerprint));
        QVERIFY(!refused);
        QCOMPARE(bench.status(*id).state, AccountState::NeedsSignIn);
        QCOMPARE(bench.status(*id).reason, QStringLiteral("rejected-by-service"));
    }

    void aLockedKeychainDoesNotStopASignIn()
    {
        AccountBench bench;
        bench.vault.pretend(VaultState::Locked);
        const AccountId id = bench.signIn();
        QVERIFY(!id.isEmpty());
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QCOMPARE(bench.status(id).storage, StorageState::Unsaved);
        QCOMPARE(bench.status(id).reason, QStringLiteral("locked"));
        QCOMPARE(bench.status(id).badge, Badge::NeedsYou);
        QVERIFY(bench.run(bench.service->token(id)));
        QVERIFY(bench.run(bench.service->unlockKeychain()));
        bench.settle();
        QCOMPARE(bench.status(id).storage, StorageState::Saved);
        QCOMPARE(bench.status(id).badge, Badge::Good);
        QVERIFY(bench.stored(id));
    }

    void withoutAKeychainItLastsUntilTheEnd()
    {
        AccountBench bench;
        bench.vault.pretend(VaultState::Absent);
        const AccountId id = bench.signIn();
        QCOMPARE(bench.status(id).storage, StorageState::Absent);
        QVERIFY(bench.run(bench.service->token(id)));
        // It is renewed in memory all the same.
        bench.advance(2h);
        QVERIFY(bench.run(bench.service->token(id)));
        QVERIFY(bench.tokenRequests() >= 1);
        bench.vault.pretend(VaultState::Unlocked);
        bench.settle();
        QCOMPARE(bench.status(id).storage, StorageState::Saved);
    }

    void sessionOnlyStaysOutOfTheKeychain()
    {
        AccountBench bench;
        auto request = bench.pasted();
        request.sessionOnly = true;
        const auto id = bench.trySignIn(request);
        QVERIFY(id);
        QCOMPARE(bench.status(*id).storage, StorageState::Session);
        QCOMPARE(bench.status(*id).badge, Badge::Good);
        QVERIFY(!bench.stored(*id));
        bench.advance(2h);
        QVERIFY(bench.run(bench.service->token(*id)));
        QVERIFY(!bench.stored(*id));
        // The session's memory ends with the program.
        QVERIFY(bench.run(bench.session.remove(bench.vaultKey(*id))));
        bench.restart();
        QCOMPARE(bench.status(*id).state, AccountState::SignedOut);
        QCOMPARE(bench.status(*id).reason, QStringLiteral("session-ended"));
    }

    void cancelledTooLate()
    {
        AccountBench bench;
        bench.http.hold(QLatin1String(AccountBench::tokenKey));
        const SignInRequest request = bench.pasted();
        bool done = false;
        Result<AccountId> result;
        const auto watch
            = [](AccountBench *b, SignInRequest r, bool *finished, Result<AccountId> *into) -> QCoro::Task<void> {
            auto signedIn = co_await b->service->signIn(r);
            *into = signedIn;
            *finished = true;
        };
        auto task = watch(&bench, request, &done, &result);
        bench.settle();
        bench.service->cancelSignIn(request.id);
        bench.http.release(QLatin1String(AccountBench::tokenKey));
        QTRY_VERIFY(done);
        // The pasted token was redeemed by then, and what came back for it is the only one that works.
        QVERIFY(result);
        QCOMPARE(bench.service->accounts().size(), 1);
        QVERIFY(bench.stored(*result));
    }

    void signOutForgetsAndRevokes()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const QByteArray refresh = bench.stored(id)->refreshToken.reveal();
        QVERIFY(bench.run(bench.service->signOut(id)));
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::SignedOut);
        QVERIFY(!bench.stored(id));
        QCOMPARE(bench.http.count(QStringLiteral("POST /revoke")), 1);
        QVERIFY(bench.http.requests(QStringLiteral("POST /revoke")).first().body.contains(refresh));
        const auto token = bench.run(bench.service->token(id));
        QVERIFY(!token);
        QCOMPARE(token.error().kind, ErrorClass::Reauth);
        QVERIFY(!QFile::exists(bench.lockPath(id, ".forget")));
        bench.restart();
        QCOMPARE(bench.status(id).state, AccountState::SignedOut);
        // And in again, as the same account.
        QCOMPARE(bench.signIn(), id);
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
    }

    void signOutWhileLockedLeavesATombstone()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.vault.pretend(VaultState::Locked);
        QVERIFY(bench.run(bench.service->signOut(id)));
        QCOMPARE(bench.status(id).state, AccountState::SignedOut);
        QVERIFY(QFile::exists(bench.lockPath(id, ".forget")));
        bench.restart();
        QVERIFY(QFile::exists(bench.lockPath(id, ".forget")));
        bench.vault.pretend(VaultState::Unlocked);
        bench.settle();
        QVERIFY(!QFile::exists(bench.lockPath(id, ".forget")));
        QVERIFY(!bench.stored(id));
    }

    void aTombstoneDoesNotHitANewSignIn()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        bench.vault.pretend(VaultState::Locked);
        QVERIFY(bench.run(bench.service->signOut(id)));
        QCOMPARE(bench.signIn(), id);
        bench.vault.pretend(VaultState::Unlocked);
        bench.settle();
        QVERIFY(bench.stored(id));
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(!QFile::exists(bench.lockPath(id, ".forget")));
    }

    void removeTakesItOffTheList()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QSignalSpy removed(bench.service.get(), &AccountService::accountRemoved);
        QVERIFY(bench.run(bench.service->remove(id)));
        QCOMPARE(removed.size(), 1);
        QVERIFY(bench.service->accounts().isEmpty());
        QVERIFY(!bench.stored(id));
        bench.restart();
        QVERIFY(bench.service->accounts().isEmpty());
        QCOMPARE(bench.run(bench.service->remove(id)).error().code, QStringLiteral("unknown-account"));
    }

    void switchedOffAndOn()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        QVERIFY(bench.run(bench.service->setEnabled(id, false)));
        QCOMPARE(bench.status(id).state, AccountState::Disabled);
        QCOMPARE(bench.status(id).badge, Badge::Off);
        QCOMPARE(bench.run(bench.service->token(id)).error().code, QStringLiteral("account-disabled"));
        bench.advance(5h);
        QCOMPARE(bench.tokenRequests(), 0);
        bench.restart();
        QCOMPARE(bench.status(id).state, AccountState::Disabled);
        QVERIFY(bench.run(bench.service->setEnabled(id, true)));
        bench.settle();
        QCOMPARE(bench.status(id).state, AccountState::Fresh);
        QVERIFY(bench.run(bench.service->token(id)));
    }

    void onlyTheRosterIsReadBeforeTheStart()
    {
        AccountBench bench;
        const AccountId id = bench.signIn();
        const AccountStatus before = bench.status(id);
        bench.stop();
        AccountService::Collaborators use;
        use.clock = &bench.clock;
        use.http = &bench.http;
        use.vault = &bench.vault;
        use.sessionVault = &bench.session;
        use.profiles = bench.profiles.get();
        use.paths = bench.paths;
        bench.service = std::make_unique<AccountService>(use);
        QVERIFY(bench.service->loadRoster());
        bench.settle();
        const AccountStatus after = bench.status(id);
        QCOMPARE(after.state, AccountState::Fresh);
        QCOMPARE(after.badge, before.badge);
        QCOMPARE(after.usableUntil, before.usableUntil);
        QCOMPARE(after.label, before.label);
        QCOMPARE(after.since, before.since);
        QVERIFY(bench.http.requests().isEmpty());
        QCOMPARE(bench.clock.armed(), 0);
    }
};

QTEST_GUILESS_MAIN(TestAccountSignIn)
#include "test_accountsignin.moc"
