// postroomctl account import.
#include "app/commands.h"

#include <QJsonArray>

#include "core/base/json.h"
#include "models/jsonvalues.h"
#include "models/sentences.h"

namespace Postroom
{

QCoro::Task<Result<CommandOutcome>> CommandRunner::accountImport(CommandCall call)
{
    const auto source = observedSourceFromString(call.positional.constFirst());
    if (!source)
        co_return failUsage(
            tr("'%1' is none of relayfile, agent-relay and claude-code.").arg(call.positional.constFirst()));
    ObservedAccounts *observed = m_engine->observedAccounts();
    const QList<AccountId> found = observed->accountsOf(*source);
    CommandOutcome outcome;
    QJsonArray array;
    QList<QStringList> rows;
    const auto list = [this, &array, &rows](const AccountStatus &status) {
        array.append(toJson(status, m_engine->now()));
        rows.append({status.label, sentenceFor(status, m_engine->now()).text, status.id.text()});
    };
    if (found.isEmpty()) {
        // All that there was may have been moved before.
        const QList<AccountStatus> moved = observed->movedFrom(*source);
        if (moved.isEmpty())
            co_return failInput(QStringLiteral("nothing-found"), tr("%1 keeps no sign-in here.").arg(toolName(*source)),
                tr("Looked at: %1.").arg(observed->places().of(*source).join(QStringLiteral(", "))));
        for (const AccountStatus &status : moved)
            list(status);
        outcome.json = array;
        outcome.text = alignedTable(rows);
        co_return outcome;
    }
    QString meaning;
    std::optional<Error> firstProblem;
    for (const AccountId &id : found) {
        const auto before = observed->account(id);
        const auto adopted = co_await m_engine->adoptAccount(id);
        if (call.stop.stop_requested() && !adopted)
            co_return failCancelled();
        const auto status = adopted ? m_engine->accountService()->account(*adopted) : std::nullopt;
        if (status) {
            list(*status);
            meaning = before ? sayCustody(*before) : meaning;
            continue;
        }
        const Error error = adopted ? failCancelled().value() : adopted.error();
        QJsonObject failed = errorJson(error);
        failed.insert(QStringLiteral("id"), id.text());
        put(failed, QLatin1String("label"), before ? before->label : QString());
        array.append(failed);
        if (!firstProblem)
            firstProblem = error;
        // With one alone the answer itself says it.
        if (found.size() > 1)
            call.output->err(QStringLiteral("%1: %2 %3")
                                 .arg(before ? before->label : id.text(), error.message, error.next)
                                 .trimmed()
                                 .toUtf8()
                + '\n');
    }
    if (rows.isEmpty() && firstProblem)
        co_return Failure(*firstProblem);
    outcome.json = array;
    outcome.text = alignedTable(rows) + meaning + QLatin1Char('\n');
    outcome.exitCode = firstProblem ? ExitPartly : ExitDone;
    co_return outcome;
}

} // namespace Postroom
