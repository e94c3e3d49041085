// The device flow (RFC 8628), and the Relayfile cloud's own form of it.
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/oauth/signinattempt.h"
#include "core/oauth/waiting.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

using L = QLatin1String;
using std::chrono::seconds;

constexpr seconds usualInterval{5};
constexpr seconds slowDownStep{5};
constexpr seconds longestInterval{60}; // of our own patience
constexpr seconds longestWish{600}; // of the server's
constexpr seconds sleepFrom{30}; // an alarm that comes this late was not running
constexpr const char *deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

struct DeviceStart {
    QString deviceCode;
    QString userCode;
    QUrl page; // where the code is typed
    QUrl pageWithCode; // the same with the code filled in; may be empty
    std::optional<seconds> lifetime;
    seconds interval = usualInterval;
};

std::optional<DeviceStart> readStart(const QByteArray &json)
{
    const auto object = parseJsonObject(json);
    if (!object)
        return std::nullopt;
    DeviceStart start;
    start.deviceCode = object->value(L("device_code")).toString();
    start.userCode = oneLine(object->value(L("user_code")).toString(), 40);
    // Some servers still use the name of an early draft.
    start.page = QUrl(firstString(*object, {L("verification_uri"), L("verification_url")}), QUrl::StrictMode);
    start.pageWithCode = QUrl(object->value(L("verification_uri_complete")).toString(), QUrl::StrictMode);
    if (!isTrustworthyUrl(start.pageWithCode))
        start.pageWithCode.clear();
    if (start.deviceCode.isEmpty() || start.userCode.isEmpty() || !isTrustworthyUrl(start.page))
        return std::nullopt;
    if (const auto lifetime = integerAt(*object, L("expires_in")); lifetime && *lifetime > 0)
        start.lifetime = seconds(*lifetime);
    if (const auto interval = integerAt(*object, L("interval")); interval && *interval > 0)
        start.interval = std::min(seconds(*interval), longestWish);
    return start;
}

Failure failNotOffered(const QString &host)
{
    Failure told = failSignIn("device-not-offered",
        QCoreApplication::translate("Postroom", "%1 does not offer sign-in with a code.").arg(host));
    told.value().next = QCoreApplication::translate("Postroom", "Sign in with the browser instead.");
    return told;
}

Failure failExpired()
{
    Failure told = failSignIn("expired_token",
        QCoreApplication::translate("Postroom", "The code has expired before anybody confirmed it."),
        ErrorClass::Reauth);
    told.value().next = QCoreApplication::translate("Postroom", "Start again.");
    return told;
}

} // namespace

QCoro::Task<Result<TokenSet>> SignInFlows::runDevice(AttemptPtr attempt)
{
    auto result = co_await runDeviceCode(attempt);
    // Nobody can confirm a code while the computer sleeps. Another one is shown, once and without asking.
    if (!result && result.error().code == L("expired_token") && attempt->overslept) {
        attempt->progress.error.reset();
        attempt->deadline = m_clock->now().addMSecs(std::chrono::milliseconds(signInLimit).count());
        result = co_await runDeviceCode(attempt);
    }
    co_return result;
}

QCoro::Task<Result<TokenSet>> SignInFlows::runDeviceCode(AttemptPtr attempt)
{
    const ProviderProfile &profile = attempt->profile;
    const bool cloud = profile.kind == ProviderKind::RelayfileCloud;
    const QUrl endpoint = cloud ? below(profile.issuer, QStringLiteral("/api/v1/auth/device/start"))
                                : profile.endpoints.deviceAuthorization;
    const QString host = hostForPeople(cloud ? profile.issuer : profile.endpoints.token);
    if (endpoint.isEmpty())
        co_return failNotOffered(host);
    auto client = co_await obtainClient(attempt, QUrl());
    if (!client)
        co_return Failure(client.error());
    if (attempt->stop.stop_requested())
        co_return failSignInCancelled();
    HttpRequest request;
    if (cloud) {
        QJsonObject body;
        body.insert(L("client_name"), QStringLiteral("Postroom"));
        request = TokenEndpoint::jsonRequest(endpoint, body);
    } else {
        QUrlQuery form;
        const QStringList scopes = attempt->scopesToAsk();
        if (!scopes.isEmpty())
            form.addQueryItem(
                QStringLiteral("scope"), QString::fromLatin1(QUrl::toPercentEncoding(scopes.join(QLatin1Char(' ')))));
        if (!profile.resource.isEmpty())
            form.addQueryItem(
                QStringLiteral("resource"), QString::fromLatin1(QUrl::toPercentEncoding(profile.resource)));
        request = TokenEndpoint::formRequest(profile, endpoint, form, attempt->clientSecret);
    }
    auto answer = co_await m_http->send(std::move(request), attempt->stop);
    if (!answer)
        co_return Failure(answer.error());
    if (answer->status == 404)
        co_return failNotOffered(host);
    const auto start = answer->isSuccess() ? readStart(answer->body) : std::nullopt;
    if (!start) {
        auto judged = judgeTokenAnswer(attempt->dialect(), *answer, profile, host, m_clock->now());
        if (!judged)
            co_return Failure(judged.error());
        co_return failSignIn("unexpected-answer",
            QCoreApplication::translate("Postroom", "%1 answered in a way that cannot be understood.").arg(host),
            ErrorClass::Ambiguous);
    }

    if (start->lifetime)
        attempt->deadline = std::min(attempt->deadline, m_clock->now().addSecs(start->lifetime->count()));
    SignInProgress &progress = attempt->progress;
    progress.deadline = attempt->deadline;
    progress.userCode = start->userCode;
    progress.verificationUri = start->page;
    progress.link = start->pageWithCode.isEmpty() ? start->page : start->pageWithCode;
    attempt->tell(SignInPhase::WaitingForDevice);
    auto tokens = co_await pollDevice(attempt, start->deviceCode, start->interval);
    co_return tokens;
}

QCoro::Task<Result<TokenSet>> SignInFlows::pollDevice(
    AttemptPtr attempt, QString deviceCode, std::chrono::seconds interval)
{
    const ProviderProfile &profile = attempt->profile;
    const bool cloud = profile.kind == ProviderKind::RelayfileCloud;
    const QUrl endpoint
        = cloud ? below(profile.issuer, QStringLiteral("/api/v1/auth/device/token")) : profile.endpoints.token;
    QUrlQuery form;
    form.addQueryItem(QStringLiteral("grant_type"), QString::fromLatin1(QUrl::toPercentEncoding(L(deviceGrant))));
    form.addQueryItem(QStringLiteral("device_code"), QString::fromLatin1(QUrl::toPercentEncoding(deviceCode)));
    if (!cloud && !profile.resource.isEmpty())
        form.addQueryItem(QStringLiteral("resource"), QString::fromLatin1(QUrl::toPercentEncoding(profile.resource)));
    seconds pause = interval;
    for (;;) {
        const QDateTime due = std::min(m_clock->now().addSecs(pause.count()), attempt->deadline);
        Waiting waiting(m_clock, due, attempt->stop);
        const WaitEnd end = co_await waiting.ended();
        if (end == WaitEnd::Stopped)
            co_return failSignInCancelled();
        if (m_clock->now() > due.addSecs(sleepFrom.count()))
            attempt->overslept = true;
        if (m_clock->now() >= attempt->deadline)
            co_return failExpired();

        const auto aside = std::make_shared<TokenAside>();
        const QDateTime asked = m_clock->now();
        auto tokens = co_await m_endpoint->post(
            profile, attempt->dialect(), endpoint, form, attempt->clientSecret, aside, attempt->stop);
        // Longer than any request may take: the computer slept meanwhile.
        if (m_clock->now() > asked.addSecs(2 * sleepFrom.count()))
            attempt->overslept = true;
        if (tokens) {
            attempt->tell(SignInPhase::Exchanging);
            co_return tokens;
        }
        const Error &error = tokens.error();
        const bool pending = error.code == L("authorization_pending");
        if (pending || error.code == L("slow_down")) {
            if (!pending)
                interval += slowDownStep;
            // GitHub names the new interval with every answer.
            if (aside->interval)
                interval = pending ? *aside->interval : std::max(interval, *aside->interval);
            interval = std::min(interval, longestWish);
            pause = interval;
            if (attempt->progress.error) {
                attempt->progress.error.reset();
                attempt->tell(SignInPhase::WaitingForDevice);
            }
            continue;
        }
        if (!error.isTransient())
            co_return tokens;
        // Trouble on the way says nothing about the code: asked again, more and more slowly, until it expires.
        pause = std::max(interval, std::min(pause * 2, longestInterval));
        if (error.retryAt)
            pause = std::max(pause, seconds(m_clock->now().secsTo(*error.retryAt)));
        attempt->progress.error = error;
        attempt->tell(SignInPhase::WaitingForDevice);
    }
}

} // namespace Postroom
