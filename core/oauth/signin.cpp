#include "core/oauth/signin.h"

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/oauth/identity.h"
#include "core/oauth/loopback.h"
#include "core/oauth/signinattempt.h"
#include "core/oauth/waiting.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QRandomGenerator>
#include <array>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr std::chrono::seconds identityDeadline{10};

} // namespace

Failure failSignIn(const char *code, const QString &message, ErrorClass kind)
{
    Error error;
    error.origin = Origin::Token;
    error.kind = kind;
    error.code = L(code);
    error.message = message;
    return Failure(std::move(error));
}

Failure failSignInTimeout()
{
    Failure told = failSignIn("sign-in-timeout",
        QCoreApplication::translate("Postroom", "The sign-in was not finished in time."), ErrorClass::Cancel);
    told.value().next = QCoreApplication::translate("Postroom", "Start again.");
    return told;
}

Failure failSignInCancelled()
{
    Failure told = failCancelled();
    told.value().origin = Origin::Token;
    return told;
}

QByteArray randomState()
{
    std::array<quint32, 8> random{};
    QRandomGenerator::system()->fillRange(random.data(), static_cast<qsizetype>(random.size()));
    const QByteArray bytes(reinterpret_cast<const char *>(random.data()), sizeof random);
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

SignInFlows::SignInFlows(HttpClient *http, Clock *clock, TokenEndpoint *endpoint, MetadataCache *cache)
    : m_http(http), m_clock(clock), m_endpoint(endpoint), m_cache(cache)
{
}

QCoro::Task<Result<TokenSet>> SignInFlows::run(SignInId id, ProviderProfile profile, SignInMethod method,
    SignInWishes wishes, Secret clientSecret, ProgressCallback progress, std::stop_token stop)
{
    auto attempt = std::make_shared<Attempt>();
    attempt->profile = std::move(profile);
    attempt->wishes = std::move(wishes);
    attempt->clientSecret = std::move(clientSecret);
    attempt->callback = std::move(progress);
    attempt->stop = stop;
    attempt->deadline = m_clock->now().addMSecs(std::chrono::milliseconds(signInLimit).count());
    attempt->progress.id = std::move(id);
    attempt->progress.deadline = attempt->deadline;
    m_running.insert(attempt->progress.id, attempt);
    attempt->tell(SignInPhase::Preparing);

    auto result = co_await start(attempt, method);
    m_running.remove(attempt->progress.id);
    if (result) {
        attempt->progress.error.reset();
        TokenSet tokens = co_await withIdentity(attempt, std::move(*result));
        // Whoever stopped it must not find it done. What was granted meanwhile is of no use to anybody.
        if (stop.stop_requested()) {
            co_await giveBack(attempt, tokens);
            result = failSignInCancelled();
        } else {
            result = attempt->told(std::move(tokens));
        }
    }
    if (!result)
        co_await dropRegistration(attempt);
    if (result) {
        attempt->tell(SignInPhase::Done);
    } else {
        attempt->progress.error = result.error();
        attempt->tell(SignInPhase::Failed);
    }
    co_return result;
}

void SignInFlows::extend(const SignInId &id)
{
    const auto attempt = m_running.value(id).lock();
    if (attempt && attempt->extend)
        attempt->extend();
}

QCoro::Task<Result<TokenSet>> SignInFlows::start(AttemptPtr attempt, SignInMethod method)
{
    const ProviderProfile &profile = attempt->profile;
    if (attempt->stop.stop_requested())
        co_return failSignInCancelled();
    if (profile.kind == ProviderKind::RelayfileServer)
        co_return failInput(QStringLiteral("needs-token"),
            QCoreApplication::translate("Postroom", "This server takes a token; it has no page to sign in at."));
    if (profile.needsServer())
        co_return failInput(QStringLiteral("no-server"),
            QCoreApplication::translate("Postroom", "The address of the sign-in server is missing."));
    if (profile.needsClientId())
        co_return failInput(
            QStringLiteral("no-client-id"), QCoreApplication::translate("Postroom", "The client ID is missing."));
    const bool cloud = profile.kind == ProviderKind::RelayfileCloud;
    if (!cloud) {
        auto completed = co_await completeAttempt(attempt);
        if (attempt->stop.stop_requested())
            co_return failSignInCancelled();
        if (!completed)
            co_return Failure(completed.error());
    }
    auto result = co_await runMethod(attempt, method, cloud);
    // A server that does not like the document says so in one of these two ways; it may still register.
    const bool refused
        = !result && (result.error().code == L("invalid_client") || result.error().code == L("unauthorized_client"));
    if (refused && attempt->registration && attempt->registration->metadataDocument
        && !attempt->profile.endpoints.registration.isEmpty()) {
        attempt->forgetClient();
        attempt->documentRefused = true;
        result = co_await runMethod(attempt, method, cloud);
    }
    co_return result;
}

QCoro::Task<Result<TokenSet>> SignInFlows::runMethod(AttemptPtr attempt, SignInMethod method, bool cloud)
{
    if (method == SignInMethod::Device) {
        auto result = co_await runDevice(attempt);
        co_return result;
    }
    if (cloud) {
        auto result = co_await runCloudLogin(attempt);
        co_return result;
    }
    auto result = co_await runCode(attempt);
    co_return result;
}

QCoro::Task<Result<QUrlQuery>> SignInFlows::waitForBrowser(AttemptPtr attempt, LoopbackListener *listener)
{
    Waiting waiting(m_clock, attempt->deadline, attempt->stop);
    std::optional<QUrlQuery> query;
    QObject::connect(listener, &LoopbackListener::received, &waiting, [&query, &waiting](const QUrlQuery &received) {
        query = received;
        waiting.happen();
    });
    // Neither is alive after this coroutine: it takes the way to them with it.
    attempt->extend = [raw = attempt.get(), &waiting] {
        raw->deadline = raw->deadline.addMSecs(std::chrono::milliseconds(signInLimit).count());
        raw->progress.deadline = raw->deadline;
        waiting.extend(raw->deadline);
        raw->tell(SignInPhase::WaitingForBrowser);
    };
    attempt->tell(SignInPhase::WaitingForBrowser);
    const WaitEnd end = co_await waiting.ended();
    attempt->extend = nullptr;
    if (end == WaitEnd::Stopped)
        co_return failSignInCancelled();
    if (end == WaitEnd::TimeIsUp)
        co_return failSignInTimeout();
    attempt->tell(SignInPhase::Exchanging);
    co_return *query;
}

QCoro::Task<TokenSet> SignInFlows::withIdentity(AttemptPtr attempt, TokenSet tokens)
{
    const ProviderProfile &profile = attempt->profile;
    const bool cloud = profile.kind == ProviderKind::RelayfileCloud;
    const QUrl base = tokens.apiUrl.isEmpty() ? profile.issuer : QUrl(tokens.apiUrl);
    const QUrl url = cloud ? below(base, QStringLiteral("/api/v1/auth/whoami")) : profile.endpoints.userinfo;
    if ((!tokens.subject.isEmpty() && !tokens.displayName.isEmpty()) || url.isEmpty() || attempt->stop.stop_requested())
        co_return tokens;
    HttpRequest request;
    request.url = url;
    request.origin = Origin::Profile;
    request.deadline = identityDeadline;
    request.headers = {{"Accept", "application/json"}, {"Authorization", "Bearer " + tokens.accessToken.reveal()}};
    auto answer = co_await m_http->send(std::move(request), attempt->stop);
    if (!answer || !answer->isSuccess()) {
        qCInfo(logOAuth) << "the server does not tell who signed in" << (answer ? answer->status : 0);
        co_return tokens;
    }
    const auto claims = parseJsonObject(answer->body);
    const auto identity = claims ? readIdentity(*claims) : std::nullopt;
    // OpenID Connect Core §5.3.2: another subject than the id token's is not to be used.
    if (!identity || (!tokens.subject.isEmpty() && identity->subject != tokens.subject))
        co_return tokens;
    tokens.subject = identity->subject;
    tokens.displayName = identity->displayName;
    co_return tokens;
}

QCoro::Task<void> SignInFlows::giveBack(AttemptPtr attempt, TokenSet tokens)
{
    auto revoked = co_await m_endpoint->revoke(
        attempt->profile, attempt->dialect(), tokens.refreshToken, attempt->clientSecret, tokens.accessToken);
    if (!revoked)
        qCInfo(logOAuth) << "a sign-in that was stopped could not be given back:" << revoked.error().code;
}

} // namespace Postroom
