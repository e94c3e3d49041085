#include "core/accounts/quotahealth.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/headers.h"
#include "core/oauth/profile.h"

#include <QCoreApplication>
#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr seconds longestBackoff = 15min;
constexpr seconds otherTrouble = 5min;
constexpr seconds afterReset = 60s;
constexpr seconds shortestPause = 60s;
constexpr int mostFailures = 1000;
constexpr int endpointChangedAfter = 3;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

seconds doubled(seconds first, int times)
{
    return std::min<seconds>(longestBackoff, first * (1 << std::clamp(times, 0, 10)));
}

QDateTime later(const QuotaMoment &moment, seconds span)
{
    const auto bounded = std::min<seconds>(span, longestQuotaPause);
    return moment.now.addMSecs(
        static_cast<qint64>(std::chrono::milliseconds(bounded).count() * (1 + moment.random / 10)));
}

void enter(QuotaHealth &health, QuotaPhase phase, const QDateTime &now)
{
    if (health.phase != phase || !health.since.isValid())
        health.since = now;
    health.phase = phase;
}

void count(QuotaHealth &health, QuotaTrouble trouble)
{
    health.failures = health.trouble == trouble ? std::min(health.failures + 1, mostFailures) : 1;
    health.trouble = trouble;
}

// The server's own words, where it has some: code and message of `{"error": {...}}` and the like.
void quoteServer(QuotaHealth &health, const HttpResponse &answer)
{
    health.lastCode = QStringLiteral("http-%1").arg(answer.status);
    health.lastMessage = tr("The usage page answered with %1.").arg(answer.status);
    const auto document = parseJsonObject(answer.body);
    if (!document)
        return;
    const QJsonObject inner = objectAt(*document, QLatin1String("error"));
    const QJsonObject &told = inner.isEmpty() ? *document : inner;
    const QString code = oneLine(redacted(firstString(told, {QLatin1String("code"), QLatin1String("type")})), 60);
    const QString message = oneLine(redacted(firstString(told, {QLatin1String("message")})));
    if (!code.isEmpty())
        health.lastCode = code;
    if (!message.isEmpty())
        health.lastMessage = message;
}

// RFC 6750 §3.1, and the words of services that answer without a challenge.
bool namesScope(const HttpResponse &answer)
{
    const QList<QByteArray> values = answer.headerValues("WWW-Authenticate");
    for (const QByteArray &value : values) {
        const QList<AuthChallenge> challenges = parseChallenges(value);
        for (const AuthChallenge &challenge : challenges) {
            if (challenge.parameters.value(QStringLiteral("error")).toLower() == QLatin1String("insufficient_scope"))
                return true;
        }
    }
    const auto document = parseJsonObject(answer.body);
    if (!document)
        return false;
    const QJsonValue error = document->value(QLatin1String("error"));
    const QJsonObject told = error.isObject() ? error.toObject() : *document;
    const QString code = error.isString()
        ? error.toString()
        : firstString(told, {QLatin1String("code"), QLatin1String("type"), QLatin1String("reason")});
    if (code == QLatin1String("insufficient_scope") || code == QLatin1String("insufficient_scopes"))
        return true;
    const QString message = told.value(QLatin1String("message")).toString();
    for (const auto phrase : {QLatin1String("scope requirement"), QLatin1String("insufficient scope"),
             QLatin1String("insufficient authentication scope"), QLatin1String("missing scope"),
             QLatin1String("required scope")}) {
        if (message.contains(phrase, Qt::CaseInsensitive))
            return true;
    }
    return false;
}

void refuse(QuotaHealth &health, const char *reason, const QuotaMoment &moment)
{
    enter(health, QuotaPhase::Refused, moment.now);
    health.reason = QLatin1String(reason);
    health.trouble = QuotaTrouble::None;
    health.failures = 0;
    health.nextAt = later(moment, longestQuotaPause);
}

void pause(QuotaHealth &health, const std::optional<seconds> &asked, const QuotaMoment &moment)
{
    enter(health, QuotaPhase::Paused, moment.now);
    health.reason.clear();
    count(health, QuotaTrouble::Rate);
    health.nextAt
        = later(moment, asked ? std::max(*asked, shortestPause) : doubled(shortestPause, health.failures - 1));
}

void trouble(QuotaHealth &health, QuotaTrouble kind, const std::optional<seconds> &asked, const QuotaMoment &moment)
{
    enter(health, QuotaPhase::Troubled, moment.now);
    count(health, kind);
    const seconds span = kind == QuotaTrouble::Server ? doubled(1min, health.failures - 1) : otherTrouble;
    const bool changed = kind == QuotaTrouble::Other && health.failures >= endpointChangedAfter;
    health.reason = changed ? QStringLiteral("endpoint-changed") : QString();
    health.nextAt = later(moment, asked ? std::max(*asked, span) : span);
}

void tell(QuotaHealth &health, const QuotaReading &reading, const QuotaMoment &moment)
{
    enter(health, QuotaPhase::Told, moment.now);
    health.reason.clear();
    health.trouble = QuotaTrouble::None;
    health.failures = 0;
    health.lastCode.clear();
    health.lastMessage.clear();
    health.numbers = mergedQuota(std::move(health.numbers), reading);
    seconds span = moment.interval;
    std::optional<QDateTime> reset;
    for (const QuotaWindow &window : std::as_const(health.numbers.windows)) {
        if (window.isForAll() && window.isUsedUp() && window.resetsAt && *window.resetsAt > moment.now
            && (!reset || *window.resetsAt < *reset))
            reset = window.resetsAt;
    }
    if (reset)
        span = seconds(moment.now.secsTo(*reset)) + afterReset;
    health.nextAt = later(moment, span);
}

void judge(QuotaHealth &health, const HttpResponse &answer, const QString &format, const QuotaMoment &moment)
{
    if (answer.status == 200) {
        const auto reading = readQuotaDocument(format, answer.body, moment.now, health.numbers);
        if (reading) {
            tell(health, *reading, moment);
            return;
        }
        health.lastCode = reading.error().code;
        health.lastMessage = reading.error().message;
        trouble(health, QuotaTrouble::Other, {}, moment);
        return;
    }
    quoteServer(health, answer);
    const auto asked = parseRetryAfter(answer.header("Retry-After"), answer.date, moment.now);
    // A web page comes from something in between and is no word of the endpoint, whatever its number.
    const bool page = answer.mediaType() == "text/html";
    if (answer.status == 429)
        pause(health, asked, moment);
    else if (answer.status == 401 && !page)
        refuse(health, "auth", moment);
    else if (answer.status == 403 && !page)
        refuse(health, namesScope(answer) ? "scope" : "policy", moment);
    else if (answer.status == 451)
        refuse(health, "policy", moment);
    else if (page || answer.status >= 500 || answer.status == 408 || answer.status == 407 || answer.status == 425)
        trouble(health, QuotaTrouble::Server, asked, moment);
    else
        trouble(health, QuotaTrouble::Other, asked, moment);
}

bool isStale(const QString &fingerprint, const QuotaMoment &moment)
{
    return !fingerprint.isEmpty() && !moment.currentToken.isEmpty() && fingerprint != moment.currentToken;
}

void take(QuotaHealth &health, const QuotaAnswer &answer, const QuotaMoment &moment)
{
    if (answer.marker() != health.marker)
        return;
    if (answer.response()) {
        if (isStale(answer.response()->tokenFingerprint, moment))
            health.nextAt = moment.now;
        else
            judge(health, *answer.response(), answer.format(), moment);
        return;
    }
    health.lastCode = answer.transport()->code;
    health.lastMessage = answer.transport()->message;
    trouble(health, QuotaTrouble::Server, {}, moment);
}

void take(QuotaHealth &health, const QuotaGlance &glance, const QuotaMoment &moment)
{
    if (!isStale(glance.tokenFingerprint, moment))
        health.numbers = mergedQuota(std::move(health.numbers), glance.reading);
}

void take(QuotaHealth &health, const QuotaReset &, const QuotaMoment &)
{
    const QuotaNumbers numbers = health.numbers;
    const quint64 marker = health.marker;
    health = QuotaHealth();
    health.numbers = numbers;
    health.marker = marker + 1;
}

void take(QuotaHealth &health, const QuotaNewGrant &, const QuotaMoment &)
{
    const quint64 marker = health.marker;
    health = QuotaHealth();
    health.marker = marker + 1;
}

} // namespace

QuotaQuestion::QuotaQuestion(const QuotaSource &source, quint64 marker) : m_source(source), m_marker(marker) { }

HttpRequest QuotaQuestion::request() const
{
    HttpRequest request;
    request.url = m_source.url;
    request.headers = m_source.headers;
    request.origin = Origin::Quota;
    return request;
}

std::optional<QuotaAnswer> QuotaQuestion::answer(const Result<HttpResponse> &outcome) const
{
    QuotaAnswer answer;
    answer.m_marker = m_marker;
    answer.m_format = m_source.format;
    if (!outcome) {
        if (outcome.error().origin != Origin::Quota || outcome.error().kind == ErrorClass::Cancel)
            return std::nullopt;
        answer.m_transport = outcome.error();
        return answer;
    }
    // Refused, and no better token could be had: that is trouble of the sign-in.
    if (outcome->status == 401 && outcome->sideNote && outcome->sideNote->origin == Origin::Token)
        return std::nullopt;
    answer.m_response = *outcome;
    return answer;
}

QuotaHealth stepQuota(QuotaHealth before, const QuotaEvent &event, const QuotaMoment &moment)
{
    std::visit([&before, &moment](const auto &what) { take(before, what, moment); }, event);
    return before;
}

QuotaStatus quotaStatusAt(const QuotaHealth &health, const QDateTime &now)
{
    QuotaStatus status;
    status.reason = health.reason;
    status.since = health.since;
    status.nextAt = health.nextAt;
    status.extra = health.numbers.extra;
    status.lastCode = health.lastCode;
    status.lastMessage = health.lastMessage;
    bool gap = false;
    for (const QuotaWindow &window : health.numbers.windows) {
        if (!window.resetsAt || *window.resetsAt > now)
            status.windows.append(window);
        else
            gap = gap || window.isForAll();
    }
    if (const QuotaWindow *blocking = status.blocking()) {
        status.state = QuotaState::Blocked;
        status.reason = blocking->id;
        status.since = blocking->observedAt;
        status.binding = blocking->id;
        return status;
    }
    if (gap)
        status.windows.clear();
    else
        status.binding = health.numbers.binding;
    switch (health.phase) {
    case QuotaPhase::Unasked:
        // The headers of ordinary answers may have told enough.
        status.state = status.windows.isEmpty() ? QuotaState::Unknown : QuotaState::Fresh;
        break;
    case QuotaPhase::Told:
        status.state = gap ? QuotaState::Unknown : QuotaState::Fresh;
        break;
    case QuotaPhase::Troubled:
        status.state = status.windows.isEmpty() ? QuotaState::Unknown : QuotaState::Stale;
        break;
    case QuotaPhase::Paused:
        status.state = QuotaState::RateLimited;
        break;
    case QuotaPhase::Refused:
        status.state = QuotaState::Refused;
        break;
    }
    return status;
}

std::optional<QDateTime> nextQuotaReset(const QuotaHealth &health, const QDateTime &now)
{
    std::optional<QDateTime> next;
    for (const QuotaWindow &window : health.numbers.windows) {
        if (window.resetsAt && *window.resetsAt > now && (!next || *window.resetsAt < *next))
            next = window.resetsAt;
    }
    return next;
}

} // namespace Postroom
