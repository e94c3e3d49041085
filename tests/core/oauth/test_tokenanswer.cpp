// What is read from an answer of a token endpoint that has tokens.
#include "core/base/json.h"
#include "tests/core/oauth/answers.h"

#include <QTest>

using namespace Postroom;

namespace
{

QByteArray idToken(const QJsonObject &claims)
{
    const auto part = [](const QByteArray &json) {
        return json.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    };
    return part("{\"alg\":\"RS256\"}") + '.' + part(toCompact(claims)) + ".c2ln";
}

} // namespace

class TestTokenAnswer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tokens_data();
    void tokens();
    void lifetimes_data();
    void lifetimes();
    void relayTokens();
    void relayTimesFollowTheServersClock();
    void apiUrls_data();
    void apiUrls();
    void idTokens_data();
    void idTokens();
};

void TestTokenAnswer::tokens_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("refreshToken");
    QTest::addColumn<QString>("scopes"); // "-": unchanged
    const auto row = [](const char *name, const char *type, const QByteArray &body, const char *refreshToken,
                         const char *scopes = "-") {
        QTest::addRow("%s", name) << QByteArray(type) << body << QByteArray(refreshToken)
                                  << QString::fromLatin1(scopes);
    };
    row("full", "application/json",
        R"({"access_token":"a2","refresh_token":"r2","expires_in":3600,"token_type":"Bearer"})", "r2");
    row("without a refresh token", "application/json", R"({"access_token":"a2","expires_in":3600})", "");
    row("with an empty refresh token", "application/json", R"({"access_token":"a2","refresh_token":""})", "");
    row("with null for a refresh token", "application/json", R"({"access_token":"a2","refresh_token":null})", "");
    row("without a token type", "application/json", R"({"access_token":"a2","refresh_token":"r2"})", "r2");
    row("token type in small letters", "application/json", R"({"access_token":"a2","token_type":"bearer"})", "");
    row("called text/plain", "text/plain", R"({"access_token":"a2","refresh_token":"r2"})", "r2");
    row("called HTML", "text/html", R"({"access_token":"a2","refresh_token":"r2"})", "r2");
    row("called nothing", "", R"({"access_token":"a2"})", "");
    row("form", "application/x-www-form-urlencoded", "access_token=a2&refresh_token=r%2B2&expires_in=3600&scope=a+b",
        "r+2", "a b");
    row("byte order mark and white space", "application/json", "\xEF\xBB\xBF\r\n {\"access_token\":\"a2\"}\n\n", "");
    row("scopes", "application/json", R"({"access_token":"a2","scope":"fs:read  fs:write"})", "", "fs:read fs:write");
    row("scopes as a list", "application/json", R"({"access_token":"a2","scope":["fs:read","fs:write"]})", "",
        "fs:read fs:write");
    row("empty scopes", "application/json", R"({"access_token":"a2","scope":""})", "");
    row("an empty code next to tokens", "application/json", R"({"access_token":"a2","error":null})", "");
    row("the same key twice", "application/json", R"({"access_token":"a1","access_token":"a2"})", "");
}

void TestTokenAnswer::tokens()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, refreshToken);
    QFETCH(QString, scopes);
    const auto judged = judgeTokenAnswer(TokenDialect::OAuth, answer(200, type, body), plainProfile(), host, now);
    QVERIFY2(judged, judged ? "" : qPrintable(judged.error().detail));
    QCOMPARE(judged->accessToken.reveal(), "a2");
    QCOMPARE(judged->refreshToken.reveal(), refreshToken);
    QCOMPARE(judged->scopes ? judged->scopes->join(QLatin1Char(' ')) : QStringLiteral("-"), scopes);
    QCOMPARE(judged->obtainedAt, now);
}

void TestTokenAnswer::lifetimes_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<int>("skew"); // how far the server's Date is off; -1: none
    QTest::addColumn<qint64>("seconds");
    QTest::addColumn<bool>("assumed");
    QTest::addRow("number") << QByteArray("3600") << -1 << qint64(3600) << false;
    QTest::addRow("missing") << QByteArray() << -1 << qint64(3600) << true;
    QTest::addRow("null") << QByteArray("null") << -1 << qint64(3600) << true;
    QTest::addRow("text") << QByteArray("\"7200\"") << -1 << qint64(7200) << false;
    QTest::addRow("words") << QByteArray("\"one hour\"") << -1 << qint64(3600) << true;
    QTest::addRow("fraction") << QByteArray("3599.7") << -1 << qint64(3599) << false;
    QTest::addRow("zero") << QByteArray("0") << -1 << qint64(0) << false;
    QTest::addRow("negative") << QByteArray("-5") << -1 << qint64(0) << false;
    QTest::addRow("a moment") << QByteArray("1767225600") << -1 << qint64(3600) << false;
    QTest::addRow("a moment of a clock that is an hour late")
        << QByteArray("1767225600") << -3600 << qint64(7200) << false;
    QTest::addRow("a moment in milliseconds") << QByteArray("1767225600000") << -1 << qint64(3600) << false;
    QTest::addRow("a moment that is over") << QByteArray("1600000000") << -1 << qint64(3600) << true;
    QTest::addRow("twenty years") << QByteArray("630720000") << -1 << qint64(3600) << true;
    QTest::addRow("a year") << QByteArray("31536000") << -1 << qint64(31536000) << false;
    QTest::addRow("beyond all numbers") << QByteArray("1e300") << -1 << qint64(3600) << true;
    QTest::addRow("true") << QByteArray("true") << -1 << qint64(3600) << true;
    QTest::addRow("object") << QByteArray("{}") << -1 << qint64(3600) << true;
    QTest::addRow("not a number") << QByteArray("\"nan\"") << -1 << qint64(3600) << true;
}

void TestTokenAnswer::lifetimes()
{
    QFETCH(QByteArray, value);
    QFETCH(int, skew);
    QFETCH(qint64, seconds);
    QFETCH(bool, assumed);
    const QByteArray body = value.isEmpty() ? QByteArray(R"({"access_token":"a2"})")
                                            : "{\"access_token\":\"a2\",\"expires_in\":" + value + "}";
    HttpResponse response = answer(200, "application/json", body);
    if (skew != -1)
        response.date = now.addSecs(skew);
    const auto judged = judgeTokenAnswer(TokenDialect::OAuth, response, plainProfile(), host, now);
    QVERIFY(judged);
    QCOMPARE(now.secsTo(judged->expiresAt), seconds);
    QCOMPARE(judged->expiryAssumed, assumed);
}

void TestTokenAnswer::relayTokens()
{
    ProviderProfile profile = plainProfile();
    profile.kind = ProviderKind::RelayfileCloud;
    profile.issuer = QUrl(QStringLiteral("https://agentrelay.com/cloud"));
    const QByteArray cloud
        = R"({"accessToken":"ca","refreshToken":"cr","accessTokenExpiresAt":"2026-01-01T00:00:00.000Z",
        "refreshTokenExpiresAt":"2026-01-31T00:00:00Z","apiUrl":"https://agentrelay.com/cloud/"})";
    auto judged
        = judgeTokenAnswer(TokenDialect::RelayfileCloud, answer(200, "application/json", cloud), profile, host, now);
    QVERIFY(judged);
    QCOMPARE(judged->accessToken.reveal(), "ca");
    QCOMPARE(judged->refreshToken.reveal(), "cr");
    QCOMPARE(now.secsTo(judged->expiresAt), 3600);
    QVERIFY(!judged->expiryAssumed);
    QCOMPARE(judged->refreshExpiresAt, std::optional(QDateTime(QDate(2026, 1, 31), QTime(0, 0), Qt::UTC)));
    QCOMPARE(judged->apiUrl, QStringLiteral("https://agentrelay.com/cloud"));

    const QByteArray device
        = R"({"access_token":"ca","refresh_token":"cr","access_token_expires_at":"2026-01-01T00:00:00Z","api_url":"https://evil.example/"})";
    judged
        = judgeTokenAnswer(TokenDialect::RelayfileCloud, answer(200, "application/json", device), profile, host, now);
    QVERIFY(judged);
    QCOMPARE(now.secsTo(judged->expiresAt), 3600);
    QVERIFY(!judged->refreshExpiresAt);
    QVERIFY(judged->apiUrl.isEmpty());

    const QByteArray bundle = R"({"accessToken":"da","refreshToken":"dr","accessTokenExpiresAt":"2026-01-01T00:00:00Z",
        "refreshTokenExpiresAt":"2026-02-01T00:00:00Z","delegationNotAfter":"2026-01-15T00:00:00Z"})";
    judged = judgeTokenAnswer(TokenDialect::RelayAuth, answer(200, "application/json", bundle), profile, host, now);
    QVERIFY(judged);
    QCOMPARE(judged->refreshExpiresAt, std::optional(QDateTime(QDate(2026, 1, 15), QTime(0, 0), Qt::UTC)));

    const QByteArray bare = R"({"accessToken":"da","refreshToken":"dr","accessTokenExpiresAt":"soon"})";
    judged = judgeTokenAnswer(TokenDialect::RelayAuth, answer(200, "application/json", bare), profile, host, now);
    QVERIFY(judged);
    QVERIFY(judged->expiryAssumed);
}

void TestTokenAnswer::relayTimesFollowTheServersClock()
{
    const QByteArray body = R"({"accessToken":"da","refreshToken":"dr","accessTokenExpiresAt":"2026-01-01T01:00:00Z"})";
    HttpResponse response = answer(200, "application/json", body);
    // The server's clock is an hour ahead of ours: the token lives one hour, not two.
    response.date = now.addSecs(3600);
    const auto judged = judgeTokenAnswer(TokenDialect::RelayAuth, response, plainProfile(), host, now);
    QVERIFY(judged);
    QCOMPARE(now.secsTo(judged->expiresAt), 3600);
}

void TestTokenAnswer::apiUrls_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("taken");
    const auto row = [](const char *url, const char *taken) {
        QTest::addRow("%s", url) << QString::fromLatin1(url) << QString::fromLatin1(taken);
    };
    row("https://agentrelay.com/cloud", "https://agentrelay.com/cloud");
    row("https://agentrelay.com/other///", "https://agentrelay.com/other");
    row("https://agentrelay.com:443/cloud", "https://agentrelay.com:443/cloud");
    row("https://eu.agentrelay.com/cloud", "https://eu.agentrelay.com/cloud");
    row("https://agentrelay.com:444/cloud", "");
    row("http://agentrelay.com/cloud", "");
    row("http://eu.agentrelay.com/cloud", "");
    row("http://127.0.0.1:80/cloud", "");
    row("https://agentrelay.com.evil.example/cloud", "");
    row("https://agentrelay.com@evil.example/cloud", "");
    row("https://agentrelay.com/cloud?x=1", "");
    row("https://agentrelay.com/cloud#x", "");
    row("javascript:alert(1)", "");
    row("not a url", "");
}

void TestTokenAnswer::apiUrls()
{
    QFETCH(QString, url);
    QFETCH(QString, taken);
    ProviderProfile profile = plainProfile();
    profile.issuer = QUrl(QStringLiteral("https://agentrelay.com/cloud"));
    profile.apiHosts = QStringList{QStringLiteral("eu.agentrelay.com")};
    const QByteArray body
        = toCompact({{QStringLiteral("accessToken"), QStringLiteral("ca")}, {QStringLiteral("apiUrl"), url}});
    const auto judged
        = judgeTokenAnswer(TokenDialect::RelayfileCloud, answer(200, "application/json", body), profile, host, now);
    QVERIFY(judged);
    QCOMPARE(judged->apiUrl, taken);
}

void TestTokenAnswer::idTokens_data()
{
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<QString>("subject");
    QTest::addColumn<QString>("name");
    const QString issuer = QStringLiteral("https://auth.example.com");
    const auto claims = [&issuer](const QJsonObject &more) {
        QJsonObject all{{QStringLiteral("iss"), issuer}, {QStringLiteral("aud"), QStringLiteral("postroom")},
            {QStringLiteral("sub"), QStringLiteral("u1")}};
        for (auto it = more.begin(); it != more.end(); ++it)
            all.insert(it.key(), it.value());
        return idToken(all);
    };
    const QString one = QStringLiteral("u1");
    QTest::addRow("subject alone") << claims({}) << one << QString();
    QTest::addRow("e-mail") << claims(
        {{QStringLiteral("email"), QStringLiteral("ada@acme.dev")}, {QStringLiteral("name"), QStringLiteral("Ada")}})
                            << one << QStringLiteral("ada@acme.dev");
    QTest::addRow("name with a direction change")
        << claims({{QStringLiteral("name"), QString::fromUtf8("A\u202Eda\n")}}) << one << QStringLiteral("Ada");
    QTest::addRow("audience list") << claims(
        {{QStringLiteral("aud"), QJsonArray{QStringLiteral("x"), QStringLiteral("postroom")}}})
                                   << one << QString();
    QTest::addRow("issuer with a slash") << claims({{QStringLiteral("iss"), issuer + QLatin1Char('/')}}) << one
                                         << QString();
    QTest::addRow("another issuer") << claims({{QStringLiteral("iss"), QStringLiteral("https://evil.example")}})
                                    << QString() << QString();
    QTest::addRow("another audience") << claims({{QStringLiteral("aud"), QStringLiteral("other")}}) << QString()
                                      << QString();
    QTest::addRow("no subject") << claims({{QStringLiteral("sub"), QString()}}) << QString() << QString();
    QTest::addRow("subject with a line break")
        << claims({{QStringLiteral("sub"), QStringLiteral("a\nb")}}) << QString() << QString();
    QTest::addRow("no JWT") << QByteArray("hello") << QString() << QString();
    QTest::addRow("broken base64") << QByteArray("a.$$$$.c") << QString() << QString();
    QTest::addRow("broken JSON") << QByteArray("a.e30tLQ.c") << QString() << QString();
}

void TestTokenAnswer::idTokens()
{
    QFETCH(QByteArray, token);
    QFETCH(QString, subject);
    QFETCH(QString, name);
    const QByteArray body = toCompact({{QStringLiteral("access_token"), QStringLiteral("a2")},
        {QStringLiteral("id_token"), QString::fromLatin1(token)}});
    const auto judged
        = judgeTokenAnswer(TokenDialect::OAuth, answer(200, "application/json", body), plainProfile(), host, now);
    QVERIFY(judged);
    QCOMPARE(judged->subject, subject);
    QCOMPARE(judged->displayName, name);
}

QTEST_GUILESS_MAIN(TestTokenAnswer)
#include "test_tokenanswer.moc"
