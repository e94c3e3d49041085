// Adds entries to the history given on its command line for ever, and prints how many are in the file.
#include <QCoreApplication>
#include <cstdio>

#include "core/journal/journal.h"

using namespace Postroom;

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    Journal journal(QString::fromLocal8Bit(argv[1]));
    const auto addOne = [&journal](int number) {
        ActivityEntry entry;
        entry.kind = ActivityKind::Push;
        entry.subject = QStringLiteral("file %1").arg(number);
        entry.text = QStringLiteral("Sent.");
        journal.add(entry);
    };
    int stored = 0;
    QObject::connect(&journal, &Journal::added, &application, [&stored, addOne](const ActivityEntry &) {
        ++stored;
        std::printf("%d\n", stored);
        std::fflush(stdout);
        addOne(stored);
    });
    addOne(0);
    return QCoreApplication::exec();
}
