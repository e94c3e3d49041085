// Accounts of other programs behind the one door of all faces, and postroomctl account import.
#include "app/commands.h"
#include "core/base/files.h"
#include "core/vault/memorystore.h"
#include "models/jsonvalues.h"
#include "models/sentences.h"
#include "tests/support/compare.h"
#include "tests/support/fakehttp.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

namespace
{

class Catcher final : public CommandOutput
{
public:
    void out(const QByteArray &text) override { stdoutText += text; }
    void err(const QByteArray &text) override { stderrText += text; }
    QByteArray stdoutText;
    QByteArray stderrText;
};

struct Answer {
    int exitCode = -1;
    QByteArray out;
    QByteArray err;
    QJsonDocument json() const { return QJsonDocument::fromJson(out); }
};

// An engine on a home of its own, with a keychain that pretends.
class House
{
public:
    House()
    {
        paths.home = folder.path();
        paths.config = folder.filePath(u"config"_s);
        paths.state = folder.filePath(u"state"_s);
        paths.runtime = folder.filePath(u"run"_s);
        paths.cacheHome = folder.filePath(u"cache"_s);
    }
    ~House()
    {
        if (engine)
            QCoro::waitFor(engine->shutdown());
    }
    bool build()
    {
        Engine::Parts parts;
        auto http = std::make_unique<FakeHttp>();
        network = http.get();
        parts.http = std::move(http);
        auto store = std::make_unique<MemoryStore>();
        vault = store.get();
        parts.vault = std::move(store);
        engine = std::make_unique<Engine>(paths, std::move(parts));
        return engine->load().has_value();
    }
    bool start() { return build() && QCoro::waitFor(engine->start()).has_value(); }
    bool put(const QString &relative, const QJsonObject &content) const
    {
        const QString path = folder.filePath(relative);
        return QDir().mkpath(QFileInfo(path).absolutePath())
            && writeFileAtomically(path, QJsonDocument(content).toJson()).has_value();
    }
    bool putSession() const
    {
        return put(u".agentworkforce/relay/cloud-auth.json"_s,
            {{u"apiUrl"_s, u"https://cloud.test"_s}, {u"accessToken"_s, u"hushhush-at"_s},
                {u"refreshToken"_s, u"hushhush-rt"_s}, {u"accessTokenExpiresAt"_s, u"2999-01-01T00:00:00Z"_s}});
    }
    bool putBundle(const QString &workspace, const QString &server = u"https://files.test"_s) const
    {
        return put(u".relayfile/delegated/aa/"_s + workspace + u".json"_s,
            {{u"relayfileUrl"_s, server}, {u"workspaceId"_s, workspace}, {u"accessToken"_s, u"hushhush-"_s + workspace},
                {u"accessTokenExpiresAt"_s, u"2999-01-01T00:00:00Z"_s}});
    }
    Answer run(const QStringList &arguments)
    {
        CommandRunner runner(engine.get());
        Catcher output;
        Invocation invocation;
        invocation.arguments = arguments;
        invocation.directory = folder.path();
        Answer answer;
        answer.exitCode = QCoro::waitFor(runner.run(invocation, &output, std::stop_token()));
        answer.out = output.stdoutText;
        answer.err = output.stderrText;
        return answer;
    }

    QTemporaryDir folder;
    Paths paths;
    std::unique_ptr<Engine> engine;
    FakeHttp *network = nullptr;
    MemoryStore *vault = nullptr;
};

} // namespace

class TestEngineImport : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readAfterTheStartAlone()
    {
        House house;
        QVERIFY(house.putSession());
        QVERIFY(house.build());
        QVERIFY(house.engine->accounts().isEmpty());
        QSignalSpy changed(house.engine.get(), &Desk::accountChanged);
        QVERIFY(QCoro::waitFor(house.engine->start()));
        QCOMPARE(changed.size(), 1);
        const auto accounts = house.engine->accounts();
        QCOMPARE(accounts.size(), 1);
        QCOMPARE(accounts.at(0).custody, Custody::Observed);
        const QByteArray json = QJsonDocument(toJson(accounts.at(0), house.engine->now())).toJson();
        QVERIFY(json.contains("\"observed\"") && !json.contains("hushhush"));
        const Sentence sentence = sentenceFor(accounts.at(0), house.engine->now());
        QCOMPARE(sentence.text, u"Kept signed in by agent-relay."_s);
        QCOMPARE(sentence.step, Step::Adopt);
        QVERIFY(house.network->requests().isEmpty());
    }

    void otherCommandsDoNoHarm()
    {
        House house;
        QVERIFY(house.putSession());
        QVERIFY(house.start());
        const AccountId id = house.engine->accounts().value(0).id;
        const auto check = [](const auto &outcome) {
            QVERIFY(!outcome);
            QCOMPARE(outcome.error().code, u"observed"_s);
            QCOMPARE(outcome.error().kind, ErrorClass::Input);
        };
        check(QCoro::waitFor(house.engine->signOut(id)));
        check(QCoro::waitFor(house.engine->removeAccount(id)));
        check(QCoro::waitFor(house.engine->setAccountEnabled(id, false)));
        check(QCoro::waitFor(house.engine->checkAccount(id)));
        SignInRequest request;
        request.account = id;
        check(QCoro::waitFor(house.engine->signIn(request)));
        for (const QStringList &command : {QStringList{u"token"_s, id.text()},
                 QStringList{u"request"_s, id.text(), u"GET"_s, u"https://cloud.test/"_s},
                 QStringList{u"account"_s, u"remove"_s, id.text()}}) {
            const Answer answer = house.run(command);
            QCOMPARE(answer.exitCode, static_cast<int>(ExitFailed));
            QVERIFY2(answer.err.contains("kept signed in by agent-relay"), answer.err.constData());
        }
        QCOMPARE(house.run({u"status"_s, u"--json"_s}).exitCode, static_cast<int>(ExitDone));
        QCOMPARE(house.engine->accounts().size(), 1);
        QVERIFY(house.network->requests().isEmpty());
    }

    void importOne()
    {
        House house;
        QVERIFY(house.putSession());
        QVERIFY(house.start());
        const AccountId observed = house.engine->accounts().value(0).id;
        QSignalSpy removed(house.engine.get(), &Desk::accountRemoved);
        const Answer answer = house.run({u"account"_s, u"import"_s, u"agent-relay"_s, u"--json"_s});
        QCOMPARE(answer.exitCode, static_cast<int>(ExitDone));
        const QJsonArray array = answer.json().array();
        QCOMPARE(array.size(), 1);
        QCOMPARE(array.at(0).toObject().value(u"custody"_s).toString(), u"managed"_s);
        QCOMPARE(array.at(0).toObject().value(u"provider"_s).toString(), u"relayfile-cloud"_s);
        QVERIFY(!answer.out.contains("hushhush"));
        QCOMPARE(removed.size(), 1);
        QCOMPARE(removed.at(0).at(0).value<AccountId>(), observed);
        QCOMPARE(house.engine->accounts().size(), 1);
        QCOMPARE(house.engine->accounts().at(0).custody, Custody::Managed);
        const auto history = QCoro::waitFor(house.engine->activity({}));
        QVERIFY(history && !history->isEmpty());
        QCOMPARE(history->at(0).text, u"Moved from agent-relay into the keychain."_s);
        // Once more lists what was moved before and moves nothing.
        const Answer again = house.run({u"account"_s, u"import"_s, u"agent-relay"_s, u"--json"_s});
        QCOMPARE(again.exitCode, static_cast<int>(ExitDone));
        QCOMPARE(again.json().array().size(), 1);
        QCOMPARE(again.json().array().at(0).toObject().value(u"id"_s), array.at(0).toObject().value(u"id"_s));
        QCOMPARE(house.engine->accounts().size(), 1);
    }

    void importSaysWhatItMeans()
    {
        House house;
        QVERIFY(house.putSession());
        QVERIFY(house.start());
        const Answer answer = house.run({u"account"_s, u"import"_s, u"agent-relay"_s});
        QCOMPARE(answer.exitCode, static_cast<int>(ExitDone));
        QVERIFY(answer.out.contains("From now on Postroom renews this sign-in. agent-relay still has its own copy"));
    }

    void importNothing()
    {
        House house;
        QVERIFY(house.start());
        const Answer answer = house.run({u"account"_s, u"import"_s, u"claude-code"_s, u"--json"_s});
        QCOMPARE(answer.exitCode, static_cast<int>(ExitFailed));
        QVERIFY(answer.err.contains(house.folder.filePath(u".claude/.credentials.json"_s).toUtf8()));
        QCOMPARE(answer.json().object().value(u"error"_s).toObject().value(u"code"_s).toString(), u"nothing-found"_s);
        QCOMPARE(house.run({u"account"_s, u"import"_s, u"netscape"_s}).exitCode, static_cast<int>(ExitUsage));
    }

    void importPartly()
    {
        House house;
        QVERIFY(house.putBundle(u"rw_1"_s));
        QVERIFY(house.putBundle(u"rw_2"_s));
        QVERIFY(house.putBundle(u"rw_3"_s, u"ftp://files.test"_s));
        QVERIFY(house.start());
        const Answer answer = house.run({u"account"_s, u"import"_s, u"relayfile"_s, u"--json"_s});
        QCOMPARE(answer.exitCode, static_cast<int>(ExitPartly));
        const QJsonArray array = answer.json().array();
        QCOMPARE(array.size(), 3);
        QCOMPARE(std::count_if(array.begin(), array.end(),
                     [](const QJsonValue &value) {
                         const QJsonObject object = value.toObject();
                         return object.contains(u"error"_s) && object.contains(u"id"_s) && object.contains(u"label"_s);
                     }),
            1);
        QCOMPARE(answer.err.count('\n'), 1);
    }

    void importIntoAClosedKeychain()
    {
        House house;
        QVERIFY(house.putSession());
        QVERIFY(house.start());
        house.vault->pretend(VaultState::Locked);
        const Answer answer = house.run({u"account"_s, u"import"_s, u"agent-relay"_s});
        QCOMPARE(answer.exitCode, static_cast<int>(ExitKeychain));
        QCOMPARE(house.engine->accounts().value(0).custody, Custody::Observed);
    }
};

QTEST_GUILESS_MAIN(TestEngineImport)
#include "test_engineimport.moc"
