// The sign-ins with a code against a scripted server, with a clock that the test moves.
#include "tests/core/oauth/signinbench.h"
#include "tests/support/fakehttp.h"

using namespace Postroom;

class TestSignInDevice : public SignInBench
{
    Q_OBJECT
private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

    void deviceFlow();
    void deviceFlowSlowDown();
    void deviceFlowInTrouble();
    void deviceFlowPause();
    void deviceFlowNewInterval();
    void deviceFlowExpires();
    void vectors_data();
    void vectors();
    void aSecondSleepEndsIt();
    void deviceFlowEnds_data();
    void deviceFlowEnds();
    void deviceFlowStopped();
    void deviceFlowNotOffered();
    void deviceFlowBadStart_data();
    void deviceFlowBadStart();
    void cloudDeviceFlow();
};

void TestSignInDevice::deviceFlow()
{
    scriptDeviceStart();
    m_server->then(failing("authorization_pending"), 2).then(Script::json(200, m_good));
    start(SignInMethod::Device, {QStringLiteral("openid")});
    QTRY_COMPARE(last().phase, SignInPhase::WaitingForDevice);
    QCOMPARE(last().userCode, QStringLiteral("BCDF-GHJK"));
    QCOMPARE(last().verificationUri, QUrl(QStringLiteral("https://auth.example.com/device")));
    QCOMPARE(last().link, QUrl(QStringLiteral("https://auth.example.com/device?user_code=BCDF-GHJK")));
    QCOMPARE(last().deadline, std::optional(m_clock.now().addSecs(600)));
    QCOMPARE(m_server->requests()[0].form().value(QStringLiteral("scope")), QStringLiteral("openid"));
    QCOMPARE(m_server->requests()[0].form().value(QStringLiteral("client_id")), QStringLiteral("postroom"));
    // One interval first.
    QCOMPARE(secondsToNextPoll(), 5);
    QCOMPARE(m_server->count(), 1);
    m_clock.advance(4999ms);
    QCoreApplication::processEvents();
    QCOMPARE(m_server->count(), 1);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 5);
    QVERIFY(nextPoll());
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
    QCOMPARE((*m_result)->accessToken.reveal(), "a1");
    const auto form = m_server->requests()[1].form();
    QCOMPARE(form.value(QStringLiteral("grant_type")), QStringLiteral("urn:ietf:params:oauth:grant-type:device_code"));
    QCOMPARE(form.value(QStringLiteral("device_code")), QStringLiteral("dc+1"));
    QCOMPARE(last().phase, SignInPhase::Done);
}

void TestSignInDevice::deviceFlowSlowDown()
{
    scriptDeviceStart();
    m_server->then(failing("slow_down"), 2).then(failing("authorization_pending")).then(Script::json(200, m_good));
    start(SignInMethod::Device);
    QCOMPARE(secondsToNextPoll(), 5);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 10);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 15);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 15);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
}

void TestSignInDevice::deviceFlowInTrouble()
{
    scriptDeviceStart();
    m_server->then(Script::closing())
        .then(Script::html(502))
        .then(Script::html(403))
        .then(Script::resetting())
        .then(Script::html(500));
    m_server->then(failing("authorization_pending")).then(Script::json(200, m_good));
    start(SignInMethod::Device);
    for (const int pause : {5, 10, 20, 40, 60}) {
        QCOMPARE(secondsToNextPoll(), pause);
        QVERIFY(nextPoll());
        QTRY_VERIFY(last().error);
        QVERIFY(last().error->isTransient());
        QCOMPARE(last().phase, SignInPhase::WaitingForDevice);
    }
    QCOMPARE(secondsToNextPoll(), 60);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 5);
    QVERIFY(!last().error);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
}

void TestSignInDevice::deviceFlowPause()
{
    scriptDeviceStart();
    m_server->then(Script::answer(429, {}, {}, {"Retry-After: 90"})).then(Script::json(200, m_good));
    start(SignInMethod::Device);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 90);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
}

void TestSignInDevice::deviceFlowNewInterval()
{
    scriptDeviceStart();
    m_server->then(
        Script::json(200, {{QStringLiteral("error"), QStringLiteral("slow_down")}, {QStringLiteral("interval"), 12}}));
    m_server->then(Script::json(
        200, {{QStringLiteral("error"), QStringLiteral("authorization_pending")}, {QStringLiteral("interval"), 7}}));
    m_server->then(Script::json(200, m_good));
    start(SignInMethod::Device);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 12);
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 7);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY(*m_result);
}

void TestSignInDevice::deviceFlowExpires()
{
    scriptDeviceStart(5, 12);
    m_server->then(failing("authorization_pending"), 10);
    start(SignInMethod::Device);
    QVERIFY(nextPoll());
    QVERIFY(nextPoll());
    QCOMPARE(secondsToNextPoll(), 2);
    m_clock.advance(2s);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("expired_token"));
    QCOMPARE(m_server->count(), 3);
}

void TestSignInDevice::vectors_data()
{
    QTest::addColumn<QList<QByteArray>>("steps"); // what each poll meets
    QTest::addColumn<QList<int>>("pauses"); // seconds before each poll
    QTest::addColumn<int>("codes"); // how many codes were shown
    QTest::addRow("F07") << QList<QByteArray>{"slow_down", "authorization_pending", ""} << QList<int>{5, 10, 10} << 1;
    QTest::addRow("F08") << QList<QByteArray>{"dns", "dns", ""} << QList<int>{5, 10, 20} << 1;
    QTest::addRow("F09") << QList<QByteArray>{"authorization_pending", "sleep", ""} << QList<int>{5, 5, 5} << 2;
    // The server's clock may be ahead of ours.
    QTest::addRow("F09 by the server") << QList<QByteArray>{"nap", "expired_token", ""} << QList<int>{5, 5, 5} << 2;
}

void TestSignInDevice::vectors()
{
    QFETCH(QList<QByteArray>, steps);
    QFETCH(QList<int>, pauses);
    QFETCH(int, codes);
    FakeHttp http;
    TokenEndpoint endpoint(&http, &m_clock);
    SignInFlows flows(&http, &m_clock, &endpoint);
    int starts = 0;
    http.serve(QStringLiteral("POST /device"), [&starts](const HttpRequest &) -> Result<HttpResponse> {
        const QString number = QString::number(++starts);
        return FakeHttp::json(200,
            {{QStringLiteral("device_code"), QStringLiteral("dc") + number},
                {QStringLiteral("user_code"), QStringLiteral("CODE-") + number},
                {QStringLiteral("verification_uri"), QStringLiteral("https://auth.example.com/device")},
                {QStringLiteral("expires_in"), 600}, {QStringLiteral("interval"), 5}});
    });
    for (const QByteArray &step : std::as_const(steps)) {
        if (step == "dns")
            http.queue(
                QStringLiteral("POST /token"), FakeHttp::fail(ErrorClass::Net, QStringLiteral("host-not-found")));
        else if (step == "nap")
            http.queue(QStringLiteral("POST /token"),
                FakeHttp::json(400, {{QStringLiteral("error"), QStringLiteral("authorization_pending")}}));
        else if (step.isEmpty())
            http.queue(QStringLiteral("POST /token"), FakeHttp::json(200, m_good));
        else if (step != "sleep")
            http.queue(
                QStringLiteral("POST /token"), FakeHttp::json(400, {{QStringLiteral("error"), QLatin1String(step)}}));
    }
    QSet<QString> shown;
    std::optional<Result<TokenSet>> result;
    QCoro::connect(flows.run(
                       SignInId(QStringLiteral("s1")), m_profile, SignInMethod::Device, {}, {},
                       [&shown](const SignInProgress &progress) {
                           if (progress.phase == SignInPhase::WaitingForDevice)
                               shown.insert(progress.userCode);
                       },
                       m_stop.get_token()),
        this, [&result](Result<TokenSet> &&one) { result = std::move(one); });
    for (int i = 0; i < steps.size(); ++i) {
        const auto asked = [&http] { return http.requests().size(); };
        const auto before = asked();
        QTRY_VERIFY(m_clock.armed() > 0);
        QCOMPARE(m_clock.now().secsTo(*m_clock.nextDue()), pauses.at(i));
        const bool sleeps = steps.at(i) == "sleep";
        if (sleeps || steps.at(i) == "nap") {
            // The wall clock jumps, and the alarm comes when the computer is awake again.
            m_clock.jump(sleeps ? std::chrono::milliseconds(9h) : std::chrono::milliseconds(2min));
            m_clock.advance(1ms);
        } else {
            m_clock.advance(std::chrono::seconds(pauses.at(i)));
        }
        QTRY_VERIFY(asked() > before);
    }
    QTRY_VERIFY(result);
    QVERIFY2(*result, *result ? "" : qPrintable(result->error().code));
    QCOMPARE(shown.size(), codes);
    QCOMPARE(starts, codes);
    // The last poll was for the code that was shown last.
    const QByteArray last = http.requests(QStringLiteral("POST /token")).constLast().body;
    QVERIFY(last.contains("device_code=dc" + QByteArray::number(codes)));
}

void TestSignInDevice::aSecondSleepEndsIt()
{
    scriptDeviceStart();
    scriptDeviceStart();
    start(SignInMethod::Device);
    QCOMPARE(secondsToNextPoll(), 5);
    m_clock.advance(9h);
    QTRY_COMPARE(m_server->count(), 2);
    QTRY_COMPARE(m_clock.armed(), 1);
    m_clock.advance(9h);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("expired_token"));
    QCOMPARE(m_server->count(), 2);
}

void TestSignInDevice::deviceFlowEnds_data()
{
    QTest::addColumn<QString>("error");
    QTest::addColumn<QString>("kind");
    QTest::addRow("denied") << QStringLiteral("access_denied") << QStringLiteral("policy");
    QTest::addRow("expired") << QStringLiteral("expired_token") << QStringLiteral("reauth");
    QTest::addRow("unknown code") << QStringLiteral("invalid_grant") << QStringLiteral("reauth");
    QTest::addRow("client refused") << QStringLiteral("invalid_client") << QStringLiteral("client");
    QTest::addRow("grant not known") << QStringLiteral("unsupported_grant_type") << QStringLiteral("config");
    QTest::addRow("something else") << QStringLiteral("bad_moon") << QStringLiteral("reauth");
}

void TestSignInDevice::deviceFlowEnds()
{
    QFETCH(QString, error);
    QFETCH(QString, kind);
    scriptDeviceStart();
    m_server->then(Script::json(400, {{QStringLiteral("error"), error}}));
    start(SignInMethod::Device);
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QCOMPARE(code(), error);
    QCOMPARE(toString(m_result->error().kind), kind);
    QCOMPARE(last().phase, SignInPhase::Failed);
    QCOMPARE(m_server->count(), 2);
}

void TestSignInDevice::deviceFlowStopped()
{
    scriptDeviceStart();
    start(SignInMethod::Device);
    QTRY_COMPARE(m_clock.armed(), 1);
    m_stop.request_stop();
    QVERIFY(waitForResult());
    QVERIFY(m_result->error().kind == ErrorClass::Cancel);
    QCOMPARE(m_clock.armed(), 0);
    QCOMPARE(m_server->count(), 1);
}

void TestSignInDevice::deviceFlowNotOffered()
{
    m_profile.endpoints.deviceAuthorization.clear();
    start(SignInMethod::Device);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("device-not-offered"));
    // The address is there and answers that it is not.
    m_result.reset();
    m_profile.endpoints.deviceAuthorization = m_server->url(QStringLiteral("/device"));
    start(SignInMethod::Device);
    QVERIFY(waitForResult());
    QCOMPARE(code(), QStringLiteral("device-not-offered"));
}

void TestSignInDevice::deviceFlowBadStart_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("kind");
    QTest::addRow("empty object") << 200 << QByteArray("{}") << QStringLiteral("t-ambig");
    QTest::addRow("page") << 200 << QByteArray("<html>") << QStringLiteral("t-ambig");
    QTest::addRow("page to visit over http")
        << 200 << QByteArray(R"({"device_code":"d","user_code":"U","verification_uri":"http://evil.example/"})")
        << QStringLiteral("t-ambig");
    QTest::addRow("page to visit is a script")
        << 200 << QByteArray(R"({"device_code":"d","user_code":"U","verification_uri":"javascript:x"})")
        << QStringLiteral("t-ambig");
    QTest::addRow("no user code") << 200 << QByteArray(R"({"device_code":"d","verification_uri":"https://a.example/"})")
                                  << QStringLiteral("t-ambig");
    QTest::addRow("tokens at once") << 200 << QByteArray(R"({"access_token":"a"})") << QStringLiteral("t-ambig");
    QTest::addRow("client refused") << 401 << QByteArray(R"({"error":"invalid_client"})") << QStringLiteral("client");
    QTest::addRow("scope refused") << 400 << QByteArray(R"({"error":"invalid_scope"})") << QStringLiteral("scope");
    QTest::addRow("trouble") << 503 << QByteArray() << QStringLiteral("t-srv");
}

void TestSignInDevice::deviceFlowBadStart()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, kind);
    m_server->then(Script::answer(status, "application/json", body));
    start(SignInMethod::Device);
    QVERIFY(waitForResult());
    QVERIFY(!*m_result);
    QCOMPARE(toString(m_result->error().kind), kind);
    QCOMPARE(m_server->count(), 1);
}

void TestSignInDevice::cloudDeviceFlow()
{
    m_profile.kind = ProviderKind::RelayfileCloud;
    m_profile.clientId.clear();
    m_profile.endpoints = {};
    m_profile.issuer = m_server->url(QStringLiteral("/cloud"));
    scriptDeviceStart(1);
    m_server->then(failing("authorization_pending"));
    m_server->then(Script::json(200,
        {{QStringLiteral("access_token"), QStringLiteral("ca1")},
            {QStringLiteral("refresh_token"), QStringLiteral("cr1")},
            {QStringLiteral("access_token_expires_at"), QStringLiteral("2026-01-15T15:00:00Z")}},
        {"Date: Thu, 15 Jan 2026 14:00:01 GMT"}));
    m_server->then(Script::json(200,
        {{QStringLiteral("userId"), QStringLiteral("user_ada")}, {QStringLiteral("name"), QStringLiteral("Ada")}}));
    start(SignInMethod::Device);
    QCOMPARE(secondsToNextPoll(), 1);
    QVERIFY(nextPoll());
    QVERIFY(nextPoll());
    QVERIFY(waitForResult());
    QVERIFY2(*m_result, *m_result ? "" : qPrintable(m_result->error().message));
    QCOMPARE((*m_result)->displayName, QStringLiteral("Ada"));
    QCOMPARE(m_server->requests()[0].target, "/cloud/api/v1/auth/device/start");
    QCOMPARE(
        m_server->requests()[0].json(), QJsonObject({{QStringLiteral("client_name"), QStringLiteral("Postroom")}}));
    QCOMPARE(m_server->requests()[1].target, "/cloud/api/v1/auth/device/token");
    QCOMPARE(m_server->requests()[1].json().value(QStringLiteral("device_code")).toString(), QStringLiteral("dc+1"));
    QCOMPARE(m_server->requests()[1].json().value(QStringLiteral("grant_type")).toString(),
        QStringLiteral("urn:ietf:params:oauth:grant-type:device_code"));
}

QTEST_GUILESS_MAIN(TestSignInDevice)
#include "test_signin_device.moc"
