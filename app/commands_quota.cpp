// postroomctl quota, and token --any: how much is left, and whose turn it is.
#include "app/commands.h"

#include <QJsonArray>

#include "core/base/json.h"
#include "core/base/text.h"
#include "models/choicesentences.h"
#include "models/jsonvalues.h"
#include "models/quotasentences.h"

namespace Postroom
{
namespace
{

int exitCodeOf(const QuotaStatus &quota)
{
    switch (quota.state) {
    case QuotaState::Fresh:
    case QuotaState::Blocked:
        return ExitDone;
    case QuotaState::Refused:
        return quota.windows.isEmpty() ? ExitFailed : ExitDone;
    case QuotaState::Unknown:
    case QuotaState::Stale:
    case QuotaState::RateLimited:
        break;
    }
    return ExitNotNow;
}

QJsonObject otherJson(const OtherAccount &other, const QDateTime &now)
{
    QJsonObject object{{QStringLiteral("account"), other.id.text()}, {QStringLiteral("label"), other.label},
        {QStringLiteral("code"), toString(other.why)}, {QStringLiteral("why"), sayWhyNot(other, now)}};
    put(object, QLatin1String("until"), other.until);
    return object;
}

} // namespace

QCoro::Task<Result<CommandOutcome>> CommandRunner::quota(CommandCall call)
{
    co_await settled(call.stop);
    auto account = findAccount(call.positional.constFirst());
    if (!account)
        co_return Failure(account.error());
    if (const auto kept = m_engine->observedAccounts()->refusal(account->id))
        co_return Failure(*kept);
    const auto asked = co_await m_engine->quota()->refreshNow(account->id);
    if (!asked)
        co_return Failure(asked.error());
    account->quota = *asked;
    CommandOutcome outcome;
    outcome.json = toJson(*asked);
    outcome.text = quotaLines(*account->quota, account->providerName, m_engine->now()).join(QLatin1Char('\n'))
        + QLatin1Char('\n');
    outcome.exitCode = exitCodeOf(*asked);
    co_return outcome;
}

QCoro::Task<Result<CommandOutcome>> CommandRunner::tokenOfAny(CommandCall call, std::chrono::seconds validity)
{
    const QString provider = call.value(QStringLiteral("any"));
    if (!call.positional.isEmpty())
        co_return failUsage(tr("Name an account or use --any, not both."));
    if (call.has(QStringLiteral("workspace")))
        co_return failUsage(tr("A workspace has one account; --any is for accounts of a kind."));
    if (!m_engine->profiles()->find(provider))
        co_return failInput(QStringLiteral("no-provider"), tr("There is no provider '%1'.").arg(oneLine(provider)));
    co_await settled(call.stop);

    ChoiceRules rules;
    rules.scopes = call.values.value(QStringLiteral("scope"));
    QHash<AccountId, Error> refused;
    for (;;) {
        // Read anew in each round: a token that did not come has changed what there is to know.
        const auto accounts = m_engine->accounts();
        QList<ChoiceCandidate> candidates = candidatesOf(accounts, provider);
        for (ChoiceCandidate &candidate : candidates) {
            if (refused.contains(candidate.account.id))
                candidate.refused = refused.value(candidate.account.id);
        }
        if (candidates.isEmpty()) {
            for (const AccountStatus &account : accounts) {
                const auto kept = m_engine->observedAccounts()->refusal(account.id);
                if (account.providerId == provider && kept)
                    co_return Failure(*kept);
            }
        }
        const auto choice = chooseAccount(candidates, rules, m_engine->now());
        if (!choice)
            co_return Failure(choice.error());
        const auto access = co_await m_engine->accountService()->token(choice->id, validity);
        if (call.stop.stop_requested())
            co_return failCancelled();
        if (!access) {
            refused.insert(choice->id, access.error());
            continue;
        }
        const QDateTime now = m_engine->now();
        QJsonArray others;
        for (const OtherAccount &other : choice->others)
            others.append(otherJson(other, now));
        const QString token = QString::fromUtf8(access->value.reveal());
        QJsonObject object{{QStringLiteral("account"), choice->id.text()}, {QStringLiteral("label"), choice->label},
            {QStringLiteral("token"), token}, {QStringLiteral("why"), sayChoice(*choice, now)},
            {QStringLiteral("others"), others}, {QStringLiteral("scopes"), QJsonArray::fromStringList(access->scopes)}};
        put(object, QLatin1String("usableUntil"), access->expiresAt);
        CommandOutcome outcome;
        outcome.json = object;
        outcome.text = token + QLatin1Char('\n');
        co_return outcome;
    }
}

} // namespace Postroom
