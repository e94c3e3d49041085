// One postroom_keeperprobe, as a test sees it. Lines come in while the test's event loop runs, which it has to: the
// server lives in it.
#pragma once

#include <QProcess>
#include <QStringList>
#include <QTest>

namespace Postroom
{

class ProbeProcess
{
public:
    explicit ProbeProcess(const QString &profile, bool holds = false)
    {
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        QObject::connect(&m_process, &QProcess::readyRead, &m_process, [this] {
            while (m_process.canReadLine())
                m_lines.append(QString::fromUtf8(m_process.readLine().trimmed()));
        });
        m_process.start(
            QStringLiteral(KEEPER_PROBE), holds ? QStringList{profile, QStringLiteral("hold")} : QStringList{profile});
    }
    ~ProbeProcess() { kill(); }
    Q_DISABLE_COPY_MOVE(ProbeProcess)

    void tell(const QByteArray &line) { m_process.write(line + '\n'); }
    // Waits for such a line among those that have not been waited for yet, and takes all up to it.
    QString next(const QString &beginning)
    {
        qsizetype at = -1;
        const bool there = QTest::qWaitFor(
            [&] {
                for (at = m_seen; at < m_lines.size() && !m_lines.at(at).startsWith(beginning);)
                    ++at;
                return at < m_lines.size() || m_process.state() == QProcess::NotRunning;
            },
            30'000);
        if (!there || at >= m_lines.size())
            return QStringLiteral("nothing after ") + m_lines.join(QStringLiteral("; "));
        m_seen = at + 1;
        return m_lines.at(at);
    }
    // The distinct answers to "tokens N".
    QStringList tokens(int count)
    {
        tell("tokens " + QByteArray::number(count));
        return answers();
    }
    QStringList answers()
    {
        const qsizetype from = m_seen;
        if (next(QStringLiteral("done")) != QLatin1String("done"))
            return {QStringLiteral("nobody answered: ") + m_lines.join(QStringLiteral("; "))};
        QStringList list;
        for (qsizetype i = from; i < m_seen; ++i) {
            if (m_lines.at(i).startsWith(QLatin1String("token ")) || m_lines.at(i).startsWith(QLatin1String("error ")))
                list.append(m_lines.at(i));
        }
        list.removeDuplicates();
        return list;
    }
    int count(const QString &beginning) const
    {
        return static_cast<int>(std::count_if(
            m_lines.begin(), m_lines.end(), [&](const QString &line) { return line.startsWith(beginning); }));
    }
    QString lastStatus() const
    {
        for (auto line = m_lines.crbegin(); line != m_lines.crend(); ++line) {
            if (line->startsWith(QLatin1String("status ")))
                return *line;
        }
        return {};
    }
    void kill() // SIGKILL
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    bool quit()
    {
        tell("quit");
        return QTest::qWaitFor([&] { return m_process.state() == QProcess::NotRunning; }, 20'000)
            && m_process.exitCode() == 0;
    }

private:
    QProcess m_process;
    QStringList m_lines;
    qsizetype m_seen = 0;
};

} // namespace Postroom
