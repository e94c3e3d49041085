// HostGate: how many calls a host gets, in which order, and what happens when it is in trouble.
#include "tests/core/http/hostgatebench.h"

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

class TestHostGate : public HostGateBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

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

private:
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
};

} // namespace

QTEST_GUILESS_MAIN(TestHostGate)
#include "test_hostgate.moc"
