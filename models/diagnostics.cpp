#include "models/diagnostics.h"

#include "core/base/text.h"

#include <QDir>
#include <QSysInfo>
#include <algorithm>

namespace Postroom
{
namespace
{

// One line, without anything that looks like a credential.
QString clean(const QString &foreign, int limit = 200)
{
    return oneLine(redacted(foreign), limit);
}

QString utc(const QDateTime &time)
{
    return time.isValid() ? time.toUTC().toString(Qt::ISODate) : QString();
}

// Collects `key: value` lines and leaves out what is empty.
class Report
{
public:
    explicit Report(QStringList hidden) : m_hidden(std::move(hidden)) { }

    void add(const char *key, const QString &value)
    {
        if (!value.isEmpty())
            line(QLatin1String(key) + QStringLiteral(": ") + value);
    }
    void add(const char *key, const std::optional<QDateTime> &time) { add(key, time ? utc(*time) : QString()); }
    void line(QString text)
    {
        // Names of people turn up in the words of servers, too.
        for (const QString &name : m_hidden)
            text.replace(name, QStringLiteral("(name)"), Qt::CaseInsensitive);
        m_lines.append(text);
    }
    QString text() const { return m_lines.join(QLatin1Char('\n')) + QLatin1Char('\n'); }

private:
    QStringList m_hidden;
    QStringList m_lines;
};

void addError(Report &report, const Error &error)
{
    report.add("  origin", toString(error.origin));
    report.add("  class", toString(error.kind));
    report.add("  status", error.status > 0 ? QString::number(error.status) : QString());
    // "code" would be taken for that of a sign-in by redacted().
    report.add("  error", clean(error.code, 80));
    report.add("  message", clean(error.message, 300));
    report.add("  detail", clean(error.detail, 300));
    report.add("  request id", clean(error.requestId, 120));
    report.add("  server allows next", error.retryAt);
}

void addQuota(Report &report, const QuotaStatus &quota)
{
    report.add("quota", toString(quota.state));
    report.add("  reason", clean(quota.reason, 60));
    report.add("  since", utc(quota.since));
    report.add("  next question", quota.nextAt);
    report.add("  last error", clean(quota.lastCode, 80));
    for (const QuotaWindow &window : quota.windows) {
        QString text = QStringLiteral("  %1: %2 %").arg(clean(window.id, 60)).arg(window.usedPercent, 0, 'f', 1);
        if (window.resetsAt)
            text += QStringLiteral(", resets ") + utc(*window.resetsAt);
        report.line(text + QStringLiteral(", seen ") + utc(window.observedAt));
    }
}

QString eventLine(const AccountEvent &event)
{
    QStringList parts{utc(event.at), clean(event.event, 40), toString(event.state)};
    if (!event.reason.isEmpty())
        parts.append(clean(event.reason, 60));
    if (event.error) {
        parts.append(toString(event.error->origin) + QLatin1Char('/') + toString(event.error->kind));
        if (event.error->status > 0)
            parts.append(QString::number(event.error->status));
        if (!event.error->code.isEmpty())
            parts.append(clean(event.error->code, 80));
        if (!event.error->requestId.isEmpty())
            parts.append(QStringLiteral("request ") + clean(event.error->requestId, 120));
    }
    if (event.attempt > 0)
        parts.append(QStringLiteral("attempt %1").arg(event.attempt));
    if (event.nextAt)
        parts.append(QStringLiteral("next ") + utc(*event.nextAt));
    return QStringLiteral("  ") + parts.join(QStringLiteral("  "));
}

} // namespace

DiagnosticsHost thisHost()
{
    return {QStringLiteral(POSTROOM_VERSION), QString::fromLatin1(qVersion()), QSysInfo::prettyProductName()};
}

QString diagnosticsOf(
    const AccountStatus &account, const QList<AccountEvent> &history, const DiagnosticsHost &host, const QDateTime &now)
{
    QStringList names{QDir::homePath()}; // it ends with the name that the person has here
    for (const QString &name : {account.subject, account.seenSubject, account.label}) {
        // A name of one or two letters would turn up within other words, and that of the provider is no secret.
        const bool telling = name.size() > 2 && name.compare(account.providerName, Qt::CaseInsensitive) != 0
            && name.compare(account.observedBy, Qt::CaseInsensitive) != 0
            && !account.host.contains(name, Qt::CaseInsensitive);
        if (telling)
            names.append(name);
    }
    std::sort(names.begin(), names.end(), [](const QString &a, const QString &b) { return a.size() > b.size(); });
    Report report(names);
    report.add("Postroom", host.version);
    report.add("Qt", host.qt);
    report.add("system", clean(host.system, 100));
    report.add("written", utc(now));
    report.line({});
    report.add("account", clean(account.id.text(), 80));
    report.add("provider", clean(account.providerId, 80));
    report.add("server", clean(account.host, 120));
    report.add("kept by",
        account.custody == Custody::Observed
            ? (account.observedBy.isEmpty() ? QStringLiteral("another program") : clean(account.observedBy, 80))
            : QStringLiteral("Postroom"));
    report.add("state", toString(account.state));
    report.add("reason", clean(account.reason, 60));
    report.add("badge", toString(account.badge));
    report.add("enabled", account.enabled ? QStringLiteral("yes") : QStringLiteral("no"));
    report.add("confirmed", account.confirmed ? QStringLiteral("yes") : QStringLiteral("no"));
    report.add("since", utc(account.since));
    report.add("next try", account.nextAt);
    report.add("works until", account.usableUntil);
    if (account.expiryAssumed)
        report.line(QStringLiteral("works until is assumed: the server did not say"));
    report.add("sign-in ends", account.signInEndsAt);
    report.add("stored", toString(account.storage));
    report.add("scopes", clean(account.scopes.join(QLatin1Char(' ')), 600));
    report.add("missing scopes", clean(account.missingScopes.join(QLatin1Char(' ')), 600));
    report.add("step-up", clean(account.stepUp, 120));
    if (account.lastError) {
        report.add("last trouble", utc(account.lastError->at));
        report.add(
            "  attempt", account.lastError->attempt > 0 ? QString::number(account.lastError->attempt) : QString());
        addError(report, account.lastError->error);
    }
    if (account.quota)
        addQuota(report, *account.quota);
    report.line({});
    report.line(history.isEmpty() ? QStringLiteral("history: none") : QStringLiteral("history, newest first:"));
    for (auto event = history.crbegin(); event != history.crend(); ++event)
        report.line(eventLine(*event));
    // Once more over the whole: what only together looks like a credential goes, too.
    return redacted(report.text());
}

} // namespace Postroom
