// Everything that helps to find out what is wrong with an account, as plain text to hand to somebody else.
#pragma once

#include "core/accounts/accountevent.h"

#include <QString>

namespace Postroom
{

// What the text says about the program itself.
struct DiagnosticsHost {
    QString version; // of Postroom
    QString qt;
    QString system; // operating system and its version
};
DiagnosticsHost thisHost();

// Pure. `key: value` lines, the words that scripts know, times in UTC (ISO 8601). Whatever came from elsewhere is
// shortened, is one line and went through redacted(); the person's name is left out, tokens are never part of a status.
QString diagnosticsOf(const AccountStatus &account, const QList<AccountEvent> &history, const DiagnosticsHost &host,
    const QDateTime &now);

} // namespace Postroom
