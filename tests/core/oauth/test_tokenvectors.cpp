// What one answer of the token endpoint decides by itself. The rows have the names of the vectors T01 to T79.
#include "core/base/json.h"
#include "core/http/headers.h"
#include "tests/core/oauth/answers.h"

#include <QTest>

using namespace Postroom;

namespace
{

const QByteArray t01 = R"({"access_token":"a2","refresh_token":"r2","expires_in":3600,"token_type":"Bearer"})";
const char *const json = "application/json";
const char *const html = "text/html; charset=utf-8";

ProviderProfile profileOf(const QString &table)
{
    ProviderProfile profile = plainProfile();
    if (table == QStringLiteral("github")) {
        profile.errorCodes = {{QStringLiteral("bad_refresh_token"), ErrorClass::Reauth}};
    } else if (table == QStringLiteral("claude")) {
        const auto claude = ProfileRegistry(QStringLiteral(":/nowhere")).find(QStringLiteral("claude"));
        profile = claude ? *claude : ProviderProfile();
    }
    return profile;
}

QList<HttpHeader> headersOf(const QByteArray &line)
{
    const qsizetype colon = line.indexOf(':');
    return colon > 0 ? QList<HttpHeader>{{line.left(colon), line.mid(colon + 2)}} : QList<HttpHeader>();
}

} // namespace

class TestTokenVectors : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void usable_data();
    void usable();
    void refused_data();
    void refused();
    void otherSubject();
    void narrowerScope();
};

void TestTokenVectors::usable_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("refreshToken");
    QTest::addColumn<int>("lifetime"); // seconds
    QTest::addColumn<bool>("assumed");
    const auto row = [](const char *id, const QByteArray &body, const char *refreshToken, int lifetime,
                         bool assumed = false, const char *type = json) {
        QTest::addRow("%s", id) << QByteArray(type) << body << QByteArray(refreshToken) << lifetime << assumed;
    };
    row("T01", t01, "r2", 3600);
    row("T02", R"({"access_token":"a2","expires_in":3600,"token_type":"Bearer"})", "", 3600);
    row("T03", R"({"access_token":"a2","refresh_token":"","expires_in":3600})", "", 3600);
    row("T04", R"({"access_token":"a2","refresh_token":"r2"})", "r2", 3600, true);
    row("T05", R"({"access_token":"a2","expires_in":"3600"})", "", 3600);
    row("T06", R"({"access_token":"a2","refresh_token":"r2","expires_in":3599.7})", "r2", 3599);
    row("T07", R"({"access_token":"a2","expires_in":0})", "", 0);
    row("T08", R"({"access_token":"a2","expires_in":-5})", "", 0);
    row("T09", R"({"access_token":"a2","expires_in":1767225600})", "", 3600);
    row("T09 milliseconds", R"({"access_token":"a2","expires_in":1767225600000})", "", 3600);
    row("T09 in the past", R"({"access_token":"a2","expires_in":1700000000})", "", 3600, true);
    row("T10", R"({"access_token":"a2","expires_in":null})", "", 3600, true);
    row("T16", R"({"access_token":"a2","expires_in":3600})", "", 3600);
    row("T18", t01, "r2", 3600, false, "text/plain");
    row("T19", "access_token=a2&expires_in=3600", "", 3600, false, "application/x-www-form-urlencoded");
    row("T26", "\xEF\xBB\xBF" + t01, "r2", 3600);
    row("RT equal to the old one", R"({"access_token":"a2","refresh_token":"r1","expires_in":60})", "r1", 60);
}

void TestTokenVectors::usable()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, refreshToken);
    QFETCH(int, lifetime);
    QFETCH(bool, assumed);
    TokenAside aside;
    const auto tokens
        = judgeTokenAnswer(TokenDialect::OAuth, answer(200, type, body), plainProfile(), host, now, &aside);
    QVERIFY2(tokens, tokens ? "" : qPrintable(tokens.error().detail));
    QCOMPARE(tokens->accessToken.reveal(), "a2");
    QCOMPARE(tokens->refreshToken.reveal(), refreshToken);
    QCOMPARE(now.secsTo(tokens->expiresAt), lifetime);
    QCOMPARE(tokens->expiryAssumed, assumed);
    QVERIFY(!tokens->scopes);
    QVERIFY(aside.candidateRefreshToken.isEmpty());
}

void TestTokenVectors::refused_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("header"); // Name: value
    QTest::addColumn<QString>("table"); // whose codes are known
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("code");
    QTest::addColumn<bool>("confirmed");
    QTest::addColumn<int>("retryIn"); // seconds, 0: the server named no time
    QTest::addColumn<QByteArray>("candidate");

    struct Row {
        const char *id;
        int status;
        const char *type;
        QByteArray body;
        const char *kind;
        const char *code;
        const char *header = "";
        const char *table = "";
        bool confirmed = true;
        int retryIn = 0;
        const char *candidate = "";
    };
    const QList<Row> rows{
        {"T11", 200, json, R"({"token_type":"bearer"})", "t-ambig", "unexpected-answer"},
        {.id = "T12",
            .status = 200,
            .type = json,
            .body = R"({"refresh_token":"r2"})",
            .kind = "t-ambig",
            .code = "unexpected-answer",
            .candidate = "r2"},
        {"T13", 200, json, R"({"access_token":""})", "t-ambig", "unexpected-answer"},
        {"T14", 200, json, R"({"access_token":"a\r\nX-Evil: 1"})", "t-ambig", "unexpected-answer"},
        {"T14 refresh token", 200, json, R"({"refresh_token":"r\r\nX-Evil: 1"})", "t-ambig", "unexpected-answer"},
        {"T15", 200, json, R"({"access_token":"a2","token_type":"mac"})", "config", "unsupported-token-type"},
        {"T17", 200, html, "<html><title>Log in</title></html>", "t-ambig", "unexpected-page"},
        {"T20", 200, json, R"({"error":"bad_refresh_token"})", "reauth", "bad_refresh_token", "", "github"},
        {"T21", 200, json, R"({"error":"bad_refresh_token"})", "reauth", "bad_refresh_token", "", "", false},
        {"T22", 200, json, R"({"error":"temporarily_unavailable"})", "t-srv", "temporarily_unavailable"},
        {"T23", 200, json, R"({"access)", "t-ambig", "unexpected-answer"},
        {"T25", 200, json, QByteArray(2 * 1024 * 1024, ' '), "t-infra", "answer-too-large"},
        {"T27", 204, "", "", "t-ambig", "unexpected-answer"},
        {"T28", 200, json, R"([{"access_token":"a2"}])", "t-ambig", "unexpected-answer"},
        {"T31", 400, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant"},
        {"T32", 400, json, R"({"error":"INVALID_GRANT"})", "reauth", "invalid_grant"},
        {"T33", 401, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant"},
        {"T34", 403, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant"},
        {"T35", 400, "application/x-www-form-urlencoded", "error=invalid_grant", "reauth", "invalid_grant"},
        {"T36", 400, "text/plain", R"({"error":"invalid_grant"})", "reauth", "invalid_grant"},
        {"T38", 400, json, R"({"error":"invalid_request","error_description":"invalid_grant?"})", "config",
            "invalid_request"},
        {"T39", 400, json, R"({"error":"invalid_grant","error_subtype":"invalid_rapt"})", "reauth", "invalid_rapt"},
        {"T40", 401, json, R"({"type":"error","error":{"type":"authentication_error"}})", "reauth",
            "authentication_error", "", "claude", false},
        {"T41", 401, json, R"({"type":"error","error":{"type":"authentication_error"}})", "t-infra", "no-verdict"},
        {"T42", 403, json, R"({"error":{"type":"permission_error"}})", "policy", "permission_error", "", "claude"},
        {"T42 rate", 400, json, R"({"error":{"type":"rate_limit_error"}})", "rate", "rate_limit_error", "", "claude"},
        {"T42 overloaded", 400, json, R"({"error":{"type":"overloaded_error"}})", "t-srv", "overloaded_error", "",
            "claude"},
        {"T42 server", 400, json, R"({"error":{"type":"api_error"}})", "t-srv", "api_error", "", "claude"},
        {"T42 unknown", 400, json, R"({"error":{"type":"moon_error"}})", "t-infra", "no-verdict", "", "claude"},
        {"T43", 429, "", "", "rate", "too-many-requests"},
        {"T44", 429, "", "", "rate", "too-many-requests", "Retry-After: 120", "", true, 120},
        {"T46", 429, "", "", "rate", "too-many-requests", "Retry-After: 0"},
        {"T47", 429, "", "", "rate", "too-many-requests", "Retry-After: -5"},
        {"T47 word", 429, "", "", "rate", "too-many-requests", "Retry-After: soon"},
        {"T48", 429, "", "", "rate", "too-many-requests", "Retry-After: 999999", "", true, 999999},
        {"T50", 500, json, R"({"error":"invalid_grant"})", "t-srv", "server-trouble"},
        {"T51", 503, "", "", "rate", "retry-later", "Retry-After: 30", "", true, 30},
        {"T52", 502, html, "<h1>Bad gateway</h1>", "t-srv", "server-trouble"},
        {"T53", 529, json, "", "t-srv", "overloaded"},
        {"T54", 511, html, "<p>log in</p>", "netsec", "captive-portal"},
        {"T55", 400, "", "", "t-infra", "no-verdict"},
        {"T56", 401, html, "<p>no</p>", "t-infra", "no-verdict", "WWW-Authenticate: Basic realm=gw"},
        {"T57", 403, html, "<p>blocked</p>", "t-infra", "waf", "cf-ray: x"},
        {"T58", 403, json, R"({"message":"Forbidden"})", "t-infra", "no-verdict"},
        {"T59", 404, html, "<p>not found</p>", "t-infra", "endpoint-not-found"},
        {"T61", 407, html, "<p>proxy</p>", "netsec", "proxy-auth"},
        {"T62", 408, "", "", "t-ambig", "request-timeout"},
        {"T63", 421, "", "", "t-infra", "misdirected"},
        {"T64", 451, "", "", "policy", "legal"},
        {"T65", 302, "", "", "t-infra", "redirected", "Location: /login"},
        {"T65 to another host", 302, "", "", "t-infra", "redirected-elsewhere", "Location: https://evil.example/login"},
        {"T67", 400, json, R"({"error":"invalid_client"})", "client", "invalid_client"},
        {"T68", 401, json, R"({"error":"invalid_client"})", "client", "invalid_client", "WWW-Authenticate: Basic"},
        {"T70", 400, json, R"({"error":"unauthorized_client"})", "client", "unauthorized_client"},
        {"T71", 400, json, R"({"error":"invalid_scope"})", "scope", "invalid_scope"},
        {"T72", 400, json, R"({"error":"unsupported_grant_type"})", "config", "unsupported_grant_type"},
        {"T73", 400, json, R"({"error":"invalid_target"})", "config", "invalid_target"},
        {"T75", 400, json, R"({"error":"slow_down"})", "rate", "slow_down"},
        {"T76", 400, json, R"({"error":"authorization_pending"})", "t-infra", "authorization_pending"},
        {"T77", 400, json, R"({"error":"access_denied"})", "policy", "access_denied"},
        {"T79", 400, json, R"({"error":""})", "t-infra", "no-verdict"},
    };
    for (const Row &row : rows)
        QTest::addRow("%s", row.id) << row.status << QByteArray(row.type) << row.body << QByteArray(row.header)
                                    << QString::fromLatin1(row.table) << QString::fromLatin1(row.kind)
                                    << QString::fromLatin1(row.code) << row.confirmed << row.retryIn
                                    << QByteArray(row.candidate);
}

void TestTokenVectors::refused()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, header);
    QFETCH(QString, table);
    QFETCH(QString, kind);
    QFETCH(QString, code);
    QFETCH(bool, confirmed);
    QFETCH(int, retryIn);
    QFETCH(QByteArray, candidate);
    HttpResponse response = answer(status, type, body, headersOf(header));
    response.url = QUrl(QStringLiteral("https://auth.example.com/token"));
    TokenAside aside;
    const auto judged = judgeTokenAnswer(TokenDialect::OAuth, response, profileOf(table), host, now, &aside);
    QVERIFY(!judged);
    const Error &error = judged.error();
    QCOMPARE(toString(error.kind), kind);
    QCOMPARE(error.code, code);
    QVERIFY(error.origin == Origin::Token);
    QCOMPARE(aside.confirmed, confirmed);
    QCOMPARE(aside.candidateRefreshToken.reveal(), candidate);
    QCOMPARE(error.retryAt.has_value(), retryIn > 0);
    if (error.retryAt)
        QCOMPARE(now.secsTo(*error.retryAt), retryIn);
    QVERIFY(!error.message.isEmpty());
    QVERIFY(!error.message.contains(QLatin1Char('%')));
}

// T29: whom the answer is for is told; whether it is the right one is the keeper's question.
void TestTokenVectors::otherSubject()
{
    const QByteArray claims = toCompact({{QStringLiteral("iss"), QStringLiteral("https://auth.example.com")},
        {QStringLiteral("aud"), QStringLiteral("postroom")}, {QStringLiteral("sub"), QStringLiteral("bob")}});
    const QByteArray idToken
        = "e30." + claims.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals) + ".c2ln";
    const auto tokens = judgeTokenAnswer(TokenDialect::OAuth,
        answer(200, json, R"({"access_token":"a2","id_token":")" + idToken + R"("})"), plainProfile(), host, now);
    QVERIFY(tokens);
    QCOMPARE(tokens->subject, QStringLiteral("bob"));
}

// T30
void TestTokenVectors::narrowerScope()
{
    ProviderProfile profile = plainProfile();
    const auto scopesOf = [&profile](const QByteArray &scope) {
        const auto tokens = judgeTokenAnswer(TokenDialect::OAuth,
            answer(200, json, R"({"access_token":"a2","scope":)" + scope + '}'), profile, host, now);
        return tokens ? tokens->scopes : std::optional<QStringList>();
    };
    QCOMPARE(
        scopesOf(R"("openid files")"), std::optional(QStringList{QStringLiteral("openid"), QStringLiteral("files")}));
    QCOMPARE(scopesOf(R"("openid")"), std::optional(QStringList{QStringLiteral("openid")}));
    QVERIFY(!scopesOf(R"("")"));
    QVERIFY(!scopesOf("7"));
    // As GitHub writes it.
    QCOMPARE(
        scopesOf(R"("openid,files")"), std::optional(QStringList{QStringLiteral("openid"), QStringLiteral("files")}));
    // What cannot be shown is no scope.
    QCOMPARE(scopesOf(R"("openid fi\u0000les\u202e")"), std::optional(QStringList{QStringLiteral("openid")}));
    profile.defaultScopes = QStringList(QStringLiteral("a,b"));
    QCOMPARE(scopesOf(R"("a,b c")"), std::optional(QStringList{QStringLiteral("a,b"), QStringLiteral("c")}));
}

QTEST_GUILESS_MAIN(TestTokenVectors)
#include "test_tokenvectors.moc"
