// How often the process wakes up while nothing is due.
#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QRandomGenerator>
#include <QTimer>
#include <ctime>
#include <memory>
#include <vector>

#include "core/base/clock.h"
#include "tests/bench/benchmarks.h"

namespace Postroom
{
namespace
{

struct Measured {
    qint64 wakeUps = 0;
    double processor = 0; // ms
};

Measured measure(int alarms, int seconds)
{
    SystemClock clock;
    std::vector<std::unique_ptr<Alarm>> armed;
    int fired = 0;
    for (int i = 0; i < alarms; ++i) {
        // As tokens do: an hour, and a little of their own.
        const int jitter = static_cast<int>(QRandomGenerator::global()->bounded(360'000));
        armed.push_back(clock.at(clock.now().addSecs(3600).addMSecs(jitter), [&fired] { ++fired; }));
    }
    QEventLoop loop;
    QTimer end;
    end.setSingleShot(true);
    end.setTimerType(Qt::PreciseTimer);
    QObject::connect(&end, &QTimer::timeout, &loop, &QEventLoop::quit);
    // What comes with the beginning of a loop is over by then.
    end.start(200);
    loop.exec();
    const qint64 before = wakeUps();
    const double processorBefore = processorMilliseconds();
    end.start(seconds * 1000);
    loop.exec();
    Measured measured;
    measured.wakeUps = wakeUps() - before - 1; // the end itself
    measured.processor = processorMilliseconds() - processorBefore;
    return measured;
}

} // namespace

qint64 wakeUps()
{
    qint64 sum = 0;
    const QDir tasks(QStringLiteral("/proc/self/task"));
    const QStringList threads = tasks.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &thread : threads) {
        QFile status(tasks.filePath(thread + QStringLiteral("/status")));
        if (!status.open(QIODevice::ReadOnly))
            continue;
        const QList<QByteArray> lines = status.readAll().split('\n');
        for (const QByteArray &line : lines) {
            if (line.startsWith("voluntary_ctxt_switches:"))
                sum += line.mid(line.indexOf(':') + 1).trimmed().toLongLong();
        }
    }
    return sum;
}

double processorMilliseconds()
{
    return static_cast<double>(std::clock()) * 1000.0 / CLOCKS_PER_SEC;
}

bool benchIdle(const QStringList &arguments)
{
    const int alarms = numberFrom(arguments, QStringLiteral("alarms"), 200);
    const int seconds = std::max(1, numberFrom(arguments, QStringLiteral("seconds"), 60));
    QList<QStringList> rows{{QStringLiteral("armed"), QStringLiteral("seconds"), QStringLiteral("wake-ups"),
        QStringLiteral("allowed"), QStringLiteral("processor ms")}};
    bool kept = true;
    const std::pair<int, int> cases[]{{0, std::max(1, seconds / 6)}, {1, seconds}, {alarms, seconds}};
    for (const auto &[count, span] : cases) {
        const Measured measured = measure(count, span);
        // One look a minute, and one for the odd page fault that the kernel counts as a wait.
        const int allowed = count == 0 ? 1 : span / 60 + 2;
        kept = kept && measured.wakeUps <= allowed;
        rows.append({QString::number(count), QString::number(span), QString::number(measured.wakeUps),
            QString::number(allowed), QString::number(measured.processor, 'f', 2)});
    }
    printTable(rows);
    return kept;
}

} // namespace Postroom
