// What went wrong, typed where it happened. Every fallible call of Postroom answers with Result<T>.
#pragma once

#include <QDateTime>
#include <QMetaType>
#include <QString>
#include <optional>
#include <tl/expected.hpp>

namespace Postroom
{

// Which conversation failed. Decided where the call is made, never read out of a number or a text.
enum class Origin { Local, Token, Quota, Profile, Resource, Discovery, Registration, Storage };

// What the failure means for the credential and for the next try.
enum class ErrorClass {
    Ok,
    Net, // t-net: no answer (name, route, refused, reset before anything was sent)
    Server, // t-srv: the server has trouble (5xx, server_error, temporarily_unavailable)
    Infra, // t-infra: something between us and the server answered (HTML, 4xx without a code)
    Ambiguous, // t-ambig: sent, outcome unknown
    Rate, // asked to wait
    NetSec, // TLS, proxy or captive portal
    Reauth, // the authorisation server says that the grant is finished
    Client, // the OAuth client was refused
    Config, // our request or endpoint is wrong
    Scope, // a scope is refused or missing
    Policy, // refused on purpose
    Store, // the secret could not be read or saved
    Cancel, // we stopped it
    Superseded, // somebody else already did it
    Input // what a person, a file or a command line gave cannot be used; never about a credential
};

// One failure. `message` is a plain sentence for people; `code` is for scripts and never changes with the language.
struct Error {
    Origin origin = Origin::Local;
    ErrorClass kind = ErrorClass::Input;
    QString code; // RFC or provider code, or one of ours, lower-case with '-' or '_'
    QString message; // one sentence, translated, without secrets
    QString next; // what the person can do, may be empty
    int status = 0; // HTTP status, 0 when there was none
    QString requestId; // what the server called this request
    QString detail; // for the details pane, one line, redacted
    std::optional<QDateTime> retryAt; // UTC; when the server or our back-off allows the next try

    // Trouble that passes by itself: the credential stays and the call may be tried again.
    bool isTransient() const;
    friend bool operator==(const Error &, const Error &) = default;
};

template <typename T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

QString toString(Origin origin); // token, quota, …
QString toString(ErrorClass kind); // t-net, t-srv, …
Origin originFromString(const QString &text);
ErrorClass errorClassFromString(const QString &text);

Failure failInput(QString code, QString message, QString next = {});
Failure failCancelled();

} // namespace Postroom

Q_DECLARE_METATYPE(Postroom::Error)
