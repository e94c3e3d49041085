// What a service's refusal says about the token (RFC 6750 §3, RFC 9470, RFC 9728, Google's error details, GraphQL).
#pragma once

#include "core/http/httpclient.h"

#include <QStringList>
#include <chrono>
#include <optional>

namespace Postroom
{

struct Refusal {
    enum class Kind {
        None, // not about our token, or nothing that another token would change
        Token, // stale or unknown: another one of the same grant may serve
        Scope, // the token lacks a scope
        StepUp, // a stronger sign-in is wanted
        Policy, // refused on purpose; the account is fine
        Limit // asked to wait
    };
    Kind kind = Kind::None;
    QStringList missing; // scopes, where they are named
    QString acrValues; // StepUp
    std::optional<std::chrono::seconds> maxAge; // StepUp
    QUrl resourceMetadata; // RFC 9728 §5.1, where it is named
    QString reason; // the service's own word, one line
};

// What a provider says besides what everybody does, from its profile.
struct RefusalWords {
    QStringList scopeReasons; // structured ones, compared without case
    QStringList scopeMessages; // phrases of an error message; they count only where no structured reason is given
};

// Pure. Structured fields come first; a phrase counts inside of an error message alone, so that a file's name that is
// quoted in one means nothing. Bodies over 1 MiB are not looked into.
Refusal refusalOf(const HttpResponse &answer, const RefusalWords &words = {});

} // namespace Postroom
