// Log categories, and the handler that writes them. Every line passes the redaction before it leaves the process.
#pragma once

#include <QLoggingCategory>
#include <QString>

namespace Postroom
{

Q_DECLARE_LOGGING_CATEGORY(logBase)
Q_DECLARE_LOGGING_CATEGORY(logHttp)
Q_DECLARE_LOGGING_CATEGORY(logVault)
Q_DECLARE_LOGGING_CATEGORY(logOAuth)
Q_DECLARE_LOGGING_CATEGORY(logAccounts)
Q_DECLARE_LOGGING_CATEGORY(logWorkspaces)
Q_DECLARE_LOGGING_CATEGORY(logWriteback)
Q_DECLARE_LOGGING_CATEGORY(logJournal)
Q_DECLARE_LOGGING_CATEGORY(logApp)

// Sends all messages to `folder`/postroom.log (0600, kept below 2 MiB with one older file) and, when asked, to stderr.
// Call once, before other threads start. An empty folder means stderr only.
void installLog(const QString &folder, bool toStderr);

} // namespace Postroom
