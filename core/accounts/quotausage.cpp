#include "core/accounts/quotausage.h"

#include "core/base/json.h"
#include "core/base/text.h"

#include <QCoreApplication>
#include <array>
#include <cmath>

namespace Postroom
{
namespace
{

constexpr QLatin1String claudeUsage("claude-usage");
constexpr qsizetype mostWindows = 32;
constexpr int longestId = 64;
constexpr int longestName = 60;
constexpr double mostPercent = 10'000;
constexpr qint64 sameReset = 5 * 60; // seconds: two observations speak of the same window

struct KnownWindow {
    const char *id;
    const char *model;
};
constexpr std::array<KnownWindow, 4> knownWindows{
    {{"five_hour", ""}, {"seven_day", ""}, {"seven_day_opus", "Opus"}, {"seven_day_sonnet", "Sonnet"}}};

const KnownWindow *knownWindow(const QString &id)
{
    for (const KnownWindow &window : knownWindows) {
        if (id == QLatin1String(window.id))
            return &window;
    }
    return nullptr;
}

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

Failure failReading(ErrorClass kind, const char *code, const QString &message)
{
    Error error;
    error.origin = Origin::Quota;
    error.kind = kind;
    error.code = QLatin1String(code);
    error.message = message;
    return Failure(error);
}

std::optional<double> numberOf(const QJsonValue &value)
{
    bool ok = value.isDouble();
    const double number = value.isString() ? value.toString().toDouble(&ok) : value.toDouble();
    if (!ok || !std::isfinite(number))
        return std::nullopt;
    return number;
}

std::optional<double> amountOf(const QJsonValue &value)
{
    const auto number = numberOf(value);
    return number && *number >= 0 ? number : std::nullopt;
}

// Epoch seconds or milliseconds of this century.
std::optional<QDateTime> epochTime(double number)
{
    if (number >= 1e9 && number < 5e9)
        return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(number * 1000), Qt::UTC);
    if (number >= 1e12 && number < 5e12)
        return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(number), Qt::UTC);
    return std::nullopt;
}

std::optional<QDateTime> resetOf(const QJsonValue &value)
{
    if (const auto number = numberOf(value))
        return epochTime(*number);
    return parseTime(value.toString());
}

// Decimal places of a currency (ISO 4217).
int minorDigits(const QString &currency)
{
    static const QStringList none{QStringLiteral("BIF"), QStringLiteral("CLP"), QStringLiteral("DJF"),
        QStringLiteral("GNF"), QStringLiteral("ISK"), QStringLiteral("JPY"), QStringLiteral("KMF"),
        QStringLiteral("KRW"), QStringLiteral("PYG"), QStringLiteral("RWF"), QStringLiteral("UGX"),
        QStringLiteral("UYI"), QStringLiteral("VND"), QStringLiteral("VUV"), QStringLiteral("XAF"),
        QStringLiteral("XOF"), QStringLiteral("XPF")};
    static const QStringList three{QStringLiteral("BHD"), QStringLiteral("IQD"), QStringLiteral("JOD"),
        QStringLiteral("KWD"), QStringLiteral("LYD"), QStringLiteral("OMR"), QStringLiteral("TND")};
    return none.contains(currency) ? 0 : three.contains(currency) ? 3 : 2;
}

QString currencyOf(const QJsonObject &object)
{
    const QString text = object.value(QLatin1String("currency")).toString().toUpper();
    const bool plain = text.size() == 3 && std::all_of(text.begin(), text.end(), [](QChar c) {
        return c >= QLatin1Char('A') && c <= QLatin1Char('Z');
    });
    return plain ? text : QString();
}

std::optional<double> unitsOf(const std::optional<double> &minor, int digits)
{
    if (!minor)
        return std::nullopt;
    return *minor / std::pow(10.0, digits);
}

// `{amount_minor, currency, exponent}`
std::optional<double> moneyOf(const QJsonObject &money)
{
    const auto exponent = integerAt(money, QLatin1String("exponent"));
    const bool sane = exponent && *exponent >= 0 && *exponent <= 8;
    return unitsOf(amountOf(money.value(QLatin1String("amount_minor"))),
        sane ? static_cast<int>(*exponent) : minorDigits(currencyOf(money)));
}

std::optional<QuotaExtra> extraOf(const QJsonObject &document)
{
    const QJsonObject usage = objectAt(document, QLatin1String("extra_usage"));
    const QJsonObject spend = objectAt(document, QLatin1String("spend"));
    if (usage.isEmpty() && spend.isEmpty())
        return std::nullopt;
    QuotaExtra extra;
    extra.currency = currencyOf(usage);
    const int digits = minorDigits(extra.currency);
    extra.used = unitsOf(amountOf(usage.value(QLatin1String("used_credits"))), digits);
    extra.limit = unitsOf(amountOf(usage.value(QLatin1String("monthly_limit"))), digits);
    extra.enabled = boolAt(usage, QLatin1String("is_enabled")).value_or(!spend.isEmpty());
    const QJsonObject spendLimit = objectAt(spend, QLatin1String("limit"));
    const QJsonObject spendUsed = objectAt(spend, QLatin1String("used"));
    if (!extra.limit)
        extra.limit = moneyOf(spendLimit);
    if (!extra.used)
        extra.used = moneyOf(spendUsed);
    if (extra.currency.isEmpty())
        extra.currency = currencyOf(spendLimit);
    extra.severity = oneLine(spend.value(QLatin1String("severity")).toString(), longestName);
    return extra;
}

QuotaWindow *findWindow(QList<QuotaWindow> &windows, const QString &id)
{
    const auto found
        = std::find_if(windows.begin(), windows.end(), [&id](const QuotaWindow &window) { return window.id == id; });
    return found == windows.end() ? nullptr : &*found;
}

bool speakOfTheSame(const QuotaWindow &a, const QuotaWindow &b)
{
    return a.id == b.id && a.resetsAt && b.resetsAt && std::abs(a.resetsAt->secsTo(*b.resetsAt)) <= sameReset;
}

// One object per window, `utilization` as it stands there.
QList<QuotaWindow> objectWindows(const QJsonObject &document, const QDateTime &observedAt)
{
    QList<QuotaWindow> windows;
    for (auto it = document.begin(); it != document.end() && windows.size() < mostWindows; ++it) {
        if (it.key() == QLatin1String("extra_usage") || it.key() == QLatin1String("spend"))
            continue;
        const QJsonObject object = it.value().toObject();
        const auto used = amountOf(object.value(QLatin1String("utilization")));
        if (!used || *used > mostPercent)
            continue;
        QuotaWindow window;
        window.id = oneLine(it.key(), longestId);
        const KnownWindow *known = knownWindow(window.id);
        window.known = known != nullptr;
        window.model = known ? QLatin1String(known->model) : QString();
        window.usedPercent = *used;
        window.resetsAt = resetOf(object.value(QLatin1String("resets_at")));
        window.observedAt = observedAt;
        windows.append(window);
    }
    return windows;
}

// The newer list, whose numbers are always per cent.
QList<QuotaWindow> listWindows(const QJsonObject &document, const QDateTime &observedAt)
{
    QList<QuotaWindow> windows;
    const QJsonArray limits = document.value(QLatin1String("limits")).toArray();
    for (const QJsonValue &entry : limits) {
        const QJsonObject object = entry.toObject();
        const QString kind = oneLine(object.value(QLatin1String("kind")).toString(), longestId);
        const auto used = amountOf(object.value(QLatin1String("percent")));
        if (kind.isEmpty() || !used || *used > mostPercent || windows.size() >= mostWindows)
            continue;
        const QJsonObject model = objectAt(objectAt(object, QLatin1String("scope")), QLatin1String("model"));
        const QString modelId = oneLine(model.value(QLatin1String("id")).toString(), longestId);
        QuotaWindow window;
        window.model = oneLine(firstString(model, {QLatin1String("display_name"), QLatin1String("id")}), longestName);
        if (kind == QLatin1String("session") && window.model.isEmpty()) {
            window.id = QStringLiteral("five_hour");
        } else if (kind == QLatin1String("weekly_all") && window.model.isEmpty()) {
            window.id = QStringLiteral("seven_day");
        } else if (kind == QLatin1String("weekly_scoped") && !window.model.isEmpty()) {
            // The same window as the older shape's, where that has one of its own.
            const QString older = QStringLiteral("seven_day_") + window.model.toLower();
            window.id
                = knownWindow(older) ? older : kind + QLatin1Char(':') + (modelId.isEmpty() ? window.model : modelId);
        } else {
            window.id = modelId.isEmpty() ? kind : kind + QLatin1Char(':') + modelId;
            window.known = false;
        }
        window.usedPercent = *used;
        window.resetsAt = resetOf(object.value(QLatin1String("resets_at")));
        window.active = boolAt(object, QLatin1String("is_active")).value_or(true);
        window.observedAt = observedAt;
        if (!findWindow(windows, window.id))
            windows.append(window);
    }
    return windows;
}

// Some answers carry fractions where the format says per cent. One number above 1 tells that this one does not; else
// other observations of the same windows decide, and where there are none the numbers stay doubtful.
void settleUnits(QList<QuotaWindow> &windows, const QList<QuotaWindow> &witnesses)
{
    bool doubtful = false;
    double asPercent = 0; // how far the numbers are from what the witnesses saw
    double asFraction = 0;
    bool heard = false;
    for (const QuotaWindow &window : std::as_const(windows)) {
        if (window.usedPercent > 1)
            return;
        if (window.usedPercent <= 0)
            continue;
        doubtful = doubtful || window.usedPercent < 1;
        for (const QuotaWindow &witness : witnesses) {
            if (!witness.certain || !speakOfTheSame(window, witness))
                continue;
            heard = true;
            asPercent += std::abs(window.usedPercent - witness.usedPercent);
            asFraction += std::abs(window.usedPercent * 100 - witness.usedPercent);
        }
    }
    for (QuotaWindow &window : windows) {
        if (heard && asFraction < asPercent)
            window.usedPercent *= 100;
        else if (!heard && doubtful && window.usedPercent > 0)
            window.certain = false;
    }
}

Result<QuotaReading> readClaudeDocument(const QByteArray &body, const QDateTime &observedAt, const QuotaNumbers &known)
{
    const auto document = parseJsonObject(body);
    if (!document)
        return failReading(
            ErrorClass::Infra, "quota-unreadable", tr("The answer about the usage is not what it should be."));
    QuotaReading reading;
    reading.observedAt = observedAt;
    reading.windows = objectWindows(*document, observedAt);
    const QList<QuotaWindow> listed = listWindows(*document, observedAt);
    settleUnits(reading.windows, listed + known.windows);
    for (const QuotaWindow &window : listed) {
        QuotaWindow *same = findWindow(reading.windows, window.id);
        if (!same) {
            if (reading.windows.size() < mostWindows)
                reading.windows.append(window);
            continue;
        }
        same->active = window.active;
        if (!same->certain)
            *same = window;
        else if (!same->resetsAt)
            same->resetsAt = window.resetsAt;
    }
    reading.extra = extraOf(*document);
    // All null is an answer: nothing has begun. An object of quite another kind is none.
    const bool familiar = document->contains(QLatin1String("limits")) || document->contains(QLatin1String("five_hour"))
        || document->contains(QLatin1String("seven_day"));
    if (reading.windows.isEmpty() && !reading.extra && !familiar)
        return failReading(
            ErrorClass::Infra, "quota-unreadable", tr("The answer about the usage holds nothing that is known here."));
    return reading;
}

std::optional<QuotaReading> readClaudeHeaders(const HttpResponse &answer, const QDateTime &observedAt)
{
    constexpr std::array<std::pair<const char *, const char *>, 2> spans{{{"5h", "five_hour"}, {"7d", "seven_day"}}};
    const QByteArray prefix = QByteArrayLiteral("anthropic-ratelimit-unified-");
    QuotaReading reading;
    reading.observedAt = observedAt;
    reading.isDocument = false;
    for (const auto &[span, id] : spans) {
        bool isNumber = false;
        const double fraction = answer.header(prefix + span + "-utilization").trimmed().toDouble(&isNumber);
        if (!isNumber || !std::isfinite(fraction) || fraction < 0 || fraction * 100 > mostPercent)
            continue;
        QuotaWindow window;
        window.id = QLatin1String(id);
        // A fraction of a thousandth is as much as a person can read; it also takes off what binary numbers add.
        window.usedPercent = std::round(fraction * 1e5) / 1e3;
        window.observedAt = observedAt;
        bool isTime = false;
        const double reset = answer.header(prefix + span + "-reset").trimmed().toDouble(&isTime);
        if (isTime && std::isfinite(reset))
            window.resetsAt = epochTime(reset);
        reading.windows.append(window);
    }
    if (reading.windows.isEmpty())
        return std::nullopt;
    reading.binding = oneLine(QString::fromLatin1(answer.header(prefix + "representative-claim")), longestId);
    return reading;
}

} // namespace

Result<void> checkQuotaFormat(const QString &format)
{
    if (format == claudeUsage)
        return {};
    return failReading(ErrorClass::Config, "quota-format",
        tr("The usage format '%1' of this kind of account is not known.").arg(oneLine(format, longestName)));
}

Result<QuotaReading> readQuotaDocument(
    const QString &format, const QByteArray &body, const QDateTime &observedAt, const QuotaNumbers &known)
{
    if (const auto readable = checkQuotaFormat(format); !readable)
        return Failure(readable.error());
    return readClaudeDocument(body, observedAt, known);
}

std::optional<QuotaReading> readQuotaHeaders(
    const QString &format, const HttpResponse &answer, const QDateTime &observedAt)
{
    return format == claudeUsage ? readClaudeHeaders(answer, observedAt) : std::nullopt;
}

QuotaNumbers mergedQuota(QuotaNumbers known, const QuotaReading &reading)
{
    const bool newest = reading.isDocument && (!known.documentAt.isValid() || reading.observedAt >= known.documentAt);
    if (newest) {
        // What an older document had and this one has not is gone; what was seen since then stays.
        known.windows.removeIf(
            [&reading](const QuotaWindow &window) { return window.observedAt <= reading.observedAt; });
        known.extra = reading.extra;
        known.documentAt = reading.observedAt;
    }
    const bool late = known.documentAt.isValid() && reading.observedAt < known.documentAt;
    for (QuotaWindow window : reading.windows) {
        QuotaWindow *old = findWindow(known.windows, window.id);
        if (!old) {
            if (!late && known.windows.size() < mostWindows)
                known.windows.append(window);
            continue;
        }
        if (window.observedAt < old->observedAt)
            continue;
        if (!reading.isDocument) {
            window.active = old->active;
            if (!window.resetsAt && old->resetsAt && *old->resetsAt > window.observedAt)
                window.resetsAt = old->resetsAt;
        }
        *old = window;
    }
    if (!reading.binding.isEmpty() && (!known.bindingAt.isValid() || reading.observedAt >= known.bindingAt)) {
        known.binding = reading.binding;
        known.bindingAt = reading.observedAt;
    }
    // The order of the first sight differs with the order of the answers; people and comparisons want one.
    std::sort(known.windows.begin(), known.windows.end(), [](const QuotaWindow &a, const QuotaWindow &b) {
        return std::pair(!a.known, a.id) < std::pair(!b.known, b.id);
    });
    return known;
}

} // namespace Postroom
