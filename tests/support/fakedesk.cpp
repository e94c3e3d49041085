#include "tests/support/fakedesk.h"

#include <QCoroSignal>
#include <QFileInfo>

namespace Postroom
{
namespace
{

template <typename T>
bool replaceById(QList<T> &list, const T &value)
{
    for (T &entry : list) {
        if (entry.id == value.id) {
            entry = value;
            return true;
        }
    }
    list.append(value);
    return false;
}

} // namespace

FakeDesk::FakeDesk(QObject *parent) : Desk(parent) { }

// Whatever still waits gets an answer, so that no coroutine is left behind.
FakeDesk::~FakeDesk()
{
    held = false;
    if (!m_signInOutcome)
        m_signInOutcome = failCancelled();
    Q_EMIT released();
    Q_EMIT signInEnded();
}

void FakeDesk::release()
{
    held = false;
    Q_EMIT released();
}

void FakeDesk::endSignIn(const Result<AccountId> &outcome)
{
    m_signInOutcome = outcome;
    Q_EMIT signInEnded();
}

void FakeDesk::set(const AccountStatus &status)
{
    replaceById(accountList, status);
    Q_EMIT accountChanged(status);
}

void FakeDesk::set(const WorkspaceStatus &status)
{
    replaceById(workspaceList, status);
    Q_EMIT workspaceChanged(status);
}

void FakeDesk::set(const Transfer &transfer, const QList<TransferItem> &itemList)
{
    replaceById(transferList, transfer);
    if (!itemList.isEmpty()) {
        items.insert(transfer.id.text(), itemList);
        Q_EMIT transferItemsChanged(transfer.id, itemList);
    }
    Q_EMIT transferChanged(transfer);
}

void FakeDesk::setOutbox(const WorkspaceId &workspace, const QList<OutboxRecord> &records)
{
    outboxes.insert(workspace.text(), records);
    Q_EMIT outboxChanged(workspace);
}

void FakeDesk::setVault(VaultState state)
{
    vault = state;
    Q_EMIT vaultStateChanged(state);
}

void FakeDesk::progress(SignInPhase phase, const QUrl &link, const QString &code)
{
    SignInProgress progress;
    if (!signIns.isEmpty())
        progress.id = signIns.last().id;
    progress.phase = phase;
    progress.link = link;
    progress.userCode = code;
    progress.verificationUri = code.isEmpty() ? QUrl() : link;
    progress.deadline = time.addSecs(600);
    Q_EMIT signInProgressed(progress);
}

QCoro::Task<Result<void>> FakeDesk::answer(QString call)
{
    calls.append(call);
    if (held)
        co_await qCoro(this, &FakeDesk::released);
    if (nextFailures.empty())
        co_return Result<void>();
    const Error error = nextFailures.front();
    nextFailures.pop_front();
    co_return Failure(error);
}

QCoro::Task<Result<AccountId>> FakeDesk::signIn(SignInRequest request)
{
    signIns.append(request);
    calls.append(QStringLiteral("signIn ") + request.providerId);
    m_signInOutcome.reset();
    if (!m_signInOutcome)
        co_await qCoro(this, &FakeDesk::signInEnded);
    const Result<AccountId> outcome = *m_signInOutcome;
    co_return outcome;
}

void FakeDesk::extendSignIn(const SignInId &)
{
    calls.append(QStringLiteral("extendSignIn"));
}

void FakeDesk::cancelSignIn(const SignInId &)
{
    calls.append(QStringLiteral("cancelSignIn"));
    endSignIn(failCancelled());
}

QCoro::Task<Result<void>> FakeDesk::signOut(AccountId account)
{
    auto task = answer(QStringLiteral("signOut ") + account.text());
    co_return co_await task;
}

QCoro::Task<Result<void>> FakeDesk::removeAccount(AccountId account)
{
    auto task = answer(QStringLiteral("removeAccount ") + account.text());
    const auto outcome = co_await task;
    if (outcome) {
        accountList.removeIf([&](const AccountStatus &status) { return status.id == account; });
        Q_EMIT accountRemoved(account);
    }
    co_return outcome;
}

QCoro::Task<Result<void>> FakeDesk::setAccountEnabled(AccountId account, bool enabled)
{
    auto task = answer(QStringLiteral("setAccountEnabled %1 %2").arg(account.text()).arg(enabled ? 1 : 0));
    co_return co_await task;
}

QCoro::Task<Result<AccountStatus>> FakeDesk::checkAccount(AccountId account)
{
    auto task = answer(QStringLiteral("checkAccount ") + account.text());
    const auto outcome = co_await task;
    if (!outcome)
        co_return Failure(outcome.error());
    for (const AccountStatus &status : std::as_const(accountList)) {
        if (status.id == account)
            co_return status;
    }
    co_return failInput(QStringLiteral("unknown-account"), QStringLiteral("There is no such account."));
}

QCoro::Task<Result<AccountId>> FakeDesk::adoptAccount(AccountId account)
{
    auto task = answer(QStringLiteral("adoptAccount ") + account.text());
    const auto outcome = co_await task;
    if (!outcome)
        co_return Failure(outcome.error());
    co_return account;
}

QCoro::Task<Result<void>> FakeDesk::unlockKeychain()
{
    auto task = answer(QStringLiteral("unlockKeychain"));
    co_return co_await task;
}

QCoro::Task<Result<void>> FakeDesk::refreshWorkspaces()
{
    auto task = answer(QStringLiteral("refreshWorkspaces"));
    co_return co_await task;
}

QCoro::Task<Result<WorkspaceId>> FakeDesk::addMirror(QString folder)
{
    auto task = answer(QStringLiteral("addMirror ") + folder);
    const auto outcome = co_await task;
    if (!outcome)
        co_return Failure(outcome.error());
    WorkspaceStatus status;
    status.id = WorkspaceId(QStringLiteral("ws-") + QFileInfo(folder).fileName());
    status.name = QFileInfo(folder).fileName();
    status.mirror = folder;
    set(status);
    co_return status.id;
}

QCoro::Task<Result<void>> FakeDesk::forgetWorkspace(WorkspaceId workspace)
{
    auto task = answer(QStringLiteral("forgetWorkspace ") + workspace.text());
    const auto outcome = co_await task;
    if (outcome) {
        workspaceList.removeIf([&](const WorkspaceStatus &status) { return status.id == workspace; });
        Q_EMIT workspaceRemoved(workspace);
    }
    co_return outcome;
}

QCoro::Task<Result<PushPlan>> FakeDesk::planPush(PushRequest request)
{
    plans.append(request);
    auto task = answer(QStringLiteral("planPush"));
    const auto outcome = co_await task;
    if (!outcome)
        co_return Failure(outcome.error());
    PushPlan plan = nextPlan;
    if (plan.items.isEmpty()) {
        for (const QString &path : std::as_const(request.paths)) {
            TransferItem item;
            item.index = static_cast<int>(plan.items.size());
            item.local = path;
            item.remotePath = QLatin1Char('/') + QFileInfo(path).fileName();
            item.bytes = 1000;
            plan.items.append(item);
            plan.bytes += item.bytes;
        }
    }
    plan.workspace = request.workspace;
    co_return plan;
}

QCoro::Task<Result<TransferId>> FakeDesk::push(PushRequest request)
{
    pushes.append(request);
    auto task = answer(QStringLiteral("push ") + request.workspace.text());
    const auto outcome = co_await task;
    if (!outcome)
        co_return Failure(outcome.error());
    co_return request.id;
}

QCoro::Task<Result<Transfer>> FakeDesk::pushFinished(TransferId transfer)
{
    auto task = answer(QStringLiteral("pushFinished ") + transfer.text());
    const auto outcome = co_await task;
    if (!outcome)
        co_return Failure(outcome.error());
    for (const Transfer &known : std::as_const(transferList)) {
        if (known.id == transfer)
            co_return known;
    }
    co_return failInput(QStringLiteral("unknown-transfer"), QStringLiteral("There is no such transfer."));
}

void FakeDesk::cancelTransfer(const TransferId &transfer)
{
    calls.append(QStringLiteral("cancelTransfer ") + transfer.text());
}

QCoro::Task<Result<TransferId>> FakeDesk::retryTransfer(TransferId transfer)
{
    auto task = answer(QStringLiteral("retryTransfer ") + transfer.text());
    const auto outcome = co_await task;
    if (!outcome)
        co_return Failure(outcome.error());
    co_return TransferId::create();
}

void FakeDesk::dismissTransfer(const TransferId &transfer)
{
    calls.append(QStringLiteral("dismissTransfer ") + transfer.text());
    transferList.removeIf([&](const Transfer &known) { return known.id == transfer; });
    Q_EMIT transferDismissed(transfer);
}

QCoro::Task<Result<QList<ActivityEntry>>> FakeDesk::activity(ActivityQuery query)
{
    auto task = answer(QStringLiteral("activity %1 %2").arg(query.before).arg(query.limit));
    const auto outcome = co_await task;
    if (!outcome)
        co_return Failure(outcome.error());
    QList<ActivityEntry> page;
    for (const ActivityEntry &entry : std::as_const(history)) {
        if (query.before > 0 && entry.id >= query.before)
            continue;
        if (query.since && entry.at < *query.since)
            continue;
        if (page.size() == query.limit)
            break;
        page.append(entry);
    }
    co_return page;
}

AccountStatus goodAccount()
{
    AccountStatus account;
    account.id = AccountId(QStringLiteral("ada"));
    account.providerId = QStringLiteral("relayfile-cloud");
    account.providerName = QStringLiteral("Acme");
    account.host = QStringLiteral("auth.acme.example");
    account.label = QStringLiteral("Ada at Acme");
    account.subject = QStringLiteral("ada@acme.example");
    account.state = AccountState::Fresh;
    account.badge = Badge::Good;
    account.since = QDateTime(QDate(2026, 1, 15), QTime(9, 12), Qt::UTC);
    account.usableUntil = QDateTime(QDate(2026, 1, 15), QTime(15, 40), Qt::UTC);
    account.nextAt = QDateTime(QDate(2026, 1, 15), QTime(15, 35), Qt::UTC);
    account.scopes = {
        QStringLiteral("fs:read"), QStringLiteral("fs:write"), QStringLiteral("ops:read"), QStringLiteral("sync:read")};
    return account;
}

AccountStatus signedOutAccount()
{
    AccountStatus account = goodAccount();
    account.id = AccountId(QStringLiteral("grace"));
    account.label = QStringLiteral("Grace at Example");
    account.providerName = QStringLiteral("Example");
    account.host = QStringLiteral("login.example.org");
    account.subject = QStringLiteral("grace@example.org");
    account.state = AccountState::NeedsSignIn;
    account.reason = QStringLiteral("expired");
    account.badge = Badge::NeedsYou;
    account.since = QDateTime(QDate(2026, 1, 15), QTime(14, 2), Qt::UTC);
    account.usableUntil.reset();
    account.nextAt.reset();
    Error error;
    error.origin = Origin::Token;
    error.kind = ErrorClass::Reauth;
    error.code = QStringLiteral("invalid_grant");
    error.status = 400;
    error.requestId = QStringLiteral("req-7f3a");
    error.message = QStringLiteral("The grant has expired.");
    account.lastError = LastError{error, 1, account.since};
    return account;
}

WorkspaceStatus goodWorkspace()
{
    WorkspaceStatus workspace;
    workspace.id = WorkspaceId(QStringLiteral("research-room"));
    workspace.name = QStringLiteral("research-room");
    workspace.server = QUrl(QStringLiteral("https://files.acme.example"));
    workspace.account = AccountId(QStringLiteral("ada"));
    workspace.accountLabel = QStringLiteral("Ada at Acme");
    workspace.mirror = QStringLiteral("/home/ada/research-room");
    workspace.daemon = {true, 4711, DaemonCustody::Foreign, QDateTime(QDate(2026, 1, 15), QTime(8, 0), Qt::UTC)};
    workspace.state = WorkspaceState::Delivered;
    workspace.since = QDateTime(QDate(2026, 1, 15), QTime(13, 0), Qt::UTC);
    workspace.outbox.acked = 3;
    workspace.lastSuccessAt = QDateTime(QDate(2026, 1, 15), QTime(14, 3), Qt::UTC);
    return workspace;
}

WorkspaceStatus attentionWorkspace()
{
    WorkspaceStatus workspace = goodWorkspace();
    workspace.id = WorkspaceId(QStringLiteral("issue-desk"));
    workspace.name = QStringLiteral("issue-desk");
    workspace.mirror = QStringLiteral("/home/ada/issue-desk");
    workspace.state = WorkspaceState::Attention;
    workspace.outbox = {2, 1, 0, 4, 0, QDateTime(QDate(2026, 1, 15), QTime(13, 58), Qt::UTC)};
    workspace.attentionProvider = QStringLiteral("Linear");
    workspace.attentionPath = QStringLiteral("/linear/issues/new.json");
    workspace.attentionReason = QStringLiteral("title is required");
    return workspace;
}

QList<ProviderProfile> someProfiles()
{
    ProviderProfile cloud;
    cloud.id = QStringLiteral("relayfile-cloud");
    cloud.name = QStringLiteral("Relayfile Cloud");
    cloud.kind = ProviderKind::RelayfileCloud;
    cloud.issuer = QUrl(QStringLiteral("https://cloud.example"));
    ProviderProfile server;
    server.id = QStringLiteral("relayfile-server");
    server.name = QStringLiteral("Relayfile server");
    server.kind = ProviderKind::RelayfileServer;
    ProviderProfile oauth;
    oauth.id = QStringLiteral("oauth2");
    oauth.name = QStringLiteral("Another OAuth account");
    oauth.kind = ProviderKind::OAuth2;
    for (ProviderProfile *profile : {&cloud, &server, &oauth})
        profile->builtIn = true;
    return {cloud, server, oauth};
}

namespace
{

OutboxRecord recordOf(const QString &id, const QString &path, RecordState state, qint64 size)
{
    OutboxRecord record;
    record.id = id;
    record.path = path;
    record.state = state;
    record.size = size;
    record.firstSeenAt = QDateTime(QDate(2026, 1, 15), QTime(13, 58), Qt::UTC);
    return record;
}

ActivityEntry entryOf(qint64 id, const QTime &time, ActivityKind kind, ActivityOutcome outcome, const QString &subject,
    const QString &text)
{
    ActivityEntry entry;
    entry.id = id;
    entry.at = QDateTime(QDate(2026, 1, 15), time, Qt::UTC);
    entry.kind = kind;
    entry.outcome = outcome;
    entry.subject = subject;
    entry.text = text;
    return entry;
}

} // namespace

void fillGood(FakeDesk &desk)
{
    desk.profileList = someProfiles();
    desk.accountList = {goodAccount()};
    WorkspaceStatus second = goodWorkspace();
    second.id = WorkspaceId(QStringLiteral("notes"));
    second.name = QStringLiteral("notes");
    second.mirror = QStringLiteral("/home/ada/notes");
    second.state = WorkspaceState::ForeignDaemon;
    desk.workspaceList = {goodWorkspace(), second};
    OutboxRecord record
        = recordOf(QStringLiteral("c1"), QStringLiteral("/reports/january.md"), RecordState::Acked, 4200);
    record.ackedAt = QDateTime(QDate(2026, 1, 15), QTime(14, 3), Qt::UTC);
    record.operationId = QStringLiteral("op_5d21");
    record.revision = QStringLiteral("rev_18");
    OutboxRecord older
        = recordOf(QStringLiteral("c2"), QStringLiteral("/reports/figures/turnover.csv"), RecordState::Acked, 128000);
    older.ackedAt = QDateTime(QDate(2026, 1, 15), QTime(11, 20), Qt::UTC);
    desk.outboxes.insert(QStringLiteral("research-room"), {record, older});
    desk.history = {
        entryOf(4, QTime(14, 3), ActivityKind::Push, ActivityOutcome::Done, QStringLiteral("/reports/january.md"),
            QStringLiteral("Delivered 1 file to research-room.")),
        entryOf(3, QTime(11, 20), ActivityKind::Push, ActivityOutcome::Done,
            QStringLiteral("/reports/figures/turnover.csv"), QStringLiteral("Delivered 1 file to research-room.")),
        entryOf(2, QTime(9, 12), ActivityKind::SignIn, ActivityOutcome::Done, QStringLiteral("Ada at Acme"),
            QStringLiteral("Signed in as ada@acme.example.")),
        entryOf(1, QTime(9, 11), ActivityKind::Account, ActivityOutcome::Done, QStringLiteral("Ada at Acme"),
            QStringLiteral("Added.")),
    };
}

void fillAttention(FakeDesk &desk)
{
    fillGood(desk);
    desk.accountList.append(signedOutAccount());
    AccountStatus reconnecting = goodAccount();
    reconnecting.id = AccountId(QStringLiteral("long"));
    reconnecting.label
        = QStringLiteral("Donaudampfschifffahrtsgesellschaft, shared mailbox for arrivals and departures");
    reconnecting.state = AccountState::Waiting;
    reconnecting.badge = Badge::Reconnecting;
    reconnecting.since = QDateTime(QDate(2026, 1, 15), QTime(14, 2), Qt::UTC);
    reconnecting.usableUntil.reset();
    reconnecting.nextAt = QDateTime(QDate(2026, 1, 15), QTime(14, 22), Qt::UTC);
    Error error;
    error.origin = Origin::Token;
    error.kind = ErrorClass::Net;
    error.message = QStringLiteral("The server did not answer.");
    reconnecting.lastError = LastError{error, 4, reconnecting.since};
    desk.accountList.append(reconnecting);
    desk.workspaceList.append(attentionWorkspace());
    WorkspaceStatus pending = goodWorkspace();
    pending.id = WorkspaceId(QStringLiteral("calendar"));
    pending.name = QStringLiteral("calendar");
    pending.state = WorkspaceState::Pending;
    pending.outbox.pending = 3;
    pending.outbox.oldestPendingAt = QDateTime(QDate(2026, 1, 15), QTime(14, 2), Qt::UTC);
    pending.nextAt = QDateTime(QDate(2026, 1, 15), QTime(14, 6), Qt::UTC);
    pending.lastError = LastError{error, 2, pending.since};
    desk.workspaceList.append(pending);

    OutboxRecord refused
        = recordOf(QStringLiteral("c9"), QStringLiteral("/linear/issues/new.json"), RecordState::Attention, 310);
    refused.attempts = 1;
    refused.error = QStringLiteral("title is required");
    refused.operationId = QStringLiteral("op_81c0");
    OutboxRecord waiting = recordOf(QStringLiteral("c8"),
        QStringLiteral("/linear/issues/ENG-41__drop-the-old-importer.json"), RecordState::Pending, 2048);
    waiting.attempts = 2;
    waiting.error = QStringLiteral("503 upstream is restarting");
    waiting.nextAttemptAt = QDateTime(QDate(2026, 1, 15), QTime(14, 6), Qt::UTC);
    OutboxRecord fresh
        = recordOf(QStringLiteral("c7"), QStringLiteral("/linear/comments/2026-01-15.json"), RecordState::Pending, 512);
    desk.outboxes.insert(QStringLiteral("issue-desk"), {refused, waiting, fresh});

    Transfer transfer;
    transfer.id = TransferId(QStringLiteral("t1"));
    transfer.workspace = WorkspaceId(QStringLiteral("research-room"));
    transfer.startedAt = desk.time.addSecs(-12);
    transfer.total = 40;
    transfer.acked = 11;
    transfer.failed = 1;
    transfer.bytesTotal = 60'000'000;
    transfer.bytesDone = 28'000'000;
    transfer.bytesPerSecond = 3'200'000;
    transfer.secondsLeft = 10;
    desk.transferList = {transfer};
    QList<TransferItem> list;
    for (int i = 0; i < 40; ++i) {
        TransferItem item;
        item.index = i;
        item.local = QStringLiteral("/home/ada/photos/%1.jpg").arg(i);
        item.remotePath = QStringLiteral("/photos/%1.jpg").arg(i);
        item.bytes = 1'500'000;
        item.state = i < 11 ? ItemState::Acked
            : i == 11       ? ItemState::Failed
            : i < 14        ? ItemState::Sending
                            : ItemState::Queued;
        if (i == 11)
            item.error = QStringLiteral("The server says that the file is too large.");
        list.append(item);
    }
    desk.items.insert(QStringLiteral("t1"), list);
    desk.history.prepend(entryOf(5, QTime(14, 4), ActivityKind::Outbox, ActivityOutcome::NeedsYou,
        QStringLiteral("/linear/issues/new.json"),
        QStringLiteral("Linear did not take 1 file: \"title is required\".")));
}

} // namespace Postroom
