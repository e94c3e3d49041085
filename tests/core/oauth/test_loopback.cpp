// The listener as other programs and pages on this computer see it.
#include "core/oauth/loopback.h"

#include <QNetworkInterface>
#include <QSignalSpy>
#include <QTcpSocket>
#include <QTest>

using namespace Postroom;

class TestLoopback : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_listener.reset(); }

    void theCallbackIsTakenOnce();
    void theDonePageClosesTheListener();
    void nobodyFetchesTheDonePage();
    void wrongRequestsAreIgnored_data();
    void wrongRequestsAreIgnored();
    void wrongStateDoesNotEndTheFlow(); // F02
    void anErrorNeedsTheStateToo();
    void theDonePageIsNotThereBefore();
    void noSecretInAnyAnswer();
    void pathsAreHardToGuess();
    void plainPath();
    void onlyLoopbackHears(); // F14
    void slowAndSilentClientsAreLeft();
    void manySilentClientsDoNotKeepTheBrowserOut();
    void tooMuchIsRefused();
    void bytesOneByOne();
    void deletingItIsSafe();

private:
    // What came back until the connection was closed.
    QByteArray talk(const QByteArray &request)
    {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress(QHostAddress::LocalHost), static_cast<quint16>(m_url.port()));
        QByteArray answer;
        bool gone = false;
        connect(&socket, &QTcpSocket::readyRead, this, [&] { answer += socket.readAll(); });
        connect(&socket, &QTcpSocket::disconnected, this, [&] { gone = true; });
        connect(&socket, &QTcpSocket::errorOccurred, this, [&] { gone = true; });
        socket.write(request);
        if (!QTest::qWaitFor([&] { return gone; }, 10'000))
            return "still open";
        return answer + socket.readAll();
    }
    QByteArray get(const QByteArray &target, const QByteArray &more = {})
    {
        return talk("GET " + target + " HTTP/1.1\r\nHost: " + host() + "\r\n" + more + "\r\n");
    }
    QByteArray host() const { return "127.0.0.1:" + QByteArray::number(m_url.port()); }
    QByteArray path() const { return m_url.path().toLatin1(); }
    QByteArray good() const { return path() + "?code=c%2B1&state=" + m_state; }
    static QByteArray status(const QByteArray &answer) { return answer.mid(9, 3); }
    static QByteArray location(const QByteArray &answer)
    {
        const qsizetype from = answer.indexOf("Location: ") + 10;
        return QUrl(QString::fromLatin1(answer.mid(from, answer.indexOf("\r\n", from) - from))).path().toLatin1();
    }

    const QByteArray m_state = "state-of-this-test";
    std::unique_ptr<LoopbackListener> m_listener;
    QUrl m_url;
};

void TestLoopback::init()
{
    m_listener = std::make_unique<LoopbackListener>(m_state, LoopbackListener::PathStyle::Random);
    const auto url = m_listener->listen();
    QVERIFY(url);
    m_url = *url;
}

void TestLoopback::theCallbackIsTakenOnce()
{
    QSignalSpy received(m_listener.get(), &LoopbackListener::received);
    const QByteArray answer = get(good());
    QCOMPARE(status(answer), "302");
    QCOMPARE(received.count(), 1);
    const QUrlQuery query = received[0][0].value<QUrlQuery>();
    QCOMPARE(onlyValue(query, QLatin1String("code")), std::optional(QStringLiteral("c+1")));
    QCOMPARE(status(get(good())), "410");
    QCOMPARE(status(get(path() + "?code=other&state=" + m_state)), "410");
    QCOMPARE(received.count(), 1);
}

void TestLoopback::theDonePageClosesTheListener()
{
    QSignalSpy closed(m_listener.get(), &LoopbackListener::closed);
    const QByteArray answer = get(good());
    const QByteArray target = location(answer);
    QVERIFY(target.endsWith("/done"));
    QVERIFY(!answer.mid(answer.indexOf("Location: ")).left(200).contains('?'));
    const QByteArray page = get(target);
    QCOMPARE(status(page), "200");
    QVERIFY(page.contains("close this page"));
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(!m_listener->isOpen());
    QCOMPARE(get(target), QByteArray());
}

void TestLoopback::nobodyFetchesTheDonePage()
{
    QSignalSpy closed(m_listener.get(), &LoopbackListener::closed);
    QCOMPARE(status(get(good())), "302");
    QVERIFY(m_listener->isOpen());
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(!m_listener->isOpen());
}

void TestLoopback::wrongRequestsAreIgnored_data()
{
    QTest::addColumn<QByteArray>("request"); // HOST, PATH and STATE are filled in
    QTest::addColumn<QByteArray>("answered");
    const auto row = [](const char *name, const char *request, const char *answered) {
        QTest::addRow("%s", name) << QByteArray(request) << QByteArray(answered);
    };
    row("no state", "GET PATH?code=1 HTTP/1.1\r\nHost: HOST\r\n\r\n", "400");
    row("empty state", "GET PATH?code=1&state= HTTP/1.1\r\nHost: HOST\r\n\r\n", "400");
    row("other state", "GET PATH?code=1&state=x HTTP/1.1\r\nHost: HOST\r\n\r\n", "400");
    row("state with something behind it", "GET PATH?code=1&state=STATEx HTTP/1.1\r\nHost: HOST\r\n\r\n", "400");
    row("state cut", "GET PATH?code=1&state=state HTTP/1.1\r\nHost: HOST\r\n\r\n", "400");
    row("state twice", "GET PATH?code=1&state=STATE&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n", "400");
    row("state in a fragment", "GET PATH?code=1#state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n", "400");
    row("POST", "POST PATH?code=1&state=STATE HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n", "405");
    row("HEAD", "HEAD PATH?code=1&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n", "405");
    row("OPTIONS", "OPTIONS PATH?code=1&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n", "405");
    row("name for the host", "GET PATH?code=1&state=STATE HTTP/1.1\r\nHost: localhost\r\n\r\n", "403");
    row("rebound name", "GET PATH?code=1&state=STATE HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403");
    row("other port", "GET PATH?code=1&state=STATE HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", "403");
    row("no host", "GET PATH?code=1&state=STATE HTTP/1.1\r\nAccept: */*\r\n\r\n", "400");
    row("two hosts", "GET PATH?code=1&state=STATE HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n", "400");
    row("other path", "GET /callback?code=1&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n", "404");
    row("path with something behind it", "GET PATH/x?code=1&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n", "404");
    row("icon", "GET /favicon.ico HTTP/1.1\r\nHost: HOST\r\n\r\n", "404");
    row("no HTTP", "HELO there\r\n\r\n", "400");
    row("TLS", "\x16\x03\x01\x02\x01", "400");
}

void TestLoopback::wrongRequestsAreIgnored()
{
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, answered);
    QSignalSpy received(m_listener.get(), &LoopbackListener::received);
    request.replace("HOST", host()).replace("PATH", path()).replace("STATE", m_state);
    const QByteArray answer = talk(request);
    QCOMPARE(status(answer), answered);
    QVERIFY(answer.contains("Content-Security-Policy: default-src 'none'"));
    QCOMPARE(received.count(), 0);
    // It still waits.
    QCOMPARE(status(get(good())), "302");
    QCOMPARE(received.count(), 1);
}

void TestLoopback::wrongStateDoesNotEndTheFlow()
{
    QSignalSpy received(m_listener.get(), &LoopbackListener::received);
    for (int i = 0; i < 30; ++i)
        QCOMPARE(status(get(path() + "?code=1&state=guess" + QByteArray::number(i))), "400");
    QCOMPARE(received.count(), 0);
    QCOMPARE(status(get(good())), "302");
    QCOMPARE(received.count(), 1);
}

void TestLoopback::anErrorNeedsTheStateToo()
{
    QSignalSpy received(m_listener.get(), &LoopbackListener::received);
    QCOMPARE(status(get(path() + "?error=access_denied")), "400");
    QCOMPARE(status(get(path() + "?error=access_denied&state=x")), "400");
    QCOMPARE(received.count(), 0);
    QCOMPARE(status(get(path() + "?error=access_denied&state=" + m_state)), "302");
    QCOMPARE(received.count(), 1);
}

void TestLoopback::theDonePageIsNotThereBefore()
{
    // Its name is known to nobody, but a second listener's would not help either.
    QCOMPARE(status(get("/done")), "404");
    QVERIFY(m_listener->isOpen());
}

void TestLoopback::noSecretInAnyAnswer()
{
    const QByteArray first = get(path() + "?access_token=SECRETVALUE&code=SECRETVALUE&state=" + m_state);
    QVERIFY(!first.contains("SECRETVALUE"));
    QVERIFY(!first.contains(m_state));
    for (const char *header : {"Cache-Control: no-store", "Referrer-Policy: no-referrer",
             "X-Content-Type-Options: nosniff", "Connection: close", "frame-ancestors 'none'"})
        QVERIFY2(first.contains(header), header);
    const QByteArray page = get(location(first));
    QVERIFY(page.contains("Cache-Control: no-store"));
    QVERIFY(page.contains("Referrer-Policy: no-referrer"));
    QVERIFY(!page.contains("SECRETVALUE"));
    QVERIFY(!page.contains("<script"));
}

void TestLoopback::pathsAreHardToGuess()
{
    LoopbackListener other(m_state, LoopbackListener::PathStyle::Random);
    const auto url = other.listen();
    QVERIFY(url);
    QVERIFY(url->path() != m_url.path());
    QCOMPARE(url->host(), QStringLiteral("127.0.0.1"));
    QVERIFY(url->port() != m_url.port());
    static const QRegularExpression shape(QStringLiteral("^/[0-9a-f]{16}/callback$"));
    QVERIFY(shape.match(url->path()).hasMatch());
}

void TestLoopback::plainPath()
{
    LoopbackListener plain(m_state, LoopbackListener::PathStyle::Plain);
    const auto url = plain.listen();
    QVERIFY(url);
    QCOMPARE(url->path(), QStringLiteral("/callback"));
}

void TestLoopback::onlyLoopbackHears()
{
    const auto addresses = QNetworkInterface::allAddresses();
    for (const QHostAddress &address : addresses) {
        if (address.isLoopback() || address.protocol() != QAbstractSocket::IPv4Protocol)
            continue;
        QTcpSocket socket;
        socket.connectToHost(address, static_cast<quint16>(m_url.port()));
        QVERIFY2(!socket.waitForConnected(2000), qPrintable(address.toString()));
    }
}

void TestLoopback::slowAndSilentClientsAreLeft()
{
    QTcpSocket silent;
    silent.connectToHost(QHostAddress(QHostAddress::LocalHost), static_cast<quint16>(m_url.port()));
    QTcpSocket slow;
    slow.connectToHost(QHostAddress(QHostAddress::LocalHost), static_cast<quint16>(m_url.port()));
    QTimer drip;
    connect(&drip, &QTimer::timeout, this, [&slow] {
        if (slow.state() == QAbstractSocket::ConnectedState)
            slow.write("G");
    });
    drip.start(200);
    QTRY_COMPARE(silent.state(), QAbstractSocket::ConnectedState);
    QTRY_COMPARE_WITH_TIMEOUT(silent.state(), QAbstractSocket::UnconnectedState, 9000);
    QTRY_COMPARE_WITH_TIMEOUT(slow.state(), QAbstractSocket::UnconnectedState, 9000);
    QCOMPARE(status(get(good())), "302");
}

void TestLoopback::manySilentClientsDoNotKeepTheBrowserOut()
{
    std::vector<std::unique_ptr<QTcpSocket>> crowd;
    for (int i = 0; i < 100; ++i) {
        crowd.push_back(std::make_unique<QTcpSocket>());
        crowd.back()->connectToHost(QHostAddress(QHostAddress::LocalHost), static_cast<quint16>(m_url.port()));
    }
    QTRY_VERIFY(std::all_of(
        crowd.begin(), crowd.end(), [](const auto &one) { return one->state() != QAbstractSocket::ConnectingState; }));
    QCOMPARE(status(get(good())), "302");
}

void TestLoopback::tooMuchIsRefused()
{
    const QByteArray answer = talk("GET " + path() + "?state=" + m_state + "&x=" + QByteArray(100'000, 'x')
        + " HTTP/1.1\r\nHost: " + host() + "\r\n\r\n");
    // The connection may be reset while we still write; then nothing comes at all.
    QVERIFY(answer.isEmpty() || status(answer) == "400");
    QCOMPARE(status(get(good())), "302");
}

void TestLoopback::bytesOneByOne()
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), static_cast<quint16>(m_url.port()));
    QTRY_COMPARE(socket.state(), QAbstractSocket::ConnectedState);
    const QByteArray request = "GET " + good() + " HTTP/1.1\r\nHost: " + host() + "\r\n\r\n";
    for (const char c : request) {
        socket.write(&c, 1);
        socket.flush();
        QCoreApplication::processEvents();
    }
    QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(status(socket.readAll()), "302");
}

void TestLoopback::deletingItIsSafe()
{
    QTcpSocket open;
    open.connectToHost(QHostAddress(QHostAddress::LocalHost), static_cast<quint16>(m_url.port()));
    QTRY_COMPARE(open.state(), QAbstractSocket::ConnectedState);
    open.write("GET /");
    QCOMPARE(status(get("/x")), "404");
    m_listener.reset();
    QTRY_COMPARE(open.state(), QAbstractSocket::UnconnectedState);
}

QTEST_GUILESS_MAIN(TestLoopback)
#include "test_loopback.moc"
