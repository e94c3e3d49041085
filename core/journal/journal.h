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
    QString text;    // one sentence
    QString code;
    QString requestId;
};

struct ActivityQuery {
    std::optional<QDateTime> since;
    qint64 before = 0; // entries with a smaller id only; 0: from the newest
    int limit = 200;
};

// Made by the composition root; opens its file at the first call. A damaged file is moved aside and said so.
class Journal final : public QObject
{
    Q_OBJECT
public:
    explicit Journal(QString path, QObject *parent = nullptr);
    ~Journal() override;

    void add(ActivityEntry entry); // at and id are filled in; never waits
    QCoro::Task<Result<QList<ActivityEntry>>> entries(ActivityQuery query); // newest first
    QCoro::Task<void> shutdown();  // everything added is on disk

Q_SIGNALS:
    void added(const Postroom::ActivityEntry &entry);

private:
    class Private;
    std::unique_ptr<Private> d;
};

QString toString(ActivityKind kind);       // sign-in sign-out account workspace push outbox keychain
QString toString(ActivityOutcome outcome); // done trouble needs-you

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::ActivityEntry)
