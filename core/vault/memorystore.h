// The memory twin of the keychain: "keep me signed in until I quit", and the store of most tests.
#pragma once

#include "core/vault/secretstore.h"

#include <QHash>
#include <QStringList>

namespace Postroom
{

class MemoryStore final : public SecretStore
{
    Q_OBJECT
public:
    explicit MemoryStore(QObject *parent = nullptr);

    QCoro::Task<VaultResult<Secret>> read(QString key) override;
    QCoro::Task<VaultResult<void>> write(QString key, Secret value) override;
    QCoro::Task<VaultResult<void>> remove(QString key) override;
    QCoro::Task<VaultState> probe() override;
    QCoro::Task<VaultResult<void>> unlock() override;
    VaultState state() const override { return m_state; }
    bool isPersistent() const override { return false; }

    // For tests: behaves like a keyring in that state from now on. unlock() makes a locked one usable again.
    void pretend(VaultState state);
    QStringList keys() const { return m_entries.keys(); }

private:
    QHash<QString, Secret> m_entries;
    VaultState m_state = VaultState::Unlocked;
};

} // namespace Postroom
