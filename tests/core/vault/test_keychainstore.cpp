#include <QTest>

#include "core/vault/keychainstore.h"
#include "tests/core/vault/vaultcontract.h"

using namespace Postroom;
using namespace std::chrono_literals;

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    // The daemon waits for the disk after each change, and a machine under load takes its time. How long a call may
    // take is the subject of other tests.
    VaultContract contract([](const QString &nameSpace) {
        return std::make_unique<KeychainStore>(nameSpace, KeychainStore::Limits{60s, 60s});
    });
    return QTest::qExec(&contract, argc, argv);
}
