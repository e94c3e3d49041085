#include "core/writeback/follower.h"

#include "core/writeback/remote.h"

#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr auto firstDelay = 250ms;
constexpr auto quickLimit = 2'000ms;
constexpr auto slowStart = 30'000ms;
constexpr auto slowLimit = 600'000ms;
constexpr auto missingLimit = 3'600'000ms;
constexpr int questionsAtOnce = 6;
constexpr int listFrom = 12; // as many due ones are worth a list
constexpr int listLength = 500;
constexpr int questionsPerSecond = 20;

} // namespace

OperationFollower::OperationFollower(PushTarget *target, Clock *clock, TaskScope *scope, QObject *parent)
    : QObject(parent), m_target(target), m_clock(clock), m_scope(scope)
{
}

OperationFollower::~OperationFollower() = default;

void OperationFollower::follow(const WorkspaceRecord &record, const QString &remotePath, const QString &operationId,
    std::chrono::milliseconds patience)
{
    const Key key(record.id.text(), operationId);
    const auto now = m_clock->steady();
    const auto known = m_entries.find(key);
    if (known != m_entries.end()) {
        known->deadline = std::max(known->deadline, now + patience);
        if (known->slow && patience > 0ms) {
            known->slow = false;
            known->delay = firstDelay;
            known->due = now;
        }
        arm();
        return;
    }
    Entry entry;
    entry.record = record;
    entry.scopes = pushScopes(remotePath);
    entry.provider = pushProvider(remotePath);
    entry.operationId = operationId;
    entry.slow = patience <= 0ms;
    entry.delay = entry.slow ? slowStart : firstDelay;
    // After a start the answer is probably there already.
    entry.due = now + (entry.slow ? 0ms : firstDelay);
    entry.deadline = now + patience;
    m_entries.insert(key, entry);
    arm();
}

void OperationFollower::forget(const WorkspaceId &workspace, const QString &operationId)
{
    m_entries.remove(Key(workspace.text(), operationId));
}

void OperationFollower::arm()
{
    m_alarm.reset();
    if (m_entries.isEmpty() || m_scope->token().stop_requested())
        return;
    const bool full = m_asking >= questionsAtOnce;
    std::optional<std::chrono::milliseconds> next;
    for (const Entry &entry : std::as_const(m_entries)) {
        std::optional<std::chrono::milliseconds> due;
        if (!entry.slow)
            due = entry.deadline;
        // While no more questions can be asked, the answers wake us.
        if (!entry.busy && !full) {
            const auto at = std::max(entry.due, m_pausedUntil.value(entry.record.id.text(), 0ms));
            due = due ? std::min(*due, at) : at;
        }
        if (due)
            next = next ? std::min(*next, *due) : *due;
    }
    if (!next)
        return;
    const auto left = std::max(0ms, *next - m_clock->steady());
    m_alarm = m_clock->at(m_clock->now().addMSecs(left.count()), [this] { tick(); });
}

void OperationFollower::tick()
{
    // A question that is answered at once comes back here from within.
    if (m_ticking || m_scope->token().stop_requested())
        return;
    m_ticking = true;
    endOfPatience();
    const auto now = m_clock->steady();
    QHash<QPair<QString, QString>, QList<Key>> groups; // workspace and provider
    for (auto it = m_entries.cbegin(); it != m_entries.cend(); ++it) {
        if (!it->busy && it->due <= now && m_pausedUntil.value(it->record.id.text(), 0ms) <= now)
            groups[{it->record.id.text(), it->single ? it->operationId : QLatin1Char('/') + it->provider}].append(
                it.key());
    }
    for (const QList<Key> &keys : std::as_const(groups)) {
        if (keys.size() >= listFrom) {
            if (m_asking >= questionsAtOnce)
                break;
            for (const Key &key : keys) {
                if (const auto entry = m_entries.find(key); entry != m_entries.end())
                    entry->busy = true;
            }
            ++m_asking;
            m_scope->spawn(askAll(keys));
            continue;
        }
        for (const Key &key : keys) {
            const auto entry = m_entries.find(key);
            if (m_asking >= questionsAtOnce)
                break;
            if (entry == m_entries.end())
                continue;
            entry->busy = true;
            ++m_asking;
            m_scope->spawn(ask(key));
        }
    }
    m_ticking = false;
    arm();
}

void OperationFollower::endOfPatience()
{
    const auto now = m_clock->steady();
    QList<Key> ended;
    for (auto it = m_entries.begin(); it != m_entries.end(); ++it) {
        if (it->slow || it->deadline > now)
            continue;
        it->slow = true;
        it->delay = slowStart;
        it->due = std::max(it->due, now + slowStart);
        ended.append(it.key());
    }
    for (const Key &key : std::as_const(ended))
        Q_EMIT waitEnded(WorkspaceId(key.first), key.second);
}

std::chrono::milliseconds OperationFollower::longestDelay() const
{
    const std::chrono::milliseconds spread(m_entries.size() * 1000 / questionsPerSecond);
    return std::max<std::chrono::milliseconds>(quickLimit, spread);
}

QCoro::Task<void> OperationFollower::ask(Key key)
{
    const Entry entry = m_entries.value(key);
    const std::stop_token stop = m_scope->token();
    const Result<Operation> answer = co_await m_target->operation(entry.record, entry.scopes, entry.operationId, stop);
    --m_asking;
    if (answer)
        take(key, *answer);
    else
        postpone(key, &answer.error());
    tick();
}

QCoro::Task<void> OperationFollower::askAll(QList<Key> keys)
{
    const Entry first = m_entries.value(keys.first());
    const std::stop_token stop = m_scope->token();
    const Result<QList<Operation>> answer
        = co_await m_target->operations(first.record, first.scopes, first.provider, listLength, stop);
    --m_asking;
    QHash<QString, Operation> found;
    if (answer) {
        for (const Operation &operation : *answer)
            found.insert(operation.id, operation);
    }
    for (const Key &key : keys) {
        if (!answer) {
            postpone(key, &answer.error());
        } else if (found.contains(key.second)) {
            take(key, found.value(key.second));
        } else if (const auto entry = m_entries.find(key); entry != m_entries.end()) {
            // Older than what a list shows.
            entry->single = true;
            entry->busy = false;
        }
    }
    tick();
}

void OperationFollower::take(const Key &key, const Operation &operation)
{
    const auto entry = m_entries.find(key);
    if (entry == m_entries.end())
        return;
    if (!operation.isFinal()) {
        entry->missingSince.reset();
        postpone(key, nullptr);
        return;
    }
    m_entries.erase(entry);
    Operation settledOne = operation;
    settledOne.id = key.second;
    Q_EMIT settled(WorkspaceId(key.first), settledOne);
}

void OperationFollower::postpone(const Key &key, const Error *error)
{
    const auto entry = m_entries.find(key);
    if (entry == m_entries.end())
        return;
    const auto now = m_clock->steady();
    entry->busy = false;
    entry->due = now + entry->delay;
    entry->delay = std::min(entry->delay * 2, entry->slow ? slowLimit : longestDelay());
    if (!error)
        return;
    if (error->kind == ErrorClass::Rate && error->retryAt) {
        const std::chrono::milliseconds pause(std::max<qint64>(0, m_clock->now().msecsTo(*error->retryAt)));
        auto &until = m_pausedUntil[key.first];
        until = std::max(until, now + pause);
    }
    constexpr int notFound = 404;
    if (error->status != notFound)
        return;
    // A fresh operation may not be visible yet; one that stays away is not known any more.
    if (!entry->missingSince)
        entry->missingSince = now;
    if (entry->slow && now - *entry->missingSince >= missingLimit) {
        m_entries.erase(entry);
        Q_EMIT lost(WorkspaceId(key.first), key.second);
    }
}

} // namespace Postroom
