// The service with real accounts on a fake network, real folders and a clock moved by hand.
#include "core/accounts/accountservice.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/oauth/profile.h"
#include "core/vault/memorystore.h"
#include "core/workspaces/workspaceservice.h"
#include "tests/core/workspaces/mirrorfixture.h"
#include "tests/support/compare.h"
#include "tests/support/fakeclock.h"

#include <QCoroSignal>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Postroom;
using namespace Qt::StringLiterals;

namespace
{

class Gate final : public QObject
{
    Q_OBJECT
Q_SIGNALS:
    void opened();
};

// A cloud with a list of workspaces; everything else is 404.
class FakeCloud final : public HttpClient
{
public:
    QCoro::Task<Result<HttpResponse>> send(HttpRequest request, std::stop_token stop) override
    {
        HttpResponse response;
        response.url = request.url;
        response.status = 404;
        if (request.url.path().endsWith(u"/api/v1/workspaces"_s)) {
            ++asked;
            if (hangs) {
                Gate gate;
                const std::stop_callback open(
                    stop, [&gate] { QMetaObject::invokeMethod(&gate, &Gate::opened, Qt::QueuedConnection); });
                co_await qCoro(&gate, &Gate::opened);
                co_return failCancelled();
            }
            response.status = status;
            response.headers.append(HttpHeader{"Content-Type", "application/json"});
            response.body = toCompact({{u"workspaces"_s, workspaces}});
            if (broken) {
                Error error;
                error.kind = ErrorClass::Net;
                error.code = u"no-route"_s;
                co_return Failure(error);
            }
        }
        co_return response;
    }
    void forgetConnections() override { }

    QJsonArray workspaces;
    int status = 200;
    bool broken = false;
    bool hangs = false;
    int asked = 0;
};

QByteArray base64(const QJsonObject &object)
{
    return toCompact(object).toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

Secret serverToken(const QString &workspace, const QDateTime &expires, const QStringList &scopes)
{
    const QJsonObject claims{{u"wks"_s, workspace}, {u"sub"_s, u"agent"_s}, {u"exp"_s, expires.toSecsSinceEpoch()},
        {u"iat"_s, expires.toSecsSinceEpoch() - 86400}, {u"scopes"_s, QJsonArray::fromStringList(scopes)}};
    return Secret("relay_ws_" + base64({{u"alg"_s, u"RS256"_s}}) + '.' + base64(claims) + ".c2ln");
}

class Bench
{
public:
    Bench()
    {
        paths.config = folder.filePath(u"config"_s);
        paths.state = folder.filePath(u"state"_s);
        paths.runtime = folder.filePath(u"runtime"_s);
        paths.home = folder.filePath(u"home"_s);
        paths.cacheHome = folder.filePath(u"cache"_s);
        QDir().mkpath(paths.home + u"/.relayfile"_s);
        if (!paths.ensure())
            qFatal("no folders");
        profiles = std::make_unique<ProfileRegistry>(paths.config + u"/providers"_s);
        AccountService::Collaborators use;
        use.clock = &clock;
        use.http = &http;
        use.vault = &vault;
        use.sessionVault = &session;
        use.profiles = profiles.get();
        use.paths = paths;
        accounts = std::make_unique<AccountService>(use);
        cloud = std::make_unique<CloudApi>(accounts.get());
        make();
        if (!accounts->loadRoster())
            qFatal("no roster");
        accounts->start();
    }
    ~Bench()
    {
        stop();
        QCoro::waitFor(accounts->shutdown());
    }
    void make() { service = std::make_unique<WorkspaceService>(accounts.get(), cloud.get(), nullptr, &clock, paths); }
    void stop()
    {
        if (service)
            QCoro::waitFor(service->shutdown());
        service.reset();
    }
    void start()
    {
        if (!service->loadCatalog())
            qFatal("no catalog");
        service->start();
    }
    AccountId signIn(const QString &provider, const Secret &token, const QString &label)
    {
        SignInRequest request;
        request.providerId = provider;
        request.server = QUrl(u"https://files.acme.test"_s);
        request.label = label;
        request.pastedAccessToken = token;
        const auto id = QCoro::waitFor(accounts->signIn(request));
        if (!id)
            qFatal("no sign-in: %s", qPrintable(id.error().code + id.error().message + id.error().detail));
        return *id;
    }
    AccountId serverAccount(const QString &workspace, const QStringList &scopes = {u"fs:read"_s, u"fs:write"_s})
    {
        return signIn(
            u"relayfile-server"_s, serverToken(workspace, clock.now().addDays(1), scopes), workspace + u" token"_s);
    }
    MirrorFixture mirror(const QString &name, const QString &relayId)
    {
        MirrorFixture mirror(folder.filePath(name));
        mirror.create(relayId);
        return mirror;
    }
    WorkspaceStatus status(const QString &id) const
    {
        return service->workspace(WorkspaceId(id)).value_or(WorkspaceStatus());
    }

    QTemporaryDir folder;
    Paths paths;
    FakeClock clock;
    FakeCloud http;
    MemoryStore vault;
    MemoryStore session;
    std::unique_ptr<ProfileRegistry> profiles;
    std::unique_ptr<AccountService> accounts;
    std::unique_ptr<CloudApi> cloud;
    std::unique_ptr<WorkspaceService> service;
};

} // namespace

class TestWorkspaceService : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingAtAll();
    void loadingTouchesFilesOnly();
    void serverAccountBringsItsWorkspace();
    void cloudAccountBringsItsList();
    void failedListIsAskedAgain();
    void otherAccountsHaveNone();
    void mirrorWithoutAccount();
    void outboxBecomesState();
    void lastSuccess();
    void daemonComesAndGoes();
    void foreignDaemonIsSaid();
    void readOnlyAccount();
    void signingOutAndRemoving();
    void sendingFromTransfers();
    void relayIdBecomesKnown();
    void mirrorAddedAndForgotten();
    void forgottenByAListener();
    void missingMirrorIsSaid();
    void lastErrorOfTheMount();
    void owningPrefersTheInnerMirror();
    void bodyLimitIsKept();
    void tellsOnlyChanges();
    void noWakeUpWithoutAMirror();
    void shutdownWhileWorking();
    void shutdownDoesNotWaitForTheServer();
};

void TestWorkspaceService::nothingAtAll()
{
    Bench bench;
    bench.start();
    QVERIFY(bench.service->workspaces().isEmpty());
    QVERIFY(!bench.service->workspace(WorkspaceId(u"x"_s)) && !bench.service->record(WorkspaceId(u"x"_s)));
    QVERIFY(bench.service->outbox(WorkspaceId(u"x"_s)).isEmpty());
    QVERIFY(!bench.service->owning(u"/etc/passwd"_s));
    QCOMPARE(bench.service->forget(WorkspaceId(u"x"_s)).error().code, u"unknown-workspace"_s);
    bench.service->setSending(WorkspaceId(u"x"_s), 1, 1);
    bench.service->notePushed(WorkspaceId(u"x"_s), bench.clock.now());
}

void TestWorkspaceService::loadingTouchesFilesOnly()
{
    Bench bench;
    const MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    bench.stop();
    bench.make();
    const int armed = bench.clock.armed();
    QVERIFY(bench.service->loadCatalog());
    QCOMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Unknown); // looking
    QCOMPARE(bench.http.asked, 0);
    QCOMPARE(bench.clock.armed(), armed);
}

void TestWorkspaceService::serverAccountBringsItsWorkspace()
{
    Bench bench;
    bench.start();
    const AccountId account = bench.serverAccount(u"rw_7"_s);
    QTRY_COMPARE(bench.service->workspaces().size(), 1);
    const WorkspaceStatus status = bench.status(u"rw_7"_s);
    QCOMPARE(status.account, account);
    QCOMPARE(status.accountLabel, u"rw_7 token"_s);
    QCOMPARE(status.server, QUrl(u"https://files.acme.test"_s));
    QCOMPARE(status.state, WorkspaceState::Delivered);
    const DataPlaneKey key = bench.service->dataPlaneKey(*bench.service->record(WorkspaceId(u"rw_7"_s)));
    QVERIFY(key.cloudWorkspaceId.isEmpty());
    QCOMPARE(key.relayWorkspaceId, u"rw_7"_s);
    QCOMPARE(key.server, status.server);
    QCOMPARE(key.account, account);
}

void TestWorkspaceService::cloudAccountBringsItsList()
{
    Bench bench;
    bench.http.workspaces = {QJsonObject{{u"id"_s, u"cw_1"_s}, {u"relayfileWorkspaceId"_s, u"rw_1"_s},
                                 {u"name"_s, u"research"_s}, {u"relayfileUrl"_s, u"https://files.acme.test"_s}},
        QJsonObject{{u"id"_s, u"cw_2"_s}, {u"name"_s, u"ops"_s}}};
    bench.start();
    const AccountId account = bench.signIn(u"relayfile-cloud"_s, Secret(QByteArray("opaque")), u"Ada"_s);
    const auto done = QCoro::waitFor(bench.service->refresh(account));
    QVERIFY(done);
    QCOMPARE(bench.service->workspaces().size(), 2);
    const auto record = bench.service->record(WorkspaceId(u"rw_1"_s));
    QVERIFY(record);
    QCOMPARE(bench.service->dataPlaneKey(*record).cloudWorkspaceId, u"cw_1"_s);
    // One that is gone goes.
    QSignalSpy removed(bench.service.get(), &WorkspaceService::workspaceRemoved);
    bench.http.workspaces.removeFirst();
    const auto again = QCoro::waitFor(bench.service->refresh(account));
    QVERIFY(again);
    QCOMPARE(removed.size(), 1);
    QCOMPARE(removed.first().first().value<WorkspaceId>().text(), u"rw_1"_s);
}

void TestWorkspaceService::failedListIsAskedAgain()
{
    Bench bench;
    bench.http.broken = true;
    bench.start();
    const Secret token = serverToken(u"x"_s, bench.clock.now().addDays(3), {});
    const AccountId account = bench.signIn(u"relayfile-cloud"_s, token, u"Ada"_s);
    if (!bench.accounts->account(account)->isUsable(bench.clock.now()))
        QSKIP("the expiry of this pasted token is not known");
    QTRY_COMPARE(bench.http.asked, 1);
    QVERIFY(bench.service->workspaces().isEmpty());
    bench.http.broken = false;
    bench.http.workspaces = {QJsonObject{{u"id"_s, u"cw_1"_s}, {u"name"_s, u"research"_s}}};
    bench.clock.advance(std::chrono::minutes(2));
    QTRY_COMPARE(bench.service->workspaces().size(), 1);
}

void TestWorkspaceService::otherAccountsHaveNone()
{
    Bench bench;
    bench.start();
    const auto done = QCoro::waitFor(bench.service->refresh(AccountId(u"nobody"_s)));
    QVERIFY(!done);
    QCOMPARE(done.error().code, u"no-workspaces"_s);
    QCOMPARE(bench.http.asked, 0);
}

void TestWorkspaceService::mirrorWithoutAccount()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    mirror.writeRaw(u"../home/.relayfile/workspaces.json"_s,
        toIndented({{u"workspaces"_s,
            QJsonArray{QJsonObject{{u"name"_s, u"research"_s}, {u"id"_s, u"cw_1"_s}, {u"relayWorkspaceId"_s, u"rw_1"_s},
                {u"localDir"_s, mirror.path()}, {u"server"_s, u"https://files.acme.test"_s}}}}}));
    bench.start();
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Delivered);
    QCOMPARE(bench.status(u"rw_1"_s).name, u"research"_s);
    QCOMPARE(bench.status(u"rw_1"_s).mirror, mirror.path());
    QVERIFY(bench.status(u"rw_1"_s).accountLabel.isEmpty());
}

void TestWorkspaceService::outboxBecomesState()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    bench.start();
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Delivered);
    QSignalSpy outbox(bench.service.get(), &WorkspaceService::outboxChanged);
    mirror.writeRecord(u"pending"_s, u"p1"_s, {{u"firstSeenAt"_s, u"2026-01-15T13:00:00Z"_s}});
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::DaemonOff); // nobody holds the lease
    QCOMPARE(bench.status(u"rw_1"_s).since, QDateTime(QDate(2026, 1, 15), QTime(13, 0), Qt::UTC));
    QCOMPARE(bench.status(u"rw_1"_s).outbox.pending, 1);
    QVERIFY(!outbox.isEmpty());
    QCOMPARE(bench.service->outbox(WorkspaceId(u"rw_1"_s)).size(), 1);
    QVERIFY(bench.service->outboxRecord(WorkspaceId(u"rw_1"_s), u"p1"_s));
    QVERIFY(mirror.move(u"p1"_s, u"pending"_s, u"failed"_s));
    mirror.writeRecord(u"failed"_s, u"p1"_s,
        {{u"lastError"_s, u"title is required"_s}, {u"lastAttemptAt"_s, u"2026-01-15T13:10:00Z"_s}});
    mirror.mark(u"p1"_s, true);
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Attention);
    const WorkspaceStatus status = bench.status(u"rw_1"_s);
    QCOMPARE(status.attentionProvider, u"linear"_s);
    QCOMPARE(status.attentionPath, u"/linear/issues/p1.json"_s);
    QCOMPARE(status.attentionReason, u"title is required"_s);
}

void TestWorkspaceService::lastSuccess()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    mirror.writeRecord(u"acked"_s, u"a1"_s, {{u"ackedAt"_s, u"2026-01-15T13:30:00Z"_s}});
    QVERIFY(bench.service->addMirror(mirror.path()));
    bench.start();
    const QDateTime acked(QDate(2026, 1, 15), QTime(13, 30), Qt::UTC);
    QTRY_COMPARE(bench.status(u"rw_1"_s).lastSuccessAt, std::optional(acked));
    bench.service->notePushed(WorkspaceId(u"rw_1"_s), acked.addSecs(-60));
    QCOMPARE(bench.status(u"rw_1"_s).lastSuccessAt, std::optional(acked));
    bench.service->notePushed(WorkspaceId(u"rw_1"_s), acked.addSecs(60));
    QCOMPARE(bench.status(u"rw_1"_s).lastSuccessAt, std::optional(acked.addSecs(60)));
}

void TestWorkspaceService::daemonComesAndGoes()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    mirror.writeRecord(u"pending"_s, u"p1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    const QString leases = bench.paths.cacheHome + u"/relayfile/mount-leases"_s;
    QVERIFY(QDir().mkpath(leases));
    QFile lease(leases + u"/any.lock"_s);
    QVERIFY(lease.open(QIODevice::WriteOnly));
    lease.write(toCompact({{u"pid"_s, 1}, {u"localRoot"_s, QFileInfo(mirror.path()).canonicalFilePath()}}));
    lease.close();
    auto lock = FileLock::tryAcquire(lease.fileName());
    QVERIFY(lock && lock->isHeld());
    bench.start();
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Pending);
    QVERIFY(bench.status(u"rw_1"_s).daemon.running);
    // Killed: nothing in the mirror changes, the poll finds out.
    lock->release();
    bench.clock.advance(std::chrono::seconds(31));
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::DaemonOff);
    // Started: its state changes, so it is seen before the next poll.
    lock = FileLock::tryAcquire(lease.fileName());
    mirror.writeState({{u"workspaceId"_s, u"rw_1"_s}, {u"status"_s, u"syncing"_s}});
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Pending);
    // Ends in order: the pid file goes first, the lease a moment later.
    mirror.writeRaw(u".relay/mount.pid"_s, "{}");
    QVERIFY(QFile::remove(mirror.path(u".relay/mount.pid"_s)));
    lock->release();
    QTRY_VERIFY(bench.clock.nextDue() && bench.clock.now().msecsTo(*bench.clock.nextDue()) <= 2000);
    bench.clock.advance(std::chrono::seconds(2));
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::DaemonOff);
}

void TestWorkspaceService::foreignDaemonIsSaid()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    const QString leases = bench.paths.cacheHome + u"/relayfile/mount-leases"_s;
    QVERIFY(QDir().mkpath(leases));
    QFile lease(leases + u"/any.lock"_s);
    QVERIFY(lease.open(QIODevice::WriteOnly));
    lease.write(toCompact({{u"pid"_s, 1}, {u"localRoot"_s, QFileInfo(mirror.path()).canonicalFilePath()}}));
    lease.close();
    const auto lock = FileLock::tryAcquire(lease.fileName());
    QVERIFY(lock && lock->isHeld());
    bench.start();
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::ForeignDaemon);
    QCOMPARE(bench.status(u"rw_1"_s).daemon.pid, QCoreApplication::applicationPid());
}

void TestWorkspaceService::readOnlyAccount()
{
    Bench bench;
    bench.start();
    (void)bench.serverAccount(u"rw_7"_s, {u"relayfile:fs:read:*"_s});
    QTRY_COMPARE(bench.status(u"rw_7"_s).state, WorkspaceState::ReadOnly);
}

void TestWorkspaceService::signingOutAndRemoving()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_7"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    bench.start();
    const AccountId account = bench.serverAccount(u"rw_7"_s);
    const AccountId other = bench.serverAccount(u"rw_8"_s);
    QTRY_COMPARE(bench.service->workspaces().size(), 2);
    QTRY_COMPARE(bench.status(u"rw_7"_s).state, WorkspaceState::Delivered);
    const auto out = QCoro::waitFor(bench.accounts->signOut(account));
    QVERIFY(out);
    QTRY_COMPARE(bench.status(u"rw_7"_s).state, WorkspaceState::AccountNotUsable);
    QSignalSpy removed(bench.service.get(), &WorkspaceService::workspaceRemoved);
    for (const AccountId &id : {account, other}) {
        const auto gone = QCoro::waitFor(bench.accounts->remove(id));
        QVERIFY(gone);
    }
    QTRY_COMPARE(removed.size(), 1);
    QCOMPARE(bench.service->workspaces().size(), 1); // the mirror stays, without an account
    QVERIFY(bench.status(u"rw_7"_s).account.isEmpty());
    QCOMPARE(bench.status(u"rw_7"_s).state, WorkspaceState::Delivered);
}

void TestWorkspaceService::sendingFromTransfers()
{
    Bench bench;
    bench.start();
    (void)bench.serverAccount(u"rw_7"_s);
    QTRY_COMPARE(bench.service->workspaces().size(), 1);
    const WorkspaceId id(u"rw_7"_s);
    bench.service->setSending(id, 12, 40);
    QCOMPARE(bench.status(u"rw_7"_s).state, WorkspaceState::Sending);
    QCOMPARE(bench.status(u"rw_7"_s).sending, 12);
    QCOMPARE(bench.status(u"rw_7"_s).sendingTotal, 40);
    bench.service->setSending(id, 0, 40);
    QCOMPARE(bench.status(u"rw_7"_s).state, WorkspaceState::Delivered);
    QCOMPARE(bench.status(u"rw_7"_s).sendingTotal, 0);
    bench.service->setSending(id, -5, -1);
    QCOMPARE(bench.status(u"rw_7"_s).sending, 0);
}

void TestWorkspaceService::relayIdBecomesKnown()
{
    Bench bench;
    bench.http.workspaces = {QJsonObject{{u"id"_s, u"cw_1"_s}, {u"name"_s, u"research"_s}}};
    bench.start();
    const AccountId account = bench.signIn(u"relayfile-cloud"_s, Secret(QByteArray("opaque")), u"Ada"_s);
    const auto first = QCoro::waitFor(bench.service->refresh(account));
    QVERIFY(first);
    bench.service->setSending(WorkspaceId(u"cw_1"_s), 3, 4);
    QSignalSpy removed(bench.service.get(), &WorkspaceService::workspaceRemoved);
    bench.http.workspaces
        = {QJsonObject{{u"id"_s, u"cw_1"_s}, {u"relayfileWorkspaceId"_s, u"rw_1"_s}, {u"name"_s, u"research"_s}}};
    const auto second = QCoro::waitFor(bench.service->refresh(account));
    QVERIFY(second);
    QCOMPARE(bench.service->workspaces().size(), 1);
    QCOMPARE(removed.size(), 1);
    QCOMPARE(bench.status(u"rw_1"_s).sending, 3);
    QCOMPARE(bench.status(u"cw_1"_s).id.text(), u"rw_1"_s); // the old name still leads there
}

void TestWorkspaceService::mirrorAddedAndForgotten()
{
    Bench bench;
    bench.start();
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    mirror.writeRecord(u"failed"_s, u"f1"_s);
    QCOMPARE(bench.service->addMirror(bench.folder.path()).error().code, u"not-a-mirror"_s);
    const auto added = bench.service->addMirror(mirror.path());
    QVERIFY(added);
    QCOMPARE(added->text(), u"rw_1"_s);
    QTRY_COMPARE(bench.status(u"rw_1"_s).outbox.failed, 1);
    QVERIFY(bench.service->forget(*added));
    QVERIFY(bench.service->workspaces().isEmpty());
    mirror.writeRecord(u"failed"_s, u"f2"_s); // nobody looks any more
    QVERIFY(bench.service->addMirror(mirror.path()));
    QTRY_COMPARE(bench.status(u"rw_1"_s).outbox.failed, 2);
}

void TestWorkspaceService::forgottenByAListener()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    bench.start();
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Delivered);
    connect(bench.service.get(), &WorkspaceService::workspaceChanged, this, [&](const WorkspaceStatus &status) {
        if (status.outbox.failed > 0)
            QVERIFY(bench.service->forget(status.id));
    });
    mirror.writeRecord(u"failed"_s, u"f1"_s);
    QTRY_VERIFY(bench.service->workspaces().isEmpty());
    QTest::qWait(100); // whatever it still had on its way
}

void TestWorkspaceService::missingMirrorIsSaid()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    bench.start();
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Delivered);
    QVERIFY(QDir(mirror.path()).removeRecursively());
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Unknown);
    QTRY_VERIFY(bench.status(u"rw_1"_s).lastError);
    QCOMPARE(bench.status(u"rw_1"_s).lastError->error.code, u"mirror-missing"_s);
    mirror.create(u"rw_1"_s);
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Delivered);
    QVERIFY(!bench.status(u"rw_1"_s).lastError);
}

void TestWorkspaceService::lastErrorOfTheMount()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    bench.start();
    const QJsonObject trouble{{u"kind"_s, u"offline"_s}, {u"statusCode"_s, 503}, {u"message"_s, u"no answer"_s},
        {u"at"_s, u"2026-01-15T13:00:00Z"_s}};
    mirror.writeState({{u"workspaceId"_s, u"rw_1"_s}, {u"lastError"_s, trouble},
        {u"lastSuccessfulReconcileAt"_s, u"2026-01-15T12:59:00Z"_s}});
    QTRY_VERIFY(bench.status(u"rw_1"_s).lastError);
    QCOMPARE(bench.status(u"rw_1"_s).lastError->error.message, u"no answer"_s);
    mirror.writeState({{u"workspaceId"_s, u"rw_1"_s}, {u"lastError"_s, trouble},
        {u"lastSuccessfulReconcileAt"_s, u"2026-01-15T13:01:00Z"_s}});
    QTRY_VERIFY(!bench.status(u"rw_1"_s).lastError);
}

void TestWorkspaceService::owningPrefersTheInnerMirror()
{
    Bench bench;
    const MirrorFixture outer = bench.mirror(u"m"_s, u"rw_1"_s);
    const MirrorFixture inner = bench.mirror(u"m/deep/inner"_s, u"rw_2"_s);
    QVERIFY(bench.service->addMirror(outer.path()) && bench.service->addMirror(inner.path()));
    QCOMPARE(bench.service->owning(outer.path(u"a.md"_s))->id.text(), u"rw_1"_s);
    QCOMPARE(bench.service->owning(inner.path(u"a.md"_s))->id.text(), u"rw_2"_s);
    QCOMPARE(bench.service->owning(inner.path())->id.text(), u"rw_2"_s);
    QVERIFY(!bench.service->owning(bench.folder.path()));
    QVERIFY(!bench.service->owning(outer.path() + u"2/a.md"_s));
    QVERIFY(!bench.service->owning(u"a.md"_s));
}

void TestWorkspaceService::bodyLimitIsKept()
{
    Bench bench;
    const MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    const WorkspaceId id(u"rw_1"_s);
    QVERIFY(bench.service->learnBodyLimit(id, 512 * 1024));
    QVERIFY(!bench.service->learnBodyLimit(id, 10));
    QVERIFY(!bench.service->learnBodyLimit(WorkspaceId(u"x"_s), 512 * 1024));
    bench.stop();
    bench.make();
    QVERIFY(bench.service->loadCatalog());
    QCOMPARE(bench.service->record(id)->bodyLimit, 512 * 1024);
}

void TestWorkspaceService::tellsOnlyChanges()
{
    Bench bench;
    MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    bench.start();
    QTRY_COMPARE(bench.status(u"rw_1"_s).state, WorkspaceState::Delivered);
    bench.clock.advance(std::chrono::seconds(31)); // a look at the daemon
    QSignalSpy changed(bench.service.get(), &WorkspaceService::workspaceChanged);
    QSignalSpy outbox(bench.service.get(), &WorkspaceService::outboxChanged);
    mirror.writeState({{u"workspaceId"_s, u"rw_1"_s}, {u"intervalMs"_s, 30000}}); // says nothing that is shown
    QTRY_VERIFY(!outbox.isEmpty());
    bench.service->setSending(WorkspaceId(u"rw_1"_s), 0, 0);
    QCOMPARE(changed.size(), 0);
}

void TestWorkspaceService::noWakeUpWithoutAMirror()
{
    Bench bench;
    bench.start();
    QCOMPARE(bench.clock.armed(), 0);
    const MirrorFixture mirror = bench.mirror(u"m"_s, u"rw_1"_s);
    QVERIFY(bench.service->addMirror(mirror.path()));
    QCOMPARE(bench.clock.armed(), 1);
    QVERIFY(bench.service->forget(WorkspaceId(u"rw_1"_s)));
    QCOMPARE(bench.clock.armed(), 0);
}

void TestWorkspaceService::shutdownWhileWorking()
{
    Bench bench;
    for (int i = 0; i < 5; ++i) {
        const MirrorFixture mirror = bench.mirror(u"m%1"_s.arg(i), u"rw_%1"_s.arg(i));
        QVERIFY(bench.service->addMirror(mirror.path()));
    }
    (void)bench.serverAccount(u"rw_9"_s);
    const int armed = bench.clock.armed(); // the account's own
    bench.start();
    QVERIFY(bench.clock.armed() > armed);
    bench.stop();
    QCOMPARE(bench.clock.armed(), armed);
}

void TestWorkspaceService::shutdownDoesNotWaitForTheServer()
{
    Bench bench;
    bench.http.hangs = true;
    bench.start();
    (void)bench.signIn(u"relayfile-cloud"_s, serverToken(u"x"_s, bench.clock.now().addDays(3), {}), u"Ada"_s);
    QTRY_COMPARE(bench.http.asked, 1);
    bench.stop(); // returns at all
    QVERIFY(!bench.service);
}

QTEST_GUILESS_MAIN(TestWorkspaceService)
#include "test_workspaceservice.moc"
