#include "core/journal/journalfile.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>
#include <QVariant>
#include <algorithm>
#include <fcntl.h>
#include <limits>
#include <unistd.h>

#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/base/text.h"

namespace Postroom
{
namespace
{

const QString damaged = QStringLiteral("journal-damaged");

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

// SQLITE_CORRUPT and SQLITE_NOTADB, https://www.sqlite.org/rescode.html
bool isDamage(const QSqlError &error)
{
    const int code = error.nativeErrorCode().toInt() & 0xff;
    return code == 11 || code == 26;
}

Failure failWith(const QString &code, const QString &message, const QString &detail)
{
    Failure failure = failInput(code, message);
    failure.value().detail = oneLine(detail);
    return failure;
}

Failure failSql(const QSqlError &error)
{
    if (isDamage(error))
        return failWith(damaged, tr("The activity history is damaged."), error.text());
    return failWith(
        QStringLiteral("journal-unavailable"), tr("The activity history cannot be used right now."), error.text());
}

Result<void> run(const QSqlDatabase &database, const QString &statement)
{
    QSqlQuery query(database);
    if (!query.exec(statement))
        return failSql(query.lastError());
    return {};
}

Result<qint64> number(const QSqlDatabase &database, const QString &statement)
{
    QSqlQuery query(database);
    if (!query.exec(statement) || !query.next())
        return failSql(query.lastError());
    return query.value(0).toLongLong();
}

} // namespace

JournalFile::JournalFile(QString path)
    : m_path(std::move(path)), m_connection(QStringLiteral("journal-") + QUuid::createUuid().toString(QUuid::Id128))
{
}

JournalFile::~JournalFile()
{
    close();
}

void JournalFile::close()
{
    if (!m_database.isValid())
        return;
    m_database.close();
    m_database = QSqlDatabase();
    QSqlDatabase::removeDatabase(m_connection);
}

QList<ActivityEntry> JournalFile::takeNotes()
{
    return std::exchange(m_notes, {});
}

QString JournalFile::selectStatement(bool since)
{
    const QString columns = QStringLiteral("SELECT id, at, kind, outcome, account, workspace, subject, text, code, "
                                           "request FROM entry WHERE id <= :largest ");
    // A set-back clock can put an early time behind a late one, so the bound on the id only narrows what is looked at.
    const QString bound = since
        ? QStringLiteral("AND id >= (SELECT min(id) FROM entry WHERE at >= :earliest) AND at >= :earliest ")
        : QString();
    return columns + bound + QStringLiteral("ORDER BY id DESC LIMIT :length");
}

Result<void> JournalFile::open()
{
    if (m_database.isOpen())
        return {};
    if (auto made = ensurePrivateDirectory(QFileInfo(m_path).absolutePath()); !made)
        return failWith(QStringLiteral("journal-unavailable"), made.error().message, made.error().detail);
    // SQLite would make it with the bits of the umask; its side files take the bits of this one.
    const int descriptor
        = ::open(QFile::encodeName(m_path).constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
    if (descriptor >= 0)
        ::close(descriptor);
    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    m_database.setDatabaseName(m_path);
    m_database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
    Result<void> ready = m_database.open() ? prepareSchema() : Result<void>(failSql(m_database.lastError()));
    if (!ready)
        close();
    return ready;
}

Result<void> JournalFile::prepareSchema()
{
    const auto version = number(m_database, QStringLiteral("PRAGMA user_version"));
    if (!version)
        return tl::unexpected(version.error());
    if (*version > schemaVersion) {
        return failWith(QStringLiteral("newer-version"),
            tr("The activity history was written by a newer version of Postroom and is left alone."),
            QStringLiteral("schema %1").arg(*version));
    }
    // The file remembers the mode. When it is busy, another process is in the middle of the same.
    const auto wal = run(m_database, QStringLiteral("PRAGMA journal_mode=WAL"));
    if (!wal && wal.error().code == damaged)
        return wal;
    if (const auto normal = run(m_database, QStringLiteral("PRAGMA synchronous=NORMAL")); !normal)
        return normal;
    if (*version == 0)
        return createSchema();
    return checkContent();
}

Result<void> JournalFile::createSchema()
{
    // Looked at again under the lock: another process may have been faster.
    if (const auto begun = run(m_database, QStringLiteral("BEGIN IMMEDIATE")); !begun)
        return begun;
    const auto version = number(m_database, QStringLiteral("PRAGMA user_version"));
    const auto tables = number(m_database, QStringLiteral("SELECT count(*) FROM sqlite_master"));
    if (version && tables && *version == 0 && *tables == 0) {
        const QStringList statements{
            QStringLiteral(
                "CREATE TABLE entry (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL,"
                " outcome TEXT NOT NULL, account TEXT NOT NULL, workspace TEXT NOT NULL, subject TEXT NOT NULL,"
                " text TEXT NOT NULL, code TEXT NOT NULL, request TEXT NOT NULL)"),
            QStringLiteral("CREATE INDEX entry_at ON entry (at)"),
            QStringLiteral("PRAGMA user_version=%1").arg(schemaVersion),
            QStringLiteral("COMMIT"),
        };
        for (const QString &statement : statements) {
            if (const auto done = run(m_database, statement); !done)
                return done; // closing the file takes the rest back
        }
        return {};
    }
    run(m_database, QStringLiteral("ROLLBACK"));
    if (!version)
        return tl::unexpected(version.error());
    if (!tables)
        return tl::unexpected(tables.error());
    if (*version == schemaVersion)
        return {};
    return failWith(damaged, tr("The activity history is damaged."), QStringLiteral("a database of another program"));
}

Result<void> JournalFile::checkContent()
{
    {
        // Ended before anything is written: SQLite does not wait for a lock in the middle of a read.
        QSqlQuery check(m_database);
        if (!check.exec(QStringLiteral("PRAGMA quick_check(1)")) || !check.next())
            return failSql(check.lastError());
        if (check.value(0).toString() != QLatin1String("ok"))
            return failWith(damaged, tr("The activity history is damaged."), check.value(0).toString());
        QSqlQuery columns(m_database);
        if (!columns.prepare(selectStatement(true)))
            return failWith(damaged, tr("The activity history is damaged."), columns.lastError().text());
    }
    return run(
        m_database, QStringLiteral("DELETE FROM entry WHERE id <= (SELECT max(id) FROM entry) - %1").arg(mostEntries));
}

Result<void> JournalFile::moveAside()
{
    close();
    const Failure unavailable = failWith(QStringLiteral("journal-unavailable"),
        tr("The activity history cannot be used right now."), QStringLiteral("the damaged file cannot be moved aside"));
    // Two processes may find the damage: the second must not move the new file of the first.
    const auto lock = FileLock::tryAcquire(m_path + QStringLiteral(".lock"));
    if (!lock || !lock->isHeld())
        return unavailable;
    if (const auto again = open(); again || again.error().code != damaged)
        return again;
    const QString stamp = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd-HHmmsszzz"));
    const QString kept = m_path + QStringLiteral(".damaged-") + stamp;
    for (const QString &side : {QString(), QStringLiteral("-wal"), QStringLiteral("-shm")}) {
        if (QFile::exists(m_path + side) && !QFile::rename(m_path + side, kept + side))
            return unavailable;
    }
    qCWarning(logJournal) << "the activity history was damaged; it is kept as" << kept;
    if (const auto opened = open(); !opened)
        return opened;
    ActivityEntry note;
    note.at = QDateTime::currentDateTimeUtc();
    note.kind = ActivityKind::Account;
    note.outcome = ActivityOutcome::Trouble;
    note.subject = QFileInfo(kept).fileName();
    note.text = tr("The activity history was damaged. The old one is kept beside it, and a new one begins here.");
    note.code = damaged;
    const auto stored = insert({note});
    if (!stored)
        return tl::unexpected(stored.error());
    m_notes.append(*stored);
    return {};
}

Result<QList<ActivityEntry>> JournalFile::append(QList<ActivityEntry> entries)
{
    auto opened = open();
    if (!opened && opened.error().code == damaged)
        opened = moveAside();
    if (!opened)
        return tl::unexpected(opened.error());
    auto stored = insert(entries);
    if (stored || stored.error().code != damaged)
        return stored;
    if (const auto moved = moveAside(); !moved)
        return tl::unexpected(moved.error());
    return insert(entries);
}

Result<QList<ActivityEntry>> JournalFile::select(const ActivityQuery &query)
{
    auto opened = open();
    if (!opened && opened.error().code == damaged)
        opened = moveAside();
    if (!opened)
        return tl::unexpected(opened.error());
    auto found = fetch(query);
    if (found || found.error().code != damaged)
        return found;
    if (const auto moved = moveAside(); !moved)
        return tl::unexpected(moved.error());
    return fetch(query);
}

Result<QList<ActivityEntry>> JournalFile::insert(QList<ActivityEntry> entries)
{
    if (const auto begun = run(m_database, QStringLiteral("BEGIN IMMEDIATE")); !begun)
        return tl::unexpected(begun.error());
    const auto giveUp = [this](const QSqlError &error) {
        const Failure failure = failSql(error);
        run(m_database, QStringLiteral("ROLLBACK"));
        return failure;
    };
    {
        QSqlQuery query(m_database);
        if (!query.prepare(
                QStringLiteral("INSERT INTO entry (at, kind, outcome, account, workspace, subject, text, code, request)"
                               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"))) {
            return giveUp(query.lastError());
        }
        // A null text would be SQL's NULL.
        const auto text = [](const QString &value) { return value.isNull() ? QStringLiteral("") : value; };
        for (ActivityEntry &entry : entries) {
            int at = 0;
            query.bindValue(at++, entry.at.toMSecsSinceEpoch());
            query.bindValue(at++, toString(entry.kind));
            query.bindValue(at++, toString(entry.outcome));
            for (const QString &value :
                {entry.account.text(), entry.workspace.text(), entry.subject, entry.text, entry.code, entry.requestId})
                query.bindValue(at++, text(value));
            if (!query.exec())
                return giveUp(query.lastError());
            entry.id = query.lastInsertId().toLongLong();
        }
    }
    QSqlQuery commit(m_database);
    if (!commit.exec(QStringLiteral("COMMIT")))
        return giveUp(commit.lastError());
    return entries;
}

Result<QList<ActivityEntry>> JournalFile::fetch(const ActivityQuery &query)
{
    QSqlQuery statement(m_database);
    statement.setForwardOnly(true);
    const bool since = query.since && query.since->isValid();
    if (!statement.prepare(selectStatement(since)))
        return failSql(statement.lastError());
    const qint64 largest = query.before > 0 ? query.before - 1 : std::numeric_limits<qint64>::max();
    statement.bindValue(QStringLiteral(":largest"), largest);
    statement.bindValue(QStringLiteral(":length"), std::clamp(query.limit, 0, longestPage));
    if (since)
        statement.bindValue(QStringLiteral(":earliest"), query.since->toMSecsSinceEpoch());
    if (!statement.exec())
        return failSql(statement.lastError());
    QList<ActivityEntry> entries;
    while (statement.next()) {
        const auto kind = activityKindFromString(statement.value(2).toString());
        const auto outcome = activityOutcomeFromString(statement.value(3).toString());
        if (!kind || !outcome)
            continue;
        ActivityEntry entry;
        entry.id = statement.value(0).toLongLong();
        entry.at = QDateTime::fromMSecsSinceEpoch(statement.value(1).toLongLong(), Qt::UTC);
        entry.kind = *kind;
        entry.outcome = *outcome;
        entry.account = AccountId(statement.value(4).toString());
        entry.workspace = WorkspaceId(statement.value(5).toString());
        entry.subject = statement.value(6).toString();
        entry.text = statement.value(7).toString();
        entry.code = statement.value(8).toString();
        entry.requestId = statement.value(9).toString();
        entries.append(entry);
    }
    if (statement.lastError().isValid())
        return failSql(statement.lastError());
    return entries;
}

} // namespace Postroom
