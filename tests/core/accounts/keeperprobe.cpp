// A process with accounts, for tests that need several of them or have to kill one: the real service on the real
// keychain, network and clock, and told what to do line by line.
//
//   postroom_keeperprobe PROFILE [hold]      "hold": stops after each step of a refresh until it is told to go on
//
//   in   signin TOKEN    signs in with a pasted refresh token          out  account ID | error CLASS CODE
//        start           begins the work                                    ready (once, before anything else)
//        tokens N        asks for a token N times at once                   token FINGERPRINT | error CLASS CODE, then
//        done go              goes on after a step                               step NUMBER free            stops no
//        more, and goes on                         status STATE REASON STORAGE (at each change) quit            shuts
//        down in order
#include "core/accounts/accountservice.h"
#include "core/http/networkclient.h"
#include "core/vault/keychainstore.h"
#include "core/vault/memorystore.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QSocketNotifier>
#include <cstdio>
#include <unistd.h>

using namespace Postroom;

namespace
{

void say(const QString &line)
{
    std::fputs(qPrintable(line + QLatin1Char('\n')), stdout);
    std::fflush(stdout);
}

void say(const Error &error)
{
    say(QStringLiteral("error %1 %2").arg(toString(error.kind), error.code));
}

} // namespace

class Probe final : public QObject
{
    Q_OBJECT
public:
    Probe(Paths paths, bool holds)
        : m_network(&m_clock, "postroom-probe"), m_vault(paths.vaultNamespace()),
          m_profiles(paths.config + QStringLiteral("/providers")), m_holds(holds),
          m_service(collaborators(std::move(paths))), m_input(STDIN_FILENO, QSocketNotifier::Read)
    {
        connect(&m_service, &AccountService::accountChanged, this, [](const AccountStatus &status) {
            say(QStringLiteral("status %1 %2 %3")
                    .arg(toString(status.state), status.reason.isEmpty() ? QStringLiteral("-") : status.reason,
                        toString(status.storage)));
        });
        connect(&m_input, &QSocketNotifier::activated, this, &Probe::read);
        if (const auto loaded = m_service.loadRoster(); !loaded)
            say(loaded.error());
        say(QStringLiteral("ready"));
    }

Q_SIGNALS:
    void released();

private:
    AccountService::Collaborators collaborators(Paths paths)
    {
        AccountService::Collaborators use;
        use.clock = &m_clock;
        use.http = &m_network;
        use.vault = &m_vault;
        use.sessionVault = &m_session;
        use.profiles = &m_profiles;
        use.paths = std::move(paths);
        use.onStep = [this](RefreshStep step) { return hold(this, step); };
        return use;
    }

    static QCoro::Task<void> hold(Probe *self, RefreshStep step)
    {
        if (!self->m_holds)
            co_return;
        say(QStringLiteral("step %1").arg(static_cast<int>(step)));
        co_await qCoro(self, &Probe::released);
    }

    static QCoro::Task<void> ask(Probe *self, AccountId id)
    {
        const auto token = co_await self->m_service.token(id);
        if (token)
            say(QStringLiteral("token ") + token->fingerprint);
        else
            say(token.error());
        if (--self->m_asked == 0)
            say(QStringLiteral("done"));
    }

    static QCoro::Task<void> signIn(Probe *self, QByteArray refreshToken)
    {
        SignInRequest request;
        request.providerId = QStringLiteral("acme");
        request.label = QStringLiteral("Acme");
        request.pastedRefreshToken = Secret(refreshToken);
        const auto id = co_await self->m_service.signIn(std::move(request));
        if (id)
            say(QStringLiteral("account ") + id->text());
        else
            say(id.error());
    }

    static QCoro::Task<void> quit(Probe *self)
    {
        co_await self->m_service.shutdown();
        QCoreApplication::quit();
    }

    void read()
    {
        char bytes[512];
        const ssize_t size = ::read(STDIN_FILENO, bytes, sizeof bytes);
        if (size <= 0) { // the test is gone
            QCoreApplication::exit(1);
            m_input.setEnabled(false);
            return;
        }
        m_buffer.append(bytes, size);
        for (qsizetype end = m_buffer.indexOf('\n'); end >= 0; end = m_buffer.indexOf('\n')) {
            const QList<QByteArray> words = m_buffer.left(end).split(' ');
            m_buffer.remove(0, end + 1);
            obey(words.value(0), words.value(1));
        }
    }

    void obey(const QByteArray &command, const QByteArray &argument)
    {
        if (command == "signin") {
            signIn(this, argument);
        } else if (command == "start") {
            m_service.start();
        } else if (command == "tokens") {
            const QList<AccountStatus> accounts = m_service.accounts();
            if (accounts.isEmpty())
                qFatal("there is no account");
            m_asked = argument.toInt();
            for (int i = argument.toInt(); i > 0; --i)
                ask(this, accounts.constFirst().id);
        } else if (command == "go") {
            Q_EMIT released();
        } else if (command == "free") {
            m_holds = false;
            Q_EMIT released();
        } else if (command == "quit") {
            quit(this);
        } else {
            qFatal("unknown command %s", command.constData());
        }
    }

    SystemClock m_clock;
    NetworkClient m_network;
    KeychainStore m_vault;
    MemoryStore m_session;
    ProfileRegistry m_profiles;
    bool m_holds;
    AccountService m_service;
    QSocketNotifier m_input;
    QByteArray m_buffer;
    int m_asked = 0;
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const auto paths = pathsForProfile(arguments.value(1), QProcessEnvironment::systemEnvironment());
    if (!paths || !paths->ensure())
        return 2;
    Probe probe(*paths, arguments.value(2) == QLatin1String("hold"));
    return QCoreApplication::exec();
}

#include "keeperprobe.moc"
