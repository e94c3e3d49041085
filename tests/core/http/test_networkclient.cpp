// NetworkClient against a server that misbehaves byte by byte.
#include "core/http/networkclient.h"
#include "tests/support/scriptedserver.h"

#include <QCoroTask>
#include <QTest>

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

HttpRequest get(const QUrl &url)
{
    HttpRequest request;
    request.url = url;
    return request;
}

HttpRequest post(const QUrl &url, const QByteArray &body = "grant_type=refresh_token&refresh_token=r1")
{
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.body = body;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.origin = Origin::Token;
    return request;
}

} // namespace

class TestNetworkClient : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_client = std::make_unique<NetworkClient>(&m_clock, "postroom-test/1"); }
    void cleanup() { m_client.reset(); }

    void answersWithEverythingThatCame();
    void everyStatusIsAnAnswer_data();
    void everyStatusIsAnAnswer();
    void aBasicChallengeAsksNobody();
    void redirectsAreAnswers_data();
    void redirectsAreAnswers();
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
    void stopBeforeSendingSendsNothing();
    void stopWhileWaiting();
    void anAnnouncedGiantIsNotRead();
    void aGiantWithoutLengthIsCut();
    void continueIsSkipped();
    void anotherInterimAnswerIsAmbiguous();
    void notHttp();
    void twoRequestsShareAConnection();
    void tokenRequestsShareNone();
    void untrustedCertificate();
    void insecureUrls_data();
    void insecureUrls();
    void noCookiesAndNoCache();
    void uploadIsReported();
    void largeBodiesArriveWhole();
    void manyAtOnce();

private:
    Result<HttpResponse> send(HttpRequest request, std::stop_token stop = {})
    {
        return QCoro::waitFor(m_client->send(std::move(request), std::move(stop)));
    }

    SystemClock m_clock;
    std::unique_ptr<NetworkClient> m_client;
};

void TestNetworkClient::answersWithEverythingThatCame()
{
    ScriptedServer server;
    server.then(Script::answer(200, "application/json; charset=utf-8", "{\"a\":1}",
        {"Date: Thu, 15 Jan 2026 14:00:00 GMT", "X-Request-Id: req\x1b-7", "WWW-Authenticate: Basic realm=\"a\"",
            "WWW-Authenticate: Bearer"}));
    HttpRequest request = get(server.url(QStringLiteral("/v1/x?q=a%2Bb")));
    request.headers = {{"Authorization", "Bearer t"}};
    const auto answer = send(request);
    QVERIFY(answer);
    QCOMPARE(answer->status, 200);
    QCOMPARE(answer->body, "{\"a\":1}");
    QCOMPARE(answer->mediaType(), "application/json");
    QCOMPARE(answer->date, std::optional(QDateTime(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC)));
    QCOMPARE(answer->requestId, QStringLiteral("req -7"));
    QCOMPARE(answer->header("www-AUTHENTICATE"), "Basic realm=\"a\", Bearer");
    QCOMPARE(server.count(), 1);
    const ScriptedRequest seen = server.requests().constFirst();
    QCOMPARE(seen.method, "GET");
    QCOMPARE(seen.target, "/v1/x?q=a%2Bb");
    QCOMPARE(seen.header("User-Agent"), "postroom-test/1");
    QCOMPARE(seen.header("Authorization"), "Bearer t");
    QCOMPARE(seen.header("Accept-Encoding"), "identity");
}

void TestNetworkClient::everyStatusIsAnAnswer_data()
{
    QTest::addColumn<int>("status");
    for (const int status : {200, 201, 202, 204, 400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 413, 421, 422, 425,
             429, 431, 451, 500, 501, 502, 503, 504, 505, 511, 520, 529, 599})
        QTest::addRow("%d", status) << status;
}

void TestNetworkClient::everyStatusIsAnAnswer()
{
    QFETCH(int, status);
    ScriptedServer server;
    server.then(
        Script::answer(status, "application/json", status == 204 ? QByteArray() : QByteArray("{\"error\":\"x\"}")));
    const auto answer = send(post(server.url()));
    QVERIFY2(answer, answer ? "" : qPrintable(answer.error().code));
    QCOMPARE(answer->status, status);
    QCOMPARE(answer->body, status == 204 ? QByteArray() : QByteArray("{\"error\":\"x\"}"));
    QCOMPARE(server.count(), 1);
}

void TestNetworkClient::aBasicChallengeAsksNobody()
{
    ScriptedServer server;
    server.then(Script::html(401, "<p>no</p>", {"WWW-Authenticate: Basic realm=\"gw\""}));
    server.then(Script::html(401, "<p>no</p>", {"WWW-Authenticate: Negotiate"}));
    for (int i = 1; i <= 2; ++i) {
        const auto answer = send(post(server.url()));
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().detail));
        QCOMPARE(answer->status, 401);
        QCOMPARE(answer->body, "<p>no</p>");
        QCOMPARE(server.count(), i);
    }
}

void TestNetworkClient::redirectsAreAnswers_data()
{
    QTest::addColumn<int>("status");
    for (const int status : {301, 302, 303, 307, 308})
        QTest::addRow("%d", status) << status;
}

void TestNetworkClient::redirectsAreAnswers()
{
    QFETCH(int, status);
    ScriptedServer other;
    ScriptedServer server;
    server.then(Script::redirect(status, other.url().toEncoded()));
    const auto answer = send(post(server.url()));
    QVERIFY(answer);
    QCOMPARE(answer->status, status);
    QCOMPARE(answer->header("Location"), other.url().toEncoded());
    QCOMPARE(server.count(), 1);
    QCOMPARE(other.connections(), 0);
}

void TestNetworkClient::aBodyGoesOutOnce_data()
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

void TestNetworkClient::aBodyGoesOutOnce()
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

void TestNetworkClient::aBodyGoesOutOnceOnAUsedConnection_data()
{
    QTest::addColumn<bool>("reset");
    QTest::addRow("closed") << false;
    QTest::addRow("reset") << true;
}

void TestNetworkClient::aBodyGoesOutOnceOnAUsedConnection()
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

void TestNetworkClient::anEmptyPostGoesOutOnce()
{
    ScriptedServer server;
    server.then(Script::closing(), 5);
    const auto answer = send(post(server.url(), {}));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(server.count(), 1);
    QCOMPARE(server.requests().constFirst().header("Content-Length"), "0");
}

void TestNetworkClient::aRepeatableBodyArrives()
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

void TestNetworkClient::aCutAnswerIsAmbiguous_data()
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

void TestNetworkClient::aCutAnswerIsAmbiguous()
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

void TestNetworkClient::aCutAnswerWithoutLengthIsHandedOver()
{
    // Nothing on the wire tells that this is not all; only the reader of the JSON can.
    ScriptedServer server;
    server.then(Script::after(Script::When::Request).send("HTTP/1.1 200 OK\r\n\r\n{\"access").close());
    const auto answer = send(post(server.url()));
    QVERIFY2(answer, answer ? "" : qPrintable(answer.error().code + answer.error().detail));
    QCOMPARE(answer->body, "{\"access");
}

void TestNetworkClient::anAnswerThatEndsWithTheConnectionIsWhole_data()
{
    QTest::addColumn<bool>("announced");
    QTest::addColumn<bool>("token");
    QTest::addRow("with a length") << true << false;
    QTest::addRow("without a length") << false << false;
    QTest::addRow("with a length, token") << true << true;
    QTest::addRow("without a length, token") << false << true;
}

void TestNetworkClient::anAnswerThatEndsWithTheConnectionIsWhole()
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

void TestNetworkClient::aHangIsAmbiguous()
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

void TestNetworkClient::aDripDoesNotMoveTheDeadline()
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

void TestNetworkClient::aConnectionThatNeverComesIsNet()
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

void TestNetworkClient::aTimeOutForgetsConnections()
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

void TestNetworkClient::aTimeOutLeavesOthersAlone()
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

void TestNetworkClient::refusedAndUnknownHostsAreNet()
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

void TestNetworkClient::stopBeforeSendingSendsNothing()
{
    ScriptedServer server;
    std::stop_source source;
    source.request_stop();
    const auto answer = send(post(server.url()), source.get_token());
    QVERIFY(!answer);
    QVERIFY(answer.error().kind == ErrorClass::Cancel);
    QCOMPARE(server.connections(), 0);
}

void TestNetworkClient::stopWhileWaiting()
{
    ScriptedServer server;
    server.then(Script::hanging());
    std::stop_source source;
    connect(&server, &ScriptedServer::requested, this, [&source] { source.request_stop(); });
    const auto answer = send(post(server.url()), source.get_token());
    QVERIFY(!answer);
    QVERIFY(answer.error().kind == ErrorClass::Cancel);
    QVERIFY(answer.error().origin == Origin::Token);
    QCOMPARE(server.count(), 1);
}

void TestNetworkClient::anAnnouncedGiantIsNotRead()
{
    ScriptedServer server;
    server.then(Script::after(Script::When::Request).send("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n{"));
    const auto answer = send(get(server.url()));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-infra"));
    QCOMPARE(answer.error().code, QStringLiteral("answer-too-large"));
    QCOMPARE(answer.error().status, 200);
}

void TestNetworkClient::aGiantWithoutLengthIsCut()
{
    ScriptedServer server;
    server.then(Script::after(Script::When::Request)
            .send("HTTP/1.1 200 OK\r\n\r\n" + QByteArray(2 * 1024 * 1024, 'x'))
            .close());
    const auto answer = send(get(server.url()));
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, QStringLiteral("answer-too-large"));

    server.then(Script::answer(200, "text/plain", QByteArray(1000, 'x')));
    HttpRequest exact = get(server.url());
    exact.answerLimit = 1000;
    const auto fits = send(exact);
    QVERIFY(fits);
    QCOMPARE(fits->body.size(), 1000);
}

void TestNetworkClient::continueIsSkipped()
{
    ScriptedServer server;
    server.then(Script::after(Script::When::Headers)
            .send("HTTP/1.1 100 Continue\r\n\r\n")
            .pause(20)
            .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const auto answer = send(post(server.url()));
    QVERIFY2(answer, answer ? "" : qPrintable(answer.error().detail));
    QCOMPARE(answer->status, 200);
    QCOMPARE(answer->body, "ok");
    QCOMPARE(server.count(), 1);
}

void TestNetworkClient::anotherInterimAnswerIsAmbiguous()
{
    ScriptedServer server;
    server.then(Script::after(Script::When::Request)
            .send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const auto answer = send(post(server.url()));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(server.count(), 1);
}

void TestNetworkClient::notHttp()
{
    ScriptedServer server;
    server.then(Script::after(Script::When::Request).send("SSH-2.0-OpenSSH_9.2\r\n").close(), 3);
    const auto answer = send(post(server.url()));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("t-ambig"));
    QCOMPARE(server.count(), 1);
}

void TestNetworkClient::twoRequestsShareAConnection()
{
    ScriptedServer server;
    server.then(Script::json(200, {}), 2);
    QVERIFY(send(get(server.url())));
    QVERIFY(send(get(server.url())));
    QCOMPARE(server.count(), 2);
    QCOMPARE(server.connections(), 1);
    server.then(Script::json(200, {}));
    m_client->forgetConnections();
    QVERIFY(send(get(server.url())));
    QCOMPARE(server.connections(), 2);
}

void TestNetworkClient::tokenRequestsShareNone()
{
    ScriptedServer server;
    server.then(Script::json(200, {}), 2);
    QVERIFY(send(post(server.url())));
    QCOMPARE(server.requests().constFirst().header("Connection").toLower(), "close");
    QVERIFY(send(post(server.url())));
    QCOMPARE(server.connections(), 2);
}

void TestNetworkClient::untrustedCertificate()
{
    const auto server = ScriptedServer::withUntrustedCertificate();
    const auto answer = send(post(server->url()));
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().kind), QStringLiteral("netsec"));
    QCOMPARE(answer.error().code, QStringLiteral("tls"));
    QVERIFY(!answer.error().detail.isEmpty());
    QCOMPARE(server->count(), 0);
}

void TestNetworkClient::insecureUrls_data()
{
    QTest::addColumn<QString>("url");
    for (const char *url : {"http://example.com/token", "http://localhost/token", "http://127.0.0.1.example.com/",
             "ftp://127.0.0.1/", "file:///etc/passwd", "https://user:pass@example.com/", "https:///token", "",
             "http://10.0.0.1/", "http://[::2]/", "data:,x"})
        QTest::addRow("%s", url) << QString::fromLatin1(url);
}

void TestNetworkClient::insecureUrls()
{
    QFETCH(QString, url);
    const auto answer = send(post(QUrl(url)));
    QVERIFY(!answer);
    QVERIFY(answer.error().kind == ErrorClass::Config);
    QCOMPARE(answer.error().code, QStringLiteral("insecure-url"));
    QVERIFY(!answer.error().message.contains(QStringLiteral("pass@")));
}

void TestNetworkClient::noCookiesAndNoCache()
{
    ScriptedServer server;
    server.then(
        Script::answer(200, "text/plain", "1", {"Set-Cookie: a=b", "Cache-Control: max-age=3600", "ETag: \"x\""}), 2);
    QVERIFY(send(get(server.url())));
    QVERIFY(send(get(server.url())));
    QCOMPARE(server.count(), 2);
    QVERIFY(server.requests().constLast().header("Cookie").isEmpty());
    QVERIFY(server.requests().constLast().header("If-None-Match").isEmpty());
}

void TestNetworkClient::uploadIsReported()
{
    ScriptedServer server;
    server.then(Script::json(200, {}));
    HttpRequest request = post(server.url(), QByteArray(300'000, 'x'));
    qint64 last = 0;
    qint64 whole = 0;
    request.onUploaded = [&](qint64 sent, qint64 total) {
        last = sent;
        whole = total;
    };
    QVERIFY(send(request));
    QCOMPARE(whole, 300'000);
    QCOMPARE(last, 300'000);
    QCOMPARE(server.requests().constFirst().body, request.body);
}

void TestNetworkClient::largeBodiesArriveWhole()
{
    ScriptedServer server;
    QByteArray body;
    for (int i = 0; i < 1'000'000; ++i)
        body.append(static_cast<char>(i * 31 % 251));
    for (const bool once : {true, false}) {
        server.then(Script::answer(200, "application/octet-stream", body));
        HttpRequest request = post(server.url(), body);
        request.once = once;
        const auto answer = send(request);
        QVERIFY(answer);
        QVERIFY(server.requests().constLast().body == body);
        QVERIFY(answer->body == body);
    }
}

void TestNetworkClient::manyAtOnce()
{
    ScriptedServer server;
    server.setHandler([](const ScriptedRequest &request) { return Script::answer(200, "text/plain", request.target); });
    int right = 0;
    for (int i = 0; i < 40; ++i) {
        const QByteArray path = "/" + QByteArray::number(i);
        QCoro::connect(m_client->send(get(server.url(QString::fromLatin1(path)))), this,
            [&right, path](Result<HttpResponse> &&answer) { right += answer && answer->body == path; });
    }
    QTRY_COMPARE(right, 40);
}

QTEST_GUILESS_MAIN(TestNetworkClient)
#include "test_networkclient.moc"
