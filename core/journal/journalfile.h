// The history's SQLite file: opening, schema, damage, reading and writing. Synchronous.
#pragma once

#include "core/journal/journal.h"

#include <QSqlDatabase>

class QSqlError;

namespace Postroom
{

// Owned by the worker and used in its thread only. Opens the file when it is first needed.
class JournalFile
{
public:
    static constexpr int schemaVersion = 1;
    static constexpr int mostEntries = 50'000;
    static constexpr int longestPage = 10'000;

    explicit JournalFile(QString path);
    ~JournalFile();
    Q_DISABLE_COPY_MOVE(JournalFile)

    // Puts the entries in, all or none, and gives them back with their ids.
    Result<QList<ActivityEntry>> append(QList<ActivityEntry> entries);
    Result<QList<ActivityEntry>> select(const ActivityQuery &query);
    void close();

    // Entries that the file made about itself since the last call.
    QList<ActivityEntry> takeNotes();

    // The statement behind select(): :largest id, :length of the page, :earliest time in milliseconds.
    static QString selectStatement(bool since);

private:
    Result<void> open();
    Result<void> prepareSchema();
    Result<void> createSchema();
    Result<void> checkContent();
    Result<void> moveAside();
    Result<QList<ActivityEntry>> insert(QList<ActivityEntry> entries);
    Result<QList<ActivityEntry>> fetch(const ActivityQuery &query);

    QString m_path;
    QString m_connection; // QtSql knows connections by name, per thread
    QSqlDatabase m_database;
    QList<ActivityEntry> m_notes;
};

} // namespace Postroom
