// Renders the pages and the sign-in dialog from a fake desk: state × palette × pixel ratio × direction, as PNG.
#include "tests/support/healthdesk.h"
#include "ui/actions.h"
#include "ui/mainwindow.h"
#include "ui/signindialog.h"
#include "ui/uisettings.h"

#include <QApplication>
#include <QDir>
#include <QListWidget>
#include <QPainter>
#include <QProcess>
#include <QPushButton>
#include <QStyleFactory>
#include <QTableView>
#include <QToolButton>

using namespace Postroom;

namespace
{

class NoOpener final : public UrlOpener
{
public:
    bool open(const QUrl &) override { return true; }
};

QPalette darkPalette()
{
    QPalette palette(QColor(0x2b2d30), QColor(0x2b2d30));
    palette.setColor(QPalette::Base, QColor(0x1f2123));
    palette.setColor(QPalette::AlternateBase, QColor(0x26282a));
    palette.setColor(QPalette::Highlight, QColor(0x3574b5));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::PlaceholderText, QColor(0x9aa0a6));
    return palette;
}

void settle()
{
    for (int i = 0; i < 6; ++i)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 60);
}

void save(QWidget *widget, const QString &file)
{
    settle();
    widget->grab().save(file);
}

void renderHealth(const QString &folder, const QString &suffix)
{
    NoOpener opener;
    FakeDesk desk;
    fillHealth(desk);
    UiSettings settings{QString()};
    MainWindow window(&desk, &settings, &opener);
    window.show();
    const QList<AccountStatus> accounts = desk.accountList;
    for (const AccountStatus &account : accounts) {
        window.actions()->accountWanted(account.id);
        save(&window, QStringLiteral("%1/account-%2%3.png").arg(folder, account.id.text(), suffix));
        const char *button = account.state == AccountState::RateLimited ? "tryNowButton"
            : account.custody == Custody::Observed                      ? "adoptAccountButton"
                                                                        : nullptr;
        if (!button)
            continue;
        window.findChild<QPushButton *>(QString::fromLatin1(button))->click();
        save(&window, QStringLiteral("%1/account-%2-asks%3.png").arg(folder, account.id.text(), suffix));
    }
    const auto dialog = [&](const char *name, const char *account, SignInWish wish) {
        SignInDialog box(&desk, &opener, AccountId(QString::fromLatin1(account)), wish, &window);
        box.open();
        save(&box, QStringLiteral("%1/signin-%2%3.png").arg(folder, QString::fromLatin1(name), suffix));
        box.reject();
    };
    dialog("more-access", "missing", SignInWish::MoreAccess);
    dialog("mismatch", "mismatch", SignInWish::SignIn);
    SignInDialog fresh(&desk, &opener, {}, SignInWish::SignIn, &window);
    fresh.open();
    fresh.findChild<QListWidget *>(QStringLiteral("providerList"))->setCurrentRow(2);
    save(&fresh, QStringLiteral("%1/signin-scopes%2.png").arg(folder, suffix));
}

void renderAll(const QString &folder, const QString &suffix)
{
    NoOpener opener;
    for (const QString &state : {QStringLiteral("good"), QStringLiteral("attention"), QStringLiteral("empty")}) {
        FakeDesk desk;
        desk.profileList = someProfiles();
        if (state == QLatin1String("good"))
            fillGood(desk);
        else if (state == QLatin1String("attention"))
            fillAttention(desk);
        UiSettings settings{QString()};
        MainWindow window(&desk, &settings, &opener);
        window.show();
        const QStringList pages{QStringLiteral("home"), QStringLiteral("accounts"), QStringLiteral("workspaces"),
            QStringLiteral("activity"), QStringLiteral("settings")};
        for (int page = 0; page < pages.size(); ++page) {
            window.showPage(static_cast<MainWindow::Page>(page));
            settle();
            if (page == 2 && state == QLatin1String("attention")) {
                window.actions()->workspaceWanted(WorkspaceId(QStringLiteral("issue-desk")));
                if (auto *table = window.findChild<QTableView *>(QStringLiteral("outboxTable")))
                    table->selectRow(0);
            }
            if (page == 3 && state == QLatin1String("attention")) {
                if (auto *details = window.findChild<QToolButton *>(QStringLiteral("transferDetailsButton")))
                    details->setChecked(true);
            }
            save(&window, QStringLiteral("%1/%2-%3%4.png").arg(folder, pages.at(page), state, suffix));
        }
        if (state != QLatin1String("empty"))
            continue;
        const auto dialog = [&](const QString &name, int row, VaultState vault, auto then) {
            desk.vault = vault;
            SignInDialog box(&desk, &opener, {}, SignInWish::SignIn, &window);
            box.open();
            box.findChild<QListWidget *>(QStringLiteral("providerList"))->setCurrentRow(row);
            settle();
            then(box);
            save(&box, QStringLiteral("%1/signin-%2%3.png").arg(folder, name, suffix));
            box.reject();
        };
        const auto start = [](SignInDialog &box) {
            box.findChild<QPushButton *>(QStringLiteral("startSignInButton"))->click();
            settle();
        };
        dialog(QStringLiteral("choose"), 0, VaultState::Unlocked, [](SignInDialog &) { });
        dialog(QStringLiteral("server"), 1, VaultState::Absent, start);
        dialog(QStringLiteral("oauth"), 2, VaultState::Unlocked, [](SignInDialog &) { });
        dialog(QStringLiteral("browser"), 0, VaultState::Unlocked, [&](SignInDialog &box) {
            start(box);
            desk.progress(
                SignInPhase::WaitingForBrowser, QUrl(QStringLiteral("https://auth.acme.example/authorize?x=1")));
        });
        dialog(QStringLiteral("device"), 0, VaultState::Unlocked, [&](SignInDialog &box) {
            start(box);
            desk.progress(SignInPhase::WaitingForDevice, QUrl(QStringLiteral("https://auth.acme.example/device")),
                QStringLiteral("WDJB-MJHT"));
        });
        dialog(QStringLiteral("done"), 0, VaultState::Unlocked, [&](SignInDialog &box) {
            start(box);
            desk.set(goodAccount());
            desk.endSignIn(goodAccount().id);
        });
    }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        qCritical("usage: postroom_render FOLDER [light|dark] [ltr|rtl] (QT_SCALE_FACTOR sets the pixel ratio)");
        return 2;
    }
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qputenv("TZ", "UTC");
    const QString folder = QString::fromLocal8Bit(argv[1]);
    // Pixel ratio and palette belong to the process, so each combination has one of its own.
    if (argc == 2) {
        QCoreApplication application(argc, argv);
        int worst = 0;
        for (const QString &palette : {QStringLiteral("light"), QStringLiteral("dark")}) {
            for (const QString &direction : {QStringLiteral("ltr"), QStringLiteral("rtl")}) {
                for (const QString &ratio : {QStringLiteral("1"), QStringLiteral("2")}) {
                    QProcess process;
                    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
                    environment.insert(QStringLiteral("QT_SCALE_FACTOR"), ratio);
                    process.setProcessEnvironment(environment);
                    process.setProcessChannelMode(QProcess::ForwardedChannels);
                    process.start(QCoreApplication::applicationFilePath(), {folder, palette, direction, ratio});
                    process.waitForFinished(-1);
                    worst = std::max(worst, process.exitCode());
                }
            }
        }
        return worst;
    }
    QApplication application(argc, argv);
    QDir().mkpath(folder);
    QLocale::setDefault(QLocale(QStringLiteral("en_GB")));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QFont font(QStringLiteral("DejaVu Sans"), 10);
    QApplication::setFont(font);
    const QString palette = QString::fromLocal8Bit(argv[2]);
    const QString direction = argc > 3 ? QString::fromLocal8Bit(argv[3]) : QStringLiteral("ltr");
    const QString ratio = argc > 4 ? QString::fromLocal8Bit(argv[4]) : QStringLiteral("1");
    if (palette == QLatin1String("dark"))
        QApplication::setPalette(darkPalette());
    if (direction == QLatin1String("rtl"))
        QApplication::setLayoutDirection(Qt::RightToLeft);
    const QString suffix = QStringLiteral("-%1-%2-%3x").arg(palette, direction, ratio);
    renderAll(folder, suffix);
    renderHealth(folder, suffix);
    return 0;
}
