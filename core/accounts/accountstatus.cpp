#include "core/accounts/accountstatus.h"

#include <array>
#include <utility>

namespace Postroom
{
namespace
{

constexpr std::array<std::pair<AccountState, const char *>, 17> stateNames{{
    {AccountState::SignedOut, "signed-out"},
    {AccountState::Authorizing, "authorizing"},
    {AccountState::Loading, "loading"},
    {AccountState::StorageLocked, "storage-locked"},
    {AccountState::Fresh, "fresh"},
    {AccountState::Refreshing, "refreshing"},
    {AccountState::Retrying, "retrying"},
    {AccountState::Waiting, "waiting"},
    {AccountState::Stalled, "stalled"},
    {AccountState::RateLimited, "rate-limited"},
    {AccountState::Offline, "offline"},
    {AccountState::NeedsSignIn, "needs-sign-in"},
    {AccountState::ClientRejected, "client-rejected"},
    {AccountState::Misconfigured, "misconfigured"},
    {AccountState::PolicyBlocked, "policy-blocked"},
    {AccountState::IdentityMismatch, "identity-mismatch"},
    {AccountState::Disabled, "disabled"},
}};

} // namespace

QString toString(AccountState state)
{
    for (const auto &[entry, name] : stateNames) {
        if (entry == state)
            return QString::fromLatin1(name);
    }
    return {};
}

AccountState accountStateFromString(const QString &text)
{
    for (const auto &[entry, name] : stateNames) {
        if (text == QLatin1String(name))
            return entry;
    }
    return AccountState::SignedOut;
}

QString toString(Badge badge)
{
    switch (badge) {
    case Badge::Good:
        return QStringLiteral("good");
    case Badge::Working:
        return QStringLiteral("working");
    case Badge::Reconnecting:
        return QStringLiteral("reconnecting");
    case Badge::NeedsYou:
        return QStringLiteral("needs-you");
    case Badge::NeedsAdmin:
        return QStringLiteral("needs-admin");
    case Badge::Off:
        break;
    }
    return QStringLiteral("off");
}

QString toString(StorageState storage)
{
    switch (storage) {
    case StorageState::Saved:
        return QStringLiteral("saved");
    case StorageState::Unsaved:
        return QStringLiteral("unsaved");
    case StorageState::Locked:
        return QStringLiteral("locked");
    case StorageState::Absent:
        return QStringLiteral("absent");
    case StorageState::Corrupt:
        return QStringLiteral("corrupt");
    case StorageState::Session:
        break;
    }
    return QStringLiteral("session");
}

} // namespace Postroom
