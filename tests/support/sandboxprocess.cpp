#include "tests/support/sandboxprocess.h"

#include <QDeadlineTimer>
#include <QEventLoop>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QStandardPaths>

namespace Postroom
{
namespace
{

constexpr int startLimit = 30'000;
constexpr int answerLimit = 20'000;

QString sandboxFile(const QString &name)
{
    return QStringLiteral(POSTROOM_SOURCE_DIR "/tests/sandbox/") + name;
}

} // namespace

SandboxProcess::SandboxProcess()
{
    // What it says on its own account is for whoever reads the test's log.
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
}

SandboxProcess::~SandboxProcess()
{
    for (QProcess *browser : std::as_const(m_browsers)) {
        browser->kill();
        browser->waitForFinished(5000);
        delete browser;
    }
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(5000)) {
        m_process.kill();
        m_process.waitForFinished(5000);
    }
}

bool SandboxProcess::start(const QStringList &furtherArguments)
{
    const QString node = QStandardPaths::findExecutable(QStringLiteral("node"));
    if (node.isEmpty()) {
        m_problem = QStringLiteral("node is not installed; the tests with the sandbox need it");
        return false;
    }
    if (!QFileInfo::exists(sandboxFile(QStringLiteral("main.mjs")))
        || !QFileInfo::exists(sandboxFile(QStringLiteral("node_modules")))) {
        m_problem = QStringLiteral("tests/sandbox is not installed: run `npm ci` in it");
        return false;
    }
    QStringList arguments{sandboxFile(QStringLiteral("main.mjs")), QStringLiteral("--port"), QStringLiteral("0"),
        QStringLiteral("--quiet"), QStringLiteral("--exit-with-parent")};
    if (!furtherArguments.contains(QStringLiteral("--seed")))
        arguments << QStringLiteral("--seed") << QStringLiteral("demo");
    m_process.start(node, arguments + furtherArguments);
    const QDeadlineTimer deadline(startLimit);
    while (!m_process.canReadLine()) {
        if (m_process.state() == QProcess::NotRunning || deadline.hasExpired()) {
            m_problem = QStringLiteral("the sandbox did not start: %1").arg(m_process.errorString());
            return false;
        }
        m_process.waitForReadyRead(static_cast<int>(std::max<qint64>(1, deadline.remainingTime())));
    }
    m_addresses = QJsonDocument::fromJson(m_process.readLine()).object();
    if (!base().isValid() || base().isEmpty()) {
        m_problem = QStringLiteral("the sandbox did not say where it listens");
        return false;
    }
    return true;
}

QUrl SandboxProcess::address(const char *key) const
{
    return QUrl(m_addresses.value(QLatin1String(key)).toString());
}

QJsonObject SandboxProcess::post(const QString &path, const QJsonObject &body)
{
    return exchange("POST", path, QJsonDocument(body).toJson(QJsonDocument::Compact));
}

QJsonObject SandboxProcess::get(const QString &path)
{
    return exchange("GET", path, {});
}

QJsonObject SandboxProcess::remove(const QString &path)
{
    return exchange("DELETE", path, {});
}

QJsonObject SandboxProcess::exchange(const QByteArray &method, const QString &path, const QByteArray &body)
{
    QNetworkAccessManager manager;
    manager.setProxy(QNetworkProxy::NoProxy);
    QNetworkRequest request(QUrl(admin().toString() + path));
    request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    request.setTransferTimeout(answerLimit);
    QNetworkReply *reply = manager.sendCustomRequest(request, method, body);
    QEventLoop loop;
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    const QByteArray content = reply->readAll();
    const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status < 200 || status >= 300) {
        m_problem = QStringLiteral("%1 %2: %3 %4")
                        .arg(QString::fromLatin1(method), path)
                        .arg(status)
                        .arg(QString::fromUtf8(content));
        return {};
    }
    const QJsonDocument document = QJsonDocument::fromJson(content);
    if (document.isArray())
        return {{QStringLiteral("items"), document.array()}};
    return document.object();
}

bool SandboxProcess::openInBrowser(const QUrl &url, const QStringList &options)
{
    const QString node = QStandardPaths::findExecutable(QStringLiteral("node"));
    auto *browser = new QProcess;
    browser->setProcessChannelMode(QProcess::ForwardedChannels);
    m_browsers.append(browser);
    QStringList arguments{sandboxFile(QStringLiteral("consent.mjs"))};
    browser->start(node, arguments + options + QStringList{url.toString(QUrl::FullyEncoded)});
    return browser->waitForStarted();
}

int SandboxProcess::browsersRunning() const
{
    return static_cast<int>(std::count_if(m_browsers.begin(), m_browsers.end(),
        [](const QProcess *browser) { return browser->state() != QProcess::NotRunning; }));
}

} // namespace Postroom
