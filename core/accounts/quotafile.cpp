// The state of one account's quota as it is kept in a file.
#include "core/accounts/quotahealth.h"

#include "core/base/json.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace Postroom
{
namespace
{

constexpr qsizetype mostWindows = 32;
constexpr int longestText = 200;
constexpr qint64 furthestAhead = (6 + 1) * 3600; // seconds

constexpr std::array<std::pair<QuotaPhase, const char *>, 5> phases{{
    {QuotaPhase::Unasked, "unasked"},
    {QuotaPhase::Told, "told"},
    {QuotaPhase::Troubled, "troubled"},
    {QuotaPhase::Paused, "paused"},
    {QuotaPhase::Refused, "refused"},
}};

constexpr std::array<std::pair<QuotaTrouble, const char *>, 4> troubles{{
    {QuotaTrouble::None, "none"},
    {QuotaTrouble::Server, "server"},
    {QuotaTrouble::Rate, "rate"},
    {QuotaTrouble::Other, "other"},
}};

template <typename Table, typename T>
QString nameIn(const Table &table, T value)
{
    for (const auto &[entry, name] : table) {
        if (entry == value)
            return QLatin1String(name);
    }
    return {};
}

template <typename Table>
auto valueIn(const Table &table, const QString &text)
{
    for (const auto &[entry, name] : table) {
        if (text == QLatin1String(name))
            return entry;
    }
    return table.front().first;
}

QString textAt(const QJsonObject &object, QLatin1String key)
{
    return oneLine(object.value(key).toString(), longestText);
}

std::optional<double> amountAt(const QJsonObject &object, QLatin1String key)
{
    const QJsonValue value = object.value(key);
    if (!value.isDouble() || value.toDouble() < 0)
        return std::nullopt;
    return value.toDouble();
}

QJsonObject toJson(const QuotaWindow &window)
{
    QJsonObject object{{QLatin1String("id"), window.id}, {QLatin1String("usedPercent"), window.usedPercent}};
    put(object, QLatin1String("model"), window.model);
    put(object, QLatin1String("resetsAt"), window.resetsAt);
    put(object, QLatin1String("observedAt"), window.observedAt);
    if (!window.known)
        object.insert(QLatin1String("known"), false);
    if (!window.active)
        object.insert(QLatin1String("active"), false);
    if (!window.certain)
        object.insert(QLatin1String("certain"), false);
    return object;
}

std::optional<QuotaWindow> windowFrom(const QJsonObject &object)
{
    QuotaWindow window;
    window.id = textAt(object, QLatin1String("id"));
    const auto used = amountAt(object, QLatin1String("usedPercent"));
    const auto observed = timeAt(object, QLatin1String("observedAt"));
    if (window.id.isEmpty() || !used || !observed)
        return std::nullopt;
    window.usedPercent = *used;
    window.observedAt = *observed;
    window.model = textAt(object, QLatin1String("model"));
    window.resetsAt = timeAt(object, QLatin1String("resetsAt"));
    window.known = boolAt(object, QLatin1String("known")).value_or(true);
    window.active = boolAt(object, QLatin1String("active")).value_or(true);
    window.certain = boolAt(object, QLatin1String("certain")).value_or(true);
    return window;
}

QJsonObject toJson(const QuotaExtra &extra)
{
    QJsonObject object{{QLatin1String("enabled"), extra.enabled}};
    if (extra.used)
        object.insert(QLatin1String("used"), *extra.used);
    if (extra.limit)
        object.insert(QLatin1String("limit"), *extra.limit);
    put(object, QLatin1String("currency"), extra.currency);
    put(object, QLatin1String("severity"), extra.severity);
    return object;
}

QuotaExtra extraFrom(const QJsonObject &object)
{
    QuotaExtra extra;
    extra.enabled = boolAt(object, QLatin1String("enabled")).value_or(false);
    extra.used = amountAt(object, QLatin1String("used"));
    extra.limit = amountAt(object, QLatin1String("limit"));
    extra.currency = textAt(object, QLatin1String("currency"));
    extra.severity = textAt(object, QLatin1String("severity"));
    return extra;
}

} // namespace

QJsonObject toJson(const QuotaHealth &health)
{
    QJsonObject object{{QLatin1String("phase"), nameIn(phases, health.phase)},
        {QLatin1String("trouble"), nameIn(troubles, health.trouble)}, {QLatin1String("failures"), health.failures},
        {QLatin1String("marker"), static_cast<qint64>(health.marker)}};
    put(object, QLatin1String("reason"), health.reason);
    put(object, QLatin1String("since"), health.since);
    put(object, QLatin1String("nextAt"), health.nextAt);
    put(object, QLatin1String("lastCode"), health.lastCode);
    put(object, QLatin1String("lastMessage"), health.lastMessage);
    put(object, QLatin1String("documentAt"), health.numbers.documentAt);
    put(object, QLatin1String("binding"), health.numbers.binding);
    put(object, QLatin1String("bindingAt"), health.numbers.bindingAt);
    QJsonArray windows;
    for (const QuotaWindow &window : health.numbers.windows)
        windows.append(toJson(window));
    object.insert(QLatin1String("windows"), windows);
    if (health.numbers.extra)
        object.insert(QLatin1String("extra"), toJson(*health.numbers.extra));
    return object;
}

QuotaHealth quotaHealthFromJson(const QJsonObject &object, const QDateTime &now)
{
    QuotaHealth health;
    health.phase = valueIn(phases, object.value(QLatin1String("phase")).toString());
    health.trouble = valueIn(troubles, object.value(QLatin1String("trouble")).toString());
    health.failures
        = static_cast<int>(std::clamp<qint64>(integerAt(object, QLatin1String("failures")).value_or(0), 0, 1000));
    health.marker = static_cast<quint64>(std::max<qint64>(0, integerAt(object, QLatin1String("marker")).value_or(0)));
    health.reason = textAt(object, QLatin1String("reason"));
    health.since = timeAt(object, QLatin1String("since")).value_or(QDateTime());
    health.nextAt = timeAt(object, QLatin1String("nextAt"));
    if (health.nextAt && now.secsTo(*health.nextAt) > furthestAhead)
        health.nextAt.reset();
    health.lastCode = textAt(object, QLatin1String("lastCode"));
    health.lastMessage = textAt(object, QLatin1String("lastMessage"));
    health.numbers.documentAt = timeAt(object, QLatin1String("documentAt")).value_or(QDateTime());
    health.numbers.binding = textAt(object, QLatin1String("binding"));
    health.numbers.bindingAt = timeAt(object, QLatin1String("bindingAt")).value_or(QDateTime());
    const QJsonArray windows = object.value(QLatin1String("windows")).toArray();
    for (const QJsonValue &entry : windows) {
        const auto window = windowFrom(entry.toObject());
        // Something seen in the future was seen by a clock that was wrong: it would win over everything true.
        if (window && window->observedAt <= now && health.numbers.windows.size() < mostWindows)
            health.numbers.windows.append(*window);
    }
    const QJsonObject extra = objectAt(object, QLatin1String("extra"));
    if (!extra.isEmpty())
        health.numbers.extra = extraFrom(extra);
    if (health.numbers.documentAt.isValid() && health.numbers.documentAt > now)
        health.numbers.documentAt = QDateTime();
    if (health.numbers.bindingAt.isValid() && health.numbers.bindingAt > now)
        health.numbers.bindingAt = QDateTime();
    return health;
}

} // namespace Postroom
