// HostGate under any order of calls, stops, reports and waits, against what the reports alone allow.
#include "tests/core/http/hostgatebench.h"

#include <QRandomGenerator>
#include <array>

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

class TestHostGateProperty : public HostGateBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

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
    QSet<const Visit *> m_known;
};

} // namespace

QTEST_GUILESS_MAIN(TestHostGateProperty)
#include "test_hostgateproperty.moc"
