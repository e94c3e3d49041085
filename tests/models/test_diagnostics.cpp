#include "models/diagnostics.h"
#include "tests/support/fakedesk.h"

#include <QRegularExpression>
#include <QTest>

using namespace Postroom;

namespace
{

const QDateTime now(QDate(2026, 1, 15), QTime(14, 5), Qt::UTC);
const DiagnosticsHost host{QStringLiteral("1.2.3"), QStringLiteral("6.4.2"), QStringLiteral("Debian 12")};

// What no such text may hold, as people and servers put it into the wrong places.
const QStringList secrets{
    QStringLiteral("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"),
    QStringLiteral("sk-ant-oat01-AAAABBBBCCCCDDDDEEEE"),
    QStringLiteral("ghp_0123456789abcdefghijABCDEFGHIJ"),
    QStringLiteral("1//0gXyZ-refresh-0123456789"),
};

AccountStatus troubled()
{
    AccountStatus account = signedOutAccount();
    account.lastError->error.detail = QStringLiteral("POST /token answered 400");
    account.lastError->attempt = 3;
    return account;
}

} // namespace

class TestDiagnostics : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysEverything()
    {
        AccountStatus account = troubled();
        account.expiryAssumed = true;
        account.usableUntil = now.addSecs(600);
        account.signInEndsAt = now.addDays(6);
        account.missingScopes = {QStringLiteral("ops:write")};
        QuotaWindow window;
        window.id = QStringLiteral("five_hour");
        window.usedPercent = 41.5;
        window.observedAt = now;
        account.quota = QuotaStatus{
            QuotaState::Stale, {}, now, now.addSecs(300), {window}, {}, {}, QStringLiteral("server-trouble"), {}};
        AccountEvent first;
        first.at = now.addSecs(-600);
        first.event = QStringLiteral("renewed");
        first.state = AccountState::Fresh;
        AccountEvent last;
        last.at = now.addSecs(-180);
        last.event = QStringLiteral("verdict");
        last.state = AccountState::NeedsSignIn;
        last.reason = QStringLiteral("expired");
        last.error = account.lastError->error;
        last.attempt = 1;
        const QString text = diagnosticsOf(account, {first, last}, host, now);
        for (const char *expected :
            {"Postroom: 1.2.3\n", "Qt: 6.4.2\n", "system: Debian 12\n", "written: 2026-01-15T14:05:00Z\n",
                "state: needs-sign-in\n", "reason: expired\n", "server: login.example.org\n", "  origin: token\n",
                "  class: reauth\n", "  status: 400\n", "  error: invalid_grant\n", "  request id: req-7f3a\n",
                "  attempt: 3\n", "  detail: POST /token answered 400\n", "sign-in ends: 2026-01-21T14:05:00Z\n",
                "missing scopes: ops:write\n", "quota: stale\n", "  five_hour: 41.5 %, seen 2026-01-15T14:05:00Z\n",
                "  last error: server-trouble\n", "works until is assumed",
                "2026-01-15T14:02:00Z  verdict  needs-sign-in  expired  token/reauth  400  invalid_grant  request "
                "req-7f3a  attempt 1\n"})
            QVERIFY2(text.contains(QLatin1String(expected)),
                qPrintable(QLatin1String(expected) + QStringLiteral(" is not in\n") + text));
        QVERIFY(text.indexOf(QLatin1String("verdict")) < text.indexOf(QLatin1String("renewed"))); // newest first
    }

    void holdsNoSecret_data()
    {
        QTest::addColumn<QString>("secret");
        for (const QString &secret : secrets)
            QTest::newRow(qPrintable(secret.left(8))) << secret;
        QTest::newRow("bearer") << QStringLiteral("Bearer abcdefghij0123456789");
        QTest::newRow("form") << QStringLiteral("grant_type=refresh_token&refresh_token=abcDEF0123456789");
        QTest::newRow("json") << QStringLiteral("{\"access_token\":\"abcDEF0123456789\"}");
    }
    void holdsNoSecret()
    {
        QFETCH(QString, secret);
        // In every field that takes words from elsewhere.
        AccountStatus account = troubled();
        const QString words = QStringLiteral("the server said ") + secret;
        account.reason = words;
        account.host = words;
        account.providerId = words;
        account.observedBy = words;
        account.custody = Custody::Observed;
        account.stepUp = words;
        account.scopes = {words};
        account.missingScopes = {words};
        Error &error = account.lastError->error;
        error.code = error.message = error.detail = error.requestId = error.next = words;
        QuotaWindow window;
        window.id = words;
        account.quota = QuotaStatus{QuotaState::Refused, words, now, {}, {window}, {}, {}, words, words};
        AccountEvent event;
        event.at = now;
        event.event = event.reason = words;
        event.error = error;
        const QString text = diagnosticsOf(account, {event}, {words, words, words}, now);
        for (const QString &part : secret.split(QRegularExpression(QStringLiteral("[ =&\":{}]")))) {
            if (part.size() > 14 && part != QLatin1String("refresh_token"))
                QVERIFY2(!text.contains(part), qPrintable(text));
        }
    }

    // People paste this into public places.
    void namesNobody()
    {
        AccountStatus account = troubled();
        account.seenSubject = QStringLiteral("bob@example.org");
        account.lastError->error.message = QStringLiteral("GRACE@example.org is not bob@example.org.");
        const QString text = diagnosticsOf(account, {}, host, now);
        for (const char *name : {"grace@example.org", "bob@example.org", "Grace at Example"})
            QVERIFY2(!text.contains(QLatin1String(name), Qt::CaseInsensitive), qPrintable(text));
        QVERIFY(text.contains(QLatin1String("history: none")));
    }

    void staysOneLinePerFact()
    {
        AccountStatus account = troubled();
        account.reason = QStringLiteral("a\nstate: fresh\r\nb\u2028c");
        const QString text = diagnosticsOf(account, {}, host, now);
        QCOMPARE(text.count(QLatin1String("\nstate: ")), 1);
        QVERIFY(!text.contains(QChar(0x2028)));
    }

    void thisHostIsKnown()
    {
        QVERIFY(!thisHost().version.isEmpty());
        QCOMPARE(thisHost().qt, QString::fromLatin1(qVersion()));
        QVERIFY(!thisHost().system.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestDiagnostics)
#include "test_diagnostics.moc"
