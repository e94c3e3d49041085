#include <QFile>
#include <QRandomGenerator>
#include <QTest>
#include <type_traits>
#include <unistd.h>

#include "core/base/ids.h"
#include "core/base/secret.h"

using namespace Postroom;

namespace
{

template <typename T>
concept Streamable = requires(QDebug debug, T value) { debug << value; };

// Nothing turns a secret into text by accident.
static_assert(!std::is_convertible_v<Secret, QString>);
static_assert(!std::is_convertible_v<Secret, QByteArray>);
static_assert(!std::is_convertible_v<QString, Secret>);
static_assert(!std::is_convertible_v<QByteArray, Secret>);
static_assert(!Streamable<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);

// Kinds of ids do not mix.
static_assert(!std::is_convertible_v<AccountId, WorkspaceId>);
static_assert(!std::is_constructible_v<AccountId, WorkspaceId>);
static_assert(!std::is_convertible_v<QString, AccountId>);

// So that what is looked for is not itself found.
void mask(QByteArray &bytes)
{
    for (char &byte : bytes)
        byte = static_cast<char>(byte ^ 0x5a);
}

// How often the masked bytes lie unmasked in the writable memory of this process.
int occurrencesInMemory(const QByteArray &hidden)
{
    QFile maps(QStringLiteral("/proc/self/maps"));
    QFile memory(QStringLiteral("/proc/self/mem"));
    if (!maps.open(QIODevice::ReadOnly) || !memory.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return -1;
    int found = 0;
    const QList<QByteArray> lines = maps.readAll().split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype dash = line.indexOf('-');
        const qsizetype space = line.indexOf(' ');
        if (dash < 0 || line.mid(space + 1, 2) != "rw")
            continue;
        const quint64 begin = line.left(dash).toULongLong(nullptr, 16);
        const quint64 end = line.mid(dash + 1, space - dash - 1).toULongLong(nullptr, 16);
        // The shadow of a sanitizer is of no use and without an end.
        if (end - begin > 256 * 1024 * 1024)
            continue;
        QByteArray piece(64 * 1024, '\0');
        for (quint64 at = begin; at < end;
            at += static_cast<quint64>(piece.size()) - static_cast<quint64>(hidden.size())) {
            const auto length = std::min<quint64>(end - at, static_cast<quint64>(piece.size()));
            const auto got = ::pread(memory.handle(), piece.data(), length, static_cast<off_t>(at));
            for (ssize_t i = 0; i + hidden.size() <= got; ++i) {
                qsizetype same = 0;
                while (same < hidden.size() && (piece.at(i + same) ^ 0x5a) == hidden.at(same))
                    ++same;
                if (same == hidden.size())
                    ++found;
            }
        }
        piece.fill('\0');
    }
    return found;
}

class TestSecret : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void holdsItsBytes()
    {
        const QByteArray bytes("a\0b\xff", 4);
        const Secret secret(bytes);
        QVERIFY(!secret.isEmpty());
        QCOMPARE(secret.size(), 4);
        QCOMPARE(secret.reveal(), bytes);
        QCOMPARE(Secret(QStringLiteral("grün")).reveal(), QStringLiteral("grün").toUtf8());
    }

    void empty()
    {
        for (const Secret &secret : {Secret(), Secret(QByteArray()), Secret(QString()), Secret(QByteArray(""))}) {
            QVERIFY(secret.isEmpty());
            QCOMPARE(secret.size(), 0);
            QVERIFY(secret.reveal().isEmpty());
            QVERIFY(secret.fingerprint().isEmpty());
            QVERIFY(secret == Secret());
        }
    }

    void isWipedWhenTheLastOwnerLetsGo()
    {
        QByteArray hidden(48, Qt::Uninitialized);
        for (char &byte : hidden)
            byte = static_cast<char>(QRandomGenerator::system()->bounded(1, 256));
        QByteArray bytes = hidden;
        mask(bytes);
        auto first = std::make_unique<Secret>(bytes);
        bytes.fill('\0');
        auto second = std::make_unique<Secret>(*first);
        QVERIFY(occurrencesInMemory(hidden) >= 1);
        first.reset();
        QVERIFY(occurrencesInMemory(hidden) >= 1);
        second.reset();
        QCOMPARE(occurrencesInMemory(hidden), 0);
    }

    void sharesUntilTheLastOwnerLetsGo()
    {
        Secret first(QByteArray("planted-secret"));
        const Secret second = first;
        QVERIFY(second == first);
        first = Secret();
        QVERIFY(first.isEmpty());
        QCOMPARE(second.reveal(), QByteArray("planted-secret"));
    }

    void revealedBytesAreACopy()
    {
        QByteArray revealed;
        {
            const Secret secret(QByteArray("planted-secret"));
            revealed = secret.reveal();
        }
        QCOMPARE(revealed, QByteArray("planted-secret"));
    }

    void givenBytesAreACopy()
    {
        const QByteArray bytes("planted-secret");
        {
            const Secret secret(bytes);
        }
        QCOMPARE(bytes, QByteArray("planted-secret"));
    }

    void fingerprintTellsApart()
    {
        const Secret secret(QByteArray("abc"));
        QCOMPARE(secret.fingerprint(), QStringLiteral("ba7816bf8f01cfea"));
        QCOMPARE(Secret(QByteArray("abc")).fingerprint(), secret.fingerprint());
        QVERIFY(Secret(QByteArray("abd")).fingerprint() != secret.fingerprint());
    }

    void compares()
    {
        QVERIFY(Secret(QByteArray("abc")) == Secret(QStringLiteral("abc")));
        QVERIFY(!(Secret(QByteArray("abc")) == Secret(QByteArray("abd"))));
        QVERIFY(!(Secret(QByteArray("abc")) == Secret(QByteArray("abcd"))));
        QVERIFY(!(Secret(QByteArray("abc")) == Secret()));
        QVERIFY(equalInConstantTime("", ""));
        QVERIFY(equalInConstantTime(QByteArray("a\0b", 3), QByteArray("a\0b", 3)));
        QVERIFY(!equalInConstantTime(QByteArray("a\0b", 3), QByteArray("a\0c", 3)));
        QVERIFY(!equalInConstantTime("a", ""));
    }

    void idsAreRandom()
    {
        QSet<QString> seen;
        static const QRegularExpression shape(QStringLiteral("\\A[0-9a-f]{16}\\z"));
        for (int i = 0; i < 1000; ++i) {
            const QString text = AccountId::create().text();
            QVERIFY(shape.match(text).hasMatch());
            seen.insert(text);
        }
        QCOMPARE(seen.size(), 1000);
        QVERIFY(randomHex(0).isEmpty());
        QCOMPARE(randomHex(7).size(), 7);
    }

    void idsCompareAndHash()
    {
        const AccountId one(QStringLiteral("1"));
        const AccountId two(QStringLiteral("2"));
        QVERIFY(one == AccountId(QStringLiteral("1")));
        QVERIFY(one != two);
        QVERIFY(one < two);
        QVERIFY(AccountId().isEmpty());
        QHash<AccountId, int> counts;
        counts[one] = 1;
        counts[two] = 2;
        QCOMPARE(counts.value(AccountId(QStringLiteral("2"))), 2);
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestSecret)
#include "test_secret.moc"
