#include "models/sentences.h"
#include "tests/support/fakedesk.h"

#include <QRegularExpression>
#include <QTest>

using namespace Postroom;

namespace
{

const QLocale british(QStringLiteral("en_GB"));

QDateTime at(int hour, int minute)
{
    return {QDate(2026, 1, 15), QTime(hour, minute), Qt::UTC};
}

Error errorOf(ErrorClass kind, const QString &code = {}, const QString &message = {})
{
    Error error;
    error.origin = Origin::Token;
    error.kind = kind;
    error.code = code;
    error.message = message;
    return error;
}

const QDateTime now = at(14, 5);

} // namespace

class TestSentences : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void workspaces_data();
    void workspaces();
    void records();
    void transfers();
    void whole();
    void onlyOneKeychainLine();
    void times();
    void foreignTextIsOneLine();
    void everyStateHasWords();
};

void TestSentences::workspaces_data()
{
    QTest::addColumn<WorkspaceStatus>("workspace");
    QTest::addColumn<int>("shape");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, const WorkspaceStatus &workspace, Shape shape, const char *text) {
        QTest::newRow(name) << workspace << static_cast<int>(shape) << QString::fromUtf8(text);
    };
    WorkspaceStatus w = goodWorkspace();
    row("delivered", w, Shape::Good, "Everything is delivered. Last push 2 min ago.");
    w.state = WorkspaceState::Sending;
    w.sending = 28;
    w.sendingTotal = 40;
    row("sending", w, Shape::Working, "Sending 12 of 40 files.");
    w.sending = w.sendingTotal = 1;
    row("sending one", w, Shape::Working, "Sending 1 file.");
    w.state = WorkspaceState::Pending;
    w.outbox.pending = 3;
    w.outbox.oldestPendingAt = at(14, 2);
    w.nextAt = at(14, 6);
    w.lastError = LastError{errorOf(ErrorClass::Net), 1, at(14, 2)};
    row("pending", w, Shape::Waiting, "3 files wait since 14:02: the server did not answer. Next try 14:06.");
    w.outbox.pending = 1;
    w.nextAt.reset();
    w.lastError.reset();
    row("pending one", w, Shape::Waiting, "1 file waits since 14:02.");
    row("attention", attentionWorkspace(), Shape::NeedsYou, "Linear did not take 1 file: \"title is required\".");
    w.state = WorkspaceState::Conflicts;
    w.conflicts = 2;
    row("conflicts", w, Shape::NeedsYou, "2 files were changed here and there.");
    w.state = WorkspaceState::DaemonOff;
    w.outbox.pending = 4;
    row("daemon off", w, Shape::NeedsYou, "Not syncing: the mount is stopped. 4 changes wait here.");
    w.state = WorkspaceState::ForeignDaemon;
    row("foreign", w, Shape::Good, "Synced by relayfile-mount, started in a terminal.");
    w.state = WorkspaceState::AccountNotUsable;
    w.accountBadge = Badge::Reconnecting;
    w.since = at(14, 2);
    row("account", w, Shape::Waiting, "Waits for Ada at Acme: reconnecting since 14:02.");
    w.state = WorkspaceState::ReadOnly;
    row("read only", w, Shape::Waiting, "Changes here are not sent: this sign-in may only read.");
    w.state = WorkspaceState::Unknown;
    row("unknown", w, Shape::Off, "Looking.");
}

void TestSentences::workspaces()
{
    QFETCH(WorkspaceStatus, workspace);
    QFETCH(int, shape);
    QFETCH(QString, text);
    const Sentence sentence = sentenceFor(workspace, now, british);
    QCOMPARE(sentence.text, text);
    QCOMPARE(static_cast<int>(sentence.shape), shape);
}

void TestSentences::records()
{
    OutboxRecord record;
    record.firstSeenAt = at(13, 58);
    QCOMPARE(sentenceFor(record, now, british).text, QStringLiteral("Waits since 13:58."));
    record.attempts = 2;
    record.error = QStringLiteral("503 upstream is restarting.");
    record.nextAttemptAt = at(14, 6);
    QCOMPARE(sentenceFor(record, now, british).text,
        QStringLiteral("Tried 2 times: \"503 upstream is restarting\". Next try 14:06."));
    record.nextAttemptAt = at(14, 4);
    QVERIFY(sentenceFor(record, now, british).text.endsWith(QStringLiteral("Next try now.")));
    record.state = RecordState::Acked;
    record.ackedAt = at(14, 4);
    QCOMPARE(sentenceFor(record, now, british).text, QStringLiteral("Delivered 1 min ago."));
}

void TestSentences::transfers()
{
    Transfer transfer;
    transfer.total = 40;
    transfer.acked = 11;
    transfer.failed = 1;
    transfer.bytesPerSecond = 3'200'000;
    transfer.secondsLeft = 10;
    QCOMPARE(sentenceFor(transfer, now, british).text, QStringLiteral("12 of 40 files · 3.2 MB/s · 10 s left"));
    transfer.finishedAt = at(14, 4);
    QCOMPARE(sentenceFor(transfer, now, british).text, QStringLiteral("1 file was not delivered, 11 went through."));
    QCOMPARE(sentenceFor(transfer, now, british).step, Step::TryNow);
    transfer.failed = 0;
    QCOMPARE(sentenceFor(transfer, now, british).text, QStringLiteral("11 files delivered 1 min ago."));
    transfer.acked = 0;
    transfer.cancelled = 1;
    QCOMPARE(sentenceFor(transfer, now, british).text, QStringLiteral("Stopped by you."));
}

void TestSentences::whole()
{
    const auto say = [](const QList<AccountStatus> &accounts, const QList<WorkspaceStatus> &workspaces,
                         const QList<Transfer> &transfers = {}) {
        return wholeState(accounts, workspaces, transfers, VaultState::Unlocked, now, british).sentence.text;
    };
    QCOMPARE(say({goodAccount()}, {goodWorkspace()}), QStringLiteral("Everything is delivered."));
    QCOMPARE(say({}, {}), QStringLiteral("Nobody is signed in."));
    QCOMPARE(say({goodAccount()}, {}), QStringLiteral("Signed in."));
    WorkspaceStatus pending = goodWorkspace();
    pending.state = WorkspaceState::Pending;
    pending.outbox.pending = 3;
    pending.nextAt = at(14, 6);
    QCOMPARE(say({goodAccount()}, {pending}), QStringLiteral("3 files wait; next try 14:06."));
    Transfer transfer;
    transfer.total = 12;
    QCOMPARE(say({goodAccount()}, {pending}, {transfer}), QStringLiteral("Sending 12 files."));
    QCOMPARE(say({goodAccount(), signedOutAccount()}, {attentionWorkspace()}),
        QStringLiteral("Grace at Example needs a sign-in. 1 more thing."));

    const WholeState state
        = wholeState({signedOutAccount()}, {attentionWorkspace()}, {}, VaultState::Unlocked, now, british);
    QCOMPARE(state.attention.size(), 2);
    QVERIFY(state.attention.at(0).sentence.text.startsWith(QStringLiteral("Grace at Example · ")));
    QCOMPARE(state.attention.at(1).workspace, attentionWorkspace().id);
}

void TestSentences::onlyOneKeychainLine()
{
    AccountStatus one = goodAccount();
    one.state = AccountState::StorageLocked;
    one.reason = QStringLiteral("locked");
    AccountStatus two = one;
    two.id = AccountId(QStringLiteral("two"));
    const WholeState state = wholeState({one, two}, {}, {}, VaultState::Locked, now, british);
    QCOMPARE(state.attention.size(), 1);
    QCOMPARE(state.attention.first().sentence.step, Step::Unlock);
}

void TestSentences::times()
{
    QCOMPARE(sayTime(now, now, british), QStringLiteral("just now"));
    QCOMPARE(sayTime(now.addSecs(-60), now, british), QStringLiteral("1 min ago"));
    QCOMPARE(sayTime(now.addSecs(-3599), now, british), QStringLiteral("59 min ago"));
    QCOMPARE(sayTime(now.addSecs(-3600), now, british), QStringLiteral("13:05"));
    QCOMPARE(sayTime(now.addDays(-1), now, british), QStringLiteral("yesterday 14:05"));
    QCOMPARE(sayTime(now.addDays(1), now, british), QStringLiteral("tomorrow 14:05"));
    QCOMPARE(sayTime(now.addDays(-3), now, british), QStringLiteral("Monday 14:05"));
    QVERIFY(sayTime(now.addDays(-30), now, british).contains(QStringLiteral("2025")));
    QCOMPARE(sayTime(now.addSecs(-7200), now, QLocale::c()), QStringLiteral("12:05"));
    QVERIFY(sayTime({}, now, british).isEmpty());
    QCOMPARE(saySpan(-5, british), QStringLiteral("0 s"));
    QCOMPARE(saySpan(300, british), QStringLiteral("5 min"));
    QCOMPARE(saySpan(std::numeric_limits<qint64>::max() / 2, british), QStringLiteral("100000 days"));
    QCOMPARE(saySize(-1, british), saySize(0, british));
}

void TestSentences::foreignTextIsOneLine()
{
    WorkspaceStatus workspace = attentionWorkspace();
    workspace.attentionReason
        = QStringLiteral("first\nsecond\u202Eevil <b>bold</b> ") + QString(5000, QLatin1Char('x'));
    const QString text = sentenceFor(workspace, now, british).text;
    QVERIFY(!text.contains(QLatin1Char('\n')));
    QVERIFY(!text.contains(QChar(0x202E)));
    QVERIFY(text.size() < 300);
    QVERIFY(text.endsWith(QStringLiteral("\".")));
}

// Whatever is unknown, each state says something, in plain words.
void TestSentences::everyStateHasWords()
{
    static const QRegularExpression banned(
        QStringLiteral("!|\\b(failed|invalid|oops|please)\\b"), QRegularExpression::CaseInsensitiveOption);
    for (int state = 0; state <= static_cast<int>(AccountState::Disabled); ++state) {
        AccountStatus account;
        account.state = static_cast<AccountState>(state);
        const QString text = sentenceFor(account, now, british).text;
        QVERIFY2(!text.isEmpty(), qPrintable(QString::number(state)));
        QVERIFY2(!text.contains(banned), qPrintable(text));
        QVERIFY2(!text.contains(QLatin1Char('%')), qPrintable(text));
    }
    for (int state = 0; state <= static_cast<int>(WorkspaceState::Attention); ++state) {
        WorkspaceStatus workspace;
        workspace.state = static_cast<WorkspaceState>(state);
        const QString text = sentenceFor(workspace, now, british).text;
        QVERIFY2(!text.isEmpty(), qPrintable(QString::number(state)));
        QVERIFY2(!text.contains(banned), qPrintable(text));
        QVERIFY2(!text.contains(QLatin1Char('%')), qPrintable(text));
    }
    for (int state = 0; state <= static_cast<int>(ItemState::Cancelled); ++state) {
        TransferItem item;
        item.state = static_cast<ItemState>(state);
        QVERIFY(!sentenceFor(item, british).text.isEmpty());
    }
}

QTEST_GUILESS_MAIN(TestSentences)
#include "test_sentences.moc"
