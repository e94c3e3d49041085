#include "core/base/json.h"
#include "core/relayfile/bundle.h"

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

namespace
{

const QDateTime noon(QDate(2026, 1, 15), QTime(12, 0), Qt::UTC);

QJsonObject full()
{
    return {{"relayfileUrl"_L1, "https://file.acme.test"_L1}, {"relayauthUrl"_L1, "https://auth.acme.test/"_L1},
        {"relayfileWorkspaceId"_L1, "rw_1"_L1}, {"workspaceId"_L1, "cw_1"_L1}, {"accessToken"_L1, "at"_L1},
        {"refreshToken"_L1, "rt"_L1}, {"accessTokenExpiresAt"_L1, "2026-01-15T13:00:00.123456789Z"_L1},
        {"refreshTokenExpiresAt"_L1, "2026-01-16T12:00:00Z"_L1}, {"delegationNotAfter"_L1, "2026-01-17T12:00:00Z"_L1},
        {"scopes"_L1, QJsonArray{"fs:read"_L1}},
        {"relayfileScopes"_L1, QJsonArray{"relayfile:fs:read:*"_L1, "fs:read"_L1}}, {"agentName"_L1, "postroom"_L1},
        {"somethingNew"_L1, 1}};
}

Secret jwt(qint64 issued, qint64 end)
{
    const QByteArray payload = toCompact({{"iat"_L1, issued}, {"exp"_L1, end}});
    return Secret(
        "relay_ws_e30." + payload.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals) + ".c2ln");
}

} // namespace

class TestBundle : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAndComesBack()
    {
        const auto bundle = readBundle(full(), {});
        QVERIFY(bundle);
        QCOMPARE(bundle->refreshUrl, QUrl(u"https://auth.acme.test/v1/tokens/refresh"_s));
        QCOMPARE(bundle->relayWorkspaceId, u"rw_1"_s);
        QCOMPARE(bundle->cloudWorkspaceId, u"cw_1"_s);
        QCOMPARE(bundle->scopes, QStringList({u"fs:read"_s, u"relayfile:fs:read:*"_s}));
        QCOMPARE(bundle->accessExpiresAt, std::optional(noon.addSecs(3600).addMSecs(123)));
        const auto again = decodeBundle(encodeBundle(*bundle));
        QVERIFY(again);
        QVERIFY(again->accessToken == bundle->accessToken && again->refreshToken == bundle->refreshToken);
        QCOMPARE(again->server, bundle->server);
        QCOMPARE(again->refreshUrl, bundle->refreshUrl);
        QCOMPARE(again->relayWorkspaceId, bundle->relayWorkspaceId);
        QCOMPARE(again->cloudWorkspaceId, bundle->cloudWorkspaceId);
        QCOMPARE(again->scopes, bundle->scopes);
        QCOMPARE(again->accessExpiresAt, bundle->accessExpiresAt);
        QCOMPARE(again->refreshExpiresAt, bundle->refreshExpiresAt);
        QCOMPARE(again->delegationNotAfter, bundle->delegationNotAfter);
        QCOMPARE(again->agentName, bundle->agentName);
    }

    void otherNamesServe()
    {
        const QJsonObject other{{"baseUrl"_L1, "http://127.0.0.1:8080"_L1}, {"workspaceId"_L1, "ws"_L1},
            {"relayfileToken"_L1, "at"_L1}, {"relayfileRefreshToken"_L1, "rt"_L1},
            {"refreshUrl"_L1, "http://127.0.0.1:8080/refresh"_L1}, {"accessToken"_L1, ""_L1}};
        const auto bundle = readBundle(other, {u"ops:read"_s});
        QVERIFY(bundle);
        QCOMPARE(bundle->relayWorkspaceId, u"ws"_s);
        QCOMPARE(bundle->accessToken.reveal(), QByteArray("at"));
        QCOMPARE(bundle->refreshToken.reveal(), QByteArray("rt"));
        QCOMPARE(bundle->refreshUrl, QUrl(u"http://127.0.0.1:8080/refresh"_s));
        QCOMPARE(bundle->scopes, QStringList(u"ops:read"_s)); // the requested ones, when none came
    }

    void whatIsMissingIsSaid_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QJsonValue>("value");
        QTest::addColumn<QString>("code");
        QTest::newRow("no token") << u"accessToken"_s << QJsonValue() << u"bundle-token"_s;
        QTest::newRow("a token with a line break") << u"accessToken"_s << QJsonValue("a\r\nb"_L1) << u"bundle-token"_s;
        QTest::newRow("a token of a wrong type") << u"accessToken"_s << QJsonValue(5) << u"bundle-token"_s;
        QTest::newRow("no server") << u"relayfileUrl"_s << QJsonValue() << u"bundle-server"_s;
        QTest::newRow("plain http") << u"relayfileUrl"_s << QJsonValue("http://file.acme.test"_L1)
                                    << u"bundle-server"_s;
        QTest::newRow("no URL") << u"relayfileUrl"_s << QJsonValue("::"_L1) << u"bundle-server"_s;
    }
    void whatIsMissingIsSaid()
    {
        QFETCH(QString, key);
        QFETCH(QJsonValue, value);
        QFETCH(QString, code);
        QJsonObject object = full();
        object.insert(key, value);
        const auto bundle = readBundle(object, {});
        QVERIFY(!bundle);
        QCOMPARE(bundle.error().code, code);
        object.remove("relayfileWorkspaceId"_L1);
        object.remove("workspaceId"_L1);
        QVERIFY(!readBundle(object, {}));
    }

    void anUntrustworthyRefreshAddressIsDropped()
    {
        QJsonObject object = full();
        object.insert("refreshUrl"_L1, "http://evil.test/refresh"_L1);
        const auto bundle = readBundle(object, {});
        QVERIFY(bundle);
        QVERIFY(bundle->refreshUrl.isEmpty());
        QVERIFY(bundle->refreshToken.isEmpty());
    }

    void corruptEntries()
    {
        for (const QByteArray &value : {QByteArray(), QByteArray("{"), QByteArray("{}"), QByteArray("[]"),
                 QByteArray("{\"v\":2}"), QByteArray("{\"v\":1}"), QByteArray(2000, '{')})
            QVERIFY(!decodeBundle(Secret(value)));
    }

    void needsRefresh_data()
    {
        QTest::addColumn<qint64>("lifetime");
        QTest::addColumn<qint64>("left");
        QTest::addColumn<bool>("yes");
        QTest::newRow("an hour, fresh") << qint64(3600) << qint64(3600) << false;
        QTest::newRow("an hour, just over the lead") << qint64(3600) << qint64(361) << false;
        QTest::newRow("an hour, at the lead") << qint64(3600) << qint64(360) << true;
        QTest::newRow("at least five minutes") << qint64(600) << qint64(300) << true;
        QTest::newRow("ten minutes, fresh") << qint64(600) << qint64(301) << false;
        QTest::newRow("a day") << qint64(86400) << qint64(8640) << true;
        QTest::newRow("over") << qint64(3600) << qint64(-5) << true;
    }
    void needsRefresh()
    {
        QFETCH(qint64, lifetime);
        QFETCH(qint64, left);
        QFETCH(bool, yes);
        DelegatedBundle bundle;
        const qint64 end = noon.toSecsSinceEpoch() + left;
        bundle.accessToken = jwt(end - lifetime, end);
        bundle.accessExpiresAt = noon.addDays(99); // the token itself has the last word
        QCOMPARE(bundleNeedsRefresh(bundle, noon), yes);
    }

    void opaqueTokensGoByTheirNote()
    {
        DelegatedBundle bundle;
        bundle.accessToken = Secret(QByteArray("opaque"));
        QVERIFY(!bundleNeedsRefresh(bundle, noon));
        bundle.accessExpiresAt = noon.addSecs(299);
        QVERIFY(bundleNeedsRefresh(bundle, noon));
        bundle.accessExpiresAt = noon.addSecs(301);
        QVERIFY(!bundleNeedsRefresh(bundle, noon));
    }
};

QTEST_GUILESS_MAIN(TestBundle)
#include "test_bundle.moc"
