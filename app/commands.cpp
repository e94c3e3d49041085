#include "app/commands.h"

#include <QCommandLineParser>
#include <QCoroSignal>
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>

#include "core/base/json.h"

namespace Postroom
{
namespace
{

QCommandLineOption flag(const char *name, const QString &description)
{
    return QCommandLineOption(QString::fromLatin1(name), description);
}

QCommandLineOption option(const char *name, const QString &description, const char *valueName)
{
    return QCommandLineOption(QString::fromLatin1(name), description, QString::fromLatin1(valueName));
}

QString programName()
{
    return QStringLiteral("postroomctl");
}

} // namespace

// What came of a command line: a command to run, or an answer that needs no engine.
struct CommandRunner::Parsing {
    const CommandSpec *spec = nullptr;
    CommandCall call;
    std::optional<QString> answer; // help or version, for stdout
    std::optional<Error> usage;
    bool json = false;
};

int exitCodeFor(const Error &error)
{
    if (error.code == QLatin1String("usage"))
        return ExitUsage;
    switch (error.kind) {
    case ErrorClass::Reauth:
        return ExitNeedsSignIn;
    case ErrorClass::Net:
    case ErrorClass::Server:
    case ErrorClass::Infra:
    case ErrorClass::Ambiguous:
    case ErrorClass::Rate:
    case ErrorClass::NetSec:
        return ExitNotNow;
    case ErrorClass::Store:
        return ExitKeychain;
    case ErrorClass::Cancel:
        return ExitInterrupted;
    default:
        return ExitFailed;
    }
}

Failure failUsage(const QString &message)
{
    return failInput(QStringLiteral("usage"), message);
}

QString CommandCall::path(const QString &given) const
{
    return QDir::cleanPath(QDir(directory.isEmpty() ? QDir::currentPath() : directory).absoluteFilePath(given));
}

CommandRunner::CommandRunner(Engine *engine) : m_engine(engine)
{
    const auto add = [this](const char *path, const char *arguments, const QString &summary, int least, int most,
                         CommandHandler handler, QList<QCommandLineOption> options = {}) {
        m_specs.append({QString::fromLatin1(path).split(QLatin1Char(' ')), QString::fromLatin1(arguments), summary,
            least, most, std::move(options), handler});
    };
    using Self = CommandRunner;
    add("provider list", "", tr("the kinds of sign-in there are"), 0, 0, &Self::providerList);
    add("provider show", "ID", tr("one profile, as JSON"), 1, 1, &Self::providerShow);
    add("provider add", "FILE", tr("adds a profile from a JSON file"), 1, 1, &Self::providerAdd);
    add("provider remove", "ID", tr("removes a profile that was added"), 1, 1, &Self::providerRemove);
    add("account add", "PROVIDER", tr("signs in"), 1, 1, &Self::accountAdd,
        {option("label", tr("what to call the account"), "L"), option("server", tr("address of the server"), "URL"),
            option("client-id", tr("id of the OAuth client"), "ID"),
            option("scope", tr("a scope to ask for; may be repeated"), "S"),
            flag("browser", tr("sign in with a browser; the address is shown")),
            flag("device", tr("sign in with a code on another device")),
            flag("token-stdin", tr("read an access token from standard input")),
            flag("refresh-token-stdin", tr("read a refresh token from standard input")),
            flag(
                "client-secret-stdin", tr("read the client's secret from standard input, in the line after the token")),
            flag("session-only", tr("keep the sign-in in memory until Postroom ends"))});
    add("account import", "SOURCE",
        tr("moves the sign-ins of another program into the keychain: relayfile, agent-relay or claude-code"), 1, 1,
        &Self::accountImport);
    add("account list", "", tr("all accounts"), 0, 0, &Self::accountList);
    add("account show", "ACCOUNT", tr("one account"), 1, 1, &Self::accountShow);
    add("account check", "ACCOUNT", tr("renews the sign-in now and says how it went"), 1, 1, &Self::accountCheck);
    add("account enable", "ACCOUNT", tr("switches an account on"), 1, 1, &Self::accountEnable);
    add("account disable", "ACCOUNT", tr("switches an account off"), 1, 1, &Self::accountDisable);
    add("account remove", "ACCOUNT", tr("signs out and removes the account"), 1, 1, &Self::accountRemove);
    add("token", "ACCOUNT | --any PROVIDER", tr("prints one access token"), 0, 1, &Self::token,
        {option("any", tr("of the account of this kind that may serve now; --json says which and why"), "PROVIDER"),
            option("min-validity", tr("how long it has to work at least (30s)"), "60s"),
            option("workspace", tr("a token for this workspace's data plane"), "WS"),
            option("scope", tr("a scope that it has to carry; may be repeated"), "S")});
    add("request", "ACCOUNT METHOD URL", tr("makes one authorised request"), 3, 3, &Self::request,
        {option("header", tr("a header, as 'Name: value'; may be repeated"), "H"),
            option("data-file", tr("a file with the body, or - for standard input"), "F")});
    add("quota", "ACCOUNT", tr("how much of its limits an account has used"), 1, 1, &Self::quota);
    add("workspace list", "", tr("all workspaces"), 0, 0, &Self::workspaceList);
    add("workspace show", "WS", tr("one workspace"), 1, 1, &Self::workspaceShow);
    add("workspace add", "DIR", tr("adds the workspace of a mirror folder"), 1, 1, &Self::workspaceAdd);
    add("workspace forget", "WS", tr("takes a workspace off the list; its files stay"), 1, 1, &Self::workspaceForget);
    add("outbox list", "WS", tr("the records of a mirror's outbox"), 1, 1, &Self::outboxList,
        {option("state", tr("only these: pending, attention, failed or acked"), "STATE")});
    add("push", "PATH...", tr("pushes files and folders"), 1, 100000, &Self::push,
        {option("workspace", tr("the workspace, when the path does not tell"), "WS"),
            option("to", tr("the remote folder for files outside of a mirror"), "REMOTE_FOLDER"),
            option("timeout", tr("how long to wait for each file (90s)"), "90s")});
    add("activity", "", tr("what happened"), 0, 0, &Self::activity,
        {option("since", tr("a time, or how long ago (2h)"), "T"), option("limit", tr("how many at most (50)"), "N")});
    add("settings get", "KEY", tr("one number that may be changed"), 1, 1, &Self::settingsGet);
    add("settings set", "KEY VALUE", tr("changes it"), 2, 2, &Self::settingsSet);
    add("settings list", "", tr("all of them"), 0, 0, &Self::settingsList);
    add("status", "", tr("everything at a glance; exit 0 only where nothing needs attention"), 0, 0, &Self::status);
    add("watch", "", tr("a line for every change, until interrupted"), 0, 0, &Self::watch);
    add("wait", "", tr("waits until nothing is on its way, or until all is well"), 0, 0, &Self::wait,
        {option("for", tr("idle or healthy"), "WHAT"), option("timeout", tr("how long to wait"), "T")});
}

bool CommandRunner::wantsInput(const QStringList &arguments)
{
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString &argument = arguments.at(i);
        if (argument.endsWith(QLatin1String("-stdin")) || argument == QLatin1String("--data-file=-"))
            return true;
        if (argument == QLatin1String("--data-file") && arguments.value(i + 1) == QLatin1String("-"))
            return true;
    }
    return false;
}

CommandRunner::Parsing CommandRunner::parse(const Invocation &invocation) const
{
    Parsing parsing;
    const auto refuse = [&parsing](const QString &message, const QString &next) {
        Error error;
        error.kind = ErrorClass::Input;
        error.code = QStringLiteral("usage");
        error.message = message;
        error.next = next;
        parsing.usage = error;
    };

    // The command's words come first apart from global options, which may stand anywhere.
    QStringList words;
    QStringList rest;
    bool help = false;
    bool onlyPositional = false;
    const CommandSpec *spec = nullptr;
    for (qsizetype i = 0; i < invocation.arguments.size(); ++i) {
        const QString &argument = invocation.arguments.at(i);
        if (onlyPositional) {
            rest.append(argument);
        } else if (argument == QLatin1String("--json")) {
            parsing.json = true;
        } else if (argument == QLatin1String("--help") || argument == QLatin1String("-h")) {
            help = true;
        } else if (argument == QLatin1String("--version")) {
            parsing.answer = QStringLiteral("postroomctl ") + QStringLiteral(POSTROOM_VERSION) + QLatin1Char('\n');
        } else if (argument == QLatin1String("--profile")) {
            ++i;
        } else if (argument.startsWith(QLatin1String("--profile="))) {
            continue;
        } else if (!spec && !argument.startsWith(QLatin1Char('-')) && words.size() < 2) {
            words.append(argument);
            for (const CommandSpec &candidate : m_specs) {
                if (candidate.path == words)
                    spec = &candidate;
            }
        } else {
            if (argument == QLatin1String("--"))
                onlyPositional = true;
            rest.append(argument);
        }
    }
    if (parsing.answer)
        return parsing;
    if (help || (words.isEmpty() && rest.isEmpty())) {
        if (help)
            parsing.answer = helpFor(words);
        else
            refuse(tr("No command was given."), helpFor({}));
        return parsing;
    }
    if (!spec) {
        refuse(tr("There is no command '%1'.").arg(words.join(QLatin1Char(' '))),
            tr("'%1 --help' lists them.").arg(programName()));
        return parsing;
    }

    QCommandLineParser parser;
    parser.addOptions(spec->options);
    if (!parser.parse(QStringList{programName()} + rest)) {
        refuse(parser.errorText(),
            tr("'%1 %2 --help' tells what it takes.").arg(programName(), spec->path.join(QLatin1Char(' '))));
        return parsing;
    }
    parsing.call.positional = parser.positionalArguments();
    if (parsing.call.positional.size() < spec->leastArguments || parsing.call.positional.size() > spec->mostArguments) {
        refuse(tr("'%1' takes: %2.")
                   .arg(spec->path.join(QLatin1Char(' ')),
                       spec->arguments.isEmpty() ? tr("no arguments") : spec->arguments),
            {});
        return parsing;
    }
    for (const QCommandLineOption &known : spec->options) {
        const QString name = known.names().constFirst();
        if (!parser.isSet(name))
            continue;
        if (known.valueName().isEmpty())
            parsing.call.flags.insert(name);
        else
            parsing.call.values.insert(name, parser.values(name));
    }
    parsing.call.json = parsing.json;
    parsing.call.directory = invocation.directory;
    parsing.call.input = invocation.input;
    parsing.call.inputLines = invocation.input.split('\n');
    parsing.spec = spec;
    return parsing;
}

QString CommandRunner::helpFor(const QStringList &words) const
{
    QList<QStringList> rows;
    const CommandSpec *exact = nullptr;
    for (const CommandSpec &spec : m_specs) {
        if (!words.isEmpty() && spec.path.mid(0, words.size()) != words)
            continue;
        if (spec.path == words)
            exact = &spec;
        rows.append({QStringLiteral("  ") + spec.path.join(QLatin1Char(' ')) + QLatin1Char(' ') + spec.arguments,
            spec.summary});
    }
    QString text;
    if (exact) {
        text
            = tr("%1 %2 %3\n  %4\n").arg(programName(), words.join(QLatin1Char(' ')), exact->arguments, exact->summary);
        QList<QStringList> options;
        for (const QCommandLineOption &known : exact->options) {
            QString name = QStringLiteral("  --") + known.names().constFirst();
            if (!known.valueName().isEmpty())
                name += QLatin1Char(' ') + known.valueName();
            options.append({name, known.description()});
        }
        if (!options.isEmpty())
            text += QLatin1Char('\n') + alignedTable(options);
    } else {
        text = tr("%1 [--profile NAME] [--json] COMMAND\n\n").arg(programName()) + alignedTable(rows);
    }
    text += QLatin1Char('\n')
        + alignedTable({{QStringLiteral("  --json"), tr("one JSON value on standard output")},
            {QStringLiteral("  --profile NAME"), tr("another configuration, keychain namespace and state")},
            {QStringLiteral("  --help, --version"), QString()}});
    return text;
}

namespace
{

void writeError(const Error &error, bool json, CommandOutput *output)
{
    QString text = error.message;
    if (!error.next.isEmpty())
        text += QLatin1Char(' ') + error.next;
    output->err(text.trimmed().toUtf8() + '\n');
    if (json)
        output->out(toCompact(errorJson(error)) + '\n');
}

} // namespace

std::optional<int> CommandRunner::answerAtOnce(const Invocation &invocation, CommandOutput *output) const
{
    return answerAtOnce(parse(invocation), output);
}

std::optional<int> CommandRunner::answerAtOnce(const Parsing &parsing, CommandOutput *output)
{
    if (parsing.answer) {
        output->out(parsing.answer->toUtf8());
        return ExitDone;
    }
    if (parsing.usage) {
        writeError(*parsing.usage, parsing.json, output);
        return ExitUsage;
    }
    return std::nullopt;
}

QCoro::Task<int> CommandRunner::run(Invocation invocation, CommandOutput *output, std::stop_token stop)
{
    Parsing parsing = parse(invocation);
    const auto answered = answerAtOnce(parsing, output);
    if (answered)
        co_return *answered;
    parsing.call.output = output;
    parsing.call.stop = stop;
    const bool json = parsing.json;
    const CommandHandler handler = parsing.spec->handler;
    auto outcome = co_await (this->*handler)(std::move(parsing.call));
    if (!outcome) {
        writeError(outcome.error(), json, output);
        co_return exitCodeFor(outcome.error());
    }
    if (outcome->silent)
        co_return outcome->exitCode;
    if (json) {
        QByteArray text = outcome->json.isArray()
            ? QJsonDocument(outcome->json.toArray()).toJson(QJsonDocument::Compact)
            : QJsonDocument(outcome->json.toObject()).toJson(QJsonDocument::Compact);
        output->out(text + '\n');
    } else if (!outcome->text.isEmpty()) {
        output->out(outcome->text.toUtf8());
    }
    co_return outcome->exitCode;
}

Result<AccountStatus> CommandRunner::findAccount(const QString &name) const
{
    QList<AccountStatus> hits;
    const auto accounts = m_engine->accounts();
    for (const AccountStatus &account : accounts) {
        if (account.id.text() == name)
            return account;
        if (account.label == name || account.subject == name)
            hits.append(account);
    }
    if (hits.size() == 1)
        return hits.constFirst();
    if (hits.isEmpty())
        return failInput(QStringLiteral("no-account"), tr("There is no account '%1'.").arg(name),
            tr("'postroomctl account list' shows them."));
    return failInput(
        QStringLiteral("ambiguous"), tr("More than one account is called '%1'.").arg(name), tr("Use its id."));
}

Result<WorkspaceStatus> CommandRunner::findWorkspace(const QString &name) const
{
    QList<WorkspaceStatus> hits;
    const auto workspaces = m_engine->workspaces();
    for (const WorkspaceStatus &workspace : workspaces) {
        if (workspace.id.text() == name)
            return workspace;
        if (workspace.name == name || workspace.cloudId == name)
            hits.append(workspace);
    }
    if (hits.size() == 1)
        return hits.constFirst();
    if (hits.isEmpty())
        return failInput(QStringLiteral("no-workspace"), tr("There is no workspace '%1'.").arg(name),
            tr("'postroomctl workspace list' shows them."));
    return failInput(
        QStringLiteral("ambiguous"), tr("More than one workspace is called '%1'.").arg(name), tr("Use its id."));
}

QString alignedTable(const QList<QStringList> &rows)
{
    QList<qsizetype> widths;
    for (const QStringList &row : rows) {
        for (qsizetype i = 0; i < row.size(); ++i) {
            if (i == widths.size())
                widths.append(0);
            widths[i] = std::max(widths.at(i), row.at(i).size());
        }
    }
    QString text;
    for (const QStringList &row : rows) {
        QString line;
        for (qsizetype i = 0; i < row.size(); ++i)
            line += i + 1 == row.size() ? row.at(i) : row.at(i).leftJustified(widths.at(i) + 2);
        while (line.endsWith(QLatin1Char(' ')))
            line.chop(1);
        text += line + QLatin1Char('\n');
    }
    return text;
}

QJsonObject errorJson(const Error &error)
{
    QJsonObject next;
    put(next, QLatin1String("action"), error.next);
    put(next, QLatin1String("at"), error.retryAt);
    QJsonObject inner{{QStringLiteral("code"), error.code}, {QStringLiteral("message"), error.message}};
    if (!next.isEmpty())
        inner.insert(QStringLiteral("next"), next);
    return {{QStringLiteral("error"), inner}};
}

} // namespace Postroom
