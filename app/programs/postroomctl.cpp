// postroomctl: the engine's commands for terminals and scripts. Uses the running engine of the profile, or brings up
// one of its own for the time of the command.
#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QTimer>
#include <cstdio>

#include "app/commands.h"
#include "app/controlclient.h"
#include "app/controlserver.h"
#include "app/unixsignals.h"
#include "core/base/log.h"

using namespace Postroom;

namespace
{

class TerminalOutput final : public CommandOutput
{
public:
    void out(const QByteArray &text) override { write(stdout, text); }
    void err(const QByteArray &text) override { write(stderr, text); }

private:
    static void write(std::FILE *stream, const QByteArray &text)
    {
        std::fwrite(text.constData(), 1, static_cast<size_t>(text.size()), stream);
        std::fflush(stream);
    }
};

QString profileFrom(const QStringList &arguments)
{
    QString profile = qEnvironmentVariable("POSTROOM_PROFILE");
    for (qsizetype i = 0; i < arguments.size() && arguments.at(i) != QLatin1String("--"); ++i) {
        if (arguments.at(i) == QLatin1String("--profile"))
            profile = arguments.value(i + 1);
        else if (arguments.at(i).startsWith(QLatin1String("--profile=")))
            profile = arguments.at(i).mid(10);
    }
    return profile;
}

// These only look on, so they can go on in another engine when a window wants to start.
bool canMove(const QStringList &arguments)
{
    return arguments.contains(QStringLiteral("watch")) || arguments.contains(QStringLiteral("wait"));
}

// An engine for this one command; nothing when another one holds the profile by now.
QCoro::Task<std::optional<int>> runHere(
    Paths paths, Invocation invocation, CommandOutput *output, std::stop_source *stop)
{
    Engine engine(paths);
    CommandRunner runner(&engine);
    ControlServer server(&engine, &runner);
    const auto locked = engine.tryLock();
    if (!locked) {
        output->err(locked.error().message.toUtf8() + '\n');
        co_return ExitFailed;
    }
    if (!*locked)
        co_return std::nullopt;
    const auto loaded = engine.load();
    if (!loaded) {
        output->err(loaded.error().message.toUtf8() + '\n');
        co_return ExitFailed;
    }
    const QStringList notices = engine.notices();
    for (const QString &notice : notices)
        output->err(notice.toUtf8() + '\n');
    const auto started = co_await engine.start();
    if (!started) {
        output->err(started.error().message.toUtf8() + '\n');
        co_return ExitFailed;
    }
    if (const auto listening = server.listen(); !listening)
        output->err(listening.error().message.toUtf8() + '\n');
    bool moved = false;
    std::stop_source commandStop;
    const std::stop_callback forwarded(stop->get_token(), [&commandStop] { commandStop.request_stop(); });
    if (canMove(invocation.arguments)) {
        QObject::connect(&server, &ControlServer::handOverRequested, &server, [&moved, &commandStop] {
            moved = true;
            commandStop.request_stop();
        });
    }
    const int code = co_await runner.run(invocation, output, commandStop.get_token());
    co_await server.close();
    co_await engine.shutdown();
    if (moved && !stop->stop_requested())
        co_return std::nullopt;
    co_return code;
}

QCoro::Task<void> runCommand(Paths paths, Invocation invocation, CommandOutput *output, std::stop_source *stop)
{
    SystemClock clock;
    // Between an engine's end and the next one's socket there is a short while with neither.
    for (int tries = 0; tries < 100; ++tries) {
        const auto remote = co_await runRemotely(paths, invocation, output, stop->get_token());
        if (remote) {
            QCoreApplication::exit(*remote);
            co_return;
        }
        const auto local = co_await runHere(paths, invocation, output, stop);
        if (local) {
            QCoreApplication::exit(*local);
            co_return;
        }
        if (stop->stop_requested())
            break;
        co_await sleepFor(&clock, std::chrono::milliseconds(100));
    }
    if (!stop->stop_requested())
        output->err(
            QCoreApplication::translate("Postroom", "Another Postroom holds this profile and does not answer.").toUtf8()
            + '\n');
    QCoreApplication::exit(stop->stop_requested() ? ExitInterrupted : ExitFailed);
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("postroom"));
    QCoreApplication::setApplicationVersion(QStringLiteral(POSTROOM_VERSION));
    TerminalOutput output;

    Invocation invocation;
    invocation.arguments = QCoreApplication::arguments().mid(1);
    invocation.directory = QDir::currentPath();
    if (const auto answered = CommandRunner(nullptr).answerAtOnce(invocation, &output))
        return *answered;
    const auto paths = pathsForProfile(profileFrom(invocation.arguments), QProcessEnvironment::systemEnvironment());
    if (!paths) {
        output.err(paths.error().message.toUtf8() + '\n');
        return ExitUsage;
    }
    if (const auto made = paths->ensure(); !made) {
        output.err(made.error().message.toUtf8() + '\n');
        return ExitFailed;
    }
    const QString logFolder = paths->state + QStringLiteral("/log");
    if (ensurePrivateDirectory(logFolder))
        installLog(logFolder, qEnvironmentVariableIsSet("POSTROOM_DEBUG"));
    if (CommandRunner::wantsInput(invocation.arguments)) {
        QFile input;
        if (input.open(stdin, QIODevice::ReadOnly))
            invocation.input = input.read(largestFrame / 2);
    }

    std::stop_source stop;
    UnixSignals unixSignals;
    QObject::connect(&unixSignals, &UnixSignals::received, &app, [&stop] { stop.request_stop(); });
    QTimer::singleShot(0, &app, [&] { runCommand(*paths, invocation, &output, &stop); });
    return QCoreApplication::exec();
}
