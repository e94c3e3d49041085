#include "core/base/settings.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QFile>
#include <QFutureWatcher>
#include <QPromise>
#include <QRegularExpression>
#include <algorithm>
#include <array>

namespace Postroom
{
namespace
{

constexpr qint64 largestFile = 256 * 1024;
constexpr qint64 minute = 60;
constexpr qint64 hour = 60 * minute;
constexpr qint64 day = 24 * hour;

using Unit = SettingSpec::Unit;

// In the order of the enum.
constexpr std::array<SettingSpec, 9> specs{{
    {Setting::RefreshInitialRetry, "refresh.initialRetry", Unit::Seconds, 10, 1, 10 * minute},
    {Setting::RefreshMaxRetry, "refresh.maxRetry", Unit::Seconds, 2 * minute, 1, hour},
    {Setting::RefreshTries, "refresh.tries", Unit::Times, 5, 1, 20},
    {Setting::RefreshLongRetry, "refresh.longRetry", Unit::Seconds, 10 * minute, minute, day},
    {Setting::RefreshLongRetryMax, "refresh.longRetryMax", Unit::Seconds, hour, minute, day},
    {Setting::RefreshStalledAfter, "refresh.stalledAfter", Unit::Seconds, day, hour, 30 * day},
    {Setting::RefreshRequestTimeout, "refresh.requestTimeout", Unit::Seconds, 30, 5, 5 * minute},
    {Setting::QuotaInterval, "quota.interval", Unit::Seconds, 5 * minute, minute, day},
    {Setting::ActivityKeep, "activity.keep", Unit::Seconds, 90 * day, day, 3650 * day},
}};

constexpr bool isInOrder()
{
    for (size_t i = 0; i < specs.size(); ++i) {
        if (specs[i].id != static_cast<Setting>(i))
            return false;
    }
    return true;
}
static_assert(isInOrder());

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

std::optional<qint64> parseValue(const SettingSpec &spec, const QString &text)
{
    std::optional<qint64> value;
    if (spec.unit == Unit::Seconds) {
        if (const auto span = parseDuration(text))
            value = span->count();
    } else {
        bool isNumber = false;
        const qint64 number = text.toLongLong(&isNumber);
        if (isNumber)
            value = number;
    }
    if (!value || *value < spec.least || *value > spec.most)
        return std::nullopt;
    return value;
}

std::optional<qint64> valueIn(const QJsonObject &values, const SettingSpec &spec)
{
    const QJsonValue entry = values.value(QLatin1String(spec.key));
    if (entry.isString())
        return parseValue(spec, entry.toString());
    const double number = entry.toDouble(-1);
    if (entry.isDouble() && number >= static_cast<double>(spec.least) && number <= static_cast<double>(spec.most))
        return static_cast<qint64>(number);
    return std::nullopt;
}

Failure refuse(const SettingSpec &spec, const QString &text)
{
    const QString sentence = spec.unit == Unit::Seconds
        ? tr("'%1' cannot be used for %2: it takes a time span from %3 to %4, such as %5.")
        : tr("'%1' cannot be used for %2: it takes a whole number from %3 to %4, such as %5.");
    return failInput(QStringLiteral("bad-setting"),
        sentence.arg(oneLine(text, 40), QLatin1String(spec.key), Settings::textOf(spec.id, spec.least),
            Settings::textOf(spec.id, spec.most), Settings::textOf(spec.id, spec.fallback)));
}

// Changes one member of the file and answers with everything in it.
Result<QJsonObject> rewrite(const QString &path, QJsonObject values, const QString &key, const QString &text)
{
    const auto content = readFile(path, largestFile);
    if (!content && content.error().code != QLatin1String("not-found"))
        return Failure(content.error()); // what could not be read must not be overwritten
    if (content) {
        // What is damaged by now is set aside, and replaced by what was good before.
        if (const auto onDisk = parseJsonObject(*content))
            values = *onDisk;
        else if (auto kept = writeFileAtomically(path + QStringLiteral(".damaged"), *content); !kept)
            return Failure(kept.error());
    }
    values.insert(key, text);
    if (auto written = writeFileAtomically(path, toIndented(values)); !written)
        return Failure(written.error());
    return values;
}

} // namespace

Settings::Settings(QString path, QObject *parent) : QObject(parent), m_path(std::move(path))
{
    m_writer.setMaxThreadCount(1); // writes stay in order
}

Settings::~Settings()
{
    m_writer.waitForDone();
}

std::span<const SettingSpec> Settings::all()
{
    return specs;
}

const SettingSpec &Settings::spec(Setting setting)
{
    return specs.at(static_cast<size_t>(setting));
}

std::optional<Setting> Settings::find(const QString &key)
{
    for (const SettingSpec &spec : specs) {
        if (key == QLatin1String(spec.key))
            return spec.id;
    }
    return std::nullopt;
}

Result<void> Settings::load()
{
    if (m_path.isEmpty())
        return {};
    const auto content = readFile(m_path, largestFile);
    if (!content) {
        if (content.error().code == QLatin1String("not-found"))
            return {};
        return Failure(content.error());
    }
    const auto values = parseJsonObject(*content);
    if (!values) {
        const QString aside = m_path + QStringLiteral(".damaged");
        QFile::remove(aside);
        QFile::rename(m_path, aside);
        Failure damaged = failInput(QStringLiteral("damaged"),
            tr("The settings could not be read. They are as at first now; the old file is %1.").arg(aside));
        damaged.value().detail = values.error().detail;
        return damaged;
    }
    for (const SettingSpec &spec : specs) {
        if (values->contains(QLatin1String(spec.key)) && !valueIn(*values, spec))
            qCWarning(logBase) << "the value of" << spec.key << "in the settings is out of its range";
    }
    adopt(*values);
    return {};
}

void Settings::adopt(const QJsonObject &values)
{
    const QJsonObject before = std::exchange(m_values, values);
    for (const SettingSpec &spec : specs) {
        if (valueIn(before, spec).value_or(spec.fallback) != value(spec.id))
            Q_EMIT changed(spec.id);
    }
}

qint64 Settings::value(Setting setting) const
{
    const SettingSpec &known = spec(setting);
    return valueIn(m_values, known).value_or(known.fallback);
}

QCoro::Task<Result<void>> Settings::set(Setting setting, QString text)
{
    const SettingSpec &known = spec(setting);
    const auto value = parseValue(known, text.trimmed());
    if (!value)
        co_return refuse(known, text);
    const QString key = QString::fromLatin1(known.key);
    const QString written = textOf(setting, *value);
    if (m_path.isEmpty()) {
        QJsonObject values = m_values;
        values.insert(key, written);
        adopt(values);
        co_return Result<void>();
    }
    auto promise = std::make_shared<QPromise<Result<QJsonObject>>>();
    promise->start();
    const QFuture<Result<QJsonObject>> done = promise->future();
    m_writer.start([promise, path = m_path, values = m_values, key, written] {
        promise->addResult(rewrite(path, values, key, written));
        promise->finish();
    });
    QFutureWatcher<Result<QJsonObject>> watcher;
    watcher.setFuture(done);
    if (!done.isFinished())
        co_await qCoro(&watcher, &QFutureWatcherBase::finished);
    const Result<QJsonObject> outcome = done.result();
    if (!outcome)
        co_return Failure(outcome.error());
    adopt(*outcome);
    co_return Result<void>();
}

QCoro::Task<Result<void>> Settings::set(QString key, QString text)
{
    const auto setting = find(key);
    if (!setting) {
        QStringList keys;
        for (const SettingSpec &known : specs)
            keys.append(QLatin1String(known.key));
        co_return failInput(QStringLiteral("no-setting"), tr("There is no setting '%1'.").arg(oneLine(key, 60)),
            tr("There are: %1.").arg(keys.join(QStringLiteral(", "))));
    }
    auto done = co_await set(*setting, std::move(text));
    co_return done;
}

QString Settings::textOf(Setting setting, qint64 value)
{
    if (spec(setting).unit == Unit::Times)
        return QString::number(value);
    for (const auto &[size, letter] : {std::pair(day, 'd'), std::pair(hour, 'h'), std::pair(minute, 'm')}) {
        if (value >= size && value % size == 0)
            return QString::number(value / size) + QLatin1Char(letter);
    }
    return QString::number(value) + QLatin1Char('s');
}

std::optional<std::chrono::seconds> parseDuration(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("^(\\d{1,9})([smhd]?)$"));
    const auto match = shape.match(text);
    if (!match.hasMatch())
        return std::nullopt;
    const qint64 number = match.captured(1).toLongLong();
    const QString unit = match.captured(2);
    const qint64 factor = unit == QLatin1String("m") ? minute
        : unit == QLatin1String("h")                 ? hour
        : unit == QLatin1String("d")                 ? day
                                                     : 1;
    return std::chrono::seconds(number * factor);
}

} // namespace Postroom
