#include "tests/app/ctlprocess.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

namespace Postroom
{
namespace
{

constexpr int patience = 60'000; // milliseconds

QString kindIn(const QByteArray &content, const QJsonArray &secrets)
{
    for (const QJsonValue &secret : secrets) {
        const QJsonObject entry = secret.toObject();
        const QByteArray value = entry.value(QStringLiteral("value")).toString().toUtf8();
        // Very short ones (user codes) are no secrets in a file of random bytes.
        if (value.size() >= 12 && content.contains(value))
            return entry.value(QStringLiteral("kind")).toString();
    }
    return {};
}

} // namespace

QJsonObject CtlAnswer::object() const
{
    return QJsonDocument::fromJson(out).object();
}

QJsonArray CtlAnswer::array() const
{
    return QJsonDocument::fromJson(out).array();
}

std::unique_ptr<QProcess> startCtl(const QString &profile, const QStringList &arguments, const QByteArray &input)
{
    auto process = std::make_unique<QProcess>();
    process->start(QStringLiteral(POSTROOM_CTL), QStringList{QStringLiteral("--profile"), profile} + arguments);
    process->write(input);
    process->closeWriteChannel();
    return process;
}

CtlAnswer answerOf(QProcess *process)
{
    CtlAnswer answer;
    if (process->state() != QProcess::NotRunning && !process->waitForFinished(patience)) {
        answer.err = "postroomctl did not end in time: " + process->readAllStandardError();
        process->kill();
        process->waitForFinished();
        return answer;
    }
    answer.code = process->exitStatus() == QProcess::NormalExit ? process->exitCode() : -2;
    answer.out = process->readAllStandardOutput();
    answer.err = process->readAllStandardError();
    return answer;
}

CtlAnswer runCtl(const QString &profile, const QStringList &arguments, const QByteArray &input)
{
    const auto process = startCtl(profile, arguments, input);
    return answerOf(process.get());
}

QStringList filesWithSecrets(const QString &folder, const QJsonArray &secrets, const QStringList &except)
{
    QStringList found;
    QDirIterator walk(folder, QDir::Files | QDir::Hidden | QDir::NoSymLinks, QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        const QString path = walk.next();
        bool skipped = false;
        for (const QString &left : except)
            skipped = skipped || path.startsWith(left);
        QFile file(path);
        if (skipped || !file.open(QIODevice::ReadOnly))
            continue;
        const QString kind = kindIn(file.readAll(), secrets);
        if (!kind.isEmpty())
            found.append(path + QStringLiteral(": ") + kind);
    }
    return found;
}

QStringList commandLinesWithSecrets(const QJsonArray &secrets)
{
    QStringList found;
    const QStringList processes = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs);
    for (const QString &process : processes) {
        QFile file(QStringLiteral("/proc/%1/cmdline").arg(process));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const QByteArray line = file.readAll();
        const QString kind = kindIn(line, secrets);
        if (!kind.isEmpty())
            found.append(QString::fromLocal8Bit(line.left(60)) + QStringLiteral(": ") + kind);
    }
    return found;
}

} // namespace Postroom
