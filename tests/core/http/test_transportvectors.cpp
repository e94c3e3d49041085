// What becomes of a token request that gets no answer: the rows of the decision table, by the names of its vectors.
#include "core/http/wayout.h"
#include "tests/core/http/networkbench.h"

#include <functional>

using namespace Postroom;

namespace
{

// One try against a server that does the same with every request.
struct Row {
    std::function<void(ScriptedServer &)> prepare;
    QString url; // empty: the server's own
    QString kind;
    QString code;
    int requests = 0; // that the server saw
    bool cancelled = false; // before it begins
    bool mayBeLate = false; // the deadline may end it as well
};

void direct()
{
    for (const char *name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        qunsetenv(name);
}

} // namespace

Q_DECLARE_METATYPE(Row)

class TestTransportVectors : public NetworkBench
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        direct();
        begin();
    }
    void cleanup()
    {
        end();
        direct();
    }

    void noAnswer_data();
    void noAnswer();
    void t82RefusedTwiceThenAnAnswer();
    void k13OnePostPerAttempt_data();
    void k13OnePostPerAttempt();
    void t86TheSecretIsNotSentOverAnUntrustedLink();
    void proxies_data();
    void proxies();
    void aProxyThatIsGoneIsForgotten();
    void theConnectDeadline_data();
    void theConnectDeadline();
    void aConnectionThatFellSilentIsDropped_data();
    void aConnectionThatFellSilentIsDropped();
};

void TestTransportVectors::noAnswer_data()
{
    QTest::addColumn<Row>("row");
    const auto always
        = [](const Script &script) { return [script](ScriptedServer &server) { server.then(script, 5); }; };
    const QString net = QStringLiteral("t-net");
    const QString ambiguous = QStringLiteral("t-ambig");
    const QString outside = QStringLiteral("https://no-such-host.invalid/token");
    const bool offline = !hasWayOut(QUrl(outside));
    QTest::newRow("T81 no such host") << Row{
        {}, outside, net, offline ? QStringLiteral("offline") : QStringLiteral("host-not-found"), 0, false};
    QTest::newRow("T82 refused") << Row{
        [](ScriptedServer &server) { server.stopListening(); }, {}, net, QStringLiteral("refused"), 0, false};
    QTest::newRow("T83 closed before the reply")
        << Row{always(Script::closing()), {}, ambiguous, QStringLiteral("closed"), 1, false};
    QTest::newRow("reset before the reply")
        << Row{always(Script::resetting()), {}, ambiguous, QStringLiteral("closed"), 1, false};
    QTest::newRow("closed in mid-body") << Row{
        always(Script::after(Script::When::Request)
                .send("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"access_token\"")
                .pause(20)
                .close()),
        {}, ambiguous, QStringLiteral("cut-off"), 1, false};
    QTest::newRow("T84 hang") << Row{always(Script::hanging()), {}, ambiguous, QStringLiteral("timeout"), 1, false};
    QTest::newRow("T85 stopped before sending")
        << Row{always(Script::json(200, {})), {}, QStringLiteral("cancel"), QStringLiteral("cancelled"), 0, true};
    QTest::newRow("TLS: closed in the handshake") << Row{always(Script::closing(Script::When::Connected)),
        QStringLiteral("https"), net, QStringLiteral("tls-closed"), 0, false};
    QTest::newRow("TLS: reset in the handshake") << Row{always(Script::resetting(Script::When::Connected)),
        QStringLiteral("https"), net, QStringLiteral("tls-closed"), 0, false, true};
    QTest::newRow("TLS: refused by an alert") << Row{
        always(Script::after(Script::When::Connected).send(QByteArray("\x15\x03\x01\x00\x02\x02\x28", 7)).close()),
        QStringLiteral("https"), net, QStringLiteral("tls-closed"), 0, false};
    QTest::newRow("TLS: the handshake hangs") << Row{always(Script::after(Script::When::Connected).pause(60'000)),
        QStringLiteral("https"), net, QStringLiteral("timeout"), 0, false};
    QTest::newRow("our own guard") << Row{{}, QStringLiteral("http://auth.example/token"), QStringLiteral("config"),
        QStringLiteral("insecure-url"), 0, false};
}

void TestTransportVectors::noAnswer()
{
    QFETCH(Row, row);
    ScriptedServer server;
    if (row.prepare)
        row.prepare(server);
    QUrl url = row.url.isEmpty() || row.url == QLatin1String("https") ? server.url() : QUrl(row.url);
    if (row.url == QLatin1String("https"))
        url.setScheme(row.url);
    HttpRequest request = post(url);
    request.deadline = row.code == QLatin1String("timeout") ? 300ms : 20'000ms;
    std::stop_source stop;
    if (row.cancelled)
        stop.request_stop();
    const auto answer = send(request, stop.get_token());
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), row.kind);
    // Qt 6.4 may miss a reset that comes along with the connection itself; then the deadline for connecting ends it.
    if (!row.mayBeLate || answer.error().code != QLatin1String("timeout"))
        QCOMPARE(answer.error().code, row.code);
    QVERIFY(answer.error().origin == Origin::Token);
    QVERIFY(!answer.error().message.isEmpty());
    for (const QString &told : {answer.error().message, answer.error().detail})
        QVERIFY2(!told.contains(QStringLiteral("r1")), qPrintable(told));
    QCOMPARE(server.count(), row.requests);
}

void TestTransportVectors::t82RefusedTwiceThenAnAnswer()
{
    ScriptedServer server;
    server.stopListening();
    for (int i = 0; i < 2; ++i) {
        const auto refused = send(post(server.url()));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, QStringLiteral("refused"));
    }
    server.listenAgain();
    server.then(Script::json(200, {}));
    QVERIFY(send(post(server.url())));
    QCOMPARE(server.count(), 1);
}

void TestTransportVectors::k13OnePostPerAttempt_data()
{
    QTest::addColumn<bool>("kept"); // on a connection that has served before
    QTest::addColumn<bool>("reset");
    QTest::addColumn<bool>("early"); // before the body was read
    for (const bool kept : {false, true}) {
        for (const bool reset : {false, true}) {
            for (const bool early : {false, true})
                QTest::addRow("K13 %s, %s %s", kept ? "kept" : "fresh", reset ? "reset" : "closed",
                    early ? "after the headers" : "after the body")
                    << kept << reset << early;
        }
    }
}

void TestTransportVectors::k13OnePostPerAttempt()
{
    QFETCH(bool, kept);
    QFETCH(bool, reset);
    QFETCH(bool, early);
    ScriptedServer server;
    if (kept)
        server.then(Script::json(200, {}));
    const auto when = early ? Script::When::Headers : Script::When::Request;
    server.then(reset ? Script::resetting(when) : Script::closing(when), 20);
    HttpRequest request = post(server.url());
    request.origin = kept ? Origin::Resource : Origin::Token;
    if (kept)
        QVERIFY(send(request));
    const int before = server.count();
    for (int attempt = 1; attempt <= 3; ++attempt) {
        const auto answer = send(request);
        QVERIFY(!answer);
        QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
        QCOMPARE(server.count(), before + attempt);
    }
}

void TestTransportVectors::t86TheSecretIsNotSentOverAnUntrustedLink()
{
    const auto server = ScriptedServer::withUntrustedCertificate();
    for (int i = 0; i < 3; ++i) {
        const auto answer = send(post(server->url()));
        QVERIFY(!answer);
        QCOMPARE(toString(answer.error().kind), QStringLiteral("netsec"));
        QCOMPARE(answer.error().code, QStringLiteral("tls"));
        QVERIFY(!answer.error().detail.isEmpty());
    }
    QCOMPARE(server->count(), 0);
}

void TestTransportVectors::proxies_data()
{
    QTest::addColumn<QByteArray>("does"); // what the proxy says to CONNECT; "-": closes, "": is not there
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("code");
    const QString netSec = QStringLiteral("netsec");
    QTest::addRow("refuses connections") << QByteArray() << netSec << QStringLiteral("proxy");
    QTest::addRow("closes") << QByteArray("-") << netSec << QStringLiteral("proxy-timeout");
    QTest::addRow("hangs") << QByteArray("HTTP/1.1 ") << netSec << QStringLiteral("proxy-timeout");
    QTest::addRow("wants a password") << QByteArray(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
        "realm=\"p\"\r\nContent-Length: 0\r\n\r\n")
                                      << netSec << QStringLiteral("proxy-auth");
    QTest::addRow("has trouble") << QByteArray("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") << netSec
                                 << QStringLiteral("proxy");
    QTest::addRow("says nonsense") << QByteArray("SSH-2.0-x\r\n\r\n") << netSec << QStringLiteral("proxy");
}

void TestTransportVectors::proxies()
{
    QFETCH(QByteArray, does);
    QFETCH(QString, kind);
    QFETCH(QString, code);
    ScriptedServer proxy;
    if (does.isEmpty())
        proxy.stopListening();
    else if (does == "-")
        proxy.then(Script::closing(Script::When::Headers), 5);
    else if (does.endsWith("\r\n"))
        proxy.then(Script::after(Script::When::Headers).send(does).close(), 5);
    else
        proxy.then(Script::after(Script::When::Headers).send(does), 5);
    qputenv("https_proxy", proxy.url().toEncoded());
    HttpRequest request = post(QUrl(QStringLiteral("https://auth.example.invalid/token")));
    request.deadline = 20s;
    if (code == QLatin1String("proxy-timeout"))
        request.connectDeadline = 500ms;
    const auto answer = send(request);
    QVERIFY(!answer);
    QVERIFY2(toString(answer.error().kind) == kind,
        qPrintable(toString(answer.error().kind) + answer.error().code + answer.error().detail));
    QCOMPARE(answer.error().code, code);
    for (const ScriptedRequest &seen : proxy.requests()) {
        QCOMPARE(seen.method, QByteArray("CONNECT"));
        QVERIFY(seen.body.isEmpty());
    }
}

void TestTransportVectors::aProxyThatIsGoneIsForgotten()
{
    ScriptedServer gone;
    gone.stopListening();
    ScriptedServer there;
    there.then(Script::closing(Script::When::Headers), 5);
    const QUrl url(QStringLiteral("https://auth.example.invalid/token"));
    qputenv("https_proxy", gone.url().toEncoded());
    HttpRequest request = post(url);
    request.connectDeadline = 500ms;
    QVERIFY(!send(request));
    // Somebody changed the settings: the next try goes the new way, not the remembered one.
    qputenv("https_proxy", there.url().toEncoded());
    QVERIFY(!send(request));
    QCOMPARE(there.count(), 1);
}

void TestTransportVectors::theConnectDeadline_data()
{
    QTest::addColumn<bool>("token");
    QTest::addRow("token endpoint") << true;
    QTest::addRow("anything else") << false;
}

void TestTransportVectors::theConnectDeadline()
{
    QFETCH(bool, token);
    ScriptedServer server;
    server.then(Script::after(Script::When::Connected).pause(60'000), 5);
    QUrl url = server.url();
    url.setScheme(QStringLiteral("https"));
    HttpRequest request = post(url);
    request.origin = token ? Origin::Token : Origin::Resource;
    request.connectDeadline = 200ms;
    request.deadline = 1500ms;
    QElapsedTimer timer;
    timer.start();
    const auto answer = send(request);
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-net"));
    QCOMPARE(answer.error().code, QStringLiteral("timeout"));
    QCOMPARE(timer.elapsed() < 1400, token);
    // Once something went out, only the whole counts.
    ScriptedServer slow;
    slow.then(Script::after(Script::When::Request).pause(600).send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    request.url = slow.url();
    request.deadline = 20s;
    const auto late = send(request);
    QVERIFY2(late, late ? "" : qPrintable(late.error().detail));
    QCOMPARE(late->body, "ok");
}

void TestTransportVectors::aConnectionThatFellSilentIsDropped_data()
{
    QTest::addColumn<bool>("told"); // the network changed or the computer woke up, and the client heard of it
    QTest::addRow("by itself, after a time-out") << false;
    QTest::addRow("told before") << true;
}

void TestTransportVectors::aConnectionThatFellSilentIsDropped()
{
    QFETCH(bool, told);
    ScriptedServer server;
    // The first connection serves once and is a hole in the ground from then on; fresh ones are good.
    server.setHandler([](const ScriptedRequest &request) {
        if (request.connection > 1 || request.target == "/first")
            return Script::json(200, {});
        return Script::hanging();
    });
    const auto first = send(get(server.url(QStringLiteral("/first"))));
    QVERIFY(first);
    const int connection = server.requests().constFirst().connection;
    if (told)
        m_client->forgetConnections();
    HttpRequest request = get(server.url(QStringLiteral("/second")));
    request.deadline = 300ms;
    const auto second = send(request);
    QCOMPARE(second.has_value(), told);
    if (!told)
        QCOMPARE(server.requests().constLast().connection, connection);
    const auto third = send(request);
    QVERIFY(third);
    QVERIFY(server.requests().constLast().connection != connection);
}

QTEST_GUILESS_MAIN(TestTransportVectors)
#include "test_transportvectors.moc"
