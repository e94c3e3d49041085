#include "core/accounts/claims.h"
#include "core/accounts/credential.h"
#include "core/accounts/pastedtoken.h"
#include "core/base/json.h"

#include "tests/support/compare.h"

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

namespace
{

Secret jwt(const QJsonObject &payload, const QByteArray &prefix = {})
{
    const auto part = [](const QByteArray &json) {
        return json.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    };
    return Secret(prefix + QByteArray("e30") + '.' + part(toCompact(payload)) + ".c2ln");
}

} // namespace

class TestCredential : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void comesBack()
    {
        Credential before;
        before.generation = 5;
        before.grantEpoch = 2;
        before.accessToken = Secret(QByteArray("at"));
        before.refreshToken = Secret(QByteArray("rt"));
        before.clientSecret = Secret(QByteArray("cs"));
        before.obtainedAt = QDateTime(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC);
        before.expiresAt = before.obtainedAt.addSecs(3600);
        before.scopes = {QStringLiteral("a"), QStringLiteral("b")};
        before.apiUrl = QStringLiteral("https://api.acme.test");
        const auto after = decodeCredential(encodeCredential(before));
        QVERIFY(after);
        QCOMPARE(after->generation, before.generation);
        QCOMPARE(after->grantEpoch, before.grantEpoch);
        QVERIFY(after->accessToken == before.accessToken && after->refreshToken == before.refreshToken
            && after->clientSecret == before.clientSecret);
        QCOMPARE(after->obtainedAt, before.obtainedAt);
        QCOMPARE(after->expiresAt, before.expiresAt);
        QCOMPARE(after->scopes, before.scopes);
        QCOMPARE(after->apiUrl, before.apiUrl);
    }

    void corruptIsSaid_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("truncated") << QByteArray("{\"v\":1,\"at\":\"x");
        QTest::newRow("no token") << QByteArray("{\"v\":1}");
        QTest::newRow("another version") << QByteArray("{\"v\":2,\"at\":\"x\"}");
        QTest::newRow("no version") << QByteArray("{\"at\":\"x\"}");
        QTest::newRow("tokens of a wrong type") << QByteArray("{\"v\":1,\"at\":5,\"rt\":null}");
        QTest::newRow("not JSON") << QByteArray("\xff\xfe\x00", 3);
    }
    void corruptIsSaid()
    {
        QFETCH(QByteArray, value);
        const auto credential = decodeCredential(Secret(value));
        QVERIFY(!credential);
        QCOMPARE(credential.error().code, QStringLiteral("corrupt"));
        QCOMPARE(credential.error().origin, Origin::Storage);
        QCOMPARE(credential.error().kind, ErrorClass::Store);
    }

    void claimsAreReadBehindAPrefix()
    {
        const QJsonObject payload{
            {"exp"_L1, 4102444800.0}, {"wks"_L1, "rw_1"_L1}, {"scopes"_L1, QJsonArray{"fs:read"_L1, "ops:read"_L1}}};
        for (const QByteArray &prefix : {QByteArray(), QByteArray("relay_ws_"), QByteArray("relay_pa_")}) {
            const QJsonObject claims = readClaims(jwt(payload, prefix));
            QCOMPARE(claims.value("wks"_L1).toString(), QStringLiteral("rw_1"));
            QCOMPARE(timeClaim(claims, QLatin1String("exp")),
                std::optional(QDateTime::fromSecsSinceEpoch(4102444800, Qt::UTC)));
            QCOMPARE(scopesClaim(claims), QStringList({QStringLiteral("fs:read"), QStringLiteral("ops:read")}));
        }
        QCOMPARE(scopesClaim({{"scope"_L1, "a b,c"_L1}}),
            QStringList({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}));
    }

    void nonsenseHasNoClaims()
    {
        for (const QByteArray &value : {QByteArray(), QByteArray("opaque"), QByteArray("a.b.c"), QByteArray("a.e30"),
                 QByteArray("..."), QByteArray("a.!!!!.c"), QByteArray("a.W10.c"), QByteArray(100000, '.')})
            QVERIFY(readClaims(Secret(value)).isEmpty());
        QVERIFY(!timeClaim({{"exp"_L1, "4102444800"_L1}}, QLatin1String("exp")));
        QVERIFY(!timeClaim({{"exp"_L1, -1}}, QLatin1String("exp")));
        QVERIFY(!timeClaim({{"exp"_L1, 1e300}}, QLatin1String("exp")));
    }

    void aPastedServerTokenTellsItself()
    {
        const QDateTime now = QDateTime::fromSecsSinceEpoch(1800000000, Qt::UTC);
        const TokenSet tokens
            = readServerToken(jwt({{"wks"_L1, "rw_1"_L1}, {"sub"_L1, "dev\nagent"_L1}, {"exp"_L1, 1800003600},
                                  {"iat"_L1, 1799999000}, {"scopes"_L1, "fs:read"_L1}}),
                now);
        QCOMPARE(tokens.subject, QStringLiteral("rw_1/dev agent"));
        QCOMPARE(tokens.displayName, QStringLiteral("dev agent"));
        QCOMPARE(tokens.expiresAt.toSecsSinceEpoch(), 1800003600);
        QCOMPARE(tokens.obtainedAt.toSecsSinceEpoch(), 1799999000);
        QCOMPARE(tokens.scopes.value_or(QStringList()), QStringList(QStringLiteral("fs:read")));
        const TokenSet opaque = readServerToken(Secret(QByteArray("opaque")), now);
        QVERIFY(!opaque.expiresAt.isValid() && opaque.subject.isEmpty() && !opaque.scopes);
        // A beginning in the future would make every lifetime wrong.
        QCOMPARE(readServerToken(jwt({{"iat"_L1, 1900000000}}), now).obtainedAt, now);
    }
};

QTEST_GUILESS_MAIN(TestCredential)
#include "test_credential.moc"
