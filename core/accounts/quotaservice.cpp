#include "core/accounts/quotaservice.h"

#include "core/accounts/flight.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/log.h"

#include <QCoreApplication>
#include <QFile>
#include <algorithm>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds callGap = 1s;
constexpr std::chrono::seconds wantedValidity = 5min;
constexpr std::chrono::seconds shortestPostponement = 60s;
constexpr qint64 largestFile = 256 * 1024;
constexpr int schemaVersion = 1;

Failure failUnknown()
{
    return failInput(
        QStringLiteral("unknown-account"), QCoreApplication::translate("Postroom", "This account does not exist."));
}

bool isFromTheSameService(const QUrl &a, const QUrl &b)
{
    return a.scheme() == b.scheme() && a.host() == b.host() && a.port() == b.port();
}

// What is worth telling: not when it was seen.
QuotaStatus withoutTimes(QuotaStatus status)
{
    for (QuotaWindow &window : status.windows)
        window.observedAt = QDateTime();
    if (status.state == QuotaState::Blocked)
        status.since = QDateTime();
    return status;
}

} // namespace

QuotaService::QuotaService(Collaborators collaborators, QObject *parent)
    : QObject(parent), m_use(std::move(collaborators))
{
    connect(m_use.accounts, &AccountService::accountChanged, this, &QuotaService::accountChanged);
    connect(m_use.accounts, &AccountService::accountRemoved, this, &QuotaService::accountRemoved);
    connect(m_use.accounts, &AccountService::answerSeen, this, &QuotaService::answerSeen);
}

QuotaService::~QuotaService() = default;

void QuotaService::load()
{
    const auto accounts = m_use.accounts->accounts();
    for (const AccountStatus &account : accounts)
        watch(account.id);
}

void QuotaService::start()
{
    load();
    m_started = true;
    const auto accounts = m_use.accounts->accounts();
    for (const AccountStatus &account : accounts)
        accountChanged(account);
}

QCoro::Task<void> QuotaService::shutdown()
{
    m_started = false;
    for (auto &[id, watch] : m_watches)
        watch.alarm.reset();
    m_scope.stop();
    co_await m_scope.drained();
    for (const auto &[id, watch] : m_watches) {
        if (watch.unsaved)
            save(id);
    }
}

QString QuotaService::fileOf(const AccountId &id) const
{
    return m_use.stateFolder + QStringLiteral("/quota/") + id.text() + QStringLiteral(".json");
}

QuotaService::Watch *QuotaService::find(const AccountId &id)
{
    const auto found = m_watches.find(id);
    return found == m_watches.end() ? nullptr : &found->second;
}

// The watch of an account; made at first sight. Null for one without a usage page.
QuotaService::Watch *QuotaService::watch(const AccountId &id)
{
    if (Watch *known = find(id))
        return known;
    const auto record = m_use.accounts->record(id);
    if (!record)
        return nullptr;
    const auto without = m_without.find(id);
    if (without != m_without.end() && without->second == record->grantEpoch)
        return nullptr;
    Watch fresh;
    readSource(fresh, *record);
    if (!fresh.source && !fresh.problem) {
        m_without[id] = record->grantEpoch;
        return nullptr;
    }
    m_without.erase(id);
    fresh.epoch = record->grantEpoch;
    restore(fresh, *record);
    fresh.told = withoutTimes(quotaStatusAt(fresh.health, m_use.clock->now()));
    return &m_watches.emplace(id, std::move(fresh)).first->second;
}

void QuotaService::readSource(Watch &watch, const AccountRecord &record) const
{
    watch.source.reset();
    watch.problem.reset();
    const auto profile = m_use.profiles->find(record.providerId);
    if (!profile)
        return;
    const auto source = quotaSourceOf(*profile);
    if (!source)
        watch.problem = source.error();
    else
        watch.source = *source;
}

void QuotaService::restore(Watch &watch, const AccountRecord &record) const
{
    const auto content = readFile(fileOf(record.id), largestFile);
    if (!content)
        return;
    const auto object = parseJsonObject(*content);
    if (!object || integerAt(*object, QLatin1String("schemaVersion")).value_or(0) != schemaVersion) {
        qCWarning(logAccounts) << "what was known about a quota cannot be read:" << record.id.text();
        return;
    }
    watch.health = quotaHealthFromJson(*object, m_use.clock->now());
    // Somebody signed in since then.
    if (static_cast<quint64>(integerAt(*object, QLatin1String("grantEpoch")).value_or(0)) != record.grantEpoch)
        watch.health = stepQuota(std::move(watch.health), QuotaNewGrant{}, QuotaMoment());
}

void QuotaService::save(const AccountId &id)
{
    Watch *watch = find(id);
    if (!watch)
        return;
    QJsonObject object = toJson(watch->health);
    object.insert(QLatin1String("schemaVersion"), schemaVersion);
    object.insert(QLatin1String("grantEpoch"), static_cast<qint64>(watch->epoch));
    auto saved = ensurePrivateDirectory(m_use.stateFolder + QStringLiteral("/quota"));
    if (saved)
        saved = writeFileAtomically(fileOf(id), toIndented(object));
    watch->unsaved = !saved;
    if (!saved)
        qCWarning(logAccounts) << "what is known about a quota could not be saved:" << saved.error().detail;
}

std::optional<QuotaStatus> QuotaService::status(const AccountId &id) const
{
    const auto found = m_watches.find(id);
    if (found == m_watches.end())
        return std::nullopt;
    QuotaStatus status = quotaStatusAt(found->second.health, m_use.clock->now());
    if (found->second.problem) {
        status.lastCode = found->second.problem->code;
        status.lastMessage = found->second.problem->message;
        status.nextAt.reset();
    }
    return status;
}

void QuotaService::accountChanged(const AccountStatus &status)
{
    Watch *mine = watch(status.id);
    const auto record = m_use.accounts->record(status.id);
    if (!mine || !record)
        return;
    if (record->grantEpoch != mine->epoch) {
        mine->epoch = record->grantEpoch;
        mine->notBefore = QDateTime();
        readSource(*mine, *record);
        apply(status.id, QuotaNewGrant{});
        mine = find(status.id);
        if (!mine)
            return;
    }
    if (status.state == AccountState::Fresh && mine->seen != AccountState::Fresh)
        mine->notBefore = QDateTime();
    mine->seen = status.state;
    arm(status.id);
}

void QuotaService::accountRemoved(const AccountId &id)
{
    m_without.erase(id);
    if (m_watches.erase(id) > 0)
        QFile::remove(fileOf(id));
}

void QuotaService::answerSeen(const AccountId &id, const HttpResponse &answer)
{
    const Watch *mine = find(id);
    if (!mine || !mine->source || !isFromTheSameService(answer.url, mine->source->url))
        return;
    const auto reading = readQuotaHeaders(mine->source->format, answer, m_use.clock->now());
    if (reading)
        apply(id, QuotaGlance{*reading, answer.tokenFingerprint});
}

bool QuotaService::canAsk(const AccountId &id, const Watch &watch) const
{
    const auto status = m_use.accounts->account(id);
    const auto record = m_use.accounts->record(id);
    if (!watch.source || !status || !record || !status->enabled || !record->signedIn)
        return false;
    switch (status->state) {
    case AccountState::Fresh:
        return true;
    case AccountState::Refreshing:
    case AccountState::Retrying:
    case AccountState::Waiting:
    case AccountState::Stalled:
    case AccountState::RateLimited:
        return status->isUsable(m_use.clock->now());
    default:
        return false;
    }
}

QDateTime QuotaService::dueAt(const Watch &watch) const
{
    const QDateTime wanted = watch.health.nextAt.value_or(m_use.clock->now());
    return watch.notBefore.isValid() ? std::max(wanted, watch.notBefore) : wanted;
}

void QuotaService::arm(const AccountId &id)
{
    Watch *mine = find(id);
    if (!mine)
        return;
    mine->alarm.reset();
    // A question that is out arms again when it is answered.
    if (!m_started || mine->question || !canAsk(id, *mine))
        return;
    QDateTime due = dueAt(*mine);
    // What is shown changes by itself when a window begins anew.
    if (const auto reset = nextQuotaReset(mine->health, m_use.clock->now()))
        due = std::min(due, *reset);
    mine->alarm = m_use.clock->at(due, [this, id] { fire(id); });
}

void QuotaService::fire(AccountId id)
{
    tell(id);
    Watch *mine = find(id);
    if (!mine || !m_started)
        return;
    if (mine->question || !canAsk(id, *mine) || dueAt(*mine) > m_use.clock->now()) {
        arm(id);
        return;
    }
    const auto wait = gate();
    if (wait > 0ms)
        mine->alarm = m_use.clock->at(m_use.clock->now().addMSecs(wait.count()), [this, id] { fire(id); });
    else
        begin(id);
}

// How long until the next call may go out.
std::chrono::milliseconds QuotaService::gate() const
{
    return std::max<std::chrono::milliseconds>(0ms, m_nextCall - m_use.clock->steady());
}

std::shared_ptr<QuotaService::Question> QuotaService::begin(const AccountId &id)
{
    m_nextCall = m_use.clock->steady() + callGap;
    const auto question = std::make_shared<Question>();
    question->flight = std::make_shared<Flight>();
    Watch *mine = find(id);
    mine->question = question;
    mine->alarm.reset();
    m_scope.spawn(ask(id, question));
    return question;
}

QCoro::Task<void> QuotaService::ask(AccountId id, std::shared_ptr<Question> question)
{
    const std::stop_token stop = m_scope.token();
    const Watch *before = find(id);
    const QuotaQuestion asked(*before->source, before->health.marker);
    std::optional<Error> noToken;
    auto token = co_await m_use.accounts->token(id, wantedValidity);
    if (!token) {
        noToken = token.error();
    } else if (!stop.stop_requested()) {
        auto outcome = co_await m_use.accounts->request(id, asked.request(), stop);
        const auto answer = asked.answer(outcome);
        QString currentToken;
        bool bound = true; // to the account as it is now
        if (answer && answer->response() && !answer->response()->tokenFingerprint.isEmpty()) {
            // Another answer may have brought a new token while this one was on its way.
            auto current = co_await m_use.accounts->token(id, 0s);
            if (current)
                currentToken = current->fingerprint;
            else
                noToken = current.error();
            bound = current.has_value();
        }
        if (answer && bound)
            apply(id, *answer, currentToken);
        else if (!outcome)
            noToken = outcome.error();
        else if (outcome->sideNote && !noToken)
            noToken = *outcome->sideNote;
    }
    Watch *mine = find(id);
    if (mine) {
        mine->question.reset();
        if (noToken && noToken->kind != ErrorClass::Cancel)
            postpone(id, *noToken);
    }
    if (noToken)
        question->outcome = Failure(*noToken);
    else if (const auto known = status(id))
        question->outcome = *known;
    question->flight->finish({});
    arm(id);
}

void QuotaService::postpone(const AccountId &id, const Error &error)
{
    Watch *mine = find(id);
    const QDateTime now = m_use.clock->now();
    const QDateTime earliest = now.addSecs(shortestPostponement.count());
    mine->notBefore = std::max(earliest, error.retryAt.value_or(now.addSecs(m_use.interval.count())));
}

void QuotaService::apply(const AccountId &id, const QuotaEvent &event, const QString &currentToken)
{
    Watch *mine = find(id);
    if (!mine)
        return;
    const QuotaPhase phase = mine->health.phase;
    QuotaMoment moment;
    moment.now = m_use.clock->now();
    moment.random = m_use.random ? m_use.random() : 0;
    moment.interval = m_use.interval;
    moment.currentToken = currentToken;
    QuotaHealth next = stepQuota(mine->health, event, moment);
    if (next == mine->health)
        return;
    mine->health = std::move(next);
    mine->unsaved = true;
    // The headers of every single answer are not worth a write each.
    if (!std::holds_alternative<QuotaGlance>(event) || mine->health.phase != phase)
        save(id);
    tell(id);
}

void QuotaService::tell(const AccountId &id)
{
    Watch *mine = find(id);
    const auto now = status(id);
    if (!mine || !now)
        return;
    const QuotaStatus worth = withoutTimes(*now);
    if (worth == mine->told)
        return;
    mine->told = worth;
    Q_EMIT quotaChanged(id);
}

void QuotaService::reset(const AccountId &id)
{
    Watch *mine = find(id);
    if (!mine)
        return;
    mine->notBefore = QDateTime();
    apply(id, QuotaReset{});
    arm(id);
}

QCoro::Task<Result<QuotaStatus>> QuotaService::refreshNow(AccountId id)
{
    Watch *mine = watch(id);
    if (!mine && !m_use.accounts->record(id))
        co_return failUnknown();
    if (!mine)
        co_return failInput(QStringLiteral("no-quota"),
            QCoreApplication::translate("Postroom", "This kind of account does not tell its usage."));
    if (mine->problem)
        co_return Failure(*mine->problem);
    if (!mine->source)
        co_return failInput(QStringLiteral("no-quota"),
            QCoreApplication::translate("Postroom", "This kind of account does not tell its usage."));
    if (mine->health.phase == QuotaPhase::Paused && mine->health.nextAt && *mine->health.nextAt > m_use.clock->now()) {
        auto known = status(id);
        co_return *known;
    }
    auto question = mine->question;
    while (!question) {
        const auto wait = gate();
        if (wait <= 0ms) {
            question = begin(id);
            break;
        }
        const std::stop_token stop = m_scope.token();
        auto waited = co_await sleepUnlessStopped(m_use.clock, wait, stop);
        if (!waited)
            co_return failCancelled();
        mine = find(id);
        if (!mine || !mine->source)
            co_return failUnknown();
        question = mine->question;
    }
    // From here on nothing of this service is touched: it may be gone when the answer comes.
    auto joined = co_await Flight::join(question->flight);
    Q_UNUSED(joined)
    Result<QuotaStatus> outcome = question->outcome;
    co_return outcome;
}

} // namespace Postroom
