#include "core/accounts/refusal.h"

#include "tests/support/compare.h"

#include <QTest>

using namespace Postroom;

class TestRefusal : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void recognises_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArrayList>("challenges");
        QTest::addColumn<QByteArray>("mediaType");
        QTest::addColumn<int>("refusal");
        const auto row = [](const char *name, int status, const QByteArrayList &challenges, const QByteArray &type,
                             Refusal::Kind refusal) {
            QTest::newRow(name) << status << challenges << type << static_cast<int>(refusal);
        };
        row("invalid token", 401, {"Bearer error=\"invalid_token\""}, "application/json", Refusal::Kind::Token);
        row("bearer alone", 401, {"Bearer realm=\"x\""}, "text/html", Refusal::Kind::Token);
        row("no challenge, JSON", 401, {}, "application/json", Refusal::Kind::Token);
        row("no challenge, no body", 401, {}, "", Refusal::Kind::Token);
        row("a gateway's page", 401, {}, "text/html", Refusal::Kind::None);
        row("another scheme", 401, {"Basic realm=\"x\"", "Negotiate"}, "application/json", Refusal::Kind::None);
        row("bearer among others", 401, {"Basic realm=\"a\"", "bearer error=invalid_token"}, "", Refusal::Kind::Token);
        row("step-up", 401, {"Bearer error=\"insufficient_user_authentication\""}, "", Refusal::Kind::StepUp);
        row("our request is wrong", 401, {"Bearer error=\"invalid_request\""}, "", Refusal::Kind::None);
        row("a nonce is wanted", 401, {"DPoP error=\"use_dpop_nonce\""}, "", Refusal::Kind::None);
        row("scope", 403, {"Bearer error=\"insufficient_scope\", scope=\"write\""}, "", Refusal::Kind::Scope);
        row("scope, other case", 403, {"BEARER Error=Insufficient_Scope"}, "", Refusal::Kind::Scope);
        row("scope in a second header", 403,
            {"Basic realm=\"insufficient_scope\"", "Bearer error=\"insufficient_scope\""}, "", Refusal::Kind::Scope);
        row("scope only in another's realm", 403, {"Basic realm=\"insufficient_scope\""}, "", Refusal::Kind::None);
        row("plain 403", 403, {}, "application/json", Refusal::Kind::None);
        row("403 for a token", 403, {"Bearer error=\"invalid_token\""}, "", Refusal::Kind::None);
        row("200", 200, {"Bearer error=\"invalid_token\""}, "", Refusal::Kind::None);
        row("500", 500, {"Bearer error=\"invalid_token\""}, "", Refusal::Kind::None);
        row("garbage", 401, {"\"\",,=;;Bearer"}, "application/json", Refusal::Kind::Token);
    }
    void recognises()
    {
        QFETCH(int, status);
        QFETCH(QByteArrayList, challenges);
        QFETCH(QByteArray, mediaType);
        QFETCH(int, refusal);
        HttpResponse answer;
        answer.status = status;
        for (const QByteArray &challenge : challenges)
            answer.headers.append(HttpHeader{"www-authenticate", challenge});
        if (!mediaType.isEmpty())
            answer.headers.append(HttpHeader{"Content-Type", mediaType});
        QCOMPARE(static_cast<int>(refusalOf(answer).kind), refusal);
    }

    void bodies_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("refusal");
        const auto row = [](const char *name, int status, const QByteArray &body, Refusal::Kind refusal) {
            QTest::newRow(name) << status << body << static_cast<int>(refusal);
        };
        using Kind = Refusal::Kind;
        row("R09 error details", 403,
            R"({"error":{"code":403,"message":"no","status":"PERMISSION_DENIED","details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}})",
            Kind::Scope);
        row("R10 legacy reason", 403,
            R"({"error":{"errors":[{"reason":"insufficientPermissions"}],"message":"Insufficient Permission"}})",
            Kind::Scope);
        row("R11 message alone", 403,
            R"({"error":{"code":403,"message":"Request had insufficient authentication scopes."}})", Kind::Scope);
        row("R14 no permission", 403, R"({"error":{"message":"The caller does not have permission"}})", Kind::Policy);
        row("R22 a rate", 403, R"({"error":{"errors":[{"reason":"userRateLimitExceeded"}]}})", Kind::Limit);
        row("a quoted file name beside a reason", 403,
            R"({"error":{"errors":[{"reason":"domainPolicy"}],"message":"cannot read 'insufficient scopes.txt'"}})",
            Kind::Policy);
        row("words outside of the message", 403,
            R"({"file":"insufficient scopes","error":{"errors":[{"reason":"notFound"}]}})", Kind::Policy);
        row("an API that is off", 403, R"({"error":{"errors":[{"reason":"accessNotConfigured"}]}})", Kind::Policy);
        row("a policy", 403, R"({"type":"error","error":{"type":"permission_error","message":"no"}})", Kind::Policy);
        row("RFC word in the body", 403, R"({"error":"insufficient_scope"})", Kind::Scope);
        row("a profile's reason", 403, R"({"error":{"errors":[{"reason":"needMoreRights"}]}})", Kind::Scope);
        row("a profile's phrase", 403, R"({"error":{"message":"Please ask for more rights first"}})", Kind::Scope);
        row("R16 a large body is not looked into", 403,
            "{\"error\":\"insufficient_scope\",\"x\":\"" + QByteArray(2 * 1024 * 1024, 'x') + "\"}", Kind::None);
        row("GraphQL scope", 200, R"({"data":null,"errors":[{"type":"INSUFFICIENT_SCOPES"}]})", Kind::Scope);
        row("GraphQL forbidden", 200, R"({"errors":[{"type":"FORBIDDEN"}]})", Kind::Scope);
        row("GraphQL other", 200, R"({"errors":[{"type":"NOT_FOUND"}]})", Kind::None);
        row("data that talks of errors", 200, "{\"text\":\"the \\\"errors\\\" INSUFFICIENT_SCOPES\"}", Kind::None);
        row("429", 429, "{}", Kind::Limit);
        row("not JSON", 403, "insufficient scopes", Kind::None);
    }
    void bodies()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(int, refusal);
        HttpResponse answer;
        answer.status = status;
        answer.headers.append(HttpHeader{"Content-Type", "application/json"});
        answer.body = body;
        const RefusalWords words{{QStringLiteral("need_more_rights"), QStringLiteral("needMoreRights")},
            {QStringLiteral("ask for more rights")}};
        QCOMPARE(static_cast<int>(refusalOf(answer, words).kind), refusal);
    }

    void whatIsMissing()
    {
        HttpResponse answer;
        answer.status = 403;
        answer.headers.append(
            HttpHeader{"WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"write admin\""});
        QCOMPARE(refusalOf(answer).missing, (QStringList{QStringLiteral("write"), QStringLiteral("admin")}));

        answer.status = 401;
        answer.headers = {HttpHeader{"WWW-Authenticate",
            "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold silver\", max_age=\"300\", "
            "resource_metadata=\"https://api.acme.test/.well-known/oauth-protected-resource\""}};
        const Refusal stepUp = refusalOf(answer);
        QCOMPARE(stepUp.acrValues, QStringLiteral("gold silver"));
        QVERIFY(stepUp.maxAge == std::chrono::seconds(300));
        QCOMPARE(stepUp.resourceMetadata.host(), QStringLiteral("api.acme.test"));

        answer.headers = {HttpHeader{"WWW-Authenticate", "Bearer resource_metadata=\"http://evil.test/x\""}};
        QVERIFY(refusalOf(answer).resourceMetadata.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestRefusal)
#include "test_refusal.moc"
