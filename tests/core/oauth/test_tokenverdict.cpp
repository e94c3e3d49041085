// What each answer of a token endpoint without tokens means. Every row is named after what came back.
#include "core/base/json.h"
#include "tests/core/oauth/answers.h"

#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;

class TestTokenVerdict : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void verdicts_data();
    void verdicts();
    void providerTable_data();
    void providerTable();
    void strayRefreshToken();
    void nothingSecretIsSaid();
    void everyErrorIsComplete();
    void randomBodiesAreNeverAVerdict();
};

void TestTokenVerdict::verdicts_data()
{
    QTest::addColumn<int>("dialect");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("header"); // Name: value
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("code");
    QTest::addColumn<int>("retryIn"); // seconds, 0: nothing
    QTest::addColumn<bool>("confirmed");

    TokenDialect dialect = TokenDialect::OAuth;
    const auto row
        = [&dialect](const char *name, int status, const char *type, const QByteArray &body, const char *kind,
              const char *code, const char *header = "", int retryIn = 0, bool confirmed = true) {
              QTest::addRow("%s", name) << static_cast<int>(dialect) << status << QByteArray(type) << body
                                        << QByteArray(header) << QString::fromLatin1(kind) << QString::fromLatin1(code)
                                        << retryIn << confirmed;
          };
    const char *json = "application/json";
    const char *html = "text/html; charset=utf-8";
    const char *form = "application/x-www-form-urlencoded";

    // Success that is none.
    row("200 without an access token", 200, json, R"({"token_type":"bearer"})", "t-ambig", "unexpected-answer");
    row("200 with a refresh token only", 200, json, R"({"refresh_token":"r2"})", "t-ambig", "unexpected-answer");
    row("200 with an empty access token", 200, json, R"({"access_token":""})", "t-ambig", "unexpected-answer");
    row("200 with a number for a token", 200, json, R"({"access_token":7})", "t-ambig", "unexpected-answer");
    row("200 with a line break in the token", 200, json, R"({"access_token":"a\r\nX-Evil: 1"})", "t-ambig",
        "unexpected-answer");
    row("200 with a NUL in the token", 200, json, R"({"access_token":"a\u0000b"})", "t-ambig", "unexpected-answer");
    row("200 with a token beyond ASCII", 200, json, R"({"access_token":"ä"})", "t-ambig", "unexpected-answer");
    row("200 with token type mac", 200, json, R"({"access_token":"a2","token_type":"mac"})", "config",
        "unsupported-token-type");
    row("200 with token type DPoP", 200, json, R"({"access_token":"a2","token_type":"DPoP"})", "config",
        "unsupported-token-type");
    row("200 login page", 200, html, "<html><title>Login</title>", "t-ambig", "unexpected-page");
    row("200 page without a type", 200, "", "<!doctype html><p>hi", "t-ambig", "unexpected-page");
    row("200 cut JSON", 200, json, R"({"access)", "t-ambig", "unexpected-answer");
    row("200 JSON with something behind it", 200, json, R"({"access_token":"a2"} tail)", "t-ambig",
        "unexpected-answer");
    row("200 array", 200, json, R"([{"access_token":"a2"}])", "t-ambig", "unexpected-answer");
    row("200 empty", 200, json, "", "t-ambig", "unexpected-answer");
    row("204", 204, "", "", "t-ambig", "unexpected-answer");
    row("200 invalid_grant", 200, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant");
    row("200 unknown code", 200, json, R"({"error":"bad_refresh_token"})", "reauth", "bad_refresh_token", "", 0, false);
    row("200 temporarily_unavailable", 200, json, R"({"error":"temporarily_unavailable"})", "t-srv",
        "temporarily_unavailable");
    row("200 of 2 MiB", 200, json, QByteArray(2 * 1024 * 1024, ' '), "t-infra", "answer-too-large");

    // Codes win over numbers.
    row("400 invalid_grant", 400, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant");
    row("400 INVALID_GRANT", 400, json, R"({"error":"INVALID_GRANT"})", "reauth", "invalid_grant");
    row("401 invalid_grant", 401, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant");
    row("403 invalid_grant", 403, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant");
    row("404 invalid_grant", 404, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant");
    row("400 invalid_grant with a Retry-After", 400, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant",
        "Retry-After: 30");
    row("400 invalid_grant in a form", 400, form, "error=invalid_grant&error_description=x", "reauth", "invalid_grant");
    row("400 invalid_grant as text/plain form", 400, "text/plain", "error=invalid_grant", "reauth", "invalid_grant");
    row("400 invalid_grant as text/plain JSON", 400, "text/plain", R"({"error":"invalid_grant"})", "reauth",
        "invalid_grant");
    row("400 invalid_grant without a type", 400, "", R"({"error":"invalid_grant"})", "reauth", "invalid_grant");
    row("400 invalid_grant with a byte order mark", 400, json, "\xEF\xBB\xBF {\"error\":\"invalid_grant\"}\n", "reauth",
        "invalid_grant");
    row("400 invalid_grant, admin session", 400, json, R"({"error":"invalid_grant","error_subtype":"invalid_rapt"})",
        "reauth", "invalid_rapt");
    row("400 invalid_grant in a description only", 400, json,
        R"({"error":"invalid_request","error_description":"invalid_grant?"})", "config", "invalid_request");
    row("400 invalid_grant in HTML", 400, html, "<p>error=invalid_grant</p>", "t-infra", "no-verdict");
    row("400 invalid_grant JSON called HTML", 400, html, R"({"error":"invalid_grant"})", "t-infra", "no-verdict");
    row("400 form called JSON", 400, json, "error=invalid_grant", "t-infra", "no-verdict");
    row("400 invalid_grant_extra", 400, json, R"({"error":"invalid_grant_extra"})", "reauth", "invalid_grant_extra", "",
        0, false);
    row("401 expired_token", 401, json, R"({"error":"expired_token"})", "reauth", "expired_token");
    row("400 interaction_required", 400, json, R"({"error":"interaction_required"})", "reauth", "interaction_required");
    row("400 mfa_required", 400, json, R"({"error":"mfa_required"})", "reauth", "mfa_required");
    row("400 invalid_client", 400, json, R"({"error":"invalid_client"})", "client", "invalid_client");
    row("401 invalid_client with a challenge", 401, json, R"({"error":"invalid_client"})", "client", "invalid_client",
        "WWW-Authenticate: Basic realm=x");
    row("400 unauthorized_client", 400, json, R"({"error":"unauthorized_client"})", "client", "unauthorized_client");
    row("400 invalid_scope", 400, json, R"({"error":"invalid_scope"})", "scope", "invalid_scope");
    row("400 unsupported_grant_type", 400, json, R"({"error":"unsupported_grant_type"})", "config",
        "unsupported_grant_type");
    row("400 invalid_target", 400, json, R"({"error":"invalid_target"})", "config", "invalid_target");
    row("400 use_dpop_nonce", 400, json, R"({"error":"use_dpop_nonce"})", "config", "use_dpop_nonce");
    row("400 slow_down", 400, json, R"({"error":"slow_down"})", "rate", "slow_down");
    row("400 authorization_pending", 400, json, R"({"error":"authorization_pending"})", "t-infra",
        "authorization_pending");
    row("400 access_denied", 400, json, R"({"error":"access_denied"})", "policy", "access_denied");
    row("400 server_error", 400, json, R"({"error":"server_error"})", "t-srv", "server_error");
    row("400 temporarily_unavailable", 400, json, R"({"error":"temporarily_unavailable"})", "t-srv",
        "temporarily_unavailable");
    row("400 temporarily_unavailable with a time", 400, json, R"({"error":"temporarily_unavailable"})", "rate",
        "temporarily_unavailable", "Retry-After: 45", 45);
    row("403 unknown code", 403, json, R"({"error":"account_frozen"})", "reauth", "account_frozen", "", 0, false);
    row("409 unknown code", 409, json, R"({"error":"account_frozen"})", "t-infra", "no-verdict");
    row("400 empty code", 400, json, R"({"error":""})", "t-infra", "no-verdict");
    row("400 error null", 400, json, R"({"error":null})", "t-infra", "no-verdict");
    row("400 error true", 400, json, R"({"error":true})", "t-infra", "no-verdict");
    row("403 error is the status phrase", 403, json, R"({"status":403,"error":"Forbidden","path":"/token"})", "t-infra",
        "no-verdict");
    row("400 error is a sentence", 400, json, R"({"error":"Refresh token not found"})", "reauth",
        "refresh_token_not_found", "", 0, false);
    row("401 error is an object", 401, json, R"({"type":"error","error":{"type":"authentication_error"}})", "t-infra",
        "no-verdict");
    row("400 error object with an RFC code", 400, json, R"({"error":{"code":"invalid_grant"}})", "t-infra",
        "no-verdict");

    // Trouble: the status decides.
    row("500 invalid_grant", 500, json, R"({"error":"invalid_grant"})", "t-srv", "server-trouble");
    row("502 page", 502, html, "<h1>Bad gateway</h1>", "t-srv", "server-trouble");
    row("503 with seconds", 503, json, "", "rate", "retry-later", "Retry-After: 30", 30);
    row("503 with zero", 503, json, "", "t-srv", "server-trouble", "Retry-After: 0");
    row("529", 529, json, "", "t-srv", "overloaded");
    row("529 with seconds", 529, json, "", "rate", "retry-later", "Retry-After: 30", 30);
    row("501", 501, json, "", "t-srv", "not-implemented");
    row("599", 599, "", "", "t-srv", "server-trouble");
    row("511 page", 511, html, "<p>log in</p>", "netsec", "captive-portal", "Retry-After: 30");
    row("429 without a time", 429, json, "", "rate", "too-many-requests");
    row("429 with seconds", 429, json, "", "rate", "too-many-requests", "Retry-After: 120", 120);
    row("429 with a date", 429, json, "", "rate", "too-many-requests", "Retry-After: Wed, 31 Dec 2025 23:02:00 GMT",
        120);
    row("429 with zero", 429, json, "", "rate", "too-many-requests", "Retry-After: 0");
    row("429 with a negative time", 429, json, "", "rate", "too-many-requests", "Retry-After: -5");
    row("429 with a word", 429, json, "", "rate", "too-many-requests", "Retry-After: soon");
    row("429 with days", 429, json, "", "rate", "too-many-requests", "Retry-After: 999999", 999999);
    row("429 invalid_grant", 429, json, R"({"error":"invalid_grant"})", "rate", "too-many-requests");

    // Numbers without a verdict.
    row("400 empty", 400, "", "", "t-infra", "no-verdict");
    row("401 page with a Basic challenge", 401, html, "<p>no</p>", "t-infra", "no-verdict",
        "WWW-Authenticate: Basic realm=gw");
    row("403 JSON without a code", 403, json, R"({"message":"Forbidden"})", "t-infra", "no-verdict");
    row("403 page through Cloudflare", 403, html, "<p>blocked</p>", "t-infra", "waf", "CF-Ray: 8a-FRA");
    row("403 page through an AWS filter", 403, html, "<p>blocked</p>", "t-infra", "waf",
        "x-amzn-waf-action: challenge");
    row("403 page through Akamai", 403, html, "<p>blocked</p>", "t-infra", "waf", "Server: AkamaiGHost");
    row("403 invalid_grant through Cloudflare", 403, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant",
        "CF-Ray: 8a-FRA");
    row("403 page with a time", 403, html, "<p>blocked</p>", "rate", "retry-later", "Retry-After: 60", 60);
    row("404 page", 404, html, "<p>not found</p>", "t-infra", "endpoint-not-found");
    row("405", 405, "", "", "t-infra", "endpoint-not-found");
    row("410", 410, "", "", "t-infra", "endpoint-not-found");
    row("402", 402, json, "{}", "policy", "payment-required");
    row("407", 407, html, "<p>proxy</p>", "netsec", "proxy-auth");
    row("407 invalid_grant", 407, json, R"({"error":"invalid_grant"})", "netsec", "proxy-auth");
    row("408", 408, "", "", "t-ambig", "request-timeout");
    row("413", 413, "", "", "config", "request-too-large");
    row("414", 414, "", "", "config", "request-too-large");
    row("431", 431, "", "", "config", "request-too-large");
    row("421", 421, "", "", "t-infra", "misdirected");
    row("425", 425, "", "", "t-net", "too-early");
    row("451", 451, "", "", "policy", "legal");
    row("302 to a login page", 302, "", "", "t-infra", "redirected", "Location: /login");
    row("307 to another host", 307, "", "", "t-infra", "redirected-elsewhere", "Location: https://evil.example/token");
    row("418", 418, "", "", "t-infra", "no-verdict");

    // The relay services: the code stands in `code`, the sentence in `error`.
    dialect = TokenDialect::RelayAuth;
    row("relayauth delegation_expired", 401, json,
        R"({"error":"The delegation has ended.","code":"delegation_expired"})", "reauth", "delegation_expired");
    row("relayauth workspace_token_revoked", 403, json, R"({"error":"Revoked.","code":"workspace_token_revoked"})",
        "reauth", "workspace_token_revoked");
    row("relayauth invalid_refresh_token", 401, json, R"({"error":"Spent.","code":"invalid_refresh_token"})", "reauth",
        "invalid_refresh_token");
    row("relayauth needs_reauth", 401, json, R"({"error":"x","code":"needs_reauth"})", "reauth", "needs_reauth");
    row("relayauth rate_limited", 400, json, R"({"error":"x","code":"rate_limited"})", "rate", "rate_limited");
    row("relayauth unknown code", 401, json, R"({"error":"x","code":"moon_phase"})", "reauth", "moon_phase", "", 0,
        false);
    row("relayauth delegation_expired on 500", 500, json, R"({"error":"x","code":"delegation_expired"})", "t-srv",
        "server-trouble");
    row("relayauth page", 401, html, "delegation_expired", "t-infra", "no-verdict");
    row("relayauth without an access token", 200, json, R"({"refreshToken":"r2"})", "t-ambig", "unexpected-answer");
    dialect = TokenDialect::RelayfileCloud;
    row("cloud invalid_grant", 401, json, R"({"error":"invalid_grant","code":"invalid_grant","message":"spent"})",
        "reauth", "invalid_grant");
    row("cloud invalid_grant, no code", 401, json, R"({"error":"invalid_grant"})", "reauth", "invalid_grant");
    row("cloud Unauthorized", 401, json, R"({"error":"Unauthorized"})", "reauth", "unauthorized", "", 0, false);
    row("cloud Forbidden", 403, json, R"({"error":"Forbidden"})", "t-infra", "no-verdict");
    row("cloud 404", 404, json, R"({"error":"Not found.","code":"not_found"})", "t-infra", "endpoint-not-found");
    dialect = TokenDialect::OAuth;
    row("delegation_expired where nobody knows it", 401, json, R"({"error":"delegation_expired"})", "reauth",
        "delegation_expired", "", 0, false);
}

void TestTokenVerdict::verdicts()
{
    QFETCH(int, dialect);
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, header);
    QFETCH(QString, kind);
    QFETCH(QString, code);
    QFETCH(int, retryIn);
    QFETCH(bool, confirmed);
    QList<HttpHeader> headers;
    if (const qsizetype colon = header.indexOf(':'); colon > 0)
        headers.append({header.left(colon), header.mid(colon + 2)});
    HttpResponse response = answer(status, type, body, headers);
    response.requestId = QStringLiteral("req-1");
    TokenAside aside;
    const auto judged
        = judgeTokenAnswer(static_cast<TokenDialect>(dialect), response, plainProfile(), host, now, &aside);
    QVERIFY(!judged);
    const Error &error = judged.error();
    QCOMPARE(toString(error.kind), kind);
    QCOMPARE(error.code, code);
    QVERIFY(error.origin == Origin::Token);
    QCOMPARE(error.status, status);
    QCOMPARE(error.requestId, QStringLiteral("req-1"));
    QCOMPARE(error.retryAt.has_value(), retryIn > 0);
    if (error.retryAt)
        QCOMPARE(now.secsTo(*error.retryAt), retryIn);
    QCOMPARE(aside.confirmed, confirmed);
    QVERIFY(!error.message.isEmpty());
    QVERIFY2(!error.message.contains(QLatin1Char('%')), qPrintable(error.message));
    QVERIFY(!error.detail.contains(QLatin1Char('\n')));
    for (const char *word : {"error", "failed", "invalid ", "please", "oops", "!"})
        QVERIFY2(!error.message.contains(QLatin1String(word), Qt::CaseInsensitive), qPrintable(error.message));
}

void TestTokenVerdict::providerTable_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<bool>("confirmed");
    QTest::addRow("200 mapped code") << 200 << QByteArray(R"({"error":"bad_refresh_token"})")
                                     << QStringLiteral("reauth") << true;
    QTest::addRow("401 authentication_error object")
        << 401 << QByteArray(R"({"type":"error","error":{"type":"authentication_error","message":"x"}})")
        << QStringLiteral("reauth") << false;
    QTest::addRow("403 permission_error object")
        << 403 << QByteArray(R"({"error":{"type":"permission_error"}})") << QStringLiteral("policy") << true;
    QTest::addRow("400 rate_limit_error object")
        << 400 << QByteArray(R"({"error":{"type":"rate_limit_error"}})") << QStringLiteral("rate") << true;
    QTest::addRow("400 overloaded_error object")
        << 400 << QByteArray(R"({"error":{"type":"overloaded_error"}})") << QStringLiteral("t-srv") << true;
    QTest::addRow("mapped status in an object")
        << 403 << QByteArray(R"({"error":{"code":403,"status":"PERMISSION_ERROR"}})") << QStringLiteral("policy")
        << true;
    QTest::addRow("500 mapped code") << 500 << QByteArray(R"({"error":"bad_refresh_token"})") << QStringLiteral("t-srv")
                                     << true;
    QTest::addRow("unmapped object") << 401 << QByteArray(R"({"error":{"type":"strange_error"}})")
                                     << QStringLiteral("t-infra") << true;
}

void TestTokenVerdict::providerTable()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, kind);
    QFETCH(bool, confirmed);
    ProviderProfile profile = plainProfile();
    profile.errorCodes = {{QStringLiteral("bad_refresh_token"), ErrorClass::Reauth},
        {QStringLiteral("authentication_error"), ErrorClass::Reauth},
        {QStringLiteral("permission_error"), ErrorClass::Policy},
        {QStringLiteral("rate_limit_error"), ErrorClass::Rate},
        {QStringLiteral("overloaded_error"), ErrorClass::Server}};
    TokenAside aside;
    const auto judged
        = judgeTokenAnswer(TokenDialect::OAuth, answer(status, "application/json", body), profile, host, now, &aside);
    QVERIFY(!judged);
    QCOMPARE(toString(judged.error().kind), kind);
    QCOMPARE(aside.confirmed, confirmed);
}

void TestTokenVerdict::strayRefreshToken()
{
    TokenAside aside;
    auto judged = judgeTokenAnswer(TokenDialect::OAuth, answer(200, "application/json", R"({"refresh_token":"r2"})"),
        plainProfile(), host, now, &aside);
    QVERIFY(!judged);
    QCOMPARE(aside.candidateRefreshToken.reveal(), "r2");
    judged = judgeTokenAnswer(TokenDialect::OAuth,
        answer(400, "application/json", R"({"refresh_token":"r3","error":"invalid_grant"})"), plainProfile(), host, now,
        &aside);
    QVERIFY(!judged);
    QVERIFY(aside.candidateRefreshToken.isEmpty());
}

void TestTokenVerdict::nothingSecretIsSaid()
{
    const QString secret = QStringLiteral("rt_0123456789abcdefghijklmnop");
    const QByteArray echo = toCompact({{QStringLiteral("error"), QStringLiteral("invalid_grant")},
        {QStringLiteral("error_description"), QStringLiteral("refresh token %1 is not\r\n known").arg(secret)},
        {QStringLiteral("error_uri"), QStringLiteral("https://auth.example.com/why?token=%1").arg(secret)}});
    const auto judged
        = judgeTokenAnswer(TokenDialect::OAuth, answer(400, "application/json", echo), plainProfile(), host, now);
    QVERIFY(!judged);
    for (const QString &text :
        {judged.error().message, judged.error().detail, judged.error().code, judged.error().next})
        QVERIFY2(!text.contains(secret), qPrintable(text));
    QVERIFY(judged.error().detail.contains(QStringLiteral("is not known")));
}

void TestTokenVerdict::everyErrorIsComplete()
{
    for (int status = 100; status < 600; ++status) {
        for (const char *body : {"", "<p>", "{}", R"({"error":"x"})", R"({"access_token":5})"}) {
            const auto judged = judgeTokenAnswer(
                TokenDialect::OAuth, answer(status, "application/json", body), plainProfile(), host, now);
            QVERIFY(!judged);
            QVERIFY(!judged.error().code.isEmpty());
            QVERIFY(!judged.error().message.isEmpty());
            QVERIFY(!toString(judged.error().kind).isEmpty());
        }
    }
}

void TestTokenVerdict::randomBodiesAreNeverAVerdict()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("seed %u", seed);
    QRandomGenerator random(seed);
    const QList<QByteArray> types{
        "application/json", "text/html", "text/plain", "application/x-www-form-urlencoded", ""};
    const QByteArray whole = R"({"error":"invalid_grant","access_token":"a2"})";
    for (int round = 0; round < 3000; ++round) {
        // Cut, or with a flipped byte: whatever is read from it, a broken answer has to be transient or good.
        QByteArray body = whole;
        if (random.bounded(2) == 0)
            body.truncate(random.bounded(static_cast<int>(body.size())));
        else
            body[static_cast<qsizetype>(random.bounded(static_cast<int>(body.size())))]
                = static_cast<char>(random.bounded(256));
        const QByteArray type = types.at(random.bounded(static_cast<int>(types.size())));
        const auto judged = judgeTokenAnswer(TokenDialect::OAuth, answer(200, type, body), plainProfile(), host, now);
        if (!judged && !judged.error().isTransient()) {
            // Only a body that is whole JSON can be a verdict.
            QVERIFY(!QJsonDocument::fromJson(body).isNull());
            QVERIFY(type != "text/html");
        }
    }
}

QTEST_GUILESS_MAIN(TestTokenVerdict)
#include "test_tokenverdict.moc"
