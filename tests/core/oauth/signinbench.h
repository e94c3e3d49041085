// What the tests of the sign-ins share: a scripted server, a clock moved by hand, a browser that comes back.
#pragma once

#include "core/http/networkclient.h"
#include "core/oauth/signin.h"
#include "tests/support/fakeclock.h"
#include "tests/support/scriptedserver.h"

#include <QTcpSocket>
#include <QTest>

namespace Postroom
{

using namespace std::chrono_literals;

class SignInBench : public QObject
{
protected:
    void begin()
    {
        m_http = std::make_unique<NetworkClient>(&m_clock, "postroom-test/1");
        m_endpoint = std::make_unique<TokenEndpoint>(m_http.get(), &m_clock);
        m_flows = std::make_unique<SignInFlows>(m_http.get(), &m_clock, m_endpoint.get());
        m_server = std::make_unique<ScriptedServer>();
        m_profile = ProviderProfile();
        m_profile.clientId = QStringLiteral("postroom");
        m_profile.endpoints.authorization = QUrl(QStringLiteral("https://auth.example.com/authorize?tenant=a%2Bb"));
        m_profile.endpoints.token = m_server->url(QStringLiteral("/token"));
        m_profile.endpoints.deviceAuthorization = m_server->url(QStringLiteral("/device"));
        m_stop = std::stop_source();
        m_progress.clear();
        m_result.reset();
    }
    // A sign-in that still runs would outlive what it uses.
    void end()
    {
        if (m_progress.isEmpty() || m_result)
            return;
        m_stop.request_stop();
        QVERIFY(waitForResult());
    }
    void start(SignInMethod method, const QStringList &scopes = {}, const Secret &clientSecret = {})
    {
        QCoro::connect(m_flows->run(
                           SignInId(QStringLiteral("s1")), m_profile, method, scopes, clientSecret,
                           [this](const SignInProgress &progress) { m_progress.append(progress); }, m_stop.get_token()),
            this, [this](Result<TokenSet> &&result) { m_result = std::move(result); });
    }
    SignInProgress last() const { return m_progress.isEmpty() ? SignInProgress() : m_progress.constLast(); }
    QHash<QString, QString> linkQuery() const
    {
        QHash<QString, QString> values;
        const auto items = QUrlQuery(last().link).queryItems(QUrl::FullyDecoded);
        for (const auto &[key, value] : items)
            values.insert(key, value);
        return values;
    }
    bool waitForBrowser()
    {
        return QTest::qWaitFor([this] { return last().phase == SignInPhase::WaitingForBrowser; });
    }
    // The browser comes back with this query and follows the redirect to the last page.
    void comeBack(const QByteArray &query)
    {
        const QUrl redirect(linkQuery().value(QStringLiteral("redirect_uri")));
        const QByteArray answer = fetch(redirect, redirect.path().toLatin1() + '?' + query);
        const qsizetype from = answer.indexOf("Location: ");
        if (from >= 0)
            fetch(
                redirect, QUrl(QString::fromLatin1(answer.mid(from + 10).split('\r').constFirst())).path().toLatin1());
    }
    static QByteArray fetch(const QUrl &server, const QByteArray &target)
    {
        QTcpSocket socket;
        QByteArray answer;
        socket.connectToHost(server.host(), static_cast<quint16>(server.port()));
        socket.write("GET " + target + " HTTP/1.1\r\nHost: " + server.authority().toLatin1() + "\r\n\r\n");
        const bool gone = QTest::qWaitFor([&] {
            answer += socket.readAll();
            return socket.state() == QAbstractSocket::UnconnectedState;
        });
        return gone ? answer + socket.readAll() : QByteArray("still open");
    }
    bool waitForResult()
    {
        return QTest::qWaitFor([this] { return m_result.has_value(); }, 10'000);
    }
    // Lets the flow get to where it waits for the clock, and the clock reach that moment.
    bool nextPoll()
    {
        if (!QTest::qWaitFor([this] { return m_clock.armed() > 0 || m_result; }) || m_result)
            return false;
        const int before = m_server->count();
        m_clock.advance(std::chrono::milliseconds(m_clock.now().msecsTo(*m_clock.nextDue())));
        return QTest::qWaitFor([&] { return m_server->count() > before || m_result; }) && m_server->count() > before;
    }
    int secondsToNextPoll()
    {
        if (!QTest::qWaitFor([this] { return m_clock.armed() > 0 || m_result; }) || !m_clock.nextDue())
            return -1;
        return static_cast<int>(m_clock.now().secsTo(*m_clock.nextDue()));
    }
    QString code() const { return m_result && !*m_result ? m_result->error().code : QString(); }
    void scriptDeviceStart(int interval = 5, int lifetime = 600)
    {
        m_server->then(Script::json(200,
            {{QStringLiteral("device_code"), QStringLiteral("dc+1")},
                {QStringLiteral("user_code"), QStringLiteral("BCDF-GHJK")},
                {QStringLiteral("verification_uri"), QStringLiteral("https://auth.example.com/device")},
                {QStringLiteral("verification_uri_complete"),
                    QStringLiteral("https://auth.example.com/device?user_code=BCDF-GHJK")},
                {QStringLiteral("expires_in"), lifetime}, {QStringLiteral("interval"), interval}}));
    }
    static Script failing(const char *error)
    {
        return Script::json(400, {{QStringLiteral("error"), QLatin1String(error)}});
    }

    FakeClock m_clock;
    std::unique_ptr<NetworkClient> m_http;
    std::unique_ptr<TokenEndpoint> m_endpoint;
    std::unique_ptr<SignInFlows> m_flows;
    std::unique_ptr<ScriptedServer> m_server;
    ProviderProfile m_profile;
    std::stop_source m_stop;
    QList<SignInProgress> m_progress;
    std::optional<Result<TokenSet>> m_result;
    const QJsonObject m_good{{QStringLiteral("access_token"), QStringLiteral("a1")},
        {QStringLiteral("refresh_token"), QStringLiteral("r1")}, {QStringLiteral("expires_in"), 3600}};
};

} // namespace Postroom
