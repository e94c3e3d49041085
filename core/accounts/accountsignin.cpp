// How an account comes into being or is renewed: the part of AccountService behind signIn().
#include "core/accounts/accountservice_p.h"

#include "core/accounts/pastedtoken.h"
#include "core/accounts/tokenpolicy.h"
#include "core/base/text.h"

#include <QCoreApplication>
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

Credential credentialOf(const TokenSet &granted, const SignInRequest &request, const QDateTime &now)
{
    Credential credential;
    credential.accessToken = granted.accessToken;
    credential.refreshToken = granted.refreshToken;
    credential.clientSecret = request.clientSecret;
    credential.obtainedAt = granted.obtainedAt.isValid() ? granted.obtainedAt : now;
    credential.expiresAt = granted.expiresAt;
    credential.expiryAssumed = granted.expiryAssumed;
    // Nobody said that it ends, and there is nothing to renew it with: it works until a service says otherwise.
    if (granted.expiryAssumed && granted.refreshToken.isEmpty())
        credential.expiresAt = {};
    credential.scopes = granted.scopes.value_or(QStringList());
    credential.apiUrl = granted.apiUrl;
    if (granted.registration) {
        // The refresh token is bound to this client.
        credential.clientSecret = granted.registration->clientSecret;
        credential.clientSecretExpiresAt = granted.registration->secretExpiresAt;
        credential.registrationAccessToken = granted.registration->registrationAccessToken;
        credential.registrationClientUri = granted.registration->registrationClientUri;
    }
    return credential;
}

// What later refreshes need besides the token, so that they depend on no discovery.
void describe(
    AccountRecord *record, const ProviderProfile &profile, const TokenSet &granted, const SignInRequest &request)
{
    const bool cloud = profile.kind == ProviderKind::RelayfileCloud;
    record->kind = toString(profile.kind);
    record->server = withoutTrailingSlash(profile.issuer);
    record->clientId = granted.registration ? granted.registration->clientId : profile.clientId;
    record->clientRegistered = granted.registration && !granted.registration->metadataDocument;
    record->clientAuth = toString(granted.registration ? granted.registration->auth : profile.clientAuth);
    if (!granted.subject.isEmpty())
        record->subject = granted.subject;
    if (!granted.displayName.isEmpty())
        record->displayName = granted.displayName;
    record->hasClientSecret
        = granted.registration ? !granted.registration->clientSecret.isEmpty() : !request.clientSecret.isEmpty();
    const auto known = [cloud](const QUrl &found, const QUrl &own) {
        return cloud ? QUrl() : found.isEmpty() ? own : found;
    };
    record->tokenEndpoint = known(granted.tokenEndpoint, profile.endpoints.token);
    if (request.imported && !request.imported->tokenEndpoint.isEmpty())
        record->tokenEndpoint = request.imported->tokenEndpoint;
    record->revocationEndpoint = known(granted.revocationEndpoint, profile.endpoints.revocation);
    record->registrationEndpoint = known(granted.registrationEndpoint, profile.endpoints.registration);
    record->authorizationServer = granted.authorizationServer;
    record->resource = granted.resource.isEmpty() ? profile.resource : granted.resource;
    noteOrigin(&record->unknown, request.imported ? std::optional(request.imported->origin) : std::nullopt);
}

// Another program's tokens as they are. Who they belong to is asked, as well as it can be; nothing is redeemed.
QCoro::Task<Result<TokenSet>> takeImported(
    HttpClient *http, ProviderProfile profile, ImportedSignIn imported, QDateTime now)
{
    TokenSet tokens = imported.tokens;
    if (!tokens.obtainedAt.isValid())
        tokens.obtainedAt = now;
    if (profile.kind == ProviderKind::RelayfileServer) {
        const TokenSet own = readServerToken(tokens.accessToken, now);
        if (!own.subject.isEmpty())
            tokens.subject = own.subject;
        co_return tokens;
    }
    auto known = co_await withIdentity(http, profile, tokens);
    co_return known;
}

// The store reads back what it has written, so that an account only comes to be once its secret is safe.
QCoro::Task<Result<void>> saveImported(SecretStore *vault, QString key, Credential credential, bool isNew)
{
    auto written = co_await vault->write(key, encodeCredential(credential));
    if (written)
        co_return Result<void>();
    const Error error = toError(written.error());
    if (isNew) {
        // Half of an entry may be there, and nobody would look for it again.
        auto removed = co_await vault->remove(key);
        Q_UNUSED(removed)
    }
    co_return Failure(error);
}

Failure failManaged(const AccountRecord &record)
{
    const QString who = record.displayName.isEmpty() ? record.label : record.displayName;
    return failInput(QStringLiteral("already-managed"),
        QCoreApplication::translate("Postroom", "Postroom keeps %1 signed in already.").arg(who));
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
    // A client that was registered for an earlier sign-in knows that one's address to come back to alone.
    // A metadata document is found again by itself.
    const bool keepsClient = existing && request.clientId.isEmpty() && !existing->clientRegistered
        && existing->clientId != profile.clientMetadata.toString(QUrl::FullyEncoded);
    const QString clientId = keepsClient ? existing->clientId : request.clientId;
    if (!clientId.isEmpty())
        profile.clientId = clientId;
    if (profile.needsServer())
        return failInput(QStringLiteral("server-missing"), tr("The address of the server is needed."));
    if (!profile.issuer.isEmpty() && !isTrustworthyUrl(profile.issuer))
        return failInput(QStringLiteral("server-untrusted"), tr("The address of the server has to begin with https."));
    if (profile.needsClientId())
        return failInput(QStringLiteral("client-id-missing"), tr("The client ID is needed."));
    if (profile.kind == ProviderKind::RelayfileServer && request.pastedAccessToken.isEmpty() && !request.imported)
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
    if (request.imported) {
        report(request.id, SignInPhase::Exchanging);
        auto taken = co_await takeImported(use.http, profile, *request.imported, use.clock->now());
        report(request.id, SignInPhase::Done);
        co_return taken;
    }
    if (!isPasted(request)) {
        const QPointer<AccountService> listener = service;
        const ProgressCallback progress = [listener](const SignInProgress &step) {
            if (listener)
                Q_EMIT listener->signInProgressed(step);
        };
        SignInWishes wishes;
        wishes.scopes = profile.defaultScopes;
        wishes.acrValues = request.acrValues;
        wishes.maxAge = request.maxAge;
        wishes.incremental = !request.furtherScopes.isEmpty();
        if (const AccountRecord *known = roster.find(request.account))
            wishes.loginHint = known->displayName.contains(QLatin1Char('@')) ? known->displayName : QString();
        auto tokens
            = co_await flows.run(request.id, profile, request.method, wishes, request.clientSecret, progress, stop);
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

// Asks for the grant: whatever it takes, nothing of ours is changed by it.
QCoro::Task<Result<TokenSet>> AccountService::Private::askForGrant(
    SignInRequest request, std::shared_ptr<ProviderProfile> profile, std::stop_token stop)
{
    // Where tokens are renewed is learned now, so that no later refresh depends on discovery. A flow learns it itself.
    const bool needsEndpoints = (isPasted(request) || request.imported) && profile->kind != ProviderKind::RelayfileCloud
        && profile->kind != ProviderKind::RelayfileServer && profile->endpoints.token.isEmpty();
    if (needsEndpoints) {
        auto completed = co_await flows.complete(*profile);
        if (!completed)
            co_return Failure(completed.error());
        *profile = *completed;
    }
    auto tokens = co_await obtain(request, *profile, stop);
    // A pasted refresh token has been redeemed by now; what came of it is the only one that works.
    if (tokens && stop.stop_requested() && !isPasted(request) && !request.imported)
        co_return failCancelled();
    co_return tokens;
}

QCoro::Task<Result<AccountId>> AccountService::Private::signIn(SignInRequest request, std::stop_token stop)
{
    const AccountRecord *existing = request.account.isEmpty() ? nullptr : roster.find(request.account);
    if (!request.account.isEmpty() && !existing)
        co_return failInput(QStringLiteral("unknown-account"), tr("This account does not exist."));
    auto found = profileFor(request, existing);
    if (!found)
        co_return Failure(found.error());
    const auto profile = std::make_shared<ProviderProfile>(*found);
    if (!request.scopes.isEmpty())
        profile->defaultScopes = request.scopes;
    else if (existing && !existing->scopes.isEmpty())
        profile->defaultScopes = existing->scopes;
    for (const QString &further : std::as_const(request.furtherScopes)) {
        if (!profile->defaultScopes.contains(further))
            profile->defaultScopes.append(further);
    }
    const auto renewing = existing ? keepers.value(existing->id) : std::shared_ptr<TokenKeeper>();
    if (renewing)
        renewing->apply(On::SignInBegan{});
    auto tokens = co_await askForGrant(request, profile, stop);
    if (renewing)
        renewing->apply(On::SignInEnded{});
    if (!tokens)
        co_return Failure(tokens.error());
    auto account = co_await takeGrant(request, profile, *tokens);
    co_return account;
}

// A grant becomes an account, or renews one.
QCoro::Task<Result<AccountId>> AccountService::Private::takeGrant(
    SignInRequest request, std::shared_ptr<ProviderProfile> profile, TokenSet granted)
{
    AccountRecord *record = request.account.isEmpty() ? twinOf(*profile, granted) : roster.find(request.account);
    if (!request.account.isEmpty() && !record)
        co_return failInput(QStringLiteral("unknown-account"), tr("This account was removed in the meantime."));
    if (record && !record->subject.isEmpty() && !granted.subject.isEmpty() && record->subject != granted.subject) {
        const QString seen = granted.displayName.isEmpty() ? granted.subject : granted.displayName;
        const QString expected = record->displayName.isEmpty() ? record->subject : record->displayName;
        // Neither account gets this grant, so that it does not stay open at the server either. What a person brought
        // along is theirs.
        if (!isPasted(request) && !request.imported)
            scope.spawn(giveBack(*profile, granted, request.clientSecret));
        co_return failInput(QStringLiteral("identity-mismatch"),
            tr("You signed in as %1; this account is %2. Nothing was changed.").arg(seen, expected));
    }
    Credential credential = credentialOf(granted, request, use.clock->now());

    AccountRecord fresh;
    fresh.id = AccountId::create();
    fresh.providerId = profile->id;
    if (request.imported) {
        if (record && record->signedIn && !needsSomebody(record->state))
            co_return failManaged(*record);
        const bool isNew = !record;
        const AccountRecord target = record ? *record : fresh;
        credential.grantEpoch = target.grantEpoch + 1;
        credential.generation = target.generation + 1;
        auto saved = co_await saveImported(use.vault, vaultKeyFor(target), credential, isNew);
        if (!saved)
            co_return Failure(saved.error());
        record = isNew ? nullptr : roster.find(target.id);
        if (!isNew && (!record || record->grantEpoch != target.grantEpoch)) {
            co_return failInput(
                QStringLiteral("unknown-account"), tr("This account was changed in the meantime. Nothing was moved."));
        }
    }

    std::shared_ptr<TokenKeeper> keeper;
    if (!record) {
        const QString who = granted.displayName.isEmpty() ? profile->issuer.host() : granted.displayName;
        const QString wanted = request.label.isEmpty()
            ? (who.isEmpty() ? profile->name : tr("%1 at %2").arg(who, profile->name))
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
    keeper->dropRegistration(); // the new grant has a client of its own
    describe(record, *profile, granted, request);
    On::SignedIn grant;
    grant.scopes = granted.scopes.value_or(
        profile->kind == ProviderKind::RelayfileServer ? QStringList() : profile->defaultScopes);
    grant.sessionOnly = request.sessionOnly;
    grant.signInEndsAt = granted.refreshExpiresAt.value_or(QDateTime());
    co_await keeper->takeSignIn(credential, grant);
    co_return id;
}

QCoro::Task<void> AccountService::Private::giveBack(ProviderProfile profile, TokenSet tokens, Secret clientSecret)
{
    const auto dialect
        = profile.kind == ProviderKind::RelayfileCloud ? TokenDialect::RelayfileCloud : TokenDialect::OAuth;
    if (!tokens.revocationEndpoint.isEmpty())
        profile.endpoints.revocation = tokens.revocationEndpoint;
    if (tokens.registration && !tokens.registration->clientId.isEmpty()) {
        profile.clientId = tokens.registration->clientId;
        clientSecret = tokens.registration->clientSecret;
    }
    auto revoked = co_await endpoint.revoke(profile, dialect, tokens.refreshToken, clientSecret, tokens.accessToken);
    Q_UNUSED(revoked)
}

} // namespace Postroom
