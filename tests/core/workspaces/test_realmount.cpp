// Our readings of lease, state and outbox against the real mount daemon on the sandbox.
#include "core/workspaces/outboxreader.h"
#include "core/workspaces/outboxwatch.h"
#include "tests/support/compare.h"
#include "tests/support/sandboxprocess.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <sys/prctl.h>

using namespace Postroom;
using namespace Qt::StringLiterals;

namespace
{

constexpr int patience = 30'000; // receipts are polled every 5 s
const QString workspace = u"rw_research"_s;

// The daemon with everything private below one folder; it ends with this object and with the test in any case.
class MountDaemon
{
public:
    ~MountDaemon() { stop(); }
    bool start(const QString &program, const QString &home, const QStringList &arguments)
    {
        QProcessEnvironment environment;
        environment.insert(u"PATH"_s, qEnvironmentVariable("PATH"));
        environment.insert(u"HOME"_s, home);
        environment.insert(u"XDG_CACHE_HOME"_s, home + u"/cache"_s);
        environment.insert(u"TMPDIR"_s, home);
        m_process.setProcessEnvironment(environment);
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
        m_process.start(program, arguments);
        return m_process.waitForStarted();
    }
    void stop()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        m_process.terminate();
        if (!m_process.waitForFinished(10'000)) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }
    qint64 pid() const { return m_process.processId(); }
    QByteArray log() { return m_process.readAll(); }

private:
    QProcess m_process;
};

void write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(path));
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

std::optional<OutboxRecord> forPath(const OutboxWatch &watch, const QString &path, RecordState state)
{
    const QList<OutboxRecord> records = watch.records();
    for (const OutboxRecord &record : records) {
        if (record.path == path && record.state == state)
            return record;
    }
    return std::nullopt;
}

} // namespace

class TestRealMount : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatTheDaemonWrites();
};

void TestRealMount::readsWhatTheDaemonWrites()
{
    const QString program = QStringLiteral(
        POSTROOM_SOURCE_DIR "/tests/sandbox/node_modules/@relayfile/mount-linux-x64/bin/relayfile-mount");
    if (!QFile::exists(program))
        QSKIP("the mount daemon is not installed: run `npm ci` in tests/sandbox");
    SandboxProcess sandbox;
    QVERIFY2(sandbox.start(), qPrintable(sandbox.problem()));
    const QJsonObject token = sandbox.post(u"/token"_s,
        {{u"workspace"_s, workspace}, {u"ttlSeconds"_s, 3600},
            {u"scopes"_s, QJsonArray{u"fs:read"_s, u"fs:write"_s, u"ops:read"_s, u"sync:read"_s, u"sync:trigger"_s}}});
    QVERIFY2(token.contains(u"token"_s), qPrintable(sandbox.problem()));

    QTemporaryDir folder;
    const QString base = QDir(folder.path()).canonicalPath();
    const QString mirror = base + u"/mirror"_s;
    const QString home = base + u"/home"_s;
    QVERIFY(QDir().mkpath(mirror) && QDir().mkpath(home));
    const QString bundle = base + u"/bundle.json"_s;
    write(bundle,
        QJsonDocument(
            QJsonObject{{u"relayfileUrl"_s, sandbox.base().toString()}, {u"relayfileWorkspaceId"_s, workspace},
                {u"workspaceId"_s, u"cw_research"_s}, {u"accessToken"_s, token.value(u"token"_s)},
                {u"scopes"_s, QJsonArray{u"fs:read"_s, u"fs:write"_s}}})
            .toJson());
    QVERIFY(QFile::setPermissions(bundle, QFile::ReadOwner | QFile::WriteOwner));

    OutboxWatch watch(mirror); // from before there is anything
    watch.start();
    const QString lease = leasePath(home + u"/cache"_s, sandbox.base(), workspace, mirror);
    QVERIFY(!readDaemon(lease, mirror).running);

    MountDaemon daemon;
    QVERIFY(daemon.start(program, home,
        {u"--base-url"_s, sandbox.base().toString(), u"--workspace"_s, workspace, u"--local-dir"_s, mirror,
            u"--creds-file"_s, bundle, u"--interval"_s, u"5s"_s}));
    QTRY_VERIFY2_WITH_TIMEOUT(readDaemon(lease, mirror).running, daemon.log().constData(), patience);
    QVERIFY(QFile::exists(lease)); // the very name that we computed
    const DaemonStatus status = readDaemon(lease, mirror);
    QCOMPARE(status.pid, daemon.pid());
    QCOMPARE(status.custody, DaemonCustody::Foreign);
    QVERIFY(qAbs(status.since.secsTo(QDateTime::currentDateTimeUtc())) < 60);
    // Found as well where the server is not known.
    QCOMPARE(readDaemon(home + u"/cache/relayfile/mount-leases/unknown.lock"_s, mirror).pid, daemon.pid());

    const QString page = mirror + u"/notion/pages/weekly-notes.md"_s;
    const QString ticket = mirror + u"/linear/issues/RES-4.json"_s;
    QTRY_VERIFY2_WITH_TIMEOUT(QFile::exists(page) && QFile::exists(ticket), daemon.log().constData(), patience);
    QTRY_VERIFY_WITH_TIMEOUT(watch.publicState() && watch.publicState()->lastSuccessfulReconcileAt, patience);
    QCOMPARE(watch.publicState()->workspaceId, workspace);
    QCOMPARE(watch.publicState()->remoteRoot, u"/"_s);
    QCOMPARE(watch.publicState()->localRoot, mirror);
    QCOMPARE(watch.publicState()->intervalMs, std::optional<qint64>(5000));
    QVERIFY(watch.summary().present && !watch.isDegraded());

    const QString privateFile = privateStatePath(home, workspace, u"/"_s, mirror);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(privateFile), patience);
    const QString pagePath = remotePathFor(mirror, watch.publicState()->remoteRoot, page).value_or(QString());
    QCOMPARE(pagePath, u"/notion/pages/weekly-notes.md"_s);
    const auto tracked = [&] {
        const auto state = PrivateState::read(privateFile);
        return state ? state->file(pagePath) : std::nullopt;
    };
    QTRY_VERIFY_WITH_TIMEOUT(tracked(), patience);
    QCOMPARE(
        tracked()->hash, QString::fromLatin1(QCryptographicHash::hash(read(page), QCryptographicHash::Sha256).toHex()));
    QVERIFY(!tracked()->revision.isEmpty());

    // One change that is taken and one that the provider refuses.
    const QByteArray text = read(page) + "\nOne more line.\n";
    write(page, text);
    write(ticket, "{\"identifier\":\"RES-4\",\"state\":\"Done\"}\n");
    QTRY_VERIFY2_WITH_TIMEOUT(forPath(watch, pagePath, RecordState::Acked), daemon.log().constData(), patience);
    const OutboxRecord acked = *forPath(watch, pagePath, RecordState::Acked);
    QVERIFY(
        acked.ackedAt.isValid() && acked.firstSeenAt.isValid() && !acked.revision.isEmpty() && acked.action.isEmpty());
    QCOMPARE(acked.size, text.size());
    QCOMPARE(acked.hash, QString::fromLatin1(QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex()));
    const QJsonObject raw
        = QJsonDocument::fromJson(read(mirror + u"/.relay/outbox/acked/%1.json"_s.arg(acked.id))).object();
    QCOMPARE(acked.id, commandId(workspace, pagePath, acked.hash, raw.value(u"firstSeenAt"_s).toString()));
    QCOMPARE(watch.summary().lastAckedAt, acked.ackedAt);

    const QString ticketPath = u"/linear/issues/RES-4.json"_s;
    QTRY_VERIFY2_WITH_TIMEOUT(forPath(watch, ticketPath, RecordState::Attention), daemon.log().constData(), patience);
    const OutboxRecord refused = *forPath(watch, ticketPath, RecordState::Attention);
    QVERIFY2(refused.error.contains(u"title is required"_s), qPrintable(refused.error));
    QVERIFY(!refused.operationId.isEmpty());
    QCOMPARE(watch.summary().newestAttention->id, refused.id);
    const OutboxCounts counts = watch.counts();
    QCOMPARE(counts.pending, 0);
    QCOMPARE(counts.attention, 1);
    QCOMPARE(counts.unreadable, 0);

    daemon.stop();
    QVERIFY(QFile::exists(lease)); // left behind, and only the lock tells
    QVERIFY(!readDaemon(lease, mirror).running);
}

QTEST_GUILESS_MAIN(TestRealMount)
#include "test_realmount.moc"
