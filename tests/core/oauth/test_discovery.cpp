// Server metadata: where it is looked for and what is refused.
#include "core/base/json.h"
#include "core/http/networkclient.h"
#include "core/oauth/discovery.h"
#include "tests/support/scriptedserver.h"

#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;

namespace
{

QJsonObject document(const QString &issuer, const QString &base)
{
    return {{QStringLiteral("issuer"), issuer}, {QStringLiteral("authorization_endpoint"), base + QStringLiteral("/a")},
        {QStringLiteral("token_endpoint"), base + QStringLiteral("/t")},
        {QStringLiteral("userinfo_endpoint"), base + QStringLiteral("/u")},
        {QStringLiteral("scopes_supported"), QJsonArray{QStringLiteral("openid")}},
        {QStringLiteral("authorization_response_iss_parameter_supported"), true}};
}

} // namespace

class TestDiscovery : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theFormsAreTriedInTurn();
    void aRootIssuerHasTwoForms();
    void anotherIssuerIsRefused();
    void nothingFound();
    void troubleIsTransient();
    void nobodyThere();
    void redirects();
    void insecureIssuer();
    void wrongDocuments_data();
    void wrongDocuments();
    void randomDocumentsDoNoHarm();

private:
    Result<ServerMetadata> find(const QUrl &issuer) { return QCoro::waitFor(discover(&m_client, issuer)); }

    SystemClock m_clock;
    NetworkClient m_client{&m_clock, "postroom-test/1"};
};

void TestDiscovery::theFormsAreTriedInTurn()
{
    ScriptedServer server;
    const QString issuer = server.url(QStringLiteral("/realms/acme")).toString();
    server.then(Script::html(404))
        .then(Script::html(404))
        .then(Script::json(200, document(issuer, server.url(QString()).toString())));
    const auto found = find(QUrl(issuer + QLatin1Char('/')));
    QVERIFY2(found, found ? "" : qPrintable(found.error().message));
    QCOMPARE(found->issuer.toString(), issuer);
    QCOMPARE(found->endpoints.token, server.url(QStringLiteral("/t")));
    QVERIFY(found->endpoints.deviceAuthorization.isEmpty());
    QVERIFY(found->issInResponse);
    QCOMPARE(server.count(), 3);
    QCOMPARE(server.requests()[0].target, "/.well-known/oauth-authorization-server/realms/acme");
    QCOMPARE(server.requests()[1].target, "/realms/acme/.well-known/openid-configuration");
    QCOMPARE(server.requests()[2].target, "/.well-known/openid-configuration/realms/acme");
}

void TestDiscovery::aRootIssuerHasTwoForms()
{
    ScriptedServer server;
    QVERIFY(!find(server.url()));
    QCOMPARE(server.count(), 2);
}

void TestDiscovery::anotherIssuerIsRefused()
{
    ScriptedServer server;
    server.then(
        Script::json(200, document(QStringLiteral("https://evil.example"), QStringLiteral("https://evil.example"))), 2);
    const auto found = find(server.url());
    QVERIFY(!found);
    QCOMPARE(found.error().code, QStringLiteral("issuer-mismatch"));
    QVERIFY(found.error().origin == Origin::Discovery);
}

void TestDiscovery::nothingFound()
{
    ScriptedServer server;
    const auto found = find(server.url());
    QVERIFY(!found);
    QCOMPARE(found.error().code, QStringLiteral("no-discovery"));
    QVERIFY(found.error().kind == ErrorClass::Config);
}

void TestDiscovery::troubleIsTransient()
{
    ScriptedServer server;
    server.then(Script::html(503)).then(Script::html(404));
    const auto found = find(server.url());
    QVERIFY(!found);
    QVERIFY(found.error().isTransient());
    QCOMPARE(found.error().status, 503);
}

void TestDiscovery::nobodyThere()
{
    ScriptedServer server;
    server.stopListening();
    const auto found = find(server.url());
    QVERIFY(!found);
    QVERIFY(found.error().kind == ErrorClass::Net);
    QVERIFY(found.error().origin == Origin::Discovery);
}

void TestDiscovery::redirects()
{
    ScriptedServer other;
    ScriptedServer server;
    const QString issuer = server.url(QString()).toString();
    server.then(Script::redirect(301, "/elsewhere")).then(Script::json(200, document(issuer, issuer)));
    QVERIFY(find(server.url()));
    QCOMPARE(server.requests()[1].target, "/elsewhere");
    // To another origin, in a circle, to nowhere.
    server.then(Script::redirect(302, other.url().toEncoded()))
        .then(Script::redirect(302, "/a"))
        .then(Script::redirect(302, "/b"));
    server.then(Script::redirect(302, "/c")).then(Script::redirect(302, "/d"));
    QVERIFY(!find(server.url()));
    QCOMPARE(other.connections(), 0);
}

void TestDiscovery::insecureIssuer()
{
    for (const char *url :
        {"http://auth.example.com", "", "ftp://127.0.0.1", "https://a.example/?x=1", "https://a.example/#x"}) {
        const auto found = find(QUrl(QString::fromLatin1(url)));
        QVERIFY(!found);
        QCOMPARE(found.error().code, QStringLiteral("insecure-url"));
    }
}

void TestDiscovery::wrongDocuments_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("code");
    const QString issuer = QStringLiteral("https://auth.example.com");
    const auto with = [&issuer](const char *key, const QJsonValue &value) {
        QJsonObject object = document(issuer, issuer);
        object.insert(QLatin1String(key), value);
        return toCompact(object);
    };
    const auto row = [](const char *name, const QByteArray &json, const char *code) {
        QTest::addRow("%s", name) << json << QString::fromLatin1(code);
    };
    row("good", with("x", 1), "");
    row("empty", "", "no-discovery");
    row("page", "<html>", "no-discovery");
    row("list", "[]", "no-discovery");
    row("no issuer", with("issuer", QJsonValue()), "issuer-mismatch");
    row("issuer with something behind it", with("issuer", issuer + QStringLiteral(".evil.example")), "issuer-mismatch");
    row("issuer of another path", with("issuer", issuer + QStringLiteral("/x")), "issuer-mismatch");
    row("issuer a number", with("issuer", 5), "issuer-mismatch");
    row("token endpoint over http", with("token_endpoint", QStringLiteral("http://auth.example.com/t")),
        "insecure-url");
    row("token endpoint a file", with("token_endpoint", QStringLiteral("file:///t")), "insecure-url");
    row("authorization endpoint a script", with("authorization_endpoint", QStringLiteral("javascript:alert(1)")),
        "insecure-url");
    row("authorization endpoint with a user", with("authorization_endpoint", QStringLiteral("https://a@b.example/")),
        "insecure-url");
    row("no token endpoint", with("token_endpoint", QJsonValue()), "no-endpoint");
    row("token endpoint a list", with("token_endpoint", QJsonArray()), "no-endpoint");
}

void TestDiscovery::wrongDocuments()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, code);
    const auto metadata = readServerMetadata(json, QUrl(QStringLiteral("https://auth.example.com")));
    QCOMPARE(metadata ? QString() : metadata.error().code, code);
}

void TestDiscovery::randomDocumentsDoNoHarm()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("seed %u", seed);
    QRandomGenerator random(seed);
    const QString issuer = QStringLiteral("https://auth.example.com");
    const QByteArray good = toCompact(document(issuer, issuer));
    for (int round = 0; round < 3000; ++round) {
        QByteArray json = good;
        for (int i = 0; i < 3; ++i)
            json[static_cast<qsizetype>(random.bounded(static_cast<int>(json.size())))]
                = static_cast<char>(random.bounded(256));
        const auto metadata = readServerMetadata(json, QUrl(issuer));
        if (metadata)
            QVERIFY(isTrustworthyUrl(metadata->endpoints.token));
        else
            QVERIFY(!metadata.error().message.isEmpty());
    }
}

QTEST_GUILESS_MAIN(TestDiscovery)
#include "test_discovery.moc"
