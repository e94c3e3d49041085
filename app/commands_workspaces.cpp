// postroomctl workspace, outbox, push, activity, status, watch and wait.
#include "app/commands.h"

#include <QJsonArray>

#include "app/deskwait.h"
#include "core/base/json.h"
#include "models/jsonvalues.h"
#include "models/sentences.h"

namespace Postroom
{
namespace
{

bool isOpen(const TransferItem &item)
{
    return item.state == ItemState::Queued || item.state == ItemState::Sending || item.state == ItemState::Waiting;
}

} // namespace

QCoro::Task<Result<CommandOutcome>> CommandRunner::workspaceList(CommandCall call)
{
    co_await settled(call.stop);
    CommandOutcome outcome;
    QJsonArray array;
    QList<QStringList> rows;
    const auto workspaces = m_engine->workspaces();
    for (const WorkspaceStatus &workspace : workspaces) {
        array.append(toJson(workspace, m_engine->now()));
        rows.append({workspace.name, sentenceFor(workspace, m_engine->now()).text, workspace.id.text()});
    }
    outcome.json = array;
    outcome.text = rows.isEmpty() ? tr("No workspace yet.\n") : alignedTable(rows);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::workspaceShow(CommandCall call)
{
    co_await settled(call.stop);
    const auto workspace = findWorkspace(call.positional.constFirst());
    if (!workspace)
        co_return Failure(workspace.error());
    CommandOutcome outcome;
    outcome.json = toJson(*workspace, m_engine->now());
    QList<QStringList> rows{{workspace->name, sentenceFor(*workspace, m_engine->now()).text},
        {tr("id"), workspace->id.text()}, {tr("server"), workspace->server.toString()}};
    if (!workspace->mirror.isEmpty())
        rows.append({tr("folder"), workspace->mirror});
    outcome.text = alignedTable(rows);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::workspaceAdd(CommandCall call)
{
    const auto added = co_await m_engine->addMirror(call.path(call.positional.constFirst()));
    if (!added)
        co_return Failure(added.error());
    call.positional = QStringList{added->text()};
    auto shown = co_await workspaceShow(std::move(call));
    co_return shown;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::workspaceForget(CommandCall call)
{
    const auto workspace = findWorkspace(call.positional.constFirst());
    if (!workspace)
        co_return Failure(workspace.error());
    const auto done = co_await m_engine->forgetWorkspace(workspace->id);
    if (!done)
        co_return Failure(done.error());
    CommandOutcome outcome;
    outcome.json = QJsonObject{{QStringLiteral("forgotten"), workspace->id.text()}};
    outcome.text = tr("%1 is off the list; its files stay where they are.\n").arg(workspace->name);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::outboxList(CommandCall call)
{
    const QString wanted = call.value(QStringLiteral("state"));
    static const QStringList states{
        QStringLiteral("pending"), QStringLiteral("attention"), QStringLiteral("failed"), QStringLiteral("acked")};
    if (!wanted.isEmpty() && !states.contains(wanted))
        co_return failUsage(tr("--state is one of %1.").arg(states.join(QStringLiteral(", "))));
    co_await settled(call.stop);
    const auto workspace = findWorkspace(call.positional.constFirst());
    if (!workspace)
        co_return Failure(workspace.error());
    CommandOutcome outcome;
    QJsonArray array;
    QList<QStringList> rows;
    const auto records = m_engine->outbox(workspace->id);
    for (const OutboxRecord &record : records) {
        if (!wanted.isEmpty() && toString(record.state) != wanted)
            continue;
        array.append(toJson(record, m_engine->now()));
        rows.append({toString(record.state), record.path, sentenceFor(record, m_engine->now()).text});
    }
    outcome.json = array;
    outcome.text = rows.isEmpty() ? tr("Nothing here.\n") : alignedTable(rows);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::push(CommandCall call)
{
    PushRequest request;
    for (const QString &given : std::as_const(call.positional))
        request.paths.append(call.path(given));
    if (call.has(QStringLiteral("timeout"))) {
        const auto timeout = parseDuration(call.value(QStringLiteral("timeout")));
        if (!timeout || timeout->count() < 1)
            co_return failUsage(
                tr("'%1' is not a time span such as 90s or 5m.").arg(call.value(QStringLiteral("timeout"))));
        request.timeout = *timeout;
    }
    request.remoteFolder = call.value(QStringLiteral("to"));
    co_await settled(call.stop);
    if (call.has(QStringLiteral("workspace"))) {
        const auto workspace = findWorkspace(call.value(QStringLiteral("workspace")));
        if (!workspace)
            co_return Failure(workspace.error());
        request.workspace = workspace->id;
    }
    const auto started = co_await m_engine->push(std::move(request));
    if (!started)
        co_return Failure(started.error());
    const TransferId &id = *started;
    Engine *engine = m_engine;
    const std::stop_callback stopped(call.stop, [engine, id] { engine->cancelTransfer(id); });
    const auto finished = co_await m_engine->pushFinished(id);
    if (!finished)
        co_return Failure(finished.error());

    co_return pushOutcome(id, call.stop.stop_requested());
}

CommandOutcome CommandRunner::pushOutcome(const TransferId &id, bool interrupted) const
{
    CommandOutcome outcome;
    QList<QStringList> rows;
    int acked = 0;
    int failed = 0;
    int open = 0;
    const auto all = m_engine->transferItems(id);
    for (const TransferItem &item : all) {
        rows.append({item.local, item.remotePath, sentenceFor(item).text});
        if (item.state == ItemState::Acked)
            ++acked;
        else if (isOpen(item))
            ++open;
        else
            ++failed;
    }
    outcome.json = toJson(all);
    outcome.text = alignedTable(rows);
    if (interrupted)
        outcome.exitCode = ExitInterrupted;
    else if (failed > 0)
        outcome.exitCode = acked + open > 0 ? ExitPartly : ExitFailed;
    else if (open > 0)
        outcome.exitCode = ExitNotNow;
    return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::activity(CommandCall call)
{
    ActivityQuery query;
    query.limit = 50;
    if (call.has(QStringLiteral("limit"))) {
        bool ok = false;
        query.limit = call.value(QStringLiteral("limit")).toInt(&ok);
        if (!ok || query.limit < 1 || query.limit > 100000)
            co_return failUsage(tr("--limit is a number from 1 to 100000."));
    }
    if (call.has(QStringLiteral("since"))) {
        const QString text = call.value(QStringLiteral("since"));
        const auto span = parseDuration(text);
        query.since = span ? std::optional<QDateTime>(m_engine->now().addSecs(-span->count())) : parseTime(text);
        if (!query.since)
            co_return failUsage(tr("'%1' is neither a time nor a time span such as 2h.").arg(text));
    }
    const auto entries = co_await m_engine->activity(query);
    if (!entries)
        co_return Failure(entries.error());
    CommandOutcome outcome;
    QJsonArray array;
    QList<QStringList> rows;
    for (const ActivityEntry &entry : *entries) {
        array.append(toJson(entry));
        rows.append(
            {QLocale::system().toString(entry.at.toLocalTime(), QLocale::ShortFormat), entry.subject, entry.text});
    }
    outcome.json = array;
    outcome.text = rows.isEmpty() ? tr("Nothing happened yet.\n") : alignedTable(rows);
    co_return outcome;
}

QJsonObject CommandRunner::statusJson() const
{
    const QDateTime now = m_engine->now();
    const auto accounts = m_engine->accounts();
    const auto workspaces = m_engine->workspaces();
    const auto transfers = m_engine->transfers();
    QJsonArray accountArray;
    for (const AccountStatus &account : accounts)
        accountArray.append(toJson(account, now));
    QJsonArray workspaceArray;
    for (const WorkspaceStatus &workspace : workspaces)
        workspaceArray.append(toJson(workspace, now));
    QJsonArray transferArray;
    for (const Transfer &transfer : transfers)
        transferArray.append(toJson(transfer, now));
    const WholeState whole = wholeState(accounts, workspaces, transfers, m_engine->vaultState(), now);
    return {{QStringLiteral("sentence"), whole.sentence.text}, {QStringLiteral("accounts"), accountArray},
        {QStringLiteral("workspaces"), workspaceArray}, {QStringLiteral("transfers"), transferArray},
        {QStringLiteral("keychain"), toString(m_engine->vaultState())}};
}

int CommandRunner::statusExitCode() const
{
    // What only a person can mend counts as worse than what passes by itself.
    bool signIn = false;
    bool keychain = false;
    bool attention = false;
    bool notNow = false;
    const auto accounts = m_engine->accounts();
    for (const AccountStatus &account : accounts) {
        if (account.custody == Custody::Observed)
            continue; // another program's business
        switch (account.state) {
        case AccountState::NeedsSignIn:
        case AccountState::ClientRejected:
        case AccountState::IdentityMismatch:
            signIn = true;
            break;
        case AccountState::StorageLocked:
            keychain = true;
            break;
        case AccountState::Misconfigured:
        case AccountState::PolicyBlocked:
            attention = true;
            break;
        case AccountState::Waiting:
        case AccountState::Retrying:
        case AccountState::Stalled:
        case AccountState::RateLimited:
        case AccountState::Offline:
            notNow = notNow || !account.isUsable(m_engine->now());
            break;
        default:
            break;
        }
        keychain = keychain || account.storage == StorageState::Unsaved;
    }
    const auto workspaces = m_engine->workspaces();
    for (const WorkspaceStatus &workspace : workspaces)
        attention = attention || needsAttention(sentenceFor(workspace, m_engine->now()).shape);
    if (signIn)
        return ExitNeedsSignIn;
    if (keychain)
        return ExitKeychain;
    if (attention)
        return ExitFailed;
    return notNow ? ExitNotNow : ExitDone;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::status(CommandCall call)
{
    co_await settled(call.stop);
    CommandOutcome outcome;
    outcome.json = statusJson();
    outcome.exitCode = statusExitCode();
    const QDateTime now = m_engine->now();
    QList<QStringList> rows;
    const auto accounts = m_engine->accounts();
    for (const AccountStatus &account : accounts)
        rows.append({QStringLiteral("  ") + account.label, sentenceFor(account, now).text});
    const auto workspaces = m_engine->workspaces();
    for (const WorkspaceStatus &workspace : workspaces)
        rows.append({QStringLiteral("  ") + workspace.name, sentenceFor(workspace, now).text});
    outcome.text
        = outcome.json.toObject().value(QStringLiteral("sentence")).toString() + QLatin1Char('\n') + alignedTable(rows);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::watch(CommandCall call)
{
    co_await settled(call.stop);
    QObject context;
    CommandOutput *output = call.output;
    Engine *engine = m_engine;
    const bool json = call.json;
    const auto line = [output, json](
                          const char *type, const QJsonObject &value, const QString &name, const QString &sentence) {
        if (json)
            output->out(
                toCompact({{QStringLiteral("type"), QString::fromLatin1(type)}, {QString::fromLatin1(type), value}})
                + '\n');
        else
            output->out((name + QStringLiteral("  ") + sentence).toUtf8() + '\n');
    };
    QObject::connect(m_engine, &Desk::accountChanged, &context, [engine, line](const AccountStatus &account) {
        line("account", toJson(account, engine->now()), account.label, sentenceFor(account, engine->now()).text);
    });
    QObject::connect(m_engine, &Desk::workspaceChanged, &context, [engine, line](const WorkspaceStatus &workspace) {
        line("workspace", toJson(workspace, engine->now()), workspace.name, sentenceFor(workspace, engine->now()).text);
    });
    QObject::connect(m_engine, &Desk::transferChanged, &context, [engine, line](const Transfer &transfer) {
        line(
            "transfer", toJson(transfer, engine->now()), transfer.id.text(), sentenceFor(transfer, engine->now()).text);
    });
    QObject::connect(m_engine, &Desk::activityAdded, &context,
        [line](const ActivityEntry &entry) { line("activity", toJson(entry), entry.subject, entry.text); });
    while (!call.stop.stop_requested())
        co_await nextChange(m_engine, m_engine->clock(), m_engine->now().addDays(1), call.stop);
    CommandOutcome outcome;
    outcome.silent = true;
    outcome.exitCode = ExitInterrupted;
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::wait(CommandCall call)
{
    const QString what = call.value(QStringLiteral("for"));
    if (what != QLatin1String("idle") && what != QLatin1String("healthy"))
        co_return failUsage(tr("Say what to wait for: --for idle or --for healthy."));
    QDateTime until = m_engine->now().addYears(10);
    if (call.has(QStringLiteral("timeout"))) {
        const auto span = parseDuration(call.value(QStringLiteral("timeout")));
        if (!span)
            co_return failUsage(
                tr("'%1' is not a time span such as 90s or 5m.").arg(call.value(QStringLiteral("timeout"))));
        until = m_engine->now().addSecs(span->count());
    }
    co_await settled(call.stop);
    for (;;) {
        bool reached = false;
        if (what == QLatin1String("healthy")) {
            reached = statusExitCode() == ExitDone;
        } else {
            reached = true;
            const auto transfers = m_engine->transfers();
            for (const Transfer &transfer : transfers)
                reached = reached && !transfer.isRunning();
            const auto workspaces = m_engine->workspaces();
            for (const WorkspaceStatus &workspace : workspaces)
                reached = reached && workspace.outbox.pending == 0;
        }
        if (reached || call.stop.stop_requested() || m_engine->now() >= until) {
            CommandOutcome outcome;
            outcome.json = statusJson();
            outcome.text = outcome.json.toObject().value(QStringLiteral("sentence")).toString() + QLatin1Char('\n');
            if (!reached)
                outcome.exitCode = call.stop.stop_requested() ? ExitInterrupted : ExitNotNow;
            co_return outcome;
        }
        co_await nextChange(m_engine, m_engine->clock(), until, call.stop);
    }
}

} // namespace Postroom
