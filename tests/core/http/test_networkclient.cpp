// NetworkClient: what goes out, what comes back, and what is never followed, kept or asked.
#include "tests/core/http/networkbench.h"

using namespace Postroom;

class TestNetworkClient : public NetworkBench
{
    Q_OBJECT
private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

    void answersWithEverythingThatCame();
    void everyStatusIsAnAnswer_data();
    void everyStatusIsAnAnswer();
    void aBasicChallengeAsksNobody();
    void redirectsAreAnswers_data();
    void redirectsAreAnswers();
    void stopBeforeSendingSendsNothing();
    void stopWhileWaiting();
    void anAnnouncedGiantIsNotRead();
    void aGiantWithoutLengthIsCut();
    void continueIsSkipped();
    void twoRequestsShareAConnection();
    void tokenRequestsShareNone();
    void insecureUrls_data();
    void insecureUrls();
    void noCookiesAndNoCache();
    void uploadIsReported();
    void largeBodiesArriveWhole();
    void manyAtOnce();
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

    ScriptedServer other;
    other.then(Script::answer(200, "text/plain", QByteArray(1000, 'x')));
    HttpRequest exact = get(other.url());
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
