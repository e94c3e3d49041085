// The commands of postroomctl, run on the engine: in the window's process for a client on the socket, or in
// postroomctl's own. One table says what exists; help and usage come from it.
#pragma once

#include "app/controlprotocol.h"
#include "app/engine.h"

#include <QCommandLineOption>
#include <QCoroTask>
#include <QJsonObject>
#include <QJsonValue>
#include <functional>
#include <stop_token>

namespace Postroom
{

// What scripts see; see the table in README.md.
enum ExitCode {
    ExitDone = 0,
    ExitFailed = 1,
    ExitUsage = 2,
    ExitNeedsSignIn = 3,
    ExitNotNow = 4,
    ExitKeychain = 5,
    ExitPartly = 6,
    ExitInterrupted = 130
};

int exitCodeFor(const Error &error);
Failure failUsage(const QString &message); // ends in ExitUsage

// Where a command writes. Both take complete UTF-8 text; a call may come any time before the command's end.
class CommandOutput
{
public:
    virtual ~CommandOutput() = default;
    virtual void out(const QByteArray &text) = 0;
    virtual void err(const QByteArray &text) = 0;
};

// One parsed command.
struct CommandCall {
    QStringList positional;
    QHash<QString, QStringList> values; // options that take a value
    QSet<QString> flags;
    QList<QByteArray> inputLines; // lines of standard input, for secrets
    QByteArray input;
    QString directory;
    bool json = false;
    CommandOutput *output = nullptr;
    std::stop_token stop;

    QString value(const QString &name) const { return values.value(name).value(0); }
    bool has(const QString &name) const { return flags.contains(name) || values.contains(name); }
    QString path(const QString &given) const; // absolute, by the caller's directory
};

// What a command answers: one JSON value for scripts, text for people.
struct CommandOutcome {
    int exitCode = ExitDone;
    QJsonValue json;
    QString text;
    bool silent = false; // a stream that has written its lines itself
};

class CommandRunner;
using CommandHandler = QCoro::Task<Result<CommandOutcome>> (CommandRunner::*)(CommandCall);

struct CommandSpec {
    QStringList path; // {"account", "add"}
    QString arguments; // "PROVIDER"
    QString summary;
    int leastArguments = 0;
    int mostArguments = 0;
    QList<QCommandLineOption> options;
    CommandHandler handler = nullptr;
};

// Lives as long as the engine; runs any number of commands at once.
class CommandRunner final
{
    Q_DECLARE_TR_FUNCTIONS(CommandRunner)
public:
    explicit CommandRunner(Engine *engine);
    // Never fails: usage and trouble go to the output, the exit code comes back.
    QCoro::Task<int> run(Invocation invocation, CommandOutput *output, std::stop_token stop);

    // Does this command line need standard input? Secrets are never arguments.
    static bool wantsInput(const QStringList &arguments);
    // Answers --help and --version and tells wrong usage without an engine; nothing when the command has to run.
    std::optional<int> answerAtOnce(const Invocation &invocation, CommandOutput *output) const;

private:
    struct Parsing;
    Parsing parse(const Invocation &invocation) const;
    static std::optional<int> answerAtOnce(const Parsing &parsing, CommandOutput *output);
    QString helpFor(const QStringList &words) const;

    QCoro::Task<Result<CommandOutcome>> providerList(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> providerShow(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> providerAdd(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> providerRemove(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> accountAdd(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> accountImport(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> accountList(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> accountShow(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> accountCheck(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> accountEnable(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> accountDisable(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> accountRemove(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> token(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> tokenOfAny(CommandCall call, std::chrono::seconds validity);
    QCoro::Task<Result<CommandOutcome>> request(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> quota(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> workspaceList(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> workspaceShow(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> workspaceAdd(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> workspaceForget(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> outboxList(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> push(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> activity(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> settingsGet(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> settingsSet(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> settingsList(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> status(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> watch(CommandCall call);
    QCoro::Task<Result<CommandOutcome>> wait(CommandCall call);

    Result<AccountStatus> findAccount(const QString &name) const;
    Result<WorkspaceStatus> findWorkspace(const QString &name) const;
    // The services have read what they need to answer: credentials looked up, workspaces listed, outboxes scanned.
    QCoro::Task<void> settled(std::stop_token stop);
    CommandOutcome pushOutcome(const TransferId &id, bool interrupted) const;
    QJsonObject statusJson() const;
    int statusExitCode() const;

    Engine *m_engine;
    QList<CommandSpec> m_specs;
};

// Columns padded to the widest cell, two blanks between.
QString alignedTable(const QList<QStringList> &rows);
QJsonObject errorJson(const Error &error);

} // namespace Postroom
