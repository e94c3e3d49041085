// postroom_walk FOLDER: plays the main job once and leaves a picture of each step. The demo without a screen, and the
// source of the README's pictures.
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QTableView>
#include <QTest>
#include <cstdio>

#include "models/sentences.h"
#include "tests/app/mainjob.h"

using namespace Postroom;

namespace
{

void tell(const QString &line)
{
    std::fputs(qPrintable(line + QLatin1Char('\n')), stdout);
    std::fflush(stdout);
}

bool walk(MainJob *job)
{
    job->tray().start();
    tell(QStringLiteral("Starting the sandbox and a mount daemon on a mirror of research-room"));
    if (!job->setUp() || !job->open())
        return false;
    job->picture(QStringLiteral("1-first-start"));
    tell(QStringLiteral("Signing in through the browser"));
    if (!job->signIn() || !job->addMirror())
        return false;
    job->picture(QStringLiteral("2-home"));
    tell(QStringLiteral("Dropping a file on research-room"));
    if (!job->choose(QStringLiteral("research-room"))
        || !job->drop(
            {job->write(QStringLiteral("field-notes.md"), "# Field notes\n")}, QStringLiteral("/notion/pages")))
        return false;
    job->picture(QStringLiteral("3-arrived"));
    tell(QStringLiteral("Dropping a file that Linear refuses"));
    if (!job->drop({job->write(QStringLiteral("untitled.json"), "{\"body\": \"no title\"}\n")},
            QStringLiteral("/linear/issues")))
        return false;
    if (!job->untilAttention())
        return false;
    QTest::qWait(300); // the table gathers changes
    if (auto *table = job->find<QTableView>("outboxTable"))
        table->selectRow(0);
    job->picture(QStringLiteral("4-refused"));
    job->window()->showPage(MainWindow::Page::Home);
    job->picture(QStringLiteral("5-home-needs-you"));
    job->window()->showPage(MainWindow::Page::Accounts);
    job->picture(QStringLiteral("6-accounts"));
    job->window()->showPage(MainWindow::Page::Activity);
    QTest::qWait(300); // the history comes from its own thread
    job->picture(QStringLiteral("7-activity"));
    const auto engine = job->desktop()->engine();
    const auto transfers = engine->transfers();
    for (const Transfer &transfer : transfers) {
        const auto items = engine->transferItems(transfer.id);
        for (const TransferItem &item : items)
            tell(QStringLiteral("  %1: %2").arg(item.remotePath, sentenceFor(item).text));
    }
    tell(wholeState(engine->accounts(), engine->workspaces(), transfers, engine->vaultState(), engine->now())
            .sentence.text);
    return job->quit();
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    if (argc != 2) {
        std::fputs("usage: postroom_walk FOLDER\n", stderr);
        return 2;
    }
    const QString folder = QFile::decodeName(argv[1]);
    QDir().mkpath(folder);
    MainJob job;
    job.setPictures(folder);
    if (walk(&job))
        return 0;
    tell(job.problem());
    job.picture(QStringLiteral("problem"));
    return 1;
}
