#include <QTest>

#include "core/vault/keychainstore.h"
#include "tests/core/vault/vaultcontract.h"

using namespace Postroom;

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    VaultContract contract([](const QString &nameSpace) { return std::make_unique<KeychainStore>(nameSpace); });
    return QTest::qExec(&contract, argc, argv);
}
