#include "tests/support/healthdesk.h"

namespace Postroom
{
namespace
{

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
    quota.extra = QuotaExtra{true, 3.2, 20, QStringLiteral("EUR"), {}};
    return quota;
}

} // namespace

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

} // namespace Postroom
