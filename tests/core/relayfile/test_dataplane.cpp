#include "tests/core/relayfile/relayfilebench.h"
#include "tests/support/compare.h"

#include <QSet>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace
{

const QString bulkKey = u"POST /v1/workspaces/rw_1/fs/bulk"_s;
const QString fileKey = u"GET /v1/workspaces/rw_1/fs/file"_s;
const QString treeKey = u"GET /v1/workspaces/rw_1/fs/tree"_s;
const QString opsKey = u"GET /v1/workspaces/rw_1/ops"_s;

QList<BulkFile> oneFile()
{
    BulkFile file;
    file.path = u"/linear/a.md"_s;
    file.content = "hello";
    return {file};
}

HttpResponse refused()
{
    return FakeHttp::json(401, {{"code"_L1, "unauthorized"_L1}, {"message"_L1, "token expired"_L1}});
}

} // namespace

class TestDataPlane : public QObject
{
    Q_OBJECT

    static Result<BulkAnswer> push(RelayfileBench &bench)
    {
        return bench.run(
            bench.dataPlane->bulk(bench.key(), RelayfileBench::scopes(), oneFile(), u"transfer-1"_s, {}, {}));
    }

private Q_SLOTS:
    void bulk()
    {
        RelayfileBench bench;
        bench.http.queue(bulkKey,
            FakeHttp::text(202, "application/json",
                "{\"written\":1,\"results\":[{\"path\":\"/linear/a.md\",\"opId\":\"op_1\"}],\"errors\":[]}"));
        const auto answer = push(bench);
        QVERIFY(answer);
        QCOMPARE(answer->results.first().operationId, u"op_1"_s);
        const HttpRequest sent = bench.http.requests(bulkKey).first();
        QCOMPARE(FakeHttp::header(sent, "X-Correlation-Id"), QByteArray("transfer-1"));
        QCOMPARE(FakeHttp::header(sent, "Content-Type"), QByteArray("application/json"));
        QVERIFY(sent.once);
        QVERIFY(FakeHttp::header(sent, "Authorization").startsWith("Bearer e30."));
    }

    void everyRequestIsCorrelated()
    {
        RelayfileBench bench;
        bench.http.serve(opsKey, [](const HttpRequest &) {
            return Result<HttpResponse>(FakeHttp::json(200, {{"items"_L1, QJsonArray()}}));
        });
        QSet<QByteArray> seen;
        for (int i = 0; i < 3; ++i) {
            QVERIFY(bench.run(bench.dataPlane->operations(
                bench.key(), RelayfileBench::scopes(), u"dead_lettered"_s, u"li near"_s, 50)));
            seen.insert(FakeHttp::header(bench.http.requests(opsKey).last(), "X-Correlation-Id"));
        }
        QCOMPARE(seen.size(), 3);
        QCOMPARE(bench.http.requests(opsKey).last().url.query(QUrl::FullyEncoded),
            u"limit=50&status=dead_lettered&provider=li%20near"_s);
    }

    void a401IsReplayedOnce()
    {
        RelayfileBench bench;
        bench.http.queue(bulkKey, refused());
        bench.http.queue(bulkKey, FakeHttp::json(202, {}));
        QVERIFY(push(bench));
        const auto sent = bench.http.requests(bulkKey);
        QCOMPARE(sent.size(), 2);
        QCOMPARE(sent.at(0).body, sent.at(1).body);
        QVERIFY(FakeHttp::header(sent.at(0), "Authorization") != FakeHttp::header(sent.at(1), "Authorization"));
        QCOMPARE(bench.refreshed(), 1);

        bench.http.serve(bulkKey, [](const HttpRequest &) { return Result<HttpResponse>(refused()); });
        bench.http.forgetRequests();
        const auto no = push(bench);
        QVERIFY(!no);
        QCOMPARE(no.error().code, u"unauthorized"_s);
        QCOMPARE(bench.http.count(bulkKey), 2);
        QCOMPARE(bench.status(bench.account).state, AccountState::Fresh);
    }

    void errorsAreTyped()
    {
        RelayfileBench bench;
        bench.http.queue(bulkKey,
            FakeHttp::text(413, "application/json", "{\"code\":\"payload_too_large\",\"message\":\"too much\"}"));
        QCOMPARE(push(bench).error().code, u"payload_too_large"_s);
        HttpResponse busy = FakeHttp::json(429, {{"code"_L1, "rate_limited"_L1}, {"message"_L1, "slow"_L1}});
        busy.headers.append(HttpHeader{"Retry-After", "7"});
        bench.http.queue(bulkKey, busy);
        const auto later = push(bench);
        QCOMPARE(later.error().kind, ErrorClass::Rate);
        QCOMPARE(later.error().retryAt, std::optional(bench.clock.now().addSecs(7)));
        // Taken, and the answer is no answer: nobody may call that a failure.
        bench.http.queue(bulkKey, FakeHttp::text(202, "application/json", "{\"results\":["));
        QCOMPARE(push(bench).error().kind, ErrorClass::Ambiguous);
        bench.http.queue(
            bulkKey, Result<HttpResponse>(FakeHttp::fail(ErrorClass::Ambiguous, u"closed"_s, Origin::Resource)));
        QCOMPARE(push(bench).error().kind, ErrorClass::Ambiguous);
    }

    void operation()
    {
        RelayfileBench bench;
        bench.http.queue(u"GET /v1/workspaces/rw_1/ops/op%2F1"_s,
            FakeHttp::json(200, {{"status"_L1, "failed"_L1}, {"lastError"_L1, "no title"_L1}}));
        const auto operation = bench.run(bench.dataPlane->operation(bench.key(), RelayfileBench::scopes(), u"op/1"_s));
        QVERIFY(operation);
        QCOMPARE(operation->id, u"op/1"_s);
        QVERIFY(operation->hasFailed());
        bench.http.queue(u"GET /v1/workspaces/rw_1/ops/op_2"_s,
            FakeHttp::json(404, {{"code"_L1, "not_found"_L1}, {"message"_L1, "not found"_L1}}));
        QCOMPARE(bench.run(bench.dataPlane->operation(bench.key(), RelayfileBench::scopes(), u"op_2"_s)).error().status,
            404);
    }

    void operationsComeInPages()
    {
        RelayfileBench bench;
        const auto page = [](const char *id, const char *next) {
            return FakeHttp::json(200,
                {{"items"_L1, QJsonArray{QJsonObject{{"opId"_L1, QLatin1String(id)}}}},
                    {"nextCursor"_L1, QLatin1String(next)}});
        };
        bench.http.queue(opsKey, page("op_3", "op_3"));
        bench.http.queue(opsKey, page("op_2", "op_2"));
        bench.http.queue(
            opsKey, FakeHttp::json(400, {{"code"_L1, "bad_request"_L1}, {"message"_L1, "invalid input"_L1}}));
        const auto list = bench.run(bench.dataPlane->operations(bench.key(), RelayfileBench::scopes(), {}, {}, 2000));
        QVERIFY(list);
        QCOMPARE(list->size(), 2);
        QVERIFY(bench.http.requests(opsKey).at(1).url.query().contains(u"cursor=op_3"_s));
    }

    void statFindsAndFindsNot()
    {
        RelayfileBench bench;
        bench.http.queue(fileKey,
            FakeHttp::json(200,
                {{"path"_L1, "/a b"_L1}, {"revision"_L1, "rev_1"_L1}, {"contentHash"_L1, "aa"_L1},
                    {"content"_L1, "x"_L1}}));
        const auto found = bench.run(bench.dataPlane->stat(bench.key(), RelayfileBench::scopes(), u"/a b"_s));
        QVERIFY(found && *found);
        QCOMPARE((*found)->contentHash, u"aa"_s);
        QCOMPARE(bench.http.requests(fileKey).first().url.query(QUrl::FullyEncoded), u"path=%2Fa%20b"_s);
        for (const QByteArray &body : {QByteArray("{\"code\":\"not_found\",\"message\":\"not found\"}"),
                 QByteArray("{\"error\":\"not_found\"}")}) {
            bench.http.queue(fileKey, FakeHttp::text(404, "application/json", body));
            const auto none = bench.run(bench.dataPlane->stat(bench.key(), RelayfileBench::scopes(), u"/a"_s));
            QVERIFY(none && !*none);
        }
        // A gateway's 404 says nothing about the file.
        bench.http.queue(fileKey, FakeHttp::text(404, "text/html", "<html>"));
        QVERIFY(!bench.run(bench.dataPlane->stat(bench.key(), RelayfileBench::scopes(), u"/a"_s)));
    }

    void aHugeFileIsFoundInItsFolder()
    {
        RelayfileBench bench;
        bench.http.queue(
            fileKey, Result<HttpResponse>(FakeHttp::fail(ErrorClass::Infra, u"answer-too-large"_s, Origin::Resource)));
        bench.http.queue(treeKey,
            FakeHttp::json(200,
                {{"entries"_L1, QJsonArray{QJsonObject{{"path"_L1, "/big/a"_L1}, {"type"_L1, "dir"_L1}}}},
                    {"nextCursor"_L1, "/big/a"_L1}}));
        bench.http.queue(treeKey,
            FakeHttp::json(200,
                {{"entries"_L1,
                     QJsonArray{QJsonObject{{"path"_L1, "/big/b"_L1}, {"type"_L1, "file"_L1},
                         {"contentHash"_L1, "bb"_L1}, {"size"_L1, 9}}}},
                    {"nextCursor"_L1, QJsonValue()}}));
        const auto found = bench.run(bench.dataPlane->stat(bench.key(), RelayfileBench::scopes(), u"/big/b"_s));
        QVERIFY(found && *found);
        QCOMPARE((*found)->contentHash, u"bb"_s);
        QCOMPARE((*found)->size, 9);
        QVERIFY(
            bench.http.requests(treeKey).first().url.query(QUrl::FullyEncoded).startsWith(u"path=%2Fbig&depth=1"_s));
    }

    void stopMeansStop()
    {
        RelayfileBench bench;
        QVERIFY(bench.access());
        std::stop_source stop;
        stop.request_stop();
        const auto answer
            = bench.run(bench.dataPlane->tree(bench.key(), RelayfileBench::scopes(), u"/"_s, 2, stop.get_token()));
        QVERIFY(!answer);
        QCOMPARE(answer.error().kind, ErrorClass::Cancel);
        QCOMPARE(bench.http.count(treeKey), 0);
    }
};

QTEST_GUILESS_MAIN(TestDataPlane)
#include "test_dataplane.moc"
