// Renders the pages and the sign-in dialog from a fake desk: state × palette × pixel ratio × direction, as PNG.
#include "tests/support/fakedesk.h"
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

AccountEvent eventOf(int minutesAgo, const char *event, AccountState state)
{
    AccountEvent made;
    made.at = QDateTime(QDate(2026, 1, 15), QTime(14, 5), Qt::UTC).addSecs(-60 * minutesAgo);
    made.event = QString::fromLatin1(event);
    made.state = state;
    return made;
}

QuotaStatus someQuota(double session, double week)
{
    QuotaStatus quota;
    quota.state = QuotaState::Fresh;
    const auto add = [&quota](const char *id, const char *model, double used, const QDateTime &resetsAt) {
        QuotaWindow window;
        window.id = QString::fromLatin1(id);
        window.model = QString::fromLatin1(model);
        window.usedPercent = used;
        window.resetsAt = resetsAt;
        quota.windows.append(window);
    };
    add("five_hour", "", session, QDateTime(QDate(2026, 1, 15), QTime(16, 30), Qt::UTC));
    add("seven_day", "", week, QDateTime(QDate(2026, 1, 19), QTime(9, 0), Qt::UTC));
    add("seven_day_opus", "Opus", 3, QDateTime(QDate(2026, 1, 19), QTime(9, 0), Qt::UTC));
    quota.extra = QuotaExtra{true, 3.2, 20, QStringLiteral("EUR")};
    return quota;
}

// One account per state of the page that is worth looking at.
void fillHealth(FakeDesk &desk)
{
    fillGood(desk);
    ProviderProfile &oauth = desk.profileList.last();
    oauth.offeredScopes
        = {{QStringLiteral("https://api.example/auth/calendar"), QStringLiteral("Write your calendars")},
            {QStringLiteral("mail.send"), QStringLiteral("Send mail in your name")},
            {QStringLiteral("openid"), QStringLiteral("Know who you are")}};
    oauth.defaultScopes = {QStringLiteral("openid")};
    const auto account = [](const char *id, const QString &label) {
        AccountStatus made = goodAccount();
        made.id = AccountId(QString::fromLatin1(id));
        made.label = label;
        return made;
    };
    AccountStatus quota = account("quota", QStringLiteral("Claude, private"));
    quota.providerName = QStringLiteral("Claude");
    quota.quota = someQuota(41.6, 100);
    quota.signInEndsAt = desk.time.addDays(20);
    AccountStatus missing = account("missing", QStringLiteral("Rights missing"));
    missing.providerId = oauth.id;
    missing.scopes = {QStringLiteral("openid"), QStringLiteral("profile")};
    missing.missingScopes = {QStringLiteral("https://api.example/auth/calendar"), QStringLiteral("mail.send")};
    AccountStatus paused = account("paused", QStringLiteral("Rate limited"));
    paused.state = AccountState::RateLimited;
    paused.badge = Badge::Reconnecting;
    paused.usableUntil.reset();
    paused.nextAt = desk.time.addSecs(1800);
    Error error;
    error.origin = Origin::Token;
    error.kind = ErrorClass::Rate;
    error.status = 429;
    error.code = QStringLiteral("slow_down");
    error.message = QStringLiteral("auth.acme.example asked for a pause.");
    error.requestId = QStringLiteral("req-81c0");
    paused.lastError = LastError{error, 4, desk.time.addSecs(-120)};
    AccountStatus observed = account("observed", QStringLiteral("Claude Code"));
    observed.custody = Custody::Observed;
    observed.observedBy = QStringLiteral("Claude Code");
    observed.nextAt.reset();
    observed.quota = QuotaStatus{};
    observed.quota->state = QuotaState::Refused;
    observed.quota->reason = QStringLiteral("policy");
    AccountStatus mismatch = account("mismatch", QStringLiteral("Somebody else"));
    mismatch.state = AccountState::IdentityMismatch;
    mismatch.seenSubject = QStringLiteral("bob@acme.example");
    mismatch.badge = Badge::NeedsYou;
    AccountStatus longNames = account("long",
        QStringLiteral("Donaudampfschifffahrtsgesellschaft, shared mailbox for arrivals and departures of the line"));
    longNames.subject = QStringLiteral("arrivals-and-departures-of-the-whole-line@donaudampfschifffahrt.example.org");
    longNames.host = QStringLiteral("sign-in.central-services.donaudampfschifffahrtsgesellschaft.example.org");
    longNames.state = AccountState::NeedsSignIn;
    longNames.reason = QStringLiteral("refused");
    longNames.confirmed = false;
    longNames.badge = Badge::NeedsYou;
    longNames.usableUntil.reset();
    longNames.nextAt = desk.time.addDays(1);
    longNames.lastError = LastError{error, 2, desk.time.addSecs(-240)};
    longNames.lastError->error.code = QStringLiteral("organization_requires_device_compliance_check");
    desk.accountList = {quota, missing, paused, observed, mismatch, longNames};
    QList<AccountEvent> history{eventOf(300, "signed-in", AccountState::Fresh),
        eventOf(240, "renewed", AccountState::Fresh), eventOf(180, "renewed", AccountState::Fresh),
        eventOf(61, "keychain", AccountState::Fresh)};
    for (int i = 4; i > 0; --i) {
        AccountEvent trouble = eventOf(2 * i, "trouble", AccountState::Retrying);
        trouble.error = error;
        trouble.error->kind = ErrorClass::Server;
        trouble.error->status = 503;
        trouble.error->code = QStringLiteral("server-trouble");
        trouble.error->message = QStringLiteral("auth.acme.example has a problem (status 503).");
        trouble.attempt = 5 - i;
        history.append(trouble);
    }
    for (const AccountStatus &status : std::as_const(desk.accountList))
        desk.histories.insert(status.id.text(), history);
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
