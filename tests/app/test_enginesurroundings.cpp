// What the engine does when the network comes, the computer wakes up or the clock is set.
#include <QTemporaryDir>
#include <QTest>

#include "app/engine.h"
#include "core/vault/memorystore.h"
#include "tests/support/fakeclock.h"
#include "tests/support/fakehttp.h"
#include "tests/support/fakesurroundings.h"

using namespace Postroom;
using namespace std::chrono_literals;

class TestEngineSurroundings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        Paths paths;
        paths.home = m_folder->path();
        paths.config = m_folder->filePath(QStringLiteral("config"));
        paths.state = m_folder->filePath(QStringLiteral("state"));
        paths.runtime = m_folder->filePath(QStringLiteral("run"));
        paths.cacheHome = m_folder->filePath(QStringLiteral("cache"));
        auto clock = std::make_unique<FakeClock>();
        auto http = std::make_unique<FakeHttp>();
        auto surroundings = std::make_unique<FakeSurroundings>();
        m_clock = clock.get();
        m_http = http.get();
        m_surroundings = surroundings.get();
        Engine::Parts parts;
        parts.clock = std::move(clock);
        parts.http = std::move(http);
        parts.vault = std::make_unique<MemoryStore>();
        parts.surroundings = std::move(surroundings);
        m_engine = std::make_unique<Engine>(paths, std::move(parts));
        QVERIFY(m_engine->load());
    }
    void cleanup()
    {
        QCoro::waitFor(m_engine->shutdown());
        m_engine.reset();
    }

    void theyStartWithTheEngine()
    {
        QCOMPARE(m_engine->surroundings(), m_surroundings);
        QVERIFY(!m_surroundings->isStarted());
        QVERIFY(QCoro::waitFor(m_engine->start()));
        QVERIFY(m_surroundings->isStarted());
    }

    void connectionsFromBeforeAreDropped()
    {
        m_surroundings->setOnline(false);
        QCOMPARE(m_http->timesForgotten(), 0);
        m_surroundings->setOnline(true);
        QCOMPARE(m_http->timesForgotten(), 1);
        m_surroundings->wake();
        QCOMPARE(m_http->timesForgotten(), 2);
        m_surroundings->jumpClock(3600);
        QCOMPARE(m_http->timesForgotten(), 2);
    }

    void whatCameDueIsDone_data()
    {
        QTest::addColumn<int>("event");
        QTest::addRow("a wake-up") << 0;
        QTest::addRow("a network") << 1;
        QTest::addRow("the clock") << 2;
    }
    void whatCameDueIsDone()
    {
        QFETCH(int, event);
        int fired = 0;
        const auto alarm = m_clock->at(m_clock->now().addSecs(3600), [&fired] { ++fired; });
        m_clock->jump(9h);
        QCOMPARE(fired, 0);
        if (event == 0)
            m_surroundings->wake();
        else if (event == 1)
            m_surroundings->setOnline(true);
        else
            m_surroundings->jumpClock(9 * 3600);
        QCOMPARE(fired, 1);
    }

    void settingsComeFromTheConfigFolder()
    {
        QCOMPARE(m_engine->settings()->count(Setting::RefreshTries), 5);
        QVERIFY(QCoro::waitFor(m_engine->settings()->set(Setting::RefreshTries, QStringLiteral("4"))));
        QVERIFY(QFile::exists(m_folder->filePath(QStringLiteral("config/settings.json"))));
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Engine> m_engine;
    FakeClock *m_clock = nullptr;
    FakeHttp *m_http = nullptr;
    FakeSurroundings *m_surroundings = nullptr;
};

QTEST_GUILESS_MAIN(TestEngineSurroundings)
#include "test_enginesurroundings.moc"
