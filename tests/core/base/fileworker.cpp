// fileworker write PATH   writes two contents to PATH in turns, for ever
// fileworker lock PATH    takes the lock, says so and holds it until its input ends
// fileworker crash PATH   the same, and ends without giving anything back
#include <QByteArray>
#include <QString>
#include <cstdio>
#include <cstring>
#include <unistd.h>

#include "core/base/files.h"

using namespace Postroom;

int main(int, char **argv)
{
    const QString path = QString::fromLocal8Bit(argv[2]);
    if (std::strcmp(argv[1], "write") == 0) {
        for (int round = 0;; ++round) {
            const QByteArray content(round % 2 == 0 ? 200'000 : 100'000, round % 2 == 0 ? 'a' : 'b');
            if (!writeFileAtomically(path, content))
                return 1;
            std::printf("%d\n", round);
            std::fflush(stdout);
        }
    }
    const auto lock = FileLock::tryAcquire(path);
    std::printf("%s\n", !lock ? "error" : lock->isHeld() ? "held" : "taken");
    std::fflush(stdout);
    char byte = 0;
    while (::read(0, &byte, 1) > 0) { }
    if (std::strcmp(argv[1], "crash") == 0)
        ::_exit(9);
    return 0;
}
