// Which servers a resource may name, where its metadata is looked for, and what is remembered of both.
#include "core/base/json.h"
#include "core/oauth/discovery.h"
#include "core/oauth/metadatacache.h"
#include "tests/support/fakeclock.h"
#include "tests/support/fakehttp.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

const QUrl server(QStringLiteral("https://mcp.example.com/v1/mcp"));
const QUrl issuer(QStringLiteral("https://auth.example.com"));
const QString atPath = QStringLiteral("GET /.well-known/oauth-protected-resource/v1/mcp");
const QString atRoot = QStringLiteral("GET /.well-known/oauth-protected-resource");

QJsonObject resourceDocument(const QString &resource = QStringLiteral("https://mcp.example.com/v1/mcp"),
    const QString &authorizationServer = QStringLiteral("https://auth.example.com"))
{
    return {{QStringLiteral("resource"), resource},
        {QStringLiteral("authorization_servers"), QJsonArray{authorizationServer}},
        {QStringLiteral("scopes_supported"), QJsonArray{QStringLiteral("tools")}}};
}

QJsonObject serverDocument(const QString &named)
{
    return {{QStringLiteral("issuer"), named},
        {QStringLiteral("token_endpoint"), QStringLiteral("https://auth.example.com/token")},
        {QStringLiteral("code_challenge_methods_supported"), QJsonArray{QStringLiteral("S256")}},
        {QStringLiteral("client_id_metadata_document_supported"), true}};
}

HttpResponse notFound()
{
    return FakeHttp::text(404, "text/html", "<p>not found</p>");
}

} // namespace

class TestResourceDiscovery : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void placesInTurn();
    void aNamedPlaceIsTheOnlyOne();
    void documents_data();
    void documents();
    void names_data();
    void names();
    void canonicalNames_data();
    void canonicalNames();
    void challenges_data();
    void challenges();
    void nobodyToAsk();
    void vectors_data();
    void vectors();
    void whatIsRemembered();
    void theFileSurvives();
    void aBrokenFileIsEmpty();
    void theClockWentBack();
    void oldEntriesMakeRoom();

private:
    QString path() const { return m_folder->filePath(QStringLiteral("metadata.json")); }

    FakeClock m_clock;
    std::unique_ptr<FakeHttp> m_http;
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestResourceDiscovery::init()
{
    m_http = std::make_unique<FakeHttp>();
    m_folder = std::make_unique<QTemporaryDir>();
    m_clock.jump(m_clock.now().msecsTo(QDateTime(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC)) * 1ms);
}

void TestResourceDiscovery::placesInTurn()
{
    m_http->queue(atPath, notFound());
    m_http->queue(atRoot, FakeHttp::json(200, resourceDocument(QStringLiteral("https://mcp.example.com"))));
    const auto found = QCoro::waitFor(discoverResource(m_http.get(), server));
    QVERIFY2(found, found ? "" : qPrintable(found.error().message));
    QCOMPARE(found->resource, QStringLiteral("https://mcp.example.com"));
    QCOMPARE(found->authorizationServers, QList<QUrl>{issuer});
    QCOMPARE(found->scopesSupported, QStringList(QStringLiteral("tools")));
    QCOMPARE(m_http->requests().size(), 2);
    QVERIFY(m_http->requests()[0].origin == Origin::Discovery);

    m_http->queue(atPath, notFound());
    m_http->queue(atRoot, notFound());
    const auto nothing = QCoro::waitFor(discoverResource(m_http.get(), server));
    QVERIFY(!nothing);
    QCOMPARE(nothing.error().code, QStringLiteral("no-discovery"));
}

void TestResourceDiscovery::aNamedPlaceIsTheOnlyOne()
{
    const QUrl place(QStringLiteral("https://mcp.example.com/meta"));
    m_http->queue(QStringLiteral("GET /meta"), FakeHttp::json(200, resourceDocument()));
    QVERIFY(QCoro::waitFor(discoverResource(m_http.get(), server, place)));
    // The root of the host is not what was asked.
    m_http->queue(
        QStringLiteral("GET /meta"), FakeHttp::json(200, resourceDocument(QStringLiteral("https://mcp.example.com"))));
    const auto root = QCoro::waitFor(discoverResource(m_http.get(), server, place));
    QVERIFY(!root);
    QCOMPARE(root.error().code, QStringLiteral("resource-mismatch"));
    QCOMPARE(m_http->requests().size(), 2);
    for (const char *elsewhere : {"http://mcp.example.com/meta", "https://127.0.0.1/meta", "https://localhost/meta"}) {
        const auto refused
            = QCoro::waitFor(discoverResource(m_http.get(), server, QUrl(QString::fromLatin1(elsewhere))));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, QStringLiteral("insecure-url"));
    }
    QCOMPARE(m_http->requests().size(), 2);
}

void TestResourceDiscovery::documents_data()
{
    QTest::addColumn<QJsonObject>("document");
    QTest::addColumn<bool>("root");
    QTest::addColumn<QString>("code");
    const auto named = [](const char *resource) { return resourceDocument(QString::fromLatin1(resource)); };
    const auto by = [](const char *authorizationServer) {
        return resourceDocument(server.toString(), QString::fromLatin1(authorizationServer));
    };
    const auto row = [](const char *name, const QJsonObject &document, const char *code, bool root = false) {
        QTest::addRow("%s", name) << document << root << QString::fromLatin1(code);
    };
    row("good", resourceDocument(), "");
    row("slash at the end", named("https://mcp.example.com/v1/mcp/"), "");
    row("capitals in the host", named("https://MCP.Example.com/v1/mcp"), "");
    row("root, at the root", named("https://mcp.example.com/"), "", true);
    row("F10 other host", named("https://evil.example/v1/mcp"), "resource-mismatch");
    row("F10 other path", named("https://mcp.example.com/v1"), "resource-mismatch");
    row("F10 other path at the root", named("https://mcp.example.com/v2"), "resource-mismatch", true);
    row("F10 root of the host", named("https://mcp.example.com"), "resource-mismatch");
    row("F10 longer host", named("https://mcp.example.com.evil.example/v1/mcp"), "resource-mismatch");
    row("F10 other port", named("https://mcp.example.com:444/v1/mcp"), "resource-mismatch");
    row("F10 http", named("http://mcp.example.com/v1/mcp"), "resource-mismatch");
    row("F10 query", named("https://mcp.example.com/v1/mcp?x=1"), "resource-mismatch");
    row("F10 nothing", named(""), "resource-mismatch");
    row("no server", QJsonObject{{QStringLiteral("resource"), server.toString()}}, "no-authorization-server");
    row("server over http", by("http://auth.example.com"), "insecure-url");
    row("server on this computer", by("http://127.0.0.1:8080"), "insecure-url");
    row("server in this network", by("https://192.168.1.1"), "insecure-url");
    row("server a script", by("javascript:alert(1)"), "insecure-url");
    row("empty", {}, "resource-mismatch");
}

void TestResourceDiscovery::documents()
{
    QFETCH(QJsonObject, document);
    QFETCH(bool, root);
    QFETCH(QString, code);
    const auto metadata = readResourceMetadata(toCompact(document), server, root);
    QCOMPARE(metadata ? QString() : metadata.error().code, code);
    if (!metadata) {
        QVERIFY(metadata.error().origin == Origin::Discovery);
        QVERIFY(metadata.error().kind == ErrorClass::Config);
        QVERIFY(!metadata.error().message.isEmpty());
    } else {
        // The exact text goes into the requests for tokens.
        QCOMPARE(metadata->resource, document.value(QStringLiteral("resource")).toString());
    }
}

void TestResourceDiscovery::names_data()
{
    QTest::addColumn<QString>("by");
    QTest::addColumn<QString>("named");
    QTest::addColumn<bool>("allowed");
    const auto row = [](const char *by, const char *named, bool allowed) {
        QTest::addRow("%s by %s", named, by) << QString::fromLatin1(by) << QString::fromLatin1(named) << allowed;
    };
    row("https://a.example", "https://b.example", true);
    row("https://a.example", "http://b.example", false);
    row("https://a.example", "https://127.0.0.1", false);
    row("https://a.example", "http://127.0.0.1:80", false);
    row("https://a.example", "https://[::1]", false);
    row("https://a.example", "https://10.1.2.3", false);
    row("https://a.example", "https://172.20.0.1", false);
    row("https://a.example", "https://172.32.0.1", true);
    row("https://a.example", "https://169.254.169.254", false);
    row("https://a.example", "https://[fd00::1]", false);
    row("https://a.example", "https://[::ffff:10.0.0.1]", false);
    row("https://a.example", "https://localhost", false);
    row("https://a.example", "https://x.localhost", false);
    row("https://a.example", "https://8.8.8.8", true);
    row("http://127.0.0.1:1", "http://127.0.0.1:2", true);
    row("https://192.168.1.1", "https://10.0.0.1", true);
    row("http://127.0.0.1:1", "http://a.example", false);
}

void TestResourceDiscovery::names()
{
    QFETCH(QString, by);
    QFETCH(QString, named);
    QFETCH(bool, allowed);
    QCOMPARE(mayName(QUrl(by), QUrl(named)), allowed);
}

void TestResourceDiscovery::canonicalNames_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("name");
    const auto row = [](const char *url, const char *name) {
        QTest::addRow("%s", url) << QString::fromLatin1(url) << QString::fromLatin1(name);
    };
    row("HTTPS://MCP.Example.com/Path", "https://mcp.example.com/Path");
    row("https://mcp.example.com/", "https://mcp.example.com");
    row("https://mcp.example.com", "https://mcp.example.com");
    row("https://mcp.example.com/a/#part", "https://mcp.example.com/a/");
    row("https://mcp.example.com:8443/a?b=c", "https://mcp.example.com:8443/a?b=c");
}

void TestResourceDiscovery::canonicalNames()
{
    QFETCH(QString, url);
    QFETCH(QString, name);
    QCOMPARE(canonicalResource(QUrl(url)), name);
}

void TestResourceDiscovery::challenges_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QList<QByteArray>>("headers");
    QTest::addColumn<QString>("metadata");
    QTest::addColumn<QStringList>("scopes");
    const QString place = QStringLiteral("https://mcp.example.com/meta");
    QTest::addRow("plain") << 401 << QList<QByteArray>{"Bearer resource_metadata=\"https://mcp.example.com/meta\""}
                           << place << QStringList();
    QTest::addRow("second header, any case, scopes")
        << 401
        << QList<QByteArray>{"Basic realm=\"x, Bearer\"",
               "BEARER Error=\"invalid_token\", Resource_Metadata=\"https://mcp.example.com/meta\", scope=\"a b\""}
        << place << QStringList{QStringLiteral("a"), QStringLiteral("b")};
    QTest::addRow("another scheme") << 401 << QList<QByteArray>{"DPoP resource_metadata=\"https://mcp.example.com/m\""}
                                    << QString() << QStringList();
    QTest::addRow("no header") << 401 << QList<QByteArray>() << QString() << QStringList();
    QTest::addRow("not a refusal") << 200
                                   << QList<QByteArray>{"Bearer resource_metadata=\"https://mcp.example.com/meta\""}
                                   << QString() << QStringList();
}

void TestResourceDiscovery::challenges()
{
    QFETCH(int, status);
    QFETCH(QList<QByteArray>, headers);
    QFETCH(QString, metadata);
    QFETCH(QStringList, scopes);
    HttpResponse response = FakeHttp::text(status, "text/plain", {});
    for (const QByteArray &header : std::as_const(headers))
        response.headers.append(HttpHeader{"WWW-Authenticate", header});
    m_http->queue(QStringLiteral("GET /v1/mcp"), response);
    const auto challenge = QCoro::waitFor(askResource(m_http.get(), server));
    QVERIFY(challenge);
    QCOMPARE(challenge->metadata, QUrl(metadata));
    QCOMPARE(challenge->scopes, scopes);
    QVERIFY(FakeHttp::header(m_http->requests().constFirst(), "Authorization").isEmpty());
}

void TestResourceDiscovery::nobodyToAsk()
{
    m_http->queue(QStringLiteral("GET /v1/mcp"), FakeHttp::fail(ErrorClass::Net, QStringLiteral("host-not-found")));
    QVERIFY(!QCoro::waitFor(askResource(m_http.get(), server)));
    // One that streams until the deadline is there.
    m_http->queue(QStringLiteral("GET /v1/mcp"), FakeHttp::fail(ErrorClass::Ambiguous, QStringLiteral("timeout")));
    const auto challenge = QCoro::waitFor(askResource(m_http.get(), server));
    QVERIFY(challenge);
    QVERIFY(challenge->metadata.isEmpty());
}

// F13: what is remembered serves while the server has trouble. F11: but not where it says something wrong.
void TestResourceDiscovery::vectors_data()
{
    QTest::addColumn<int>("hours"); // since it was read
    QTest::addColumn<int>("status"); // 0: nobody answers
    QTest::addColumn<QString>("named"); // the issuer in the document
    QTest::addColumn<bool>("good");
    QTest::addColumn<bool>("asked");
    const QString right = issuer.toString();
    QTest::addRow("F13 fresh") << 23 << 503 << right << true << false;
    QTest::addRow("F13 one day") << 25 << 503 << right << true << true;
    QTest::addRow("F13 nobody answers") << 25 << 0 << right << true << true;
    QTest::addRow("F13 month") << 30 * 24 << 503 << right << true << true;
    QTest::addRow("F13 too old") << 30 * 24 + 1 << 503 << right << false << true;
    QTest::addRow("F11") << 25 << 200 << QStringLiteral("https://evil.example") << false << true;
    QTest::addRow("gone") << 25 << 404 << right << false << true;
}

void TestResourceDiscovery::vectors()
{
    QFETCH(int, hours);
    QFETCH(int, status);
    QFETCH(QString, named);
    QFETCH(bool, good);
    QFETCH(bool, asked);
    const QString form = QStringLiteral("GET /.well-known/oauth-authorization-server");
    const QString other = QStringLiteral("GET /.well-known/openid-configuration");
    MetadataCache cache(path(), &m_clock);
    m_http->queue(form, FakeHttp::json(200, serverDocument(issuer.toString())));
    QVERIFY(QCoro::waitFor(discover(m_http.get(), &cache, issuer)));
    m_http->forgetRequests();
    m_clock.jump(std::chrono::hours(hours));
    for (const QString &key : {form, other}) {
        if (status == 0)
            m_http->queue(key, FakeHttp::fail(ErrorClass::Net, QStringLiteral("host-not-found"), Origin::Discovery));
        else
            m_http->queue(key, FakeHttp::json(status, serverDocument(named)));
    }
    const auto metadata = QCoro::waitFor(discover(m_http.get(), &cache, issuer));
    QCOMPARE(bool(metadata), good);
    QCOMPARE(!m_http->requests().isEmpty(), asked);
    if (good) {
        QCOMPARE(metadata->endpoints.token, QUrl(QStringLiteral("https://auth.example.com/token")));
        QVERIFY(metadata->offersS256());
        QVERIFY(metadata->clientMetadataDocuments);
    }
}

void TestResourceDiscovery::whatIsRemembered()
{
    MetadataCache cache(path(), &m_clock);
    m_http->queue(atPath, FakeHttp::json(200, resourceDocument()));
    QVERIFY(QCoro::waitFor(discoverResource(m_http.get(), &cache, server, {})));
    QVERIFY(QCoro::waitFor(discoverResource(m_http.get(), &cache, server, {})));
    QCOMPARE(m_http->requests().size(), 1);
    m_clock.jump(48h);
    m_http->queue(atPath, FakeHttp::text(502, "text/html", "<p>"));
    m_http->queue(atRoot, FakeHttp::text(502, "text/html", "<p>"));
    const auto older = QCoro::waitFor(discoverResource(m_http.get(), &cache, server, {}));
    QVERIFY(older);
    QCOMPARE(older->authorizationServers, QList<QUrl>{issuer});
}

void TestResourceDiscovery::theFileSurvives()
{
    {
        MetadataCache cache(path(), &m_clock);
        cache.keep(QStringLiteral("a"), "{\"x\":\"\\u00e4\"}");
        cache.keep(QStringLiteral("b"), "{}");
        cache.forget(QStringLiteral("b"));
        cache.keep(QStringLiteral("huge"), QByteArray(100'000, 'x'));
    }
    MetadataCache cache(path(), &m_clock);
    QCOMPARE(cache.fresh(QStringLiteral("a")), std::optional(QByteArray("{\"x\":\"\\u00e4\"}")));
    QVERIFY(!cache.fresh(QStringLiteral("b")));
    QVERIFY(!cache.fresh(QStringLiteral("huge")));
    m_clock.jump(25h);
    QVERIFY(!cache.fresh(QStringLiteral("a")));
    QVERIFY(cache.usable(QStringLiteral("a")));
    QCOMPARE(QFile(path()).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
}

void TestResourceDiscovery::aBrokenFileIsEmpty()
{
    for (const QByteArray &content : {QByteArray("{"), QByteArray("[]"), QByteArray(R"({"documents":{"a":7}})"),
             QByteArray(R"({"documents":{"a":{"readAt":"x","document":"y"}}})")}) {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        MetadataCache cache(path(), &m_clock);
        QVERIFY(!cache.usable(QStringLiteral("a")));
        cache.keep(QStringLiteral("a"), "{}");
        QVERIFY(MetadataCache(path(), &m_clock).usable(QStringLiteral("a")));
    }
}

void TestResourceDiscovery::theClockWentBack()
{
    MetadataCache cache(path(), &m_clock);
    cache.keep(QStringLiteral("a"), "{}");
    m_clock.jump(-1h);
    QVERIFY(!cache.fresh(QStringLiteral("a")));
    QVERIFY(!cache.usable(QStringLiteral("a")));
}

void TestResourceDiscovery::oldEntriesMakeRoom()
{
    MetadataCache cache(path(), &m_clock);
    for (int i = 0; i < 60; ++i) {
        cache.keep(QString::number(i), "{}");
        m_clock.jump(1s);
    }
    QVERIFY(!cache.usable(QStringLiteral("0")));
    QVERIFY(!cache.usable(QStringLiteral("9")));
    QVERIFY(cache.usable(QStringLiteral("10")));
    QVERIFY(cache.usable(QStringLiteral("59")));
}

QTEST_GUILESS_MAIN(TestResourceDiscovery)
#include "test_resourcediscovery.moc"
