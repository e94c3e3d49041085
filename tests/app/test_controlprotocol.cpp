#include <QCborArray>
#include <QRandomGenerator>
#include <QTest>
#include <QtEndian>

#include "app/commands.h"
#include "app/controlprotocol.h"

using namespace Postroom;

namespace
{

class Collected final : public CommandOutput
{
public:
    void out(const QByteArray &text) override { written += text; }
    void err(const QByteArray &text) override { complaints += text; }
    QByteArray written;
    QByteArray complaints;
};

Invocation invocationOf(const QStringList &arguments)
{
    Invocation invocation;
    invocation.arguments = arguments;
    return invocation;
}

} // namespace

class TestControlProtocol : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFrameSurvivesAnySplit()
    {
        Invocation invocation;
        invocation.arguments = {QStringLiteral("push"), QStringLiteral("größe | \n.md")};
        invocation.directory = QStringLiteral("/tmp");
        invocation.input = QByteArray("a\0b", 3);
        const QByteArray frame = encodeFrame(toMessage(invocation));
        QByteArray buffer;
        QCborMap message;
        for (qsizetype i = 0; i + 1 < frame.size(); ++i) {
            buffer.append(frame.at(i));
            QCOMPARE(takeFrame(&buffer, &message), FrameReading::Incomplete);
        }
        buffer.append(frame.back());
        buffer.append("rest");
        QCOMPARE(takeFrame(&buffer, &message), FrameReading::Complete);
        QCOMPARE(buffer, QByteArray("rest"));
        const auto back = invocationFrom(message);
        QVERIFY(back);
        QCOMPARE(back->arguments, invocation.arguments);
        QCOMPARE(back->input, invocation.input);
    }

    void hostileFramesAreMalformed()
    {
        QCborMap message;
        QByteArray huge(4, Qt::Uninitialized);
        qToBigEndian<quint32>(largestFrame + 1, huge.data());
        QCOMPARE(takeFrame(&huge, &message), FrameReading::Malformed);
        QByteArray empty(4, '\0');
        QCOMPARE(takeFrame(&empty, &message), FrameReading::Malformed);
        QByteArray noMap = QByteArray::fromHex("0000000101");
        QCOMPARE(takeFrame(&noMap, &message), FrameReading::Malformed);
        QVERIFY(!invocationFrom({{QStringLiteral("v"), 99}, {QStringLiteral("args"), QCborArray()}}));
        QVERIFY(!invocationFrom({{QStringLiteral("v"), 1}, {QStringLiteral("args"), QCborArray{1, 2}}}));
    }

    void randomBytesNeverCrash()
    {
        const quint32 seed = QRandomGenerator::system()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        for (int round = 0; round < 2000; ++round) {
            QByteArray bytes(static_cast<qsizetype>(random.bounded(64)), Qt::Uninitialized);
            for (char &byte : bytes)
                byte = static_cast<char>(random.bounded(256));
            if (bytes.size() >= 4 && random.bounded(2) == 0)
                qToBigEndian(static_cast<quint32>(bytes.size() - 4), bytes.data());
            QCborMap message;
            const qsizetype before = bytes.size();
            if (takeFrame(&bytes, &message) == FrameReading::Complete) {
                QVERIFY(bytes.size() < before);
                invocationFrom(message);
            }
        }
    }

    void usage_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        const auto row = [](const char *name, const char *arguments, int code) {
            QTest::newRow(name) << QString::fromLatin1(arguments).split(QLatin1Char(' '), Qt::SkipEmptyParts) << code;
        };
        row("nothing", "", ExitUsage);
        row("unknown command", "frobnicate", ExitUsage);
        row("unknown second word", "account frobnicate", ExitUsage);
        row("unknown option", "status --frobnicate", ExitUsage);
        row("too few arguments", "account show", ExitUsage);
        row("too many arguments", "account show a b", ExitUsage);
        row("help", "--help", ExitDone);
        row("help of a group", "account --help", ExitDone);
        row("help of a command", "account add --help", ExitDone);
        row("version", "--version", ExitDone);
        row("version anywhere", "status --version", ExitDone);
    }

    void usage()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        const CommandRunner runner(nullptr);
        Collected output;
        const auto answer = runner.answerAtOnce(invocationOf(arguments), &output);
        QVERIFY(answer);
        QCOMPARE(*answer, code);
        QCOMPARE(output.written.isEmpty(), code != ExitDone);
        QCOMPARE(output.complaints.isEmpty(), code == ExitDone);
    }

    void usageTroubleAsJson()
    {
        const CommandRunner runner(nullptr);
        Collected output;
        QCOMPARE(runner.answerAtOnce(invocationOf({QStringLiteral("nonsense"), QStringLiteral("--json")}), &output),
            std::optional<int>(ExitUsage));
        const QJsonObject error
            = QJsonDocument::fromJson(output.written).object().value(QStringLiteral("error")).toObject();
        QCOMPARE(error.value(QStringLiteral("code")).toString(), QStringLiteral("usage"));
        QVERIFY(!error.value(QStringLiteral("message")).toString().isEmpty());
    }

    void everyCommandHasHelp()
    {
        const CommandRunner runner(nullptr);
        Collected all;
        runner.answerAtOnce(invocationOf({QStringLiteral("--help")}), &all);
        for (const char *command : {"provider add", "account add", "token", "request", "workspace add", "outbox list",
                 "push", "activity", "status", "watch", "wait"})
            QVERIFY2(all.written.contains(command), command);
    }

    void secretsComeOnStandardInput()
    {
        QVERIFY(CommandRunner::wantsInput(
            {QStringLiteral("account"), QStringLiteral("add"), QStringLiteral("x"), QStringLiteral("--token-stdin")}));
        QVERIFY(
            CommandRunner::wantsInput({QStringLiteral("request"), QStringLiteral("--data-file"), QStringLiteral("-")}));
        QVERIFY(!CommandRunner::wantsInput({QStringLiteral("push"), QStringLiteral("a-file")}));
    }

    void durations()
    {
        QCOMPARE(parseDuration(QStringLiteral("90s"))->count(), 90);
        QCOMPARE(parseDuration(QStringLiteral("5m"))->count(), 300);
        QCOMPARE(parseDuration(QStringLiteral("2h"))->count(), 7200);
        QCOMPARE(parseDuration(QStringLiteral("7"))->count(), 7);
        for (const char *bad : {"", "-1s", "1.5s", "s", "1w", "99999999999999s"})
            QVERIFY2(!parseDuration(QString::fromLatin1(bad)), bad);
    }
};

QTEST_GUILESS_MAIN(TestControlProtocol)
#include "test_controlprotocol.moc"
