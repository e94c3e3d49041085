// Provider profiles: what is read, what is refused and what is kept.
#include "core/base/json.h"
#include "core/oauth/profile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace Postroom;

namespace
{

// With apostrophes for quotation marks, for the eye.
const QByteArray full
    = QByteArray("{"
                 "'id': 'acme', 'name': 'Acme', 'kind': 'oauth2', 'issuer': 'https://auth.acme.dev',"
                 "'endpoints': {'authorization': 'https://auth.acme.dev/a', 'token': 'https://auth.acme.dev/t', "
                 "'deviceAuthorization': 'https://auth.acme.dev/d',"
                 "'revocation': 'https://auth.acme.dev/r', 'userinfo': 'https://auth.acme.dev/u', 'registration': "
                 "'https://auth.acme.dev/reg'},"
                 "'client': {'id': 'postroom', 'auth': 'post', 'metadata': 'https://acme.dev/client.json'},"
                 "'scopes': {'default': ['openid', 'files'], 'offered': [{'scope': 'files', 'label': 'Read files'}]},"
                 "'resource': 'https://api.acme.dev', 'refresh': {'leadSeconds': 14400, 'handOutSkewSeconds': 30, "
                 "'sendScope': true},"
                 "'authorization': {'access_type': 'offline'}, 'tokenFormat': 'json',"
                 "'errorCodes': {'Authentication_Error': 'reauth', 'permission_error': 'policy'},"
                 "'scopeProblems': {'reasons': ['SCOPE'], 'messages': ['more rights']},"
                 "'probe': {'method': 'GET', 'url': 'https://api.acme.dev/me'},"
                 "'quota': {'url': 'https://api.acme.dev/quota', 'headers': {'x': 'y'}, 'format': 'claude'}"
                 "}")
          .replace('\'', '"');

QByteArray with(const QString &path, const QJsonValue &value)
{
    QJsonObject object = QJsonDocument::fromJson(full).object();
    const QStringList keys = path.split(QLatin1Char('.'));
    if (keys.size() == 1) {
        object.insert(path, value);
    } else {
        QJsonObject inner = object.value(keys.at(0)).toObject();
        inner.insert(keys.at(1), value);
        object.insert(keys.at(0), inner);
    }
    return toCompact(object);
}

} // namespace

class TestProfile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everythingIsRead();
    void littleIsEnough();
    void wrongValuesNameTheKey_data();
    void wrongValuesNameTheKey();
    void unknownKeysAreWarnings();
    void notAProfile_data();
    void notAProfile();
    void randomBytesDoNoHarm();
    void builtInProfiles();
    void ownProfiles();
    void ownProfilesByHand();
};

void TestProfile::everythingIsRead()
{
    const auto reading = readProfile(full);
    QVERIFY2(reading, reading ? "" : qPrintable(reading.error().message));
    QVERIFY(reading->warnings.isEmpty());
    const ProviderProfile &profile = reading->profile;
    QCOMPARE(profile.id, QStringLiteral("acme"));
    QVERIFY(profile.kind == ProviderKind::OAuth2);
    QVERIFY(profile.clientAuth == ClientAuth::Post);
    QCOMPARE(profile.issuer, QUrl(QStringLiteral("https://auth.acme.dev")));
    QCOMPARE(profile.endpoints.deviceAuthorization, QUrl(QStringLiteral("https://auth.acme.dev/d")));
    QCOMPARE(profile.endpoints.registration, QUrl(QStringLiteral("https://auth.acme.dev/reg")));
    QCOMPARE(profile.defaultScopes, QStringList({QStringLiteral("openid"), QStringLiteral("files")}));
    QCOMPARE(profile.offeredScopes.size(), 1);
    QCOMPARE(profile.offeredScopes[0].label, QStringLiteral("Read files"));
    QCOMPARE(profile.refreshLead, std::optional(std::chrono::seconds(14400)));
    QCOMPARE(profile.handOutSkew, std::optional(std::chrono::seconds(30)));
    QVERIFY(profile.errorCodes.value(QStringLiteral("authentication_error")) == ErrorClass::Reauth);
    QCOMPARE(profile.clientMetadata, QUrl(QStringLiteral("https://acme.dev/client.json")));
    QVERIFY(profile.sendScope);
    QVERIFY(profile.tokenFormat == TokenFormat::Json);
    QCOMPARE(profile.authorizationParameters.size(), 1);
    QCOMPARE(profile.authorizationParameters[0], qMakePair(QStringLiteral("access_type"), QStringLiteral("offline")));
    QCOMPARE(profile.scopeProblems.reasons, QStringList(QStringLiteral("SCOPE")));
    QCOMPARE(profile.scopeProblems.messages, QStringList(QStringLiteral("more rights")));
    QVERIFY(profile.probe);
    QCOMPARE(profile.probe->method, "GET");
    QCOMPARE(profile.probe->url, QUrl(QStringLiteral("https://api.acme.dev/me")));
    QVERIFY(profile.quota);
    QCOMPARE(profile.quota->url, QUrl(QStringLiteral("https://api.acme.dev/quota")));
    QCOMPARE(profile.quota->headers.size(), 1);
    QCOMPARE(profile.quota->headers[0].name, "x");
    QCOMPARE(profile.quota->headers[0].value, "y");
    QCOMPARE(profile.quota->format, QStringLiteral("claude"));
    QVERIFY(!profile.builtIn);
    QVERIFY(!profile.needsServer());
    QVERIFY(!profile.needsClientId());
    QCOMPARE(profile.source, QJsonDocument::fromJson(full).object());
}

void TestProfile::littleIsEnough()
{
    QByteArray json = R"({"id":"x","name":"X","kind":"oauth2"})";
    const auto reading = readProfile(json);
    QVERIFY(reading);
    QVERIFY(reading->profile.needsServer());
    QVERIFY(reading->profile.needsClientId());
    QVERIFY(reading->profile.clientAuth == ClientAuth::None);
    QVERIFY(!reading->profile.refreshLead);
    QVERIFY(!reading->profile.probe);
    QVERIFY(!reading->profile.quota);
    QVERIFY(!reading->profile.sendScope);
    QVERIFY(reading->profile.tokenFormat == TokenFormat::Form);
    json = R"({"id":"x","name":"X","kind":"mcp"})";
    QVERIFY(readProfile(json)->profile.needsServer());
    QVERIFY(!readProfile(json)->profile.needsClientId());
    json = R"({"id":"x","name":"X","kind":"claude","issuer":"https://x.example"})";
    QVERIFY(readProfile(json)->profile.tokenFormat == TokenFormat::Json);
    QVERIFY(readProfile(json)->profile.needsClientId());
    json = R"({"id":"x","name":"X","kind":"oauth2","issuer":"http://127.0.0.1:8080/oidc"})";
    QVERIFY(readProfile(json));
    json = R"({"id":"x","name":"X","kind":"oauth2","issuer":"http://[::1]:8080"})";
    QVERIFY(readProfile(json));
}

void TestProfile::wrongValuesNameTheKey_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QByteArray>("json");
    const auto row = [](const char *name, const char *key, const QJsonValue &value) {
        QTest::addRow("%s %s", key, name) << QString::fromLatin1(key) << with(QString::fromLatin1(key), value);
    };
    const auto text = [](const char *value) { return QJsonValue(QString::fromUtf8(value)); };
    row("number", "id", 5);
    row("empty", "id", text(""));
    row("path", "id", text("../../etc/passwd"));
    row("capital", "id", text("Acme"));
    row("long", "id", QString(65, QLatin1Char('a')));
    row("dot first", "id", text(".hidden"));
    row("list", "name", QJsonArray());
    row("line break", "name", text("a\nb"));
    row("direction change", "name", text("a\u202Eb"));
    row("unknown", "kind", text("saml"));
    row("null", "kind", QJsonValue());
    row("http", "issuer", text("http://auth.acme.dev"));
    row("localhost", "issuer", text("http://localhost:8080"));
    row("user", "issuer", text("https://me:secret@auth.acme.dev"));
    row("fragment", "issuer", text("https://auth.acme.dev/#x"));
    row("script", "issuer", text("javascript:alert(1)"));
    row("object", "issuer", QJsonObject());
    row("file", "endpoints.token", text("file:///etc/passwd"));
    row("http", "endpoints.userinfo", text("http://auth.acme.dev/u"));
    row("number", "endpoints.authorization", 1);
    row("list", "endpoints", QJsonArray());
    row("text", "client", text("postroom"));
    row("unknown", "client.auth", text("private_key_jwt"));
    row("number", "client.id", 7);
    row("text", "scopes", text("openid"));
    row("text", "scopes.default", text("openid"));
    row("numbers", "scopes.default", QJsonArray{1, 2});
    row("joined", "scopes.default", QJsonArray{QStringLiteral("openid email")});
    row("texts", "scopes.offered", QJsonArray{QStringLiteral("openid")});
    row("object", "scopes.offered", QJsonObject());
    row("text", "refresh.leadSeconds", text("60"));
    row("negative", "refresh.leadSeconds", -1);
    row("fraction", "refresh.leadSeconds", 1.5);
    row("huge", "refresh.handOutSkewSeconds", 1e18);
    row("unknown class", "errorCodes.x", text("dead"));
    row("class of ours", "errorCodes.x", text("cancel"));
    row("ok", "errorCodes.x", text("ok"));
    row("number", "errorCodes.x", 400);
    row("list", "errorCodes", QJsonArray());
    row("http", "probe.url", text("http://api.acme.dev"));
    row("text", "quota.headers", text("x: y"));
    row("number", "quota.format", 1);
    row("text", "scopeProblems.reasons", text("SCOPE"));
    row("text", "apiHosts", text("a.example"));
    row("http", "suggestedIssuer", text("http://a.example"));
    row("number", "resource", 1);
    row("http", "client.metadata", text("http://acme.dev/client.json"));
    row("text", "refresh.sendScope", text("true"));
    row("unknown", "tokenFormat", text("xml"));
    row("list", "authorization", QJsonArray());
    row("number", "authorization.max_age", 1);
    row("one of ours", "authorization.redirect_uri", text("https://evil.example"));
    row("capitals", "authorization.Client_Id", text("x"));
    row("line break", "authorization.prompt", text("a\r\nb"));
    row("list", "probe", QJsonArray());
    row("unknown", "probe.method", text("DELETE"));
    row("missing", "probe.url", QJsonValue());
    row("http", "quota.url", text("http://api.acme.dev"));
    row("number", "scopeProblems.messages", 1);
    for (const auto &[name, value] :
        {qMakePair("Authorization", "x"), qMakePair("a b", "x"), qMakePair("X-A", "a\r\nX-Evil: 1")})
        QTest::addRow("header %s", name)
            << QStringLiteral("quota.headers.") + QLatin1String(name)
            << with(QStringLiteral("quota"),
                   QJsonObject{{QStringLiteral("url"), QStringLiteral("https://a.example")},
                       {QStringLiteral("headers"), QJsonObject{{QLatin1String(name), QLatin1String(value)}}}});
}

void TestProfile::wrongValuesNameTheKey()
{
    QFETCH(QString, key);
    QFETCH(QByteArray, json);
    const auto reading = readProfile(json);
    QVERIFY(!reading);
    QVERIFY(reading.error().kind == ErrorClass::Input);
    QCOMPARE(reading.error().code, QStringLiteral("profile"));
    QCOMPARE(reading.error().detail, key);
    QVERIFY2(reading.error().message.contains(key), qPrintable(reading.error().message));
}

void TestProfile::unknownKeysAreWarnings()
{
    auto reading = readProfile(with(QStringLiteral("colour"), QStringLiteral("red")));
    QVERIFY(reading);
    QCOMPARE(reading->warnings.size(), 1);
    QVERIFY(reading->warnings[0].contains(QStringLiteral("colour")));
    reading = readProfile(with(QStringLiteral("client.secret"), QStringLiteral("s3cret-value")));
    QVERIFY(reading);
    QCOMPARE(reading->warnings.size(), 1);
    QVERIFY(reading->warnings[0].contains(QStringLiteral("client.secret")));
    QVERIFY(!reading->warnings[0].contains(QStringLiteral("s3cret")));
}

void TestProfile::notAProfile_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addRow("empty") << QByteArray();
    QTest::addRow("cut") << full.left(200);
    QTest::addRow("array") << QByteArray("[]");
    QTest::addRow("text") << QByteArray("\"x\"");
    QTest::addRow("empty object") << QByteArray("{}");
    QTest::addRow("huge") << QByteArray("{\"id\":\"" + QByteArray(100'000, 'a') + "\"}");
    QTest::addRow("deep") << QByteArray(10'000, '[') + QByteArray(10'000, ']');
    QTest::addRow("binary") << QByteArray("\x00\xff\xfe\x01", 4);
}

void TestProfile::notAProfile()
{
    QFETCH(QByteArray, json);
    const auto reading = readProfile(json);
    QVERIFY(!reading);
    QCOMPARE(reading.error().code, QStringLiteral("profile"));
    QVERIFY(!reading.error().message.isEmpty());
}

void TestProfile::randomBytesDoNoHarm()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("seed %u", seed);
    QRandomGenerator random(seed);
    for (int round = 0; round < 2000; ++round) {
        QByteArray json = full;
        const int changes = 1 + static_cast<int>(random.bounded(4));
        for (int i = 0; i < changes; ++i)
            json[static_cast<qsizetype>(random.bounded(static_cast<int>(json.size())))]
                = static_cast<char>(random.bounded(256));
        const auto reading = readProfile(json);
        if (!reading)
            QCOMPARE(reading.error().code, QStringLiteral("profile"));
        else
            QVERIFY(reading->profile.endpoints.token.isEmpty()
                || reading->profile.endpoints.token.scheme() == QStringLiteral("https"));
    }
}

void TestProfile::builtInProfiles()
{
    QTemporaryDir folder;
    const ProfileRegistry registry(folder.filePath(QStringLiteral("providers")));
    const auto all = registry.all();
    QCOMPARE(all.size(), 7);
    QCOMPARE(all[0].id, QStringLiteral("relayfile-cloud"));
    QVERIFY(all[0].kind == ProviderKind::RelayfileCloud);
    QCOMPARE(all[0].issuer, QUrl(QStringLiteral("https://agentrelay.com/cloud")));
    QCOMPARE(all[1].id, QStringLiteral("relayfile-server"));
    QVERIFY(all[1].needsServer());
    QCOMPARE(all[1].suggestedIssuer, QUrl(QStringLiteral("https://file.agentrelay.com")));
    QCOMPARE(all[2].id, QStringLiteral("oauth2"));
    QCOMPARE(all[2].name, QStringLiteral("OpenID or OAuth server"));
    QVERIFY(all[2].needsServer());
    QVERIFY(all[2].needsClientId());
    const ProviderProfile &google = all[3];
    QCOMPARE(google.id, QStringLiteral("google"));
    QVERIFY(!google.needsServer());
    QVERIFY(google.needsClientId());
    QVERIFY(google.clientAuth == ClientAuth::Post);
    QCOMPARE(google.endpoints.token, QUrl(QStringLiteral("https://oauth2.googleapis.com/token")));
    QVERIFY(google.scopeProblems.reasons.contains(QStringLiteral("ACCESS_TOKEN_SCOPE_INSUFFICIENT")));
    QVERIFY(google.authorizationParameters.contains({QStringLiteral("access_type"), QStringLiteral("offline")}));
    const ProviderProfile &github = all[4];
    QCOMPARE(github.id, QStringLiteral("github"));
    QVERIFY(github.needsClientId());
    QVERIFY(github.offersDeviceOnly());
    QVERIFY(!google.offersDeviceOnly());
    QVERIFY(github.errorCodes.value(QStringLiteral("bad_refresh_token")) == ErrorClass::Reauth);
    const ProviderProfile &claude = all[5];
    QCOMPARE(claude.id, QStringLiteral("claude"));
    QVERIFY(claude.kind == ProviderKind::Claude);
    QVERIFY(!claude.needsServer());
    QVERIFY(claude.tokenFormat == TokenFormat::Json);
    QCOMPARE(claude.refreshLead, std::optional(std::chrono::seconds(4 * 3600)));
    QVERIFY(claude.quota);
    QCOMPARE(claude.quota->format, QStringLiteral("claude-usage"));
    QVERIFY(claude.probe);
    QCOMPARE(all[6].id, QStringLiteral("mcp"));
    QVERIFY(all[6].kind == ProviderKind::Mcp);
    QVERIFY(all[6].needsServer());
    QVERIFY(!all[6].needsClientId());
    for (const ProviderProfile &profile : all) {
        QVERIFY(profile.builtIn);
        // What is built in must read without a warning.
        const auto reading = readProfile(toCompact(profile.source));
        QVERIFY(reading);
        QVERIFY(reading->warnings.isEmpty());
    }
}

void TestProfile::ownProfiles()
{
    QTemporaryDir folder;
    ProfileRegistry registry(folder.filePath(QStringLiteral("deep/providers")));
    const auto added = registry.add(full);
    QVERIFY2(added, added ? "" : qPrintable(added.error().message));
    QVERIFY(registry.find(QStringLiteral("acme")));
    QVERIFY(!registry.find(QStringLiteral("acme"))->builtIn);
    QVERIFY(!registry.find(QStringLiteral("ACME")));
    QCOMPARE(registry.all().size(), 8);
    QCOMPARE(QFileInfo(folder.filePath(QStringLiteral("deep/providers"))).permissions()
            & (QFile::ReadOther | QFile::ReadGroup),
        QFile::Permissions());

    QVERIFY(registry.add(with(QStringLiteral("name"), QStringLiteral("Acme II"))));
    QCOMPARE(registry.find(QStringLiteral("acme"))->name, QStringLiteral("Acme II"));
    QCOMPARE(registry.all().size(), 8);

    QCOMPARE(registry.add(with(QStringLiteral("id"), QStringLiteral("oauth2"))).error().code,
        QStringLiteral("profile-built-in"));
    QCOMPARE(registry.add("{}").error().code, QStringLiteral("profile"));
    QCOMPARE(registry.remove(QStringLiteral("oauth2")).error().code, QStringLiteral("profile-built-in"));
    QCOMPARE(registry.remove(QStringLiteral("../providers/acme")).error().code, QStringLiteral("profile-not-found"));
    QVERIFY(registry.remove(QStringLiteral("acme")));
    QVERIFY(!registry.find(QStringLiteral("acme")));
    QCOMPARE(registry.remove(QStringLiteral("acme")).error().code, QStringLiteral("profile-not-found"));
}

void TestProfile::ownProfilesByHand()
{
    QTemporaryDir folder;
    const auto write = [&folder](const char *name, const QByteArray &content) {
        QFile file(folder.filePath(QLatin1String(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    };
    write("a.json", with(QStringLiteral("id"), QStringLiteral("oauth2"))); // would take the place of a built-in one
    write("b.json", "{");
    write("c.json", full);
    write("d.json", with(QStringLiteral("name"), QStringLiteral("second of the same id")));
    write("e.txt", with(QStringLiteral("id"), QStringLiteral("other")));
    write("f.json", QByteArray(200'000, ' ') + with(QStringLiteral("id"), QStringLiteral("huge")));
    QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("g.json")));
    ProfileRegistry registry(folder.path());
    QCOMPARE(registry.all().size(), 8);
    QCOMPARE(registry.find(QStringLiteral("acme"))->name, QStringLiteral("Acme"));
    QCOMPARE(registry.find(QStringLiteral("oauth2"))->name, QStringLiteral("OpenID or OAuth server"));
    // The file has another name than the id.
    QVERIFY(registry.remove(QStringLiteral("acme")));
    QVERIFY(!QFileInfo::exists(folder.filePath(QStringLiteral("c.json"))));
}

QTEST_GUILESS_MAIN(TestProfile)
#include "test_profile.moc"
