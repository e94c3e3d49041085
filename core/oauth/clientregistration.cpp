#include "core/oauth/clientregistration.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/headers.h"
#include "core/oauth/discovery.h"
#include "core/oauth/tokenanswer.h"

#include <QCoreApplication>
#include <array>
#include <utility>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr std::chrono::seconds registrationDeadline{20};
constexpr std::chrono::seconds removalDeadline{5};
constexpr qsizetype clientIdLimit = 2048;

constexpr std::array<std::pair<ClientAuth, const char *>, 3> authMethods{{
    {ClientAuth::Basic, "client_secret_basic"},
    {ClientAuth::Post, "client_secret_post"},
    {ClientAuth::None, "none"},
}};

// RFC 7591 §3.2.2.
constexpr std::array registrationCodes{
    "invalid_redirect_uri", "invalid_client_metadata", "invalid_software_statement", "unapproved_software_statement"};

QString methodOf(ClientAuth auth)
{
    for (const auto &[value, name] : authMethods) {
        if (value == auth)
            return QString::fromLatin1(name);
    }
    return {};
}

Failure fail(ErrorClass kind, const char *code, const QString &message, const QString &detail = {})
{
    Error error;
    error.origin = Origin::Registration;
    error.kind = kind;
    error.code = L(code);
    error.message = message;
    error.detail = oneLine(detail);
    return Failure(std::move(error));
}

Failure failUnusable(const QString &host, const QString &detail)
{
    return fail(ErrorClass::Config, "registration-unusable",
        QCoreApplication::translate("Postroom", "%1 gave Postroom a client ID that cannot be used.").arg(host), detail);
}

// Visible ASCII: what is kept, shown and put into requests.
bool isClean(const QString &text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() > 0x20 && c.unicode() <= 0x7e; });
}

// What an answer says that is no registration. The table of the token endpoint knows statuses and pages; what it says
// about grants is not about this.
Error judge(const HttpResponse &answer, const QString &host, const QDateTime &now)
{
    auto judged = judgeTokenAnswer(TokenDialect::OAuth, answer, ProviderProfile(), host, now);
    Error error = judged ? Error() : judged.error();
    error.origin = Origin::Registration;
    error.status = answer.status;
    error.requestId = answer.requestId;
    const bool known = std::any_of(registrationCodes.begin(), registrationCodes.end(),
        [&error](const char *code) { return error.code == L(code); });
    if (answer.status >= 300 && answer.status < 400) {
        error.kind = ErrorClass::Config;
        error.code = QStringLiteral("redirected");
        return error;
    }
    if (known) {
        error.kind = error.code == L("unapproved_software_statement") ? ErrorClass::Policy : ErrorClass::Config;
        error.message = QCoreApplication::translate("Postroom", "%1 did not accept Postroom as an app.").arg(host);
        error.next = QCoreApplication::translate("Postroom", "Enter a client ID.");
    } else if (judged || error.kind == ErrorClass::Reauth || error.kind == ErrorClass::Client
        || error.kind == ErrorClass::Scope || error.kind == ErrorClass::Policy) {
        error.kind = ErrorClass::Policy;
        error.code = QStringLiteral("registration-refused");
        error.message = QCoreApplication::translate("Postroom", "%1 does not accept new apps by itself.").arg(host);
        error.next = QCoreApplication::translate("Postroom", "Enter a client ID.");
    }
    return error;
}

HttpRequest managementRequest(const QByteArray &method, const ClientRegistration &registration)
{
    HttpRequest request;
    request.method = method;
    request.url = registration.registrationClientUri;
    request.origin = Origin::Registration;
    request.deadline = registrationDeadline;
    request.headers = {
        {"Accept", "application/json"}, {"Authorization", "Bearer " + registration.registrationAccessToken.reveal()}};
    return request;
}

// RFC 7592 §2: the token for the registration is refused where the registration is gone. A 401 that does not say so may
// have come from anybody on the way.
bool saysGone(const HttpResponse &answer, const Error &judged)
{
    if (answer.status != 401)
        return false;
    if (judged.code == L("registration-refused"))
        return true;
    const auto challenges = parseChallenges(answer.header("WWW-Authenticate"));
    return std::any_of(challenges.begin(), challenges.end(), [](const AuthChallenge &challenge) {
        return challenge.scheme == L("bearer")
            && challenge.parameters.value(QStringLiteral("error")) == L("invalid_token");
    });
}

// What a PUT says about the client: everything that the server told, without what is the server's alone (RFC 7592
// §2.2). The secret is left out, so that the server is free to make another one.
QJsonObject writtenBack(QJsonObject told)
{
    for (const L key : {L("registration_access_token"), L("registration_client_uri"), L("client_secret_expires_at"),
             L("client_id_issued_at"), L("client_secret")})
        told.remove(key);
    return told;
}

Failure failNotManaged()
{
    return fail(ErrorClass::Input, "not-managed",
        QCoreApplication::translate("Postroom", "The server does not let Postroom change its registration."));
}

} // namespace

std::optional<ClientAuth> preferredAuth(const QStringList &methods)
{
    if (methods.isEmpty())
        return ClientAuth::Basic;
    for (const auto &[value, name] : authMethods) {
        if (methods.contains(L(name)))
            return value;
    }
    return std::nullopt;
}

Result<ClientRegistration> readRegistration(
    const QJsonObject &answer, const QUrl &endpoint, const ClientRegistration &before)
{
    const QString host = hostForPeople(endpoint);
    ClientRegistration registration = before;
    registration.clientId = answer.value(L("client_id")).toString();
    if (registration.clientId.isEmpty() || registration.clientId.size() > clientIdLimit
        || !isClean(registration.clientId))
        return failUnusable(host, QStringLiteral("client_id"));
    if (!before.clientId.isEmpty() && registration.clientId != before.clientId)
        return failUnusable(host, QStringLiteral("another client_id"));

    const QString method = answer.value(L("token_endpoint_auth_method")).toString();
    if (!method.isEmpty()) {
        const auto auth = preferredAuth({method});
        if (!auth)
            return failUnusable(host, QStringLiteral("token_endpoint_auth_method %1").arg(method));
        registration.auth = *auth;
    } else if (before.clientId.isEmpty()) {
        registration.auth = ClientAuth::Basic; // RFC 7591 §2
    }
    if (const QString secret = answer.value(L("client_secret")).toString(); !secret.isEmpty()) {
        registration.clientSecret = Secret(secret);
        const auto ends = integerAt(answer, L("client_secret_expires_at"));
        registration.secretExpiresAt = ends && *ends > 0 ? QDateTime::fromSecsSinceEpoch(*ends, Qt::UTC) : QDateTime();
    }
    // Without a secret there is nothing to identify with, whatever the method says.
    if (registration.auth == ClientAuth::None || registration.clientSecret.isEmpty()) {
        registration.auth = ClientAuth::None;
        registration.clientSecret = Secret();
        registration.secretExpiresAt = QDateTime();
    }

    const QString token = answer.value(L("registration_access_token")).toString();
    if (!token.isEmpty() && isClean(token))
        registration.registrationAccessToken = Secret(token);
    const QString address = answer.value(L("registration_client_uri")).toString();
    if (!address.isEmpty()) {
        const QUrl uri(address, QUrl::StrictMode);
        // The token that goes there must not be led to somebody else.
        if (!before.registrationClientUri.isEmpty() && !isSameOrigin(uri, before.registrationClientUri))
            return fail(ErrorClass::Config, "registration-moved",
                QCoreApplication::translate(
                    "Postroom", "%1 moved the registration of Postroom to another host, which was not followed.")
                    .arg(host),
                uri.host());
        registration.registrationClientUri = mayName(endpoint, uri) ? uri : QUrl();
    }
    if (!registration.canBeManaged()) {
        registration.registrationAccessToken = Secret();
        registration.registrationClientUri.clear();
    }
    return registration;
}

ClientRegistrar::ClientRegistrar(HttpClient *http, Clock *clock) : m_http(http), m_clock(clock) { }

QCoro::Task<Result<QJsonObject>> ClientRegistrar::ask(HttpRequest request, Secret sent, std::stop_token stop)
{
    const QString host = hostForPeople(request.url);
    auto answer = co_await m_http->send(std::move(request), stop);
    Error error;
    if (!answer) {
        error = answer.error();
        error.origin = Origin::Registration;
    } else if (const auto body = parseJsonObject(answer->body);
        answer->isSuccess() && body && !body->contains(L("error"))) {
        co_return QJsonObject(*body);
    } else if (answer->isSuccess() && !body) {
        error = failUnusable(host, QStringLiteral("HTTP %1, no JSON object").arg(answer->status)).value();
    } else {
        error = judge(*answer, host, m_clock->now());
        if (!sent.isEmpty() && saysGone(*answer, error)) {
            error.kind = ErrorClass::Client;
            error.code = QStringLiteral("registration-lost");
            error.message
                = QCoreApplication::translate("Postroom", "%1 no longer knows this app's registration.").arg(host);
            error.next = QCoreApplication::translate("Postroom", "Sign in again.");
        }
    }
    forgetSecrets(&error, {sent});
    co_return Failure(std::move(error));
}

QCoro::Task<Result<ClientRegistration>> ClientRegistrar::registerClient(
    QUrl endpoint, ClientWishes wishes, std::stop_token stop)
{
    QJsonObject body;
    body.insert(L("client_name"), QStringLiteral("Postroom"));
    body.insert(L("application_type"), QStringLiteral("native"));
    QJsonArray grants;
    if (wishes.device)
        grants.append(QStringLiteral("urn:ietf:params:oauth:grant-type:device_code"));
    if (!wishes.redirect.isEmpty()) {
        grants.append(QStringLiteral("authorization_code"));
        body.insert(L("redirect_uris"), QJsonArray{wishes.redirect.toString(QUrl::FullyEncoded)});
    } else {
        body.insert(L("redirect_uris"), QJsonArray());
    }
    grants.append(QStringLiteral("refresh_token"));
    body.insert(L("grant_types"), grants);
    body.insert(L("response_types"), wishes.redirect.isEmpty() ? QJsonArray() : QJsonArray{QStringLiteral("code")});
    body.insert(L("token_endpoint_auth_method"), methodOf(wishes.auth));
    put(body, L("scope"), wishes.scopes.join(QLatin1Char(' ')));

    HttpRequest request = TokenEndpoint::jsonRequest(endpoint, body);
    request.origin = Origin::Registration;
    request.deadline = registrationDeadline;
    auto answer = co_await ask(std::move(request), Secret(), stop);
    if (!answer)
        co_return Failure(answer.error());
    co_return readRegistration(*answer, endpoint);
}

QCoro::Task<Result<ClientRegistration>> ClientRegistrar::read(ClientRegistration registration, std::stop_token stop)
{
    if (!registration.canBeManaged())
        co_return failNotManaged();
    auto answer = co_await ask(managementRequest("GET", registration), registration.registrationAccessToken, stop);
    if (!answer)
        co_return Failure(answer.error());
    co_return readRegistration(*answer, registration.registrationClientUri, registration);
}

QCoro::Task<Result<ClientRegistration>> ClientRegistrar::renew(
    ClientRegistration registration, std::shared_ptr<ClientRegistration> latest, std::stop_token stop)
{
    if (!registration.canBeManaged())
        co_return failNotManaged();
    auto told = co_await ask(managementRequest("GET", registration), registration.registrationAccessToken, stop);
    if (!told)
        co_return Failure(told.error());
    auto current = readRegistration(*told, registration.registrationClientUri, registration);
    if (!current)
        co_return Failure(current.error());
    if (latest)
        *latest = *current;
    HttpRequest request = managementRequest("PUT", *current);
    request.headers.append(HttpHeader{"Content-Type", "application/json"});
    request.body = toCompact(writtenBack(*told));
    auto answer = co_await ask(std::move(request), current->registrationAccessToken, stop);
    if (!answer)
        co_return Failure(answer.error());
    auto renewed = readRegistration(*answer, current->registrationClientUri, *current);
    if (renewed && latest)
        *latest = *renewed;
    co_return renewed;
}

QCoro::Task<Result<void>> ClientRegistrar::remove(ClientRegistration registration)
{
    if (!registration.canBeManaged() || registration.metadataDocument)
        co_return Result<void>();
    HttpRequest request = managementRequest("DELETE", registration);
    request.deadline = removalDeadline;
    const QString host = hostForPeople(request.url);
    auto answer = co_await m_http->send(std::move(request), std::stop_token());
    // 401, 404 and 410 say that it is not there any more.
    if (answer && (answer->isSuccess() || answer->status == 401 || answer->status == 404 || answer->status == 410))
        co_return Result<void>();
    Error error = answer ? judge(*answer, host, m_clock->now()) : answer.error();
    error.message
        = QCoreApplication::translate("Postroom", "%1 did not confirm that the registration was removed.").arg(host);
    error.next.clear();
    forgetSecrets(&error, {registration.registrationAccessToken});
    co_return Failure(std::move(error));
}

} // namespace Postroom
