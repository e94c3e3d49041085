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
                             Refusal refusal) {
            QTest::newRow(name) << status << challenges << type << static_cast<int>(refusal);
        };
        row("invalid token", 401, {"Bearer error=\"invalid_token\""}, "application/json", Refusal::Token);
        row("bearer alone", 401, {"Bearer realm=\"x\""}, "text/html", Refusal::Token);
        row("no challenge, JSON", 401, {}, "application/json", Refusal::Token);
        row("no challenge, no body", 401, {}, "", Refusal::Token);
        row("a gateway's page", 401, {}, "text/html", Refusal::None);
        row("another scheme", 401, {"Basic realm=\"x\"", "Negotiate"}, "application/json", Refusal::None);
        row("bearer among others", 401, {"Basic realm=\"a\"", "bearer error=invalid_token"}, "", Refusal::Token);
        row("step-up", 401, {"Bearer error=\"insufficient_user_authentication\""}, "", Refusal::None);
        row("our request is wrong", 401, {"Bearer error=\"invalid_request\""}, "", Refusal::None);
        row("a nonce is wanted", 401, {"DPoP error=\"use_dpop_nonce\""}, "", Refusal::None);
        row("scope", 403, {"Bearer error=\"insufficient_scope\", scope=\"write\""}, "", Refusal::Scope);
        row("scope, other case", 403, {"BEARER Error=Insufficient_Scope"}, "", Refusal::Scope);
        row("scope in a second header", 403,
            {"Basic realm=\"insufficient_scope\"", "Bearer error=\"insufficient_scope\""}, "", Refusal::Scope);
        row("scope only in another's realm", 403, {"Basic realm=\"insufficient_scope\""}, "", Refusal::None);
        row("plain 403", 403, {}, "application/json", Refusal::None);
        row("403 for a token", 403, {"Bearer error=\"invalid_token\""}, "", Refusal::None);
        row("200", 200, {"Bearer error=\"invalid_token\""}, "", Refusal::None);
        row("500", 500, {"Bearer error=\"invalid_token\""}, "", Refusal::None);
        row("garbage", 401, {"\"\",,=;;Bearer"}, "application/json", Refusal::Token);
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
        QCOMPARE(static_cast<int>(refusalOf(answer)), refusal);
    }
};

QTEST_GUILESS_MAIN(TestRefusal)
#include "test_refusal.moc"
