#include "core/base/error.h"

#include <QCoreApplication>
#include <array>
#include <utility>

namespace Postroom
{
namespace
{

constexpr std::array<std::pair<Origin, const char *>, 8> originNames{{
    {Origin::Local, "local"},
    {Origin::Token, "token"},
    {Origin::Quota, "quota"},
    {Origin::Profile, "profile"},
    {Origin::Resource, "resource"},
    {Origin::Discovery, "discovery"},
    {Origin::Registration, "registration"},
    {Origin::Storage, "storage"},
}};

constexpr std::array<std::pair<ErrorClass, const char *>, 16> classNames{{
    {ErrorClass::Ok, "ok"},
    {ErrorClass::Net, "t-net"},
    {ErrorClass::Server, "t-srv"},
    {ErrorClass::Infra, "t-infra"},
    {ErrorClass::Ambiguous, "t-ambig"},
    {ErrorClass::Rate, "rate"},
    {ErrorClass::NetSec, "netsec"},
    {ErrorClass::Reauth, "reauth"},
    {ErrorClass::Client, "client"},
    {ErrorClass::Config, "config"},
    {ErrorClass::Scope, "scope"},
    {ErrorClass::Policy, "policy"},
    {ErrorClass::Store, "store"},
    {ErrorClass::Cancel, "cancel"},
    {ErrorClass::Superseded, "superseded"},
    {ErrorClass::Input, "input"},
}};

template <typename Table, typename Value>
QString nameOf(const Table &table, Value value)
{
    for (const auto &[entry, name] : table) {
        if (entry == value)
            return QString::fromLatin1(name);
    }
    return {};
}

template <typename Value, typename Table>
Value valueOf(const Table &table, const QString &text, Value fallback)
{
    for (const auto &[entry, name] : table) {
        if (text == QLatin1String(name))
            return entry;
    }
    return fallback;
}

} // namespace

bool Error::isTransient() const
{
    switch (kind) {
    case ErrorClass::Net:
    case ErrorClass::Server:
    case ErrorClass::Infra:
    case ErrorClass::Ambiguous:
    case ErrorClass::Rate:
    case ErrorClass::NetSec:
        return true;
    default:
        return false;
    }
}

QString toString(Origin origin)
{
    return nameOf(originNames, origin);
}

QString toString(ErrorClass kind)
{
    return nameOf(classNames, kind);
}

Origin originFromString(const QString &text)
{
    return valueOf(originNames, text, Origin::Local);
}

ErrorClass errorClassFromString(const QString &text)
{
    return valueOf(classNames, text, ErrorClass::Infra);
}

Failure failInput(QString code, QString message, QString next)
{
    Error error;
    error.kind = ErrorClass::Input;
    error.code = std::move(code);
    error.message = std::move(message);
    error.next = std::move(next);
    return Failure(std::move(error));
}

Failure failCancelled()
{
    Error error;
    error.kind = ErrorClass::Cancel;
    error.code = QStringLiteral("cancelled");
    error.message = QCoreApplication::translate("Postroom", "Stopped.");
    return Failure(std::move(error));
}

} // namespace Postroom
