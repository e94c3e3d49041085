// One line of an account's recent history: what happened to its sign-in, and what Postroom made of it.
#pragma once

#include "core/accounts/accountstatus.h"

namespace Postroom
{

// A plain value without anything secret. The last twenty are kept per account, the newest last.
struct AccountEvent {
    QDateTime at; // UTC
    QString event; // closed vocabulary, such as renewed, trouble, verdict, signed-in, rejected, adopted, keychain
    AccountState state = AccountState::SignedOut; // where it led
    QString reason;
    std::optional<Error> error;
    int attempt = 0;
    std::optional<QDateTime> nextAt;
    friend bool operator==(const AccountEvent &, const AccountEvent &) = default;
};

constexpr int mostAccountEvents = 20;

} // namespace Postroom
