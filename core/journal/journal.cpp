#include "core/journal/journal.h"

#include <QCoreApplication>
#include <QCoroFuture>
#include <QThread>
#include <array>
#include <utility>

#include "core/base/log.h"
#include "core/journal/journalworker.h"

namespace Postroom
{
namespace
{

constexpr std::array<std::pair<ActivityKind, const char *>, 7> kindNames{{
    {ActivityKind::SignIn, "sign-in"},
    {ActivityKind::SignOut, "sign-out"},
    {ActivityKind::Account, "account"},
    {ActivityKind::Workspace, "workspace"},
    {ActivityKind::Push, "push"},
    {ActivityKind::Outbox, "outbox"},
    {ActivityKind::Keychain, "keychain"},
}};

constexpr std::array<std::pair<ActivityOutcome, const char *>, 3> outcomeNames{{
    {ActivityOutcome::Done, "done"},
    {ActivityOutcome::Trouble, "trouble"},
    {ActivityOutcome::NeedsYou, "needs-you"},
}};

template <typename Table, typename Value>
QString nameOf(const Table &table, Value value)
{
    for (const auto &[entry, name] : table) {
        if (entry == value)
            return QString::fromLatin1(name);
    }
    return {};
}

template <typename Value, typename Table>
std::optional<Value> valueOf(const Table &table, const QString &text)
{
    for (const auto &[entry, name] : table) {
        if (text == QLatin1String(name))
            return entry;
    }
    return std::nullopt;
}

} // namespace

// The thread and its worker, from the first call until the journal ends.
class Journal::Private
{
public:
    explicit Private(QString file) : path(std::move(file)) { }

    // Null once the journal is closed.
    JournalWorker *workerFor(Journal *journal)
    {
        if (worker || closed)
            return worker;
        worker = new JournalWorker(path);
        worker->moveToThread(&thread);
        QObject::connect(&thread, &QThread::finished, worker, &QObject::deleteLater);
        QObject::connect(worker, &JournalWorker::stored, journal, [journal](const QList<ActivityEntry> &entries) {
            for (const ActivityEntry &entry : entries)
                Q_EMIT journal->added(entry);
        });
        thread.setObjectName(QStringLiteral("journal"));
        thread.start(QThread::LowPriority);
        return worker;
    }

    // Everything asked for so far is done before the thread ends.
    QFuture<void> end()
    {
        closed = true;
        if (!worker)
            return ended;
        JournalWorker *last = std::exchange(worker, nullptr);
        auto promise = std::make_shared<QPromise<void>>();
        promise->start();
        ended = promise->future();
        QMetaObject::invokeMethod(last, [last, promise] {
            last->finish();
            promise->finish();
            last->thread()->quit();
        });
        return ended;
    }

    QString path;
    QThread thread;
    JournalWorker *worker = nullptr;
    QFuture<void> ended;
    bool closed = false;
};

Journal::Journal(QString path, QObject *parent) : QObject(parent), d(std::make_unique<Private>(std::move(path)))
{
    qRegisterMetaType<ActivityEntry>();
    qRegisterMetaType<QList<ActivityEntry>>();
}

Journal::~Journal()
{
    d->end();
    d->thread.wait();
}

void Journal::add(ActivityEntry entry)
{
    JournalWorker *worker = d->workerFor(this);
    if (!worker) {
        qCWarning(logJournal) << "an entry came after the history was closed:" << entry.code;
        return;
    }
    entry.id = 0;
    if (!entry.at.isValid())
        entry.at = QDateTime::currentDateTimeUtc();
    worker->enqueue(std::move(entry));
}

QCoro::Task<Result<QList<ActivityEntry>>> Journal::entries(ActivityQuery query)
{
    JournalWorker *worker = d->workerFor(this);
    if (!worker) {
        const QString text = QCoreApplication::translate("Postroom", "The activity history is closed.");
        co_return failInput(QStringLiteral("journal-closed"), text);
    }
    auto promise = std::make_shared<QPromise<JournalWorker::Page>>();
    promise->start();
    const QFuture<JournalWorker::Page> future = promise->future();
    QMetaObject::invokeMethod(worker, [worker, query, promise] { worker->select(query, promise); });
    promise.reset();
    const JournalWorker::Page page = co_await future;
    co_return page;
}

QCoro::Task<void> Journal::shutdown()
{
    const QFuture<void> ended = d->end();
    if (!ended.isFinished())
        co_await ended;
}

QString toString(ActivityKind kind)
{
    return nameOf(kindNames, kind);
}

QString toString(ActivityOutcome outcome)
{
    return nameOf(outcomeNames, outcome);
}

std::optional<ActivityKind> activityKindFromString(const QString &text)
{
    return valueOf<ActivityKind>(kindNames, text);
}

std::optional<ActivityOutcome> activityOutcomeFromString(const QString &text)
{
    return valueOf<ActivityOutcome>(outcomeNames, text);
}

} // namespace Postroom
