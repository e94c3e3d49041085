#include "core/base/log.h"

#include <QDateTime>
#include <QFile>
#include <QMutex>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"

namespace Postroom
{

Q_LOGGING_CATEGORY(logBase, "postroom.base", QtInfoMsg)
Q_LOGGING_CATEGORY(logHttp, "postroom.http", QtInfoMsg)
Q_LOGGING_CATEGORY(logVault, "postroom.vault", QtInfoMsg)
Q_LOGGING_CATEGORY(logOAuth, "postroom.oauth", QtInfoMsg)
Q_LOGGING_CATEGORY(logAccounts, "postroom.accounts", QtInfoMsg)
Q_LOGGING_CATEGORY(logWorkspaces, "postroom.workspaces", QtInfoMsg)
Q_LOGGING_CATEGORY(logWriteback, "postroom.writeback", QtInfoMsg)
Q_LOGGING_CATEGORY(logJournal, "postroom.journal", QtInfoMsg)
Q_LOGGING_CATEGORY(logApp, "postroom.app", QtInfoMsg)

namespace
{

constexpr qint64 largestLog = 2 * 1024 * 1024;

// Written by the message handler only, which takes the mutex.
struct LogFile {
    QMutex mutex;
    QByteArray path;
    int descriptor = -1;
    bool toStderr = true;
};

LogFile &logFile()
{
    static LogFile file;
    return file;
}

void openLog(LogFile &file)
{
    file.descriptor = ::open(file.path.constData(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file.descriptor >= 0)
        ::fchmod(file.descriptor, 0600); // one that was there before may be open to others
}

// Foreign text in a message must neither begin a line of its own nor steer a terminal.
QString contained(const QString &message)
{
    QString text;
    text.reserve(message.size());
    for (const QChar c : message) {
        if (c == QLatin1Char('\n'))
            text.append(QStringLiteral("\n    "));
        else
            text.append(c.category() == QChar::Other_Control && c != QLatin1Char('\t')
                    ? QChar(QChar::ReplacementCharacter)
                    : c);
    }
    return text;
}

void handle(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    static const char letters[] = {'D', 'W', 'C', 'F', 'I'};
    const QString line
        = QStringLiteral("%1 %2 %3: %4\n")
              .arg(QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs))
              .arg(QLatin1Char(letters[type]))
              .arg(QString::fromLatin1(context.category ? context.category : "default"), contained(redacted(message)));
    const QByteArray bytes = line.toUtf8();
    LogFile &file = logFile();
    const QMutexLocker lock(&file.mutex);
    if (file.toStderr)
        std::fwrite(bytes.constData(), 1, static_cast<size_t>(bytes.size()), stderr);
    if (file.descriptor < 0)
        return;
    struct stat info{};
    if (::fstat(file.descriptor, &info) == 0 && info.st_size > largestLog) {
        ::close(file.descriptor);
        ::rename(file.path.constData(), QByteArray(file.path + ".1").constData());
        openLog(file);
    }
    // A full disk must not stop the program, so a short write is let go.
    [[maybe_unused]] const ssize_t ignored
        = ::write(file.descriptor, bytes.constData(), static_cast<size_t>(bytes.size()));
}

} // namespace

void installLog(const QString &folder, bool toStderr)
{
    LogFile &file = logFile();
    file.toStderr = toStderr;
    if (!folder.isEmpty()) {
        file.path = QFile::encodeName(folder + QStringLiteral("/postroom.log"));
        openLog(file);
    }
    qInstallMessageHandler(handle);
}

} // namespace Postroom
