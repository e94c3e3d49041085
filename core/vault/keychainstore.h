// The keychain twin: QtKeychain behind a watchdog, with a probe that tells locked, absent, hung and empty apart.
#pragma once

#include "core/vault/secretstore.h"

#include <chrono>
#include <memory>

namespace Postroom
{

// Owned by the composition root; makes no D-Bus connection and no keychain job before the first call.
//
// A locked, absent or missing keyring is told without a keychain job, because such a job would prompt, or answer "not
// found" or "deleted" when neither is true. A job that stays silent for longer than its limit is left to itself: the
// store counts as hung and starts nothing behind it until the service changes hands, the job ends after all, or probe()
// gets an answer.
//
//              probe, or a signal from the service
//   Unknown ---------------------------------------> Unlocked | Locked | NoCollection | Absent
//                                                        | a call or a job without an answer
//                                                        v
//                          (answers again) <----------- Hung
class KeychainStore final : public SecretStore
{
    Q_OBJECT
public:
    struct Limits {
        std::chrono::milliseconds job{15'000}; // a silent job
        std::chrono::milliseconds prompt{60'000}; // while a person answers an unlock prompt
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
    // Shared with the calls in flight: a store that goes away leaves none of them with freed memory.
    std::shared_ptr<Private> d;
};

} // namespace Postroom
