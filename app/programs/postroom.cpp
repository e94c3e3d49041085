// postroom: the window and the tray.
#include <QApplication>
#include <QCommandLineParser>
#include <QThread>
#include <cstdio>

#include "app/controlclient.h"
#include "app/desktop/desktop.h"
#include "app/unixsignals.h"
#include "core/base/log.h"

using namespace Postroom;

namespace
{

struct Options {
    QString profile;
    bool hidden = false;
};

int say(std::FILE *stream, const QString &text, int code)
{
    std::fputs(qPrintable(text), stream);
    return code;
}

// Before any application object exists: a second start, --help and --version must cost next to nothing.
std::optional<int> readOptions(const QStringList &arguments, Options *options)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Keeps your accounts signed in and your files delivered."));
    const QCommandLineOption profile(QStringLiteral("profile"),
        QStringLiteral("Use a configuration, keychain namespace and state of its own."), QStringLiteral("NAME"),
        qEnvironmentVariable("POSTROOM_PROFILE"));
    const QCommandLineOption hidden(QStringLiteral("hidden"), QStringLiteral("Start in the tray."));
    const QCommandLineOption help(QStringLiteral("help"), QStringLiteral("Show this."));
    const QCommandLineOption version(QStringLiteral("version"), QStringLiteral("Show the version."));
    parser.addOptions({profile, hidden, help, version});
    if (!parser.parse(arguments))
        return say(stderr, parser.errorText() + QLatin1Char('\n'), 2);
    if (parser.isSet(version))
        return say(stdout, QStringLiteral("postroom " POSTROOM_VERSION "\n"), 0);
    if (parser.isSet(help))
        return say(stdout,
            QStringLiteral("postroom [--profile NAME] [--hidden]\n\n  --profile NAME  a configuration, keychain "
                           "namespace and state of its own\n"
                           "  --hidden        start in the tray\n  --version\n  --help\n"),
            0);
    options->profile = parser.value(profile);
    options->hidden = parser.isSet(hidden);
    return std::nullopt;
}

// The window that holds the lock may still be on its way to its first paint.
int raiseTheOther(const Paths &paths)
{
    const QString token = qEnvironmentVariable("XDG_ACTIVATION_TOKEN");
    constexpr int tries = 100;
    for (int i = 0; i < tries; ++i) {
        if (raiseRunningWindow(paths, token) == RaiseAnswer::Raised)
            return 0;
        QThread::msleep(100);
    }
    return say(stderr, QStringLiteral("Postroom is already running for this profile and does not answer.\n"), 1);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication::setApplicationName(QStringLiteral("postroom"));
    QCoreApplication::setApplicationVersion(QStringLiteral(POSTROOM_VERSION));
    Options options;
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments.append(QString::fromLocal8Bit(argv[i]));
    if (const auto code = readOptions(arguments, &options))
        return *code;
    const auto paths = pathsForProfile(options.profile, QProcessEnvironment::systemEnvironment());
    if (!paths)
        return say(stderr, paths.error().message + QLatin1Char('\n'), 2);
    if (const auto made = paths->ensure(); !made)
        return say(stderr, made.error().message + QLatin1Char('\n'), 1);
    // One window per profile. The lock tells two starts apart that come before the first has its socket.
    auto windowLock = FileLock::tryAcquire(paths->runtime + QStringLiteral("/window.lock"));
    if (!windowLock)
        return say(stderr, windowLock.error().message + QLatin1Char('\n'), 1);
    if (!windowLock->isHeld())
        return raiseTheOther(*paths);

    const QString logFolder = paths->state + QStringLiteral("/log");
    if (ensurePrivateDirectory(logFolder))
        installLog(logFolder, qEnvironmentVariableIsSet("POSTROOM_DEBUG"));
    const QApplication app(argc, argv);
    QGuiApplication::setDesktopFileName(QStringLiteral("org.postroom.Postroom"));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Postroom"));
    QApplication::setQuitOnLastWindowClosed(false);

    Desktop desktop(*paths);
    if (const auto loaded = desktop.load(); !loaded)
        return say(stderr, loaded.error().message + QLatin1Char('\n'), 1);
    UnixSignals unixSignals;
    QObject::connect(&unixSignals, &UnixSignals::received, &desktop, &Desktop::quit);
    QObject::connect(&desktop, &Desktop::finished, &app, &QApplication::quit, Qt::QueuedConnection);
    desktop.show(options.hidden || desktop.settings()->startHidden());
    return QApplication::exec();
}
