// What a service's 401 or 403 says about the token (RFC 6750 §3, RFC 9470).
#pragma once

#include "core/http/httpclient.h"

namespace Postroom
{

enum class Refusal {
    None, // not about our token, or nothing that another token would change
    Token, // stale or unknown: another one of the same grant may serve
    Scope // the token lacks a scope
};

// Pure. A 401 counts with a Bearer challenge or with none at all from something that is no web page; a 403 only where
// its challenge says insufficient_scope.
Refusal refusalOf(const HttpResponse &answer);

} // namespace Postroom
