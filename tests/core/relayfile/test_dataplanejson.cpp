#include "core/base/json.h"
#include "core/relayfile/dataplanejson.h"
#include "core/relayfile/serviceerror.h"
#include "tests/support/compare.h"
#include "tests/support/fakehttp.h"

#include <QCryptographicHash>
#include <QRandomGenerator>
#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

namespace
{

const QDateTime noon(QDate(2026, 1, 15), QTime(12, 0), Qt::UTC);

BulkFile file(const QByteArray &content)
{
    BulkFile one;
    one.path = u"/linear/a.md"_s;
    one.content = content;
    return one;
}

// What a server makes of one encoded file.
QByteArray decoded(const QByteArray &request)
{
    const auto object = parseJsonObject(request);
    if (!object)
        return "unreadable";
    const QJsonObject one = object->value("files"_L1).toArray().first().toObject();
    const QString content = one.value("content"_L1).toString();
    return one.value("encoding"_L1).toString() == "base64"_L1 ? QByteArray::fromBase64(content.toLatin1())
                                                              : content.toUtf8();
}

} // namespace

class TestDataPlaneJson : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyByteArrives_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<bool>("isText");
        QTest::newRow("empty") << QByteArray() << true;
        QTest::newRow("text") << QByteArray("# Title\n\"quoted\" \\ \t\r\n") << true;
        QTest::newRow("umlauts and emoji") << QByteArray("\xc3\xa4\xf0\x9f\x93\xae") << true;
        QTest::newRow("control characters") << QByteArray("\x01\x1f\x7f") << true;
        QTest::newRow("a byte order mark") << QByteArray("\xef\xbb\xbftext") << false;
        QTest::newRow("a zero") << QByteArray("a\0b", 3) << false;
        QTest::newRow("broken UTF-8") << QByteArray("a\xff") << false;
        QTest::newRow("cut UTF-8") << QByteArray("\xf0\x9f\x93") << false;
        QTest::newRow("overlong") << QByteArray("\xc0\xaf") << false;
        QTest::newRow("a surrogate") << QByteArray("\xed\xa0\x80") << false;
    }
    void everyByteArrives()
    {
        QFETCH(QByteArray, content);
        QFETCH(bool, isText);
        const QByteArray request = encodeBulk({file(content)});
        QCOMPARE(decoded(request), content);
        QCOMPARE(!request.contains("base64"), isText);
        QCOMPARE(encodedSize(file(content)), request.size());
    }

    void randomBytesArrive()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo() << "seed" << seed;
        QRandomGenerator random(seed);
        for (int i = 0; i < 500; ++i) {
            QByteArray content(random.bounded(40), '\0');
            for (char &c : content)
                c = static_cast<char>(random.bounded(random.bounded(2) == 0 ? 256 : 128));
            QCOMPARE(decoded(encodeBulk({file(content)})), content);
        }
    }

    void conditionsAndIdentity()
    {
        BulkFile one = file("x");
        one.contentType = u"text/markdown"_s;
        one.ifMatch = u"rev_7"_s;
        one.identity = ContentIdentity{u"mount-writeback-create-draft"_s, u"k"_s, 60};
        const auto object = parseJsonObject(encodeBulk({one, file("y")}));
        QVERIFY(object);
        const QJsonArray files = object->value("files"_L1).toArray();
        QCOMPARE(files.size(), 2);
        const QJsonObject first = files.first().toObject();
        QCOMPARE(first.value("ifMatch"_L1).toString(), u"rev_7"_s);
        QCOMPARE(first.value("contentType"_L1).toString(), u"text/markdown"_s);
        QCOMPARE(first.value("contentIdentity"_L1).toObject().value("ttlSeconds"_L1).toInt(), 60);
        QVERIFY(!files.last().toObject().contains("ifMatch"_L1));
        QVERIFY(!files.last().toObject().contains("contentIdentity"_L1));
    }

    void bulkAnswersAreReadTolerantly()
    {
        const auto none = readBulkAnswer("{\"written\":0,\"results\":null,\"errors\":[{\"path\":\"/"
                                         "a\",\"code\":\"conflict\",\"message\":\"no\\nway\","
                                         "\"expectedRevision\":\"rev_1\",\"currentRevision\":\"rev_2\"},null,7]}");
        QVERIFY(none);
        QVERIFY(none->results.isEmpty());
        QCOMPARE(none->problems.size(), 1);
        QCOMPARE(none->problems.first().message, u"no way"_s);
        QCOMPARE(none->problems.first().currentRevision, u"rev_2"_s);
        const auto some
            = readBulkAnswer("{\"results\":[{\"path\":\"/a\",\"revision\":\"rev_3\",\"opId\":null,\"writeback\":null},"
                             "{\"path\":\"/b\",\"opId\":\"op_1\",\"writeback\":{\"state\":\"pending\"}},{},\"x\"]}");
        QVERIFY(some);
        QCOMPARE(some->results.size(), 2);
        QVERIFY(some->results.first().operationId.isEmpty());
        QCOMPARE(some->results.last().operationId, u"op_1"_s);
        QCOMPARE(some->results.last().writebackState, u"pending"_s);
        QVERIFY(readBulkAnswer("{}"));
        QVERIFY(!readBulkAnswer(""));
        QVERIFY(!readBulkAnswer("{\"results\":["));
        QVERIFY(!readBulkAnswer("null"));
    }

    void operations_data()
    {
        QTest::addColumn<QByteArray>("status");
        QTest::addColumn<bool>("isFinal");
        QTest::addColumn<bool>("hasFailed");
        QTest::newRow("pending") << QByteArray("pending") << false << false;
        QTest::newRow("queued") << QByteArray("queued") << false << false;
        QTest::newRow("running") << QByteArray("running") << false << false;
        QTest::newRow("succeeded") << QByteArray("succeeded") << true << false;
        QTest::newRow("failed") << QByteArray("failed") << true << true;
        QTest::newRow("dead_lettered") << QByteArray("dead_lettered") << true << true;
        QTest::newRow("canceled") << QByteArray("canceled") << true << true;
        QTest::newRow("something new") << QByteArray("quarantined") << false << false;
        QTest::newRow("nothing") << QByteArray() << false << false;
    }
    void operations()
    {
        QFETCH(QByteArray, status);
        QFETCH(bool, isFinal);
        QFETCH(bool, hasFailed);
        QString cursor;
        const auto list = readOperations("{\"items\":[{\"opId\":\"op_1\",\"status\":\"" + status
                + "\",\"attemptCount\":\"2\",\"lastError\":\"title\\u0000 is\\n "
                  "required\",\"nextAttemptAt\":null,\"path\":null},null,{}],\"nextCursor\":null}",
            &cursor);
        QVERIFY(list);
        QCOMPARE(list->size(), 1);
        const Operation operation = list->first();
        QCOMPARE(operation.isFinal(), isFinal);
        QCOMPARE(operation.hasFailed(), hasFailed);
        QCOMPARE(operation.attempts, 2);
        QVERIFY(!operation.lastError.contains(u'\n') && operation.lastError.contains(u"required"_s));
        QVERIFY(!operation.nextAttemptAt);
        QVERIFY(cursor.isEmpty());
    }

    void filesTellOrCountTheirHash()
    {
        const QString hash = QString::fromLatin1(QCryptographicHash::hash("abc", QCryptographicHash::Sha256).toHex());
        const auto told
            = readFileAnswer("{\"path\":\"/a\",\"revision\":\"rev_1\",\"contentHash\":\"ABCD\",\"content\":\"abc\"}");
        QVERIFY(told);
        QCOMPARE(told->contentHash, u"abcd"_s);
        QCOMPARE(told->size, 3);
        QCOMPARE(readFileAnswer("{\"path\":\"/a\",\"content\":\"abc\"}")->contentHash, hash);
        QCOMPARE(readFileAnswer("{\"path\":\"/a\",\"content\":\"YWJj\",\"encoding\":\"base64\"}")->contentHash, hash);
        QVERIFY(readFileAnswer("{\"path\":\"/a\",\"content\":null}")->contentHash.isEmpty());
        QVERIFY(!readFileAnswer("<html>"));
    }

    void errors_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("code");
        QTest::addColumn<int>("kind");
        const auto row = [](const char *name, int status, const QByteArray &body, const char *code, ErrorClass kind) {
            QTest::newRow(name) << status << body << QString::fromLatin1(code) << static_cast<int>(kind);
        };
        row("data plane 401", 401, "{\"code\":\"unauthorized\",\"message\":\"token expired\"}", "unauthorized",
            ErrorClass::Reauth);
        row("cloud", 401, "{\"error\":\"Sign in again.\",\"code\":\"needs_reauth\"}", "needs_reauth",
            ErrorClass::Reauth);
        row("scope word", 403, "{\"code\":\"forbidden\",\"message\":\"missing required scope: fs:write\"}", "forbidden",
            ErrorClass::Scope);
        row("scope code", 403, "{\"error\":\"You may not.\",\"code\":\"scope_insufficient\"}", "scope_insufficient",
            ErrorClass::Scope);
        row("invalid scope", 400, "{\"error\":\"x\",\"code\":\"invalid_scope\"}", "invalid_scope", ErrorClass::Scope);
        row("policy", 403, "{\"code\":\"forbidden\",\"message\":\"access denied by ACL\"}", "forbidden",
            ErrorClass::Policy);
        row("not found", 404, "{\"code\":\"not_found\",\"message\":\"not found\"}", "not_found", ErrorClass::Input);
        row("a code under error", 404, "{\"error\":\"fork_expired\",\"correlationId\":\"\"}", "fork_expired",
            ErrorClass::Input);
        row("conflict", 409, "{\"code\":\"revision_conflict\",\"message\":\"x\"}", "revision_conflict",
            ErrorClass::Input);
        row("too large", 413, "{\"code\":\"request_entity\",\"message\":\"x\"}", "payload_too_large",
            ErrorClass::Input);
        row("too large by a proxy", 413, "", "payload_too_large", ErrorClass::Infra);
        row("rate", 429, "{\"code\":\"queue_full\",\"message\":\"x\"}", "queue_full", ErrorClass::Rate);
        row("server", 503, "{\"code\":\"unavailable\",\"message\":\"jwks unreachable\"}", "unavailable",
            ErrorClass::Server);
        row("gateway", 502, "<html>", "http-502", ErrorClass::Server);
        row("403 without a word", 403, "", "forbidden", ErrorClass::Infra);
        row("a wrong request", 400, "{\"code\":\"bad_request\",\"message\":\"missing files\"}", "bad_request",
            ErrorClass::Config);
        row("redirect", 302, "", "http-302", ErrorClass::Infra);
        row("a code that is none", 400, "{\"code\":\"<script>\",\"message\":\"x\"}", "http-400", ErrorClass::Config);
    }
    void errors()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(QString, code);
        QFETCH(int, kind);
        const Error error = serviceError(FakeHttp::text(status, "application/json", body), u"file.acme.test"_s, noon);
        QCOMPARE(error.code, code);
        QCOMPARE(static_cast<int>(error.kind), kind);
        QCOMPARE(error.origin, Origin::Resource);
        QCOMPARE(error.status, status);
        QVERIFY(error.message.contains(u"file.acme.test"_s));
        QVERIFY(!error.message.contains(u'\n'));
    }

    void aWebPageIsNotTheService()
    {
        const Error error = serviceError(
            FakeHttp::text(403, "text/html", "{\"code\":\"forbidden\",\"message\":\"scope\"}"), u"x"_s, noon);
        QCOMPARE(error.kind, ErrorClass::Infra);
    }

    void pausesAreTold()
    {
        HttpResponse answer = FakeHttp::json(429, {});
        answer.headers.append(HttpHeader{"Retry-After", "120"});
        QCOMPARE(serviceError(answer, u"x"_s, noon).retryAt, std::optional(noon.addSecs(120)));
        HttpResponse endless = FakeHttp::json(503, {});
        endless.headers.append(HttpHeader{"Retry-After", "99999999"});
        QCOMPARE(serviceError(endless, u"x"_s, noon).retryAt, std::optional(noon.addSecs(6 * 3600)));
        QVERIFY(!serviceError(FakeHttp::json(429, {}), u"x"_s, noon).retryAt);
    }

    void urlsKeepTheirParts()
    {
        QCOMPARE(serviceUrl(QUrl(u"https://a.test/base/"_s), "/v1/x?path=%2Fa%20b").toEncoded(),
            QByteArray("https://a.test/base/v1/x?path=%2Fa%20b"));
        QCOMPARE(serviceUrl(QUrl(u"https://a.test?q=1#f"_s), "/v1").toEncoded(), QByteArray("https://a.test/v1"));
        QCOMPARE(encodedPart(u"/ä b?&=+#%/.."_s), QByteArray("%2F%C3%A4%20b%3F%26%3D%2B%23%25%2F.."));
    }
};

QTEST_GUILESS_MAIN(TestDataPlaneJson)
#include "test_dataplanejson.moc"
