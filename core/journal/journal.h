// The activity history: what happened, to what, and how it ended. SQLite on a worker thread.
#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"

#include <QCoroTask>
#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QObject>
#include <memory>
#include <optional>

namespace Postroom
{

// A closed list, so that filters and scripts can rely on it.
enum class ActivityKind { SignIn, SignOut, Account, Workspace, Push, Outbox, Keychain };
enum class ActivityOutcome { Done, Trouble, NeedsYou };

struct ActivityEntry {
    qint64 id = 0; // grows with time
    QDateTime at;
    ActivityKind kind = ActivityKind::Account;
    ActivityOutcome outcome = ActivityOutcome::Done;
    AccountId account;
    WorkspaceId workspace;
    QString subject; // what it was about: a path, a label
    QString text; // one sentence
    QString code;
    QString requestId;
};

struct ActivityQuery {
    std::optional<QDateTime> since;
    qint64 before = 0; // entries with a smaller id only; 0: from the newest
    int limit = 200;
};

// Made by the composition root, used in its thread; opens its file at the first call. A damaged file is moved aside as
// <path>.damaged-<time>, and an entry in the new one says so. A file of a newer Postroom is neither read nor written
// (code "newer-version"). The newest 50 000 entries are kept. Other codes: "journal-unavailable", "journal-closed".
class Journal final : public QObject
{
    Q_OBJECT
public:
    explicit Journal(QString path, QObject *parent = nullptr);
    ~Journal() override;

    // Never waits. The time is filled in when there is none; the id comes with added().
    void add(ActivityEntry entry);
    QCoro::Task<Result<QList<ActivityEntry>>> entries(ActivityQuery query); // newest first
    QCoro::Task<void> shutdown(); // everything added is on disk

Q_SIGNALS:
    // The entry is in the file.
    void added(const Postroom::ActivityEntry &entry);

private:
    class Private;
    std::unique_ptr<Private> d;
};

QString toString(ActivityKind kind); // sign-in sign-out account workspace push outbox keychain
QString toString(ActivityOutcome outcome); // done trouble needs-you
std::optional<ActivityKind> activityKindFromString(const QString &text);
std::optional<ActivityOutcome> activityOutcomeFromString(const QString &text);

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::ActivityEntry)
