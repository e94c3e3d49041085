// The request parser of the loopback listener, on what browsers send and on what nobody should.
#include "core/oauth/loopback.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;

Q_DECLARE_METATYPE(Postroom::CallbackReading)

class TestCallbackRequest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readings_data();
    void readings();
    void parts();
    void everyCutIsIncompleteOrMalformed();
    void onlyOnce_data();
    void onlyOnce();
    void randomBytesDoNoHarm();
};

void TestCallbackRequest::readings_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<CallbackReading>("expected");
    const auto row = [](const char *name, const QByteArray &bytes, CallbackReading expected) {
        QTest::addRow("%s", name) << bytes << expected;
    };
    const auto whole = CallbackReading::Complete;
    const auto wrong = CallbackReading::Malformed;
    const auto more = CallbackReading::Incomplete;
    row("browser", "GET /cb?code=1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAccept: */*\r\n\r\n", whole);
    row("HTTP/1.0", "GET / HTTP/1.0\r\nhost:127.0.0.1:1\r\n\r\n", whole);
    row("with a body behind it", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", whole);
    row("nothing", "", more);
    row("half a line", "GET /c", more);
    row("no empty line", "GET / HTTP/1.1\r\nHost: a\r\n", more);
    row("TLS hello", QByteArray("\x16\x03\x01\x02\x00", 5), wrong);
    row("small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", wrong);
    row("no version", "GET /\r\nHost: a\r\n\r\n", wrong);
    row("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", wrong);
    row("absolute target", "GET http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n\r\n", wrong);
    row("space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", wrong);
    row("byte beyond ASCII in the target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", wrong);
    row("no host", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", wrong);
    row("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", wrong);
    row("folded header", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", wrong);
    row("space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", wrong);
    row("header without a colon", "GET / HTTP/1.1\r\nHost: a\r\nxyz\r\n\r\n", wrong);
    row("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", wrong);
    row("NUL in a header", QByteArray("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29), wrong);
    row("NUL before the end", QByteArray("GET /\0", 6), wrong);
    row("huge target", "GET /" + QByteArray(20'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", wrong);
    row("huge and unfinished", "GET /" + QByteArray(20'000, 'a'), wrong);
    row("many headers", "GET / HTTP/1.1\r\nHost: a\r\n" + QByteArray("X: y\r\n").repeated(1000) + "\r\n", whole);
    row("too many headers", "GET / HTTP/1.1\r\nHost: a\r\n" + QByteArray("X: y\r\n").repeated(4000) + "\r\n", wrong);
}

void TestCallbackRequest::readings()
{
    QFETCH(QByteArray, bytes);
    QFETCH(CallbackReading, expected);
    CallbackRequest request;
    QVERIFY(readCallbackRequest(bytes, &request) == expected);
}

void TestCallbackRequest::parts()
{
    CallbackRequest request;
    const QByteArray bytes
        = "GET /abc/callback?code=a%2Bb&state=s?t HTTP/1.1\r\nX: y\r\nHOST:  127.0.0.1:4711 \r\n\r\n";
    QVERIFY(readCallbackRequest(bytes, &request) == CallbackReading::Complete);
    QCOMPARE(request.method, "GET");
    QCOMPARE(request.path, "/abc/callback");
    QCOMPARE(request.query, "code=a%2Bb&state=s?t");
    QCOMPARE(request.host, "127.0.0.1:4711");
}

void TestCallbackRequest::everyCutIsIncompleteOrMalformed()
{
    const QByteArray bytes = "GET /abc/callback?code=1 HTTP/1.1\r\nHost: 127.0.0.1:4711\r\n\r\n";
    for (qsizetype size = 0; size < bytes.size(); ++size) {
        CallbackRequest request;
        QVERIFY(readCallbackRequest(bytes.left(size), &request) == CallbackReading::Incomplete);
    }
}

void TestCallbackRequest::onlyOnce_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("value"); // "-": nothing
    const auto row = [](const char *query, const char *value) {
        QTest::addRow("%s", query) << QString::fromLatin1(query) << QString::fromUtf8(value);
    };
    row("state=abc", "abc");
    row("x=1&state=a%26b%3D", "a&b=");
    row("state=a+b", "a+b");
    row("state=", "");
    row("state", "");
    row("state=a&state=b", "-");
    row("state=a&state=a", "-");
    row("State=a", "-");
    row("xstate=a", "-");
    row("", "-");
    row("&&&=&state=%C3%A4", "ä");
}

void TestCallbackRequest::onlyOnce()
{
    QFETCH(QString, query);
    QFETCH(QString, value);
    const auto read = onlyValue(QUrlQuery(query), QLatin1String("state"));
    QCOMPARE(read.value_or(QStringLiteral("-")), value);
}

void TestCallbackRequest::randomBytesDoNoHarm()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("seed %u", seed);
    QRandomGenerator random(seed);
    const QByteArray good = "GET /abc/callback?code=1&state=2 HTTP/1.1\r\nHost: 127.0.0.1:4711\r\nX: y\r\n\r\n";
    for (int round = 0; round < 20'000; ++round) {
        QByteArray bytes;
        if (round % 2 == 0) {
            const int length = static_cast<int>(random.bounded(80));
            for (int i = 0; i < length; ++i)
                bytes.append(static_cast<char>(random.bounded(256)));
            if (random.bounded(2) == 0)
                bytes.append("\r\n\r\n");
        } else {
            bytes = good;
            for (int i = 0; i < 3; ++i)
                bytes[static_cast<qsizetype>(random.bounded(static_cast<int>(bytes.size())))]
                    = static_cast<char>(random.bounded(256));
        }
        CallbackRequest request;
        if (readCallbackRequest(bytes, &request) == CallbackReading::Complete) {
            QVERIFY(request.path.startsWith('/'));
            QVERIFY(!request.path.contains('\r') && !request.path.contains('\n') && !request.query.contains('\n'));
            QVERIFY(!request.host.contains('\n'));
        }
    }
}

QTEST_GUILESS_MAIN(TestCallbackRequest)
#include "test_callbackrequest.moc"
