#include "core/oauth/tokenendpoint.h"

#include "core/base/json.h"
#include "core/oauth/tokenanswer.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr std::chrono::seconds revokeDeadline{5};

QByteArray formEncoded(const QString &text)
{
    return QUrl::toPercentEncoding(text);
}

// QUrlQuery leaves a plus as it is, which a form reader takes for a space.
QByteArray encodeForm(const QUrlQuery &form)
{
    QByteArray body;
    const auto items = form.queryItems(QUrl::FullyDecoded);
    for (const auto &[key, value] : items) {
        if (!body.isEmpty())
            body += '&';
        body += formEncoded(key) + '=' + formEncoded(value);
    }
    return body;
}

// QUrlQuery reads percent signs in what it is given; a token may hold some of its own.
void add(QUrlQuery *form, const char *key, const QString &value)
{
    form->addQueryItem(L(key), QString::fromLatin1(QUrl::toPercentEncoding(value)));
}

HttpRequest startRequest(const QUrl &endpoint, const QByteArray &mediaType)
{
    HttpRequest request;
    request.method = "POST";
    request.url = endpoint;
    request.origin = Origin::Token;
    request.headers = {{"Content-Type", mediaType}, {"Accept", "application/json"}};
    return request;
}

// RFC 6749 §2.3.1: every server takes Basic; parameters only where the profile says so. Never both, and never one after
// the other: a strict server burns the code at the first attempt.
void authenticate(const ProviderProfile &profile, const Secret &clientSecret, QUrlQuery *form, HttpRequest *request)
{
    const QString secret = QString::fromUtf8(clientSecret.reveal());
    if (secret.isEmpty() || profile.clientAuth == ClientAuth::Post) {
        if (!profile.clientId.isEmpty())
            add(form, "client_id", profile.clientId);
        if (!secret.isEmpty())
            add(form, "client_secret", secret);
    } else {
        request->headers.append(
            {"Authorization", "Basic " + (formEncoded(profile.clientId) + ':' + formEncoded(secret)).toBase64()});
    }
}

Failure failWithoutEndpoint()
{
    Error error;
    error.origin = Origin::Token;
    error.kind = ErrorClass::Config;
    error.code = QStringLiteral("no-endpoint");
    error.message = QCoreApplication::translate("Postroom", "The address of the sign-in server is not known.");
    return Failure(std::move(error));
}

} // namespace

void forgetSecrets(Error *error, const QList<Secret> &sent)
{
    for (const Secret &secret : sent) {
        // Shorter ones would blot out ordinary words.
        if (secret.reveal().size() < 6)
            continue;
        const QString text = QString::fromUtf8(secret.reveal());
        for (QString *field : {&error->message, &error->detail, &error->code, &error->requestId, &error->next})
            field->replace(text, QStringLiteral("***"), Qt::CaseInsensitive);
    }
}

QUrl below(const QUrl &base, const QString &path)
{
    QUrl url(base);
    QString start = base.path(QUrl::FullyEncoded);
    while (start.endsWith(QLatin1Char('/')))
        start.chop(1);
    url.setPath(start + (path.startsWith(QLatin1Char('/')) ? path : QLatin1Char('/') + path), QUrl::TolerantMode);
    url.setQuery(QString());
    url.setFragment(QString());
    return url;
}

TokenEndpoint::TokenEndpoint(HttpClient *http, Clock *clock) : m_http(http), m_clock(clock) { }

HttpRequest TokenEndpoint::formRequest(
    const ProviderProfile &profile, const QUrl &endpoint, QUrlQuery form, const Secret &clientSecret)
{
    HttpRequest request = startRequest(endpoint, "application/x-www-form-urlencoded");
    authenticate(profile, clientSecret, &form, &request);
    request.body = encodeForm(form);
    return request;
}

HttpRequest TokenEndpoint::jsonRequest(const QUrl &endpoint, const QJsonObject &body)
{
    HttpRequest request = startRequest(endpoint, "application/json");
    request.body = toCompact(body);
    return request;
}

HttpRequest TokenEndpoint::tokenRequest(
    const ProviderProfile &profile, const QUrl &endpoint, QUrlQuery form, const Secret &clientSecret)
{
    if (profile.tokenFormat == TokenFormat::Form)
        return formRequest(profile, endpoint, std::move(form), clientSecret);
    HttpRequest request = startRequest(endpoint, "application/json");
    authenticate(profile, clientSecret, &form, &request);
    QJsonObject body;
    const auto items = form.queryItems(QUrl::FullyDecoded);
    for (const auto &[key, value] : items)
        body.insert(key, value);
    request.body = toCompact(body);
    return request;
}

QCoro::Task<Result<TokenSet>> TokenEndpoint::exchangeCode(
    ProviderProfile profile, QString code, QUrl redirect, Secret verifier, Secret clientSecret, std::stop_token stop)
{
    QUrlQuery form;
    add(&form, "grant_type", QStringLiteral("authorization_code"));
    add(&form, "code", code);
    add(&form, "redirect_uri", redirect.toString(QUrl::FullyEncoded));
    add(&form, "code_verifier", QString::fromLatin1(verifier.reveal()));
    if (!profile.resource.isEmpty())
        add(&form, "resource", profile.resource);
    if (profile.endpoints.token.isEmpty())
        co_return failWithoutEndpoint();
    HttpRequest request = tokenRequest(profile, profile.endpoints.token, form, clientSecret);
    const Secret spent(code);
    QList<Secret> sent{spent, verifier, clientSecret};
    auto result = co_await exchange(profile, TokenDialect::OAuth, std::move(request), std::move(sent), nullptr, stop);
    // A code that is refused says nothing about a sign-in that there was before.
    if (!result && result.error().code == L("invalid_grant"))
        result.error().message = QCoreApplication::translate(
            "Postroom", "The sign-in server did not accept the answer of the browser; it may have been too old.");
    co_return result;
}

QCoro::Task<Result<TokenSet>> TokenEndpoint::refresh(ProviderProfile profile, TokenDialect dialect,
    RefreshOptions options, Secret refreshToken, Secret clientSecret, std::shared_ptr<TokenAside> aside)
{
    HttpRequest request;
    QUrl target = options.endpoint;
    if (dialect == TokenDialect::OAuth) {
        if (target.isEmpty())
            target = profile.endpoints.token;
        QUrlQuery form;
        add(&form, "grant_type", QStringLiteral("refresh_token"));
        add(&form, "refresh_token", QString::fromUtf8(refreshToken.reveal()));
        if (!options.scopes.isEmpty())
            add(&form, "scope", options.scopes.join(QLatin1Char(' ')));
        if (!profile.resource.isEmpty() && !options.withoutResource)
            add(&form, "resource", profile.resource);
        request = tokenRequest(profile, target, form, clientSecret);
    } else {
        if (target.isEmpty() && dialect == TokenDialect::RelayfileCloud && !profile.issuer.isEmpty())
            target = below(profile.issuer, QStringLiteral("/api/v1/auth/token/refresh"));
        QJsonObject body;
        body.insert(L("refreshToken"), QString::fromUtf8(refreshToken.reveal()));
        request = jsonRequest(target, body);
    }
    if (target.isEmpty())
        co_return failWithoutEndpoint();
    request.deadline = options.deadline;
    QList<Secret> sent{refreshToken, clientSecret};
    auto result = co_await exchange(profile, dialect, std::move(request), std::move(sent), aside, options.stop);
    co_return result;
}

QCoro::Task<Result<void>> TokenEndpoint::revoke(
    ProviderProfile profile, TokenDialect dialect, Secret refreshToken, Secret clientSecret, Secret accessToken)
{
    const bool renewable = !refreshToken.isEmpty();
    const Secret token = renewable ? refreshToken : accessToken;
    HttpRequest request;
    if (dialect == TokenDialect::OAuth && !profile.endpoints.revocation.isEmpty()) {
        QUrlQuery form;
        add(&form, "token", QString::fromUtf8(token.reveal()));
        add(&form, "token_type_hint", renewable ? QStringLiteral("refresh_token") : QStringLiteral("access_token"));
        request = formRequest(profile, profile.endpoints.revocation, form, clientSecret);
    } else if (dialect == TokenDialect::RelayfileCloud && !profile.issuer.isEmpty()) {
        QJsonObject body;
        body.insert(L("token"), QString::fromUtf8(token.reveal()));
        request = jsonRequest(below(profile.issuer, QStringLiteral("/api/v1/auth/token/revoke")), body);
    }
    if (request.url.isEmpty() || token.isEmpty())
        co_return Result<void>();
    request.deadline = revokeDeadline;
    const QString host = hostForPeople(request.url);
    QList<Secret> sent{token, clientSecret};
    auto answer = co_await m_http->send(std::move(request), std::stop_token());
    Error error;
    if (!answer) {
        error = answer.error();
    } else if (answer->isSuccess()) {
        co_return Result<void>();
    } else {
        const auto judged = judgeTokenAnswer(dialect, *answer, profile, host, m_clock->now());
        error = judged ? Error() : judged.error();
        error.message = QCoreApplication::translate("Postroom", "%1 did not confirm the sign-out.").arg(host);
        error.next.clear();
    }
    forgetSecrets(&error, sent);
    co_return Failure(error);
}

QCoro::Task<Result<TokenSet>> TokenEndpoint::post(ProviderProfile profile, TokenDialect dialect, QUrl endpoint,
    QUrlQuery form, Secret clientSecret, std::shared_ptr<TokenAside> aside, std::stop_token stop)
{
    if (endpoint.isEmpty())
        co_return failWithoutEndpoint();
    QList<Secret> sent{clientSecret};
    const auto items = form.queryItems(QUrl::FullyDecoded);
    QJsonObject body;
    for (const auto &[key, value] : items) {
        body.insert(key, value);
        if (key == L("device_code") || key.contains(L("token")) || key == L("code") || key == L("assertion"))
            sent.append(Secret(value));
    }
    HttpRequest request = dialect == TokenDialect::OAuth ? tokenRequest(profile, endpoint, form, clientSecret)
                                                         : jsonRequest(endpoint, body);
    auto result = co_await exchange(profile, dialect, std::move(request), std::move(sent), aside, stop);
    co_return result;
}

QCoro::Task<Result<TokenSet>> TokenEndpoint::exchange(ProviderProfile profile, TokenDialect dialect,
    HttpRequest request, QList<Secret> sent, std::shared_ptr<TokenAside> aside, std::stop_token stop)
{
    request.once = true;
    const QString host = hostForPeople(request.url);
    auto answer = co_await m_http->send(std::move(request), stop);
    if (!answer) {
        Error error = answer.error();
        forgetSecrets(&error, sent);
        co_return Failure(std::move(error));
    }
    auto result = judgeTokenAnswer(dialect, *answer, profile, host, m_clock->now(), aside.get());
    if (!result)
        forgetSecrets(&result.error(), sent);
    co_return result;
}

} // namespace Postroom
