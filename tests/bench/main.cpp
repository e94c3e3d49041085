// postroom_bench NAME [option…]: measures one thing.
#include <QCoreApplication>
#include <array>
#include <cstdio>

#include "tests/bench/benchmarks.h"

using namespace Postroom;

namespace
{

constexpr std::array benchmarks{
    Benchmark{"idle", "wake-ups while alarms wait for an hour [--alarms 200] [--seconds 60]", benchIdle},
    Benchmark{
        "accounts", "wake-ups of signed-in accounts with nothing due [--accounts 200] [--seconds 60]", benchAccounts},
    Benchmark{"refresh", "many ask at once for one token that has expired [--callers 10000]", benchRefresh},
};

} // namespace

void Postroom::printTable(const QList<QStringList> &rows)
{
    QList<qsizetype> widths;
    for (const QStringList &row : rows) {
        for (qsizetype i = 0; i < row.size(); ++i) {
            if (i == widths.size())
                widths.append(0);
            widths[i] = std::max(widths.at(i), row.at(i).size());
        }
    }
    for (const QStringList &row : rows) {
        QString line;
        for (qsizetype i = 0; i < row.size(); ++i)
            line += i == 0 ? row.at(i).leftJustified(widths.at(i))
                           : QStringLiteral("  ") + row.at(i).rightJustified(widths.at(i));
        std::printf("%s\n", qPrintable(line));
    }
    std::fflush(stdout);
}

int Postroom::numberFrom(const QStringList &arguments, const QString &name, int fallback)
{
    const qsizetype at = arguments.indexOf(QStringLiteral("--") + name);
    bool isNumber = false;
    const int number = at < 0 ? 0 : arguments.value(at + 1).toInt(&isNumber);
    return isNumber ? number : fallback;
}

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    for (const Benchmark &benchmark : benchmarks) {
        if (arguments.value(1) == QLatin1String(benchmark.name))
            return benchmark.run(arguments.mid(2)) ? 0 : 1;
    }
    std::fputs("postroom_bench NAME [option...]\n", stderr);
    for (const Benchmark &benchmark : benchmarks)
        std::fprintf(stderr, "  %s: %s\n", benchmark.name, benchmark.summary);
    return 2;
}
