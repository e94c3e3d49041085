// postroomctl provider, account, token and request.
#include "app/commands.h"

#include <QJsonArray>

#include "app/deskwait.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/relayfile/scopes.h"
#include "models/jsonvalues.h"
#include "models/sentences.h"

namespace Postroom
{
namespace
{

constexpr qint64 largestProfile = 256 * 1024;
constexpr qint64 largestBody = 16 * 1024 * 1024;

QJsonObject providerJson(const ProviderProfile &profile)
{
    QJsonObject object = profile.source;
    object.insert(QStringLiteral("id"), profile.id);
    object.insert(QStringLiteral("name"), profile.name);
    object.insert(QStringLiteral("kind"), toString(profile.kind));
    object.insert(QStringLiteral("builtIn"), profile.builtIn);
    return object;
}

QString accountText(const AccountStatus &account, const QDateTime &now)
{
    return alignedTable({{account.label, sentenceFor(account, now).text, account.id.text()}});
}

} // namespace

QCoro::Task<void> CommandRunner::settled(std::stop_token stop)
{
    // Long enough for a keychain and a server that are well; a hung one must not hold up a script.
    const QDateTime until = m_engine->now().addSecs(10);
    for (;;) {
        bool busy = false;
        const auto accounts = m_engine->accounts();
        for (const AccountStatus &account : accounts)
            busy = busy || account.state == AccountState::Loading || account.state == AccountState::Refreshing;
        const auto workspaces = m_engine->workspaces();
        for (const WorkspaceStatus &workspace : workspaces)
            busy = busy || (workspace.state == WorkspaceState::Unknown && !workspace.mirror.isEmpty());
        if (!busy || stop.stop_requested() || m_engine->now() >= until)
            co_return;
        co_await nextChange(m_engine, m_engine->clock(), until, stop);
    }
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::providerList(CommandCall)
{
    CommandOutcome outcome;
    QJsonArray array;
    QList<QStringList> rows;
    const auto profiles = m_engine->providers();
    for (const ProviderProfile &profile : profiles) {
        array.append(QJsonObject{{QStringLiteral("id"), profile.id}, {QStringLiteral("name"), profile.name},
            {QStringLiteral("kind"), toString(profile.kind)}, {QStringLiteral("builtIn"), profile.builtIn}});
        rows.append({profile.id, profile.name, toString(profile.kind)});
    }
    outcome.json = array;
    outcome.text = alignedTable(rows);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::providerShow(CommandCall call)
{
    const auto profile = m_engine->profiles()->find(call.positional.constFirst());
    if (!profile)
        co_return failInput(
            QStringLiteral("no-provider"), tr("There is no provider '%1'.").arg(call.positional.constFirst()));
    CommandOutcome outcome;
    outcome.json = providerJson(*profile);
    outcome.text = QString::fromUtf8(toIndented(outcome.json.toObject()));
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::providerAdd(CommandCall call)
{
    const auto content = readFile(call.path(call.positional.constFirst()), largestProfile);
    if (!content)
        co_return Failure(content.error());
    const auto added = m_engine->profiles()->add(*content);
    if (!added)
        co_return Failure(added.error());
    for (const QString &warning : added->warnings)
        call.output->err(warning.toUtf8() + '\n');
    CommandOutcome outcome;
    outcome.json = providerJson(added->profile);
    outcome.text = tr("Added %1.\n").arg(added->profile.id);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::providerRemove(CommandCall call)
{
    const auto removed = m_engine->profiles()->remove(call.positional.constFirst());
    if (!removed)
        co_return Failure(removed.error());
    CommandOutcome outcome;
    outcome.json = QJsonObject{{QStringLiteral("removed"), call.positional.constFirst()}};
    outcome.text = tr("Removed %1.\n").arg(call.positional.constFirst());
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::accountAdd(CommandCall call)
{
    const int ways = static_cast<int>(call.has(QStringLiteral("browser")))
        + static_cast<int>(call.has(QStringLiteral("device")))
        + static_cast<int>(call.has(QStringLiteral("token-stdin")))
        + static_cast<int>(call.has(QStringLiteral("refresh-token-stdin")));
    if (ways != 1)
        co_return failUsage(
            tr("Say how to sign in: one of --browser, --device, --token-stdin and --refresh-token-stdin."));
    SignInRequest request;
    request.providerId = call.positional.constFirst();
    request.label = call.value(QStringLiteral("label"));
    request.clientId = call.value(QStringLiteral("client-id"));
    request.scopes = call.values.value(QStringLiteral("scope"));
    request.sessionOnly = call.has(QStringLiteral("session-only"));
    request.method = call.has(QStringLiteral("device")) ? SignInMethod::Device : SignInMethod::Browser;
    if (call.has(QStringLiteral("server"))) {
        request.server = QUrl(call.value(QStringLiteral("server")), QUrl::StrictMode);
        if (!request.server.isValid() || request.server.host().isEmpty())
            co_return failUsage(tr("'%1' is not the address of a server.").arg(call.value(QStringLiteral("server"))));
    }
    int line = 0;
    const auto nextLine = [&call, &line] { return Secret(call.inputLines.value(line++).trimmed()); };
    if (call.has(QStringLiteral("token-stdin")))
        request.pastedAccessToken = nextLine();
    if (call.has(QStringLiteral("refresh-token-stdin")))
        request.pastedRefreshToken = nextLine();
    if ((call.has(QStringLiteral("token-stdin")) && request.pastedAccessToken.isEmpty())
        || (call.has(QStringLiteral("refresh-token-stdin")) && request.pastedRefreshToken.isEmpty()))
        co_return failUsage(tr("Standard input holds no token."));
    if (call.has(QStringLiteral("client-secret-stdin")))
        request.clientSecret = nextLine();

    // A terminal is where the person is, so the address is shown there; nothing opens by itself.
    QObject context;
    QUrl shown;
    CommandOutput *output = call.output;
    const SignInId id = request.id;
    QObject::connect(m_engine, &Desk::signInProgressed, &context, [id, output, &shown](const SignInProgress &progress) {
        if (progress.id != id || progress.link.isEmpty() || progress.link == shown)
            return;
        shown = progress.link;
        if (progress.phase == SignInPhase::WaitingForDevice)
            output->err(tr("Open %1 and enter the code %2, or open %3")
                            .arg(progress.verificationUri.toString(), progress.userCode,
                                progress.link.toString(QUrl::FullyEncoded))
                            .toUtf8()
                + '\n');
        else
            output->err(tr("Open this address in a browser on this computer:\n%1")
                            .arg(progress.link.toString(QUrl::FullyEncoded))
                            .toUtf8()
                + '\n');
    });
    Engine *engine = m_engine;
    const std::stop_callback stopped(call.stop, [engine, id] { engine->cancelSignIn(id); });
    const auto signedIn = co_await m_engine->signIn(std::move(request));
    if (!signedIn)
        co_return Failure(signedIn.error());
    const auto status = m_engine->accountService()->account(*signedIn);
    CommandOutcome outcome;
    if (status) {
        outcome.json = toJson(*status, m_engine->now());
        outcome.text = accountText(*status, m_engine->now());
    }
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::accountList(CommandCall call)
{
    co_await settled(call.stop);
    CommandOutcome outcome;
    QJsonArray array;
    QList<QStringList> rows;
    const auto accounts = m_engine->accounts();
    for (const AccountStatus &account : accounts) {
        array.append(toJson(account, m_engine->now()));
        rows.append({account.label, sentenceFor(account, m_engine->now()).text, account.id.text()});
    }
    outcome.json = array;
    outcome.text = rows.isEmpty()
        ? tr("No account yet. 'postroomctl account add relayfile-cloud --browser' signs in.\n")
        : alignedTable(rows);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::accountShow(CommandCall call)
{
    co_await settled(call.stop);
    const auto account = findAccount(call.positional.constFirst());
    if (!account)
        co_return Failure(account.error());
    CommandOutcome outcome;
    outcome.json = toJson(*account, m_engine->now());
    outcome.text = accountText(*account, m_engine->now());
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::accountCheck(CommandCall call)
{
    co_await settled(call.stop);
    const auto account = findAccount(call.positional.constFirst());
    if (!account)
        co_return Failure(account.error());
    const auto checked = co_await m_engine->checkAccount(account->id);
    if (!checked)
        co_return Failure(checked.error());
    CommandOutcome outcome;
    outcome.json = toJson(*checked, m_engine->now());
    outcome.text = accountText(*checked, m_engine->now());
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::accountEnable(CommandCall call)
{
    const auto account = findAccount(call.positional.constFirst());
    if (!account)
        co_return Failure(account.error());
    const auto done = co_await m_engine->setAccountEnabled(account->id, true);
    if (!done)
        co_return Failure(done.error());
    auto shown = co_await accountShow(std::move(call));
    co_return shown;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::accountDisable(CommandCall call)
{
    const auto account = findAccount(call.positional.constFirst());
    if (!account)
        co_return Failure(account.error());
    const auto done = co_await m_engine->setAccountEnabled(account->id, false);
    if (!done)
        co_return Failure(done.error());
    auto shown = co_await accountShow(std::move(call));
    co_return shown;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::accountRemove(CommandCall call)
{
    const auto account = findAccount(call.positional.constFirst());
    if (!account)
        co_return Failure(account.error());
    const auto done = co_await m_engine->removeAccount(account->id);
    if (!done)
        co_return Failure(done.error());
    CommandOutcome outcome;
    outcome.json = QJsonObject{{QStringLiteral("removed"), account->id.text()}};
    outcome.text = tr("Removed %1.\n").arg(account->label);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::token(CommandCall call)
{
    std::chrono::seconds validity{30};
    if (call.has(QStringLiteral("min-validity"))) {
        const auto parsed = parseDuration(call.value(QStringLiteral("min-validity")));
        if (!parsed)
            co_return failUsage(
                tr("'%1' is not a time span such as 60s or 5m.").arg(call.value(QStringLiteral("min-validity"))));
        validity = *parsed;
    }
    if (call.has(QStringLiteral("any"))) {
        auto ofAny = co_await tokenOfAny(std::move(call), validity);
        co_return ofAny;
    }
    if (call.positional.isEmpty())
        co_return failUsage(tr("Name an account, or a kind of account with --any."));
    co_await settled(call.stop);
    const auto account = findAccount(call.positional.constFirst());
    if (!account)
        co_return Failure(account.error());
    if (const auto kept = m_engine->observedAccounts()->refusal(account->id))
        co_return Failure(*kept);
    Secret value;
    QDateTime expires;
    QStringList scopes;
    if (call.has(QStringLiteral("workspace"))) {
        const auto workspace = findWorkspace(call.value(QStringLiteral("workspace")));
        if (!workspace)
            co_return Failure(workspace.error());
        const auto record = m_engine->workspaceService()->record(workspace->id);
        if (!record || record->account != account->id)
            co_return failInput(QStringLiteral("wrong-account"),
                tr("%1 is not a workspace of %2.").arg(workspace->name, account->label));
        QStringList wanted = call.values.value(QStringLiteral("scope"));
        if (wanted.isEmpty())
            wanted = defaultWorkspaceScopes();
        const DataPlaneKey key = m_engine->workspaceService()->dataPlaneKey(*record);
        const auto access = co_await m_engine->bundles()->access(key, wanted);
        if (!access)
            co_return Failure(access.error());
        value = access->token;
        expires = access->expiresAt;
        scopes = access->scopes;
    } else {
        const auto access = co_await m_engine->accountService()->token(account->id, validity);
        if (!access)
            co_return Failure(access.error());
        value = access->value;
        expires = access->expiresAt;
        scopes = access->scopes;
        const QStringList wanted = call.values.value(QStringLiteral("scope"));
        for (const QString &scope : wanted) {
            if (!scopes.contains(scope)) {
                Error error;
                error.origin = Origin::Token;
                error.kind = ErrorClass::Scope;
                error.code = QStringLiteral("scope-missing");
                error.message = tr("This sign-in does not have the right '%1'.").arg(oneLine(scope));
                co_return Failure(error);
            }
        }
    }
    CommandOutcome outcome;
    QJsonObject object{
        {QStringLiteral("account"), account->id.text()}, {QStringLiteral("token"), QString::fromUtf8(value.reveal())}};
    put(object, QLatin1String("usableUntil"), expires);
    object.insert(QStringLiteral("scopes"), QJsonArray::fromStringList(scopes));
    outcome.json = object;
    outcome.text = QString::fromUtf8(value.reveal()) + QLatin1Char('\n');
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::request(CommandCall call)
{
    HttpRequest request;
    request.method = call.positional.at(1).toUpper().toLatin1();
    request.url = QUrl(call.positional.at(2), QUrl::StrictMode);
    if (!request.url.isValid() || request.url.host().isEmpty())
        co_return failUsage(tr("'%1' is not an address.").arg(call.positional.at(2)));
    const QStringList headers = call.values.value(QStringLiteral("header"));
    for (const QString &header : headers) {
        const qsizetype colon = header.indexOf(QLatin1Char(':'));
        if (colon < 1 || header.contains(QLatin1Char('\n')) || header.contains(QLatin1Char('\r')))
            co_return failUsage(tr("'%1' is not a header; write 'Name: value'.").arg(oneLine(header)));
        request.headers.append(
            HttpHeader{header.left(colon).trimmed().toLatin1(), header.mid(colon + 1).trimmed().toUtf8()});
    }
    const QString file = call.value(QStringLiteral("data-file"));
    if (file == QLatin1String("-")) {
        request.body = call.input;
    } else if (!file.isEmpty()) {
        const auto content = readFile(call.path(file), largestBody);
        if (!content)
            co_return Failure(content.error());
        request.body = *content;
    }
    request.answerLimit = largestBody;
    co_await settled(call.stop);
    const auto account = findAccount(call.positional.constFirst());
    if (!account)
        co_return Failure(account.error());
    if (const auto kept = m_engine->observedAccounts()->refusal(account->id))
        co_return Failure(*kept);
    const auto answer = co_await m_engine->accountService()->request(account->id, std::move(request), call.stop);
    if (!answer)
        co_return Failure(answer.error());
    CommandOutcome outcome;
    QJsonObject object{{QStringLiteral("status"), answer->status}};
    QJsonObject answerHeaders;
    for (const HttpHeader &header : answer->headers)
        answerHeaders.insert(QString::fromLatin1(header.name), QString::fromUtf8(header.value));
    object.insert(QStringLiteral("headers"), answerHeaders);
    object.insert(QStringLiteral("body"), QString::fromUtf8(answer->body));
    // The answer is the service's own; beside it stands what became of the attempt to get a better token.
    if (answer->sideNote) {
        object.insert(QStringLiteral("note"), errorJson(*answer->sideNote).value(QStringLiteral("error")));
        call.output->err(
            (answer->sideNote->message + QLatin1Char(' ') + answer->sideNote->next).trimmed().toUtf8() + '\n');
    }
    outcome.json = object;
    outcome.text = QString::fromUtf8(answer->body);
    outcome.exitCode = answer->isSuccess() ? ExitDone : ExitFailed;
    if (!answer->isSuccess() && !call.json)
        call.output->err(tr("%1 answered with %2.").arg(answer->url.host()).arg(answer->status).toUtf8() + '\n');
    co_return outcome;
}

} // namespace Postroom
