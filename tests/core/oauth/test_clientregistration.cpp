// Client ids that a server gives out: what is asked, what is believed, and that nothing is asked twice.
#include "core/base/json.h"
#include "core/oauth/clientregistration.h"
#include "tests/support/fakeclock.h"
#include "tests/support/fakehttp.h"

#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;

namespace
{

const QUrl registerUrl(QStringLiteral("https://auth.example.com/register"));
const QString clientUri = QStringLiteral("https://auth.example.com/register/c1");

QJsonObject good()
{
    return {{QStringLiteral("client_id"), QStringLiteral("c1")},
        {QStringLiteral("client_secret"), QStringLiteral("secret-one")},
        {QStringLiteral("client_secret_expires_at"), 1768572000}, // 2026-01-16T14:00:00Z
        {QStringLiteral("client_id_issued_at"), 1768485600},
        {QStringLiteral("registration_access_token"), QStringLiteral("manage-one")},
        {QStringLiteral("registration_client_uri"), clientUri},
        {QStringLiteral("token_endpoint_auth_method"), QStringLiteral("client_secret_basic")},
        {QStringLiteral("client_name"), QStringLiteral("Postroom")},
        {QStringLiteral("redirect_uris"), QJsonArray{QStringLiteral("http://127.0.0.1:5/callback")}}};
}

QJsonObject with(const char *key, const QJsonValue &value)
{
    QJsonObject object = good();
    object.insert(QLatin1String(key), value);
    return object;
}

QJsonObject without(std::initializer_list<const char *> keys)
{
    QJsonObject object = good();
    for (const char *key : keys)
        object.remove(QLatin1String(key));
    return object;
}

QJsonObject bodyOf(const HttpRequest &request)
{
    return QJsonDocument::fromJson(request.body).object();
}

} // namespace

class TestClientRegistration : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void registering();
    void registeringForADevice();
    void failures_data();
    void failures();
    void answers_data();
    void answers();
    void preferences_data();
    void preferences();
    void reading();
    void renewing();
    void renewingHalfWay();
    void renewingMayNotMove_data();
    void renewingMayNotMove();
    void gone_data();
    void gone();
    void removing_data();
    void removing();
    void nothingToManage();
    void secretsEnd();
    void randomAnswersDoNoHarm();

private:
    Result<ClientRegistration> registerNow(const ClientWishes &wishes = {})
    {
        return QCoro::waitFor(m_registrar->registerClient(registerUrl, wishes));
    }
    static ClientRegistration known() { return *readRegistration(good(), registerUrl); }

    FakeClock m_clock;
    std::unique_ptr<FakeHttp> m_http;
    std::unique_ptr<ClientRegistrar> m_registrar;
};

void TestClientRegistration::init()
{
    m_http = std::make_unique<FakeHttp>();
    m_registrar = std::make_unique<ClientRegistrar>(m_http.get(), &m_clock);
}

void TestClientRegistration::registering()
{
    m_http->queue(QStringLiteral("POST /register"), FakeHttp::json(201, good()));
    ClientWishes wishes;
    wishes.redirect = QUrl(QStringLiteral("http://127.0.0.1:5/callback"));
    wishes.scopes = QStringList{QStringLiteral("a"), QStringLiteral("b")};
    wishes.auth = ClientAuth::Basic;
    const auto registered = registerNow(wishes);
    QVERIFY2(registered, registered ? "" : qPrintable(registered.error().message));
    QCOMPARE(registered->clientId, QStringLiteral("c1"));
    QCOMPARE(registered->clientSecret.reveal(), "secret-one");
    QCOMPARE(registered->secretExpiresAt, QDateTime(QDate(2026, 1, 16), QTime(14, 0), Qt::UTC));
    QCOMPARE(registered->registrationAccessToken.reveal(), "manage-one");
    QCOMPARE(registered->registrationClientUri, QUrl(clientUri));
    QVERIFY(registered->auth == ClientAuth::Basic);
    QVERIFY(registered->canBeManaged());
    QVERIFY(!registered->metadataDocument);

    QCOMPARE(m_http->requests().size(), 1);
    const HttpRequest &request = m_http->requests().constFirst();
    QVERIFY(request.origin == Origin::Registration);
    QVERIFY(request.once);
    QCOMPARE(FakeHttp::header(request, "Content-Type"), "application/json");
    QVERIFY(FakeHttp::header(request, "Authorization").isEmpty());
    QCOMPARE(bodyOf(request),
        QJsonObject({{QStringLiteral("client_name"), QStringLiteral("Postroom")},
            {QStringLiteral("application_type"), QStringLiteral("native")},
            {QStringLiteral("redirect_uris"), QJsonArray{QStringLiteral("http://127.0.0.1:5/callback")}},
            {QStringLiteral("grant_types"),
                QJsonArray{QStringLiteral("authorization_code"), QStringLiteral("refresh_token")}},
            {QStringLiteral("response_types"), QJsonArray{QStringLiteral("code")}},
            {QStringLiteral("token_endpoint_auth_method"), QStringLiteral("client_secret_basic")},
            {QStringLiteral("scope"), QStringLiteral("a b")}}));
}

void TestClientRegistration::registeringForADevice()
{
    m_http->queue(QStringLiteral("POST /register"),
        FakeHttp::json(201, without({"client_secret", "token_endpoint_auth_method"})));
    ClientWishes wishes;
    wishes.device = true;
    const auto registered = registerNow(wishes);
    QVERIFY(registered);
    QVERIFY(registered->auth == ClientAuth::None);
    const QJsonObject body = bodyOf(m_http->requests().constFirst());
    QCOMPARE(body.value(QStringLiteral("grant_types")).toArray(),
        QJsonArray({QStringLiteral("urn:ietf:params:oauth:grant-type:device_code"), QStringLiteral("refresh_token")}));
    QCOMPARE(body.value(QStringLiteral("response_types")).toArray(), QJsonArray());
    QCOMPARE(body.value(QStringLiteral("token_endpoint_auth_method")).toString(), QStringLiteral("none"));
    QVERIFY(!body.contains(QStringLiteral("scope")));
}

void TestClientRegistration::failures_data()
{
    QTest::addColumn<int>("status"); // 0: nobody answers
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("code");
    const auto row = [](const char *name, int status, const char *body, const char *kind, const char *code) {
        QTest::addRow("%s", name) << status << QByteArray(body) << QString::fromLatin1(kind)
                                  << QString::fromLatin1(code);
    };
    row("redirect URI", 400, R"({"error":"invalid_redirect_uri"})", "config", "invalid_redirect_uri");
    row("metadata", 400, R"({"error":"invalid_client_metadata"})", "config", "invalid_client_metadata");
    row("not approved", 400, R"({"error":"unapproved_software_statement"})", "policy", "unapproved_software_statement");
    row("wants a token", 401, R"({"error":"invalid_token"})", "policy", "registration-refused");
    row("denied", 403, R"({"error":"access_denied"})", "policy", "registration-refused");
    row("page", 403, "<p>blocked</p>", "t-infra", "no-verdict");
    row("not there", 404, "", "t-infra", "endpoint-not-found");
    row("trouble", 503, "", "t-srv", "server-trouble");
    row("too many", 429, "", "rate", "too-many-requests");
    row("redirect", 307, "", "config", "redirected");
    row("page for an answer", 200, "<p>hi</p>", "config", "registration-unusable");
    row("no client id", 201, "{}", "config", "registration-unusable");
    row("nobody there", 0, "", "t-net", "host-not-found");
}

// No failure is followed by a second try, whatever it is.
void TestClientRegistration::failures()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, kind);
    QFETCH(QString, code);
    const QByteArray type = body.startsWith('<') ? "text/html" : "application/json";
    if (status == 0)
        m_http->queue(
            QStringLiteral("POST /register"), FakeHttp::fail(ErrorClass::Net, QStringLiteral("host-not-found")));
    else
        m_http->queue(QStringLiteral("POST /register"), FakeHttp::text(status, type, body));
    const auto registered = registerNow();
    QVERIFY(!registered);
    QVERIFY(registered.error().origin == Origin::Registration);
    QCOMPARE(toString(registered.error().kind), kind);
    QCOMPARE(registered.error().code, code);
    if (status != 0)
        QVERIFY(!registered.error().message.isEmpty());
    QCOMPARE(m_http->requests().size(), 1);
}

void TestClientRegistration::answers_data()
{
    QTest::addColumn<QJsonObject>("answer");
    QTest::addColumn<QString>("auth"); // empty: refused
    QTest::addColumn<bool>("managed");
    const auto row = [](const char *name, const QJsonObject &answer, const char *auth, bool managed = true) {
        QTest::addRow("%s", name) << answer << QString::fromLatin1(auth) << managed;
    };
    row("all", good(), "basic");
    row("post", with("token_endpoint_auth_method", QStringLiteral("client_secret_post")), "post");
    row("no method means basic", without({"token_endpoint_auth_method"}), "basic");
    row("none, with a secret all the same", with("token_endpoint_auth_method", QStringLiteral("none")), "none");
    row("basic without a secret", without({"client_secret"}), "none");
    row("a method that is not known", with("token_endpoint_auth_method", QStringLiteral("private_key_jwt")), "");
    row("no id", without({"client_id"}), "");
    row("id a number", with("client_id", 7), "");
    row("id with a line break", with("client_id", QStringLiteral("c1\r\nX-Evil: 1")), "");
    row("huge id", with("client_id", QString(5000, QLatin1Char('a'))), "");
    row("no upkeep", without({"registration_access_token", "registration_client_uri"}), "basic", false);
    row("upkeep without a token", without({"registration_access_token"}), "basic", false);
    row("upkeep token with a line break", with("registration_access_token", QStringLiteral("a\r\nb")), "basic", false);
    row("upkeep over http", with("registration_client_uri", QStringLiteral("http://auth.example.com/x")), "basic",
        false);
    row("upkeep in this network", with("registration_client_uri", QStringLiteral("https://10.0.0.1/x")), "basic",
        false);
}

void TestClientRegistration::answers()
{
    QFETCH(QJsonObject, answer);
    QFETCH(QString, auth);
    QFETCH(bool, managed);
    const auto read = readRegistration(answer, registerUrl);
    QCOMPARE(bool(read), !auth.isEmpty());
    if (!read) {
        QCOMPARE(read.error().code, QStringLiteral("registration-unusable"));
        return;
    }
    const QString found = read->auth == ClientAuth::Basic ? QStringLiteral("basic")
        : read->auth == ClientAuth::Post                  ? QStringLiteral("post")
                                                          : QStringLiteral("none");
    QCOMPARE(found, auth);
    QCOMPARE(read->clientSecret.isEmpty(), read->auth == ClientAuth::None);
    QCOMPARE(read->canBeManaged(), managed);
    QCOMPARE(read->registrationAccessToken.isEmpty(), !managed);
}

void TestClientRegistration::preferences_data()
{
    QTest::addColumn<QStringList>("methods");
    QTest::addColumn<int>("auth"); // -1: none that we know
    const auto name = [](const char *text) { return QString::fromLatin1(text); };
    QTest::addRow("not said") << QStringList() << static_cast<int>(ClientAuth::Basic);
    QTest::addRow("all") << QStringList{name("none"), name("client_secret_post"), name("client_secret_basic")}
                         << static_cast<int>(ClientAuth::Basic);
    QTest::addRow("post") << QStringList{name("none"), name("client_secret_post")}
                          << static_cast<int>(ClientAuth::Post);
    QTest::addRow("none") << QStringList{name("none"), name("private_key_jwt")} << static_cast<int>(ClientAuth::None);
    QTest::addRow("keys only") << QStringList{name("private_key_jwt")} << -1;
}

void TestClientRegistration::preferences()
{
    QFETCH(QStringList, methods);
    QFETCH(int, auth);
    const auto preferred = preferredAuth(methods);
    QCOMPARE(preferred ? static_cast<int>(*preferred) : -1, auth);
}

void TestClientRegistration::reading()
{
    QJsonObject told = with("registration_access_token", QStringLiteral("manage-two"));
    told.remove(QStringLiteral("client_secret"));
    m_http->queue(QStringLiteral("GET /register/c1"), FakeHttp::json(200, told));
    const auto read = QCoro::waitFor(m_registrar->read(known()));
    QVERIFY(read);
    // The server may change the token with each answer; what it does not name stays.
    QCOMPARE(read->registrationAccessToken.reveal(), "manage-two");
    QCOMPARE(read->clientSecret.reveal(), "secret-one");
    QCOMPARE(FakeHttp::header(m_http->requests().constFirst(), "Authorization"), "Bearer manage-one");
}

void TestClientRegistration::renewing()
{
    m_http->queue(QStringLiteral("GET /register/c1"),
        FakeHttp::json(200, with("registration_access_token", QStringLiteral("manage-two"))));
    QJsonObject renewed = with("client_secret", QStringLiteral("secret-two"));
    renewed.insert(QStringLiteral("client_secret_expires_at"), 0);
    renewed.remove(QStringLiteral("registration_access_token"));
    m_http->queue(QStringLiteral("PUT /register/c1"), FakeHttp::json(200, renewed));
    const auto latest = std::make_shared<ClientRegistration>();
    const auto result = QCoro::waitFor(m_registrar->renew(known(), latest));
    QVERIFY2(result, result ? "" : qPrintable(result.error().message));
    QCOMPARE(result->clientSecret.reveal(), "secret-two");
    QVERIFY(!result->secretExpiresAt.isValid());
    QCOMPARE(result->registrationAccessToken.reveal(), "manage-two");
    QCOMPARE(latest->clientSecret.reveal(), "secret-two");

    const HttpRequest put = m_http->requests().constLast();
    QCOMPARE(FakeHttp::header(put, "Authorization"), "Bearer manage-two");
    QCOMPARE(FakeHttp::header(put, "Content-Type"), "application/json");
    const QJsonObject body = bodyOf(put);
    QCOMPARE(body.value(QStringLiteral("client_id")).toString(), QStringLiteral("c1"));
    QVERIFY(body.contains(QStringLiteral("redirect_uris")));
    for (const char *key : {"registration_access_token", "registration_client_uri", "client_secret_expires_at",
             "client_id_issued_at", "client_secret"})
        QVERIFY2(!body.contains(QLatin1String(key)), key);
}

void TestClientRegistration::renewingHalfWay()
{
    m_http->queue(QStringLiteral("GET /register/c1"),
        FakeHttp::json(200, with("registration_access_token", QStringLiteral("manage-two"))));
    m_http->queue(QStringLiteral("PUT /register/c1"), FakeHttp::text(503, "text/html", "<p>later</p>"));
    const auto latest = std::make_shared<ClientRegistration>();
    const auto result = QCoro::waitFor(m_registrar->renew(known(), latest));
    QVERIFY(!result);
    QVERIFY(result.error().kind == ErrorClass::Server);
    // What the first answer brought is not lost.
    QCOMPARE(latest->registrationAccessToken.reveal(), "manage-two");
    QCOMPARE(m_http->requests().size(), 2);
}

void TestClientRegistration::renewingMayNotMove_data()
{
    QTest::addColumn<QJsonObject>("answer");
    QTest::addColumn<QString>("code");
    QTest::addRow("same origin") << with(
        "registration_client_uri", QStringLiteral("https://auth.example.com:443/clients?id=c1"))
                                 << QString();
    QTest::addRow("other host") << with("registration_client_uri", QStringLiteral("https://evil.example/c1"))
                                << QStringLiteral("registration-moved");
    QTest::addRow("other port") << with("registration_client_uri", QStringLiteral("https://auth.example.com:444/c1"))
                                << QStringLiteral("registration-moved");
    QTest::addRow("http") << with("registration_client_uri", QStringLiteral("http://auth.example.com/c1"))
                          << QStringLiteral("registration-moved");
    QTest::addRow("other client") << with("client_id", QStringLiteral("c2")) << QStringLiteral("registration-unusable");
}

void TestClientRegistration::renewingMayNotMove()
{
    QFETCH(QJsonObject, answer);
    QFETCH(QString, code);
    m_http->queue(QStringLiteral("GET /register/c1"), FakeHttp::json(200, good()));
    m_http->queue(QStringLiteral("PUT /register/c1"), FakeHttp::json(200, answer));
    const auto result = QCoro::waitFor(m_registrar->renew(known()));
    QCOMPARE(result ? QString() : result.error().code, code);
}

void TestClientRegistration::gone_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("challenge");
    QTest::addColumn<bool>("lost");
    QTest::addRow("code") << 401 << QByteArray(R"({"error":"invalid_token"})") << QByteArray() << true;
    QTest::addRow("challenge") << 401 << QByteArray() << QByteArray("Bearer error=\"invalid_token\"") << true;
    QTest::addRow("page") << 401 << QByteArray("<p>no</p>") << QByteArray("Basic realm=gw") << false;
    QTest::addRow("no code") << 401 << QByteArray() << QByteArray() << false;
    QTest::addRow("not allowed") << 403 << QByteArray(R"({"error":"invalid_token"})") << QByteArray() << false;
    QTest::addRow("trouble") << 500 << QByteArray(R"({"error":"invalid_token"})") << QByteArray() << false;
}

void TestClientRegistration::gone()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, challenge);
    QFETCH(bool, lost);
    HttpResponse response = FakeHttp::text(status, "application/json", body);
    if (!challenge.isEmpty())
        response.headers.append(HttpHeader{"WWW-Authenticate", challenge});
    m_http->queue(QStringLiteral("GET /register/c1"), response);
    const auto read = QCoro::waitFor(m_registrar->read(known()));
    QVERIFY(!read);
    QCOMPARE(read.error().code == QStringLiteral("registration-lost"), lost);
    QCOMPARE(read.error().kind == ErrorClass::Client, lost);
    QVERIFY(!read.error().detail.contains(QStringLiteral("manage-one")));
}

void TestClientRegistration::removing_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("done");
    for (const int status : {200, 204, 401, 404, 410})
        QTest::addRow("%d", status) << status << true;
    for (const int status : {0, 302, 403, 500})
        QTest::addRow("%d", status) << status << false;
}

void TestClientRegistration::removing()
{
    QFETCH(int, status);
    QFETCH(bool, done);
    const QString key = QStringLiteral("DELETE /register/c1");
    if (status == 0)
        m_http->queue(key, FakeHttp::fail(ErrorClass::Net, QStringLiteral("host-not-found")));
    else
        m_http->queue(key, FakeHttp::text(status, "text/plain", {}));
    const auto removed = QCoro::waitFor(m_registrar->remove(known()));
    QCOMPARE(bool(removed), done);
    QCOMPARE(m_http->requests().size(), 1);
    QVERIFY(m_http->requests().constFirst().deadline <= std::chrono::seconds(5));
}

void TestClientRegistration::nothingToManage()
{
    ClientRegistration document;
    document.clientId = QStringLiteral("https://postroom.example/client.json");
    document.metadataDocument = true;
    QVERIFY(QCoro::waitFor(m_registrar->remove(document)));
    QCOMPARE(QCoro::waitFor(m_registrar->read(document)).error().code, QStringLiteral("not-managed"));
    QCOMPARE(QCoro::waitFor(m_registrar->renew(document)).error().code, QStringLiteral("not-managed"));
    QCOMPARE(m_http->requests().size(), 0);
}

void TestClientRegistration::secretsEnd()
{
    ClientRegistration registration = known();
    const QDateTime end = registration.secretExpiresAt;
    QVERIFY(!registration.needsRenewal(end.addDays(-1)));
    QVERIFY(registration.needsRenewal(end.addDays(-1).addSecs(1)));
    QVERIFY(!registration.isExpired(end.addSecs(-1)));
    QVERIFY(registration.isExpired(end));
    registration.secretExpiresAt = QDateTime();
    QVERIFY(!registration.needsRenewal(end.addYears(50)));
    QVERIFY(!registration.isExpired(end.addYears(50)));
}

void TestClientRegistration::randomAnswersDoNoHarm()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("seed %u", seed);
    QRandomGenerator random(seed);
    const QByteArray whole = toCompact(good());
    for (int round = 0; round < 3000; ++round) {
        QByteArray json = whole;
        for (int i = 0; i < 3; ++i)
            json[static_cast<qsizetype>(random.bounded(static_cast<int>(json.size())))]
                = static_cast<char>(random.bounded(256));
        const auto read = readRegistration(QJsonDocument::fromJson(json).object(), registerUrl);
        if (!read)
            continue;
        QVERIFY(!read->clientId.isEmpty());
        QVERIFY(read->registrationClientUri.isEmpty() || isTrustworthyUrl(read->registrationClientUri));
        QVERIFY(!read->registrationAccessToken.reveal().contains('\n'));
    }
}

QTEST_GUILESS_MAIN(TestClientRegistration)
#include "test_clientregistration.moc"
