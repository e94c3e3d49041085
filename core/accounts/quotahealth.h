// What is known about one account's quota, and when to ask next: a pure state machine.
//
//                         reset by a person, new sign-in
//            ┌──────────────────────────────────────────────────────┐
//            ▼                                                      │
//        Unasked ──200──▶ Told ──5xx, no answer, other 4xx──▶ Troubled (1, 2, 4, 8, 15 min; 5 min flat for 4xx)
//            │             ▲ ├──429─────────────────────────▶ Paused   (what was asked for; else 60, 120, 240 … s)
//            │             │ └──403, 401 after a renewal────▶ Refused  (6 h)
//            └─the same────┴────────────200────────────────────── any of them
//
// Told asks again after the interval, or a minute after the reset of the window that is used up. The sign-in is another
// axis: it never moves this machine, and nothing here moves the sign-in. An answer for a token that is no longer the
// current one, or for a question from before a reset, changes nothing but the time of the next question.
#pragma once

#include "core/accounts/quotausage.h"

#include <chrono>
#include <variant>

namespace Postroom
{

struct ProviderProfile;

// Where and how to ask, from the provider's profile.
struct QuotaSource {
    QUrl url;
    QList<HttpHeader> headers;
    QString format;
};

// Nothing where the profile names no usage page. Class Config: an address that no token may go to ("quota-url"), or an
// unknown format ("quota-format").
Result<std::optional<QuotaSource>> quotaSourceOf(const ProviderProfile &profile);

class QuotaQuestion;

// What the quota endpoint did with one question. There is no way to make one out of the trouble of any other
// conversation: only a QuotaQuestion makes it, and only out of the outcome of its own request.
class QuotaAnswer
{
public:
    const std::optional<HttpResponse> &response() const { return m_response; }
    const std::optional<Error> &transport() const { return m_transport; } // no answer came
    quint64 marker() const { return m_marker; }
    const QString &format() const { return m_format; }

private:
    friend class QuotaQuestion;
    QuotaAnswer() = default;

    std::optional<HttpResponse> m_response;
    std::optional<Error> m_transport;
    quint64 m_marker = 0;
    QString m_format;
};

class QuotaQuestion
{
public:
    QuotaQuestion(const QuotaSource &source, quint64 marker);
    HttpRequest request() const; // of Origin::Quota
    // Nothing when the outcome tells nothing about the quota endpoint: the sign-in could not be renewed, the account is
    // switched off, we stopped it. That is the business of whoever it came from.
    std::optional<QuotaAnswer> answer(const Result<HttpResponse> &outcome) const;

private:
    QuotaSource m_source;
    quint64 m_marker;
};

struct QuotaGlance { // an ordinary answer of the service told something besides
    QuotaReading reading;
    QString tokenFingerprint;
};
struct QuotaReset {
}; // a person wants to know now: forgets the trouble
struct QuotaNewGrant {
}; // somebody signed in: forgets everything
using QuotaEvent = std::variant<QuotaAnswer, QuotaGlance, QuotaReset, QuotaNewGrant>;

enum class QuotaPhase { Unasked, Told, Troubled, Paused, Refused };
enum class QuotaTrouble { None, Server, Rate, Other }; // each counts for itself

struct QuotaHealth {
    QuotaPhase phase = QuotaPhase::Unasked;
    QString reason; // see QuotaStatus::reason
    QDateTime since; // of the phase
    std::optional<QDateTime> nextAt; // nothing: as soon as can be
    QuotaTrouble trouble = QuotaTrouble::None;
    int failures = 0; // of this trouble, one after the other
    quint64 marker = 0; // counts resets; an answer to a question from before the last one is ignored
    QuotaNumbers numbers;
    QString lastCode;
    QString lastMessage;

    friend bool operator==(const QuotaHealth &, const QuotaHealth &) = default;
};

struct QuotaMoment {
    QDateTime now; // UTC
    double random = 0; // [0, 1): up to a tenth more, so that accounts do not all ask at once
    std::chrono::seconds interval{300};
    QString currentToken; // fingerprint, empty when unknown
};

constexpr std::chrono::hours longestQuotaPause{6};

QuotaHealth stepQuota(QuotaHealth before, const QuotaEvent &event, const QuotaMoment &moment);

// What there is to show at a moment. Numbers count until their reset and not longer: when a window that everything
// counts against has passed it, what is left says nothing about the account as a whole.
QuotaStatus quotaStatusAt(const QuotaHealth &health, const QDateTime &now);
// The next moment at which quotaStatusAt() changes by itself.
std::optional<QDateTime> nextQuotaReset(const QuotaHealth &health, const QDateTime &now);

// As it is kept in a file: no token, no secret. A next time that lies further ahead than any pause is dropped: the
// clock was wrong when it was written.
QJsonObject toJson(const QuotaHealth &health);
QuotaHealth quotaHealthFromJson(const QJsonObject &object, const QDateTime &now);

} // namespace Postroom
