// Taking custody: whole, or not at all.
#include "core/accounts/import.h"
#include "core/base/json.h"
#include "tests/core/accounts/observedbench.h"
#include "tests/support/compare.h"

#include <QSignalSpy>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const auto claudeCodeClient = u"9d1c250a-e61b-44d9-88ed-5944d1962f5e"_s;
const auto whoami = u"GET /cloud/api/v1/auth/whoami"_s;

void knowPeople(ObservedBench *home)
{
    home->bench.http.serve(whoami, [](const HttpRequest &) {
        return FakeHttp::json(200, {{u"userId"_s, u"u1"_s}, {u"email"_s, u"ada@acme.test"_s}});
    });
}

// All lines that were logged while it lives.
class LogCatcher
{
public:
    LogCatcher() { s_previous = qInstallMessageHandler(&LogCatcher::take); }
    ~LogCatcher() { qInstallMessageHandler(s_previous); }
    static QString text() { return s_text; }

private:
    static void take(QtMsgType type, const QMessageLogContext &context, const QString &message)
    {
        s_text += message + u'\n';
        s_previous(type, context, message);
    }
    static inline QtMessageHandler s_previous = nullptr;
    static inline QString s_text;
};

} // namespace

class TestImport : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void notesComeBack()
    {
        QJsonObject fields{{u"other"_s, 1}};
        QVERIFY(!originIn(fields));
        const ImportOrigin origin{u"claude-code"_s, u"/home/ada/x"_s, u"0123"_s};
        noteOrigin(&fields, origin);
        QCOMPARE(originIn(fields), std::optional(origin));
        noteOrigin(&fields, std::nullopt);
        QCOMPARE(fields, (QJsonObject{{u"other"_s, 1}}));
        QVERIFY(!originIn(QJsonObject{{u"importedFrom"_s, u"text"_s}}));
    }

    void agentRelay()
    {
        ObservedBench home;
        knowPeople(&home);
        const QDateTime end = home.bench.clock.now().addSecs(3600);
        QVERIFY(home.putSession(u"rt-1"_s, end));
        const QByteArray before = home.content(u".agentworkforce/relay/cloud-auth.json"_s);
        home.start();
        const AccountId observed = home.only();
        QSignalSpy removed(home.observed.get(), &ObservedAccounts::accountRemoved);
        const auto id = home.adopt(observed);
        QVERIFY2(id, qPrintable(id ? QString() : id.error().code));
        // What it holds is in the keychain, and the account is like any other.
        const auto stored = home.stored(u"relayfile-cloud"_s, *id);
        QVERIFY(stored);
        QCOMPARE(stored->refreshToken.reveal(), "rt-1"_ba);
        QCOMPARE(stored->accessToken.reveal(), "at-rt-1"_ba);
        QCOMPARE(stored->expiresAt, end);
        const AccountStatus status = home.bench.status(*id);
        QCOMPARE(status.custody, Custody::Managed);
        QCOMPARE(status.state, AccountState::Fresh);
        QCOMPARE(status.storage, StorageState::Saved);
        QCOMPARE(status.subject, u"ada@acme.test"_s);
        QCOMPARE(home.bench.service->record(*id)->server, QUrl(u"https://cloud.test/cloud"_s));
        const auto token = home.bench.run(home.bench.service->token(*id));
        QVERIFY(token);
        QCOMPARE(token->value.reveal(), "at-rt-1"_ba);
        // It is no longer only observed, nothing was redeemed, and the file is as it was, its lock given back.
        QVERIFY(home.observed->accounts().isEmpty());
        QCOMPARE(removed.size(), 1);
        QCOMPARE(home.bench.http.requests().size(), home.bench.http.count(whoami));
        QCOMPARE(home.content(u".agentworkforce/relay/cloud-auth.json"_s), before);
        QVERIFY(!QFile::exists(home.places.agentRelayFile + u".lock"_s));
        home.restart();
        QVERIFY(home.observed->accounts().isEmpty());
        QCOMPARE(home.bench.status(*id).state, AccountState::Fresh);
        // agent-relay signs in anew: that is another grant.
        QVERIFY(home.putSession(u"rt-2"_s, end));
        home.restart();
        QCOMPARE(home.only(), observed);
        const auto again = home.adopt(observed);
        QVERIFY(!again);
        QCOMPARE(again.error().code, u"already-managed"_s);
        QCOMPARE(home.stored(u"relayfile-cloud"_s, *id)->refreshToken.reveal(), "rt-1"_ba);
    }

    void claudeCode()
    {
        ObservedBench home;
        const QDateTime end = home.bench.clock.now().addSecs(8 * 3600);
        QVERIFY(home.putClaude(u"rt-1"_s, end));
        const QByteArray before = home.content(u".claude/.credentials.json"_s);
        home.start();
        const auto id = home.adopt(home.only());
        QVERIFY(id);
        QCOMPARE(home.bench.http.count(home.claudeTokenKey()), 0);
        QCOMPARE(home.stored(u"claude"_s, *id)->refreshToken.reveal(), "rt-1"_ba);
        const auto record = home.bench.service->record(*id);
        QCOMPARE(record->clientId, claudeCodeClient);
        QCOMPARE(record->scopes, QStringList{u"user:inference"_s});
        QCOMPARE(record->tokenEndpoint, home.claude().endpoints.token);
        QCOMPARE(home.content(u".claude/.credentials.json"_s), before);
        QVERIFY(!QFile::exists(home.path(u".claude/.oauth_refresh.lock"_s)));
        QVERIFY(!QFile::exists(home.path(u".claude.lock"_s)));
        // From here on it is renewed here, by the same grant.
        home.bench.http.serve(home.claudeTokenKey(), [](const HttpRequest &request) {
            const bool ours = request.body.contains("rt-1") && request.body.contains(claudeCodeClient.toUtf8());
            return ours ? FakeHttp::json(200,
                              {{u"access_token"_s, u"at-new"_s}, {u"refresh_token"_s, u"rt-new"_s},
                                  {u"expires_in"_s, 8 * 3600}})
                        : FakeHttp::json(400, {{u"error"_s, u"invalid_grant"_s}});
        });
        home.bench.advance(9h);
        QCOMPARE(home.stored(u"claude"_s, *id)->refreshToken.reveal(), "rt-new"_ba);
        QVERIFY(home.observed->accounts().isEmpty());
    }

    void bundle()
    {
        ObservedBench home;
        QVERIFY(home.putBundle(u"aa/read.json"_s, u"rt-narrow"_s, {u"fs:read"_s}));
        QVERIFY(home.putBundle(u"aa/wide.json"_s, u"rt-wide"_s, {u"fs:read"_s, u"fs:write"_s}));
        const QByteArray before = home.content(u".relayfile/delegated/aa/wide.json"_s);
        home.start();
        const AccountId observed = home.only();
        const auto id = home.adopt(observed);
        QVERIFY2(id, qPrintable(id ? QString() : id.error().code));
        const auto record = home.bench.service->record(*id);
        QCOMPARE(record->kind, u"relayfile-server"_s);
        QCOMPARE(record->server, QUrl(u"https://files.test"_s));
        QCOMPARE(record->subject, u"rw_1/relayfile-cli"_s);
        QCOMPARE(record->tokenEndpoint, QUrl(u"https://auth.test/v1/tokens/refresh"_s));
        QCOMPARE(record->scopes, (QStringList{u"fs:read"_s, u"fs:write"_s}));
        const auto stored = home.stored(u"relayfile-server"_s, *id);
        QCOMPARE(stored->refreshToken.reveal(), "rt-wide"_ba);
        QCOMPARE(home.content(u".relayfile/delegated/aa/wide.json"_s), before);
        QVERIFY(home.bench.http.requests().isEmpty());
        // The narrower one of the same workspace is covered, and so is what relayfile makes next.
        QVERIFY(home.observed->accounts().isEmpty());
        QVERIFY(home.putBundle(u"aa/other.json"_s, u"rt-more"_s, {u"ops:read"_s}));
        home.restart();
        QVERIFY(home.observed->accounts().isEmpty());
        QVERIFY(home.bench.run(home.bench.service->remove(*id)));
        QCOMPARE(home.only(), observed);
    }

    void aBundleIsRenewedWhereItSays()
    {
        ObservedBench home;
        QVERIFY(home.putBundle(u"aa/x.json"_s, u"rt-1"_s, {u"fs:read"_s}));
        home.start();
        const auto id = home.adopt(home.only());
        QVERIFY(id);
        const QString end = home.bench.clock.now().addSecs(9 * 3600).toString(Qt::ISODate);
        home.bench.http.serve(u"POST /v1/tokens/refresh"_s, [end](const HttpRequest &request) {
            const auto body = parseJsonObject(request.body);
            if (!body || body->value(u"refreshToken"_s).toString() != u"rt-1"_s)
                return FakeHttp::json(400, {{u"code"_s, u"delegation_expired"_s}});
            return FakeHttp::json(
                200, {{u"accessToken"_s, u"at-2"_s}, {u"refreshToken"_s, u"rt-2"_s}, {u"accessTokenExpiresAt"_s, end}});
        });
        home.bench.advance(2h);
        QCOMPARE(home.bench.status(*id).state, AccountState::Fresh);
        QCOMPARE(home.stored(u"relayfile-server"_s, *id)->refreshToken.reveal(), "rt-2"_ba);
        QCOMPARE(home.bench.run(home.bench.service->token(*id))->value.reveal(), "at-2"_ba);
    }

    void closedKeychain_data()
    {
        QTest::addColumn<int>("vault");
        QTest::newRow("locked") << static_cast<int>(VaultState::Locked);
        QTest::newRow("absent") << static_cast<int>(VaultState::Absent);
        QTest::newRow("no keyring") << static_cast<int>(VaultState::NoCollection);
        QTest::newRow("hung") << static_cast<int>(VaultState::Hung);
    }
    void closedKeychain()
    {
        QFETCH(int, vault);
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt-1"_s, home.bench.clock.now().addSecs(8 * 3600)));
        home.start();
        const AccountId observed = home.only();
        home.bench.vault.pretend(static_cast<VaultState>(vault));
        const auto id = home.adopt(observed);
        QVERIFY(!id);
        QCOMPARE(id.error().kind, ErrorClass::Store);
        QCOMPARE(id.error().origin, Origin::Storage);
        QVERIFY(home.bench.service->accounts().isEmpty());
        QCOMPARE(home.only(), observed);
        QVERIFY(!QFile::exists(home.path(u".claude/.oauth_refresh.lock"_s)));
        home.bench.vault.pretend(VaultState::Unlocked);
        QVERIFY(home.adopt(observed));
        QVERIFY(home.observed->accounts().isEmpty());
    }

    void unknownProvider()
    {
        ObservedBench home;
        if (home.claude().builtIn)
            QSKIP("a profile of that name is built in");
        QVERIFY(home.bench.profiles->remove(u"claude"_s));
        QVERIFY(home.putClaude(u"rt"_s, {}));
        home.start();
        QCOMPARE(home.observed->accounts().value(0).providerName, u"Claude Code"_s);
        const auto id = home.adopt(home.only());
        QVERIFY(!id);
        QCOMPARE(id.error().kind, ErrorClass::Input);
        QCOMPARE(id.error().code, u"unknown-provider"_s);
    }

    void aHeldLockMeansBusy()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt-1"_s, home.bench.clock.now().addSecs(8 * 3600)));
        home.start();
        const AccountId observed = home.only();
        const QString lock = home.path(u".claude/.oauth_refresh.lock"_s);
        QVERIFY(QDir().mkdir(lock));
        QVERIFY(home.age(lock, 0s));
        std::optional<Result<AccountId>> answer;
        const auto ask
            = [](ObservedAccounts *accounts, AccountId id, std::optional<Result<AccountId>> *to) -> QCoro::Task<void> {
            auto adopted = co_await accounts->adopt(id);
            *to = adopted;
        };
        ask(home.observed.get(), observed, &answer);
        // A second click while the first one waits.
        const auto twice = home.adopt(observed);
        QVERIFY(!twice);
        QCOMPARE(twice.error().code, u"tool-busy"_s);
        home.bench.advance(5s);
        QVERIFY(!answer);
        home.bench.advance(10s);
        QVERIFY(answer && !*answer);
        QCOMPARE(answer->error().code, u"tool-busy"_s);
        QVERIFY(home.bench.service->accounts().isEmpty());
        // Its owner has written new tokens and given the lock back: those are taken.
        answer.reset();
        ask(home.observed.get(), observed, &answer);
        QVERIFY(home.putClaude(u"rt-2"_s, home.bench.clock.now().addSecs(7200)));
        QVERIFY(QDir().rmdir(lock));
        home.bench.advance(2s);
        QVERIFY(answer && *answer);
        QCOMPARE(home.stored(u"claude"_s, **answer)->refreshToken.reveal(), "rt-2"_ba);
    }

    void theEndOfTheProgramEndsTheWait()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt-1"_s, {}));
        home.start();
        const QString lock = home.path(u".claude/.oauth_refresh.lock"_s);
        QVERIFY(QDir().mkdir(lock));
        QVERIFY(home.age(lock, 0s));
        std::optional<ErrorClass> answer;
        const auto ask
            = [](ObservedAccounts *accounts, AccountId id, std::optional<ErrorClass> *to) -> QCoro::Task<void> {
            auto adopted = co_await accounts->adopt(id);
            *to = adopted ? ErrorClass::Ok : adopted.error().kind;
        };
        ask(home.observed.get(), home.only(), &answer);
        home.stop();
        QCOMPARE(answer, std::optional(ErrorClass::Cancel));
        QVERIFY(home.bench.service->accounts().isEmpty());
    }

    void theFileGoesWhileItIsWaitedFor()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt-1"_s, {}));
        home.start();
        const AccountId observed = home.only();
        QVERIFY(QFile::remove(home.places.claudeFile()));
        const auto id = home.adopt(observed);
        QVERIFY(!id);
        QCOMPARE(id.error().code, u"not-found"_s);
        QVERIFY(home.observed->accounts().isEmpty());
    }

    // A crash after the keychain has the secret and before the list of accounts is saved.
    void crashBeforeTheListIsSaved()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt-1"_s, home.bench.clock.now().addSecs(8 * 3600)));
        home.start();
        const AccountId observed = home.only();
        QVERIFY(home.adopt(observed));
        home.stop();
        home.bench.stop();
        QVERIFY(QFile::remove(home.bench.rosterPath()));
        home.bench.start();
        home.start();
        QCOMPARE(home.only(), observed); // it never happened
        const auto id = home.adopt(observed);
        QVERIFY(id);
        QCOMPARE(home.bench.service->accounts().size(), 1);
        QVERIFY(home.observed->accounts().isEmpty());
    }

    // The list was saved and the secret is not there.
    void crashWithoutTheSecret()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt-1"_s, home.bench.clock.now().addSecs(8 * 3600)));
        home.start();
        const AccountId observed = home.only();
        const auto first = home.adopt(observed);
        QVERIFY(first);
        QVERIFY(home.bench.run(home.bench.vault.remove(u"v1/claude/"_s + first->text())));
        home.restart();
        AccountBench::settle();
        QCOMPARE(home.bench.status(*first).state, AccountState::NeedsSignIn);
        QCOMPARE(home.only(), observed);
        const auto again = home.adopt(observed);
        QVERIFY(again);
        QCOMPARE(*again, *first); // the same account goes on
        QCOMPARE(home.bench.status(*first).state, AccountState::Fresh);
        QVERIFY(home.observed->accounts().isEmpty());
    }

    // The lock of a crashed move is left behind; after its time it is nobody's.
    void crashWithTheLock()
    {
        ObservedBench home;
        QVERIFY(home.putSession(u"rt-1"_s, home.bench.clock.now().addSecs(3600)));
        home.start();
        const QString lock = home.places.agentRelayFile + u".lock"_s;
        QVERIFY(QDir().mkdir(lock));
        QVERIFY(home.age(lock, 31s));
        QVERIFY(home.adopt(home.only()));
        QVERIFY(!QFile::exists(lock));
    }

    // The other program was faster: our tokens are spent, and the account is renewed by what it has now.
    void theOtherProgramWasFaster()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt-1"_s, home.bench.clock.now().addSecs(8 * 3600)));
        home.start();
        const AccountId observed = home.only();
        const auto id = home.adopt(observed);
        QVERIFY(id);
        home.bench.http.serve(home.claudeTokenKey(),
            [](const HttpRequest &) { return FakeHttp::json(400, {{u"error"_s, u"invalid_grant"_s}}); });
        home.bench.advance(9h);
        QCOMPARE(home.bench.status(*id).state, AccountState::NeedsSignIn);
        QVERIFY(home.putClaude(u"rt-2"_s, home.bench.clock.now().addSecs(8 * 3600)));
        home.restart();
        QCOMPARE(home.only(), observed);
        const auto again = home.adopt(observed);
        QVERIFY(again);
        QCOMPARE(*again, *id);
        QCOMPARE(home.bench.status(*id).state, AccountState::Fresh);
        QCOMPARE(home.stored(u"claude"_s, *id)->refreshToken.reveal(), "rt-2"_ba);
    }

    void aSignOutBringsItBackIntoView()
    {
        ObservedBench home;
        QVERIFY(home.putClaude(u"rt-1"_s, {}));
        home.start();
        const AccountId observed = home.only();
        const auto id = home.adopt(observed);
        QVERIFY(id);
        QVERIFY(home.observed->accounts().isEmpty());
        QVERIFY(home.bench.run(home.bench.service->signOut(*id)));
        QCOMPARE(home.only(), observed);
        // What its program still has was ended by the sign-out; what it signs in anew with was not.
        QCOMPARE(home.observed->accounts().constFirst().state, AccountState::NeedsSignIn);
        const auto ended = home.adopt(observed);
        QVERIFY(!ended);
        QCOMPARE(ended.error().code, u"observed-expired"_s);
        QVERIFY(home.putClaude(u"rt-2"_s, home.bench.clock.now().addSecs(8 * 3600)));
        home.restart();
        QCOMPARE(home.observed->accounts().constFirst().state, AccountState::Fresh);
        QVERIFY(home.adopt(observed));
    }

    void nothingSecretOutsideOfTheKeychain()
    {
        const LogCatcher log;
        ObservedBench home;
        QVERIFY(home.putClaude(u"hushhush"_s, home.bench.clock.now().addSecs(3600)));
        QVERIFY(home.put(u".relayfile/delegated/aa/x.json"_s,
            QJsonObject{{u"accessToken"_s, u"hushhush"_s}, {u"relayfileUrl"_s, u"ftp://x"_s}}));
        home.start();
        for (const AccountStatus &status : home.observed->accounts()) {
            const auto id = home.adopt(status.id);
            if (!id)
                QVERIFY(!(id.error().message + id.error().detail).contains(u"hushhush"_s));
        }
        QCOMPARE(home.bench.service->accounts().size(), 1);
        home.stop();
        home.bench.stop();
        for (const QString &folder : {home.bench.paths.config, home.bench.paths.state, home.bench.paths.runtime}) {
            const QStringList names = QDir(folder).entryList(QDir::Files | QDir::Hidden);
            for (const QString &name : names) {
                QFile file(folder + u'/' + name);
                QVERIFY(file.open(QIODevice::ReadOnly));
                QVERIFY(!file.readAll().contains("hushhush"));
            }
        }
        QVERIFY(QFile::exists(home.bench.rosterPath()));
        QVERIFY(!LogCatcher::text().contains(u"hushhush"_s));
    }
};

QTEST_GUILESS_MAIN(TestImport)
#include "test_import.moc"
