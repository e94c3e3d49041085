// The main job without hands: sandbox, real keyring, real mount daemon, a window on a virtual display, a fake tray.
#include <QAbstractButton>
#include <QApplication>
#include <QJsonArray>
#include <QLabel>
#include <QTest>

#include "models/jsonvalues.h"
#include "models/sentences.h"
#include "tests/app/ctlprocess.h"
#include "tests/app/mainjob.h"

using namespace Postroom;

class TestMainJob : public QObject
{
    Q_OBJECT

    MainJob m_job;

    // postroomctl runs beside us and asks our engine, so our event loop has to turn meanwhile.
    CtlAnswer ctl(const QStringList &arguments)
    {
        const auto process = startCtl(m_job.profile(), arguments);
        if (!QTest::qWaitFor([&process] { return process->state() == QProcess::NotRunning; }, 30'000))
            qWarning("postroomctl does not end");
        return answerOf(process.get());
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_job.tray().start());
        QVERIFY2(m_job.setUp(), qPrintable(m_job.problem()));
    }

    void theWindowOpensEmptyAndInviting()
    {
        QVERIFY2(m_job.open(), qPrintable(m_job.problem()));
        QVERIFY(m_job.find<QAbstractButton>("signInButton")->isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(m_job.tray().items().size(), 1, 10'000);
    }

    void signIn()
    {
        QVERIFY2(m_job.signIn(), qPrintable(m_job.problem()));
        const auto accounts = m_job.desktop()->engine()->accounts();
        QCOMPARE(accounts.size(), 1);
        QCOMPARE(toString(accounts.constFirst().state), QStringLiteral("fresh"));
        QCOMPARE(toString(accounts.constFirst().storage), QStringLiteral("saved"));
    }

    void aDroppedFileArrives()
    {
        QVERIFY2(m_job.addMirror(), qPrintable(m_job.problem()));
        QVERIFY2(m_job.choose(QStringLiteral("ops-desk")), qPrintable(m_job.problem()));
        const QString note = m_job.write(QStringLiteral("handover.md"), "# Handover\n");
        QVERIFY2(m_job.drop({note}, QStringLiteral("/notion/pages")), qPrintable(m_job.problem()));
        QCOMPARE(m_job.seenByProvider(QStringLiteral("/notion/pages/handover.md")), 1);
        QCOMPARE(m_job.desktop()->engine()->transfers().constFirst().acked, 1);
    }

    void aFileOfTheMirrorIsSentOnce()
    {
        QVERIFY2(m_job.choose(QStringLiteral("research-room")), qPrintable(m_job.problem()));
        const QString path = m_job.mirror() + QStringLiteral("/notion/pages/from-the-mirror.md");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("# Written in the mirror\n");
        file.close();
        QVERIFY2(m_job.drop({path}, {}), qPrintable(m_job.problem()));
        QCOMPARE(m_job.seenByProvider(QStringLiteral("/notion/pages/from-the-mirror.md")), 1);
        QTRY_COMPARE_WITH_TIMEOUT(m_job.desktop()
                                      ->engine()
                                      ->workspaceService()
                                      ->workspace(WorkspaceId(QStringLiteral("rw_research")))
                                      ->outbox.pending,
            0, 20'000);
        QCOMPARE(m_job.seenByProvider(QStringLiteral("/notion/pages/from-the-mirror.md")), 1);
    }

    void aRejectedFileSaysWhy()
    {
        const QString bad = m_job.write(QStringLiteral("no-title.json"), "{\"body\": \"no title\"}\n");
        QVERIFY2(m_job.drop({bad}, QStringLiteral("/linear/issues")), qPrintable(m_job.problem()));
        const auto engine = m_job.desktop()->engine();
        bool said = false;
        const auto transfers = engine->transfers();
        for (const Transfer &transfer : transfers) {
            const auto all = engine->transferItems(transfer.id);
            for (const TransferItem &item : all)
                said = said
                    || (item.state == ItemState::Attention && item.error.contains(QStringLiteral("title is required")));
        }
        QVERIFY(said);
    }

    void trayAndWindowAndCommandLineSayTheSame()
    {
        const auto engine = m_job.desktop()->engine();
        // The refused record is on its way from one folder of the outbox to another.
        QVERIFY2(m_job.untilAttention(), qPrintable(m_job.problem()));
        const CtlAnswer answer = ctl({QStringLiteral("status"), QStringLiteral("--json")});
        const QDateTime now = engine->now();
        const QJsonObject status = answer.object();
        const QJsonArray accounts = status.value(QStringLiteral("accounts")).toArray();
        const QJsonArray workspaces = status.value(QStringLiteral("workspaces")).toArray();
        QCOMPARE(accounts.size(), engine->accounts().size());
        QCOMPARE(workspaces.size(), engine->workspaces().size());
        for (qsizetype i = 0; i < accounts.size(); ++i) {
            const QJsonObject mine = toJson(engine->accounts().at(i), now);
            for (const char *key : {"id", "label", "state", "badge", "storage", "sentence"})
                QCOMPARE(accounts.at(i).toObject().value(QLatin1String(key)), mine.value(QLatin1String(key)));
        }
        for (qsizetype i = 0; i < workspaces.size(); ++i) {
            const QJsonObject mine = toJson(engine->workspaces().at(i), now);
            for (const char *key : {"id", "name", "status", "outbox", "mirror"})
                QCOMPARE(workspaces.at(i).toObject().value(QLatin1String(key)), mine.value(QLatin1String(key)));
        }
        const QString item = m_job.tray().items().value(0);
        const auto same = [this, engine, item] {
            const auto shown = m_job.tray().read(item);
            const WholeState whole = wholeState(
                engine->accounts(), engine->workspaces(), engine->transfers(), engine->vaultState(), engine->now());
            return shown && (shown->toolTipTitle + shown->toolTipText).contains(whole.sentence.text);
        };
        QVERIFY2(QTest::qWaitFor(same, 10'000), "the tray says something else");
    }

    void aSecondStartRaisesTheWindow()
    {
        m_job.window()->showMinimized();
        QProcess second;
        second.start(QStringLiteral(POSTROOM_GUI), {QStringLiteral("--profile"), m_job.profile()});
        QVERIFY2(QTest::qWaitFor([&second] { return second.state() == QProcess::NotRunning; }, 20'000),
            "the second start goes on");
        QCOMPARE(second.exitCode(), 0);
        QTRY_VERIFY_WITH_TIMEOUT(!m_job.window()->isMinimized(), 10'000);
    }

    void signedInAfterARestart()
    {
        QVERIFY2(m_job.quit(), qPrintable(m_job.problem()));
        QVERIFY2(m_job.open(), qPrintable(m_job.problem()));
        QTRY_COMPARE_WITH_TIMEOUT(
            toString(m_job.desktop()->engine()->accounts().value(0).state), QStringLiteral("fresh"), 20'000);
        QCOMPARE(m_job.desktop()->engine()->workspaces().size(), 2);
    }

    void noSecretIsLeftAnywhere()
    {
        const QJsonArray secrets
            = m_job.sandbox().get(QStringLiteral("/secrets")).value(QStringLiteral("secrets")).toArray();
        QVERIFY(secrets.size() > 3);
        const QStringList found = filesWithSecrets(qEnvironmentVariable("POSTROOM_SESSION_DIR"), secrets,
            {qEnvironmentVariable("POSTROOM_KEYRING_DATA"), m_job.daemonFolder()});
        QVERIFY2(found.isEmpty(), qPrintable(found.join(QLatin1Char('\n'))));
        const QStringList lines = commandLinesWithSecrets(secrets);
        QVERIFY2(lines.isEmpty(), qPrintable(lines.join(QLatin1Char('\n'))));
    }

    void cleanupTestCase()
    {
        if (m_job.desktop())
            QVERIFY2(m_job.quit(), qPrintable(m_job.problem()));
    }
};

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    TestMainJob test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_mainjob.moc"
