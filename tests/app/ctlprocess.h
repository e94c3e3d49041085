// postroomctl as a child process of a test.
#pragma once

#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <memory>

namespace Postroom
{

struct CtlAnswer {
    int code = -1;
    QByteArray out;
    QByteArray err;
    QJsonObject object() const;
    QJsonArray array() const;
};

// Starts the built postroomctl with this test's environment and a profile. The caller keeps the result.
std::unique_ptr<QProcess> startCtl(const QString &profile, const QStringList &arguments, const QByteArray &input = {});
// Runs it to its end, at most a minute.
CtlAnswer runCtl(const QString &profile, const QStringList &arguments, const QByteArray &input = {});
CtlAnswer answerOf(QProcess *process);

// Files below `folder` that hold one of `secrets`, as "file: kind". Folders in `except` are left out.
QStringList filesWithSecrets(const QString &folder, const QJsonArray &secrets, const QStringList &except);
// Command lines of all processes of this computer that hold one of `secrets`.
QStringList commandLinesWithSecrets(const QJsonArray &secrets);

} // namespace Postroom
