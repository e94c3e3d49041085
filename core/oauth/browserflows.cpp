// The sign-ins that go through a browser: authorization code with PKCE, and the Relayfile cloud's own login.
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/oauth/identity.h"
#include "core/oauth/loopback.h"
#include "core/oauth/signinattempt.h"
#include "core/oauth/tokenanswer.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QCryptographicHash>
#include <QRegularExpression>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr int verifierLength = 64;

// RFC 7636 §4.1: 43 to 128 unreserved characters. 64 of base64url are 384 random bits.
Secret randomVerifier()
{
    return Secret((randomState() + randomState()).left(verifierLength));
}

// Appends to whatever query the endpoint has already; QUrlQuery would leave a plus as it is.
QUrl withParameters(const QUrl &endpoint, const QList<QPair<QByteArray, QString>> &parameters)
{
    QByteArray query = endpoint.query(QUrl::FullyEncoded).toLatin1();
    for (const auto &[key, value] : parameters) {
        if (!query.isEmpty())
            query += '&';
        query += key + '=' + QUrl::toPercentEncoding(value);
    }
    QUrl url(endpoint);
    url.setQuery(QString::fromLatin1(query), QUrl::TolerantMode);
    return url;
}

// What this sign-in wants, then what the profile wants of all of them; a name is there once.
void appendWishes(QList<QPair<QByteArray, QString>> *parameters, const QStringList &scopes, const SignInWishes &wishes,
    const ProviderProfile &profile)
{
    const auto set = [parameters](const QByteArray &key, const QString &value) {
        parameters->removeIf([&key](const auto &parameter) { return parameter.first == key; });
        parameters->append({key, value});
    };
    if (!scopes.isEmpty())
        set("scope", scopes.join(QLatin1Char(' ')));
    // OpenID Connect Core §11: without it many servers leave out the refresh token. And a server that remembers an
    // earlier consent would not show what is new.
    if (scopes.contains(L("offline_access")) || wishes.incremental)
        set("prompt", QStringLiteral("consent"));
    if (!profile.resource.isEmpty())
        set("resource", profile.resource);
    for (const auto &[key, value] : profile.authorizationParameters)
        set(key.toLatin1(), value);
    if (!wishes.acrValues.isEmpty())
        set("acr_values", wishes.acrValues);
    if (wishes.maxAge)
        set("max_age", QString::number(wishes.maxAge->count()));
    if (!wishes.loginHint.isEmpty())
        set("login_hint", wishes.loginHint);
}

// What the server says in the callback instead of a grant.
Failure failFromCallback(const QUrlQuery &query, const ProviderProfile &profile, const QString &host)
{
    Error error;
    error.origin = Origin::Token;
    error.code = onlyValue(query, L("error")).value_or(QString()).toLower();
    static const QRegularExpression shape(QStringLiteral("^[a-z0-9_.-]{1,64}$"));
    if (!shape.match(error.code).hasMatch())
        error.code = QStringLiteral("unexpected-answer");
    error.kind = profile.errorCodes.value(
        error.code, classOfTokenCode(TokenDialect::OAuth, error.code).value_or(ErrorClass::Policy));
    describeTokenError(&error, host);
    if (error.code == L("access_denied"))
        error.message
            = QCoreApplication::translate("Postroom", "The sign-in was not allowed on the page of %1.").arg(host);
    else if (error.kind == ErrorClass::Policy)
        error.message = QCoreApplication::translate("Postroom", "%1 did not finish the sign-in.").arg(host);
    const QString reason
        = onlyValue(query, L("error_description")).value_or(QString()).replace(QLatin1Char('+'), QLatin1Char(' '));
    error.detail = redacted(oneLine(reason));
    error.next = QCoreApplication::translate("Postroom", "Start again.");
    return Failure(std::move(error));
}

// The page of ours that says that all is well should be fetched before the listener goes.
QCoro::Task<void> letBrowserFinish(LoopbackListener *listener)
{
    if (listener->isOpen())
        co_await qCoro(listener, &LoopbackListener::closed);
}

} // namespace

QCoro::Task<Result<TokenSet>> SignInFlows::runCode(AttemptPtr attempt)
{
    const ProviderProfile &profile = attempt->profile;
    const QString host = hostForPeople(profile.endpoints.token.isEmpty() ? profile.issuer : profile.endpoints.token);
    if (profile.endpoints.authorization.isEmpty())
        co_return failSignIn("browser-not-offered",
            QCoreApplication::translate("Postroom", "%1 does not offer sign-in with the browser.").arg(host));
    const QByteArray state = randomState();
    const Secret verifier = randomVerifier();
    // A client id metadata document names its path once for all.
    LoopbackListener listener(
        state, attempt->findsClient() ? LoopbackListener::PathStyle::Plain : LoopbackListener::PathStyle::Random);
    auto redirect = listener.listen();
    if (!redirect)
        co_return Failure(redirect.error());
    auto client = co_await obtainClient(attempt, *redirect);
    if (!client)
        co_return Failure(client.error());
    if (attempt->stop.stop_requested())
        co_return failSignInCancelled();

    const QByteArray challenge = QCryptographicHash::hash(verifier.reveal(), QCryptographicHash::Sha256)
                                     .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    QList<QPair<QByteArray, QString>> parameters{{"response_type", QStringLiteral("code")},
        {"client_id", profile.clientId}, {"redirect_uri", redirect->toString(QUrl::FullyEncoded)},
        {"state", QString::fromLatin1(state)}, {"code_challenge", QString::fromLatin1(challenge)},
        {"code_challenge_method", QStringLiteral("S256")}};
    appendWishes(&parameters, attempt->scopesToAsk(), attempt->wishes, profile);
    attempt->progress.link = withParameters(profile.endpoints.authorization, parameters);

    auto query = co_await waitForBrowser(attempt, &listener);
    if (!query)
        co_return Failure(query.error());
    // RFC 9207: an answer that another server sent here must not get at the code.
    const auto iss = onlyValue(*query, L("iss"));
    const bool named = query->hasQueryItem(QStringLiteral("iss"));
    const QUrl issuer = profile.tokenIssuer();
    if ((named || attempt->issExpected) && !issuer.isEmpty() && !(iss && isSameIssuer(*iss, issuer)))
        co_return failSignIn("issuer-mismatch",
            QCoreApplication::translate(
                "Postroom", "The answer came from another sign-in server than %1 and was not used.")
                .arg(host));
    if (query->hasQueryItem(QStringLiteral("error")))
        co_return failFromCallback(*query, profile, host);
    const QString code = onlyValue(*query, L("code")).value_or(QString());
    if (code.isEmpty())
        co_return failSignIn("no-code",
            QCoreApplication::translate("Postroom", "The browser came back without an answer of %1.").arg(host));

    auto tokens
        = co_await m_endpoint->exchangeCode(profile, code, *redirect, verifier, attempt->clientSecret, attempt->stop);
    co_await letBrowserFinish(&listener);
    co_return tokens;
}

QCoro::Task<Result<TokenSet>> SignInFlows::runCloudLogin(AttemptPtr attempt)
{
    const ProviderProfile &profile = attempt->profile;
    const QString host = hostForPeople(profile.issuer);
    const QByteArray state = randomState();
    // The cloud takes no other path than this one.
    LoopbackListener listener(state, LoopbackListener::PathStyle::Plain);
    auto redirect = listener.listen();
    if (!redirect)
        co_return Failure(redirect.error());
    const QUrl login = below(profile.issuer, QStringLiteral("/api/v1/cli/login"));
    attempt->progress.link = withParameters(
        login, {{"redirect_uri", redirect->toString(QUrl::FullyEncoded)}, {"state", QString::fromLatin1(state)}});

    auto query = co_await waitForBrowser(attempt, &listener);
    if (!query)
        co_return Failure(query.error());
    if (query->hasQueryItem(QStringLiteral("error")))
        co_return failFromCallback(*query, profile, host);
    QJsonObject answer;
    for (const L key : {L("access_token"), L("refresh_token"), L("access_token_expires_at"),
             L("refresh_token_expires_at"), L("api_url")})
        put(answer, key, onlyValue(*query, key).value_or(QString()));
    auto tokens = readTokens(TokenDialect::RelayfileCloud, answer, profile, std::nullopt, m_clock->now());
    if (!tokens || tokens->refreshToken.isEmpty())
        co_return failSignIn("no-code",
            QCoreApplication::translate("Postroom", "The browser came back without an answer of %1.").arg(host));
    co_await letBrowserFinish(&listener);
    co_return std::move(*tokens);
}

} // namespace Postroom
