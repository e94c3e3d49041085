#include "core/relayfile/serviceerror.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/headers.h"

#include <QCoreApplication>
#include <algorithm>

namespace Postroom
{
namespace
{

constexpr qint64 longestPauseSeconds = 6 * 3600;

QString tr(const char *text)
{
    return QCoreApplication::translate("Postroom", text);
}

bool isCode(const QString &text)
{
    return !text.isEmpty() && text.size() <= 64 && std::all_of(text.cbegin(), text.cend(), [](QChar c) {
        return c.unicode() < 128 && (c.isLetterOrNumber() || c == QLatin1Char('_') || c == QLatin1Char('-'));
    });
}

ErrorClass classOf(int status, const QString &code, const QString &words)
{
    if (status == 429)
        return ErrorClass::Rate;
    if (status >= 500)
        return ErrorClass::Server;
    if (code == QLatin1String("needs_reauth"))
        return ErrorClass::Reauth;
    if (code == QLatin1String("scope_insufficient") || code == QLatin1String("invalid_scope")
        || code == QLatin1String("insufficient_scope"))
        return ErrorClass::Scope;
    // A 4xx without a word of the service comes from something in between.
    if (code.isEmpty() && words.isEmpty())
        return ErrorClass::Infra;
    switch (status) {
    case 401:
        return ErrorClass::Reauth;
    case 403:
        return words.contains(QLatin1String("scope"), Qt::CaseInsensitive) ? ErrorClass::Scope : ErrorClass::Policy;
    case 404:
    case 409:
    case 410:
    case 412:
    case 413:
    case 422:
        return ErrorClass::Input;
    case 408:
    case 425:
        return ErrorClass::Server;
    case 402:
    case 451:
        return ErrorClass::Policy;
    default:
        return status >= 400 ? ErrorClass::Config : ErrorClass::Infra;
    }
}

QString codeFor(int status)
{
    switch (status) {
    case 401:
        return QStringLiteral("unauthorized");
    case 403:
        return QStringLiteral("forbidden");
    case 404:
        return QStringLiteral("not_found");
    case 413:
        return QStringLiteral("payload_too_large");
    case 429:
        return QStringLiteral("rate_limited");
    default:
        return QStringLiteral("http-%1").arg(status);
    }
}

QString sentenceFor(ErrorClass kind, int status, const QString &host)
{
    switch (kind) {
    case ErrorClass::Rate:
        return tr("%1 asks for a pause.").arg(host);
    case ErrorClass::Server:
        return tr("%1 has trouble (status %2).").arg(host).arg(status);
    case ErrorClass::Infra:
        return tr("Something between this computer and %1 has answered (status %2).").arg(host).arg(status);
    case ErrorClass::Reauth:
        return tr("%1 does not accept this sign-in.").arg(host);
    case ErrorClass::Scope:
        return tr("This sign-in does not include the right that is needed at %1.").arg(host);
    case ErrorClass::Policy:
        return tr("%1 does not allow this.").arg(host);
    default:
        break;
    }
    if (status == 404)
        return tr("%1 does not have this.").arg(host);
    if (status == 413)
        return tr("This is more than %1 takes at once.").arg(host);
    return tr("%1 did not take the request (status %2).").arg(host).arg(status);
}

} // namespace

Error serviceError(const HttpResponse &answer, const QString &host, const QDateTime &now)
{
    QString code;
    QString words;
    QString details;
    // A body that calls itself a web page is not the service speaking.
    if (answer.mediaType() != "text/html") {
        if (const auto body = parseJsonObject(answer.body)) {
            code = firstString(*body, {QLatin1String("code")}).toLower();
            const QString error = firstString(*body, {QLatin1String("error")});
            if (code.isEmpty() && isCode(error))
                code = error.toLower();
            words = firstString(*body, {QLatin1String("message"), QLatin1String("error_description")});
            if (words.isEmpty() && error.toLower() != code)
                words = error;
            if (!isCode(code))
                code.clear();
        }
    }
    Error result;
    result.origin = Origin::Resource;
    result.status = answer.status;
    result.requestId = answer.requestId;
    words = oneLine(words);
    result.kind = classOf(answer.status, code, words);
    result.code = answer.status == 413 || code.isEmpty() ? codeFor(answer.status) : code;
    result.message = sentenceFor(result.kind, answer.status, host);
    if (!words.isEmpty())
        result.message += QLatin1Char(' ') + tr("It says: \"%1\".").arg(words);
    result.detail = words;
    if (result.kind == ErrorClass::Rate || result.kind == ErrorClass::Server) {
        if (const auto pause = parseRetryAfter(answer.header("Retry-After"), answer.date, now))
            result.retryAt = now.addSecs(std::min<qint64>(pause->count(), longestPauseSeconds));
    }
    return result;
}

Error unreadableAnswer(const HttpResponse &answer, const QString &host, const QString &detail)
{
    Error result;
    result.origin = Origin::Resource;
    result.kind = ErrorClass::Infra;
    result.code = QStringLiteral("unreadable-answer");
    result.message = tr("The answer of %1 cannot be read.").arg(host);
    result.status = answer.status;
    result.requestId = answer.requestId;
    result.detail = oneLine(detail);
    return result;
}

QUrl serviceUrl(const QUrl &base, const QByteArray &path)
{
    QByteArray encoded = base.toEncoded(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment);
    while (encoded.endsWith('/'))
        encoded.chop(1);
    return QUrl::fromEncoded(encoded + path, QUrl::StrictMode);
}

QByteArray encodedPart(const QString &text)
{
    return QUrl::toPercentEncoding(text);
}

} // namespace Postroom
