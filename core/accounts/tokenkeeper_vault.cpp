// The part of TokenKeeper that speaks with the vault: reading, saving, signing in and out.
#include "core/accounts/tokenkeeper.h"

#include "core/accounts/tokenpolicy.h"
#include "core/base/json.h"
#include "core/base/log.h"

#include <QFile>
#include <array>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;
constexpr std::array<std::chrono::milliseconds, 5> saveRetries{50ms, 1s, 5s, 30s, 300s};

} // namespace

void TokenKeeper::load()
{
    const AccountRecord *mine = record();
    if (m_retired || m_loadFlight || m_credential || !mine || !mine->enabled || !mine->signedIn)
        return;
    m_loadFlight = std::make_shared<Flight>();
    m_parts.scope->spawn(runLoad(shared_from_this(), m_loadFlight));
}

QCoro::Task<void> TokenKeeper::runLoad(std::shared_ptr<TokenKeeper> self, std::shared_ptr<Flight> flight)
{
    Q_UNUSED(self) // keeps us while we wait
    const quint64 epoch = record()->grantEpoch;
    const QString key = vaultKeyFor(*record());
    SecretStore *const vault = store(*record());
    m_loading = true;
    publish();
    auto value = co_await vault->read(key);
    m_loading = false;
    m_loadFlight.reset();
    // A sign-in or sign-out in the meantime has the last word.
    if (isCurrent(epoch) && !m_credential) {
        if (!value) {
            takeReadProblem(value.error());
        } else if (const auto credential = decodeCredential(*value)) {
            takeStored(*credential);
        } else {
            VaultError problem;
            problem.problem = VaultProblem::Corrupt;
            problem.detail = credential.error().detail;
            takeReadProblem(problem);
        }
    }
    publish();
    flight->finish({});
}

void TokenKeeper::takeStored(const Credential &credential)
{
    AccountRecord *mine = record();
    const bool newer = credential.grantEpoch > mine->grantEpoch || credential.generation > mine->generation;
    m_credential = credential;
    m_storageProblem.reset();
    m_storage = mine->sessionOnly ? StorageState::Session : StorageState::Saved;
    mine->grantEpoch = std::max(mine->grantEpoch, credential.grantEpoch);
    mine->generation = std::max(mine->generation, credential.generation);
    mine->usableUntil = credential.expiresAt;
    planRefresh();
    if (newer) {
        // What went wrong was about an older credential.
        clearFailures();
        settle(AccountState::Fresh, {});
    }
    resume();
}

void TokenKeeper::takeReadProblem(const VaultError &problem)
{
    const AccountRecord *mine = record();
    switch (problem.problem) {
    case VaultProblem::NotFound:
        m_storageProblem.reset();
        if (mine->sessionOnly) {
            // Signed in "until I quit", and that was the end of it.
            record()->signedIn = false;
            settle(AccountState::SignedOut, QStringLiteral("session-ended"));
        } else {
            settle(AccountState::NeedsSignIn, QStringLiteral("secret-missing"));
        }
        return;
    case VaultProblem::Corrupt:
        m_storageProblem.reset();
        m_storage = StorageState::Corrupt;
        settle(AccountState::NeedsSignIn, QStringLiteral("secret-corrupt"));
        return;
    default:
        break;
    }
    if (!m_storageProblem)
        m_storageProblemAt = m_parts.clock->now();
    m_storageProblem = problem;
    m_storage = problem.problem == VaultProblem::Absent || problem.problem == VaultProblem::NoCollection
        ? StorageState::Absent
        : StorageState::Locked;
    arm();
}

void TokenKeeper::vaultChanged(VaultState state)
{
    const AccountRecord *mine = record();
    if (m_retired || !mine || !mine->signedIn || !mine->enabled)
        return;
    if (state == VaultState::Unlocked) {
        if (!m_credential) {
            load();
        } else if (m_unsaved) {
            m_saveTries = 0;
            m_parts.scope->spawn(runSave(shared_from_this()));
        } else if (m_postponed) {
            // A refresh was put off because its result could not have been saved.
            m_postponed = false;
            startRefresh(RefreshCause::Due);
        }
    } else if (!m_credential && m_storageProblem) {
        // Another kind of "not now": asked again for the right words.
        load();
    }
}

QCoro::Task<bool> TokenKeeper::save()
{
    const AccountRecord *mine = record();
    if (!mine || !m_credential || !mine->signedIn)
        co_return false;
    const Credential saved = *m_credential;
    const QString key = vaultKeyFor(*mine);
    SecretStore *const vault = store(*mine);
    m_saveAlarm.reset();
    auto written = co_await vault->write(key, encodeCredential(saved));
    if (!written && written.error().problem == VaultProblem::TooLarge && !saved.refreshToken.isEmpty()) {
        // The access token is only a convenience: with the refresh token a new one can be had.
        Credential small = saved;
        small.accessToken = Secret();
        small.expiresAt = {};
        auto again = co_await vault->write(key, encodeCredential(small));
        written = again;
    }
    mine = record();
    if (!mine || mine->grantEpoch != saved.grantEpoch || !m_credential || m_credential->generation != saved.generation)
        co_return false; // a newer one is being saved, or nothing must be
    if (written) {
        m_unsaved = false;
        m_saveProblem.reset();
        m_saveTries = 0;
        m_storage = mine->sessionOnly ? StorageState::Session : StorageState::Saved;
        QFile::remove(file(".rotation"));
        publish();
        co_return true;
    }
    qCWarning(logAccounts) << "the tokens of account" << m_id.text()
                           << "could not be saved:" << toString(written.error().problem);
    m_unsaved = true;
    m_saveProblem = written.error().problem;
    const bool noKeychain
        = written.error().problem == VaultProblem::Absent || written.error().problem == VaultProblem::NoCollection;
    m_storage = noKeychain ? StorageState::Absent : StorageState::Unsaved;
    if (!noKeychain)
        saveLater();
    publish();
    co_return false;
}

void TokenKeeper::saveLater()
{
    const auto step = static_cast<size_t>(std::clamp<int>(m_saveTries, 0, static_cast<int>(saveRetries.size()) - 1));
    ++m_saveTries;
    const auto weak = weak_from_this();
    m_saveAlarm = m_parts.clock->at(m_parts.clock->now().addMSecs(saveRetries.at(step).count()), [weak] {
        const auto self = weak.lock();
        if (self && self->m_unsaved && !self->m_retired)
            self->m_parts.scope->spawn(self->runSave(self));
    });
}

QCoro::Task<void> TokenKeeper::runSave(std::shared_ptr<TokenKeeper> self)
{
    Q_UNUSED(self)
    auto saved = co_await save();
    if (saved)
        m_parts.saveRoster();
}

QCoro::Task<void> TokenKeeper::takeSignIn(Credential credential)
{
    const auto self = shared_from_this();
    AccountRecord *mine = record();
    credential.grantEpoch = mine->grantEpoch;
    credential.generation = mine->generation;
    makeUsable(&credential);
    m_credential = credential;
    m_storageProblem.reset();
    m_authorizing = false;
    m_rejected.clear();
    m_candidate = Secret();
    m_refusedToken.clear();
    m_forced = false;
    m_forcedInVain = 0;
    m_saveTries = 0;
    m_unsaved = true;
    m_storage = mine->sessionOnly ? StorageState::Session : StorageState::Unsaved;
    if (const auto profile = m_parts.profiles->find(mine->providerId)) {
        m_providerName = profile->name;
        m_leadWanted = profile->refreshLead;
        m_skewWanted = profile->handOutSkew;
    }
    QFile::remove(file(".rotation"));
    QFile::remove(file(".forget"));
    clearFailures();
    mine->since = {};
    planRefresh();
    auto saved = co_await save();
    Q_UNUSED(saved)
    if (!isCurrent(credential.grantEpoch))
        co_return;
    settle(AccountState::Fresh, {});
    publish();
}

QCoro::Task<void> TokenKeeper::signOut()
{
    const auto self = shared_from_this();
    AccountRecord *mine = record();
    // First of all: from here on no answer of an older grant counts.
    ++mine->grantEpoch;
    const bool expected = mine->signedIn;
    mine->signedIn = false;
    const AccountRecord before = *mine;
    std::optional<Credential> credential = std::exchange(m_credential, std::nullopt);
    m_storageProblem.reset();
    m_unsaved = false;
    m_saveProblem.reset();
    m_saveAlarm.reset();
    m_rejected.clear();
    m_storage = mine->sessionOnly ? StorageState::Session : StorageState::Saved;
    clearFailures();
    settle(AccountState::SignedOut, QStringLiteral("signed-out-here"));
    publish();
    if (!expected && !credential)
        co_return;

    SecretStore *const vault = store(before);
    const QString key = vaultKeyFor(before);
    if (!credential) {
        // To revoke the grant its token is needed once more.
        auto value = co_await vault->read(key);
        if (value) {
            if (const auto stored = decodeCredential(*value))
                credential = *stored;
        }
    }
    if (!before.sessionOnly) {
        // Written before the removal is tried: whatever happens now, the entry goes.
        QJsonObject tombstone;
        tombstone.insert(QLatin1String("key"), key);
        auto noted = writeFileAtomically(file(".forget"), toCompact(tombstone));
        Q_UNUSED(noted)
    }
    auto removed = co_await vault->remove(key);
    const AccountRecord *now = record();
    const bool signedInAgain = now && now->signedIn;
    if ((removed || removed.error().problem == VaultProblem::NotFound) && !signedInAgain)
        QFile::remove(file(".forget"));
    QFile::remove(file(".rotation"));
    if (credential && !credential->refreshToken.isEmpty())
        spawnRevoke(before, credential->refreshToken, credential->clientSecret);
}

} // namespace Postroom
