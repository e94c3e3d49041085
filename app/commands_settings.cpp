// postroomctl: the settings.
#include "app/commands.h"

#include <QJsonArray>

#include "core/base/text.h"

namespace Postroom
{
namespace
{

QJsonObject toJson(const Settings &settings, const SettingSpec &spec)
{
    return {{QStringLiteral("key"), QLatin1String(spec.key)}, {QStringLiteral("value"), settings.value(spec.id)},
        {QStringLiteral("default"), spec.fallback}, {QStringLiteral("min"), spec.least},
        {QStringLiteral("max"), spec.most},
        {QStringLiteral("unit"),
            spec.unit == SettingSpec::Unit::Seconds ? QStringLiteral("s") : QStringLiteral("times")}};
}

CommandOutcome outcomeFor(const Settings &settings, Setting setting)
{
    CommandOutcome outcome;
    outcome.json = toJson(settings, Settings::spec(setting));
    outcome.text = Settings::textOf(setting, settings.value(setting)) + QLatin1Char('\n');
    return outcome;
}

} // namespace

QCoro::Task<Result<CommandOutcome>> CommandRunner::settingsGet(CommandCall call)
{
    const auto setting = Settings::find(call.positional.constFirst());
    if (!setting)
        co_return failInput(QStringLiteral("no-setting"),
            tr("There is no setting '%1'.").arg(oneLine(call.positional.constFirst())),
            tr("'postroomctl settings list' shows them."));
    co_return outcomeFor(*m_engine->settings(), *setting);
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::settingsSet(CommandCall call)
{
    const auto setting = Settings::find(call.positional.constFirst());
    if (!setting) {
        auto unknown = co_await settingsGet(std::move(call));
        co_return unknown;
    }
    const auto done = co_await m_engine->settings()->set(*setting, call.positional.at(1));
    if (!done)
        co_return Failure(done.error());
    co_return outcomeFor(*m_engine->settings(), *setting);
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::settingsList(CommandCall call)
{
    Q_UNUSED(call)
    const Settings &settings = *m_engine->settings();
    CommandOutcome outcome;
    QJsonArray array;
    QList<QStringList> rows;
    for (const SettingSpec &spec : Settings::all()) {
        array.append(toJson(settings, spec));
        const qint64 value = settings.value(spec.id);
        QStringList row{QLatin1String(spec.key), Settings::textOf(spec.id, value),
            tr("from %1 to %2").arg(Settings::textOf(spec.id, spec.least), Settings::textOf(spec.id, spec.most))};
        if (settings.isChanged(spec.id))
            row.append(tr("at first %1").arg(Settings::textOf(spec.id, spec.fallback)));
        rows.append(row);
    }
    outcome.json = array;
    outcome.text = alignedTable(rows);
    co_return outcome;
}

} // namespace Postroom
