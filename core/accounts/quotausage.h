// What a service says about usage, in its usage document and in the headers of ordinary answers. Pure and bounded.
//
// Format "claude-usage": a document with one object per window (`utilization` in per
// cent, `resets_at`), or the newer list `limits`, with `extra_usage` in cents and `spend` with an exponent; headers
// `anthropic-ratelimit-unified-*` with fractions and epoch seconds.
#pragma once

#include "core/accounts/quotastatus.h"
#include "core/http/httpclient.h"

namespace Postroom
{

// The numbers as they are known, from documents and headers together.
struct QuotaNumbers {
    QList<QuotaWindow> windows;
    std::optional<QuotaExtra> extra;
    QString binding;
    QDateTime bindingAt;
    QDateTime documentAt; // when the last document was read; it alone tells about scoped windows and extra usage

    friend bool operator==(const QuotaNumbers &, const QuotaNumbers &) = default;
};

// What one answer said.
struct QuotaReading {
    QDateTime observedAt;
    bool isDocument = true; // false: headers, which tell about few windows and say nothing about the others
    QList<QuotaWindow> windows;
    std::optional<QuotaExtra> extra;
    QString binding;
};

// Class Config, code "quota-format", for a format that nobody here can read; its message names it.
Result<void> checkQuotaFormat(const QString &format);

// Reads a usage document. `known` helps where a document does not say whether it means per cent or fractions. Errors:
// "quota-format", or class Infra with code "quota-unreadable".
Result<QuotaReading> readQuotaDocument(
    const QString &format, const QByteArray &body, const QDateTime &observedAt, const QuotaNumbers &known = {});

// Nothing when no header of the format is there.
std::optional<QuotaReading> readQuotaHeaders(
    const QString &format, const HttpResponse &answer, const QDateTime &observedAt);

// Per window the newer observation wins, whatever the order in which they come.
QuotaNumbers mergedQuota(QuotaNumbers known, const QuotaReading &reading);

} // namespace Postroom
