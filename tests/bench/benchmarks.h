// What can be measured: one file per benchmark, each a line in the table of main.cpp. Not run by ctest, because what is
// measured depends on the computer.
#pragma once

#include <QList>
#include <QStringList>

namespace Postroom
{

// Takes what stands behind its name on the command line and prints a table. False when a bound of the program is
// broken.
using BenchmarkRun = bool (*)(const QStringList &arguments);

struct Benchmark {
    const char *name;
    const char *summary;
    BenchmarkRun run;
};

bool benchIdle(const QStringList &arguments);
bool benchAccounts(const QStringList &arguments);
bool benchRefresh(const QStringList &arguments);

// Of all threads of this process: a thread that waits and is woken counts one.
qint64 wakeUps();
double processorMilliseconds(); // that this process has used

// The first row is the header; columns are padded.
void printTable(const QList<QStringList> &rows);
// "--name N" among the arguments.
int numberFrom(const QStringList &arguments, const QString &name, int fallback);

} // namespace Postroom
