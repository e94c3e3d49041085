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
constexpr auto crowdedLimit = 10'000ms; // where very many are open
constexpr auto slowStart = 30'000ms;
constexpr auto slowLimit = 600'000ms;
constexpr auto missingLimit = 3'600'000ms;
constexpr int questionsAtOnce = 6;
constexpr int listFrom = 12; // as many due ones are worth a list
constexpr int listLength = 1000;
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
    auto entry = m_entries.find(key);
    if (entry == m_entries.end()) {
        Entry fresh;
        fresh.record = record;
        fresh.scopes = pushScopes(remotePath);
        fresh.provider = pushProvider(remotePath);
        fresh.operationId = operationId;
        fresh.slow = patience <= 0ms;
        fresh.delay = fresh.slow ? slowStart : firstDelay;
        entry = m_entries.insert(key, fresh);
        // After a start the answer is probably there already.
        schedule(key, *entry, now + (fresh.slow ? 0ms : firstDelay));
    } else if (entry->slow && patience > 0ms) {
        entry->slow = false;
        entry->delay = firstDelay;
        if (!entry->busy)
            schedule(key, *entry, now);
    }
    if (!entry->slow && now + patience > entry->deadline) {
        entry->deadline = now + patience;
        m_deadlines.emplace(entry->deadline, key);
    }
    arm();
}

void OperationFollower::forget(const WorkspaceId &workspace, const QString &operationId)
{
    m_entries.remove(Key(workspace.text(), operationId));
}

void OperationFollower::schedule(const Key &key, Entry &entry, std::chrono::milliseconds due)
{
    entry.busy = false;
    entry.due = std::max(due, m_pausedUntil.value(key.first, 0ms));
    m_due.emplace(entry.due, key);
}

void OperationFollower::arm()
{
    if (m_ticking)
        return;
    m_alarm.reset();
    if (m_scope->token().stop_requested() || (m_due.empty() && m_deadlines.empty()))
        return;
    auto next = m_due.empty() ? m_deadlines.begin()->first : m_due.begin()->first;
    if (!m_deadlines.empty())
        next = std::min(next, m_deadlines.begin()->first);
    const auto left = std::max(0ms, next - m_clock->steady());
    m_alarm = m_clock->at(m_clock->now().addMSecs(left.count()), [this] { tick(); });
}

QList<OperationFollower::Key> OperationFollower::takeDue()
{
    QList<Key> due;
    const auto now = m_clock->steady();
    while (!m_due.empty() && m_due.begin()->first <= now) {
        const auto [at, key] = *m_due.begin();
        m_due.erase(m_due.begin());
        const auto entry = m_entries.find(key);
        if (entry == m_entries.end() || entry->busy || entry->due != at)
            continue;
        const auto paused = m_pausedUntil.value(key.first, 0ms);
        if (paused > now) {
            schedule(key, *entry, paused);
            continue;
        }
        entry->busy = true;
        due.append(key);
    }
    return due;
}

void OperationFollower::tick()
{
    // A question that is answered at once comes back here from within.
    if (m_ticking || m_scope->token().stop_requested())
        return;
    m_ticking = true;
    endOfPatience();
    QHash<Key, QList<Key>> groups; // by workspace and provider
    const QList<Key> due = takeDue();
    for (const Key &key : due) {
        const Entry &entry = m_entries[key];
        if (entry.single)
            m_line.push_back(key);
        else
            groups[Key(key.first, entry.provider)].append(key);
    }
    for (const QList<Key> &keys : std::as_const(groups)) {
        if (keys.size() >= listFrom) {
            ++m_asking;
            m_scope->spawn(askAll(keys));
        } else {
            m_line.insert(m_line.end(), keys.begin(), keys.end());
        }
    }
    while (m_asking < questionsAtOnce && !m_line.empty()) {
        const Key key = m_line.front();
        m_line.pop_front();
        if (!m_entries.contains(key))
            continue;
        ++m_asking;
        m_scope->spawn(ask(key));
    }
    m_ticking = false;
    arm();
}

void OperationFollower::endOfPatience()
{
    const auto now = m_clock->steady();
    QList<Key> ended;
    while (!m_deadlines.empty() && m_deadlines.begin()->first <= now) {
        const auto [at, key] = *m_deadlines.begin();
        m_deadlines.erase(m_deadlines.begin());
        const auto entry = m_entries.find(key);
        if (entry == m_entries.end() || entry->slow || entry->deadline != at)
            continue;
        entry->slow = true;
        entry->delay = slowStart;
        if (!entry->busy)
            schedule(key, *entry, std::max(entry->due, now + slowStart));
        ended.append(key);
    }
    for (const Key &key : std::as_const(ended))
        Q_EMIT waitEnded(WorkspaceId(key.first), key.second);
}

std::chrono::milliseconds OperationFollower::longestDelay() const
{
    const std::chrono::milliseconds spread(m_entries.size() * 1000 / questionsPerSecond);
    return std::clamp<std::chrono::milliseconds>(spread, quickLimit, crowdedLimit);
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
            m_line.push_back(key);
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
    if (error && error->kind == ErrorClass::Rate && error->retryAt) {
        const std::chrono::milliseconds pause(std::max<qint64>(0, m_clock->now().msecsTo(*error->retryAt)));
        auto &until = m_pausedUntil[key.first];
        until = std::max(until, now + pause);
    }
    schedule(key, *entry, now + entry->delay);
    entry->delay = std::min(entry->delay * 2, entry->slow ? slowLimit : longestDelay());
    if (!error)
        return;
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
