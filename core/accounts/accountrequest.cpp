// One authorised request: our bearer on it, and at most one replay after at most one forced refresh.
#include "core/accounts/accountservice_p.h"

#include "core/accounts/refusal.h"
#include "core/base/json.h"

#include <QCoreApplication>

namespace Postroom
{
namespace
{

using namespace std::chrono_literals;

constexpr qsizetype largestReplay = 16 * 1024 * 1024;
constexpr std::chrono::milliseconds leastReplayTime{1000};

// The same request with our bearer in place of any other.
HttpRequest authorised(HttpRequest request, const Secret &token)
{
    request.headers.removeIf(
        [](const HttpHeader &header) { return header.name.compare("Authorization", Qt::CaseInsensitive) == 0; });
    request.headers.append(HttpHeader{"Authorization", "Bearer " + token.reveal()});
    return request;
}

bool canReplay(const HttpRequest &request)
{
    return request.mayReplay && request.body.size() <= largestReplay && (!request.unchanged || request.unchanged());
}

RefusalWords wordsOf(const ProviderProfile &profile)
{
    return {profile.scopeProblems.reasons, profile.scopeProblems.messages};
}

} // namespace

// Waits for a refresh that its caller does not wait for.
QCoro::Task<void> AccountService::Private::refreshBehind(std::shared_ptr<TokenKeeper> keeper, On::Rejected refusal)
{
    auto next = co_await keeper->rejected(refusal);
    Q_UNUSED(next)
}

QCoro::Task<Result<HttpResponse>> AccountService::Private::sendAuthorised(
    AccountId id, HttpRequest request, QString fingerprint, Secret token, std::stop_token stop)
{
    HttpRequest ready = authorised(std::move(request), token);
    auto answer = co_await use.http->send(std::move(ready), stop);
    if (answer) {
        answer->tokenFingerprint = fingerprint;
        const HttpResponse seen = *answer;
        Q_EMIT service->answerSeen(id, seen);
    }
    co_return answer;
}

QCoro::Task<Result<HttpResponse>> AccountService::request(AccountId id, HttpRequest request, std::stop_token stop)
{
    const Call call(d.get());
    const auto keeper = d->keepers.value(id);
    if (!keeper)
        co_return failInput(
            QStringLiteral("unknown-account"), QCoreApplication::translate("Postroom", "This account does not exist."));
    if (!isTrustworthyUrl(request.url)) {
        auto failure = failInput(QStringLiteral("untrusted-url"),
            QCoreApplication::translate("Postroom", "A sign-in is only ever sent over https."));
        failure.value().kind = ErrorClass::Config;
        co_return failure;
    }
    const std::chrono::milliseconds begin = d->use.clock->steady();
    auto token = co_await keeper->token(30s, stop);
    if (!token)
        co_return Failure(token.error());
    auto first = co_await d->sendAuthorised(id, request, token->fingerprint, token->value, stop);
    if (!first)
        co_return first;

    const RefusalWords words = wordsOf(keeper->profile());
    const Refusal refusal = refusalOf(*first, words);
    // What a quota or profile page says is about that page alone: another token may help it, but nothing is concluded.
    const bool counts = request.origin == Origin::Resource;
    if (refusal.kind == Refusal::Kind::StepUp && counts)
        keeper->apply(On::StepUpWanted{refusal.acrValues, refusal.maxAge});
    if (refusal.kind != Refusal::Kind::Token && refusal.kind != Refusal::Kind::Scope) {
        if (first->isSuccess())
            keeper->apply(On::Worked{token->fingerprint, request.url.host()});
        co_return first;
    }
    On::Rejected rejected;
    rejected.fingerprint = token->fingerprint;
    rejected.service = request.url.host();
    rejected.forScope = refusal.kind == Refusal::Kind::Scope;
    rejected.missing = refusal.missing;
    rejected.counts = counts;
    if (!canReplay(request)) {
        // The next try at least finds a better token.
        d->scope.spawn(d->refreshBehind(keeper, rejected));
        co_return first;
    }
    // The refresh itself is detached: it goes on and is saved when this caller gives up.
    auto next = co_await keeper->rejected(rejected, stop);
    if (stop.stop_requested())
        co_return failCancelled();
    if (!next) {
        first->sideNote = next.error();
        co_return first;
    }
    const std::chrono::milliseconds left = request.deadline - (d->use.clock->steady() - begin);
    if (next->fingerprint == token->fingerprint || left < leastReplayTime || !canReplay(request))
        co_return first;
    HttpRequest again = request;
    again.deadline = left;
    auto second = co_await d->sendAuthorised(id, again, next->fingerprint, next->value, stop);
    if (!second) {
        // Nothing went out: the first answer is still what the service said. Otherwise the service may have acted.
        if (second.error().kind == ErrorClass::Net || second.error().kind == ErrorClass::NetSec) {
            first->sideNote = second.error();
            co_return first;
        }
        co_return second;
    }
    const Refusal refusedAgain = refusalOf(*second, words);
    if (refusedAgain.kind == Refusal::Kind::Token || refusedAgain.kind == Refusal::Kind::Scope) {
        // No third try: what the service says now is the answer.
        rejected.fingerprint = next->fingerprint;
        rejected.forScope = refusedAgain.kind == Refusal::Kind::Scope;
        rejected.missing = refusedAgain.missing;
        const HealthStep told = keeper->apply(On::RejectedAgain{rejected});
        second->sideNote = told.error;
        co_return second;
    }
    if (refusedAgain.kind == Refusal::Kind::StepUp && counts)
        keeper->apply(On::StepUpWanted{refusedAgain.acrValues, refusedAgain.maxAge});
    if (second->isSuccess())
        keeper->apply(On::Worked{next->fingerprint, request.url.host()});
    co_return second;
}

} // namespace Postroom
