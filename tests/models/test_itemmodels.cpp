#include "models/accountsmodel.h"
#include "models/activitymodel.h"
#include "models/outboxmodel.h"
#include "models/transfersmodel.h"
#include "models/workspacesmodel.h"
#include "tests/support/fakedesk.h"

#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

using namespace Postroom;

namespace
{

const WorkspaceId room(QStringLiteral("research-room"));

OutboxRecord recordOf(int number, RecordState state = RecordState::Pending)
{
    OutboxRecord record;
    record.id = QStringLiteral("c%1").arg(number);
    record.path = QStringLiteral("/files/%1").arg(number);
    record.state = state;
    record.size = number;
    record.firstSeenAt = QDateTime(QDate(2026, 1, 15), QTime(13, 0), Qt::UTC).addSecs(number);
    return record;
}

QStringList idsOf(const QAbstractItemModel &model)
{
    QStringList ids;
    for (int row = 0; row < model.rowCount(); ++row)
        ids.append(model.index(row, 0).data(IdRole).toString());
    return ids;
}

} // namespace

class TestItemModels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void accountsFollowTheDesk()
    {
        FakeDesk desk;
        fillGood(desk);
        AccountsModel model(&desk);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(idsOf(model), QStringList{QStringLiteral("ada")});
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        desk.set(signedOutAccount());
        QCOMPARE(inserted.size(), 1);
        QCOMPARE(changed.size(), 0);
        QCOMPARE(model.rowCount(), 2);
        AccountStatus status = goodAccount();
        status.state = AccountState::Offline;
        desk.set(status);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed.at(0).at(0).value<QModelIndex>().row(), 0);
        QCOMPARE(changed.at(0).at(1).value<QModelIndex>().row(), 0);
        QVERIFY(!changed.at(0).at(2).value<QList<int>>().isEmpty());
        QVERIFY(!changed.at(0).at(2).value<QList<int>>().contains(IdRole));
        desk.set(status);
        QCOMPARE(changed.size(), 1); // nothing new, nothing said
        QVERIFY(model.index(0, 0).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("Offline")));
    }

    void outboxSortsOnRawValues()
    {
        FakeDesk desk;
        desk.outboxes.insert(room.text(), {recordOf(9), recordOf(10, RecordState::Attention), recordOf(100)});
        OutboxModel model(&desk);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setWorkspace(room);
        QCOMPARE(idsOf(model).first(), QStringLiteral("c10")); // what needs a person
        model.sort(OutboxModel::SizeColumn, Qt::AscendingOrder);
        QCOMPARE(idsOf(model), (QStringList{QStringLiteral("c9"), QStringLiteral("c10"), QStringLiteral("c100")}));
        model.sort(OutboxModel::SizeColumn, Qt::DescendingOrder);
        QCOMPARE(idsOf(model).first(), QStringLiteral("c100"));
        const QPersistentModelIndex kept(model.index(0, 0));
        model.sort(-1, Qt::AscendingOrder);
        QCOMPARE(kept.data(IdRole).toString(), QStringLiteral("c100"));
    }

    // Many changes in a row become one look at the desk.
    void outboxGathers()
    {
        FakeDesk desk;
        OutboxModel model(&desk);
        model.setWorkspace(room);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QList<OutboxRecord> records;
        for (int i = 0; i < 500; ++i) {
            records.append(recordOf(i));
            desk.setOutbox(room, records);
        }
        QTRY_COMPARE(model.rowCount(), 500);
        QCOMPARE(inserted.size(), 1);
        desk.setOutbox(WorkspaceId(QStringLiteral("another")), {});
        QCOMPARE(model.rowCount(), 500);
    }

    void outboxDoublesAreLeftOut()
    {
        FakeDesk desk;
        desk.outboxes.insert(room.text(), {recordOf(1), recordOf(1), recordOf(2)});
        OutboxModel model(&desk);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setWorkspace(room);
        QCOMPARE(model.rowCount(), 2);
    }

    // Whatever happens to the outbox, the model ends with the same rows and every index that somebody kept stays true.
    void randomOutboxes()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        FakeDesk desk;
        OutboxModel model(&desk);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setWorkspace(room);
        QList<OutboxRecord> records;
        for (int round = 0; round < 200; ++round) {
            const int steps = random.bounded(6);
            for (int step = 0; step < steps; ++step) {
                const auto place = records.isEmpty() ? 0 : random.bounded(static_cast<int>(records.size()));
                switch (random.bounded(4)) {
                case 0:
                case 1:
                    records.insert(place,
                        recordOf(static_cast<int>(random.bounded(40)), static_cast<RecordState>(random.bounded(5))));
                    break;
                case 2:
                    if (!records.isEmpty())
                        records.removeAt(place);
                    break;
                default:
                    if (!records.isEmpty())
                        records[place].state = static_cast<RecordState>(random.bounded(5));
                    break;
                }
            }

            desk.outboxes.insert(room.text(), records);
            model.setWorkspace(WorkspaceId(QStringLiteral("x%1").arg(round % 2)));
            model.setWorkspace(room);
            QSet<QString> expected;
            for (const OutboxRecord &record : std::as_const(records))
                expected.insert(record.id);
            const QStringList ids = idsOf(model);
            QCOMPARE(QSet<QString>(ids.begin(), ids.end()), expected);
            QCOMPARE(ids.size(), expected.size());
            model.sort(random.bounded(-1, 4), random.bounded(2) ? Qt::AscendingOrder : Qt::DescendingOrder);
        }
    }

    // The same for the accounts, whose model compares in place, so moves and persistent indexes are part of it.
    void randomAccounts()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        FakeDesk desk;
        AccountsModel model(&desk);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QHash<QString, QPersistentModelIndex> kept;
        for (int round = 0; round < 600; ++round) {
            AccountStatus status = goodAccount();
            status.id = AccountId(QString::number(random.bounded(15)));
            status.label = QString(QChar(u'a' + random.bounded(26)));
            status.state = static_cast<AccountState>(random.bounded(17));
            if (random.bounded(4) == 0) {
                desk.accountList.removeIf([&](const AccountStatus &known) { return known.id == status.id; });
                Q_EMIT desk.accountRemoved(status.id);
            } else {
                desk.set(status);
            }
            QCOMPARE(model.rowCount(), desk.accountList.size());
            QStringList names;
            for (int row = 0; row < model.rowCount(); ++row)
                names.append(model.index(row, 0).data(NameRole).toString());
            QStringList sorted = names;
            std::sort(sorted.begin(), sorted.end());
            QCOMPARE(names, sorted);
            for (auto it = kept.begin(); it != kept.end();) {
                if (it->isValid()) {
                    QCOMPARE(it->data(IdRole).toString(), it.key());
                    ++it;
                } else {
                    it = kept.erase(it);
                }
            }
            if (model.rowCount() > 0) {
                const QModelIndex some = model.index(random.bounded(model.rowCount()), 0);
                kept.insert(some.data(IdRole).toString(), QPersistentModelIndex(some));
            }
        }
    }

    void transferItemsChangeByIndex()
    {
        FakeDesk desk;
        fillAttention(desk);
        TransfersModel model(&desk);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setTransfer(TransferId(QStringLiteral("t1")));
        QCOMPARE(model.rowCount(), 40);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        QList<TransferItem> some = desk.items.value(QStringLiteral("t1")).mid(12, 2);
        for (TransferItem &item : some)
            item.state = ItemState::Acked;
        Q_EMIT desk.transferItemsChanged(TransferId(QStringLiteral("t1")), some);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed.at(0).at(0).value<QModelIndex>().row(), 12);
        QCOMPARE(changed.at(0).at(1).value<QModelIndex>().row(), 13);
        QCOMPARE(model.rowCount(), 40);
        QVERIFY(
            model.index(11, TransfersModel::SentenceColumn).data().toString().contains(QStringLiteral("too large")));
    }

    void activityComesInPages()
    {
        FakeDesk desk;
        for (int i = 1000; i > 0; --i) {
            ActivityEntry entry;
            entry.id = i;
            entry.at = desk.time;
            entry.text = QStringLiteral("entry %1").arg(i);
            desk.history.append(entry);
        }
        ActivityModel model(&desk);
        QVERIFY(desk.calls.isEmpty()); // nothing before it is asked for
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        while (model.canFetchMore({}))
            model.fetchMore({});
        QCOMPARE(model.rowCount(), 1000);
        QCOMPARE(desk.calls,
            (QStringList{QStringLiteral("activity 0 200"), QStringLiteral("activity 801 500"),
                QStringLiteral("activity 301 500")}));
        ActivityEntry entry;
        entry.id = 1001;
        entry.text = QStringLiteral("new");
        Q_EMIT desk.activityAdded(entry);
        Q_EMIT desk.activityAdded(entry); // told twice
        QTRY_COMPARE(model.rowCount(), 1001);
        QCOMPARE(model.index(0, ActivityModel::TextColumn).data().toString(), QStringLiteral("new"));
    }

    void activityTrouble()
    {
        FakeDesk desk;
        Error error;
        error.message = QStringLiteral("The history cannot be read.");
        desk.nextFailures.push_back(error);
        ActivityModel model(&desk);
        QSignalSpy trouble(&model, &ActivityModel::troubleChanged);
        model.fetchMore({});
        QCOMPARE(trouble.size(), 1);
        QCOMPARE(trouble.at(0).at(0).toString(), error.message);
        QVERIFY(model.canFetchMore({}));
    }

    // A page that comes when nobody is there any more.
    void activityOutlived()
    {
        FakeDesk desk;
        desk.held = true;
        {
            ActivityModel model(&desk);
            model.fetchMore({});
        }
        desk.release();
    }
};

QTEST_GUILESS_MAIN(TestItemModels)
#include "test_itemmodels.moc"
