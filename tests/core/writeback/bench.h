// A workspace with a mirror, a played server, a clock that runs fast, and a push service on top: for one test.
#pragma once

#include "core/base/paths.h"
#include "core/writeback/pushservice.h"
#include "tests/core/writeback/faketarget.h"
#include "tests/support/fakeclock.h"

#include <QTemporaryDir>
#include <functional>
#include <memory>

namespace Postroom
{

class PushBench
{
public:
    explicit PushBench(bool withMirror = true);
    ~PushBench();

    // Starts (or starts again, on the same files and the same server) the service.
    void start(PushHooks hooks = {});
    void stop();

    // Lets time run, 10 ms of it per turn of the event loop, until `done`; false after 20 s of real time.
    bool runUntil(const std::function<bool()> &done);
    bool turnUntil(const std::function<bool()> &done); // the same while no time passes
    // Event loop turns without any time passing.
    void turn(int times = 20);
    void advance(std::chrono::milliseconds span); // in steps, with turns in between

    QString write(const QString &relative, const QByteArray &content); // below the mirror; its local path
    QString writeOutside(const QString &relative, const QByteArray &content);
    TransferId push(const QStringList &paths, std::chrono::seconds timeout = std::chrono::seconds(90));
    TransferId push(PushRequest request);
    Transfer finish(const TransferId &id); // runs until it is finished
    Transfer transfer(const TransferId &id) const;
    TransferItem item(const TransferId &id, int index = 0) const;
    QJsonObject receipt(const QString &folder, const QString &commandId) const;
    QStringList receipts(const QString &folder) const;

    QTemporaryDir folder;
    QString mirror;
    QString outside;
    Paths paths;
    FakeClock clock;
    FakeServer server;
    FakeTarget *target = nullptr; // of the running service
    WorkspaceRecord record;
    std::unique_ptr<PushService> service;
    Error lastError;
};

} // namespace Postroom
