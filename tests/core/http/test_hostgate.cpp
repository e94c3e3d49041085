// HostGate: how many calls a host gets, in which order, and what happens when it is in trouble.
#include "core/http/hostgate.h"

#include "tests/support/fakeclock.h"

#include <QRandomGenerator>
#include <QTest>
#include <map>

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

const QString host = QStringLiteral("auth.example");

// What became of one call in front of the gate.
struct Visit {
    QString host;
    std::optional<qint64> begunAt; // ms on the steady clock
    HostPass pass;
    std::optional<Error> refused;
    std::stop_source stop;

    bool isOver() const { return begunAt || refused; }
};

QCoro::Task<void> visit(HostGate *gate, FakeClock *clock, std::shared_ptr<Visit> mine)
{
    auto entered = co_await gate->enter(mine->host, mine->stop.get_token());
    if (!entered) {
        mine->refused = entered.error();
        co_return;
    }
    mine->pass = std::move(*entered);
    mine->begunAt = clock->steady().count();
}

// Coroutines go on in the event loop.
void settle()
{
    for (int i = 0; i < 4; ++i)
        QCoreApplication::processEvents();
}

class TestHostGate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_clock = std::make_unique<FakeClock>();
        m_gate = std::make_unique<HostGate>(m_clock.get());
    }
    void cleanup()
    {
        m_gate.reset();
        settle();
        QCOMPARE(m_clock->armed(), 0);
    }

    // K14
    void twentyAccountsAfterAWakeUp()
    {
        std::vector<std::shared_ptr<Visit>> visits;
        for (int i = 0; i < 20; ++i)
            visits.push_back(come());
        settle();
        // The first call takes long, so that the limit of two is what counts for a while.
        QVERIFY(visits[0]->begunAt);
        QVERIFY(!visits[1]->begunAt);
        for (int second = 0; second < 10; ++second)
            go(1s);
        QCOMPARE(m_gate->inFlight(host), 2);
        QVERIFY(!visits[2]->isOver());
        visits[0]->pass.report(ErrorClass::Ok);
        for (size_t i = 1; i < visits.size(); ++i) {
            for (int step = 0; step < 10 && !visits[i]->begunAt; ++step)
                go(250ms);
            QVERIFY(visits[i]->begunAt);
            QVERIFY(m_gate->inFlight(host) <= 2);
            if (i > 1)
                QVERIFY(*visits[i]->begunAt - *visits[i - 1]->begunAt >= 1000);
            visits[i]->pass.report(ErrorClass::Ok);
        }
        QCOMPARE(m_gate->waiting(host), 0);
        QCOMPARE(m_gate->inFlight(host), 0);
        QCOMPARE(m_clock->armed(), 0);
    }

    void hostsDoNotHoldEachOtherUp()
    {
        const auto first = come();
        const auto second = come(QStringLiteral("other.example"));
        settle();
        QVERIFY(first->begunAt);
        QVERIFY(second->begunAt);
    }

    void loopbackHasNoGap_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("gap");
        QTest::addRow("IPv4") << QStringLiteral("127.0.0.1:8080") << false;
        QTest::addRow("IPv6") << QStringLiteral("[::1]:8080") << false;
        QTest::addRow("a name") << QStringLiteral("localhost:8080") << true;
        QTest::addRow("a host") << QStringLiteral("auth.example:8443") << true;
    }
    void loopbackHasNoGap()
    {
        QFETCH(QString, name);
        QFETCH(bool, gap);
        const auto first = come(name);
        const auto second = come(name);
        const auto third = come(name);
        settle();
        QVERIFY(first->begunAt);
        QCOMPARE(second->begunAt.has_value(), !gap);
        QVERIFY(!third->begunAt); // two at once there, too
        first->pass.report(ErrorClass::Ok);
        settle();
        QCOMPARE(third->begunAt.has_value(), !gap);
    }

    void loopbackHasAGapWhereItIsAskedFor()
    {
        HostGate::Limits limits;
        limits.gapOnLoopback = true;
        m_gate = std::make_unique<HostGate>(m_clock.get(), limits);
        const auto first = come(QStringLiteral("127.0.0.1:1"));
        const auto second = come(QStringLiteral("127.0.0.1:1"));
        settle();
        QVERIFY(first->begunAt);
        QVERIFY(!second->begunAt);
        go(1s);
        QVERIFY(second->begunAt);
    }

    void aLoneCallAfterAWhileWaitsForNothing()
    {
        auto first = come();
        settle();
        first->pass.report(ErrorClass::Ok);
        go(1s);
        QCOMPARE(m_clock->armed(), 0);
        const auto second = come();
        settle();
        QVERIFY(second->begunAt);
    }

    void theWallClockDoesNotMatter()
    {
        const auto first = come();
        settle();
        m_clock->jump(-24h);
        const auto second = come();
        settle();
        QVERIFY(!second->begunAt);
        go(1s);
        QVERIFY(second->begunAt);
    }

    void aPassThatDiesGivesItsPlaceBack()
    {
        auto first = come();
        auto second = come();
        go(1s);
        const auto third = come();
        go(5s);
        QVERIFY(!third->begunAt);
        {
            const HostPass gone = std::move(first->pass);
            QVERIFY(!first->pass.isHeld());
        }
        settle();
        QVERIFY(third->begunAt);
        // A second report is nothing, and neither is one of a pass that was moved from.
        first->pass.report(ErrorClass::Server);
        third->pass.report(ErrorClass::Ok);
        third->pass.report(ErrorClass::Server);
        QCOMPARE(m_gate->inFlight(host), 1);
    }

    void stoppedWhileWaiting()
    {
        const auto first = come();
        const auto second = come();
        const auto third = come();
        settle();
        second->stop.request_stop();
        settle();
        QVERIFY(second->refused);
        QVERIFY(second->refused->kind == ErrorClass::Cancel);
        go(1s);
        QVERIFY(third->begunAt);
        const auto late = std::make_shared<Visit>();
        late->host = host;
        late->stop.request_stop();
        visit(m_gate.get(), m_clock.get(), late);
        settle();
        QVERIFY(late->refused);
    }

    void stoppedJustWhenItWasLetIn()
    {
        const auto first = come();
        settle();
        const auto second = come();
        settle();
        m_clock->advance(1s); // lets it in; it has not gone on yet
        QCOMPARE(m_gate->inFlight(host), 2);
        second->stop.request_stop();
        settle();
        QVERIFY(second->refused);
        QCOMPARE(m_gate->inFlight(host), 1);
    }

    void theGateGoesWhileSomebodyWaits()
    {
        const auto first = come();
        const auto second = come();
        settle();
        m_gate.reset();
        settle();
        QVERIFY(second->refused);
        QVERIFY(second->refused->kind == ErrorClass::Cancel);
        first->pass.report(ErrorClass::Server);
    }

    void fiveTroublesCloseTheDoor()
    {
        for (int i = 0; i < 4; ++i)
            QVERIFY(call(ErrorClass::Server));
        QVERIFY(!m_gate->retryAt(host));
        QVERIFY(call(ErrorClass::Server));
        QCOMPARE(m_gate->retryAt(host), std::optional(m_clock->now().addSecs(29)));
        // Nobody waits, so nothing is armed.
        QCOMPARE(m_clock->armed(), 0);
        const auto refused = come();
        settle();
        QVERIFY(refused->refused);
        QVERIFY(refused->refused->kind == ErrorClass::Server);
        QCOMPARE(refused->refused->code, QStringLiteral("host-in-trouble"));
        QCOMPARE(refused->refused->retryAt, m_gate->retryAt(host));
        QVERIFY(refused->refused->message.contains(host));
        QVERIFY(refused->refused->isTransient());
        // Another host is not meant.
        const auto other = come(QStringLiteral("other.example"));
        settle();
        QVERIFY(other->begunAt);
    }

    void oneProbeEveryThirtySeconds()
    {
        fail();
        go(30s);
        const auto probe = come();
        const auto other = come();
        settle();
        QVERIFY(probe->begunAt);
        QVERIFY(other->refused);
        QCOMPARE(other->refused->retryAt, std::optional(m_clock->now().addSecs(30)));
        go(3s);
        probe->pass.report(ErrorClass::Server);
        const auto soon = come();
        settle();
        QVERIFY(soon->refused);
        QCOMPARE(soon->refused->retryAt, std::optional(m_clock->now().addSecs(27)));
        go(27s);
        const auto next = come();
        settle();
        QVERIFY(next->begunAt);
        next->pass.report(ErrorClass::Ok);
        QVERIFY(!m_gate->retryAt(host));
        go(1s);
        QVERIFY(call(ErrorClass::Ok));
        // The count begins anew.
        for (int i = 0; i < 4; ++i)
            QVERIFY(call(ErrorClass::Server));
        QVERIFY(!m_gate->retryAt(host));
    }

    void aShortWaitForTheProbeIsWaited()
    {
        fail();
        go(24s);
        const auto early = come();
        settle();
        QVERIFY(early->refused);
        go(1s);
        const auto first = come();
        const auto second = come();
        settle();
        QVERIFY(!first->isOver());
        QVERIFY(!second->isOver());
        go(5s);
        QVERIFY(first->begunAt);
        QVERIFY(second->refused);
    }

    void thoseWhoWaitAreToldWhenTheDoorCloses()
    {
        for (int i = 0; i < 4; ++i)
            QVERIFY(call(ErrorClass::Server));
        const auto last = come();
        const auto behind = come();
        settle();
        QVERIFY(last->begunAt);
        QVERIFY(!behind->isOver());
        last->pass.report(ErrorClass::Server);
        settle();
        QVERIFY(behind->refused);
        QVERIFY(behind->refused->retryAt);
    }

    void whatCountsAndWhatDoesNot_data()
    {
        QTest::addColumn<int>("between"); // the class reported after four troubles
        QTest::addColumn<bool>("opens"); // with one more trouble
        const auto row = [](ErrorClass kind, bool opens) {
            QTest::addRow("%s", qPrintable(toString(kind))) << static_cast<int>(kind) << opens;
        };
        for (const ErrorClass kind : {ErrorClass::Net, ErrorClass::Infra, ErrorClass::Ambiguous, ErrorClass::Rate,
                 ErrorClass::NetSec, ErrorClass::Store, ErrorClass::Cancel, ErrorClass::Superseded, ErrorClass::Input})
            row(kind, true);
        for (const ErrorClass kind : {ErrorClass::Ok, ErrorClass::Reauth, ErrorClass::Client, ErrorClass::Config,
                 ErrorClass::Scope, ErrorClass::Policy})
            row(kind, false);
    }
    void whatCountsAndWhatDoesNot()
    {
        QFETCH(int, between);
        QFETCH(bool, opens);
        for (int i = 0; i < 4; ++i)
            QVERIFY(call(ErrorClass::Server));
        QVERIFY(call(static_cast<ErrorClass>(between)));
        QVERIFY(!m_gate->retryAt(host));
        QVERIFY(call(ErrorClass::Server));
        QCOMPARE(m_gate->retryAt(host).has_value(), opens);
    }

    void aProbeThatNeverWentOutMakesRoom()
    {
        fail();
        go(30s);
        auto probe = come();
        settle();
        QVERIFY(probe->begunAt);
        probe->pass = HostPass();
        go(1s);
        const auto next = come();
        settle();
        QVERIFY(next->begunAt);
        // One whose outcome is unknown went out all the same.
        next->pass.report(ErrorClass::Ambiguous);
        const auto after = come();
        settle();
        QVERIFY(after->refused);
    }

    void oldCallsMayStillOpenTheDoorAgain()
    {
        const auto slow = come();
        go(1s);
        fail();
        QVERIFY(m_gate->retryAt(host));
        slow->pass.report(ErrorClass::Ok);
        QVERIFY(!m_gate->retryAt(host));
    }

    void names_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("name");
        const auto row = [](const char *url, const char *name) {
            QTest::addRow("%s", url) << QString::fromLatin1(url) << QString::fromLatin1(name);
        };
        row("https://Auth.Example/token?x=1", "auth.example");
        row("https://auth.example:443/token", "auth.example");
        row("https://auth.example:8443/", "auth.example:8443");
        row("http://127.0.0.1:8080/token", "127.0.0.1:8080");
        row("http://127.0.0.1/", "127.0.0.1");
        row("http://[::1]:99/", "[::1]:99");
    }
    void names()
    {
        QFETCH(QString, url);
        QFETCH(QString, name);
        QCOMPARE(HostGate::hostOf(QUrl(url)), name);
    }

    void anyOrderOfEvents_data()
    {
        QTest::addColumn<quint32>("seed");
        const quint32 first = QRandomGenerator::global()->generate();
        for (quint32 i = 0; i < 60; ++i)
            QTest::addRow("seed %u", first + i) << first + i;
    }
    void anyOrderOfEvents()
    {
        QFETCH(quint32, seed);
        QRandomGenerator random(seed);
        std::vector<std::shared_ptr<Visit>> visits;
        size_t firstWaiting = 0; // everybody before has an answer
        std::optional<qint64> lastBegin;
        // What this test knows of the host by the reports alone.
        int troubles = 0;
        bool open = false;
        qint64 quietUntil = 0;

        const auto look = [&] {
            settle();
            std::vector<Visit *> begun;
            for (size_t i = firstWaiting; i < visits.size(); ++i) {
                if (visits[i]->begunAt && visits[i]->pass.isHeld() && !m_known.contains(visits[i].get())) {
                    m_known.insert(visits[i].get());
                    begun.push_back(visits[i].get());
                }
            }
            for (const Visit *one : begun) {
                QVERIFY(!lastBegin || *one->begunAt - *lastBegin >= 1000);
                lastBegin = one->begunAt;
                if (open) {
                    QVERIFY(*one->begunAt >= quietUntil);
                    quietUntil = *one->begunAt + 30'000;
                }
            }
            // First come, first served: nobody begins while somebody waits who came before.
            bool waiting = false;
            for (size_t i = firstWaiting; i < visits.size(); ++i) {
                if (!visits[i]->isOver())
                    waiting = true;
                else if (waiting && visits[i]->begunAt)
                    QFAIL("overtaken");
            }
            while (firstWaiting < visits.size() && visits[firstWaiting]->isOver())
                ++firstWaiting;
            QVERIFY(m_gate->inFlight(host) <= 2);
            if (m_gate->waiting(host) == 0)
                QCOMPARE(m_clock->armed(), 0);
            for (const auto &one : visits) {
                if (one->refused && one->refused->kind == ErrorClass::Server)
                    QVERIFY(one->refused->retryAt);
            }
        };

        for (int step = 0; step < 150; ++step) {
            switch (random.bounded(6)) {
            case 0:
            case 1:
                visits.push_back(come());
                break;
            case 2:
                if (!visits.empty())
                    visits[static_cast<size_t>(random.bounded(static_cast<int>(visits.size())))]->stop.request_stop();
                break;
            case 3:
                for (qint64 left = random.bounded(12'000); left > 0 && !QTest::currentTestFailed();) {
                    // From alarm to alarm, so that each begin is seen at its own time.
                    qint64 part = left;
                    if (const auto due = m_clock->nextDue())
                        part = std::clamp<qint64>(m_clock->now().msecsTo(*due), 0, left);
                    m_clock->advance(std::chrono::milliseconds(part));
                    left -= part;
                    look();
                }
                break;
            default:
                for (const auto &one : visits) {
                    if (!one->pass.isHeld() || !m_known.contains(one.get()))
                        continue;
                    static constexpr std::array outcomes{ErrorClass::Ok, ErrorClass::Server, ErrorClass::Server,
                        ErrorClass::Server, ErrorClass::Server, ErrorClass::Server, ErrorClass::Net,
                        ErrorClass::Ambiguous, ErrorClass::Rate};
                    const ErrorClass outcome = outcomes.at(random.bounded(static_cast<quint32>(outcomes.size())));
                    if (outcome == ErrorClass::Server && ++troubles >= 5 && !open) {
                        open = true;
                        quietUntil = m_clock->steady().count() + 30'000;
                    } else if (outcome == ErrorClass::Ok) {
                        troubles = 0;
                        open = false;
                    }
                    one->pass.report(outcome);
                    break;
                }
                break;
            }
            look();
            if (QTest::currentTestFailed())
                return;
        }
        // Nobody is left standing: with every call answered the queue runs dry.
        for (int i = 0; i < 2000 && m_gate->waiting(host) + m_gate->inFlight(host) > 0; ++i) {
            for (const auto &one : visits)
                one->pass.report(ErrorClass::Net);
            m_clock->advance(1s);
            settle();
        }
        for (const auto &one : visits)
            QVERIFY(one->isOver());
        m_known.clear();
    }

private:
    std::shared_ptr<Visit> come(const QString &name = host)
    {
        auto mine = std::make_shared<Visit>();
        mine->host = name;
        visit(m_gate.get(), m_clock.get(), mine);
        return mine;
    }
    void go(std::chrono::milliseconds span)
    {
        settle();
        m_clock->advance(span);
        settle();
    }
    // One call from its beginning to its report, and the second after it.
    bool call(ErrorClass outcome)
    {
        const auto mine = come();
        settle();
        const bool begun = mine->begunAt.has_value();
        mine->pass.report(outcome);
        go(1s);
        return begun;
    }
    // Five troubles in a row, the last one just now.
    void fail()
    {
        for (int i = 0; i < 4; ++i)
            QVERIFY(call(ErrorClass::Server));
        const auto last = come();
        settle();
        QVERIFY(last->begunAt);
        last->pass.report(ErrorClass::Server);
        QVERIFY(m_gate->retryAt(host));
    }

    std::unique_ptr<FakeClock> m_clock;
    std::unique_ptr<HostGate> m_gate;
    QSet<const Visit *> m_known;
};

} // namespace

QTEST_GUILESS_MAIN(TestHostGate)
#include "test_hostgate.moc"
