// T91: a computer without a network, as a network namespace with nothing in it.
#include "core/http/wayout.h"
#include "tests/core/http/networkbench.h"

#ifdef Q_OS_LINUX
#include <sched.h>
#endif

using namespace Postroom;

class TestOffline : public NetworkBench
{
    Q_OBJECT
public:
    bool isAlone = false;

private Q_SLOTS:
    void initTestCase()
    {
        if (!isAlone)
            QSKIP("no network namespace can be made here");
    }
    void init() { begin(); }
    void cleanup() { end(); }

    void t91Offline_data()
    {
        QTest::addColumn<QString>("url");
        for (const char *url : {"https://auth.example.invalid/token", "https://203.0.113.7/token",
                 "https://[2001:db8::7]/token", "https://198.51.100.1:8443/token"})
            QTest::addRow("%s", url) << QString::fromLatin1(url);
    }
    void t91Offline()
    {
        QFETCH(QString, url);
        QVERIFY(!hasWayOut(QUrl(url)));
        HttpRequest request = post(QUrl(url));
        request.deadline = 20s;
        const auto answer = send(request);
        QVERIFY(!answer);
        QCOMPARE(toString(answer.error().kind), QStringLiteral("t-net"));
        QVERIFY2(
            answer.error().code == QLatin1String("offline"), qPrintable(answer.error().code + answer.error().detail));
    }
};

int main(int argc, char **argv)
{
    TestOffline test;
#ifdef Q_OS_LINUX
    // Before there is a second thread.
    test.isAlone = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
#endif
    for (const char *name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        qunsetenv(name);
    QCoreApplication app(argc, argv);
    return QTest::qExec(&test, argc, argv);
}
#include "test_offline.moc"
