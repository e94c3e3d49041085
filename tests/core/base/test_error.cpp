#include <QTest>

#include "core/base/error.h"
#include "tests/support/compare.h"

using namespace Postroom;

namespace
{

class TestError : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void originsHaveNames()
    {
        for (int i = 0; i <= static_cast<int>(Origin::Storage); ++i) {
            const auto origin = static_cast<Origin>(i);
            QVERIFY(!toString(origin).isEmpty());
            QCOMPARE(originFromString(toString(origin)), origin);
        }
        QCOMPARE(originFromString(QStringLiteral("somewhere")), Origin::Local);
    }

    void classesHaveNames()
    {
        QSet<QString> names;
        for (int i = 0; i <= static_cast<int>(ErrorClass::Input); ++i) {
            const auto kind = static_cast<ErrorClass>(i);
            names.insert(toString(kind));
            QCOMPARE(errorClassFromString(toString(kind)), kind);
        }
        QCOMPARE(names.size(), static_cast<int>(ErrorClass::Input) + 1);
        // What is not known must not end a sign-in.
        QVERIFY(errorClassFromString(QStringLiteral("later-word")) != ErrorClass::Reauth);
        QCOMPARE(errorClassFromString({}), ErrorClass::Infra);
    }

    void onlyTroubleThatPassesIsTransient()
    {
        const QSet<ErrorClass> transient{ErrorClass::Net, ErrorClass::Server, ErrorClass::Infra, ErrorClass::Ambiguous,
            ErrorClass::Rate, ErrorClass::NetSec};
        for (int i = 0; i <= static_cast<int>(ErrorClass::Input); ++i) {
            Error error;
            error.kind = static_cast<ErrorClass>(i);
            QCOMPARE(error.isTransient(), transient.contains(error.kind));
        }
    }

    void failures()
    {
        const Result<int> input = failInput(QStringLiteral("too-large"), QStringLiteral("It is too large."));
        QVERIFY(!input);
        QCOMPARE(input.error().kind, ErrorClass::Input);
        QCOMPARE(input.error().code, QStringLiteral("too-large"));
        const Result<void> cancelled = failCancelled();
        QCOMPARE(cancelled.error().kind, ErrorClass::Cancel);
        QVERIFY(!cancelled.error().isTransient());
    }
};

} // namespace

QTEST_GUILESS_MAIN(TestError)
#include "test_error.moc"
