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
    if (found.isEmpty()) {
        // All that there was may have been moved before.
        CommandOutcome before;
        QJsonArray moved;
        QList<QStringList> lines;
        const auto accounts = m_engine->accounts();
        for (const AccountStatus &account : accounts) {
            const auto record = m_engine->accountService()->record(account.id);
            const auto origin = record && record->signedIn ? originIn(record->unknown) : std::nullopt;
            if (!origin || origin->source != toString(*source))
                continue;
            moved.append(toJson(account, m_engine->now()));
            lines.append({account.label, sentenceFor(account, m_engine->now()).text, account.id.text()});
        }
        before.json = moved;
        before.text = alignedTable(lines);
        if (!moved.isEmpty())
            co_return before;
    }
    if (found.isEmpty())
        co_return failInput(QStringLiteral("nothing-found"), tr("%1 keeps no sign-in here.").arg(toolName(*source)),
            tr("Looked at: %1.").arg(observed->places().of(*source).join(QStringLiteral(", "))));
    CommandOutcome outcome;
    QJsonArray array;
    QList<QStringList> rows;
    QString meaning;
    std::optional<Error> firstProblem;
    for (const AccountId &id : found) {
        const auto before = observed->account(id);
        const auto adopted = co_await m_engine->adoptAccount(id);
        if (call.stop.stop_requested() && !adopted)
            co_return failCancelled();
        const auto status = adopted ? m_engine->accountService()->account(*adopted) : std::nullopt;
        if (status) {
            array.append(toJson(*status, m_engine->now()));
            rows.append({status->label, sentenceFor(*status, m_engine->now()).text, status->id.text()});
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
