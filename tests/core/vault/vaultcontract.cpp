#include "tests/core/vault/vaultcontract.h"

#include <QRandomGenerator>
#include <QTest>

#include "core/base/ids.h"
#include "tests/support/compare.h"

namespace Postroom
{
namespace
{

const QString key = QStringLiteral("v1/cloud/0123456789abcdef");

QByteArray everyByte()
{
    QByteArray bytes;
    for (int i = 0; i < 256; ++i)
        bytes.append(static_cast<char>(i));
    return bytes;
}

// Runs without being awaited, as callers do that start several at once.
QCoro::Task<void> writeThenNote(SecretStore *store, QString name, Secret value, QStringList *order, QString note)
{
    const auto done = co_await store->write(name, value);
    order->append(done ? note : toString(done.error().problem));
}

QCoro::Task<void> readThenNote(SecretStore *store, QString name, QStringList *order)
{
    const auto value = co_await store->read(name);
    order->append(value ? QString::fromUtf8(value->reveal()) : toString(value.error().problem));
}

QCoro::Task<void> removeThenNote(SecretStore *store, QString name, QStringList *order)
{
    const auto done = co_await store->remove(name);
    order->append(done ? QStringLiteral("removed") : toString(done.error().problem));
}

} // namespace

VaultContract::VaultContract(Maker maker) : m_maker(std::move(maker)) { }

void VaultContract::init()
{
    // A namespace of its own for each test, so that a keyring's leftovers cannot help or harm.
    m_store = m_maker(QStringLiteral("postroom-test-") + randomHex(8));
}

void VaultContract::cleanup()
{
    m_store.reset();
}

VaultResult<Secret> VaultContract::read(const QString &name)
{
    return QCoro::waitFor(m_store->read(name));
}

VaultResult<void> VaultContract::write(const QString &name, const QByteArray &value)
{
    return QCoro::waitFor(m_store->write(name, Secret(value)));
}

VaultResult<void> VaultContract::take(const QString &name)
{
    return QCoro::waitFor(m_store->remove(name));
}

void VaultContract::giveBackWhatWasWritten_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("json") << QByteArray("{\"v\":1,\"rt\":\"abc\"}");
    QTest::newRow("umlauts") << QStringLiteral("Grüße, 世界").toUtf8();
    QTest::newRow("one byte") << QByteArray("x");
    QTest::newRow("one zero byte") << QByteArray(1, '\0');
    QTest::newRow("zeros inside") << QByteArray("a\0b\0\0c", 6);
    QTest::newRow("zero at the end") << QByteArray("abc\0", 4);
    QTest::newRow("every byte") << everyByte();
    QTest::newRow("not UTF-8") << QByteArray("\xff\xfe\xc0\x80\xed\xa0\x80");
    QTest::newRow("white space") << QByteArray(" \r\n\t ");
    QTest::newRow("looks like base64") << QByteArray("aGVsbG8=");
    QTest::newRow("64 KiB") << everyByte().repeated(256);
}

void VaultContract::giveBackWhatWasWritten()
{
    QFETCH(QByteArray, value);
    const auto written = write(key, value);
    QVERIFY2(written, written ? "" : qPrintable(written.error().detail));
    const auto back = read(key);
    QVERIFY2(back, back ? "" : qPrintable(toString(back.error().problem)));
    QCOMPARE(back->reveal(), value);
    QVERIFY(take(key));
}

void VaultContract::refuseWhatIsTooLarge()
{
    QVERIFY(write(key, "before"));
    const auto written = write(key, QByteArray(largestSecret + 1, 'x'));
    QVERIFY(!written);
    QCOMPARE(written.error().problem, VaultProblem::TooLarge);
    QCOMPARE(read(key)->reveal(), QByteArray("before"));
}

void VaultContract::refuseAnEmptyValue()
{
    QVERIFY(write(key, "before"));
    const auto written = write(key, QByteArray());
    QVERIFY(!written);
    QCOMPARE(written.error().problem, VaultProblem::Corrupt);
    QCOMPARE(read(key)->reveal(), QByteArray("before"));
}

void VaultContract::overwrite()
{
    QVERIFY(write(key, "first"));
    QVERIFY(write(key, "second, and longer"));
    QCOMPARE(read(key)->reveal(), QByteArray("second, and longer"));
    QVERIFY(take(key));
    QCOMPARE(read(key).error().problem, VaultProblem::NotFound);
}

void VaultContract::overwriteWithAPrefix()
{
    QVERIFY(write(key, "secret-value"));
    QVERIFY(write(key, "secret"));
    QCOMPARE(read(key)->reveal(), QByteArray("secret"));
}

void VaultContract::missingEntryIsNotFound()
{
    const auto value = read(key);
    QVERIFY(!value);
    QCOMPARE(value.error().problem, VaultProblem::NotFound);
}

void VaultContract::remove()
{
    QVERIFY(write(key, "value"));
    QVERIFY(take(key));
    QCOMPARE(read(key).error().problem, VaultProblem::NotFound);
}

void VaultContract::removeWhatIsNotThere()
{
    QVERIFY(take(key));
    QVERIFY(take(key));
}

void VaultContract::keepTheOrderOfCalls()
{
    QStringList order;
    QStringList expected;
    for (int i = 0; i < 8; ++i) {
        const QString value = QString::number(i);
        writeThenNote(m_store.get(), key, Secret(value), &order, QStringLiteral("written ") + value);
        readThenNote(m_store.get(), key, &order);
        expected << QStringLiteral("written ") + value << value;
    }
    removeThenNote(m_store.get(), key, &order);
    readThenNote(m_store.get(), key, &order);
    expected << QStringLiteral("removed") << QStringLiteral("not-found");
    QTRY_COMPARE_WITH_TIMEOUT(order.size(), expected.size(), 30'000);
    QCOMPARE(order, expected);
}

void VaultContract::keepNamespacesApart()
{
    const auto other = m_maker(QStringLiteral("postroom-test-") + randomHex(8));
    QVERIFY(write(key, "mine"));
    QCOMPARE(QCoro::waitFor(other->read(key)).error().problem, VaultProblem::NotFound);
    QVERIFY(QCoro::waitFor(other->write(key, Secret(QByteArray("theirs")))));
    QCOMPARE(read(key)->reveal(), QByteArray("mine"));
    QVERIFY(QCoro::waitFor(other->remove(key)));
    QCOMPARE(read(key)->reveal(), QByteArray("mine"));
}

void VaultContract::keepKeysApart()
{
    const QStringList keys{QStringLiteral("v1/a/1"), QStringLiteral("v1/a/11"), QStringLiteral("v1/A/1"),
        QStringLiteral("v1/a/1 "), QStringLiteral("v1/ä/1")};
    for (const QString &name : keys)
        QVERIFY(write(name, "value of " + name.toUtf8()));
    QVERIFY(take(keys.at(1)));
    for (const QString &name : keys) {
        const auto value = read(name);
        if (name == keys.at(1))
            QCOMPARE(value.error().problem, VaultProblem::NotFound);
        else
            QCOMPARE(value->reveal(), "value of " + name.toUtf8());
    }
}

void VaultContract::tellTheState()
{
    QCOMPARE(QCoro::waitFor(m_store->probe()), VaultState::Unlocked);
    QCOMPARE(m_store->state(), VaultState::Unlocked);
}

void VaultContract::unlockAnOpenStore()
{
    QVERIFY(QCoro::waitFor(m_store->unlock()));
    QCOMPARE(m_store->state(), VaultState::Unlocked);
}

void VaultContract::randomHistory()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("seed %u", seed);
    QRandomGenerator random(seed);
    QHash<QString, QByteArray> expected;
    for (int step = 0; step < 60; ++step) {
        const QString name = QStringLiteral("v1/r/%1").arg(random.bounded(4));
        switch (random.bounded(3)) {
        case 0: {
            QByteArray value(1 + random.bounded(300), Qt::Uninitialized);
            for (char &byte : value)
                byte = static_cast<char>(random.bounded(256));
            QVERIFY(write(name, value));
            expected.insert(name, value);
            break;
        }
        case 1:
            QVERIFY(take(name));
            expected.remove(name);
            break;
        default: {
            const auto value = read(name);
            QCOMPARE(bool(value), expected.contains(name));
            if (value)
                QCOMPARE(value->reveal(), expected.value(name));
            else
                QCOMPARE(value.error().problem, VaultProblem::NotFound);
        }
        }
    }
}

} // namespace Postroom
