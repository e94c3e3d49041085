// The part of TokenKeeper that hands out: a token that lasts, another one for a refused one, or why there is none.
#include "core/accounts/tokenkeeper.h"

#include "core/accounts/tokenpolicy.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds soon = 5s;
constexpr std::chrono::milliseconds rejectedGap = 1min;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

} // namespace

Error TokenKeeper::stateError(const AccountRecord &mine) const
{
    Error error;
    if (mine.lastError)
        error = mine.lastError->error;
    if (mine.state == AccountState::NeedsSignIn || mine.state == AccountState::SignedOut) {
        if (error.kind != ErrorClass::Reauth) {
            error = Error();
            error.origin = mine.reason.startsWith(QLatin1String("secret-")) ? Origin::Storage : Origin::Local;
            error.kind = ErrorClass::Reauth;
            error.code = mine.reason.isEmpty() ? QStringLiteral("signed-out") : mine.reason;
            error.message = tr("%1 is not signed in.").arg(mine.label);
        }
        error.next = tr("Sign in again.");
        error.retryAt.reset();
    } else if (!mine.lastError) {
        error.origin = Origin::Token;
        error.kind = ErrorClass::Infra;
        error.code = QStringLiteral("not-renewed");
        error.message = tr("The sign-in of %1 could not be renewed yet.").arg(mine.label);
    }
    if (isWaitingState(mine.state) && mine.nextAt.isValid())
        error.retryAt = mine.nextAt;
    return error;
}

std::optional<Error> TokenKeeper::whyNoToken(const AccountRecord &mine) const
{
    if (!mine.enabled) {
        auto failure = failInput(
            QStringLiteral("account-disabled"), tr("%1 is switched off.").arg(mine.label), tr("Switch it on."));
        return failure.value();
    }
    if (!mine.signedIn)
        return stateError(mine);
    if (m_storageProblem && !m_credential)
        return toError(*m_storageProblem);
    if (!m_credential && needsSomebody(mine.state))
        return stateError(mine);
    return std::nullopt;
}

QCoro::Task<Result<AccessToken>> TokenKeeper::token(std::chrono::seconds minValidity)
{
    const auto self = shared_from_this();
    const AccountRecord *mine = record();
    if (!mine)
        co_return failInput(QStringLiteral("unknown-account"), tr("This account does not exist."));
    if (!m_credential && mine->enabled && mine->signedIn && !m_storageProblem) {
        load();
        if (const auto flight = m_loadFlight) {
            auto loaded = co_await Flight::join(flight);
            Q_UNUSED(loaded)
        }
    }
    std::optional<Error> refreshError;
    for (int round = 0; round < 3; ++round) {
        mine = record();
        if (!mine)
            co_return failInput(QStringLiteral("unknown-account"), tr("This account does not exist."));
        if (const auto why = whyNoToken(*mine))
            co_return Failure(*why);
        std::chrono::milliseconds span = std::max<std::chrono::milliseconds>(minValidity, skew());
        if (m_credential && m_credential->obtainedAt.isValid() && m_credential->expiresAt.isValid()) {
            // More than a fresh token has is not to be had.
            const std::chrono::milliseconds lifetime{m_credential->obtainedAt.msecsTo(m_credential->expiresAt)};
            span = std::min(span, std::max(skew(), lifetime / 2));
        }
        if (lasts(span))
            co_return handOut();
        if (refreshError)
            co_return Failure(*refreshError);
        if (!m_flight) {
            if (needsSomebody(mine->state))
                co_return Failure(stateError(*mine));
            if (!canRefresh()) {
                if (isUsable())
                    co_return handOut();
                settle(AccountState::NeedsSignIn, QStringLiteral("expired"));
                publish();
                co_return Failure(stateError(*mine));
            }
            if (isWaitingState(mine->state) && mine->nextAt.isValid()
                && m_parts.clock->now().msecsTo(mine->nextAt) > soon.count())
                co_return Failure(stateError(*mine));
        }
        const auto flight = startRefresh(RefreshCause::Demand);
        auto outcome = co_await Flight::join(flight);
        // An answer for an older sign-in says nothing about the present one: look again.
        if (!outcome && outcome.error().kind != ErrorClass::Superseded)
            refreshError = outcome.error();
    }
    mine = record();
    if (mine && isUsable())
        co_return handOut();
    co_return Failure(mine ? stateError(*mine) : Error());
}

QCoro::Task<Result<AccessToken>> TokenKeeper::rejected(QString fingerprint, bool forScope)
{
    const auto self = shared_from_this();
    if (!m_credential || m_credential->accessToken.fingerprint() != fingerprint) {
        auto current = co_await token(0s);
        co_return current;
    }
    AccountRecord *mine = record();
    if (!mine)
        co_return failInput(QStringLiteral("unknown-account"), tr("This account does not exist."));
    const QDateTime now = m_parts.clock->now();
    Error refused;
    refused.origin = Origin::Resource;
    refused.kind = forScope ? ErrorClass::Scope : ErrorClass::Infra;
    refused.code = forScope ? QStringLiteral("insufficient_scope") : QStringLiteral("token-rejected");
    refused.message = forScope ? tr("This sign-in does not include the right that is needed.")
                               : tr("The service did not accept the sign-in of %1.").arg(mine->label);

    if (forScope) {
        // Another token of the same grant can help only where this one may be narrower than the grant, and once.
        const bool narrower
            = m_credential->scopes.isEmpty() || mine->scopes.isEmpty() || m_credential->scopes != mine->scopes;
        if (!narrower || m_scopeTriedFor == m_credential->generation + 1 || !canRefresh())
            co_return Failure(refused);
    } else if (!canRefresh()) {
        // One service may be mistaken; a second refusal a minute later ends a sign-in that cannot be renewed.
        if (m_refusedToken != fingerprint) {
            m_refusedToken = fingerprint;
            m_refusedAt = now;
        }
        if (m_refusedAt.msecsTo(now) >= rejectedGap.count()) {
            m_rejected = fingerprint;
            settle(AccountState::NeedsSignIn, QStringLiteral("rejected-by-service"));
            publish();
            co_return Failure(stateError(*record()));
        }
        refused.retryAt = m_refusedAt.addMSecs(rejectedGap.count());
        co_return Failure(refused);
    }

    const auto running = m_flight;
    if (!running) {
        if (needsSomebody(mine->state))
            co_return Failure(stateError(*mine));
        if (isWaitingState(mine->state) && mine->nextAt > now)
            co_return Failure(stateError(*mine));
        if (!forScope && m_forced)
            ++m_forcedInVain;
        // A service that refuses fresh tokens as well is not helped by more of them.
        if (!forScope && m_forcedInVain > 1 && m_forcedAt.isValid() && m_forcedAt.msecsTo(now) < rejectedGap.count()) {
            refused.retryAt = m_forcedAt.addMSecs(rejectedGap.count());
            co_return Failure(refused);
        }
        if (!forScope) {
            m_rejected = fingerprint;
            m_forcedAt = now;
        } else {
            m_scopeTriedFor = m_credential->generation + 1;
        }
    }
    const auto flight = running ? running : startRefresh(forScope ? RefreshCause::Scope : RefreshCause::Rejected);
    auto outcome = co_await Flight::join(flight);
    if (m_credential && m_credential->accessToken.fingerprint() != fingerprint && isUsable())
        co_return handOut();
    if (!outcome)
        co_return Failure(outcome.error());
    co_return Failure(refused);
}

void TokenKeeper::tokenWorked(const QString &fingerprint)
{
    if (m_credential && m_credential->accessToken.fingerprint() == fingerprint) {
        m_forced = false;
        m_forcedInVain = 0;
        m_refusedToken.clear();
    }
}

QCoro::Task<Result<void>> TokenKeeper::refreshNow()
{
    const auto self = shared_from_this();
    const AccountRecord *mine = record();
    if (!mine)
        co_return failInput(QStringLiteral("unknown-account"), tr("This account does not exist."));
    if (!m_credential && mine->enabled && mine->signedIn) {
        load();
        if (const auto flight = m_loadFlight) {
            auto loaded = co_await Flight::join(flight);
            Q_UNUSED(loaded)
        }
        mine = record();
    }
    if (!mine)
        co_return failInput(QStringLiteral("unknown-account"), tr("This account does not exist."));
    if (const auto why = whyNoToken(*mine))
        co_return Failure(*why);
    if (!canRefresh()) {
        if (isUsable() && !needsSomebody(mine->state))
            co_return Result<void>();
        if (!isUsable())
            settle(AccountState::NeedsSignIn,
                mine->reason == QLatin1String("rejected-by-service") ? mine->reason : QStringLiteral("expired"));
        publish();
        co_return Failure(stateError(*record()));
    }
    const auto flight = startRefresh(RefreshCause::Person);
    auto outcome = co_await Flight::join(flight);
    co_return outcome;
}

} // namespace Postroom
