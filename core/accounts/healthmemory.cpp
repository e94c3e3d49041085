#include "core/accounts/healthmemory.h"

#include "core/base/json.h"

#include <array>
#include <utility>

namespace Postroom
{
namespace
{

using L = QLatin1String;

constexpr qint64 mostCounted = 1'000'000;

// Tables of the members that have one key and one kind, so that writing and reading cannot drift apart.
constexpr std::array<std::pair<const char *, bool HealthMemory::*>, 7> flags{{
    {"sessionOnly", &HealthMemory::sessionOnly},
    {"expiryAssumed", &HealthMemory::expiryAssumed},
    {"endSlides", &HealthMemory::endSlides},
    {"withoutScope", &HealthMemory::withoutScope},
    {"repairTried", &HealthMemory::repairTried},
    {"rediscovered", &HealthMemory::rediscovered},
    {"signedIn", &HealthMemory::signedIn},
}};
constexpr std::array<std::pair<const char *, quint64 HealthMemory::*>, 2> counters{{
    {"grantEpoch", &HealthMemory::grantEpoch},
    {"generation", &HealthMemory::generation},
}};
constexpr std::array<std::pair<const char *, int HealthMemory::*>, 4> numbers{{
    {"attempts", &HealthMemory::attempts},
    {"streak", &HealthMemory::streak},
    {"shortLives", &HealthMemory::shortLives},
    {"stepUpMaxAge", &HealthMemory::stepUpMaxAge},
}};
constexpr std::array<std::pair<const char *, QDateTime HealthMemory::*>, 9> times{{
    {"grantedAt", &HealthMemory::grantedAt},
    {"obtainedAt", &HealthMemory::obtainedAt},
    {"usableUntil", &HealthMemory::usableUntil},
    {"signInEndsAt", &HealthMemory::signInEndsAt},
    {"since", &HealthMemory::since},
    {"nextAt", &HealthMemory::nextAt},
    {"firstFailureAt", &HealthMemory::firstFailureAt},
    {"seriesAt", &HealthMemory::seriesAt},
    {"doubtedAt", &HealthMemory::doubtedAt},
}};
constexpr std::array<std::pair<const char *, QString HealthMemory::*>, 5> texts{{
    {"reason", &HealthMemory::reason},
    {"stepUp", &HealthMemory::stepUp},
    {"seenSubject", &HealthMemory::seenSubject},
    {"judged", &HealthMemory::judged},
    {"doubted", &HealthMemory::doubted},
}};
constexpr std::array<std::pair<const char *, QStringList HealthMemory::*>, 2> lists{{
    {"scopes", &HealthMemory::scopes},
    {"missingScopes", &HealthMemory::missingScopes},
}};

QJsonObject errorToJson(const Error &error)
{
    QJsonObject object;
    object.insert(L("origin"), toString(error.origin));
    object.insert(L("class"), toString(error.kind));
    put(object, L("code"), error.code);
    put(object, L("message"), error.message);
    put(object, L("next"), error.next);
    if (error.status != 0)
        object.insert(L("status"), error.status);
    put(object, L("requestId"), error.requestId);
    put(object, L("detail"), error.detail);
    put(object, L("retryAt"), error.retryAt);
    return object;
}

int smallIntegerAt(const QJsonObject &object, L key)
{
    return static_cast<int>(std::clamp<qint64>(integerAt(object, key).value_or(0), 0, mostCounted));
}

Error errorFromJson(const QJsonObject &object)
{
    Error error;
    error.origin = originFromString(object.value(L("origin")).toString());
    error.kind = errorClassFromString(object.value(L("class")).toString());
    error.code = object.value(L("code")).toString();
    error.message = object.value(L("message")).toString();
    error.next = object.value(L("next")).toString();
    error.status = smallIntegerAt(object, L("status"));
    error.requestId = object.value(L("requestId")).toString();
    error.detail = object.value(L("detail")).toString();
    error.retryAt = timeAt(object, L("retryAt"));
    return error;
}

QJsonObject eventToJson(const AccountEvent &event)
{
    QJsonObject object = event.error ? errorToJson(*event.error) : QJsonObject();
    put(object, L("at"), event.at);
    object.insert(L("event"), event.event);
    object.insert(L("state"), toString(event.state));
    put(object, L("reason"), event.reason);
    if (event.attempt > 0)
        object.insert(L("attempt"), event.attempt);
    put(object, L("nextAt"), event.nextAt);
    return object;
}

AccountEvent eventFromJson(const QJsonObject &object)
{
    AccountEvent event;
    event.at = timeAt(object, L("at")).value_or(QDateTime());
    event.event = object.value(L("event")).toString();
    event.state = accountStateFromString(object.value(L("state")).toString());
    event.reason = object.value(L("reason")).toString();
    event.attempt = smallIntegerAt(object, L("attempt"));
    event.nextAt = timeAt(object, L("nextAt"));
    if (object.contains(L("class")))
        event.error = errorFromJson(object);
    return event;
}

} // namespace

void writeMemory(QJsonObject &object, const HealthMemory &memory)
{
    object.insert(L("enabled"), memory.enabled);
    object.insert(L("state"), toString(memory.state));
    if (!memory.confirmed)
        object.insert(L("confirmed"), false);
    for (const auto &[key, member] : flags) {
        if (memory.*member || member == &HealthMemory::signedIn)
            object.insert(L(key), memory.*member);
    }
    for (const auto &[key, member] : counters)
        object.insert(L(key), static_cast<qint64>(memory.*member));
    for (const auto &[key, member] : numbers) {
        if (memory.*member > 0)
            object.insert(L(key), memory.*member);
    }
    for (const auto &[key, member] : times)
        put(object, L(key), memory.*member);
    for (const auto &[key, member] : texts)
        put(object, L(key), memory.*member);
    for (const auto &[key, member] : lists) {
        if (!(memory.*member).isEmpty())
            object.insert(L(key), QJsonArray::fromStringList(memory.*member));
    }
    if (memory.lastError) {
        QJsonObject last = errorToJson(memory.lastError->error);
        last.insert(L("attempt"), memory.lastError->attempt);
        put(last, L("at"), memory.lastError->at);
        object.insert(L("lastError"), last);
    }
    QJsonArray history;
    for (const AccountEvent &event : memory.history)
        history.append(eventToJson(event));
    if (!history.isEmpty())
        object.insert(L("history"), history);
}

HealthMemory readMemory(const QJsonObject &object)
{
    HealthMemory memory;
    memory.enabled = boolAt(object, L("enabled")).value_or(true);
    memory.confirmed = boolAt(object, L("confirmed")).value_or(true);
    memory.state = accountStateFromString(object.value(L("state")).toString());
    for (const auto &[key, member] : flags)
        memory.*member = boolAt(object, L(key)).value_or(false);
    for (const auto &[key, member] : counters)
        memory.*member = static_cast<quint64>(std::max<qint64>(0, integerAt(object, L(key)).value_or(0)));
    for (const auto &[key, member] : numbers)
        memory.*member = smallIntegerAt(object, L(key));
    for (const auto &[key, member] : times)
        memory.*member = timeAt(object, L(key)).value_or(QDateTime());
    for (const auto &[key, member] : texts)
        memory.*member = object.value(L(key)).toString();
    for (const auto &[key, member] : lists)
        memory.*member = stringsAt(object, L(key));
    const QJsonObject last = objectAt(object, L("lastError"));
    if (!last.isEmpty())
        memory.lastError = LastError{
            errorFromJson(last), smallIntegerAt(last, L("attempt")), timeAt(last, L("at")).value_or(QDateTime())};
    const QJsonArray history = object.value(L("history")).toArray();
    for (const QJsonValue &entry : history) {
        if (memory.history.size() < mostAccountEvents)
            memory.history.append(eventFromJson(entry.toObject()));
    }
    return memory;
}

const QStringList &memoryKeys()
{
    static const QStringList all = [] {
        QStringList names{QStringLiteral("enabled"), QStringLiteral("state"), QStringLiteral("confirmed"),
            QStringLiteral("lastError"), QStringLiteral("history")};
        const auto add = [&names](const auto &table) {
            for (const auto &entry : table)
                names.append(L(entry.first));
        };
        add(flags);
        add(counters);
        add(numbers);
        add(times);
        add(texts);
        add(lists);
        return names;
    }();
    return all;
}

} // namespace Postroom
