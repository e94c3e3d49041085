// The part of TokenKeeper that speaks with the vault: reading, saving, signing in and out.
#include "core/accounts/tokenkeeper.h"

#include "core/accounts/rotationmarker.h"
#include "core/base/ids.h"
#include "core/base/json.h"
#include "core/base/log.h"

#include <QFile>

namespace Postroom
{

QCoro::Task<void> TokenKeeper::runLoad(std::shared_ptr<TokenKeeper> self, std::shared_ptr<Flight> flight)
{
    Q_UNUSED(self) // keeps us while we wait
    const quint64 epoch = m_state.memory.grantEpoch;
    const QString key = vaultKey();
    SecretStore *const vault = store();
    auto value = co_await vault->read(key);
    // A sign-in or sign-out in the meantime has the last word.
    if (!isCurrent(epoch) || m_state.token) {
        flight->finish({});
        co_return;
    }
    VaultProblem problem = VaultProblem::Corrupt;
    if (!value)
        problem = value.error().problem;
    const bool damaged = value && !decodeCredential(*value);
    if (damaged) {
        // A new sign-in will take its place; somebody may still want to know what it was.
        auto kept = co_await vault->write(QStringLiteral("v1/damaged/") + m_id.text(), *value);
        Q_UNUSED(kept)
        if (!isCurrent(epoch) || m_state.token) {
            flight->finish({});
            co_return;
        }
    }
    const auto credential = value ? decodeCredential(*value) : Result<Credential>(Failure(Error()));
    if (credential) {
        m_credential = *credential;
        apply(On::Loaded{factsOf(*credential), credential->grantEpoch, credential->generation});
    } else {
        apply(On::LoadFailed{problem});
    }
    flight->finish({});
}

// What is in memory goes into the vault, unless something newer has come in between.
QCoro::Task<bool> TokenKeeper::save()
{
    if (!record() || !m_credential || !m_state.memory.signedIn)
        co_return false;
    const Credential saved = *m_credential;
    const QString key = vaultKey();
    SecretStore *const vault = store();
    auto written = co_await vault->write(key, encodeCredential(saved));
    if (!written && written.error().problem == VaultProblem::TooLarge && !saved.refreshToken.isEmpty()) {
        // The access token is only a convenience: with the refresh token a new one can be had.
        Credential small = saved;
        small.accessToken = Secret();
        small.expiresAt = {};
        auto again = co_await vault->write(key, encodeCredential(small));
        written = again;
    }
    if (!record() || m_state.memory.grantEpoch != saved.grantEpoch || !m_credential
        || m_credential->generation != saved.generation)
        co_return false; // a newer one is being saved, or nothing must be
    if (!written) {
        if (m_state.saveProblem != written.error().problem)
            qCWarning(logAccounts) << "the tokens of account" << m_id.text()
                                   << "could not be saved:" << toString(written.error().problem);
        apply(On::SaveFailed{written.error().problem});
        co_return false;
    }
    co_await passed(RefreshStep::Saved);
    co_await passed(RefreshStep::Verified); // every write of a store is read back
    // Another process's note is about a rotation of its own.
    const auto marker = readMarker(file(".rotation"));
    if (marker && !marker->ownerLives())
        QFile::remove(file(".rotation"));
    co_await passed(RefreshStep::MarkerCleared);
    if (m_credential && m_credential->generation == saved.generation)
        apply(On::Saved{});
    // Whoever watches the list looks into the vault now, and finds it there.
    m_parts.saveRoster();
    co_return true;
}

QCoro::Task<void> TokenKeeper::runSave(std::shared_ptr<TokenKeeper> self)
{
    Q_UNUSED(self)
    const auto onDisk = m_parts.roster->countersOnDisk().value(m_id);
    if (onDisk.grantEpoch > m_state.memory.grantEpoch) {
        peerChanged(onDisk); // a newer grant must not be overwritten
        co_return;
    }
    auto saved = co_await save();
    Q_UNUSED(saved)
}

QCoro::Task<void> TokenKeeper::saveOnceMore()
{
    const auto self = shared_from_this();
    auto saved = co_await save();
    Q_UNUSED(saved)
}

// A rotated token that cannot be saved is lost with the process, so the vault has to show first that it takes one.
QCoro::Task<std::optional<VaultProblem>> TokenKeeper::proveWritable()
{
    SecretStore *const vault = store();
    auto state = co_await vault->probe();
    switch (state) {
    case VaultState::Locked:
        co_return VaultProblem::Locked;
    case VaultState::Absent:
        co_return VaultProblem::Absent;
    case VaultState::NoCollection:
        co_return VaultProblem::NoCollection;
    case VaultState::Hung:
        co_return VaultProblem::TimedOut;
    case VaultState::Unknown:
    case VaultState::Unlocked:
        break;
    }
    const QString key = QStringLiteral("v1/canary/") + m_id.text();
    auto written = co_await vault->write(key, Secret(randomHex(16)));
    if (!written)
        co_return written.error().problem;
    auto removed = co_await vault->remove(key);
    if (!removed)
        co_return removed.error().problem;
    co_return std::nullopt;
}

void TokenKeeper::peerChanged(const Roster::Counters &counters)
{
    const HealthMemory &memory = m_state.memory;
    const bool newer = counters.grantEpoch > memory.grantEpoch
        || (counters.grantEpoch == memory.grantEpoch && counters.generation > memory.generation);
    if (newer && !m_state.refreshing && !m_state.removed)
        m_parts.scope->spawn(runAdopt(shared_from_this(), counters));
}

QCoro::Task<void> TokenKeeper::runAdopt(std::shared_ptr<TokenKeeper> self, Roster::Counters counters)
{
    Q_UNUSED(self)
    if (!counters.signedIn) {
        if (counters.grantEpoch > m_state.memory.grantEpoch)
            apply(On::SignedOut{QStringLiteral("signed-out-elsewhere"), counters.grantEpoch});
        co_return;
    }
    if (m_state.memory.sessionOnly)
        co_return;
    auto value = co_await m_parts.vault->read(vaultKey());
    const auto stored = value ? decodeCredential(*value) : Result<Credential>(Failure(Error()));
    const HealthMemory &memory = m_state.memory;
    if (!stored || m_state.refreshing || m_state.removed)
        co_return;
    const bool newer = stored->grantEpoch > memory.grantEpoch
        || (stored->grantEpoch == memory.grantEpoch && stored->generation > memory.generation);
    if (!newer)
        co_return;
    m_credential = *stored;
    apply(On::Adopted{factsOf(*stored), stored->grantEpoch, stored->generation, false});
}

QCoro::Task<void> TokenKeeper::takeSignIn(Credential credential, On::SignedIn grant)
{
    const auto self = shared_from_this();
    makeUsable(&credential);
    grant.token = factsOf(credential);
    if (const AccountRecord *mine = record()) {
        if (const auto known = m_parts.profiles->find(mine->providerId)) {
            m_providerName = known->name;
            m_lead = known->refreshLead;
            m_skew = known->handOutSkew;
        }
    }
    QFile::remove(file(".rotation"));
    credential.grantEpoch = m_state.memory.grantEpoch + 1;
    credential.generation = m_state.memory.generation + 1;
    m_credential = credential;
    apply(grant, SkipSave);
    Q_ASSERT(credential.grantEpoch == m_state.memory.grantEpoch);
    auto saved = co_await save();
    if (!isCurrent(credential.grantEpoch))
        co_return;
    if (m_state.memory.sessionOnly)
        co_await forgetEntry(m_parts.vault, vaultKey()); // of an earlier sign-in
    else if (saved)
        QFile::remove(file(".forget"));
}

// Written down before the removal is tried: whatever happens now, the entry goes.
QCoro::Task<void> TokenKeeper::forgetEntry(SecretStore *vault, QString key)
{
    const auto self = shared_from_this();
    const quint64 epoch = m_state.memory.grantEpoch;
    QJsonObject tombstone;
    tombstone.insert(QLatin1String("key"), key);
    auto noted = writeFileAtomically(file(".forget"), toCompact(tombstone));
    Q_UNUSED(noted)
    auto removed = co_await vault->remove(key);
    const bool other = m_state.memory.grantEpoch != epoch && !m_state.memory.sessionOnly && m_state.memory.signedIn;
    if ((removed || removed.error().problem == VaultProblem::NotFound) && !other)
        QFile::remove(file(".forget"));
}

QCoro::Task<void> TokenKeeper::signOut()
{
    const auto self = shared_from_this();
    const AccountRecord *mine = record();
    if (!mine)
        co_return;
    const AccountRecord before = *mine;
    std::optional<Credential> credential = m_credential;
    const auto client = registration();
    // First of all: from here on no answer of an older grant counts.
    apply(On::SignedOut{QStringLiteral("signed-out-here"), 0});
    if (!before.signedIn && !credential)
        co_return;

    SecretStore *const vault = before.sessionOnly ? m_parts.sessionVault : m_parts.vault;
    const QString key = vaultKeyFor(before);
    if (!credential) {
        // To revoke the grant its token is needed once more.
        auto value = co_await vault->read(key);
        if (value) {
            if (const auto stored = decodeCredential(*value))
                credential = *stored;
        }
    }
    if (before.sessionOnly) {
        auto removed = co_await vault->remove(key);
        Q_UNUSED(removed)
    } else {
        co_await forgetEntry(vault, key);
    }
    const bool signedInAgain = record() && m_state.memory.signedIn;
    if (!signedInAgain)
        QFile::remove(file(".rotation"));
    if (credential)
        spawnRevoke(before, *credential);
    if (client && client->canBeManaged())
        m_parts.scope->spawn(removeRegistration(self, *client));
}

} // namespace Postroom
