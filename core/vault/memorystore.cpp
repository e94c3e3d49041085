#include "core/vault/memorystore.h"

namespace Postroom
{

// The arguments are by value, so that each call stands alone once it is queued behind nothing: every one of them is
// complete when it returns.

MemoryStore::MemoryStore(QObject *parent) : SecretStore(parent) { }

QCoro::Task<VaultResult<Secret>> MemoryStore::read(QString key)
{
    if (const auto no = refusal(m_state))
        co_return tl::unexpected(*no);
    const auto entry = m_entries.constFind(key);
    if (entry == m_entries.cend())
        co_return tl::unexpected(VaultError{VaultProblem::NotFound, {}});
    co_return *entry;
}

QCoro::Task<VaultResult<void>> MemoryStore::write(QString key, Secret value)
{
    if (const auto no = refusal(value))
        co_return tl::unexpected(*no);
    if (const auto no = refusal(m_state))
        co_return tl::unexpected(*no);
    // A copy of the bytes, as a keyring would make one.
    m_entries.insert(key, Secret(value.reveal()));
    co_return {};
}

QCoro::Task<VaultResult<void>> MemoryStore::remove(QString key)
{
    if (const auto no = refusal(m_state))
        co_return tl::unexpected(*no);
    m_entries.remove(key);
    co_return {};
}

QCoro::Task<VaultState> MemoryStore::probe()
{
    co_return m_state;
}

QCoro::Task<VaultResult<void>> MemoryStore::unlock()
{
    if (m_state == VaultState::Locked)
        pretend(VaultState::Unlocked);
    if (const auto no = refusal(m_state))
        co_return tl::unexpected(*no);
    co_return {};
}

void MemoryStore::pretend(VaultState state)
{
    if (m_state == state)
        return;
    m_state = state;
    Q_EMIT stateChanged(state);
}

} // namespace Postroom
