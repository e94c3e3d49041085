#include "models/jsonvalues.h"
#include "tests/support/fakedesk.h"

#include <QJsonArray>
#include <QTest>

using namespace Postroom;

class TestJsonValues : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void account()
    {
        FakeDesk desk;
        const QJsonObject object = toJson(signedOutAccount(), desk.time);
        QCOMPARE(object.value(QLatin1String("id")).toString(), QStringLiteral("grace"));
        QCOMPARE(object.value(QLatin1String("state")).toString(), QStringLiteral("needs-sign-in"));
        QCOMPARE(object.value(QLatin1String("badge")).toString(), QStringLiteral("needs-you"));
        QCOMPARE(object.value(QLatin1String("custody")).toString(), QStringLiteral("managed"));
        QCOMPARE(object.value(QLatin1String("storage")).toString(), QStringLiteral("saved"));
        QCOMPARE(object.value(QLatin1String("since")).toString(), QStringLiteral("2026-01-15T14:02:00.000Z"));
        QCOMPARE(object.value(QLatin1String("next")).toObject().value(QLatin1String("action")).toString(),
            QStringLiteral("sign-in"));
        QVERIFY(!object.contains(QLatin1String("usableUntil")));
        QVERIFY(!object.contains(QLatin1String("quota")));
        const QJsonObject error = object.value(QLatin1String("lastError")).toObject();
        QCOMPARE(error.value(QLatin1String("origin")).toString(), QStringLiteral("token"));
        QCOMPARE(error.value(QLatin1String("class")).toString(), QStringLiteral("reauth"));
        QCOMPARE(error.value(QLatin1String("status")).toInt(), 400);
        QCOMPARE(error.value(QLatin1String("attempt")).toInt(), 1);
        QCOMPARE(error.value(QLatin1String("requestId")).toString(), QStringLiteral("req-7f3a"));
    }

    // Nothing known leaves the keys out instead of filling them with nothing.
    void absentMeansUnknown()
    {
        FakeDesk desk;
        const QJsonObject account = toJson(AccountStatus(), desk.time);
        for (const char *key : {"label", "since", "usableUntil", "lastError", "reason"})
            QVERIFY2(!account.contains(QLatin1String(key)), key);
        const QJsonObject workspace = toJson(WorkspaceStatus(), desk.time);
        for (const char *key : {"cloudId", "server", "mirror", "since", "lastSuccessAt", "stuck", "next"})
            QVERIFY2(!workspace.contains(QLatin1String(key)), key);
        QVERIFY(!workspace.value(QLatin1String("daemon")).toObject().contains(QLatin1String("pid")));
        QVERIFY(!toJson(OutboxRecord(), desk.time).contains(QLatin1String("size")));
    }

    void workspace()
    {
        FakeDesk desk;
        const QJsonObject object = toJson(attentionWorkspace(), desk.time);
        QCOMPARE(object.value(QLatin1String("status")).toString(), QStringLiteral("attention"));
        const QJsonObject outbox = object.value(QLatin1String("outbox")).toObject();
        QCOMPARE(outbox.value(QLatin1String("pending")).toInt(), 2);
        QCOMPARE(outbox.value(QLatin1String("attention")).toInt(), 1);
        QCOMPARE(outbox.value(QLatin1String("acked")).toInt(), 4);
        QCOMPARE(outbox.value(QLatin1String("oldestPendingAt")).toString(), QStringLiteral("2026-01-15T13:58:00.000Z"));
        QCOMPARE(object.value(QLatin1String("daemon")).toObject().value(QLatin1String("custody")).toString(),
            QStringLiteral("foreign"));
    }

    void push()
    {
        QList<TransferItem> items;
        for (int state = 0; state <= static_cast<int>(ItemState::Cancelled); ++state) {
            TransferItem item;
            item.state = static_cast<ItemState>(state);
            items.append(item);
        }
        const QJsonObject object = toJson(items);
        QCOMPARE(object.value(QLatin1String("acked")).toInt(), 1);
        QCOMPARE(object.value(QLatin1String("failed")).toInt(), 4);
        const QJsonArray list = object.value(QLatin1String("items")).toArray();
        const QStringList allowed{
            QStringLiteral("acked"), QStringLiteral("failed"), QStringLiteral("attention"), QStringLiteral("queued")};
        for (const QJsonValue &item : list)
            QVERIFY(allowed.contains(item.toObject().value(QLatin1String("state")).toString()));
    }
};

QTEST_GUILESS_MAIN(TestJsonValues)
#include "test_jsonvalues.moc"
