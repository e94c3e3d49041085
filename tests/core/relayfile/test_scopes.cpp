#include "core/relayfile/scopes.h"

#include <QTest>

using namespace Postroom;
using namespace Qt::Literals::StringLiterals;

class TestScopes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keysMatchOtherPrograms()
    {
        QCOMPARE(
            scopeKey({u"fs:read"_s, u"fs:write"_s, u"ops:read"_s, u"sync:trigger"_s}), u"12e1c5683dd6145dbf5e21cd"_s);
        QCOMPARE(scopeKey({u" sync:trigger "_s, u"ops:read"_s, u"fs:write"_s, u"fs:read"_s, u"fs:read"_s, u""_s}),
            u"12e1c5683dd6145dbf5e21cd"_s);
        QCOMPARE(scopeKey({u"relayfile:fs:read:*"_s}), u"07619f741036faf6ffda843a"_s);
        QCOMPARE(scopeKey({u"fs:write:/linear/**"_s, u"ops:read"_s}), u"7bbf4ff0ee991e494a44d29c"_s);
    }

    void sortsByBytes()
    {
        // U+FFFD comes before U+10000 in UTF-8, and after it in UTF-16.
        const QString low(QChar(0xfffd));
        const QString high = QString::fromUcs4(U"\U00010000");
        QCOMPARE(normalisedScopes({high, low}), QStringList({low, high}));
        QCOMPARE(normalisedScopes({u" b"_s, u"a "_s, u"b"_s, u"  "_s}), QStringList({u"a"_s, u"b"_s}));
    }

    void satisfies_data()
    {
        QTest::addColumn<QStringList>("granted");
        QTest::addColumn<QStringList>("wanted");
        QTest::addColumn<bool>("yes");
        const auto row = [](const char *name, const QStringList &granted, const QStringList &wanted, bool yes) {
            QTest::newRow(name) << granted << wanted << yes;
        };
        row("equal", {u"fs:read"_s}, {u"fs:read"_s}, true);
        row("with and without the prefix", {u"relayfile:fs:read:*"_s}, {u"fs:read"_s}, true);
        row("everything by **", {u"relayfile:fs:write:/**"_s}, {u"relayfile:fs:write:/github/**"_s}, true);
        row("everything by *", {u"relayfile:fs:write:*"_s}, {u"fs:write:/github/**"_s}, true);
        row("everything by /*", {u"fs:write:/*"_s}, {u"fs:write:/github/**"_s}, true);
        row("everything by none", {u"fs:write"_s}, {u"relayfile:fs:write:/github/**"_s}, true);
        row("narrower than wanted", {u"fs:write:/github/**"_s}, {u"fs:write"_s}, false);
        row("below a path is not equal", {u"fs:write:/github/**"_s}, {u"fs:write:/github/x/**"_s}, false);
        row("the same path", {u"fs:write:/github/**"_s}, {u"relayfile:fs:write:/github/**"_s}, true);
        row("another action", {u"fs:read"_s}, {u"fs:write"_s}, false);
        row("manage is a word of its own", {u"fs:manage"_s}, {u"fs:write"_s}, false);
        row("one of two", {u"fs:read"_s}, {u"fs:read"_s, u"ops:read"_s}, false);
        row("nothing wanted", {}, {}, true);
        row("nothing granted", {}, {u"fs:read"_s}, false);
        row("colons in a path", {u"fs:read:/a:b"_s}, {u"relayfile:fs:read:/a:b"_s}, true);
        row("no scope at all", {u"fs"_s}, {u"fs:"_s}, false);
    }
    void satisfies()
    {
        QFETCH(QStringList, granted);
        QFETCH(QStringList, wanted);
        QFETCH(bool, yes);
        QCOMPARE(scopesSatisfy(granted, wanted), yes);
    }
};

QTEST_GUILESS_MAIN(TestScopes)
#include "test_scopes.moc"
