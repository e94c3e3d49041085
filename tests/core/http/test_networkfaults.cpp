// NetworkClient against a server that misbehaves byte by byte.
#include "tests/core/http/networkbench.h"

using namespace Postroom;

class TestNetworkFaults : public NetworkBench
{
    Q_OBJECT
private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

    void aBodyGoesOutOnce_data();
    void aBodyGoesOutOnce();
    void aBodyGoesOutOnceOnAUsedConnection_data();
    void aBodyGoesOutOnceOnAUsedConnection();
    void anEmptyPostGoesOutOnce();
    void aRepeatableBodyArrives();
    void aCutAnswerIsAmbiguous_data();
    void aCutAnswerIsAmbiguous();
    void aCutAnswerWithoutLengthIsHandedOver();
    void anAnswerThatEndsWithTheConnectionIsWhole_data();
    void anAnswerThatEndsWithTheConnectionIsWhole();
    void aHangIsAmbiguous();
    void aDripDoesNotMoveTheDeadline();
    void aConnectionThatNeverComesIsNet();
    void aTimeOutForgetsConnections();
    void aTimeOutLeavesOthersAlone();
    void refusedAndUnknownHostsAreNet();
    void anotherInterimAnswerIsAmbiguous();
    void notHttp();
    void untrustedCertificate();
};

void TestNetworkFaults::aBodyGoesOutOnce_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<bool>("reset");
    QTest::addColumn<bool>("early");
    for (const char *method : {"POST", "PUT", "DELETE", "PATCH"}) {
        QTest::addRow("%s closed", method) << QByteArray(method) << false << false;
        QTest::addRow("%s reset", method) << QByteArray(method) << true << false;
    }
    QTest::addRow("closed after the headers") << QByteArray("POST") << false << true;
    QTest::addRow("reset after the headers") << QByteArray("POST") << true << true;
}

void TestNetworkFaults::aBodyGoesOutOnce()
{
    QFETCH(QByteArray, method);
    QFETCH(bool, reset);
    QFETCH(bool, early);
    ScriptedServer server;
    const auto when = early ? Script::When::Headers : Script::When::Request;
    server.then(reset ? Script::resetting(when) : Script::closing(when), 5);
    HttpRequest request = post(server.url());
    request.method = method;
    const auto answer = send(request);
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(answer.error().code, QStringLiteral("closed"));
    QVERIFY(answer.error().origin == Origin::Token);
    QVERIFY(answer.error().message.contains(QStringLiteral("127.0.0.1")));
    QVERIFY(!answer.error().message.contains(QStringLiteral("r1")));
    QCOMPARE(server.count(), 1);
}

void TestNetworkFaults::aBodyGoesOutOnceOnAUsedConnection_data()
{
    QTest::addColumn<bool>("reset");
    QTest::addRow("closed") << false;
    QTest::addRow("reset") << true;
}

void TestNetworkFaults::aBodyGoesOutOnceOnAUsedConnection()
{
    QFETCH(bool, reset);
    ScriptedServer server;
    server.then(Script::json(200, {}));
    server.then(reset ? Script::resetting() : Script::closing(), 5);
    HttpRequest request = post(server.url());
    request.origin = Origin::Resource;
    QVERIFY(send(request));
    const auto answer = send(request);
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(server.count(), 2);
    QCOMPARE(server.connections(), 1);
}

void TestNetworkFaults::anEmptyPostGoesOutOnce()
{
    ScriptedServer server;
    server.then(Script::closing(), 5);
    const auto answer = send(post(server.url(), {}));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(server.count(), 1);
    QCOMPARE(server.requests().constFirst().header("Content-Length"), "0");
}

void TestNetworkFaults::aRepeatableBodyArrives()
{
    ScriptedServer server;
    server.then(Script::closing()).then(Script::json(200, {}));
    HttpRequest request = post(server.url());
    request.once = false;
    const auto answer = send(request);
    QVERIFY(answer);
    QCOMPARE(server.count(), 2);
    QCOMPARE(server.requests().constLast().body, request.body);
}

void TestNetworkFaults::aCutAnswerIsAmbiguous_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("reset");
    QTest::addColumn<int>("status");
    QTest::addRow("200 shorter than announced")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access") << false << 200;
    QTest::addRow("200 reset in the body")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access") << true << 200;
    QTest::addRow("200 chunks without the last")
        << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"acc\r\n") << false << 200;
    QTest::addRow("400 shorter than announced")
        << QByteArray("HTTP/1.1 400 Bad\r\nContent-Length: 100\r\n\r\nerror=invalid_gr") << false << 400;
    QTest::addRow("503 shorter than announced")
        << QByteArray("HTTP/1.1 503 No\r\nRetry-After: 120\r\nContent-Length: 100\r\n\r\nsor") << false << 503;
    QTest::addRow("400 chunks without the last")
        << QByteArray("HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"acc\r\n") << false << 0;
    QTest::addRow("nothing but a status line") << QByteArray("HTTP/1.1 200 OK\r\n") << false << 0;
    QTest::addRow("half a status line") << QByteArray("HTTP/1.") << false << 0;
}

void TestNetworkFaults::aCutAnswerIsAmbiguous()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, reset);
    QFETCH(int, status);
    ScriptedServer server;
    Script script = Script::after(Script::When::Request).send(bytes).pause(50);
    server.then(reset ? script.reset() : script.close());
    const QDateTime before = m_clock.now();
    const auto answer = send(post(server.url()));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(server.count(), 1);
    if (status > 0)
        QCOMPARE(answer.error().status, status);
    if (status == 503) {
        QVERIFY(answer.error().retryAt);
        QVERIFY(qAbs(before.secsTo(*answer.error().retryAt) - 120) < 10);
    }
}

void TestNetworkFaults::aCutAnswerWithoutLengthIsHandedOver()
{
    // Nothing on the wire tells that this is not all; only the reader of the JSON can.
    ScriptedServer server;
    server.then(Script::after(Script::When::Request).send("HTTP/1.1 200 OK\r\n\r\n{\"access").close());
    const auto answer = send(post(server.url()));
    QVERIFY2(answer, answer ? "" : qPrintable(answer.error().code + answer.error().detail));
    QCOMPARE(answer->body, "{\"access");
}

void TestNetworkFaults::anAnswerThatEndsWithTheConnectionIsWhole_data()
{
    QTest::addColumn<bool>("announced");
    QTest::addColumn<bool>("token");
    QTest::addRow("with a length") << true << false;
    QTest::addRow("without a length") << false << false;
    QTest::addRow("with a length, token") << true << true;
    QTest::addRow("without a length, token") << false << true;
}

void TestNetworkFaults::anAnswerThatEndsWithTheConnectionIsWhole()
{
    QFETCH(bool, announced);
    QFETCH(bool, token);
    ScriptedServer server;
    const QByteArray body(200'000, 'x');
    const QByteArray length = announced ? "Content-Length: 200000\r\n" : "";
    for (int i = 0; i < 20; ++i) {
        server.then(Script::after(Script::When::Request)
                .send("HTTP/1.1 200 OK\r\nConnection: close\r\n" + length + "\r\n" + body)
                .close());
        HttpRequest request = post(server.url());
        request.origin = token ? Origin::Token : Origin::Resource;
        const auto answer = send(request);
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().code));
        QCOMPARE(answer->body.size(), body.size());
        QCOMPARE(server.count(), i + 1);
    }
}

void TestNetworkFaults::aHangIsAmbiguous()
{
    ScriptedServer server;
    server.then(Script::hanging(), 5);
    HttpRequest request = post(server.url());
    request.deadline = 300ms;
    const auto answer = send(request);
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(answer.error().code, QStringLiteral("timeout"));
    QCOMPARE(server.count(), 1);
}

void TestNetworkFaults::aDripDoesNotMoveTheDeadline()
{
    ScriptedServer server;
    server.then(Script::after(Script::When::Request)
            .send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            .drip(QByteArray(1000, 'x'), 1, 20));
    HttpRequest request = get(server.url());
    request.deadline = 400ms;
    QElapsedTimer timer;
    timer.start();
    const auto answer = send(request);
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, QStringLiteral("timeout"));
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QVERIFY(timer.elapsed() < 5000);
}

void TestNetworkFaults::aConnectionThatNeverComesIsNet()
{
    // Taken by the system's queue but never answered: the TLS handshake hangs, and no byte of the request goes out.
    ScriptedServer server;
    HttpRequest request = post(QUrl(QStringLiteral("https://127.0.0.1:%1/").arg(server.port())));
    server.then(Script::after(Script::When::Connected).pause(60'000));
    request.deadline = 300ms;
    const auto answer = send(request);
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-net"));
    QCOMPARE(answer.error().code, QStringLiteral("timeout"));
    QCOMPARE(server.count(), 0);
}

void TestNetworkFaults::aTimeOutForgetsConnections()
{
    ScriptedServer server;
    server.then(Script::json(200, {})).then(Script::hanging()).then(Script::json(200, {}));
    QVERIFY(send(get(server.url())));
    HttpRequest slow = get(server.url());
    slow.deadline = 200ms;
    QVERIFY(!send(slow));
    QVERIFY(send(get(server.url())));
    QCOMPARE(server.connections(), 2);
}

void TestNetworkFaults::aTimeOutLeavesOthersAlone()
{
    ScriptedServer server;
    server.setHandler([](const ScriptedRequest &request) {
        if (request.target == "/slow")
            return Script::after(Script::When::Request)
                .pause(700)
                .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        return Script::hanging();
    });
    std::optional<Result<HttpResponse>> patient;
    QCoro::connect(m_client->send(get(server.url(QStringLiteral("/slow")))), this,
        [&patient](Result<HttpResponse> &&answer) { patient = answer; });
    HttpRequest request = get(server.url(QStringLiteral("/never")));
    request.deadline = 200ms;
    QVERIFY(!send(request));
    QTRY_VERIFY(patient);
    QVERIFY(*patient);
    QCOMPARE((*patient)->body, "ok");
}

void TestNetworkFaults::refusedAndUnknownHostsAreNet()
{
    ScriptedServer server;
    server.stopListening();
    const auto refused = send(post(server.url()));
    QVERIFY(!refused);
    QCOMPARE(toString(refused.error().kind), QStringLiteral("t-net"));
    QCOMPARE(refused.error().code, QStringLiteral("refused"));

    HttpRequest request = post(QUrl(QStringLiteral("https://no-such-host.invalid/token")));
    request.deadline = 20s;
    const auto unknown = send(request);
    QVERIFY(!unknown);
    // Behind a proxy of the system it is the proxy that does not find the host.
    QVERIFY(unknown.error().isTransient());
    QVERIFY(unknown.error().message.contains(QStringLiteral("no-such-host.invalid")));
}

void TestNetworkFaults::anotherInterimAnswerIsAmbiguous()
{
    ScriptedServer server;
    server.then(Script::after(Script::When::Request)
            .send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const auto answer = send(post(server.url()));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(server.count(), 1);
}

void TestNetworkFaults::notHttp()
{
    ScriptedServer server;
    server.then(Script::after(Script::When::Request).send("SSH-2.0-OpenSSH_9.2\r\n").close(), 3);
    const auto answer = send(post(server.url()));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(server.count(), 1);
}

void TestNetworkFaults::untrustedCertificate()
{
    const auto server = ScriptedServer::withUntrustedCertificate();
    const auto answer = send(post(server->url()));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("netsec"));
    QCOMPARE(answer.error().code, QStringLiteral("tls"));
    QVERIFY(!answer.error().detail.isEmpty());
    QCOMPARE(server->count(), 0);
}

QTEST_GUILESS_MAIN(TestNetworkFaults)
#include "test_networkfaults.moc"
