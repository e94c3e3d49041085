// The keychain twin: QtKeychain behind a watchdog, with a probe that tells locked, absent, hung and empty apart.
#pragma once

#include "core/vault/secretstore.h"

#include <chrono>
#include <memory>

namespace Postroom
{

// Owned by the composition root; makes no D-Bus connection and no keychain job before the first call.
class KeychainStore final : public SecretStore
{
    Q_OBJECT
public:
    struct Limits {
        std::chrono::milliseconds job {15'000};    // a silent job
        std::chrono::milliseconds prompt {60'000}; // while a person answers an unlock prompt
    };

    KeychainStore(QString nameSpace, Limits limits, QObject *parent = nullptr);
    explicit KeychainStore(QString nameSpace, QObject *parent = nullptr);
    ~KeychainStore() override;

    QCoro::Task<VaultResult<Secret>> read(QString key) override;
    QCoro::Task<VaultResult<void>> write(QString key, Secret value) override;
    QCoro::Task<VaultResult<void>> remove(QString key) override;
    QCoro::Task<VaultState> probe() override;
    QCoro::Task<VaultResult<void>> unlock() override;
    VaultState state() const override;
    bool isPersistent() const override { return true; }

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace Postroom
