// Two threads and one number. "handed" gives it over by a queued call, a signal and a pool, which is no race; "shared"
// touches it on both sides of the same calls, which is one. Shows that the thread sanitizer sees both for what they
// are.
#include <QCoreApplication>
#include <QFuture>
#include <QThread>
#include <QThreadPool>
#include <QtConcurrentRun>
#include <cstdio>
#include <cstring>
#include <memory>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const bool shared = argc == 2 && std::strcmp(argv[1], "shared") == 0;
    auto number = std::make_unique<int>(1);
    int *raw = number.get();
    int *own = new int(0);
    QThread thread;
    auto *worker = new QObject;
    worker->moveToThread(&thread);
    QObject::connect(&thread, &QThread::finished, worker, &QObject::deleteLater);
    // Back in this thread: the number is whole again.
    QObject home;
    const auto back = [raw, &application] {
        QThreadPool pool;
        *raw += QtConcurrent::run(&pool, [raw] { return *raw + 1; }).result();
        pool.waitForDone();
        std::printf("%d\n", *raw);
        application.quit();
    };
    thread.start();
    QMetaObject::invokeMethod(worker, [raw, own, shared, &home, back] {
        *raw += 1;
        QMetaObject::invokeMethod(&home, back);
        if (shared)
            *own += 1; // after it was handed back
    });
    if (shared)
        *own += 1; // and here while it is away
    QCoreApplication::exec();
    thread.quit();
    thread.wait();
    delete own;
    return 0;
}
