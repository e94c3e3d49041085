// Accounts, bundles and the data plane against the sandbox: nothing here is scripted by us.
#include "core/http/networkclient.h"
#include "core/relayfile/bundlekeeper.h"
#include "core/relayfile/dataplane.h"
#include "core/vault/memorystore.h"
#include "tests/support/compare.h"
#include "tests/support/sandboxprocess.h"

#include <QCoroTask>
#include <QCryptographicHash>
#include <QJsonArray>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

// One start of the program.
struct Program {
    explicit Program(const QString &folder, SecretStore *vault)
        : http(&clock, "postroom-test"), endpoint(&http, &clock), profiles(folder + u"/config/providers"_s)
    {
        paths.config = folder + u"/config"_s;
        paths.state = folder + u"/state"_s;
        paths.runtime = folder + u"/runtime"_s;
        paths.home = folder;
        [[maybe_unused]] const auto made = paths.ensure();
        AccountService::Collaborators use;
        use.clock = &clock;
        use.http = &http;
        use.vault = vault;
        use.sessionVault = &session;
        use.profiles = &profiles;
        use.paths = paths;
        accounts = std::make_unique<AccountService>(use);
        [[maybe_unused]] const auto loaded = accounts->loadRoster();
        accounts->start();
        cloud = std::make_unique<CloudApi>(accounts.get());
        bundles = std::make_unique<BundleKeeper>(accounts.get(), cloud.get(), &endpoint, vault, &clock);
        dataPlane = std::make_unique<DataPlane>(&http, bundles.get(), &clock);
    }
    ~Program() { QCoro::waitFor(accounts->shutdown()); }

    SystemClock clock;
    NetworkClient http;
    TokenEndpoint endpoint;
    ProfileRegistry profiles;
    MemoryStore session;
    Paths paths;
    std::unique_ptr<AccountService> accounts;
    std::unique_ptr<CloudApi> cloud;
    std::unique_ptr<BundleKeeper> bundles;
    std::unique_ptr<DataPlane> dataPlane;
};

const QStringList scopes{u"fs:read"_s, u"fs:write"_s, u"ops:read"_s, u"sync:read"_s};

BulkFile draft(const QString &path, const QByteArray &content)
{
    BulkFile file;
    file.path = path;
    file.content = content;
    return file;
}

} // namespace

class TestRelayfileSandbox : public QObject
{
    Q_OBJECT

    SandboxProcess m_sandbox;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<MemoryStore> m_vault;
    std::unique_ptr<Program> m_program;
    AccountId m_account;

    DataPlaneKey key() const
    {
        DataPlaneKey key;
        key.account = m_account;
        key.cloudWorkspaceId = u"cw_research"_s;
        key.relayWorkspaceId = u"rw_research"_s;
        return key;
    }
    Result<AccountId> signIn()
    {
        const QJsonObject session = m_sandbox.post(u"/session"_s);
        SignInRequest request;
        request.providerId = u"relayfile-cloud"_s;
        request.server = m_sandbox.cloud();
        request.pastedRefreshToken = Secret(session.value("refreshToken"_L1).toString());
        return QCoro::waitFor(m_program->accounts->signIn(request));
    }
    void settings(const QJsonObject &values) { QVERIFY(!m_sandbox.post(u"/settings"_s, values).isEmpty()); }
    int asked(const QString &prefix)
    {
        return m_sandbox.get(u"/requests?pathPrefix="_s + prefix).value("requests"_L1).toArray().size();
    }
    int spent(const QString &kind)
    {
        return m_sandbox.get(u"/requests"_s).value("spentRefreshTokens"_L1).toObject().value(kind).toInt();
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY2(m_sandbox.start(), qPrintable(m_sandbox.problem())); }
    void init()
    {
        m_sandbox.post(u"/reset"_s);
        m_folder = std::make_unique<QTemporaryDir>();
        m_vault = std::make_unique<MemoryStore>();
        m_program = std::make_unique<Program>(m_folder->path(), m_vault.get());
        const auto account = signIn();
        QVERIFY2(account, account ? "" : qPrintable(account.error().message));
        m_account = *account;
    }
    void cleanup() { m_program.reset(); }

    void workspacesOfAPerson()
    {
        QCOMPARE(m_program->accounts->account(m_account)->subject, u"ada@acme.dev"_s);
        const auto workspaces = QCoro::waitFor(m_program->cloud->workspaces(m_account));
        QVERIFY(workspaces);
        QCOMPARE(workspaces->size(), 2);
        QCOMPARE(workspaces->first().cloudId, u"cw_research"_s);
        QCOMPARE(workspaces->first().relayId, u"rw_research"_s);
        QCOMPARE(workspaces->first().name, u"research-room"_s);
        QCOMPARE(workspaces->first().server, m_sandbox.base());
    }

    void anAccountThatIsRenewed()
    {
        settings({{"accessTtlSeconds"_L1, 4}});
        QVERIFY(QCoro::waitFor(m_program->accounts->check(m_account)));
        const auto first = QCoro::waitFor(m_program->accounts->token(m_account));
        QVERIFY(first);
        QTRY_VERIFY_WITH_TIMEOUT(
            QCoro::waitFor(m_program->accounts->token(m_account))->fingerprint != first->fingerprint, 8000);
        QVERIFY(QCoro::waitFor(m_program->cloud->workspaces(m_account)));
        QCOMPARE(spent(u"cloud"_s), 0);
        QCOMPARE(m_program->accounts->account(m_account)->badge, Badge::Good);
        // The next start of the program goes on with what was saved.
        m_program.reset();
        m_program = std::make_unique<Program>(m_folder->path(), m_vault.get());
        QVERIFY(QCoro::waitFor(m_program->cloud->workspaces(m_account)));
        QCOMPARE(spent(u"cloud"_s), 0);
    }

    void aSessionThatIsTakenBack()
    {
        QVERIFY(!m_sandbox.post(u"/revoke"_s, {{"what"_L1, "cloud-sessions"_L1}}).isEmpty());
        const auto workspaces = QCoro::waitFor(m_program->cloud->workspaces(m_account));
        QVERIFY(!workspaces);
        QCOMPARE(workspaces.error().status, 401);
        QCOMPARE(m_program->accounts->account(m_account)->state, AccountState::NeedsSignIn);
        const auto again = signIn();
        QVERIFY(again);
        QCOMPARE(*again, m_account);
        QVERIFY(QCoro::waitFor(m_program->cloud->workspaces(m_account)));
    }

    void aServerInTroubleSignsNobodyOut()
    {
        m_sandbox.post(u"/faults"_s,
            {{"match"_L1, QJsonObject{{"pathPrefix"_L1, "/cloud/api/v1/auth/token/refresh"_L1}}},
                {"kind"_L1, "html"_L1}, {"times"_L1, 1}});
        QVERIFY(!QCoro::waitFor(m_program->accounts->check(m_account)));
        const auto status = m_program->accounts->account(m_account);
        QCOMPARE(status->state, AccountState::Retrying);
        QVERIFY(status->nextAt && status->lastError);
        QVERIFY(QCoro::waitFor(m_program->cloud->workspaces(m_account))); // the token at hand still works
        QVERIFY(QCoro::waitFor(m_program->accounts->check(m_account)));
        QCOMPARE(m_program->accounts->account(m_account)->state, AccountState::Fresh);
    }

    void aLostAnswerIsKnownForWhatItIs()
    {
        m_sandbox.post(u"/faults"_s,
            {{"match"_L1, QJsonObject{{"pathPrefix"_L1, "/cloud/api/v1/auth/token/refresh"_L1}}},
                {"kind"_L1, "reset"_L1}, {"times"_L1, 1}, {"after"_L1, true}});
        const auto lost = QCoro::waitFor(m_program->accounts->check(m_account));
        QVERIFY(!lost);
        QCOMPARE(lost.error().kind, ErrorClass::Ambiguous);
        QCOMPARE(m_program->accounts->account(m_account)->state, AccountState::Retrying);
        QTRY_COMPARE_WITH_TIMEOUT(m_program->accounts->account(m_account)->state, AccountState::NeedsSignIn, 8000);
        QCOMPARE(m_program->accounts->account(m_account)->reason, u"lost-response"_s);
    }

    void mintAndRefreshAndMintAgain()
    {
        const auto first = QCoro::waitFor(m_program->bundles->access(key(), scopes));
        QVERIFY2(first, first ? "" : qPrintable(first.error().message));
        QCOMPARE(first->relayWorkspaceId, u"rw_research"_s);
        QCOMPARE(first->server, m_sandbox.base());
        // All tokens of the data plane are taken back: one refresh of the delegation.
        m_sandbox.post(u"/revoke"_s, {{"what"_L1, "data-plane-tokens"_L1}});
        QVERIFY(QCoro::waitFor(m_program->dataPlane->tree(key(), scopes, u"/"_s, 3)));
        const auto second = QCoro::waitFor(m_program->bundles->access(key(), scopes));
        QVERIFY(second && second->fingerprint != first->fingerprint);
        QCOMPARE(asked(u"/relayauth/v1/tokens/refresh"_s), 1);
        // The delegations themselves: a new one.
        m_sandbox.post(u"/revoke"_s, {{"what"_L1, "delegations"_L1}});
        m_sandbox.post(u"/revoke"_s, {{"what"_L1, "data-plane-tokens"_L1}});
        QVERIFY(QCoro::waitFor(m_program->dataPlane->tree(key(), scopes, u"/"_s, 3)));
        QCOMPARE(asked(u"/cloud/api/v1/workspaces/cw_research/relayfile/delegated-token"_s), 2);
        QCOMPARE(spent(u"delegated"_s), 0);
        QCOMPARE(m_program->accounts->account(m_account)->state, AccountState::Fresh);
    }

    void aSpentDelegationIsReplaced()
    {
        QVERIFY(QCoro::waitFor(m_program->bundles->access(key(), scopes)));
        // The answer of the refresh gets lost on its way, so that the token at hand is spent.
        m_sandbox.post(u"/faults"_s,
            {{"match"_L1, QJsonObject{{"pathPrefix"_L1, "/relayauth/v1/tokens/refresh"_L1}}}, {"kind"_L1, "reset"_L1},
                {"times"_L1, 1}, {"after"_L1, true}});
        m_sandbox.post(u"/revoke"_s, {{"what"_L1, "data-plane-tokens"_L1}});
        const auto lost = QCoro::waitFor(m_program->dataPlane->tree(key(), scopes, u"/"_s, 1));
        QVERIFY(!lost);
        const auto found = QCoro::waitFor(m_program->dataPlane->tree(key(), scopes, u"/"_s, 1));
        QVERIFY2(found, found ? "" : qPrintable(found.error().message));
        QCOMPARE(spent(u"delegated"_s), 1);
        QCOMPARE(asked(u"/cloud/api/v1/workspaces/cw_research/relayfile/delegated-token"_s), 2);
    }

    void mintErrors_data()
    {
        QTest::addColumn<QString>("code");
        QTest::addColumn<int>("kind");
        QTest::newRow("scope_insufficient") << u"scope_insufficient"_s << static_cast<int>(ErrorClass::Scope);
        QTest::newRow("invalid_scope") << u"invalid_scope"_s << static_cast<int>(ErrorClass::Scope);
        QTest::newRow("needs_reauth") << u"needs_reauth"_s << static_cast<int>(ErrorClass::Reauth);
        QTest::newRow("relayauth_unavailable") << u"relayauth_unavailable"_s << static_cast<int>(ErrorClass::Server);
    }
    void mintErrors()
    {
        QFETCH(QString, code);
        QFETCH(int, kind);
        settings({{"mintError"_L1, code}});
        const auto access = QCoro::waitFor(m_program->bundles->access(key(), scopes));
        QVERIFY(!access);
        QCOMPARE(access.error().code, code);
        QCOMPARE(static_cast<int>(access.error().kind), kind);
        QCOMPARE(m_program->accounts->account(m_account)->state, AccountState::Fresh);
    }

    void filesArriveAndOperationsAreFollowed()
    {
        const QByteArray text = "# Hello\n\xc3\xa4\n";
        const QByteArray binary("\x00\xff\xfe\x01", 4);
        const QList<BulkFile> files{draft(u"/github/notes/hello.md"_s, text),
            draft(u"/github/notes/blob.bin"_s, binary), draft(u"/linear/drafts/untitled.json"_s, "{\"title\":\"\"}")};
        qint64 uploaded = 0;
        const auto answer = QCoro::waitFor(m_program->dataPlane->bulk(key(), scopes, files, u"transfer-1"_s,
            [&uploaded](qint64 sent, qint64) { uploaded = std::max(uploaded, sent); }, {}));
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().message));
        QCOMPARE(answer->results.size(), 3);
        QVERIFY(answer->problems.isEmpty());
        QVERIFY(uploaded > 0);

        for (const auto &[path, content] : {std::pair(files.at(0).path, text), std::pair(files.at(1).path, binary)}) {
            const auto file = QCoro::waitFor(m_program->dataPlane->stat(key(), scopes, path));
            QVERIFY(file && *file);
            QCOMPARE((*file)->contentHash,
                QString::fromLatin1(QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex()));
        }
        const auto none = QCoro::waitFor(m_program->dataPlane->stat(key(), scopes, u"/github/nobody.md"_s));
        QVERIFY(none && !*none);

        const auto operation
            = [this](const QString &id) { return QCoro::waitFor(m_program->dataPlane->operation(key(), scopes, id)); };
        QTRY_VERIFY(operation(answer->results.at(0).operationId)->isFinal());
        QCOMPARE(operation(answer->results.at(0).operationId)->state, OperationState::Succeeded);
        QTRY_VERIFY(operation(answer->results.at(2).operationId)->isFinal());
        const auto refused = operation(answer->results.at(2).operationId);
        QVERIFY(refused->hasFailed());
        QVERIFY(refused->lastError.contains(u"title is required"_s));
        const auto dead
            = QCoro::waitFor(m_program->dataPlane->operations(key(), scopes, refused->status, u"linear"_s, 10));
        QVERIFY(dead);
        QCOMPARE(dead->size(), 1);
        QCOMPARE(dead->first().id, refused->id);
    }

    void aConflictAndALargeBody()
    {
        BulkFile file = draft(u"/github/notes/one.md"_s, "one");
        file.ifMatch = u"0"_s;
        const auto first = QCoro::waitFor(m_program->dataPlane->bulk(key(), scopes, {file}, u"c"_s, {}, {}));
        QVERIFY(first && first->problems.isEmpty());
        const auto second = QCoro::waitFor(m_program->dataPlane->bulk(key(), scopes, {file}, u"c"_s, {}, {}));
        QVERIFY(second);
        QCOMPARE(second->problems.size(), 1);
        QCOMPARE(second->problems.first().code, u"conflict"_s);
        QVERIFY(!second->problems.first().currentRevision.isEmpty());
        settings({{"maxBodyBytes"_L1, 2000}});
        const auto large = QCoro::waitFor(m_program->dataPlane->bulk(
            key(), scopes, {draft(u"/github/large.md"_s, QByteArray(5000, 'x'))}, u"c"_s, {}, {}));
        QVERIFY(!large);
        QCOMPARE(large.error().code, u"payload_too_large"_s);
    }

    void aMissingRightIsSaid()
    {
        const QStringList readOnly{u"relayfile:fs:read:*"_s};
        const auto answer = QCoro::waitFor(
            m_program->dataPlane->bulk(key(), readOnly, {draft(u"/github/x.md"_s, "x")}, u"c"_s, {}, {}));
        QVERIFY(!answer);
        QCOMPARE(answer.error().kind, ErrorClass::Scope);
        QVERIFY(QCoro::waitFor(m_program->dataPlane->tree(key(), readOnly, u"/"_s, 1)));
    }

    void aServerWithATokenOfItsOwn()
    {
        const QJsonObject token = m_sandbox.post(u"/token"_s,
            {{"workspace"_L1, "rw_research"_L1}, {"scopes"_L1, QJsonArray::fromStringList(scopes)},
                {"ttlSeconds"_L1, 600}});
        SignInRequest request;
        request.providerId = u"relayfile-server"_s;
        request.server = m_sandbox.base();
        request.pastedAccessToken = Secret(token.value("token"_L1).toString());
        const auto id = QCoro::waitFor(m_program->accounts->signIn(request));
        QVERIFY(id);
        const auto workspaces = QCoro::waitFor(m_program->cloud->workspaces(*id));
        QVERIFY(workspaces && workspaces->size() == 1);
        DataPlaneKey direct;
        direct.account = *id;
        direct.relayWorkspaceId = workspaces->first().relayId;
        direct.server = workspaces->first().server;
        QVERIFY(QCoro::waitFor(m_program->dataPlane->tree(direct, scopes, u"/"_s, 2)));
        m_sandbox.post(u"/revoke"_s, {{"what"_L1, "data-plane-tokens"_L1}});
        const auto no = QCoro::waitFor(m_program->dataPlane->tree(direct, scopes, u"/"_s, 2));
        QVERIFY(!no);
        QCOMPARE(no.error().status, 401);
        QCOMPARE(m_program->accounts->account(*id)->state, AccountState::Fresh); // one refusal is not a verdict
    }

    void signOutEndsItThere()
    {
        QVERIFY(QCoro::waitFor(m_program->bundles->access(key(), scopes)));
        QVERIFY(QCoro::waitFor(m_program->accounts->signOut(m_account)));
        QCoro::waitFor(m_program->bundles->forget(m_account));
        QTRY_COMPARE(asked(u"/cloud/api/v1/auth/token/revoke"_s), 1);
        QVERIFY(!QCoro::waitFor(m_program->bundles->access(key(), scopes)));
    }
};

QTEST_GUILESS_MAIN(TestRelayfileSandbox)
#include "test_relayfile_sandbox.moc"
