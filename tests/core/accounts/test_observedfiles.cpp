// What is read out of the files of other programs, and what is not.
#include "core/accounts/observedfiles.h"
#include "tests/core/accounts/observedbench.h"
#include "tests/support/compare.h"

#include <QTest>
#include <fcntl.h>
#include <unistd.h>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

namespace
{

using Reader = decltype(&readAgentRelaySession);

// An answer as one word: the code of the error, "none", or "ok".
QString answerOf(Reader reader, const QByteArray &content)
{
    const auto reading = reader(content);
    if (!reading)
        return reading.error().kind == ErrorClass::Input ? reading.error().code : u"not an input error"_s;
    return *reading ? u"ok"_s : u"none"_s;
}

// JSON with the quotation marks that are easier to read in here.
QByteArray json(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}

} // namespace

class TestObservedFiles : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void agentRelay()
    {
        const auto reading = readAgentRelaySession(
            json("{'apiUrl':'https://agentrelay.test/cloud','accessToken':'at1','refreshToken':'rt1',"
                 "'accessTokenExpiresAt':'2026-01-15T15:00:00.123456789Z',"
                 "'refreshTokenExpiresAt':'2026-02-15T15:00:00Z','somethingNew':[1]}"));
        QVERIFY(reading && *reading);
        const ObservedCredential &credential = (*reading)->credential;
        QCOMPARE(credential.source, ObservedSource::AgentRelay);
        QCOMPARE(credential.providerId, u"relayfile-cloud"_s);
        QCOMPARE(credential.server, QUrl(u"https://agentrelay.test/cloud"_s));
        QCOMPARE(credential.accessExpiresAt, QDateTime(QDate(2026, 1, 15), QTime(15, 0, 0, 123), Qt::UTC));
        QCOMPARE(credential.refreshExpiresAt, QDateTime(QDate(2026, 2, 15), QTime(15, 0), Qt::UTC));
        QVERIFY(credential.hasRefreshToken);
        QCOMPARE(credential.token, Secret("rt1"_ba).fingerprint());
        QCOMPARE((*reading)->secrets.accessToken.reveal(), "at1"_ba);
        QCOMPARE((*reading)->secrets.refreshToken.reveal(), "rt1"_ba);
    }

    void bundle()
    {
        // exp 1768500000 = 2026-01-15T18:00:00Z counts before what stands beside it.
        const QByteArray claims = json("{'wks':'rw_1','sub':'cli','exp':1768500000,'scopes':['fs:read']}")
                                      .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
        const auto reading = readRelayfileBundle(
            json("{'baseUrl':'https://files.test','relayfileWorkspaceId':'rw_1','workspaceId':'cw_1',"
                 "'token':'relay_pa_e30.CLAIMS.c2ln','relayfileRefreshToken':'rt1',"
                 "'accessTokenExpiresAt':'2026-01-15T09:00:00Z','refreshTokenExpiresAt':'2026-03-01T00:00:00Z',"
                 "'delegationNotAfter':'2026-02-01T00:00:00Z','relayauthUrl':'https://auth.test//',"
                 "'scopes':['fs:read','fs:read'],'relayfileScopes':['fs:write']}")
                .replace("CLAIMS", claims));
        QVERIFY(reading && *reading);
        const ObservedCredential &credential = (*reading)->credential;
        QCOMPARE(credential.providerId, u"relayfile-server"_s);
        QCOMPARE(credential.server, QUrl(u"https://files.test"_s));
        QCOMPARE(credential.subject, u"rw_1/cli"_s);
        QCOMPARE(credential.accessExpiresAt, QDateTime(QDate(2026, 1, 15), QTime(18, 0), Qt::UTC));
        QCOMPARE(credential.refreshExpiresAt, QDateTime(QDate(2026, 2, 1), QTime(0, 0), Qt::UTC));
        QCOMPARE(credential.scopes, (QStringList{u"fs:read"_s, u"fs:write"_s}));
        QCOMPARE((*reading)->secrets.refreshUrl, QUrl(u"https://auth.test/v1/tokens/refresh"_s));
        QVERIFY(credential.hasRefreshToken);
    }

    void bundleThatNamesNoSafeRenewal()
    {
        const auto reading = readRelayfileBundle(json("{'server':'https://files.test','workspaceId':'rw_1',"
                                                      "'accessToken':'at','refreshToken':'rt',"
                                                      "'refreshUrl':'http://auth.test/refresh'}"));
        QVERIFY(reading && *reading);
        QVERIFY(!(*reading)->credential.hasRefreshToken);
        QVERIFY((*reading)->secrets.refreshToken.isEmpty());
        QCOMPARE((*reading)->credential.token, Secret("at"_ba).fingerprint());
    }

    void claudeCode()
    {
        const auto reading = readClaudeCodeCredentials(
            json("{'mcpOAuth':{'x':{'accessToken':'other'}},'claudeAiOauth':{'accessToken':'at1',"
                 "'refreshToken':'rt1','expiresAt':1768489200123,'scopes':['user:inference',7,'user:profile'],"
                 "'subscriptionType':'max'}}"));
        QVERIFY(reading && *reading);
        const ObservedCredential &credential = (*reading)->credential;
        QCOMPARE(credential.providerId, u"claude"_s);
        QCOMPARE(credential.accessExpiresAt, QDateTime::fromMSecsSinceEpoch(1768489200123, Qt::UTC));
        QCOMPARE(credential.scopes, (QStringList{u"user:inference"_s, u"user:profile"_s}));
        QVERIFY(credential.server.isEmpty());
        QVERIFY(!credential.refreshExpiresAt);
    }

    void hostileContent_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("answer");
        const char *names[] = {"agent-relay", "relayfile", "claude-code"};
        const auto row = [&names](int which, const char *what, const QByteArray &content, const QString &answer) {
            QTest::addRow("%s: %s", names[which], what) << which << content << answer;
        };
        for (int which = 0; which < 3; ++which) {
            row(which, "empty", {}, u"unreadable"_s);
            row(which, "cut off", json("{'accessToken':'at','claudeAiOauth':{'accessTok"), u"unreadable"_s);
            row(which, "a list", "[]", u"unreadable"_s);
            row(which, "deep", QByteArray("[").repeated(100'000), u"unreadable"_s);
            row(which, "zeros", QByteArray(4096, '\0'), u"unreadable"_s);
        }
        row(0, "signed out", "{}", u"none"_s);
        row(0, "tokens of another type", json("{'apiUrl':'https://a.test','accessToken':7,'refreshToken':[]}"),
            u"none"_s);
        row(0, "a token with a line break", json("{'apiUrl':'https://a.test','accessToken':'a\\nb'}"), u"none"_s);
        row(0, "only a refresh token", json("{'apiUrl':'https://a.test','refreshToken':'r'}"), u"incomplete"_s);
        row(0, "no server", json("{'accessToken':'a','refreshToken':'r'}"), u"incomplete"_s);
        row(0, "plain http", json("{'apiUrl':'http://a.test','accessToken':'a'}"), u"untrusted-server"_s);
        row(0, "a file as server", json("{'apiUrl':'file:///etc','accessToken':'a'}"), u"untrusted-server"_s);
        row(0, "a time that is none",
            json("{'apiUrl':'https://a.test','accessToken':'a','accessTokenExpiresAt':'soon'}"), u"ok"_s);
        row(1, "nothing in it", "{}", u"incomplete"_s);
        row(1, "no workspace", json("{'server':'https://f.test','token':'a'}"), u"incomplete"_s);
        row(1, "no server", json("{'workspaceId':'w','token':'a'}"), u"incomplete"_s);
        row(1, "plain http", json("{'workspaceId':'w','token':'a','server':'http://f.test'}"), u"untrusted-server"_s);
        row(1, "a person in the address", json("{'workspaceId':'w','token':'a','server':'https://u:p@f.test'}"),
            u"untrusted-server"_s);
        row(2, "other things alone", json("{'mcpOAuth':{}}"), u"none"_s);
        row(2, "signed out", json("{'claudeAiOauth':{'accessToken':'','refreshToken':'','expiresAt':0}}"), u"none"_s);
        row(2, "another type", json("{'claudeAiOauth':'at'}"), u"none"_s);
        row(2, "a time without end", json("{'claudeAiOauth':{'accessToken':'a','expiresAt':1e300}}"), u"ok"_s);
        row(2, "a time before time", json("{'claudeAiOauth':{'accessToken':'a','expiresAt':-5}}"), u"ok"_s);
    }
    void hostileContent()
    {
        QFETCH(int, which);
        QFETCH(QByteArray, content);
        QFETCH(QString, answer);
        const Reader readers[] = {readAgentRelaySession, readRelayfileBundle, readClaudeCodeCredentials};
        QCOMPARE(answerOf(readers[which], content), answer);
        const auto reading = readers[which](content);
        if (reading && *reading)
            QVERIFY(!(*reading)->credential.accessExpiresAt);
    }

    void errorsHoldNothingOfTheContent()
    {
        for (const Reader reader : {readAgentRelaySession, readRelayfileBundle, readClaudeCodeCredentials}) {
            const auto reading = reader(json("{'accessToken':'hush-hush','claudeAiOauth':{'accessToken':'hush-hush'"));
            QVERIFY(!reading);
            const Error &error = reading.error();
            QVERIFY(!(error.message + error.detail + error.next + error.code).contains("hush"_L1));
        }
    }

    void strangeFiles()
    {
        ObservedBench home;
        const QString file = u"folder/file"_s;
        const auto code = [&home, &file] {
            const auto content = readPrivateFile(home.path(file));
            return content ? u"ok"_s : content.error().code;
        };
        QCOMPARE(code(), u"not-found"_s);
        QVERIFY(home.put(file, "x"_ba));
        QCOMPARE(code(), u"ok"_s);
        for (const unsigned mode : {0640U, 0604U, 0620U, 0602U, 0666U}) {
            QVERIFY(home.put(file, "x"_ba, mode));
            QCOMPARE(code(), u"not-private"_s);
        }
        QVERIFY(home.put(file, QByteArray(1024 * 1024, 'x')));
        QCOMPARE(code(), u"ok"_s);
        QVERIFY(home.put(file, QByteArray(1024 * 1024 + 1, 'x')));
        QCOMPARE(code(), u"too-large"_s);
        QVERIFY(QFile::remove(home.path(file)));
        QVERIFY(home.put(u"elsewhere"_s, "x"_ba));
        QVERIFY(QFile::link(home.path(u"elsewhere"_s), home.path(file)));
        QCOMPARE(code(), u"link"_s);
        QVERIFY(QFile::remove(home.path(file)));
        QVERIFY(QDir().mkdir(home.path(file)));
        QCOMPARE(code(), u"not-a-file"_s);
        QVERIFY(QDir().rmdir(home.path(file)));
        QCOMPARE(::mkfifo(QFile::encodeName(home.path(file)).constData(), 0600), 0);
        QCOMPARE(code(), u"not-a-file"_s);
        QVERIFY(QFile::remove(home.path(file)));
        // A file of somebody else: one of the system's, or one given away where the test may do that.
        if (::geteuid() != 0) {
            const auto foreign = readPrivateFile(u"/etc/passwd"_s);
            QVERIFY(!foreign);
            QCOMPARE(foreign.error().code, u"not-owned"_s);
            QVERIFY(home.put(file, "x"_ba, 0200));
            QCOMPARE(code(), u"unreadable"_s);
        } else {
            QVERIFY(home.put(file, "x"_ba));
            QCOMPARE(::chown(QFile::encodeName(home.path(file)).constData(), 12345, 12345), 0);
            QCOMPARE(code(), u"not-owned"_s);
        }
    }

    void placesFollowTheEnvironment()
    {
        ObservedPlaces places = observedPlaces(u"/home/ada"_s, QProcessEnvironment());
        QCOMPARE(places.agentRelayFile, u"/home/ada/.agentworkforce/relay/cloud-auth.json"_s);
        QCOMPARE(places.claudeFile(), u"/home/ada/.claude/.credentials.json"_s);
        QCOMPARE(places.claudeConfig, u"/home/ada/.claude.json"_s);
        QCOMPARE(places.of(ObservedSource::Relayfile), QStringList{u"/home/ada/.relayfile"_s});
        QProcessEnvironment environment;
        environment.insert(u"CLAUDE_CONFIG_DIR"_s, u"/srv/claude/"_s);
        environment.insert(u"RELAYFILE_DELEGATED_CREDENTIALS_FILE"_s, u"/srv/b.json"_s);
        places = observedPlaces(u"/home/ada"_s, environment);
        QCOMPARE(places.claudeFile(), u"/srv/claude/.credentials.json"_s);
        QCOMPARE(places.claudeConfig, u"/srv/claude/.claude.json"_s);
        QCOMPARE(places.relayfileFile, u"/srv/b.json"_s);
        environment.insert(u"CLAUDE_SECURESTORAGE_CONFIG_DIR"_s, u"/srv/vault"_s);
        environment.insert(u"RELAYFILE_MOUNT_CREDS_FILE"_s, u"/srv/a.json"_s);
        places = observedPlaces(u"/home/ada"_s, environment);
        QCOMPARE(places.claudeFile(), u"/srv/vault/.credentials.json"_s);
        QCOMPARE(places.relayfileFile, u"/srv/a.json"_s);
        environment.insert(u"CLAUDE_CONFIG_DIR"_s, u"relative"_s);
        environment.insert(u"CLAUDE_SECURESTORAGE_CONFIG_DIR"_s, u"~/x"_s);
        QCOMPARE(observedPlaces(u"/home/ada"_s, environment).claudeFile(), u"/home/ada/.claude/.credentials.json"_s);
        QVERIFY(observedPlaces(u"ada"_s, environment).of(ObservedSource::ClaudeCode).isEmpty());
    }

    void everythingThatIsThere()
    {
        ObservedBench home;
        const QDateTime end = home.bench.clock.now().addSecs(600);
        QVERIFY(lookAround(home.places).isEmpty());
        QVERIFY(home.putSession(u"rt-relay"_s, end));
        QVERIFY(home.put(u".agentworkforce/relay/cloud-identity.json"_s,
            QJsonObject{{u"userId"_s, u"u1"_s}, {u"email"_s, u"ada@acme.test"_s}}));
        QVERIFY(home.putClaude(u"rt-claude"_s, end));
        QVERIFY(home.put(
            u".claude.json"_s, QJsonObject{{u"oauthAccount"_s, QJsonObject{{u"emailAddress"_s, u"ada\u202e\n@x"_s}}}}));
        QVERIFY(home.putBundle(u"aa/read.json"_s, u"rt-narrow"_s, {u"fs:read"_s}));
        QVERIFY(home.putBundle(u"aa/wide.json"_s, u"rt-wide"_s, {u"fs:read"_s, u"fs:write"_s}));
        QVERIFY(home.putBundle(u"bb/read.json"_s, u"rt-other"_s, {u"fs:read"_s}, u"rw_2"_s));
        QVERIFY(home.put(u".relayfile/delegated/cc/broken.json"_s, "{"_ba));
        QVERIFY(home.put(u".relayfile/delegated/aa/read.json.lock"_s, ""_ba));
        const auto found = lookAround(home.places);
        QCOMPARE(found.size(), 5);
        QHash<QString, ObservedCredential> byPath;
        for (const ObservedCredential &credential : found)
            byPath.insert(QDir(home.home.path()).relativeFilePath(credential.path), credential);
        QCOMPARE(byPath.value(u".agentworkforce/relay/cloud-auth.json"_s).displayName, u"ada@acme.test"_s);
        const QString name = byPath.value(u".claude/.credentials.json"_s).displayName;
        QVERIFY(!name.isEmpty() && !name.contains(u'\n') && !name.contains(QChar(0x202e)));
        QVERIFY(byPath.contains(u".relayfile/delegated/aa/wide.json"_s)); // stands for both of that workspace
        QVERIFY(byPath.contains(u".relayfile/delegated/bb/read.json"_s));
        const ObservedCredential broken = byPath.value(u".relayfile/delegated/cc/broken.json"_s);
        QVERIFY(broken.problem);
        QCOMPARE(broken.problem->code, u"unreadable"_s);
    }
};

QTEST_GUILESS_MAIN(TestObservedFiles)
#include "test_observedfiles.moc"
