// The health machine on a bench: a clock and a random number that a test moves, and short words for its events.
#pragma once

#include "core/accounts/tokenhealth.h"

#include <QString>

namespace Postroom
{

class HealthBench
{
public:
    using ms = std::chrono::milliseconds;

    HealthState state;
    HealthContext context;
    HealthStep last;

    HealthBench()
    {
        context.now = QDateTime(QDate(2026, 1, 15), QTime(12, 0), Qt::UTC);
        context.label = QStringLiteral("Ada at Acme");
        context.ownService = QStringLiteral("auth.acme.test");
    }

    const HealthStep &on(const HealthEvent &event)
    {
        last = step(state, event, context);
        state = last.state;
        return last;
    }
    bool wants(HealthEffect effect) const { return last.effects.contains(effect); }
    AccountState shown() const { return shownState(state); }
    const HealthMemory &memory() const { return state.memory; }
    QDateTime &now() { return context.now; }
    const QDateTime &now() const { return context.now; }
    void pass(ms span) { now() = now().addMSecs(span.count()); }
    // To the next time that the machine asks for, and the tick there.
    bool tick()
    {
        const auto due = nextWake(state, context);
        if (!due)
            return false;
        now() = std::max(now(), *due);
        on(On::Tick{});
        return true;
    }

    // A token set whose names tell how often it was renewed.
    TokenFacts token(int number, qint64 lifetime = 3600) const
    {
        TokenFacts facts;
        facts.accessFingerprint = QStringLiteral("a%1").arg(number);
        facts.refreshFingerprint = QStringLiteral("r%1").arg(number);
        facts.obtainedAt = context.now;
        facts.expiresAt = context.now.addSecs(lifetime);
        facts.scopes = {QStringLiteral("read"), QStringLiteral("write")};
        return facts;
    }
    // Signed in, saved, generation 1, an hour to live.
    void signIn()
    {
        on(On::SignedIn{token(1), {QStringLiteral("read"), QStringLiteral("write")}, false, {}});
        on(On::Saved{});
    }
    // The access token ends, and the refresh that is due has begun.
    void refreshing(RefreshCause cause = RefreshCause::Due)
    {
        if (cause == RefreshCause::Person)
            on(On::PersonRefresh{});
        else {
            now() = state.token->expiresAt.addSecs(1);
            on(On::Tick{});
        }
        Q_ASSERT(state.refreshing);
    }
    static On::Renewed renewed(const TokenFacts &facts, bool overAtOnce = false)
    {
        On::Renewed event;
        event.token = facts;
        event.overAtOnce = overAtOnce;
        return event;
    }
    static Error error(ErrorClass kind, const QString &code = {}, int status = 0)
    {
        Error told;
        told.origin = Origin::Token;
        told.kind = kind;
        told.code = code;
        told.status = status;
        told.message = QStringLiteral("It went wrong.");
        return told;
    }
    const HealthStep &fail(ErrorClass kind, const QString &code = {}, bool confirmed = true, int status = 0)
    {
        return on(On::Failed{
            error(kind, code, status), state.token ? state.token->refreshFingerprint : QString(), false, confirmed});
    }
    // As after a start of the program: what is remembered, through its JSON, and the vault once more.
    void restart(bool load = true)
    {
        const auto token = state.token;
        QJsonObject json;
        writeMemory(json, state.memory);
        HealthState next;
        next.memory = readMemory(json);
        next.storage = next.memory.sessionOnly ? StorageState::Session : StorageState::Saved;
        state = next;
        if (!load)
            return;
        on(On::LoadBegan{});
        if (!state.loading)
            return;
        if (token)
            on(On::Loaded{*token, state.memory.grantEpoch, state.memory.generation});
        else
            on(On::LoadFailed{VaultProblem::NotFound});
    }
};

} // namespace Postroom
