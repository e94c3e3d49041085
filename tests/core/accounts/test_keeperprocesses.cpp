// One grant in many processes: real keychain, real network, a server that rotates. Each process may die or find the
// keyring locked after every step of a refresh, and no grant is lost that the server itself has not ended.
#include "core/accounts/credential.h"
#include "core/accounts/refreshsteps.h"
#include "core/base/ids.h"
#include "core/base/paths.h"
#include "core/oauth/profile.h"
#include "core/vault/keychainstore.h"
#include "tests/core/accounts/probeprocess.h"
#include "tests/core/accounts/rotatingserver.h"
#include "tests/core/vault/keyringcontrol.h"

#include <memory>
#include <vector>

using namespace Postroom;

Q_DECLARE_METATYPE(Postroom::RefreshStep)
Q_DECLARE_METATYPE(Postroom::RotatingServer::Reuse)

namespace
{

constexpr std::array<std::pair<RefreshStep, const char *>, 9> steps{{{RefreshStep::LockTaken, "lock taken"},
    {RefreshStep::Reread, "reread"}, {RefreshStep::ProvedWritable, "proved writable"}, {RefreshStep::Marked, "marked"},
    {RefreshStep::Sent, "sent"}, {RefreshStep::Answered, "answered"}, {RefreshStep::Saved, "saved"},
    {RefreshStep::Verified, "verified"}, {RefreshStep::MarkerCleared, "marker cleared"}}};

// One profile with one account whose access token is over.
class Scene
{
public:
    explicit Scene(RotatingServer::Reuse reuse)
        : server(reuse), profile(QStringLiteral("p-") + randomHex(8)),
          paths(*pathsForProfile(profile, QProcessEnvironment::systemEnvironment())), vault(paths.vaultNamespace())
    {
    }

    bool begin()
    {
        const QByteArray url = server.url(QStringLiteral("/")).toEncoded();
        const QByteArray acme = R"({"id": "acme", "name": "Acme", "kind": "oauth2", "client": {"id": "postroom"},
            "endpoints": {"authorization": "URLauthorize", "token": "URLtoken"}, "scopes": {"default": ["read"]}})";
        ProfileRegistry registry(paths.config + QStringLiteral("/providers"));
        const auto added = registry.add(QByteArray(acme).replace("URL", url));
        if (!paths.ensure() || !added) {
            qWarning() << "no profile:" << (added ? QString() : added.error().message);
            return false;
        }
        ProbeProcess first(profile);
        first.tell("start");
        first.tell("signin " + server.refreshToken());
        const QString account = first.next(QStringLiteral("account "));
        m_key = QStringLiteral("v1/acme/") + account.mid(8);
        if (!account.startsWith(QLatin1String("account "))) {
            qWarning() << account;
            return false;
        }
        return first.quit() && server.requests() == 1 && expire();
    }

    std::optional<Credential> stored()
    {
        const auto value = QCoro::waitFor(vault.read(m_key));
        const auto credential = value ? decodeCredential(*value) : Result<Credential>(Failure(Error()));
        return credential ? std::optional(*credential) : std::nullopt;
    }
    // As if two hours had gone by.
    bool expire()
    {
        auto credential = stored();
        if (!credential)
            return false;
        credential->obtainedAt = credential->obtainedAt.addSecs(-7200);
        credential->expiresAt = credential->expiresAt.addSecs(-7200);
        return QCoro::waitFor(vault.write(m_key, encodeCredential(*credential))).has_value();
    }
    // Requests since the sign-in.
    int requests() const { return server.requests() - 1; }
    // The server's newest token and nothing else.
    bool gave(const QStringList &answers)
    {
        m_told = answers.join(QStringLiteral(", ")).toUtf8();
        return answers == QStringList{QStringLiteral("token ") + Secret(server.accessToken()).fingerprint()};
    }
    const char *told() const { return m_told.constData(); }
    bool holdsTheLiveGrant()
    {
        const auto credential = stored();
        return credential && credential->refreshToken == Secret(server.refreshToken());
    }

    // Goes on to this step and stands there. Where the request is on its way, its answer is as well.
    bool bring(ProbeProcess *held, RefreshStep step) const
    {
        for (int now = 0;; ++now) {
            if (held->next(QStringLiteral("step ")) != QStringLiteral("step %1").arg(now))
                return false;
            if (now == static_cast<int>(step))
                break;
            held->tell("go");
        }
        return step != RefreshStep::Sent || QTest::qWaitFor([this] { return requests() == 1; }, 20'000);
    }

    RotatingServer server;
    QString profile;
    Paths paths;
    KeychainStore vault;

private:
    QString m_key;
    QByteArray m_told;
};

} // namespace

class TestKeeperProcesses : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void K01_manyProcessesManyCallersOneRequest();
    void killedAfterEachStep_data();
    void killedAfterEachStep();
    void keyringLockedAfterEachStep_data();
    void keyringLockedAfterEachStep();

private:
    KeyringControl m_control;
};

void TestKeeperProcesses::init()
{
    if (m_control.isLocked())
        QVERIFY(m_control.unlock());
}

void TestKeeperProcesses::K01_manyProcessesManyCallersOneRequest()
{
    Scene scene(RotatingServer::Reuse::EndsTheGrant);
    QVERIFY(scene.begin());
    std::vector<std::unique_ptr<ProbeProcess>> probes;
    for (int i = 0; i < 8; ++i)
        probes.push_back(std::make_unique<ProbeProcess>(scene.profile));
    for (const auto &probe : probes)
        QCOMPARE(probe->next(QStringLiteral("ready")), QStringLiteral("ready"));
    for (const auto &probe : probes) {
        probe->tell("start");
        probe->tell("tokens 8");
    }
    for (const auto &probe : probes)
        QVERIFY2(scene.gave(probe->answers()), scene.told());
    for (const auto &probe : probes)
        QCOMPARE(probe->count(QStringLiteral("token ")), 8);
    QCOMPARE(scene.requests(), 1);
    QVERIFY(scene.holdsTheLiveGrant());
    for (const auto &probe : probes)
        QVERIFY(probe->quit());
    QCOMPARE(scene.requests(), 1);
}

void TestKeeperProcesses::killedAfterEachStep_data()
{
    QTest::addColumn<RefreshStep>("step");
    QTest::addColumn<RotatingServer::Reuse>("reuse");
    for (const auto &[step, name] : steps) {
        QTest::addRow("%s, reuse is forgiven", name) << step << RotatingServer::Reuse::Forgiven;
        QTest::addRow("%s, reuse ends the grant", name) << step << RotatingServer::Reuse::EndsTheGrant;
    }
}

void TestKeeperProcesses::killedAfterEachStep()
{
    QFETCH(RefreshStep, step);
    QFETCH(RotatingServer::Reuse, reuse);
    Scene scene(reuse);
    QVERIFY(scene.begin());
    const Secret before = scene.stored()->refreshToken;
    ProbeProcess victim(scene.profile, true);
    victim.tell("start");
    victim.tell("tokens 8");
    QVERIFY(scene.bring(&victim, step));
    // Somebody else is there already and wants a token, too.
    ProbeProcess witness(scene.profile);
    QCOMPARE(witness.next(QStringLiteral("ready")), QStringLiteral("ready"));
    witness.tell("start");
    witness.tell("tokens 8");
    victim.kill();
    const QStringList answers = witness.answers();

    const bool lost = step == RefreshStep::Sent || step == RefreshStep::Answered;
    QCOMPARE(scene.requests(), lost ? 2 : 1);
    QCOMPARE(scene.server.reuses(), lost ? 1 : 0);
    ProbeProcess fresh(scene.profile);
    fresh.tell("start");
    if (lost && reuse == RotatingServer::Reuse::EndsTheGrant) {
        // The server itself has ended it, and that is what everybody says.
        QCOMPARE(answers.size(), 1);
        QVERIFY2(answers.constFirst().startsWith(QLatin1String("error reauth ")), qPrintable(answers.constFirst()));
        QVERIFY2(witness.lastStatus().startsWith(QLatin1String("status needs-sign-in lost-response")),
            qPrintable(witness.lastStatus()));
        QCOMPARE(fresh.tokens(1).size(), 1);
        QCOMPARE(fresh.count(QStringLiteral("token ")), 0);
        QVERIFY(scene.stored() && scene.stored()->refreshToken == before); // refused, and kept all the same
    } else {
        QVERIFY2(scene.gave(answers), scene.told());
        QVERIFY2(scene.gave(fresh.tokens(1)), scene.told());
        QVERIFY(scene.holdsTheLiveGrant());
        // And it goes on: the next renewal finds nothing in its way.
        QVERIFY(fresh.quit());
        QVERIFY(scene.expire());
        ProbeProcess later(scene.profile);
        later.tell("start");
        QVERIFY2(scene.gave(later.tokens(8)), scene.told());
        QCOMPARE(scene.requests(), lost ? 3 : 2);
        QVERIFY(scene.holdsTheLiveGrant());
    }
    QCOMPARE(scene.server.reuses(), lost ? 1 : 0);
}

void TestKeeperProcesses::keyringLockedAfterEachStep_data()
{
    QTest::addColumn<RefreshStep>("step");
    for (const auto &[step, name] : steps)
        QTest::addRow("%s", name) << step;
}

void TestKeeperProcesses::keyringLockedAfterEachStep()
{
    QFETCH(RefreshStep, step);
    Scene scene(RotatingServer::Reuse::EndsTheGrant);
    QVERIFY(scene.begin());
    ProbeProcess holder(scene.profile, true);
    holder.tell("start");
    holder.tell("tokens 8");
    QVERIFY(scene.bring(&holder, step));
    QVERIFY(m_control.lock());
    holder.tell("free");
    const QStringList answers = holder.answers();
    const bool provenBefore = step >= RefreshStep::ProvedWritable;
    if (provenBefore) {
        // The keyring was open when it was asked: what came is used, and saved when it can be.
        QVERIFY2(scene.gave(answers), scene.told());
        QCOMPARE(scene.requests(), 1);
    } else {
        // Nothing was sent that could not be kept.
        QCOMPARE(answers.size(), 1);
        QVERIFY2(answers.constFirst().startsWith(QLatin1String("error store ")), qPrintable(answers.constFirst()));
        QCOMPARE(scene.requests(), 0);
    }
    // Another process finds the keyring locked, and spends nothing.
    ProbeProcess other(scene.profile);
    other.tell("start");
    QCOMPARE(other.tokens(8).size(), 1);
    QCOMPARE(other.count(QStringLiteral("token ")), 0);
    QCOMPARE(scene.requests(), provenBefore ? 1 : 0);

    QVERIFY(m_control.unlock());
    QTRY_VERIFY_WITH_TIMEOUT(holder.lastStatus().startsWith(QLatin1String("status fresh"))
            && holder.lastStatus().endsWith(QLatin1String(" saved")),
        30'000);
    QVERIFY2(scene.gave(holder.tokens(8)), scene.told());
    QTRY_VERIFY_WITH_TIMEOUT(other.lastStatus().startsWith(QLatin1String("status fresh")), 30'000);
    QVERIFY2(scene.gave(other.tokens(8)), scene.told());
    QVERIFY(scene.holdsTheLiveGrant());
    QCOMPARE(scene.requests(), 1);
    QCOMPARE(scene.server.reuses(), 0);
    holder.kill();
    ProbeProcess fresh(scene.profile);
    fresh.tell("start");
    QVERIFY2(scene.gave(fresh.tokens(1)), scene.told());
    QCOMPARE(scene.requests(), 1);
}

QTEST_GUILESS_MAIN(TestKeeperProcesses)
#include "test_keeperprocesses.moc"
