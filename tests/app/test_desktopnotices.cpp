// From an account that needs somebody to the sign-in, by way of the desktop's notification.
#include <QApplication>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/desktop/desktop.h"
#include "core/accounts/roster.h"
#include "core/vault/memorystore.h"
#include "tests/support/fakehttp.h"
#include "tests/support/fakenotifications.h"
#include "ui/signindialog.h"

using namespace Postroom;

namespace
{

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

class TestDesktopNotices : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theButtonLeadsToTheSignIn()
    {
        FakeNotifications service;
        QVERIFY(service.start());
        const QTemporaryDir folder;
        const Paths paths = pathsBelow(folder.path());
        QVERIFY(paths.ensure());
        Roster roster(paths.config + QStringLiteral("/accounts.json"));
        QVERIFY(roster.load());
        AccountRecord record;
        record.id = AccountId(QStringLiteral("ada"));
        record.providerId = QStringLiteral("relayfile-cloud");
        record.server = QUrl(QStringLiteral("https://cloud.acme.example"));
        record.label = QStringLiteral("Ada at Acme");
        record.signedIn = true; // but the keychain knows nothing of it
        record.state = AccountState::Fresh;
        record.since = QDateTime::currentDateTimeUtc();
        roster.add(record);
        QVERIFY(roster.save());

        Engine::Parts parts;
        parts.http = std::make_unique<FakeHttp>();
        parts.vault = std::make_unique<MemoryStore>();
        Desktop desktop(paths, std::move(parts));
        QVERIFY(desktop.load());
        desktop.show();
        QTRY_COMPARE_WITH_TIMEOUT(service.shown().size(), 1, 10'000);
        QCOMPARE(service.shown().first().summary, QStringLiteral("Ada at Acme"));
        QVERIFY(service.shown().first().actions.contains(QStringLiteral("step")));
        QVERIFY(!desktop.window()->signInDialog());
        service.act(service.shown().first().id, QStringLiteral("step"));
        QTRY_VERIFY(desktop.window()->signInDialog());
        QVERIFY(desktop.window()->signInDialog()->isVisible());
        QTRY_VERIFY(service.shown().isEmpty());
        desktop.window()->signInDialog()->reject();

        QSignalSpy finished(&desktop, &Desktop::finished);
        desktop.quit();
        QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 20'000);
    }
};

int main(int argc, char **argv)
{
    const QApplication app(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    TestDesktopNotices test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_desktopnotices.moc"
