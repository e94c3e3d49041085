// The inside of the health machine. One object per event.
#pragma once

#include "core/accounts/tokenhealth.h"

namespace Postroom
{

class HealthMachine final
{
public:
    HealthMachine(HealthState state, const HealthContext &context);
    HealthStep take() { return std::move(m_step); }

    // What covers the settled state, and what comes from outside: tokenhealth.cpp.
    void operator()(const On::LoadBegan &);
    void operator()(const On::Loaded &event);
    void operator()(const On::LoadFailed &event);
    void operator()(const On::Tick &);
    void operator()(const On::Saved &);
    void operator()(const On::SaveFailed &event);
    void operator()(const On::KeyringChanged &event);
    void operator()(const On::NetworkChanged &event);
    void operator()(const On::Woke &);
    void operator()(const On::ClockJumped &);
    void operator()(const On::SettingsChanged &);
    void operator()(const On::SignInBegan &);
    void operator()(const On::SignInEnded &);
    void operator()(const On::SignedIn &event);
    void operator()(const On::SignedOut &event);
    void operator()(const On::Enabled &event);
    void operator()(const On::Removed &);

    // Who asks for a token, or refuses one: tokenhealth_demand.cpp.
    void operator()(const On::Demand &event);
    void operator()(const On::PersonRefresh &);
    void operator()(const On::Rejected &event);
    void operator()(const On::RejectedAgain &event);
    void operator()(const On::Worked &event);
    void operator()(const On::StepUpWanted &event);

    // How a refresh ended: tokenhealth_results.cpp.
    void operator()(const On::Renewed &event);
    void operator()(const On::Adopted &event);
    void operator()(const On::Failed &event);
    void operator()(const On::Postponed &event);
    void operator()(const On::OtherPerson &event);
    void operator()(const On::CandidateTaken &event);
    void operator()(const On::RefreshEnded &);
    void operator()(const On::ClientRepaired &event);
    void operator()(const On::ClientChanged &);
    void operator()(const On::Rediscovered &event);

private:
    bool isAlive() const { return m.enabled && m.signedIn && !s.removed; }
    bool usable() const { return isUsable(s, c); }
    void want(HealthEffect effect);
    void wantLoad();
    bool startRefresh(RefreshCause cause);
    void resume();
    void trigger(bool network);
    void settle(AccountState state, const QString &reason, const QDateTime &nextAt = {});
    void note(const char *event, const std::optional<Error> &error = {});
    void noteKeychain(VaultProblem problem);
    void clearFailures();
    void takeToken(const TokenFacts &token);
    void planRefresh();
    void forgetToken();

    void refuse(const Error &error);
    void refuseByState() { refuse(stateError(s, c)); }
    std::optional<Error> whyNoToken() const;
    Error refusedError(bool forScope) const;
    bool scopeRefreshCanHelp(const QString &key) const;
    void rejectedForScope(const On::Rejected &event);
    void rejectedStatic(const On::Rejected &event);
    void addMissing(const QStringList &scopes);
    bool addVain(const On::Rejected &event);

    void remember(const Error &error, bool counts = true);
    void trouble(const Error &error);
    void takeEnd(const QDateTime &end);
    void doubt(const On::Failed &event);
    QDateTime later(std::chrono::milliseconds span) const;

    HealthStep m_step;
    HealthState &s;
    HealthMemory &m;
    const HealthContext &c;
};

QDateTime earlier(const QDateTime &a, const QDateTime &b); // an invalid one counts for nothing

constexpr std::chrono::milliseconds doubtPause{60'000};
constexpr std::chrono::milliseconds rejectedGap{60'000};

} // namespace Postroom
