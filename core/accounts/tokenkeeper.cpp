#include "core/accounts/tokenkeeper.h"

#include "core/accounts/tokenpolicy.h"
#include "core/base/log.h"

#include <QCoreApplication>
#include <QFile>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

// A persisted next time further ahead than any of our pauses means that the clock was set.
constexpr std::chrono::hours farthestNext{8};

QString reasonFor(VaultProblem problem)
{
    switch (problem) {
    case VaultProblem::NotFound:
        return QStringLiteral("secret-missing");
    case VaultProblem::Corrupt:
        return QStringLiteral("secret-corrupt");
    case VaultProblem::Absent:
    case VaultProblem::NoCollection:
        return QStringLiteral("no-keychain");
    case VaultProblem::TimedOut:
        return QStringLiteral("timed-out");
    case VaultProblem::Denied:
        return QStringLiteral("denied");
    case VaultProblem::Locked:
        return QStringLiteral("locked");
    case VaultProblem::TooLarge:
    case VaultProblem::Backend:
        break;
    }
    return QStringLiteral("keychain");
}

// Nothing tells us when these have passed, so that the clock has to.
bool passesUnseen(VaultProblem problem)
{
    return problem == VaultProblem::TimedOut || problem == VaultProblem::Backend || problem == VaultProblem::Denied;
}

} // namespace

TokenKeeper::TokenKeeper(KeeperParts parts, AccountId id) : m_parts(std::move(parts)), m_id(std::move(id))
{
    if (const AccountRecord *mine = record()) {
        m_storage = mine->sessionOnly ? StorageState::Session : StorageState::Saved;
        const auto profile = m_parts.profiles->find(mine->providerId);
        m_providerName = profile ? profile->name : mine->providerId;
        m_leadWanted = profile ? profile->refreshLead : std::nullopt;
        m_skewWanted = profile ? profile->handOutSkew : std::nullopt;
    }
}

QString TokenKeeper::file(const char *suffix) const
{
    return m_parts.locks + QLatin1Char('/') + m_id.text() + QLatin1String(suffix);
}

AccountStatus TokenKeeper::status() const
{
    AccountStatus status;
    const AccountRecord *mine = record();
    status.id = m_id;
    if (!mine)
        return status;
    status.providerId = mine->providerId;
    status.providerName = m_providerName;
    const QUrl host = mine->server.isEmpty() ? mine->tokenEndpoint : mine->server;
    status.host = host.host();
    status.label = mine->label;
    status.subject = mine->displayName.isEmpty() ? mine->subject : mine->displayName;
    status.enabled = mine->enabled;
    status.state = mine->signedIn || needsSomebody(mine->state) ? mine->state : AccountState::SignedOut;
    status.reason = mine->reason;
    status.since = mine->since;
    status.scopes = m_credential && !m_credential->scopes.isEmpty() ? m_credential->scopes : mine->scopes;
    for (const QString &scope : mine->scopes) {
        if (!status.scopes.contains(scope))
            status.missingScopes.append(scope);
    }
    status.storage = m_storage;
    status.lastError = mine->lastError;
    if (mine->nextAt.isValid() && (isWaitingState(mine->state) || needsSomebody(mine->state)))
        status.nextAt = mine->nextAt;

    bool usable = isUsable();
    if (m_credential) {
        if (m_credential->expiresAt.isValid() && usable)
            status.usableUntil = m_credential->expiresAt;
    } else if (mine->signedIn && !m_storageProblem && mine->usableUntil > m_parts.clock->now()) {
        // Before the vault was asked: what was known last.
        status.usableUntil = mine->usableUntil;
        usable = true;
    }

    if (!mine->enabled) {
        status.state = AccountState::Disabled;
        status.reason.clear();
        status.nextAt.reset();
    } else if (m_authorizing) {
        status.state = AccountState::Authorizing;
    } else if (!mine->signedIn) {
        status.nextAt.reset();
    } else if (m_loading && !m_credential && !m_storageProblem) {
        status.state = AccountState::Loading;
    } else if (m_storageProblem && !m_credential) {
        status.state = AccountState::StorageLocked;
        status.reason = reasonFor(m_storageProblem->problem);
        status.since = m_storageProblemAt;
        status.nextAt.reset();
        status.usableUntil.reset();
        usable = false;
    } else if (m_refreshing) {
        status.state = AccountState::Refreshing;
    }

    if (status.state == AccountState::Fresh && m_saveProblem)
        status.reason = reasonFor(*m_saveProblem);

    BadgeFacts facts;
    facts.state = status.state;
    facts.reason = status.reason;
    facts.usable = usable;
    facts.scopesMissing = !status.missingScopes.isEmpty();
    facts.failing = mine->attempts > 0;
    facts.storage = status.storage;
    status.badge = badgeFor(facts);
    return status;
}

void TokenKeeper::publish()
{
    if (m_retired || !record())
        return;
    const AccountStatus now = status();
    if (m_published && *m_published == now)
        return;
    m_published = now;
    m_parts.changed(now);
}

// --- what is at hand

std::chrono::milliseconds TokenKeeper::skew() const
{
    std::chrono::milliseconds wanted = m_skewWanted.value_or(std::chrono::seconds(30));
    if (m_credential && m_credential->obtainedAt.isValid() && m_credential->expiresAt.isValid()) {
        // A token that lives for a minute would otherwise be of no use for half of it.
        const std::chrono::milliseconds lifetime{m_credential->obtainedAt.msecsTo(m_credential->expiresAt)};
        wanted = std::min(wanted, std::max<std::chrono::milliseconds>(lifetime / 10, 0ms));
    }
    return wanted;
}

bool TokenKeeper::lasts(std::chrono::milliseconds span) const
{
    if (!m_credential || m_credential->accessToken.isEmpty())
        return false;
    if (!m_rejected.isEmpty() && m_credential->accessToken.fingerprint() == m_rejected)
        return false;
    if (!m_credential->expiresAt.isValid())
        return true;
    return m_parts.clock->now().msecsTo(m_credential->expiresAt) > span.count();
}

bool TokenKeeper::isUsable() const
{
    return lasts(skew());
}

bool TokenKeeper::canRefresh() const
{
    return m_credential && !m_credential->refreshToken.isEmpty();
}

AccessToken TokenKeeper::handOut() const
{
    AccessToken token;
    token.value = m_credential->accessToken;
    token.expiresAt = m_credential->expiresAt;
    token.fingerprint = m_credential->accessToken.fingerprint();
    token.scopes = m_credential->scopes;
    token.apiUrl = m_credential->apiUrl;
    return token;
}

// --- state

void TokenKeeper::settle(AccountState state, const QString &reason, const QDateTime &nextAt)
{
    AccountRecord *mine = record();
    if (!mine)
        return;
    const bool stays = isWaitingState(state) && isWaitingState(mine->state);
    if (isWaitingState(state) && !stays)
        mine->since = mine->firstFailureAt.isValid() ? mine->firstFailureAt : m_parts.clock->now();
    else if (!stays && (mine->state != state || mine->reason != reason || !mine->since.isValid()))
        mine->since = m_parts.clock->now();
    mine->state = state;
    mine->reason = reason;
    mine->nextAt = nextAt;
    mine->usableUntil = isUsable() ? m_credential->expiresAt : QDateTime();
    m_parts.saveRoster();
    arm();
}

void TokenKeeper::clearFailures()
{
    if (AccountRecord *mine = record()) {
        mine->attempts = 0;
        mine->firstFailureAt = {};
        mine->lastError.reset();
        mine->nextAt = {};
    }
    m_doubtedToken.clear();
}

// Decides what the account does with the credential at hand.
void TokenKeeper::resume()
{
    const AccountRecord *mine = record();
    if (!mine || !m_credential || !mine->enabled || !mine->signedIn || m_flight)
        return;
    const QDateTime now = m_parts.clock->now();
    const bool secretCameBack = mine->reason.startsWith(QLatin1String("secret-"));
    if (needsSomebody(mine->state) && !secretCameBack) {
        arm();
        return;
    }
    const bool believable
        = mine->nextAt.isValid() && now.msecsTo(mine->nextAt) < std::chrono::milliseconds(farthestNext).count();
    if (isWaitingState(mine->state) && believable) {
        arm(); // also when that moment has passed: the alarm then comes at once
        return;
    }
    if (isUsable() || (canRefresh() && !isWaitingState(mine->state) && mine->state != AccountState::Fresh)) {
        if (mine->state != AccountState::Fresh || !mine->reason.isEmpty())
            settle(AccountState::Fresh, {});
        else
            arm();
    } else if (!canRefresh()) {
        settle(AccountState::NeedsSignIn, QStringLiteral("expired"));
        return;
    }
    if (!isUsable())
        startRefresh(RefreshCause::Due);
}

void TokenKeeper::arm()
{
    m_alarm.reset();
    m_endAlarm.reset();
    const AccountRecord *mine = record();
    if (m_retired || !mine || !mine->enabled || !mine->signedIn || m_flight)
        return;
    const auto weak = weak_from_this();
    const auto ring = [weak] {
        if (const auto self = weak.lock())
            self->fallDue();
    };
    if (m_storageProblem && !m_credential) {
        if (passesUnseen(m_storageProblem->problem))
            m_alarm = m_parts.clock->at(m_parts.clock->now().addSecs(300), ring);
        return;
    }
    if (!m_credential)
        return;
    if (mine->nextAt.isValid() && (isWaitingState(mine->state) || mine->state == AccountState::PolicyBlocked))
        m_alarm = m_parts.clock->at(mine->nextAt, ring);
    else if (mine->state == AccountState::Fresh && m_credential->expiresAt.isValid())
        m_alarm = m_parts.clock->at(canRefresh() && m_due.isValid() ? m_due : m_credential->expiresAt, ring);
    if (isUsable() && m_credential->expiresAt.isValid()) {
        m_endAlarm = m_parts.clock->at(m_credential->expiresAt.addMSecs(-skew().count()), [weak] {
            if (const auto self = weak.lock())
                self->publish();
        });
    }
}

void TokenKeeper::fallDue()
{
    const AccountRecord *mine = record();
    if (m_retired || !mine || !mine->enabled || !mine->signedIn)
        return;
    if (!m_credential) {
        load();
    } else if (canRefresh()) {
        startRefresh(RefreshCause::Due);
    } else {
        settle(AccountState::NeedsSignIn, QStringLiteral("expired"));
        publish();
    }
}

void TokenKeeper::setAuthorizing(bool authorizing)
{
    m_authorizing = authorizing;
    publish();
}

void TokenKeeper::enabledChanged()
{
    const AccountRecord *mine = record();
    if (mine && mine->enabled && mine->signedIn) {
        if (m_credential)
            resume();
        else
            load();
    }
    arm();
    publish();
}

void TokenKeeper::retire()
{
    m_retired = true;
    m_alarm.reset();
    m_endAlarm.reset();
    m_saveAlarm.reset();
}

} // namespace Postroom
