// The sandbox of real peers (tests/sandbox) as a child process of one test, and its browser without a screen.
#pragma once

#include <QJsonObject>
#include <QProcess>
#include <QStringList>
#include <QUrl>

class QNetworkAccessManager;

namespace Postroom
{

// start() once, usually in initTestCase(); the sandbox ends with this object, and with the test process in any case.
// Everything listens on loopback, on ports that the system chose.
class SandboxProcess
{
public:
    SandboxProcess();
    ~SandboxProcess();
    Q_DISABLE_COPY_MOVE(SandboxProcess)

    // False with problem() set: node is missing, its packages are, or the sandbox did not come up in time.
    bool start(const QStringList &furtherArguments = {});
    QString problem() const { return m_problem; }

    QUrl base() const { return address("base"); } // the data plane's server
    QUrl issuer() const { return address("issuer"); } // the OpenID provider
    QUrl cloud() const { return address("cloud"); } // the cloud API base
    QUrl dataPlane() const { return address("dataPlane"); }
    QUrl admin() const { return address("admin"); }
    qint64 pid() const { return m_process.processId(); }

    // The test's own routes, relative to admin(): post("/faults", …). Wait for the answer in a local event loop; an
    // answer other than 2xx is an empty object with problem() set.
    QJsonObject post(const QString &path, const QJsonObject &body = {});
    QJsonObject get(const QString &path);
    QJsonObject remove(const QString &path);

    // Lets the browser go through the pages behind `url` and allow (or deny) everything. Does not wait.
    bool openInBrowser(const QUrl &url, const QStringList &options = {});
    int browsersRunning() const;

private:
    QUrl address(const char *key) const;
    QJsonObject exchange(const QByteArray &method, const QString &path, const QByteArray &body);

    QProcess m_process;
    QList<QProcess *> m_browsers;
    QJsonObject m_addresses;
    QString m_problem;
};

} // namespace Postroom
