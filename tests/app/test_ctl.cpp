// postroomctl against the real keyring and the sandbox: sign in, look, push, be killed, go on.
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>

#include "core/base/json.h"
#include "core/base/paths.h"
#include "tests/app/ctlprocess.h"
#include "tests/support/sandboxprocess.h"

using namespace Postroom;

namespace
{

const QString profile = QStringLiteral("ctl");

QByteArray issue(const char *title)
{
    return QByteArray("{\"title\": \"") + title + "\", \"body\": \"" + QByteArray(40, 'x') + "\"}\n";
}

} // namespace

class TestCtl : public QObject
{
    Q_OBJECT

    SandboxProcess m_sandbox;
    QTemporaryDir m_folder;
    QString m_account;

    QString write(const QString &name, const QByteArray &content)
    {
        const QString path = m_folder.filePath(name);
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly))
            qFatal("%s cannot be written", qPrintable(path));
        file.write(content);
        return path;
    }

    // How often the provider was handed this path.
    int seenByProvider(const QString &remotePath)
    {
        int count = 0;
        const QJsonArray log = m_sandbox.get(QStringLiteral("/provider-log")).value(QStringLiteral("items")).toArray();
        for (const QJsonValue &entry : log) {
            if (entry.toObject().value(QStringLiteral("path")).toString() == remotePath)
                count += entry.toObject().value(QStringLiteral("count")).toInt();
        }
        return count;
    }

    void addProvider(const QString &id, const QJsonObject &more)
    {
        QJsonObject object = more;
        object.insert(QStringLiteral("id"), id);
        object.insert(QStringLiteral("name"), id);
        const QString file = write(id + QStringLiteral(".json"), toIndented(object));
        const CtlAnswer answer = runCtl(profile, {QStringLiteral("provider"), QStringLiteral("add"), file});
        QVERIFY2(answer.code == 0, answer.err.constData());
    }

    // Signs in with the link that postroomctl prints, as a person with a browser would.
    CtlAnswer signIn(const QStringList &arguments)
    {
        const auto process = startCtl(profile,
            QStringList{QStringLiteral("account"), QStringLiteral("add")} + arguments
                + QStringList{QStringLiteral("--json")});
        QByteArray said;
        static const QRegularExpression link(QStringLiteral("https?://127\\.0\\.0\\.1:\\d+/\\S+"));
        QDeadlineTimer deadline(30'000);
        while (!deadline.hasExpired() && process->state() != QProcess::NotRunning) {
            process->waitForReadyRead(200);
            said += process->readAllStandardError();
            QString last;
            for (auto links = link.globalMatch(QString::fromUtf8(said)); links.hasNext();)
                last = links.next().captured(0);
            if (!last.isEmpty() && said.endsWith('\n')) {
                m_sandbox.openInBrowser(QUrl(last));
                break;
            }
        }
        CtlAnswer answer = answerOf(process.get());
        answer.err = said + answer.err;
        return answer;
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(m_sandbox.start(), qPrintable(m_sandbox.problem()));
        addProvider(QStringLiteral("sandbox-cloud"),
            {{QStringLiteral("kind"), QStringLiteral("relayfile-cloud")},
                {QStringLiteral("issuer"), m_sandbox.cloud().toString()}});
        addProvider(QStringLiteral("sandbox-id"),
            {{QStringLiteral("kind"), QStringLiteral("oauth2")},
                {QStringLiteral("issuer"), m_sandbox.issuer().toString()},
                {QStringLiteral("client"),
                    QJsonObject{{QStringLiteral("id"), QStringLiteral("postroom")},
                        {QStringLiteral("auth"), QStringLiteral("none")}}},
                {QStringLiteral("scopes"),
                    QJsonObject{{QStringLiteral("default"),
                        QJsonArray{
                            QStringLiteral("openid"), QStringLiteral("email"), QStringLiteral("offline_access")}}}}});
    }

    void anEmptyProfileIsFine()
    {
        const CtlAnswer answer = runCtl(profile, {QStringLiteral("status"), QStringLiteral("--json")});
        QVERIFY2(answer.code == 0, answer.err.constData());
        QCOMPARE(answer.object().value(QStringLiteral("accounts")).toArray().size(), 0);
        QCOMPARE(
            runCtl(profile, {QStringLiteral("account"), QStringLiteral("show"), QStringLiteral("nobody")}).code, 1);
    }

    void signInToTheCloud()
    {
        const CtlAnswer answer = signIn({QStringLiteral("sandbox-cloud"), QStringLiteral("--browser")});
        QVERIFY2(answer.code == 0, answer.err.constData());
        const QJsonObject account = answer.object();
        m_account = account.value(QStringLiteral("id")).toString();
        QVERIFY(!m_account.isEmpty());
        QCOMPARE(account.value(QStringLiteral("state")).toString(), QStringLiteral("fresh"));
        QCOMPARE(account.value(QStringLiteral("storage")).toString(), QStringLiteral("saved"));
        QVERIFY(account.value(QStringLiteral("sentence")).toString().contains(QStringLiteral("ada@acme.dev")));
    }

    void signInToAnOpenIdServer()
    {
        const CtlAnswer answer = signIn({QStringLiteral("sandbox-id"), QStringLiteral("--browser"),
            QStringLiteral("--label"), QStringLiteral("Identity")});
        QVERIFY2(answer.code == 0, answer.err.constData());
        QCOMPARE(answer.object().value(QStringLiteral("label")).toString(), QStringLiteral("Identity"));
        const CtlAnswer token
            = runCtl(profile, {QStringLiteral("token"), QStringLiteral("Identity"), QStringLiteral("--json")});
        QVERIFY2(token.code == 0, token.err.constData());
        QVERIFY(!token.object().value(QStringLiteral("token")).toString().isEmpty());
    }

    void signInWithACodeOnAnotherDevice()
    {
        const CtlAnswer answer = signIn({QStringLiteral("sandbox-id"), QStringLiteral("--device"),
            QStringLiteral("--label"), QStringLiteral("Phone"), QStringLiteral("--session-only")});
        QVERIFY2(answer.code == 0, answer.err.constData());
        QCOMPARE(answer.object().value(QStringLiteral("storage")).toString(), QStringLiteral("unsaved"));
    }

    void aNewProcessIsStillSignedIn()
    {
        const CtlAnswer answer
            = runCtl(profile, {QStringLiteral("account"), QStringLiteral("show"), m_account, QStringLiteral("--json")});
        QVERIFY2(answer.code == 0, answer.err.constData());
        QCOMPARE(answer.object().value(QStringLiteral("state")).toString(), QStringLiteral("fresh"));
    }

    void authorisedRequest()
    {
        const QString whoami = m_sandbox.cloud().toString() + QStringLiteral("/api/v1/auth/whoami");
        const CtlAnswer answer = runCtl(profile, {QStringLiteral("request"), m_account, QStringLiteral("GET"), whoami});
        QVERIFY2(answer.code == 0, answer.err.constData());
        QVERIFY(answer.out.contains("ada@acme.dev"));
        // A second request with an access token that the server has forgotten renews it by itself.
        m_sandbox.post(QStringLiteral("/settings"), {{QStringLiteral("accessTtlSeconds"), 3600}});
        const CtlAnswer check = runCtl(
            profile, {QStringLiteral("account"), QStringLiteral("check"), m_account, QStringLiteral("--json")});
        QVERIFY2(check.code == 0, check.err.constData());
        QCOMPARE(check.object().value(QStringLiteral("state")).toString(), QStringLiteral("fresh"));
    }

    void workspacesAreListed()
    {
        const CtlAnswer answer
            = runCtl(profile, {QStringLiteral("workspace"), QStringLiteral("list"), QStringLiteral("--json")});
        QVERIFY2(answer.code == 0, answer.err.constData());
        QStringList names;
        const QJsonArray workspaces = answer.array();
        for (const QJsonValue &workspace : workspaces)
            names.append(workspace.toObject().value(QStringLiteral("name")).toString());
        names.sort();
        QCOMPARE(names, (QStringList{QStringLiteral("ops-desk"), QStringLiteral("research-room")}));
    }

    void aPushArrivesAndARejectedOneSaysWhy()
    {
        const QString note = write(QStringLiteral("notes.md"), "# Notes\n");
        const CtlAnswer pushed = runCtl(profile,
            {QStringLiteral("push"), note, QStringLiteral("--workspace"), QStringLiteral("research-room"),
                QStringLiteral("--to"), QStringLiteral("/notion/pages"), QStringLiteral("--json")});
        QVERIFY2(pushed.code == 0, (pushed.err + pushed.out).constData());
        const QJsonObject item = pushed.object().value(QStringLiteral("items")).toArray().at(0).toObject();
        QCOMPARE(item.value(QStringLiteral("path")).toString(), QStringLiteral("/notion/pages/notes.md"));
        QCOMPARE(item.value(QStringLiteral("state")).toString(), QStringLiteral("acked"));
        QCOMPARE(seenByProvider(QStringLiteral("/notion/pages/notes.md")), 1);

        // The same bytes at the same place are the same operation.
        const CtlAnswer again = runCtl(profile,
            {QStringLiteral("push"), note, QStringLiteral("--workspace"), QStringLiteral("research-room"),
                QStringLiteral("--to"), QStringLiteral("/notion/pages"), QStringLiteral("--json")});
        QVERIFY2(again.code == 0, (again.err + again.out).constData());
        QCOMPARE(seenByProvider(QStringLiteral("/notion/pages/notes.md")), 1);

        const QString good = write(QStringLiteral("good.json"), issue("Look at page 12"));
        const QString bad = write(QStringLiteral("bad.json"), "{\"body\": \"no title\"}\n");
        const CtlAnswer mixed = runCtl(profile,
            {QStringLiteral("push"), good, bad, QStringLiteral("--workspace"), QStringLiteral("research-room"),
                QStringLiteral("--to"), QStringLiteral("/linear/issues"), QStringLiteral("--json")});
        QCOMPARE(mixed.code, 6);
        QCOMPARE(mixed.object().value(QStringLiteral("acked")).toInt(), 1);
        QCOMPARE(mixed.object().value(QStringLiteral("failed")).toInt(), 1);
        const QJsonArray items = mixed.object().value(QStringLiteral("items")).toArray();
        const QJsonObject refused
            = items.at(items.at(0).toObject().value(QStringLiteral("local")).toString() == bad ? 0 : 1).toObject();
        QCOMPARE(refused.value(QStringLiteral("state")).toString(), QStringLiteral("attention"));
        QVERIFY2(refused.value(QStringLiteral("error")).toString().contains(QStringLiteral("title is required")),
            mixed.out.constData());
    }

    void anotherProcessUsesTheRunningEngine()
    {
        const auto watch = startCtl(profile, {QStringLiteral("watch"), QStringLiteral("--json")});
        const auto paths = pathsForProfile(profile, QProcessEnvironment::systemEnvironment());
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(paths->socket()), 20'000);
        const QString note = write(QStringLiteral("seen.md"), "# Seen by both\n");
        const CtlAnswer pushed = runCtl(profile,
            {QStringLiteral("push"), note, QStringLiteral("--workspace"), QStringLiteral("research-room"),
                QStringLiteral("--to"), QStringLiteral("/notion/pages")});
        QVERIFY2(pushed.code == 0, (pushed.err + pushed.out).constData());
        ::kill(static_cast<pid_t>(watch->processId()), SIGINT);
        const CtlAnswer watched = answerOf(watch.get());
        QCOMPARE(watched.code, 130);
        QVERIFY2(watched.out.contains("\"transfer\""), watched.out.constData());
        const QList<QByteArray> lines = watched.out.trimmed().split('\n');
        for (const QByteArray &line : lines)
            QVERIFY2(parseJsonObject(line), line.constData());
    }

    void killedDuringAPush_data()
    {
        QTest::addColumn<QJsonObject>("fault");
        const QJsonObject bulk{{QStringLiteral("method"), QStringLiteral("POST")},
            {QStringLiteral("pathRegex"), QStringLiteral("fs/bulk")}};
        QTest::newRow("before the answer")
            << QJsonObject{{QStringLiteral("match"), bulk}, {QStringLiteral("kind"), QStringLiteral("slow")},
                   {QStringLiteral("delayMs"), 3000}, {QStringLiteral("times"), 1}};
        QTest::newRow("while the operation is open") << QJsonObject();
    }

    void killedDuringAPush()
    {
        QFETCH(QJsonObject, fault);
        const bool open = fault.isEmpty();
        const QString name = open ? QStringLiteral("killed-open.md") : QStringLiteral("killed-early.md");
        const QString remote = QStringLiteral("/github/notes/") + name;
        if (open)
            m_sandbox.post(QStringLiteral("/providers/github"),
                {{QStringLiteral("mode"), QStringLiteral("succeed")}, {QStringLiteral("delayMs"), 4000}});
        else
            m_sandbox.post(QStringLiteral("/faults"), fault);
        m_sandbox.remove(QStringLiteral("/requests"));
        const QString file = write(name, "# Survives\n");
        const auto push = startCtl(profile,
            {QStringLiteral("push"), file, QStringLiteral("--workspace"), QStringLiteral("research-room"),
                QStringLiteral("--to"), QStringLiteral("/github/notes")});
        const auto requested = [this] {
            const QJsonObject report = m_sandbox.get(
                QStringLiteral("/requests?pathPrefix=/v1/workspaces/rw_research/") + QStringLiteral("fs/bulk"));
            return report.value(QStringLiteral("total")).toInt() > 0;
        };
        QTRY_VERIFY_WITH_TIMEOUT(requested(), 20'000);
        ::kill(static_cast<pid_t>(push->processId()), SIGKILL);
        QVERIFY(push->waitForFinished());

        const CtlAnswer waited = runCtl(profile,
            {QStringLiteral("wait"), QStringLiteral("--for"), QStringLiteral("idle"), QStringLiteral("--timeout"),
                QStringLiteral("30s"), QStringLiteral("--json")});
        QVERIFY2(waited.code == 0, (waited.err + waited.out).constData());
        QCOMPARE(seenByProvider(remote), 1);
        bool reported = false;
        const CtlAnswer history = runCtl(profile, {QStringLiteral("activity"), QStringLiteral("--json")});
        const QJsonArray entries = history.array();
        for (const QJsonValue &entry : entries)
            reported = reported || entry.toObject().value(QStringLiteral("kind")).toString() == QStringLiteral("push");
        QVERIFY2(reported, history.out.constData());
        m_sandbox.post(QStringLiteral("/providers/github"),
            {{QStringLiteral("mode"), QStringLiteral("succeed")}, {QStringLiteral("delayMs"), 150}});
    }

    void offlineIsNotNow()
    {
        m_sandbox.post(QStringLiteral("/faults"),
            {{QStringLiteral("match"),
                 QJsonObject{{QStringLiteral("pathPrefix"), QStringLiteral("/cloud/api/v1/auth/token/refresh")}}},
                {QStringLiteral("kind"), QStringLiteral("html")}, {QStringLiteral("status"), 403},
                {QStringLiteral("times"), 1}});
        const CtlAnswer check = runCtl(
            profile, {QStringLiteral("account"), QStringLiteral("check"), m_account, QStringLiteral("--json")});
        QCOMPARE(check.code, 4);
        // A page instead of an answer signs nobody out.
        const CtlAnswer show = runCtl(profile, {QStringLiteral("token"), m_account});
        QVERIFY2(show.code == 0, show.err.constData());
        m_sandbox.remove(QStringLiteral("/faults"));
        const CtlAnswer again = runCtl(profile, {QStringLiteral("account"), QStringLiteral("check"), m_account});
        QVERIFY2(again.code == 0, again.err.constData());
    }

    void noSecretIsLeftAnywhere()
    {
        const QJsonArray secrets = m_sandbox.get(QStringLiteral("/secrets")).value(QStringLiteral("secrets")).toArray();
        QVERIFY(secrets.size() > 5);
        const QString session = qEnvironmentVariable("POSTROOM_SESSION_DIR");
        QVERIFY(!session.isEmpty());
        const QStringList found = filesWithSecrets(session, secrets, {qEnvironmentVariable("POSTROOM_KEYRING_DATA")});
        QVERIFY2(found.isEmpty(), qPrintable(found.join(QLatin1Char('\n'))));
        const QStringList lines = commandLinesWithSecrets(secrets);
        QVERIFY2(lines.isEmpty(), qPrintable(lines.join(QLatin1Char('\n'))));
    }

    void signingOutLeavesNothingInTheKeyring()
    {
        const CtlAnswer removed = runCtl(profile, {QStringLiteral("account"), QStringLiteral("remove"), m_account});
        QVERIFY2(removed.code == 0, removed.err.constData());
        const CtlAnswer list
            = runCtl(profile, {QStringLiteral("account"), QStringLiteral("list"), QStringLiteral("--json")});
        const QJsonArray accounts = list.array();
        for (const QJsonValue &account : accounts)
            QVERIFY(account.toObject().value(QStringLiteral("id")).toString() != m_account);
    }
};

QTEST_GUILESS_MAIN(TestCtl)
#include "test_ctl.moc"
