#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/journal/journal.h"
#include "core/journal/journalfile.h"
#include "tests/support/compare.h"

using namespace Postroom;
using namespace std::chrono_literals;

namespace
{

ActivityEntry entryOf(const QString &subject, const QDateTime &at = {})
{
    ActivityEntry entry;
    entry.at = at;
    entry.kind = ActivityKind::Workspace;
    entry.outcome = ActivityOutcome::Trouble;
    entry.subject = subject;
    entry.text = QStringLiteral("Something happened.");
    return entry;
}

QList<ActivityEntry> page(Journal &journal, const ActivityQuery &query = {})
{
    const auto found = QCoro::waitFor(journal.entries(query));
    return found ? *found : QList<ActivityEntry>();
}

QStringList subjects(const QList<ActivityEntry> &entries)
{
    QStringList names;
    for (const ActivityEntry &entry : entries)
        names.append(entry.subject);
    return names;
}

// Runs statements on a file as another program would.
bool runSql(const QString &path, const QStringList &statements)
{
    bool done = false;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("other"));
        database.setDatabaseName(path);
        done = database.open();
        for (const QString &statement : statements) {
            QSqlQuery query(database);
            done = done && query.exec(statement);
        }
    }
    QSqlDatabase::removeDatabase(QStringLiteral("other"));
    return done;
}

void write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

class TestJournal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        m_path = m_folder->filePath(QStringLiteral("state/activity.db"));
    }

    void cleanup() { m_folder.reset(); }

    void makingOneTouchesNothing()
    {
        const Journal journal(m_path);
        QVERIFY(!QFile::exists(m_folder->filePath(QStringLiteral("state"))));
    }

    void givesBackEveryField()
    {
        Journal journal(m_path);
        QSignalSpy added(&journal, &Journal::added);
        ActivityEntry entry;
        entry.at = QDateTime(QDate(2026, 1, 15), QTime(14, 0, 0, 123), Qt::UTC);
        entry.kind = ActivityKind::Push;
        entry.outcome = ActivityOutcome::NeedsYou;
        entry.account = AccountId(QStringLiteral("a1"));
        entry.workspace = WorkspaceId(QStringLiteral("w1"));
        entry.subject = QStringLiteral("notes/grüße \"1\"; DROP TABLE entry;--");
        entry.text = QStringLiteral("Nicht gesendet. 世界");
        entry.code = QStringLiteral("forbidden");
        entry.requestId = QStringLiteral("req-1");
        journal.add(entry);
        const auto found = page(journal);
        QCOMPARE(found.size(), 1);
        const ActivityEntry &back = found.constFirst();
        QVERIFY(back.id > 0);
        QCOMPARE(back.at, entry.at);
        QCOMPARE(back.at.timeSpec(), Qt::UTC);
        QCOMPARE(back.kind, entry.kind);
        QCOMPARE(back.outcome, entry.outcome);
        QVERIFY(back.account == entry.account);
        QVERIFY(back.workspace == entry.workspace);
        QCOMPARE(back.subject, entry.subject);
        QCOMPARE(back.text, entry.text);
        QCOMPARE(back.code, entry.code);
        QCOMPARE(back.requestId, entry.requestId);
        QTRY_COMPARE(added.size(), 1);
        QCOMPARE(added.at(0).at(0).value<ActivityEntry>().id, back.id);
    }

    void namesAreAClosedList()
    {
        for (const auto *name : {"sign-in", "sign-out", "account", "workspace", "push", "outbox", "keychain"}) {
            const auto kind = activityKindFromString(QString::fromLatin1(name));
            QVERIFY(kind);
            QCOMPARE(toString(*kind), QString::fromLatin1(name));
        }
        for (const auto *name : {"done", "trouble", "needs-you"}) {
            const auto outcome = activityOutcomeFromString(QString::fromLatin1(name));
            QVERIFY(outcome);
            QCOMPARE(toString(*outcome), QString::fromLatin1(name));
        }
        QVERIFY(!activityKindFromString(QStringLiteral("Push")));
        QVERIFY(!activityOutcomeFromString(QString()));
    }

    void fillsInTheTime()
    {
        Journal journal(m_path);
        const QDateTime before = QDateTime::currentDateTimeUtc();
        journal.add(entryOf(QStringLiteral("now")));
        const auto found = page(journal);
        QCOMPARE(found.size(), 1);
        QVERIFY(found.constFirst().at >= before);
        QVERIFY(found.constFirst().at <= QDateTime::currentDateTimeUtc());
    }

    void newestFirstAndInPages()
    {
        Journal journal(m_path);
        for (int i = 0; i < 25; ++i)
            journal.add(entryOf(QString::number(i)));
        QStringList all;
        ActivityQuery query;
        query.limit = 10;
        QList<qsizetype> sizes;
        for (;;) {
            const auto found = page(journal, query);
            sizes.append(found.size());
            all += subjects(found);
            if (found.isEmpty())
                break;
            query.before = found.constLast().id;
        }
        QCOMPARE(sizes, (QList<qsizetype>{10, 10, 5, 0}));
        QCOMPARE(all.size(), 25);
        QCOMPARE(all.constFirst(), QStringLiteral("24"));
        QCOMPARE(all.constLast(), QStringLiteral("0"));
    }

    void pagesStayTrueWhileEntriesCome()
    {
        Journal journal(m_path);
        for (int i = 0; i < 6; ++i)
            journal.add(entryOf(QString::number(i)));
        ActivityQuery query;
        query.limit = 3;
        const auto first = page(journal, query);
        journal.add(entryOf(QStringLiteral("late")));
        query.before = first.constLast().id;
        QCOMPARE(subjects(page(journal, query)),
            (QStringList{QStringLiteral("2"), QStringLiteral("1"), QStringLiteral("0")}));
    }

    void oddLimits()
    {
        Journal journal(m_path);
        journal.add(entryOf(QStringLiteral("one")));
        ActivityQuery query;
        for (const int limit : {0, -1, std::numeric_limits<int>::min()}) {
            query.limit = limit;
            QCOMPARE(page(journal, query).size(), 0);
        }
        query.limit = std::numeric_limits<int>::max();
        QCOMPARE(page(journal, query).size(), 1);
        query.before = -5;
        QCOMPARE(page(journal, query).size(), 1);
        query.before = 1;
        QCOMPARE(page(journal, query).size(), 0);
    }

    void since()
    {
        Journal journal(m_path);
        const QDateTime start(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC);
        for (int i = 0; i < 10; ++i)
            journal.add(entryOf(QString::number(i), start.addSecs(i * 60)));
        // The clock was set back: a newer entry with an older time.
        journal.add(entryOf(QStringLiteral("set back"), start.addSecs(-3600)));
        ActivityQuery query;
        query.since = start.addSecs(7 * 60);
        QCOMPARE(subjects(page(journal, query)),
            (QStringList{QStringLiteral("9"), QStringLiteral("8"), QStringLiteral("7")}));
        query.since = start.addDays(1);
        QCOMPARE(page(journal, query).size(), 0);
        query.since = QDateTime();
        QCOMPARE(page(journal, query).size(), 11);
        query.since = start.addDays(-1);
        query.limit = 2;
        QCOMPARE(subjects(page(journal, query)), (QStringList{QStringLiteral("set back"), QStringLiteral("9")}));
    }

    void tenThousandEntries()
    {
        Journal journal(m_path);
        QSignalSpy added(&journal, &Journal::added);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 10'000; ++i)
            journal.add(entryOf(QString::number(i)));
        // Adding only puts them into a queue.
        QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
        ActivityQuery query;
        query.limit = 10'000;
        const auto found = page(journal, query);
        QCOMPARE(found.size(), 10'000);
        QCOMPARE(found.constFirst().subject, QStringLiteral("9999"));
        QTRY_COMPARE(added.size(), 10'000);
        qint64 last = 0;
        for (const auto &arguments : added) {
            const qint64 id = arguments.at(0).value<ActivityEntry>().id;
            QVERIFY(id > last);
            last = id;
        }
    }

    void keepsTheNewest()
    {
        {
            Journal journal(m_path);
            journal.add(entryOf(QStringLiteral("old")));
            QCoro::waitFor(journal.shutdown());
        }
        QVERIFY(runSql(m_path,
            {QStringLiteral("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %1)"
                            " INSERT INTO entry (at, kind, outcome, account, workspace, subject, text, code, request)"
                            " SELECT i, 'push', 'done', '', '', i, '', '', '' FROM n")
                    .arg(JournalFile::mostEntries)}));
        Journal journal(m_path);
        ActivityQuery query;
        query.limit = 1;
        QCOMPARE(page(journal, query).constFirst().subject, QString::number(JournalFile::mostEntries));
        query.before = 3;
        query.limit = 10;
        QCOMPARE(subjects(page(journal, query)), QStringList{QStringLiteral("1")});
    }

    void survivesARestart()
    {
        {
            Journal journal(m_path);
            for (int i = 0; i < 100; ++i)
                journal.add(entryOf(QString::number(i)));
            QCoro::waitFor(journal.shutdown());
            QCoro::waitFor(journal.shutdown());
            QVERIFY(!QFile::exists(m_path + QStringLiteral("-wal")));
        }
        Journal journal(m_path);
        QCOMPARE(page(journal).size(), 100);
        journal.add(entryOf(QStringLiteral("next")));
        QCOMPARE(page(journal).constFirst().subject, QStringLiteral("next"));
    }

    void destructionWritesWhatIsLeft()
    {
        {
            Journal journal(m_path);
            for (int i = 0; i < 100; ++i)
                journal.add(entryOf(QString::number(i)));
        }
        Journal journal(m_path);
        QCOMPARE(page(journal).size(), 100);
    }

    void closedMeansClosed()
    {
        Journal journal(m_path);
        journal.add(entryOf(QStringLiteral("one")));
        QCoro::waitFor(journal.shutdown());
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("after the history was closed")));
        journal.add(entryOf(QStringLiteral("two")));
        const auto found = QCoro::waitFor(journal.entries({}));
        QVERIFY(!found);
        QCOMPARE(found.error().code, QStringLiteral("journal-closed"));
    }

    void shutdownOfAnUnusedOne()
    {
        Journal journal(m_path);
        QCoro::waitFor(journal.shutdown());
        QVERIFY(!QFile::exists(m_path));
    }

    void isPrivate()
    {
        const mode_t before = ::umask(0);
        Journal journal(m_path);
        journal.add(entryOf(QStringLiteral("one")));
        QCOMPARE(page(journal).size(), 1);
        ::umask(before);
        for (const QString &side : {QString(), QStringLiteral("-wal"), QStringLiteral("-shm")}) {
            struct stat info{};
            QCOMPARE(::stat(QFile::encodeName(m_path + side).constData(), &info), 0);
            QCOMPARE(info.st_mode & 0777, 0600U);
        }
    }

    void usesIndexesOnly()
    {
        {
            Journal journal(m_path);
            journal.add(entryOf(QStringLiteral("one")));
            QCoro::waitFor(journal.shutdown());
        }
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("plan"));
        database.setDatabaseName(m_path);
        QVERIFY(database.open());
        for (const bool since : {false, true}) {
            QSqlQuery query(database);
            QVERIFY(query.prepare(QStringLiteral("EXPLAIN QUERY PLAN ") + JournalFile::selectStatement(since)));
            query.bindValue(QStringLiteral(":largest"), 100);
            query.bindValue(QStringLiteral(":length"), 10);
            if (since)
                query.bindValue(QStringLiteral(":earliest"), 0);
            QVERIFY2(query.exec(), qPrintable(query.lastError().text()));
            QStringList plan;
            while (query.next())
                plan.append(query.value(3).toString());
            const QString text = plan.join(QLatin1Char('\n'));
            QVERIFY(!plan.isEmpty());
            QVERIFY2(text.contains(QStringLiteral("SEARCH entry USING INTEGER PRIMARY KEY")), qPrintable(text));
            QVERIFY2(!text.contains(QStringLiteral("SCAN entry")), qPrintable(text));
            QVERIFY2(!text.contains(QStringLiteral("TEMP B-TREE")), qPrintable(text));
        }
        database.close();
        database = QSqlDatabase();
        QSqlDatabase::removeDatabase(QStringLiteral("plan"));
    }

    void damagedFileIsMovedAside_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("text") << QByteArray("this is not a database\n").repeated(100);
        QTest::newRow("zeros") << QByteArray(8192, '\0');
        QTest::newRow("only a header") << QByteArray("SQLite format 3\0", 16);
        QTest::newRow("header and noise") << QByteArray("SQLite format 3\0", 16) + QByteArray(8192, '\x7f');
    }

    void damagedFileIsMovedAside()
    {
        QFETCH(QByteArray, content);
        QVERIFY(QDir().mkpath(QFileInfo(m_path).path()));
        write(m_path, content);
        Journal journal(m_path);
        QSignalSpy added(&journal, &Journal::added);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("damaged")));
        journal.add(entryOf(QStringLiteral("first")));
        const auto found = page(journal);
        QCOMPARE(found.size(), 2);
        QCOMPARE(found.at(0).subject, QStringLiteral("first"));
        QCOMPARE(found.at(1).code, QStringLiteral("journal-damaged"));
        QCOMPARE(found.at(1).outcome, ActivityOutcome::Trouble);
        QTRY_COMPARE(added.size(), 2);
        const QStringList kept = keptAside();
        QCOMPARE(kept.size(), 1);
        QCOMPARE(bytesOf(kept.constFirst()), content);
        QVERIFY(kept.constFirst().endsWith(found.at(1).subject));
    }

    void damagedPagesAreMovedAside()
    {
        {
            Journal journal(m_path);
            for (int i = 0; i < 2000; ++i)
                journal.add(entryOf(QStringLiteral("entry %1").arg(i)));
            QCoro::waitFor(journal.shutdown());
        }
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.size() > 40'000);
        file.seek(8192);
        file.write(QByteArray(16'384, '\x55'));
        file.close();
        Journal journal(m_path);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("damaged")));
        const auto found = page(journal);
        QCOMPARE(found.size(), 1);
        QCOMPARE(found.constFirst().code, QStringLiteral("journal-damaged"));
        QCOMPARE(keptAside().size(), 1);
    }

    void truncatedFileIsNeverTrusted_data()
    {
        QTest::addColumn<int>("percent");
        for (const int percent : {1, 20, 50, 80, 99})
            QTest::addRow("%d percent left", percent) << percent;
    }

    void truncatedFileIsNeverTrusted()
    {
        QFETCH(int, percent);
        {
            Journal journal(m_path);
            for (int i = 0; i < 2000; ++i)
                journal.add(entryOf(QStringLiteral("entry %1").arg(i)));
            QCoro::waitFor(journal.shutdown());
        }
        QFile file(m_path);
        QVERIFY(file.resize(file.size() * percent / 100));
        Journal journal(m_path);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("damaged")));
        journal.add(entryOf(QStringLiteral("after")));
        QCOMPARE(page(journal).size(), 2);
        QCOMPARE(keptAside().size(), 1);
    }

    void databaseOfAnotherProgramIsMovedAside_data()
    {
        QTest::addColumn<QString>("statement");
        QTest::newRow("no version") << QStringLiteral("CREATE TABLE bookmarks (id INTEGER)");
        QTest::newRow("same version") << QStringLiteral("PRAGMA user_version=1");
    }

    void databaseOfAnotherProgramIsMovedAside()
    {
        QFETCH(QString, statement);
        QVERIFY(QDir().mkpath(QFileInfo(m_path).path()));
        QVERIFY(runSql(m_path, {statement, QStringLiteral("CREATE TABLE other (id INTEGER)")}));
        Journal journal(m_path);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("damaged")));
        journal.add(entryOf(QStringLiteral("after")));
        QCOMPARE(page(journal).size(), 2);
        QCOMPARE(keptAside().size(), 1);
    }

    void newerFileIsLeftAlone()
    {
        {
            Journal journal(m_path);
            journal.add(entryOf(QStringLiteral("one")));
            QCoro::waitFor(journal.shutdown());
        }
        QVERIFY(runSql(m_path, {QStringLiteral("PRAGMA user_version=2")}));
        const QByteArray before = bytesOf(m_path);
        {
            Journal journal(m_path);
            QSignalSpy added(&journal, &Journal::added);
            QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("newer-version")));
            journal.add(entryOf(QStringLiteral("two")));
            const auto found = QCoro::waitFor(journal.entries({}));
            QVERIFY(!found);
            QCOMPARE(found.error().code, QStringLiteral("newer-version"));
            QVERIFY(found.error().message.endsWith(QLatin1Char('.')));
            QCoro::waitFor(journal.shutdown());
            QCOMPARE(added.size(), 0);
        }
        QCOMPARE(bytesOf(m_path), before);
        QVERIFY(keptAside().isEmpty());
    }

    void unusablePlace_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::newRow("a folder has its name") << QStringLiteral("folder");
        QTest::newRow("a pipe has its name") << QStringLiteral("pipe");
        QTest::newRow("its folder is a file") << QStringLiteral("parent");
    }

    void unusablePlace()
    {
        QFETCH(QString, kind);
        const QString folder = QFileInfo(m_path).path();
        if (kind == QLatin1String("parent")) {
            write(folder, "x");
        } else {
            QVERIFY(QDir().mkpath(folder));
            if (kind == QLatin1String("folder"))
                QVERIFY(QDir().mkpath(m_path));
            else
                QCOMPARE(::mkfifo(QFile::encodeName(m_path).constData(), 0600), 0);
        }
        Journal journal(m_path);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("not recorded")));
        journal.add(entryOf(QStringLiteral("one")));
        journal.add(entryOf(QStringLiteral("two")));
        const auto found = QCoro::waitFor(journal.entries({}));
        QVERIFY(!found);
        QCOMPARE(found.error().code, QStringLiteral("journal-unavailable"));
        QCoro::waitFor(journal.shutdown());
    }

    void whatCouldNotBeWrittenGoesLater()
    {
        const QString folder = QFileInfo(m_path).path();
        write(folder, "in the way");
        Journal journal(m_path);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("not recorded")));
        journal.add(entryOf(QStringLiteral("one")));
        QVERIFY(!QCoro::waitFor(journal.entries({})));
        QVERIFY(QFile::remove(folder));
        journal.add(entryOf(QStringLiteral("two")));
        QCOMPARE(subjects(page(journal)), (QStringList{QStringLiteral("two"), QStringLiteral("one")}));
    }

    void anotherProcessHoldsTheFileForAMoment()
    {
        {
            Journal journal(m_path);
            journal.add(entryOf(QStringLiteral("one")));
            QCoro::waitFor(journal.shutdown());
        }
        QSqlDatabase other = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("holder"));
        other.setDatabaseName(m_path);
        QVERIFY(other.open());
        QVERIFY(QSqlQuery(other).exec(QStringLiteral("BEGIN IMMEDIATE")));
        Journal journal(m_path);
        journal.add(entryOf(QStringLiteral("two")));
        QTest::qWait(100); // the worker runs into the lock, which nothing tells
        QVERIFY(QSqlQuery(other).exec(QStringLiteral("COMMIT")));
        QCOMPARE(page(journal).size(), 2);
        other.close();
        other = QSqlDatabase();
        QSqlDatabase::removeDatabase(QStringLiteral("holder"));
    }

    void twoAtOnce()
    {
        Journal first(m_path);
        Journal second(m_path);
        for (int i = 0; i < 500; ++i) {
            first.add(entryOf(QStringLiteral("a%1").arg(i)));
            second.add(entryOf(QStringLiteral("b%1").arg(i)));
        }
        QCoro::waitFor(first.shutdown());
        ActivityQuery query;
        query.limit = 5000;
        const QStringList all = subjects(page(second, query));
        QCOMPARE(all.size(), 1000);
        QStringList ofFirst;
        for (const QString &name : all) {
            if (name.startsWith(QLatin1Char('a')))
                ofFirst.prepend(name);
        }
        QCOMPARE(ofFirst.size(), 500);
        for (int i = 0; i < 500; ++i)
            QCOMPARE(ofFirst.at(i), QStringLiteral("a%1").arg(i));
    }

    void manyQueriesAtOnce()
    {
        Journal journal(m_path);
        for (int i = 0; i < 50; ++i)
            journal.add(entryOf(QString::number(i)));
        int answered = 0;
        for (int i = 0; i < 50; ++i)
            countAnswer(&journal, &answered);
        QTRY_COMPARE(answered, 50);
    }

    void killedWriterLosesNothingThatWasStored()
    {
        for (int round = 0; round < 3; ++round) {
            QProcess writer;
            writer.start(QStringLiteral(JOURNAL_WRITER), {m_path});
            QVERIFY(writer.waitForStarted());
            QByteArray output;
            const auto lines = [&output] { return output.count('\n'); };
            while (lines() < 50 + round * 37) {
                QVERIFY(writer.waitForReadyRead(20'000));
                output += writer.readAllStandardOutput();
            }
            ::kill(static_cast<pid_t>(writer.processId()), SIGKILL);
            QVERIFY(writer.waitForFinished());
            output += writer.readAllStandardOutput();
            const auto told = output.left(output.lastIndexOf('\n')).split('\n').constLast().toInt();
            Journal journal(m_path);
            ActivityQuery query;
            query.limit = JournalFile::longestPage;
            const auto found = page(journal, query);
            QVERIFY2(
                found.size() >= m_before + told, qPrintable(QStringLiteral("%1 of %2").arg(found.size()).arg(told)));
            QVERIFY(keptAside().isEmpty());
            m_before = static_cast<int>(found.size());
        }
    }

    // Any mixture of adding, asking and reopening gives what a plain list gives.
    void randomHistory()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        const QDateTime start(QDate(2026, 1, 15), QTime(14, 0), Qt::UTC);
        auto journal = std::make_unique<Journal>(m_path);
        QList<ActivityEntry> model;
        for (int step = 0; step < 200; ++step) {
            switch (random.bounded(8)) {
            case 0:
                journal.reset();
                journal = std::make_unique<Journal>(m_path);
                break;
            case 1:
            case 2: {
                ActivityQuery query;
                query.limit = static_cast<int>(random.bounded(20));
                if (random.bounded(2) == 0)
                    query.before = random.bounded(static_cast<int>(model.size()) + 2);
                if (random.bounded(2) == 0)
                    query.since = start.addSecs(random.bounded(1000));
                QStringList expected;
                for (qsizetype i = model.size() - 1; i >= 0 && expected.size() < query.limit; --i) {
                    const qint64 id = i + 1;
                    if ((query.before <= 0 || id < query.before) && (!query.since || model.at(i).at >= *query.since))
                        expected.append(model.at(i).subject);
                }
                QCOMPARE(subjects(page(*journal, query)), expected);
                break;
            }
            default:
                model.append(entryOf(QString::number(step), start.addSecs(random.bounded(1000))));
                journal->add(model.constLast());
            }
        }
    }

private:
    static QCoro::Task<void> countAnswer(Journal *journal, int *answered)
    {
        const auto found = co_await journal->entries({});
        if (found && found->size() == 50)
            ++*answered;
    }

    QStringList keptAside() const
    {
        QStringList paths;
        const QDir folder = QFileInfo(m_path).dir();
        const auto names = folder.entryList({QStringLiteral("*.damaged-*")}, QDir::Files);
        for (const QString &name : names) {
            if (!name.endsWith(QLatin1String("-wal")) && !name.endsWith(QLatin1String("-shm")))
                paths.append(folder.filePath(name));
        }
        return paths;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    int m_before = 0;
};

} // namespace

QTEST_GUILESS_MAIN(TestJournal)
#include "test_journal.moc"
