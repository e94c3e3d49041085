#include "tests/core/writeback/bench.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

namespace Postroom
{

using namespace std::chrono_literals;

PushBench::PushBench(bool withMirror)
{
    const QString base = QFileInfo(folder.path()).canonicalFilePath();
    outside = base + QStringLiteral("/outside");
    mirror = base + QStringLiteral("/mirror");
    QDir().mkpath(outside);
    QDir().mkpath(mirror + QStringLiteral("/.relay"));
    paths.home = base + QStringLiteral("/home");
    paths.state = base + QStringLiteral("/state");
    QDir().mkpath(paths.home);
    record.id = WorkspaceId(QStringLiteral("rw_2222"));
    record.relayId = QStringLiteral("rw_2222");
    record.name = QStringLiteral("research-room");
    if (withMirror)
        record.mirror = mirror;
}

PushBench::~PushBench()
{
    stop();
}

void PushBench::start(PushHooks hooks)
{
    auto made = std::make_unique<FakeTarget>(&server, &clock);
    target = made.get();
    target->workspaces = {record};
    service = std::make_unique<PushService>(std::move(made), &clock, paths, std::move(hooks));
    service->start();
}

void PushBench::stop()
{
    if (!service)
        return;
    bool over = false;
    const auto ending = service->shutdown().then([&over] { over = true; });
    if (!runUntil([&over] { return over; }))
        qFatal("the service does not end");
    record = target->workspaces.first();
    service.reset();
    target = nullptr;
}

bool PushBench::runUntil(const std::function<bool()> &done)
{
    QElapsedTimer real;
    real.start();
    while (!done()) {
        if (real.elapsed() > 20'000)
            return false;
        turn(3);
        clock.advance(10ms);
    }
    return true;
}

bool PushBench::turnUntil(const std::function<bool()> &done)
{
    QElapsedTimer real;
    real.start();
    while (!done() && real.elapsed() < 20'000)
        turn(1);
    return done();
}

void PushBench::turn(int times)
{
    for (int i = 0; i < times; ++i) {
        QCoreApplication::processEvents(QEventLoop::AllEvents);
        // The workers' threads need a moment, too.
        QTest::qWait(0);
    }
    QThread::yieldCurrentThread();
}

void PushBench::advance(std::chrono::milliseconds span)
{
    for (auto done = 0ms; done < span; done += 50ms) {
        clock.advance(50ms);
        turn(4);
    }
}

QString PushBench::write(const QString &relative, const QByteArray &content)
{
    const QString path = mirror + QLatin1Char('/') + relative;
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("a test file cannot be written");
    return path;
}

QString PushBench::writeOutside(const QString &relative, const QByteArray &content)
{
    return write(QStringLiteral("../outside/") + relative, content)
        .replace(mirror + QStringLiteral("/../outside"), outside);
}

TransferId PushBench::push(const QStringList &files, std::chrono::seconds timeout)
{
    PushRequest request;
    request.paths = files;
    request.workspace = record.id;
    request.timeout = timeout;
    return push(request);
}

TransferId PushBench::push(PushRequest request)
{
    std::optional<Result<TransferId>> answer;
    service->push(std::move(request)).then([&answer](Result<TransferId> result) { answer = std::move(result); });
    if (!turnUntil([&answer] { return answer.has_value(); }))
        qFatal("the push does not begin");
    if (!*answer) {
        lastError = answer->error();
        return {};
    }
    return **answer;
}

Transfer PushBench::finish(const TransferId &id)
{
    if (!runUntil([this, &id] { return !transfer(id).isRunning(); })) {
        const QList<TransferItem> items = service->items(id);
        for (const TransferItem &entry : items)
            qWarning() << entry.remotePath << toString(entry.state) << entry.code << entry.error;
        qWarning() << "the push does not end";
    }
    turn();
    return transfer(id);
}

Transfer PushBench::transfer(const TransferId &id) const
{
    const QList<Transfer> all = service->transfers();
    for (const Transfer &entry : all) {
        if (entry.id == id)
            return entry;
    }
    return {};
}

TransferItem PushBench::item(const TransferId &id, int index) const
{
    return service->items(id).value(index);
}

QJsonObject PushBench::receipt(const QString &name, const QString &commandId) const
{
    QFile file(
        mirror + QStringLiteral("/.relay/outbox/") + name + QLatin1Char('/') + commandId + QStringLiteral(".json"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QJsonDocument::fromJson(file.readAll()).object();
}

QStringList PushBench::receipts(const QString &name) const
{
    return QDir(mirror + QStringLiteral("/.relay/outbox/") + name).entryList(QDir::Files | QDir::Hidden);
}

} // namespace Postroom
