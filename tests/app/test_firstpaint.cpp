// Nothing of keychain, network or database happens before the window has painted.
#include <QApplication>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/desktop/desktop.h"
#include "core/accounts/roster.h"
#include "core/vault/memorystore.h"
#include "core/workspaces/catalog.h"
#include "tests/support/fakehttp.h"

using namespace Postroom;

namespace
{

// A keychain that counts who comes to it.
class CountingStore final : public SecretStore
{
public:
    explicit CountingStore(int *calls) : m_calls(calls) { }
    QCoro::Task<VaultResult<Secret>> read(QString key) override
    {
        ++*m_calls;
        auto result = co_await m_store.read(key);
        co_return result;
    }
    QCoro::Task<VaultResult<void>> write(QString key, Secret value) override
    {
        ++*m_calls;
        auto result = co_await m_store.write(key, value);
        co_return result;
    }
    QCoro::Task<VaultResult<void>> remove(QString key) override
    {
        ++*m_calls;
        auto result = co_await m_store.remove(key);
        co_return result;
    }
    QCoro::Task<VaultState> probe() override
    {
        ++*m_calls;
        const VaultState state = co_await m_store.probe();
        co_return state;
    }
    QCoro::Task<VaultResult<void>> unlock() override
    {
        ++*m_calls;
        auto result = co_await m_store.unlock();
        co_return result;
    }
    VaultState state() const override { return m_store.state(); }
    bool isPersistent() const override { return true; }

private:
    MemoryStore m_store;
    int *m_calls;
};

Paths pathsBelow(const QString &folder)
{
    Paths paths;
    paths.home = folder;
    paths.config = folder + QStringLiteral("/config");
    paths.state = folder + QStringLiteral("/state");
    paths.runtime = folder + QStringLiteral("/run");
    paths.cacheHome = folder + QStringLiteral("/cache");
    return paths;
}

} // namespace

class TestFirstPaint : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void servicesStartAfterThePaint()
    {
        const QTemporaryDir folder;
        const Paths paths = pathsBelow(folder.path());
        QVERIFY(paths.ensure());
        Roster roster(paths.config + QStringLiteral("/accounts.json"));
        Catalog catalog(
            paths.config + QStringLiteral("/workspaces.json"), folder.filePath(QStringLiteral("none.json")));
        QVERIFY(roster.load());
        QVERIFY(catalog.load());
        for (int i = 0; i < 3; ++i) {
            AccountRecord record;
            record.id = AccountId(QStringLiteral("account%1").arg(i));
            record.providerId = QStringLiteral("relayfile-cloud");
            record.server = QUrl(QStringLiteral("https://cloud.acme.example"));
            record.label = QStringLiteral("Account %1").arg(i);
            record.signedIn = true;
            record.state = AccountState::Fresh;
            record.since = QDateTime::currentDateTimeUtc();
            record.usableUntil = record.since.addSecs(3600);
            roster.add(record);
            CloudWorkspace workspace;
            workspace.cloudId = QStringLiteral("cw_%1").arg(i);
            workspace.relayId = QStringLiteral("rw_%1").arg(i);
            workspace.name = QStringLiteral("room-%1").arg(i);
            workspace.server = QUrl(QStringLiteral("https://files.acme.example"));
            QVERIFY(catalog.adopt(record.id, {workspace}));
        }
        QVERIFY(roster.save());

        int vaultCalls = 0;
        Engine::Parts parts;
        auto http = std::make_unique<FakeHttp>();
        FakeHttp *network = http.get();
        parts.http = std::move(http);
        parts.vault = std::make_unique<CountingStore>(&vaultCalls);
        Desktop desktop(paths, std::move(parts));
        QVERIFY(desktop.load());
        const QString database = paths.state + QStringLiteral("/activity.db");
        bool painted = false;
        int earlyVault = -1;
        qsizetype earlyNetwork = -1;
        bool earlyDatabase = true;
        qsizetype accounts = 0;
        qsizetype workspaces = 0;
        desktop.show();
        QObject::connect(desktop.window(), &MainWindow::firstPainted, this, [&] {
            painted = true;
            earlyVault = vaultCalls;
            earlyNetwork = network->requests().size();
            earlyDatabase = QFile::exists(database);
            accounts = desktop.engine()->accounts().size();
            workspaces = desktop.engine()->workspaces().size();
        });
        QTRY_VERIFY(painted);
        QCOMPARE(earlyVault, 0);
        QCOMPARE(earlyNetwork, 0);
        QVERIFY(!earlyDatabase);
        QCOMPARE(accounts, 3);
        QCOMPARE(workspaces, 3);
        // Without this the test would also pass for a program that never starts anything.
        QTRY_VERIFY(vaultCalls > 0);

        QSignalSpy finished(&desktop, &Desktop::finished);
        desktop.quit();
        QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 20'000);
    }
};

int main(int argc, char **argv)
{
    const QApplication app(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    TestFirstPaint test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_firstpaint.moc"
