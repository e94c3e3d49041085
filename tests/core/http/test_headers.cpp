// Header values, good ones and those that servers really send.
#include "core/http/headers.h"
#include "core/http/httpclient.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;

class TestHeaders : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void dates_data();
    void dates();
    void retryAfter_data();
    void retryAfter();
    void challenges_data();
    void challenges();
    void challengeParameters();
    void randomChallengesDoNoHarm();
    void trustworthyUrls_data();
    void trustworthyUrls();
    void localeDoesNotMatter();

private:
    const QDateTime m_now{QDate(2026, 10, 21), QTime(7, 28), Qt::UTC};
};

void TestHeaders::dates_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QDateTime>("expected");
    const QDateTime classic(QDate(1994, 11, 6), QTime(8, 49, 37), Qt::UTC);
    QTest::addRow("fixdate") << QByteArray("Sun, 06 Nov 1994 08:49:37 GMT") << classic;
    QTest::addRow("rfc 850") << QByteArray("Sunday, 06-Nov-94 08:49:37 GMT") << classic;
    QTest::addRow("asctime") << QByteArray("Sun Nov  6 08:49:37 1994") << classic;
    QTest::addRow("asctime, two digits") << QByteArray("Wed Oct 21 07:28:00 2026")
                                         << QDateTime(QDate(2026, 10, 21), QTime(7, 28), Qt::UTC);
    QTest::addRow("this century") << QByteArray("Wed, 21 Oct 2026 07:28:00 GMT")
                                  << QDateTime(QDate(2026, 10, 21), QTime(7, 28), Qt::UTC);
    QTest::addRow("leap second") << QByteArray("Sat, 31 Dec 2016 23:59:60 GMT")
                                 << QDateTime(QDate(2016, 12, 31), QTime(23, 59, 59), Qt::UTC);
    QTest::addRow("white space around") << QByteArray("  Sun, 06 Nov 1994 08:49:37 GMT ") << classic;
    for (const char *bad : {"", "0", "soon", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 36 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 1994 28:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +0100", "1994-11-06T08:49:37Z",
             "Sun, 06 Nov 1994"})
        QTest::addRow("unreadable: %s", bad) << QByteArray(bad) << QDateTime();
}

void TestHeaders::dates()
{
    QFETCH(QByteArray, text);
    QFETCH(QDateTime, expected);
    const auto read = parseHttpDate(text);
    QCOMPARE(read.has_value(), expected.isValid());
    if (read) {
        QCOMPARE(*read, expected);
        QCOMPARE(read->timeSpec(), Qt::UTC);
    }
}

void TestHeaders::retryAfter_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("skew"); // how far the server's clock is off; -1: it sent no date
    QTest::addColumn<qint64>("seconds"); // 0: nothing
    QTest::addRow("seconds") << QByteArray("120") << 0 << qint64(120);
    QTest::addRow("seconds, padded") << QByteArray(" 120 ") << -1 << qint64(120);
    QTest::addRow("zero") << QByteArray("0") << 0 << qint64(0);
    QTest::addRow("negative") << QByteArray("-5") << 0 << qint64(0);
    QTest::addRow("words") << QByteArray("soon") << 0 << qint64(0);
    QTest::addRow("fraction") << QByteArray("1.5") << 0 << qint64(0);
    QTest::addRow("empty") << QByteArray() << 0 << qint64(0);
    QTest::addRow("days") << QByteArray("999999") << 0 << qint64(999999);
    QTest::addRow("beyond all numbers") << QByteArray("99999999999999999999999") << 0 << qint64(315360000);
    QTest::addRow("date") << QByteArray("Wed, 21 Oct 2026 07:30:00 GMT") << -1 << qint64(120);
    QTest::addRow("date of a server that is an hour ahead")
        << QByteArray("Wed, 21 Oct 2026 08:30:00 GMT") << 3600 << qint64(120);
    QTest::addRow("date that is over") << QByteArray("Wed, 21 Oct 2026 07:28:00 GMT") << 0 << qint64(0);
}

void TestHeaders::retryAfter()
{
    QFETCH(QByteArray, text);
    QFETCH(int, skew);
    QFETCH(qint64, seconds);
    const std::optional<QDateTime> server = skew < 0 ? std::nullopt : std::optional(m_now.addSecs(skew));
    const auto pause = parseRetryAfter(text, server, m_now);
    QCOMPARE(pause ? pause->count() : 0, seconds);
}

void TestHeaders::challenges_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("expected"); // scheme|token68|name=value;… per challenge, by spaces
    const auto row = [](const char *name, const char *text, const char *expected) {
        QTest::addRow("%s", name) << QByteArray(text) << QString::fromUtf8(expected);
    };
    row("bare", "Bearer", "bearer||");
    row("error", "Bearer error=\"invalid_token\"", "bearer||error=invalid_token");
    row("token value", "bearer ERROR=insufficient_scope, scope=\"a\"", "bearer||error=insufficient_scope;scope=a");
    row("two joined", "Basic realm=\"gw\", Bearer error=\"invalid_token\"",
        "basic||realm=gw bearer||error=invalid_token");
    row("comma in quotes", "Digest realm=\"a, Bearer error=x\", Bearer", "digest||realm=a,_Bearer_error=x bearer||");
    row("escapes", "Bearer realm=\"a\\\"b\\\\c\"", "bearer||realm=a\"b\\c");
    row("token68", "Negotiate YII=, Bearer x=y", "negotiate|YII=| bearer||x=y");
    row("token68 with slashes", "Basic dXNlcg==", "basic|dXNlcg==|");
    row("space around equals", "Bearer error = \"invalid_token\" , scope= \"a\"",
        "bearer||error=invalid_token;scope=a");
    row("empty elements", ", , Bearer error=\"x\",, ,scope=\"y\",", "bearer||error=x;scope=y");
    row("three schemes", "Newauth realm=\"apps\", type=1, title=\"Login\", Basic realm=\"simple\", Bearer",
        "newauth||realm=apps;title=Login;type=1 basic||realm=simple bearer||");
    row("quote without an end", "Bearer error=\"invalid_token", "bearer||error=invalid_token");
    row("twice the same name", "Bearer error=\"a\", error=\"b\"", "bearer||error=a");
    row("garbage between", "Bearer a=\"1\", \xff\xfe, {}, b=\"2\"", "bearer||a=1;b=2");
    row("parameter without a scheme", "error=\"invalid_token\"", "");
    row("nothing", "", "");
}

void TestHeaders::challenges()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, expected);
    QStringList shown;
    for (const AuthChallenge &challenge : parseChallenges(text)) {
        QStringList parameters;
        for (auto it = challenge.parameters.cbegin(); it != challenge.parameters.cend(); ++it)
            parameters.append(it.key() + QLatin1Char('=') + it.value());
        parameters.sort();
        shown.append(QStringList({challenge.scheme, challenge.token68,
                                     parameters.join(QLatin1Char(';')).replace(QLatin1Char(' '), QLatin1Char('_'))})
                .join(QLatin1Char('|')));
    }
    QCOMPARE(shown.join(QLatin1Char(' ')), expected);
}

void TestHeaders::challengeParameters()
{
    const auto list
        = parseChallenges("Bearer resource_metadata=\"https://a.example/.well-known/oauth-protected-resource\", "
                          "error=\"insufficient_scope\", scope=\"fs:read fs:write\"");
    QCOMPARE(list.size(), 1);
    QCOMPARE(list[0].parameters.value(QStringLiteral("resource_metadata")),
        QStringLiteral("https://a.example/.well-known/oauth-protected-resource"));
    QCOMPARE(list[0].parameters.value(QStringLiteral("scope")), QStringLiteral("fs:read fs:write"));
}

void TestHeaders::randomChallengesDoNoHarm()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("seed %u", seed);
    QRandomGenerator random(seed);
    const QByteArray alphabet("aB=\", \\\t;/{}\xff\0Bearer", 20);
    for (int round = 0; round < 5000; ++round) {
        QByteArray text;
        const int length = static_cast<int>(random.bounded(60));
        for (int i = 0; i < length; ++i)
            text.append(alphabet.at(random.bounded(static_cast<int>(alphabet.size()))));
        for (const AuthChallenge &challenge : parseChallenges(text))
            QVERIFY(!challenge.scheme.isEmpty());
        // A well-formed challenge in front is read whatever comes behind it.
        const auto read = parseChallenges("Bearer error=\"invalid_token\"," + text);
        QCOMPARE(read.value(0).parameters.value(QStringLiteral("error")), QStringLiteral("invalid_token"));
        parseHttpDate(text);
        parseRetryAfter(text, std::nullopt, m_now);
    }
}

void TestHeaders::trustworthyUrls_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<bool>("good");
    for (const char *url : {"https://a.example/x", "http://127.0.0.1:1/", "http://127.9.9.9/", "http://[::1]:80/"})
        QTest::addRow("%s", url) << QString::fromLatin1(url) << true;
    for (const char *url : {"http://a.example/", "http://localhost/", "http://127.0.0.1.a.example/",
             "http://128.0.0.1/", "ws://127.0.0.1/", "https://", "https://u@a.example/", "javascript:alert(1)", ""})
        QTest::addRow("%s", url) << QString::fromLatin1(url) << false;
}

void TestHeaders::trustworthyUrls()
{
    QFETCH(QString, url);
    QFETCH(bool, good);
    QCOMPARE(isTrustworthyUrl(QUrl(url)), good);
}

void TestHeaders::localeDoesNotMatter()
{
    const QLocale before;
    QLocale::setDefault(QLocale(QStringLiteral("de_DE")));
    const auto read = parseHttpDate("Thu, 01 Oct 2026 07:28:00 GMT");
    QLocale::setDefault(before);
    QVERIFY(read);
    QCOMPARE(read->date(), QDate(2026, 10, 1));
}

QTEST_GUILESS_MAIN(TestHeaders)
#include "test_headers.moc"
