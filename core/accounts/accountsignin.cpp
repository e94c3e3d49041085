// How an account comes into being or is renewed: the part of AccountService behind signIn().
#include "core/accounts/accountservice_p.h"

#include "core/accounts/pastedtoken.h"
#include "core/base/text.h"

#include <QPointer>
#include <algorithm>

namespace Postroom
{
namespace
{

bool isPasted(const SignInRequest &request)
{
    return !request.pastedAccessToken.isEmpty() || !request.pastedRefreshToken.isEmpty();
}

// A token becomes part of a header line.
bool isOneWord(const Secret &secret)
{
    const QByteArray bytes = secret.reveal();
    return std::all_of(bytes.cbegin(), bytes.cend(), [](char c) { return c > 0x20 && c < 0x7f; });
}

QUrl withoutTrailingSlash(QUrl url)
{
    QString path = url.path();
    while (path.endsWith(QLatin1Char('/')))
        path.chop(1);
    url.setPath(path);
    return url;
}

QUrl tokenEndpointOf(const ProviderProfile &profile)
{
    return profile.kind == ProviderKind::RelayfileCloud ? QUrl() : profile.endpoints.token;
}

} // namespace

void AccountService::Private::report(const SignInId &id, SignInPhase phase, const std::optional<Error> &error)
{
    SignInProgress progress;
    progress.id = id;
    progress.phase = phase;
    progress.error = error;
    Q_EMIT service->signInProgressed(progress);
}

Result<ProviderProfile> AccountService::Private::profileFor(
    const SignInRequest &request, const AccountRecord *existing) const
{
    const auto found = use.profiles->find(existing ? existing->providerId : request.providerId);
    if (!found)
        return failInput(QStringLiteral("unknown-provider"), tr("This kind of account is not known."));
    ProviderProfile profile = *found;
    const QUrl server = withoutTrailingSlash(existing ? existing->server : request.server);
    if (!server.isEmpty() && server != withoutTrailingSlash(profile.issuer)) {
        // The endpoints of the profile belong to its own issuer.
        profile.issuer = server;
        profile.endpoints = {};
    }
    const QString clientId = existing && request.clientId.isEmpty() ? existing->clientId : request.clientId;
    if (!clientId.isEmpty())
        profile.clientId = clientId;
    if (profile.needsServer())
        return failInput(QStringLiteral("server-missing"), tr("The address of the server is needed."));
    if (!profile.issuer.isEmpty() && !isTrustworthyUrl(profile.issuer))
        return failInput(QStringLiteral("server-untrusted"), tr("The address of the server has to begin with https."));
    if (profile.needsClientId())
        return failInput(QStringLiteral("client-id-missing"), tr("The client ID is needed."));
    if (profile.kind == ProviderKind::RelayfileServer && request.pastedAccessToken.isEmpty())
        return failInput(
            QStringLiteral("token-missing"), tr("This server has no sign-in page; it takes an access token."));
    if (!isOneWord(request.pastedAccessToken) || !isOneWord(request.pastedRefreshToken))
        return failInput(
            QStringLiteral("token-unreadable"), tr("This is not a token: it contains spaces or line breaks."));
    return profile;
}

QCoro::Task<Result<TokenSet>> AccountService::Private::takePasted(SignInRequest request, ProviderProfile profile)
{
    report(request.id, SignInPhase::Exchanging);
    const QDateTime now = use.clock->now();
    if (profile.kind == ProviderKind::RelayfileServer) {
        TokenSet tokens = readServerToken(request.pastedAccessToken, now);
        if (tokens.expiresAt.isValid() && tokens.expiresAt <= now)
            co_return failInput(QStringLiteral("token-expired"), tr("This token has already expired."));
        co_return tokens;
    }
    TokenSet tokens;
    if (!request.pastedRefreshToken.isEmpty()) {
        const bool cloud = profile.kind == ProviderKind::RelayfileCloud;
        QUrl tokenUrl = profile.endpoints.token;
        if (cloud)
            tokenUrl = below(profile.issuer, QStringLiteral("api/v1/auth/token/refresh"));
        const auto dialect = cloud ? TokenDialect::RelayfileCloud : TokenDialect::OAuth;
        auto renewed
            = co_await endpoint.refresh(profile, dialect, tokenUrl, request.pastedRefreshToken, request.clientSecret);
        if (!renewed)
            co_return Failure(renewed.error());
        tokens = *renewed;
        if (tokens.refreshToken.isEmpty())
            tokens.refreshToken = request.pastedRefreshToken;
    } else {
        // Without a refresh token it serves until it ends.
        tokens = readServerToken(request.pastedAccessToken, now);
        tokens.subject.clear();
        tokens.displayName.clear();
    }
    auto known = co_await withIdentity(use.http, profile, tokens);
    co_return known;
}

QCoro::Task<Result<TokenSet>> AccountService::Private::obtain(
    SignInRequest request, ProviderProfile profile, std::stop_token stop)
{
    if (!isPasted(request)) {
        const QPointer<AccountService> listener = service;
        const ProgressCallback progress = [listener](const SignInProgress &step) {
            if (listener)
                Q_EMIT listener->signInProgressed(step);
        };
        auto tokens = co_await flows.run(
            request.id, profile, request.method, profile.defaultScopes, request.clientSecret, progress, stop);
        co_return tokens;
    }
    auto tokens = co_await takePasted(request, profile);
    if (tokens)
        report(request.id, SignInPhase::Done);
    else
        report(request.id, SignInPhase::Failed, tokens.error());
    co_return tokens;
}

AccountRecord *AccountService::Private::twinOf(const ProviderProfile &profile, const TokenSet &tokens)
{
    if (tokens.subject.isEmpty())
        return nullptr;
    const auto &records = roster.records();
    for (const AccountRecord &record : records) {
        if (record.providerId == profile.id && record.subject == tokens.subject
            && withoutTrailingSlash(record.server) == withoutTrailingSlash(profile.issuer))
            return roster.find(record.id);
    }
    return nullptr;
}

QString AccountService::Private::uniqueLabel(const QString &wanted, const AccountId &self) const
{
    const auto taken = [this, &self](const QString &label) {
        const auto &records = roster.records();
        return std::any_of(records.cbegin(), records.cend(), [&](const AccountRecord &record) {
            return record.id != self && record.label.compare(label, Qt::CaseInsensitive) == 0;
        });
    };
    const QString base = oneLine(wanted, 80);
    QString label = base;
    for (int i = 2; taken(label); ++i)
        label = QStringLiteral("%1 (%2)").arg(base).arg(i);
    return label;
}

QCoro::Task<Result<AccountId>> AccountService::Private::signIn(SignInRequest request, std::stop_token stop)
{
    const AccountRecord *existing = request.account.isEmpty() ? nullptr : roster.find(request.account);
    if (!request.account.isEmpty() && !existing)
        co_return failInput(QStringLiteral("unknown-account"), tr("This account does not exist."));
    auto found = profileFor(request, existing);
    if (!found)
        co_return Failure(found.error());
    ProviderProfile profile = *found;
    if (!request.scopes.isEmpty())
        profile.defaultScopes = request.scopes;
    else if (existing && !existing->scopes.isEmpty())
        profile.defaultScopes = existing->scopes;

    const auto renewing = existing ? keepers.value(existing->id) : std::shared_ptr<TokenKeeper>();
    if (renewing)
        renewing->apply(On::SignInBegan{});
    // Where tokens are renewed is learned now, so that no later refresh depends on discovery.
    Result<TokenSet> tokens;
    const bool needsEndpoints = profile.kind != ProviderKind::RelayfileCloud
        && profile.kind != ProviderKind::RelayfileServer && profile.endpoints.token.isEmpty();
    if (needsEndpoints) {
        auto completed = co_await flows.complete(profile);
        if (completed)
            profile = *completed;
        else
            tokens = Failure(completed.error());
    }
    if (tokens) {
        auto obtained = co_await obtain(request, profile, stop);
        tokens = obtained;
    }
    if (renewing)
        renewing->apply(On::SignInEnded{});
    if (tokens && stop.stop_requested())
        tokens = failCancelled();
    if (!tokens)
        co_return Failure(tokens.error());
    const TokenSet granted = *tokens;

    AccountRecord *record = request.account.isEmpty() ? twinOf(profile, granted) : roster.find(request.account);
    if (!request.account.isEmpty() && !record)
        co_return failInput(QStringLiteral("unknown-account"), tr("This account was removed in the meantime."));
    if (record && !record->subject.isEmpty() && !granted.subject.isEmpty() && record->subject != granted.subject) {
        const QString seen = granted.displayName.isEmpty() ? granted.subject : granted.displayName;
        const QString expected = record->displayName.isEmpty() ? record->subject : record->displayName;
        co_return failInput(QStringLiteral("identity-mismatch"),
            tr("You signed in as %1; this account is %2. Nothing was changed.").arg(seen, expected));
    }

    std::shared_ptr<TokenKeeper> keeper;
    if (!record) {
        AccountRecord fresh;
        fresh.id = AccountId::create();
        fresh.providerId = profile.id;
        const QString who = granted.displayName.isEmpty() ? profile.issuer.host() : granted.displayName;
        const QString wanted = request.label.isEmpty()
            ? (who.isEmpty() ? profile.name : tr("%1 at %2").arg(who, profile.name))
            : request.label;
        fresh.label = uniqueLabel(wanted, fresh.id);
        roster.add(fresh);
        record = roster.find(fresh.id);
        keeper = addKeeper(fresh.id);
    } else {
        keeper = keepers.value(record->id);
        if (!request.label.isEmpty())
            record->label = uniqueLabel(request.label, record->id);
    }
    const AccountId id = record->id;
    record->kind = toString(profile.kind);
    record->server = withoutTrailingSlash(profile.issuer);
    record->clientId = profile.clientId;
    if (!granted.subject.isEmpty())
        record->subject = granted.subject;
    if (!granted.displayName.isEmpty())
        record->displayName = granted.displayName;
    record->hasClientSecret = !request.clientSecret.isEmpty();
    record->tokenEndpoint = tokenEndpointOf(profile);
    record->revocationEndpoint = profile.endpoints.revocation;
    Credential credential;
    credential.accessToken = granted.accessToken;
    credential.refreshToken = granted.refreshToken;
    credential.clientSecret = request.clientSecret;
    credential.obtainedAt = granted.obtainedAt.isValid() ? granted.obtainedAt : use.clock->now();
    credential.expiresAt = granted.expiresAt;
    credential.scopes = granted.scopes.value_or(QStringList());
    credential.apiUrl = granted.apiUrl;
    credential.expiryAssumed = granted.expiryAssumed;
    On::SignedIn grant;
    grant.scopes = granted.scopes.value_or(
        profile.kind == ProviderKind::RelayfileServer ? QStringList() : profile.defaultScopes);
    grant.sessionOnly = request.sessionOnly;
    grant.signInEndsAt = granted.refreshExpiresAt.value_or(QDateTime());
    co_await keeper->takeSignIn(credential, grant);
    co_return id;
}

} // namespace Postroom
