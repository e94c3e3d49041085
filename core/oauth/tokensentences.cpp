// What is said about a token endpoint's answer.
#include "core/oauth/tokenendpoint.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>

namespace Postroom
{
namespace
{

struct Sentence {
    const char *code; // empty: for every code of the class
    ErrorClass kind;
    const char *message; // %1 is the host, %2 the status or, for a Reauth, the code
    const char *next;
};

// The first that fits is said.
constexpr std::array sentences{
    Sentence{"invalid_rapt", ErrorClass::Reauth,
        QT_TRANSLATE_NOOP("Postroom", "Your organisation wants you to sign in at %1 again from time to time."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"invalid_grant", ErrorClass::Reauth, QT_TRANSLATE_NOOP("Postroom", "%1 has ended this sign-in."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"delegation_expired", ErrorClass::Reauth,
        QT_TRANSLATE_NOOP("Postroom", "The access that %1 had lent has run out."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"workspace_token_revoked", ErrorClass::Reauth,
        QT_TRANSLATE_NOOP("Postroom", "%1 has taken back the access to this workspace."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"expired_token", ErrorClass::Reauth, QT_TRANSLATE_NOOP("Postroom", "The code of %1 has expired."),
        QT_TRANSLATE_NOOP("Postroom", "Start again.")},
    Sentence{"interaction_required", ErrorClass::Reauth,
        QT_TRANSLATE_NOOP("Postroom", "%1 wants you to confirm your sign-in."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"login_required", ErrorClass::Reauth,
        QT_TRANSLATE_NOOP("Postroom", "%1 wants you to confirm your sign-in."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"consent_required", ErrorClass::Reauth,
        QT_TRANSLATE_NOOP("Postroom", "%1 wants you to confirm your sign-in."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"mfa_required", ErrorClass::Reauth, QT_TRANSLATE_NOOP("Postroom", "%1 wants you to confirm your sign-in."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"", ErrorClass::Reauth, QT_TRANSLATE_NOOP("Postroom", "%1 refused to renew the sign-in (%2)."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"unauthorized_client", ErrorClass::Client,
        QT_TRANSLATE_NOOP("Postroom", "This app may not renew sign-ins at %1."),
        QT_TRANSLATE_NOOP("Postroom", "Check the client ID.")},
    Sentence{"", ErrorClass::Client, QT_TRANSLATE_NOOP("Postroom", "%1 no longer knows this app's registration."),
        QT_TRANSLATE_NOOP("Postroom", "Check the client ID.")},
    Sentence{"", ErrorClass::Scope, QT_TRANSLATE_NOOP("Postroom", "Some permissions are not available at %1 any more."),
        nullptr},
    Sentence{"invalid_target", ErrorClass::Config,
        QT_TRANSLATE_NOOP("Postroom", "%1 no longer knows the address of the service."),
        QT_TRANSLATE_NOOP("Postroom", "Sign in again.")},
    Sentence{"unsupported_grant_type", ErrorClass::Config, QT_TRANSLATE_NOOP("Postroom", "%1 does not renew sign-ins."),
        nullptr},
    Sentence{"unsupported-token-type", ErrorClass::Config,
        QT_TRANSLATE_NOOP("Postroom", "%1 gives out a kind of token that Postroom cannot use."), nullptr},
    Sentence{"request-too-large", ErrorClass::Config,
        QT_TRANSLATE_NOOP("Postroom", "The request was too large for %1."), nullptr},
    Sentence{"", ErrorClass::Config, QT_TRANSLATE_NOOP("Postroom", "%1 did not understand the request."), nullptr},
    Sentence{"payment-required", ErrorClass::Policy, QT_TRANSLATE_NOOP("Postroom", "%1 asks for payment."), nullptr},
    Sentence{
        "legal", ErrorClass::Policy, QT_TRANSLATE_NOOP("Postroom", "%1 is not available in your region."), nullptr},
    Sentence{"", ErrorClass::Policy,
        QT_TRANSLATE_NOOP("Postroom", "%1 or your administrator does not allow this sign-in."), nullptr},
    Sentence{"", ErrorClass::Rate, QT_TRANSLATE_NOOP("Postroom", "%1 asked for a pause."), nullptr},
    Sentence{"captive-portal", ErrorClass::NetSec,
        QT_TRANSLATE_NOOP("Postroom", "This network wants you to log in first."), nullptr},
    Sentence{"proxy-auth", ErrorClass::NetSec,
        QT_TRANSLATE_NOOP("Postroom", "The proxy on the way to %1 wants a password."), nullptr},
    Sentence{"", ErrorClass::NetSec, QT_TRANSLATE_NOOP("Postroom", "The connection to %1 is not safe."), nullptr},
    Sentence{
        "server-trouble", ErrorClass::Server, QT_TRANSLATE_NOOP("Postroom", "%1 has a problem (status %2)."), nullptr},
    Sentence{"overloaded", ErrorClass::Server, QT_TRANSLATE_NOOP("Postroom", "%1 has a problem (status %2)."), nullptr},
    Sentence{
        "not-implemented", ErrorClass::Server, QT_TRANSLATE_NOOP("Postroom", "%1 has a problem (status %2)."), nullptr},
    Sentence{"", ErrorClass::Server, QT_TRANSLATE_NOOP("Postroom", "%1 has a problem at the moment."), nullptr},
    Sentence{"waf", ErrorClass::Infra,
        QT_TRANSLATE_NOOP("Postroom", "A protection in front of %1 blocked the request (status %2)."), nullptr},
    Sentence{"endpoint-not-found", ErrorClass::Infra,
        QT_TRANSLATE_NOOP("Postroom", "The sign-in address was not found at %1."), nullptr},
    Sentence{"redirected", ErrorClass::Infra,
        QT_TRANSLATE_NOOP("Postroom", "%1 leads to another address, which was not followed."), nullptr},
    Sentence{"redirected-elsewhere", ErrorClass::Infra,
        QT_TRANSLATE_NOOP("Postroom", "%1 leads to another address, which was not followed."), nullptr},
    Sentence{"answer-too-large", ErrorClass::Infra, QT_TRANSLATE_NOOP("Postroom", "The answer of %1 is too large."),
        nullptr},
    Sentence{"", ErrorClass::Infra,
        QT_TRANSLATE_NOOP(
            "Postroom", "Something on the way to %1 blocked the request (status %2): a VPN, a firewall or a proxy."),
        nullptr},
    Sentence{"unexpected-page", ErrorClass::Ambiguous,
        QT_TRANSLATE_NOOP(
            "Postroom", "A page came instead of an answer of %1; this network may want you to log in first."),
        nullptr},
    Sentence{"request-timeout", ErrorClass::Ambiguous,
        QT_TRANSLATE_NOOP("Postroom", "%1 did not receive the whole request in time."), nullptr},
    Sentence{"", ErrorClass::Ambiguous,
        QT_TRANSLATE_NOOP("Postroom", "%1 answered in a way that cannot be understood."), nullptr},
    Sentence{"", ErrorClass::Net, QT_TRANSLATE_NOOP("Postroom", "%1 cannot be reached."), nullptr},
};

} // namespace

void describeTokenError(Error *error, const QString &host)
{
    const auto fits = [error](const Sentence &sentence) {
        return sentence.kind == error->kind && (*sentence.code == '\0' || error->code == QLatin1String(sentence.code));
    };
    const auto *sentence = std::find_if(sentences.begin(), sentences.end(), fits);
    if (sentence == sentences.end())
        return;
    // Both at once, so that a host or a code with a "%2" in it changes nothing.
    QString text = QCoreApplication::translate("Postroom", sentence->message);
    if (text.contains(QLatin1String("%2")))
        text = text.arg(host, error->kind == ErrorClass::Reauth ? error->code : QString::number(error->status));
    else if (text.contains(QLatin1String("%1")))
        text = text.arg(host);
    error->message = text;
    error->next = sentence->next ? QCoreApplication::translate("Postroom", sentence->next) : QString();
}

} // namespace Postroom
