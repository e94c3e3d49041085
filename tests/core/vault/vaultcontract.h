// What every secret store promises, asked of whichever one the test program hands in.
#pragma once

#include "core/vault/secretstore.h"

#include <functional>
#include <memory>

namespace Postroom
{

class VaultContract final : public QObject
{
    Q_OBJECT
public:
    using Maker = std::function<std::unique_ptr<SecretStore>(const QString &nameSpace)>;
    explicit VaultContract(Maker maker);

private Q_SLOTS:
    void init();
    void cleanup();
    void giveBackWhatWasWritten_data();
    void giveBackWhatWasWritten();
    void refuseWhatIsTooLarge();
    void refuseAnEmptyValue();
    void overwrite();
    void overwriteWithAPrefix();
    void missingEntryIsNotFound();
    void remove();
    void removeWhatIsNotThere();
    void keepTheOrderOfCalls();
    void keepNamespacesApart();
    void keepKeysApart();
    void tellTheState();
    void unlockAnOpenStore();
    void randomHistory();

private:
    VaultResult<Secret> read(const QString &key);
    VaultResult<void> write(const QString &key, const QByteArray &value);
    VaultResult<void> take(const QString &key);

    Maker m_maker;
    std::unique_ptr<SecretStore> m_store;
};

} // namespace Postroom
